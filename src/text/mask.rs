//! What is left of a value when it is masked. The one place where masks are made: list, detail, search result and export share it.
//!
//! A mask must never give the whole value away: where a value is too short for its rule, less of it is shown, down to nothing. Its length is
//! not shown either.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::catalogue::Mask;

/// What stands where nothing may be shown.
const HIDDEN: &str = "****";

/// Masks a value.
#[must_use]
pub fn mask(rule: Mask, value: &str) -> String {
    match rule {
        Mask::Open => value.to_owned(),
        Mask::Phone => phone(value),
        Mask::Email => email(value),
        Mask::LastFour => last_four(value),
        Mask::Year => year(value),
        Mask::FirstCharacter => format!("{}***", first_of_several(value)),
        Mask::Hidden => HIDDEN.into(),
    }
}

/// First three and last four digits of a full number; only the last four of a short one, so that at least four stay hidden.
fn phone(value: &str) -> String {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    let text = |part: &[char]| part.iter().collect::<String>();
    match digits.len() {
        11.. => format!("{}****{}", text(&digits[..3]), text(&digits[digits.len() - 4..])),
        8..=10 => format!("****{}", text(&digits[digits.len() - 4..])),
        _ => HIDDEN.into(),
    }
}

fn email(value: &str) -> String {
    match value.trim().rsplit_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", first_of_several(local)),
        None => HIDDEN.into(),
    }
}

fn last_four(value: &str) -> String {
    let characters: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    if characters.len() < 8 {
        return HIDDEN.into();
    }
    format!("**** {}", characters[characters.len() - 4..].iter().collect::<String>())
}

fn year(value: &str) -> String {
    match value.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(year) => format!("{year}-**-**"),
        None => HIDDEN.into(),
    }
}

/// The first character as a reader sees it (a grapheme, UAX #29); nothing if it is the only one.
fn first_of_several(value: &str) -> &str {
    let mut graphemes = value.trim().graphemes(true);
    match (graphemes.next(), graphemes.next()) {
        (Some(first), Some(_)) => first,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_leave_what_they_say() {
        assert_eq!(mask(Mask::Phone, "13812345678"), "138****5678");
        assert_eq!(mask(Mask::Phone, "+442079460958"), "442****0958");
        assert_eq!(mask(Mask::Email, "zhang@example.com"), "z***@example.com");
        assert_eq!(mask(Mask::LastFour, "110101199003074412"), "**** 4412");
        assert_eq!(mask(Mask::Year, "1988-02-03"), "1988-**-**");
        assert_eq!(mask(Mask::FirstCharacter, "张伟"), "张***");
        assert_eq!(mask(Mask::FirstCharacter, "e\u{301}mile"), "e\u{301}***");
        assert_eq!(mask(Mask::Hidden, "anything"), "****");
    }

    #[test]
    fn short_values_do_not_shine_through() {
        assert_eq!(mask(Mask::Phone, "12345678"), "****5678");
        assert_eq!(mask(Mask::Phone, "1234567"), "****");
        assert_eq!(mask(Mask::LastFour, "1234567"), "****");
        assert_eq!(mask(Mask::Email, "z@example.com"), "***@example.com");
        assert_eq!(mask(Mask::Email, "no address"), "****");
        assert_eq!(mask(Mask::FirstCharacter, "张"), "***");
        assert_eq!(mask(Mask::Year, "88"), "****");
    }

    proptest! {
        #[test]
        fn no_mask_panics_or_gives_the_value_away(value in any::<String>()) {
            for rule in [Mask::Phone, Mask::Email, Mask::LastFour, Mask::Year, Mask::FirstCharacter, Mask::Hidden] {
                let masked = mask(rule, &value);
                prop_assert!(masked.contains("**"));
                prop_assert!(value.contains('*') || masked != value);
            }
            prop_assert_eq!(mask(Mask::Open, &value), value);
        }

        #[test]
        fn at_least_four_digits_of_a_phone_stay_hidden(value in "[0-9]{4,15}") {
            let shown = mask(Mask::Phone, &value).chars().filter(char::is_ascii_digit).count();
            prop_assert!(value.len() - shown >= 4);
        }
    }
}
