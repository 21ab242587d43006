//! The window that asks for a fresh one-time code.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{popup::StepUp, state::State},
    input,
    popup::{near, placed, wrapped},
    safe,
};
use crate::text::width;

/// ```text
/// + One-time code ------------------------------+
/// | This class asks for a fresh code.           |
/// | Code  ******                                |
/// |                                             |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, asked: &StepUp) {
    let place = near(area, state, 56, 7);
    let inner = placed(frame, place, state, state.say(" One-time code ", " 一次性验证码 "));
    let row = |y: u16| Rect { y: inner.y + y, height: 1, ..inner }.intersection(inner);
    let why = if asked.again.is_some() {
        state.say(" These values ask for a fresh code.", " 这些信息要求新的验证码。")
    } else {
        state.say(" A fresh code, for values that ask for one.", " 请输入新的验证码，用于查看要求验证码的信息。")
    };
    frame.render_widget(Paragraph::new(why), row(0));
    let label = state.say(" Code  ", " 验证码  ");
    frame.render_widget(Paragraph::new(label).style(state.theme.accent), row(1));
    let cells = u16::try_from(width::cells(label)).unwrap_or(7);
    let field = Rect { x: inner.x + cells, width: inner.width.saturating_sub(cells), ..row(1) };
    input::render_secret(frame, field, &asked.input, true);
    let (text, style) = match &asked.error {
        Some(error) => (error.as_str(), state.theme.bad),
        None if asked.judging => (state.say("Asking ...", "正在核对..."), state.theme.accent),
        None => (state.say("Or a recovery code.", "也可用恢复码。"), state.theme.dim),
    };
    let below = Rect { y: inner.y + 3, height: inner.height.saturating_sub(3), ..inner }.intersection(inner);
    let lines: Vec<Line<'_>> =
        wrapped(text, usize::from(below.width).saturating_sub(2)).iter().map(|line| Line::from(safe(&format!(" {line}"), style))).collect();
    frame.render_widget(Paragraph::new(lines), below);
}
