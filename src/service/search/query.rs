//! The search box's language: words, digits, e-mail addresses, CJK, `field:value`, record numbers. All words must match.
//!
//! Parsing is pure and needs no key. What a word may match is a list of alternatives (field, index mode, term); the list itself is turned into
//! blind-index tokens by the caller, who holds the index keys.

use thiserror::Error;

use crate::{
    model::{
        catalogue::{Catalogue, Field, FieldKind, IndexMode, Language, Mask},
        id::RecordNumber,
        kind::RecordKind,
        record::Summary,
    },
    text::normalise,
};

/// Longest search accepted, in characters.
pub const MAX_LENGTH: usize = 200;
/// Most words accepted in one search.
pub const MAX_WORDS: usize = 8;
/// Longest prefix that is indexed, in characters; the rest of a longer word is checked by the client.
const LONGEST_PREFIX: usize = 8;
/// What stands before a kind of record, folded.
const KIND: [&str; 2] = ["kind", "类型"];
/// What stands before the number of a record that others refer to, folded.
const REFERS: [&str; 2] = ["refers", "引用"];

/// A parsed search. Empty means: list everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub words: Vec<Word>,
    /// Code of the kind of record that was named.
    pub kind: Option<String>,
    /// The last word, where it is too short to be searched for and others are not.
    pub unfinished: Option<String>,
}

/// One word of the search; every word must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As typed, without quotes and field name.
    pub text: String,
    /// Case-folded, as compared with a row.
    pub folded: String,
    /// Record number meant by the word, if it can be one.
    pub number: Option<RecordNumber>,
    /// Groups that must all match; within a group one alternative is enough.
    pub groups: Vec<Vec<Alternative>>,
}

/// One way for a word to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    pub field: String,
    pub mode: IndexMode,
    pub term: String,
}

/// Why a search cannot be run, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
    #[error("The search is {length} characters long; at most {MAX_LENGTH} are accepted. Shorten it to a name, a number or an address.")]
    TooLong { length: usize },
    #[error("The search has {count} words; at most {MAX_WORDS} are accepted. Leave the least telling ones out.")]
    TooManyWords { count: usize },
    #[error("A quote is not closed. Add the missing \" or remove the other one.")]
    UnmatchedQuote,
    #[error("The search holds a control character. Type it again instead of pasting it.")]
    ControlCharacter,
    #[error("There is no field called \"{name}\".{}", nearest.as_ref().map(|n| format!(" Did you mean \"{n}\"?")).unwrap_or_default())]
    UnknownField { name: String, nearest: Option<String> },
    #[error("There is no kind of record called \"{name}\"; there are {known}.")]
    UnknownKind { name: String, known: String },
    #[error("\"{word}\" is not a record's number, such as C-000042.")]
    NoNumber { word: String },
    #[error("No field that can be searched refers to records such as {number}.")]
    NothingRefers { number: RecordNumber },
    #[error("The field \"{field}\" is not indexed, so it cannot be searched.")]
    NotIndexed { field: String },
    #[error("\"{word}\" is too short to search for. Type at least two letters, one Chinese character, or four digits.")]
    TooShort { word: String },
}

impl QueryError {
    /// The sentence in the person's language.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        if language == Language::English {
            return self.to_string();
        }
        match self {
            Self::TooLong { length } => format!("搜索内容有 {length} 个字符，最多 {MAX_LENGTH} 个。请缩短为姓名、号码或地址。"),
            Self::TooManyWords { count } => format!("搜索包含 {count} 个词，最多 {MAX_WORDS} 个。请去掉不重要的词。"),
            Self::UnmatchedQuote => "引号没有成对。请补上或删除引号 \"。".into(),
            Self::ControlCharacter => "搜索内容含有控制字符。请手动输入，不要粘贴。".into(),
            Self::UnknownField { name, nearest } => {
                let hint = nearest.as_ref().map(|n| format!("是否要找“{n}”？")).unwrap_or_default();
                format!("没有名为“{name}”的字段。{hint}")
            }
            Self::UnknownKind { name, known } => format!("没有名为“{name}”的记录类型；现有 {known}。"),
            Self::NoNumber { word } => format!("“{word}”不是记录编号，编号如 C-000042。"),
            Self::NothingRefers { number } => format!("没有可搜索的字段引用 {number} 这类记录。"),
            Self::NotIndexed { field } => format!("字段“{field}”没有索引，不能搜索。"),
            Self::TooShort { word } => format!("“{word}”太短。请至少输入两个字母、一个汉字或四位数字。"),
        }
    }
}

