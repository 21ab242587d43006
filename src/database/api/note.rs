//! Notes.

use jiff::Timestamp;
use uuid::Uuid;

use super::{outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::id::{RecordId, Ticket},
};

pub struct SealedNote {
    pub id: Uuid,
    pub at: Timestamp,
    pub by: String,
    pub value: Vec<u8>,
}

pub async fn put_note(client: &Connection, token: &[u8], record: RecordId, note: Uuid, value: &[u8]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.put_note($1, $2, $3, $4)", &[&token, &record.0, &note, &value]).await
}

pub async fn request_notes(client: &Connection, token: &[u8], ticket: Ticket, record: RecordId) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_notes($1, $2, $3)", &[&token, &ticket.0, &record.0]).await
}

pub async fn collect_notes(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<SealedNote>> {
    let found = rows(client, "select * from sealdesk_api.collect_notes($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| Ok(SealedNote { id: row.try_get(0)?, at: row.try_get(1)?, by: row.try_get(2)?, value: row.try_get(3)? }))
        .collect()
}
