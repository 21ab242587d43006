//! Recovery by custodians: setting it up, checking shares, drills, and the ceremony when no officer is left.

use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    config::Config,
    crypto::{fingerprint::fingerprint, scram, secret::Secret},
    database::{
        api::{keys, recovery as api},
        error::{DatabaseError, Refusal},
        recovery as ceremony,
    },
    keyring::{
        Keyring, KeyringError,
        enrol::NewPersonKeys,
        material::{DirectoryEntry, KeyMaterial, WrappedKey},
        recovery::{self, Deposit, RecoveryError, RecoverySet},
        share::RecoveryShare,
    },
    model::{id::InstallationId, recovery::SetState},
    service::{
        Error, Result, derive,
        session::{SignedIn, new_ticket},
        staff,
    },
};

/// A new set's shares, each with its custodian. They are nowhere else.
#[derive(Debug)]
pub struct Made {
    pub number: i32,
    pub shares: Vec<(String, Secret<String>)>,
}

/// A set, the state it is in, and whether an officer's signature on it checks.
#[derive(Clone, Debug)]
pub struct Listed {
    pub set: RecoverySet,
    pub state: SetState,
    pub signed: bool,
}

/// Splits a fresh recovery key among custodians, and seals the root key and the officers' role key to it. Earlier sets stay good.
///
/// # Errors
/// [`RecoveryError::Threshold`]; [`KeyringError::NotAnOfficer`]; refused without `manage_people`; `SD007` when another was set up meanwhile.
pub async fn set_up(signed_in: &SignedIn, threshold: u8, custodians: &[String]) -> Result<Made> {
    signed_in.renew_keys().await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let number = api::list_recovery(&client, token).await?.iter().map(|(set, _)| set.number).max().unwrap_or(0).saturating_add(1);
    let (set, deposit, shares) = recovery::set_up(&signed_in.keyring(), number, threshold, custodians)?;
    api::put_recovery_set(&client, token, &set, &deposit).await?.into_result()?;
    let shares = custodians.iter().cloned().zip(shares.iter().map(RecoveryShare::to_text)).collect();
    Ok(Made { number, shares })
}

/// Every set.
///
/// # Errors
/// Refused without `manage_people` or `audit_all`.
pub async fn list(signed_in: &SignedIn) -> Result<Vec<Listed>> {
    let client = signed_in.client().await?;
    let found = api::list_recovery(&client, signed_in.token.expose()).await?;
    let keyring = signed_in.keyring();
    Ok(found.into_iter().map(|(set, state)| Listed { signed: keyring.check_recovery(&set, None).is_ok(), set, state }).collect())
}

/// A share that was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub set: i32,
    pub index: u8,
    pub custodian: String,
}

/// Compares a share with what is published of it, and records that this was done.
///
/// # Errors
/// [`Error::Share`] for what is not a share; [`RecoveryError::NotTheShare`] for one that does not fit, [`RecoveryError::Unsigned`]; `SD080` for a set that
/// is not there or retired.
pub async fn check(signed_in: &SignedIn, typed: &Secret<String>) -> Result<Checked> {
    let share = RecoveryShare::parse(typed)?;
    let (number, index) = (share.set, share.share.index);
    let found = list(signed_in).await?.into_iter().find(|listed| listed.set.number == number);
    let verdict = match &found {
        Some(listed) if listed.signed => listed.set.check(signed_in.keyring().installation(), &share).map(str::to_owned),
        Some(_) => Err(RecoveryError::Unsigned(number)),
        None => Err(RecoveryError::NotTheShare(index)),
    };
    let client = signed_in.client().await?;
    let outcome = api::recovery_check(&client, signed_in.token.expose(), number, i32::from(index), verdict.is_ok()).await?;
    match outcome.into_result() {
        // What the client found says more than that it did not fit.
        Ok(()) | Err(DatabaseError::Refused(Refusal::WrongShare)) => Ok(Checked { set: number, index, custodian: verdict? }),
        Err(error) => Err(error.into()),
    }
}

/// Seals the keys of now to every set that is not retired, after the officers' key was rotated. Answers with the sets.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`]; [`RecoveryError::Unsigned`] for a set that nobody signed: nothing is sealed to it.
pub async fn renew(signed_in: &SignedIn) -> Result<Vec<i32>> {
    signed_in.renew_keys().await?;
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let mut renewed = Vec::new();
    for (set, _) in api::list_recovery(&client, token).await?.into_iter().filter(|(_, state)| state.retired_at.is_none()) {
        let deposit = recovery::deposit(&signed_in.keyring(), &set)?;
        api::put_recovery_deposit(&client, token, set.number, &deposit).await?.into_result()?;
        renewed.push(set.number);
    }
    Ok(renewed)
}

