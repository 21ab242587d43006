//! The audit of the open record.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::state::{Pane, State},
    audit::line::line,
    pane, safe,
};

/// ```text
/// + Audit - this record -----------------------------+
/// | 14:02:11  lin.mei  reveal  phone  callback TK-1  |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let everything = state.session.as_ref().is_some_and(|session| session.audit_all);
    let title = if everything {
        state.say("Audit - this record", "审计 - 此记录")
    } else {
        state.say("Audit - this record, your own events", "审计 - 此记录（仅您自己的事件）")
    };
    let title = format!(" {title}{} ", state.slow_mark(state.viewing));
    let focused = state.pane == Pane::Strip;
    let block = pane(state, title, focused);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(detail) = &state.detail else { return };
    let strip = &detail.strip;
    let mut lines: Vec<Line<'_>> = Vec::new();
    if let Some(trouble) = &strip.trouble {
        let text = format!("! {} {trouble}", state.say("These events could not be read.", "事件读取失败。"));
        lines.push(Line::from(safe(&text, state.theme.bad)));
    } else if strip.rows.is_empty() {
        lines.push(Line::styled(state.say("No events yet.", "暂无事件。"), state.theme.dim));
    }
    let height = usize::from(inner.height).saturating_sub(lines.len());
    let first = if focused { (strip.selected + 1).saturating_sub(height) } else { 0 };
    lines.extend(strip.rows.iter().enumerate().skip(first).take(height).map(|(index, row)| {
        let events: Vec<_> = row.all().filter_map(|index| strip.events.get(index)).collect();
        line(state, &events, focused && index == strip.selected)
    }));
    frame.render_widget(Paragraph::new(lines), inner);
}
