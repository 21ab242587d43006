//! Reading the audit.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{kind::prefix, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        audit::{AuditPage, Event, ExportFormat, Filter, Looked, Position, SessionInfo},
        id::{RecordId, RecordNumber, SessionId, Ticket},
    },
};

/// The end of a chain.
pub struct Head {
    pub session: SessionId,
    pub seq: i64,
    pub hash: [u8; 32],
}

/// With a format, a copy is taken out.
pub async fn request_audit(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    filter: &Filter,
    export: Option<ExportFormat>,
) -> Result<Outcome> {
    let searched = filter.searched.as_ref();
    outcome(
        client,
        "select sealdesk_api.request_audit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
            &filter.number.map(|number| number.value),
            &filter.outcome,
            &filter.reason,
            &searched.map(|searched| searched.record.0),
            &searched.map(|searched| searched.tokens.as_slice()),
            &export.map(ExportFormat::code),
            &filter.number.and_then(RecordNumber::letters),
        ],
    )
    .await
}

/// The page before an event, or before a moment, or the newest.
pub async fn collect_audit(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    before: Option<(Timestamp, SessionId, i64)>,
    limit: i32,
) -> Result<AuditPage> {
    let (at, session, seq) = before.map_or((None, None, None), |(at, session, seq)| (Some(at), Some(session.0), Some(seq)));
    let sql = "select * from sealdesk_api.collect_audit($1, $2, $3, $4, $5, $6)";
    page(&rows(client, sql, &[&token, &ticket.0, &at, &session, &seq, &limit]).await?)
}

/// As [`collect_audit`], but at most `slice` events are looked through.
pub async fn collect_audit_slice(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    before: Option<(Timestamp, SessionId, i64)>,
    limit: i32,
    slice: i32,
) -> Result<AuditPage> {
    let (at, session, seq) = before.map_or((None, None, None), |(at, session, seq)| (Some(at), Some(session.0), Some(seq)));
    let sql = "select * from sealdesk_api.collect_audit_slice($1, $2, $3, $4, $5, $6, $7)";
    let found = rows(client, sql, &[&token, &ticket.0, &at, &session, &seq, &limit, &slice]).await?;
    let mut page = page(&found)?;
    if let Some(first) = found.first()
        && let Some(at) = first.try_get("looked_at")?
    {
        let (session, seq, events): (uuid::Uuid, i64, i64) =
            (first.try_get("looked_session")?, first.try_get("looked_seq")?, first.try_get("looked")?);
        page.looked = Some(Looked { place: (at, SessionId(session), seq), events: u64::try_from(events).unwrap_or_default() });
    }
    Ok(page)
}

/// The page after a place.
pub async fn collect_audit_newer(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    (at, session, seq): (Timestamp, SessionId, i64),
    limit: i32,
) -> Result<AuditPage> {
    let sql = "select * from sealdesk_api.collect_audit_newer($1, $2, $3, $4, $5, $6)";
    page(&rows(client, sql, &[&token, &ticket.0, &at, &session.0, &seq, &limit]).await?)
}

/// In the order of transactions; `has_more` when another page of the same round follows. With `everything`, refused to who does not read all events
/// any more.
pub async fn follow_audit(client: &Connection, token: &[u8], ticket: Ticket, position: &Position, everything: bool) -> Result<AuditPage> {
    let from = i64::try_from(position.horizon).unwrap_or(i64::MAX);
    let (session, seq) = position.within.map_or((None, None), |within| (Some(within.session.0), Some(within.seq)));
    let sql = "select * from sealdesk_api.follow_audit($1, $2, $3, $4, $5, p_everything => $6)";
    page(&rows(client, sql, &[&token, &ticket.0, &from, &session, &seq, &everything]).await?)
}

pub async fn audit_sessions(client: &Connection, token: &[u8], ticket: Ticket, of: &[SessionId]) -> Result<Vec<SessionInfo>> {
    let wanted: Vec<uuid::Uuid> = of.iter().map(|session| session.0).collect();
    let found = rows(client, "select * from sealdesk_api.audit_sessions($1, $2, $3)", &[&token, &ticket.0, &wanted]).await?;
    found
        .iter()
        .map(|row| {
            Ok(SessionInfo {
                session: SessionId(row.try_get("session")?),
                roles: row.try_get("roles")?,
                origin: row.try_get("origin")?,
                program: row.try_get("program")?,
                address: row.try_get("address")?,
                opened_at: row.try_get("opened_at")?,
                closed_at: row.try_get("closed_at")?,
                countersigned: row.try_get("countersigned")?,
            })
        })
        .collect()
}

pub async fn record_events(client: &Connection, token: &[u8], record: RecordId, limit: i32) -> Result<Vec<Event>> {
    rows(client, "select * from sealdesk_api.record_events($1, $2, $3)", &[&token, &record.0, &limit]).await?.iter().map(event).collect()
}

