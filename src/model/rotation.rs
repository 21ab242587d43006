//! Epochs of keys, and what is sealed under them.

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
