//! The reviews screen: findings, campaigns, or the grants of one; the line under the cursor in full below.

mod campaigns;
pub mod findings;
mod items;

use ratatui::{Frame, layout::Rect, style::Style, text::Line, widgets::Paragraph};

use super::{
    super::{
        reviews::Shown,
        state::{Pane, State},
    },
    detail_pane, pane, people, safe, stacked,
};

/// A label and what stands beside it.
type Part = (&'static str, String, Style);

/// ```text
/// + Agents, autumn - [####------] 4/10 ----------------------------------+
/// |   user          role             used  last   peers  needed answer    |
/// | > lin.mei       senior agent       12  11-20     40      3  for you   |
/// +-----------------------------------------------------------------------+
/// + lin.mei - senior agent -----------------------------------------------+
/// | evidence      used 12 x, last 2026-11-20; peers 40; 3 would have …     |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let (title, parts) = match state.reviews.shown {
        Shown::Findings => findings::detail(state),
        Shown::Campaigns => campaigns::detail(state),
        Shown::Items(_) => items::detail(state),
    };
    let mut lines = Vec::new();
    for (label, value, style) in parts {
        people::put(&mut lines, state, label, &value, style, usize::from(area.width.saturating_sub(2)));
    }
    let usual = if area.height >= 30 { 10 } else { 7 };
    let [upper, lower] = stacked(area, state.reviews.rows(), usual, lines.len());
    state.panes = vec![(Pane::List, upper)];
    state.about = Some(list(frame, upper, state));
    detail_pane(frame, lower, state, format!(" {title} "), lines);
}

/// Answers with the row under the cursor.
fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let (title, empty) = match state.reviews.shown {
        Shown::Findings => (findings::title(state), state.say("Nothing is the matter.", "没有风险项。")),
        Shown::Campaigns => (
            campaigns::title(state),
            state.say("No review is yours to see. a begins one, for who manages people.", "没有您可查看的复核。安全管理员可按 a 发起。"),
        ),
        Shown::Items(_) => (items::title(state), ""),
    };
    let block = pane(state, format!(" {title}{} ", state.slow_mark(state.reviews.loading)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inner.height).saturating_sub(1).max(1);
    let columns = usize::from(inner.width);
    let (row, rows) = (state.reviews.row(), state.reviews.rows());
    if row < state.first_row || row >= state.first_row + height {
        state.first_row = (row + 1).saturating_sub(height);
    }
    state.first_row = state.first_row.min(rows.saturating_sub(height));
    state.page = height;
    let heading = match state.reviews.shown {
        Shown::Findings => findings::heading(state),
        Shown::Campaigns => campaigns::heading(state),
        Shown::Items(_) => items::heading(state, columns),
    };
    let mut lines = vec![Line::from(safe(&heading, state.theme.dim))];
    if rows == 0 && !state.reviews.loading {
        lines.push(Line::styled(format!(" {empty}"), state.theme.dim));
    }
    for index in state.first_row..rows.min(state.first_row + height) {
        let painted = match state.reviews.shown {
            Shown::Findings => findings::row(state, index, columns),
            Shown::Campaigns => campaigns::row(state, index, columns),
            Shown::Items(_) => items::row(state, index, columns),
        };
        let Some((text, style)) = painted else { continue };
        let line = Line::from(safe(&text, style));
        lines.push(if index == row { line.style(state.theme.selected) } else { line });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    let below = u16::try_from(row.saturating_sub(state.first_row) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

/// What a role is called.
fn role_name(state: &State, code: &str) -> String {
    state.session.as_ref().map_or_else(|| code.to_owned(), |session| session.catalogue.role_names(&[code.to_owned()], state.language))
}

fn day(state: &State, at: jiff::Timestamp) -> String {
    state.local(at).strftime("%Y-%m-%d").to_string()
}
