//! The signed catalogue: what is changed of it is signed anew in the same transaction, and nothing is sealed or wrapped unless what is stored is what an
//! officer signed last.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    crypto::hex,
    database::{
        api::catalogue_statement as api,
        connection::{Connection, Transaction},
        error::{DatabaseError, Outcome, Refusal},
    },
    keyring::catalogue::{self as keys, CatalogueFault, CatalogueStatement},
    model::{
        catalogue::Catalogue,
        id::InstallationId,
        signed_catalogue::{Difference, SignedCatalogue},
    },
    service::{Error, Result, policy::Policy, session::SignedIn},
};

/// How often catalogue and keys are fetched again before what does not fit is called wrong: each is read for itself, and something may be changed in between.
const READINGS: usize = 3;
/// How many statements are listed at once.
const PAGE: i32 = 200;

/// The newest statement that was seen on this machine, kept in a file of the person's own: it tells a database that has gone back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    installation: InstallationId,
    number: i64,
    /// SHA-256 in hexadecimal.
    hash: String,
}

impl Seen {
    fn load(path: &Path, installation: InstallationId) -> Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error.to_string())),
        };
        let seen: Self = serde_json::from_str(&text).map_err(|error| unreadable(path, &error.to_string()))?;
        Ok(Some(seen).filter(|seen| seen.installation == installation))
    }

    /// Whole or not at all.
    fn store(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension(format!("new{}", std::process::id()));
        std::fs::write(&beside, serde_json::to_string(self)?)?;
        std::fs::rename(&beside, path)
    }
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::Plain(format!(
        "{} cannot be read ({why}). It tells whether the database has gone back; find out who changed it before you delete it.",
        path.display()
    ))
}

impl SignedIn {
    /// Remembers the newest statement that is seen in a file, and holds later ones against it.
    #[must_use]
    pub fn remembering(self, file: Option<PathBuf>) -> Self {
        Self { seen: file, ..self }
    }

    /// Whether what is stored, as last read, is what an officer signed last, and the keys held are as new as that says.
    ///
    /// # Errors
    /// [`Error::Catalogue`]; a memory that cannot be read.
    pub fn check_catalogue(&self) -> Result<()> {
        let policy = self.policy();
        self.check(policy.statement.as_ref(), &policy.catalogue)
    }

    fn check(&self, newest: Option<&CatalogueStatement>, stored: &Catalogue) -> Result<()> {
        let keyring = self.keyring();
        let installation = keyring.installation();
        let seen = self.seen.as_deref().map(|file| Seen::load(file, installation)).transpose()?.flatten();
        keyring.check_catalogue(newest, &SignedCatalogue::of(stored)).map_err(Error::Catalogue)?;
        let Some(newest) = newest else { return Ok(()) };
        let now = Seen { installation, number: newest.number, hash: hex(&newest.hash(installation)) };
        if let Some(seen) = &seen
            && (seen.number > now.number || seen.number == now.number && seen.hash != now.hash)
        {
            return Err(Error::Catalogue(CatalogueFault::GoneBack { seen: seen.number, found: now.number }));
        }
        if let Some(file) = self.seen.as_deref().filter(|_| seen.as_ref() != Some(&now))
            && let Err(error) = now.store(file)
        {
            tracing::warn!(%error, "the newest statement of the catalogue is not remembered");
        }
        Ok(())
    }

    /// Before anything is sealed or wrapped: as [`Self::check_catalogue`], after fetching catalogue and keys again where they do not fit.
    ///
    /// # Errors
    /// As [`Self::check_catalogue`]; lost connections.
    pub(super) async fn ready_to_seal(&self) -> Result<()> {
        let mut checked = self.check_catalogue();
        for _ in 0..READINGS {
            if !matches!(checked, Err(Error::Catalogue(_))) {
                break;
            }
            Box::pin(self.read_again()).await?;
            checked = self.check_catalogue();
        }
        checked
    }

    /// Before a key is wrapped to a role: as [`Self::ready_to_seal`], but fields that are not as they were signed are in nobody's way.
    ///
    /// # Errors
    /// As [`Self::ready_to_seal`], without [`CatalogueFault::Unsigned`] and [`CatalogueFault::Differs`].
    pub(super) async fn ready_to_wrap(&self) -> Result<()> {
        match self.ready_to_seal().await {
            Err(Error::Catalogue(CatalogueFault::Unsigned | CatalogueFault::Differs { .. })) => Ok(()),
            checked => checked,
        }
    }
}