/// Forgets what is sealed to a set, when a later one has passed a drill.
///
/// # Errors
/// `SD080`, `SD084`; refused without `manage_people`.
pub async fn retire(signed_in: &SignedIn, number: i32) -> Result<()> {
    let client = signed_in.client().await?;
    Ok(api::recovery_retire(&client, signed_in.token.expose(), number).await?.into_result()?)
}

/// Shares being brought together.
#[derive(Debug)]
pub struct Gathering {
    installation: InstallationId,
    sets: Vec<RecoverySet>,
    shares: Vec<RecoveryShare>,
}

/// A share that was taken, and how many are still needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub set: i32,
    pub index: u8,
    pub custodian: String,
    pub missing: usize,
}

impl Gathering {
    /// Takes one more share; the first says which set it is about.
    ///
    /// # Errors
    /// [`Error::Share`]; those of [`RecoverySet::check`]; [`RecoveryError::Twice`]; `SD080`. What was taken before stays.
    pub fn take(&mut self, typed: &Secret<String>) -> Result<Taken> {
        let share = RecoveryShare::parse(typed)?;
        let number = self.number().unwrap_or(share.set);
        let set = self.sets.iter().find(|set| set.number == number).ok_or(Refusal::NoRecoverySet)?;
        let custodian = set.check(self.installation, &share)?.to_owned();
        if self.shares.iter().any(|earlier| earlier.share.index == share.share.index) {
            return Err(RecoveryError::Twice(share.share.index).into());
        }
        let missing = usize::from(set.threshold).saturating_sub(self.shares.len() + 1);
        let taken = Taken { set: number, index: share.share.index, custodian, missing };
        self.shares.push(share);
        Ok(taken)
    }

    fn number(&self) -> Option<i32> {
        self.shares.first().map(|share| share.set)
    }

    fn set(&self) -> Result<&RecoverySet> {
        let number = self.number().ok_or(RecoveryError::TooFew { given: 0, needed: 2 })?;
        Ok(self.sets.iter().find(|set| set.number == number).ok_or(Refusal::NoRecoverySet)?)
    }
}

/// Begins a drill: the sets that a share may be of.
///
/// # Errors
/// As [`list`]; a set without a valid signature is left out.
pub async fn gather(signed_in: &SignedIn) -> Result<Gathering> {
    signed_in.renew_keys().await?;
    let sets = list(signed_in).await?.into_iter().filter(|listed| listed.signed && listed.state.retired_at.is_none());
    Ok(Gathering { installation: signed_in.keyring().installation(), sets: sets.map(|listed| listed.set).collect(), shares: Vec::new() })
}

/// Ends a drill: opens what is stored, compares it with the keys the officer holds, and lets go of it. Answers with the set.
///
/// # Errors
/// [`RecoveryError`] says what is wrong; the failure is recorded as well.
pub async fn drill(signed_in: &SignedIn, gathering: &Gathering) -> Result<i32> {
    let set = gathering.set()?;
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, deposit) = tokio::join!(
        biased;
        api::request_recovery(&client, token, ticket, set.number),
        api::collect_recovery(&client, token, ticket)
    );
    outcome?.into_result()?;
    let tried = try_to_open(&signed_in.keyring(), gathering, set, &deposit?);
    let outcome = api::recovery_drill(&client, token, set.number, tried.is_ok()).await?;
    match outcome.into_result() {
        Ok(()) | Err(DatabaseError::Refused(Refusal::DrillFailed)) => Ok(tried.map(|()| set.number)?),
        Err(error) => Err(error.into()),
    }
}

fn try_to_open(keyring: &Keyring, gathering: &Gathering, set: &RecoverySet, deposit: &Deposit) -> std::result::Result<(), RecoveryError> {
    keyring.check_recovery(set, Some(deposit))?;
    let recovered = set.open(gathering.installation, &gathering.shares, deposit)?;
    keyring.check_recovered(&recovered)
}

/// The ceremony: custodians together make a new security officer.
pub struct Ceremony {
    client: Client,
    chain: Uuid,
    login: String,
    root_public: Vec<u8>,
    directory: Vec<DirectoryEntry>,
    wraps: Vec<WrappedKey>,
    deposits: Vec<(i32, Deposit)>,
    pub gathering: Gathering,
}

/// What the ceremony came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    pub set: i32,
    pub custodians: Vec<String>,
    /// Keys and signatures that did not check, each named.
    pub problems: Vec<String>,
}