impl Query {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.kind.is_none()
    }

    /// What to underline in a row, by the field in which it was looked for.
    #[must_use]
    pub fn highlights(&self) -> Vec<Highlight> {
        let of_word = |word: &Word| word.groups.iter().flatten().map(|alternative| alternative.highlight(&word.text)).collect::<Vec<_>>();
        let mut all: Vec<Highlight> = self.words.iter().flat_map(of_word).collect();
        all.dedup();
        all
    }

    /// Whether a decrypted row really matches. Drops the false positives of the blind index: what can be compared with an open summary field
    /// is compared; what only a token can know (a phone's last four digits) is taken on the token's word.
    #[must_use]
    pub fn matches(&self, catalogue: &Catalogue, number: RecordNumber, summary: &Summary) -> bool {
        self.words.iter().all(|word| word.matches(catalogue, number, summary))
    }
}

/// A part of a field's text to underline, folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    pub field: String,
    pub text: String,
}

impl Alternative {
    /// Of a number no more than the last four characters can be seen under its mask.
    fn highlight(&self, word: &str) -> Highlight {
        let text = match self.mode {
            IndexMode::Exact | IndexMode::LastFour => {
                let tail: Vec<char> = self.term.chars().rev().take(4).collect();
                tail.into_iter().rev().collect::<String>().to_lowercase()
            }
            IndexMode::NamePrefix => word.to_owned(),
            IndexMode::Cjk | IndexMode::Email | IndexMode::DateParts => self.term.clone(),
        };
        Highlight { field: self.field.clone(), text }
    }
}

impl Word {
    fn matches(&self, catalogue: &Catalogue, number: RecordNumber, summary: &Summary) -> bool {
        if self.number.is_some_and(|wanted| wanted.means(number)) {
            return true;
        }
        if self.groups.is_empty() {
            return false;
        }
        self.groups.iter().flatten().any(|alternative| {
            let Some(field) = catalogue.field(&alternative.field) else { return false };
            let open = field.summary && field.mask == Mask::Open;
            match summary.get(&alternative.field) {
                Some(value) if open => self.found_in(field, alternative.mode, value),
                // The row does not say; the token does.
                _ => !open,
            }
        })
    }

    fn found_in(&self, field: &Field, mode: IndexMode, value: &str) -> bool {
        let value = normalise::fold(value);
        match mode {
            IndexMode::NamePrefix => normalise::words(&value).iter().any(|word| word.starts_with(&self.folded)),
            IndexMode::Cjk => value.contains(&self.folded),
            _ if field.kind == FieldKind::Choice => true,
            _ if field.kind == FieldKind::Record => {
                RecordNumber::parse(&self.text).zip(RecordNumber::parse(&value)).is_some_and(|(wanted, number)| wanted.means(number))
            }
            _ => value == self.folded || value.contains(&self.folded),
        }
    }
}

/// Parses what was typed into the search box.
///
/// # Errors
/// [`QueryError`] names what is wrong and what to type instead.
pub fn parse(catalogue: &Catalogue, typed: &str) -> Result<Query, QueryError> {
    let length = typed.chars().count();
    if length > MAX_LENGTH {
        return Err(QueryError::TooLong { length });
    }
    if typed.chars().any(char::is_control) {
        return Err(QueryError::ControlCharacter);
    }
    let parts = split(typed)?;
    if parts.len() > MAX_WORDS {
        return Err(QueryError::TooManyWords { count: parts.len() });
    }
    let mut query = Query::default();
    let last = parts.len().saturating_sub(1);
    for (index, part) in parts.into_iter().enumerate() {
        if let Some(code) = kind(catalogue, &part)? {
            query.kind = Some(code);
            continue;
        }
        match word(catalogue, &part) {
            // Still being typed behind others: it narrows the search once it is long enough.
            Err(QueryError::TooShort { word }) if index == last && !query.words.is_empty() => query.unfinished = Some(word),
            word => {
                let (word, kind) = word?;
                query.words.push(word);
                query.kind = kind.or(query.kind);
            }
        }
    }
    Ok(query)
}

