//! What only a security officer's keys can do: sign the directory, wrap keys for others, and found an installation.

use std::collections::BTreeMap;

use super::{
    Keyring, KeyringError,
    material::{DirectoryEntry, PublicKeys, WrappedKey},
};
use crate::{
    crypto::{fingerprint::fingerprint, hpke, secret::Key32, signature::SigningKey},
    model::{catalogue::Rights, id::InstallationId},
};

/// The role whose members hold every role's key, to wrap it for others.
pub const OFFICER_ROLE: &str = "security_officer";

/// Everything a new installation stores about keys. Nothing in it is secret.
#[derive(Clone, Debug)]
pub struct NewInstallation {
    pub root_public: Vec<u8>,
    pub root_fingerprint: String,
    pub directory: Vec<DirectoryEntry>,
    pub wraps: Vec<WrappedKey>,
}

/// Founds an installation: root key, first officer, one key pair per role, three keys per class, each wrapped where a right says so.
///
/// # Errors
/// [`KeyringError::Hpke`] when the officer's public key is malformed.
pub fn create_installation(
    installation: InstallationId,
    officer: &str,
    officer_kek: &Key32,
    officer_keys: &super::material::PersonKeys,
    roles: &[String],
    rights: &[(String, String, Rights)],
) -> Result<NewInstallation, KeyringError> {
    let (_, signing) = super::enrol::open(installation, officer, officer_kek, officer_keys)?;
    let root = SigningKey::generate();
    let signer = Signer { installation, name: officer, key: &signing };

    let mut entry = DirectoryEntry {
        kind: "officer".into(),
        name: officer.into(),
        generation: 1,
        hpke_public: officer_keys.hpke_public.clone(),
        ed25519_public: officer_keys.ed25519_public.clone(),
        signer: "root".into(),
        signature: Vec::new(),
    };
    entry.signature = root.sign(&entry.statement(installation));
    let mut directory = vec![entry];
    let mut wraps = Vec::new();

    let mut public: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let mut private: BTreeMap<&str, hpke::PrivateKey> = BTreeMap::new();
    for role in roles {
        let (key, role_public) = hpke::generate();
        directory.push(signer.entry("role", role, role_public.clone(), Vec::new()));
        public.insert(role, role_public);
        private.insert(role, key);
    }
    let Some(officer_role) = public.get(OFFICER_ROLE) else { return Err(KeyringError::NoRoleKey(OFFICER_ROLE.into())) };
    for (role, key) in &private {
        let (recipient_kind, recipient, to) =
            if *role == OFFICER_ROLE { ("person", officer, &officer_keys.hpke_public) } else { ("role", OFFICER_ROLE, officer_role) };
        wraps.push(signer.wrap(recipient_kind, recipient, to, "role_key", role, key.seed().expose())?);
    }
    wraps.push(signer.wrap("role", OFFICER_ROLE, officer_role, "root_key", "root", root.seed().as_ref())?);

    let mut classes: Vec<&str> = rights.iter().map(|(_, class, _)| class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        let keys = [("value", Key32::random()), ("mask", Key32::random()), ("index", Key32::random())];
        for (role, _, right) in rights.iter().filter(|(_, of, _)| of == class) {
            let to = public.get(role.as_str()).ok_or_else(|| KeyringError::NoRoleKey(role.clone()))?;
            for (content, key) in &keys {
                if needs(*right, content) {
                    wraps.push(signer.wrap("role", role, to, content, class, key.expose())?);
                }
            }
        }
    }
    Ok(NewInstallation { root_fingerprint: fingerprint(&[&root.public()]), root_public: root.public(), directory, wraps })
}

/// Signs a person's keys into the directory.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`].
pub fn sign_person(keyring: &Keyring, login: &str, keys: &PublicKeys) -> Result<DirectoryEntry, KeyringError> {
    let signer = signer(keyring)?;
    Ok(signer.entry("person", login, keys.hpke_public.clone(), keys.ed25519_public.clone()))
}

/// Wraps a role's key for a person in the directory.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`], [`KeyringError::NoRoleKey`].
pub fn wrap_role_for_person(keyring: &Keyring, role: &str, person: &DirectoryEntry) -> Result<WrappedKey, KeyringError> {
    let (_, key) = keyring.roles.get(role).ok_or_else(|| KeyringError::NoRoleKey(role.to_owned()))?;
    signer(keyring)?.wrap("person", &person.name, &person.hpke_public, "role_key", role, key.seed().expose())
}

fn signer(keyring: &Keyring) -> Result<Signer<'_>, KeyringError> {
    let officer = keyring.directory.iter().any(|entry| entry.kind == "officer" && entry.name == keyring.user);
    if !officer {
        return Err(KeyringError::NotAnOfficer);
    }
    Ok(Signer { installation: keyring.installation, name: &keyring.user, key: &keyring.signing })
}

/// Which keys a right needs: search the index key, masked the mask key, reveal the value key, edit all three.
fn needs(right: Rights, content: &str) -> bool {
    right.edit
        || match content {
            "value" => right.reveal,
            "mask" => right.masked,
            _ => right.search,
        }
}

struct Signer<'a> {
    installation: InstallationId,
    name: &'a str,
    key: &'a SigningKey,
}

impl Signer<'_> {
    fn entry(&self, kind: &str, name: &str, hpke_public: Vec<u8>, ed25519_public: Vec<u8>) -> DirectoryEntry {
        let mut entry = DirectoryEntry {
            kind: kind.into(),
            name: name.into(),
            generation: 1,
            hpke_public,
            ed25519_public,
            signer: self.name.into(),
            signature: Vec::new(),
        };
        entry.signature = self.key.sign(&entry.statement(self.installation));
        entry
    }

    fn wrap(
        &self,
        recipient_kind: &str,
        recipient: &str,
        to: &[u8],
        content: &str,
        subject: &str,
        secret: &[u8],
    ) -> Result<WrappedKey, KeyringError> {
        let mut wrap = WrappedKey {
            recipient_kind: recipient_kind.into(),
            recipient: recipient.into(),
            recipient_generation: 1,
            content: content.into(),
            subject: subject.into(),
            subject_generation: 1,
            sealed: Vec::new(),
            signer: self.name.into(),
            signature: Vec::new(),
        };
        wrap.sealed = hpke::seal(to, &wrap.info(self.installation), secret)?;
        wrap.signature = self.key.sign(&wrap.statement(self.installation));
        Ok(wrap)
    }
}
