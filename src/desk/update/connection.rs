//! Losing the server and finding it again; cancelling what is being read.

use std::time::{Duration, Instant};

use super::{
    super::{
        event::Effect,
        state::{Offline, Screen, State},
    },
    alerts, answers, audit, audit_reviews, commands, hide_all, incidents, people, requests, reviews, settings, share,
};
use crate::desk::popup::Popup;

/// Longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(30);

/// What is on the screen may be out of date from now on, so nothing of it stays revealed.
pub fn lost(state: &mut State) {
    hide_all(state);
    if let Some(detail) = &mut state.detail {
        detail.asking.clear();
    }
    state.message = None;
    if state.offline.is_none() {
        state.offline = Some(Offline { tries: 0, next_try: Instant::now() + Duration::from_secs(1) });
    }
}

/// Tries again when it is time: after 1, 2, 4 … 30 seconds.
pub fn retry(state: &mut State, now: Instant) -> Vec<Effect> {
    let Some(offline) = state.offline.as_mut().filter(|offline| offline.next_try <= now) else { return Vec::new() };
    offline.tries += 1;
    offline.next_try = now + Duration::from_secs(1 << offline.tries.min(5)).min(LONGEST);
    vec![Effect::Reconnect]
}

/// The server has answered again: what is shown is read anew, quietly.
pub fn back(state: &mut State) -> Vec<Effect> {
    if state.message.is_none() {
        state.message = Some(state.say("Back again.", "已重新连接。").to_owned());
    }
    refresh(state)
}

/// Tries the server at once, or reads anew what is shown.
pub fn try_now(state: &mut State) -> Vec<Effect> {
    if state.offline.is_some() { vec![Effect::Heartbeat] } else { refresh(state) }
}

/// The listening connection has ended: whether the server has is found out after a moment of chance, since every other desk asks as well.
pub fn ended(state: &mut State) -> Vec<Effect> {
    lost(state);
    vec![Effect::Reconnect]
}

fn refresh(state: &mut State) -> Vec<Effect> {
    // What was announced meanwhile was not heard.
    let mut effects = vec![Effect::Policy];
    effects.extend(alerts::listen(state));
    if state.screen == Screen::Alerts {
        effects.extend(alerts::read(state));
    }
    if state.screen == Screen::Audit {
        effects.extend(audit::enter(state));
    }
    if state.screen == Screen::People {
        effects.extend(people::read(state));
        effects.extend(reviews::count_findings(state));
    }
    if state.screen == Screen::Reviews {
        effects.extend(reviews::read(state));
    }
    if state.screen == Screen::AuditReviews {
        effects.extend(audit_reviews::read(state));
    }
    effects.extend(share::read(state));
    if state.screen == Screen::Settings {
        effects.extend(settings::read(state));
    }
    if state.screen == Screen::Requests {
        effects.extend(requests::read(state));
    }
    if state.screen == Screen::Incidents {
        effects.extend(incidents::read(state));
    }
    if state.session.as_ref().is_some_and(|session| session.rights.get("basic").is_some_and(|rights| rights.reveal)) {
        // Far down a list its place is worth more than its freshness.
        if !state.list.has_before {
            state.list.keep = state.list.rows.get(state.list.selected).map(|row| row.id);
            effects.extend(commands::list(state, None, 0));
        }
    }
    if !matches!(state.popup, Some(Popup::Form(_) | Popup::NoteEditor(_))) {
        effects.extend(answers::reload(state));
    }
    effects
}

/// Whether something is being read that the person waits for.
pub fn is_reading(state: &State) -> bool {
    state.list.loading
        || state.viewing
        || state.audit.loading
        || state.people.loading
        || state.reviews.loading
        || (state.screen == Screen::AuditReviews && state.audit_reviews.loading)
        || (state.screen == Screen::Requests && state.requests.loading)
        || (state.screen == Screen::Alerts && state.alerts.loading)
        || (state.screen == Screen::Incidents && state.incidents.loading)
        || state.replays.loading
        || state.settings.loading
}

/// Stops waiting for what is being read. Answers that are still on their way no longer count.
pub fn cancel(state: &mut State) -> Vec<Effect> {
    if state.screen == Screen::Unlock || state.second_factor.is_some() || (state.popup.is_some() && !is_reading(state)) {
        return commands::say(state, "Esc leaves.", "按 Esc 离开。");
    }
    if !is_reading(state) {
        return commands::say(state, "Nothing is running. Q quits.", "没有正在进行的操作。按 Q 退出。");
    }
    state.list.owed = 0;
    if std::mem::take(&mut state.replays.loading) {
        state.replays.generation += 1;
        state.replays.asked = None;
    }
    if state.screen == Screen::Audit && audit::stop_looking(state) {
        // What was found stays, and so does the view: it goes on from there.
        state.message = Some(state.say("Stopped. G looks further back.", "已停止。按 G 继续向前查找。").to_owned());
        return vec![Effect::Cancel];
    }
    if std::mem::take(&mut state.list.loading) {
        state.list.generation += 1;
    }
    if std::mem::take(&mut state.viewing) {
        state.detail_generation += 1;
    }
    if std::mem::take(&mut state.audit.loading) {
        state.audit.generation += 1;
    }
    if std::mem::take(&mut state.people.loading) {
        state.people.generation += 1;
    }
    if std::mem::take(&mut state.audit_reviews.loading) {
        state.audit_reviews.generation += 1;
    }
    if std::mem::take(&mut state.reviews.loading) {
        state.reviews.generation += 1;
    }
    if std::mem::take(&mut state.settings.loading) {
        state.settings.generation += 1;
    }
    if std::mem::take(&mut state.alerts.loading) {
        state.alerts.generation += 1;
    }
    if std::mem::take(&mut state.incidents.loading) {
        state.incidents.generation += 1;
    }
    if std::mem::take(&mut state.requests.loading) {
        state.requests.generation += 1;
    }
    state.message = Some(state.say("Cancelled. Ctrl-r reads it again.", "已取消。按 Ctrl-r 重新读取。").to_owned());
    vec![Effect::Cancel]
}
