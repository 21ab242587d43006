//! Exchange of the root key. The old root signs who follows it:
//!
//! ```text
//! canonical("sealdesk/root-transition/v1", installation 16, number 4, old public 32, new public 32, officer)
//! ```
//! The new root signs in turn that it stands by the old one, so that what was signed under that stays checkable:
//!
//! ```text
//! canonical("sealdesk/root-acceptance/v1", installation 16, number 4, old public 32, new public 32)
//! ```
//! A client that pins the old root names the new one by that chain and goes no further: whoever had stolen the old root could have signed it too, so a person
//! compares the new fingerprint with an officer before it is pinned.

use super::{
    Keyring, KeyringError,
    material::{DirectoryEntry, PublicKeys, WrappedKey},
    officer::{OFFICER_ROLE, ROOT, Recipient, Signer, signer},
    recovery::{Deposit, RecoverySet, resign},
};
use crate::{
    crypto::{
        canonical::Canonical,
        fingerprint::fingerprint,
        secret::Key32,
        signature::{self, SigningKey},
    },
    model::id::InstallationId,
};

/// The old root's statement that another follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootTransition {
    /// 1 for the first exchange.
    pub number: i32,
    pub old_public: Vec<u8>,
    pub new_public: Vec<u8>,
    /// The officer who did it.
    pub by: String,
    pub signature: Vec<u8>,
    /// The new root's statement that the old one was the root before it.
    pub acceptance: Option<Vec<u8>>,
}

impl RootTransition {
    /// The bytes that the new root signs.
    #[must_use]
    pub fn acceptance_statement(&self, installation: InstallationId) -> Vec<u8> {
        Canonical::labelled("sealdesk/root-acceptance/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .bytes(&self.old_public)
            .bytes(&self.new_public)
            .finish()
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        Canonical::labelled("sealdesk/root-transition/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .bytes(&self.old_public)
            .bytes(&self.new_public)
            .text(&self.by)
            .finish()
    }
}

/// The last of the valid statements that lead from a pinned root to the one that was found; `None` where none do.
#[must_use]
pub fn follow<'t>(
    installation: InstallationId,
    pinned: &str,
    found: &[u8],
    transitions: &'t [RootTransition],
) -> Option<&'t RootTransition> {
    let mut last: Option<&RootTransition> = None;
    // Each statement is used once at most, so a circle ends.
    for _ in transitions {
        let next = transitions.iter().find(|transition| {
            let follows = match last {
                None => fingerprint(&[&transition.old_public]).eq_ignore_ascii_case(pinned.trim()),
                Some(last) => transition.old_public == last.new_public && transition.number > last.number,
            };
            follows && signature::verify(&transition.old_public, &transition.statement(installation), &transition.signature)
        })?;
        if next.new_public == found {
            return Some(next);
        }
        last = Some(next);
    }
    None
}

/// The roots that a root stands by, itself first: what was signed under them counts as it did. An old root's own word is not asked, since anybody can make
/// a key and sign with it that another follows.
#[must_use]
pub fn accepted(installation: InstallationId, root: &[u8], transitions: &[RootTransition]) -> Vec<Vec<u8>> {
    let mut roots = vec![root.to_vec()];
    // Each root is taken once, so a circle ends.
    let mut next = 0;
    while let Some(newer) = roots.get(next).cloned() {
        next += 1;
        let vouched = transitions.iter().filter(|transition| {
            let acceptance = transition.acceptance.as_deref().unwrap_or_default();
            transition.new_public == newer && signature::verify(&newer, &transition.acceptance_statement(installation), acceptance)
        });
        for transition in vouched {
            if !roots.contains(&transition.old_public) {
                roots.push(transition.old_public.clone());
            }
        }
    }
    roots
}

/// Everything that is stored when the root is exchanged.
#[derive(Clone, Debug)]
pub struct NewRoot {
    pub transition: RootTransition,
    pub directory: Vec<DirectoryEntry>,
    pub wraps: Vec<WrappedKey>,
    pub recovery: Vec<(RecoverySet, Deposit)>,
}

/// Makes a new root key and signs everything again: officers with the new root, all else with this officer's key. `officers` are the logins of those who
/// are officers now; whoever else stood in the directory as one is left out.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`] where the root key is not held; [`KeyringError::Unsigned`] names an entry or a key without a valid chain, which nobody
/// signs again unseen; [`KeyringError::NotInDirectory`] when the caller is not among the officers.
pub fn exchange(
    keyring: &Keyring,
    number: i32,
    officers: &[String],
    directory: &[DirectoryEntry],
    wraps: &[WrappedKey],
    sets: &[RecoverySet],
) -> Result<NewRoot, KeyringError> {
    let signer = signer(keyring)?;
    let old = SigningKey::from_seed(keyring.root.as_ref().ok_or(KeyringError::NotAnOfficer)?);
    if old.public() != keyring.root_public {
        return Err(KeyringError::NotAnOfficer);
    }
    let seed = Key32::random();
    let root = SigningKey::from_seed(&seed);
    let root_signer = Signer { installation: keyring.installation, name: ROOT, key: &root };

    if let Some((entry, _)) = keyring.check_directory(directory.to_vec()).into_iter().find(|(_, good)| !good) {
        return Err(KeyringError::Unsigned(format!("the directory entry of {} \"{}\"", entry.kind, entry.name)));
    }
    if let Some(wrap) = wraps.iter().find(|wrap| !keyring.is_signed(wrap)) {
        return Err(KeyringError::Unsigned(format!("the {}", wrap.name())));
    }
    let newest = |entry: &DirectoryEntry| {
        let same = directory.iter().filter(|other| other.kind == entry.kind && other.name == entry.name);
        same.map(|other| other.generation).max() == Some(entry.generation)
    };
    let mut entries = Vec::with_capacity(directory.len());
    for entry in directory {
        let keys = PublicKeys { hpke_public: entry.hpke_public.clone(), ed25519_public: entry.ed25519_public.clone() };
        if entry.kind != "officer" {
            entries.push(signer.entry(&entry.kind, &entry.name, entry.generation, &keys));
        } else if officers.contains(&entry.name) && newest(entry) {
            entries.push(root_signer.entry(&entry.kind, &entry.name, entry.generation, &keys));
        }
    }
    let own = keyring.signing.public();
    if !entries.iter().any(|entry| entry.kind == "officer" && entry.name == keyring.user && entry.ed25519_public == own) {
        return Err(KeyringError::NotInDirectory(keyring.user.clone()));
    }
    let role = keyring.role_entry(OFFICER_ROLE)?;
    let to = Recipient { kind: "role", name: OFFICER_ROLE, generation: role.generation, public: &role.hpke_public };
    let mut again: Vec<WrappedKey> = wraps.iter().filter(|wrap| wrap.content != "root_key").map(|wrap| signer.resigned(wrap)).collect();
    again.push(signer.wrap(&to, "root_key", (ROOT, number + 1), seed.expose())?);
    let recovery = sets.iter().map(|set| resign(keyring, &signer, set, &seed)).collect::<Result<_, _>>()?;

    let mut transition = RootTransition {
        number,
        old_public: old.public(),
        new_public: root.public(),
        by: keyring.user.clone(),
        signature: Vec::new(),
        acceptance: None,
    };
    transition.signature = old.sign(&transition.statement(keyring.installation));
    transition.acceptance = Some(root.sign(&transition.acceptance_statement(keyring.installation)));
    Ok(NewRoot { transition, directory: entries, wraps: again, recovery })
}
