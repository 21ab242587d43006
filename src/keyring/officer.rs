//! What only a security officer's keys can do: sign the directory, wrap keys for others, and found an installation.

use std::collections::BTreeMap;

use super::{
    Keyring, KeyringError,
    catalogue::CatalogueStatement,
    material::{DirectoryEntry, PublicKeys, WrappedKey},
};
use crate::{
    crypto::{fingerprint::fingerprint, hpke, secret::Key32, signature::SigningKey},
    model::{catalogue::Rights, id::InstallationId, signed_catalogue::SignedCatalogue},
};

/// The role whose members hold every role's key, to wrap it for others.
pub const OFFICER_ROLE: &str = "security_officer";
/// How the directory names the root key as a signer.
pub(super) const ROOT: &str = "root";
/// Generation of a new key and epoch of a new class.
pub(super) const FIRST: i32 = 1;

/// Everything a new installation stores about keys. Nothing in it is secret.
#[derive(Clone, Debug)]
pub struct NewInstallation {
    pub root_public: Vec<u8>,
    pub root_fingerprint: String,
    pub directory: Vec<DirectoryEntry>,
    pub wraps: Vec<WrappedKey>,
    pub catalogue: CatalogueStatement,
}

/// What an installation begins with.
pub struct Founding<'a> {
    pub roles: &'a [String],
    /// Role, class and what the one may do with the other.
    pub rights: &'a [(String, String, Rights)],
    /// Pairs of roles: the first one's members may have the second for a time.
    pub lent: &'a [(&'a str, &'a str)],
    pub catalogue: &'a SignedCatalogue,
}

/// Founds an installation: root key, first officer, one key pair per role, three keys per class, each wrapped where a right says so, and the first
/// statement about the catalogue.
///
/// # Errors
/// [`KeyringError::Hpke`] when the officer's public key is malformed.
pub fn create_installation(
    installation: InstallationId,
    officer: &str,
    officer_kek: &Key32,
    officer_keys: &super::material::PersonKeys,
    founding: &Founding<'_>,
) -> Result<NewInstallation, KeyringError> {
    let Founding { roles, rights, lent, catalogue } = *founding;
    let (_, signing) = super::enrol::open(installation, officer, officer_kek, officer_keys)?;
    let root = SigningKey::generate();
    let signer = Signer { installation, name: officer, key: &signing };

    let root_signer = Signer { installation, name: ROOT, key: &root };
    let public = PublicKeys { hpke_public: officer_keys.hpke_public.clone(), ed25519_public: officer_keys.ed25519_public.clone() };
    let mut directory = vec![root_signer.entry("officer", officer, FIRST, &public)];
    let mut wraps = Vec::new();

    let mut public: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let mut private: BTreeMap<&str, hpke::PrivateKey> = BTreeMap::new();
    for role in roles {
        let (key, role_public) = hpke::generate();
        let keys = PublicKeys { hpke_public: role_public.clone(), ed25519_public: Vec::new() };
        directory.push(signer.entry("role", role, FIRST, &keys));
        public.insert(role, role_public);
        private.insert(role, key);
    }
    let Some(officer_role) = public.get(OFFICER_ROLE) else { return Err(KeyringError::NoRoleKey(OFFICER_ROLE.into())) };
    let officer_role = Recipient { kind: "role", name: OFFICER_ROLE, generation: FIRST, public: officer_role };
    let first_officer = Recipient { kind: "person", name: officer, generation: FIRST, public: &officer_keys.hpke_public };
    for (role, key) in &private {
        let recipient = if *role == OFFICER_ROLE { &first_officer } else { &officer_role };
        wraps.push(signer.wrap(recipient, "role_key", (role, FIRST), key.seed().expose())?);
    }
    for (role, target) in lent {
        let to = public.get(role).ok_or_else(|| KeyringError::NoRoleKey((*role).to_owned()))?;
        let key = private.get(target).ok_or_else(|| KeyringError::NoRoleKey((*target).to_owned()))?;
        let to = Recipient { kind: "role", name: role, generation: FIRST, public: to };
        wraps.push(signer.wrap(&to, "role_key", (target, FIRST), key.seed().expose())?);
    }
    wraps.push(signer.wrap(&officer_role, "root_key", (ROOT, FIRST), root.seed().as_ref())?);

    let mut classes: Vec<&str> = rights.iter().map(|(_, class, _)| class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        let keys = [("value", Key32::random()), ("mask", Key32::random()), ("index", Key32::random())];
        for (role, _, right) in rights.iter().filter(|(_, of, _)| of == class) {
            let to = public.get(role.as_str()).ok_or_else(|| KeyringError::NoRoleKey(role.clone()))?;
            let to = Recipient { kind: "role", name: role, generation: FIRST, public: to };
            for (content, key) in &keys {
                if needs(*right, content) {
                    wraps.push(signer.wrap(&to, content, (class, FIRST), key.expose())?);
                }
            }
        }
    }
    let catalogue = signer.catalogue(1, None, catalogue)?;
    Ok(NewInstallation { root_fingerprint: fingerprint(&[&root.public()]), root_public: root.public(), directory, wraps, catalogue })
}

/// Signs a person's keys into the directory.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`].
pub fn sign_person(keyring: &Keyring, login: &str, keys: &PublicKeys) -> Result<DirectoryEntry, KeyringError> {
    Ok(signer(keyring)?.entry("person", login, FIRST, keys))
}

/// Signs another officer into the directory, with the installation's root key: from then on that person's signatures count. Keys made
/// anew take the next generation.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`] unless the root key is held.
pub fn sign_officer(keyring: &Keyring, login: &str, generation: i32, keys: &PublicKeys) -> Result<DirectoryEntry, KeyringError> {
    signer(keyring)?;
    let root = SigningKey::from_seed(keyring.root.as_ref().ok_or(KeyringError::NotAnOfficer)?);
    let signer = Signer { installation: keyring.installation, name: ROOT, key: &root };
    Ok(signer.entry("officer", login, generation, keys))
}

