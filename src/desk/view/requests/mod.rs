//! The requests screen: what waits for somebody else's approval, roles for a time, and one of either in full.

pub mod dialog;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        requests::{Row, Tab},
        state::{Pane, State},
    },
    detail_pane, pane, safe, stacked,
};
use crate::{
    model::{
        catalogue::Language,
        request::{Elevation, Request, RequestState, lasting},
    },
    text::{sanitise::for_terminal, width},
};

const WHO: usize = 12;
/// Where it stands and until or since when: `decide by 11-25 23:10`.
const STATE: usize = 22;
const LABEL: usize = 11;

/// ```text
/// + Requests - [open 2] mine past - 2 wait for you ------------------------+
/// |   who       what                               state                   |
/// | ! chen.bo   7 payment clerk for 30 minutes     decide by 11-25 23:10   |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.about = None;
    let lines = lines(state, area.width.saturating_sub(2));
    let [upper, lower] = stacked(area, state.requests.shown().len(), 11.min(area.height / 2), lines.len());
    state.panes = vec![(Pane::List, upper), (Pane::Detail, lower)];
    state.about = Some(list(frame, upper, state));
    detail_pane(frame, lower, state, title(state), lines);
}

/// Answers with the row under the cursor.
fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let waiting = state.requests.rows.iter().filter(|row| row.waits()).count();
    let title = match waiting {
        0 => state.say("nothing waits for you", "没有待您处理的").to_owned(),
        1 => state.say("1 waits for you", "1 项待您处理").to_owned(),
        many => format!("{many} {}", state.say("wait for you", "项待您处理")),
    };
    let title = format!(" {} - {} - {title}{} ", state.say("Requests", "申请"), tabs(state), state.slow_mark(state.requests.loading));
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
    let heading = cells(columns, ' ', [state.say("who", "申请人"), state.say("what", "事项"), state.say("state", "状态")]);
    let mut lines = vec![Line::from(safe(&heading, state.theme.dim))];
    if shown.is_empty() && !state.requests.loading {
        let text = match state.requests.tab {
            Tab::Open => state.say(
                " Nothing waits or runs. n asks for a role for a time; p shows yours and past ones.",
                " 没有待处理或有效的项目。按 n 申请临时角色，按 p 查看我的和已结束的。",
            ),
            Tab::Mine => {
                state.say(" You have asked for nothing yet. n asks for a role for a time.", " 您还没有提出过申请。按 n 申请临时角色。")
            }
            Tab::Past => state.say(" Nothing is over yet.", " 没有已结束的项目。"),
        };
        lines.push(Line::styled(text, state.theme.dim));
    }
    for (index, line) in shown.iter().enumerate().skip(state.first_row).take(height) {
        let (who, what) = match line {
            Row::Request(request) => (&request.requester, format!("{} {}", request.number, what_of(state, request))),
            Row::Elevation(elevation) => (&elevation.login, role_of(state, elevation)),
        };
        let text = cells(columns, if line.waits() || line.is_to_be_done() { '!' } else { ' ' }, [who, &what, &standing_of(state, line)]);
        let loud = matches!(line, Row::Elevation(elevation) if elevation.break_glass && !line.is_past());
        let painted = Line::from(safe(&text, if loud { state.theme.bad } else { state.theme.normal }));
        lines.push(if index == row { painted.style(state.theme.selected) } else { painted });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    state.page = height;
    let below = u16::try_from(row.saturating_sub(state.first_row) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

/// `[open 2] mine 3 past 1`, the one shown in brackets.
fn tabs(state: &State) -> String {
    let count = |tab: Tab| state.requests.rows.iter().filter(|row| tab.shows(row)).count();
    let named = |tab: Tab| {
        let name = match tab {
            Tab::Open => state.say("open", "未结束"),
            Tab::Mine => state.say("mine", "我的"),
            Tab::Past => state.say("past", "已结束"),
        };
        let text = format!("{name} {}", count(tab));
        if tab == state.requests.tab { format!("[{text}]") } else { text }
    };
    Tab::ALL.map(named).join(" ")
}

fn cells(columns: usize, mark: char, [who, what, standing]: [&str; 3]) -> String {
    let rest = columns.saturating_sub(2 + WHO + 1 + 1 + STATE);
    let (who, what) = (width::fit(&for_terminal(who), WHO), width::fit(&for_terminal(what), rest));
    format!("{mark} {who} {what} {}", width::fit(standing, STATE))
}

/// Where a line stands, with the one moment that counts then, and what that moment is.
fn standing_of(state: &State, row: &Row) -> String {
    let (en, zh, at) = match row {
        Row::Request(request) => match request.state {
            RequestState::Open => ("decide by", "前审批", Some(request.open_until)),
            RequestState::Approved => ("do it by", "前执行", request.good_until),
            RequestState::Refused => ("refused", "已拒绝", request.decided_at),
            RequestState::Withdrawn => ("withdrawn", "已撤回", request.decided_at),
            RequestState::Expired => ("expired", "已过期", request.good_until.or(Some(request.open_until))),
            RequestState::Used => ("done", "已执行", request.used_at.or(request.decided_at)),
        },
        Row::Elevation(elevation) => match (elevation.running, elevation.break_glass, elevation.reviewed_by.is_some()) {
            (true, ..) => ("runs until", "到期", Some(elevation.until)),
            (false, true, false) => ("review it; ended", "结束，待复核", Some(elevation.until)),
            (false, true, true) => ("reviewed; ended", "结束，已复核", Some(elevation.until)),
            (false, false, _) => ("ended", "已结束", Some(elevation.until)),
        },
    };
    let Some(at) = at.map(|at| state.local(at)) else { return state.say(en, zh).to_owned() };
    match state.language {
        // Where there is no room for the day, the hour is in the detail.
        Language::English if en.len() > 10 => format!("{en} {}", at.strftime("%m-%d")).chars().take(STATE).collect(),
        Language::English => format!("{en} {}", at.strftime("%m-%d %H:%M")),
        Language::Chinese if zh.chars().count() > 3 => format!("{} {zh}", at.strftime("%m-%d")),
        Language::Chinese => format!("{} {zh}", at.strftime("%m-%d %H:%M")),
    }
}

/// What was asked, in words.
pub fn what_of(state: &State, request: &Request) -> String {
    state.session.as_ref().map_or_else(|| request.subject.clone(), |session| request.in_words(&session.catalogue, state.language))
}

fn role_of(state: &State, elevation: &Elevation) -> String {
    let role = state.session.as_ref().map(|session| session.catalogue.role_names(std::slice::from_ref(&elevation.role), state.language));
    let kind = if elevation.break_glass { state.say("BREAK-GLASS", "紧急提权") } else { state.say("role for a time", "临时角色") };
    format!("{kind}{}{}", state.say(": ", "："), role.unwrap_or_else(|| elevation.role.clone()))
}

fn title(state: &State) -> String {
    match state.requests.current() {
        Some(Row::Request(request)) => format!(" {} {} ", state.say("Request", "申请"), request.number),
        Some(Row::Elevation(elevation)) => format!(" {} {} ", state.say("Role for a time", "临时角色"), elevation.number),
        None => String::new(),
    }
}

/// The line under the cursor in full.
fn lines<'t>(state: &State, columns: u16) -> Vec<Line<'t>> {
    let rows = match state.requests.current() {
        Some(Row::Request(request)) => of_request(state, request),
        Some(Row::Elevation(elevation)) => of_elevation(state, elevation),
        None => Vec::new(),
    };
    let room = usize::from(columns).saturating_sub(LABEL + 2).max(10);
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
    lines
}

fn of_request<'t>(state: &'t State, request: &Request) -> Vec<(&'t str, String)> {
    let time = |at: jiff::Timestamp| state.local(at).strftime("%Y-%m-%d %H:%M").to_string();
    let gains = request.beneficiary.clone().filter(|gains| *gains != request.requester).unwrap_or_default();
    let mut rows = vec![
        (state.say("what", "事项"), what_of(state, request)),
        (state.say("kind", "类型"), request.label.in_language(state.language).to_owned()),
        (state.say("who", "申请人"), format!("{}{}{}", request.requester, state.say(", ", "，"), time(request.asked_at))),
        (state.say("for whom", "授予对象"), gains),
        (state.say("why", "理由"), request.why.clone()),
        (state.say("ticket", "单号"), request.reference.clone().unwrap_or_default()),
        // Three moments that are not each other: by when it is decided, how long it lasts, by when it is done.
        (state.say("decide by", "审批截止"), if request.state == RequestState::Open { time(request.open_until) } else { String::new() }),
        (state.say("lasts", "时长"), if request.kind == "elevate" { lasting(request.minutes, state.language) } else { String::new() }),
        (state.say("do it within", "获批后执行"), within(state, request)),
        (
            state.say("do it by", "执行截止"),
            request
                .good_until
                .filter(|_| request.state == RequestState::Approved && request.kind != "elevate")
                .map(time)
                .unwrap_or_default(),
        ),
    ];
    for vote in &request.votes {
        let verdict = if vote.approve { state.say("approved by", "批准人") } else { state.say("refused by", "拒绝人") };
        let comment = if vote.comment.is_empty() { String::new() } else { format!("{}{}", state.say(": ", "："), vote.comment) };
        rows.push((verdict, format!("{}{comment}", vote.voter)));
    }
    if let Some(at) = request.used_at {
        rows.push((state.say("done", "执行时间"), format!("{} - {}", time(at), state.say("o shows the event", "按 o 查看事件"))));
    }
    rows
}

/// How long an approval is good for, while nobody has given it.
fn within(state: &State, request: &Request) -> String {
    if request.kind == "elevate" || request.state != RequestState::Open {
        return String::new();
    }
    lasting(request.minutes, state.language)
}

fn of_elevation<'t>(state: &'t State, elevation: &Elevation) -> Vec<(&'t str, String)> {
    let time = |at: jiff::Timestamp| state.local(at).strftime("%m-%d %H:%M").to_string();
    let ended = elevation
        .ended_by
        .as_ref()
        .map(|by| format!("{}{by}{}", state.say(" (ended by ", "（结束人："), state.say(")", "）")))
        .unwrap_or_default();
    vec![
        (state.say("what", "事项"), role_of(state, elevation)),
        (state.say("who", "人员"), elevation.login.clone()),
        (state.say("why", "理由"), elevation.why.clone()),
        (state.say("ticket", "单号"), elevation.reference.clone().unwrap_or_default()),
        (state.say("runs", "有效期"), format!("{} - {}{ended}", time(elevation.from), time(elevation.until))),
        (state.say("request", "申请"), elevation.request.map(|number| number.to_string()).unwrap_or_default()),
        (
            state.say("review", "复核"),
            elevation
                .reviewed_by
                .as_ref()
                .map(|by| format!("{by}{}{}", state.say(": ", "："), elevation.review.as_deref().unwrap_or_default()))
                .unwrap_or_default(),
        ),
        (state.say("acts", "操作"), state.say("o shows what they did meanwhile", "按 o 查看期间的操作").to_owned()),
    ]
}
