//! Earlier values of a field.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        popup::{Earlier, History, Popup, Purpose},
        state::State,
    },
    answers::accept,
    form::is_leaving,
    hide_at,
    popups::{Step, scroll},
    reason,
};
use crate::model::id::RecordId;

pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(field) = state.detail.as_ref().and_then(|detail| detail.view.fields.get(detail.selected)) else { return Vec::new() };
    let field = field.field.clone();
    reason::ask(state, Purpose::History(field))
}

pub fn arrived(state: &mut State, record: RecordId, field: String, entries: Answer<Vec<Earlier>>) -> Vec<Effect> {
    let Some(entries) = accept(state, entries) else { return Vec::new() };
    if state.popup.is_some() || state.detail.as_ref().is_none_or(|detail| detail.view.id != record) {
        return Vec::new();
    }
    let seconds = state
        .session
        .as_ref()
        .and_then(|session| session.catalogue.class(&session.catalogue.field(&field)?.class))
        .map_or(30, |class| class.hide_after_s);
    let until = entries.iter().any(|(_, value)| value.is_some()).then(|| hide_at(seconds));
    state.popup = Some(Popup::History(History { field, entries, scroll: 0, until }));
    // Reading them is an event of this record.
    vec![Effect::Strip { record }]
}

pub fn on_key(state: &State, history: &mut History, key: KeyEvent) -> Step {
    if is_leaving(key) || key.code == KeyCode::Char('q') {
        return Step::Close(Vec::new());
    }
    scroll(state, &mut history.scroll, key);
    Step::Stay
}
