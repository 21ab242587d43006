//! New keys in place of old ones: what an officer's client makes and wraps. Whom a key goes to is taken from the signed wraps of the old one, never from
//! what the database says somebody may have.

use std::collections::BTreeMap;

use super::{
    Keyring, KeyringError,
    material::{DirectoryEntry, PublicKeys, WrappedKey},
    officer::{OFFICER_ROLE, Recipient, signer},
};
use crate::crypto::{hpke, secret::Key32};

/// A role's next key pair: the signed directory entry, and every wrap that goes with it.
#[derive(Clone, Debug)]
pub struct NewRoleKey {
    pub entry: DirectoryEntry,
    pub wraps: Vec<WrappedKey>,
}

/// Makes a class's keys of the next epoch and wraps each to the roles that hold the newest one. Answers with the epoch and the wraps.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`]; [`KeyringError::NothingToRotate`] when no signed wrap of the class is there; [`KeyringError::NotInDirectory`] when a
/// role has no valid entry.
pub fn rotate_class(keyring: &Keyring, class: &str, wraps: &[WrappedKey]) -> Result<(i32, Vec<WrappedKey>), KeyringError> {
    let signer = signer(keyring)?;
    let signed = keyring.signed_keys_of(class, wraps);
    let newest = signed.iter().map(|wrap| wrap.subject_generation).max().ok_or_else(|| KeyringError::NothingToRotate(class.to_owned()))?;
    let epoch = newest + 1;
    let mut keys: BTreeMap<&str, Key32> = BTreeMap::new();
    let mut made = Vec::new();
    for wrap in signed.iter().filter(|wrap| wrap.subject_generation == newest) {
        let role = keyring.role_entry(&wrap.recipient)?;
        let recipient = Recipient { kind: "role", name: &role.name, generation: role.generation, public: &role.hpke_public };
        let key = keys.entry(&wrap.content).or_insert_with(Key32::random);
        made.push(signer.wrap(&recipient, &wrap.content, (class, epoch), key.expose())?);
    }
    Ok((epoch, made))
}

/// Makes a role's next key pair, wraps it to those who hold the old one but for whoever leaves, and wraps to it again all that was wrapped to the old one.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`], [`KeyringError::NoRoleKey`], [`KeyringError::NotInDirectory`]; [`KeyringError::Unopened`] names a wrap that cannot be
/// carried over.
pub fn rotate_role(keyring: &Keyring, role: &str, wraps: &[WrappedKey], leaving: Option<&str>) -> Result<NewRoleKey, KeyringError> {
    let signer = signer(keyring)?;
    let (generation, old) = keyring.role(role).ok_or_else(|| KeyringError::NoRoleKey(role.to_owned()))?;
    let next = generation + 1;
    let (private, public) = hpke::generate();
    let entry = signer.entry("role", role, next, &PublicKeys { hpke_public: public.clone(), ed25519_public: Vec::new() });
    let to_role = Recipient { kind: "role", name: role, generation: next, public: &public };
    let mut made = Vec::new();
    for wrap in wraps.iter().filter(|wrap| keyring.is_signed(wrap)) {
        let to_this_role = wrap.recipient_kind == "role" && wrap.recipient == role && wrap.recipient_generation == generation;
        let to_a_member =
            wrap.recipient_kind == "person" && wrap.content == "role_key" && wrap.subject == role && wrap.subject_generation == generation;
        if to_this_role {
            let secret = old
                .open(&wrap.info(keyring.installation), &wrap.sealed)
                .map_err(|_| KeyringError::Unopened(format!("the {}", wrap.name())))?;
            made.push(signer.wrap(&to_role, &wrap.content, (&wrap.subject, wrap.subject_generation), secret.expose())?);
        } else if to_a_member && Some(wrap.recipient.as_str()) != leaving {
            let person = keyring.directory_entry(&wrap.recipient).ok_or_else(|| KeyringError::NotInDirectory(wrap.recipient.clone()))?;
            let member = Recipient { kind: "person", name: &person.name, generation: person.generation, public: &person.hpke_public };
            made.push(signer.wrap(&member, "role_key", (role, next), private.seed().expose())?);
        } else if wrap.lends(role, generation) {
            // Roles whose members may have this one for a time.
            let other = keyring.role_entry(&wrap.recipient)?;
            let other = Recipient { kind: "role", name: &other.name, generation: other.generation, public: &other.hpke_public };
            made.push(signer.wrap(&other, "role_key", (role, next), private.seed().expose())?);
        }
    }
    if role != OFFICER_ROLE {
        let officers = keyring.role_entry(OFFICER_ROLE)?;
        let officers = Recipient { kind: "role", name: OFFICER_ROLE, generation: officers.generation, public: &officers.hpke_public };
        made.push(signer.wrap(&officers, "role_key", (role, next), private.seed().expose())?);
    }
    Ok(NewRoleKey { entry, wraps: made })
}

impl WrappedKey {
    /// Whether it gives a role's key to another role that is not the officers'.
    fn lends(&self, role: &str, generation: i32) -> bool {
        self.recipient_kind == "role"
            && self.recipient != OFFICER_ROLE
            && self.content == "role_key"
            && self.subject == role
            && self.subject_generation == generation
    }
}

impl Keyring {
    /// Those of a class's keys, as wrapped to roles, that an officer has signed.
    pub(super) fn signed_keys_of<'w>(&self, class: &str, wraps: &'w [WrappedKey]) -> Vec<&'w WrappedKey> {
        wraps.iter().filter(|wrap| wrap.is_class_key() && wrap.subject == class && self.is_signed(wrap)).collect()
    }

    /// A role's newest verified entry.
    pub(crate) fn role_entry(&self, role: &str) -> Result<&DirectoryEntry, KeyringError> {
        let entries = self.directory.iter().filter(|entry| entry.kind == "role" && entry.name == role);
        entries.max_by_key(|entry| entry.generation).ok_or_else(|| KeyringError::NotInDirectory(format!("role \"{role}\"")))
    }
}
