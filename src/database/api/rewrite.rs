//! Values read to be measured or written again, and what comes of it.

use uuid::Uuid;

use super::{array_text, ask, kind::number, outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        catalogue::code_of,
        id::{RecordId, RecordNumber, Ticket},
        rotation::SealedKind,
    },
    text::leak::Measured,
};

/// A value to be measured: its record, the class it is stored under, and the ciphertext.
pub type ToMeasure = (RecordId, String, Vec<u8>);

pub async fn request_measure(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    field: &str,
    after: RecordId,
    records: i32,
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.request_measure($1, $2, $3, $4, $5)", &[&token, &ticket.0, &field, &after.0, &records]).await
}

pub async fn collect_measure(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<ToMeasure>> {
    let found = rows(client, "select * from sealdesk_api.collect_measure($1, $2)", &[&token, &ticket.0]).await?;
    found.iter().map(|row| Ok((RecordId(row.try_get("record")?), row.try_get("class")?, row.try_get("value")?))).collect()
}

pub async fn put_measurement(client: &Connection, token: &[u8], field: &str, measured: &[Measured]) -> Result<Outcome> {
    let modes: Vec<String> = measured.iter().map(|measured| code_of(&measured.mode)).collect();
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let records: Vec<i64> = measured.iter().map(|measured| number(measured.records)).collect();
    let largest: Vec<i64> = measured.iter().map(|measured| number(measured.largest)).collect();
    let entropy: Vec<f64> = measured.iter().map(|measured| measured.entropy).collect();
    let sql = "select sealdesk_api.put_measurement($1, $2, $3, $4, $5, $6)";
    outcome(client, sql, &[&token, &field, &modes, &records, &largest, &entropy]).await
}

/// A value or earlier value that an older layout of its field wrote.
#[derive(Clone, Debug)]
pub struct Outdated {
    pub kind: SealedKind,
    pub record: RecordId,
    pub number: RecordNumber,
    pub record_version: i64,
    pub summary: Vec<u8>,
    pub version: i64,
    pub class: String,
    pub value: Vec<u8>,
}

/// A value written again.
#[derive(Clone, Debug)]
pub struct Rewritten {
    pub kind: SealedKind,
    pub record: RecordId,
    pub version: i64,
    pub value: Vec<u8>,
    pub masked: Option<Vec<u8>>,
    pub tokens: Vec<i64>,
}

/// A record whose values are written again.
#[derive(Clone, Debug)]
pub struct RewrittenRecord {
    pub record: RecordId,
    /// As it was read.
    pub version: i64,
    /// The list row, where it changes.
    pub summary: Option<Vec<u8>>,
}

/// Asks for what an older layout of a field wrote, in the next `records` after one, and fetches it.
pub async fn outdated(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    field: &str,
    (after, records): (RecordId, i32),
    noted: impl FnOnce(),
) -> Result<Vec<Outdated>> {
    let found = ask(
        client,
        token,
        ("select sealdesk_api.request_rewrite($1, $2, $3, $4, $5)", &[&token, &ticket.0, &field, &after.0, &records]),
        ("select * from sealdesk_api.collect_rewrite($1, $2)", &[&token, &ticket.0]),
        noted,
    )
    .await?;
    found
        .iter()
        .map(|row| {
            let kind: &str = row.try_get("kind")?;
            Ok(Outdated {
                kind: SealedKind::from_code(kind).ok_or_else(|| DatabaseError::Answer(format!("something of kind \"{kind}\"")))?,
                record: RecordId(row.try_get("record")?),
                number: number(row)?,
                record_version: row.try_get("record_version")?,
                summary: row.try_get("summary")?,
                version: row.try_get("version")?,
                class: row.try_get("class")?,
                value: row.try_get("value")?,
            })
        })
        .collect()
}

/// Answers with how many were stored; what somebody has written since is left alone.
pub async fn put_rewrite(
    client: &Connection,
    token: &[u8],
    (field, layout): (&str, i32),
    records: &[RewrittenRecord],
    items: &[Rewritten],
) -> Result<i64> {
    let record_ids: Vec<Uuid> = records.iter().map(|record| record.record.0).collect();
    let record_versions: Vec<i64> = records.iter().map(|record| record.version).collect();
    let summaries: Vec<Option<&[u8]>> = records.iter().map(|record| record.summary.as_deref()).collect();
    let kinds: Vec<&str> = items.iter().map(|item| item.kind.code()).collect();
    let item_records: Vec<Uuid> = items.iter().map(|item| item.record.0).collect();
    let versions: Vec<i64> = items.iter().map(|item| item.version).collect();
    let values: Vec<&[u8]> = items.iter().map(|item| item.value.as_slice()).collect();
    let masks: Vec<Option<&[u8]>> = items.iter().map(|item| item.masked.as_deref()).collect();
    let tokens: Vec<String> = items.iter().map(|item| array_text(&item.tokens)).collect();
    let row = row(
        client,
        "select * from sealdesk_api.put_rewrite($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[&token, &field, &layout, &record_ids, &record_versions, &summaries, &kinds, &item_records, &versions, &values, &masks, &tokens],
    )
    .await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(row.try_get("changed")?)
}

/// How much an older layout of each changed field still holds.
pub async fn count_outdated(client: &Connection, token: &[u8]) -> Result<Vec<(String, i64)>> {
    let found = rows(client, "select * from sealdesk_api.count_outdated($1)", &[&token]).await?;
    found.iter().map(|row| Ok((row.try_get("field")?, row.try_get("outdated")?))).collect()
}
