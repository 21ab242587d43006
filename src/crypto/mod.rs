//! Primitives and encodings. No I/O, no policy; every byte layout is written where it is made.

pub mod aead;
pub mod blind_index;
pub mod canonical;
pub mod event;
pub mod fingerprint;
pub mod hpke;
pub mod kdf;
pub mod memory;
pub mod merkle;
pub mod padding;
pub mod record_tree;
pub mod scram;
pub mod secret;
pub mod shamir;
pub mod signature;

/// Bytes as published vectors write them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
