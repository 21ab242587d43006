//! The audit pane.

pub mod curves;
pub mod event;
pub mod line;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{audit::Verify, state::State, update::audit::filter::chips},
    list::grouped,
    pane,
    popup::wrapped,
    safe,
};
use crate::{
    model::{
        audit::{Break, RecordHarm},
        catalogue::Language,
    },
    text::{sanitise::for_terminal, width},
};

/// Columns from which the selected event stands beside the trail.
const BESIDE: u16 = 100;

/// ```text
/// + Audit - live - 1,204 events ---------------------++ Event 214 ---------+
/// | reveals |.:=#| 12  sign-ins |.   | 1  14:00-14:30 || when  2026-11-24 … |
/// | [person chen.bo] [record C-204817]                || who   chen.bo …    |
/// |    14:02:11 lin.mei reveal C-204817 phone …       ||                    |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let (left, right) = if area.width >= BESIDE {
        let [left, right] = Layout::horizontal([Constraint::Percentage(62), Constraint::Percentage(38)]).areas(area);
        (left, Some(right))
    } else {
        (area, None)
    };
    let block = pane(state, title(state), true);
    let inner = block.inner(left);
    frame.render_widget(block, left);
    let head = head(state, usize::from(inner.width));
    let head_height = u16::try_from(head.len()).unwrap_or(0).min(inner.height.saturating_sub(3));
    let [above, trail] = Layout::vertical([Constraint::Length(head_height), Constraint::Min(1)]).areas(inner);
    frame.render_widget(Paragraph::new(head), above);
    state.page = usize::from(trail.height).max(1);
    let height = usize::from(trail.height);
    state.audit.window.scroll(height);
    let window = &state.audit.window;
    if window.is_empty() {
        let lines: Vec<Line<'_>> = wrapped(empty(state), usize::from(trail.width)).into_iter().map(Line::from).collect();
        frame.render_widget(Paragraph::new(lines).style(state.theme.dim), trail);
    } else {
        // Dates take lines too: the first moves on until the selected one is on the screen.
        let lines = (window.top()..=window.selected()).map(|first| by_day(state, first, height)).find(|(_, shown)| *shown);
        frame.render_widget(Paragraph::new(lines.map(|(lines, _)| lines).unwrap_or_default()), trail);
    }
    if let Some(right) = right {
        event::beside(frame, right, state);
    }
}

/// The trail from a row on, each day under its date in the viewer's zone; and whether the selected row is among it.
fn by_day<'t>(state: &State, first: usize, height: usize) -> (Vec<Line<'t>>, bool) {
    let window = &state.audit.window;
    let (mut lines, mut day, mut shown) = (Vec::new(), None, false);
    for (index, row) in window.rows().iter().enumerate().skip(first) {
        let at = window.event(row).map(|event| state.local(event.at));
        if let Some(at) = at.filter(|at| day != Some(at.date())) {
            day = Some(at.date());
            let zone = at.strftime("%:z");
            let weekday = weekday(state, at.weekday());
            lines.push(Line::styled(format!("{} {weekday}  UTC{zone}", at.strftime("%Y-%m-%d")), state.theme.dim));
        }
        if lines.len() >= height {
            break;
        }
        shown |= index == window.selected();
        lines.push(line::line(state, &window.events_of(row), index == window.selected()));
    }
    (lines, shown)
}

fn weekday(state: &State, day: jiff::civil::Weekday) -> &'static str {
    use jiff::civil::Weekday;
    match day {
        Weekday::Monday => state.say("Mon", "周一"),
        Weekday::Tuesday => state.say("Tue", "周二"),
        Weekday::Wednesday => state.say("Wed", "周三"),
        Weekday::Thursday => state.say("Thu", "周四"),
        Weekday::Friday => state.say("Fri", "周五"),
        Weekday::Saturday => state.say("Sat", "周六"),
        Weekday::Sunday => state.say("Sun", "周日"),
    }
}

