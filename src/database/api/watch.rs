//! What the watch may have done: rounds, duties, reports. It reads nothing.

use jiff::Timestamp;

use super::{outcome, row};
use crate::database::{
    connection::Connection,
    error::{Outcome, Result},
};

/// What a round answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    pub leads: bool,
    /// The login that leads.
    pub leader: Option<String>,
    pub server_time: Timestamp,
    /// Events evaluated by this round.
    pub events: i64,
    /// Alerts that are new, or rang again.
    pub alerts: i64,
    /// Whether others wait to be evaluated.
    pub more: bool,
}

/// Takes or renews the lead for so many seconds and evaluates what is new.
pub async fn watch_round(client: &Connection, token: &[u8], lease_s: i32, limit: i32) -> Result<Round> {
    let row = row(client, "select * from sealdesk_api.watch_round($1, $2, $3)", &[&token, &lease_s, &limit]).await?;
    Outcome(row.try_get("outcome")?).into_result()?;
    Ok(Round {
        leads: row.try_get("leads")?,
        leader: row.try_get("leader")?,
        server_time: row.try_get("server_time")?,
        events: row.try_get("events")?,
        alerts: row.try_get("alerts")?,
        more: row.try_get("more")?,
    })
}

pub async fn watch_leave(client: &Connection, token: &[u8]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.watch_leave($1)", &[&token]).await
}

/// `reviews`, `elevations`, `escalate`, `overdue`, `chains`, `late` or `silence`.
pub async fn watch_duty(client: &Connection, token: &[u8], duty: &str) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.watch_duty($1, $2)", &[&token, &duty]).await
}

/// Records what was noticed outside the database: `clock_jump`, `delivery_failed`, …
pub async fn watch_report(
    client: &Connection,
    token: &[u8],
    what: &str,
    subject: &str,
    number: Option<i64>,
    details: &str,
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.watch_report($1, $2, $3, $4, $5)", &[&token, &what, &subject, &number, &details]).await
}

/// How far an anchor is, or why it cannot be written.
pub async fn watch_anchored(client: &Connection, token: &[u8], name: &str, number: Option<i64>, error: Option<&str>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.watch_anchored($1, $2, $3, $4)", &[&token, &name, &number, &error]).await
}
