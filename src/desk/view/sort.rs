//! The chooser of the list's order.

use ratatui::{Frame, layout::Rect};

use super::{
    super::{
        state::State,
        update::list::{Order, orders},
    },
    chooser,
};
use crate::model::query::Sort;

/// ```text
/// + Order by -------------+
/// | 1 last changed        |
/// | 2 number              |
/// | 3 Name, a to z        |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let orders = orders(state);
    let names: Vec<String> = orders.iter().map(|order| name(state, order)).collect();
    chooser::render(frame, area, state, state.say(" Order by ", " 排序 "), &names, selected);
}

/// An order in the person's words.
pub fn name(state: &State, order: &Order) -> String {
    match order {
        Order::Database(Sort::Recent) => state.say("last changed", "最近修改").to_owned(),
        Order::Database(Sort::Number) => state.say("number", "编号").to_owned(),
        Order::Column(column) => {
            let field = state.session.as_ref().and_then(|session| session.catalogue.field(&column.field));
            let label = field.map_or(column.field.as_str(), |field| field.label.in_language(state.language));
            format!("{label}, {}", if column.down { state.say("z to a", "降序") } else { state.say("a to z", "升序") })
        }
    }
}
