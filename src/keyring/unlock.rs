//! From wrapped bytes to a keyring: check the root, then the directory, then each wrapped key; leave out and name what does not check.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ClassKeys, Keyring, KeyringError, enrol,
    material::{DirectoryEntry, KeyMaterial, WrappedKey},
    officer::OFFICER_ROLE,
    root::{accepted, follow},
};
use crate::{
    crypto::{
        aead::FieldKey,
        blind_index::IndexKey,
        fingerprint::fingerprint,
        hpke,
        secret::{Key32, Secret},
        signature::{self, SigningKey},
    },
    model::id::InstallationId,
};

impl Keyring {
    /// Unlocks.
    ///
    /// # Errors
    /// [`KeyringError::RootFingerprint`] when the root is not the pinned one; [`KeyringError::OwnKeys`] when the person's own keys do not open.
    pub fn unlock(
        installation: InstallationId,
        pinned_root: Option<&str>,
        kek: &Key32,
        material: KeyMaterial,
    ) -> Result<Self, KeyringError> {
        let found = fingerprint(&[&material.root_public]);
        if let Some(pinned) = pinned_root
            && !pinned.trim().eq_ignore_ascii_case(&found)
        {
            return Err(other_root(installation, pinned.to_owned(), found, &material));
        }
        let (own, signing) = enrol::open(installation, &material.user, kek, &material.person)?;
        Ok(Self::assemble(installation, own, signing, material))
    }

    /// The same person's keyring from newer material: after a rotation, a grant or a revocation, without the passphrase.
    ///
    /// # Errors
    /// [`KeyringError::RootFingerprint`] or [`KeyringError::OwnKeys`] when root or own keys are others than before.
    pub fn renew(&self, material: KeyMaterial) -> Result<Self, KeyringError> {
        if material.root_public != self.root_public {
            let (pinned, found) = (fingerprint(&[&self.root_public]), fingerprint(&[&material.root_public]));
            return Err(other_root(self.installation, pinned, found, &material));
        }
        if material.user != self.user
            || material.person.hpke_public != self.own.public()
            || material.person.ed25519_public != self.signing.public()
        {
            return Err(KeyringError::OwnKeys);
        }
        Ok(Self::assemble(self.installation, self.own.clone(), self.signing.clone(), material))
    }

    fn assemble(installation: InstallationId, own: hpke::PrivateKey, signing: SigningKey, material: KeyMaterial) -> Self {
        let mut problems = Vec::new();
        let directory = verified(installation, &material.root_public, material.directory, &mut problems);
        let mut keyring = Self {
            installation,
            user: material.user,
            own,
            signing,
            accepted_roots: accepted(installation, &material.root_public, &material.transitions),
            root_public: material.root_public,
            directory,
            roles: BTreeMap::new(),
            classes: BTreeMap::new(),
            root: None,
            problems,
        };
        let wraps: Vec<WrappedKey> = material.wraps.into_iter().filter(|wrap| keyring.accepts(wrap)).collect();
        let own = keyring.own.clone();
        let member_of = keyring.take_roles(&own, &wraps);
        keyring.take_classes(&member_of, &wraps);
        keyring
    }

    /// Keys of one class in every epoch, opened with the role keys that an officer keeps for others: for re-encryption, and for nothing else. It is
    /// dropped, and wiped, when that is done.
    #[must_use]
    pub fn for_reencryption(&self, classes: &BTreeSet<&str>, wraps: Vec<WrappedKey>) -> Self {
        let mut custody = Self {
            installation: self.installation,
            user: self.user.clone(),
            own: self.own.clone(),
            signing: self.signing.clone(),
            root_public: self.root_public.clone(),
            accepted_roots: self.accepted_roots.clone(),
            directory: self.directory.clone(),
            roles: self.roles.clone(),
            classes: BTreeMap::new(),
            root: None,
            problems: Vec::new(),
        };
        let of_class = |wrap: &WrappedKey| wrap.is_class_key() && classes.contains(wrap.subject.as_str());
        let wraps: Vec<WrappedKey> = wraps.into_iter().filter(|wrap| of_class(wrap) && custody.accepts(wrap)).collect();
        let roles = wraps.iter().map(|wrap| wrap.recipient.clone()).collect();
        custody.take_classes(&roles, &wraps);
        custody
    }

