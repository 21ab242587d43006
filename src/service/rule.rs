//! Rules that raise alerts, trying one on what has been, and honeytokens.

use jiff::Timestamp;

use crate::{
    database::{api::rule, error::Refusal},
    model::{
        alert::{Firing, Honeytoken, Rule},
        id::RecordNumber,
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// Names and values, as [`crate::model::alert::setting`] makes them.
pub type Settings = [(String, String)];

fn columns(settings: &Settings) -> (Vec<&str>, Vec<&str>) {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).unzip()
}

/// All rules, those that are on first.
///
/// # Errors
/// Refused without `audit_all` or `manage_policy`; lost connections.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Rule>> {
    let client = signed_in.client().await?;
    Ok(rule::list_rules(&client, signed_in.token.expose()).await?)
}

/// Makes a rule.
///
/// # Errors
/// `SD003` without `manage_policy`, `SD050` without an approval of just this, `SD070` for a code that is taken, `SD130` for settings that make no sense.
pub async fn add(signed_in: &SignedIn, code: &str, settings: &Settings) -> Result<()> {
    put(signed_in, code, None, settings).await
}

/// Changes some settings of a rule.
///
/// # Errors
/// As [`add`]; `SD131` for a rule that is not there, `SD007` where somebody else changed it meanwhile.
pub async fn set(signed_in: &SignedIn, code: &str, settings: &Settings) -> Result<()> {
    let known = list(signed_in).await?.into_iter().find(|rule| rule.code == code).ok_or(Refusal::NoRule)?;
    put(signed_in, code, Some(known.version), settings).await
}

async fn put(signed_in: &SignedIn, code: &str, version: Option<i64>, settings: &Settings) -> Result<()> {
    let client = signed_in.client().await?;
    let (names, values) = columns(settings);
    Ok(rule::rule_put(&client, signed_in.token.expose(), code, version, &names, &values).await?.into_result()?)
}

/// When a rule, with other settings than it has, would have raised an alert in a time, and for whom.
///
/// # Errors
/// `SD003` without `audit_all`, `SD130` for settings that make no sense, `SD131` for a rule that is not there, `SD011` for more than 92 days.
pub async fn try_on(signed_in: &SignedIn, code: &str, settings: &Settings, time: (Timestamp, Timestamp)) -> Result<Vec<Firing>> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (ticket, (names, values)) = (new_ticket(), columns(settings));
    let (asked, found) = tokio::join!(biased; rule::request_rule_try(&client, token, ticket, code, &names, &values, time), rule::collect_rule_try(&client, token, ticket),);
    asked?.into_result()?;
    Ok(found?)
}

/// Says of a record that nobody has a reason to open it, or no more.
///
/// # Errors
/// `SD003` without `manage_policy`, `SD006` for a record that is not there.
pub async fn honeytoken(signed_in: &SignedIn, record: RecordNumber, on: bool, note: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(rule::honeytoken_put(&client, signed_in.token.expose(), record, on, note).await?.into_result()?)
}

/// Those records.
///
/// # Errors
/// Refused without `manage_policy`; lost connections.
pub async fn honeytokens(signed_in: &SignedIn) -> Result<Vec<Honeytoken>> {
    let client = signed_in.client().await?;
    Ok(rule::list_honeytokens(&client, signed_in.token.expose()).await?)
}
