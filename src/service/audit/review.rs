//! Reviews of the audit: planning them, going through a sample, signing off, and what that proves afterwards.

use std::path::PathBuf;

use jiff::{Timestamp, Unit};

use crate::{
    config::Config,
    database::{
        api::{audit_review as api, root},
        connection::Connection,
        error::Refusal,
    },
    keyring::{
        KeyringError,
        audit_review::{Checked, SignedReview, Whole},
    },
    model::{
        audit_review::{Item, Mark, NewPlan, Plan, Review},
        id::Ticket,
    },
    service::{
        Error, Result,
        session::{SignedIn, new_ticket},
    },
};

/// Has the audit reviewed; answers with the plan's number.
///
/// # Errors
/// Refused without `manage_people` or `review`; `SD011` for what cannot be, `SD146` for a person or class that there is not, `SD187` for a reviewer who does not
/// read the whole audit.
pub async fn plan(signed_in: &SignedIn, new: &NewPlan) -> Result<i32> {
    let client = signed_in.client().await?;
    let (outcome, number) = api::audit_review_plan(&client, signed_in.token.expose(), new).await?;
    outcome.into_result()?;
    Ok(number.ok_or(Refusal::Argument)?)
}

/// No further reviews of a plan.
///
/// # Errors
/// Refused without `manage_people` or `review`; `SD186`.
pub async fn stop(signed_in: &SignedIn, plan: i32) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::audit_review_stop(&client, signed_in.token.expose(), plan).await?.into_result()?)
}

/// What of the audit is reviewed how often.
///
/// # Errors
/// Refused without `audit_all`, `manage_people` or `review`.
pub async fn plans(signed_in: &SignedIn) -> Result<Vec<Plan>> {
    let client = signed_in.client().await?;
    Ok(api::list_audit_review_plans(&client, signed_in.token.expose()).await?)
}

/// Reviews, those that are not signed off first. What is due begins, and what can be drawn is.
///
/// # Errors
/// Refused without `audit_all`.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Review>> {
    let client = signed_in.client().await?;
    Ok(api::list_audit_reviews(&client, signed_in.token.expose()).await?)
}

async fn request(signed_in: &SignedIn, client: &Connection, ticket: Ticket, review: i64, export: bool) -> Result<()> {
    api::request_audit_review(client, signed_in.token.expose(), ticket, review, export).await?.into_result()?;
    signed_in.witness.note(ticket, None, None);
    Ok(())
}

/// A review's sample as this person may see it.
///
/// # Errors
/// Refused without `audit_all`; `SD186`; `SD188` where the sample is not drawn yet.
pub async fn open(signed_in: &SignedIn, review: i64) -> Result<Vec<Item>> {
    let (client, ticket) = (signed_in.client().await?, new_ticket());
    let (asked, found) = tokio::join!(biased;
        request(signed_in, &client, ticket, review, false),
        api::collect_audit_review(&client, signed_in.token.expose(), ticket, review));
    asked?;
    Ok(found?)
}

/// That this person has opened an event of a sample that they were handed in this session.
///
/// # Errors
/// `SD186`, `SD189`.
pub async fn look(signed_in: &SignedIn, review: i64, item: i32) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::audit_review_look(&client, signed_in.token.expose(), review, item).await?.into_result()?)
}

/// Says of an event that it is in order, or what is the matter.
///
/// # Errors
/// `SD187` about one's own or for who is no reviewer, `SD188` once it is signed, `SD189` before it was opened, `SD005` for a finding without words.
pub async fn mark(signed_in: &SignedIn, review: i64, item: i32, mark: Mark, note: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::audit_review_mark(&client, signed_in.token.expose(), review, item, mark, note).await?.into_result()?)
}

/// A review with all that was signed of it.
async fn whole(signed_in: &SignedIn, client: &Connection, ticket: Ticket, review: i64) -> Result<Whole> {
    let token = signed_in.token.expose();
    let frame = api::collect_frames(client, token, ticket, Some(review)).await?.into_iter().next();
    Ok(Whole {
        frame: frame.ok_or(Refusal::NoAuditReview)?,
        weights: api::collect_weights(client, token, ticket, review).await?,
        places: api::collect_places(client, token, ticket, review).await?,
        marks: api::collect_marks(client, token, ticket, review).await?,
        signatures: api::collect_signs(client, token, ticket, review).await?,
    })
}

/// Signs what this person says of a sample. Afterwards nothing of it changes.
///
/// # Errors
/// `SD189` while something is left that this person may mark, `SD188` twice, `SD187` for who is no reviewer, `SD007` where a mark was changed meanwhile.
pub async fn sign(signed_in: &SignedIn, review: i64) -> Result<()> {
    let (client, ticket) = (signed_in.client().await?, new_ticket());
    request(signed_in, &client, ticket, review, false).await?;
    let whole = whole(signed_in, &client, ticket, review).await?;
    // As the database keeps it.
    let now = Timestamp::now();
    let at = now.round(Unit::Microsecond).unwrap_or(now);
    let (digest, signature) = signed_in.keyring().sign_off(&whole, at);
    Ok(api::audit_review_sign(&client, signed_in.token.expose(), review, at, &digest, &signature).await?.into_result()?)
}

/// A review with its sample, marks and signatures, signed by this person.
///
/// # Errors
/// `SD186`, `SD188`; [`KeyringError::NotInDirectory`]; what does not check is not written.
pub async fn export(signed_in: &SignedIn, review: i64) -> Result<String> {
    let (client, ticket) = (signed_in.client().await?, new_ticket());
    request(signed_in, &client, ticket, review, true).await?;
    let token = signed_in.token.expose();
    let whole = whole(signed_in, &client, ticket, review).await?;
    let entries = api::collect_signers(&client, token, ticket, review).await?;
    let transitions = root::list_root_transitions(&client, token).await?;
    let now = Timestamp::now();
    let at = now.round(Unit::Microsecond).unwrap_or(now);
    let exported = signed_in.keyring().export_audit_review(whole, &entries, &transitions, at)?;
    exported.verify()?;
    Ok(exported.to_text()?)
}

/// The same into a file that is not there yet and that nobody else may read.
///
/// # Errors
/// As [`export`]; what the file system says, with the file's name.
pub async fn export_into(signed_in: &SignedIn, review: i64, file: PathBuf) -> Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let text = export(signed_in, review).await?;
    let failed = |error: std::io::Error| Error::Plain(format!("{}: {error}", file.display()));
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(failed)?;
    out.write_all(text.as_bytes()).map_err(failed)?;
    out.sync_all().map_err(failed)
}

/// Checks an exported file, without a server; the root against what a configuration of the same installation pins. Answers whether there was one.
///
/// # Errors
/// [`crate::keyring::audit_review::AuditReviewError`]; [`KeyringError::RootFingerprint`] when it was signed under another root.
pub fn verify(text: &str, config: Option<&Config>) -> Result<(Checked, bool)> {
    let review = SignedReview::parse(text)?;
    let checked = review.verify()?;
    let pinned = config.filter(|config| config.installation == review.installation).and_then(|config| config.root_fingerprint.as_ref());
    if let Some(pinned) = pinned.filter(|pinned| !pinned.trim().eq_ignore_ascii_case(&checked.root_fingerprint)) {
        return Err(KeyringError::RootFingerprint { pinned: pinned.clone(), found: checked.root_fingerprint }.into());
    }
    Ok((checked, pinned.is_some()))
}
