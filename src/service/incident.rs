//! Incidents, and what a person saw: what a notice of a breach is made of.

use jiff::Timestamp;

use crate::{
    database::api::incident,
    model::incident::{Incident, Item, Kind, Saw, Scope, Severity},
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

/// Opens an incident; answers with its number.
///
/// # Errors
/// `SD003` without `respond`, `SD146` for a person or class that there is not.
pub async fn open(signed_in: &SignedIn, title: &str, severity: Severity, scope: &Scope) -> Result<i64> {
    let client = signed_in.client().await?;
    Ok(incident::incident_open(&client, signed_in.token.expose(), title, severity, scope).await?)
}

/// Adds to an incident's timeline; answers with the item's number.
///
/// # Errors
/// `SD003` without `respond`, `SD147` for no such incident, `SD148` when it is closed, `SD149` for what the item cannot be about.
pub async fn add(signed_in: &SignedIn, number: i64, kind: &Kind, text: &str) -> Result<i64> {
    let client = signed_in.client().await?;
    Ok(incident::incident_add(&client, signed_in.token.expose(), number, kind, text).await?)
}

/// Every incident with where it stands, open ones first.
///
/// # Errors
/// Refused without `respond` or `audit_all`.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Incident>> {
    let client = signed_in.client().await?;
    Ok(incident::list_incidents(&client, signed_in.token.expose()).await?)
}

/// One incident and its timeline.
///
/// # Errors
/// As [`list`]; an incident that there is not.
pub async fn show(signed_in: &SignedIn, number: i64) -> Result<(Incident, Vec<Item>)> {
    let found = list(signed_in).await?.into_iter().find(|found| found.number == number);
    let found = found.ok_or_else(|| Error::from(crate::database::error::Refusal::NoIncident))?;
    let client = signed_in.client().await?;
    Ok((found, incident::incident_items(&client, signed_in.token.expose(), number).await?))
}

/// What a person saw between two moments, by their own events. Asking is an event.
///
/// # Errors
/// Refused without `audit_all`; `SD146` for a person that there is not.
pub async fn saw(signed_in: &SignedIn, login: &str, from: Timestamp, until: Timestamp) -> Result<Vec<Saw>> {
    let client = signed_in.client().await?;
    let (token, ticket) = (signed_in.token.expose(), new_ticket());
    let (asked, found) = tokio::join!(biased;
        incident::request_saw(&client, token, ticket, login, from, until),
        incident::collect_saw(&client, token, ticket));
    asked?.into_result()?;
    Ok(found?)
}
