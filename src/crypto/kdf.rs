//! From what a person knows to what a person holds: Argon2id (RFC 9106), then HKDF-SHA256 (RFC 5869).
//!
//! ```text
//! salt = first 16 bytes of SHA-256(label ‖ installation 16 ‖ user)       label: "sealdesk/salt/v1" or, for a one-time code, "sealdesk/code-salt/v1"
//! root = Argon2id(secret, salt, 64 MiB, t = 3, p = 1), 32 bytes
//! SCRAM password = base64(HKDF(root, info "sealdesk/scram/v1", 32))
//! KEK  = HKDF(root, info "sealdesk/kek/v1", 32)
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use super::secret::{Key32, Secret};
use crate::model::id::InstallationId;

/// Letters of a one-time code: Crockford's base 32, without I, L, O and U.
pub(crate) const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How dear a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KdfProfile {
    /// 64 MiB, three passes.
    Standard,
    /// 8 MiB, one pass. Does not exist in a release build.
    #[cfg(debug_assertions)]
    CheapForTests,
}

/// What is derived from a passphrase.
pub struct Derived {
    /// Sent only inside SCRAM.
    pub scram_password: Secret<String>,
    /// Opens the person's own keys; never leaves the process.
    pub kek: Key32,
}

#[derive(Debug, Error)]
#[error("Argon2id: {0}")]
pub struct KdfError(argon2::Error);

/// Derives from a passphrase.
///
/// # Errors
/// When the memory for Argon2id cannot be had.
pub fn derive(user: &str, installation: InstallationId, passphrase: &Secret<String>, profile: KdfProfile) -> Result<Derived, KdfError> {
    stretch("sealdesk/salt/v1", user, installation, passphrase.expose().as_bytes(), profile)
}

/// Derives from a one-time code, however it was typed (see [`normalise_code`]).
///
/// # Errors
/// When the memory for Argon2id cannot be had.
pub fn derive_code(user: &str, installation: InstallationId, code: &Secret<String>, profile: KdfProfile) -> Result<Derived, KdfError> {
    let code = Zeroizing::new(normalise_code(code.expose()));
    stretch("sealdesk/code-salt/v1", user, installation, code.as_bytes(), profile)
}

/// A one-time code: 80 random bits as `XXXX-XXXX-XXXX-XXXX`.
#[must_use]
pub fn new_code() -> Secret<String> {
    let random: [u8; 16] = rand::random();
    let mut code = String::with_capacity(19);
    for (index, byte) in random.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(CODE_LETTERS[usize::from(byte & 31)]));
    }
    Secret::new(code)
}

/// Upper case, no separators, and the letters people confuse read as digits.
#[must_use]
pub fn normalise_code(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

fn stretch(label: &str, user: &str, installation: InstallationId, secret: &[u8], profile: KdfProfile) -> Result<Derived, KdfError> {
    let (memory_kib, passes) = match profile {
        KdfProfile::Standard => (64 * 1024, 3),
        #[cfg(debug_assertions)]
        KdfProfile::CheapForTests => (8 * 1024, 1),
    };
    let salt = Sha256::new().chain_update(label).chain_update(installation.0.as_bytes()).chain_update(user).finalize();
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(KdfError)?;
    let mut root = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(secret, &salt[..16], root.as_mut()).map_err(KdfError)?;
    let scram = expand(&root, b"sealdesk/scram/v1");
    Ok(Derived { scram_password: Secret::new(STANDARD.encode(scram.expose())), kek: expand(&root, b"sealdesk/kek/v1") })
}

fn expand(root: &[u8; 32], info: &[u8]) -> Key32 {
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are within HKDF's limit of 255 × 32, the only thing it can refuse.
    let _ = Hkdf::<Sha256>::new(None, root).expand(info, out.as_mut());
    Key32::new(*out)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::crypto::hex;

    #[test]
    fn argon2id_gives_the_published_answer() {
        // RFC 9106 §5.3.
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
            .output_len(32)
            .build()
            .unwrap();
        let mut tag = [0; 32];
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params)
            .unwrap()
            .hash_password_into(&[1; 32], &[2; 16], &mut tag)
            .unwrap();
        assert_eq!(hex(&tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    #[test]
    fn hkdf_gives_the_published_answer() {
        // RFC 5869 appendix A.3: no salt, as in `expand`.
        let mut out = [0; 42];
        Hkdf::<Sha256>::new(None, &[0x0b; 22]).expand(b"", &mut out).unwrap();
        assert_eq!(hex(&out), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    }

    #[test]
    fn user_and_installation_change_everything() {
        let secret = Secret::from("correct horse battery staple");
        let derive =
            |user, installation| derive(user, InstallationId(Uuid::from_u128(installation)), &secret, KdfProfile::CheapForTests).unwrap();
        let one = derive("lin.mei", 1);
        for other in [derive("lin.mej", 1), derive("lin.mei", 2)] {
            assert_ne!(one.kek.expose(), other.kek.expose());
            assert_ne!(one.scram_password.expose(), other.scram_password.expose());
        }
        assert_eq!(one.kek.expose(), derive("lin.mei", 1).kek.expose());
    }

    #[test]
    fn a_code_reads_the_same_however_it_is_typed() {
        assert_eq!(normalise_code("abcd-efgh 0O1l"), "ABCDEFGH0011");
        assert_eq!(normalise_code(new_code().expose()).len(), 16);
    }

    #[test]
    fn passphrase_and_code_never_derive_the_same() {
        let installation = InstallationId(Uuid::from_u128(1));
        let secret = Secret::from("ABCD");
        let one = derive("lin.mei", installation, &secret, KdfProfile::CheapForTests).unwrap();
        let other = derive_code("lin.mei", installation, &secret, KdfProfile::CheapForTests).unwrap();
        assert_ne!(one.scram_password.expose(), other.scram_password.expose());
    }
}
