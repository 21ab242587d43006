//! The command palette.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};
use tui_textarea::TextArea;

use super::{
    super::{
        refusal::refusal,
        state::State,
        update::palette::{ARGUMENTS, matches},
    },
    popup,
};
use crate::text::width;

/// ```text
/// + Command --------------------------------------+
/// | rev                                           |
/// | reveal                           r            |
/// | (reveal section                  R)           |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, input: &TextArea<'_>, selected: usize) {
    let inner = popup::window(frame, area, state, state.say(" Command ", " 命令 "), 60, 16);
    frame.render_widget(input, Rect { height: 1, ..inner });
    let found = matches(&input.lines().join(""));
    let selected = selected.min(found.len().saturating_sub(1));
    let rows = usize::from(inner.height.saturating_sub(2));
    let first = (selected + 1).saturating_sub(rows);
    let mut lines: Vec<Line<'_>> = found
        .iter()
        .enumerate()
        .skip(first)
        .take(rows)
        .map(|(index, entry)| {
            let works = refusal(state, entry.command).is_none();
            let text = format!("{} {}", width::fit(entry.name(state.language), 36), entry.key);
            let line = if works { Line::from(format!(" {text}")) } else { Line::from(format!("({text})")).style(state.theme.dim) };
            if index == selected { line.style(state.theme.selected) } else { line }
        })
        .collect();
    lines.resize(rows, Line::default());
    let arguments: Vec<String> = ARGUMENTS.iter().map(|(name, known)| format!("{name} {}", known[0])).collect();
    lines.push(Line::from(format!(" {}, ..., C-000123", arguments.join(", "))).style(state.theme.dim));
    frame.render_widget(Paragraph::new(lines), Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner });
}
