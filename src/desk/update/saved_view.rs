//! The chooser of saved views.

use crossterm::event::KeyEvent;

use super::{
    super::{
        event::Effect,
        share::Side,
        state::{Popup, State},
    },
    chooser::{self, Chosen},
    commands,
    popups::Step,
    share,
};
use crate::model::query::SavedView;

/// Behind the views of records stand those of shared values.
pub const SHARED: [Side; 2] = [Side::WithMe, Side::ByMe];

pub fn choose(state: &mut State) -> Vec<Effect> {
    let selected = SavedView::ALL.iter().position(|view| *view == state.saved_view).unwrap_or(0);
    state.popup = Some(Popup::SavedViews { selected });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    let views = SavedView::ALL.len();
    match chooser::key(selected, views + SHARED.len(), key) {
        Chosen::Entry(index) if index >= views => {
            Step::Close(SHARED.get(index - views).map(|side| share::show(state, *side)).unwrap_or_default())
        }
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
