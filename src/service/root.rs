//! Exchange of the installation's root key.

use crate::{
    crypto::fingerprint::fingerprint,
    database::api::{keys, recovery as sets, root as api},
    keyring::{officer::OFFICER_ROLE, root},
    model::person::PersonState,
    service::{Result, catalogue::Change, recovery, session::SignedIn, staff},
};

/// What an exchange came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// What every configuration must be given.
    pub fingerprint: String,
    /// Whose signatures count from now on.
    pub officers: Vec<String>,
    /// Who stood in the directory as an officer, and does no more.
    pub dropped: Vec<String>,
}

/// The present root's fingerprint.
#[must_use]
pub fn present(signed_in: &SignedIn) -> String {
    signed_in.keyring().root_fingerprint()
}

/// Puts a new root key in force: officers are signed by it, everybody and everything else by this officer. Sessions that are open, this one too, can fetch
/// no keys any more, and nobody signs in whose configuration pins the old root.
///
/// # Errors
/// [`crate::keyring::KeyringError::NotAnOfficer`]; [`crate::keyring::KeyringError::Unsigned`] for what has no valid chain; `SD007` when anything was signed
/// or wrapped meanwhile; refused without `manage_people`. Nothing was changed then, but for recovery sets that were out of date.
pub async fn exchange(signed_in: &SignedIn) -> Result<Exchanged> {
    signed_in.renew_keys().await?;
    // A set that a rotation left behind is mended first: the database exchanges only what is up to date.
    if recovery::list(signed_in).await?.iter().any(|listed| listed.state.is_out_of_date()) {
        recovery::renew(signed_in).await?;
    }
    let active = staff::list(signed_in).await?.into_iter();
    let active = active.filter(|person| person.state == PersonState::Active && person.roles.iter().any(|role| role == OFFICER_ROLE));
    let active: Vec<String> = active.map(|person| person.user).collect();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (transitions, directory, wraps, sets) = tokio::try_join!(
        api::list_root_transitions(&client, token),
        keys::list_directory(&client, token),
        api::list_all_wraps(&client, token),
        sets::list_recovery(&client, token),
    )?;
    let sets: Vec<_> = sets.into_iter().filter(|(_, state)| state.retired_at.is_none()).map(|(set, _)| set).collect();
    let number = transitions.iter().map(|transition| transition.number).max().unwrap_or(0).saturating_add(1);
    drop(client);
    let new = root::exchange(&signed_in.keyring(), number, &active, &directory, &wraps, &sets)?;
    // Signed anew, as everything is: who signed the catalogue last may be no officer any more.
    let change = Change::of_keys(signed_in).await?;
    let outcome = api::exchange_root(change.client(), token, &new).await?;
    change.finish(outcome, |_| {}).await?.into_result()?;
    let client = signed_in.client().await?;
    if let Some(acceptance) = &new.transition.acceptance {
        api::put_root_acceptance(&client, token, number, acceptance).await?.into_result()?;
    }
    let names = |entries: &[crate::keyring::material::DirectoryEntry]| {
        let mut names: Vec<String> = entries.iter().filter(|entry| entry.kind == "officer").map(|entry| entry.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let officers = names(&new.directory);
    let dropped = names(&directory).into_iter().filter(|name| !officers.contains(name)).collect();
    Ok(Exchanged { fingerprint: fingerprint(&[&new.transition.new_public]), officers, dropped })
}
