//! Freezes: what is handed to nobody until two people lift it.

use jiff::Timestamp;

use super::catalogue::Language;

/// What is frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// By login: their sessions end, and they cannot sign in.
    Person(String),
    /// By code: its rights and capabilities count as nothing.
    Role(String),
    /// By code: its values are handed to nobody.
    Class(String),
    /// Every reveal of every class; lists and masked forms go on.
    All,
}

impl Target {
    #[must_use]
    pub fn new(kind: &str, subject: &str) -> Option<Self> {
        match kind {
            "person" => Some(Self::Person(subject.to_owned())),
            "role" => Some(Self::Role(subject.to_owned())),
            "class" => Some(Self::Class(subject.to_owned())),
            "all" => Some(Self::All),
            _ => None,
        }
    }

    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Role(_) => "role",
            Self::Class(_) => "class",
            Self::All => "all",
        }
    }

    /// Login or code; empty for all.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Person(subject) | Self::Role(subject) | Self::Class(subject) => subject,
            Self::All => "",
        }
    }

    #[must_use]
    pub fn kind_in_words(&self, language: Language) -> &'static str {
        let (en, zh) = match self {
            Self::Person(_) => ("person", "人员"),
            Self::Role(_) => ("role", "角色"),
            Self::Class(_) => ("class", "类别"),
            Self::All => ("all reveals", "全部查看"),
        };
        if language == Language::English { en } else { zh }
    }
}

/// A freeze, in force or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    pub number: i64,
    pub target: Target,
    pub why: String,
    pub reference: Option<String>,
    pub at: Timestamp,
    pub by: String,
    pub lifted_at: Option<Timestamp>,
    /// Who approved the lifting, or whom a recovery made an officer.
    pub lifted_by: Option<String>,
    /// Who had asked for it.
    pub asked_by: Option<String>,
}
