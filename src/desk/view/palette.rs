//! The command palette.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};
use tui_textarea::TextArea;

use super::{
    super::{
        refusal::refusal,
        state::State,
        update::palette::{Choice, matches},
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
    let found = matches(state, &input.lines().join(""));
    let selected = selected.min(found.len().saturating_sub(1));
    let rows = usize::from(inner.height.saturating_sub(2));
    let first = (selected + 1).saturating_sub(rows);
    let mut lines: Vec<Line<'_>> = found
        .iter()
        .enumerate()
        .skip(first)
        .take(rows)
        .map(|(index, choice)| {
            let (works, text) = match choice {
                Choice::Entry(entry) => {
                    (refusal(state, entry.command).is_none(), format!("{} {}", width::fit(entry.name(state.language), 36), entry.key))
                }
                Choice::Argument(word, argument) => (true, format!("{word} {argument}")),
            };
            let line = if works { Line::from(format!(" {text}")) } else { Line::from(format!("({text})")).style(state.theme.dim) };
            if index == selected { line.style(state.theme.selected) } else { line }
        })
        .collect();
    lines.resize(rows, Line::default());
    let hint = state.say(" A record's number opens it: C-000123", " 输入记录编号可直接打开：C-000123");
    lines.push(Line::styled(hint, state.theme.dim));
    frame.render_widget(Paragraph::new(lines), Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner });
}
