//! Events with what proves them, as a file that needs neither the database nor anybody's word:
//!
//! ```text
//! canonical("sealdesk/evidence/v1", installation 16, made_at 8, made_by, asked, root 32, summary in English, summary in Chinese,
//!   count 4, then for each part: name, SHA-256 32)
//! ```
//! is signed by who made it. The parts are `checkpoint`, `directory`, each chain and `absence`, in their own canonical encodings (`Evidence::parts`). Each chain is
//! recomputed from the hash before its first event to a leaf of the checkpoint's tree. A file that is not letter for letter what this program writes is
//! not read, so that nothing in it is left unsigned.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{
    Keyring, KeyringError,
    absence::{Absence, Absent},
    checkpoint::{Checkpoint, Records},
    countersign::{Countersignature, Signers, VouchedEntry},
    material::DirectoryEntry,
    root::{RootTransition, accepted},
};
use crate::{
    crypto::{
        canonical::Canonical,
        event,
        fingerprint::fingerprint,
        hex,
        merkle::{self, Hash},
    },
    model::{
        audit::Event,
        catalogue::Language,
        id::{InstallationId, RecordId, SessionId, Ticket},
    },
};

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    #[error("This is not an evidence file, or it was changed after it was written. `sealdesk audit evidence --out FILE` writes one.")]
    NotEvidence,
    #[error("The file's root has fingerprint {found}, not the one that was given: it is of another installation, or was forged.")]
    OtherRoot { found: String },
    #[error("The key that signed {0} has no chain to the root.")]
    UnknownSigner(String),
    #[error("Something does not check in {0}: the file was changed after it was written.")]
    Altered(String),
}

impl EvidenceError {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::English) => self.to_string(),
            (Self::NotEvidence, Language::Chinese) => {
                "该文件不是证据文件，或写出后被改动。请用 sealdesk audit evidence --out 文件 生成。".into()
            }
            (Self::OtherRoot { found }, Language::Chinese) => {
                format!("文件的根指纹为 {found}，与所给不同：属于另一安装，或系伪造。")
            }
            (Self::UnknownSigner(what), Language::Chinese) => format!("{what} 的签名密钥与根密钥之间没有有效的签名链。"),
            (Self::Altered(what), Language::Chinese) => format!("{what} 未通过校验：文件写出后被改动。"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "sealdesk/evidence/v1")]
    One,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    format: Format,
    pub summary_en: String,
    pub summary_zh: String,
    pub installation: InstallationId,
    pub made_at: Timestamp,
    pub made_by: String,
    /// The filter, as it was typed.
    pub asked: String,
    #[serde(with = "crate::model::base64")]
    root_public: Vec<u8>,
    checkpoint: Sealed,
    pub chains: Vec<Chain>,
    /// What did not happen; then there are no chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absence: Option<Absence>,
    directory: Vec<Vouched>,
    transitions: Vec<Transition>,
    manifest: Vec<Part>,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    name: String,
    sha256: Hex,
}

/// 32 bytes in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex(pub Hash);

impl TryFrom<String> for Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut hash = Hash::default();
        if text.len() != 64 || !text.is_ascii() {
            return Err("not 32 bytes in hexadecimal");
        }
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| "not hexadecimal")?;
        }
        Ok(Self(hash))
    }
}

