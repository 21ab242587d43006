//! Making and wrapping a person's own keys.
//!
//! ```text
//! private = HPKE seed 32 ‖ Ed25519 seed 32, wrapped under the KEK with AAD canonical("sealdesk/person-key/v1", installation 16, user)
//! ```

use zeroize::Zeroizing;

use super::{
    KeyringError,
    material::{PersonKeys, PublicKeys},
};
use crate::{
    crypto::{aead, canonical::Canonical, hpke, secret::Key32, signature::SigningKey},
    model::id::InstallationId,
};

/// A newcomer's keys, ready to be stored.
#[derive(Clone, Debug)]
pub struct NewPersonKeys {
    pub hpke_public: Vec<u8>,
    pub ed25519_public: Vec<u8>,
    pub wrapped_private: Vec<u8>,
}

impl NewPersonKeys {
    #[must_use]
    pub fn generate(installation: InstallationId, user: &str, kek: &Key32) -> Self {
        let (private, hpke_public) = hpke::generate();
        let signing = SigningKey::generate();
        let mut seeds = Zeroizing::new([0; 64]);
        seeds[..32].copy_from_slice(private.seed().expose());
        seeds[32..].copy_from_slice(signing.seed().as_ref());
        let wrapped_private = aead::wrap(kek, &aad(installation, user), seeds.as_ref());
        Self { hpke_public, ed25519_public: signing.public(), wrapped_private }
    }

    #[must_use]
    pub fn public(&self) -> PublicKeys {
        PublicKeys { hpke_public: self.hpke_public.clone(), ed25519_public: self.ed25519_public.clone() }
    }

    /// As they are stored and read again.
    #[must_use]
    pub fn stored(&self) -> PersonKeys {
        PersonKeys {
            hpke_public: self.hpke_public.clone(),
            ed25519_public: self.ed25519_public.clone(),
            wrapped_private: self.wrapped_private.clone(),
        }
    }

    /// What the person reads to the officer.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.public().fingerprint()
    }
}

/// Opens a person's own keys.
///
/// # Errors
/// [`KeyringError::OwnKeys`] when the KEK is wrong, the bytes were altered, or the public halves do not belong to the private ones.
pub(super) fn open(
    installation: InstallationId,
    user: &str,
    kek: &Key32,
    stored: &PersonKeys,
) -> Result<(hpke::PrivateKey, SigningKey), KeyringError> {
    let seeds = aead::unwrap_key(kek, &aad(installation, user), &stored.wrapped_private).map_err(|_| KeyringError::OwnKeys)?;
    let (Some(hpke_seed), Some(signing_seed)) = (seeds.expose().get(..32), seeds.expose().get(32..).and_then(Key32::from_slice)) else {
        return Err(KeyringError::OwnKeys);
    };
    let private = hpke::PrivateKey::from_seed(hpke_seed)?;
    let signing = SigningKey::from_seed(&signing_seed);
    if signing.public() != stored.ed25519_public || private.public() != stored.hpke_public {
        return Err(KeyringError::OwnKeys);
    }
    Ok((private, signing))
}

/// Wraps a person's keys again under another KEK: all that a change of passphrase needs.
///
/// # Errors
/// [`KeyringError::OwnKeys`] when the old KEK does not open them.
pub fn rewrap(
    installation: InstallationId,
    user: &str,
    old_kek: &Key32,
    new_kek: &Key32,
    stored: &PersonKeys,
) -> Result<PersonKeys, KeyringError> {
    open(installation, user, old_kek, stored)?;
    let aad = aad(installation, user);
    let seeds = aead::unwrap_key(old_kek, &aad, &stored.wrapped_private).map_err(|_| KeyringError::OwnKeys)?;
    Ok(PersonKeys { wrapped_private: aead::wrap(new_kek, &aad, seeds.expose()), ..stored.clone() })
}

fn aad(installation: InstallationId, user: &str) -> Vec<u8> {
    Canonical::labelled("sealdesk/person-key/v1").bytes(installation.0.as_bytes()).text(user).finish()
}
