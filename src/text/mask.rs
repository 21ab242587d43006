//! What is left of a value when it is masked. The one place where masks are made: list, detail, search result and export share it.

use crate::model::catalogue::Mask;

/// Masks a value.
#[must_use]
pub fn mask(rule: Mask, value: &str) -> String {
    match rule {
        Mask::Open => value.to_owned(),
        Mask::Phone => phone(value),
        Mask::Email => email(value),
        Mask::LastFour => last_four(value),
        Mask::Year => value
            .get(..4)
            .filter(|year| year.bytes().all(|b| b.is_ascii_digit()))
            .map_or_else(|| "****".into(), |year| format!("{year}-**-**")),
        Mask::FirstCharacter => value.chars().next().map_or_else(|| "***".into(), |first| format!("{first}***")),
        Mask::Hidden => "****".into(),
    }
}

fn phone(value: &str) -> String {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 8 {
        return "****".into();
    }
    let head: String = digits[..3].iter().collect();
    let tail: String = digits[digits.len() - 4..].iter().collect();
    format!("{head}****{tail}")
}

fn email(value: &str) -> String {
    match value.split_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", local.chars().next().map(String::from).unwrap_or_default()),
        None => "****".into(),
    }
}

fn last_four(value: &str) -> String {
    let characters: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    if characters.len() < 8 {
        return "****".into();
    }
    format!("**** {}", characters[characters.len() - 4..].iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_leave_what_they_say() {
        assert_eq!(mask(Mask::Phone, "13812345678"), "138****5678");
        assert_eq!(mask(Mask::Email, "zhang@example.com"), "z***@example.com");
        assert_eq!(mask(Mask::LastFour, "110101199003074412"), "**** 4412");
        assert_eq!(mask(Mask::Year, "1988-02-03"), "1988-**-**");
        assert_eq!(mask(Mask::FirstCharacter, "张伟"), "张***");
    }

    proptest! {
        #[test]
        fn no_value_makes_a_mask_panic(value in any::<String>()) {
            for rule in [Mask::Open, Mask::Phone, Mask::Email, Mask::LastFour, Mask::Year, Mask::FirstCharacter, Mask::Hidden] {
                let _ = mask(rule, &value);
            }
        }
    }
}
