//! The state of recovery sets and their shares.

use jiff::Timestamp;

/// A recovery set as the database has it, besides what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetState {
    pub created_at: Timestamp,
    /// Of the officers' role key that is sealed to the set.
    pub generation: i32,
    /// Of the officers' role key there is now.
    pub newest: i32,
    /// When shares were last brought together and opened it.
    pub drilled_at: Option<Timestamp>,
    pub retired_at: Option<Timestamp>,
    /// By index, from 1 on.
    pub shares: Vec<ShareState>,
}

impl SetState {
    /// Whether it can make nobody an officer until it is renewed.
    #[must_use]
    pub fn is_out_of_date(&self) -> bool {
        self.retired_at.is_none() && self.generation != self.newest
    }
}

/// When a share was last compared with what is published of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareState {
    pub checked_at: Option<Timestamp>,
    pub checked_by: Option<String>,
}
