//! Reviews of the audit: what a sample is drawn with, what reviewers sign, and the file that needs nobody's word.
//!
//! ```text
//! seed    = SHA-256(canonical("sealdesk/audit-review/v1", installation 16, review 8, checkpoint 8, its root 32))
//! rank    = SHA-256(seed ‖ session 16 ‖ seq 8): of those that fit, the lowest are drawn
//! weights = SHA-256(canonical("sealdesk/audit-review-weights/v1") ‖ for each: canonical(kind, actor, record 16, from 8, until 8; absent where it has none))
//! sample  = SHA-256(canonical("sealdesk/audit-review-sample/v1", installation 16, review 8, title, from 8, until 8, due 8, scope, checkpoint 8, root 32,
//!             checkpoint of the review before 8 (0 for none), its from 8 (or absent), weights 32, population 8)
//!             ‖ for each event: canonical(kind, session 16, seq 8, hash 32))
//! signed  = canonical("sealdesk/audit-review-sign/v1", installation 16, review 8, sample 32, login, at 8, count 4)
//!             ‖ for each mark of that person's: canonical(item 4, mark, note, at 8)
//! ```
//! Times are microseconds since 1970. The file carries all of that, the checkpoint and the directory's entries, signed again by who exported it; one that is
//! not letter for letter what this program writes is not read.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::{
    Keyring, KeyringError,
    checkpoint::Checkpoint,
    countersign::{Signers, VouchedEntry},
    evidence::{Hex, MAKER, Sealed, Transition, Vouched, directory_encoding},
    root::{RootTransition, accepted},
};
use crate::{
    crypto::{canonical::Canonical, fingerprint::fingerprint, merkle::Hash},
    model::{
        audit_review::{Drawn, Mark},
        catalogue::Language,
        id::{InstallationId, SessionId},
    },
};

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AuditReviewError {
    #[error(
        "This is not the export of an audit review, or it was changed after it was written. `sealdesk audit review export NUMBER --out FILE` writes one."
    )]
    NotAReview,
    #[error("The key that signed {0} has no chain to the root that the file names.")]
    UnknownSigner(String),
    #[error("Something does not check in {0}: the file was changed after it was signed.")]
    Altered(String),
}

impl AuditReviewError {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::English) => self.to_string(),
            (Self::NotAReview, Language::Chinese) => {
                "该文件不是审计复核导出，或写出后被改动。请用 sealdesk audit review export 编号 --out 文件 导出。".into()
            }
            (Self::UnknownSigner(what), Language::Chinese) => format!("{what} 的签名密钥与文件所载根密钥之间没有有效的签名链。"),
            (Self::Altered(what), Language::Chinese) => format!("{what} 未通过校验：文件在签名后被改动。"),
        }
    }
}

/// What a sample was drawn by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub review: i64,
    pub title: String,
    pub from: Timestamp,
    pub until: Timestamp,
    pub due_at: Timestamp,
    /// To the letter.
    pub scope: String,
    /// The newest checkpoint when the review began, and whose do not count.
    pub after_checkpoint: i64,
    pub excluded: Vec<String>,
    /// Checkpoint and begin of the plan's review before.
    pub previous: Option<(i64, Timestamp)>,
    pub population: i64,
    /// As it is stored; [`Whole::sample`] computes it.
    pub digest: Hash,
    pub checkpoint: Checkpoint,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// `hours`, `glass` or `vip`.
    pub kind: String,
    pub actor: Option<String>,
    pub record: Option<Uuid>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// An event of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub drawn: Drawn,
    pub session: SessionId,
    pub seq: i64,
    pub hash: Hash,
}

/// What a reviewer says of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marked {
    pub item: i32,
    pub by: String,
    pub at: Timestamp,
    pub mark: Mark,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedOff {
    pub by: String,
    pub at: Timestamp,
    /// Number of the [`VouchedEntry`] it was signed under.
    pub entry: i64,
    #[serde(with = "crate::model::base64")]
    pub signature: Vec<u8>,
}

/// A review with its sample, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    pub frame: Frame,
    pub weights: Vec<Weight>,
    pub places: Vec<Place>,
    /// By item; the last of each person's.
    pub marks: Vec<Marked>,
    pub signatures: Vec<SignedOff>,
}

