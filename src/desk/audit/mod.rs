//! What the audit pane knows.

mod activity;
mod filter_form;
mod window;

use std::{collections::HashMap, time::Instant};

use jiff::Timestamp;

pub use activity::{Activity, Curves};
pub use filter_form::{FilterField, FilterForm, Wrong};
pub use window::Window;

use super::state::{Pane, Screen};
use crate::model::{
    audit::{AuditPage, Event, EventKey, Filter, Position, Rounds, SessionInfo, Verification},
    fold::{self, Folded},
    id::SessionId,
    saved_filter::SavedFilter,
};

/// Events that wait while the pane is paused or scrolled away; what is beyond is read again.
const HELD: usize = 5_000;

#[derive(Default)]
pub struct Audit {
    pub window: Window,
    /// Events newer than the window shows.
    pub held: Vec<Event>,
    /// How many there are, kept or not.
    pub waiting: usize,
    pub filter: Filter,
    /// What `Esc` goes back to.
    pub previous: Vec<Filter>,
    /// Where the person came from with a question: `Esc` leads there again, past no view that was opened before.
    pub origin: Option<Origin>,
    /// Filters used in this session, the newest last, some with a name.
    pub kept: Vec<(Option<String>, Filter)>,
    /// Saved under a name, in the database; and whether they were asked for.
    pub saved: Vec<SavedFilter>,
    pub saved_asked: bool,
    /// Which part of the filter Backspace takes away; the last where none is chosen.
    pub chip: Option<usize>,
    /// Asked for and not answered yet.
    pub opening: Option<Opening>,
    pub position: Position,
    pub rounds: Rounds,
    pub paused: bool,
    pub generation: u64,
    pub following: bool,
    pub loading: bool,
    pub opened: Option<Instant>,
    pub activity: Activity,
    pub sessions: HashMap<SessionId, SessionInfo>,
    /// When it was asked who a session is.
    pub asked: HashMap<SessionId, Instant>,
    pub verify: Verify,
    /// A text is being looked for, and not all events were looked through yet.
    pub look: Option<Look>,
}

/// How far events were looked through for a text, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub place: (Timestamp, SessionId, i64),
    pub through: u64,
    /// How many of them since the last that has it.
    pub unfound: u64,
    /// How many were found since somebody asked for more.
    pub found: usize,
    pub stopped: bool,
}

impl Look {
    /// Found in one go; more is looked for when somebody comes near the end.
    const ENOUGH: usize = 100;

    /// Whether the next events are looked through without being asked for.
    pub fn goes_on(&self) -> bool {
        !self.stopped && self.found < Self::ENOUGH
    }
}

/// The screen that a view of the audit was opened from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub screen: Screen,
    pub pane: Pane,
    pub zoomed: bool,
    /// What the audit showed before, and how many views lay behind that.
    pub filter: Filter,
    pub depth: usize,
}

/// A view that has been asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub filter: Filter,
    pub purpose: Purpose,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A view of its own, from which `Esc` goes back.
    New,
    /// The same or an earlier one, from its newest event.
    Again,
    /// The place of an event.
    At(EventKey),
    /// The view is about to be too old to follow; what is on the screen stays.
    Renew,
}

#[derive(Default)]
pub enum Verify {
    #[default]
    Never,
    Running {
        done: u64,
        total: u64,
        since: Instant,
    },
    Done(Box<Verification>),
}

impl Audit {
    /// Takes over the page a view begins with.
    pub fn begin(&mut self, page: AuditPage) {
        self.position = Position { horizon: page.horizon, within: None };
        self.rounds = Rounds::after(page.events.iter().map(Event::key));
        self.activity = Activity::default();
        self.activity.count_older(&page.events);
        self.held.clear();
        self.waiting = 0;
        self.look = None;
        self.looked(&page);
        self.window.replace(page.events, page.has_more);
    }

    /// Takes over how far an older page has looked.
    pub fn looked(&mut self, page: &AuditPage) {
        let before = self.look;
        self.look = page.looked.map(|looked| Look {
            place: looked.place,
            through: before.map_or(0, |look| look.through) + looked.events,
            unfound: if page.events.is_empty() { before.map_or(0, |look| look.unfound) + looked.events } else { 0 },
            found: before.map_or(0, |look| look.found) + page.events.len(),
            stopped: before.is_some_and(|look| look.stopped),
        });
    }

    /// Takes over events that have been committed meanwhile.
    pub fn arrive(&mut self, mut fresh: Vec<Event>) {
        // Oldest first, so that each has its place at the front.
        fresh.sort_unstable_by_key(Event::place);
        self.activity.count_newer(&fresh);
        let newer = if self.paused { fresh } else { self.window.insert(fresh) };
        self.waiting += newer.len();
        let room = HELD.saturating_sub(self.held.len());
        self.held.extend(newer.into_iter().take(room));
    }

    /// Whether all that waits is at hand.
    pub fn nothing_dropped(&self) -> bool {
        self.held.len() == self.waiting
    }

    /// Puts what waits into the window.
    pub fn release(&mut self) {
        self.waiting = 0;
        let held = std::mem::take(&mut self.held);
        let newer = self.window.insert(held);
        self.waiting = newer.len();
        self.held = newer;
    }

    pub fn remember(&mut self, name: Option<String>, filter: &Filter) {
        if filter.is_empty() || (name.is_none() && self.kept.iter().any(|(_, kept)| kept == filter)) {
            return;
        }
        self.kept.retain(|(known, kept)| known.is_none() && kept != filter || known.is_some() && *known != name);
        self.kept.push((name, filter.clone()));
        if self.kept.len() > 50 {
            self.kept.remove(0);
        }
    }

    pub fn verification(&self) -> Option<&Verification> {
        if let Verify::Done(found) = &self.verify { Some(found) } else { None }
    }
}

/// The trail under a record.
#[derive(Default)]
pub struct Strip {
    pub events: Vec<Event>,
    pub rows: Vec<Folded>,
    pub selected: usize,
    /// Why it could not be read.
    pub trouble: Option<String>,
}

impl Strip {
    /// Takes over what was read; after trouble, what was read before stays.
    pub fn take(&mut self, answer: Result<Vec<Event>, String>) {
        match answer {
            Ok(events) => {
                let at = self.selected_event().map(Event::key);
                self.rows = fold::fold(&events);
                self.events = events;
                self.trouble = None;
                self.selected = self.rows.iter().position(|row| self.events.get(row.lead).map(Event::key) == at).unwrap_or(0);
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }

    pub fn selected_event(&self) -> Option<&Event> {
        self.events.get(self.rows.get(self.selected)?.lead)
    }

    /// The events of the selected line, newest first.
    pub fn selected_events(&self) -> Vec<&Event> {
        self.rows.get(self.selected).map(|row| row.all().filter_map(|index| self.events.get(index)).collect()).unwrap_or_default()
    }
}
