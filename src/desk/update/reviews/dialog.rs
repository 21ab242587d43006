//! The small forms of the reviews screen, and why nothing can be answered.

use super::super::super::{
    event::Effect,
    people::{Dialog, Purpose as Asking},
    reviews::{Act, Purpose},
    state::{Popup, State},
};
use crate::{
    model::{
        catalogue::Role,
        review::{Decision, Unanswered, days, due},
    },
    service::review::NewCampaign,
};

const COMMENT: (&str, &str) = ("why", "理由");
const TO: (&str, &str) = ("to role", "新角色");
const TITLE: (&str, &str) = ("title", "标题");
const DUE: (&str, &str) = ("due", "截止");
const REVIEWERS: (&str, &str) = ("reviewers", "复核人");
const ROLES: (&str, &str) = ("roles", "角色");
const EVERY: (&str, &str) = ("again every", "周期");
const FILE: (&str, &str) = ("file", "文件");

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

pub fn start(state: &mut State) -> Vec<Effect> {
    let mut dialog = Dialog::new(Asking::Reviews(Purpose::Start), "");
    for (label, text, limit) in [(TITLE, "", 120), (DUE, "14d", 10), (REVIEWERS, "", 400), (ROLES, "", 400), (EVERY, "", 6)] {
        dialog = dialog.with_box(label, text, limit, false);
    }
    dialog.checks = vec![("escalate".to_owned(), false, false)];
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

pub fn export(state: &mut State) -> Vec<Effect> {
    let Some(number) = state.reviews.current_campaign().map(|campaign| campaign.number) else { return Vec::new() };
    let dialog = Dialog::new(Asking::Reviews(Purpose::Export(number)), "").with_box(FILE, &format!("review-{number}.json"), 200, false);
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// The campaign that the boxes describe, or what is wrong with them.
fn campaign(state: &State, dialog: &Dialog) -> Result<NewCampaign, &'static str> {
    let typed = |index| dialog.typed(index).expose().trim().to_owned();
    let listed = |index: usize| -> Vec<String> {
        typed(index).split([',', '，', '、', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let title = typed(0);
    if title.is_empty() {
        return Err(state.say("A title is needed, such as: Agents, autumn.", "请填写标题，例如：客服角色秋季复核。"));
    }
    let now = jiff::Timestamp::now().to_zoned(state.zone.clone());
    let due_at = due(&typed(1), &now).ok_or_else(|| {
        state.say("Due in days, such as 14d, or on a date such as 2026-12-09.", "截止时间：天数如 14d，或日期如 2026-12-09。")
    })?;
    let reviewers = listed(2);
    if reviewers.is_empty() {
        return Err(state.say("Name at least one reviewer by login name, such as wu.jun.", "请至少填写一位复核人的登录名，例如 wu.jun。"));
    }
    // Labels have spaces, so these are parted by commas only; a role may be named as it is shown.
    let known: Vec<&Role> = state.session.iter().flat_map(|session| &session.catalogue.roles).collect();
    let code = |word: &str| known.iter().find(|role| [&role.code, &role.label.en, &role.label.zh].iter().any(|name| *name == word));
    let roles = typed(3);
    let roles: Option<Vec<String>> = roles
        .split([',', '，', '、'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(|word| code(word).map(|role| role.code.clone()))
        .collect();
    let roles = roles
        .ok_or_else(|| state.say("There is no such role; p among the people shows them.", "没有该角色；在人员界面按 p 可查看全部角色。"))?;
    let every = typed(4);
    let every_days = if every.is_empty() {
        None
    } else {
        Some(days(&every).ok_or_else(|| {
            state.say("Again every so many days, such as 90d; empty for once.", "周期为天数，例如 90d；留空表示只进行一次。")
        })?)
    };
    let unanswered = if dialog.checks.iter().any(|check| check.2) { Unanswered::Escalate } else { Unanswered::Revoke };
    Ok(NewCampaign { title, roles, reviewers, due_at, unanswered, every_days })
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
        Purpose::Start => Act::Start(campaign(state, dialog)?),
        Purpose::Export(number) => {
            let file = typed(0);
            if file.is_empty() {
                return Err(state.say("Name the file to write.", "请填写要写入的文件名。"));
            }
            Act::Export { number: *number, file }
        }
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
        return no("Open a review first: v, then Enter.", "请先按 v，再按 Enter 打开一项复核。");
    };
    let own = state.session.as_ref().is_some_and(|session| session.user == item.user);
    match () {
        () if item.answerable && keeping && item.decision == Some(Decision::Keep) => {
            no("This grant is kept already. x still revokes it.", "该项已保留；按 x 仍可收回。")
        }
        () if item.answerable => None,
        () if own => no("Nobody reviews their own roles: another reviewer answers this one.", "不能复核自己的角色，须由其他复核人答复。"),
        () if item.granted_at.is_none() => {
            no("This role is not held any more, so there is nothing to answer.", "此人已不再持有该角色，无需答复。")
        }
        () if campaign.closed_at.is_some() => {
            no("This review is closed. Roles are changed among the people, key 3.", "该复核已关闭。如需更改角色，请按 3 进入人员界面。")
        }
        () if item.decision.is_some() => no("This grant is answered already, and was not kept.", "该项已答复，且未保留。"),
        () => no(
            "You are not a reviewer of this campaign; its reviewers are named below the list of reviews.",
            "您不是此次复核的复核人；复核列表下方列有复核人。",
        ),
    }
}
