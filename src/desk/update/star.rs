//! Stars on records: a person's own marks, kept from one session to the next.

use super::{
    super::{
        event::{Answer, Effect},
        state::{Pane, State},
    },
    answers::accept,
    commands,
};
use crate::model::{id::RecordId, query::SavedView};

/// Stars the record under the cursor of the list, or the one that is open, or takes the star away.
pub fn toggle(state: &mut State) -> Vec<Effect> {
    let row = state.list.rows.get(state.list.selected).map(|row| row.id);
    let open = state.detail.as_ref().map(|detail| detail.view.id);
    let Some(record) = (if state.pane == Pane::List { row } else { open }) else { return Vec::new() };
    vec![Effect::Star { record, on: !state.starred.contains(&record) }]
}

pub fn done(state: &mut State, record: RecordId, on: bool, answer: Answer<()>) -> Vec<Effect> {
    if accept(state, answer).is_none() {
        return Vec::new();
    }
    if on {
        state.starred.insert(record);
        return commands::say(state, "Starred; v shows all that are.", "已加星标，按 v 查看全部星标记录。");
    }
    state.starred.remove(&record);
    commands::say(state, "The star is taken away.", "已取消星标。");
    if state.saved_view == SavedView::Starred { commands::list(state, None, 0) } else { Vec::new() }
}
