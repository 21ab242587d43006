//! The first screen, and the locked one.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{super::state::State, input, pane, popup::wrapped, safe};
use crate::{model::catalogue::Language, text::width};

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let text = message(state);
    let width = area.width.min(64);
    // As much room as the message takes when it wraps.
    let lines = wrapped(&text, usize::from(width).saturating_sub(4)).len();
    let height = u16::try_from(lines + 10).unwrap_or(u16::MAX).max(13).min(area.height);
    let window = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    let block = pane(state, format!(" sealdesk - {} ", crate::text::sanitise::for_terminal(&state.installation)), true);
    let inner = block.inner(window);
    frame.render_widget(block, window);
    let [_, user, _, passphrase, code, _, below, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(inner);
    let user_box = field(frame, user, state.say(" User        ", " 用户名      "), state.typing_user, state);
    input::render(frame, user_box, &state.user, state.theme.normal, state.typing_user);
    let active = !state.typing_user && state.code.is_none();
    let secret_box = field(frame, passphrase, state.say(" Passphrase  ", " 口令        "), active, state);
    input::render_secret(frame, secret_box, &state.passphrase, active);
    if let Some(typed) = &state.code {
        let code_box = field(frame, code, state.say(" Code        ", " 验证码      "), !state.typing_user, state);
        input::render_secret(frame, code_box, typed, !state.typing_user);
    }
    let lines: Vec<Line<'_>> = wrapped(&text, usize::from(below.width).saturating_sub(2))
        .iter()
        .map(|line| Line::from(safe(&format!(" {line}"), state.theme.bad)))
        .collect();
    frame.render_widget(Paragraph::new(lines), below);
    frame.render_widget(
        Paragraph::new(if state.quitting {
            state.say(" y quit and throw away   any other key stays", " y 退出并放弃   其他键留下")
        } else {
            state.say(" Enter unlock   Tab other field   F2 language   Esc quit", " Enter 解锁   Tab 切换   F2 语言   Esc 退出")
        })
        .style(state.theme.dim),
        keys,
    );
}

/// What stands under the boxes.
fn message(state: &State) -> String {
    let text =
        if state.unlocking { state.say("Unlocking ...", "正在解锁...").to_owned() } else { state.message.clone().unwrap_or_default() };
    match (&state.recorder, state.language) {
        (None, _) => text,
        (Some(recorder), Language::English) => {
            format!("This terminal is being recorded ({recorder}): what you reveal is in the recording. {text}")
        }
        (Some(recorder), Language::Chinese) => format!("此终端正在被录制（{recorder}）：您查看的内容会被录下。{text}"),
    }
}

/// A label, and beside it the place for its box.
fn field(frame: &mut Frame<'_>, area: Rect, label: &str, active: bool, state: &State) -> Rect {
    let cells = u16::try_from(width::cells(label)).unwrap_or(13);
    frame.render_widget(Paragraph::new(Span::styled(label.to_owned(), if active { state.theme.accent } else { state.theme.dim })), area);
    Rect { x: area.x + cells, width: area.width.saturating_sub(cells), ..area }
}
