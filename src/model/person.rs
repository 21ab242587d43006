//! People, as others see them.

use jiff::Timestamp;

use super::id::PersonId;

/// Where a person stands between invitation and departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// Has a one-time code, no keys yet.
    Invited,
    /// Has keys; an officer has not confirmed their fingerprint yet.
    Enrolled,
    /// Confirmed in the signed directory.
    Active,
    Disabled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    /// The PostgreSQL login role, e.g. `lin.mei`.
    pub user: String,
    pub state: PersonState,
    pub roles: Vec<String>,
    pub last_seen: Option<Timestamp>,
}
