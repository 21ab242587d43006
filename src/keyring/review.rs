//! An access review as a file that needs nobody's word: signed by who exported it, with the chain from their key to the installation's root.
//!
//! ```text
//! canonical("sealdesk/review/v1", installation 16, exported_at 8, signer, root 32,
//!   number 4, title, list of roles, created_by, created_at 8, due_at 8, unanswered, every_days 4 or absent, closed_at 8 or absent, list of reviewers,
//!   count 4, then for each item: user, role, granted_at, used, last_used, peers_median, would_fail (8 each, or absent), decision, new_role (or absent),
//!     comment, decided_by, decided_at 8 (or absent),
//!   count 4, then for each event: session 16, seq 8, at 8, actor, action, details (or absent), hash)
//! ```
//! A list is its count, 4 bytes, and its parts. Times are microseconds since 1970. Everything in the file but the directory's entries, which carry
//! signatures of their own, is covered; a file with anything else in it is not read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Keyring, KeyringError, material::DirectoryEntry, unlock::verified};
use crate::{
    crypto::{canonical::Canonical, fingerprint::fingerprint, signature},
    model::{
        catalogue::Language,
        id::InstallationId,
        review::{Campaign, Item, ReviewEvent},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReviewError {
    #[error("This is not the export of an access review. `sealdesk review export NUMBER --out FILE` writes one.")]
    NotAReview,
    #[error("The signature does not check: the file was changed after it was signed. Ask for a new export.")]
    Altered,
    #[error("The key that signed this has no chain to the root that the file names. Ask a security officer who exported it.")]
    UnknownSigner,
}

impl ReviewError {
    #[must_use]
    pub fn message(self, language: Language) -> String {
        match (self, language) {
            (_, Language::English) => self.to_string(),
            (Self::NotAReview, Language::Chinese) => "该文件不是复核导出。请用 sealdesk review export 编号 --out 文件 导出。".into(),
            (Self::Altered, Language::Chinese) => "签名无效：文件在签名后被改动。请重新导出。".into(),
            (Self::UnknownSigner, Language::Chinese) => {
                "签名所用密钥与文件所载根密钥之间没有有效的签名链。请向安全管理员核实导出人。".into()
            }
        }
    }
}

/// An entry of the directory, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vouching {
    kind: String,
    name: String,
    generation: i32,
    #[serde(with = "crate::model::base64")]
    hpke_public: Vec<u8>,
    #[serde(with = "crate::model::base64")]
    ed25519_public: Vec<u8>,
    signer: String,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "sealdesk/review/v1")]
    One,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReview {
    format: Format,
    pub installation: InstallationId,
    pub exported_at: Timestamp,
    pub campaign: Campaign,
    pub items: Vec<Item>,
    pub events: Vec<ReviewEvent>,
    pub signed_by: String,
    #[serde(with = "crate::model::base64")]
    root_public: Vec<u8>,
    directory: Vec<Vouching>,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
}

/// Who signed a review that checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub user: String,
    /// Of the person's keys, as their own terminal shows it.
    pub fingerprint: String,
    pub root_fingerprint: String,
}

impl SignedReview {
    /// Without a signature yet.
    #[must_use]
    pub fn unsigned(
        installation: InstallationId,
        exported_at: Timestamp,
        signed_by: &str,
        root_public: Vec<u8>,
        (campaign, items, events): (Campaign, Vec<Item>, Vec<ReviewEvent>),
    ) -> Self {
        Self {
            format: Format::One,
            installation,
            exported_at,
            campaign,
            items,
            events,
            signed_by: signed_by.to_owned(),
            root_public,
            directory: Vec::new(),
            signature: Vec::new(),
        }
    }

    /// # Errors
    /// [`ReviewError::NotAReview`], also for one of a later format or with more in it than is signed.
    pub fn parse(text: &str) -> Result<Self, ReviewError> {
        serde_json::from_str(text).map_err(|_| ReviewError::NotAReview)
    }

