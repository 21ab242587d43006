//! What a session's screens showed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    audit,
    kind::{number, prefix},
    outcome, rows,
};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        audit::Event,
        id::{RecordId, RecordNumber, SessionId, Ticket},
    },
};

/// Events of a session in their order, and the records of its lists, by the event's number.
#[derive(Default)]
pub struct Stretch {
    pub events: Vec<Event>,
    pub pages: BTreeMap<i64, Vec<(RecordId, RecordNumber)>>,
    pub last: i64,
}

/// A list row as it is now, sealed.
pub struct Row {
    pub id: RecordId,
    pub number: RecordNumber,
    pub kind: String,
    pub version: i64,
    pub updated_at: Timestamp,
    pub summary: Option<Vec<u8>>,
}

/// One version of a field, sealed.
pub struct Value {
    pub record: RecordId,
    pub field: String,
    pub class: String,
    pub version: i64,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub masked: Option<Vec<u8>>,
    pub is_open: bool,
}

pub async fn request_replay(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    of: SessionId,
    (from, until): (i64, i64),
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_replay($1, $2, $3, $4, $5)", &[&token, &ticket.0, &of.0, &from, &until]).await
}

pub async fn collect_replay(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Stretch> {
    let found = rows(client, "select * from sealdesk_api.collect_replay($1, $2)", &[&token, &ticket.0]).await?;
    let mut stretch = Stretch::default();
    for row in &found {
        let event = audit::event(row)?;
        stretch.last = row.try_get("last_seq")?;
        if let Some(shown) = row.try_get::<_, Option<Vec<Uuid>>>("shown")? {
            let (numbers, prefixes): (Vec<i64>, Vec<String>) = (row.try_get("numbers")?, row.try_get("prefixes")?);
            let numbers = numbers.into_iter().zip(prefixes).map(|(value, letters)| RecordNumber { value, prefix: prefix(Some(&letters)) });
            stretch.pages.insert(event.seq, shown.into_iter().map(RecordId).zip(numbers).collect());
        }
        stretch.events.push(event);
    }
    Ok(stretch)
}

pub async fn collect_replay_records(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<Row>> {
    let found = rows(client, "select * from sealdesk_api.collect_replay_records($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Row {
                id: RecordId(row.try_get("id")?),
                number: number(row)?,
                kind: row.try_get("kind")?,
                version: row.try_get("version")?,
                updated_at: row.try_get("updated_at")?,
                summary: row.try_get("summary")?,
            })
        })
        .collect()
}

pub async fn collect_replay_values(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<Value>> {
    let found = rows(client, "select * from sealdesk_api.collect_replay_values($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Value {
                record: RecordId(row.try_get("record")?),
                field: row.try_get("field")?,
                class: row.try_get("class")?,
                version: row.try_get("version")?,
                from: row.try_get("from_at")?,
                until: row.try_get("until_at")?,
                masked: row.try_get("masked")?,
                is_open: row.try_get("is_open")?,
            })
        })
        .collect()
}
