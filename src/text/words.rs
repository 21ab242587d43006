//! A hash as eight words that two people can read to each other: 88 bits of it, from the lists of BIP-39.

use crate::model::catalogue::Language;

const ENGLISH: &str = include_str!("../../assets/words/english.txt");
const CHINESE: &str = include_str!("../../assets/words/chinese_simplified.txt");
const WORDS: usize = 8;
const BITS: usize = 11;

/// The first 88 bits, eleven a word; characters in Chinese.
#[must_use]
pub fn words(hash: &[u8; 32], language: Language) -> Vec<&'static str> {
    let list: Vec<&str> = match language {
        Language::English => ENGLISH.lines().collect(),
        Language::Chinese => CHINESE.lines().collect(),
    };
    (0..WORDS)
        .filter_map(|word| {
            let bit = |at: usize| usize::from(hash[at / 8] >> (7 - at % 8) & 1);
            let index = (word * BITS..(word + 1) * BITS).fold(0, |index, at| index << 1 | bit(at));
            list.get(index).copied()
        })
        .collect()
}

/// Whether these are the words of a hash, in either language; spaces, case and hyphens between them do not matter.
#[must_use]
pub fn are_of(typed: &str, hash: &[u8; 32]) -> bool {
    let plain = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let typed = plain(typed);
    [Language::English, Language::Chinese].into_iter().any(|language| plain(&words(hash, language).concat()) == typed)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_list_has_a_different_word_for_each_of_eleven_bits() {
        for list in [ENGLISH, CHINESE] {
            assert_eq!(list.lines().collect::<HashSet<_>>().len(), 1 << BITS);
        }
    }

    #[test]
    fn the_words_are_those_of_the_first_bits() {
        let mut hash = [0; 32];
        assert_eq!(words(&hash, Language::English), ["abandon"; 8]);
        assert_eq!(words(&hash, Language::Chinese), ["的"; 8]);
        // 00000000001 11111111111 0…: the second word and the last.
        (hash[1], hash[2]) = (0x3f, 0xfc);
        assert_eq!(&words(&hash, Language::English)[..3], ["ability", "zoo", "abandon"]);
        assert_eq!(words(&hash, Language::Chinese).len(), 8);
    }

    #[test]
    fn what_was_typed_is_compared_by_its_letters_and_one_bit_more_or_less_is_not_it() {
        let hash: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7 % 256).unwrap_or(0));
        let spoken = words(&hash, Language::English).join(" - ").to_uppercase();
        assert!(are_of(&spoken, &hash) && are_of(&words(&hash, Language::Chinese).concat(), &hash));
        for bit in 0..88 {
            let mut other = hash;
            other[bit / 8] ^= 1 << (7 - bit % 8);
            assert!(!are_of(&spoken, &other), "{bit}");
        }
        assert!(!are_of("", &hash));
    }
}
