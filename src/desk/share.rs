//! Sharing values: what is known of shares, the form for a new one, and the window that lists them.

use std::time::Instant;

use super::input::Input;
use crate::{
    model::{
        id::{RecordId, ShareId},
        share::Share,
    },
    service::{reveal::GivenReason, share::Shared},
};

/// What this person shares and what is shared with them, as it was last read.
#[derive(Default)]
pub struct Shares {
    pub list: Vec<Share>,
    pub read_at: Option<Instant>,
    /// Names the session that asked, so that an answer that comes late meets its own only.
    pub generation: u64,
}

/// Which shares a window lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    WithMe,
    /// For who manages people also what is open between others.
    ByMe,
}

impl Shares {
    #[must_use]
    pub fn of(&self, side: Side, user: &str) -> Vec<&Share> {
        self.list.iter().filter(|share| (share.to == user) == (side == Side::WithMe)).collect()
    }

    /// Those that are open on one field of a record.
    pub fn open_on(&self, record: RecordId, field: &str) -> impl Iterator<Item = &Share> {
        self.list.iter().filter(move |share| share.is_open && share.record == record && share.field == field)
    }
}

/// To whom and for how long.
pub struct ShareForm {
    pub record: RecordId,
    pub field: String,
    /// Number and name of the record.
    pub heading: String,
    /// As it was given when the value was revealed.
    pub reason: Option<GivenReason>,
    pub to: Input,
    pub lasts: Input,
    /// Whether the second box has the keys.
    pub typing_lasts: bool,
    /// Sent, and not answered yet.
    pub busy: bool,
    pub error: Option<String>,
}

pub struct ShareWindow {
    pub side: Side,
    pub selected: usize,
    pub asking: Option<ShareId>,
    pub opened: Option<OpenedShare>,
    /// Whether it is asked if the share under the cursor is to be withdrawn.
    pub withdrawing: bool,
}

/// A shared value, until its deadline.
pub struct OpenedShare {
    pub shared: Shared,
    pub until: Instant,
}
