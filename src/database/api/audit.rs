//! Reading the audit.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::Row;

use super::{outcome, rows};
use crate::{
    database::error::{Outcome, Result},
    model::{
        audit::{AuditPage, Event, Filter},
        id::{RecordId, RecordNumber, SessionId, Ticket},
    },
};

/// The end of a chain.
pub struct Head {
    pub session: SessionId,
    pub seq: i64,
    pub hash: [u8; 32],
}

pub async fn request_audit(client: &ClientWrapper, token: &[u8], ticket: Ticket, filter: &Filter) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.request_audit($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &token,
            &ticket.0,
            &filter.actor,
            &filter.action,
            &filter.record.map(|record| record.0),
            &filter.class,
            &filter.text,
            &filter.from,
            &filter.until,
        ],
    )
    .await
}

pub async fn collect_audit(client: &ClientWrapper, token: &[u8], ticket: Ticket, before: Option<&Event>, limit: i32) -> Result<AuditPage> {
    page(
        &rows(
            client,
            "select * from sealdesk_api.collect_audit($1, $2, $3, $4, $5, $6)",
            &[
                &token,
                &ticket.0,
                &before.map(|event| event.at),
                &before.map(|event| event.session.0),
                &before.map(|event| event.seq),
                &limit,
            ],
        )
        .await?,
    )
}

pub async fn follow_audit(client: &ClientWrapper, token: &[u8], ticket: Ticket, horizon: u64) -> Result<AuditPage> {
    let from = i64::try_from(horizon).unwrap_or(i64::MAX);
    let mut page = page(&rows(client, "select * from sealdesk_api.follow_audit($1, $2, $3)", &[&token, &ticket.0, &from]).await?)?;
    page.horizon = page.horizon.max(horizon);
    Ok(page)
}

pub async fn record_events(client: &ClientWrapper, token: &[u8], record: RecordId, limit: i32) -> Result<Vec<Event>> {
    rows(client, "select * from sealdesk_api.record_events($1, $2, $3)", &[&token, &record.0, &limit]).await?.iter().map(event).collect()
}

pub async fn request_verify(client: &ClientWrapper, token: &[u8], ticket: Ticket) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_verify($1, $2)", &[&token, &ticket.0]).await
}

pub async fn collect_heads(client: &ClientWrapper, token: &[u8], ticket: Ticket) -> Result<Vec<Head>> {
    let found = rows(client, "select * from sealdesk_api.collect_heads($1, $2)", &[&token, &ticket.0]).await?;
    found.iter().map(|row| Ok(Head { session: SessionId(row.try_get(0)?), seq: row.try_get(1)?, hash: hash(row.try_get(2)?) })).collect()
}

pub async fn collect_chain(
    client: &ClientWrapper,
    token: &[u8],
    ticket: Ticket,
    after: Option<(SessionId, i64)>,
    limit: i32,
) -> Result<Vec<Event>> {
    rows(
        client,
        "select * from sealdesk_api.collect_chain($1, $2, $3, $4, $5)",
        &[&token, &ticket.0, &after.map(|(session, _)| session.0), &after.map(|(_, seq)| seq), &limit],
    )
    .await?
    .iter()
    .map(event)
    .collect()
}

fn page(rows: &[Row]) -> Result<AuditPage> {
    let mut page = AuditPage::default();
    if let Some(first) = rows.first() {
        let horizon: i64 = first.try_get("horizon")?;
        page.horizon = u64::try_from(horizon).unwrap_or_default();
        page.has_more = first.try_get("has_more")?;
    }
    page.events = rows.iter().map(event).collect::<Result<_>>()?;
    Ok(page)
}

fn event(row: &Row) -> Result<Event> {
    Ok(Event {
        session: SessionId(row.try_get("session")?),
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        outcome: row.try_get("outcome")?,
        record: row.try_get::<_, Option<uuid::Uuid>>("record")?.map(RecordId),
        record_number: row.try_get::<_, Option<i64>>("record_number")?.map(RecordNumber),
        field: row.try_get("field")?,
        class: row.try_get("class")?,
        version: row.try_get("version")?,
        reason: row.try_get("reason")?,
        reference: row.try_get("reference")?,
        details: row.try_get("details")?,
        ticket: row.try_get::<_, Option<uuid::Uuid>>("ticket")?.map(Ticket),
        hash: hash(row.try_get("hash")?),
    })
}

/// A hash of another length cannot be right; all zeros never is either, so the verifier names the event.
fn hash(bytes: Vec<u8>) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}
