//! The newest checkpoint as words that two people compare by voice, and as a picture where it fits.

use ratatui::{
    Frame,
    layout::Rect,
    style::{Color, Style},
    text::Line,
    widgets::Paragraph,
};

use super::{
    super::{popup::WitnessWindow, state::State, update::audit::witness::is_own},
    list::grouped,
    popup::{window, wrapped},
    safe,
};
use crate::{
    crypto::secret::Secret,
    model::catalogue::Language,
    text::{qr, words},
};

const WIDTH: u16 = 66;

/// ```text
/// + Checkpoint 17 ------------------------------------------+
/// | made by     sealdesk.watch, 2026-11-24 14:02:00         |
/// | leaves      1,204                                       |
/// |                                                         |
/// |   abandon ability able about above absent absorb ...    |
/// |                                                         |
/// | It follows from what this machine saw last.             |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, shown: &WitnessWindow) {
    let picture = qr::picture(&Secret::new(shown.newest.code.clone()), state.glyphs).ok();
    let picture: Vec<&str> = picture.iter().flat_map(|picture| picture.expose().lines()).collect();
    let across = u16::try_from(picture.first().map_or(0, |line| line.chars().count())).unwrap_or(u16::MAX);
    let text = lines(state, shown, usize::from(WIDTH) - 4);
    let down = u16::try_from(text.len()).unwrap_or(u16::MAX).saturating_add(2);
    let pictured = u16::try_from(picture.len()).unwrap_or(u16::MAX);
    let fits = across.saturating_add(2) <= area.width && down.saturating_add(pictured).saturating_add(2) <= area.height;
    let (width, height) = if fits { (WIDTH.max(across + 2), down + pictured) } else { (WIDTH, down) };
    let number = shown.newest.checkpoint.number;
    let title = if state.language == Language::English { format!(" Checkpoint {number} ") } else { format!(" 第 {number} 个检查点 ") };
    let inner = window(frame, area, state, title, width, height);
    let at = u16::try_from(text.len()).unwrap_or(0).min(inner.height);
    frame.render_widget(Paragraph::new(text), Rect { height: at, ..inner });
    if fits {
        // Light on dark whatever the theme, as readers want it.
        let style = Style::new().fg(Color::White).bg(Color::Black);
        let lines: Vec<Line<'_>> = picture.iter().map(|line| Line::styled((*line).to_owned(), style)).collect();
        let beside = inner.width.saturating_sub(across) / 2;
        let room = Rect { x: inner.x + beside, y: inner.y + at, width: across.min(inner.width), height: inner.height.saturating_sub(at) };
        frame.render_widget(Paragraph::new(lines), room);
    }
}

fn lines<'t>(state: &State, shown: &WitnessWindow, room: usize) -> Vec<Line<'t>> {
    let checkpoint = &shown.newest.checkpoint;
    let at = state.local(checkpoint.at).strftime("%Y-%m-%d %H:%M:%S");
    let leaves = grouped(i64::try_from(checkpoint.size).unwrap_or(i64::MAX));
    let head = match state.language {
        Language::English => format!("by {}, {at}, {leaves} leaves", checkpoint.login),
        Language::Chinese => format!("由 {} 于 {at} 签名，{leaves} 个叶节点", checkpoint.login),
    };
    let told = |text: &str, style| {
        wrapped(text, room).into_iter().map(move |line| Line::from(safe(&format!(" {line}"), style))).collect::<Vec<_>>()
    };
    let mut lines = told(&head, state.theme.normal);
    lines.push(Line::default());
    let words = words::words(&shown.newest.hash, state.language);
    lines.extend(words.chunks(4).map(|four| Line::styled(format!("   {}", four.join(" ")), state.theme.accent)));
    lines.push(Line::default());
    let (text, style) = match (&shown.error, shown.signed, shown.busy) {
        (Some(error), ..) => (error.clone(), state.theme.bad),
        (None, true, _) => (
            state.say("It follows from what was seen last here, and you have witnessed it.", "与此处上次所见相连，您已见证。").to_owned(),
            state.theme.good,
        ),
        (None, false, true) => (state.say("Signing ...", "正在签名...").to_owned(), state.theme.dim),
        (None, false, false) if is_own(state, shown) => {
            let text = state.say(
                "It follows from what was seen last here. You made it yourself: somebody else who reads the audit witnesses it.",
                "与此处上次所见相连。该检查点由您本人生成，须由其他有权查看审计的人见证。",
            );
            (text.to_owned(), state.theme.normal)
        }
        (None, false, false) => {
            let text = state.say(
                "It follows from what was seen last here. Compare the words with what somebody else reads of theirs, then w signs that you saw it.",
                "与此处上次所见相连。请与他人所见的词语核对，一致后按 w 签名见证。",
            );
            (text.to_owned(), state.theme.normal)
        }
    };
    lines.extend(told(&text, style));
    lines
}
