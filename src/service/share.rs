//! Sharing a value with one person for a time: revealed with its own event, sealed to that person's verified key, signed, stored. Reading a
//! shared value is the same two steps as a reveal, and needs no key of its class.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    crypto::secret::Secret,
    database::{api::share, error::Refusal},
    keyring::{Keyring, material::DirectoryEntry, shared_value::Place},
    model::{
        id::{RecordId, RecordNumber, ShareId},
        share::{LONGEST, SHORTEST, Share},
    },
    service::{
        Error, Result,
        reveal::{self, GivenReason},
        session::{SignedIn, new_ticket},
    },
};

/// What is to be shared, with whom, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub record: RecordId,
    pub field: String,
    /// A login name.
    pub to: String,
    /// From [`SHORTEST`] to [`LONGEST`].
    pub lasts: SignedDuration,
    pub reason: Option<GivenReason>,
}

/// A value that was shared with this person.
#[derive(Debug)]
pub struct Shared {
    pub id: ShareId,
    pub number: RecordNumber,
    pub field: String,
    pub class: String,
    /// The version that was shared.
    pub version: i64,
    /// The field's version now; `None` where it is gone.
    pub field_version: Option<i64>,
    pub from: String,
    pub until: Timestamp,
    pub value: Secret<String>,
}

/// Shares the field's present value. It is revealed for that, with its own event and unit of quota, so that what is shared is exactly the version
/// that is named.
///
/// # Errors
/// As [`reveal::reveal`]; [`Refusal::NotShareable`], [`Refusal::ShareRecipient`], [`Refusal::SharedAlready`], [`Refusal::Conflict`];
/// [`crate::keyring::KeyringError::NotInDirectory`] when the person's keys have no chain to the root: nothing is sealed then.
pub async fn add(signed_in: &SignedIn, wanted: &Wanted) -> Result<(ShareId, Timestamp)> {
    if !(SHORTEST..=LONGEST).contains(&wanted.lasts) {
        return Err(Error::ShareDuration);
    }
    let policy = signed_in.policy();
    let field = policy.catalogue.field(&wanted.field);
    // Nothing is revealed for what would be refused.
    if field.and_then(|field| policy.catalogue.class(&field.class)).is_some_and(|class| !class.share_allowed) {
        return Err(Refusal::NotShareable.into());
    }
    if wanted.to == signed_in.user() {
        return Err(Refusal::ShareRecipient.into());
    }
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let entries = share::share_directory(&client, token, &wanted.to).await?;
    // Released for what takes its own.
    drop(client);
    if entries.is_empty() {
        return Err(Refusal::ShareRecipient.into());
    }
    let keyring = knowing(signed_in, &wanted.to, &entries).await?;
    let reason = wanted.reason.as_ref();
    let (version, value) = reveal::versioned(signed_in, wanted.record, &wanted.field, reason).await?;
    let until = Timestamp::from_microsecond((Timestamp::now() + wanted.lasts).as_microsecond()).map_err(|_| Error::ShareDuration)?;
    let id = ShareId(Uuid::now_v7());
    let place = Place { share: id, record: wanted.record, field: &wanted.field, version, from: signed_in.user(), to: &wanted.to, until };
    let sealed = keyring.seal_shared(&place, &value, &entries)?;
    let client = signed_in.client().await?;
    let code = reason.map(|reason| reason.code.as_str());
    let reference = reason.and_then(|reason| reason.reference.as_deref());
    share::put_share(&client, token, &place, code, reference, &sealed).await?.into_result()?;
    Ok((id, until))
}

/// What this person shares and what is shared with them, newest first; for who manages people, what is open between others too.
///
/// # Errors
/// Refusals and lost connections.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Share>> {
    let client = signed_in.client().await?;
    Ok(share::list_shares(&client, signed_in.token.expose()).await?)
}

/// Reads a value that was shared with this person. The request is durable before anything sealed leaves the database.
///
/// # Errors
/// [`Refusal::NoShare`], [`Refusal::Quota`], [`Refusal::FreshCode`]; [`crate::keyring::KeyringError`] when the sharer's keys have no chain to the root
/// or the sharer did not sign exactly this.
pub async fn open(signed_in: &SignedIn, share: ShareId) -> Result<Shared> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, collected) =
        tokio::join!(biased; share::request_shared(&client, token, ticket, share), share::collect_shared(&client, token, ticket));
    outcome?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    let collected = collected?;
    let entries = share::share_directory(&client, token, &collected.from).await?;
    drop(client);
    let keyring = knowing(signed_in, &collected.from, &entries).await?;
    let place = Place {
        share,
        record: collected.record,
        field: &collected.field,
        version: collected.version,
        from: &collected.from,
        to: signed_in.user(),
        until: collected.until,
    };
    let value = keyring.open_shared(&place, &collected.value, &entries).inspect_err(|error| {
        tracing::warn!(%share, %error, "a shared value does not open");
    })?;
    Ok(Shared {
        id: collected.id,
        number: collected.number,
        field: collected.field,
        class: collected.class,
        version: collected.version,
        field_version: collected.field_version,
        from: collected.from,
        until: collected.until,
        value,
    })
}

/// The keys held, with a directory that vouches for a person: fetched again where somebody confirmed them whose own entry is newer.
async fn knowing(signed_in: &SignedIn, person: &str, entries: &[DirectoryEntry]) -> Result<Arc<Keyring>> {
    if signed_in.keyring().vouched_entry(person, entries).is_err() {
        signed_in.renew_keys().await?;
    }
    let keyring = signed_in.keyring();
    keyring.vouched_entry(person, entries)?;
    Ok(keyring)
}

/// Ends a share and deletes what it sealed.
///
/// # Errors
/// [`Refusal::NoShare`] unless it is open, and one's own or managed by this person.
pub async fn withdraw(signed_in: &SignedIn, share: ShareId) -> Result<()> {
    let client = signed_in.client().await?;
    share::withdraw_share(&client, signed_in.token.expose(), share).await?.into_result()?;
    Ok(())
}
