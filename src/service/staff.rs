//! What is done to people: invite with a one-time code, enrol, confirm in the signed directory, rename, sign out, disable and enable again; grant
//! and revoke roles.

use jiff::{SignedDuration, Timestamp};

use crate::{
    config::Config,
    crypto::{
        kdf::{self, KdfProfile},
        scram,
        secret::Secret,
    },
    database::{
        api::{keys, staff},
        connect::{self, Target},
    },
    keyring::{
        enrol::NewPersonKeys,
        material::{DirectoryEntry, PublicKeys},
        officer,
    },
    model::{
        id::SessionId,
        person::{Person, PersonState},
    },
    service::{Error, Result, derive, role, session::SignedIn},
};

/// How long a one-time code is good for.
const CODE_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Least strength of a passphrase, 0 to 4 as `zxcvbn` counts.
const LEAST_STRENGTH: u8 = 3;

/// Adds a person and answers with their one-time code, to be told to them in person.
///
/// # Errors
/// Refused without `manage_people`; an unusable or taken login name.
pub async fn add(signed_in: &SignedIn, login: &str, display_name: &str, roles: &[String]) -> Result<Secret<String>> {
    let (code, verifier) = new_code(signed_in, login).await?;
    let client = signed_in.client().await?;
    let expires = Timestamp::now() + CODE_LIFE;
    staff::staff_add(&client, signed_in.token.expose(), login, &verifier, expires, roles, display_name).await?.into_result()?;
    Ok(code)
}

/// Lets a disabled person in again, with a new one-time code to enrol anew.
///
/// # Errors
/// As [`add`]; a person who is not disabled.
pub async fn enable(signed_in: &SignedIn, login: &str) -> Result<Secret<String>> {
    let (code, verifier) = new_code(signed_in, login).await?;
    let client = signed_in.client().await?;
    staff::staff_enable(&client, signed_in.token.expose(), login, &verifier, Timestamp::now() + CODE_LIFE).await?.into_result()?;
    Ok(code)
}

/// Notes that a disabled person without roles has left for good.
///
/// # Errors
/// Refused without `manage_people`; `SD043` for who is not disabled or has a role.
pub async fn left(signed_in: &SignedIn, login: &str) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(staff::staff_leave(&client, signed_in.token.expose(), login).await?.into_result()?)
}

/// Changes what a person is called; the login name stays.
///
/// # Errors
/// Refused without `manage_people`; more than 80 characters.
pub async fn rename(signed_in: &SignedIn, login: &str, display_name: &str) -> Result<()> {
    let client = signed_in.client().await?;
    staff::staff_rename(&client, signed_in.token.expose(), login, display_name.trim()).await?.into_result()?;
    Ok(())
}

/// Ends one session of a person, or all but the caller's own. Their desks notice within a second.
///
/// # Errors
/// Refused for others without `manage_people`; a session that is not open.
pub async fn sign_out(signed_in: &SignedIn, login: &str, target: Option<SessionId>) -> Result<()> {
    let client = signed_in.client().await?;
    staff::staff_sign_out(&client, signed_in.token.expose(), login, target).await?.into_result()?;
    Ok(())
}

/// Gives an invited person, or one who forgot the passphrase, a new one-time code.
///
/// # Errors
/// As [`add`].
pub async fn new_invitation(signed_in: &SignedIn, login: &str) -> Result<Secret<String>> {
    let (code, verifier) = new_code(signed_in, login).await?;
    let client = signed_in.client().await?;
    staff::staff_set_code(&client, signed_in.token.expose(), login, &verifier, Timestamp::now() + CODE_LIFE).await?.into_result()?;
    Ok(code)
}

/// Everybody, with state and roles.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Person>> {
    let client = signed_in.client().await?;
    Ok(staff::staff_list(&client, signed_in.token.expose()).await?)
}

/// Ends a person's sessions and closes their login.
///
/// # Errors
/// Refused without `manage_people`, and for oneself.
pub async fn disable(signed_in: &SignedIn, login: &str) -> Result<()> {
    let client = signed_in.client().await?;
    staff::staff_disable(&client, signed_in.token.expose(), login).await?.into_result()?;
    Ok(())
}

