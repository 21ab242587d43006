//! Small windows: help, palette, reason picker, form, notes, history, filter, questions.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};
use tui_textarea::TextArea;

use super::{
    super::{
        keymap::ENTRIES,
        state::{Popup, State},
        update::popups::palette_matches,
    },
    form, history, note, pane, reason, review,
};
use crate::text::width;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    match &state.popup {
        None => {}
        Some(Popup::Help) => help(frame, area, state),
        Some(Popup::Palette { input, selected }) => palette(frame, area, state, input, *selected),
        Some(Popup::Reason(picker)) => reason::render(frame, area, state, picker),
        Some(Popup::Form(form)) if form.reviewing => review::render(frame, area, state, form),
        Some(Popup::Form(form)) => form::render(frame, area, state, form),
        Some(Popup::NoteEditor { input, .. }) => note::editor(frame, area, state, input),
        Some(Popup::Notes { notes, scroll }) => note::list(frame, area, state, notes, *scroll),
        Some(Popup::History { field, entries }) => history::render(frame, area, state, field, entries),
        Some(Popup::Filter { inputs, selected }) => {
            let inner = window(
                frame,
                area,
                state,
                state.say(" Filter - Enter apply, Esc leave ", " 筛选 - Enter 应用，Esc 离开 "),
                60,
                u16::try_from(inputs.len()).unwrap_or(6) + 2,
            );
            for (index, (label, input)) in inputs.iter().enumerate() {
                row(frame, inner, index, &width::fit(label, 10), input, index == *selected, state);
            }
        }
        Some(Popup::ConfirmDelete { .. }) => question(
            frame,
            area,
            state,
            state.say("Delete this record? It can be taken back with U.  y / n", "删除此记录？可按 U 撤销。 y / n"),
        ),
    }
}

/// The keys of the small window that is open, where they are not the screen's.
pub fn keys(state: &State) -> Option<&'static str> {
    match &state.popup {
        Some(Popup::Form(form)) => Some(form::keys(state, form)),
        _ => None,
    }
}

pub fn window<'t>(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    title: impl Into<Line<'t>>,
    wanted_width: u16,
    wanted_height: u16,
) -> Rect {
    let (width, height) = (wanted_width.min(area.width), wanted_height.min(area.height.saturating_sub(2)));
    let window = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, window);
    let block = pane(state, title, true);
    let inner = block.inner(window);
    frame.render_widget(block, window);
    inner
}

fn question(frame: &mut Frame<'_>, area: Rect, state: &State, text: &str) {
    let inner = window(frame, area, state, "", 60, 3);
    frame.render_widget(Paragraph::new(text.to_owned()).style(state.theme.bad), inner);
}

fn help(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let inner = window(frame, area, state, state.say(" Help - Esc close ", " 帮助 - Esc 关闭 "), 78, 22);
    let shown: Vec<_> = ENTRIES.iter().filter(|entry| entry.works(state.screen, super::super::state::Pane::Detail)).collect();
    let half = shown.len().div_ceil(2);
    let cell = |index: usize| {
        shown
            .get(index)
            .map(|entry| format!("{} {}", width::fit(entry.key, 10), width::fit(entry.name(state.language), 24)))
            .unwrap_or_default()
    };
    let mut lines: Vec<Line<'_>> = (0..half).map(|index| Line::from(format!(" {}  {}", cell(index), cell(index + half)))).collect();
    lines.push(Line::from(state.say(
        " j k g G Ctrl-d Ctrl-u PgUp PgDn move; 30j moves thirty (a count starts with 3 to 9).",
        " j k g G Ctrl-d Ctrl-u PgUp PgDn 移动；30j 移动三十行（计数以 3 至 9 开头）。",
    )));
    for (user, passphrase, role) in &state.help_people {
        lines.push(Line::from(format!(" {user:<10} {role:<18} {passphrase}")));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn palette(frame: &mut Frame<'_>, area: Rect, state: &State, input: &TextArea<'_>, selected: usize) {
    let inner = window(frame, area, state, state.say(" Command ", " 命令 "), 50, 14);
    frame.render_widget(input, Rect { height: 1, ..inner });
    let matches = palette_matches(&input.lines().join(""), state.language);
    let lines: Vec<Line<'_>> = matches
        .iter()
        .take(usize::from(inner.height.saturating_sub(1)))
        .enumerate()
        .map(|(index, entry)| {
            let line = Line::from(format!(" {} {}", width::fit(entry.name(state.language), 32), entry.key));
            if index == selected.min(matches.len().saturating_sub(1)) { line.style(state.theme.selected) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner });
}

pub fn row(frame: &mut Frame<'_>, inner: Rect, index: usize, label: &str, input: &TextArea<'_>, active: bool, state: &State) {
    let y = inner.y + u16::try_from(index).unwrap_or(0);
    if y >= inner.y + inner.height {
        return;
    }
    let cells = u16::try_from(width::cells(label)).unwrap_or(0) + 1;
    frame.render_widget(
        Paragraph::new(Span::styled(format!(" {label}"), if active { state.theme.accent } else { state.theme.dim })),
        Rect { y, height: 1, ..inner },
    );
    let mut shown = input.clone();
    shown.set_cursor_line_style(state.theme.normal);
    if !active {
        shown.set_cursor_style(state.theme.normal);
    }
    frame.render_widget(&shown, Rect { x: inner.x + cells, y, width: inner.width.saturating_sub(cells), height: 1 });
}
