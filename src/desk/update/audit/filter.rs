//! Filters: typed, recalled, taken away one by one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{Timestamp, Zoned};

use super::super::{
    super::{
        audit::{FilterField, FilterForm, Wrong},
        event::Effect,
        state::{Popup, State},
    },
    popups::Step,
};
use crate::{
    model::audit::Filter,
    text::{sanitise::for_terminal, width},
};

pub fn edit(state: &mut State) {
    let form = FilterForm::of(&state.audit.filter, None, &now(state));
    state.popup = Some(Popup::Filter(Box::new(form)));
}

fn now(state: &State) -> Zoned {
    Timestamp::now().to_zoned(state.zone.clone())
}

pub fn on_key(state: &mut State, form: &mut FilterForm, key: KeyEvent) -> Step {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let count = form.inputs.len().max(1);
    match key.code {
        KeyCode::Esc => return Step::Close(Vec::new()),
        KeyCode::Enter => return apply(state, form),
        KeyCode::Tab | KeyCode::Down => form.selected = (form.selected + 1) % count,
        KeyCode::BackTab | KeyCode::Up => form.selected = (form.selected + count - 1) % count,
        KeyCode::Char('p') if control => recall(state, form, true),
        KeyCode::Char('n') if control => recall(state, form, false),
        _ => {
            form.error = None;
            if let Some((_, input)) = form.inputs.get_mut(form.selected) {
                input.input(key);
            }
        }
    }
    Step::Stay
}

/// Puts an earlier filter into the boxes, or a later one.
fn recall(state: &State, form: &mut FilterForm, earlier: bool) {
    let kept = &state.audit.kept;
    let at = form.recalled.unwrap_or(kept.len());
    let wanted = if earlier { at.checked_sub(1) } else { at.checked_add(1) };
    if let Some((index, (name, filter))) = wanted.and_then(|index| Some((index, kept.get(index)?))) {
        *form = FilterForm { recalled: Some(index), selected: form.selected, ..FilterForm::of(filter, name.as_deref(), &now(state)) };
    } else {
        form.error = Some(state.say("There is no other kept filter.", "没有更多已保存的筛选条件。").to_owned());
    }
}

fn apply(state: &mut State, form: &mut FilterForm) -> Step {
    match form.filter(&now(state)) {
        Ok(filter) => {
            if let Some(name) = form.typed(FilterField::Name) {
                state.audit.remember(Some(name), &filter);
            }
            Step::Close(super::open(state, filter))
        }
        Err(Wrong { field, order }) => {
            // Nothing is opened: a filter without its bound would show more than was asked for.
            form.selected = form.inputs.iter().position(|(known, _)| *known == field).unwrap_or(0);
            let label = field.label(state.language);
            form.error = Some(if order {
                format!("{label}: {}", state.say("is not later than \"from\"", "应晚于开始时间"))
            } else {
                let typed = width::truncate(&for_terminal(&form.typed(field).unwrap_or_default()), 16);
                format!("{label}: \"{typed}\"? {}", field.hint(state.language))
            });
            Step::Stay
        }
    }
}

/// Takes the last part of the filter away.
pub fn remove_last(state: &mut State) -> Vec<Effect> {
    let mut filter = state.audit.filter.clone();
    let mut record = || filter.number.take().is_some() | filter.record.take().is_some();
    let gone = filter.text.take().is_some()
        || filter.reason.take().is_some()
        || filter.until.take().is_some()
        || filter.from.take().is_some()
        || filter.outcome.take().is_some()
        || filter.class.take().is_some()
        || filter.action.take().is_some()
        || record()
        || filter.actor.take().is_some();
    if gone {
        return super::open(state, filter);
    }
    state.message = Some(state.say("No filter is set; f sets one.", "未设置筛选条件，按 f 设置。").to_owned());
    Vec::new()
}

/// The parts of a filter, in the order they are shown; the last is the first that is taken away.
pub fn chips(state: &State, filter: &Filter) -> Vec<String> {
    let language = state.language;
    let zone = &state.zone;
    let moment = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let record = filter.number.map(|number| number.to_string()).or_else(|| filter.record.map(|record| record.to_string()));
    let action = filter
        .action
        .clone()
        .map(|action| if action == Filter::SEEING { state.say("who saw it", "查看过的人").to_owned() } else { action });
    [
        (FilterField::Actor, filter.actor.clone()),
        (FilterField::Record, record),
        (FilterField::Action, action),
        (FilterField::Class, filter.class.clone()),
        (FilterField::Outcome, filter.outcome.clone()),
        (FilterField::From, filter.from.map(moment)),
        (FilterField::Until, filter.until.map(moment)),
        (FilterField::Reason, filter.reason.clone()),
        (FilterField::Text, filter.text.clone()),
    ]
    .into_iter()
    .filter_map(|(field, value)| value.map(|value| format!("[{} {value}]", field.label(language))))
    .collect()
}
