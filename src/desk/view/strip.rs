//! The audit of the open record.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::state::{Pane, State},
    audit::event_line,
    pane,
};

/// ```text
/// + Audit - this record -----------------------------+
/// | 14:02:11  lin.mei  reveal  phone  callback TK-1  |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let everything = state.session.as_ref().is_some_and(|session| session.audit_all);
    let title = if everything {
        state.say(" Audit - this record ", " 审计 - 此记录 ")
    } else {
        state.say(" Audit - this record, your own events ", " 审计 - 此记录，仅您自己的事件 ")
    };
    let block = pane(state, title, state.pane == Pane::Strip);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(detail) = &state.detail else { return };
    let lines: Vec<Line<'_>> = detail.strip.iter().take(usize::from(inner.height)).map(|event| event_line(state, event, false)).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}
