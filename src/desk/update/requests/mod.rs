//! The requests screen: reading, moving, and what is done under a request.

pub mod dialog;

use super::{
    super::{
        event::{Answer, Effect},
        people,
        requests::{Act, Name, Read, Row, Tab},
        state::{Pane, Screen, State},
    },
    answers::accept,
    audit,
    commands::say,
    motion::{Motion, reach},
};
use crate::model::{audit::Filter, request::RequestState};

pub fn enter(state: &mut State) -> Vec<Effect> {
    state.screen = Screen::Requests;
    state.pane = Pane::List;
    // Where something waits, the person comes for that: it stands first.
    if state.session.as_ref().is_some_and(|session| session.standing.waiting + session.standing.to_review > 0) {
        (state.requests.tab, state.requests.selected) = (Tab::Open, None);
    }
    // What was just told about is what the person comes to see.
    if let Some(number) = state.requests.told.take() {
        state.requests.tab = Tab::Mine;
        state.requests.selected = Some(Name::Request(number));
    }
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    state.requests.generation += 1;
    state.requests.loading = true;
    vec![Effect::Requests { generation: state.requests.generation }]
}

/// A request, a vote or an elevation somewhere.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    if state.screen == Screen::Requests { read(state) } else { Vec::new() }
}

pub fn take(state: &mut State, answer: Answer<Box<Read>>) {
    state.requests.loading = false;
    if let Some((requests, elevations, eligible)) = accept(state, answer).map(|read| *read) {
        state.requests.eligible = eligible;
        state.requests.take(requests, elevations);
    }
}

pub fn go(state: &mut State, motion: Motion) {
    let (row, _) = reach(motion, state.requests.row(), state.requests.shown().len());
    select(state, row);
}

pub fn select(state: &mut State, row: usize) {
    state.requests.selected = state.requests.shown().get(row).map(|row| row.name());
}

/// What is open, one's own, what is over; then what is open again.
pub fn next_tab(state: &mut State) -> Vec<Effect> {
    state.requests.tab = state.requests.tab.next();
    state.requests.selected = state.requests.current().map(Row::name);
    Vec::new()
}

/// The event of what was done, or what somebody did while they had the role: one key away.
pub fn done_under_it(state: &mut State) -> Vec<Effect> {
    const MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);
    let found = match state.requests.current() {
        Some(Row::Request(request)) => request.used_at.map(|at| Filter {
            text: Some("request".into()),
            from: at.checked_sub(MOMENT).ok(),
            until: at.checked_add(MOMENT).ok(),
            ..Filter::default()
        }),
        // What somebody did while they had the role.
        Some(Row::Elevation(elevation)) => Some(Filter {
            actor: Some(elevation.login.clone()),
            from: Some(elevation.from),
            until: Some(elevation.until),
            ..Filter::default()
        }),
        None => None,
    };
    match found {
        Some(filter) => audit::open(state, filter),
        None => say(state, "Nothing has been done under it yet.", "尚未据此执行任何操作。"),
    }
}

/// Does what was approved.
pub fn perform(state: &mut State) -> Vec<Effect> {
    match state.requests.current() {
        Some(Row::Request(request)) if request.own && request.state == RequestState::Approved => match dialog::approved(request) {
            Some(act) => {
                if let people::Act::Requests(Act::Perform(change)) = &act {
                    state.settings.changed = (change.action == "field_change").then(|| change.code().to_owned());
                }
                vec![Effect::Act(act)]
            }
            None => say(state, "Do it again where it was refused: it is approved now.", "已获批准，请回到原处再次执行该操作。"),
        },
        _ => Vec::new(),
    }
}

/// The number of the request or elevation under the cursor.
pub fn name(state: &State) -> Option<Name> {
    state.requests.current().map(Row::name)
}
