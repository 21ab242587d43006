//! Sealing fields: XAES-256-GCM (C2SP, <https://c2sp.org/XAES-256-GCM>) with a random 192-bit nonce.
//!
//! ```text
//! sealed = epoch (4, big-endian) ‖ nonce (24) ‖ ciphertext of the padded plaintext ‖ tag (16)
//! AAD    = canonical("sealdesk/field/v1", purpose, installation 16, record 16, field, class, epoch 4)
//! ```

use aes_gcm::aead::{AeadInOut, KeyInit};
use thiserror::Error;
use xaes_256_gcm::{Nonce, Xaes256Gcm};
use zeroize::{Zeroize, Zeroizing};

use super::{
    canonical::Canonical,
    padding,
    secret::{Key32, Secret},
};
use crate::model::id::{InstallationId, RecordId};

const EPOCH: usize = 4;
const NONCE: usize = 24;
const TAG: usize = 16;

/// What a ciphertext is: bound into it, so that one can never stand in for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    Value,
    Mask,
    Summary,
    Note,
}

impl Purpose {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Mask => "mask",
            Self::Summary => "summary",
            Self::Note => "note",
        }
    }
}

/// Where a ciphertext belongs.
#[derive(Clone, Copy, Debug)]
pub struct FieldAad<'a> {
    pub purpose: Purpose,
    pub installation: InstallationId,
    pub record: RecordId,
    pub field: &'a str,
    pub class: &'a str,
    pub epoch: u32,
}

impl FieldAad<'_> {
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Canonical::labelled("sealdesk/field/v1")
            .text(self.purpose.name())
            .bytes(self.installation.0.as_bytes())
            .bytes(self.record.0.as_bytes())
            .text(self.field)
            .text(self.class)
            .bytes(&self.epoch.to_be_bytes())
            .finish()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    #[error("the ciphertext is too short to be one")]
    TooShort,
    #[error("the ciphertext is of epoch {found}, for which no key is held")]
    WrongEpoch { found: u32 },
    #[error("the ciphertext was altered or belongs elsewhere")]
    Forged,
}

/// A key with its cipher set up once.
pub struct FieldKey(Xaes256Gcm);

impl FieldKey {
    #[must_use]
    pub fn new(key: &Key32) -> Self {
        Self(Xaes256Gcm::new(key.expose().into()))
    }
}

/// The epoch a sealed field names, before anything is checked.
#[must_use]
pub fn epoch_of(sealed: &[u8]) -> Option<u32> {
    sealed.first_chunk::<EPOCH>().map(|bytes| u32::from_be_bytes(*bytes))
}