fn title(state: &State) -> String {
    let audit = &state.audit;
    let waiting = grouped(i64::try_from(audit.waiting).unwrap_or(i64::MAX));
    let live = match (audit.paused, audit.window.has_newer()) {
        (true, _) => format!("{} ({waiting} {})", state.say("paused", "已暂停"), state.say("waiting, p goes on", "条待看，按 p 继续")),
        (false, true) => format!("{} ({waiting}+ {})", state.say("earlier", "较早"), state.say("newer, g shows them", "条较新，按 g 查看")),
        (false, false) => state.say("live", "实时").to_owned(),
    };
    let more = if audit.window.has_older() { "+" } else { "" };
    let own = if state.session.as_ref().is_some_and(|session| session.audit_all) {
        ""
    } else {
        state.say(" - your own events only", " - 仅您自己的事件")
    };
    let events = state.say("events", "条事件");
    let count = grouped(i64::try_from(audit.window.len()).unwrap_or(0));
    let slow = state.slow_mark(audit.loading);
    format!(" {} - {live} - {count}{more} {events}{own}{slow} ", state.say("Audit", "审计"))
}

/// What stands over the trail: curves, filter, verification.
fn head<'t>(state: &State, columns: usize) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    if let Some(curves) = state.audit.activity.curves() {
        lines.extend(curves::lines(state, curves, columns));
    }
    let chips = chips(state, &state.audit.filter);
    if !chips.is_empty() {
        let hint = match state.audit.chip {
            None => state.say("  Backspace removes the last", "  按 Backspace 移除最后一项"),
            Some(_) => state.say("  Backspace removes it", "  按 Backspace 移除所选项"),
        };
        // From the chosen one on where not all fit, so that it is always seen.
        let wide = |from: usize| chips.iter().skip(from).map(|(_, text)| width::cells(&for_terminal(text)) + 1).sum::<usize>();
        let first = state.audit.chip.map_or(0, |chip| (0..=chip).find(|from| wide(*from) <= columns + 1).unwrap_or(chip));
        let mut spans = Vec::new();
        let mut room = columns;
        for (index, (_, text)) in chips.iter().enumerate().skip(first) {
            let chosen = state.audit.chip == Some(index);
            // Told by its brackets too, not by its colour alone.
            let text = if chosen { text.replace('[', "<").replace(']', ">") } else { text.clone() };
            let text = width::truncate(&for_terminal(&text), room);
            room = room.saturating_sub(width::cells(&text) + 1);
            spans.push(Span::styled(text, if chosen { state.theme.selected } else { state.theme.accent }));
            spans.push(Span::raw(" "));
        }
        if width::cells(hint) <= room + 1 {
            spans.push(Span::styled(hint.trim_start_matches(' ').to_owned(), state.theme.dim));
        }
        lines.push(Line::from(spans));
    }
    lines.extend(looking(state));
    lines.extend(verification(state));
    lines
}

fn broken_chain(state: &State, first: &Break, others: usize) -> String {
    let more = if others == 0 { String::new() } else { format!(" (+{others})") };
    let session = first.session.to_string();
    format!(
        "!! {} {} #{} - {}{more}",
        state.say("BROKEN", "链已损坏"),
        session.get(..8).unwrap_or(&session),
        first.seq,
        first.harm.in_words(state.language),
    )
}

/// How far was looked for a text.
fn looking<'t>(state: &State) -> Option<Line<'t>> {
    let look = state.audit.look?;
    let (through, at) =
        (grouped(i64::try_from(look.through).unwrap_or(i64::MAX)), state.local(look.place.0).strftime("%Y-%m-%d %H:%M").to_string());
    let goes_on = look.goes_on();
    let (next, style) = if goes_on {
        (state.say("Esc stops", "按 Esc 停止"), state.theme.accent)
    } else {
        (state.say("G looks further back", "按 G 继续向前查找"), state.theme.dim)
    };
    let text = match state.language {
        Language::English => format!("looked through {through} events, back to {at} - {next}"),
        Language::Chinese => format!("已查找 {through} 条事件，至 {at}，{next}"),
    };
    Some(Line::styled(text, style))
}

