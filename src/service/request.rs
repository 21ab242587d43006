//! Four eyes, and roles for a time.

use std::collections::BTreeSet;

use crate::{
    database::api::{elevation, request},
    keyring::officer,
    model::request::{Asked, Elevation, Eligibility, FourEyes, Request, Why},
    service::{Error, Result, session::SignedIn},
};

/// How long a request waits for somebody, in minutes, where nothing else is said.
pub const OPEN_MINUTES: i32 = 480;
/// How long what was approved may be begun.
pub const GOOD_MINUTES: i32 = 1_440;

/// Asks for approval; answers with the request's number.
///
/// # Errors
/// `SD011` for what makes no sense, `SD053` to `SD055` for a role that one may not have for a time, `SD012` with twenty open requests.
pub async fn ask(signed_in: &SignedIn, asked: &Asked, why: &Why, minutes: i32, open_minutes: i32) -> Result<i64> {
    let client = signed_in.client().await?;
    Ok(request::request_put(&client, signed_in.token.expose(), asked, why, minutes, open_minutes).await?)
}

/// Takes one's own request back.
///
/// # Errors
/// `SD052` when it is not one's own, or used.
pub async fn withdraw(signed_in: &SignedIn, number: i64) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(request::request_withdraw(&client, signed_in.token.expose(), number).await?.into_result()?)
}

/// Approves or refuses.
///
/// # Errors
/// `SD003` without the right, `SD051` for one's own request or gain, `SD052` when it is decided or too late.
pub async fn vote(signed_in: &SignedIn, number: i64, approve: bool, comment: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(request::request_vote(&client, signed_in.token.expose(), number, approve, comment).await?.into_result()?)
}

/// What waits or is approved and unused, or everything: one's own, and everybody's for who decides or reads the whole audit. Newest first.
///
/// # Errors
/// Lost connections.
pub async fn list(signed_in: &SignedIn, all: bool) -> Result<Vec<Request>> {
    let client = signed_in.client().await?;
    Ok(request::list_requests(&client, signed_in.token.expose(), all).await?)
}

/// What needs somebody else's approval.
///
/// # Errors
/// Lost connections.
pub async fn four_eyes(signed_in: &SignedIn) -> Result<Vec<FourEyes>> {
    let client = signed_in.client().await?;
    Ok(request::list_four_eyes(&client, signed_in.token.expose()).await?)
}

/// Asks for four eyes from now on, or as soon as somebody else could approve (`None`); to do without them again needs an approval.
///
/// # Errors
/// Refused without `manage_people`; `SD050`.
pub async fn set_four_eyes(signed_in: &SignedIn, kind: &str, required: Option<bool>) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(request::four_eyes_set(&client, signed_in.token.expose(), kind, required).await?.into_result()?)
}

/// Takes a role for a time at once, keys included; answers with the elevation's number.
///
/// # Errors
/// `SD053` to `SD055`; `SD005` without a reason.
pub async fn break_glass(signed_in: &SignedIn, role: &str, why: &Why, minutes: i32) -> Result<i64> {
    let client = signed_in.client().await?;
    let number = elevation::break_glass(&client, signed_in.token.expose(), role, why, minutes).await?;
    drop(client);
    signed_in.renew_policy().await?;
    Ok(number)
}

/// Ends a role for a time before its time.
///
/// # Errors
/// `SD003` for somebody else's without the right; `SD052` when it has ended.
pub async fn end_elevation(signed_in: &SignedIn, number: i64) -> Result<()> {
    let client = signed_in.client().await?;
    elevation::elevation_end(&client, signed_in.token.expose(), number).await?.into_result()?;
    drop(client);
    signed_in.renew_policy().await?;
    Ok(())
}

/// Says what is to be said about a broken glass.
///
/// # Errors
/// `SD003` without the right, `SD051` for one's own, `SD052` when it is reviewed.
pub async fn review(signed_in: &SignedIn, number: i64, review: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(elevation::elevation_review(&client, signed_in.token.expose(), number, review).await?.into_result()?)
}

/// Roles for a time, newest first: one's own, and everybody's for who decides or reads the whole audit.
///
/// # Errors
/// Lost connections.
pub async fn elevations(signed_in: &SignedIn) -> Result<Vec<Elevation>> {
    let client = signed_in.client().await?;
    Ok(elevation::list_elevations(&client, signed_in.token.expose()).await?)
}

/// Whose members may have which role for a time.
///
/// # Errors
/// Lost connections.
pub async fn eligibility(signed_in: &SignedIn) -> Result<Vec<Eligibility>> {
    let client = signed_in.client().await?;
    Ok(elevation::list_eligibility(&client, signed_in.token.expose()).await?)
}

/// The role for a time that somebody means who names it, or a class that it reveals.
///
/// # Errors
/// [`Error::NoSuchRoleForATime`] with what there is.
pub async fn role_meant(signed_in: &SignedIn, word: &str, break_glass: bool) -> Result<Eligibility> {
    let mine: Vec<Eligibility> =
        eligibility(signed_in).await?.into_iter().filter(|found| found.mine && (found.break_glass || !break_glass)).collect();
    // By what roles and classes are called, too.
    let policy = signed_in.policy();
    let is_called = |label: &crate::model::catalogue::Label| label.en.eq_ignore_ascii_case(word) || label.zh == word;
    let role = policy.catalogue.roles.iter().find(|role| is_called(&role.label)).map_or(word, |role| role.code.as_str());
    let class = policy.catalogue.classes.iter().find(|class| is_called(&class.label)).map_or(word, |class| class.code.as_str());
    let longest = |found: Vec<&Eligibility>| found.into_iter().max_by_key(|found| found.max_minutes).cloned();
    let named = longest(mine.iter().filter(|found| found.target == role).collect());
    // Of the roles that reveal a class, the one that reveals least besides.
    let least = mine.iter().filter(|found| found.classes.iter().any(|found| found == class)).map(|found| found.classes.len()).min();
    let revealing = longest(
        mine.iter().filter(|found| found.classes.iter().any(|found| found == class) && Some(found.classes.len()) == least).collect(),
    );
    named.or(revealing).ok_or_else(|| {
        let known: BTreeSet<&str> = mine.iter().map(|found| found.target.as_str()).collect();
        let known: Vec<&str> = known.into_iter().collect();
        Error::NoSuchRoleForATime { word: word.to_owned(), known: known.join(", ") }
    })
}

/// Members of a role may have another for a time; its key is wrapped to theirs, and handed out only while they have it.
///
/// # Errors
/// Refused without `manage_people` and for a role of one's own; `SD050`; `SD007` when one of the roles was rotated meanwhile.
pub async fn make_eligible(signed_in: &SignedIn, role: &str, target: &str, max_minutes: i32, break_glass: bool) -> Result<()> {
    signed_in.renew_keys().await?;
    let wrap = officer::lend_role(&signed_in.keyring(), role, target)?;
    let client = signed_in.client().await?;
    Ok(elevation::eligibility_put(&client, signed_in.token.expose(), max_minutes, break_glass, &wrap).await?.into_result()?)
}

/// Members of a role may not have the other any more; who has it through this loses it.
///
/// # Errors
/// Refused without `manage_people`.
pub async fn make_ineligible(signed_in: &SignedIn, role: &str, target: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(elevation::eligibility_remove(&client, signed_in.token.expose(), role, target).await?.into_result()?)
}
