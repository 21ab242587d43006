//! Epochs of keys, what is sealed under them, and how old they may become.

use jiff::{SignedDuration, Timestamp};

/// One epoch of a class's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    pub class: String,
    pub epoch: i32,
    /// Whether new values are sealed under it.
    pub is_current: bool,
    /// Values, earlier values, notes and list rows sealed under it.
    pub sealed: i64,
    /// How often a key of it is wrapped to a role.
    pub wraps: i64,
}

/// What can be sealed under a class's value key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedKind {
    Value,
    History,
    Note,
    Summary,
}

impl SealedKind {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Value, "value"), (Self::History, "history"), (Self::Note, "note"), (Self::Summary, "summary")];

    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, code)| code)
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
    }
}

/// What has keys that are rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    Class,
    Role,
}

impl Rotated {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Role => "role",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Class, Self::Role].into_iter().find(|kind| kind.code() == code)
    }
}

/// How old the keys of a class or role are, and how old they may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub kind: Rotated,
    pub name: String,
    pub rotated_at: Timestamp,
    pub every_days: Option<i32>,
    pub overdue: bool,
}

impl Schedule {
    /// When they are due; `None` where they never are.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.rotated_at.checked_add(SignedDuration::from_hours(24 * i64::from(self.every_days?))).ok()
    }
}