/// What a sample is drawn with.
#[must_use]
pub fn seed(installation: InstallationId, review: i64, checkpoint: &Checkpoint) -> Hash {
    let parts = Canonical::labelled("sealdesk/audit-review/v1")
        .bytes(installation.0.as_bytes())
        .bytes(&review.to_be_bytes())
        .bytes(&checkpoint.number.to_be_bytes())
        .bytes(&checkpoint.root);
    Sha256::digest(parts.finish()).into()
}

/// Where an event stands in the draw.
#[must_use]
pub fn rank(seed: &Hash, session: SessionId, seq: i64) -> Hash {
    Sha256::new().chain_update(seed).chain_update(session.0.as_bytes()).chain_update(seq.to_be_bytes()).finalize().into()
}

fn time(at: Timestamp) -> [u8; 8] {
    at.as_microsecond().to_be_bytes()
}

fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn optional_time(parts: Canonical, at: Option<Timestamp>) -> Canonical {
    parts.optional(at.map(time).as_ref().map(<[u8; 8]>::as_slice))
}

impl Whole {
    fn weights(&self) -> Hash {
        let mut bytes = Canonical::labelled("sealdesk/audit-review-weights/v1").finish();
        for weight in &self.weights {
            let parts = Canonical::new()
                .text(&weight.kind)
                .optional(weight.actor.as_deref().map(str::as_bytes))
                .optional(weight.record.as_ref().map(|record| record.as_bytes().as_slice()));
            bytes.extend(optional_time(optional_time(parts, weight.from), weight.until).finish());
        }
        Sha256::digest(bytes).into()
    }

    /// The digest over the sample and what it was drawn by.
    #[must_use]
    pub fn sample(&self, installation: InstallationId) -> Hash {
        let frame = &self.frame;
        let parts = Canonical::labelled("sealdesk/audit-review-sample/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&frame.review.to_be_bytes())
            .text(&frame.title)
            .bytes(&time(frame.from))
            .bytes(&time(frame.until))
            .bytes(&time(frame.due_at))
            .text(&frame.scope)
            .bytes(&frame.checkpoint.number.to_be_bytes())
            .bytes(&frame.checkpoint.root)
            .bytes(&frame.previous.map_or(0, |(number, _)| number).to_be_bytes());
        let parts = optional_time(parts, frame.previous.map(|(_, from)| from));
        let mut bytes = parts.bytes(&self.weights()).bytes(&frame.population.to_be_bytes()).finish();
        for place in &self.places {
            let event = Canonical::new()
                .text(place.drawn.code())
                .bytes(place.session.0.as_bytes())
                .bytes(&place.seq.to_be_bytes())
                .bytes(&place.hash);
            bytes.extend(event.finish());
        }
        Sha256::digest(bytes).into()
    }

    /// The bytes that a reviewer signs.
    #[must_use]
    pub fn statement(&self, installation: InstallationId, login: &str, at: Timestamp) -> Vec<u8> {
        let mine: Vec<&Marked> = self.marks.iter().filter(|marked| marked.by == login).collect();
        let mut bytes = Canonical::labelled("sealdesk/audit-review-sign/v1")
            .bytes(installation.0.as_bytes())
            .bytes(&self.frame.review.to_be_bytes())
            .bytes(&self.sample(installation))
            .text(login)
            .bytes(&time(at))
            .bytes(&count(mine.len()))
            .finish();
        for marked in mine {
            let mark =
                Canonical::new().bytes(&marked.item.to_be_bytes()).text(marked.mark.code()).text(&marked.note).bytes(&time(marked.at));
            bytes.extend(mark.finish());
        }
        bytes
    }

    /// Whether events stand in the order of their ranks, each group for itself, and none twice.
    #[must_use]
    pub fn is_in_order(&self, installation: InstallationId) -> bool {
        let seed = seed(installation, self.frame.review, &self.frame.checkpoint);
        let places: Vec<(Drawn, Hash)> = self.places.iter().map(|place| (place.drawn, rank(&seed, place.session, place.seq))).collect();
        places.windows(2).all(|pair| pair[0] < pair[1])
    }

    /// Events that nobody who has signed says anything of.
    #[must_use]
    pub fn unsigned(&self) -> usize {
        let signers: BTreeSet<&str> = self.signatures.iter().map(|signed| signed.by.as_str()).collect();
        let said: BTreeSet<i32> =
            self.marks.iter().filter(|marked| signers.contains(marked.by.as_str())).map(|marked| marked.item).collect();
        (1..=self.places.len()).filter(|item| !i32::try_from(*item).is_ok_and(|item| said.contains(&item))).count()
    }
}

impl Signers {
    /// Whether the login that is named signed this review as it stands, under a key that counts.
    #[must_use]
    pub fn signed_off(&self, whole: &Whole, signed: &SignedOff, installation: InstallationId) -> bool {
        let statement = whole.statement(installation, &signed.by, signed.at);
        self.signed(signed.entry, &statement, &signed.signature) == Some(signed.by.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "sealdesk/audit-review/v1")]
    One,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceText {
    drawn: Drawn,
    session: SessionId,
    seq: i64,
    hash: Hex,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReview {
    format: Format,
    pub installation: InstallationId,
    pub exported_at: Timestamp,
    pub exported_by: String,
    review: i64,
    title: String,
    from: Timestamp,
    until: Timestamp,
    due_at: Timestamp,
    scope: String,
    after_checkpoint: i64,
    excluded: Vec<String>,
    previous: Option<(i64, Timestamp)>,
    population: i64,
    checkpoint: Sealed,
    weights: Vec<Weight>,
    sample: Vec<PlaceText>,
    marks: Vec<Marked>,
    signatures: Vec<SignedOff>,
    #[serde(with = "crate::model::base64")]
    root_public: Vec<u8>,
    directory: Vec<Vouched>,
    transitions: Vec<Transition>,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
}

/// What a file that checks says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub whole: Whole,
    pub exported_by: String,
    pub exported_at: Timestamp,
    pub root_fingerprint: String,
    /// Events that nobody who has signed says anything of.
    pub unsigned: usize,
}

impl SignedReview {
    /// # Errors
    /// [`AuditReviewError::NotAReview`] for anything but exactly what this program writes.
    pub fn parse(text: &str) -> Result<Self, AuditReviewError> {
        let review: Self = serde_json::from_str(text).map_err(|_| AuditReviewError::NotAReview)?;
        if review.to_text()? == text { Ok(review) } else { Err(AuditReviewError::NotAReview) }
    }

