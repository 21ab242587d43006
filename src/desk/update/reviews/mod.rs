//! The reviews screen: reading, moving, answering.

pub mod dialog;

use super::{
    super::{
        event::{Answer, Effect},
        people::Act,
        reviews::{self, Read, Shown},
        state::{Pane, Screen, State},
    },
    answers::accept,
    motion::{Motion, reach},
    people,
};
use crate::model::catalogue::Language;

pub fn enter(state: &mut State, shown: Shown) -> Vec<Effect> {
    state.screen = Screen::Reviews;
    state.pane = Pane::List;
    state.first_row = 0;
    state.reviews.shown = shown;
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    state.reviews.generation += 1;
    state.reviews.loading = true;
    vec![Effect::Reviews { generation: state.reviews.generation, shown: state.reviews.shown }]
}

/// How many findings there are stands in the title of the people screen.
pub fn count_findings(state: &State) -> Vec<Effect> {
    vec![Effect::Reviews { generation: state.reviews.generation, shown: Shown::Findings }]
}

/// Whoever has just signed in is told what waits for their answer.
pub fn ask_what_waits(state: &State) -> Vec<Effect> {
    vec![Effect::Reviews { generation: state.reviews.generation, shown: Shown::Campaigns }]
}

fn tell_what_waits(state: &mut State) {
    let waiting: i64 = state.reviews.campaigns.iter().map(|campaign| campaign.waiting).sum();
    if waiting > 0 && state.screen != Screen::Reviews && state.message.is_none() {
        state.message = Some(match state.language {
            Language::English => format!("An access review waits for your answers: {waiting}. They are under :reviews"),
            Language::Chinese => format!("有权限复核待您答复：{waiting} 项。请用 :权限复核 打开"),
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
