//! The watch: a daemon that evaluates the audit as it grows and does what nobody need come by for. Any number may run; one leads.
//!
//! It holds an account like a person's, with the one capability `watch` and no right on any class: the evaluation happens in the database, and what
//! comes back are counts.

mod clock;
mod daemon;
mod duty;
mod logins;
mod proof;
pub mod sink;

pub use clock::{Clock, Jump};
pub use daemon::{Daemon, Order, Told, run};
pub use proof::Proof;
pub use sink::Sink;

pub use crate::database::api::watch::Round;
use crate::{
    database::api::watch,
    service::{Result, session::SignedIn},
};

/// How long the lead is held without a round, in seconds. Who stands by asks each second, so another leads within ten.
const LEASE_S: i32 = 6;
/// Events of one round; a longer absence is caught up with in several.
const ROUND_EVENTS: i32 = 2_000;

/// Takes or renews the lead, and evaluates what was committed since the last round.
///
/// # Errors
/// `SD003` without the capability; lost connections.
pub async fn round(signed_in: &SignedIn) -> Result<Round> {
    let client = signed_in.client().await?;
    Ok(watch::watch_round(&client, signed_in.token.expose(), LEASE_S, ROUND_EVENTS).await?)
}

/// Gives the lead up, so that another takes it at once.
///
/// # Errors
/// `SD003` without the capability; lost connections.
pub async fn leave(signed_in: &SignedIn) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(watch::watch_leave(&client, signed_in.token.expose()).await?.into_result()?)
}

/// Records what was noticed outside the database, as an event that rules match.
///
/// # Errors
/// `SD003` without the capability; `SD011` for what is not a report; lost connections.
pub async fn report(signed_in: &SignedIn, what: &str, subject: &str, number: Option<i64>, details: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(watch::watch_report(&client, signed_in.token.expose(), what, subject, number, details).await?.into_result()?)
}
