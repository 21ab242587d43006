//! The first screen, and the locked one.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{super::state::State, pane, safe};

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let width = area.width.min(64);
    let height = 12.min(area.height);
    let window = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    let block = pane(state, format!(" sealdesk - {} ", crate::text::sanitise::for_terminal(&state.installation)), true);
    let inner = block.inner(window);
    frame.render_widget(block, window);
    let [_, user, _, passphrase, _, message, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(inner);
    field(frame, user, state.say(" User        ", " 用户名      "), &state.user, state.typing_user, state);
    field(frame, passphrase, state.say(" Passphrase  ", " 口令        "), &state.passphrase, !state.typing_user, state);
    let text = if state.unlocking {
        state.say("Unlocking ...", "正在解锁……").to_owned()
    } else {
        state.message.clone().unwrap_or_default()
    };
    frame.render_widget(Paragraph::new(Line::from(safe(&format!(" {text}"), state.theme.bad))).wrap(Wrap { trim: true }), message);
    frame.render_widget(
        Paragraph::new(
            state.say(" Enter unlock   Tab other field   F2 language   Esc quit", " Enter 解锁   Tab 切换   F2 语言   Esc 退出"),
        )
        .style(state.theme.dim),
        keys,
    );
}

fn field(frame: &mut Frame<'_>, area: Rect, label: &str, input: &tui_textarea::TextArea<'_>, active: bool, state: &State) {
    let cells = u16::try_from(crate::text::width::cells(label)).unwrap_or(13);
    frame.render_widget(Paragraph::new(Span::styled(label.to_owned(), if active { state.theme.accent } else { state.theme.dim })), area);
    let box_area = Rect { x: area.x + cells, width: area.width.saturating_sub(cells), ..area };
    let mut shown = input.clone();
    shown.set_cursor_line_style(state.theme.normal);
    if !active {
        shown.set_cursor_style(state.theme.normal);
    }
    frame.render_widget(&shown, box_area);
}
