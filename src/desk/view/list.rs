//! The list: virtual, one decrypted summary a row, matches underlined.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        keymap::Command,
        refusal::refusal,
        state::{Pane, State},
        update::list::current,
    },
    pane, sort,
};
use crate::{
    model::{
        catalogue::{Field, FieldKind, Language},
        query::SavedView,
        record::ListRow,
    },
    text::{sanitise::for_terminal, width},
};

/// Cells of the column that says of which kind a row is.
const KIND: usize = 8;

/// ```text
/// + Records -- 3 of 1,048,211 -- zhang w ------+
/// |   C-204817  Zhang Wei    138****5678  杭州  |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let block = pane(state, title(state), state.pane == Pane::List);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if state.list.rows.is_empty() {
        let barred = refusal(state, Command::Search);
        let text = match (state.list.loading, state.query.trim().is_empty()) {
            (true, _) => "",
            // Whoever reads no records, as an auditor.
            (false, _) if barred.is_some() => barred.as_deref().unwrap_or_default(),
            (false, _) if state.saved_view == SavedView::Starred => {
                state.say("Nothing starred here. * stars a record, v changes the view.", "此处没有星标记录。按 * 加星标，按 v 切换视图。")
            }
            (false, _) if state.saved_view != SavedView::All => {
                state.say("Nothing in this view. v changes it.", "此视图中没有记录。按 v 切换视图。")
            }
            (false, true) => state.say("No records yet. Press a to add one.", "还没有记录。按 a 添加。"),
            (false, false) => state.say("Nothing matches. Esc in the search box goes back.", "没有匹配。在搜索框按 Esc 返回。"),
        };
        frame.render_widget(Paragraph::new(text).style(state.theme.dim), inner);
        return;
    }
    let columns = columns(state, inner.width);
    // Among several kinds a row says which it is; of one alone the title does.
    let kinds = state.list.kind.is_none() && state.session.as_ref().is_some_and(|session| session.catalogue.has_kinds());
    let [heading, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(inner);
    frame.render_widget(Paragraph::new(headings(state, kinds, &columns)), heading);
    let height = usize::from(body.height);
    let first = state.list.selected.saturating_sub(height / 2).min(state.list.rows.len().saturating_sub(height));
    let lines: Vec<Line<'_>> = state
        .list
        .rows
        .iter()
        .enumerate()
        .skip(first)
        .take(height)
        .map(|(index, row)| line(state, row, index == state.list.selected, kinds, &columns))
        .collect();
    frame.render_widget(Paragraph::new(lines), body);
    state.page = height.max(1);
    state.first_row = first;
}

fn headings<'t>(state: &State, kinds: bool, columns: &[(&Field, usize)]) -> Line<'t> {
    let mut text = " ID         ".to_owned();
    if kinds {
        text += &width::fit(state.say("Kind", "类型"), KIND);
        text.push(' ');
    }
    for (field, width) in columns {
        text += &width::fit(&for_terminal(state.label_of(field, state.list.kind.as_deref())), *width);
        text.push(' ');
    }
    Line::styled(text, state.theme.dim)
}

fn title(state: &State) -> String {
    let list = &state.list;
    let total = if list.total_exact { grouped(list.total) } else { format!("~{}", grouped(list.total)) };
    let view = match state.saved_view {
        SavedView::All => String::new(),
        view => format!(" - {}", view.name(state.language)),
    };
    let kind =
        list.kind.as_deref().and_then(|code| state.kind_name(code)).map(|name| format!(" - {}", for_terminal(name))).unwrap_or_default();
    // In which order a page was read is not told by its event.
    let sort = if state.then.is_some() { String::new() } else { format!(" - {}", for_terminal(&sort::name(state, &current(state)))) };
    let marks = match (list.marked.len(), state.language) {
        (0, _) => String::new(),
        (count, Language::English) => format!(" - {count} marked"),
        (count, Language::Chinese) => format!(" - 标记 {count}"),
    };
    let query = if state.query.is_empty() { String::new() } else { format!(" - {}", for_terminal(&state.query)) };
    let waiting = state.slow_mark(list.loading);
    let position = if list.rows.is_empty() { 0 } else { list.selected + 1 };
    format!(" {} {position} {} {total}{kind}{sort}{view}{query}{marks}{waiting} ", state.say("Records", "记录"), state.say("of", "/"))
}

