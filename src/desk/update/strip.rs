//! The events under the open record: read again when something has happened, at most once a second.

use std::time::{Duration, Instant};

use super::super::{
    event::Effect,
    state::{Screen, State},
};

/// Least time between two readings.
pub const PAUSE: Duration = Duration::from_millis(700);

/// Something has happened somewhere, perhaps to this record.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::Desk || state.detail.is_none() {
        return Vec::new();
    }
    state.strip.stale = true;
    refresh(state)
}

/// Reading it writes no event, so that two desks cannot keep each other awake.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(detail) = state.detail.as_ref().filter(|_| state.screen == Screen::Desk) else { return Vec::new() };
    let rested = state.strip.read_at.is_none_or(|at| at.elapsed() >= PAUSE);
    if !state.strip.stale || !rested || state.strip.reading || state.viewing {
        return Vec::new();
    }
    let record = detail.view.id;
    state.strip.stale = false;
    state.strip.reading = true;
    state.strip.read_at = Some(Instant::now());
    vec![Effect::Strip { record }]
}
