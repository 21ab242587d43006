//! Blind-index tokens: what the database can look up without knowing what it is.
//!
//! ```text
//! token = first 8 bytes, as a signed big-endian integer, of
//!         HMAC-SHA256(index key, canonical(field, mode, normalised term))
//! ```

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{canonical::Canonical, secret::Key32};
use crate::model::catalogue::IndexMode;

/// An index key with its HMAC state set up once.
#[derive(Clone)]
pub struct IndexKey(Hmac<Sha256>);

impl IndexKey {
    #[must_use]
    pub fn new(key: &Key32) -> Self {
        Self(<Hmac<Sha256> as KeyInit>::new(&{
            // HMAC pads a key shorter than its block (64 bytes) with zeros (RFC 2104 §2).
            let mut block = [0; 64];
            block[..32].copy_from_slice(key.expose());
            block.into()
        }))
    }
}

/// The mode's name inside a token.
#[must_use]
pub fn mode_name(mode: IndexMode) -> &'static str {
    match mode {
        IndexMode::Exact => "exact",
        IndexMode::LastFour => "last_four",
        IndexMode::NamePrefix => "name_prefix",
        IndexMode::Cjk => "cjk",
        IndexMode::Email => "email",
        IndexMode::DateParts => "date_parts",
    }
}

/// The token of a term that is normalised already.
#[must_use]
pub fn token(key: &IndexKey, field: &str, mode: IndexMode, term: &str) -> i64 {
    let mut mac = key.0.clone();
    mac.update(&Canonical::new().text(field).text(mode_name(mode)).text(term).finish());
    let digest = mac.finalize().into_bytes();
    i64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}
