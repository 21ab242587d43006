//! Revealing one value.

use super::{ask, outcome};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::id::{RecordId, Ticket},
};

pub struct SealedValue {
    pub class: String,
    pub epoch: i32,
    pub version: i64,
    pub value: Vec<u8>,
}

/// Asks for one value and fetches it.
pub async fn reveal(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    (record, field): (RecordId, &str),
    reason: Option<&str>,
    reference: Option<&str>,
    noted: impl FnOnce(),
) -> Result<SealedValue> {
    // The request does not wait for the disk itself: the nudge behind it does, and the collection is not answered before.
    let found = ask(
        client,
        token,
        ("select sealdesk_api.request_reveal($1, $2, $3, $4, $5, $6, true)", &[&token, &ticket.0, &record.0, &field, &reason, &reference]),
        ("select * from sealdesk_api.collect_reveal($1, $2)", &[&token, &ticket.0]),
        noted,
    )
    .await?;
    let row = found.first().ok_or_else(|| DatabaseError::Answer("no row where one was expected".into()))?;
    Ok(SealedValue { class: row.try_get(0)?, epoch: row.try_get(1)?, version: row.try_get(2)?, value: row.try_get(3)? })
}

pub async fn record_copy(client: &Connection, token: &[u8], record: RecordId, field: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.record_copy($1, $2, $3)", &[&token, &record.0, &field]).await
}
