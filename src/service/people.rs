//! What is shown of people: everybody, one of them in full, what roles permit, and why somebody may or may not.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    database::api::{elevation, keys, role, staff},
    keyring::material::DirectoryEntry,
    model::{
        catalogue::Rights,
        id::RecordNumber,
        person::{Access, OpenSession, Person, PersonState, Seer},
        request::Eligibility,
    },
    service::{Result, SignedIn},
};

/// What the signed directory says of a person, as this program has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is said yet, and nothing need be: the person is not confirmed.
    Unconfirmed,
    /// The chain to the root checks.
    Signed { by: String, officer: bool },
    /// There ought to be an entry.
    Missing,
    /// There is an entry, but its signature is not a known officer's.
    BadSignature { by: String },
}

/// A person with what the directory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub person: Person,
    pub standing: Standing,
    /// Roles for a time that run, and until when; the first to end comes first.
    pub lent: Vec<(String, Timestamp)>,
}

/// Everybody, what each role may do with each class, and which roles its members may have for a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    pub entries: Vec<Entry>,
    pub grid: Grid,
    pub eligible: Vec<Eligibility>,
}

/// Everything about one person that the list does not carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    pub login: String,
    /// `None` until the person has enrolled.
    pub fingerprint: Option<String>,
    /// Whether the directory's entry is for other keys than the database names now.
    pub keys_differ: bool,
    pub sessions: Vec<OpenSession>,
}

/// What each role may do with each class: by role, then class.
pub type Grid = BTreeMap<String, BTreeMap<String, Rights>>;

/// Everybody, with the directory checked against the pinned root, their roles for a time, and the grid of roles.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn overview(signed_in: &SignedIn) -> Result<Overview> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (people, directory, cells, lent, eligible) = tokio::try_join!(
        staff::staff_list(&client, token),
        keys::list_directory(&client, token),
        role::role_grid(&client, token),
        elevation::list_elevations(&client, token),
        elevation::list_eligibility(&client, token)
    )?;
    let checked = signed_in.keyring().check_directory(directory);
    let mut lent_to: BTreeMap<String, Vec<(String, Timestamp)>> = BTreeMap::new();
    for elevation in lent.into_iter().filter(|elevation| elevation.running) {
        lent_to.entry(elevation.login).or_default().push((elevation.role, elevation.until));
    }
    let entry = |person: Person| {
        let mut lent = lent_to.remove(&person.user).unwrap_or_default();
        lent.sort_by_key(|(_, until)| *until);
        Entry { standing: standing(&person, &checked), person, lent }
    };
    let entries = people.into_iter().map(entry).collect();
    let mut grid = Grid::new();
    for (role, class, rights) in cells {
        grid.entry(role).or_default().insert(class, rights);
    }
    Ok(Overview { entries, grid, eligible })
}

fn standing(person: &Person, directory: &[(DirectoryEntry, bool)]) -> Standing {
    let theirs = || directory.iter().filter(|(entry, _)| entry.kind != "role" && entry.name == person.user);
    if let Some((entry, _)) = theirs().find(|(_, good)| !good) {
        return Standing::BadSignature { by: entry.signer.clone() };
    }
    let officer = theirs().any(|(entry, _)| entry.kind == "officer");
    match theirs().min_by_key(|(entry, _)| entry.kind != "person") {
        Some((entry, _)) if person.state == PersonState::Active => Standing::Signed { by: entry.signer.clone(), officer },
        None if person.state == PersonState::Active => Standing::Missing,
        _ => Standing::Unconfirmed,
    }
}

/// One person's open sessions and keys.
///
/// # Errors
/// As [`overview`].
pub async fn dossier(signed_in: &SignedIn, login: &str) -> Result<Dossier> {
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (sessions, public, directory) = tokio::try_join!(
        staff::staff_sessions(&client, token, login),
        staff::person_keys(&client, token, login),
        keys::list_directory(&client, token)
    )?;
    let newest = directory
        .iter()
        .filter(|entry| entry.kind != "role" && entry.name == login)
        .max_by_key(|entry| (entry.kind == "person", entry.generation));
    let keys_differ = match (&public, newest) {
        (Some(keys), Some(entry)) => entry.hpke_public != keys.hpke_public || entry.ed25519_public != keys.ed25519_public,
        _ => false,
    };
    Ok(Dossier { login: login.to_owned(), fingerprint: public.map(|keys| keys.fingerprint()), keys_differ, sessions })
}

/// A person's open sessions; one's own for everybody.
///
/// # Errors
/// Refused for others without `manage_people` or `audit_all`.
pub async fn sessions(signed_in: &SignedIn, login: &str) -> Result<Vec<OpenSession>> {
    let client = signed_in.client().await?;
    Ok(staff::staff_sessions(&client, signed_in.token.expose(), login).await?)
}

/// Why a person may or may not reveal: of one field, or by class. About oneself for everybody.
///
/// # Errors
/// Refused for others without `manage_people` or `audit_all`; an unknown person or field.
pub async fn explain(signed_in: &SignedIn, login: &str, record: Option<RecordNumber>, field: Option<&str>) -> Result<Vec<Access>> {
    let client = signed_in.client().await?;
    Ok(staff::explain_access(&client, signed_in.token.expose(), login, record, field).await?)
}

/// Who may see how much of a record now. Nobody for a record that is not there.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn seers(signed_in: &SignedIn, record: RecordNumber) -> Result<Vec<Seer>> {
    let client = signed_in.client().await?;
    Ok(role::who_can_see(&client, signed_in.token.expose(), record).await?)
}
