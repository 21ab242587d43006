//! Sealing keys to people and roles: HPKE (RFC 9180), base mode, with X-Wing (X25519 + ML-KEM-768), HKDF-SHA256 and AES-256-GCM.
//!
//! ```text
//! sealed = encapsulated key (1120) ‖ ciphertext ‖ tag (16)
//! ```
//! HPKE's base mode does not say who sealed: the keyring accepts a sealed key only with an officer's signature beside it.

use hpke::{Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::AesGcm256, kdf::HkdfSha256, kem::XWing};
use thiserror::Error;

use super::secret::Secret;

type Public = <XWing as hpke::Kem>::PublicKey;
type Private = <XWing as hpke::Kem>::PrivateKey;
type Encapsulated = <XWing as hpke::Kem>::EncappedKey;

const ENCAPSULATED: usize = 1120;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HpkeError {
    #[error("the public key is malformed")]
    PublicKey,
    #[error("the private key is malformed")]
    PrivateKey,
    #[error("the sealed key was altered or is for somebody else")]
    Open,
}

/// A private key; its seed of 32 bytes is what gets stored, wrapped.
#[derive(Clone)]
pub struct PrivateKey {
    key: Private,
    seed: Secret<Vec<u8>>,
}

/// A fresh pair: the private key and the public key's 1216 bytes.
#[must_use]
pub fn generate() -> (PrivateKey, Vec<u8>) {
    let (key, public) = XWing::gen_keypair();
    let seed = Secret::new(key.to_bytes().to_vec());
    (PrivateKey { key, seed }, public.to_bytes().to_vec())
}

impl PrivateKey {
    /// # Errors
    /// [`HpkeError::PrivateKey`] unless there are 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, HpkeError> {
        let key = Private::from_bytes(seed).map_err(|_| HpkeError::PrivateKey)?;
        Ok(Self { key, seed: Secret::new(seed.to_vec()) })
    }

    #[must_use]
    pub fn seed(&self) -> &Secret<Vec<u8>> {
        &self.seed
    }

    /// The public half, to compare with what a directory says it is.
    #[must_use]
    pub fn public(&self) -> Vec<u8> {
        XWing::sk_to_pk(&self.key).to_bytes().to_vec()
    }

    /// Opens what was sealed to this key's public half with the same `info`.
    ///
    /// # Errors
    /// [`HpkeError::Open`].
    pub fn open(&self, info: &[u8], sealed: &[u8]) -> Result<Secret<Vec<u8>>, HpkeError> {
        if sealed.len() < ENCAPSULATED {
            return Err(HpkeError::Open);
        }
        let (encapsulated, ciphertext) = sealed.split_at(ENCAPSULATED);
        let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| HpkeError::Open)?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(&OpModeR::Base, &self.key, &encapsulated, info, ciphertext, &[])
            .map(Secret::new)
            .map_err(|_| HpkeError::Open)
    }
}

/// Seals to a public key.
///
/// # Errors
/// [`HpkeError::PublicKey`].
pub fn seal(public: &[u8], info: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, HpkeError> {
    let public = Public::from_bytes(public).map_err(|_| HpkeError::PublicKey)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, XWing>(&OpModeS::Base, &public, info, plaintext, &[])
        .map_err(|_| HpkeError::PublicKey)?;
    Ok([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flipped_bit_anywhere_is_noticed() {
        let (private, public) = generate();
        assert_eq!((public.len(), private.public()), (1216, public.clone()));
        let sealed = seal(&public, b"info", &[7; 32]).unwrap();
        assert_eq!(sealed.len(), ENCAPSULATED + 32 + 16);
        // Every 37th byte touches ML-KEM's, X25519's and AES-GCM's parts alike.
        for index in (0..sealed.len()).step_by(37).chain([ENCAPSULATED - 1, ENCAPSULATED, sealed.len() - 1]) {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(private.open(b"info", &altered).is_err(), "byte {index}");
        }
        assert!(private.open(b"info", &sealed[..ENCAPSULATED]).is_err());
        assert!(private.open(b"info", &[]).is_err());
        assert_eq!(seal(&public[1..], b"info", b"key").unwrap_err(), HpkeError::PublicKey);
        assert!(PrivateKey::from_seed(&[0; 31]).is_err());
    }

    #[test]
    fn a_sealed_key_opens_for_its_recipient_and_purpose_only() {
        let (private, public) = generate();
        let sealed = seal(&public, b"info", b"key").unwrap();
        let again = PrivateKey::from_seed(private.seed().expose()).unwrap();
        assert_eq!(again.open(b"info", &sealed).unwrap().expose(), b"key");
        assert!(private.open(b"other", &sealed).is_err());
        assert!(generate().0.open(b"info", &sealed).is_err());
    }
}