    /// # Errors
    /// [`AuditReviewError::NotAReview`] for what JSON cannot hold.
    pub fn to_text(&self) -> Result<String, AuditReviewError> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|_| AuditReviewError::NotAReview)
    }

    fn whole(&self) -> Whole {
        let frame = Frame {
            review: self.review,
            title: self.title.clone(),
            from: self.from,
            until: self.until,
            due_at: self.due_at,
            scope: self.scope.clone(),
            after_checkpoint: self.after_checkpoint,
            excluded: self.excluded.clone(),
            previous: self.previous,
            population: self.population,
            digest: Hash::default(),
            checkpoint: self.checkpoint.checkpoint(),
        };
        let place = |place: &PlaceText| Place { drawn: place.drawn, session: place.session, seq: place.seq, hash: place.hash.0 };
        Whole {
            frame,
            weights: self.weights.clone(),
            places: self.sample.iter().map(place).collect(),
            marks: self.marks.clone(),
            signatures: self.signatures.clone(),
        }
    }

    /// The bytes that who exports it signs.
    fn statement(&self) -> Vec<u8> {
        let whole = self.whole();
        let mut parts = Canonical::labelled("sealdesk/audit-review-export/v1")
            .bytes(self.installation.0.as_bytes())
            .bytes(&time(self.exported_at))
            .text(&self.exported_by)
            .bytes(&self.root_public)
            .bytes(&whole.sample(self.installation))
            .bytes(&self.after_checkpoint.to_be_bytes())
            .bytes(&count(self.excluded.len()));
        parts = self.excluded.iter().fold(parts, |parts, login| parts.text(login));
        parts = parts.bytes(&self.checkpoint.encoding(self.installation)).bytes(&count(self.marks.len()));
        for marked in &self.marks {
            parts = parts
                .bytes(&marked.item.to_be_bytes())
                .text(&marked.by)
                .bytes(&time(marked.at))
                .text(marked.mark.code())
                .text(&marked.note);
        }
        parts = parts.bytes(&count(self.signatures.len()));
        for signed in &self.signatures {
            parts = parts.text(&signed.by).bytes(&time(signed.at)).bytes(&signed.entry.to_be_bytes()).bytes(&signed.signature);
        }
        parts.bytes(&directory_encoding(&self.directory, &self.transitions, self.installation)).finish()
    }

