//! The chooser of the list's order.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{
        state::State,
        update::list::{Order, orders},
    },
    popup, safe,
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
    let height = u16::try_from(orders.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = popup::window(frame, area, state, state.say(" Order by ", " 排序 "), 40, height);
    let rows = usize::from(inner.height);
    let first = (selected + 1).saturating_sub(rows);
    let lines: Vec<Line<'_>> = orders
        .iter()
        .enumerate()
        .skip(first)
        .take(rows)
        .map(|(index, order)| {
            let key = if index < 9 { (index + 1).to_string() } else { " ".into() };
            let line = Line::from(safe(&format!(" {key} {}", name(state, order)), state.theme.normal));
            if index == selected { line.style(state.theme.selected) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
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
