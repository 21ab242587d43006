//! The small forms of the requests screen, from the question to what is handed over.

use super::super::super::{
    event::Effect,
    people::{self, Dialog, Purpose as Asking},
    requests::{Act, Name, Purpose, Row},
    state::{Popup, State},
};
use crate::model::{
    change::Change,
    clearance::Clearance,
    request::{self, Asked, Request, Why},
};

const WHY: (&str, &str) = ("why", "理由");
const REFERENCE: (&str, &str) = ("ticket", "单号");
const COMMENT: (&str, &str) = ("comment", "说明");

fn open(state: &mut State, purpose: Purpose, boxes: &[((&'static str, &'static str), String, usize)]) -> Vec<Effect> {
    let mut dialog = Dialog::new(Asking::Requests(purpose), "");
    for (label, text, limit) in boxes {
        dialog = dialog.with_box(*label, text, *limit, false);
    }
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// A role for a time: on approval, or at once. Whatever has been typed already stands in the boxes.
pub fn elevate(state: &mut State, break_glass: bool, word: &str, time: &str, why: &str) -> Vec<Effect> {
    let time = if time.is_empty() { "30m" } else { time };
    let boxes = [
        (("role, class", "角色或类别"), word.to_owned(), 41),
        (("for", "时长"), time.to_owned(), 8),
        (WHY, why.to_owned(), 200),
        (REFERENCE, String::new(), 40),
    ];
    open(state, Purpose::Elevate { break_glass }, &boxes);
    if let Some(Popup::Person(dialog)) = &mut state.popup {
        dialog.selected = [word, time, why].iter().position(|text| text.is_empty()).unwrap_or(3);
    }
    // What may be had is said above the boxes.
    super::read(state)
}

/// What was refused for want of an approval is asked for.
pub fn ask(state: &mut State, asked: Asked) -> Vec<Effect> {
    state.popup = Some(Popup::Person(Box::new(asking(asked))));
    Vec::new()
}

pub fn asking(asked: Asked) -> Dialog {
    Dialog::new(Asking::Requests(Purpose::Ask(asked)), "").with_box(WHY, "", 200, false).with_box(REFERENCE, "", 40, false)
}

pub fn vote(state: &mut State, approve: bool) -> Vec<Effect> {
    let Some(Name::Request(number)) = super::name(state) else { return Vec::new() };
    open(state, Purpose::Vote { number, approve }, &[(COMMENT, String::new(), 200)])
}

pub fn review(state: &mut State) -> Vec<Effect> {
    let Some(Name::Elevation(number)) = super::name(state) else { return Vec::new() };
    open(state, Purpose::Review(number), &[(COMMENT, String::new(), 200)])
}

/// Takes one's own request back, or ends a role for a time.
pub fn end(state: &mut State) -> Vec<Effect> {
    match super::name(state) {
        Some(Name::Request(number)) => open(state, Purpose::Withdraw(number), &[]),
        Some(Name::Elevation(number)) => open(state, Purpose::End(number), &[]),
        None => Vec::new(),
    }
}

/// What is handed over, or what is missing.
pub fn act(state: &State, dialog: &Dialog, purpose: &Purpose) -> Result<Act, &'static str> {
    let typed = |index| dialog.typed(index).expose().trim().to_owned();
    let why = |text: usize| -> Result<Why, &'static str> {
        let reference = typed(text + 1);
        if typed(text).is_empty() {
            return Err(state.say("Say why: whoever decides reads it, and it is kept.", "请写明理由，审批人会看到，并永久留存。"));
        }
        Ok(Why { text: typed(text), reference: (!reference.is_empty()).then_some(reference) })
    };
    Ok(match purpose {
        Purpose::Elevate { break_glass } => {
            if typed(0).is_empty() {
                return Err(state.say("Name a role, or the class you need.", "请填写角色或所需的类别。"));
            }
            let minutes = request::minutes(&typed(1))
                .ok_or_else(|| state.say("For how long: 30m, 2h or a number of minutes.", "时长：30m、2h 或分钟数。"))?;
            Act::Elevate { word: typed(0), minutes, why: why(2)?, break_glass: *break_glass }
        }
        Purpose::Ask(asked) => Act::Ask { asked: asked.clone(), why: why(0)? },
        Purpose::Vote { number, approve } => {
            if !approve && typed(0).is_empty() {
                return Err(state.say("Say why not: who asked will read it.", "请写明拒绝理由，申请人会看到。"));
            }
            Act::Vote { number: *number, approve: *approve, comment: typed(0) }
        }
        Purpose::Withdraw(number) => Act::Withdraw(*number),
        Purpose::End(number) => Act::End(*number),
        Purpose::Review(number) => {
            if typed(0).is_empty() {
                return Err(state.say("Say what you found.", "请写明复核意见。"));
            }
            Act::Review { number: *number, comment: typed(0) }
        }
    })
}

