//! Freezing a person, a role, a class or every reveal, lifting that, and signing everybody out.

use crate::{
    database::{api::freeze, error::Refusal},
    model::{
        freeze::{Freeze, Target},
        request::{Asked, Why},
    },
    service::{Result, request, session::SignedIn},
};

/// Freezes, from now on and until two people lift it; answers with the freeze's number. What the frozen have begun and not committed is ended.
///
/// # Errors
/// `SD003` without `respond`, `SD005` without a reason, `SD143` where there is no such thing, `SD145` where it is frozen.
pub async fn put(signed_in: &SignedIn, target: &Target, why: &Why) -> Result<i64> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let number = freeze::freeze_put(&client, token, target, why).await?;
    if matches!(target, Target::Person(_) | Target::Role(_)) {
        match freeze::freeze_enforce(&client, token, number).await {
            Ok(ended) => tracing::info!(number, ended, "what they had begun is ended"),
            // Frozen all the same; of oneself there is no session left to do it by.
            Err(error) => tracing::warn!(number, %error, "what they had begun could not be ended"),
        }
    }
    Ok(number)
}

/// Freezes in force, or all there ever were, newest first: everybody's for who may respond, approve, manage people or read the whole audit.
///
/// # Errors
/// Lost connections.
pub async fn list(signed_in: &SignedIn, all: bool) -> Result<Vec<Freeze>> {
    let client = signed_in.client().await?;
    Ok(freeze::list_freezes(&client, signed_in.token.expose(), all).await?)
}

/// Asks for a freeze to be lifted, which happens when somebody else who may respond approves; answers with the request's number.
///
/// # Errors
/// `SD003` without `respond`; `SD144` where it is lifted.
pub async fn lift(signed_in: &SignedIn, number: i64, why: &Why) -> Result<i64> {
    let found = list(signed_in, false).await?.into_iter().find(|freeze| freeze.number == number).ok_or(Refusal::NoFreeze)?;
    let asked = Asked::Unfreeze { number, target: found.target };
    request::ask(signed_in, &asked, why, request::GOOD_MINUTES, request::OPEN_MINUTES).await
}

/// Ends every session but the caller's; everybody may sign in again.
///
/// # Errors
/// `SD003` without `respond` or `manage_people`; `SD005` without a reason.
pub async fn sign_out_everybody(signed_in: &SignedIn, why: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(freeze::sign_out_everybody(&client, signed_in.token.expose(), why).await?.into_result()?)
}
