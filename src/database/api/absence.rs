//! What proves that something did not happen to a record.

use jiff::Timestamp;

use super::{audit, outcome, row, rows};
use crate::{
    crypto::{
        merkle::Hash,
        record_tree::{End, Key},
    },
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::id::{RecordId, RecordNumber, SessionId, Ticket},
};

/// The checkpoints around a time, and the record's chain at each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    pub record: RecordId,
    /// `None` where the chains hold everything from the beginning.
    pub first: Option<i64>,
    /// `None` where the time cannot be proved: see `provable_from`.
    pub last: Option<i64>,
    pub provable_from: Option<Timestamp>,
    /// `None` where the record has no chain yet.
    pub first_end: Option<End>,
    pub last_end: Option<End>,
    /// Events between the checkpoints that are still there.
    pub kept: i64,
    /// Months of the audit that were dropped, where some are not.
    pub months: Vec<String>,
}

/// An event of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordEvent {
    pub place: i64,
    pub session: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub outcome: String,
    pub field: Option<String>,
    pub hash: Hash,
}

/// A record's place, and what stands there at two checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stubs {
    pub key: Key,
    pub first: Option<Hash>,
    pub last: Option<Hash>,
}

/// The end of a record's chain that a checkpoint brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLeaf {
    pub checkpoint: i64,
    pub key: Key,
    pub end: End,
}

pub async fn request_absence(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    number: RecordNumber,
    field: Option<&str>,
    (since, until): (Timestamp, Timestamp),
) -> Result<Outcome> {
    let letters = number.letters();
    let sql = "select sealdesk_api.request_absence($1, $2, $3, $4, $5, $6, $7)";
    outcome(client, sql, &[&token, &ticket.0, &number.value, &letters, &field, &since, &until]).await
}

pub async fn collect_absence(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Around> {
    let row = row(client, "select * from sealdesk_api.collect_absence($1, $2)", &[&token, &ticket.0]).await?;
    let end = |at: usize| -> Result<Option<End>> {
        let length: Option<i64> = row.try_get(at)?;
        Ok(match length {
            None => None,
            Some(length) => Some(End { length, head: audit::hash(row.try_get(at + 1)?) }),
        })
    };
    Ok(Around {
        record: RecordId(row.try_get(0)?),
        first: row.try_get(1)?,
        last: row.try_get(2)?,
        provable_from: row.try_get(3)?,
        first_end: end(4)?,
        last_end: end(6)?,
        kept: row.try_get::<_, Option<i64>>(8)?.unwrap_or_default(),
        months: row.try_get::<_, Option<Vec<String>>>(9)?.unwrap_or_default(),
    })
}

/// Events of the record between two checkpoints, in the order of its chain, after a place and a number.
pub async fn collect_absence_events(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    (first, last): (Option<i64>, i64),
    (place, seq): (i64, i64),
    limit: i32,
) -> Result<Vec<RecordEvent>> {
    let sql = "select * from sealdesk_api.collect_absence_events($1, $2, $3, $4, $5, $6, $7)";
    let found = rows(client, sql, &[&token, &ticket.0, &first, &last, &place, &seq, &limit]).await?;
    found
        .iter()
        .map(|row| {
            Ok(RecordEvent {
                place: row.try_get(0)?,
                session: SessionId(row.try_get(1)?),
                seq: row.try_get(2)?,
                at: row.try_get(3)?,
                actor: row.try_get(4)?,
                action: row.try_get(5)?,
                outcome: row.try_get(6)?,
                field: row.try_get(7)?,
                hash: audit::hash(row.try_get(8)?),
            })
        })
        .collect()
}

/// The tree of records at two checkpoints, by place.
pub async fn collect_record_stubs(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    (first, last): (Option<i64>, i64),
    after: Option<Key>,
    limit: i32,
) -> Result<Vec<Stubs>> {
    let sql = "select * from sealdesk_api.collect_record_stubs($1, $2, $3, $4, $5, $6)";
    let found = rows(client, sql, &[&token, &ticket.0, &first, &last, &after.as_ref().map(<[u8; 16]>::as_slice), &limit]).await?;
    let hash = |bytes: Option<&[u8]>| bytes.map(audit::hash);
    found.iter().map(|row| Ok(Stubs { key: key(row.try_get(0)?), first: hash(row.try_get(1)?), last: hash(row.try_get(2)?) })).collect()
}

/// The end of the chain at a place, at a checkpoint.
pub async fn collect_record_end(client: &Connection, token: &[u8], ticket: Ticket, checkpoint: i64, of: &Key) -> Result<Option<End>> {
    let sql = "select * from sealdesk_api.collect_record_end($1, $2, $3, $4)";
    let row = row(client, sql, &[&token, &ticket.0, &checkpoint, &of.as_slice()]).await?;
    Ok(match row.try_get::<_, Option<i64>>(0)? {
        None => None,
        Some(length) => Some(End { length, head: audit::hash(row.try_get(1)?) }),
    })
}

/// What the checkpoints changed in the tree of records, in their order, after a place.
pub async fn collect_record_leaves(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    (checkpoint, after): (i64, Option<Key>),
    limit: i32,
) -> Result<Vec<RecordLeaf>> {
    let sql = "select * from sealdesk_api.collect_record_leaves($1, $2, $3, $4, $5)";
    let found = rows(client, sql, &[&token, &ticket.0, &checkpoint, &after.as_ref().map(<[u8; 16]>::as_slice), &limit]).await?;
    found
        .iter()
        .map(|row| {
            let end = End { length: row.try_get(2)?, head: audit::hash(row.try_get(3)?) };
            Ok(RecordLeaf { checkpoint: row.try_get(0)?, key: key(row.try_get(1)?), end })
        })
        .collect()
}

/// One of another length fits nothing.
fn key(bytes: &[u8]) -> Key {
    bytes.try_into().unwrap_or_default()
}