/// `kind:contract`, unless there is a field of that name.
fn kind(catalogue: &Catalogue, part: &str) -> Result<Option<String>, QueryError> {
    let Some((name, value)) = part.split_once([':', '：']) else { return Ok(None) };
    let name = normalise::fold(name);
    if !KIND.contains(&name.as_str()) || field_named(catalogue, &name).is_ok() {
        return Ok(None);
    }
    if let Some(kind) = kind_named(catalogue, value.trim()) {
        return Ok(Some(kind.code.clone()));
    }
    let known = catalogue.kinds.iter().map(|kind| kind.code.as_str()).collect::<Vec<_>>().join(", ");
    Err(QueryError::UnknownKind { name: value.trim().to_owned(), known })
}

fn kind_named<'c>(catalogue: &'c Catalogue, name: &str) -> Option<&'c RecordKind> {
    let wanted = normalise::fold(name);
    let is = |kind: &&RecordKind| [&kind.code, &kind.label.en, &kind.label.zh].into_iter().any(|name| normalise::fold(name) == wanted);
    catalogue.kinds.iter().find(is)
}

/// Splits at white space, keeping what stands in double quotes together.
fn split(typed: &str) -> Result<Vec<String>, QueryError> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    for character in typed.chars() {
        match character {
            '"' | '“' | '”' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                if !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
            }
            c => part.push(c),
        }
    }
    if quoted {
        return Err(QueryError::UnmatchedQuote);
    }
    if !part.trim().is_empty() {
        parts.push(part);
    }
    Ok(parts)
}

/// With the code of the kind that was named before the field: `contract.customer:C-000042`.
fn word(catalogue: &Catalogue, part: &str) -> Result<(Word, Option<String>), QueryError> {
    if let Some((name, value)) = part.split_once([':', '：'])
        && !value.trim().is_empty()
        && !name.is_empty()
    {
        if REFERS.contains(&normalise::fold(name).as_str()) && field_named(catalogue, name).is_err() {
            return Ok((refers(&catalogue.active_fields().collect::<Vec<_>>(), value.trim())?, None));
        }
        let (field, kind) = qualified(catalogue, name)?;
        if field.index.is_empty() {
            return Err(QueryError::NotIndexed { field: field.code.clone() });
        }
        let word = if field.kind == FieldKind::Record { refers(&[field], value.trim()) } else { build(value.trim(), None, &[field]) };
        return Ok((word?, kind));
    }
    // Who types a number means the record that has it, not those that refer to it.
    let fields: Vec<&Field> =
        catalogue.active_fields().filter(|field| !field.index.is_empty() && field.kind != FieldKind::Record).collect();
    Ok((build(part.trim(), super::number_of(catalogue, part), &fields)?, None))
}

/// `customer`, or `contract.customer` with the code of the kind.
fn qualified<'c>(catalogue: &'c Catalogue, name: &str) -> Result<(&'c Field, Option<String>), QueryError> {
    if let Some((kind, field)) = name.split_once('.')
        && let Some(kind) = kind_named(catalogue, kind)
    {
        let found = catalogue.fields_of(&kind.code).find(|of| is_called(of, &normalise::fold(field)));
        let unknown = QueryError::UnknownField { name: name.to_owned(), nearest: None };
        return found.map(|field| (field, Some(kind.code.clone()))).ok_or(unknown);
    }
    Ok((field_named(catalogue, name)?, None))
}

/// A word for the records that refer to one, in those of the fields that can.
fn refers(fields: &[&Field], text: &str) -> Result<Word, QueryError> {
    let number = RecordNumber::parse(text).ok_or_else(|| QueryError::NoNumber { word: text.to_owned() })?;
    let can = |field: &&&Field| field.refers_to(number.prefix) && field.index.contains(&IndexMode::Exact);
    let group: Vec<Alternative> =
        fields.iter().filter(can).map(|field| alternative(field, IndexMode::Exact, number.value.to_string())).collect();
    if group.is_empty() {
        return Err(QueryError::NothingRefers { number });
    }
    let text = number.to_string();
    Ok(Word { folded: normalise::fold(&text), text, number: None, groups: vec![group] })
}

