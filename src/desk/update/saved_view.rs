//! The chooser of saved views.

use crossterm::event::KeyEvent;

use super::{
    super::{
        event::Effect,
        state::{Popup, State},
    },
    chooser::{self, Chosen},
    commands,
    popups::Step,
};
use crate::model::query::SavedView;

pub fn choose(state: &mut State) -> Vec<Effect> {
    let selected = SavedView::ALL.iter().position(|view| *view == state.saved_view).unwrap_or(0);
    state.popup = Some(Popup::SavedViews { selected });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    match chooser::key(selected, SavedView::ALL.len(), key) {
        Chosen::Entry(index) => Step::Close(SavedView::ALL.get(index).map(|view| show(state, *view)).unwrap_or_default()),
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}

pub fn show(state: &mut State, view: SavedView) -> Vec<Effect> {
    state.saved_view = view;
    state.list.by_column = None;
    commands::list(state, None, 0)
}