impl From<Hex> for String {
    fn from(hash: Hex) -> Self {
        hex(&hash.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    number: i64,
    at: Timestamp,
    size: u64,
    root: Hex,
    previous: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<SealedRecords>,
    login: String,
    entry: i64,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedRecords {
    #[serde(skip_serializing_if = "Option::is_none")]
    covers: Option<Timestamp>,
    from: i64,
    root: Hex,
}

impl Sealed {
    pub(super) fn of(checkpoint: Checkpoint) -> Self {
        let Checkpoint { number, at, size, root, previous, records, login, entry, signature } = checkpoint;
        let records = records.map(|Records { covers, from, root }| SealedRecords { covers, from, root: Hex(root) });
        Self { number, at, size, root: Hex(root), previous: Hex(previous), records, login, entry, signature }
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            number: self.number,
            at: self.at,
            size: self.size,
            root: self.root.0,
            previous: self.previous.0,
            records: self.records.as_ref().map(|records| Records { covers: records.covers, from: records.from, root: records.root.0 }),
            login: self.login.clone(),
            entry: self.entry,
            signature: self.signature.clone(),
        }
    }
}

/// Part of one session's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    pub session: SessionId,
    /// Hash of the event before the first one here.
    pub before: Hex,
    /// From one that was asked for to one that is a leaf of the tree.
    pub events: Vec<Item>,
    /// Place of the last event in the tree, and the hashes beside its way up.
    pub place: u64,
    pub path: Vec<Hex>,
    pub countersignatures: Vec<Signed>,
}

/// An event as it was hashed; of one that whoever made the file may not know only its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub seq: i64,
    pub hash: Hex,
    /// Whether it was asked for; the others stand here because the chain leads over them.
    pub asked: bool,
    pub content: Option<Content>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub outcome: String,
    pub record: Option<RecordId>,
    pub field: Option<String>,
    pub class: Option<String>,
    pub version: Option<i64>,
    pub reason: Option<String>,
    pub reference: Option<String>,
    pub details: Option<String>,
    pub ticket: Option<Ticket>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    pub seq: i64,
    pub entry: i64,
    #[serde(with = "crate::model::base64")]
    pub signature: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vouched {
    id: i64,
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
    #[serde(with = "crate::model::base64")]
    root_public: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transition {
    number: i32,
    #[serde(with = "crate::model::base64")]
    old_public: Vec<u8>,
    #[serde(with = "crate::model::base64")]
    new_public: Vec<u8>,
    by: String,
    #[serde(with = "crate::model::base64")]
    signature: Vec<u8>,
    #[serde(with = "crate::model::base64")]
    acceptance: Vec<u8>,
}

/// What is put into a file.
#[derive(Clone, Debug)]
pub struct Material {
    pub made_at: Timestamp,
    pub asked: String,
    pub summary_en: String,
    pub summary_zh: String,
    pub checkpoint: Checkpoint,
    pub chains: Vec<Chain>,
    pub absence: Option<Absence>,
    pub entries: Vec<VouchedEntry>,
    pub transitions: Vec<RootTransition>,
}

/// What a file that checks says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub made_by: String,
    pub root_fingerprint: String,
    pub checkpoint: i64,
    pub checkpoint_at: Timestamp,
    pub checkpoint_by: String,
    /// Events that were asked for, those of them that lead to the checkpoint, and those whose session's person signed them.
    pub asked: usize,
    pub proven: usize,
    pub countersigned: usize,
    /// Of a proof of absence, what it proves.
    pub absence: Option<Absent>,
}

/// The entry of who made the file; those of who vouched for that one count down from here.
pub(super) const MAKER: i64 = 0;

impl Item {
    #[must_use]
    pub fn of(event: &Event, asked: bool) -> Self {
        let content = (!event.withheld()).then(|| Content {
            at: event.at,
            actor: event.actor.clone(),
            action: event.action.clone(),
            outcome: event.outcome.clone(),
            record: event.record,
            field: event.field.clone(),
            class: event.class.clone(),
            version: event.version,
            reason: event.reason.clone(),
            reference: event.reference.clone(),
            details: event.details.clone(),
            ticket: event.ticket,
        });
        Self { seq: event.seq, hash: Hex(event.hash), asked, content }
    }

    fn event(&self, session: SessionId) -> Option<Event> {
        let content = self.content.clone()?;
        Some(Event {
            session,
            seq: self.seq,
            at: content.at,
            actor: content.actor,
            action: content.action,
            outcome: content.outcome,
            record: content.record,
            record_number: None,
            field: content.field,
            class: content.class,
            version: content.version,
            reason: content.reason,
            reference: content.reference,
            details: content.details,
            ticket: content.ticket,
            hash: self.hash.0,
        })
    }
}

impl Chain {
    fn encoding(&self) -> Vec<u8> {
        let mut parts = Canonical::labelled("sealdesk/evidence-chain/v1")
            .bytes(self.session.0.as_bytes())
            .bytes(&self.before.0)
            .bytes(&self.place.to_be_bytes())
            .bytes(&count(self.events.len()));
        for item in &self.events {
            // The hash binds what the event says; that it does is checked beside this.
            parts =
                parts.bytes(&item.seq.to_be_bytes()).bytes(&item.hash.0).bytes(&[u8::from(item.asked), u8::from(item.content.is_some())]);
            if let Some(event) = item.event(self.session) {
                parts = parts.bytes(&event::hash(&[0; 32], &event));
            }
        }
        parts = parts.bytes(&count(self.path.len()));
        for beside in &self.path {
            parts = parts.bytes(&beside.0);
        }
        parts = parts.bytes(&count(self.countersignatures.len()));
        for signed in &self.countersignatures {
            parts = parts.bytes(&signed.seq.to_be_bytes()).bytes(&signed.entry.to_be_bytes()).bytes(&signed.signature);
        }
        parts.finish()
    }

