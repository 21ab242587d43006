//! The people screen: everybody, one of them in full, and what roles permit.

mod detail;
pub mod dialog;
mod grid;
mod list;
pub mod seers;

pub use detail::put;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::super::state::{Pane, State};
use crate::{
    desk::people::Order,
    model::{catalogue::Rights, person::Person},
};

/// Columns from which list and detail stand side by side.
const BESIDE: u16 = 100;

/// ```text
/// + People - 6 -------------------------++ lin.mei - Mei Lin -------------+
/// |   login    name     state     roles || state    A active              |
/// | > lin.mei  Mei Lin  A active  agent || keys     sd1:xj4b-np4p-…       |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    state.about = None;
    if state.people.grid_open {
        state.panes = Vec::new();
        grid::render(frame, area, state);
        return;
    }
    state.panes = if state.zoomed {
        vec![(if state.pane == Pane::Detail { Pane::Detail } else { Pane::List }, area)]
    } else {
        let (first, second) = if area.width >= BESIDE {
            let [left, right] = Layout::horizontal([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(area);
            (left, right)
        } else {
            // Stacked: the pane in use gets the larger part.
            let share = if state.pane == Pane::Detail { 30 } else { 45 };
            let [upper, lower] = Layout::vertical([Constraint::Percentage(share), Constraint::Percentage(100 - share)]).areas(area);
            (upper, lower)
        };
        vec![(Pane::List, first), (Pane::Detail, second)]
    };
    for (pane, place) in state.panes.clone() {
        match pane {
            Pane::List => state.about = Some(list::render(frame, place, state)),
            _ => detail::render(frame, place, state),
        }
    }
}

/// The state as letter and word.
fn standing(state: &State, of: &Person) -> String {
    if of.frozen.is_some() {
        return format!("F {}", state.say("FROZEN", "已冻结"));
    }
    format!("{} {}", of.state.letter(), of.state.in_words(state.language))
}

/// `search, masked, reveal, edit`, as far as they are permitted.
pub fn in_words(state: &State, rights: Rights) -> String {
    rights.in_words(state.language)
}

/// What is left of a role for a time: `29m`, `2h05`.
pub fn left(until: jiff::Timestamp) -> String {
    let minutes = (until.duration_since(jiff::Timestamp::now()).as_secs().max(0) + 59) / 60;
    if minutes < 60 { format!("{minutes}m") } else { format!("{}h{:02}", minutes / 60, minutes % 60) }
}

/// The names of the orders, for the chooser.
pub fn order_names(state: &State) -> Vec<String> {
    Order::ALL
        .map(|order| match order {
            Order::Login => state.say("login name", "登录名"),
            Order::Name => state.say("display name", "显示名"),
            Order::State => state.say("state, who waits first", "状态，待处理在前"),
            Order::LastSeen => state.say("last seen, newest first", "最近活动，新的在前"),
        })
        .map(str::to_owned)
        .into()
}