    /// # Errors
    /// [`ReviewError::NotAReview`] for what JSON cannot hold.
    pub fn to_text(&self) -> Result<String, ReviewError> {
        serde_json::to_string_pretty(self).map_err(|_| ReviewError::NotAReview)
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self) -> Vec<u8> {
        let campaign = &self.campaign;
        let mut parts = Canonical::labelled("sealdesk/review/v1")
            .bytes(self.installation.0.as_bytes())
            .bytes(&time(self.exported_at))
            .text(&self.signed_by)
            .bytes(&self.root_public)
            .bytes(&campaign.number.to_be_bytes())
            .text(&campaign.title);
        parts = list(parts, &campaign.roles)
            .text(&campaign.created_by)
            .bytes(&time(campaign.created_at))
            .bytes(&time(campaign.due_at))
            .text(campaign.unanswered.code())
            .optional(campaign.every_days.map(i32::to_be_bytes).as_ref().map(<[u8; 4]>::as_slice));
        parts = list(optional_time(parts, campaign.closed_at), &campaign.reviewers).bytes(&count(self.items.len()));
        for item in &self.items {
            let evidence = &item.evidence;
            parts = optional_time(parts.text(&item.user).text(&item.role), item.granted_at);
            parts = optional_time(optional_number(parts, evidence.used), evidence.last_used);
            parts = optional_number(optional_number(parts, evidence.peers_median), evidence.would_fail)
                .optional(item.decision.map(|decision| decision.code().as_bytes()))
                .optional(item.new_role.as_deref().map(str::as_bytes))
                .text(&item.comment)
                .optional(item.decided_by.as_deref().map(str::as_bytes));
            parts = optional_time(parts, item.decided_at);
        }
        parts = parts.bytes(&count(self.events.len()));
        for event in &self.events {
            parts = parts
                .bytes(event.session.0.as_bytes())
                .bytes(&event.seq.to_be_bytes())
                .bytes(&time(event.at))
                .text(&event.actor)
                .text(&event.action)
                .optional(event.details.as_deref().map(str::as_bytes))
                .bytes(&event.hash);
        }
        parts.finish()
    }

    /// Checks the signature and its chain to the root that the file names. Whether that is the right root is for who compares fingerprints.
    ///
    /// # Errors
    /// [`ReviewError::UnknownSigner`], [`ReviewError::Altered`].
    pub fn verify(&self) -> Result<Signer, ReviewError> {
        let entries = self.directory.iter().map(Vouching::entry).collect();
        let good = verified(self.installation, &self.root_public, entries, &mut Vec::new());
        let theirs: Vec<_> = good.iter().filter(|entry| entry.kind != "role" && entry.name == self.signed_by).collect();
        if theirs.is_empty() {
            return Err(ReviewError::UnknownSigner);
        }
        let statement = self.statement();
        let signer = theirs.into_iter().find(|entry| signature::verify(&entry.ed25519_public, &statement, &self.signature));
        let signer = signer.ok_or(ReviewError::Altered)?;
        Ok(Signer {
            user: self.signed_by.clone(),
            fingerprint: fingerprint(&[&signer.hpke_public, &signer.ed25519_public]),
            root_fingerprint: fingerprint(&[&self.root_public]),
        })
    }
}

impl Keyring {
    /// Signs a review with the person's own key, and puts the chain to the root beside it.
    ///
    /// # Errors
    /// [`KeyringError::NotInDirectory`] where the person's own entry does not check: nobody could verify the file.
    pub fn sign_review(
        &self,
        exported_at: Timestamp,
        parts: (Campaign, Vec<Item>, Vec<ReviewEvent>),
    ) -> Result<SignedReview, KeyringError> {
        let own = self.directory_entry(&self.user).filter(|entry| entry.ed25519_public == self.signing.public());
        let own = own.ok_or_else(|| KeyringError::NotInDirectory(self.user.clone()))?;
        let mut review = SignedReview::unsigned(self.installation, exported_at, &self.user, self.root_public.clone(), parts);
        let officers = self.directory.iter().filter(|entry| entry.kind == "officer" && entry.name == own.signer);
        review.directory = std::iter::once(own).chain(officers).map(Vouching::of).collect();
        review.signature = self.signing.sign(&review.statement());
        Ok(review)
    }
}

impl Vouching {
    fn of(entry: &DirectoryEntry) -> Self {
        Self {
            kind: entry.kind.clone(),
            name: entry.name.clone(),
            generation: entry.generation,
            hpke_public: entry.hpke_public.clone(),
            ed25519_public: entry.ed25519_public.clone(),
            signer: entry.signer.clone(),
            signature: entry.signature.clone(),
        }
    }

    fn entry(&self) -> DirectoryEntry {
        DirectoryEntry {
            kind: self.kind.clone(),
            name: self.name.clone(),
            generation: self.generation,
            hpke_public: self.hpke_public.clone(),
            ed25519_public: self.ed25519_public.clone(),
            signer: self.signer.clone(),
            signature: self.signature.clone(),
        }
    }
}

fn time(at: Timestamp) -> [u8; 8] {
    at.as_microsecond().to_be_bytes()
}

/// As every length here: what does not fit is not held by anything that is encoded.
fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn list(parts: Canonical, texts: &[String]) -> Canonical {
    texts.iter().fold(parts.bytes(&count(texts.len())), |parts, text| parts.text(text))
}

fn optional_number(parts: Canonical, number: Option<i64>) -> Canonical {
    parts.optional(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
}

fn optional_time(parts: Canonical, at: Option<Timestamp>) -> Canonical {
    optional_number(parts, at.map(Timestamp::as_microsecond))
}
