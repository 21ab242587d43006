//! The people screen: reading, moving, finding, ordering.

pub mod acts;
pub mod dialog;

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        input::{Input, Typed},
        people::Order,
        state::{PAUSE, Pane, Popup, Screen, State},
    },
    answers::accept,
    audit,
    chooser::{self, Chosen},
    motion::{Motion, reach},
    paste,
    popups::Step,
    reviews,
};
use crate::{
    model::audit::Filter,
    service::people::{Dossier, Overview},
};

pub fn enter(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::People {
        state.screen = Screen::People;
        state.pane = Pane::List;
        state.people.grid_open = false;
        let mut effects = read(state);
        effects.extend(reviews::count_findings(state));
        return effects;
    }
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    if !state.session.as_ref().is_some_and(|session| session.manage_people || session.audit_all) {
        return Vec::new();
    }
    let people = &mut state.people;
    people.generation += 1;
    people.loading = true;
    people.stale = false;
    people.read_at = Some(Instant::now());
    vec![Effect::People { generation: people.generation }]
}

/// Something has happened somewhere: read again, but not as often as it happens.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::People {
        return Vec::new();
    }
    state.people.stale = true;
    refresh(state)
}

pub fn refresh(state: &mut State) -> Vec<Effect> {
    let people = &state.people;
    let rested = people.read_at.is_none_or(|at| at.elapsed() >= PAUSE);
    if state.screen == Screen::People && people.stale && rested && !people.loading { read(state) } else { Vec::new() }
}

pub fn take(state: &mut State, answer: Answer<Box<Overview>>) -> Vec<Effect> {
    state.people.loading = false;
    let Some(Overview { entries, grid, eligible }) = accept(state, answer).map(|read| *read) else { return Vec::new() };
    state.people.entries = entries;
    state.people.grid = grid;
    state.people.eligible = eligible;
    keep_selection(state);
    ask_dossier(state)
}

pub fn take_dossier(state: &mut State, answer: Answer<Box<Dossier>>) {
    if let Some(dossier) = accept(state, answer) {
        state.people.dossier = Some(*dossier);
    }
}

/// The cursor is on somebody who is shown.
fn keep_selection(state: &mut State) {
    state.people.selected = state.people.current().map(|entry| entry.person.user.clone());
}

/// Asks for what the list does not carry.
fn ask_dossier(state: &State) -> Vec<Effect> {
    state.people.current().map(|entry| Effect::Dossier { login: entry.person.user.clone() }).into_iter().collect()
}

pub fn go(state: &mut State, motion: Motion) -> Vec<Effect> {
    if state.people.grid_open {
        let roles = state.session.as_ref().map_or(0, |session| session.catalogue.roles.len());
        state.people.role = reach(motion, state.people.role, roles).0;
        return Vec::new();
    }
    if state.pane == Pane::Detail {
        let lines = state.people.most_scroll + 1;
        state.people.scroll = reach(motion, state.people.scroll, lines).0;
        return Vec::new();
    }
    let (row, _) = reach(motion, state.people.row(), state.people.shown().len());
    select(state, row)
}

/// Moves through the columns of the grid; answers whether the key did.
pub fn grid_key(state: &mut State, key: KeyEvent) -> bool {
    if state.screen != Screen::People || !state.people.grid_open {
        return false;
    }
    let last = state.session.as_ref().map_or(0, |session| session.catalogue.classes.len()).saturating_sub(1);
    match key.code {
        KeyCode::Left | KeyCode::Char('h') => state.people.class = state.people.class.saturating_sub(1),
        KeyCode::Right | KeyCode::Char('l') => state.people.class = (state.people.class + 1).min(last),
        _ => return false,
    }
    true
}

pub fn select(state: &mut State, row: usize) -> Vec<Effect> {
    let login = state.people.shown().get(row).map(|entry| entry.person.user.clone());
    if login == state.people.selected {
        return Vec::new();
    }
    state.people.selected = login;
    state.people.scroll = 0;
    ask_dossier(state)
}

pub fn find(state: &mut State) -> Vec<Effect> {
    state.pane = Pane::List;
    state.people.grid_open = false;
    state.people.typing = Some(Input::line(&state.people.find, 100));
    Vec::new()
}

/// Keys while the list is being narrowed.
pub fn find_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(mut input) = state.people.typing.take() else { return Vec::new() };
    match key.code {
        KeyCode::Esc => state.people.find.clear(),
        KeyCode::Enter | KeyCode::Tab | KeyCode::Down | KeyCode::Up => return Vec::new(),
        _ => {
            if input.key(key) == Typed::Changed {
                state.people.find.clone_from(input.text().expose());
            }
            state.people.typing = Some(input);
        }
    }
    narrowed(state)
}

pub fn find_paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(mut input) = state.people.typing.take() else { return Vec::new() };
    state.message = paste::told(state, input.paste(text));
    state.people.find.clone_from(input.text().expose());
    state.people.typing = Some(input);
    narrowed(state)
}

fn narrowed(state: &mut State) -> Vec<Effect> {
    let before = state.people.selected.clone();
    keep_selection(state);
    if state.people.selected == before { Vec::new() } else { ask_dossier(state) }
}

pub fn order(state: &mut State) -> Vec<Effect> {
    let selected = Order::ALL.iter().position(|order| *order == state.people.order).unwrap_or(0);
    state.popup = Some(Popup::PeopleOrder { selected });
    Vec::new()
}

pub fn order_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    match chooser::key(selected, Order::ALL.len(), key) {
        Chosen::Entry(index) => {
            state.people.order = Order::ALL.get(index).copied().unwrap_or_default();
            Step::Close(Vec::new())
        }
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}

/// Everything the person under the cursor did.
pub fn timeline(state: &mut State) -> Vec<Effect> {
    let Some(actor) = state.people.current().map(|entry| entry.person.user.clone()) else { return Vec::new() };
    audit::open(state, Filter { actor: Some(actor), ..Filter::default() })
}

/// One step back: the grid, the narrowed list, the detail, the desk.
pub fn back(state: &mut State) -> Vec<Effect> {
    if state.people.grid_open {
        state.people.grid_open = false;
    } else if state.pane != Pane::List || state.zoomed {
        (state.pane, state.zoomed) = (Pane::List, false);
    } else if state.people.find.is_empty() {
        state.screen = Screen::Desk;
    } else {
        state.people.find.clear();
        keep_selection(state);
        return ask_dossier(state);
    }
    Vec::new()
}
