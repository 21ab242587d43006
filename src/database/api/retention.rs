//! How long data is kept, purging what is due, and legal holds.

use tokio_postgres::Row;

use super::{kind::number, outcome, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        id::{RecordId, RecordNumber, Ticket},
        retention::{Due, HeldRecord, Hold, Kept, Purged, Rule},
    },
};

/// A batch that was purged.
pub struct Batch {
    pub purged: Purged,
    /// Where the next one goes on; `None` when nothing more is due.
    pub last: Option<RecordId>,
}

fn due(row: &Row) -> Result<Due> {
    let count = |name: &str| -> Result<i64> { Ok(row.try_get::<_, Option<i64>>(name)?.unwrap_or(0)) };
    Ok(Due { records: count("records")?, values: count("values")?, earlier: count("earlier")?, notes: count("notes")? })
}

pub async fn list_retention(client: &Connection, token: &[u8]) -> Result<Vec<Rule>> {
    let found = rows(client, "select * from sealdesk_api.list_retention($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            let (kind, class): (String, String) = (row.try_get("kind")?, row.try_get("class")?);
            Ok(Rule {
                of: Kept::from_parts(&kind, &class)
                    .ok_or_else(|| DatabaseError::Answer(format!("a retention of kind \"{kind}\" and class \"{class}\"")))?,
                days: row.try_get("days")?,
                purges: row.try_get("purges")?,
                version: row.try_get("version")?,
                due: due(row)?,
            })
        })
        .collect()
}

pub async fn retention_try(client: &Connection, token: &[u8], of: &Kept, days: i32) -> Result<Due> {
    let row = row(client, "select * from sealdesk_api.retention_try($1, $2, $3, $4)", &[&token, &of.kind(), &of.class(), &days]).await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    due(&row)
}

/// `shown` is how many records would be due, as the person was told.
pub async fn retention_set(client: &Connection, token: &[u8], rule: &Rule, shown: Option<i64>) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.retention_set($1, $2, $3, $4, $5, $6, $7)",
        &[&token, &rule.of.kind(), &rule.of.class(), &rule.days, &rule.purges, &rule.version, &shown],
    )
    .await
}

pub async fn retention_run(client: &Connection, token: &[u8], of: &Kept, after: RecordId, records: i32) -> Result<Batch> {
    let row =
        row(client, "select * from sealdesk_api.retention_run($1, $2, $3, $4, $5)", &[&token, &of.kind(), &of.class(), &after.0, &records])
            .await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    let count = |name: &str| -> Result<u64> { Ok(u64::try_from(row.try_get::<_, i64>(name)?).unwrap_or(0)) };
    let last: Option<uuid::Uuid> = row.try_get("last")?;
    Ok(Batch { purged: Purged { records: count("records")?, items: count("items")? }, last: last.map(RecordId) })
}

pub async fn list_due(client: &Connection, token: &[u8], of: &Kept, limit: i32) -> Result<Vec<RecordNumber>> {
    let found = rows(client, "select * from sealdesk_api.list_due($1, $2, $3, $4)", &[&token, &of.kind(), &of.class(), &limit]).await?;
    found.iter().map(number).collect()
}

pub async fn hold_put(client: &Connection, token: &[u8], record: RecordNumber, reason: &str, reference: Option<&str>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.hold_put($1, $2, $3, $4, $5)", &[&token, &record.value, &reason, &reference, &record.letters()])
        .await
}

pub async fn hold_release(
    client: &Connection,
    token: &[u8],
    record: RecordNumber,
    reason: &str,
    reference: Option<&str>,
) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.hold_release($1, $2, $3, $4, $5)",
        &[&token, &record.value, &reason, &reference, &record.letters()],
    )
    .await
}

fn hold(row: &Row) -> Result<Hold> {
    Ok(Hold { reason: row.try_get("reason")?, reference: row.try_get("reference")?, by: row.try_get("by")?, at: row.try_get("at")? })
}

pub async fn list_holds(client: &Connection, token: &[u8]) -> Result<Vec<HeldRecord>> {
    let found = rows(client, "select * from sealdesk_api.list_holds($1)", &[&token]).await?;
    found.iter().map(|row| Ok(HeldRecord { record: RecordId(row.try_get("record")?), number: number(row)?, hold: hold(row)? })).collect()
}

/// With the ticket of a view.
pub async fn collect_view_hold(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Option<Hold>> {
    let found = rows(client, "select * from sealdesk_api.collect_view_hold($1, $2)", &[&token, &ticket.0]).await?;
    found.first().map(hold).transpose()
}