/// The field and cells of each column, in catalogue order, as many as fit.
fn columns(state: &State, width: u16) -> Vec<(&Field, usize)> {
    let Some(session) = &state.session else { return Vec::new() };
    let kinds = state.list.kind.is_none() && session.catalogue.has_kinds();
    let mut left = usize::from(width).saturating_sub(if kinds { 14 + KIND } else { 13 });
    let mut columns = Vec::new();
    // Name and phone first: they are what a caller is told apart by.
    let rank = |code: &str| match code {
        "name" => 0,
        "phone" => 1,
        _ => 2,
    };
    let mut fields: Vec<_> =
        session.catalogue.columns(state.list.kind.as_deref()).filter(|field| !state.hidden_columns.contains(&field.code)).collect();
    fields.sort_by_key(|field| rank(&field.code));
    for field in fields {
        let wanted = match (field.code.as_str(), field.kind) {
            ("name", _) => 20,
            ("phone", _) => 12,
            (_, FieldKind::Date) => 10,
            _ => 8,
        };
        if left > wanted {
            left -= wanted + 1;
            columns.push((field, wanted));
        }
    }
    // What is left over goes to the first, the name.
    if let Some((_, width)) = columns.first_mut() {
        *width += left.min(16);
    }
    columns
}

fn line<'t>(state: &State, row: &ListRow, selected: bool, kinds: bool, columns: &[(&Field, usize)]) -> Line<'t> {
    let theme = &state.theme;
    let mark = if state.list.marked.contains(&row.id) { "+" } else { " " };
    let star = if state.starred.contains(&row.id) { "*" } else { " " };
    let mut spans = vec![Span::raw(format!("{mark}{:<9}{star} ", row.number.to_string()))];
    if kinds {
        let kind = state.kind_name(&row.kind).unwrap_or(&row.kind);
        spans.push(Span::styled(width::fit(&for_terminal(kind), KIND) + " ", theme.dim));
    }
    match &row.summary {
        Ok(summary) => {
            for (field, width) in columns {
                let value = summary.get(&field.code).map_or("", String::as_str);
                let text = width::fit(&for_terminal(field.shown(value, state.language)), *width);
                spans.extend(marked(&text, &field.code, state, theme.normal));
                spans.push(Span::raw(" "));
            }
        }
        Err(what) => spans.push(Span::styled(for_terminal(&format!("! {what}")), theme.bad)),
    }
    let line = Line::from(spans);
    if selected { line.style(theme.selected) } else { line }
}

/// Underlines what the search looked for in this field.
pub fn marked<'t>(text: &str, field: &str, state: &State, normal: Style) -> Vec<Span<'t>> {
    let lower = text.to_lowercase();
    let wanted = state.list.highlights.iter().filter(|highlight| highlight.field == field && !highlight.text.is_empty());
    // Only where lower case keeps every byte in its place can a position be carried over.
    let found = wanted.filter(|_| lower.len() == text.len()).find_map(|highlight| {
        let (at, end) = (lower.rfind(&highlight.text)?, lower.rfind(&highlight.text)? + highlight.text.len());
        (text.is_char_boundary(at) && text.is_char_boundary(end)).then_some((at, end))
    });
    let Some((at, end)) = found else { return vec![Span::styled(text.to_owned(), normal)] };
    vec![
        Span::styled(text[..at].to_owned(), normal),
        Span::styled(text[at..end].to_owned(), normal.patch(state.theme.matched)),
        Span::styled(text[end..].to_owned(), normal),
    ]
}

/// 1048211 as `1,048,211`.
pub fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
