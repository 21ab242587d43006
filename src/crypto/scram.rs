//! SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677) as PostgreSQL stores them, so that the server never sees a password.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::secret::Secret;

const ITERATIONS: u32 = 4096;

/// `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>` with a fresh salt.
///
/// The password is 44 ASCII characters with 256 bits of entropy, so SASLprep changes nothing and few iterations are enough.
#[must_use]
pub fn verifier(password: &Secret<String>) -> String {
    verifier_with_salt(password, rand::random())
}

fn verifier_with_salt(password: &Secret<String>, salt: [u8; 16]) -> String {
    let password = password.expose().as_bytes();
    // Hi() of RFC 5802 §2.2: PBKDF2 with one block.
    let mut block = mac(password, &[&salt[..], &1_u32.to_be_bytes()].concat());
    let mut salted = block;
    for _ in 1..ITERATIONS {
        block = mac(password, &block);
        for (byte, other) in salted.iter_mut().zip(block) {
            *byte ^= other;
        }
    }
    let stored_key: [u8; 32] = Sha256::digest(mac(&salted, b"Client Key")).into();
    let server_key = mac(&salted, b"Server Key");
    format!("SCRAM-SHA-256${ITERATIONS}:{}${}:{}", STANDARD.encode(salt), STANDARD.encode(stored_key), STANDARD.encode(server_key))
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length, so this cannot be refused.
    match <Hmac<Sha256> as KeyInit>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(message).finalize().into_bytes().into(),
        Err(_) => [0; 32],
    }
}
