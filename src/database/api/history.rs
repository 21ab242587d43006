//! Earlier values of a field.

use jiff::Timestamp;

use super::{outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::id::{RecordId, Ticket},
};

pub struct HistoryRow {
    pub class: String,
    pub version: i64,
    pub replaced_at: Timestamp,
    pub replaced_by: String,
    pub value: Option<Vec<u8>>,
    pub masked: Option<Vec<u8>>,
}

pub async fn request_history(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    record: RecordId,
    field: &str,
    reason: Option<&str>,
    reference: Option<&str>,
) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.request_history($1, $2, $3, $4, $5, $6)",
        &[&token, &ticket.0, &record.0, &field, &reason, &reference],
    )
    .await
}

pub async fn collect_history(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<HistoryRow>> {
    let found = rows(client, "select * from sealdesk_api.collect_history($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| {
            Ok(HistoryRow {
                class: row.try_get("class")?,
                version: row.try_get("version")?,
                replaced_at: row.try_get("replaced_at")?,
                replaced_by: row.try_get("replaced_by")?,
                value: row.try_get("value")?,
                masked: row.try_get("masked")?,
            })
        })
        .collect()
}
