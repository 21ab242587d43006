//! Deleting a record, and taking that back.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        popup::Popup,
        state::{Pane, State},
    },
    answers::accept,
    commands::{self, heading, say},
    form::is_leaving,
    hide_all,
    popups::Step,
};
use crate::model::id::RecordId;

/// Asks first.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    state.popup = Some(Popup::ConfirmDelete { record: detail.view.id, version: detail.view.version, heading: heading(detail) });
    Vec::new()
}

pub fn on_key(record: RecordId, version: i64, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Char('y' | 'Y') => Step::Close(vec![Effect::Delete { record, version, undo: false }]),
        KeyCode::Char('n' | 'N') => Step::Close(Vec::new()),
        _ if is_leaving(key) => Step::Close(Vec::new()),
        _ => Step::Stay,
    }
}

/// Takes the last deletion back, or that of the deleted record that is open.
pub fn undo(state: &mut State) -> Vec<Effect> {
    let open = state.detail.as_ref().filter(|detail| detail.view.deleted).map(|detail| (detail.view.id, detail.view.version));
    open.or(state.undo).map(|(record, version)| Effect::Delete { record, version, undo: true }).into_iter().collect()
}

fn close(state: &mut State) {
    state.detail = None;
    state.pane = Pane::List;
    // A reading that is on its way is of what is gone.
    state.detail_generation += 1;
    state.viewing = false;
}

/// The open record was labelled above this person's clearance, or the right to read customers ended: what is shown of it goes.
pub fn gone(state: &mut State, record: RecordId) -> Vec<Effect> {
    if state.detail.as_ref().is_none_or(|detail| detail.view.id != record) {
        return Vec::new();
    }
    hide_all(state);
    close(state);
    say(state, "That record is not there any more.", "该记录已不存在。");
    commands::list(state, None, 0)
}

/// The record is gone from the list, or back in it.
pub fn done(state: &mut State, record: RecordId, undo: bool, answer: Answer<i64>) -> Vec<Effect> {
    let Some(version) = accept(state, answer) else { return Vec::new() };
    state.undo = (!undo).then_some((record, version));
    let mut effects = commands::list(state, None, 0);
    if undo {
        effects.extend(commands::view(state, record));
        say(state, "The record is there again.", "记录已恢复。");
    } else {
        close(state);
        say(state, "Deleted. U takes it back.", "已删除。按 U 撤销。");
    }
    effects
}
