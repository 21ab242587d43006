//! A custodian's share on paper, and what is published so that it can be checked without the others.
//!
//! ```text
//! sealdesk-share-1 SET INDEX THRESHOLD XXXX-XXXX-…      14 groups: 32 bytes and a checksum of 3, in the letters of one-time codes
//! checksum    first 3 bytes of SHA-256(canonical("sealdesk/share-checksum/v1", set 4, index 4, threshold 4, share 32))
//! commitment  SHA-256(canonical("sealdesk/recovery-share/v1", installation 16, set 4, index 4, threshold 4, share 32))
//! ```
//! A share has 256 random bits, so its plain hash tells nobody anything that could be used.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    crypto::{
        canonical::Canonical,
        kdf::{CODE_LETTERS, normalise_code},
        secret::{Key32, Secret},
        shamir::Share,
    },
    model::{catalogue::Language, id::InstallationId},
};

const MARK: &str = "sealdesk-share-1";
const CHECKSUM: usize = 3;
/// 35 bytes are exactly 56 letters of five bits.
const LETTERS: usize = 56;

/// A share, and the set it belongs to.
#[derive(Clone, Debug)]
pub struct RecoveryShare {
    pub set: i32,
    pub threshold: u8,
    pub share: Share,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ShareError {
    #[error("That is not a share. It looks like: sealdesk-share-1 1 2 3 XXXX-XXXX-… with 14 groups of four.")]
    Form,
    #[error("The share is mistyped somewhere: its checksum does not fit. Compare it with the paper, group by group.")]
    Mistyped,
}

impl ShareError {
    #[must_use]
    pub fn message(self, language: Language) -> String {
        match (self, language) {
            (_, Language::English) => self.to_string(),
            (Self::Form, Language::Chinese) => {
                "这不是恢复份额。其形式为：sealdesk-share-1 1 2 3 XXXX-XXXX-… 共 14 组，每组四个字符。".into()
            }
            (Self::Mistyped, Language::Chinese) => "份额有输入错误：校验和不符。请逐组与纸上内容核对。".into(),
        }
    }
}

impl RecoveryShare {
    /// As it is written down.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let mut bytes = Zeroizing::new([0; 32 + CHECKSUM]);
        bytes[..32].copy_from_slice(self.share.bytes.expose());
        bytes[32..].copy_from_slice(&self.checksum());
        // Room for all of it, so that no copy is left behind where it grew.
        let mut text = String::with_capacity(120);
        let _ = write!(text, "{MARK} {} {} {} ", self.set, self.share.index, self.threshold);
        for letter in 0..LETTERS {
            if letter > 0 && letter % 4 == 0 {
                text.push('-');
            }
            let value = (0..5).fold(0, |value, bit| (value << 1) | bit_of(bytes.as_ref(), letter * 5 + bit));
            text.push(char::from(CODE_LETTERS[usize::from(value)]));
        }
        Secret::new(text)
    }

    /// Reads what was typed: any case, letters that people confuse taken for digits, groups parted or not.
    ///
    /// # Errors
    /// [`ShareError::Form`]; [`ShareError::Mistyped`] when the checksum does not fit.
    pub fn parse(typed: &Secret<String>) -> Result<Self, ShareError> {
        let mut words = typed.expose().split_whitespace();
        if !words.next().is_some_and(|mark| mark.eq_ignore_ascii_case(MARK)) {
            return Err(ShareError::Form);
        }
        let set = words.next().and_then(|word| word.parse().ok()).filter(|set| *set > 0).ok_or(ShareError::Form)?;
        let mut small = || words.next().and_then(|word| word.parse::<u8>().ok()).filter(|number| *number > 0);
        let (Some(index), Some(threshold)) = (small(), small()) else { return Err(ShareError::Form) };
        let mut joined = Zeroizing::new(String::with_capacity(typed.expose().len()));
        words.for_each(|word| joined.push_str(word));
        let letters = Zeroizing::new(normalise_code(&joined));
        if letters.len() != LETTERS {
            return Err(ShareError::Form);
        }
        let mut bytes = Zeroizing::new([0_u8; 32 + CHECKSUM]);
        for (place, letter) in letters.bytes().enumerate() {
            let value = CODE_LETTERS.iter().position(|known| *known == letter).ok_or(ShareError::Form)?;
            for bit in 0..5 {
                let at = place * 5 + bit;
                bytes[at / 8] |= u8::from((value >> (4 - bit)) & 1 == 1) << (7 - at % 8);
            }
        }
        let (secret, checksum) = bytes.split_at(32);
        let share = Share { index, bytes: Key32::from_slice(secret).ok_or(ShareError::Form)? };
        let read = Self { set, threshold, share };
        if read.checksum() == checksum { Ok(read) } else { Err(ShareError::Mistyped) }
    }

