//! A replay: the desk's own list and detail as they stood at a moment, masked, over the session's events.

use std::collections::HashSet;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::{
    super::{
        audit::Strip,
        replay::Replaying,
        state::{Detail, List, Pane, State},
    },
    SIDE_BY_SIDE,
    audit::line,
    detail, list, pane,
    popup::wrapped,
};
use crate::{
    model::{
        catalogue::Language,
        id::RecordNumber,
        replay::{ListThen, Moment},
    },
    text::{sanitise::for_terminal, width},
};

/// Lines of events, with their border.
const EVENTS: u16 = 7;

/// ```text
///  REPLAY, masked - chen.bo - 2026-11-24 14:02:11 - event 14 of 380
/// + Records 1 of 3 - 2 words ---++ Zhang Wei - C-204817 - v14 ----+
/// +------------------------------++--------------------------------+
/// + Events of the session ------------------------------------------+
/// |  14:02:11 chen.bo    revealed           C-204817 Phone callback |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let Some(open) = state.replays.open.take() else {
        let text = state.say(
            "Nothing is replayed: choose an event in the audit (2), then r.",
            "没有正在重放的会话：请在审计（按 2）中选择事件并按 r。",
        );
        frame.render_widget(Paragraph::new(text).style(state.theme.dim), area);
        return;
    };
    let events = if area.height >= 30 { EVENTS + 4 } else { EVENTS };
    let [head, upper, lower] = Layout::vertical([Constraint::Length(1), Constraint::Min(6), Constraint::Length(events)]).areas(area);
    frame.render_widget(Paragraph::new(headline(state, &open, usize::from(head.width))), head);
    let [first, second] = if area.width >= SIDE_BY_SIDE {
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(upper)
    } else {
        let share = if state.pane == Pane::List { 60 } else { 30 };
        Layout::vertical([Constraint::Percentage(share), Constraint::Percentage(100 - share)]).areas(upper)
    };
    state.panes = match (state.zoomed, state.pane) {
        (true, Pane::List) => vec![(Pane::List, upper)],
        (true, _) => vec![(Pane::Detail, upper)],
        _ => vec![(Pane::List, first), (Pane::Detail, second)],
    };
    let panes = state.panes.clone();
    as_it_was(state, &open, |state| {
        for (of, area) in panes {
            if of == Pane::List { list_then(frame, area, state, &open) } else { record_then(frame, area, state, &open) }
        }
    });
    trail(frame, lower, state, &open);
    state.replays.open = Some(open);
}

fn headline<'t>(state: &State, open: &Replaying, columns: usize) -> Line<'t> {
    let event = open.event();
    let at = event.map(|event| state.local(event.at).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()).unwrap_or_default();
    let seq = event.map_or(0, |event| event.seq);
    let who = for_terminal(open.replay.actor());
    let slow = state.slow_mark(state.replays.loading);
    let text = match state.language {
        Language::English => format!(" REPLAY, masked - {who} - {at} - event {seq} of {}{slow}", open.replay.last),
        Language::Chinese => format!(" 重放（掩码）- {who} - {at} - 事件 {seq} / {}{slow}", open.replay.last),
    };
    Line::styled(width::truncate(&text, columns), state.theme.accent)
}

/// Puts a moment where the desk's own panes look, paints, and puts back what was there.
fn as_it_was(state: &mut State, open: &Replaying, paint: impl FnOnce(&mut State)) {
    let Moment { list, record } = &open.moment;
    let shown = list.as_ref().and_then(|list| Some((list, list.rows.as_ref()?)));
    let list_now = shown.map_or_else(List::default, |(list, rows)| List {
        rows: rows.clone(),
        selected: list.selected,
        total: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        total_exact: true,
        kind: list.kind.clone(),
        ..List::default()
    });
    let view = record.as_ref().and_then(|record| record.view.clone());
    let field = open.event().and_then(|event| event.field.clone());
    let detail_now = view.map(|view| {
        let selected = view.fields.iter().position(|shown| Some(&shown.field) == field.as_ref()).unwrap_or(usize::MAX);
        Detail { view, strip: Strip::default(), selected, revealed: std::collections::BTreeMap::new(), asking: HashSet::new() }
    });
    let query = list.as_ref().map(|list| asked(state, list)).unwrap_or_default();
    let before = (
        std::mem::replace(&mut state.list, list_now),
        std::mem::replace(&mut state.detail, detail_now),
        std::mem::replace(&mut state.query, query),
        std::mem::replace(&mut state.saved_view, list.as_ref().map(|list| list.view).unwrap_or_default()),
        std::mem::take(&mut state.starred),
        std::mem::take(&mut state.hidden_columns),
        std::mem::take(&mut state.shares),
        std::mem::take(&mut state.viewing),
        state.page,
    );
    state.then = Some(record.as_ref().map(|record| record.revealed.clone()).unwrap_or_default());
    paint(state);
    state.then = None;
    (
        state.list,
        state.detail,
        state.query,
        state.saved_view,
        state.starred,
        state.hidden_columns,
        state.shares,
        state.viewing,
        state.page,
    ) = before;
}