/// A saved filter as the database keeps it.
pub struct StoredFilter {
    pub id: uuid::Uuid,
    pub sealed: Vec<u8>,
    pub signature: Vec<u8>,
}

pub async fn put_saved_filter(client: &Connection, token: &[u8], stored: &StoredFilter) -> Result<Outcome> {
    let sql = "select sealdesk_api.put_saved_filter($1, $2, $3, $4)";
    outcome(client, sql, &[&token, &stored.id, &stored.sealed, &stored.signature]).await
}

pub async fn drop_saved_filter(client: &Connection, token: &[u8], id: uuid::Uuid) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.drop_saved_filter($1, $2)", &[&token, &id]).await
}

pub async fn list_saved_filters(client: &Connection, token: &[u8]) -> Result<Vec<StoredFilter>> {
    let found = rows(client, "select id, sealed, signature from sealdesk_api.list_saved_filters($1)", &[&token]).await?;
    found.iter().map(|row| Ok(StoredFilter { id: row.try_get(0)?, sealed: row.try_get(1)?, signature: row.try_get(2)? })).collect()
}

pub async fn request_verify(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_verify($1, $2)", &[&token, &ticket.0]).await
}

pub async fn collect_heads(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<Head>> {
    let found = rows(client, "select * from sealdesk_api.collect_heads($1, $2)", &[&token, &ticket.0]).await?;
    found.iter().map(|row| Ok(Head { session: SessionId(row.try_get(0)?), seq: row.try_get(1)?, hash: hash(row.try_get(2)?) })).collect()
}

/// Where a walk along the chains goes on.
pub type ChainPlace = (SessionId, i64, Timestamp);

/// Events in chain order as they came over the wire: made into values while the server reads on.
#[derive(Default)]
pub struct ChainPiece(Vec<Row>);

impl ChainPiece {
    pub fn end(&self) -> Result<Option<ChainPlace>> {
        let Some(last) = self.0.last() else { return Ok(None) };
        Ok(Some((SessionId(last.try_get(0)?), last.try_get(1)?, last.try_get(2)?)))
    }

    /// With the page that stands beside a list or search.
    pub fn events(&self) -> impl Iterator<Item = Result<(Event, Option<Vec<uuid::Uuid>>)>> {
        self.0.iter().map(|row| Ok((event(row)?, row.try_get(19)?)))
    }
}

pub async fn collect_chain(client: &Connection, token: &[u8], ticket: Ticket, after: Option<ChainPlace>, limit: i32) -> Result<ChainPiece> {
    let (session, seq, at) = after.map_or((None, None, None), |(session, seq, at)| (Some(session.0), Some(seq), Some(at)));
    let sql = "select * from sealdesk_api.collect_chain($1, $2, $3, $4, $5, $6)";
    Ok(ChainPiece(rows(client, sql, &[&token, &ticket.0, &session, &seq, &at, &limit]).await?))
}

/// A row without a session carries the horizon of a page without events.
fn page(rows: &[Row]) -> Result<AuditPage> {
    let mut page = AuditPage::default();
    if let Some(first) = rows.first() {
        let horizon: i64 = first.try_get("horizon")?;
        page.horizon = u64::try_from(horizon).unwrap_or_default();
        page.has_more = first.try_get("has_more")?;
        if first.try_get::<_, Option<uuid::Uuid>>("session")?.is_none() {
            return Ok(page);
        }
    }
    page.events = rows.iter().map(event).collect::<Result<_>>()?;
    Ok(page)
}

/// By position: a verification reads millions, and a name is looked for among all columns each time.
pub(super) fn event(row: &Row) -> Result<Event> {
    let prefix = prefix(row.try_get(16)?);
    Ok(Event {
        session: SessionId(row.try_get(0)?),
        seq: row.try_get(1)?,
        at: row.try_get(2)?,
        actor: row.try_get(3)?,
        action: row.try_get(4)?,
        outcome: row.try_get(5)?,
        record: row.try_get::<_, Option<uuid::Uuid>>(6)?.map(RecordId),
        record_number: row.try_get::<_, Option<i64>>(7)?.map(|value| RecordNumber { value, prefix }),
        field: row.try_get(8)?,
        class: row.try_get(9)?,
        version: row.try_get(10)?,
        reason: row.try_get(11)?,
        reference: row.try_get(12)?,
        details: row.try_get(13)?,
        ticket: row.try_get::<_, Option<uuid::Uuid>>(14)?.map(Ticket),
        hash: hash(row.try_get(15)?),
    })
}

/// A hash of another length cannot be right; all zeros never is either, so the verifier names the event.
pub(super) fn hash(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}