    /// What is published of it.
    #[must_use]
    pub fn commitment(&self, installation: InstallationId) -> Vec<u8> {
        let encoding = Canonical::labelled("sealdesk/recovery-share/v1").bytes(installation.0.as_bytes());
        self.hash(encoding).to_vec()
    }

    fn checksum(&self) -> [u8; CHECKSUM] {
        let [first, second, third, ..] = self.hash(Canonical::labelled("sealdesk/share-checksum/v1"));
        [first, second, third]
    }

    fn hash(&self, encoding: Canonical) -> [u8; 32] {
        let numbers = [self.set, i32::from(self.share.index), i32::from(self.threshold)];
        let encoding = numbers.iter().fold(encoding, |encoding, number| encoding.bytes(&number.to_be_bytes()));
        Sha256::digest(Zeroizing::new(encoding.bytes(self.share.bytes.expose()).finish()).as_slice()).into()
    }
}

fn bit_of(bytes: &[u8], bit: usize) -> u8 {
    (bytes[bit / 8] >> (7 - bit % 8)) & 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const INSTALLATION: InstallationId = InstallationId(Uuid::from_u128(7));

    fn share(bytes: [u8; 32]) -> RecoveryShare {
        RecoveryShare { set: 3, threshold: 2, share: Share { index: 5, bytes: Key32::new(bytes) } }
    }

    proptest! {
        #[test]
        fn what_was_written_down_is_read_however_it_is_typed(bytes: [u8; 32]) {
            let written = share(bytes).to_text();
            let typed = written.expose().to_lowercase().replace('0', "o").replace("share-o", "share-0").replacen('-', "\u{1}", 2).replace('-', " ");
            let typed = typed.replace('\u{1}', "-");
            // Numbers are numbers: only the letters may be confused.
            for text in [written.expose().clone(), typed] {
                let read = RecoveryShare::parse(&Secret::new(text)).unwrap();
                prop_assert_eq!((read.set, read.share.index, read.threshold), (3, 5, 2));
                prop_assert_eq!(read.share.bytes.expose(), &bytes);
            }
        }

        #[test]
        fn anything_typed_is_refused_or_read_and_nothing_worse(typed: String) {
            let _ = RecoveryShare::parse(&Secret::new(typed.clone()));
            let _ = RecoveryShare::parse(&Secret::new(format!("{MARK} 1 2 2 {typed}")));
        }

        #[test]
        fn one_flipped_bit_changes_the_commitment(bytes: [u8; 32], bit in 0..256_usize) {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(share(bytes).commitment(INSTALLATION), share(flipped).commitment(INSTALLATION));
        }
    }

    #[test]
    fn a_mistyped_letter_or_number_is_noticed() {
        let written = share([0x5a; 32]).to_text().expose().clone();
        let other = |letter: char| if letter == '7' { '8' } else { '7' };
        for (place, letter) in written.char_indices().skip(MARK.len()).filter(|(_, letter)| letter.is_ascii_alphanumeric()) {
            let mut typed = written.clone();
            typed.replace_range(place..=place, &other(letter).to_string());
            assert_eq!(RecoveryShare::parse(&Secret::new(typed)).unwrap_err(), ShareError::Mistyped, "{place}");
        }
        for typed in [
            "",
            "sealdesk-share-1",
            "sealdesk-share-2 3 5 2 0",
            "sealdesk-share-1 0 5 2 0",
            "sealdesk-share-1 3 300 2 0",
            &written[..written.len() - 1],
        ] {
            assert_eq!(RecoveryShare::parse(&Secret::from(typed)).unwrap_err(), ShareError::Form, "{typed}");
        }
    }

    #[test]
    fn a_commitment_is_of_one_place_only() {
        let one = share([1; 32]);
        let base = one.commitment(INSTALLATION);
        assert_ne!(one.commitment(InstallationId(Uuid::from_u128(8))), base);
        assert_ne!(RecoveryShare { set: 4, ..one.clone() }.commitment(INSTALLATION), base);
        assert_ne!(RecoveryShare { threshold: 3, ..one.clone() }.commitment(INSTALLATION), base);
        let moved = Share { index: 6, ..one.share.clone() };
        assert_ne!(RecoveryShare { share: moved, ..one }.commitment(INSTALLATION), base);
    }
}
