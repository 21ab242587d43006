//! SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677) as `PostgreSQL` stores them, so that the server never sees a password.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::secret::Secret;

const ITERATIONS: u32 = 4096;

/// `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>` with a fresh salt.
///
/// The password is 44 ASCII characters with 256 bits of entropy, so `SASLprep` changes nothing and few iterations are enough.
#[must_use]
pub fn verifier(password: &Secret<String>) -> String {
    verifier_with_salt(password, rand::random())
}

fn verifier_with_salt(password: &Secret<String>, salt: [u8; 16]) -> String {
    let password = password.expose().as_bytes();
    // Hi() of RFC 5802 §2.2: PBKDF2 with one block.
    let mut block = mac(password, &[&salt[..], &1_u32.to_be_bytes()].concat());
    let mut salted = Zeroizing::new(block);
    for _ in 1..ITERATIONS {
        block = mac(password, &block);
        for (byte, other) in salted.iter_mut().zip(block) {
            *byte ^= other;
        }
    }
    block.zeroize();
    let stored_key: [u8; 32] = Sha256::digest(mac(salted.as_ref(), b"Client Key")).into();
    let server_key = mac(salted.as_ref(), b"Server Key");
    format!("SCRAM-SHA-256${ITERATIONS}:{}${}:{}", STANDARD.encode(salt), STANDARD.encode(stored_key), STANDARD.encode(server_key))
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot be refused.
    match <Hmac<Sha256> as KeyInit>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(message).finalize().into_bytes().into(),
        Err(_) => [0; 32],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_what_postgresql_stores() {
        // RFC 7677 §3: user "user", password "pencil"; the keys are those PostgreSQL computes for this salt.
        let salt = [0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81];
        assert_eq!(
            verifier_with_salt(&Secret::from("pencil"), salt),
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }

    #[test]
    fn every_verifier_has_its_own_salt() {
        let password = Secret::from("pencil");
        assert_ne!(verifier(&password), verifier(&password));
    }
}
