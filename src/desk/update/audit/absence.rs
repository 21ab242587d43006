//! That nothing of a record was revealed in a time: asked for, and what came of it.

use super::{
    super::{
        super::{
            event::{Answer, Effect},
            state::State,
        },
        answers::accept,
    },
    filter,
};
use crate::{
    model::{action, catalogue::Language, id::RecordNumber},
    service::audit::absence::{Asked, Told, what},
};

/// The record of the filter, or else of the selected event.
fn record(state: &State) -> Option<RecordNumber> {
    let selected = || state.audit.window.selected_event().and_then(|event| event.record_number);
    state.audit.filter.number.or_else(selected)
}

/// Over the time of the filter; since midnight and until now where it has none.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let Some(record) = record(state) else {
        let asked = state.say(
            "Select an event about a record, or filter by one (f): the proof is about a record.",
            "请选择涉及记录的事件，或按记录筛选（按 f）：证明针对某一条记录。",
        );
        state.message = Some(asked.to_owned());
        return Vec::new();
    };
    let now = filter::now(state);
    let midnight = now.start_of_day().map_or_else(|_| now.timestamp(), |start| start.timestamp());
    let since = state.audit.filter.from.unwrap_or(midnight);
    let until = state.audit.filter.until.unwrap_or_else(|| now.timestamp());
    state.message = Some(match state.language {
        Language::English => format!("Looking whether anything of {record} was revealed ..."),
        Language::Chinese => format!("正在查证 {record} 是否被查看..."),
    });
    vec![Effect::Absence(Box::new(Asked { record, field: None, since, until }))]
}

pub fn take(state: &mut State, asked: &Asked, told: Answer<Told>) {
    let Some(told) = accept(state, told) else { return };
    let time = |at| state.local(at).strftime("%m-%d %H:%M:%S").to_string();
    let named = what(asked.field.as_deref(), &asked.record.to_string(), state.language);
    let (since, until) = (time(asked.since), time(told.until()));
    let said = match (&told, state.language) {
        (Told::Absent { path, .. }, Language::English) => {
            format!("Not revealed: {named}, {since} to {until}. The proof is in {path}")
        }
        (Told::Absent { path, .. }, Language::Chinese) => format!("未被查看：{named}，{since} 至 {until}。证明已写入 {path}"),
        (Told::Revealed { events, .. }, language) => {
            let Some(last) = events.last() else { return };
            let (at, actor, done) = (time(last.at), &last.actor, action::in_words(&last.action, language));
            let field = last.field.as_deref().unwrap_or("-");
            match (events.len() - 1, language) {
                (0, Language::English) => format!("It was revealed, so nothing is proved: {at} {actor} {done} {field}"),
                (more, Language::English) => {
                    format!("It was revealed, so nothing is proved: {at} {actor} {done} {field}, and {more} times before")
                }
                (0, Language::Chinese) => format!("曾被查看，无从证明：{at} {actor} {done} {field}"),
                (more, Language::Chinese) => format!("曾被查看，无从证明：{at} {actor} {done} {field}，此前另有 {more} 次"),
            }
        }
    };
    state.message = Some(said);
}
