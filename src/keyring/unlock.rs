//! From wrapped bytes to a keyring: check the root, then the directory, then each wrapped key; leave out and name what does not check.

use std::collections::BTreeMap;

use super::{
    ClassKeys, Keyring, KeyringError, enrol,
    material::{DirectoryEntry, KeyMaterial, WrappedKey},
};
use crate::{
    crypto::{
        aead::FieldKey,
        blind_index::IndexKey,
        fingerprint::fingerprint,
        hpke,
        secret::{Key32, Secret},
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
            && pinned != found
        {
            return Err(KeyringError::RootFingerprint { pinned: pinned.to_owned(), found });
        }
        let (own, signing) = enrol::open(installation, &material.user, kek, &material.person)?;
        let mut problems = Vec::new();
        let directory = verified(installation, &material.root_public, material.directory, &mut problems);
        let mut keyring = Self {
            installation,
            user: material.user,
            signing,
            directory,
            roles: BTreeMap::new(),
            classes: BTreeMap::new(),
            root: None,
            problems,
        };
        let wraps: Vec<WrappedKey> = material.wraps.into_iter().filter(|wrap| keyring.accepts(wrap)).collect();
        keyring.take_roles(&own, &wraps);
        keyring.take_classes(&wraps);
        Ok(keyring)
    }

    /// Whether an officer in the verified directory signed it.
    fn accepts(&mut self, wrap: &WrappedKey) -> bool {
        let signed = self.officer(&wrap.signer).is_some_and(|officer| {
            crate::crypto::signature::verify(&officer.ed25519_public, &wrap.statement(self.installation), &wrap.signature)
        });
        if !signed {
            self.problem(wrap, "has no valid officer's signature");
        }
        signed
    }

    fn officer(&self, name: &str) -> Option<&DirectoryEntry> {
        self.directory.iter().find(|entry| entry.kind == "officer" && entry.name == name)
    }

    /// Keys of the person's own roles first, then those an officer holds through their role.
    fn take_roles(&mut self, own: &hpke::PrivateKey, wraps: &[WrappedKey]) {
        let user = self.user.clone();
        for wrap in wraps.iter().filter(|wrap| wrap.content == "role_key" && wrap.recipient_kind == "person" && wrap.recipient == user) {
            self.take_role(own, wrap);
        }
        for wrap in wraps.iter().filter(|wrap| wrap.content == "role_key" && wrap.recipient_kind == "role") {
            if let Some((_, holder)) = self.roles.get(&wrap.recipient).cloned() {
                self.take_role(&holder, wrap);
            }
        }
    }

    fn take_role(&mut self, holder: &hpke::PrivateKey, wrap: &WrappedKey) {
        let opened = self.open_wrap(holder, wrap).and_then(|seed| hpke::PrivateKey::from_seed(seed.expose()).ok());
        match opened {
            None => self.problem(wrap, "does not open"),
            Some(key) => {
                let newest = self.roles.get(&wrap.subject).is_none_or(|(generation, _)| *generation < wrap.subject_generation);
                if newest {
                    self.roles.insert(wrap.subject.clone(), (wrap.subject_generation, key));
                }
            }
        }
    }

    /// Class keys wrapped to the roles the person is a member of.
    fn take_classes(&mut self, wraps: &[WrappedKey]) {
        for wrap in wraps.iter().filter(|wrap| wrap.recipient_kind == "role" && wrap.content != "role_key") {
            let Some((_, holder)) = self.roles.get(&wrap.recipient).cloned() else { continue };
            let Some(key) = self.open_wrap(&holder, wrap).and_then(|key| Key32::from_slice(key.expose())) else {
                self.problem(wrap, "does not open");
                continue;
            };
            let Ok(epoch) = u32::try_from(wrap.subject_generation) else { continue };
            if wrap.content == "root_key" {
                self.root = Some(key);
                continue;
            }
            let class: &mut ClassKeys = self.classes.entry(wrap.subject.clone()).or_default();
            match wrap.content.as_str() {
                "value" => drop(class.value.insert(epoch, FieldKey::new(&key))),
                "mask" => drop(class.mask.insert(epoch, FieldKey::new(&key))),
                "index" => drop(class.index.insert(epoch, IndexKey::new(&key))),
                _ => self.problem(wrap, "is of an unknown kind"),
            }
        }
    }

    fn open_wrap(&self, holder: &hpke::PrivateKey, wrap: &WrappedKey) -> Option<Secret<Vec<u8>>> {
        holder.open(&wrap.info(self.installation), &wrap.sealed).ok()
    }

    fn problem(&mut self, wrap: &WrappedKey, what: &str) {
        self.problems.push(format!("{} {what}", wrap.name()));
    }
}

/// The entries whose chain to the root checks: officers by the root, everybody else by such an officer.
fn verified(installation: InstallationId, root: &[u8], entries: Vec<DirectoryEntry>, problems: &mut Vec<String>) -> Vec<DirectoryEntry> {
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
