//! The list's order and marks. The database orders by what it can read, time and number; by a column only this program can order, and only a result
//! that it holds whole.

use crossterm::event::KeyEvent;

use super::{
    super::{
        event::Effect,
        state::{ByColumn, Popup, State},
    },
    chooser::{self, Chosen},
    commands,
    popups::Step,
};
use crate::{
    crypto::secret::Secret,
    model::{
        catalogue::Field,
        query::{Direction, Sort},
    },
    text::normalise,
};

/// Most rows that are gathered for an order by column.
pub const LARGEST: usize = 1_000;

/// What the list can be ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Database(Sort),
    Column(ByColumn),
}

/// All orders there are to choose from.
#[must_use]
pub fn orders(state: &State) -> Vec<Order> {
    let fields = state.session.iter().flat_map(|session| session.catalogue.columns(state.list.kind.as_deref()));
    let columns = fields.flat_map(|field| [false, true].map(|down| Order::Column(ByColumn { field: field.code.clone(), down })));
    [Order::Database(Sort::Recent), Order::Database(Sort::Number)].into_iter().chain(columns).collect()
}

/// The order the list has.
#[must_use]
pub fn current(state: &State) -> Order {
    state.list.by_column.clone().map_or(Order::Database(state.sort), Order::Column)
}

pub fn choose(state: &mut State) -> Vec<Effect> {
    let selected = orders(state).iter().position(|order| *order == current(state)).unwrap_or(0);
    state.popup = Some(Popup::Sort { selected });
    Vec::new()
}

pub fn on_key(state: &mut State, selected: &mut usize, key: KeyEvent) -> Step {
    match chooser::key(selected, orders(state).len(), key) {
        Chosen::Entry(index) => Step::Close(order_by(state, index)),
        Chosen::Leave => Step::Close(Vec::new()),
        Chosen::Not => Step::Stay,
    }
}

fn order_by(state: &mut State, index: usize) -> Vec<Effect> {
    match orders(state).into_iter().nth(index) {
        Some(Order::Database(sort)) => {
            state.list.by_column = None;
            state.sort = sort;
            commands::list(state, None, 0)
        }
        Some(Order::Column(column)) => {
            state.list.by_column = Some(column);
            gather(state)
        }
        None => Vec::new(),
    }
}

/// Reads on until the result is whole, each page being an event of its own; then orders it.
pub fn gather(state: &mut State) -> Vec<Effect> {
    if state.list.by_column.is_none() {
        return Vec::new();
    }
    if state.list.has_before {
        return commands::list(state, None, 0);
    }
    if !state.list.has_after {
        sort_rows(state);
        return Vec::new();
    }
    if state.list.rows.len() >= LARGEST {
        state.list.by_column = None;
        return commands::say(
            state,
            "More than 1,000 records: narrow the search to order it by a column.",
            "超过 1,000 条记录：请缩小搜索范围后再按列排序。",
        );
    }
    commands::list(state, Some(Direction::After), 0)
}

fn sort_rows(state: &mut State) {
    let Some(column) = state.list.by_column.clone() else { return };
    let field: Option<Field> = state.session.as_ref().and_then(|session| session.catalogue.field(&column.field)).cloned();
    let language = state.language;
    let list = &mut state.list;
    let selected = list.rows.get(list.selected).map(|row| row.id);
    list.rows.sort_by_cached_key(|row| {
        let value = row.summary.as_ref().ok().and_then(|summary| summary.get(&column.field)).map(String::as_str).unwrap_or_default();
        normalise::fold(field.as_ref().map_or(value, |field| field.shown(value, language)))
    });
    if column.down {
        list.rows.reverse();
    }
    list.selected = selected.and_then(|id| list.rows.iter().position(|row| row.id == id)).unwrap_or(0);
}

/// Marks the row under the cursor, or takes the mark away, and goes on to the next.
pub fn mark(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.list.rows.get(state.list.selected).map(|row| row.id) else { return Vec::new() };
    if !state.list.marked.remove(&row) {
        state.list.marked.insert(row);
    }
    state.list.selected = (state.list.selected + 1).min(state.list.rows.len().saturating_sub(1));
    commands::follow_selection(state)
}

/// Copies the numbers of the marked rows, or of the one under the cursor. A number tells nothing of what a record holds.
pub fn copy_numbers(state: &mut State) -> Vec<Effect> {
    let list = &state.list;
    let marked: Vec<String> = list.rows.iter().filter(|row| list.marked.contains(&row.id)).map(|row| row.number.to_string()).collect();
    let under_cursor = || list.rows.get(list.selected).map(|row| row.number.to_string()).into_iter().collect();
    let numbers: Vec<String> = if marked.is_empty() { under_cursor() } else { marked };
    if numbers.is_empty() {
        return Vec::new();
    }
    let text = Secret::new(numbers.join("\n"));
    let effects = commands::say(state, "The record numbers are copied.", "已复制记录编号。");
    effects.into_iter().chain([Effect::Clipboard { text, until: None }]).collect()
}