    /// Recomputes the chain and its place in the tree. Answers with how many of the events that were asked for it proves, and how many of those are signed.
    fn check(&self, checkpoint: &Checkpoint, signers: &Signers) -> Option<(usize, usize)> {
        let mut previous = self.before.0;
        let mut seq = None;
        // From the last event back to the last one that is withheld, each hash follows from the one before.
        let (mut bound_from, mut owner) = (0, None);
        for (index, item) in self.events.iter().enumerate() {
            if seq.is_some_and(|seq: i64| seq.checked_add(1) != Some(item.seq)) {
                return None;
            }
            match item.event(self.session) {
                Some(event) if event::hash(&previous, &event) == item.hash.0 => {
                    owner = owner.or(Some(event.actor).filter(|actor| actor != "system"));
                }
                Some(_) => return None,
                None => bound_from = index + 1,
            }
            (previous, seq) = (item.hash.0, Some(item.seq));
        }
        let last = self.events.last()?;
        let leaf = merkle::leaf(self.session, last.seq, &last.hash.0);
        let path: Vec<Hash> = self.path.iter().map(|beside| beside.0).collect();
        if !merkle::includes(&checkpoint.root, checkpoint.size, self.place, &leaf, &path) {
            return None;
        }
        let mut signed_to = None;
        for signed in &self.countersignatures {
            let item = self.events.iter().find(|item| item.seq == signed.seq)?;
            let place = Countersignature {
                session: self.session,
                seq: signed.seq,
                hash: item.hash.0,
                entry: signed.entry,
                signature: signed.signature.clone(),
            };
            let signer = signers.signer_of(&place)?;
            if owner.as_deref().is_some_and(|owner| owner != signer) {
                return None;
            }
            signed_to = signed_to.max(Some(signed.seq));
        }
        let proven = self.events.iter().skip(bound_from).filter(|item| item.asked);
        let signed = proven.clone().filter(|item| signed_to.is_some_and(|last| last >= item.seq)).count();
        Some((proven.count(), signed))
    }
}

impl Evidence {
    /// # Errors
    /// [`EvidenceError::NotEvidence`] for anything but exactly what this program writes.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        let evidence: Self = serde_json::from_str(text).map_err(|_| EvidenceError::NotEvidence)?;
        if evidence.to_text()? == text { Ok(evidence) } else { Err(EvidenceError::NotEvidence) }
    }