/// Enrols on the newcomer's own terminal: the one-time code opens the login once, the passphrase makes the keys. Answers with the fingerprint
/// that the officer compares before confirming.
///
/// # Errors
/// [`Error::WrongPassphrase`] for a wrong, used or expired code; [`Error::WeakPassphrase`] with advice.
pub async fn enrol(config: &Config, login: &str, code: Secret<String>, passphrase: Secret<String>) -> Result<String> {
    strong_enough(login, &passphrase)?;
    let installation = config.installation;
    let name = login.to_owned();
    let (by_code, by_passphrase) = derive::blocking(move || {
        let by_code = kdf::derive_code(&name, installation, &code, KdfProfile::Standard)?;
        Ok((by_code, kdf::derive(&name, installation, &passphrase, KdfProfile::Standard)?))
    })
    .await?;
    let target = Target::for_person(config, login, by_code.scram_password.clone());
    let client = connect::client(&target).await?;
    staff::enrol_state(&client).await?.into_result()?;
    let keys = NewPersonKeys::generate(installation, login, &by_passphrase.kek);
    let verifier = scram::verifier(&by_passphrase.scram_password);
    staff::enrol_complete(&client, &keys.hpke_public, &keys.ed25519_public, &keys.wrapped_private, &verifier).await?.into_result()?;
    Ok(keys.fingerprint())
}

/// The fingerprint of a person's keys as the database has them, to be compared with what the person's own terminal shows.
///
/// # Errors
/// [`Error::NotEnrolled`].
pub async fn fingerprint(signed_in: &SignedIn, login: &str) -> Result<String> {
    Ok(public_keys(signed_in, login).await?.fingerprint())
}

/// Puts a person into the signed directory and wraps their roles' keys to them. Nothing is wrapped to keys whose fingerprint differs.
///
/// # Errors
/// [`Error::Fingerprint`] when it differs: somebody may have exchanged the keys in the database.
pub async fn confirm(signed_in: &SignedIn, login: &str, compared_fingerprint: &str) -> Result<()> {
    // Another officer may have rotated a role since the sign-in.
    signed_in.renew_keys().await?;
    let keys = public_keys(signed_in, login).await?;
    let found = keys.fingerprint();
    if found != compared_fingerprint.trim() {
        return Err(Error::Fingerprint { login: login.to_owned(), found });
    }
    let entry = officer::sign_person(&signed_in.keyring(), login, &keys)?;
    let person = person(signed_in, login).await?;
    let mut wraps = Vec::new();
    for role in &person.roles {
        role::first_key(signed_in, role).await?;
        wraps.push(officer::wrap_role_for_person(&signed_in.keyring(), role, &entry)?);
    }
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    staff::staff_confirm(&client, token, login, &entry).await?.into_result()?;
    for wrap in &wraps {
        staff::put_wrap(&client, token, wrap).await?.into_result()?;
    }
    drop(client);
    if person.roles.iter().any(|role| role == officer::OFFICER_ROLE) {
        sign_officer(signed_in, login, &keys).await?;
    }
    Ok(())
}

/// Gives a person a role, keys included when the person is confirmed already; otherwise they come with the confirmation.
///
/// # Errors
/// Refused without `manage_people`; an unknown role; a person whose directory entry does not check.
pub async fn grant(signed_in: &SignedIn, login: &str, role: &str) -> Result<()> {
    let person = person(signed_in, login).await?;
    // What may fail is done before the role is given: a role without its key would be half a grant.
    let wrap = if person.state == PersonState::Active {
        // Whoever has confirmed this person may have become an officer since the sign-in.
        signed_in.renew_keys().await?;
        role::first_key(signed_in, role).await?;
        let keys = public_keys(signed_in, login).await?;
        let entry = confirmed_entry(signed_in, login, &keys).await?;
        Some((keys, officer::wrap_role_for_person(&signed_in.keyring(), role, &entry)?))
    } else {
        None
    };
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    staff::role_grant(&client, token, login, role).await?.into_result()?;
    if let Some((keys, wrap)) = wrap {
        staff::put_wrap(&client, token, &wrap).await?.into_result()?;
        drop(client);
        if role == officer::OFFICER_ROLE {
            sign_officer(signed_in, login, &keys).await?;
        }
    }
    Ok(())
}

