//! What the desk says of itself where policy records it: a revealed value that went from the screen, and a row on which the cursor stayed.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use super::super::{
    event::Effect,
    state::{Screen, State},
};
use crate::model::id::RecordId;

/// The cursor has stayed on a row, and does not only pass over it.
pub const STAY: Duration = Duration::from_secs(1);

/// The row under the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub record: RecordId,
    pub since: Instant,
    pub told: bool,
}

/// Fields whose values are on the screen, where that they go is recorded.
pub fn shown(state: &State) -> HashSet<(RecordId, String)> {
    let (Some(session), Some(detail)) = (&state.session, &state.detail) else { return HashSet::new() };
    let class = |code: &str| session.catalogue.field(code).map(|field| field.class.as_str());
    let reported = |code: &&String| class(code).is_some_and(|class| session.catalogue.reported.hide.iter().any(|one| one == class));
    detail.revealed.keys().filter(reported).map(|code| (detail.view.id, code.clone())).collect()
}

/// What was shown before and is no more. A lock ends the session, whose end says it.
pub fn hidden(state: &State, before: HashSet<(RecordId, String)>) -> Vec<Effect> {
    if before.is_empty() || state.session.is_none() {
        return Vec::new();
    }
    let now = state.detail.as_ref();
    let still = |record: RecordId, field: &str| now.is_some_and(|detail| detail.view.id == record && detail.revealed.contains_key(field));
    let mut gone: Vec<_> = before.into_iter().filter(|(record, field)| !still(*record, field)).collect();
    gone.sort();
    gone.into_iter().map(|(record, field)| Effect::Report { record, field: Some(field) }).collect()
}

/// The row that the cursor has stayed on for a moment; each stay is told once.
pub fn stayed(state: &mut State, now: Instant) -> Option<Effect> {
    let reported = state.screen == Screen::Desk && state.session.as_ref().is_some_and(|session| session.catalogue.reported.focus);
    let record = state.list.rows.get(state.list.selected).map(|row| row.id).filter(|_| reported);
    let Some(record) = record else {
        state.stay = None;
        return None;
    };
    let stay = state.stay.get_or_insert(Stay { record, since: now, told: false });
    if stay.record != record {
        *stay = Stay { record, since: now, told: false };
    }
    if stay.told || now.saturating_duration_since(stay.since) < STAY {
        return None;
    }
    stay.told = true;
    Some(Effect::Report { record, field: None })
}
