//! Choosing a kind of record: which the list shows, and which a new record is of.

use crossterm::event::KeyEvent;

use super::{
    super::{
        event::Effect,
        state::{Popup, State},
    },
    chooser::{self, Chosen},
    commands, form,
    popups::Step,
};

/// Codes of the kinds that the list can show; all of them come before.
pub fn shown(state: &State) -> Vec<Option<String>> {
    let kinds = state.session.iter().flat_map(|session| &session.catalogue.kinds);
    std::iter::once(None).chain(kinds.map(|kind| Some(kind.code.clone()))).collect()
}

/// Codes of the kinds that a record can be made of.
pub fn makeable(state: &State) -> Vec<String> {
    state.session.iter().flat_map(|session| session.catalogue.active_kinds()).map(|kind| kind.code.clone()).collect()
}

pub fn choose(state: &mut State) -> Vec<Effect> {
    let kinds = shown(state);
    if kinds.len() <= 2 {
        return commands::say(
            state,
            "There is only one kind of record; a security officer adds others under 6.",
            "只有一种记录类型；安全管理员可在设置（6）中添加。",
        );
    }
    let selected = kinds.iter().position(|kind| *kind == state.shown_kind).unwrap_or(0);
    state.popup = Some(Popup::Kinds { selected });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    let kinds = shown(state);
    match chooser::key(selected, kinds.len(), key) {
        Chosen::Entry(index) => Step::Close(kinds.into_iter().nth(index).map(|kind| show(state, kind)).unwrap_or_default()),
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}

/// Lists one kind, or all.
pub fn show(state: &mut State, kind: Option<String>) -> Vec<Effect> {
    state.shown_kind = kind;
    state.list.by_column = None;
    commands::list(state, None, 0)
}

pub fn on_new_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    let kinds = makeable(state);
    match chooser::key(selected, kinds.len(), key) {
        Chosen::Entry(index) => {
            if let Some(kind) = kinds.get(index) {
                form::new_of_kind(state, kind);
            }
            match state.popup.take() {
                Some(form) => Step::Become(Box::new(form)),
                None => Step::Close(Vec::new()),
            }
        }
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}