    /// # Errors
    /// [`EvidenceError::NotEvidence`] for what JSON cannot hold.
    pub fn to_text(&self) -> Result<String, EvidenceError> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|_| EvidenceError::NotEvidence)
    }

    /// The same with other chains, to be signed again.
    #[cfg(test)]
    pub(super) fn with_chains(&self, chains: Vec<Chain>) -> Material {
        Material {
            made_at: self.made_at,
            asked: self.asked.clone(),
            summary_en: self.summary_en.clone(),
            summary_zh: self.summary_zh.clone(),
            checkpoint: self.sealed(),
            chains,
            absence: self.absence.clone(),
            entries: self.directory.iter().map(Vouched::entry).filter(|entry| entry.id > 0).collect(),
            transitions: Vec::new(),
        }
    }

    fn sealed(&self) -> Checkpoint {
        self.checkpoint.checkpoint()
    }

    /// Each part's name and canonical encoding.
    fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let sealed = self.checkpoint.encoding(self.installation);
        let directory = directory_encoding(&self.directory, &self.transitions, self.installation);
        let chains = self.chains.iter().map(|chain| (format!("chain {}", chain.session), chain.encoding()));
        let absence = self.absence.iter().map(|absence| ("absence".to_owned(), absence.encoding(self.installation)));
        [("checkpoint".to_owned(), sealed), ("directory".to_owned(), directory)].into_iter().chain(chains).chain(absence).collect()
    }

    fn statement(&self) -> Vec<u8> {
        let mut parts = Canonical::labelled("sealdesk/evidence/v1")
            .bytes(self.installation.0.as_bytes())
            .bytes(&self.made_at.as_microsecond().to_be_bytes())
            .text(&self.made_by)
            .text(&self.asked)
            .bytes(&self.root_public)
            .text(&self.summary_en)
            .text(&self.summary_zh)
            .bytes(&count(self.manifest.len()));
        for part in &self.manifest {
            parts = parts.text(&part.name).bytes(&part.sha256.0);
        }
        parts.finish()
    }

    fn manifest(&self) -> Vec<Part> {
        self.parts().into_iter().map(|(name, encoding)| Part { name, sha256: Hex(Sha256::digest(encoding).into()) }).collect()
    }

    /// Checks all of it, with nothing but the fingerprint of the root that is trusted.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn verify(&self, root: &str) -> Result<Checked, EvidenceError> {
        let found = fingerprint(&[&self.root_public]);
        if !root.trim().eq_ignore_ascii_case(&found) {
            return Err(EvidenceError::OtherRoot { found });
        }
        let transitions: Vec<RootTransition> = self.transitions.iter().map(Transition::transition).collect();
        let roots = accepted(self.installation, &self.root_public, &transitions);
        let entries: Vec<VouchedEntry> = self.directory.iter().map(Vouched::entry).collect();
        let signers = Signers::check(self.installation, &roots, &entries);
        if signers.name_of(MAKER) != Some(self.made_by.as_str()) {
            return Err(EvidenceError::UnknownSigner(self.made_by.clone()));
        }
        if signers.signed(MAKER, &self.statement(), &self.signature) != Some(self.made_by.as_str()) {
            return Err(EvidenceError::Altered("the signature".to_owned()));
        }
        let manifest = self.manifest();
        if let Some((part, _)) = manifest.iter().zip(&self.manifest).find(|(computed, stored)| computed != stored) {
            return Err(EvidenceError::Altered(part.name.clone()));
        }
        if manifest.len() != self.manifest.len() {
            return Err(EvidenceError::Altered("the manifest".to_owned()));
        }
        let checkpoint = self.sealed();
        if !signers.signed_checkpoint(&checkpoint, self.installation) {
            return Err(EvidenceError::UnknownSigner(format!("checkpoint {}", checkpoint.number)));
        }
        let (mut asked, mut proven, mut countersigned) = (0, 0, 0);
        for chain in &self.chains {
            let checked = chain.check(&checkpoint, &signers);
            let (held, signed) = checked.ok_or_else(|| EvidenceError::Altered(format!("chain {}", chain.session)))?;
            asked += chain.events.iter().filter(|item| item.asked).count();
            proven += held;
            countersigned += signed;
        }
        let absence = match &self.absence {
            None => None,
            Some(absence) => Some(
                absence
                    .check(&self.checkpoint, &signers, self.installation)
                    .ok_or_else(|| EvidenceError::Altered("the proof of absence".to_owned()))?,
            ),
        };
        Ok(Checked {
            made_by: self.made_by.clone(),
            root_fingerprint: found,
            checkpoint: checkpoint.number,
            checkpoint_at: checkpoint.at,
            checkpoint_by: checkpoint.login,
            asked,
            proven,
            countersigned,
            absence,
        })
    }
}

impl Sealed {
    pub(super) fn encoding(&self, installation: InstallationId) -> Vec<u8> {
        Canonical::labelled("sealdesk/evidence-checkpoint/v1")
            .bytes(&self.checkpoint().statement(installation))
            .text(&self.login)
            .bytes(&self.entry.to_be_bytes())
            .bytes(&self.signature)
            .finish()
    }
}

/// Who vouches for whom, and which root stands by which.
pub(super) fn directory_encoding(entries: &[Vouched], transitions: &[Transition], installation: InstallationId) -> Vec<u8> {
    let mut directory = Canonical::labelled("sealdesk/evidence-directory/v1").bytes(&count(entries.len()));
    for vouched in entries {
        directory = directory
            .bytes(&vouched.id.to_be_bytes())
            .bytes(&vouched.entry().entry.statement(installation))
            .text(&vouched.signer)
            .bytes(&vouched.signature)
            .bytes(&vouched.root_public);
    }
    directory = directory.bytes(&count(transitions.len()));
    for transition in transitions {
        let transition = transition.transition();
        directory = directory
            .bytes(&transition.statement(installation))
            .bytes(&transition.signature)
            .bytes(transition.acceptance.as_deref().unwrap_or_default());
    }
    directory.finish()
}