    /// Whether an officer in the verified directory signed it.
    fn accepts(&mut self, wrap: &WrappedKey) -> bool {
        let signed = self.is_signed(wrap);
        if !signed {
            self.problem(wrap, "has no valid officer's signature");
        }
        signed
    }

    pub(super) fn is_signed(&self, wrap: &WrappedKey) -> bool {
        let statement = wrap.statement(self.installation);
        self.officers(&wrap.signer).any(|officer| signature::verify(&officer.ed25519_public, &statement, &wrap.signature))
    }

    /// Whether an entry's chain to the root checks, wherever the entry comes from.
    pub(super) fn vouched_for(&self, entry: &DirectoryEntry) -> bool {
        match entry.kind.as_str() {
            "officer" => self.directory.contains(entry),
            "person" => self.officers(&entry.signer).any(|officer| entry.signed_by(self.installation, &officer.ed25519_public)),
            _ => false,
        }
    }

    /// An officer who enrolled again has an entry for each generation of keys: what the earlier ones signed stays valid.
    pub(super) fn officers(&self, name: &str) -> impl Iterator<Item = &DirectoryEntry> {
        self.directory.iter().filter(move |entry| entry.kind == "officer" && entry.name == name)
    }

    /// Keys of the person's own roles first, then those that lie wrapped to a role: an officer keeps every role's for others, anybody else has
    /// one only while they have that role for a time. Answers with the roles the person has.
    fn take_roles(&mut self, own: &hpke::PrivateKey, wraps: &[WrappedKey]) -> BTreeSet<String> {
        let mut member_of = BTreeSet::new();
        let role_keys = |kind: &'static str| wraps.iter().filter(move |wrap| wrap.content == "role_key" && wrap.recipient_kind == kind);
        for wrap in role_keys("person") {
            if wrap.recipient == self.user && self.take_role(own, wrap) {
                member_of.insert(wrap.subject.clone());
            }
        }
        let mut for_a_time = BTreeSet::new();
        for wrap in role_keys("role") {
            if member_of.contains(&wrap.recipient)
                && let Some(holder) = self.holder(wrap)
                && self.take_role(&holder, wrap)
                && wrap.recipient != OFFICER_ROLE
            {
                for_a_time.insert(wrap.subject.clone());
            }
        }
        member_of.extend(for_a_time);
        member_of
    }

    fn take_role(&mut self, holder: &hpke::PrivateKey, wrap: &WrappedKey) -> bool {
        let Some(key) = self.open_wrap(holder, wrap).and_then(|seed| hpke::PrivateKey::from_seed(seed.expose()).ok()) else {
            self.problem(wrap, "does not open");
            return false;
        };
        // What is wrapped for this role later goes to the directory's key: holding another one would be noticed only when it is too late.
        let public = key.public();
        let known = self.directory.iter().any(|entry| {
            entry.kind == "role" && entry.name == wrap.subject && entry.generation == wrap.subject_generation && entry.hpke_public == public
        });
        if !known {
            self.problem(wrap, "is not the key that the signed directory names");
            return false;
        }
        self.roles.insert((wrap.subject.clone(), wrap.subject_generation), key);
        true
    }

