//! Incidents: what went wrong, since when it is known, what was found and done about it.

use jiff::{SignedDuration, Timestamp};

use super::{
    catalogue::Language,
    id::{RecordNumber, SessionId},
};

/// From the moment a breach is known until the authority has to be told (GDPR art. 33).
pub const LEGAL_CLOCK: SignedDuration = SignedDuration::from_hours(72);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
}

impl Severity {
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        match (self, language) {
            (_, Language::English) => self.code(),
            (Self::Critical, Language::Chinese) => "特别重大",
            (Self::High, Language::Chinese) => "重大",
            (Self::Medium, Language::Chinese) => "较大",
            (Self::Low, Language::Chinese) => "一般",
        }
    }
}

/// What an incident is about, as far as it is known when it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Logins.
    pub people: Vec<String>,
    /// As they were given, with letters or without.
    pub records: Vec<RecordNumber>,
    /// Codes.
    pub classes: Vec<String>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub number: i64,
    pub title: String,
    pub severity: Severity,
    pub opened_at: Timestamp,
    pub opened_by: String,
    /// Who has it now.
    pub owner: String,
    pub closed: bool,
    /// Since when a breach is known.
    pub known_at: Option<Timestamp>,
    /// Whether the authority has been told.
    pub notified: bool,
    pub items: i64,
    pub open_tasks: i64,
    pub last_at: Timestamp,
    pub scope: Scope,
}

impl Incident {
    /// Until when the authority has to be told, where it has not been.
    #[must_use]
    pub fn clock(&self) -> Option<Timestamp> {
        if self.closed || self.notified { None } else { self.known_at.and_then(|at| at.checked_add(LEGAL_CLOCK).ok()) }
    }
}

/// What an item of a timeline is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Note,
    /// An event of the audit.
    Pin {
        session: SessionId,
        seq: i64,
    },
    Task,
    /// Of a task, by its item's number.
    Done {
        of: i64,
    },
    HandOver {
        to: String,
    },
    Severity(Severity),
    /// A breach is known since.
    Known(Timestamp),
    /// `authority` or `persons` have been told.
    Notified {
        whom: String,
        at: Timestamp,
    },
    /// Of another item, by its number.
    Correct {
        of: i64,
    },
    Lesson,
    Close,
    Reopen,
}

impl Kind {
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Pin { .. } => "pin",
            Self::Task => "task",
            Self::Done { .. } => "done",
            Self::HandOver { .. } => "hand_over",
            Self::Severity(_) => "severity",
            Self::Known(_) => "known",
            Self::Notified { .. } => "notified",
            Self::Correct { .. } => "correct",
            Self::Lesson => "lesson",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }
}

/// What a kind of item is called.
#[must_use]
pub fn kind_in_words(code: &str, language: Language) -> &'static str {
    let (en, zh) = match code {
        "pin" => ("event", "事件"),
        "task" => ("task", "任务"),
        "done" => ("done", "完成"),
        "hand_over" => ("hand-over", "移交"),
        "severity" => ("severity", "等级"),
        "known" => ("known since", "获知时间"),
        "notified" => ("notified", "已通知"),
        "correct" => ("correction", "更正"),
        "lesson" => ("lesson", "教训"),
        "close" => ("closed", "关闭"),
        "reopen" => ("reopened", "重新打开"),
        _ => ("note", "记录"),
    };
    if language == Language::English { en } else { zh }
}

/// An entry of an incident's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub number: i64,
    pub at: Timestamp,
    pub by: String,
    pub kind: String,
    pub text: String,
    pub of: Option<i64>,
    pub about: Option<String>,
    pub when: Option<Timestamp>,
    pub pinned: Option<Pinned>,
}

/// An event that an item pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    pub session: SessionId,
    pub seq: i64,
    pub hash: Vec<u8>,
    /// When, who, what and with what outcome, as it stands now; nothing where it is gone.
    pub event: Option<(Timestamp, String, String, String)>,
    /// Whether its hash is the one that was pinned.
    pub same: bool,
}

/// A line of what a person saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saw {
    /// `revealed`, `fetched`, `listed`, `pages` or `reachable`.
    pub list: String,
    pub record: Option<RecordNumber>,
    pub field: Option<String>,
    pub class: Option<String>,
    pub times: i64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// Of a record above the reader's clearance, whose number is not told.
    pub hidden: bool,
}