    /// Checks every signature and the order of the draw. Whether the root is the right one is for who compares fingerprints, and that no event with a lower
    /// rank was left out is for `audit verify`, which draws again.
    ///
    /// # Errors
    /// [`AuditReviewError`].
    pub fn verify(&self) -> Result<Checked, AuditReviewError> {
        let transitions: Vec<RootTransition> = self.transitions.iter().map(Transition::transition).collect();
        let roots = accepted(self.installation, &self.root_public, &transitions);
        let entries: Vec<VouchedEntry> = self.directory.iter().map(Vouched::entry).collect();
        let signers = Signers::check(self.installation, &roots, &entries);
        if signers.name_of(MAKER) != Some(self.exported_by.as_str()) {
            return Err(AuditReviewError::UnknownSigner(self.exported_by.clone()));
        }
        if signers.signed(MAKER, &self.statement(), &self.signature).is_none() {
            return Err(AuditReviewError::Altered("the signature".to_owned()));
        }
        let whole = self.whole();
        let checkpoint = &whole.frame.checkpoint;
        if !signers.signed_checkpoint(checkpoint, self.installation) {
            return Err(AuditReviewError::UnknownSigner(format!("checkpoint {}", checkpoint.number)));
        }
        if checkpoint.number <= self.after_checkpoint || self.excluded.contains(&checkpoint.login) || !whole.is_in_order(self.installation)
        {
            return Err(AuditReviewError::Altered("the sample".to_owned()));
        }
        for signed in &self.signatures {
            if !signers.signed_off(&whole, signed, self.installation) {
                return Err(AuditReviewError::UnknownSigner(signed.by.clone()));
            }
        }
        Ok(Checked {
            unsigned: whole.unsigned(),
            whole,
            exported_by: self.exported_by.clone(),
            exported_at: self.exported_at,
            root_fingerprint: fingerprint(&[&self.root_public]),
        })
    }
}

impl Keyring {
    /// Signs what the person says of a sample.
    #[must_use]
    pub fn sign_off(&self, whole: &Whole, at: Timestamp) -> (Hash, Vec<u8>) {
        let statement = whole.statement(self.installation, &self.user, at);
        (Sha256::digest(&statement).into(), self.signing.sign(&statement))
    }

    /// Makes the file: signed with the person's own key, with everything that its signatures rest on.
    ///
    /// # Errors
    /// [`KeyringError::NotInDirectory`] where the person's own entry does not check: nobody could verify the file.
    pub fn export_audit_review(
        &self,
        whole: Whole,
        entries: &[VouchedEntry],
        transitions: &[RootTransition],
        exported_at: Timestamp,
    ) -> Result<SignedReview, KeyringError> {
        let used: BTreeSet<i64> = whole.signatures.iter().map(|signed| signed.entry).chain([whole.frame.checkpoint.entry]).collect();
        let Whole { frame, weights, places, marks, signatures } = whole;
        let mut review = SignedReview {
            format: Format::One,
            installation: self.installation,
            exported_at,
            exported_by: self.user.clone(),
            review: frame.review,
            title: frame.title,
            from: frame.from,
            until: frame.until,
            due_at: frame.due_at,
            scope: frame.scope,
            after_checkpoint: frame.after_checkpoint,
            excluded: frame.excluded,
            previous: frame.previous,
            population: frame.population,
            checkpoint: Sealed::of(frame.checkpoint),
            weights,
            sample: places
                .into_iter()
                .map(|place| PlaceText { drawn: place.drawn, session: place.session, seq: place.seq, hash: Hex(place.hash) })
                .collect(),
            marks,
            signatures,
            root_public: self.root_public.clone(),
            directory: self.vouching(entries, &|id| used.contains(&id))?,
            transitions: transitions.iter().map(Transition::of).collect(),
            signature: Vec::new(),
        };
        review.signature = self.signing.sign(&review.statement());
        Ok(review)
    }
}
