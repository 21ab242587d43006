//! Earlier values of a field.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{super::state::State, popup::window, safe};
use crate::{crypto::secret::Secret, model::record::HistoryEntry};

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, field: &str, entries: &[(HistoryEntry, Option<Secret<String>>)]) {
    let inner = window(frame, area, state, format!(" {} - {field} ", state.say("Earlier values", "历史值")), 76, 16);
    let mut lines: Vec<Line<'_>> = entries
        .iter()
        .map(|(entry, value)| {
            let text = value
                .as_ref()
                .map(|value| value.expose().clone())
                .or_else(|| entry.masked.clone().and_then(Result::ok))
                .unwrap_or_default();
            Line::from(safe(
                &format!("v{:<4} {} {:<12} {text}", entry.version, entry.replaced_at.strftime("%Y-%m-%d %H:%M"), entry.replaced_by),
                state.theme.normal,
            ))
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::from(state.say("This field has never had another value.", "该字段没有历史值。")));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}
