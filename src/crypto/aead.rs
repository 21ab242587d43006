//! Sealing fields: XAES-256-GCM (C2SP, <https://c2sp.org/XAES-256-GCM>) with a random 192-bit nonce.
//!
//! ```text
//! sealed = epoch (4, big-endian) ‖ nonce (24) ‖ ciphertext of the padded plaintext ‖ tag (16)
//! AAD    = canonical("sealdesk/field/v1", purpose, installation 16, record 16, field, class, epoch 4)
//! ```

use aes_gcm::aead::{AeadInOut, KeyInit};
use thiserror::Error;
use xaes_256_gcm::{Nonce, Xaes256Gcm};
use zeroize::Zeroize;

use super::{
    canonical::Canonical,
    padding,
    secret::{Key32, Secret},
};
use crate::model::id::{InstallationId, RecordId};

const EPOCH: usize = 4;
const NONCE: usize = 24;
const TAG: usize = 16;
/// Bytes of the associated data besides field and class: seven lengths, the label, the longest purpose, two ids, the epoch.
const FIXED_PARTS: usize = 7 * 4 + 17 + 7 + 2 * 16 + 4;

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
        // A list page opens hundreds of fields: one allocation for each, of the right size.
        Canonical::with_capacity(FIXED_PARTS + self.field.len() + self.class.len())
            .text("sealdesk/field/v1")
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
    seal_with_nonce(key, place, plaintext, rand::random())
}

fn seal_with_nonce(key: &FieldKey, place: &FieldAad<'_>, plaintext: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
    let padded = padding::padded_length(plaintext.len());
    // One buffer of the final size: the plaintext is overwritten where it stands, so no copy of it is left in freed memory.
    let mut sealed = Vec::with_capacity(EPOCH + NONCE + padded + TAG);
    sealed.extend_from_slice(&place.epoch.to_be_bytes());
    sealed.extend_from_slice(&nonce);
    padding::extend_padded(&mut sealed, plaintext);
    encrypt_behind(&key.0, &nonce, &place.encode(), &mut sealed, EPOCH + NONCE);
    sealed
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
    let mut wrapped = Vec::with_capacity(NONCE + secret.len() + TAG);
    wrapped.extend_from_slice(&nonce);
    wrapped.extend_from_slice(secret);
    encrypt_behind(&Xaes256Gcm::new(kek.expose().into()), &nonce, aad, &mut wrapped, NONCE);
    wrapped
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

/// Encrypts `buffer[start..]` in place and appends the tag.
#[allow(clippy::expect_used)]
fn encrypt_behind(cipher: &Xaes256Gcm, nonce: &[u8; NONCE], aad: &[u8], buffer: &mut Vec<u8>, start: usize) {
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(*nonce), aad, (&mut buffer[start..]).into())
        // Proof: GCM refuses only plaintext or associated data beyond 2^36 bytes (NIST SP 800-38D §5.2.1.1). Fields are limited to kilobytes, and
        // going on would store a record that nobody can ever open.
        .expect("a field of 64 GiB");
    buffer.extend_from_slice(tag.as_slice());
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
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::crypto::hex;

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

    /// The vectors of C2SP's XAES-256-GCM page, through the very cipher type that fields use.
    #[test]
    fn the_cipher_gives_the_published_answers() {
        let nonce = *b"ABCDEFGHIJKLMNOPQRSTUVWX";
        for (key, aad, expected) in [
            ([1; 32], &b""[..], "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            ([3; 32], b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
        ] {
            let cipher = Xaes256Gcm::new(&key.into());
            let mut buffer = b"XAES-256-GCM".to_vec();
            encrypt_behind(&cipher, &nonce, aad, &mut buffer, 0);
            assert_eq!(hex(&buffer), expected);
            assert_eq!(decrypt(&cipher, &nonce, aad, &buffer).unwrap(), b"XAES-256-GCM");
        }
    }

    #[test]
    fn the_layout_of_a_sealed_field_is_fixed() {
        let sealed = seal_with_nonce(&FieldKey::new(&Key32::new([1; 32])), &place(), b"13812345678", *b"ABCDEFGHIJKLMNOPQRSTUVWX");
        assert_eq!(
            hex(&place().encode()),
            "000000117365616c6465736b2f6669656c642f76310000000576616c75650000001000000000000000000000000000000001000000100000000000000000\
             00000000000000020000000570686f6e6500000007636f6e746163740000000400000001"
        );
        assert_eq!(hex(&sealed[..28]), "000000014142434445464748494a4b4c4d4e4f505152535455565758");
        assert_eq!(hex(&sealed[28..]), "a7261394239dc7047ee24dc4dcd3a9fa6c3b2d64f27f0a14cb43a492209beb71");
        assert_eq!(epoch_of(&sealed), Some(1));
    }

    #[test]
    fn every_truncation_is_refused() {
        let key = FieldKey::new(&Key32::random());
        let sealed = seal(&key, &place(), b"13812345678");
        for length in 0..sealed.len() {
            assert!(open(&key, &place(), &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn another_key_does_not_open() {
        let sealed = seal(&FieldKey::new(&Key32::random()), &place(), b"13812345678");
        assert_eq!(open(&FieldKey::new(&Key32::random()), &place(), &sealed).unwrap_err(), OpenError::Forged);
    }

    #[test]
    fn a_wrapped_key_opens_with_its_kek_and_purpose_only() {
        let kek = Key32::random();
        let wrapped = wrap(&kek, b"aad", &[7; 64]);
        assert_eq!(unwrap_key(&kek, b"aad", &wrapped).unwrap().expose(), &[7; 64]);
        assert_eq!(unwrap_key(&kek, b"other", &wrapped).unwrap_err(), OpenError::Forged);
        assert_eq!(unwrap_key(&Key32::random(), b"aad", &wrapped).unwrap_err(), OpenError::Forged);
        assert_eq!(unwrap_key(&kek, b"aad", &wrapped[..39]).unwrap_err(), OpenError::TooShort);
        for index in 0..wrapped.len() {
            let mut altered = wrapped.clone();
            altered[index] ^= 0x80;
            assert!(unwrap_key(&kek, b"aad", &altered).is_err(), "byte {index}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens_and_shows_only_its_bucket(plaintext in proptest::collection::vec(any::<u8>(), 0..700), epoch: u32) {
            let key = FieldKey::new(&Key32::new([9; 32]));
            let place = FieldAad { epoch, ..place() };
            let sealed = seal(&key, &place, &plaintext);
            prop_assert_eq!(sealed.len(), EPOCH + NONCE + padding::padded_length(plaintext.len()) + TAG);
            let opened = open(&key, &place, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &plaintext);
        }

        #[test]
        fn no_bytes_make_opening_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(open(&FieldKey::new(&Key32::new([9; 32])), &place(), &bytes).is_err());
        }
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
