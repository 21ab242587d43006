//! Sharing values.

use jiff::Timestamp;

use super::{keys, kind::number, outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::{
        material::DirectoryEntry,
        shared_value::{Place, SharedValue},
    },
    model::{
        id::{RecordId, RecordNumber, ShareId, Ticket},
        share::Share,
    },
};

pub async fn put_share(
    client: &Connection,
    token: &[u8],
    place: &Place<'_>,
    reason: Option<&str>,
    reference: Option<&str>,
    value: &SharedValue,
) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.put_share($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            &token,
            &place.share.0,
            &place.record.0,
            &place.field,
            &place.version,
            &place.to,
            &place.until,
            &reason,
            &reference,
            &value.sealed,
            &value.signature,
        ],
    )
    .await
}

/// What the directory says of one active person. Nothing is checked here.
pub async fn share_directory(client: &Connection, token: &[u8], login: &str) -> Result<Vec<DirectoryEntry>> {
    rows(client, "select * from sealdesk_api.share_directory($1, $2)", &[&token, &login]).await?.iter().map(keys::entry).collect()
}

pub async fn list_shares(client: &Connection, token: &[u8]) -> Result<Vec<Share>> {
    let found = rows(client, "select * from sealdesk_api.list_shares($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            let withdrawn_at: Option<Timestamp> = row.try_get("withdrawn_at")?;
            let withdrawn_by: Option<String> = row.try_get("withdrawn_by")?;
            Ok(Share {
                id: ShareId(row.try_get("id")?),
                record: RecordId(row.try_get("record")?),
                number: number(row)?,
                field: row.try_get("field")?,
                class: row.try_get("class")?,
                version: row.try_get("version")?,
                field_version: row.try_get("field_version")?,
                from: row.try_get("from_login")?,
                to: row.try_get("to_login")?,
                reason: row.try_get("reason")?,
                created_at: row.try_get("created_at")?,
                until: row.try_get("until_at")?,
                withdrawn: withdrawn_at.zip(withdrawn_by),
                is_open: row.try_get("is_open")?,
            })
        })
        .collect()
}

/// A shared value, still sealed.
pub struct Collected {
    pub id: ShareId,
    pub record: RecordId,
    pub number: RecordNumber,
    pub field: String,
    pub class: String,
    pub version: i64,
    pub field_version: Option<i64>,
    pub from: String,
    pub until: Timestamp,
    pub value: SharedValue,
}

pub async fn request_shared(client: &Connection, token: &[u8], ticket: Ticket, share: ShareId) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_shared($1, $2, $3)", &[&token, &ticket.0, &share.0]).await
}

pub async fn collect_shared(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Collected> {
    let row = row(client, "select * from sealdesk_api.collect_shared($1, $2)", &[&token, &ticket.0]).await?;
    Ok(Collected {
        id: ShareId(row.try_get("id")?),
        record: RecordId(row.try_get("record")?),
        number: number(&row)?,
        field: row.try_get("field")?,
        class: row.try_get("class")?,
        version: row.try_get("version")?,
        field_version: row.try_get("field_version")?,
        from: row.try_get("from_login")?,
        until: row.try_get("until_at")?,
        value: SharedValue { sealed: row.try_get("sealed")?, signature: row.try_get("signature")? },
    })
}

pub async fn withdraw_share(client: &Connection, token: &[u8], share: ShareId) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.withdraw_share($1, $2)", &[&token, &share.0]).await
}
