//! The alert inbox: what rings, and one alert in full.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        alerts::Purpose,
        state::{Pane, State},
    },
    detail_pane, pane, safe, stacked,
};
use crate::{
    model::alert::{Alert, AlertState, Severity},
    text::{sanitise::for_terminal, width},
};

const WHEN: usize = 11;
const WHO: usize = 16;
const COUNT: usize = 6;
const STATE: usize = 14;
const LABEL: usize = 11;

/// ```text
/// + Alerts - 2 open ---------------------------------------------------------+
/// |    since       who              what                        events state |
/// | !! 11-24 14:03 chen.bo          values revealed in bulk         41 open  |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let lines = lines(state, area.width.saturating_sub(2));
    let [upper, lower] = stacked(area, state.alerts.rows.len(), 12.min(area.height / 2), lines.len());
    state.panes = vec![(Pane::List, upper), (Pane::Detail, lower)];
    state.about = Some(list(frame, upper, state));
    let title = state.alerts.current().map(|alert| format!(" {} {} ", state.say("Alert", "告警"), alert.number)).unwrap_or_default();
    detail_pane(frame, lower, state, title, lines);
}

/// Answers with the row under the cursor.
fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let open = state.alerts.rows.iter().filter(|alert| alert.state == AlertState::Open && !alert.suppressed).count();
    let title = match open {
        0 => state.say("none open", "没有未处理的").to_owned(),
        many => format!("{many} {}", state.say("open", "条未处理")),
    };
    let past = if state.alerts.all { state.say(" - past ones too", " - 含已关闭的") } else { "" };
    let block = pane(state, format!(" {} - {title}{past}{} ", state.say("Alerts", "告警"), state.slow_mark(state.alerts.loading)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let height = usize::from(inner.height).saturating_sub(1).max(1);
    let row = state.alerts.row();
    if row < state.first_row || row >= state.first_row + height {
        state.first_row = (row + 1).saturating_sub(height);
    }
    state.first_row = state.first_row.min(state.alerts.rows.len().saturating_sub(height));
    let heading = [
        state.say("since", "开始"),
        state.say("who", "对象"),
        state.say("what", "内容"),
        state.say("events", "事件"),
        state.say("state", "状态"),
    ];
    let mut lines = vec![Line::from(safe(&cells(columns, "", heading), state.theme.dim))];
    if state.alerts.rows.is_empty() && !state.alerts.loading {
        let text = state.say(" Nothing rings. p shows what was put away.", " 没有告警。按 p 查看已关闭的。");
        lines.push(Line::styled(text, state.theme.dim));
    }
    for (index, alert) in state.alerts.rows.iter().enumerate().skip(state.first_row).take(height) {
        let since = state.local(alert.opened_at).strftime("%m-%d %H:%M").to_string();
        let standing = standing(state, alert);
        let text = cells(
            columns,
            alert.severity.mark(),
            [&since, &alert.about(), alert.label.in_language(state.language), &alert.events.to_string(), &standing],
        );
        let style = match (alert.state, alert.severity) {
            (AlertState::Open, Severity::Critical) if !alert.suppressed => state.theme.bad,
            (AlertState::Open | AlertState::Acknowledged, _) if !alert.suppressed => state.theme.normal,
            _ => state.theme.dim,
        };
        let painted = Line::from(safe(&text, style));
        lines.push(if index == row { painted.style(state.theme.selected) } else { painted });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    state.page = height;
    let below = u16::try_from(row.saturating_sub(state.first_row) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

fn cells(columns: usize, mark: &str, [since, who, what, events, standing]: [&str; 5]) -> String {
    let rest = columns.saturating_sub(3 + WHEN + 1 + WHO + 1 + 1 + COUNT + 1 + STATE);
    let (who, what) = (width::fit(&for_terminal(who), WHO), width::fit(&for_terminal(what), rest));
    let pad = COUNT.saturating_sub(width::cells(events));
    format!("{} {} {who} {what} {}{events} {}", width::fit(mark, 2), width::fit(since, WHEN), " ".repeat(pad), width::fit(standing, STATE))
}

fn standing(state: &State, alert: &Alert) -> String {
    if alert.suppressed {
        return state.say("suppressed", "已抑制").to_owned();
    }
    match (&alert.owner, alert.state) {
        (_, AlertState::Open) if alert.escalated => state.say("OPEN, LATE", "未处理，已升级").to_owned(),
        (Some(owner), AlertState::Acknowledged) => owner.clone(),
        _ => alert.state.in_words(state.language).to_owned(),
    }
}

/// The alert under the cursor in full.
fn lines<'t>(state: &State, columns: u16) -> Vec<Line<'t>> {
    let Some(alert) = state.alerts.current() else { return Vec::new() };
    let room = usize::from(columns).saturating_sub(LABEL + 2).max(10);
    let mut lines = Vec::new();
    for (label, value) in facts(state, alert).iter().filter(|(_, value)| !value.is_empty()) {
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

fn facts<'t>(state: &'t State, alert: &Alert) -> Vec<(&'t str, String)> {
    let language = state.language;
    let time = |at: jiff::Timestamp| state.local(at).strftime("%m-%d %H:%M:%S").to_string();
    let what = format!("{} ({}, {})", alert.label.in_language(language), alert.rule, alert.severity.in_words(language));
    let most = format!("{} - {}{}", alert.events, state.say("most within the rule's window: ", "窗口内最多："), alert.peak);
    let mut rows = vec![
        (state.say("what", "内容"), what),
        (state.say("about", "对象"), alert.about()),
        (state.say("caused by", "相关人员"), alert.actors.join(state.say(", ", "、"))),
        (state.say("events", "事件"), format!("{most} - {}", state.say("Enter shows them", "按 Enter 查看"))),
        (state.say("when", "时间"), format!("{} - {}", time(alert.from), time(alert.until))),
    ];
    let whole = state.alerts.whole.iter().filter(|whole| whole.alert.number == alert.number);
    for turn in whole.flat_map(|whole| &whole.history) {
        let by = if turn.by == "watch" || turn.by == "system" { String::new() } else { format!("  {}", turn.by) };
        let note = if turn.note.is_empty() { String::new() } else { format!("{}{}", state.say(": ", "："), turn.note) };
        rows.push((state.say("became", "经过"), format!("{}  {}{by}{note}", time(turn.at), turn.in_words(language))));
    }
    rows
}

pub fn title(state: &State, purpose: Purpose) -> String {
    let what = match purpose.state {
        AlertState::FalsePositive => state.say("A false positive: alert", "误报：告警"),
        AlertState::Resolved => state.say("Put away: alert", "关闭告警"),
        _ => state.say("Acknowledge: alert", "确认告警"),
    };
    format!("{what} {}", purpose.number)
}

pub fn explanation(state: &State, purpose: Purpose) -> String {
    match purpose.state {
        AlertState::Acknowledged => {
            state.say("You see to it, and it stops calling others. A note is welcome.", "由您处理，不再提醒他人。可附备注。")
        }
        _ => state.say(
            "Say what came of it. The note is kept for ever; what comes later opens a new alert.",
            "请写明处理结果。备注将永久留存；此后的事件会触发新告警。",
        ),
    }
    .to_owned()
}
