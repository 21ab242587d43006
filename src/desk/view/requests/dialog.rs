//! Titles and explanations of the small forms of the requests screen.

use crate::{
    desk::{
        requests::{Purpose, Row},
        state::State,
    },
    model::{catalogue::Language, request::Asked},
    text::sanitise::for_terminal,
};

pub fn title(state: &State, purpose: &Purpose) -> String {
    match purpose {
        Purpose::Elevate { break_glass: false } => state.say("Ask for a role for a time", "申请临时角色").to_owned(),
        Purpose::Elevate { break_glass: true } => state.say("BREAK GLASS", "紧急提权").to_owned(),
        Purpose::Ask(Asked::Unfreeze { number, .. }) => format!("{} {number}", state.say("Lift freeze", "解除冻结")),
        Purpose::Ask(_) => state.say("Ask for approval", "申请批准").to_owned(),
        Purpose::Vote { number, approve: true } => format!("{} {number}", state.say("Approve", "批准")),
        Purpose::Vote { number, approve: false } => format!("{} {number}", state.say("Refuse", "拒绝")),
        Purpose::Withdraw(number) => format!("{} {number}", state.say("Take back", "撤回")),
        Purpose::End(number) => format!("{} {number}", state.say("End", "结束")),
        Purpose::Review(number) => format!("{} {number}", state.say("Review", "复核")),
    }
}

pub fn explanation(state: &State, purpose: &Purpose) -> String {
    match purpose {
        Purpose::Elevate { break_glass: false } => {
            let head = state.say(
                "Somebody else decides. The keys come with the approval and go by themselves.",
                "须由他人审批。批准后立即获得密钥，到期自动收回。",
            );
            format!("{head}{}{}", state.say(" ", ""), what_there_is(state, false))
        }
        Purpose::Elevate { break_glass: true } => {
            let head = state.say(
                "At once, without asking. Everybody who approves is told now, it is red in the audit, and somebody else reviews it.",
                "无需审批，立即生效。所有审批人会立即收到通知，审计中以红色标出，事后由他人复核。",
            );
            format!("{head}{}{}", state.say(" ", ""), what_there_is(state, true))
        }
        Purpose::Ask(Asked::Unfreeze { .. }) => state
            .say(
                "Somebody else who may respond decides, and who is not frozen. As soon as they approve, it is lifted.",
                "由另一位有冻结权限且未被冻结的人审批；批准后立即解除。",
            )
            .to_owned(),
        Purpose::Ask(asked) => {
            let head = state.say(
                "This needs somebody else's approval. Say why; once it is approved, do it from the list of requests (i).",
                "此操作须经他人批准。请写明理由；获批后在申请列表（按 i）中执行。",
            );
            let what = state.session.as_ref().and_then(|session| asked.in_words(&session.catalogue, state.language));
            what.map_or_else(|| head.to_owned(), |what| format!("{} - {head}", for_terminal(&what)))
        }
        Purpose::Vote { number, approve: true } => {
            let head = state.say("It is kept for ever that you approved. A comment is welcome.", "您的批准将永久留存，可附说明。");
            // What is approved, to the letter.
            let found = state.requests.rows.iter().find_map(|row| match row {
                Row::Request(request) if request.number == *number => Some(request),
                _ => None,
            });
            found.map_or_else(|| head.to_owned(), |request| format!("{} - {head}", for_terminal(&super::what_of(state, request))))
        }
        Purpose::Vote { approve: false, .. } => state.say("Who asked reads why not.", "申请人会看到拒绝理由。").to_owned(),
        Purpose::Withdraw(_) => state.say("Take this request back?  y / n", "是否撤回此申请？ y / n").to_owned(),
        Purpose::End(_) => state.say("End this role now, before its time?  y / n", "是否立即结束此临时角色？ y / n").to_owned(),
        Purpose::Review(_) => state
            .say("Look at what was done first (o). Your finding is kept for ever.", "请先查看期间的操作（按 o）。复核意见将永久留存。")
            .to_owned(),
    }
}

/// What the person may have for a time, so that nobody has to remember names.
fn what_there_is(state: &State, break_glass: bool) -> String {
    let Some(session) = &state.session else { return String::new() };
    let found: Vec<String> = state
        .requests
        .eligible
        .iter()
        .filter(|eligible| eligible.break_glass || !break_glass)
        .map(|eligible| {
            let classes: Vec<&str> = eligible
                .classes
                .iter()
                .filter(|code| session.rights.get(*code).is_none_or(|rights| !rights.reveal))
                .filter_map(|code| session.catalogue.class(code))
                .map(|class| class.label.in_language(state.language))
                .collect();
            let most = format!("{} {}", eligible.max_minutes, state.say("minutes at most", "分钟以内"));
            let inside = classes.into_iter().map(str::to_owned).chain([most]).collect::<Vec<_>>().join(state.say(", ", "、"));
            match state.language {
                Language::English => format!("{} ({inside})", eligible.target),
                Language::Chinese => format!("{}（{inside}）", eligible.target),
            }
        })
        .collect();
    if found.is_empty() {
        return if state.requests.loading {
            String::new()
        } else {
            state.say("There is nothing your roles may have for a time.", "您的角色目前没有可临时担任的角色。").to_owned()
        };
    }
    match state.language {
        Language::English => format!("You may have: {}.", found.join(", ")),
        Language::Chinese => format!("您可申请：{}。", found.join("、")),
    }
}
