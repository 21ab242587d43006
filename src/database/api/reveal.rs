//! Revealing one value.

use deadpool_postgres::ClientWrapper;

use super::{outcome, row};
use crate::{
    database::error::{Outcome, Result},
    model::id::{RecordId, Ticket},
};

pub struct SealedValue {
    pub class: String,
    pub epoch: i32,
    pub version: i64,
    pub value: Vec<u8>,
}

pub async fn request_reveal(
    client: &ClientWrapper,
    token: &[u8],
    ticket: Ticket,
    record: RecordId,
    field: &str,
    reason: Option<&str>,
    reference: Option<&str>,
) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.request_reveal($1, $2, $3, $4, $5, $6)",
        &[&token, &ticket.0, &record.0, &field, &reason, &reference],
    )
    .await
}

pub async fn collect_reveal(client: &ClientWrapper, token: &[u8], ticket: Ticket) -> Result<SealedValue> {
    let row = row(client, "select * from sealdesk_api.collect_reveal($1, $2)", &[&token, &ticket.0]).await?;
    Ok(SealedValue { class: row.try_get(0)?, epoch: row.try_get(1)?, version: row.try_get(2)?, value: row.try_get(3)? })
}

pub async fn record_copy(client: &ClientWrapper, token: &[u8], record: RecordId, field: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.record_copy($1, $2, $3)", &[&token, &record.0, &field]).await
}
