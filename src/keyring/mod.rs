//! What a signed-in person holds: a verified directory, and the role and class keys that their rights give.
//!
//! Nothing here is trusted because the database says so. A public key counts only with a signature chain to the pinned root; a wrapped key
//! counts only with the signature of an officer in that chain.

pub mod absence;
pub mod audit_drop;
pub mod audit_review;
pub mod catalogue;
pub mod checkpoint;
pub mod countersign;
pub mod enrol;
pub mod evidence;
pub mod extend;
pub mod material;
pub mod officer;
mod own;
pub mod recovery;
pub mod review;
pub mod root;
pub mod rotate;
mod seal;
pub mod share;
pub mod shared_value;
#[cfg(test)]
mod tests;
mod unlock;

use std::{collections::BTreeMap, fmt};

use thiserror::Error;

pub use unlock::without_chain;

pub use crate::crypto::aead::Purpose;
use crate::{
    crypto::{aead::FieldKey, blind_index::IndexKey, fingerprint::fingerprint, hpke, secret::Key32, signature::SigningKey},
    model::id::InstallationId,
};
use material::DirectoryEntry;

/// Which of a class's three keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    Value,
    Mask,
    Index,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyringError {
    #[error(
        "the installation's root key has fingerprint {found}, but the configuration pins {pinned}: this is not your installation, or its root was exchanged"
    )]
    RootFingerprint { pinned: String, found: String },
    /// The old root says so itself. It is not followed without a person: see `root`.
    #[error(
        "the installation's root key was exchanged by {by}: its fingerprint is {found} now, and the root {pinned} that you pinned has signed this. Compare the new fingerprint with a security officer, then set root_fingerprint = \"{found}\" in the configuration"
    )]
    RootExchanged { pinned: String, found: String, by: String },
    #[error("{0} has no valid chain to the root, so it is not signed again: run `sealdesk doctor` and find out who changed it")]
    Unsigned(String),
    #[error("your own keys do not open with this passphrase; if it is right, they were altered in the database")]
    OwnKeys,
    #[error("no {kind} key of class \"{class}\" is held")]
    NoKey { class: String, kind: &'static str },
    #[error("{0}")]
    Open(#[from] crate::crypto::aead::OpenError),
    #[error("the text inside is not what it should be")]
    Malformed,
    #[error("{0} has no valid entry in the signed directory")]
    NotInDirectory(String),
    #[error("{0} did not sign this shared value as it is stored, so it is not opened")]
    NotSharedBy(String),
    #[error("the key of role \"{0}\" is not held, so it cannot be wrapped for anybody")]
    NoRoleKey(String),
    #[error("only a security officer can sign")]
    NotAnOfficer,
    #[error("no role holds a key of class \"{0}\" with a valid signature, so there is nothing to rotate or to re-encrypt with")]
    NothingToRotate(String),
    #[error("{0} does not open, so it cannot be wrapped again; tell whoever looks after the database")]
    Unopened(String),
    #[error(transparent)]
    Recovery(#[from] recovery::RecoveryError),
    #[error(transparent)]
    Hpke(#[from] hpke::HpkeError),
}

/// A class's keys, by epoch. A right that the person does not have is a key that is not here.
#[derive(Default)]
struct ClassKeys {
    value: BTreeMap<u32, FieldKey>,
    mask: BTreeMap<u32, FieldKey>,
    index: BTreeMap<u32, IndexKey>,
}

/// A signed-in person's keys. Dropping it wipes them.
pub struct Keyring {
    installation: InstallationId,
    user: String,
    /// The person's own keys open what is wrapped to them later, after a rotation or a grant.
    own: hpke::PrivateKey,
    signing: SigningKey,
    /// Ed25519, as pinned.
    root_public: Vec<u8>,
    /// That one, and those it stands by: for what was signed before an exchange.
    accepted_roots: Vec<Vec<u8>>,
    directory: Vec<DirectoryEntry>,
    /// By role and generation: after a rotation the older generation still opens what was wrapped to it.
    roles: BTreeMap<(String, i32), hpke::PrivateKey>,
    classes: BTreeMap<String, ClassKeys>,
    root: Option<Key32>,
    problems: Vec<String>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Keyring {
    #[must_use]
    pub fn installation(&self) -> InstallationId {
        self.installation
    }

    /// Of the root that everything held here was checked against.
    #[must_use]
    pub fn root_fingerprint(&self) -> String {
        fingerprint(&[&self.root_public])
    }

    /// Entries, wraps and keys that did not check, each named. They are left out; everything else works.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Which entries of a directory read later have a chain to the root.
    #[must_use]
    pub fn check_directory(&self, entries: Vec<DirectoryEntry>) -> Vec<(DirectoryEntry, bool)> {
        let good = unlock::verified(self.installation, &self.root_public, entries.clone(), &mut Vec::new());
        entries.into_iter().map(|entry| (entry.clone(), good.contains(&entry))).collect()
    }

    /// Whether any epoch of the key is held.
    #[must_use]
    pub fn has(&self, class: &str, key_use: KeyUse) -> bool {
        self.classes.get(class).is_some_and(|keys| match key_use {
            KeyUse::Value => !keys.value.is_empty(),
            KeyUse::Mask => !keys.mask.is_empty(),
            KeyUse::Index => !keys.index.is_empty(),
        })
    }

    /// The newest key of a role and its generation.
    fn role(&self, role: &str) -> Option<(i32, &hpke::PrivateKey)> {
        let ((_, generation), key) = self.roles.range((role.to_owned(), i32::MIN)..=(role.to_owned(), i32::MAX)).next_back()?;
        Some((*generation, key))
    }

    /// A person's verified entry.
    #[must_use]
    pub fn directory_entry(&self, person: &str) -> Option<&DirectoryEntry> {
        // The person's own entry is of their present keys; those of an officer who enrolled again stay for what they signed.
        let theirs = self.directory.iter().filter(|entry| entry.kind != "role" && entry.name == person);
        theirs.max_by_key(|entry| (entry.kind == "person", entry.generation))
    }
}
