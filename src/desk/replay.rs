//! A session that is replayed: what has been read of it, and where the viewer stands.

use super::{
    input::Input,
    state::{Pane, Screen},
};
use crate::model::{
    audit::{Event, EventKey},
    id::SessionId,
    replay::{Moment, Replay},
};

#[derive(Default)]
pub struct Replays {
    pub open: Option<Replaying>,
    pub asked: Option<Asked>,
    pub generation: u64,
    pub loading: bool,
}

pub struct Replaying {
    pub replay: Replay,
    /// The event of the cursor, as an index.
    pub selected: usize,
    /// What stood on the screen after it.
    pub moment: Moment,
    /// What is looked for among the events.
    pub text: String,
    pub typing: Option<Input>,
    /// Where it was opened from.
    pub origin: (Screen, Pane, bool),
}

/// A stretch that has been asked for.
pub struct Asked {
    pub of: SessionId,
    /// The event that has the cursor when it is there.
    pub at: i64,
    /// Whether it begins a replay.
    pub is_new: bool,
    pub origin: (Screen, Pane, bool),
}

impl Replaying {
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        self.replay.events.get(self.selected)
    }
}

impl Replays {
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        self.open.as_ref()?.event()
    }

    #[must_use]
    pub fn key(&self) -> Option<EventKey> {
        self.event().map(Event::key)
    }
}
