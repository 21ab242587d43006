//! The audit pane.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{super::state::State, list::grouped, pane, safe};
use crate::{
    model::audit::Event,
    text::{sanitise::for_terminal, width},
};

/// ```text
/// + Audit - live - 1,204 events - actor=chen.bo --++ Event 88 ----------+
/// | 14:02:11 lin.mei reveal C-204817 phone ...    || who   chen.bo      |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let [left, right] = if area.width >= 100 {
        Layout::horizontal([Constraint::Percentage(65), Constraint::Percentage(35)]).areas(area)
    } else {
        Layout::vertical([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(area)
    };
    let block = pane(state, title(state), true);
    let inner = block.inner(left);
    frame.render_widget(block, left);
    state.page = usize::from(inner.height).max(1);
    let height = usize::from(inner.height);
    let audit = &state.audit;
    let first = audit.selected.saturating_sub(height / 2).min(audit.events.len().saturating_sub(height));
    let lines: Vec<Line<'_>> = audit
        .events
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(index, event)| event_line(state, event, index == audit.selected))
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
    detail(frame, right, state);
}

fn title(state: &State) -> String {
    let audit = &state.audit;
    let live = if audit.paused {
        format!("{} ({} {})", state.say("paused", "已暂停"), audit.waiting, state.say("waiting", "待看"))
    } else {
        state.say("live", "实时").to_owned()
    };
    let filter = &audit.filter;
    let chips: Vec<String> = [
        filter.actor.as_ref().map(|value| format!("actor={value}")),
        filter.action.as_ref().map(|value| format!("action={value}")),
        filter.class.as_ref().map(|value| format!("class={value}")),
        filter.text.as_ref().map(|value| format!("text={value}")),
        filter.record.map(|_| "record".to_owned()),
        filter.from.map(|at| format!("from={at}")),
        filter.until.map(|at| format!("until={at}")),
    ]
    .into_iter()
    .flatten()
    .map(|chip| format!("[{}]", for_terminal(&chip)))
    .collect();
    let own = if state.session.as_ref().is_some_and(|session| session.audit_all) {
        ""
    } else {
        state.say(" - your own events only", " - 仅您自己的事件")
    };
    let more = if audit.has_more { "+" } else { "" };
    format!(
        " {} - {live} - {}{more}{own} {} ",
        state.say("Audit", "审计"),
        grouped(i64::try_from(audit.events.len()).unwrap_or(0)),
        chips.join(" ")
    )
}

/// `14:02:11 lin.mei      reveal   C-204817 phone  callback TK-8812`
pub fn event_line<'t>(state: &State, event: &Event, selected: bool) -> Line<'t> {
    let theme = &state.theme;
    let refused = event.outcome != "ok";
    let record = event.record_number.map(|number| number.to_string()).unwrap_or_default();
    let what = [
        event.field.as_deref(),
        event.class.as_deref().filter(|_| event.field.is_none()),
        event.reason.as_deref(),
        event.reference.as_deref(),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ");
    let spans = vec![
        Span::styled(format!("{} ", event.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S")), theme.dim),
        safe(&width::fit(&event.actor, 11), theme.normal),
        Span::raw(" "),
        safe(&width::fit(&event.action, 13), theme.normal),
        Span::raw(" "),
        safe(&width::fit(&record, 9), theme.normal),
        Span::raw(" "),
        if refused { safe(&format!("! {} ", event.outcome), theme.bad) } else { Span::raw("") },
        safe(&what, theme.normal),
    ];
    let line = Line::from(spans);
    if selected { line.style(theme.selected) } else { line }
}

fn detail(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let audit = &state.audit;
    let block = pane(state, state.say(" Event ", " 事件 "), false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let mut lines: Vec<Line<'_>> = Vec::new();
    if audit.verifying {
        lines.push(Line::from(state.say("verifying ...", "正在校验……")));
    }
    if let Some(found) = &audit.verification {
        let text = match found.broken.first() {
            None => format!(
                "{}: {} / {}",
                state.say("every chain holds; events / chains", "所有链完好；事件 / 链"),
                grouped(i64::try_from(found.events).unwrap_or(0)),
                found.sessions
            ),
            Some(broken) => format!("{}: {} #{} {:?}", state.say("BROKEN", "链已损坏"), broken.session, broken.seq, broken.harm),
        };
        lines.push(Line::from(safe(&text, if found.broken.is_empty() { state.theme.good } else { state.theme.bad })));
    }
    if let Some(event) = audit.events.get(audit.selected) {
        let hash = format!("{:016x}", u64::from_be_bytes(*event.hash.first_chunk().unwrap_or(&[0; 8])));
        let rows = [
            (state.say("when", "时间"), event.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string()),
            (state.say("who", "谁"), event.actor.clone()),
            (state.say("what", "动作"), event.action.clone()),
            (state.say("result", "结果"), event.outcome.clone()),
            (state.say("record", "记录"), event.record_number.map(|number| number.to_string()).unwrap_or_default()),
            (state.say("field", "字段"), event.field.clone().unwrap_or_default()),
            (state.say("class", "类别"), event.class.clone().unwrap_or_default()),
            (
                state.say("reason", "理由"),
                [event.reason.clone(), event.reference.clone()].into_iter().flatten().collect::<Vec<_>>().join(" "),
            ),
            (state.say("details", "详情"), event.details.clone().unwrap_or_default()),
            (state.say("chain", "链"), format!("{} #{} {hash}", &event.session.to_string()[..8], event.seq)),
        ];
        for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
            lines.push(Line::from(vec![
                Span::styled(format!("{} ", width::fit(label, 8)), state.theme.dim),
                safe(&value, state.theme.normal),
            ]));
        }
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
}
