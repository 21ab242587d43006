//! Opening a record.

use jiff::Timestamp;

use super::{kind::number, outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        clearance::Clearance,
        id::{RecordId, RecordNumber, Ticket},
    },
};

pub struct Head {
    pub id: RecordId,
    pub kind: String,
    pub number: RecordNumber,
    pub version: i64,
    /// `None` while it holds what has left class `basic` for one that the person may not reveal.
    pub summary: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub deleted: bool,
    pub note_count: i64,
    pub newest_note: Option<(Timestamp, String)>,
    pub label: Clearance,
    pub owner: String,
}

pub struct FieldRow {
    pub field: String,
    pub class: String,
    pub epoch: i32,
    pub version: i64,
    /// The sealed mask; for an open field the sealed value; `None` where the right is missing.
    pub masked: Option<Vec<u8>>,
    pub is_open: bool,
    pub changed_at: Option<Timestamp>,
    pub changed_by: Option<String>,
    pub may_reveal: bool,
    pub may_edit: bool,
}

/// `again` where this session has opened the record before and only reads it anew.
pub async fn request_view(client: &Connection, token: &[u8], ticket: Ticket, record: RecordId, again: bool) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_view($1, $2, $3, $4)", &[&token, &ticket.0, &record.0, &again]).await
}

pub async fn collect_view(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Head> {
    let row = row(client, "select * from sealdesk_api.collect_view($1, $2)", &[&token, &ticket.0]).await?;
    let at: Option<Timestamp> = row.try_get("newest_note_at")?;
    let by: Option<String> = row.try_get("newest_note_by")?;
    Ok(Head {
        id: RecordId(row.try_get("id")?),
        kind: row.try_get("kind")?,
        number: number(&row)?,
        version: row.try_get("version")?,
        summary: row.try_get("summary")?,
        created_at: row.try_get("created_at")?,
        created_by: row.try_get("created_by")?,
        updated_at: row.try_get("updated_at")?,
        updated_by: row.try_get("updated_by")?,
        deleted: row.try_get("deleted")?,
        note_count: row.try_get("note_count")?,
        newest_note: at.zip(by),
        owner: row.try_get("owner")?,
        label: Clearance { level: row.try_get("level")?, compartments: row.try_get("compartments")? },
    })
}

pub async fn collect_view_fields(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<FieldRow>> {
    let found = rows(client, "select * from sealdesk_api.collect_view_fields($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| {
            Ok(FieldRow {
                field: row.try_get("field")?,
                class: row.try_get("class")?,
                epoch: row.try_get("epoch")?,
                version: row.try_get("version")?,
                masked: row.try_get("masked")?,
                is_open: row.try_get("is_open")?,
                changed_at: row.try_get("changed_at")?,
                changed_by: row.try_get("changed_by")?,
                may_reveal: row.try_get("may_reveal")?,
                may_edit: row.try_get("may_edit")?,
            })
        })
        .collect()
}
