//! What may be typed into a field of each kind, and the spelling it is stored in.

use jiff::civil::Date;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use super::normalise;
use crate::model::{
    catalogue::{Field, FieldKind, Language},
    id::{Prefix, RecordNumber},
};

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
    #[error("it holds a control or text direction character")]
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
    /// With the letters that are wanted.
    #[error("a record's number, as {0}-000042")]
    Record(Prefix),
    /// It is deleted, purged, above the person's clearance, of another kind, or was never there: which, is told to nobody.
    #[error("there is no record {0}")]
    NoRecord(RecordNumber),
}

impl Invalid {
    /// Stable, for scripts and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong { .. } => "too_long",
            Self::Control => "control",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Date => "date",
            Self::Number => "number",
            Self::Choice(_) => "choice",
            Self::IdNumber => "id_number",
            Self::IdCheck(_) => "id_check",
            Self::IdDate => "id_date",
            Self::Card => "card",
            Self::Record(_) => "record",
            Self::NoRecord(_) => "no_record",
        }
    }

    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::Required => "必填".into(),
            Self::TooLong { length, limit } => format!("{length} 个字符过长，最多 {limit} 个"),
            Self::Control => "含有控制字符或文字方向字符".into(),
            Self::Phone => "电话号码为 7 至 15 位数字，可以 + 开头".into(),
            Self::Email => "电子邮件格式如 name@example.com".into(),
            Self::Date => "请输入存在的日期，如 1988-02-29".into(),
            Self::Number => "请输入数字，如 12 或 -3.5".into(),
            Self::Choice(list) => format!("可选：{list}"),
            Self::IdNumber => "身份证号为 17 位数字加一位校验码".into(),
            Self::IdCheck(expected) => format!("校验码应为 {expected}"),
            Self::IdDate => "身份证号中的出生日期不存在".into(),
            Self::Card => "卡号为 12 至 19 位数字且校验位正确".into(),
            Self::Record(prefix) => format!("请输入记录编号，如 {prefix}-000042"),
            Self::NoRecord(number) => format!("没有记录 {number}"),
        }
    }
}

/// Checks a value and answers with the spelling it is stored in.
///
/// # Errors
/// [`Invalid`] says what is expected.
pub fn validate(field: &Field, typed: &str) -> Result<String, Invalid> {
    let value = typed.trim();
    let limit = limit(field.kind);
    let length = value.chars().count();
    if length > limit {
        return Err(Invalid::TooLong { length, limit });
    }
    if value.is_empty() {
        return if field.required { Err(Invalid::Required) } else { Ok(String::new()) };
    }
    if has_control(field.kind, value) {
        return Err(Invalid::Control);
    }
    match field.kind {
        FieldKind::Text | FieldKind::LongText => Ok(value.nfc().collect()),
        FieldKind::Phone => phone(value),
        FieldKind::Email => email(value),
        FieldKind::Date => date(value),
        FieldKind::Number => number(value),
        FieldKind::Choice => choice(field, value),
        FieldKind::IdNumber => id_number(value),
        FieldKind::Card => card(value),
        FieldKind::Record => record(field, value),
    }
}

/// Longest value of a kind, in characters.
#[must_use]
pub fn limit(kind: FieldKind) -> usize {
    if kind == FieldKind::LongText { MAX_LONG_TEXT } else { MAX_TEXT }
}

/// Control characters, and those that turn the direction of the text around them (Unicode UAX #9): a value could look like another one.
pub(super) fn has_control(kind: FieldKind, value: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    value.chars().any(|c| turns(c) || (c.is_control() && !(c == '\n' && kind == FieldKind::LongText)))
}

/// Stored as 11 digits for the mainland, as `+` and digits (E.164) where a country was given, as plain digits otherwise.
fn phone(value: &str) -> Result<String, Invalid> {
    let value: String = value.nfkc().collect();
    let (plus, body) = match value.strip_prefix('+') {
        Some(body) => (true, body),
        None => (false, value.as_str()),
    };
    if !body.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.')) {
        return Err(Invalid::Phone);
    }
    let all = normalise::digits(body);
    let bare = normalise::phone_digits(body);
    if !(7..=15).contains(&bare.len()) {
        return Err(Invalid::Phone);
    }
    // `+1 415 555 2671` has eleven digits too: only a mainland prefix may be dropped together with the plus.
    Ok(if plus && bare == all { format!("+{bare}") } else { bare })
}

