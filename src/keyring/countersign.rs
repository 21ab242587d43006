//! A person's signature over their own session's chain, and whose it is.
//!
//! ```text
//! canonical("sealdesk/countersignature/v1", installation 16, session 16, seq 8, hash 32)
//! ```

use std::collections::HashMap;

use super::{Keyring, material::DirectoryEntry, unlock::verified};
use crate::{
    crypto::{canonical::Canonical, signature},
    model::id::{InstallationId, SessionId},
};

/// A signed place in a chain: everything up to it stood as the hash says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countersignature {
    pub session: SessionId,
    pub seq: i64,
    pub hash: [u8; 32],
    /// Number of the [`VouchedEntry`] it was signed under.
    pub entry: i64,
    pub signature: Vec<u8>,
}

/// A directory entry as it stood when something was signed under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchedEntry {
    pub id: i64,
    pub entry: DirectoryEntry,
    /// The installation's root at that time.
    pub root_public: Vec<u8>,
}

/// The bytes that are signed.
#[must_use]
pub fn statement(installation: InstallationId, session: SessionId, seq: i64, hash: &[u8; 32]) -> Vec<u8> {
    Canonical::labelled("sealdesk/countersignature/v1")
        .bytes(installation.0.as_bytes())
        .bytes(session.0.as_bytes())
        .bytes(&seq.to_be_bytes())
        .bytes(hash)
        .finish()
}

/// Whose signatures count: entries with a chain to the root.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    installation: Option<InstallationId>,
    good: HashMap<i64, DirectoryEntry>,
}

impl Signers {
    /// Sorts out the entries whose chain to the root of their time checks, where that is among the roots that count.
    #[must_use]
    pub fn check(installation: InstallationId, roots: &[Vec<u8>], entries: &[VouchedEntry]) -> Self {
        let mut good = HashMap::new();
        for root in roots {
            let of_root = || entries.iter().filter(|entry| entry.root_public == *root);
            let checked = verified(installation, root, of_root().map(|entry| entry.entry.clone()).collect(), &mut Vec::new());
            good.extend(of_root().filter(|entry| checked.contains(&entry.entry)).map(|entry| (entry.id, entry.entry.clone())));
        }
        Self { installation: Some(installation), good }
    }

    /// The login whose key signed it; `None` where the key has no chain to the root, or did not sign exactly this.
    #[must_use]
    pub fn signer_of(&self, signed: &Countersignature) -> Option<&str> {
        self.signed(signed.entry, &statement(self.installation?, signed.session, signed.seq, &signed.hash), &signed.signature)
    }

    /// The login of an entry that counts.
    pub(super) fn name_of(&self, entry: i64) -> Option<&str> {
        self.good.get(&entry).map(|entry| entry.name.as_str())
    }

    /// The login of an entry whose key signed a statement.
    pub(super) fn signed(&self, entry: i64, statement: &[u8], signature: &[u8]) -> Option<&str> {
        let entry = self.good.get(&entry)?;
        signature::verify(&entry.ed25519_public, statement, signature).then_some(entry.name.as_str())
    }
}

impl Keyring {
    /// Signs a place in the person's own chain. 64 bytes.
    #[must_use]
    pub fn countersign(&self, session: SessionId, seq: i64, hash: &[u8; 32]) -> Vec<u8> {
        self.signing.sign(&statement(self.installation, session, seq, hash))
    }

    /// Whose signatures count under the pinned root, and under those before it that it stands by.
    #[must_use]
    pub fn signers(&self, entries: &[VouchedEntry]) -> Signers {
        Signers::check(self.installation, &self.accepted_roots, entries)
    }
}
