//! One spelling for everything that is compared: NFKC (Unicode UAX #15), case folded, nothing invisible, single spaces.

use unicode_normalization::UnicodeNormalization as _;

use super::sanitise::is_hidden;

/// NFKC, case folded, without invisible characters, white space collapsed to single spaces. Folding twice changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Lower case can leave a text that is not NFKC any more, hence the second pass. Upper case first joins letters whose lower case alone differs
    // (final sigma, long s), as full case folding does (Unicode 3.13, D144).
    for character in text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc() {
        if character.is_whitespace() {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else if !is_hidden(character) {
            folded.push(character);
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The words of a folded text: runs of letters and digits, each run of CJK characters apart from what stands beside it.
#[must_use]
pub fn words(folded: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last: Option<bool> = None;
    for character in folded.chars() {
        if !character.is_alphanumeric() {
            last = None;
            continue;
        }
        let cjk = is_cjk(character);
        match (last, words.last_mut()) {
            (Some(was), Some(word)) if was == cjk => word.push(character),
            _ => words.push(character.to_string()),
        }
        last = Some(cjk);
    }
    words
}

/// Han, kana, hangul.
#[must_use]
pub fn is_cjk(character: char) -> bool {
    matches!(u32::from(character), 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// The ASCII digits of a text, after NFKC.
#[must_use]
pub fn digits(text: &str) -> String {
    text.nfkc().filter(char::is_ascii_digit).collect()
}

/// A phone number's digits without the country prefix of the mainland (`+86`, `0086`).
#[must_use]
pub fn phone_digits(text: &str) -> String {
    let digits = digits(text);
    for prefix in ["0086", "86"] {
        if let Some(rest) = digits.strip_prefix(prefix)
            && rest.len() == 11
        {
            return rest.to_owned();
        }
    }
    digits
}

/// Letters and digits of an identity or card number, upper case.
#[must_use]
pub fn number_text(text: &str) -> String {
    text.nfkc().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// An e-mail address, lower case without white space.
#[must_use]
pub fn email(text: &str) -> String {
    fold(text).replace(' ', "")
}

/// What a CJK search term is looked up by: its adjacent pairs, or the one character.
#[must_use]
pub fn cjk_query_terms(folded: &str) -> Vec<String> {
    words(folded).into_iter().filter(|word| word.chars().any(is_cjk)).flat_map(|word| pairs(&word)).collect()
}

/// Adjacent pairs; a single character stands for itself.
#[must_use]
pub fn pairs(word: &str) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    if characters.len() < 2 {
        return vec![word.to_owned()];
    }
    characters.windows(2).map(|pair| pair.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn words_are_in_the_text(text in "\\PC{0,60}") {
            let folded = fold(&text);
            for word in words(&folded) {
                prop_assert!(!word.is_empty() && folded.contains(&word));
            }
        }
    }

    #[test]
    fn spellings_that_differ_only_in_case_or_invisibly_are_one() {
        assert_eq!(fold("STRASSE"), fold("Straße"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert_eq!(fold("li\u{200b}na"), "lina");
        assert_eq!(fold("  a \u{3000} b "), "a b");
    }

    #[test]
    fn full_width_and_case_fold_together() {
        assert_eq!(fold("ＺＨＡＮＧ  Wei"), "zhang wei");
    }

    #[test]
    fn latin_and_chinese_words_come_apart() {
        assert_eq!(words("zhang wei张伟-明"), ["zhang", "wei", "张伟", "明"]);
    }

    #[test]
    fn the_country_prefix_of_a_phone_does_not_matter() {
        assert_eq!(phone_digits("+86 138-1234-5678"), "13812345678");
        assert_eq!(phone_digits("13812345678"), "13812345678");
    }
}
