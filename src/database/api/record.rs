//! Writing records, and peeking at their versions.

use uuid::Uuid;

use super::{outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{clearance::Losing, id::RecordId},
};

/// A field ready to be stored.
pub struct SealedField {
    pub field: String,
    /// The field's layout it was sealed for.
    pub layout: i32,
    pub epoch: i32,
    pub value: Vec<u8>,
    pub masked: Option<Vec<u8>>,
    pub tokens: Vec<i64>,
}

/// What a write answers.
pub struct Written {
    pub outcome: Outcome,
    /// The value of its number; the letters are those of its kind.
    pub number: i64,
    /// The record's version after the write, or the one that stands in its way.
    pub version: i64,
}

#[derive(Default)]
struct Columns<'a> {
    fields: Vec<&'a str>,
    layouts: Vec<i32>,
    epochs: Vec<i32>,
    values: Vec<&'a [u8]>,
    masks: Vec<Option<&'a [u8]>>,
    token_fields: Vec<&'a str>,
    tokens: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(fields: &'a [SealedField]) -> Self {
        let mut columns = Self::default();
        for field in fields {
            columns.fields.push(&field.field);
            columns.layouts.push(field.layout);
            columns.epochs.push(field.epoch);
            columns.values.push(&field.value);
            columns.masks.push(field.masked.as_deref());
            columns.token_fields.extend(std::iter::repeat_n(field.field.as_str(), field.tokens.len()));
            columns.tokens.extend(&field.tokens);
        }
        columns
    }
}

pub async fn put_record(
    client: &Connection,
    token: &[u8],
    record: RecordId,
    kind: &str,
    summary: &[u8],
    fields: &[SealedField],
) -> Result<Written> {
    let c = Columns::of(fields);
    written(
        &row(
            client,
            "select * from sealdesk_api.put_record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, p_kind => $11)",
            &[&token, &record.0, &summary, &c.fields, &c.layouts, &c.epochs, &c.values, &c.masks, &c.token_fields, &c.tokens, &kind],
        )
        .await?,
    )
}

pub async fn put_edit(
    client: &Connection,
    token: &[u8],
    record: RecordId,
    version: i64,
    summary: &[u8],
    fields: &[SealedField],
    removed: &[String],
) -> Result<Written> {
    let c = Columns::of(fields);
    written(
        &row(
            client,
            "select * from sealdesk_api.put_edit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                &token,
                &record.0,
                &version,
                &summary,
                &c.fields,
                &c.layouts,
                &c.epochs,
                &c.values,
                &c.masks,
                &c.token_fields,
                &c.tokens,
                &removed,
            ],
        )
        .await?,
    )
}

pub async fn put_delete(client: &Connection, token: &[u8], record: RecordId, version: i64) -> Result<Written> {
    written(&row(client, "select * from sealdesk_api.put_delete($1, $2, $3)", &[&token, &record.0, &version]).await?)
}

pub async fn put_undelete(client: &Connection, token: &[u8], record: RecordId, version: i64) -> Result<Written> {
    written(&row(client, "select * from sealdesk_api.put_undelete($1, $2, $3)", &[&token, &record.0, &version]).await?)
}

pub async fn put_label(
    client: &Connection,
    token: &[u8],
    record: RecordId,
    version: i64,
    rank: i16,
    compartments: &[String],
) -> Result<Written> {
    let sql = "select * from sealdesk_api.put_label($1, $2, $3, $4, $5)";
    written(&row(client, sql, &[&token, &record.0, &version, &rank, &compartments]).await?)
}

/// Who would no longer find a record under a label: how many, and their logins for who may look at people.
pub async fn label_preview(
    client: &Connection,
    token: &[u8],
    record: RecordId,
    rank: i16,
    compartments: &[String],
) -> Result<(Outcome, Losing)> {
    let row = row(client, "select * from sealdesk_api.label_preview($1, $2, $3, $4)", &[&token, &record.0, &rank, &compartments]).await?;
    let people: Option<i64> = row.try_get("people")?;
    Ok((Outcome(row.try_get("outcome")?), Losing { people: people.unwrap_or_default(), logins: row.try_get("logins")? }))
}

pub async fn put_owner(client: &Connection, token: &[u8], record: RecordId, to: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.put_owner($1, $2, $3)", &[&token, &record.0, &to]).await
}

pub async fn peek(client: &Connection, token: &[u8], records: &[RecordId]) -> Result<Vec<(RecordId, i64)>> {
    let ids: Vec<Uuid> = records.iter().map(|record| record.0).collect();
    let found = rows(client, "select * from sealdesk_api.peek($1, $2)", &[&token, &ids]).await?;
    found.iter().map(|row| Ok((RecordId(row.try_get(0)?), row.try_get(1)?))).collect()
}

fn written(row: &tokio_postgres::Row) -> Result<Written> {
    let number: Option<i64> = row.try_get("number")?;
    let version: Option<i64> = row.try_get("version")?;
    Ok(Written { outcome: Outcome(row.try_get("outcome")?), number: number.unwrap_or_default(), version: version.unwrap_or_default() })
}
