//! Earlier values of a field: the same two steps, reason and quota as a reveal.

use crate::{
    crypto::secret::Secret,
    database::api::history,
    keyring::Purpose,
    model::{id::RecordId, record::HistoryEntry},
    service::{
        Result,
        reveal::{GivenReason, open},
        session::{SignedIn, new_ticket},
    },
};

/// One earlier value: what may be shown of it, and the value itself where the person may reveal it.
pub type Earlier = (HistoryEntry, Option<Result<Secret<String>>>);

/// Reads the earlier values of a field, newest first.
///
/// # Errors
/// Refusals and lost connections; a damaged value is named in its own entry.
pub async fn history(signed_in: &SignedIn, record: RecordId, field: &str, reason: Option<&GivenReason>) -> Result<Vec<Earlier>> {
    let done = history_once(signed_in, record, field, reason).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { history_once(signed_in, record, field, reason).await } else { done }
}

async fn history_once(signed_in: &SignedIn, record: RecordId, field: &str, reason: Option<&GivenReason>) -> Result<Vec<Earlier>> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, rows) = tokio::join!(
    biased;
           history::request_history(
               &client,
               token,
               ticket,
               record,
               field,
               reason.map(|reason| reason.code.as_str()),
               reason.and_then(|reason| reason.reference.as_deref())
           ),
           history::collect_history(&client, token, ticket),
       );
    outcome?.into_result()?;
    signed_in.witness.note(ticket, Some(record), Some(field));
    Ok(rows?
        .into_iter()
        .map(|row| {
            let masked = row.masked.as_deref().map(|sealed| {
                signed_in
                    .keyring()
                    .open(Purpose::Mask, record, field, &row.class, sealed)
                    .map(|text| text.expose().clone())
                    .map_err(|error| format!("{field} v{}: {error}", row.version))
            });
            let value = row.value.as_deref().map(|sealed| open(signed_in, record, field, &row.class, sealed));
            (HistoryEntry { version: row.version, replaced_at: row.replaced_at, replaced_by: row.replaced_by, masked }, value)
        })
        .collect())
}
