//! Writing and reading notes.

use jiff::Timestamp;
use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Paragraph, Wrap},
};
use tui_textarea::TextArea;

use super::{super::state::State, popup::window, safe};
use crate::text::sanitise::lines_for_terminal;

pub fn editor(frame: &mut Frame<'_>, area: Rect, state: &State, input: &TextArea<'_>) {
    let inner = window(frame, area, state, state.say(" New note - Ctrl-S save, Esc leave ", " 新备注 - Ctrl-S 保存，Esc 离开 "), 72, 14);
    frame.render_widget(input, inner);
}

pub fn list(frame: &mut Frame<'_>, area: Rect, state: &State, notes: &[(Timestamp, String, String)], scroll: u16) {
    let inner = window(frame, area, state, state.say(" Notes - Esc close ", " 备注 - Esc 关闭 "), 76, 18);
    let mut lines = Vec::new();
    for (at, by, text) in notes {
        lines.push(Line::from(safe(&format!("{} {by}", at.strftime("%Y-%m-%d %H:%M")), state.theme.dim)));
        lines.extend(lines_for_terminal(text).lines().map(|line| Line::from(line.to_owned())));
        lines.push(Line::default());
    }
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }).scroll((scroll, 0)), inner);
}
