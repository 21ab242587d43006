//! The window that sets one's own second factor up.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Style},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        second_factor::{Confirm, Window},
        state::State,
    },
    input,
    popup::{placed, window, wrapped},
    safe,
};
use crate::{config::Glyphs, crypto::secret::Secret, model::catalogue::Language, text::width};

/// Columns of the window where nothing stands beside the text.
const WIDTH: u16 = 60;
/// Least columns of the text beside the picture, and most.
const BESIDE: (u16, u16) = (30, 46);
/// Rows kept for what is wrong.
const ERROR: u16 = 3;
/// Four groups of four.
const HALF: usize = 19;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    match &state.second_factor {
        None => {}
        Some(Window::Confirm(asked)) => confirm(frame, area, state, asked),
        Some(Window::Codes(codes)) => recovery(frame, area, state, codes),
    }
}

/// ```text
/// + Second factor ------------------------------------+
/// |  picture          Scan this with ...              |
/// |                   Secret  k7dp 2mxq hr4t k7dp     |
/// |                           2mxq hr4t k7dp 2mxq     |
/// |                   Code    ******                  |
/// |                   Enter go on   Esc leave         |
/// ```
fn confirm(frame: &mut Frame<'_>, area: Rect, state: &State, asked: &Confirm) {
    let picture: Vec<&str> = asked.offer.picture.iter().flat_map(|picture| picture.expose().lines()).collect();
    let cells = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let (across, down) = (cells(picture.first().map_or(0, |line| line.chars().count())), cells(picture.len()));
    // One that is cut off could not be scanned.
    let needed = room_for(across, down);
    let fits = across > 0 && needed.0 <= area.width && needed.1 <= area.height;
    let columns = if fits { (area.width - across - 3).min(BESIDE.1) } else { WIDTH.min(area.width) - 2 };
    let room = usize::from(columns).saturating_sub(2);

    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut say = |text: &str, style: Style| {
        lines.extend(wrapped(text, room).into_iter().map(|line| Line::from(Span::styled(format!(" {line}"), style))));
    };
    if fits {
        say(
            state.say(
                "You have no second factor yet. Scan this with an authenticator application, or type the secret into it.",
                "您尚未启用双因素验证。请用身份验证器应用扫描，或手动输入密钥。",
            ),
            state.theme.normal,
        );
    } else {
        say(
            state.say(
                "You have no second factor yet. Type this secret into an authenticator application.",
                "您尚未启用双因素验证。请在身份验证器应用中输入此密钥。",
            ),
            state.theme.normal,
        );
    }
    if !fits && across > 0 {
        say(&too_small(state, across, down), state.theme.dim);
    }
    let (label, blank) = (state.say(" Secret  ", " 密钥    "), "         ");
    let secret = asked.offer.secret.expose().as_str();
    let (first, second) = secret.split_at_checked(HALF).unwrap_or((secret, ""));
    lines.push(Line::default());
    lines.push(Line::from(vec![Span::styled(label, state.theme.dim), Span::styled(first, state.theme.revealed)]));
    lines.push(Line::from(vec![Span::raw(blank), Span::styled(second.trim_start(), state.theme.revealed)]));
    let kind = state.say("time-based, SHA-1, 6 digits, 30 seconds", "基于时间，SHA-1，6 位，30 秒");
    lines.extend(wrapped(kind, room).into_iter().map(|line| Line::from(Span::styled(format!(" {line}"), state.theme.dim))));
    lines.push(Line::default());

    let code_row = cells(lines.len());
    let height = code_row.saturating_add(2 + ERROR).max(if fits { down } else { 0 }).saturating_add(2).min(area.height);
    let width = (if fits { across + 1 + columns } else { columns } + 2).min(area.width);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let inner = placed(frame, place, state, state.say(" Second factor ", " 双因素验证 "));
    let text = if fits {
        // Light on dark in every theme, since not every reader takes the reverse; without colours as the terminal has it.
        let style = if state.theme.accent.fg.is_some() { Style::new().fg(Color::White).bg(Color::Black) } else { Style::new() };
        let picture: Vec<Line<'_>> = picture.into_iter().map(|line| Line::styled(line, style)).collect();
        frame.render_widget(Paragraph::new(picture), Rect { width: across, ..inner });
        Rect { x: inner.x + across + 1, width: inner.width - across - 1, ..inner }
    } else {
        inner
    };
    frame.render_widget(Paragraph::new(lines), text);
    let row = |y: u16| Rect { y: text.y + y, height: 1, ..text }.intersection(text);
    let label = state.say(" Code    ", " 验证码  ");
    frame.render_widget(Paragraph::new(label).style(state.theme.accent), row(code_row));
    let before = cells(width::cells(label));
    let field = Rect { x: text.x + before, width: text.width.saturating_sub(before), ..row(code_row) };
    input::render_secret(frame, field, &asked.input, true);
    let (message, style) = match &asked.error {
        Some(error) => (error.as_str(), state.theme.bad),
        None if asked.judging => (state.say("Asking ...", "正在核对..."), state.theme.accent),
        None => (state.say("The first code that it shows puts it in force.", "输入应用显示的首个验证码即可启用。"), state.theme.dim),
    };
    let message: Vec<Line<'_>> = wrapped(message, room).iter().map(|line| Line::from(safe(&format!(" {line}"), style))).collect();
    let below = Rect { y: text.y + code_row + 1, height: text.height.saturating_sub(code_row + 2), ..text }.intersection(text);
    frame.render_widget(Paragraph::new(message), below);
    let keys = if asked.judging { "" } else { state.say(" Enter go on   Esc leave", " Enter 继续   Esc 离开") };
    frame.render_widget(Paragraph::new(keys).style(state.theme.dim), row(text.height.saturating_sub(1)));
}

