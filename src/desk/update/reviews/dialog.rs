//! The small forms of the reviews screen, and why nothing can be answered.

use super::super::super::{
    event::Effect,
    people::{Dialog, Purpose as Asking},
    reviews::{Act, Purpose},
    state::{Popup, State},
};
use crate::model::review::Decision;

const COMMENT: (&str, &str) = ("why", "理由");
const TO: (&str, &str) = ("to role", "新角色");

pub fn revoke(state: &mut State) -> Vec<Effect> {
    open(state, |number, role| Purpose::Revoke { number, role }, &[(COMMENT, 500)])
}

pub fn change(state: &mut State) -> Vec<Effect> {
    open(state, |number, role| Purpose::Change { number, role }, &[(TO, 41), (COMMENT, 500)])
}

fn open(state: &mut State, purpose: impl Fn(i32, String) -> Purpose, boxes: &[((&'static str, &'static str), usize)]) -> Vec<Effect> {
    let (Some(campaign), Some(item)) = (state.reviews.current_campaign(), state.reviews.current_item()) else { return Vec::new() };
    let dialog = Dialog::new(Asking::Reviews(purpose(campaign.number, item.role.clone())), &item.user);
    let dialog = boxes.iter().fold(dialog, |dialog, (label, limit)| dialog.with_box(*label, "", *limit, false));
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// What is handed over, or what is missing.
pub fn act(state: &State, dialog: &Dialog, purpose: &Purpose) -> Result<Act, &'static str> {
    let typed = |index| dialog.typed(index).expose().trim().to_owned();
    let login = dialog.login.clone();
    let why = |index| {
        let comment = typed(index);
        if comment.is_empty() {
            Err(state.say("Say why: it is kept with the answer.", "请写明理由：将与答复一并留存。"))
        } else {
            Ok(comment)
        }
    };
    Ok(match purpose {
        Purpose::Revoke { number, role } => Act::Revoke { number: *number, login, role: role.clone(), comment: why(0)? },
        Purpose::Change { number, role } => {
            let to = typed(0);
            let known = state.session.as_ref().is_some_and(|session| session.catalogue.roles.iter().any(|role| role.code == to));
            if !known || to == *role {
                return Err(state.say("Name another role, such as agent.", "请填写另一角色，例如 agent。"));
            }
            Act::Change { number: *number, login, role: role.clone(), to, comment: why(1)? }
        }
    })
}

/// Why the grant under the cursor is not for this person to answer.
pub fn refusal(state: &State, keeping: bool) -> Option<String> {
    let no = |en: &str, zh: &str| Some(state.say(en, zh).to_owned());
    let (Some(campaign), Some(item)) = (state.reviews.current_campaign(), state.reviews.current_item()) else {
        return no("Open a review first: v, then Enter.", "请先打开复核：按 v，再按 Enter。");
    };
    let own = state.session.as_ref().is_some_and(|session| session.user == item.user);
    match () {
        () if item.answerable && keeping && item.decision == Some(Decision::Keep) => no("It is kept already.", "该项已保留。"),
        () if item.answerable => None,
        () if own => no("Nobody reviews their own roles.", "不能复核自己的角色。"),
        () if item.granted_at.is_none() => no("This grant is not held any more.", "该授权已不存在。"),
        () if campaign.closed_at.is_some() => no("This review is closed.", "该复核已关闭。"),
        () if item.decision.is_some() => no("This is answered already.", "该项已答复。"),
        () => no("You are not a reviewer of it.", "您不是此复核的复核人。"),
    }
}
