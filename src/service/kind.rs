//! Kinds of record: what is configured of them, and changing it.

use crate::{
    database::api::kind,
    model::kind::RecordKind,
    service::{Error, Result, catalogue::Change, session::SignedIn, settings::settled},
};

/// The kinds as they are now, in display order, retired ones too.
///
/// # Errors
/// Lost connections.
pub async fn kinds(signed_in: &SignedIn) -> Result<Vec<RecordKind>> {
    let client = signed_in.client().await?;
    Ok(kind::list_kinds(&client, signed_in.token.expose()).await?)
}

/// One kind as it is now.
///
/// # Errors
/// [`Error::Plain`] names the ones there are.
pub async fn kind(signed_in: &SignedIn, code: &str) -> Result<RecordKind> {
    let all = kinds(signed_in).await?;
    let known = || all.iter().map(|kind| kind.code.as_str()).collect::<Vec<_>>().join(", ");
    let missing = Error::Plain(format!("There is no kind of record \"{code}\"; there are {}.", known()));
    all.iter().find(|kind| kind.code == code).cloned().ok_or(missing)
}

/// Makes a kind with the fields named, by their codes; the name it has always.
///
/// # Errors
/// Refused without `manage_policy`; `SD070` for a code or label; `SD103` for letters that are taken or none; `SD006` for a field that is not there.
pub async fn add(signed_in: &SignedIn, kind: &RecordKind, fields: &[String]) -> Result<()> {
    put(signed_in, kind, None, Some(fields)).await
}

/// Changes labels, what its name is called and, where they are given, its fields. What records hold of a field that is taken from their kind stays.
///
/// # Errors
/// As [`add`]; `SD007` when somebody changed it meanwhile; `SD076` for a retired one; `SD101` where a field would belong to no kind.
pub async fn change(signed_in: &SignedIn, kind: &RecordKind, fields: Option<&[String]>) -> Result<()> {
    put(signed_in, kind, Some(kind.version), fields).await
}

async fn put(signed_in: &SignedIn, kind: &RecordKind, version: Option<i64>, fields: Option<&[String]>) -> Result<()> {
    let change = Change::begin(signed_in).await?;
    let outcome = kind::kind_put(change.client(), signed_in.token.expose(), kind, version, fields).await?;
    let outcome = change.finish(outcome, |catalogue| catalogue.put_kind(kind, fields)).await?;
    settled(signed_in, &signed_in.client().await?, &format!("kind {}", kind.code), outcome).await
}

/// Puts a kind behind another one, or first.
///
/// # Errors
/// As [`change`].
pub async fn move_after(signed_in: &SignedIn, kind: &RecordKind, after: Option<&str>) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = kind::kind_move(&client, signed_in.token.expose(), &kind.code, kind.version, after).await?;
    settled(signed_in, &client, &format!("kind {}", kind.code), outcome).await
}

/// Lets no more records be made of a kind, or lets them again. Those there are stay as they are.
///
/// # Errors
/// As [`change`]; `SD102` where there are records and `records_stay` does not say so; `SD076` where it is so already.
pub async fn retire(signed_in: &SignedIn, kind: &RecordKind, retired: bool, records_stay: bool) -> Result<()> {
    let client = signed_in.client().await?;
    let outcome = kind::kind_retire(&client, signed_in.token.expose(), &kind.code, kind.version, retired, records_stay).await?;
    settled(signed_in, &client, &format!("kind {}", kind.code), outcome).await
}
