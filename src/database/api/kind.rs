//! Kinds of record.

use tokio_postgres::Row;

use super::{catalogue::label, outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        catalogue::Label,
        id::{Prefix, RecordNumber},
        kind::RecordKind,
    },
};

/// In display order, retired ones too.
pub async fn list_kinds(client: &Connection, token: &[u8]) -> Result<Vec<RecordKind>> {
    let kind = |row: &Row| -> Result<RecordKind> {
        let name: Option<String> = row.try_get("name_en")?;
        Ok(RecordKind {
            code: row.try_get("code")?,
            label: label(row, "label_en", "label_zh")?,
            prefix: row.try_get("prefix")?,
            name: name.zip(row.try_get("name_zh")?).map(|(en, zh)| Label { en, zh }),
            version: row.try_get("version")?,
            retired: row.try_get("retired")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_kinds($1)", &[&token]).await?.iter().map(kind).collect()
}

/// A new kind has no version. `None` leaves its fields as they are.
pub async fn kind_put(
    client: &Connection,
    token: &[u8],
    kind: &RecordKind,
    version: Option<i64>,
    fields: Option<&[String]>,
) -> Result<Outcome> {
    let (en, zh) = (kind.name.as_ref().map(|name| &name.en), kind.name.as_ref().map(|name| &name.zh));
    outcome(
        client,
        "select sealdesk_api.kind_put($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[&token, &kind.code, &version, &kind.prefix, &kind.label.en, &kind.label.zh, &en, &zh, &fields],
    )
    .await
}

pub async fn kind_move(client: &Connection, token: &[u8], code: &str, version: i64, after: Option<&str>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.kind_move($1, $2, $3, $4)", &[&token, &code, &version, &after]).await
}

pub async fn kind_retire(
    client: &Connection,
    token: &[u8],
    code: &str,
    version: i64,
    retired: bool,
    records_stay: bool,
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.kind_retire($1, $2, $3, $4, $5)", &[&token, &code, &version, &retired, &records_stay]).await
}

/// A number in the column `number` with the letters in the column `prefix`.
pub(super) fn number(row: &Row) -> Result<RecordNumber> {
    Ok(RecordNumber { value: row.try_get("number")?, prefix: prefix(row.try_get("prefix")?) })
}

/// A number in the column `record_number`, where there is one, with the letters in the column `record_prefix`.
pub(super) fn number_or_none(row: &Row) -> Result<Option<RecordNumber>> {
    let prefix = prefix(row.try_get("record_prefix")?);
    Ok(row.try_get::<_, Option<i64>>("record_number")?.map(|value| RecordNumber { value, prefix }))
}

/// Letters that are none leave a number bare.
pub(super) fn prefix(text: Option<&str>) -> Prefix {
    text.and_then(Prefix::parse).unwrap_or_default()
}
