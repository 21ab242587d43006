//! Access reviews, duties that are kept apart, and findings.

use std::{io::Write as _, path::PathBuf};

use jiff::Timestamp;

pub use crate::database::api::review::NewCampaign;
use crate::{
    config::Config,
    database::{
        api::review as api,
        error::{DatabaseError, Refusal},
    },
    keyring::{KeyringError, review::SignedReview},
    model::{
        finding::Finding,
        review::{Campaign, Decision, Duty, Item},
    },
    service::{Error, Result, SignedIn, staff},
};

/// A reviewer's answer for one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Keep,
    /// Another role in its place.
    Change(String),
    Revoke,
}

/// Begins a campaign and answers with its number.
///
/// # Errors
/// Refused without `manage_people` or `review`; `SD011` for what cannot be; `SD096` where there is no grant in scope.
pub async fn start(signed_in: &SignedIn, new: &NewCampaign) -> Result<i32> {
    let client = signed_in.client().await?;
    let (outcome, number) = api::review_start(&client, signed_in.token.expose(), new).await?;
    outcome.into_result()?;
    Ok(number.ok_or(Refusal::NothingToReview)?)
}

/// A recurring campaign is not followed by another.
///
/// # Errors
/// Refused without `manage_people`; `SD095`.
pub async fn stop(signed_in: &SignedIn, number: i32) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::review_stop(&client, signed_in.token.expose(), number).await?.into_result()?)
}

/// The campaigns that this person may look at, open ones first.
///
/// # Errors
/// Lost connections.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Campaign>> {
    let client = signed_in.client().await?;
    Ok(api::review_list(&client, signed_in.token.expose()).await?)
}

/// Each grant of a campaign beside its evidence.
///
/// # Errors
/// `SD094` for who is neither a reviewer nor oversees people.
pub async fn items(signed_in: &SignedIn, number: i32) -> Result<Vec<Item>> {
    let client = signed_in.client().await?;
    Ok(api::review_items(&client, signed_in.token.expose(), number).await?)
}

/// Answers for one grant. A revoked or changed one is taken at once; the role in its place is granted where this person manages people. Otherwise, or
/// where somebody else has to approve that, it waits as a finding: then the answer is `false`.
///
/// # Errors
/// `SD090` about oneself, `SD091` twice, `SD092` for duties that must be kept apart, `SD093` too late, `SD094`, `SD095`; as [`staff::grant`], when the
/// earlier role is taken already.
pub async fn decide(signed_in: &SignedIn, number: i32, user: &str, role: &str, answer: &Answer, comment: &str) -> Result<bool> {
    let (decision, new_role) = match answer {
        Answer::Keep => (Decision::Keep, None),
        Answer::Change(new_role) => (Decision::Change, Some(new_role.as_str())),
        Answer::Revoke => (Decision::Revoke, None),
    };
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    api::review_decide(&client, token, number, user, role, decision, comment, new_role).await?.into_result()?;
    drop(client);
    match new_role {
        None => Ok(true),
        Some(_) if !signed_in.policy().can("manage_people") => Ok(false),
        Some(new_role) => match staff::grant(signed_in, user, new_role).await {
            Err(Error::Database(DatabaseError::Refused(Refusal::NeedsApproval))) => Ok(false),
            granted => granted.map(|()| true),
        },
    }
}

/// A campaign with all its answers, evidence and audit events, signed by this person.
///
/// # Errors
/// `SD094`, `SD095`; [`KeyringError::NotInDirectory`].
pub async fn export(signed_in: &SignedIn, number: i32) -> Result<String> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let items = api::review_items(&client, token, number).await?;
    let campaign = api::review_list(&client, token).await?.into_iter().find(|campaign| campaign.number == number);
    let campaign = campaign.ok_or(Refusal::NoReview)?;
    let events = api::review_events(&client, token, number).await?;
    Ok(signed_in.keyring().sign_review(Timestamp::now(), (campaign, items, events))?.to_text()?)
}

/// The same into a file that is not there yet and that nobody else may read.
///
/// # Errors
/// As [`export`]; what the file system says, with the file's name.
pub async fn export_into(signed_in: &SignedIn, number: i32, file: PathBuf) -> Result<()> {
    let text = export(signed_in, number).await?;
    let named = file.display().to_string();
    let written = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
        let mut opened = options.open(file)?;
        opened.write_all(text.as_bytes())?;
        opened.write_all(b"\n")?;
        opened.sync_all()
    });
    let done = written.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    done.map_err(|error| Error::Plain(format!("{named}: {error}")))
}

/// A file that checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub review: SignedReview,
    pub signer: crate::keyring::review::Signer,
    /// Whether the root is the one that the configuration pins.
    pub root_compared: bool,
}

/// Checks an exported file, without a server; the root against what a configuration of the same installation pins.
///
/// # Errors
/// [`crate::keyring::review::ReviewError`]; [`KeyringError::RootFingerprint`] when it was signed under another root.
pub fn verify(text: &str, config: Option<&Config>) -> Result<Checked> {
    let review = SignedReview::parse(text)?;
    let signer = review.verify()?;
    let pinned = config.filter(|config| config.installation == review.installation).and_then(|config| config.root_fingerprint.as_ref());
    if let Some(pinned) = pinned.filter(|pinned| !pinned.trim().eq_ignore_ascii_case(&signer.root_fingerprint)) {
        return Err(KeyringError::RootFingerprint { pinned: pinned.clone(), found: signer.root_fingerprint }.into());
    }
    Ok(Checked { review, signer, root_compared: pinned.is_some() })
}

/// Pairs of capabilities that one person must not hold.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn duties(signed_in: &SignedIn) -> Result<Vec<Duty>> {
    let client = signed_in.client().await?;
    Ok(api::duty_list(&client, signed_in.token.expose()).await?)
}

/// Keeps two capabilities apart from now on.
///
/// # Errors
/// Refused without `manage_people`; `SD092` where one role has both.
pub async fn keep_apart(signed_in: &SignedIn, duty: &Duty) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::duty_add(&client, signed_in.token.expose(), duty).await?.into_result()?)
}

/// Lets two capabilities meet again.
///
/// # Errors
/// Refused without `manage_people`; `SD011` for a pair that was not kept apart.
pub async fn let_meet(signed_in: &SignedIn, a: &str, b: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::duty_remove(&client, signed_in.token.expose(), a, b).await?.into_result()?)
}

/// What is worth asking about people and their grants.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn findings(signed_in: &SignedIn) -> Result<Vec<Finding>> {
    let client = signed_in.client().await?;
    Ok(api::findings(&client, signed_in.token.expose()).await?)
}
