//! The chooser of saved views.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::Effect,
        state::{Popup, State},
    },
    commands,
    form::is_leaving,
    popups::Step,
};
use crate::model::query::SavedView;

pub fn choose(state: &mut State) -> Vec<Effect> {
    let selected = SavedView::ALL.iter().position(|view| *view == state.saved_view).unwrap_or(0);
    state.popup = Some(Popup::SavedViews { selected });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    let last = SavedView::ALL.len() - 1;
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *selected = (*selected + 1).min(last),
        KeyCode::Char('k') | KeyCode::Up => *selected = selected.saturating_sub(1),
        KeyCode::Char(digit @ '1'..='9') => {
            if let Some(view) = SavedView::ALL.get(digit as usize - '1' as usize) {
                return Step::Close(show(state, *view));
            }
        }
        KeyCode::Enter => return Step::Close(SavedView::ALL.get(*selected).map(|view| show(state, *view)).unwrap_or_default()),
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        _ => {}
    }
    Step::Stay
}

pub fn show(state: &mut State, view: SavedView) -> Vec<Effect> {
    state.saved_view = view;
    state.list.by_column = None;
    commands::list(state, None, 0)
}