/// The part of RFC 5321 that mail providers accept: a dot-atom, `@`, and a host name of at least two labels. Letters of any script are allowed
/// in both (RFC 6531).
fn email(value: &str) -> Result<String, Invalid> {
    let address = normalise::fold(value);
    let (local, domain) = address.split_once('@').ok_or(Invalid::Email)?;
    let atom = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c));
    let label = |part: &str| {
        !part.is_empty() && !part.starts_with('-') && !part.ends_with('-') && part.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let good =
        local.len() <= 64 && domain.len() <= 253 && local.split('.').all(atom) && domain.contains('.') && domain.split('.').all(label);
    if good { Ok(address) } else { Err(Invalid::Email) }
}

/// Year, month, day, however they are separated; stored as ISO 8601.
fn date(value: &str) -> Result<String, Invalid> {
    let value: String = value.nfkc().collect();
    let value = value.trim_end_matches('日');
    let parts: Vec<&str> = if value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        vec![&value[..4], &value[4..6], &value[6..]]
    } else {
        value.split(['-', '/', '.', '年', '月']).map(str::trim).collect()
    };
    let [year, month, day] = parts[..] else { return Err(Invalid::Date) };
    real_date(year, month, day).map(|date| date.to_string()).ok_or(Invalid::Date)
}

pub(super) fn real_date(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
    let (month, day) = (i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?);
    if year.len() != 4 {
        return None;
    }
    Date::new(number(year).filter(|year| *year >= 1000)?, month, day).ok()
}

