//! Freezing, and signing everybody out.

use tokio_postgres::Row;

use super::{outcome, request::numbered, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Frozen, Outcome, Result},
    },
    model::{
        freeze::{Freeze, Target},
        request::Why,
    },
};

/// Answers with the freeze's number.
pub async fn freeze_put(client: &Connection, token: &[u8], target: &Target, why: &Why) -> Result<i64> {
    let sql = "select * from sealdesk_api.freeze_put($1, $2, $3, $4, $5)";
    numbered(&row(client, sql, &[&token, &target.kind(), &target.subject(), &why.text, &why.reference]).await?)
}

/// Ends what the frozen have begun and not committed; answers how many connections. Only once the freeze is committed.
pub async fn freeze_enforce(client: &Connection, token: &[u8], number: i64) -> Result<i32> {
    let row = row(client, "select * from sealdesk_api.freeze_enforce($1, $2)", &[&token, &number]).await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(row.try_get("ended")?)
}

/// In force, or all there ever were; newest first.
pub async fn list_freezes(client: &Connection, token: &[u8], all: bool) -> Result<Vec<Freeze>> {
    rows(client, "select * from sealdesk_api.list_freezes($1, $2)", &[&token, &all]).await?.iter().map(freeze).collect()
}

fn freeze(row: &Row) -> Result<Freeze> {
    Ok(Freeze {
        number: row.try_get("number")?,
        target: target(&row.try_get::<_, String>("kind")?, &row.try_get::<_, String>("subject")?)?,
        why: row.try_get("why")?,
        reference: row.try_get("reference")?,
        at: row.try_get("at")?,
        by: row.try_get("by")?,
        lifted_at: row.try_get("lifted_at")?,
        lifted_by: row.try_get("lifted_by")?,
        asked_by: row.try_get("asked_by")?,
    })
}

pub(super) fn target(kind: &str, subject: &str) -> Result<Target> {
    Target::new(kind, subject).ok_or_else(|| DatabaseError::Answer(format!("a freeze of kind \"{kind}\"")))
}

/// Of the caller's own account, without a session.
pub async fn my_freeze(client: &Connection) -> Result<Option<Frozen>> {
    let row = row(client, "select by, to_json(at) #>> '{}' as at, why from sealdesk_api.my_freeze()", &[]).await?;
    let by: Option<String> = row.try_get("by")?;
    let Some(by) = by else { return Ok(None) };
    Ok(Some(Frozen { by, at: row.try_get("at")?, why: row.try_get("why")? }))
}

pub async fn sign_out_everybody(client: &Connection, token: &[u8], why: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.sign_out_everybody($1, $2)", &[&token, &why]).await
}
