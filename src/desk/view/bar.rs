//! The two lines at the bottom: the search box or a message, and the keys that work right now.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        keymap::{Command, ENTRIES, Entry},
        refusal::refusal,
        state::State,
    },
    popup, safe,
};
use crate::text::width;

pub fn render(frame: &mut Frame<'_>, message: Rect, keys: Rect, state: &State) {
    if state.searching {
        let prompt = format!("{}: ", state.say("search", "搜索"));
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
    } else if state.offline.is_some() {
        let text = state
            .say("The server cannot be reached; trying again. Ctrl-r tries at once.", "无法连接服务器，正在重试。按 Ctrl-r 立即重试。");
        frame.render_widget(Paragraph::new(safe(text, state.theme.bad)), message);
    } else if state.count.value > 0 {
        frame.render_widget(Paragraph::new(format!(" {}", state.count.value)), message);
    } else if let Some(text) = &state.message {
        frame.render_widget(Paragraph::new(safe(text, state.theme.accent)), message);
    }
    frame.render_widget(Paragraph::new(key_line(state, keys.width)), keys);
}

/// As many keys as fit, first things first; what does not work here is dim and in parentheses.
fn key_line<'t>(state: &State, columns: u16) -> Line<'t> {
    if let Some(text) = popup::keys(state) {
        return Line::from(text);
    }
    let mut spans = Vec::new();
    let mut left = usize::from(columns);
    // Help has its place whatever else does not fit; what works comes before what does not.
    let shown: Vec<(&Entry, bool)> = ENTRIES
        .iter()
        .filter(|entry| entry.in_bar && entry.works(state.screen, state.pane))
        .map(|entry| (entry, refusal(state, entry.command).is_none()))
        .collect();
    let rank = |(entry, works): &&(&Entry, bool)| (entry.command != Command::Help, !works);
    let mut ordered: Vec<&(&Entry, bool)> = shown.iter().collect();
    ordered.sort_by_key(rank);
    for (entry, works) in ordered {
        let name = entry.name(state.language);
        let cells = width::cells(entry.key) + width::cells(name) + 4;
        if cells > left {
            break;
        }
        left -= cells;
        if *works {
            spans.push(Span::styled(format!(" {}", entry.key), state.theme.accent));
            spans.push(Span::raw(format!(" {name}  ")));
        } else {
            spans.push(Span::styled(format!("({} {name}) ", entry.key), state.theme.dim));
        }
    }
    Line::from(spans)
}
