//! Blind-index tokens: what the database can look up without knowing what it is.
//!
//! ```text
//! token = first 8 bytes, as a signed big-endian integer, of
//!         HMAC-SHA256(index key, canonical(field, mode, normalised term))
//! ```
//! HMAC is RFC 2104. A token tells the database equality and frequency of terms, never the term: see [`IndexMode`] for what each mode leaks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::secret::Key32;
use crate::model::catalogue::IndexMode;

/// An index key with its HMAC state set up once: a token then costs no key schedule.
#[derive(Clone)]
pub struct IndexKey(Hmac<Sha256>);

impl IndexKey {
    #[must_use]
    pub fn new(key: &Key32) -> Self {
        // HMAC pads a key shorter than its block (64 bytes) with zeros (RFC 2104 §2).
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(key.expose());
        Self(<Hmac<Sha256> as KeyInit>::new((&*block).into()))
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
    // The encoding of `Canonical`, fed part by part: an import makes twenty tokens a record and wants no allocation for each.
    for part in [field, mode_name(mode), term] {
        mac.update(&super::canonical::length_prefix(part.len()));
        mac.update(part.as_bytes());
    }
    let digest = mac.finalize().into_bytes();
    i64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crypto::canonical::Canonical;

    #[test]
    fn hmac_gives_the_published_answer() {
        // RFC 4231 §4.3, test case 2, through the padded-block construction used above.
        let mut block = [0; 64];
        block[..4].copy_from_slice(b"Jefe");
        let mac = <Hmac<Sha256> as KeyInit>::new((&block).into()).chain_update(b"what do ya want for nothing?");
        assert_eq!(mac.finalize().into_bytes()[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    #[test]
    fn tokens_differ_by_key_field_mode_and_term() {
        let key = IndexKey::new(&Key32::new([1; 32]));
        let token_of = |field, mode, term| token(&key, field, mode, term);
        let mut tokens = vec![
            token_of("phone", IndexMode::Exact, "5678"),
            token_of("phone", IndexMode::LastFour, "5678"),
            token_of("card", IndexMode::LastFour, "5678"),
            token_of("phone", IndexMode::LastFour, "5679"),
            token(&IndexKey::new(&Key32::new([2; 32])), "phone", IndexMode::LastFour, "5678"),
        ];
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), 5);
    }

    proptest! {
        #[test]
        fn a_token_is_the_mac_of_the_canonical_encoding(field in "[a-z_]{1,20}", term in "\\PC{0,40}") {
            let key = IndexKey::new(&Key32::new([1; 32]));
            let encoded = Canonical::new().text(&field).text("cjk").text(&term).finish();
            let mac = key.0.clone().chain_update(&encoded).finalize().into_bytes();
            let expected = mac.first_chunk::<8>().copied().map(i64::from_be_bytes);
            prop_assert_eq!(Some(token(&key, &field, IndexMode::Cjk, &term)), expected);
        }
    }
}
