//! Painting. Pure: the same state gives the same picture, but for the height of a page, which is noted for the page keys.

mod alarm;
mod alerts;
mod audit;
mod audit_reviews;
mod bar;
mod chooser;
mod conflict;
mod detail;
mod filter;
mod form;
mod freeze;
mod help;
mod history;
mod incidents;
mod input;
mod list;
mod note;
mod palette;
mod people;
mod popup;
mod reason;
mod replay;
mod requests;
mod review;
mod reviews;
mod second_factor;
mod settings;
mod share;
mod sort;
mod step_up;
mod strip;
mod title;
mod unlock;
mod witness;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    symbols::border,
    text::{Line, Span},
    widgets::{Block, Borders, Paragraph},
};

use super::state::{Pane, Screen, State};
use crate::{config::Glyphs, text::sanitise::for_terminal};

/// Smallest terminal that is painted.
const SMALLEST: (u16, u16) = (60, 16);
/// Columns from which list and detail stand side by side.
const SIDE_BY_SIDE: u16 = 100;

/// ```text
/// title
/// ┌ list ──────┐┌ detail ─────┐
/// └────────────┘└─────────────┘
/// ┌ audit · this record ──────┐
/// └───────────────────────────┘
/// message or search box
/// keys
/// ```
pub fn render(frame: &mut Frame<'_>, state: &mut State) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text =
            state.say("The terminal is too small: 60 x 16 at least, 80 x 24 is better.", "终端窗口太小：至少需要 60 x 16，建议 80 x 24。");
        let lines: Vec<Line<'_>> = popup::wrapped(text, usize::from(area.width)).into_iter().map(Line::from).collect();
        frame.render_widget(Paragraph::new(lines), area);
        return;
    }
    let area = alarm::render(frame, area, state);
    if state.screen == Screen::Unlock {
        unlock::render(frame, area, state);
        second_factor::render(frame, area, state);
        return;
    }
    let notice = bar::height(state, area.width);
    let [title_area, body, message, keys] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(3), Constraint::Length(notice), Constraint::Length(1)]).areas(area);
    title::render(frame, title_area, state);
    match state.screen {
        Screen::Audit => audit::render(frame, body, state),
        Screen::AuditReviews => audit_reviews::render(frame, body, state),
        Screen::Alerts => alerts::render(frame, body, state),
        Screen::People => people::render(frame, body, state),
        Screen::Reviews => reviews::render(frame, body, state),
        Screen::Settings => settings::render(frame, body, state),
        Screen::Requests => requests::render(frame, body, state),
        Screen::Incidents => incidents::render(frame, body, state),
        Screen::Replay => replay::render(frame, body, state),
        _ => desk(frame, body, state),
    }
    bar::render(frame, message, keys, state);
    let extent = popup::render(frame, area, state);
    (state.popup_page, state.popup_scroll) = (extent.page, extent.scroll);
    second_factor::render(frame, area, state);
}

fn desk(frame: &mut Frame<'_>, body: Rect, state: &mut State) {
    state.about = None;
    state.panes = if state.zoomed { vec![(state.pane, body)] } else { panes(body, state) };
    for (pane, area) in state.panes.clone() {
        match pane {
            Pane::List => list::render(frame, area, state),
            Pane::Detail => state.about = Some(detail::render(frame, area, state)),
            Pane::Strip => strip::render(frame, area, state),
        }
    }
}

fn panes(body: Rect, state: &State) -> Vec<(Pane, Rect)> {
    let strip = (if body.height >= 30 { 8 } else { 5 } + state.taller_strip).clamp(3, 20);
    let [upper, lower] = Layout::vertical([Constraint::Min(3), Constraint::Length(strip.unsigned_abs())]).areas(body);
    let share = |usual: i16| {
        let first = (usual + state.wider_list).clamp(20, 80).unsigned_abs();
        [Constraint::Percentage(first), Constraint::Percentage(100 - first)]
    };
    let [first, second] = if body.width >= SIDE_BY_SIDE {
        Layout::horizontal(share(52)).areas(upper)
    } else {
        // Stacked: the pane in use gets the larger part.
        Layout::vertical(share(if state.pane == Pane::List { 60 } else { 30 })).areas(upper)
    };
    vec![(Pane::List, first), (Pane::Detail, second), (Pane::Strip, lower)]
}

/// Rows of a list that stay in sight over a long detail.
const KEPT_ROWS: usize = 5;

/// A list above its detail. The detail has its `usual` height, and more where its `lines` need it and the list keeps some `rows`, or all it has.
fn stacked(area: Rect, rows: usize, usual: u16, lines: usize) -> [Rect; 2] {
    // Borders and headings.
    let list = u16::try_from(rows.min(KEPT_ROWS) + 3).unwrap_or(u16::MAX);
    let most = area.height.saturating_sub(list).max(usual);
    let wanted = u16::try_from(lines.saturating_add(2)).unwrap_or(u16::MAX);
    Layout::vertical([Constraint::Min(3), Constraint::Length(wanted.clamp(usual, most))]).areas(area)
}

/// The lines of a detail in its frame, with a mark where there are more than it can show.
fn detail_pane<'t>(frame: &mut Frame<'_>, area: Rect, state: &State, title: impl Into<Line<'t>>, lines: Vec<Line<'_>>) {
    let block = pane(state, title, false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let cut = lines.len() > usize::from(inner.height);
    frame.render_widget(Paragraph::new(lines), inner);
    popup::more_marks(frame, inner, state, false, cut);
}

/// A pane's frame: accent and bold title when it has the keys.
fn pane<'t>(state: &State, title: impl Into<Line<'t>>, focused: bool) -> Block<'t> {
    let border_set = if state.glyphs == Glyphs::Unicode {
        border::PLAIN
    } else {
        border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        }
    };
    let style = if focused { state.theme.accent } else { state.theme.dim };
    Block::new().borders(Borders::ALL).border_set(border_set).border_style(style).title(title).title_style(if focused {
        state.theme.bold
    } else {
        Style::new()
    })
}

/// Text from outside, safe for the terminal.
fn safe<'t>(text: &str, style: Style) -> Span<'t> {
    Span::styled(for_terminal(text), style)
}
