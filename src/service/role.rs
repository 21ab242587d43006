//! What roles may: more rights with the keys they need, fewer, what a change would mean, new roles and roles that are no longer needed.

use crate::{
    database::{
        api::role,
        error::{DatabaseError, Refusal},
    },
    keyring::{extend, officer},
    model::{
        catalogue::{Label, Rights},
        request::Replayed,
    },
    service::{Error, Result, catalogue::Change, rotation, session::SignedIn},
};

/// What a role may do with a class now.
async fn held(signed_in: &SignedIn, role: &str, class: &str) -> Result<Rights> {
    let client = signed_in.client().await?;
    let grid = role::role_grid(&client, signed_in.token.expose()).await?;
    Ok(grid.into_iter().find(|(of, on, _)| of == role && on == class).map(|(_, _, rights)| rights).unwrap_or_default())
}

/// What `more` and `fewer` make of a role's rights on a class.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn changed(signed_in: &SignedIn, role: &str, class: &str, more: Rights, fewer: Rights) -> Result<Rights> {
    Ok(held(signed_in, role, class).await?.or(more).without(fewer))
}

/// Gives a role rights on a class in place of those it has: more with the keys they need, which every member has at once; fewer with their keys
/// withdrawn and, because those are known, a new epoch of the class. Answers with the class's epoch where there is a new one.
///
/// # Errors
/// Refused without `manage_people`, and for a role of one's own; `SD050` where it needs an approval that is not there; `SD007` when the role was
/// rotated meanwhile; [`Error::Keyring`] where this person cannot sign or no role key held here opens the class's keys.
pub async fn set(signed_in: &SignedIn, role: &str, class: &str, rights: Rights) -> Result<Option<i32>> {
    rotation::known_class(signed_in, class)?;
    let held = held(signed_in, role, class).await?;
    if held == rights {
        return Ok(None);
    }
    let gains = rights.without(held);
    if gains == Rights::default() {
        return deny(signed_in, role, class, rights).await.map(Some);
    }
    if held.without(rights) != Rights::default() {
        // Each act has its own approval and its own line in the audit.
        return Err(Error::TakeAndGive);
    }
    allow(signed_in, role, class, rights).await?;
    Ok(None)
}

/// The keys are known, so the class gets new ones.
async fn deny(signed_in: &SignedIn, role: &str, class: &str, rights: Rights) -> Result<i32> {
    let client = signed_in.client().await?;
    role::role_deny(&client, signed_in.token.expose(), role, class, rights).await?.into_result()?;
    drop(client);
    rotation::rotate_class(signed_in, class).await
}

async fn allow(signed_in: &SignedIn, role: &str, class: &str, rights: Rights) -> Result<()> {
    signed_in.renew_keys().await?;
    signed_in.ready_to_wrap().await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let wraps = crate::database::api::rotation::list_wraps_of(&client, token, "class", class).await?;
    let (generation, made) = extend::extend_role(&signed_in.keyring(), role, class, rights, &wraps)?;
    role::role_allow(&client, token, (role, generation), class, rights, &made).await?.into_result()?;
    Ok(())
}

/// What rights in place of the present ones would give to or take from each member, and what of the last 90 days they would have refused.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn replay(signed_in: &SignedIn, role: &str, class: &str, rights: Rights) -> Result<Vec<Replayed>> {
    let client = signed_in.client().await?;
    Ok(role::replay_rights(&client, signed_in.token.expose(), role, class, rights).await?)
}

/// A new role, without rights, members or capabilities.
///
/// # Errors
/// Refused without `manage_people`; `SD056` for a taken name; `SD011` for an unusable one.
pub async fn add(signed_in: &SignedIn, code: &str, label: &Label) -> Result<()> {
    signed_in.renew_keys().await?;
    let (entry, wrap) = officer::new_role(&signed_in.keyring(), code)?;
    let change = Change::of_keys(signed_in).await?;
    let outcome = role::role_add(change.client(), signed_in.token.expose(), &entry, label, &wrap).await?;
    change.finish(outcome, |catalogue| catalogue.put_role(code, entry.generation)).await?.into_result()?;
    signed_in.renew_policy().await?;
    Ok(())
}

/// Makes the first key of a role that has none, as of one that a migration brought. Nothing where it has one, or there is no such role.
pub(super) async fn first_key(signed_in: &SignedIn, code: &str) -> Result<()> {
    let known = signed_in.policy().catalogue.roles.iter().any(|role| role.code == code);
    if !known || signed_in.keyring().role_entry(code).is_ok() {
        return Ok(());
    }
    let (entry, wrap) = officer::new_role(&signed_in.keyring(), code)?;
    let change = Change::of_keys(signed_in).await?;
    let made = role::role_key_put(change.client(), signed_in.token.expose(), &entry, &wrap).await?;
    let made = change.finish(made, |catalogue| catalogue.put_role(code, entry.generation)).await?;
    match made.into_result() {
        // Another officer was quicker, or the entry that is there does not check: what is wrapped next says which.
        Ok(()) | Err(DatabaseError::Refused(Refusal::RoleName)) => signed_in.renew_keys().await,
        Err(error) => Err(error.into()),
    }
}

/// Removes a role that nobody has.
///
/// # Errors
/// Refused without `manage_people`; `SD057` where somebody has it or had it for a time.
pub async fn remove(signed_in: &SignedIn, code: &str) -> Result<()> {
    let change = Change::of_keys(signed_in).await?;
    let outcome = role::role_remove(change.client(), signed_in.token.expose(), code).await?;
    Ok(change.finish(outcome, |catalogue| catalogue.remove_role(code)).await?.into_result()?)
}
