//! What the requests screen knows: what waits for somebody else's approval, and roles for a time.

mod dialog;

pub use dialog::{Act, Purpose};

use crate::model::request::{Elevation, Eligibility, Request, RequestState};

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Request(Request),
    Elevation(Elevation),
}

/// Names a line, whatever is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Request(i64),
    Elevation(i64),
}

impl Row {
    #[must_use]
    pub fn name(&self) -> Name {
        match self {
            Self::Request(request) => Name::Request(request.number),
            Self::Elevation(elevation) => Name::Elevation(elevation.number),
        }
    }

    /// Whether somebody is waiting for this person to act on it.
    #[must_use]
    pub fn waits(&self) -> bool {
        match self {
            Self::Request(request) => request.may_vote,
            Self::Elevation(elevation) => elevation.may_review,
        }
    }

    /// Whether it is this person's own, approved, and not done yet.
    #[must_use]
    pub fn is_to_be_done(&self) -> bool {
        matches!(self, Self::Request(request) if request.own && request.state == RequestState::Approved)
    }

    /// Whether this person asked for it, or has it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        match self {
            Self::Request(request) => request.own,
            Self::Elevation(elevation) => elevation.own,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_past(&self) -> bool {
        match self {
            Self::Request(request) => !matches!(request.state, RequestState::Open | RequestState::Approved),
            Self::Elevation(elevation) => !elevation.running && (!elevation.break_glass || elevation.reviewed_by.is_some()),
        }
    }
}

/// Which lines the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What waits, is approved and unused, runs, or is to be reviewed.
    #[default]
    Open,
    /// This person's own, whatever became of them.
    Mine,
    /// What is over.
    Past,
}

impl Tab {
    pub const ALL: [Self; 3] = [Self::Open, Self::Mine, Self::Past];

    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Open => Self::Mine,
            Self::Mine => Self::Past,
            Self::Past => Self::Open,
        }
    }

    #[must_use]
    pub fn shows(self, row: &Row) -> bool {
        match self {
            Self::Open => !row.is_past(),
            Self::Mine => row.is_own(),
            Self::Past => row.is_past(),
        }
    }
}

/// Everything that the screen reads.
pub type Read = (Vec<Request>, Vec<Elevation>, Vec<Eligibility>);

#[derive(Default)]
pub struct Requests {
    pub rows: Vec<Row>,
    /// What the person may have for a time.
    pub eligible: Vec<Eligibility>,
    pub selected: Option<Name>,
    pub tab: Tab,
    /// The person's own request whose answer was just told: the list opens on it.
    pub told: Option<i64>,
    pub generation: u64,
    pub loading: bool,
}

impl Requests {
    /// Puts what was read in order: what waits for this person, what runs or waits for somebody, what is over; the newest first in each.
    pub fn take(&mut self, requests: Vec<Request>, elevations: Vec<Elevation>) {
        self.rows = requests.into_iter().map(Row::Request).chain(elevations.into_iter().map(Row::Elevation)).collect();
        let began = |row: &Row| match row {
            Row::Request(request) => request.asked_at,
            Row::Elevation(elevation) => elevation.from,
        };
        self.rows.sort_by_key(|row| (!row.waits() && !row.is_to_be_done(), row.is_past(), std::cmp::Reverse(began(row))));
        self.selected = self.current().map(Row::name);
    }

    #[must_use]
    pub fn shown(&self) -> Vec<&Row> {
        self.rows.iter().filter(|row| self.tab.shows(row)).collect()
    }

    /// When the next role for a time that is shown ends.
    #[must_use]
    pub fn next_end(&self) -> Option<jiff::Timestamp> {
        let running =
            self.rows.iter().filter_map(|row| if let Row::Elevation(lent) = row { lent.running.then_some(lent.until) } else { None });
        running.min()
    }

    /// The row of the cursor among those shown.
    #[must_use]
    pub fn row(&self) -> usize {
        self.shown().iter().position(|row| Some(row.name()) == self.selected).unwrap_or(0)
    }

    #[must_use]
    pub fn current(&self) -> Option<&Row> {
        self.shown().get(self.row()).copied()
    }
}
