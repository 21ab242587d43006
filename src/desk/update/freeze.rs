//! Freezing from the desk: what is to be frozen, the list of what is, and asking for it to be lifted.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Effect, Session},
        people::{Dialog, Purpose},
        state::{Popup, Screen, State},
    },
    commands::say,
    form::is_leaving,
    popups::Step,
    requests,
};
use crate::model::{catalogue::Language, freeze::Target, request::Asked};

const WHY: (&str, &str) = ("why", "原因");
const REFERENCE: (&str, &str) = ("ticket", "单号");

/// The person, role or actor that the cursor is on.
#[must_use]
pub fn under_cursor(state: &State) -> Option<Target> {
    match state.screen {
        Screen::People if state.people.grid_open => {
            let role = state.session.as_ref()?.catalogue.roles.get(state.people.role)?;
            Some(Target::Role(role.code.clone()))
        }
        Screen::People => Some(Target::Person(state.people.current()?.person.user.clone())),
        Screen::Incidents => state.incidents.current()?.scope.people.first().cloned().map(Target::Person),
        Screen::Audit => {
            let actor = &state.audit.window.selected_event()?.actor;
            (actor != "system").then(|| Target::Person(actor.clone()))
        }
        _ => None,
    }
}

/// Asks why; of what is frozen already, why that is to be lifted.
pub fn begin(state: &mut State, target: Target, why: &str) -> Vec<Effect> {
    let known = state.session.iter().flat_map(|session| &session.standing.freezes).find(|freeze| freeze.target == target);
    if let Some(number) = known.map(|freeze| freeze.number) {
        return requests::dialog::ask(state, Asked::Unfreeze { number, target });
    }
    let dialog = Dialog::new(Purpose::Freeze(target), "").with_box(WHY, why, 200, false).with_box(REFERENCE, "", 40, false);
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

pub fn sign_out_everybody(state: &mut State) -> Vec<Effect> {
    let dialog = Dialog::new(Purpose::SignOutEverybody, "").with_box(WHY, "", 200, false);
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// `freeze person chen.bo "copied ids"`, `freeze all`, `freeze list`.
pub fn typed(state: &mut State, rest: &str) -> Vec<Effect> {
    let mut words = rest.trim().splitn(2, char::is_whitespace);
    let kind = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default().trim();
    let (subject, why) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let session = state.session.as_ref();
    // Roles and classes by what they are called, too.
    let role = session.and_then(|session| {
        session.catalogue.roles.iter().find(|role| [&role.code, &role.label.en, &role.label.zh].map(String::as_str).contains(&subject))
    });
    let class = session.and_then(|session| {
        session
            .catalogue
            .classes
            .iter()
            .find(|class| [&class.code, &class.label.en, &class.label.zh].map(String::as_str).contains(&subject))
    });
    let target = match kind {
        "person" | "人员" if !subject.is_empty() => Some(Target::Person(subject.to_owned())),
        "role" | "角色" => role.map(|role| Target::Role(role.code.clone())),
        "class" | "类别" => class.map(|class| Target::Class(class.code.clone())),
        "all" | "全部" => return begin(state, Target::All, quoted(rest)),
        "list" | "列表" => return list(state),
        _ => None,
    };
    match target {
        Some(target) => {
            let why = quoted(why).to_owned();
            begin(state, target, &why)
        }
        None => say(
            state,
            "As: freeze person LOGIN, freeze role ROLE, freeze class CLASS, freeze all, freeze list.",
            "用法：冻结 人员 登录名、冻结 角色 角色名、冻结 类别 类别名、冻结 全部、冻结 列表。",
        ),
    }
}

fn quoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '“', '”'])
}

/// What is frozen, as far as this person is told.
pub fn list(state: &mut State) -> Vec<Effect> {
    if state.session.as_ref().is_none_or(|session| session.standing.freezes.is_empty()) {
        return say(state, "Nothing is frozen.", "没有生效中的冻结。");
    }
    state.popup = Some(Popup::Freezes { selected: 0 });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    let Some(session) = &state.session else { return Step::Close(Vec::new()) };
    let freezes = &session.standing.freezes;
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *selected = (*selected + 1).min(freezes.len().saturating_sub(1)),
        KeyCode::Char('k') | KeyCode::Up => *selected = selected.saturating_sub(1),
        KeyCode::Enter | KeyCode::Char('x') if session.respond => {
            if let Some(freeze) = freezes.get((*selected).min(freezes.len().saturating_sub(1))) {
                let asked = Asked::Unfreeze { number: freeze.number, target: freeze.target.clone() };
                return Step::Close(requests::dialog::ask(state, asked));
            }
        }
        _ if is_leaving(key) || key.code == KeyCode::Enter => return Step::Close(Vec::new()),
        _ => {}
    }
    Step::Stay
}

/// What is frozen, by what it is called.
#[must_use]
pub fn name(session: &Session, target: &Target, language: Language) -> String {
    match target {
        Target::Person(login) => login.clone(),
        Target::Role(code) => session.catalogue.role_names(std::slice::from_ref(code), language),
        Target::Class(code) => {
            session.catalogue.class(code).map_or_else(|| code.clone(), |class| class.label.in_language(language).to_owned())
        }
        Target::All => target.kind_in_words(language).to_owned(),
    }
}