impl Vouched {
    fn of(entry: &VouchedEntry) -> Self {
        let VouchedEntry { id, entry, root_public } = entry.clone();
        let DirectoryEntry { kind, name, generation, hpke_public, ed25519_public, signer, signature } = entry;
        Self { id, kind, name, generation, hpke_public, ed25519_public, signer, signature, root_public }
    }

    pub(super) fn entry(&self) -> VouchedEntry {
        let entry = DirectoryEntry {
            kind: self.kind.clone(),
            name: self.name.clone(),
            generation: self.generation,
            hpke_public: self.hpke_public.clone(),
            ed25519_public: self.ed25519_public.clone(),
            signer: self.signer.clone(),
            signature: self.signature.clone(),
        };
        VouchedEntry { id: self.id, entry, root_public: self.root_public.clone() }
    }
}

impl Transition {
    pub(super) fn of(transition: &RootTransition) -> Self {
        Self {
            number: transition.number,
            old_public: transition.old_public.clone(),
            new_public: transition.new_public.clone(),
            by: transition.by.clone(),
            signature: transition.signature.clone(),
            acceptance: transition.acceptance.clone().unwrap_or_default(),
        }
    }

    pub(super) fn transition(&self) -> RootTransition {
        RootTransition {
            number: self.number,
            old_public: self.old_public.clone(),
            new_public: self.new_public.clone(),
            by: self.by.clone(),
            signature: self.signature.clone(),
            acceptance: Some(self.acceptance.clone()),
        }
    }
}

impl Keyring {
    /// Makes the file: signed with the person's own key, with everything that its signatures rest on.
    ///
    /// # Errors
    /// [`KeyringError::NotInDirectory`] where the person's own entry does not check: nobody could verify the file.
    pub fn sign_evidence(&self, material: Material) -> Result<Evidence, KeyringError> {
        let used = |id: i64| {
            id == material.checkpoint.entry
                || material.absence.iter().flat_map(Absence::entries).any(|entry| entry == id)
                || material.chains.iter().flat_map(|chain| &chain.countersignatures).any(|signed| signed.entry == id)
        };
        let directory = self.vouching(&material.entries, &used)?;
        let mut evidence = Evidence {
            format: Format::One,
            summary_en: material.summary_en,
            summary_zh: material.summary_zh,
            installation: self.installation,
            made_at: material.made_at,
            made_by: self.user.clone(),
            asked: material.asked,
            root_public: self.root_public.clone(),
            checkpoint: Sealed::of(material.checkpoint),
            chains: material.chains,
            absence: material.absence,
            directory,
            transitions: material.transitions.iter().map(Transition::of).collect(),
            manifest: Vec::new(),
            signature: Vec::new(),
        };
        evidence.manifest = evidence.manifest();
        evidence.signature = self.signing.sign(&evidence.statement());
        Ok(evidence)
    }

    /// The person's own entry, those under which something is `used`, and those of who vouched for them.
    pub(super) fn vouching(&self, entries: &[VouchedEntry], used: &dyn Fn(i64) -> bool) -> Result<Vec<Vouched>, KeyringError> {
        let own = self.directory_entry(&self.user).filter(|entry| entry.ed25519_public == self.signing.public());
        let own = own.ok_or_else(|| KeyringError::NotInDirectory(self.user.clone()))?;
        let officers = self.directory.iter().filter(|entry| entry.kind == "officer" && entry.name == own.signer);
        let signers: Vec<&str> = entries.iter().filter(|entry| used(entry.id)).map(|entry| entry.entry.signer.as_str()).collect();
        let needed =
            |entry: &&VouchedEntry| used(entry.id) || (entry.entry.kind == "officer" && signers.contains(&entry.entry.name.as_str()));
        let present = (MAKER..).zip(std::iter::once(own).chain(officers)).map(|(at, entry)| VouchedEntry {
            id: -at,
            entry: entry.clone(),
            root_public: self.root_public.clone(),
        });
        Ok(present.map(|entry| Vouched::of(&entry)).chain(entries.iter().filter(needed).map(Vouched::of)).collect())
    }
}

fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