    /// Class keys wrapped to the roles the person is a member of. What an officer could open with the role keys kept for others is not taken:
    /// a right that the person does not have is a key that is not here.
    fn take_classes(&mut self, member_of: &BTreeSet<String>, wraps: &[WrappedKey]) {
        for wrap in wraps.iter().filter(|wrap| wrap.recipient_kind == "role" && wrap.content != "role_key") {
            if !member_of.contains(&wrap.recipient) {
                continue;
            }
            let key = self.holder(wrap).and_then(|holder| self.open_wrap(&holder, wrap)).and_then(|key| Key32::from_slice(key.expose()));
            let (Some(key), Ok(epoch)) = (key, u32::try_from(wrap.subject_generation)) else {
                self.problem(wrap, "does not open");
                continue;
            };
            match wrap.content.as_str() {
                "root_key" if SigningKey::from_seed(&key).public() == self.root_public => self.root = Some(key),
                "root_key" => self.problem(wrap, "is not the root's"),
                "value" => drop(self.class(wrap).value.insert(epoch, FieldKey::new(&key))),
                "mask" => drop(self.class(wrap).mask.insert(epoch, FieldKey::new(&key))),
                "index" => drop(self.class(wrap).index.insert(epoch, IndexKey::new(&key))),
                _ => self.problem(wrap, "is of an unknown kind"),
            }
        }
    }

    fn class(&mut self, wrap: &WrappedKey) -> &mut ClassKeys {
        self.classes.entry(wrap.subject.clone()).or_default()
    }

    /// The role key that a wrap was made for.
    pub(super) fn holder(&self, wrap: &WrappedKey) -> Option<hpke::PrivateKey> {
        self.roles.get(&(wrap.recipient.clone(), wrap.recipient_generation)).cloned()
    }

    pub(super) fn open_wrap(&self, holder: &hpke::PrivateKey, wrap: &WrappedKey) -> Option<Secret<Vec<u8>>> {
        holder.open(&wrap.info(self.installation), &wrap.sealed).ok()
    }

    fn problem(&mut self, wrap: &WrappedKey, what: &str) {
        self.problems.push(format!("{} {what}", wrap.name()));
    }
}

/// Another root than was expected: exchanged by an officer, or simply another one.
fn other_root(installation: InstallationId, pinned: String, found: String, material: &KeyMaterial) -> KeyringError {
    match follow(installation, &pinned, &material.root_public, &material.transitions) {
        Some(transition) => KeyringError::RootExchanged { pinned, found, by: transition.by.clone() },
        None => KeyringError::RootFingerprint { pinned, found },
    }
}

/// Names every directory entry and wrapped key without a valid chain to the root, for whoever looks after the database. Needs no secret.
#[must_use]
pub fn without_chain(
    installation: InstallationId,
    root_public: &[u8],
    directory: Vec<DirectoryEntry>,
    wraps: &[WrappedKey],
) -> Vec<String> {
    let mut problems = Vec::new();
    let directory = verified(installation, root_public, directory, &mut problems);
    let signed = |wrap: &&WrappedKey| {
        let mut officers = directory.iter().filter(|entry| entry.kind == "officer" && entry.name == wrap.signer);
        officers.any(|officer| signature::verify(&officer.ed25519_public, &wrap.statement(installation), &wrap.signature))
    };
    problems.extend(wraps.iter().filter(|wrap| !signed(wrap)).map(|wrap| format!("{} has no valid officer's signature", wrap.name())));
    problems
}

/// The entries whose chain to the root checks: officers by the root, everybody else by such an officer.
pub(super) fn verified(
    installation: InstallationId,
    root: &[u8],
    entries: Vec<DirectoryEntry>,
    problems: &mut Vec<String>,
) -> Vec<DirectoryEntry> {
    let (officers, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.kind == "officer");
    let mut good: Vec<DirectoryEntry> = Vec::new();
    let mut reject =
        |entry: &DirectoryEntry| problems.push(format!("directory entry of {} \"{}\" has no valid signature", entry.kind, entry.name));
    for entry in officers {
        if entry.signer == "root" && entry.signed_by(installation, root) {
            good.push(entry);
        } else {
            reject(&entry);
        }
    }
    let signers: Vec<(String, Vec<u8>)> = good.iter().map(|officer| (officer.name.clone(), officer.ed25519_public.clone())).collect();
    for entry in others {
        let signed = signers.iter().any(|(name, public)| *name == entry.signer && entry.signed_by(installation, public));
        if signed {
            good.push(entry);
        } else {
            reject(&entry);
        }
    }
    good
}