/// Seals one field.
#[must_use]
pub fn seal(key: &FieldKey, place: &FieldAad<'_>, plaintext: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE] = rand::random();
    let mut padded = Zeroizing::new(padding::pad(plaintext));
    let sealed = encrypt(&key.0, &nonce, &place.encode(), &mut padded);
    let mut out = Vec::with_capacity(EPOCH + NONCE + sealed.len());
    out.extend_from_slice(&place.epoch.to_be_bytes());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

/// Opens one field.
///
/// # Errors
/// [`OpenError::TooShort`], [`OpenError::WrongEpoch`] when it names another epoch than `place`, [`OpenError::Forged`] when any bit of ciphertext,
/// key or place differs.
pub fn open(key: &FieldKey, place: &FieldAad<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, OpenError> {
    if sealed.len() < EPOCH + NONCE + TAG {
        return Err(OpenError::TooShort);
    }
    let (epoch, rest) = sealed.split_at(EPOCH);
    if epoch != place.epoch.to_be_bytes() {
        return Err(OpenError::WrongEpoch { found: epoch_of(sealed).unwrap_or_default() });
    }
    let (nonce, ciphertext) = rest.split_at(NONCE);
    let mut plaintext = decrypt(&key.0, nonce, &place.encode(), ciphertext)?;
    let Some(length) = padding::unpadded_length(&plaintext) else {
        plaintext.zeroize();
        return Err(OpenError::Forged);
    };
    plaintext.truncate(length);
    Ok(Secret::new(plaintext))
}

/// Wraps key material under a key-encryption key: `nonce (24) ‖ ciphertext ‖ tag (16)`.
#[must_use]
pub fn wrap(kek: &Key32, aad: &[u8], secret: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE] = rand::random();
    let mut copy = Zeroizing::new(secret.to_vec());
    let sealed = encrypt(&Xaes256Gcm::new(kek.expose().into()), &nonce, aad, &mut copy);
    [nonce.as_slice(), &sealed].concat()
}

/// Undoes [`wrap`].
///
/// # Errors
/// As [`open`].
pub fn unwrap_key(kek: &Key32, aad: &[u8], wrapped: &[u8]) -> Result<Secret<Vec<u8>>, OpenError> {
    if wrapped.len() < NONCE + TAG {
        return Err(OpenError::TooShort);
    }
    let (nonce, ciphertext) = wrapped.split_at(NONCE);
    decrypt(&Xaes256Gcm::new(kek.expose().into()), nonce, aad, ciphertext).map(Secret::new)
}

fn encrypt(cipher: &Xaes256Gcm, nonce: &[u8; NONCE], aad: &[u8], plaintext: &mut Vec<u8>) -> Vec<u8> {
    // GCM refuses only inputs beyond 64 GiB, which nothing here can hold; should it ever, an empty ciphertext opens nowhere.
    match cipher.encrypt_inout_detached(&Nonce::from(*nonce), aad, plaintext.as_mut_slice().into()) {
        Ok(tag) => [plaintext.as_slice(), tag.as_slice()].concat(),
        Err(_) => Vec::new(),
    }
}

fn decrypt(cipher: &Xaes256Gcm, nonce: &[u8], aad: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, OpenError> {
    let (body, tag) = ciphertext.split_last_chunk::<TAG>().ok_or(OpenError::TooShort)?;
    let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| OpenError::TooShort)?;
    let mut plaintext = body.to_vec();
    cipher
        .decrypt_inout_detached(&Nonce::from(nonce), aad, plaintext.as_mut_slice().into(), &(*tag).into())
        .map_err(|_| OpenError::Forged)?;
    Ok(plaintext)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place() -> FieldAad<'static> {
        FieldAad {
            purpose: Purpose::Value,
            installation: InstallationId(Uuid::from_u128(1)),
            record: RecordId(Uuid::from_u128(2)),
            field: "phone",
            class: "contact",
            epoch: 1,
        }
    }

    #[test]
    fn a_sealed_field_opens_in_its_place() {
        let key = FieldKey::new(&Key32::random());
        let sealed = seal(&key, &place(), b"13812345678");
        assert_eq!(open(&key, &place(), &sealed).unwrap().expose(), b"13812345678");
    }

    #[test]
    fn a_field_moved_elsewhere_does_not_open() {
        let key = FieldKey::new(&Key32::random());
        let sealed = seal(&key, &place(), b"13812345678");
        for elsewhere in [
            FieldAad { record: RecordId(Uuid::from_u128(3)), ..place() },
            FieldAad { installation: InstallationId(Uuid::from_u128(3)), ..place() },
            FieldAad { field: "email", ..place() },
            FieldAad { class: "identity", ..place() },
            FieldAad { purpose: Purpose::Mask, ..place() },
        ] {
            assert_eq!(open(&key, &elsewhere, &sealed).unwrap_err(), OpenError::Forged);
        }
        assert_eq!(open(&key, &FieldAad { epoch: 2, ..place() }, &sealed).unwrap_err(), OpenError::WrongEpoch { found: 1 });
    }

    #[test]
    fn one_flipped_bit_anywhere_is_noticed() {
        let key = FieldKey::new(&Key32::random());
        let sealed = seal(&key, &place(), b"13812345678");
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(open(&key, &place(), &altered).is_err(), "byte {index}");
        }
    }
}
