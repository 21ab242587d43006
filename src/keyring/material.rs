//! Keys and signatures as the database stores them, and the bytes that are signed.

use super::root::RootTransition;
use crate::{
    crypto::{canonical::Canonical, fingerprint, signature},
    model::id::InstallationId,
};

/// A person's public keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// X-Wing, 1216 bytes.
    pub hpke_public: Vec<u8>,
    /// Ed25519, 32 bytes.
    pub ed25519_public: Vec<u8>,
}

impl PublicKeys {
    /// What the person's own terminal shows and the officer compares.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint::fingerprint(&[&self.hpke_public, &self.ed25519_public])
    }
}

/// A person's keys: public halves, and the private ones wrapped under the KEK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonKeys {
    pub hpke_public: Vec<u8>,
    pub ed25519_public: Vec<u8>,
    pub wrapped_private: Vec<u8>,
}

/// A signed statement that these public keys are this person's, officer's or role's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// `person`, `officer` (a person whose signatures count) or `role`.
    pub kind: String,
    pub name: String,
    pub generation: i32,
    pub hpke_public: Vec<u8>,
    /// Empty for a role.
    pub ed25519_public: Vec<u8>,
    /// `root` for officers, an officer's user name otherwise.
    pub signer: String,
    pub signature: Vec<u8>,
}

impl DirectoryEntry {
    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        Canonical::labelled("sealdesk/directory/v1")
            .bytes(installation.0.as_bytes())
            .text(&self.kind)
            .text(&self.name)
            .bytes(&self.generation.to_be_bytes())
            .bytes(&self.hpke_public)
            .bytes(&self.ed25519_public)
            .finish()
    }

    #[must_use]
    pub fn signed_by(&self, installation: InstallationId, public: &[u8]) -> bool {
        signature::verify(public, &self.statement(installation), &self.signature)
    }
}

/// A key sealed to a person or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// `person` or `role`.
    pub recipient_kind: String,
    pub recipient: String,
    pub recipient_generation: i32,
    /// `role_key`, `value`, `mask`, `index` or `root_key`.
    pub content: String,
    /// The role or class whose key it is.
    pub subject: String,
    /// The role's generation or the class's epoch.
    pub subject_generation: i32,
    pub sealed: Vec<u8>,
    pub signer: String,
    pub signature: Vec<u8>,
}

impl WrappedKey {
    /// HPKE's `info`: a sealed key opens only as what it was sealed as.
    #[must_use]
    pub fn info(&self, installation: InstallationId) -> Vec<u8> {
        self.parts(installation).finish()
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn statement(&self, installation: InstallationId) -> Vec<u8> {
        self.parts(installation).bytes(&self.sealed).finish()
    }

    /// Whether it is a class's value, mask or index key, wrapped to a role.
    #[must_use]
    pub fn is_class_key(&self) -> bool {
        self.recipient_kind == "role" && matches!(self.content.as_str(), "value" | "mask" | "index")
    }

    /// How a problem with it is named.
    #[must_use]
    pub fn name(&self) -> String {
        format!(
            "{} key of \"{}\" ({}) wrapped for {} \"{}\"",
            self.content, self.subject, self.subject_generation, self.recipient_kind, self.recipient
        )
    }

    fn parts(&self, installation: InstallationId) -> Canonical {
        Canonical::labelled("sealdesk/wrap/v1")
            .bytes(installation.0.as_bytes())
            .text(&self.recipient_kind)
            .text(&self.recipient)
            .bytes(&self.recipient_generation.to_be_bytes())
            .text(&self.content)
            .text(&self.subject)
            .bytes(&self.subject_generation.to_be_bytes())
    }
}

/// Everything a person needs to unlock.
#[derive(Clone, Debug)]
pub struct KeyMaterial {
    pub user: String,
    pub person: PersonKeys,
    pub directory: Vec<DirectoryEntry>,
    pub wraps: Vec<WrappedKey>,
    /// Ed25519, 32 bytes.
    pub root_public: Vec<u8>,
    /// How the installation came to that root.
    pub transitions: Vec<RootTransition>,
}
