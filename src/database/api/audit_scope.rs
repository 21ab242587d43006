//! What is recorded beyond what always is, and what a desk says of itself.

use super::{outcome, rows};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{audit_scope::Recorded, catalogue::Reported, id::RecordId},
};

pub async fn list_audit_scope(client: &Connection, token: &[u8]) -> Result<Vec<Recorded>> {
    let found = rows(client, "select * from sealdesk_api.list_audit_scope($1)", &[&token]).await?;
    found
        .iter()
        .map(|row| {
            Ok(Recorded {
                action: row.try_get("action")?,
                class: Some(row.try_get::<_, String>("class")?).filter(|class| !class.is_empty()),
                by_class: row.try_get("by_class")?,
                recorded: row.try_get("recorded")?,
                is_set: row.try_get("is_set")?,
                by_default: row.try_get("by_default")?,
                rules: row.try_get("rules")?,
                version: row.try_get("version")?,
            })
        })
        .collect()
}

/// `None` for as by default.
pub async fn audit_scope_set(
    client: &Connection,
    token: &[u8],
    action: &str,
    class: Option<&str>,
    recorded: Option<bool>,
    version: i64,
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.audit_scope_set($1, $2, $3, $4, $5)", &[&token, &action, &class, &recorded, &version]).await
}

pub async fn list_reported(client: &Connection, token: &[u8]) -> Result<Reported> {
    let mut reported = Reported::default();
    for row in rows(client, "select * from sealdesk_api.list_reported($1)", &[&token]).await? {
        match row.try_get::<_, Option<String>>("class")? {
            Some(class) => reported.hide.push(class),
            None => reported.focus = true,
        }
    }
    Ok(reported)
}

/// With a field, that its value went from the screen; without, that the reader stayed on the record's row.
pub async fn report_act(client: &Connection, token: &[u8], record: RecordId, field: Option<&str>) -> Result<Outcome> {
    let action = if field.is_some() { "hide" } else { "focus" };
    outcome(client, "select sealdesk_api.report_act($1, $2, $3, $4)", &[&token, &action, &record.0, &field]).await
}
