//! The reviews screen: reading, moving, answering.

pub mod dialog;

use std::time::{Duration, Instant};

use super::{
    super::{
        event::{Answer, Effect},
        people::Act,
        reviews::{self, Read, Shown},
        state::{PAUSE, Pane, Screen, State},
    },
    answers::accept,
    motion::{Motion, reach},
    people,
};
use crate::model::catalogue::Language;

/// How often the campaigns are asked for while one is due, and otherwise.
const ASK_DUE: Duration = Duration::from_secs(30);
const ASK_ANYWAY: Duration = Duration::from_mins(10);

pub fn enter(state: &mut State, shown: Shown) -> Vec<Effect> {
    state.screen = Screen::Reviews;
    state.pane = Pane::List;
    state.first_row = 0;
    state.reviews.shown = shown;
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    let now = Instant::now();
    state.reviews.generation += 1;
    state.reviews.loading = true;
    state.reviews.stale = false;
    state.reviews.read_at = Some(now);
    if state.reviews.shown != Shown::Findings {
        state.reviews.campaigns_asked = Some(now);
    }
    vec![Effect::Reviews { generation: state.reviews.generation, shown: state.reviews.shown }]
}

/// How many findings there are stands in the title of the people screen.
pub fn count_findings(state: &State) -> Vec<Effect> {
    vec![Effect::Reviews { generation: state.reviews.generation, shown: Shown::Findings }]
}

/// Something has happened somewhere: read again, but not as often as it happens.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::Reviews {
        return Vec::new();
    }
    state.reviews.stale = true;
    refresh(state)
}

pub fn refresh(state: &mut State) -> Vec<Effect> {
    let reviews = &state.reviews;
    let rested = reviews.read_at.is_none_or(|at| at.elapsed() >= PAUSE);
    if state.screen == Screen::Reviews && reviews.stale && rested && !reviews.loading { read(state) } else { Vec::new() }
}

/// A campaign that is due is closed by whoever looks at the campaigns next. An open desk of somebody who has to do with reviews looks within the
/// minute; and now and then besides, since a campaign may have been begun elsewhere.
pub fn close_what_is_due(state: &mut State) -> Vec<Effect> {
    let Some(session) = &state.session else { return Vec::new() };
    let reviews = &state.reviews;
    let concerned = session.manage_people || session.audit_all || !reviews.campaigns.is_empty();
    let now = jiff::Timestamp::now();
    let due = reviews.campaigns.iter().any(|campaign| campaign.closed_at.is_none() && campaign.due_at <= now);
    let wait = if due { ASK_DUE } else { ASK_ANYWAY };
    if !concerned || reviews.loading || reviews.campaigns_asked.is_some_and(|asked| asked.elapsed() < wait) {
        return Vec::new();
    }
    ask_what_waits(state)
}

/// Whoever has just signed in is told what waits for their answer.
pub fn ask_what_waits(state: &mut State) -> Vec<Effect> {
    state.reviews.campaigns_asked = Some(Instant::now());
    vec![Effect::Reviews { generation: state.reviews.generation, shown: Shown::Campaigns }]
}

fn tell_what_waits(state: &mut State) {
    let waiting: i64 = state.reviews.campaigns.iter().map(|campaign| campaign.waiting).sum();
    // Told once, and again when more waits than before.
    let more = waiting > std::mem::replace(&mut state.reviews.told, waiting);
    if more && state.screen != Screen::Reviews && state.message.is_none() {
        state.message = Some(match state.language {
            Language::English => format!("An access review waits for your answers: {waiting}. They are under :reviews"),
            Language::Chinese => format!("有 {waiting} 项权限复核待您答复，请输入“:权限复核”打开"),
        });
    }
}

pub fn take(state: &mut State, answer: Answer<Box<Read>>) {
    state.reviews.loading = false;
    let Some(read) = accept(state, answer) else { return };
    match *read {
        Read::Findings(findings) => state.reviews.findings = Some(findings),
        Read::Campaigns(campaigns) => {
            state.reviews.campaigns = campaigns;
            tell_what_waits(state);
        }
        Read::Items(number, campaigns, items) => {
            state.reviews.campaigns = campaigns;
            if state.reviews.shown == Shown::Items(number) {
                state.reviews.items = items;
            }
        }
    }
    let row = state.reviews.row();
    state.reviews.select(row);
}

pub fn go(state: &mut State, motion: Motion) {
    let (row, _) = reach(motion, state.reviews.row(), state.reviews.rows());
    state.reviews.select(row);
}

/// One step in: the grants of a campaign, or the person or campaign that a finding is about.
pub fn open(state: &mut State) -> Vec<Effect> {
    let campaign = state.reviews.current_campaign().map(|campaign| campaign.number);
    let finding = state.reviews.current_finding().map(|finding| (finding.user.clone(), finding.campaign));
    match (state.reviews.shown, campaign, finding) {
        (Shown::Campaigns, Some(number), _) | (Shown::Findings, _, Some((_, Some(number)))) => open_campaign(state, number),
        (Shown::Findings, _, Some((Some(user), None))) => {
            state.people.find.clear();
            state.people.selected = Some(user);
            people::enter(state)
        }
        _ => Vec::new(),
    }
}

fn open_campaign(state: &mut State, number: i32) -> Vec<Effect> {
    if state.reviews.campaign != Some(number) || state.reviews.items.is_empty() {
        state.reviews.item = None;
    }
    state.reviews.items.clear();
    state.reviews.campaign = Some(number);
    enter(state, Shown::Items(number))
}

/// What was trusted may still be revoked, so keeping asks nothing.
pub fn keep(state: &mut State) -> Vec<Effect> {
    let (Some(campaign), Some(item)) = (state.reviews.current_campaign(), state.reviews.current_item()) else { return Vec::new() };
    let act = reviews::Act::Keep { number: campaign.number, login: item.user.clone(), role: item.role.clone() };
    vec![Effect::Act(Act::Reviews(act))]
}

/// One step back: the campaigns, then the people, or the desk for who has no people screen.
pub fn back(state: &mut State) -> Vec<Effect> {
    if matches!(state.reviews.shown, Shown::Items(_)) {
        return enter(state, Shown::Campaigns);
    }
    if state.session.as_ref().is_some_and(|session| session.manage_people || session.audit_all) {
        return people::enter(state);
    }
    state.screen = Screen::Desk;
    Vec::new()
}
