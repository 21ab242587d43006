//! Kinds of record: customers, and what else an installation keeps. Rows in the database, never code.

use super::catalogue::{Label, Language};

/// The kind that every installation begins with.
pub const CUSTOMER: &str = "customer";

/// One kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordKind {
    pub code: String,
    pub label: Label,
    /// One to three capitals before its numbers: `C` for `C-204817`.
    pub prefix: String,
    /// What the field `name` is called for its records, where it is called otherwise.
    pub name: Option<Label>,
    /// Counts changes.
    pub version: i64,
    /// No record of it can be made any more; those there are stay.
    pub retired: bool,
}

impl RecordKind {
    /// The label as it stands within a sentence: `customer`; in Chinese as it is, and abbreviations keep their capitals.
    #[must_use]
    pub fn in_sentence(&self, language: Language) -> String {
        let label = self.label.in_language(language);
        let mut characters = label.chars();
        match (characters.next(), characters.next()) {
            (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().collect::<String>() + &label[first.len_utf8()..],
            _ => label.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_within_a_sentence_loses_its_capital_unless_it_is_an_abbreviation() {
        let kind = |en: &str| RecordKind {
            code: "x".into(),
            label: Label { en: en.into(), zh: "合同".into() },
            prefix: "X".into(),
            name: None,
            version: 1,
            retired: false,
        };
        assert_eq!(kind("Contract").in_sentence(Language::English), "contract");
        assert_eq!(kind("SLA").in_sentence(Language::English), "SLA");
        assert_eq!(kind("").in_sentence(Language::English), "");
        assert_eq!(kind("Contract").in_sentence(Language::Chinese), "合同");
    }
}
