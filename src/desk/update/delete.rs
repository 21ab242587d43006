//! Deleting a record, and taking that back.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        popup::Popup,
        state::State,
    },
    answers::accept,
    commands::{self, heading, say},
    form::is_leaving,
    popups::Step,
};
use crate::model::id::RecordId;

/// Asks, if the person may delete at all.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return say(state, "Open a record first (Enter).", "请先打开记录 (Enter)。") };
    if detail.view.deleted {
        return say(state, "It is deleted already; U takes that back.", "此记录已删除；按 U 撤销。");
    }
    if !state.session.as_ref().and_then(|session| session.rights.get("basic")).is_some_and(|rights| rights.edit) {
        return say(state, "Your role may not delete records.", "您的角色不能删除记录。");
    }
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
    match open.or(state.undo) {
        Some((record, version)) => vec![Effect::Delete { record, version, undo: true }],
        None => say(state, "There is no deletion to undo.", "没有可撤销的删除。"),
    }
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
        state.detail = None;
        say(state, "Deleted. U takes it back.", "已删除。按 U 撤销。");
    }
    effects
}
