//! Fingerprints that people compare: `sd1:` and the first 20 bytes of SHA-256 in base 32, lower case, in groups of four.

use sha2::{Digest, Sha256};

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The fingerprint of one or more public keys, in order.
#[must_use]
pub fn fingerprint(public: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in public {
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut text = String::from("sd1:");
    // 20 bytes are exactly 32 letters of 5 bits.
    for index in 0..32 {
        if index > 0 && index % 4 == 0 {
            text.push('-');
        }
        let bit = index * 5;
        let pair = u16::from_be_bytes([digest[bit / 8], digest[bit / 8 + 1]]);
        text.push(char::from(LETTERS[usize::from((pair >> (11 - bit % 8)) & 31)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_has_eight_groups_of_four() {
        // SHA-256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 …
        assert_eq!(fingerprint(&[b"abc"]), "sd1:xj4b-np4p-ahh6-uqkb-idpf-3lrc-eoya-gynd");
        assert_eq!(fingerprint(&[b"a", b"bc"]), fingerprint(&[b"abc"]));
    }
}
