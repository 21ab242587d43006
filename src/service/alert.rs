//! Alerts: what rings, what is done about it, and for what nobody is called for a time.

use crate::{
    database::api::alert,
    model::alert::{Alert, AlertState, EventPlace, Ringing, Suppression, Turn},
    service::{Result, session::SignedIn},
};

/// How many alerts are open, and what rang last. Nothing for who does not read the whole audit.
///
/// # Errors
/// Lost connections.
pub async fn ringing(signed_in: &SignedIn) -> Result<Ringing> {
    let client = signed_in.client().await?;
    Ok(alert::my_alerts(&client, signed_in.token.expose()).await?)
}

/// Alerts that are open or acknowledged, or all, newest first.
///
/// # Errors
/// Refused without `audit_all`; lost connections.
pub async fn list(signed_in: &SignedIn, all: bool) -> Result<Vec<Alert>> {
    let client = signed_in.client().await?;
    Ok(alert::list_alerts(&client, signed_in.token.expose(), all, None).await?)
}

/// One alert with what became of it and the newest events that caused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub alert: Alert,
    pub history: Vec<Turn>,
    pub events: Vec<EventPlace>,
}

/// One alert in full.
///
/// # Errors
/// Refused without `audit_all`; `SD132` where there is none of that number; lost connections.
pub async fn show(signed_in: &SignedIn, number: i64) -> Result<Whole> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (found, history, events) = tokio::try_join!(
        alert::list_alerts(&client, token, true, Some(number)),
        alert::alert_history(&client, token, number),
        alert::alert_events(&client, token, number),
    )?;
    let alert = found.into_iter().next().ok_or(crate::database::error::Refusal::NoAlert)?;
    Ok(Whole { alert, history, events })
}

/// Acknowledges an alert, or puts it away with a note. `seen` is the newest occurrence that was looked at, where it was looked at.
///
/// # Errors
/// `SD003` without the right, `SD133` for what one has caused, `SD134` where it is put away already, `SD135` where more has come since it was looked at.
pub async fn handle(signed_in: &SignedIn, number: i64, state: AlertState, note: &str, seen: Option<i64>) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(alert::alert_handle(&client, signed_in.token.expose(), number, state, note, seen).await?.into_result()?)
}

/// Calls nobody for a rule, or one subject of it, for so many minutes; answers with the suppression's number.
///
/// # Errors
/// `SD003` without the right, `SD131` for an unknown rule, `SD133` about oneself, `SD136` for a time or reason that will not do.
pub async fn suppress(signed_in: &SignedIn, rule: &str, subject: Option<&str>, minutes: i32, why: &str) -> Result<i64> {
    let client = signed_in.client().await?;
    Ok(alert::alert_suppress(&client, signed_in.token.expose(), rule, subject, minutes, why).await?)
}

/// Ends a suppression before its time.
///
/// # Errors
/// `SD003` without the right, `SD052` where it has ended.
pub async fn end_suppression(signed_in: &SignedIn, number: i64) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(alert::suppression_end(&client, signed_in.token.expose(), number).await?.into_result()?)
}

/// Suppressions, newest first.
///
/// # Errors
/// Refused without `audit_all`; lost connections.
pub async fn suppressions(signed_in: &SignedIn) -> Result<Vec<Suppression>> {
    let client = signed_in.client().await?;
    Ok(alert::list_suppressions(&client, signed_in.token.expose()).await?)
}