/// A change of what officers sign, in one transaction with the statement about it. Others who change something of it wait until this ends.
pub(super) struct Change<'s> {
    signed_in: &'s SignedIn,
    transaction: Transaction,
    before: Option<CatalogueStatement>,
    /// As it was signed and is stored; nothing where it was not as signed, or this person signs nothing.
    signed: Option<SignedCatalogue>,
}

impl<'s> Change<'s> {
    /// A change of settings. Where the catalogue is not as officers signed it, there is nothing to build on.
    ///
    /// # Errors
    /// [`Error::Catalogue`]; lost connections.
    pub(super) async fn begin(signed_in: &'s SignedIn) -> Result<Self> {
        let (change, checked) = Self::hold(signed_in).await?;
        // Whoever is no officer is refused by the database, and that is recorded.
        if signed_in.keyring().is_officer() {
            checked?;
        }
        Ok(change)
    }

    /// New keys: they are urgent when somebody leaves, and are made also where fields are not as they were signed; the catalogue stays so then. They are
    /// not wrapped to a role's key that is older than its newest, which somebody who left may hold.
    ///
    /// # Errors
    /// [`Error::Catalogue`] where a newer key is withheld, or an older state put in place of a newer; lost connections.
    pub(super) async fn of_keys(signed_in: &'s SignedIn) -> Result<Self> {
        let (change, checked) = Self::hold(signed_in).await?;
        match checked {
            Err(Error::Catalogue(CatalogueFault::Unsigned | CatalogueFault::Differs { .. })) => {
                tracing::warn!("the catalogue is not as officers signed it, and is not signed with the new keys");
                Ok(change)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(change),
        }
    }

    async fn hold(signed_in: &'s SignedIn) -> Result<(Self, Result<()>)> {
        let (change, checked) = Box::pin(Self::hold_once(signed_in)).await?;
        // Keys and directory may be of before somebody else's change.
        if matches!(checked, Err(Error::Catalogue(CatalogueFault::KeyWithheld { .. } | CatalogueFault::Forged(_)))) {
            drop(change);
            Box::pin(signed_in.read_again()).await?;
            return Box::pin(Self::hold_once(signed_in)).await;
        }
        Ok((change, checked))
    }

    async fn hold_once(signed_in: &'s SignedIn) -> Result<(Self, Result<()>)> {
        let transaction = Transaction::begin(signed_in.client().await?).await.map_err(DatabaseError::from)?;
        let token = signed_in.token.expose();
        api::hold_catalogue(&transaction, token).await?;
        let before = api::newest(&transaction, token).await?;
        let stored = Box::pin(Policy::stored(&transaction, token)).await?;
        let checked = signed_in.check(before.as_ref(), &stored);
        let signed = (checked.is_ok() && signed_in.keyring().is_officer()).then(|| SignedCatalogue::of(&stored));
        Ok((Self { signed_in, transaction, before, signed }, checked))
    }

    /// What the change itself is asked for on.
    pub(super) fn client(&self) -> &Connection {
        &self.transaction
    }

    /// Where the database accepted the change, signs what it makes of the catalogue; then commits, a refusal too.
    ///
    /// # Errors
    /// `SD150` where the database makes something else of it: nothing is changed then. Lost connections.
    pub(super) async fn finish(self, outcome: Outcome, change: impl FnOnce(&mut SignedCatalogue)) -> Result<Outcome> {
        if outcome.is_ok()
            && let Some(mut signed) = self.signed
        {
            change(&mut signed);
            let number = self.before.as_ref().map_or(1, |before| before.number + 1);
            let made = keys::sign(&self.signed_in.keyring(), number, self.before.as_ref(), &signed)?;
            api::put_catalogue(&self.transaction, self.signed_in.token.expose(), &made).await?.into_result()?;
        }
        self.transaction.commit().await.map_err(DatabaseError::from)?;
        Ok(outcome)
    }
}

/// Why this person's client will write nothing, where it will not.
pub async fn fault(signed_in: &SignedIn) -> Option<Error> {
    signed_in.ready_to_seal().await.err()
}

/// How the catalogue stands: what is wrong with it, and what is stored otherwise than it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Number of the newest statement, 0 for none.
    pub number: i64,
    pub signer: Option<String>,
    pub fault: Option<CatalogueFault>,
    pub differences: Vec<Difference>,
}