fn build(text: &str, number: Option<RecordNumber>, fields: &[&Field]) -> Result<Word, QueryError> {
    let folded = normalise::fold(text);
    let groups = if text.contains('@') {
        one_group(fields, |field| email(field, text))
    } else if is_digits(text) {
        one_group(fields, |field| digits(field, text, &folded))
    } else if folded.chars().any(normalise::is_cjk) {
        cjk(fields, &folded)
    } else {
        one_group(fields, |field| latin(field, text, &folded))
    };
    if groups.is_empty() && number.is_none() {
        return Err(QueryError::TooShort { word: text.to_owned() });
    }
    Ok(Word { text: text.to_owned(), folded, number, groups })
}

fn one_group(fields: &[&Field], alternatives: impl Fn(&Field) -> Vec<Alternative>) -> Vec<Vec<Alternative>> {
    let group: Vec<Alternative> = fields.iter().flat_map(|field| alternatives(field)).collect();
    if group.is_empty() { Vec::new() } else { vec![group] }
}

fn alternative(field: &Field, mode: IndexMode, term: impl Into<String>) -> Alternative {
    Alternative { field: field.code.clone(), mode, term: term.into() }
}

fn email(field: &Field, text: &str) -> Vec<Alternative> {
    let address = normalise::email(text);
    let mut found = Vec::new();
    if field.index.contains(&IndexMode::Email) && !address.is_empty() {
        // `name@` asks for the local part, `@domain` for the domain: both are indexed beside the whole address, with the `@` kept.
        found.push(alternative(field, IndexMode::Email, address));
    }
    found
}

fn digits(field: &Field, text: &str, folded: &str) -> Vec<Alternative> {
    let bare = normalise::digits(text);
    let numeric = matches!(field.kind, FieldKind::Phone | FieldKind::IdNumber | FieldKind::Card | FieldKind::Number);
    let mut found = Vec::new();
    if field.kind == FieldKind::Date {
        if field.index.contains(&IndexMode::DateParts) && bare.len() >= 4 {
            found.push(alternative(field, IndexMode::DateParts, folded));
        }
    } else if numeric {
        if field.index.contains(&IndexMode::LastFour) && bare.len() == 4 {
            found.push(alternative(field, IndexMode::LastFour, folded));
        }
        if field.index.contains(&IndexMode::Exact) && bare.len() > 4 {
            found.push(alternative(
                field,
                IndexMode::Exact,
                if field.kind == FieldKind::Phone { normalise::phone_digits(text) } else { bare_id(text) },
            ));
        }
    }
    found
}

fn latin(field: &Field, text: &str, folded: &str) -> Vec<Alternative> {
    let mut found = Vec::new();
    if field.index.contains(&IndexMode::NamePrefix) && folded.chars().count() >= 2 {
        let prefix: String = folded.chars().take(LONGEST_PREFIX).collect();
        found.push(alternative(field, IndexMode::NamePrefix, prefix));
    }
    if field.index.contains(&IndexMode::Exact) {
        match field.kind {
            FieldKind::Choice => {
                let choice = field.choices.iter().find(|choice| {
                    [&choice.code, &choice.label.en, &choice.label.zh].into_iter().any(|name| normalise::fold(name) == folded)
                });
                found.extend(choice.map(|choice| alternative(field, IndexMode::Exact, choice.code.clone())));
            }
            FieldKind::Text | FieldKind::LongText if folded.chars().count() >= 2 => {
                found.push(alternative(field, IndexMode::Exact, folded));
            }
            // An identity number may end in X.
            FieldKind::IdNumber if bare_id(text).len() == 18 => found.push(alternative(field, IndexMode::Exact, bare_id(text))),
            _ => {}
        }
    }
    if field.kind == FieldKind::IdNumber && field.index.contains(&IndexMode::LastFour) && bare_id(text).len() == 4 && ends_like_id(text) {
        found.push(alternative(field, IndexMode::LastFour, folded));
    }
    found
}

/// Every adjacent pair must match in some field: one group a pair.
fn cjk(fields: &[&Field], folded: &str) -> Vec<Vec<Alternative>> {
    let terms = normalise::cjk_query_terms(folded);
    let mut groups: Vec<Vec<Alternative>> = terms
        .iter()
        .map(|term| {
            fields
                .iter()
                .filter(|field| field.index.contains(&IndexMode::Cjk))
                .map(|field| alternative(field, IndexMode::Cjk, term.clone()))
                .collect()
        })
        .filter(|group: &Vec<Alternative>| !group.is_empty())
        .collect();
    let choices: Vec<Alternative> =
        fields.iter().filter(|field| field.kind == FieldKind::Choice).flat_map(|field| latin(field, folded, folded)).collect();
    if groups.is_empty() && !choices.is_empty() {
        groups.push(choices);
    } else {
        for group in &mut groups {
            group.extend(choices.iter().cloned());
        }
    }
    groups
}