/// What a refused act would have to ask for.
pub fn wanted(state: &State, dialog: &Dialog) -> Option<Asked> {
    let roles = || state.session.iter().flat_map(|session| &session.catalogue.roles);
    let privileged = |code: &String| roles().any(|role| role.code == *code && !role.capabilities.is_empty());
    match &dialog.purpose {
        Asking::Roles => {
            let role = dialog.changes().0.into_iter().find(privileged)?;
            Some(Asked::RoleGrant { login: dialog.login.clone(), role })
        }
        Asking::Add => {
            let role = dialog.checks.iter().filter(|check| check.2).map(|check| check.0.clone()).find(privileged)?;
            Some(Asked::RoleGrant { login: dialog.typed(0).expose().trim().to_owned(), role })
        }
        Asking::Allow(class) => Some(Asked::RoleRights { role: dialog.login.clone(), class: class.clone(), rights: dialog.rights() }),
        Asking::Clear => Some(Asked::Clearance { login: dialog.login.clone(), clearance: dialog.clearance() }),
        Asking::ResetSecondFactor => Some(Asked::SecondFactorReset { login: dialog.login.clone() }),
        _ => None,
    }
}

/// The act that a request was for, where it can be done from here.
pub fn approved(request: &Request) -> Option<people::Act> {
    if let Some(change) = &request.change {
        return Change::parse(change).map(|change| people::Act::Requests(Act::Perform(change)));
    }
    let words: Vec<&str> = request.subject.split(' ').collect();
    Some(match (request.kind.as_str(), words.as_slice()) {
        ("role_grant", [login, role]) => {
            people::Act::Roles { login: (*login).to_owned(), grant: vec![(*role).to_owned()], revoke: Vec::new() }
        }
        ("role_rights", [role, class, letters]) => people::Act::Rights {
            role: (*role).to_owned(),
            class: (*class).to_owned(),
            rights: crate::model::catalogue::Rights::from_letters(letters)?,
        },
        ("clearance", [login, level, compartments @ ..]) => {
            let compartments: Vec<String> = compartments.iter().flat_map(|codes| codes.split(',')).map(str::to_owned).collect();
            people::Act::Clear { login: (*login).to_owned(), clearance: Clearance::new(level, &compartments) }
        }
        ("second_factor_reset", [login]) => people::Act::ResetSecondFactor { login: (*login).to_owned() },
        _ => return None,
    })
}

/// Why nothing can be done to the line under the cursor.
pub fn refusal(state: &State, wants: Wants) -> Option<String> {
    let no = |en: &str, zh: &str| Some(state.say(en, zh).to_owned());
    let Some(row) = state.requests.current() else { return no("Choose a line first, with j and k.", "请先用 j、k 选择一行。") };
    match (wants, row) {
        (Wants::Vote, Row::Request(request)) if request.may_vote => None,
        (Wants::Vote, Row::Request(request)) if request.own => no(
            "This request is your own, so somebody else decides on it. d takes it back.",
            "这是您自己的申请，须由他人审批。按 d 可撤回。",
        ),
        (Wants::Vote, Row::Request(request)) if row.is_past() || !request.votes.is_empty() => {
            no("This request is decided already. o shows what was done under it.", "该申请已审批。按 o 查看据此执行的操作。")
        }
        (Wants::Vote, _) => {
            no("This is not for you to decide: lines for you begin with an exclamation mark.", "此项不由您审批；待您处理的行以感叹号开头。")
        }
        (Wants::End, Row::Request(request)) if request.own && !row.is_past() => None,
        (Wants::End, Row::Elevation(elevation)) if elevation.running => None,
        (Wants::End, _) => no(
            "d takes back a request of your own that waits or is approved, and ends a role for a time that still runs; this line is neither.",
            "按 d 可撤回自己待审批或已批准的申请，或提前结束仍有效的临时角色；此行两者都不是。",
        ),
        (Wants::Review, Row::Elevation(elevation)) if elevation.may_review => None,
        (Wants::Review, _) => no(
            "v reviews a glass that somebody else has broken and nobody has reviewed yet; this line is none.",
            "按 v 可复核他人尚未复核的紧急提权；此行不是。",
        ),
        (Wants::Perform, Row::Request(request)) if request.own && request.state == request::RequestState::Approved => None,
        (Wants::Perform, _) => no(
            "Enter does what you asked for, once somebody else has approved it; this line is no such request.",
            "您的申请获批后，按 Enter 执行；此行不是已获批的申请。",
        ),
    }
}

/// What somebody wants to do to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    Vote,
    End,
    Review,
    Perform,
}
