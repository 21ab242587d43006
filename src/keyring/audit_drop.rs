//! The signed statement under which a month of the audit was dropped.
//!
//! ```text
//! canonical("sealdesk/audit-drop/v1", installation 16, number 8, at 8 (µs since 1970), month ("2024-01"), events 8, chains 8, root 32, checkpoint 8, request 8)
//! root = RFC 6962 tree over leaf(session, last number, its hash) of each chain in the month, by session
//! ```

use jiff::Timestamp;

use super::{Keyring, countersign::Signers};
use crate::{
    crypto::{canonical::Canonical, merkle::Hash},
    model::id::InstallationId,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropStatement {
    /// 1 for the first.
    pub number: i64,
    pub at: Timestamp,
    pub month: String,
    pub events: i64,
    pub chains: i64,
    pub root: Hash,
    /// A checkpoint behind every event of the month.
    pub checkpoint: i64,
    /// The request that somebody else approved.
    pub request: i64,
    pub login: String,
    /// Number of the [`VouchedEntry`](super::countersign::VouchedEntry) it was signed under.
    pub entry: i64,
    pub signature: Vec<u8>,
}

impl DropStatement {
    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        Canonical::labelled("sealdesk/audit-drop/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.number.to_be_bytes())
            .bytes(&self.at.as_microsecond().to_be_bytes())
            .bytes(self.month.as_bytes())
            .bytes(&self.events.to_be_bytes())
            .bytes(&self.chains.to_be_bytes())
            .bytes(&self.root)
            .bytes(&self.checkpoint.to_be_bytes())
            .bytes(&self.request.to_be_bytes())
            .finish()
    }
}

impl Signers {
    /// Whether the login it names signed it, under a key that counts.
    #[must_use]
    pub fn signed_drop(&self, dropped: &DropStatement, installation: InstallationId) -> bool {
        self.signed(dropped.entry, &dropped.statement(installation), &dropped.signature) == Some(dropped.login.as_str())
    }
}

impl Keyring {
    /// Signs a statement with the person's own key.
    pub fn sign_drop(&self, dropped: &mut DropStatement) {
        dropped.login.clone_from(&self.user);
        dropped.signature = self.signing.sign(&dropped.statement(self.installation));
    }
}
