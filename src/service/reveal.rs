//! Revealing values: the request is durable before the ciphertext leaves the database, and only then is it opened here.

use futures::future::join_all;

use crate::{
    crypto::secret::Secret,
    database::{api::reveal, connection::Connection},
    keyring::Purpose,
    model::id::RecordId,
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

/// How often keys are fetched again for one reveal.
const RENEWALS: usize = 4;

/// Why a value is wanted, where policy asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenReason {
    pub code: String,
    /// A ticket number or the like: letters, digits and `._/#-`, at most 40.
    pub reference: Option<String>,
}

/// Reveals fields of one record: all requests and collections go out in one round trip, each field with its own event and quota unit.
///
/// One answer for each field, in the order asked. A refused or damaged field does not affect the others.
pub async fn reveal(
    signed_in: &SignedIn,
    record: RecordId,
    fields: &[String],
    reason: Option<&GivenReason>,
) -> Vec<(String, Result<Secret<String>>)> {
    let mut values = reveal_once(signed_in, record, fields, reason).await;
    let is_stale = |value: &Result<Secret<String>>| value.as_ref().is_err_and(|error| error.code() == "SD030");
    // Where several classes are rotated or somebody leaves, keys change several times within a moment.
    for _ in 0..RENEWALS {
        if !values.iter().any(|(_, value)| is_stale(value)) || signed_in.renew_keys().await.is_err() {
            break;
        }
        let again: Vec<String> = values.extract_if(.., |(_, value)| is_stale(value)).map(|(field, _)| field).collect();
        values.extend(reveal_once(signed_in, record, &again, reason).await);
        values.sort_by_key(|(field, _)| fields.iter().position(|asked| asked == field));
    }
    values
}

/// As [`reveal`] of one field, with the version of the value.
pub(super) async fn versioned(
    signed_in: &SignedIn,
    record: RecordId,
    field: &str,
    reason: Option<&GivenReason>,
) -> Result<(i64, Secret<String>)> {
    let done = versioned_once(signed_in, record, field, reason).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { versioned_once(signed_in, record, field, reason).await } else { done }
}

async fn versioned_once(
    signed_in: &SignedIn,
    record: RecordId,
    field: &str,
    reason: Option<&GivenReason>,
) -> Result<(i64, Secret<String>)> {
    let client = signed_in.client().await?;
    one(signed_in, &client, record, field, reason).await
}

async fn reveal_once(
    signed_in: &SignedIn,
    record: RecordId,
    fields: &[String],
    reason: Option<&GivenReason>,
) -> Vec<(String, Result<Secret<String>>)> {
    let client = match signed_in.client().await {
        Ok(client) => client,
        Err(error) => return all_failed(fields, error),
    };
    // All under way at once: the answers of one do not hold up the others.
    join_all(fields.iter().map(|field| {
        let client = &client;
        async move { (field.clone(), one(signed_in, client, record, field, reason).await.map(|(_, value)| value)) }
    }))
    .await
}

async fn one(
    signed_in: &SignedIn,
    client: &Connection,
    record: RecordId,
    field: &str,
    reason: Option<&GivenReason>,
) -> Result<(i64, Secret<String>)> {
    let token = signed_in.token.expose();
    let code = reason.map(|reason| reason.code.as_str());
    let reference = reason.and_then(|reason| reason.reference.as_deref());
    let ticket = new_ticket();
    let noted = || signed_in.witness.note(ticket, Some(record), Some(field));
    let sealed = reveal::reveal(client, token, ticket, (record, field), code, reference, noted).await?;
    Ok((sealed.version, open(signed_in, record, field, &sealed.class, &sealed.value)?))
}

/// Records that a revealed value was copied to the terminal's clipboard.
///
/// # Errors
/// Refused where the class does not allow copying.
pub async fn copied(signed_in: &SignedIn, record: RecordId, field: &str) -> Result<()> {
    let client = signed_in.client().await?;
    reveal::record_copy(&client, signed_in.token.expose(), record, field).await?.into_result()?;
    Ok(())
}

pub(super) fn open(signed_in: &SignedIn, record: RecordId, field: &str, class: &str, sealed: &[u8]) -> Result<Secret<String>> {
    signed_in.keyring().open(Purpose::Value, record, field, class, sealed).map_err(|error| {
        tracing::warn!(%record, field, %error, "a value does not open");
        Error::BadCiphertext { what: format!("The value of field \"{field}\" of record {record}") }
    })
}

fn all_failed(fields: &[String], error: Error) -> Vec<(String, Result<Secret<String>>)> {
    let text = error.to_string();
    let mut first = Some(error);
    fields.iter().map(|field| (field.clone(), Err(first.take().unwrap_or_else(|| Error::Plain(text.clone()))))).collect()
}
