//! The two lines at the bottom: the search box or a message, and the keys that work right now.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        input::Input,
        keymap::{Command, ENTRIES, Entry},
        refusal::refusal,
        state::{Screen, State},
    },
    input, popup, safe,
};
use crate::text::{sanitise::for_terminal, width};

/// Lines that a notice takes at most.
const MOST: usize = 3;

/// Lines that the notice takes: one, unless it is longer than the screen is wide.
pub fn height(state: &State, columns: u16) -> u16 {
    let quiet = state.searching || typing(state).is_some() || state.offline.is_some() || state.count.value > 0;
    let text = state.message.as_deref().filter(|_| !quiet).unwrap_or_default();
    u16::try_from(notice(text, columns).len().clamp(1, MOST)).unwrap_or(1)
}

/// The box that something is looked for in, other than customers.
fn typing(state: &State) -> Option<&Input> {
    if state.screen == Screen::Replay { state.replays.open.as_ref()?.typing.as_ref() } else { state.people.typing.as_ref() }
}

fn notice(text: &str, columns: u16) -> Vec<String> {
    popup::wrapped(&for_terminal(text), usize::from(columns))
}

pub fn render(frame: &mut Frame<'_>, message: Rect, keys: Rect, state: &State) {
    if state.searching {
        let prompt = state.say("search: ", "搜索：").to_owned();
        let box_area = Rect {
            x: message.x + u16::try_from(width::cells(&prompt)).unwrap_or(0),
            width: message.width.saturating_sub(u16::try_from(width::cells(&prompt)).unwrap_or(0)),
            ..message
        };
        frame.render_widget(Paragraph::new(Span::styled(prompt, state.theme.accent)), message);
        frame.render_widget(&state.search, box_area);
        // The hardware cursor stands in the box, so that an input method's window opens there.
        let typed = state.search.lines().first().map(String::as_str).unwrap_or_default();
        let before: String = typed.chars().take(state.search.cursor().1).collect();
        let x = box_area.x + u16::try_from(width::cells(&before)).unwrap_or(0).min(box_area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, box_area.y));
    } else if let Some(input) = typing(state) {
        let prompt = state.say("find: ", "查找：").to_owned();
        let cells = u16::try_from(width::cells(&prompt)).unwrap_or(0);
        frame.render_widget(Paragraph::new(Span::styled(prompt, state.theme.accent)), message);
        let place = Rect { x: message.x + cells, width: message.width.saturating_sub(cells), ..message };
        input::render(frame, place, input, state.theme.normal, true);
    } else if state.offline.is_some() {
        let text = state
            .say("The server cannot be reached; trying again. Ctrl-r tries at once.", "无法连接服务器，正在重试。按 Ctrl-r 立即重试。");
        frame.render_widget(Paragraph::new(safe(text, state.theme.bad)), message);
    } else if state.count.value > 0 {
        frame.render_widget(Paragraph::new(format!(" {}", state.count.value)), message);
    } else if let Some(text) = &state.message {
        let lines: Vec<Line<'_>> = notice(text, message.width).into_iter().map(|line| Line::styled(line, state.theme.accent)).collect();
        frame.render_widget(Paragraph::new(lines), message);
    }
    frame.render_widget(Paragraph::new(key_line(state, keys.width)), keys);
}

/// As many keys as fit, what works before what does not, which is dim and in parentheses; help has its place at the end whatever else does not fit.
fn key_line<'t>(state: &State, columns: u16) -> Line<'t> {
    if let Some(text) = popup::keys(state) {
        return Line::from(text);
    }
    // In a box keys are letters. What is wrong with a search stands here, since the box has the line of the notices.
    if state.searching || typing(state).is_some() {
        return match &state.message {
            Some(text) => {
                Line::styled(format!(" {}", width::truncate(&for_terminal(text), usize::from(columns).saturating_sub(1))), state.theme.bad)
            }
            None if state.screen == Screen::Replay => {
                Line::from(state.say(" Enter finds the next   Esc leave", " Enter 查找下一处   Esc 离开"))
            }
            None => Line::from(state.say(" Enter to the list   Esc as it was before", " Enter 进入列表   Esc 恢复原状")),
        };
    }
    let works = |entry: &Entry| refusal(state, entry.command).is_none();
    let cells = |entry: &Entry| width::cells(entry.key) + width::cells(entry.name(state.language)) + if works(entry) { 3 } else { 4 };
    let (help, others): (Vec<&Entry>, Vec<&Entry>) = ENTRIES
        .iter()
        .filter(|entry| entry.in_bar && entry.works(state.screen, state.pane))
        .partition(|entry| entry.command == Command::Help);
    let (possible, refused): (Vec<&Entry>, Vec<&Entry>) = others.into_iter().partition(|entry| works(entry));
    let mut left = usize::from(columns).saturating_sub(help.iter().map(|entry| cells(entry)).sum());
    let mut fits = |entry: &&Entry| {
        let fits = cells(entry) <= left;
        left -= if fits { cells(entry) } else { 0 };
        fits
    };
    let possible: Vec<&Entry> = possible.into_iter().filter(&mut fits).collect();
    let refused: Vec<&Entry> = refused.into_iter().filter(&mut fits).collect();
    let shown = |entry: &Entry| {
        [Span::styled(format!(" {}", entry.key), state.theme.accent), Span::raw(format!(" {} ", entry.name(state.language)))]
    };
    let dim = |entry: &Entry| Span::styled(format!("({} {}) ", entry.key, entry.name(state.language)), state.theme.dim);
    let mut spans: Vec<Span<'_>> = possible.into_iter().flat_map(shown).collect();
    spans.extend(refused.into_iter().map(dim));
    spans.extend(help.into_iter().flat_map(shown));
    Line::from(spans)
}
