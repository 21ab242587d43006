//! Alerts: what is open, what becomes of them, and their way to the sinks.

use std::time::Duration;

use tokio_postgres::Row;

use super::{kind::number_or_none, outcome, request::numbered, row, rows};
use crate::{
    database::{
        connection::Connection,
        error::{DatabaseError, Outcome, Result},
    },
    model::{
        alert::{Alert, AlertState, Call, EventPlace, Notice, Ringing, Severity, Suppression, Turn},
        catalogue::Label,
        id::SessionId,
    },
};

pub async fn my_alerts(client: &Connection, token: &[u8]) -> Result<Ringing> {
    let row = row(client, "select * from sealdesk_api.my_alerts($1)", &[&token]).await?;
    let newest: Option<i64> = row.try_get("newest")?;
    let newest = newest
        .map(|number| {
            Ok::<_, DatabaseError>(Call {
                number,
                severity: severity(row.try_get("newest_severity")?)?,
                label: Label { en: row.try_get("newest_en")?, zh: row.try_get("newest_zh")? },
                subject: row.try_get::<_, Option<String>>("newest_subject")?.unwrap_or_default(),
            })
        })
        .transpose()?;
    let unwatched: Option<i64> = row.try_get("unwatched_s")?;
    Ok(Ringing {
        critical: row.try_get("critical")?,
        warning: row.try_get("warning")?,
        info: row.try_get("info")?,
        newest,
        unwatched: unwatched.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or_default())),
    })
}

/// Those that are open or acknowledged, all, or one.
pub async fn list_alerts(client: &Connection, token: &[u8], all: bool, number: Option<i64>) -> Result<Vec<Alert>> {
    rows(client, "select * from sealdesk_api.list_alerts($1, $2, $3)", &[&token, &all, &number]).await?.iter().map(alert).collect()
}

fn alert(row: &Row) -> Result<Alert> {
    let state: String = row.try_get("state")?;
    Ok(Alert {
        number: row.try_get("number")?,
        rule: row.try_get("rule")?,
        label: label(row)?,
        severity: severity(row.try_get("severity")?)?,
        subject: row.try_get("subject")?,
        record: number_or_none(row)?,
        opened_at: row.try_get("opened_at")?,
        suppressed: row.try_get("suppressed")?,
        from: row.try_get("from_at")?,
        until: row.try_get("until_at")?,
        events: row.try_get("events")?,
        peak: row.try_get("peak")?,
        seen: row.try_get("last_id")?,
        state: AlertState::from_code(&state).ok_or_else(|| DatabaseError::Answer(format!("alert state \"{state}\"")))?,
        owner: row.try_get("owner")?,
        state_at: row.try_get("state_at")?,
        note: row.try_get::<_, Option<String>>("note")?.unwrap_or_default(),
        escalated: row.try_get("escalated")?,
        actors: row.try_get("actors")?,
        actions: row.try_get("actions")?,
        may_handle: row.try_get("may_handle")?,
    })
}

pub(super) fn label(row: &Row) -> Result<Label> {
    Ok(Label { en: row.try_get("label_en")?, zh: row.try_get("label_zh")? })
}

pub(super) fn severity(code: &str) -> Result<Severity> {
    Severity::from_code(code).ok_or_else(|| DatabaseError::Answer(format!("severity \"{code}\"")))
}

pub async fn alert_history(client: &Connection, token: &[u8], number: i64) -> Result<Vec<Turn>> {
    let turn = |row: &Row| -> Result<Turn> {
        Ok(Turn { what: row.try_get("state")?, at: row.try_get("at")?, by: row.try_get("by")?, note: row.try_get("note")? })
    };
    rows(client, "select * from sealdesk_api.alert_history($1, $2)", &[&token, &number]).await?.iter().map(turn).collect()
}

/// The newest events that caused it, newest first.
pub async fn alert_events(client: &Connection, token: &[u8], number: i64) -> Result<Vec<EventPlace>> {
    let place = |row: &Row| -> Result<EventPlace> {
        Ok(EventPlace { session: SessionId(row.try_get("session")?), seq: row.try_get("seq")?, at: row.try_get("at")? })
    };
    rows(client, "select * from sealdesk_api.alert_events($1, $2)", &[&token, &number]).await?.iter().map(place).collect()
}

/// `seen` is the newest occurrence that was looked at.
pub async fn alert_handle(
    client: &Connection,
    token: &[u8],
    number: i64,
    state: AlertState,
    note: &str,
    seen: Option<i64>,
) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.alert_handle($1, $2, $3, $4, $5)", &[&token, &number, &state.code(), &note, &seen]).await
}

/// Answers with the suppression's number.
pub async fn alert_suppress(client: &Connection, token: &[u8], rule: &str, subject: Option<&str>, minutes: i32, why: &str) -> Result<i64> {
    let sql = "select * from sealdesk_api.alert_suppress($1, $2, $3, $4, $5)";
    numbered(&row(client, sql, &[&token, &rule, &subject, &minutes, &why]).await?)
}

pub async fn suppression_end(client: &Connection, token: &[u8], number: i64) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.suppression_end($1, $2)", &[&token, &number]).await
}

pub async fn list_suppressions(client: &Connection, token: &[u8]) -> Result<Vec<Suppression>> {
    let suppression = |row: &Row| -> Result<Suppression> {
        Ok(Suppression {
            number: row.try_get("number")?,
            rule: row.try_get("rule")?,
            subject: row.try_get("subject")?,
            why: row.try_get("why")?,
            by: row.try_get("by")?,
            at: row.try_get("at")?,
            until: row.try_get("until_at")?,
            ended_by: row.try_get("ended_by")?,
            running: row.try_get("running")?,
        })
    };
    rows(client, "select * from sealdesk_api.list_suppressions($1)", &[&token]).await?.iter().map(suppression).collect()
}

/// Names and least severities of the sinks there are.
pub async fn watch_sinks(client: &Connection, token: &[u8], names: &[String], least: &[&str]) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.watch_sinks($1, $2, $3)", &[&token, &names, &least]).await
}

/// What is due in a sink's queue, oldest first.
pub async fn watch_deliveries(client: &Connection, token: &[u8], sink: &str) -> Result<Vec<Notice>> {
    let notice = |row: &Row| -> Result<Notice> {
        Ok(Notice {
            number: row.try_get("notice")?,
            alert: row.try_get("alert")?,
            what: row.try_get("what")?,
            at: row.try_get("at")?,
            rule: row.try_get("rule")?,
            label: label(row)?,
            severity: severity(row.try_get("severity")?)?,
            subject: row.try_get("subject")?,
            opened_at: row.try_get("opened_at")?,
            until: row.try_get("until_at")?,
            events: row.try_get("events")?,
            peak: row.try_get("peak")?,
            actors: row.try_get("actors")?,
            attempts: row.try_get("attempts")?,
        })
    };
    rows(client, "select * from sealdesk_api.watch_deliveries($1, $2)", &[&token, &sink]).await?.iter().map(notice).collect()
}

pub async fn watch_delivered(client: &Connection, token: &[u8], sink: &str, notice: i64, error: Option<&str>) -> Result<Outcome> {
    outcome(client, "select sealdesk_api.watch_delivered($1, $2, $3, $4)", &[&token, &sink, &notice, &error]).await
}
