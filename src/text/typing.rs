//! What can be said about a value while it is still being typed: nothing, until it cannot become right any more.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::{
    normalise,
    validate::{Invalid, has_control, id_check, limit, real_date, validate},
};
use crate::model::{
    catalogue::{Field, FieldKind},
    id::Prefix,
};

/// Most digits of an E.164 phone number.
const PHONE: usize = 15;
/// Most digits of a card number (ISO/IEC 7812).
const CARD: usize = 19;

/// Why a value stays wrong whatever is typed behind it; `None` while it can still become right.
#[must_use]
pub fn hopeless(field: &Field, typed: &str) -> Option<Invalid> {
    let length = typed.trim().chars().count();
    let limit = limit(field.kind);
    if length > limit {
        return Some(Invalid::TooLong { length, limit });
    }
    if has_control(field.kind, typed) {
        return Some(Invalid::Control);
    }
    let value: Zeroizing<String> = Zeroizing::new(typed.trim_start().nfkc().collect());
    match field.kind {
        FieldKind::Text | FieldKind::LongText | FieldKind::Choice => None,
        FieldKind::Record => record(field, &value),
        FieldKind::Phone => phone(&value).then_some(Invalid::Phone),
        FieldKind::Email => email(&value).then_some(Invalid::Email),
        FieldKind::Date => date(&value).then_some(Invalid::Date),
        FieldKind::Number => number(&value).then_some(Invalid::Number),
        FieldKind::IdNumber => id_number(field, &value),
        FieldKind::Card => {
            let text = normalise::number_text(&value);
            let full = text.len() >= CARD && validate(field, &value).is_err();
            (full || !grouped(&value, |c| c.is_ascii_digit())).then_some(Invalid::Card)
        }
    }
}

