//! The audit is not what this desk did: over everything, until the desk is quit.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Modifier,
    text::Line,
    widgets::{Paragraph, Wrap},
};

use super::super::state::State;
use crate::{model::catalogue::Language, text::width};

/// Most lines it takes.
const MOST: usize = 5;

/// Answers with what is left for the rest.
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) -> Rect {
    let Some(harm) = state.alarm else { return area };
    let message = harm.message(state.language);
    let text = match state.language {
        Language::English => format!("!! AUDIT ALARM: {message} !!"),
        // Nothing is gained by breaking a line at the spaces around a number.
        Language::Chinese => format!("!! 审计警报：{message} !!").replace(' ', "\u{a0}"),
    };
    // A line more than its cells need, for the words that do not fit at the end of one.
    let lines = (width::cells(&text) / usize::from(area.width).max(1) + 2).min(MOST);
    let [banner, rest] = Layout::vertical([Constraint::Length(u16::try_from(lines).unwrap_or(2)), Constraint::Min(3)]).areas(area);
    let style = state.theme.bad.add_modifier(Modifier::REVERSED);
    frame.render_widget(Paragraph::new(Line::from(text)).style(style).wrap(Wrap { trim: true }), banner);
    rest
}
