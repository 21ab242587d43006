//! Everybody, a line each.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{
        super::{
            people::has_finding,
            state::{Pane, State},
        },
        pane, reviews, safe,
    },
    left, standing,
};
use crate::{
    service::people::Entry,
    text::{sanitise::for_terminal, width},
};

/// Cells of login, state, last seen and sessions; name and roles share the rest.
const LOGIN: usize = 14;
const STATE: usize = 10;
const SEEN: usize = 11;
const OPEN: usize = 4;

/// Answers with the row under the cursor.
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let block = pane(state, title(state), state.pane != Pane::Detail);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inner.height).saturating_sub(1);
    let columns = usize::from(inner.width);
    let row = state.people.row();
    if row < state.first_row || row >= state.first_row + height.max(1) {
        state.first_row = (row + 1).saturating_sub(height.max(1));
    }
    let shown = state.people.shown();
    state.first_row = state.first_row.min(shown.len().saturating_sub(height.max(1)));
    let first = state.first_row;
    let mut lines = vec![Line::from(safe(&heading(state, columns), state.theme.dim))];
    if shown.is_empty() {
        lines.push(Line::styled(format!(" {}", empty(state)), state.theme.dim));
    }
    for (index, entry) in shown.iter().enumerate().skip(first).take(height) {
        let person = &entry.person;
        let seen = person
            .last_seen
            .map_or_else(|| state.say("never", "从未").to_owned(), |at| state.local(at).strftime("%m-%d %H:%M").to_string());
        let roles = roles(state, entry);
        let open = if person.open_sessions == 0 { "-".to_owned() } else { person.open_sessions.to_string() };
        let text = cells(
            columns,
            if has_finding(entry) { '!' } else { ' ' },
            [&person.user, &person.display_name, &standing(state, person), &roles, &seen, &open],
        );
        let style = if has_finding(entry) || person.frozen.is_some() { state.theme.bad } else { state.theme.normal };
        let line = Line::from(safe(&text, style));
        lines.push(if index == row { line.style(state.theme.selected) } else { line });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    state.page = height.max(1);
    let below = u16::try_from(row.saturating_sub(state.first_row) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

/// Roles for a time first, after what is left of them, which is never cut: they end soonest and say most.
fn roles(state: &State, entry: &Entry) -> String {
    let Some(session) = &state.session else { return String::new() };
    let name = |role: &String| session.catalogue.role_names(std::slice::from_ref(role), state.language);
    let lent = entry.lent.iter().map(|(role, until)| format!("{} {}", left(*until), name(role)));
    let held = Some(session.catalogue.role_names(&entry.person.roles, state.language)).filter(|held| !held.is_empty());
    lent.chain(held).collect::<Vec<_>>().join(state.say(", ", "、"))
}

fn title(state: &State) -> String {
    let people = &state.people;
    let (shown, all) = (people.shown().len(), people.entries.len());
    let count = if shown == all { all.to_string() } else { format!("{shown} {} {all}", state.say("of", "/")) };
    let find =
        if people.find.is_empty() { String::new() } else { format!(" - {} {}", state.say("find", "查找"), for_terminal(&people.find)) };
    let only = if state.session.as_ref().is_some_and(|session| session.manage_people) {
        ""
    } else {
        state.say(" - to look at only", " - 仅供查看")
    };
    let findings =
        reviews::findings::count(state).map(|count| format!(" - {} {count}", state.say("findings", "风险项"))).unwrap_or_default();
    format!(" {} - {count}{find}{only}{findings}{} ", state.say("People", "人员"), state.slow_mark(people.loading))
}

fn heading(state: &State, columns: usize) -> String {
    cells(
        columns,
        ' ',
        [
            state.say("login", "登录名"),
            state.say("name", "显示名"),
            state.say("state", "状态"),
            state.say("roles", "角色"),
            state.say("seen", "最近活动"),
            state.say("open", "会话"),
        ],
    )
}

/// Mark, login, name, state, roles, last seen, open sessions. Where there is little room the name goes first.
fn cells(columns: usize, mark: char, [login, name, state, roles, seen, open]: [&str; 6]) -> String {
    let fixed = 2 + LOGIN + 1 + STATE + 1 + SEEN + 1 + OPEN;
    let rest = columns.saturating_sub(fixed + 2);
    let named = if rest >= 24 { rest * 2 / 5 } else { 0 };
    let roles = width::fit(roles, rest - named);
    let name = if named == 0 { String::new() } else { format!("{} ", width::fit(name, named)) };
    let open = format!("{}{open}", " ".repeat(OPEN.saturating_sub(width::cells(open))));
    format!("{mark} {} {name}{} {roles} {} {open}", width::fit(login, LOGIN), width::fit(state, STATE), width::fit(seen, SEEN))
}

fn empty(state: &State) -> &'static str {
    if state.people.entries.is_empty() {
        if state.people.loading {
            ""
        } else {
            state.say("The people could not be read. Ctrl-r tries again.", "读取人员失败。按 Ctrl-r 重试。")
        }
    } else {
        state.say("Nobody matches. Esc shows everybody.", "没有匹配的人员。按 Esc 显示全部。")
    }
}
