//! Verification: begun, watched, stopped; afterwards the first broken event is under the cursor.

use std::time::Instant;

use super::super::{
    super::{
        audit::{Purpose, Verify},
        event::{Answer, Effect},
        state::{Screen, State},
    },
    answers::accept,
};
use crate::{
    model::{
        audit::{Filter, Progress, Verification},
        catalogue::Language,
    },
    service::audit::Made,
};

pub fn start(state: &mut State) -> Vec<Effect> {
    if matches!(state.audit.verify, Verify::Running { .. }) {
        return Vec::new();
    }
    state.audit.verify = Verify::Running { done: 0, total: 0, since: Instant::now() };
    vec![Effect::Verify]
}

/// Writes what the filter shows, with what proves it, into a file.
pub fn evidence(state: &mut State) -> Vec<Effect> {
    if state.audit.filter.is_empty() {
        let asked = state
            .say("Filter first (f): a file of everything proves nothing to anybody.", "请先筛选（按 f）：包含全部事件的文件没有意义。");
        state.message = Some(asked.to_owned());
        return Vec::new();
    }
    state.message = Some(state.say("Gathering evidence ...", "正在收集证据...").to_owned());
    vec![Effect::Evidence(Box::new(state.audit.filter.clone()))]
}

/// The file is written, or is not.
pub fn written(state: &mut State, made: Answer<(String, Made)>) {
    let Some((path, made)) = accept(state, made) else { return };
    let unproven = match (made.unproven, state.language) {
        (0, _) => String::new(),
        (count, Language::English) => format!("; {count} not proved: what follows them is above your clearance"),
        (count, Language::Chinese) => format!("；{count} 条未得到证明：其后的事件高于您的密级"),
    };
    state.message = Some(match state.language {
        Language::English => format!("{} events with their proofs are in {path}{unproven}", made.events),
        Language::Chinese => format!("{} 条事件及其证明已写入 {path}{unproven}", made.events),
    });
}

/// Stops a verification, if one runs.
pub fn stop(state: &mut State) -> Option<Vec<Effect>> {
    if !matches!(state.audit.verify, Verify::Running { .. }) {
        return None;
    }
    state.audit.verify = Verify::Never;
    state.message = Some(state.say("The verification was stopped.", "校验已停止。").to_owned());
    Some(vec![Effect::StopVerify])
}

pub fn progress(state: &mut State, progress: Progress) {
    if let Verify::Running { done, total, .. } = &mut state.audit.verify {
        (*done, *total) = (progress.done, progress.total);
    }
}

pub fn take(state: &mut State, found: Answer<Verification>) -> Vec<Effect> {
    if !matches!(state.audit.verify, Verify::Running { .. }) {
        return Vec::new();
    }
    state.audit.verify = Verify::Never;
    let Some(found) = accept(state, found) else { return Vec::new() };
    let first = found.broken.iter().find_map(|broken| broken.beside.map(|(seq, _)| (broken.session, seq)));
    state.audit.verify = Verify::Done(Box::new(found));
    let Some(key) = first.filter(|_| state.screen == Screen::Audit) else { return Vec::new() };
    if state.audit.window.select(key) {
        return super::moved(state);
    }
    // Not among what is loaded, or filtered away: the trail is opened where it stands.
    if !state.audit.filter.is_empty() {
        let before = state.audit.filter.clone();
        state.audit.previous.push(before);
    }
    super::ask(state, Filter::default(), Purpose::At(key))
}
