//! How long data is kept: rules, what is due by them, and legal holds.

use jiff::Timestamp;

use super::{
    catalogue::{Catalogue, Language},
    id::{RecordId, RecordNumber},
};

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// Deleted records, until they are gone for good.
    Erased,
    /// Earlier values of a class, by its code.
    History(String),
    Notes,
    /// Records that nobody has looked at or changed.
    Untouched,
}

impl Kept {
    #[must_use]
    pub fn from_parts(kind: &str, class: &str) -> Option<Self> {
        match (kind, class) {
            ("erased", "") => Some(Self::Erased),
            ("notes", "") => Some(Self::Notes),
            ("untouched", "") => Some(Self::Untouched),
            ("history", class) if !class.is_empty() => Some(Self::History(class.to_owned())),
            _ => None,
        }
    }

    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Erased => "erased",
            Self::History(_) => "history",
            Self::Notes => "notes",
            Self::Untouched => "untouched",
        }
    }

    /// The code of the class, or nothing.
    #[must_use]
    pub fn class(&self) -> &str {
        if let Self::History(class) = self { class } else { "" }
    }

    /// `erased`, `history contact`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.kind(), self.class()).trim_end().to_owned()
    }

    #[must_use]
    pub fn in_words(&self, catalogue: &Catalogue, language: Language) -> String {
        let say = |en: &str, zh: &str| if language == Language::English { en.to_owned() } else { zh.to_owned() };
        match self {
            Self::Erased => say("Deleted records", "已删除的记录"),
            Self::Notes => say("Notes", "备注"),
            Self::Untouched => say("Untouched records", "长期未动的记录"),
            Self::History(code) => {
                let class = catalogue.class(code).map_or(code.as_str(), |class| class.label.in_language(language));
                match language {
                    Language::English => format!("Earlier values, {class}"),
                    Language::Chinese => format!("历史值（{class}）"),
                }
            }
        }
    }
}

/// How long something is kept, and what is due by that now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub of: Kept,
    /// `None` for ever.
    pub days: Option<i32>,
    /// Otherwise it is only marked as due.
    pub purges: bool,
    /// Counts changes; `None` where there is no rule.
    pub version: Option<i64>,
    pub due: Due,
}

/// What is due, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Records that are due, or of which something is.
    pub records: i64,
    pub values: i64,
    pub earlier: i64,
    pub notes: i64,
}

impl Due {
    /// Records beyond which nothing is counted.
    pub const MOST: i64 = 10_000;

    /// `12 records: 96 values, 340 earlier values, 7 notes`.
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let more = if self.records > Self::MOST { "+" } else { "" };
        let records = self.records.min(Self::MOST);
        let parts = [(self.values, "values", "个值"), (self.earlier, "earlier values", "个历史值"), (self.notes, "notes", "条备注")];
        let parts = parts.iter().filter(|(count, ..)| *count > 0);
        match language {
            Language::English => {
                let parts: Vec<String> = parts.map(|(count, en, _)| format!("{count}{more} {en}")).collect();
                let noun = if records == 1 { "record" } else { "records" };
                let colon = if parts.is_empty() { "" } else { ": " };
                format!("{records}{more} {noun}{colon}{}", parts.join(", "))
            }
            Language::Chinese => {
                let parts: Vec<String> = parts.map(|(count, _, zh)| format!("{count}{more} {zh}")).collect();
                let colon = if parts.is_empty() { "" } else { "：" };
                format!("{records}{more} 条记录{colon}{}", parts.join("，"))
            }
        }
    }
}

/// What purging has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub records: u64,
    /// Values, earlier values and notes.
    pub items: u64,
}

/// A record of which nothing is purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub reason: String,
    /// Of a case or an incident.
    pub reference: Option<String>,
    pub by: String,
    pub at: Timestamp,
}

/// A hold as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRecord {
    pub record: RecordId,
    pub number: RecordNumber,
    pub hold: Hold,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_leads_back_from_its_parts() {
        for kept in [Kept::Erased, Kept::Notes, Kept::Untouched, Kept::History("contact".into())] {
            assert_eq!(Kept::from_parts(kept.kind(), kept.class()), Some(kept));
        }
        for (kind, class) in [("erased", "contact"), ("history", ""), ("audit", ""), ("", "")] {
            assert_eq!(Kept::from_parts(kind, class), None, "{kind} {class}");
        }
    }

    #[test]
    fn what_is_due_is_told_in_both_languages() {
        let due = Due { records: 12, values: 0, earlier: 340, notes: 0 };
        assert_eq!(due.in_words(Language::English), "12 records: 340 earlier values");
        assert_eq!(due.in_words(Language::Chinese), "12 条记录：340 个历史值");
        assert_eq!(Due { records: 1, ..Due::default() }.in_words(Language::English), "1 record");
        assert_eq!(Due { records: 10_001, notes: 3, ..Due::default() }.in_words(Language::English), "10000+ records: 3+ notes");
    }
}