/// Wraps a role's newest key for a person whose entry is signed by an officer of the verified directory. The entry may come from the database:
/// its chain is checked here again, so that nobody can have a key wrapped to a public key of their own.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`], [`KeyringError::NoRoleKey`], [`KeyringError::NotInDirectory`].
pub fn wrap_role_for_person(keyring: &Keyring, role: &str, person: &DirectoryEntry) -> Result<WrappedKey, KeyringError> {
    let signer = signer(keyring)?;
    let (generation, key) = keyring.role(role).ok_or_else(|| KeyringError::NoRoleKey(role.to_owned()))?;
    if !keyring.vouched_for(person) {
        return Err(KeyringError::NotInDirectory(person.name.clone()));
    }
    let recipient = Recipient { kind: "person", name: &person.name, generation: person.generation, public: &person.hpke_public };
    signer.wrap(&recipient, "role_key", (role, generation), key.seed().expose())
}

/// Wraps a role's newest key to another role, whose members may have it for a time. The database hands it out while they do.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`], [`KeyringError::NoRoleKey`], [`KeyringError::NotInDirectory`].
pub fn lend_role(keyring: &Keyring, role: &str, target: &str) -> Result<WrappedKey, KeyringError> {
    let signer = signer(keyring)?;
    let (generation, key) = keyring.role(target).ok_or_else(|| KeyringError::NoRoleKey(target.to_owned()))?;
    let entry = keyring.role_entry(role)?;
    let recipient = Recipient { kind: "role", name: &entry.name, generation: entry.generation, public: &entry.hpke_public };
    signer.wrap(&recipient, "role_key", (target, generation), key.seed().expose())
}

/// A new role's signed entry, and its key wrapped for the officers, who wrap it on to whom they grant the role.
///
/// # Errors
/// [`KeyringError::NotAnOfficer`], [`KeyringError::NotInDirectory`].
pub fn new_role(keyring: &Keyring, role: &str) -> Result<(DirectoryEntry, WrappedKey), KeyringError> {
    let signer = signer(keyring)?;
    let (private, public) = hpke::generate();
    let entry = signer.entry("role", role, FIRST, &PublicKeys { hpke_public: public, ed25519_public: Vec::new() });
    let officers = keyring.role_entry(OFFICER_ROLE)?;
    let officers = Recipient { kind: "role", name: OFFICER_ROLE, generation: officers.generation, public: &officers.hpke_public };
    let wrap = signer.wrap(&officers, "role_key", (role, FIRST), private.seed().expose())?;
    Ok((entry, wrap))
}

impl Keyring {
    /// Whether this person's signatures count as an officer's.
    #[must_use]
    pub fn is_officer(&self) -> bool {
        let public = self.signing.public();
        self.directory.iter().any(|entry| entry.kind == "officer" && entry.name == self.user && entry.ed25519_public == public)
    }
}

pub(super) fn signer(keyring: &Keyring) -> Result<Signer<'_>, KeyringError> {
    if !keyring.is_officer() {
        return Err(KeyringError::NotAnOfficer);
    }
    Ok(Signer { installation: keyring.installation, name: &keyring.user, key: &keyring.signing })
}

/// Which keys a right needs: search the index key, masked the mask key, reveal the value key, edit all three.
pub(super) fn needs(right: Rights, content: &str) -> bool {
    right.edit
        || match content {
            "value" => right.reveal,
            "mask" => right.masked,
            _ => right.search,
        }
}

pub(super) struct Signer<'a> {
    pub installation: InstallationId,
    pub name: &'a str,
    pub key: &'a SigningKey,
}

/// Whom a key is sealed to.
pub(super) struct Recipient<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub generation: i32,
    pub public: &'a [u8],
}

impl Signer<'_> {
    pub(super) fn entry(&self, kind: &str, name: &str, generation: i32, keys: &PublicKeys) -> DirectoryEntry {
        let mut entry = DirectoryEntry {
            kind: kind.into(),
            name: name.into(),
            generation,
            hpke_public: keys.hpke_public.clone(),
            ed25519_public: keys.ed25519_public.clone(),
            signer: self.name.into(),
            signature: Vec::new(),
        };
        entry.signature = self.key.sign(&entry.statement(self.installation));
        entry
    }

    pub(super) fn sign(&self, statement: &[u8]) -> Vec<u8> {
        self.key.sign(statement)
    }

    /// The same sealed key under this signer's signature.
    pub(super) fn resigned(&self, wrap: &WrappedKey) -> WrappedKey {
        let signature = self.key.sign(&wrap.statement(self.installation));
        WrappedKey { signer: self.name.into(), signature, ..wrap.clone() }
    }

    pub(super) fn wrap(
        &self,
        recipient: &Recipient<'_>,
        content: &str,
        subject: (&str, i32),
        secret: &[u8],
    ) -> Result<WrappedKey, KeyringError> {
        let mut wrap = WrappedKey {
            recipient_kind: recipient.kind.into(),
            recipient: recipient.name.into(),
            recipient_generation: recipient.generation,
            content: content.into(),
            subject: subject.0.into(),
            subject_generation: subject.1,
            sealed: Vec::new(),
            signer: self.name.into(),
            signature: Vec::new(),
        };
        wrap.sealed = hpke::seal(recipient.public, &wrap.info(self.installation), secret)?;
        wrap.signature = self.key.sign(&wrap.statement(self.installation));
        Ok(wrap)
    }
}
