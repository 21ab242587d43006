//! What may be typed into a field of each kind, and the spelling it is stored in.

use jiff::civil::Date;
use thiserror::Error;

use super::normalise;
use crate::model::catalogue::{Field, FieldKind, Language};

/// Longest value of a field, in characters.
pub const MAX_TEXT: usize = 200;
/// Longest value of a long text, in characters.
pub const MAX_LONG_TEXT: usize = 4_000;

/// Why a value cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Invalid {
    #[error("a value is required")]
    Required,
    #[error("{length} characters are too many; at most {limit} fit")]
    TooLong { length: usize, limit: usize },
    #[error("it holds a control character")]
    Control,
    #[error("a phone number has 7 to 15 digits and may start with +")]
    Phone,
    #[error("an e-mail address looks like name@example.com")]
    Email,
    #[error("a date that exists, as 1988-02-29")]
    Date,
    #[error("a number, as 12 or -3.5")]
    Number,
    #[error("one of: {0}")]
    Choice(String),
    #[error("an ID number has 17 digits and a check character")]
    IdNumber,
    #[error("the check character should be {0}")]
    IdCheck(char),
    #[error("the ID number's birth date does not exist")]
    IdDate,
    #[error("a card number has 12 to 19 digits with a right check digit")]
    Card,
}

impl Invalid {
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::Required => "必填".into(),
            Self::TooLong { length, limit } => format!("{length} 个字符过长，最多 {limit} 个"),
            Self::Control => "含有控制字符".into(),
            Self::Phone => "电话号码为 7 至 15 位数字，可以 + 开头".into(),
            Self::Email => "电子邮件格式如 name@example.com".into(),
            Self::Date => "请输入存在的日期，如 1988-02-29".into(),
            Self::Number => "请输入数字，如 12 或 -3.5".into(),
            Self::Choice(list) => format!("可选：{list}"),
            Self::IdNumber => "身份证号为 17 位数字加一位校验码".into(),
            Self::IdCheck(expected) => format!("校验码应为 {expected}"),
            Self::IdDate => "身份证号中的出生日期不存在".into(),
            Self::Card => "卡号为 12 至 19 位数字且校验位正确".into(),
        }
    }
}

/// Checks a value and answers with the spelling it is stored in.
///
/// # Errors
/// [`Invalid`] says what is expected.
pub fn validate(field: &Field, typed: &str) -> Result<String, Invalid> {
    let value = typed.trim();
    let limit = if field.kind == FieldKind::LongText { MAX_LONG_TEXT } else { MAX_TEXT };
    let length = value.chars().count();
    if length > limit {
        return Err(Invalid::TooLong { length, limit });
    }
    if value.is_empty() {
        return if field.required { Err(Invalid::Required) } else { Ok(String::new()) };
    }
    if value.chars().any(|c| c.is_control() && !(c == '\n' && field.kind == FieldKind::LongText)) {
        return Err(Invalid::Control);
    }
    match field.kind {
        FieldKind::Text | FieldKind::LongText => Ok(value.to_owned()),
        FieldKind::Phone => phone(value),
        FieldKind::Email => email(value),
        FieldKind::Date => date(value),
        FieldKind::Number => value.parse::<f64>().ok().filter(|n| n.is_finite()).map(|_| value.to_owned()).ok_or(Invalid::Number),
        FieldKind::Choice => choice(field, value),
        FieldKind::IdNumber => id_number(value),
        FieldKind::Card => card(value),
    }
}

fn phone(value: &str) -> Result<String, Invalid> {
    let plus = value.starts_with('+');
    let body = value.strip_prefix('+').unwrap_or(value);
    if !body.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.')) {
        return Err(Invalid::Phone);
    }
    let digits = normalise::phone_digits(value);
    if !(7..=15).contains(&digits.len()) {
        return Err(Invalid::Phone);
    }
    let mainland = digits.len() == 11 && digits.starts_with('1');
    Ok(if plus && !mainland { format!("+{digits}") } else { digits })
}

fn email(value: &str) -> Result<String, Invalid> {
    let address = normalise::email(value);
    let (local, domain) = address.split_once('@').ok_or(Invalid::Email)?;
    let good = !local.is_empty()
        && !value.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty());
    good.then_some(address.clone()).ok_or(Invalid::Email)
}

