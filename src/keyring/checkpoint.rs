//! A signed root over the heads of all chains, chained to the one before.
//!
//! ```text
//! canonical("sealdesk/checkpoint/v2", installation 16, number 8, at 8 (µs since 1970), leaves 8, root 32, hash of the checkpoint before 32,
//!           covers 8? (µs since 1970), records from 8, root of the records 32)
//! or, before there was a tree of records, the same up to the hash of the checkpoint before under "sealdesk/checkpoint/v1"
//! hash    = SHA-256 of that; what is signed is that itself
//! genesis = SHA-256("sealdesk/checkpoints/v1" ‖ installation 16), before the first one
//! ```

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Keyring, countersign::Signers};
use crate::{
    crypto::{canonical::Canonical, merkle::Hash},
    model::id::InstallationId,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// 1 for the first.
    pub number: i64,
    pub at: Timestamp,
    /// Leaves that the root is over.
    pub size: u64,
    pub root: Hash,
    /// Hash of the checkpoint before.
    pub previous: Hash,
    /// `None` in those of before there was a tree of records.
    pub records: Option<Records>,
    /// Who signed it.
    pub login: String,
    /// Number of the [`VouchedEntry`](super::countersign::VouchedEntry) it was signed under.
    pub entry: i64,
    pub signature: Vec<u8>,
}

/// What a checkpoint says of the tree of records (`crypto/record_tree.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Records {
    /// All that was committed by then, by the database's clock, is in the tree, and nothing that was asked for a minute later; `None` where more had
    /// happened than one checkpoint takes.
    pub covers: Option<Timestamp>,
    /// The first checkpoint with such a tree: what happened before it is not in the chains of the records. 1 where nothing is missing.
    pub from: i64,
    pub root: Hash,
}

/// What stands before the first checkpoint.
#[must_use]
pub fn genesis(installation: InstallationId) -> Hash {
    Sha256::new().chain_update(b"sealdesk/checkpoints/v1").chain_update(installation.0.as_bytes()).finalize().into()
}

impl Checkpoint {
    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        let label = if self.records.is_some() { "sealdesk/checkpoint/v2" } else { "sealdesk/checkpoint/v1" };
        let parts = Canonical::labelled(label)
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .bytes(&self.at.as_microsecond().to_be_bytes())
            .bytes(&self.size.to_be_bytes())
            .bytes(&self.root)
            .bytes(&self.previous);
        match &self.records {
            None => parts,
            Some(records) => parts
                .optional(records.covers.map(|at| at.as_microsecond().to_be_bytes()).as_ref().map(<[u8; 8]>::as_slice))
                .bytes(&records.from.to_be_bytes())
                .bytes(&records.root),
        }
        .finish()
    }

    #[must_use]
    pub fn hash(&self, installation: InstallationId) -> Hash {
        Sha256::digest(self.statement(installation)).into()
    }
}

/// Somebody's statement that they have seen a checkpoint: `canonical("sealdesk/witness/v1", installation 16, number 8, hash 32)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    pub number: i64,
    pub login: String,
    pub hash: Hash,
    pub entry: i64,
    pub signature: Vec<u8>,
}

/// The bytes that a witness signs.
#[must_use]
pub fn witness_statement(installation: InstallationId, number: i64, hash: &Hash) -> Vec<u8> {
    Canonical::labelled("sealdesk/witness/v1").bytes(installation.0.as_bytes()).bytes(&number.to_be_bytes()).bytes(hash).finish()
}

impl Signers {
    /// Whether the login it names has witnessed this, under a key that counts.
    #[must_use]
    pub fn witnessed(&self, witnessed: &Witnessed, installation: InstallationId) -> bool {
        let statement = witness_statement(installation, witnessed.number, &witnessed.hash);
        self.signed(witnessed.entry, &statement, &witnessed.signature) == Some(witnessed.login.as_str())
    }

    /// Whether the login it names signed it, under a key that counts.
    #[must_use]
    pub fn signed_checkpoint(&self, checkpoint: &Checkpoint, installation: InstallationId) -> bool {
        self.signed(checkpoint.entry, &checkpoint.statement(installation), &checkpoint.signature) == Some(checkpoint.login.as_str())
    }
}

impl Keyring {
    /// Signs that the person has seen a checkpoint.
    #[must_use]
    pub fn witness(&self, number: i64, hash: &Hash) -> Vec<u8> {
        self.signing.sign(&witness_statement(self.installation, number, hash))
    }

    /// Signs a checkpoint with the person's own key.
    pub fn sign_checkpoint(&self, checkpoint: &mut Checkpoint) {
        checkpoint.login.clone_from(&self.user);
        checkpoint.signature = self.signing.sign(&checkpoint.statement(self.installation));
    }
}
