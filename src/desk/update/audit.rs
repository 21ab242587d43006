//! The audit pane.

use std::time::{Duration, Instant};

use tui_textarea::TextArea;

use super::super::{
    event::Effect,
    state::{Popup, Screen, State},
};
use crate::model::audit::{AuditPage, Filter};

/// Events kept in memory; older ones are read again when scrolled to.
const KEPT: usize = 5_000;
/// How long an opened view is good for, less a margin.
const VIEW_LIFE: Duration = Duration::from_mins(12);

pub fn enter(state: &mut State) -> Vec<Effect> {
    state.screen = Screen::Audit;
    if state.audit.opened.is_none() { open(state) } else { follow(state) }
}

/// Opens the view anew with the current filter.
pub fn open(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    audit.generation += 1;
    audit.loading = true;
    audit.opened = Some(Instant::now());
    vec![Effect::Audit { generation: audit.generation, filter: audit.filter.clone(), before: None }]
}

/// Reads what is new, if the pane is open and live.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    let Some(opened) = audit.opened.filter(|_| state.screen == Screen::Audit) else { return Vec::new() };
    if opened.elapsed() > VIEW_LIFE {
        return open(state);
    }
    if audit.following || audit.loading {
        return Vec::new();
    }
    audit.following = true;
    vec![Effect::Follow { generation: audit.generation, horizon: audit.horizon }]
}

pub fn page_if_near_end(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    if !audit.has_more || audit.loading || audit.selected + 20 < audit.events.len() {
        return Vec::new();
    }
    let Some(last) = audit.events.back().cloned() else { return Vec::new() };
    audit.loading = true;
    vec![Effect::Audit { generation: audit.generation, filter: audit.filter.clone(), before: Some(Box::new(last)) }]
}

/// Adds a page of older events behind what is there, or replaces all of it.
pub fn take_page(state: &mut State, page: AuditPage, more: bool) {
    let audit = &mut state.audit;
    audit.loading = false;
    audit.has_more = page.has_more;
    if !more {
        audit.events.clear();
        audit.seen.clear();
        audit.selected = 0;
        audit.waiting = 0;
        audit.horizon = page.horizon;
    }
    for event in page.events {
        if audit.seen.insert((event.session, event.seq)) {
            audit.events.push_back(event);
        }
    }
}

/// Adds new events in front. Paused, the place is kept and they are counted.
pub fn take_new(state: &mut State, page: AuditPage) {
    let audit = &mut state.audit;
    audit.horizon = page.horizon.max(audit.horizon);
    let fresh: Vec<_> = page.events.into_iter().filter(|event| !audit.seen.contains(&(event.session, event.seq))).collect();
    for event in fresh.into_iter().rev() {
        audit.seen.insert((event.session, event.seq));
        let at = audit.events.iter().position(|known| known.at <= event.at).unwrap_or(audit.events.len());
        audit.events.insert(at, event);
        if audit.paused {
            audit.waiting += 1;
        }
        if (audit.paused || audit.selected > 0) && at <= audit.selected {
            audit.selected += 1;
        }
    }
    while audit.events.len() > KEPT {
        if let Some(old) = audit.events.pop_back() {
            audit.seen.remove(&(old.session, old.seq));
            audit.has_more = true;
        }
    }
    audit.selected = audit.selected.min(audit.events.len().saturating_sub(1));
}

pub fn pause(state: &mut State) -> Vec<Effect> {
    state.audit.paused = !state.audit.paused;
    if state.audit.paused {
        return Vec::new();
    }
    state.audit.waiting = 0;
    state.audit.selected = 0;
    follow(state)
}

/// Everybody who viewed or revealed the record under the cursor.
pub fn who_saw(state: &mut State) -> Vec<Effect> {
    if let Some(record) = state.audit.events.get(state.audit.selected).and_then(|event| event.record) {
        state.audit.filter = Filter { record: Some(record), ..Filter::default() };
        return open(state);
    }
    state.message = Some(state.say("This event is about no record.", "该事件不涉及记录。").to_owned());
    Vec::new()
}

/// Everything the person under the cursor did.
pub fn timeline(state: &mut State) -> Vec<Effect> {
    let Some(event) = state.audit.events.get(state.audit.selected) else { return Vec::new() };
    state.audit.filter = Filter { actor: Some(event.actor.clone()), ..Filter::default() };
    open(state)
}

pub fn edit_filter(state: &mut State) {
    let filter = &state.audit.filter;
    let boxed = |text: &Option<String>| TextArea::from([text.clone().unwrap_or_default()]);
    let inputs = vec![
        ("actor", boxed(&filter.actor)),
        ("action", boxed(&filter.action)),
        ("class", boxed(&filter.class)),
        ("text", boxed(&filter.text)),
        ("from", boxed(&filter.from.map(|at| at.to_string()))),
        ("until", boxed(&filter.until.map(|at| at.to_string()))),
    ];
    state.popup = Some(Popup::Filter { inputs, selected: 0 });
}

pub fn apply_filter(state: &mut State, typed: &[String]) -> Vec<Effect> {
    let text = |index: usize| typed.get(index).filter(|text| !text.is_empty()).cloned();
    let time = |index: usize| text(index).and_then(|text| text.parse().ok());
    state.audit.filter = Filter {
        actor: text(0),
        action: text(1),
        class: text(2),
        text: text(3),
        from: time(4),
        until: time(5),
        record: state.audit.filter.record,
    };
    let wrong = [4, 5].into_iter().find(|index| text(*index).is_some() && time(*index).is_none());
    if wrong.is_some() {
        // Nothing is opened: a filter without its bound would show more than was asked for.
        edit_filter(state);
        state.message = Some(state.say("A time looks like 2026-11-24T14:00:00Z.", "时间格式如 2026-11-24T14:00:00Z。").to_owned());
        return Vec::new();
    }
    open(state)
}
