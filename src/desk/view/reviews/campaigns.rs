//! Campaigns, a line each.

use ratatui::style::Style;

use super::{Part, day};
use crate::{
    desk::state::State,
    model::{
        catalogue::Language,
        review::{Campaign, Unanswered},
    },
    text::{sanitise::for_terminal, width},
};

/// Cells of the bar.
const BAR: u8 = 10;
const NUMBER: usize = 4;
const PROGRESS: usize = 22;
const DUE: usize = 10;
const WAITING: usize = 9;

pub fn title(state: &State) -> String {
    format!("{} - {}", state.say("Access reviews", "权限复核"), state.reviews.campaigns.len())
}

pub fn heading(state: &State) -> String {
    let [number, answered, due, waiting, title] = match state.language {
        Language::English => ["no", "answered", "due", "for you", "title"],
        Language::Chinese => ["编号", "已答复", "到期", "待您答复", "标题"],
    };
    cells([number, answered, due, waiting, title])
}

pub fn row(state: &State, index: usize, columns: usize) -> Option<(String, Style)> {
    let campaign = state.reviews.campaigns.get(index)?;
    let closed = campaign.closed_at.is_some();
    let due = if closed { state.say("closed", "已关闭").to_owned() } else { day(state, campaign.due_at) };
    let waiting = if campaign.waiting == 0 { "-".to_owned() } else { campaign.waiting.to_string() };
    let text = cells([&campaign.number.to_string(), &campaign.progress(BAR), &due, &waiting, &campaign.title]);
    let style = match (closed, campaign.waiting) {
        (true, _) => state.theme.dim,
        (false, 0) => state.theme.normal,
        (false, _) => state.theme.bold,
    };
    Some((width::truncate(&for_terminal(&text), columns), style))
}

pub fn detail(state: &State) -> (String, Vec<Part>) {
    let Some(campaign) = state.reviews.current_campaign() else {
        return (state.say("Access review", "权限复核").to_owned(), Vec::new());
    };
    let roles = state.session.as_ref().map(|session| session.catalogue.role_names(&campaign.roles, state.language)).unwrap_or_default();
    let unanswered = match campaign.unanswered {
        Unanswered::Revoke => state.say("is revoked at the due date", "到期收回"),
        Unanswered::Escalate => state.say("goes to the security officers", "到期上报安全管理员"),
    };
    let every = campaign.every_days.map(|days| format!("{} {days} {}", state.say(", again every", "，每"), state.say("days", "天一次")));
    let mut parts = vec![
        (state.say("reviewers", "复核人"), reviewers(state, campaign), state.theme.normal),
        (
            state.say("roles", "角色"),
            if campaign.roles.is_empty() { state.say("all", "全部").to_owned() } else { roles },
            state.theme.normal,
        ),
        (state.say("due", "到期"), format!("{}{}", day(state, campaign.due_at), every.unwrap_or_default()), state.theme.normal),
        (state.say("unanswered", "未答复"), unanswered.to_owned(), state.theme.normal),
        (
            state.say("begun", "开始"),
            format!("{}{}{}", day(state, campaign.created_at), state.say(", ", "，"), campaign.created_by),
            state.theme.normal,
        ),
    ];
    if !campaign.reviewers_left.is_empty() {
        let left = campaign.reviewers_left.join(state.say(", ", "、"));
        let told =
            format!("! {left} {}", state.say("left; others answer, or the security officers", "已离职，由其他复核人或安全管理员答复"));
        parts.insert(0, ("", told, state.theme.bad));
    }
    (for_terminal(&campaign.title), parts)
}

fn reviewers(state: &State, campaign: &Campaign) -> String {
    let left = state.say(" (left)", "（已离职）");
    let name = |user: &String| if campaign.reviewers_left.contains(user) { format!("{user}{left}") } else { user.clone() };
    campaign.reviewers.iter().map(name).collect::<Vec<_>>().join(state.say(", ", "、"))
}

fn cells([number, progress, due, waiting, title]: [&str; 5]) -> String {
    format!(
        " {} {} {} {} {title}",
        width::fit(number, NUMBER),
        width::fit(progress, PROGRESS),
        width::fit(due, DUE),
        width::fit(waiting, WAITING)
    )
}
