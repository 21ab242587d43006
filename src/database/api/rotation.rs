//! Rotation and re-encryption.

use uuid::Uuid;

use super::{array_text, ask, keys, kind::number, outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    keyring::{material::WrappedKey, rotate::NewRoleKey},
    model::{
        id::{RecordId, RecordNumber, Ticket},
        rotation::{Epoch, Rotated, Schedule, SealedKind},
    },
};

/// Something sealed under an older epoch, or sealed again.
#[derive(Clone, Debug)]
pub struct SealedItem {
    pub kind: SealedKind,
    pub record: RecordId,
    pub number: RecordNumber,
    pub class: String,
    /// Code of the field, id of the note, or empty for a list row.
    pub item: String,
    pub version: i64,
    pub value: Vec<u8>,
    pub masked: Option<Vec<u8>>,
    /// Under the new index key; empty until it is sealed again.
    pub tokens: Vec<i64>,
}

pub async fn list_wraps_of(client: &Connection, token: &[u8], kind: &str, name: &str) -> Result<Vec<WrappedKey>> {
    rows(client, "select * from sealdesk_api.list_wraps_of($1, $2, $3)", &[&token, &kind, &name]).await?.iter().map(keys::wrap).collect()
}

pub async fn rotate_class(client: &Connection, token: &[u8], class: &str, epoch: i32, wraps: &[WrappedKey]) -> Result<Outcome> {
    let roles: Vec<&str> = wraps.iter().map(|wrap| wrap.recipient.as_str()).collect();
    let generations: Vec<i32> = wraps.iter().map(|wrap| wrap.recipient_generation).collect();
    let contents: Vec<&str> = wraps.iter().map(|wrap| wrap.content.as_str()).collect();
    let sealed: Vec<&[u8]> = wraps.iter().map(|wrap| wrap.sealed.as_slice()).collect();
    let signatures: Vec<&[u8]> = wraps.iter().map(|wrap| wrap.signature.as_slice()).collect();
    outcome(
        client,
        "select sealdesk_api.rotate_class($1, $2, $3, $4, $5, $6, $7, $8)",
        &[&token, &class, &epoch, &roles, &generations, &contents, &sealed, &signatures],
    )
    .await
}

pub async fn rotate_role(client: &Connection, token: &[u8], new: &NewRoleKey) -> Result<Outcome> {
    let text = |of: fn(&WrappedKey) -> &str| new.wraps.iter().map(of).collect::<Vec<&str>>();
    let number = |of: fn(&WrappedKey) -> i32| new.wraps.iter().map(of).collect::<Vec<i32>>();
    let bytes = |of: fn(&WrappedKey) -> &[u8]| new.wraps.iter().map(of).collect::<Vec<&[u8]>>();
    outcome(
        client,
        "select sealdesk_api.rotate_role($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &[
            &token,
            &new.entry.name,
            &new.entry.generation,
            &new.entry.hpke_public,
            &new.entry.signature,
            &text(|wrap| &wrap.recipient_kind),
            &text(|wrap| &wrap.recipient),
            &number(|wrap| wrap.recipient_generation),
            &text(|wrap| &wrap.content),
            &text(|wrap| &wrap.subject),
            &number(|wrap| wrap.subject_generation),
            &bytes(|wrap| &wrap.sealed),
            &bytes(|wrap| &wrap.signature),
        ],
    )
    .await
}

/// Asks for what lies under older epochs of a class, or of all, in the next `records` after one, and fetches it.
pub async fn reencrypt(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    class: Option<&str>,
    (after, records): (RecordId, i32),
    noted: impl FnOnce(),
) -> Result<Vec<SealedItem>> {
    let found = ask(
        client,
        token,
        ("select sealdesk_api.request_reencrypt($1, $2, $3, $4, $5)", &[&token, &ticket.0, &class, &after.0, &records]),
        ("select * from sealdesk_api.collect_reencrypt($1, $2)", &[&token, &ticket.0]),
        noted,
    )
    .await?;
    found
        .iter()
        .map(|row| {
            let kind: &str = row.try_get("kind")?;
            Ok(SealedItem {
                kind: SealedKind::from_code(kind).ok_or_else(|| DatabaseError::Answer(format!("something of kind \"{kind}\"")))?,
                record: RecordId(row.try_get("record")?),
                number: number(row)?,
                class: row.try_get("class")?,
                item: row.try_get("item")?,
                version: row.try_get("version")?,
                value: row.try_get("value")?,
                masked: row.try_get("masked")?,
                tokens: Vec::new(),
            })
        })
        .collect()
}

/// Answers with how many were stored; what somebody has written since is left alone.
pub async fn put_reencrypt(client: &Connection, token: &[u8], class: Option<&str>, items: &[SealedItem]) -> Result<i64> {
    let kinds: Vec<&str> = items.iter().map(|item| item.kind.code()).collect();
    let classes: Vec<&str> = items.iter().map(|item| item.class.as_str()).collect();
    let records: Vec<Uuid> = items.iter().map(|item| item.record.0).collect();
    let names: Vec<&str> = items.iter().map(|item| item.item.as_str()).collect();
    let versions: Vec<i64> = items.iter().map(|item| item.version).collect();
    let values: Vec<&[u8]> = items.iter().map(|item| item.value.as_slice()).collect();
    let masks: Vec<Option<&[u8]>> = items.iter().map(|item| item.masked.as_deref()).collect();
    let tokens: Vec<String> = items.iter().map(|item| array_text(&item.tokens)).collect();
    let row = row(
        client,
        "select * from sealdesk_api.put_reencrypt($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[&token, &class, &kinds, &classes, &records, &names, &versions, &values, &masks, &tokens],
    )
    .await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(row.try_get("changed")?)
}

pub async fn retire_epochs(client: &Connection, token: &[u8], class: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.retire_epochs($1, $2)", &[&token, &class]).await
}

pub async fn list_epochs(client: &Connection, token: &[u8]) -> Result<Vec<Epoch>> {
    let found = rows(client, "select * from sealdesk_api.list_epochs($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Epoch {
                class: row.try_get("class")?,
                epoch: row.try_get("epoch")?,
                is_current: row.try_get("is_current")?,
                sealed: row.try_get("sealed")?,
                wraps: row.try_get("wraps")?,
            })
        })
        .collect()
}

pub async fn put_rotation_schedule(client: &Connection, token: &[u8], kind: Rotated, name: &str, days: Option<i32>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.put_rotation_schedule($1, $2, $3, $4)", &[&token, &kind.code(), &name, &days]).await
}

pub async fn list_rotation_schedule(client: &Connection, token: &[u8]) -> Result<Vec<Schedule>> {
    let found = rows(client, "select * from sealdesk_api.list_rotation_schedule($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            let kind: String = row.try_get("kind")?;
            Ok(Schedule {
                kind: Rotated::from_code(&kind).ok_or_else(|| DatabaseError::Answer(format!("a schedule of kind \"{kind}\"")))?,
                name: row.try_get("name")?,
                rotated_at: row.try_get("rotated_at")?,
                every_days: row.try_get("every_days")?,
                overdue: row.try_get("overdue")?,
            })
        })
        .collect()
}
