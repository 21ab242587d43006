//! Writing and reading notes.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{
        popup::{NoteEditor, Notes},
        state::State,
    },
    form::ask,
    input,
    popup::{Extent, centred, height_of, left, scrolled, window},
    review::push,
    safe,
};
use crate::{service::note::CLASS, text::sanitise::for_terminal};

/// Rows of the editor.
const ROWS: u16 = 10;

pub fn editor(frame: &mut Frame<'_>, area: Rect, state: &State, editor: &NoteEditor) {
    let title = format!(" {} - {} ", state.say("New note", "新备注"), for_terminal(&editor.heading));
    let inner = window(frame, area, state, title, area.width.min(84).saturating_sub(4), ROWS + 4);
    let body = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), height: inner.height.saturating_sub(2), ..inner };
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let shown = input::shown(&editor.input, usize::from(body.width), usize::from(body.height), true);
    frame.render_widget(Paragraph::new(shown.rows.into_iter().map(Line::from).collect::<Vec<_>>()), body);
    let (text, style) = match &editor.message {
        Some(message) => (message.clone(), state.theme.bad),
        None if editor.saving => (state.say("Saving ...", "正在保存...").to_owned(), state.theme.accent),
        None => (format!("{} / {}", editor.input.length(), editor.input.limit()), state.theme.dim),
    };
    frame.render_widget(Paragraph::new(safe(&format!(" {text}"), style)), foot);
    match editor.question {
        Some(question) => ask(frame, area, state, question),
        None => input::place(frame, body, shown.cursor),
    }
}

/// ```text
/// + Notes - C-204817 Zhang Wei - hidden in 118s -+
/// | 2026-11-20 14:02  wu.jun                     |
/// |     Called back, wants a new card.           |
/// ```
pub fn list(frame: &mut Frame<'_>, area: Rect, state: &State, notes: &Notes) -> Extent {
    let title = format!(" {} - {}{} ", state.say("Notes", "备注"), for_terminal(&notes.heading), left(state, notes.until));
    let columns = area.width.min(84).saturating_sub(4);
    let room = usize::from(columns.saturating_sub(2));
    let mut lines = Vec::new();
    for (index, note) in notes.notes.iter().enumerate() {
        if index > 0 {
            lines.push(Line::default());
        }
        lines.push(Line::from(safe(&format!(" {}  {}", state.local(note.at).strftime("%Y-%m-%d %H:%M"), note.by), state.theme.dim)));
        match &note.text {
            Ok(text) => push(&mut lines, " ", text.expose(), state.theme.normal, room),
            Err(what) => push(&mut lines, "!", &format!("{} {what}", state.say("damaged:", "已损坏：")), state.theme.bad, room),
        }
    }
    if lines.is_empty() {
        lines.push(Line::from(if may_add(state) {
            state.say(" No notes yet. n writes the first one, Esc closes this.", " 尚无备注。按 n 写第一条，按 Esc 关闭。")
        } else {
            state.say(" No notes yet. Esc closes this.", " 尚无备注。按 Esc 关闭。")
        }));
    }
    let place = centred(area, columns, height_of(&lines));
    scrolled(frame, place, state, title, lines, notes.scroll)
}

pub fn may_add(state: &State) -> bool {
    state.session.as_ref().and_then(|session| session.rights.get(CLASS)).is_some_and(|rights| rights.edit)
}
