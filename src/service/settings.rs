//! Fields without code, what classes ask for, and reasons. Each change names the version that was read, so that of two officers who change the same
//! thing the second one is told.

use crate::{
    database::api::{catalogue, settings},
    model::catalogue::{Class, Field, Reason},
    service::{Error, Result, session::SignedIn},
};

/// The fields as they are now, in display order, retired ones too.
///
/// # Errors
/// Lost connections.
pub async fn fields(signed_in: &SignedIn) -> Result<Vec<Field>> {
    let client = signed_in.client().await?;
    Ok(catalogue::list_fields(&client, signed_in.token.expose()).await?)
}

/// One field as it is now.
///
/// # Errors
/// [`Error::Plain`] names the ones there are.
pub async fn field(signed_in: &SignedIn, code: &str) -> Result<Field> {
    let all = fields(signed_in).await?;
    let known = || all.iter().map(|field| field.code.as_str()).collect::<Vec<_>>().join(", ");
    let missing = Error::Plain(format!("There is no field \"{code}\"; there are {}.", known()));
    all.iter().find(|field| field.code == code).cloned().ok_or(missing)
}

/// The classes as they are now.
///
/// # Errors
/// Lost connections.
pub async fn classes(signed_in: &SignedIn) -> Result<Vec<Class>> {
    let client = signed_in.client().await?;
    Ok(catalogue::list_classes(&client, signed_in.token.expose()).await?)
}

/// The reasons as they are now, retired ones too.
///
/// # Errors
/// Lost connections.
pub async fn reasons(signed_in: &SignedIn) -> Result<Vec<Reason>> {
    let client = signed_in.client().await?;
    Ok(catalogue::list_reasons(&client, signed_in.token.expose()).await?)
}

/// Makes a field, last in its section. An empty section label leaves it to a section that is there already.
///
/// # Errors
/// Refused without `manage_policy`; `SD070` for a code or label; `SD072` where kind, class, mask, index and choices do not go together.
pub async fn add_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::field_add(&client, signed_in.token.expose(), field).await?.into_result()?)
}

/// Changes labels, section, class, mask, index, list row, requirement or choices. Where class, mask, index or list row change, what is stored follows by
/// [`crate::service::rewrite::rewrite`]; what is written from now on is written so at once.
///
/// # Errors
/// As [`add_field`]; `SD071` where a new index mode would tell too much or was not measured; `SD007` when somebody changed it meanwhile; `SD073` for the name; `SD076` for a retired field.
pub async fn change_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::field_change(&client, signed_in.token.expose(), field).await?.into_result()?)
}

/// Puts a field behind another one of its section, or first in it.
///
/// # Errors
/// As [`change_field`]; `SD011` where `after` is not in the section.
pub async fn move_field(signed_in: &SignedIn, field: &Field, after: Option<&str>) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::field_move(&client, signed_in.token.expose(), &field.code, field.version, after).await?.into_result()?)
}

/// Asks for a field nowhere any more. Its values stay as they are, with their search tokens, until somebody removes them.
///
/// # Errors
/// As [`change_field`].
pub async fn retire_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::field_retire(&client, signed_in.token.expose(), &field.code, field.version).await?.into_result()?)
}

/// Brings a retired field back, with the values it had.
///
/// # Errors
/// As [`change_field`]; `SD076` for one that is not retired.
pub async fn restore_field(signed_in: &SignedIn, field: &Field) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::field_restore(&client, signed_in.token.expose(), &field.code, field.version).await?.into_result()?)
}

/// Changes what a class asks for.
///
/// # Errors
/// Refused without `manage_policy`; `SD007`; `SD070` for a label; `SD075` for a number out of range.
pub async fn change_class(signed_in: &SignedIn, class: &Class) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::class_change(&client, signed_in.token.expose(), class).await?.into_result()?)
}

/// Makes a reason.
///
/// # Errors
/// Refused without `manage_policy`; `SD070` for a code that is taken; `SD011` for an unknown class.
pub async fn add_reason(signed_in: &SignedIn, reason: &Reason) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::reason_put(&client, signed_in.token.expose(), reason, None).await?.into_result()?)
}

/// Changes a reason.
///
/// # Errors
/// As [`add_reason`]; `SD007` when somebody changed it meanwhile.
pub async fn change_reason(signed_in: &SignedIn, reason: &Reason) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::reason_put(&client, signed_in.token.expose(), reason, Some(reason.version)).await?.into_result()?)
}

/// Lets a reason be given no longer, or again.
///
/// # Errors
/// As [`change_reason`]; `SD076` where it is so already.
pub async fn retire_reason(signed_in: &SignedIn, reason: &Reason, retired: bool) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(settings::reason_retire(&client, signed_in.token.expose(), &reason.code, reason.version, retired).await?.into_result()?)
}