/// The person's entry as the directory has it now, for the keys they have now.
async fn confirmed_entry(signed_in: &SignedIn, login: &str, keys: &PublicKeys) -> Result<DirectoryEntry> {
    let client = signed_in.client().await?;
    let entries = keys::list_directory(&client, signed_in.token.expose()).await?;
    let theirs = |entry: &DirectoryEntry| {
        entry.name == login && entry.kind != "role" && entry.hpke_public == keys.hpke_public && entry.ed25519_public == keys.ed25519_public
    };
    let checked = signed_in.keyring().check_directory(entries);
    checked
        .into_iter()
        .find(|(entry, good)| *good && theirs(entry))
        .map(|(entry, _)| entry)
        .ok_or_else(|| Error::NotConfirmed(login.to_owned()))
}

/// Makes a person's signatures count, with the root key. Keys made anew take the next generation, so that what was signed before stays valid.
async fn sign_officer(signed_in: &SignedIn, login: &str, keys: &PublicKeys) -> Result<()> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let entries = keys::list_directory(&client, token).await?;
    let earlier: Vec<_> = entries.into_iter().filter(|entry| entry.kind == "officer" && entry.name == login).collect();
    let same = earlier.iter().find(|entry| entry.ed25519_public == keys.ed25519_public).map(|entry| entry.generation);
    let next = earlier.iter().map(|entry| entry.generation).max().unwrap_or(0).saturating_add(1);
    let entry = officer::sign_officer(&signed_in.keyring(), login, same.unwrap_or(next), keys)?;
    staff::put_officer(&client, token, login, &entry).await?.into_result()?;
    Ok(())
}

/// Takes a role from a person: refused from the next call on, and its wrapped key is withdrawn.
///
/// # Errors
/// Refused without `manage_people`.
pub async fn revoke(signed_in: &SignedIn, login: &str, role: &str) -> Result<()> {
    let client = signed_in.client().await?;
    staff::role_revoke(&client, signed_in.token.expose(), login, role).await?.into_result()?;
    Ok(())
}

/// Refuses a passphrase that a guesser would find, saying why.
///
/// # Errors
/// [`Error::WeakPassphrase`] with the estimator's advice.
pub fn strong_enough(login: &str, passphrase: &Secret<String>) -> Result<()> {
    let estimate = zxcvbn::zxcvbn(passphrase.expose(), &[login, "sealdesk"]);
    if u8::from(estimate.score()) >= LEAST_STRENGTH {
        return Ok(());
    }
    let advice = estimate
        .feedback()
        .and_then(|feedback| feedback.warning().map(|warning| format!(" {}.", warning.to_string().trim_end_matches('.'))))
        .unwrap_or_default();
    Err(Error::WeakPassphrase { advice })
}

pub(super) async fn person(signed_in: &SignedIn, login: &str) -> Result<Person> {
    list(signed_in).await?.into_iter().find(|person| person.user == login).ok_or_else(|| Error::NoPerson(login.to_owned()))
}

async fn public_keys(signed_in: &SignedIn, login: &str) -> Result<PublicKeys> {
    let client = signed_in.client().await?;
    staff::person_keys(&client, signed_in.token.expose(), login).await?.ok_or_else(|| Error::NotEnrolled(login.to_owned()))
}

async fn new_code(signed_in: &SignedIn, login: &str) -> Result<(Secret<String>, String)> {
    let code = kdf::new_code();
    let (name, installation, typed) = (login.to_owned(), signed_in.keyring().installation(), code.clone());
    let derived = derive::blocking(move || kdf::derive_code(&name, installation, &typed, KdfProfile::Standard)).await?;
    Ok((code, scram::verifier(&derived.scram_password)))
}