fn date(value: &str) -> Result<String, Invalid> {
    value.replace(['/', '.'], "-").parse::<Date>().map(|date| date.to_string()).map_err(|_| Invalid::Date)
}

fn choice(field: &Field, value: &str) -> Result<String, Invalid> {
    let folded = normalise::fold(value);
    field
        .choices
        .iter()
        .find(|choice| [&choice.code, &choice.label.en, &choice.label.zh].into_iter().any(|name| normalise::fold(name) == folded))
        .map(|choice| choice.code.clone())
        .ok_or_else(|| Invalid::Choice(field.choices.iter().map(|choice| choice.code.as_str()).collect::<Vec<_>>().join(", ")))
}

/// GB 11643-1999: the check character by ISO 7064 MOD 11-2.
fn id_number(value: &str) -> Result<String, Invalid> {
    let text = normalise::number_text(value);
    let (body, check) = text.split_at_checked(17).ok_or(Invalid::IdNumber)?;
    let mut checks = check.chars();
    let (Some(check), None) = (checks.next(), checks.next()) else { return Err(Invalid::IdNumber) };
    let expected = id_check(body).ok_or(Invalid::IdNumber)?;
    let born = format!("{}-{}-{}", &body[6..10], &body[10..12], &body[12..14]);
    born.parse::<Date>().map_err(|_| Invalid::IdDate)?;
    if check != expected {
        return Err(Invalid::IdCheck(expected));
    }
    Ok(text)
}

/// The check character of an ID number's first 17 digits; `None` unless they are 17 digits.
#[must_use]
pub fn id_check(body: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let digits: Option<Vec<u32>> = body.chars().map(|c| c.to_digit(10)).collect();
    let digits = digits.filter(|digits| digits.len() == 17)?;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    CHECKS.get(usize::try_from(sum % 11).ok()?).copied()
}

fn card(value: &str) -> Result<String, Invalid> {
    let text = normalise::number_text(value);
    let good = (12..=19).contains(&text.len()) && luhn_check(text.get(..text.len() - 1).unwrap_or_default()) == text.chars().last();
    good.then_some(text).ok_or(Invalid::Card)
}

/// The Luhn check digit (ISO/IEC 7812-1 annex B) that belongs behind `body`; `None` unless it is all digits.
#[must_use]
pub fn luhn_check(body: &str) -> Option<char> {
    let mut sum = 0;
    for (index, c) in body.chars().rev().enumerate() {
        let digit = c.to_digit(10)?;
        sum += if index % 2 == 0 { digit / 5 + digit * 2 % 10 } else { digit };
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::preset;

    fn check(code: &str, typed: &str) -> Result<String, Invalid> {
        validate(preset::catalogue().field(code).unwrap(), typed)
    }

    #[test]
    fn values_are_stored_in_one_spelling() {
        assert_eq!(check("phone", "+86 138-1234-5678").unwrap(), "13812345678");
        assert_eq!(check("email", "Li.Na@Example.COM").unwrap(), "li.na@example.com");
        assert_eq!(check("id_number", "11010519491231002x").unwrap(), "11010519491231002X");
        assert_eq!(check("card", "4111 1111 1111 1111").unwrap(), "4111111111111111");
        assert_eq!(check("birth_date", "1988/02/29").unwrap(), "1988-02-29");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(check("birth_date", "1989-02-29"), Err(Invalid::Date));
        assert_eq!(check("id_number", "110105194912310021"), Err(Invalid::IdCheck('X')));
        assert_eq!(check("card", "4111111111111112"), Err(Invalid::Card));
        assert_eq!(check("name", ""), Err(Invalid::Required));
        assert!(matches!(check("name", &"x".repeat(1_000_000)), Err(Invalid::TooLong { length: 1_000_000, .. })));
        assert_eq!(check("name", "a\u{1b}b"), Err(Invalid::Control));
    }

    proptest! {
        #[test]
        fn no_text_makes_validation_panic(typed in any::<String>()) {
            for field in preset::catalogue().fields {
                let _ = validate(&field, &typed);
            }
        }

        #[test]
        fn what_is_stored_is_valid_again(typed in "\\+?[0-9 ]{5,17}") {
            if let Ok(stored) = check("phone", &typed) {
                prop_assert_eq!(check("phone", &stored).unwrap(), stored);
            }
        }
    }
}
