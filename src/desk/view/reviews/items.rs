//! The grants of a campaign, a line each beside their evidence.

use ratatui::style::Style;

use super::{Part, day, role_name};
use crate::{
    desk::state::State,
    model::{
        catalogue::Language,
        review::{Decision, Item},
    },
    text::{sanitise::for_terminal, width},
};

const USER: usize = 14;
const ROLE: usize = 16;
const NUMBER: usize = 5;
const LAST: usize = 5;
const NEEDED: usize = 6;
/// Cells of the bar in the title.
const BAR: u8 = 10;

pub fn title(state: &State) -> String {
    state.reviews.current_campaign().map_or_else(
        || state.say("Access review", "权限复核").to_owned(),
        |campaign| format!("{} - {}", for_terminal(&campaign.title), campaign.progress(BAR)),
    )
}

pub fn heading(state: &State, columns: usize) -> String {
    let texts = match state.language {
        Language::English => ["user", "role", "used", "last", "peers", "needed", "answer"],
        Language::Chinese => ["人员", "角色", "使用", "最近", "他人", "必需", "答复"],
    };
    width::truncate(&cells(' ', texts), columns)
}

pub fn row(state: &State, index: usize, columns: usize) -> Option<(String, Style)> {
    let item = state.reviews.items.get(index)?;
    let number = |count: Option<i64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let evidence = &item.evidence;
    let last = evidence.last_used.map_or_else(|| "-".to_owned(), |at| state.local(at).strftime("%m-%d").to_string());
    let unused = evidence.used == Some(0);
    let text = cells(
        if unused { '!' } else { ' ' },
        [
            &item.user,
            &role_name(state, &item.role),
            &number(evidence.used),
            &last,
            &number(evidence.peers_median),
            &number(evidence.would_fail),
            &answer(state, item),
        ],
    );
    let style = match (item.decision, unused) {
        (Some(Decision::Escalated), _) | (None, true) => state.theme.bad,
        (Some(_), _) => state.theme.dim,
        (None, false) => state.theme.normal,
    };
    Some((width::truncate(&for_terminal(&text), columns), style))
}

pub fn detail(state: &State) -> (String, Vec<Part>) {
    let Some(item) = state.reviews.current_item() else { return (state.say("Grant", "授权").to_owned(), Vec::new()) };
    let name = if item.display_name.is_empty() { String::new() } else { format!(" ({})", item.display_name) };
    let since = item.granted_at.map_or_else(|| state.say("not held any more", "已不再持有").to_owned(), |at| day(state, at));
    let mut parts = vec![
        (state.say("evidence", "依据"), item.evidence_in_words(state.language, |at| day(state, at)), state.theme.normal),
        (state.say("held since", "授予时间"), since, state.theme.normal),
        (state.say("answer", "答复"), answer(state, item), state.theme.normal),
    ];
    if let Some(by) = &item.decided_by {
        let at = item.decided_at.map(|at| day(state, at)).unwrap_or_default();
        parts.push((state.say("by", "答复人"), format!("{by}{}{at}", state.say(", ", "，")), state.theme.normal));
    }
    if !item.comment.is_empty() {
        parts.push((state.say("comment", "说明"), item.comment.clone(), state.theme.normal));
    }
    (for_terminal(&format!("{}{name} - {}", item.user, role_name(state, &item.role))), parts)
}

fn answer(state: &State, item: &Item) -> String {
    match (item.decision, item.answerable) {
        (Some(Decision::Change), _) => {
            format!("{}{}", state.say("to ", "改为 "), role_name(state, item.new_role.as_deref().unwrap_or_default()))
        }
        (Some(decision), _) => decision.in_words(state.language).to_owned(),
        (None, true) => state.say("for you", "待您答复").to_owned(),
        (None, false) if item.granted_at.is_none() => state.say("gone", "已结束").to_owned(),
        (None, false) => state.say("open", "待答复").to_owned(),
    }
}

/// Mark, user, role, used, last, peers, needed (what no other role of theirs permits), answer.
fn cells(mark: char, [user, role, used, last, peers, needed, answer]: [&str; 7]) -> String {
    let right = |text: &str, cells: usize| format!("{}{text}", " ".repeat(cells.saturating_sub(width::cells(text))));
    format!(
        "{mark} {} {} {} {} {} {}  {answer}",
        width::fit(user, USER),
        width::fit(role, ROLE),
        right(used, NUMBER),
        right(last, LAST),
        right(peers, NUMBER),
        right(needed, NEEDED)
    )
}