/// What size shows the picture; half blocks take a quarter of the room.
fn too_small(state: &State, across: u16, down: u16) -> String {
    let (columns, rows) = room_for(across, down);
    let (fewer, less) = room_for(across / 2, down.div_ceil(2));
    match (state.language, state.glyphs) {
        (Language::English, Glyphs::Unicode) => format!("A terminal of {columns} x {rows} shows a QR code."),
        (Language::English, Glyphs::Ascii) => {
            format!("A terminal of {columns} x {rows} shows a QR code; with glyphs = unicode, one of {fewer} x {less}.")
        }
        (Language::Chinese, Glyphs::Unicode) => format!("终端达到 {columns} x {rows} 时可显示二维码。"),
        (Language::Chinese, Glyphs::Ascii) => {
            format!("终端达到 {columns} x {rows} 时可显示二维码；设置 glyphs = unicode 后为 {fewer} x {less}。")
        }
    }
}

/// Columns and rows for a picture in a frame, with the text and a space beside it.
fn room_for(across: u16, down: u16) -> (u16, u16) {
    (across.saturating_add(BESIDE.0 + 3), down.saturating_add(2))
}

/// Two codes a row. They are not kept anywhere and not shown again.
fn recovery(frame: &mut Frame<'_>, area: Rect, state: &State, codes: &[Secret<String>]) {
    let text = state.say(
        "The second factor is set up. Write these recovery codes down; each is good for one sign-in without the authenticator:",
        "双因素验证已启用。请抄写并妥善保存以下恢复码；没有验证器时，每个可用于登录一次：",
    );
    let mut lines: Vec<Line<'_>> = Vec::new();
    let room = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    lines.extend(wrapped(text, room).into_iter().map(|line| Line::from(Span::styled(format!(" {line}"), state.theme.normal))));
    lines.push(Line::default());
    for pair in codes.chunks(2) {
        let spans = pair.iter().flat_map(|code| [Span::raw("     "), Span::styled(code.expose().as_str(), state.theme.revealed)]);
        lines.push(Line::from(spans.collect::<Vec<_>>()));
    }
    lines.push(Line::default());
    lines.push(Line::from(Span::styled(state.say(" y I have written them down", " y 我已抄写保存"), state.theme.accent)));
    let inner = window(frame, area, state, state.say(" Recovery codes ", " 恢复码 "), WIDTH, super::popup::height_of(&lines));
    frame.render_widget(Paragraph::new(lines), inner);
}
