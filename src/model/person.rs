//! People, as others see them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    catalogue::{Language, Rights},
    clearance::Clearance,
    id::{PersonId, SessionId},
};

/// Where a person stands between invitation and departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// Has a one-time code, no keys yet.
    Invited,
    /// Has keys; an officer has not confirmed their fingerprint yet.
    Enrolled,
    /// Confirmed in the signed directory.
    Active,
    /// Shut out, perhaps for a while.
    Disabled,
    /// Shut out for good: what they held has new keys.
    Left,
}

impl PersonState {
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Invited, Self::Enrolled, Self::Active, Self::Disabled, Self::Left].into_iter().find(|state| state.code() == code)
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Enrolled => "enrolled",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Left => "left",
        }
    }

    /// Whether the login is closed.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Disabled | Self::Left)
    }

    /// One letter, for a narrow column beside the word.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Invited => 'I',
            Self::Enrolled => 'E',
            Self::Active => 'A',
            Self::Disabled => 'D',
            Self::Left => 'L',
        }
    }

    #[must_use]
    pub fn in_words(self, language: Language) -> &'static str {
        match (self, language) {
            (_, Language::English) => self.code(),
            (Self::Invited, Language::Chinese) => "已邀请",
            (Self::Enrolled, Language::Chinese) => "待确认",
            (Self::Active, Language::Chinese) => "已启用",
            (Self::Disabled, Language::Chinese) => "已停用",
            (Self::Left, Language::Chinese) => "已离职",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// The PostgreSQL login role, e.g. `lin.mei`.
    pub user: String,
    /// What the person is called; empty where nobody has said.
    pub display_name: String,
    pub state: PersonState,
    pub roles: Vec<String>,
    pub last_seen: Option<Timestamp>,
    pub open_sessions: i64,
    pub code_expires_at: Option<Timestamp>,
    /// Roles whose key has not reached an active person.
    pub unwrapped: Vec<String>,
    pub clearance: Clearance,
    /// The number of a freeze in force.
    pub frozen: Option<i64>,
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    pub id: SessionId,
    /// Where the person said to sit.
    pub origin: String,
    pub program: String,
    pub opened_at: Timestamp,
    /// When it was last heard of, heartbeats among it.
    pub last_heard: Option<Timestamp>,
    /// Whether it is the one that asks.
    pub own: bool,
}

/// Whether a person may reveal a class, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub class: String,
    pub state: PersonState,
    /// The person's roles that give any right on the class.
    pub roles: Vec<String>,
    pub rights: Rights,
    pub reason_required: bool,
    /// Reveals counted in this hour, and how many are allowed.
    pub quota_used: i32,
    pub quota_limit: i32,
    /// `ok`, or the code with which a reveal would be refused.
    pub outcome: String,
}

/// One's own second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    pub is_set_up: bool,
    /// Whether a role asks for one.
    pub required: bool,
    pub recovery_codes_left: i64,
}

/// How much of one record somebody may see now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seer {
    pub login: String,
    pub display_name: String,
    pub roles: Vec<String>,
    /// Roles that the person has for a time.
    pub lent: Vec<String>,
    /// By class, with roles for a time.
    pub rights: BTreeMap<String, Rights>,
    /// Codes of the fields that are shared with the person.
    pub shared: Vec<String>,
}
