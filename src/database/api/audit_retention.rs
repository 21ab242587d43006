//! How long the audit is kept, and months that were dropped.

use super::{audit, audit::Head, outcome, row, rows};
use crate::{
    crypto::merkle::Hash,
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    keyring::audit_drop::DropStatement,
    model::{
        audit::{AuditMonth, Dropped},
        id::{SessionId, Ticket},
    },
};

/// For how many months the audit is kept, `None` for ever, and the version of that rule.
pub type Kept = (Option<i32>, i64);

pub async fn list_audit_months(client: &Connection, token: &[u8]) -> Result<(Vec<AuditMonth>, Option<Kept>)> {
    let found = rows(client, "select * from sealdesk_api.list_audit_months($1)", &[&token]).await?;
    let kept = found
        .first()
        .map(|row| Ok::<_, crate::database::error::DatabaseError>((row.try_get("months")?, row.try_get("version")?)))
        .transpose()?;
    let month = |row: &tokio_postgres::Row| {
        let (month, events, chains): (String, i64, i64) = (
            row.try_get("month")?,
            row.try_get::<_, Option<i64>>("events")?.unwrap_or(0),
            row.try_get::<_, Option<i64>>("chains")?.unwrap_or(0),
        );
        let dropped = match row.try_get("dropped_at")? {
            Some(at) => {
                Some(Dropped { month: month.clone(), events, chains, at, login: row.try_get("login")?, request: row.try_get("request")? })
            }
            None => None,
        };
        Ok(AuditMonth { month, events, chains, outcome: row.try_get("outcome")?, dropped })
    };
    Ok((found.iter().map(month).collect::<Result<_>>()?, kept))
}

pub async fn audit_retention_set(client: &Connection, token: &[u8], months: Option<i32>, version: i64) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.audit_retention_set($1, $2, $3)", &[&token, &months, &version]).await
}

/// What a statement about a month would say now.
pub struct MonthRoot {
    pub number: i64,
    pub events: i64,
    pub chains: i64,
    pub root: Hash,
    pub checkpoint: i64,
    /// An approval that may be the one.
    pub request: Option<i64>,
}

pub async fn audit_month_root(client: &Connection, token: &[u8], month: &str) -> Result<MonthRoot> {
    let row = row(client, "select * from sealdesk_api.audit_month_root($1, $2)", &[&token, &month]).await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(MonthRoot {
        number: row.try_get("number")?,
        events: row.try_get("events")?,
        chains: row.try_get("chains")?,
        root: audit::hash(row.try_get("root")?),
        checkpoint: row.try_get("checkpoint")?,
        request: row.try_get("request")?,
    })
}

pub async fn audit_drop(client: &Connection, token: &[u8], dropped: &DropStatement) -> Result<Outcome> {
    outcome(
        client,
        "select sealdesk_api.audit_drop($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            &token,
            &dropped.number,
            &dropped.month,
            &dropped.at,
            &dropped.root.as_slice(),
            &dropped.checkpoint,
            &dropped.request,
            &dropped.signature,
        ],
    )
    .await
}

pub async fn collect_drops(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<DropStatement>> {
    let found = rows(client, "select * from sealdesk_api.collect_drops($1, $2)", &[&token, &ticket.0]).await?;
    found
        .iter()
        .map(|row| {
            Ok(DropStatement {
                number: row.try_get("number")?,
                at: row.try_get("at")?,
                month: row.try_get("month")?,
                events: row.try_get("events")?,
                chains: row.try_get("chains")?,
                root: audit::hash(row.try_get("root")?),
                checkpoint: row.try_get("checkpoint")?,
                request: row.try_get("request")?,
                login: row.try_get("login")?,
                entry: row.try_get("entry")?,
                signature: row.try_get("signature")?,
            })
        })
        .collect()
}

/// How far each chain went that a statement is about, in the order of its tree.
pub async fn collect_drop_leaves(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    number: i64,
    after: Option<SessionId>,
    limit: i32,
) -> Result<Vec<Head>> {
    let sql = "select * from sealdesk_api.collect_drop_leaves($1, $2, $3, $4, $5)";
    let found = rows(client, sql, &[&token, &ticket.0, &number, &after.map(|session| session.0), &limit]).await?;
    found
        .iter()
        .map(|row| Ok(Head { session: SessionId(row.try_get(0)?), seq: row.try_get(1)?, hash: audit::hash(row.try_get(2)?) }))
        .collect()
}