fn verification<'t>(state: &State) -> Vec<Line<'t>> {
    let number = |count: u64| grouped(i64::try_from(count).unwrap_or(i64::MAX));
    match &state.audit.verify {
        Verify::Never => Vec::new(),
        Verify::Running { done, total, since } => {
            let seconds = state.now.saturating_duration_since(*since).as_secs().max(1);
            let share = if *total == 0 { 0 } else { (done * 100 / total).min(100) };
            let text = format!(
                "{} {} / {} ({share}%){}{} {} - {}",
                state.say("verifying", "正在校验"),
                number(*done),
                number(*total),
                state.say(", ", "，"),
                number(done / seconds),
                state.say("events/s", "条/秒"),
                state.say("Esc stops", "按 Esc 停止"),
            );
            vec![Line::styled(text, state.theme.accent)]
        }
        Verify::Done(found) if !found.log.is_empty() => {
            let lines = found.log.iter().map(|broken| {
                let (number, harm) = (broken.number, broken.harm.in_words(state.language));
                match state.language {
                    Language::English => format!("!! BROKEN checkpoint {number} - {harm}"),
                    Language::Chinese => format!("!! 第 {number} 个检查点已损坏 - {harm}"),
                }
            });
            lines.map(|line| Line::styled(line, state.theme.bad)).collect()
        }
        Verify::Done(found) if found.broken.is_empty() && !found.review_breaks.is_empty() => {
            let lines = found.review_breaks.iter().take(2).map(|broken| {
                let item = broken.item.map(|item| format!(" #{item}")).unwrap_or_default();
                let (number, harm) = (broken.review, broken.harm.in_words(state.language));
                match state.language {
                    Language::English => format!("!! BROKEN audit review {number}{item} - {harm}"),
                    Language::Chinese => format!("!! 审计复核 {number}{item} 已损坏 - {harm}"),
                }
            });
            lines.map(|line| Line::styled(line, state.theme.bad)).collect()
        }
        Verify::Done(found) if !found.records.is_empty() => {
            let bad = |text: String| Line::from(safe(&text, state.theme.bad));
            let first = found.broken.first().map(|first| bad(broken_chain(state, first, found.broken.len() - 1)));
            let records = found
                .records
                .iter()
                .take(3)
                .map(|broken| bad(format!("!! {}{}", state.say("BROKEN ", "已损坏："), RecordHarm::line(broken, state.language))));
            first.into_iter().chain(records).collect()
        }
        Verify::Done(found) if found.broken.is_empty() => {
            let at = found.at.map(|at| state.local(at).strftime(" %H:%M").to_string()).unwrap_or_default();
            let comma = state.say(", ", "，");
            let text = format!(
                "{}{at}{}{} {}{comma}{} {}{comma}{} {}{}",
                state.say("every chain holds", "所有链完好"),
                state.say(": ", "："),
                number(found.events),
                state.say("events", "条事件"),
                number(found.sessions),
                state.say("chains", "条链"),
                number(found.checkpoints),
                state.say("checkpoints", "个检查点"),
                silences(state, found.gaps.len()),
            );
            vec![Line::styled(text, state.theme.good)]
        }
        Verify::Done(found) => {
            let Some(first) = found.broken.first() else { return Vec::new() };
            vec![Line::from(safe(&broken_chain(state, first, found.broken.len() - 1), state.theme.bad))]
        }
    }
}

/// Desks that were silent, for who asks them; `audit verify` names each.
fn silences(state: &State, count: usize) -> String {
    match (count, state.language) {
        (0, _) => String::new(),
        (_, Language::English) => format!("; {count} silences"),
        (_, Language::Chinese) => format!("；{count} 处静默"),
    }
}

fn empty(state: &State) -> &'static str {
    let audit = &state.audit;
    let pick = |en, zh| state.say(en, zh);
    if let Some(look) = &audit.look {
        return if look.goes_on() {
            pick("Not found yet ...", "尚未找到...")
        } else {
            pick("Not found as far as it was looked. G looks further back.", "在已查找的范围内未找到。按 G 继续向前查找。")
        };
    }
    if audit.loading {
        return if state.slow_mark(true).is_empty() { "" } else { pick("Reading the audit ...", "正在读取审计...") };
    }
    match (audit.opened.is_none(), audit.filter.is_empty()) {
        (true, _) => pick("The audit could not be read. Ctrl-r tries again.", "审计读取失败。按 Ctrl-r 重试。"),
        (false, true) => pick("No events yet. They appear here as they happen.", "暂无事件，发生后会显示在这里。"),
        (false, false) => pick(
            "No event matches. Backspace takes the last filter away, f changes it, Esc goes back.",
            "没有匹配的事件。按 Backspace 移除最后一项筛选，按 f 修改，按 Esc 返回。",
        ),
    }
}
