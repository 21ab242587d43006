//! What the incidents screen knows: every incident, and the timeline of the one under the cursor.

use crate::model::{
    id::SessionId,
    incident::{Incident, Item, Kind, Scope, Severity},
};

/// As it is handed to the service.
pub enum Act {
    Open {
        title: String,
        severity: Severity,
        scope: Scope,
        /// Events to begin with.
        pins: Vec<Kind>,
        /// The alert that it is opened from.
        alert: Option<i64>,
    },
    /// Events that go into one that is open.
    Pin {
        number: i64,
        pins: Vec<Kind>,
        alert: Option<i64>,
        text: String,
    },
    /// A class gets new keys, and the timeline says so.
    NewKeys {
        number: i64,
        class: String,
        text: String,
    },
    Add {
        number: i64,
        kind: Kind,
        text: String,
    },
}

/// What a dialog asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new one.
    Open(Box<Begin>),
    Add {
        number: i64,
        what: What,
    },
}

/// What a new one is about: whom and what the cursor was on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begin {
    pub scope: Scope,
    pub pins: Vec<(SessionId, i64)>,
    pub alert: Option<i64>,
}

/// What is added to a timeline from the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Note,
    Task,
    Done,
    Correct,
    HandOver,
    Known,
    Notified,
    Close,
    Reopen,
    NewKeys,
}

#[derive(Default)]
pub struct Incidents {
    pub rows: Vec<Incident>,
    pub selected: Option<i64>,
    /// The timeline of one, once it has been read.
    pub items: Option<(i64, Vec<Item>)>,
    /// Lines of the timeline that are scrolled past, from its end.
    pub scroll: usize,
    pub most_scroll: usize,
    pub generation: u64,
    pub loading: bool,
}

impl Incidents {
    /// The row of the cursor.
    #[must_use]
    pub fn row(&self) -> usize {
        self.rows.iter().position(|incident| Some(incident.number) == self.selected).unwrap_or(0)
    }

    #[must_use]
    pub fn current(&self) -> Option<&Incident> {
        self.rows.get(self.row())
    }

    #[must_use]
    pub fn timeline(&self) -> Option<&[Item]> {
        let number = self.current()?.number;
        self.items.as_ref().filter(|(of, _)| *of == number).map(|(_, items)| items.as_slice())
    }
}