fn field_named<'c>(catalogue: &'c Catalogue, name: &str) -> Result<&'c Field, QueryError> {
    let folded = normalise::fold(name);
    if let Some(field) = catalogue.active_fields().find(|field| is_called(field, &folded)) {
        return Ok(field);
    }
    let nearest = catalogue
        .active_fields()
        .map(|field| (strsim::damerau_levenshtein(&field.code, &folded), &field.code))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, code)| code.clone());
    Err(QueryError::UnknownField { name: name.to_owned(), nearest })
}

fn is_called(field: &Field, folded: &str) -> bool {
    [&field.code, &field.label.en, &field.label.zh].into_iter().any(|name| normalise::fold(name) == folded)
}

fn is_digits(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/'))
}

fn bare_id(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn ends_like_id(text: &str) -> bool {
    let bare = bare_id(text);
    bare.len() == 4 && bare.ends_with('X') && bare[..3].bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::preset;

    fn with_contracts() -> Catalogue {
        let mut catalogue = preset::catalogue();
        let mut contract = catalogue.kinds[0].clone();
        (contract.code, contract.prefix) = ("contract".into(), "K".into());
        contract.label = crate::model::catalogue::Label { en: "Contract".into(), zh: "合同".into() };
        catalogue.kinds.push(contract);
        catalogue
    }

    fn modes(query: &Query) -> Vec<(String, IndexMode)> {
        query.words.iter().flat_map(|w| w.groups.iter().flatten()).map(|a| (a.field.clone(), a.mode)).collect()
    }

    fn parsed(typed: &str) -> Query {
        parse(&preset::catalogue(), typed).unwrap()
    }

    #[test]
    fn a_latin_word_asks_for_names_by_prefix() {
        assert!(modes(&parsed("zhang")).contains(&("name".into(), IndexMode::NamePrefix)));
    }

    #[test]
    fn four_digits_ask_for_last_four_and_for_the_record_number() {
        let query = parsed("4412");
        assert_eq!(query.words[0].number, RecordNumber::parse("4412"));
        assert!(modes(&query).contains(&("phone".into(), IndexMode::LastFour)));
        assert!(modes(&query).contains(&("id_number".into(), IndexMode::LastFour)));
    }

    #[test]
    fn a_record_number_is_understood_with_and_without_its_letter() {
        assert_eq!(parsed("C-000042").words[0].number, Some(RecordNumber::new("C", 42)));
        assert_eq!(parsed("c42").words[0].number, Some(RecordNumber::new("C", 42)));
    }

    #[test]
    fn letters_that_no_kind_has_make_no_record_number() {
        assert_eq!(parsed("K-000042").words[0].number, None);
        assert_eq!(parse(&with_contracts(), "k-42").unwrap().words[0].number, Some(RecordNumber::new("K", 42)));
    }

    #[test]
    fn a_kind_is_named_by_its_code_or_label_and_is_no_word() {
        for typed in ["kind:contract", "类型：合同", "Kind:Contract"] {
            let query = parse(&with_contracts(), typed).unwrap();
            assert_eq!((query.kind.as_deref(), query.words.len(), query.is_empty()), (Some("contract"), 0, false), "{typed}");
        }
        let query = parse(&with_contracts(), "kind:contract maint").unwrap();
        assert_eq!((query.kind.as_deref(), query.words.len()), (Some("contract"), 1));
        let unknown = QueryError::UnknownKind { name: "order".into(), known: "customer, contract".into() };
        assert_eq!(parse(&with_contracts(), "kind:order"), Err(unknown));
    }

    fn with_parties() -> Catalogue {
        let mut catalogue = with_contracts();
        let city = catalogue.field("city").unwrap().clone();
        let of = Some(crate::model::catalogue::Target { kind: "customer".into(), prefix: crate::model::id::Prefix::parse("C").unwrap() });
        let (kind, index) = (FieldKind::Record, vec![IndexMode::Exact]);
        catalogue.fields.push(Field { code: "party".into(), kind, index, of, kinds: vec!["contract".into()], ..city });
        catalogue
    }

    #[test]
    fn a_reference_is_found_by_its_field_with_or_without_the_kind_or_by_any_field() {
        let term = [Alternative { field: "party".into(), mode: IndexMode::Exact, term: "42".into() }];
        for (typed, kind) in [
            ("party:C-000042", None),
            ("contract.party:42", Some("contract")),
            ("合同.party：c42", Some("contract")),
            ("refers:C-42", None),
            ("引用：42", None),
        ] {
            let query = parse(&with_parties(), typed).unwrap();
            assert_eq!((query.kind.as_deref(), query.words[0].groups.as_slice()), (kind, [term.to_vec()].as_slice()), "{typed}");
        }
        let number = RecordNumber::new("K", 42);
        assert_eq!(parse(&with_parties(), "refers:K-42"), Err(QueryError::NothingRefers { number }));
        assert_eq!(parse(&with_parties(), "party:Zhang"), Err(QueryError::NoNumber { word: "Zhang".into() }));
        assert!(matches!(parse(&with_parties(), "customer.party:42"), Err(QueryError::UnknownField { .. })));
    }

    #[test]
    fn a_bare_number_is_the_record_that_has_it_and_not_those_that_refer_to_it() {
        let query = parse(&with_parties(), "C-000042").unwrap();
        assert!(query.words[0].groups.iter().flatten().all(|alternative| alternative.field != "party"));
    }

    #[test]
    fn a_row_that_refers_to_another_record_is_dropped() {
        let query = parse(&with_parties(), "refers:42").unwrap();
        let row = |number: &str| Summary::from([("party".to_owned(), number.to_owned())]);
        assert!(query.matches(&with_parties(), RecordNumber::new("K", 7), &row("C-000042")));
        assert!(!query.matches(&with_parties(), RecordNumber::new("K", 7), &row("C-000421")));
    }

    #[test]
    fn an_address_asks_for_e_mail_only() {
        assert_eq!(modes(&parsed("a@example.com")), [("email".into(), IndexMode::Email)]);
    }

    #[test]
    fn three_chinese_characters_need_both_their_pairs() {
        assert_eq!(parsed("张伟明").words[0].groups.len(), 2);
    }

    #[test]
    fn a_last_word_that_is_still_too_short_waits_for_its_next_letter() {
        assert_eq!(parsed("zhang w").words, parsed("zhang").words);
        assert_eq!(parsed("zhang w").unfinished.as_deref(), Some("w"));
        assert_eq!(parsed("zhang wu").words.len(), 2);
    }

    #[test]
    fn only_spaces_list_everything() {
        assert!(parsed("   ").is_empty());
    }

    #[test]
    fn what_cannot_be_searched_is_named() {
        let catalogue = preset::catalogue();
        assert_eq!(parse(&catalogue, "\"zhang"), Err(QueryError::UnmatchedQuote));
        assert_eq!(parse(&catalogue, "a\u{1b}[2J"), Err(QueryError::ControlCharacter));
        assert_eq!(parse(&catalogue, &"x".repeat(10_000)), Err(QueryError::TooLong { length: 10_000 }));
        assert_eq!(parse(&catalogue, "phnoe:1234"), Err(QueryError::UnknownField { name: "phnoe".into(), nearest: Some("phone".into()) }));
        assert!(matches!(parse(&catalogue, "z"), Err(QueryError::TooShort { .. })));
        assert!(matches!(parse(&catalogue, "z zhang"), Err(QueryError::TooShort { .. })));
    }

    #[test]
    fn a_row_whose_name_only_shares_a_longer_prefix_is_dropped() {
        let catalogue = preset::catalogue();
        let query = parsed("christophersen");
        let row = |name: &str| Summary::from([("name".to_owned(), name.to_owned())]);
        assert!(query.matches(&catalogue, RecordNumber::new("C", 1), &row("Anna Christophersen")));
        assert!(!query.matches(&catalogue, RecordNumber::new("C", 1), &row("Christophe Martin")));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(typed in "\\PC{0,250}") {
            let _ = parse(&preset::catalogue(), &typed);
        }
    }
}