fn record(field: &Field, value: &str) -> Option<Invalid> {
    let prefix = field.of.as_ref().map(|of| of.prefix).unwrap_or_default();
    let value = value.trim_end();
    let (letters, rest) = value.split_at(value.bytes().take_while(u8::is_ascii_alphabetic).count());
    let begun = prefix.to_string().starts_with(&letters.to_ascii_uppercase())
        && (rest.is_empty() || letters.is_empty() || Prefix::parse(letters) == Some(prefix));
    let digits = if letters.is_empty() { rest } else { rest.strip_prefix('-').unwrap_or(rest) };
    (!begun || digits.len() > 12 || !digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(Invalid::Record(prefix))
}

fn grouped(value: &str, good: impl Fn(char) -> bool) -> bool {
    value.chars().all(|c| good(c) || matches!(c, ' ' | '-'))
}

fn phone(value: &str) -> bool {
    let body = value.strip_prefix('+').unwrap_or(value);
    let written = body.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.'));
    let digits = normalise::digits(body);
    // With the mainland's prefix there may be more digits on the way than are kept in the end.
    !written || (digits.len() > PHONE && normalise::phone_digits(body).len() > PHONE)
}

fn email(value: &str) -> bool {
    let value = value.trim_end();
    let (local, domain) = value.split_once('@').unwrap_or((value, ""));
    value.contains(char::is_whitespace)
        || domain.contains('@')
        || value.starts_with(['@', '.'])
        || value.contains("..")
        || (value.contains('@') && local.ends_with('.'))
        || local.contains(['<', '>', '(', ')', ',', ';', ':', '"', '[', ']', '\\'])
        || domain.starts_with(['.', '-'])
        || domain.chars().any(|c| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
}

fn date(value: &str) -> bool {
    let value = value.trim_end().trim_end_matches('日');
    let plain = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = if plain {
        let (year, rest) = value.split_at(value.len().min(4));
        let (month, day) = rest.split_at(rest.len().min(2));
        [year, month, day].into_iter().filter(|part| !part.is_empty()).collect()
    } else {
        value.split(['-', '/', '.', '年', '月']).map(str::trim).collect()
    };
    let last = parts.len().saturating_sub(1);
    let bad = |index: usize, part: &str| {
        let number = part.parse::<u32>().ok();
        // The last part may grow: 1 can become 12; only one that is full or closed is judged.
        let (full, most) = [(4, 9999), (2, 12), (2, 31)][index];
        let closed = index < last;
        if part.is_empty() {
            return closed;
        }
        if part.len() > full || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return true;
        }
        let Some(number) = number else { return true };
        number > most
            || (index == 0 && (part.starts_with('0') || (closed && part.len() < 4)))
            || (number == 0 && (closed || part.len() == full))
    };
    if parts.len() > 3 || parts.iter().enumerate().any(|(index, part)| bad(index, part)) {
        return true;
    }
    matches!(parts[..], [year, month, day] if day.len() == 2 && real_date(year, month, day).is_none())
}

fn number(value: &str) -> bool {
    let value: String = value.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    let body = value.strip_prefix(['-', '+']).unwrap_or(&value);
    body.starts_with('.') || body.matches('.').count() > 1 || body.chars().any(|c| !c.is_ascii_digit() && c != '.')
}

fn id_number(field: &Field, value: &str) -> Option<Invalid> {
    let text = normalise::number_text(value);
    let (body, check) = text.split_at(text.len().min(17));
    if !grouped(value, |c| c.is_ascii_alphanumeric())
        || !body.bytes().all(|byte| byte.is_ascii_digit())
        || check.len() > 1
        || !check.bytes().all(|byte| byte.is_ascii_digit() || byte == b'X')
    {
        return Some(Invalid::IdNumber);
    }
    if body.len() >= 14 && real_date(&body[6..10], &body[10..12], &body[12..14]).is_none() {
        return Some(Invalid::IdDate);
    }
    (id_check(body).is_some() && !check.is_empty()).then(|| validate(field, value).err()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::preset;

    fn check(code: &str, typed: &str) -> Option<Invalid> {
        hopeless(preset::catalogue().field(code).unwrap(), typed)
    }

    #[test]
    fn nobody_is_scolded_for_the_first_characters() {
        for (code, typed) in [
            ("phone", "1"),
            ("phone", "+"),
            ("phone", "0086 138"),
            ("email", "z"),
            ("email", "zhang@"),
            ("email", "zhang@example."),
            ("birth_date", "19"),
            ("birth_date", "1988-0"),
            ("birth_date", "1988年2"),
            ("birth_date", "1988-02-2"),
            ("id_number", "11010519491231002"),
            ("card", "4111"),
            ("name", ""),
        ] {
            assert_eq!(check(code, typed), None, "{code} {typed}");
        }
    }

    #[test]
    fn what_cannot_become_right_is_said_at_once() {
        for (code, typed, why) in [
            ("phone", "138x", Invalid::Phone),
            ("phone", "1234567890123456", Invalid::Phone),
            ("email", "a b", Invalid::Email),
            ("email", "a@b@", Invalid::Email),
            ("birth_date", "1988-13", Invalid::Date),
            ("birth_date", "198802300", Invalid::Date),
            ("birth_date", "1989-02-29", Invalid::Date),
            ("birth_date", "88-", Invalid::Date),
            ("id_number", "11010519491331", Invalid::IdDate),
            ("id_number", "110105194912310021", Invalid::IdCheck('X')),
            ("id_number", "1101a", Invalid::IdNumber),
            ("card", "4111 1111 1111 1111 112", Invalid::Card),
            ("card", "41a", Invalid::Card),
            ("name", "a\u{202e}b", Invalid::Control),
        ] {
            assert_eq!(check(code, typed), Some(why), "{code} {typed}");
        }
        assert!(matches!(check("name", &"x".repeat(201)), Some(Invalid::TooLong { length: 201, limit: 200 })));
    }

    proptest! {
        #[test]
        fn no_start_of_a_right_value_is_called_wrong(
            typed in "[+]?[0-9 ()-]{5,19}|(0086|86)?1[0-9]{10}|[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{8}|[a-zA-Z.+]{1,8}@[a-z]{1,6}[.-][a-z]{1,6}([.]com)?|[+-]?[0-9,]{1,6}([.][0-9]{1,3})?|[0-9]{17}[0-9Xx]|[0-9]{12,19}"
        ) {
            for field in preset::catalogue().fields {
                if validate(&field, &typed).is_ok() {
                    for (end, _) in typed.char_indices() {
                        prop_assert_eq!(hopeless(&field, &typed[..end]), None, "{} {}", field.code, &typed[..end]);
                    }
                    prop_assert_eq!(hopeless(&field, &typed), None);
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(typed in any::<String>()) {
            for field in preset::catalogue().fields {
                let _ = hopeless(&field, &typed);
            }
        }
    }
}
