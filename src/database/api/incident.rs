//! Incidents, and what a person saw.

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{kind::prefix, outcome, request::numbered, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        id::{RecordNumber, SessionId, Ticket},
        incident::{Incident, Item, Kind, Pinned, Saw, Scope, Severity},
    },
};

/// Answers with the incident's number.
pub async fn incident_open(client: &Connection, token: &[u8], title: &str, severity: Severity, scope: &Scope) -> Result<i64> {
    let sql = "select * from sealdesk_api.incident_open($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (records, letters): (Vec<i64>, Vec<String>) = scope.records.iter().map(|number| (number.value, number.prefix.to_string())).unzip();
    let parameters: [&(dyn ToSql + Sync); 9] =
        [&token, &title, &severity.code(), &scope.people, &records, &scope.classes, &scope.from, &scope.until, &letters];
    numbered(&row(client, sql, &parameters).await?)
}

/// Answers with the item's number.
pub async fn incident_add(client: &Connection, token: &[u8], incident: i64, kind: &Kind, text: &str) -> Result<i64> {
    let sql = "select * from sealdesk_api.incident_add($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (mut of, mut about, mut when) = (None::<i64>, None::<&str>, None::<Timestamp>);
    let (mut session, mut seq) = (None::<Uuid>, None::<i64>);
    match kind {
        Kind::Pin { session: pinned, seq: number } => (session, seq) = (Some(pinned.0), Some(*number)),
        Kind::Done { of: item } | Kind::Correct { of: item } => of = Some(*item),
        Kind::HandOver { to } => about = Some(to),
        Kind::Severity(severity) => about = Some(severity.code()),
        Kind::Known(at) => when = Some(*at),
        Kind::Notified { whom, at } => (about, when) = (Some(whom.as_str()), Some(*at)),
        Kind::Note | Kind::Task | Kind::Lesson | Kind::Close | Kind::Reopen => {}
    }
    let parameters: [&(dyn ToSql + Sync); 9] = [&token, &incident, &kind.code(), &text, &of, &about, &when, &session, &seq];
    numbered(&row(client, sql, &parameters).await?)
}

pub async fn list_incidents(client: &Connection, token: &[u8]) -> Result<Vec<Incident>> {
    rows(client, "select * from sealdesk_api.list_incidents($1)", &[&token]).await?.iter().map(incident).collect()
}

fn incident(row: &Row) -> Result<Incident> {
    let severity: String = row.try_get("severity")?;
    let (records, letters): (Vec<i64>, Vec<String>) = (row.try_get("records")?, row.try_get("record_prefixes")?);
    let letters = letters.iter().map(String::as_str).chain(std::iter::repeat(""));
    Ok(Incident {
        number: row.try_get("number")?,
        title: row.try_get("title")?,
        severity: Severity::from_code(&severity).ok_or_else(|| DatabaseError::Answer(format!("an incident of severity \"{severity}\"")))?,
        opened_at: row.try_get("opened_at")?,
        opened_by: row.try_get("opened_by")?,
        owner: row.try_get("owner")?,
        closed: row.try_get("closed")?,
        known_at: row.try_get("known_at")?,
        notified: row.try_get("notified")?,
        items: row.try_get("items")?,
        open_tasks: row.try_get("open_tasks")?,
        last_at: row.try_get("last_at")?,
        scope: Scope {
            people: row.try_get("people")?,
            records: records.into_iter().zip(letters).map(|(value, letters)| RecordNumber::new(letters, value)).collect(),
            classes: row.try_get("classes")?,
            from: row.try_get("from_at")?,
            until: row.try_get("until_at")?,
        },
    })
}

pub async fn incident_items(client: &Connection, token: &[u8], incident: i64) -> Result<Vec<Item>> {
    rows(client, "select * from sealdesk_api.incident_items($1, $2)", &[&token, &incident]).await?.iter().map(item).collect()
}

fn item(row: &Row) -> Result<Item> {
    let session: Option<Uuid> = row.try_get("event_session")?;
    let pinned = match session {
        None => None,
        Some(session) => {
            let at: Option<Timestamp> = row.try_get("event_at")?;
            let event = match at {
                None => None,
                Some(at) => Some((at, row.try_get("event_actor")?, row.try_get("event_action")?, row.try_get("event_outcome")?)),
            };
            let same: Option<bool> = row.try_get("event_same")?;
            let hash: Option<Vec<u8>> = row.try_get("event_hash")?;
            let seq: Option<i64> = row.try_get("event_seq")?;
            Some(Pinned {
                session: SessionId(session),
                seq: seq.unwrap_or_default(),
                hash: hash.unwrap_or_default(),
                event,
                same: same.unwrap_or(false),
            })
        }
    };
    Ok(Item {
        number: row.try_get("number")?,
        at: row.try_get("at")?,
        by: row.try_get("by")?,
        kind: row.try_get("kind")?,
        text: row.try_get("text")?,
        of: row.try_get("of")?,
        about: row.try_get("about")?,
        when: row.try_get("when_at")?,
        pinned,
    })
}

pub async fn request_saw(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    login: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_saw($1, $2, $3, $4, $5)", &[&token, &ticket.0, &login, &from, &until]).await
}

pub async fn collect_saw(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<Saw>> {
    let saw = |row: &Row| -> Result<Saw> {
        let letters = prefix(row.try_get("prefix")?);
        Ok(Saw {
            list: row.try_get("list")?,
            record: row.try_get::<_, Option<i64>>("record")?.map(|value| RecordNumber { value, prefix: letters }),
            field: row.try_get("field")?,
            class: row.try_get("class")?,
            times: row.try_get("times")?,
            first: row.try_get("first_at")?,
            last: row.try_get("last_at")?,
            hidden: row.try_get("hidden")?,
        })
    };
    rows(client, "select * from sealdesk_api.collect_saw($1, $2)", &[&token, &ticket.0]).await?.iter().map(saw).collect()
}
