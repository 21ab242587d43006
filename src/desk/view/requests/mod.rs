//! The requests screen: what waits for somebody else's approval, roles for a time, and one of either in full.

pub mod dialog;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        requests::Row,
        state::{Pane, State},
        update::freeze,
    },
    pane, safe,
};
use crate::{
    model::{
        change::Change,
        freeze::Target,
        request::{Elevation, Request, RequestState},
    },
    text::{sanitise::for_terminal, width},
};

const WHO: usize = 14;
const STATE: usize = 14;
const WHEN: usize = 11;
const LABEL: usize = 11;

/// ```text
/// + Requests - 2 wait for you ---------------------------------------------+
/// |   who       what                           state       until           |
/// | ! chen.bo   a role for a time: payment     waits       11-25 23:10     |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.about = None;
    let [upper, lower] = Layout::vertical([Constraint::Min(5), Constraint::Length(11.min(area.height / 2))]).areas(area);
    state.panes = vec![(Pane::List, upper), (Pane::Detail, lower)];
    state.about = Some(list(frame, upper, state));
    detail(frame, lower, state);
}

/// Answers with the row under the cursor.
fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let waiting = state.requests.rows.iter().filter(|row| row.waits()).count();
    let title = match waiting {
        0 => state.say("nothing waits for you", "没有待您处理的").to_owned(),
        1 => state.say("1 waits for you", "1 项待您处理").to_owned(),
        many => format!("{many} {}", state.say("wait for you", "项待您处理")),
    };
    let past = if state.requests.all { state.say(" - past ones too", " - 含已结束的") } else { "" };
    let title = format!(" {} - {title}{past}{} ", state.say("Requests", "申请"), state.slow_mark(state.requests.loading));
    let block = pane(state, title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let height = usize::from(inner.height).saturating_sub(1).max(1);
    let row = state.requests.row();
    if row < state.first_row || row >= state.first_row + height {
        state.first_row = (row + 1).saturating_sub(height);
    }
    let shown = state.requests.shown();
    state.first_row = state.first_row.min(shown.len().saturating_sub(height));
    let heading = cells(
        columns,
        ' ',
        [state.say("who", "申请人"), state.say("what", "事项"), state.say("state", "状态"), state.say("until", "截止")],
    );
    let mut lines = vec![Line::from(safe(&heading, state.theme.dim))];
    if shown.is_empty() && !state.requests.loading {
        let text = state.say(
            " Nothing waits or runs. n asks for a role for a time; p shows past ones.",
            " 没有待审批或有效的项目。按 n 申请临时角色，按 p 查看已结束的。",
        );
        lines.push(Line::styled(text, state.theme.dim));
    }
    for (index, line) in shown.iter().enumerate().skip(state.first_row).take(height) {
        let until = until_of(line).map(|at| state.local(at).strftime("%m-%d %H:%M").to_string()).unwrap_or_default();
        let (who, what, standing) = match line {
            Row::Request(request) => {
                (&request.requester, format!("{} {}", request.number, what_of(state, request)), standing_of_request(state, request))
            }
            Row::Elevation(elevation) => (&elevation.login, role_of(state, elevation), standing_of_elevation(state, elevation)),
        };
        let text = cells(columns, if line.waits() || line.is_to_be_done() { '!' } else { ' ' }, [who, &what, standing, &until]);
        let loud = matches!(line, Row::Elevation(elevation) if elevation.break_glass && !line.is_past());
        let painted = Line::from(safe(&text, if loud { state.theme.bad } else { state.theme.normal }));
        lines.push(if index == row { painted.style(state.theme.selected) } else { painted });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    state.page = height;
    let below = u16::try_from(row.saturating_sub(state.first_row) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

fn cells(columns: usize, mark: char, [who, what, standing, until]: [&str; 4]) -> String {
    let rest = columns.saturating_sub(2 + WHO + 1 + 1 + STATE + 1 + WHEN);
    let (who, what) = (width::fit(&for_terminal(who), WHO), width::fit(&for_terminal(what), rest));
    format!("{mark} {who} {what} {} {}", width::fit(standing, STATE), width::fit(until, WHEN))
}

fn until_of(row: &Row) -> Option<jiff::Timestamp> {
    match row {
        Row::Request(request) => match request.state {
            RequestState::Open => Some(request.open_until),
            RequestState::Approved => request.good_until,
            _ => request.used_at.or(request.decided_at),
        },
        Row::Elevation(elevation) => Some(elevation.until),
    }
}

fn what_of(state: &State, request: &Request) -> String {
    // A change of settings says itself what it is.
    if request.change.is_some() {
        return subject_of(state, request);
    }
    format!("{}: {}", request.label.in_language(state.language), subject_of(state, request))
}

/// Roles and classes by what they are called.
pub fn subject_of(state: &State, request: &Request) -> String {
    let Some(session) = &state.session else { return request.subject.clone() };
    let role = |code: &str| session.catalogue.role_names(&[code.to_owned()], state.language);
    if let Some(change) = request.change.as_deref().and_then(Change::parse) {
        return change.in_words(&session.catalogue, state.language);
    }
    let words: Vec<&str> = request.subject.split(' ').collect();
    match (request.kind.as_str(), words.as_slice()) {
        ("elevate", [code]) => role(code),
        ("role_grant", [login, code]) => format!("{login}, {}", role(code)),
        ("role_rights", [code, target, "eligible", minutes, glass @ ..]) => {
            let glass = if glass.is_empty() { "" } else { state.say(", also by break-glass", "，可紧急提权") };
            format!("{} -> {}, {minutes} {}{glass}", role(code), role(target), state.say("min", "分钟"))
        }
        ("role_rights", [code, class, letters]) => {
            let class = session.catalogue.class(class).map_or(*class, |class| class.label.in_language(state.language));
            format!("{}, {class} {letters}", role(code))
        }
        ("unfreeze", [number, kind, subject @ ..]) => {
            let target = Target::new(kind, subject.first().unwrap_or(&""));
            let what =
                target.map(|target| format!("{} {}", target.kind_in_words(state.language), freeze::name(session, &target, state.language)));
            format!("{number}, {}", what.unwrap_or_default())
        }
        _ => request.subject.clone(),
    }
}

fn role_of(state: &State, elevation: &Elevation) -> String {
    let role = state.session.as_ref().map(|session| session.catalogue.role_names(std::slice::from_ref(&elevation.role), state.language));
    let kind = if elevation.break_glass { state.say("BREAK-GLASS", "紧急提权") } else { state.say("role for a time", "临时角色") };
    format!("{kind}: {}", role.unwrap_or_else(|| elevation.role.clone()))
}

fn standing_of_request<'t>(state: &State, request: &Request) -> &'t str {
    request.state.in_words(state.language)
}

fn standing_of_elevation<'t>(state: &'t State, elevation: &Elevation) -> &'t str {
    match (elevation.running, elevation.break_glass, elevation.reviewed_by.is_some()) {
        (true, ..) => state.say("runs now", "有效中"),
        (false, true, false) => state.say("to be reviewed", "待复核"),
        (false, true, true) => state.say("reviewed", "已复核"),
        (false, false, _) => state.say("ended", "已结束"),
    }
}

fn detail(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let title = match state.requests.current() {
        Some(Row::Request(request)) => format!(" {} {} ", state.say("Request", "申请"), request.number),
        Some(Row::Elevation(elevation)) => format!(" {} {} ", state.say("Role for a time", "临时角色"), elevation.number),
        None => String::new(),
    };
    let block = pane(state, title, false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = match state.requests.current() {
        Some(Row::Request(request)) => of_request(state, request),
        Some(Row::Elevation(elevation)) => of_elevation(state, elevation),
        None => Vec::new(),
    };
    let room = usize::from(inner.width).saturating_sub(LABEL + 2).max(10);
    let mut lines = Vec::new();
    for (label, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let value = for_terminal(value);
        for (index, piece) in width::rows(&value, room).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!(" {} ", width::fit(label, LABEL)), state.theme.dim),
                Span::styled(value[piece].to_owned(), state.theme.normal),
            ]));
        }
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn minutes(state: &State, minutes: i32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} {}", state.say("minutes", "分钟")),
        (hours, 0) => format!("{hours} {}", state.say("hours", "小时")),
        (hours, minutes) => format!("{hours}h{minutes:02}"),
    }
}

