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
use super::saved;
use crate::{
    model::{action, audit::Filter, catalogue::Language},
    text::{sanitise::for_terminal, width},
};

pub fn edit(state: &mut State) {
    let form = FilterForm::of(&state.audit.filter, None, &now(state));
    state.popup = Some(Popup::Filter(Box::new(form)));
}

pub(super) fn now(state: &State) -> Zoned {
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
            let saved = saved::named(state, form, &filter);
            if saved.is_some() && filter.searched.is_some() {
                form.selected = form.inputs.len().saturating_sub(1);
                let text = state.say(
                    "Who searched for a record is asked anew each time; leave the name empty.",
                    "“谁搜索过”须每次重新查询；请将名称留空。",
                );
                form.error = Some(text.to_owned());
                return Step::Stay;
            }
            let mut effects = Vec::new();
            if let Some(saved) = saved {
                state.audit.remember(Some(saved.name.clone()), &filter);
                effects = saved::keep(state, saved);
            }
            effects.extend(super::open(state, filter));
            Step::Close(effects)
        }
        Err(Wrong { field, order }) => {
            // Nothing is opened: a filter without its bound would show more than was asked for.
            form.selected = form.inputs.iter().position(|(known, _)| *known == field).unwrap_or(0);
            let label = field.label(state.language);
            form.error = Some(if order {
                format!("{label}{}", state.say(": is not later than \"from\"", "：应晚于开始时间"))
            } else {
                let typed = width::truncate(&for_terminal(&form.typed(field).unwrap_or_default()), 16);
                match state.language {
                    Language::English => format!("{label}: \"{typed}\"? {}", field.hint(state.language)),
                    Language::Chinese => format!("{label}：无法识别 {typed}。{}", field.hint(state.language)),
                }
            });
            Step::Stay
        }
    }
}

/// A part of a filter, as a chip shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Actor,
    Searched,
    Record,
    Action,
    Class,
    Outcome,
    From,
    Until,
    Reason,
    Text,
}

impl Part {
    fn take_from(self, filter: &mut Filter) {
        match self {
            Self::Actor => filter.actor = None,
            Self::Searched => filter.searched = None,
            Self::Record => (filter.record, filter.number) = (None, None),
            Self::Action => filter.action = None,
            Self::Class => filter.class = None,
            Self::Outcome => filter.outcome = None,
            Self::From => filter.from = None,
            Self::Until => filter.until = None,
            Self::Reason => filter.reason = None,
            Self::Text => filter.text = None,
        }
    }
}

/// Takes the chosen part of the filter away, or the last.
pub fn remove_chip(state: &mut State) -> Vec<Effect> {
    let parts = chips(state, &state.audit.filter);
    if let Some((part, _)) = state.audit.chip.and_then(|chip| parts.get(chip)).or(parts.last()) {
        let mut filter = state.audit.filter.clone();
        part.take_from(&mut filter);
        return super::open(state, filter);
    }
    state.message = Some(state.say("No filter is set; f sets one.", "未设置筛选条件，按 f 设置。").to_owned());
    Vec::new()
}

/// Chooses the part before or after; past the last, none is chosen.
pub fn choose_chip(state: &mut State, forward: bool) -> Vec<Effect> {
    let count = chips(state, &state.audit.filter).len();
    let at = state.audit.chip.unwrap_or(count);
    let to = if forward { at.saturating_add(1) } else { at.saturating_sub(1) };
    state.audit.chip = (count > 0 && to < count).then_some(to);
    Vec::new()
}

/// The parts of a filter, in the order they are shown; the last is the first that is taken away.
pub fn chips(state: &State, filter: &Filter) -> Vec<(Part, String)> {
    let language = state.language;
    let zone = &state.zone;
    let moment = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let record = filter.number.map(|number| number.to_string()).or_else(|| filter.record.map(|record| record.to_string()));
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let action = filter.action.as_deref().map(|action| match action {
        Filter::SEEING => state.say("who saw it", "查看过的人").to_owned(),
        several => several.split(',').map(|code| action::in_words(code.trim(), language)).collect::<Vec<_>>().join(state.say(", ", "、")),
    });
    let class = filter
        .class
        .as_deref()
        .map(|code| catalogue.and_then(|known| known.class(code)).map_or(code, |class| class.label.in_language(language)).to_owned());
    let outcome = filter.outcome.as_deref().map(|outcome| match outcome {
        "ok" => state.say("done", "完成").to_owned(),
        "refused" => state.say("refused", "被拒绝").to_owned(),
        code => code.to_owned(),
    });
    let reason = filter.reason.as_deref().map(|code| {
        let known = catalogue.and_then(|known| known.reasons.iter().find(|reason| reason.code == code));
        known.map_or(code, |reason| reason.label.in_language(language)).to_owned()
    });
    let named = |part, field: FilterField, value: Option<String>| Some((part, format!("[{} {}]", field.label(language), value?)));
    let searched =
        filter.searched.as_ref().map(|searched| (Part::Searched, format!("[{} {}]", state.say("searched for", "搜索过"), searched.number)));
    [
        named(Part::Actor, FilterField::Actor, filter.actor.clone()),
        searched,
        named(Part::Record, FilterField::Record, record),
        named(Part::Action, FilterField::Action, action),
        named(Part::Class, FilterField::Class, class),
        named(Part::Outcome, FilterField::Outcome, outcome),
        named(Part::From, FilterField::From, filter.from.map(moment)),
        named(Part::Until, FilterField::Until, filter.until.map(moment)),
        named(Part::Reason, FilterField::Reason, reason),
        named(Part::Text, FilterField::Text, filter.text.clone()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
