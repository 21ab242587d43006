//! Filters saved under a name, from one session to the next.

use crossterm::event::{KeyCode, KeyEvent};
use uuid::Uuid;

use super::super::{
    super::{
        audit::{FilterField, FilterForm},
        event::{Answer, Effect},
        state::{Popup, State},
    },
    answers::accept,
    chooser::{self, Chosen},
    popups::Step,
};
use crate::model::{audit::Filter, saved_filter::SavedFilter};

/// Reads them once a session.
pub fn read(state: &mut State) -> Vec<Effect> {
    if std::mem::replace(&mut state.audit.saved_asked, true) { Vec::new() } else { vec![Effect::SavedFilters] }
}

pub fn take(state: &mut State, found: Answer<Vec<SavedFilter>>) {
    match accept(state, found) {
        Some(found) => state.audit.saved = found,
        None => state.audit.saved_asked = false,
    }
}

pub fn choose(state: &mut State) -> Vec<Effect> {
    if state.audit.saved.is_empty() {
        let text = state
            .say("No filter is saved yet: f, and a name in the last box, saves one.", "尚未保存筛选条件：按 f，并在最后一项填写名称。");
        state.message = Some(text.to_owned());
    } else {
        state.popup = Some(Popup::SavedFilters { selected: 0 });
    }
    read(state)
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    if key.code == KeyCode::Char('d') {
        if *selected >= state.audit.saved.len() {
            return Step::Stay;
        }
        let gone = state.audit.saved.remove(*selected);
        *selected = (*selected).min(state.audit.saved.len().saturating_sub(1));
        let effects = vec![Effect::DropFilter(gone.id)];
        return if state.audit.saved.is_empty() { Step::Close(effects) } else { Step::Do(effects) };
    }
    match chooser::key(selected, state.audit.saved.len(), key) {
        Chosen::Entry(index) => {
            let now = super::filter::now(state);
            let filter = state.audit.saved.get(index).and_then(|saved| saved.at(&now));
            if let Some(filter) = filter {
                return Step::Close(super::open(state, filter));
            }
            let text = state.say("Its times are not understood any more; f types it anew.", "其中的时间无法识别；请按 f 重新输入。");
            state.message = Some(text.to_owned());
            Step::Close(Vec::new())
        }
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}

/// What a form is saved as under the name in its last box; the one of that name before is replaced.
pub fn named(state: &State, form: &FilterForm, filter: &Filter) -> Option<SavedFilter> {
    let name = form.typed(FilterField::Name)?;
    let before = state.audit.saved.iter().find(|saved| saved.name == name);
    Some(SavedFilter {
        id: before.map_or_else(Uuid::now_v7, |saved| saved.id),
        name,
        filter: Filter { from: None, until: None, searched: None, ..filter.clone() },
        from: form.typed(FilterField::From),
        until: form.typed(FilterField::Until),
    })
}

pub fn keep(state: &mut State, saved: SavedFilter) -> Vec<Effect> {
    state.audit.saved.retain(|known| known.id != saved.id);
    state.audit.saved.push(saved.clone());
    vec![Effect::SaveFilter(Box::new(saved))]
}

/// A filter that could not be saved or forgotten: what the database holds is read again.
pub fn done(state: &mut State, answer: Answer<()>) -> Vec<Effect> {
    if accept(state, answer).is_some() {
        return Vec::new();
    }
    state.audit.saved_asked = false;
    read(state)
}