fn of_request<'t>(state: &'t State, request: &Request) -> Vec<(&'t str, String)> {
    let time = |at: jiff::Timestamp| state.local(at).strftime("%Y-%m-%d %H:%M").to_string();
    let gains = request.beneficiary.clone().filter(|gains| *gains != request.requester).unwrap_or_default();
    let mut rows = vec![
        (state.say("what", "事项"), what_of(state, request)),
        (state.say("who", "申请人"), format!("{}, {}", request.requester, time(request.asked_at))),
        (state.say("for whom", "授予对象"), gains),
        (state.say("why", "理由"), request.why.clone()),
        (state.say("ticket", "工单"), request.reference.clone().unwrap_or_default()),
        (
            if request.kind == "elevate" { state.say("lasts", "时长") } else { state.say("good for", "获批后有效") },
            minutes(state, request.minutes),
        ),
    ];
    for vote in &request.votes {
        let verdict = if vote.approve { state.say("approved by", "批准人") } else { state.say("refused by", "拒绝人") };
        let comment = if vote.comment.is_empty() { String::new() } else { format!(": {}", vote.comment) };
        rows.push((verdict, format!("{}{comment}", vote.voter)));
    }
    if let Some(at) = request.used_at {
        rows.push((state.say("done", "执行时间"), format!("{} - {}", time(at), state.say("o shows the event", "按 o 查看事件"))));
    }
    rows
}

fn of_elevation<'t>(state: &'t State, elevation: &Elevation) -> Vec<(&'t str, String)> {
    let time = |at: jiff::Timestamp| state.local(at).strftime("%m-%d %H:%M").to_string();
    let ended = elevation.ended_by.as_ref().map(|by| format!(" ({} {by})", state.say("ended by", "结束人"))).unwrap_or_default();
    vec![
        (state.say("what", "事项"), role_of(state, elevation)),
        (state.say("who", "人员"), elevation.login.clone()),
        (state.say("why", "理由"), elevation.why.clone()),
        (state.say("ticket", "工单"), elevation.reference.clone().unwrap_or_default()),
        (state.say("runs", "有效期"), format!("{} - {}{ended}", time(elevation.from), time(elevation.until))),
        (state.say("request", "申请"), elevation.request.map(|number| number.to_string()).unwrap_or_default()),
        (
            state.say("review", "复核"),
            elevation
                .reviewed_by
                .as_ref()
                .map(|by| format!("{by}: {}", elevation.review.as_deref().unwrap_or_default()))
                .unwrap_or_default(),
        ),
        (state.say("acts", "操作"), state.say("o shows what they did meanwhile", "按 o 查看期间的操作").to_owned()),
    ]
}
