//! Notes on a record: sealed like any value, under class `notes`.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    crypto::secret::Secret,
    database::{
        api::note,
        error::{DatabaseError, Refusal},
    },
    keyring::Purpose,
    model::id::RecordId,
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

/// The class notes are sealed under.
pub const CLASS: &str = "notes";
/// Longest note, in characters.
pub const MAX_LENGTH: usize = 4_000;

/// One note; `Err` names what is wrong with its ciphertext.
#[derive(Debug)]
pub struct Note {
    pub at: Timestamp,
    pub by: String,
    pub text: std::result::Result<Secret<String>, String>,
}

/// Adds a note under an id chosen by the caller (UUID version 7). Calling again with the same id after a lost answer finds the note instead of adding a
/// second one.
///
/// # Errors
/// [`Error::Plain`] when empty or too long; [`Error::Catalogue`]; refusals and lost connections.
pub async fn add(signed_in: &SignedIn, record: RecordId, id: Uuid, text: &str) -> Result<()> {
    let length = text.trim().chars().count();
    if length == 0 {
        return Err(Error::Plain("The note is empty. Type something or leave with Esc.".into()));
    }
    if length > MAX_LENGTH {
        return Err(Error::Plain(format!("The note has {length} characters; at most {MAX_LENGTH} fit. Split it.")));
    }
    let done = add_once(signed_in, record, id, text).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { add_once(signed_in, record, id, text).await } else { done }
}

async fn add_once(signed_in: &SignedIn, record: RecordId, id: Uuid, text: &str) -> Result<()> {
    signed_in.ready_to_seal().await?;
    let sealed = signed_in.keyring().seal(Purpose::Note, record, &id.to_string(), CLASS, text.trim())?;
    let client = signed_in.client().await?;
    match note::put_note(&client, signed_in.token.expose(), record, id, &sealed).await?.into_result() {
        // The sizes are right, so the one thing left to object to is that there is such a note already.
        Err(DatabaseError::Refused(Refusal::Argument)) => Ok(()),
        other => Ok(other?),
    }
}

/// Reads a record's notes, newest first; reading them is an audit event.
///
/// # Errors
/// Refusals and lost connections.
pub async fn list(signed_in: &SignedIn, record: RecordId) -> Result<Vec<Note>> {
    let done = list_once(signed_in, record).await;
    if signed_in.has_newer_keys(done.as_ref().err()).await? { list_once(signed_in, record).await } else { done }
}

async fn list_once(signed_in: &SignedIn, record: RecordId) -> Result<Vec<Note>> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, rows) =
        tokio::join!(biased; note::request_notes(&client, token, ticket, record), note::collect_notes(&client, token, ticket));
    outcome?.into_result()?;
    signed_in.witness.note(ticket, Some(record), None);
    Ok(rows?
        .into_iter()
        .map(|row| Note {
            at: row.at,
            by: row.by,
            text: signed_in
                .keyring()
                .open(Purpose::Note, record, &row.id.to_string(), CLASS, &row.value)
                .map_err(|error| format!("note {}: {error}", row.id)),
        })
        .collect())
}