/// What was searched for, as far as it can be read.
fn asked(state: &State, list: &ListThen) -> String {
    let numbers = list.numbers.iter().map(|value| RecordNumber { value: *value, ..RecordNumber::default() }.to_string());
    let read = list.words.iter().flatten().cloned();
    let mut parts: Vec<String> = read.chain(numbers).collect();
    let unread = list.words.iter().filter(|word| word.is_none()).count();
    if unread > 0 {
        parts.push(match state.language {
            Language::English => format!("{unread} {}, not readable", if unread == 1 { "word" } else { "words" }),
            Language::Chinese => format!("{unread} 个词，无法读取"),
        });
    }
    parts.join(state.say(" + ", " + "))
}

fn said(frame: &mut Frame<'_>, area: Rect, state: &State, title: &str, text: &str, focused: bool) {
    let block = pane(state, format!(" {title} "), focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines: Vec<Line<'_>> = wrapped(text, usize::from(inner.width)).into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(lines).style(state.theme.dim), inner);
}

/// Nothing, because nothing was there, or because what came before has not been read.
fn nothing(state: &State, open: &Replaying, en: &'static str, zh: &'static str) -> &'static str {
    if open.event().is_some_and(|event| event.action == "session_close") {
        state.say("The session was over.", "会话已结束。")
    } else if open.replay.next_stretch(false).is_some() {
        state.say(
            "What stood here comes from events that have not been read: k steps back to them.",
            "此前的事件尚未读取：按 k 后退即可读取。",
        )
    } else {
        state.say(en, zh)
    }
}

fn list_then(frame: &mut Frame<'_>, area: Rect, state: &mut State, open: &Replaying) {
    let focused = state.pane == Pane::List;
    let title = if state.query.is_empty() {
        state.say("Records", "记录").to_owned()
    } else {
        format!("{} - {}", state.say("Records", "记录"), for_terminal(&state.query))
    };
    let text = match open.moment.list.as_ref().map(|list| &list.rows) {
        None => nothing(state, open, "No list had been read.", "尚未读取列表。"),
        Some(None) => state.say("Unknown: which rows were shown was not kept then.", "未知：当时未留存所显示的记录。"),
        Some(Some(rows)) if rows.is_empty() => {
            state.say("Nothing was found, or nothing that you may know.", "没有找到记录，或没有您可知悉的记录。")
        }
        Some(Some(_)) => return list::render(frame, area, state),
    };
    said(frame, area, state, &title, text, focused);
}

fn record_then(frame: &mut Frame<'_>, area: Rect, state: &mut State, open: &Replaying) {
    let focused = state.pane != Pane::List;
    let text = match &open.moment.record {
        None => nothing(state, open, "No record was open.", "没有打开记录。"),
        Some(record) if record.view.is_none() => state.say("Above your clearance, and withheld.", "高于您的密级，不予显示。"),
        Some(_) => {
            detail::render(frame, area, state);
            return;
        }
    };
    said(frame, area, state, state.say("Detail", "详情"), text, focused);
}

fn trail(frame: &mut Frame<'_>, area: Rect, state: &mut State, open: &Replaying) {
    let looked_for = if open.text.is_empty() { String::new() } else { format!(" - \"{}\"", for_terminal(&open.text)) };
    let title = format!(" {}{looked_for} ", state.say("Events of the session", "会话事件"));
    let block = pane(state, title, false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inner.height).max(1);
    state.page = height;
    let events = &open.replay.events;
    let first = open.selected.saturating_sub(height / 2).min(events.len().saturating_sub(height));
    let lines: Vec<Line<'_>> = events
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(index, event)| line::line(state, &[event], index == open.selected))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
