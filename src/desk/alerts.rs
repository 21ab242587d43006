//! What the desk knows of alerts: how many ring, and the inbox.

use crate::{
    model::alert::{Alert, AlertState, Ringing},
    service::alert::Whole,
};

/// What is done about an alert, as it is handed to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub number: i64,
    pub state: AlertState,
    pub note: String,
    /// The newest occurrence that was on the screen.
    pub seen: i64,
}

/// What a dialog asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose {
    pub number: i64,
    pub state: AlertState,
    pub seen: i64,
}

#[derive(Default)]
pub struct Alerts {
    pub ringing: Ringing,
    /// The newest call this desk knows of; none before the first answer of a session, which rings nothing.
    pub heard: Option<i64>,
    pub rows: Vec<Alert>,
    pub selected: Option<i64>,
    /// Whether those that were put away or suppressed are shown too.
    pub all: bool,
    /// The selected one in full.
    pub whole: Option<Whole>,
    pub generation: u64,
    pub loading: bool,
}

impl Alerts {
    /// Open ones first, the most severe first, then the newest.
    pub fn take(&mut self, mut rows: Vec<Alert>) {
        rows.sort_by_key(|alert| {
            let closed = matches!(alert.state, AlertState::Resolved | AlertState::FalsePositive) || alert.suppressed;
            (closed, alert.state != AlertState::Open, std::cmp::Reverse(alert.severity), std::cmp::Reverse(alert.number))
        });
        self.rows = rows;
        self.selected = self.current().map(|alert| alert.number);
    }

    #[must_use]
    pub fn row(&self) -> usize {
        self.rows.iter().position(|alert| Some(alert.number) == self.selected).unwrap_or(0)
    }

    #[must_use]
    pub fn current(&self) -> Option<&Alert> {
        self.rows.get(self.row())
    }
}