impl Ceremony {
    /// Opens the ceremony's chain of events with the connection of whoever administers the database, then reads what it needs.
    ///
    /// # Errors
    /// [`Refusal::LoginName`] for a login that cannot be given; [`KeyringError::RootFingerprint`] when the root is not the one pinned in a configuration
    /// of this installation; whatever the server refuses.
    pub async fn begin(client: Client, login: &str, config: Option<&Config>) -> Result<Self> {
        let chain = ceremony::begin(&client, login, concat!("sealdesk ", env!("CARGO_PKG_VERSION"))).await?;
        match Self::read(&client, login, config).await {
            Ok((installation, root_public, directory, wraps, sets)) => {
                let signed = |set: &RecoverySet| set.is_signed(installation, &root_public, &directory, None);
                let (sets, deposits) =
                    sets.into_iter().filter(|(set, _)| signed(set)).map(|(set, deposit)| (set.clone(), (set.number, deposit))).unzip();
                let gathering = Gathering { installation, sets, shares: Vec::new() };
                Ok(Self { client, chain, login: login.to_owned(), root_public, directory, wraps, deposits, gathering })
            }
            Err(error) => {
                ceremony::refuse(&client, chain, None, recorded(&error)).await?;
                Err(error)
            }
        }
    }

    #[allow(clippy::type_complexity, reason = "what is signed, and the sets, in one answer")]
    async fn read(
        client: &Client,
        login: &str,
        config: Option<&Config>,
    ) -> Result<(InstallationId, Vec<u8>, Vec<DirectoryEntry>, Vec<WrappedKey>, Vec<(RecoverySet, Deposit)>)> {
        if !ceremony::is_free(client, login).await? {
            return Err(Refusal::LoginName.into());
        }
        let (installation, root_public, directory, wraps) = keys::all_signed(client).await?;
        let found = fingerprint(&[&root_public]);
        let pinned = config.filter(|config| config.installation == installation).and_then(|config| config.root_fingerprint.as_ref());
        if let Some(pinned) = pinned.filter(|pinned| !pinned.trim().eq_ignore_ascii_case(&found)) {
            return Err(KeyringError::RootFingerprint { pinned: pinned.clone(), found }.into());
        }
        Ok((installation, root_public, directory, wraps, ceremony::sets(client).await?))
    }

    /// The root's fingerprint, to be compared with a configuration.
    #[must_use]
    pub fn root_fingerprint(&self) -> String {
        fingerprint(&[&self.root_public])
    }

    /// Gives up: the chain says so.
    ///
    /// # Errors
    /// Whatever the server refuses.
    pub async fn refuse(&self, error: &Error) -> Result<()> {
        Ok(ceremony::refuse(&self.client, self.chain, self.gathering.number(), recorded(error)).await?)
    }

    /// Brings the shares together and makes the new officer.
    ///
    /// # Errors
    /// [`RecoveryError`] says what is wrong with shares or stored bytes; [`Error::WeakPassphrase`]. Nothing was changed then.
    pub async fn complete(&self, passphrase: Secret<String>) -> Result<Performed> {
        staff::strong_enough(&self.login, &passphrase)?;
        let installation = self.gathering.installation;
        let set = self.gathering.set()?;
        let (_, deposit) = self.deposits.iter().find(|(number, _)| *number == set.number).ok_or(Refusal::NoRecoverySet)?;
        let recovered = set.open(installation, &self.gathering.shares, deposit)?;
        recovered.check(installation, &self.root_public, &self.directory)?;
        let derived = derive::from_passphrase(&self.login, installation, passphrase).await?;
        let keys = NewPersonKeys::generate(installation, &self.login, &derived.kek);
        let officer = recovered.appoint(installation, &self.login, &derived.kek, &keys)?;
        // What the new officer will find when they sign in.
        let material = KeyMaterial {
            user: self.login.clone(),
            person: keys.stored(),
            directory: [self.directory.as_slice(), std::slice::from_ref(&officer.entry)].concat(),
            wraps: [self.wraps.as_slice(), std::slice::from_ref(&officer.wrap)].concat(),
            root_public: self.root_public.clone(),
            transitions: Vec::new(),
        };
        let keyring = Keyring::unlock(installation, None, &derived.kek, material)?;
        if !keyring.holds_root() {
            return Err(RecoveryError::OtherKeys.into());
        }
        let indexes: Vec<i32> = self.gathering.shares.iter().map(|share| i32::from(share.share.index)).collect();
        let verifier = scram::verifier(&derived.scram_password);
        ceremony::complete(&self.client, self.chain, (set.number, &indexes), &verifier, &keys, &officer).await?;
        let custodian = |share: &RecoveryShare| set.custodians.get(usize::from(share.share.index) - 1).map(|(name, _)| name.clone());
        Ok(Performed {
            set: set.number,
            custodians: self.gathering.shares.iter().filter_map(custodian).collect(),
            problems: keyring.problems().to_vec(),
        })
    }
}

/// The outcome that stands in the audit.
fn recorded(error: &Error) -> &'static str {
    match error {
        Error::Database(DatabaseError::Refused(refusal)) => refusal.code(),
        Error::Share(_) | Error::Recovery(RecoveryError::NotTheShare(_) | RecoveryError::Twice(_) | RecoveryError::OtherSet { .. }) => {
            Refusal::WrongShare.code()
        }
        _ => Refusal::DrillFailed.code(),
    }
}
