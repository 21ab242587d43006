//! Which fields the list shows, for as long as the desk is open.

use crossterm::event::{KeyCode, KeyEvent};

use super::{super::state::State, form::is_leaving, popups::Step};
use crate::model::catalogue::Field;

/// The fields a list row has.
pub fn choices(state: &State) -> Vec<&Field> {
    state.session.iter().flat_map(|session| session.catalogue.columns(state.list.kind.as_deref())).collect()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    let last = choices(state).len().saturating_sub(1);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *selected = (*selected + 1).min(last),
        KeyCode::Char('k') | KeyCode::Up => *selected = selected.saturating_sub(1),
        KeyCode::Char(' ') | KeyCode::Enter => {
            let code = choices(state).get(*selected).map(|field| field.code.clone());
            if let Some(code) = code
                && !state.hidden_columns.remove(&code)
            {
                state.hidden_columns.insert(code);
            }
        }
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        _ => {}
    }
    Step::Stay
}
