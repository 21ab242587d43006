//! Rules that raise alerts, and records that nobody has a reason to open.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{
    alert::{label, severity},
    kind::{number, number_or_none},
    outcome, rows,
};
use crate::{
    database::{
        connection::Connection,
        error::{Outcome, Result},
    },
    model::{
        alert::{Firing, Honeytoken, Rule},
        id::{RecordNumber, Ticket},
    },
};

pub async fn list_rules(client: &Connection, token: &[u8]) -> Result<Vec<Rule>> {
    let rule = |row: &Row| -> Result<Rule> {
        Ok(Rule {
            code: row.try_get("code")?,
            kind: row.try_get("kind")?,
            label: label(row)?,
            severity: severity(row.try_get("severity")?)?,
            enabled: row.try_get("enabled")?,
            settings: row.try_get("settings")?,
            version: row.try_get("version")?,
            alerts: row.try_get("alerts")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_rules($1)", &[&token]).await?.iter().map(rule).collect()
}

/// Makes a rule where there is no version, changes one otherwise.
pub async fn rule_put(
    client: &Connection,
    token: &[u8],
    code: &str,
    version: Option<i64>,
    names: &[&str],
    values: &[&str],
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.rule_put($1, $2, $3, $4, $5)", &[&token, &code, &version, &names, &values]).await
}

pub async fn request_rule_try(
    client: &Connection,
    token: &[u8],
    ticket: Ticket,
    code: &str,
    names: &[&str],
    values: &[&str],
    (from, until): (Timestamp, Timestamp),
) -> Result<Outcome> {
    let sql = "select sealdesk_api.request_rule_try($1, $2, $3, $4, $5, $6, $7)";
    outcome(client, sql, &[&token, &ticket.0, &code, &names, &values, &from, &until]).await
}

pub async fn collect_rule_try(client: &Connection, token: &[u8], ticket: Ticket) -> Result<Vec<Firing>> {
    let firing = |row: &Row| -> Result<Firing> {
        Ok(Firing {
            subject: row.try_get("subject")?,
            record: number_or_none(row)?,
            from: row.try_get("from_at")?,
            until: row.try_get("until_at")?,
            events: row.try_get("events")?,
            peak: row.try_get("peak")?,
            actors: row.try_get("actors")?,
        })
    };
    rows(client, "select * from sealdesk_api.collect_rule_try($1, $2)", &[&token, &ticket.0]).await?.iter().map(firing).collect()
}

pub async fn honeytoken_put(client: &Connection, token: &[u8], record: RecordNumber, on: bool, note: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.honeytoken_put($1, $2, $3, $4, $5)", &[&token, &record.value, &on, &note, &record.letters()]).await
}

pub async fn list_honeytokens(client: &Connection, token: &[u8]) -> Result<Vec<Honeytoken>> {
    let honeytoken = |row: &Row| -> Result<Honeytoken> {
        Ok(Honeytoken { record: number(row)?, by: row.try_get("by")?, at: row.try_get("at")?, note: row.try_get("note")? })
    };
    rows(client, "select * from sealdesk_api.list_honeytokens($1)", &[&token]).await?.iter().map(honeytoken).collect()
}