/// An optional sign, digits with or without a decimal part; grouping commas are dropped.
fn number(value: &str) -> Result<String, Invalid> {
    let value: String = value.nfkc().filter(|c| !matches!(c, ',' | ' ')).collect();
    let (sign, body) = match value.strip_prefix('-') {
        Some(body) => ("-", body),
        None => ("", value.strip_prefix('+').unwrap_or(&value)),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(fraction) { Ok(format!("{sign}{body}")) } else { Err(Invalid::Number) }
}

/// Letters and digits of a number that people write in groups; anything but spaces and dashes between them is a mistake.
fn grouped(value: &str) -> Option<String> {
    let good = value.nfkc().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
    good.then(|| normalise::number_text(value))
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
    let text = grouped(value).ok_or(Invalid::IdNumber)?;
    let (body, check) = text.split_at_checked(17).ok_or(Invalid::IdNumber)?;
    let mut checks = check.chars();
    let (Some(check), None) = (checks.next(), checks.next()) else { return Err(Invalid::IdNumber) };
    let expected = id_check(body).ok_or(Invalid::IdNumber)?;
    // `expected` is there, so the body is 17 ASCII digits and may be cut anywhere.
    real_date(&body[6..10], &body[10..12], &body[12..14]).ok_or(Invalid::IdDate)?;
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
    let text = grouped(value).ok_or(Invalid::Card)?;
    let good = (12..=19).contains(&text.len()) && luhn_check(text.get(..text.len() - 1).unwrap_or_default()) == text.chars().last();
    good.then_some(text).ok_or(Invalid::Card)
}

/// `C-000042`, whatever zeros and letters it was typed with; whether there is such a record only a search can tell.
fn record(field: &Field, value: &str) -> Result<String, Invalid> {
    let prefix = field.of.as_ref().map(|of| of.prefix).unwrap_or_default();
    let value: String = value.nfkc().collect();
    match RecordNumber::parse(&value) {
        Some(number) if number.prefix == Prefix::NONE || number.prefix == prefix => {
            Ok(RecordNumber { value: number.value, prefix }.to_string())
        }
        _ => Err(Invalid::Record(prefix)),
    }
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
    fn a_country_is_kept_and_the_mainland_is_not_confused_with_it() {
        assert_eq!(check("phone", "+1 (415) 555-2671").unwrap(), "+14155552671");
        assert_eq!(check("phone", "0086 13812345678").unwrap(), "13812345678");
        assert_eq!(check("phone", "010-62781234").unwrap(), "01062781234");
        assert_eq!(check("phone", "１３８１２３４５６７８").unwrap(), "13812345678");
        for wrong in ["12", "1234567890123456", "138x2345678", "++8613812345678"] {
            assert_eq!(check("phone", wrong), Err(Invalid::Phone), "{wrong}");
        }
    }

    #[test]
    fn dates_are_read_as_people_write_them_and_must_exist() {
        for typed in ["1988-02-29", "1988/2/29", "1988.02.29", "19880229", "1988年2月29日", " 1988-02-29 "] {
            assert_eq!(check("birth_date", typed).unwrap(), "1988-02-29", "{typed}");
        }
        for wrong in ["1900-02-29", "2023-13-01", "2023-00-10", "88-02-03", "2023-2", "+2023-01-01", "-2023-01-01", "2023-01-01T00:00"] {
            assert_eq!(check("birth_date", wrong), Err(Invalid::Date), "{wrong}");
        }
    }

    #[test]
    fn addresses_that_no_mail_would_reach_are_refused() {
        for good in ["a.b+c@example.co.uk", "用户@例子.中国", "o'hara@example.com"] {
            assert!(check("email", good).is_ok(), "{good}");
        }
        for wrong in ["a@b", "@example.com", "a@", "a b@example.com", "a..b@example.com", "a@-x.com", "a@x..com", "a@b@c.com", "<a@b.com>"]
        {
            assert_eq!(check("email", wrong), Err(Invalid::Email), "{wrong}");
        }
    }

    #[test]
    fn a_choice_is_taken_by_code_or_label() {
        for typed in ["active", "Active", "活跃"] {
            assert_eq!(check("status", typed).unwrap(), "active");
        }
        assert_eq!(check("status", "gone"), Err(Invalid::Choice("active, dormant, closed".into())));
    }

    #[test]
    fn numbers_are_plain_decimals() {
        let field = Field { kind: FieldKind::Number, choices: Vec::new(), ..preset::catalogue().field("city").unwrap().clone() };
        assert_eq!(validate(&field, "1,234.50").unwrap(), "1234.50");
        assert_eq!(validate(&field, "-3.5").unwrap(), "-3.5");
        for wrong in ["inf", "1e5", "1.2.3", ".", "--1", "0x10", "NaN"] {
            assert_eq!(validate(&field, wrong), Err(Invalid::Number), "{wrong}");
        }
    }

    #[test]
    fn numbers_with_a_check_are_checked() {
        assert_eq!(check("id_number", "110105 19491231 002X").unwrap(), "11010519491231002X");
        assert_eq!(check("id_number", "11010519490231002X"), Err(Invalid::IdDate));
        assert_eq!(check("id_number", "1101051949123100"), Err(Invalid::IdNumber));
        assert_eq!(check("card", "4111!1111!1111!1111"), Err(Invalid::Card));
        assert_eq!(check("card", "378282246310005").unwrap(), "378282246310005");
    }

    #[test]
    fn a_record_is_named_by_its_number_with_the_letters_of_its_kind_or_without() {
        let of = Some(crate::model::catalogue::Target { kind: "customer".into(), prefix: Prefix::parse("C").unwrap() });
        let field = Field { kind: FieldKind::Record, of, ..preset::catalogue().field("city").unwrap().clone() };
        for typed in ["C-000042", "c42", "42", "Ｃ－42"] {
            assert_eq!(validate(&field, typed).as_deref(), Ok("C-000042"), "{typed}");
        }
        for wrong in ["K-42", "C-0", "Zhang Wei", "C-"] {
            assert_eq!(validate(&field, wrong), Err(Invalid::Record(Prefix::parse("C").unwrap())), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(check("birth_date", "1989-02-29"), Err(Invalid::Date));
        assert_eq!(check("id_number", "110105194912310021"), Err(Invalid::IdCheck('X')));
        assert_eq!(check("card", "4111111111111112"), Err(Invalid::Card));
        assert_eq!(check("name", ""), Err(Invalid::Required));
        assert!(matches!(check("name", &"x".repeat(1_000_000)), Err(Invalid::TooLong { length: 1_000_000, .. })));
        assert_eq!(check("name", "a\u{1b}b"), Err(Invalid::Control));
        assert_eq!(check("name", "a\u{202e}b"), Err(Invalid::Control));
    }

    proptest! {
        #[test]
        fn no_text_makes_validation_panic(typed in any::<String>()) {
            for field in preset::catalogue().fields {
                let _ = validate(&field, &typed);
            }
        }

        #[test]
        fn what_is_stored_is_valid_again(typed in "[+]?[0-9 ]{5,17}|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[a-zA-Z.]{1,8}@[a-z]{1,6}[.]com|\\PC{1,30}") {
            for field in preset::catalogue().fields {
                if let Ok(stored) = validate(&field, &typed) {
                    prop_assert_eq!(validate(&field, &stored), Ok(stored));
                }
            }
        }

        #[test]
        fn one_wrong_digit_of_a_card_is_noticed(body in "[0-9]{11,18}", at in 0_usize..11, by in 1_u32..10) {
            let card = format!("{body}{}", luhn_check(&body).unwrap());
            prop_assert_eq!(check("card", &card), Ok(card.clone()));
            let wrong: String = card
                .char_indices()
                .map(|(index, c)| if index == at { char::from_digit((c.to_digit(10).unwrap() + by) % 10, 10).unwrap() } else { c })
                .collect();
            prop_assert_eq!(check("card", &wrong), Err(Invalid::Card));
        }
    }
}
