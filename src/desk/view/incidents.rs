//! The incidents screen: every incident, and the timeline of one.

use jiff::Timestamp;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        incidents::{Purpose, What},
        state::{Pane, State},
    },
    pane,
    popup::{Extent, centred, more_marks, placed},
    safe,
};
use crate::{
    model::{
        action,
        audit::outcome_in_words,
        breach,
        catalogue::Language,
        incident::{Incident, Item, Saw, Severity, kind_in_words},
    },
    text::{sanitise::for_terminal, width},
};

/// ```text
/// + Incidents - 1 open ---------------------------------------------------+
/// |   no. severity  owner     opened       clock    title                 |
/// | > 3   high      wu.jun    11-24 14:05  41h      bulk reveals          |
/// + Incident 3 - bulk reveals --------------------------------------------+
/// |  17 14:06 wu.jun     note       called the team lead                  |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let upper = u16::try_from(state.incidents.rows.len()).unwrap_or(u16::MAX).saturating_add(3).min(area.height / 3).max(5);
    let [list_area, detail_area] = Layout::vertical([Constraint::Length(upper), Constraint::Min(5)]).areas(area);
    state.panes = vec![(Pane::List, list_area), (Pane::Detail, detail_area)];
    state.about = Some(list(frame, list_area, state));
    timeline(frame, detail_area, state);
}