/// Holds what is stored against what officers signed.
///
/// # Errors
/// A memory that cannot be read; lost connections.
pub async fn standing(signed_in: &SignedIn) -> Result<Standing> {
    Box::pin(signed_in.read_again()).await?;
    let fault = match signed_in.ready_to_seal().await {
        Ok(()) => None,
        Err(Error::Catalogue(fault)) => Some(fault),
        Err(error) => return Err(error),
    };
    let policy = signed_in.policy();
    let signed = policy.statement.as_ref().and_then(|newest| serde_json::from_str::<SignedCatalogue>(&newest.body).ok());
    Ok(Standing {
        number: policy.statement.as_ref().map_or(0, |newest| newest.number),
        signer: policy.statement.as_ref().map(|newest| newest.signer.clone()),
        fault,
        differences: signed.unwrap_or_default().differences(&SignedCatalogue::of(&policy.catalogue)),
    })
}

/// Signs the catalogue as it is stored, exactly as `seen` showed it: the first time, after an older state was restored, or where what differs is meant.
/// Answers with the statement's number, which is above every one that this machine has seen.
///
/// # Errors
/// [`crate::keyring::KeyringError::NotAnOfficer`]; `SD007` where it was changed since `seen`; lost connections.
pub async fn sign(signed_in: &SignedIn, seen: &Standing) -> Result<i64> {
    let transaction = Transaction::begin(signed_in.client().await?).await.map_err(DatabaseError::from)?;
    let token = signed_in.token.expose();
    api::hold_catalogue(&transaction, token).await?;
    let before = api::newest(&transaction, token).await?;
    let stored = SignedCatalogue::of(&Box::pin(Policy::stored(&transaction, token)).await?);
    let signed = before.as_ref().and_then(|before| serde_json::from_str::<SignedCatalogue>(&before.body).ok()).unwrap_or_default();
    if before.as_ref().map_or(0, |before| before.number) != seen.number || signed.differences(&stored) != seen.differences {
        return Err(Refusal::Conflict.into());
    }
    let keyring = signed_in.keyring();
    let remembered = signed_in.seen.as_deref().map(|file| Seen::load(file, keyring.installation())).transpose()?.flatten();
    let number = seen.number.max(remembered.map_or(0, |remembered| remembered.number)) + 1;
    let made = keys::sign(&keyring, number, before.as_ref(), &stored)?;
    api::put_catalogue(&transaction, token, &made).await?.into_result()?;
    transaction.commit().await.map_err(DatabaseError::from)?;
    Box::pin(signed_in.read_again()).await?;
    Ok(number)
}

/// One statement of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub number: i64,
    pub at: Timestamp,
    pub signer: String,
    /// Whether an officer's signature checks, or, by one whose keys the directory forgot, a good later statement follows it; and the statement before it is
    /// the one that it names.
    pub is_good: bool,
    /// What it changed.
    pub changes: Vec<Difference>,
}

/// What was signed, the newest first.
///
/// # Errors
/// Lost connections.
pub async fn history(signed_in: &SignedIn) -> Result<Vec<Signed>> {
    let client = signed_in.client().await?;
    let mut all: Vec<(CatalogueStatement, Timestamp)> = Vec::new();
    loop {
        let before = all.last().map(|(statement, _)| statement.number);
        let page = api::list_catalogue_statements(&client, signed_in.token.expose(), before, PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let keyring = signed_in.keyring();
    let body = |statement: &CatalogueStatement| serde_json::from_str::<SignedCatalogue>(&statement.body).ok();
    let mut is_followed = false;
    let signed = all.iter().enumerate().map(|(position, (statement, at))| {
        let earlier = all.get(position + 1).map(|(earlier, _)| earlier);
        let follows = statement.previous == earlier.map(|earlier| earlier.hash(keyring.installation()).to_vec());
        let is_vouched = keyring.has_signed(statement) || is_followed && !keyring.knows_officer(&statement.signer);
        is_followed = is_vouched && follows;
        let changes = body(statement).map(|now| earlier.and_then(body).unwrap_or_default().differences(&now));
        Signed {
            number: statement.number,
            at: *at,
            signer: statement.signer.clone(),
            is_good: is_followed && changes.is_some(),
            changes: changes.unwrap_or_default(),
        }
    });
    Ok(signed.collect())
}