fn list(frame: &mut Frame<'_>, area: Rect, state: &State) -> Rect {
    let incidents = &state.incidents;
    let open = incidents.rows.iter().filter(|incident| !incident.closed).count();
    let title =
        format!(" {} - {open} {}{} ", state.say("Incidents", "安全事件"), state.say("open", "处理中"), state.slow_mark(incidents.loading));
    let block = pane(state, title, state.pane == Pane::List);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let heading = [
        state.say("no.", "编号"),
        state.say("severity", "等级"),
        state.say("owner", "负责人"),
        state.say("opened", "开始"),
        state.say("clock", "时限"),
        state.say("title", "标题"),
    ];
    let mut lines = vec![Line::from(safe(&cells(columns, heading), state.theme.dim))];
    if incidents.rows.is_empty() && !incidents.loading {
        lines.push(Line::styled(state.say(" There is no incident. a opens one.", " 没有安全事件。按 a 新建。"), state.theme.dim));
    }
    let row = incidents.row();
    let height = usize::from(inner.height).saturating_sub(1).max(1);
    let first = (row + 1).saturating_sub(height);
    for (index, incident) in incidents.rows.iter().enumerate().skip(first).take(height) {
        let opened = state.local(incident.opened_at).strftime("%m-%d %H:%M").to_string();
        let clock = clock(state, incident);
        let number = incident.number.to_string();
        let title = if incident.closed {
            format!("{}{}", state.say("(closed) ", "（已关闭）"), incident.title)
        } else {
            incident.title.clone()
        };
        let text = cells(columns, [&number, incident.severity.in_words(state.language), &incident.owner, &opened, &clock, &title]);
        let style = if incident.closed { state.theme.dim } else { state.theme.normal };
        let line = Line::from(safe(&text, style));
        lines.push(if index == row { line.style(state.theme.selected) } else { line });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    let below = u16::try_from(row.saturating_sub(first) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

fn cells(columns: usize, [number, severity, owner, opened, clock, title]: [&str; 6]) -> String {
    let head = format!(
        " {} {} {} {} {} ",
        width::fit(number, 4),
        width::fit(severity, 9),
        width::fit(&for_terminal(owner), 12),
        width::fit(opened, 11),
        width::fit(clock, 8)
    );
    let rest = columns.saturating_sub(width::cells(&head) + 1);
    format!("{head}{}", width::fit(&for_terminal(title), rest))
}

/// Hours that are left to tell the authority.
fn clock(state: &State, incident: &Incident) -> String {
    match incident.clock().map(|until| until.duration_since(Timestamp::now()).as_hours()) {
        None => String::new(),
        Some(hours) if hours < 0 => state.say("OVERDUE", "已超时").to_owned(),
        Some(hours) => format!("{hours}h"),
    }
}

fn timeline(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let title = state.incidents.current().map_or_else(
        || format!(" {} ", state.say("Timeline", "时间线")),
        |incident| format!(" {} {} - {} ", state.say("Incident", "安全事件"), incident.number, for_terminal(&incident.title)),
    );
    let block = pane(state, title, state.pane == Pane::Detail);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let mut lines: Vec<Line<'_>> = state.incidents.current().map(|incident| scope(state, incident)).unwrap_or_default();
    for item in state.incidents.timeline().unwrap_or_default() {
        let (said, bad) = said(state, item);
        let head = format!(
            " {:>4} {} {} {} ",
            item.number,
            state.local(item.at).strftime("%m-%d %H:%M"),
            width::fit(&for_terminal(&item.by), 12),
            width::fit(kind_in_words(&item.kind, state.language), 11)
        );
        let room = columns.saturating_sub(width::cells(&head) + 1).max(10);
        let said = for_terminal(&said);
        let style = if bad { state.theme.bad } else { state.theme.normal };
        for (index, piece) in width::rows(&said, room).into_iter().enumerate() {
            let left = if index == 0 { head.clone() } else { " ".repeat(width::cells(&head)) };
            lines.push(Line::from(vec![Span::styled(left, state.theme.dim), Span::styled(said[piece].to_owned(), style)]));
        }
        if said.is_empty() {
            lines.push(Line::from(Span::styled(head, state.theme.dim)));
        }
    }
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let first = state.incidents.scroll.min(most);
    frame.render_widget(Paragraph::new(lines).scroll((u16::try_from(first).unwrap_or(0), 0)), inner);
    more_marks(frame, inner, state, first > 0, first < most);
    state.incidents.most_scroll = most;
    state.incidents.scroll = first;
}

/// Whom and what it concerns.
fn scope<'t>(state: &State, incident: &Incident) -> Vec<Line<'t>> {
    let scope = &incident.scope;
    let classes = |code: &String| {
        let class = state.session.as_ref().and_then(|session| session.catalogue.class(code));
        class.map_or_else(|| code.clone(), |class| class.label.in_language(state.language).to_owned())
    };
    let records: Vec<String> = scope.records.iter().map(ToString::to_string).collect();
    let classes: Vec<String> = scope.classes.iter().map(classes).collect();
    let time = |at: Timestamp| state.local(at).strftime("%m-%d %H:%M").to_string();
    let within = match (scope.from, scope.until) {
        (None, None) => String::new(),
        (from, until) => format!("{} - {}", from.map(time).unwrap_or_default(), until.map(time).unwrap_or_default()),
    };
    let known = incident.known_at.map(|at| format!("{}{}", state.say("known since ", "获知时间："), time(at))).unwrap_or_default();
    let comma = state.say(", ", "、");
    let parts = [scope.people.join(comma), records.join(comma), classes.join(comma), within, known];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(state.say("; ", "；"));
    if text.is_empty() { Vec::new() } else { vec![Line::from(safe(&format!(" {text}"), state.theme.bold))] }
}

/// What an item says, and whether it is alarming.
fn said(state: &State, item: &Item) -> (String, bool) {
    let mut bad = false;
    let pinned = item.pinned.as_ref().map(|pinned| match &pinned.event {
        Some((at, who, what, outcome)) if pinned.same => {
            let (what, outcome) = (action::in_words(what, state.language), outcome_in_words(outcome, state.language));
            format!("{} {who} {what} - {outcome}", state.local(*at).strftime("%m-%d %H:%M:%S"))
        }
        Some(_) => {
            bad = true;
            state.say("THE EVENT WAS CHANGED since it was pinned", "该审计事件在固定后被改动").to_owned()
        }
        None => {
            bad = true;
            state.say("THE EVENT IS GONE", "该审计事件已不存在").to_owned()
        }
    });
    let parts = [
        pinned,
        item.of.map(|of| format!("({of})")),
        item.about.clone(),
        item.when.map(|at| state.local(at).strftime("%m-%d %H:%M").to_string()),
        (!item.text.is_empty()).then(|| item.text.clone()),
    ];
    (parts.into_iter().flatten().collect::<Vec<_>>().join(" "), bad)
}

/// A severity, or a task by its number and what it says.
pub fn check_name(state: &State, code: &str) -> String {
    if let Some(severity) = Severity::from_code(code) {
        return severity.in_words(state.language).to_owned();
    }
    let task = state.incidents.timeline().unwrap_or_default().iter().find(|item| item.number.to_string() == code);
    task.map_or_else(|| code.to_owned(), |task| width::truncate(&for_terminal(&format!("{code} {}", task.text)), 58))
}

pub fn title(state: &State, purpose: &Purpose) -> String {
    match purpose {
        Purpose::Open(_) => state.say("New incident", "新建安全事件").to_owned(),
        Purpose::Add { number, what } => {
            let what = match what {
                What::Note => state.say("Note", "记录"),
                What::Task => state.say("Task", "任务"),
                What::Done => state.say("Task done", "任务完成"),
                What::Correct => state.say("Correction", "更正"),
                What::HandOver => state.say("Hand over", "移交"),
                What::Known => state.say("Breach known since", "获知泄露时间"),
                What::Notified => state.say("Notified", "已通知"),
                What::Close => state.say("Close", "关闭"),
                What::Reopen => state.say("Reopen", "重新打开"),
                What::NewKeys => state.say("New keys for a class", "更换类别密钥"),
            };
            format!("{what} - {} {number}", state.say("incident", "安全事件"))
        }
    }
}

pub fn explanation(state: &State, purpose: &Purpose) -> String {
    let kept = state.say("Kept for ever, and not sealed: name customers by their number.", "永久留存且不加密：请用编号指代客户。");
    let head = match purpose {
        Purpose::Open(begin) if begin.alert.is_some() => {
            let people = for_terminal(&begin.scope.people.join(", "));
            match (state.language, people.is_empty()) {
                (Language::English, false) => {
                    format!(
                        "About {people}, with the alert's events, and the alert is yours. A number adds them to an incident that is open."
                    )
                }
                (Language::English, true) => {
                    "With the alert's events, and the alert is yours. A number adds them to an incident that is open.".to_owned()
                }
                (Language::Chinese, false) => format!("涉及 {people}，固定告警的审计事件，告警由您处理。填写编号则并入已有事件。"),
                (Language::Chinese, true) => "固定告警的审计事件，告警由您处理。填写编号则并入已有事件。".to_owned(),
            }
        }
        Purpose::Open(begin) if !begin.pins.is_empty() && !begin.scope.people.is_empty() => {
            let people = for_terminal(&begin.scope.people.join(", "));
            match state.language {
                Language::English => format!("About {people}, with this event. A number pins it to an incident that is open."),
                Language::Chinese => format!("涉及 {people}，并固定此审计事件。填写编号则并入已有事件。"),
            }
        }
        Purpose::Add { what: What::NewKeys, .. } => {
            return state
                .say(
                    "What is written from now on is under new keys; `sealdesk class reencrypt` then takes the rest along. The timeline says so.",
                    "此后写入的内容使用新密钥；随后请运行 sealdesk class reencrypt 处理已有内容。将记入时间线。",
                )
                .to_owned();
        }
        Purpose::Add { what: What::Known, .. } => {
            state.say("From then on there are 72 hours to tell the authority.", "自此起 72 小时内须报告监管部门。").to_owned()
        }
        Purpose::Add { what: What::Notified, .. } => {
            state.say("authority or persons.", "对象：authority（监管部门）或 persons（个人）。").to_owned()
        }
        Purpose::Add { what: What::Done, .. } => state.say("Space chooses the task.", "按空格键选择任务。").to_owned(),
        Purpose::Add { what: What::Close, .. } => state.say("What it was, and what is learnt from it.", "请写明经过与教训。").to_owned(),
        _ => String::new(),
    };
    if head.is_empty() { kept.to_owned() } else { format!("{head}{}{kept}", state.say(" ", "")) }
}

const LIST: usize = 18;
const RECORD: usize = 11;
const FIELD: usize = 16;
const TIMES: usize = 6;

/// ```text
/// + What chen.bo saw - 34 ------------------------------------------+
/// | list             record      field             times  last      |
/// | revealed         C-000042    Phone                 2  14:03:10  |
/// ```
pub fn saw(frame: &mut Frame<'_>, area: Rect, state: &State, login: &str, found: &[Saw], scroll: usize) -> Extent {
    let Some(session) = &state.session else { return Extent::default() };
    let english = state.language == Language::English;
    let line = |saw: &Saw| {
        let label = |code: &str| {
            session.catalogue.field(code).map_or_else(|| code.to_owned(), |field| field.label.in_language(state.language).to_owned())
        };
        let class = || {
            saw.class
                .as_deref()
                .and_then(|code| session.catalogue.class(code))
                .map(|class| class.label.in_language(state.language).to_owned())
        };
        let record = match saw.record {
            Some(number) => number.to_string(),
            None if saw.hidden => state.say("(hidden)", "（不可见）").to_owned(),
            None => String::new(),
        };
        let what = saw.field.as_deref().map(label).or_else(class).unwrap_or_default();
        let times = saw.times.to_string();
        let last = saw.last.map(|at| state.local(at).strftime("%m-%d %H:%M:%S").to_string()).unwrap_or_default();
        row([breach::list_in_words(&saw.list, state.language), &record, &what, &times, &last])
    };
    let mut lines: Vec<Line<'_>> = found.iter().map(|saw| Line::from(safe(&line(saw), state.theme.normal))).collect();
    if found.is_empty() {
        lines.push(Line::from(state.say(" Nothing in that time.", " 此时间段内没有记录。")));
    }
    let columns = u16::try_from(LIST + RECORD + FIELD + TIMES + 22).unwrap_or(u16::MAX);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let who = for_terminal(login);
    let count = |list: &str| found.iter().filter(|saw| saw.list == list).count();
    let (revealed, fetched, listed) = (count("revealed"), count("fetched"), count("listed"));
    let title = if english {
        format!(" What {who} saw - {revealed} revealed, {fetched} masked, {listed} listed ")
    } else {
        format!(" {who} 查看的内容 - 原文 {revealed}，掩码 {fetched}，列表 {listed} ")
    };
    let inner = placed(frame, centred(area, columns, height), state, title);
    let head = row([
        state.say("list", "情形"),
        state.say("record", "记录"),
        state.say("field", "字段"),
        state.say("times", "次数"),
        state.say("last", "末次"),
    ]);
    frame.render_widget(Paragraph::new(Line::from(safe(&head, state.theme.dim))), Rect { height: 1, ..inner });
    let legend = state.say(
        " Asking was recorded. `sealdesk incident report` drafts the notices.",
        " 本次查询已记录。sealdesk incident report 可起草通知。",
    );
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
    frame.render_widget(Paragraph::new(Line::styled(legend, state.theme.dim)), foot);
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(2), ..inner }.intersection(inner);
    let page = usize::from(body.height);
    let most = lines.len().saturating_sub(page);
    let first = scroll.min(most);
    frame.render_widget(Paragraph::new(lines.into_iter().skip(first).take(page).collect::<Vec<_>>()), body);
    more_marks(frame, body, state, first > 0, first < most);
    Extent { page, scroll: most }
}

fn row([list, record, field, times, last]: [&str; 5]) -> String {
    let pad = TIMES.saturating_sub(width::cells(times));
    format!(
        " {} {} {} {}{times}  {} ",
        width::fit(list, LIST),
        width::fit(&for_terminal(record), RECORD),
        width::fit(&for_terminal(field), FIELD),
        " ".repeat(pad),
        width::fit(last, 14)
    )
}
