//! A small window to choose one of several from.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{
        state::State,
        update::{columns::choices, kind, saved_view::SHARED},
    },
    popup, safe, share,
};
use crate::{model::query::SavedView, text::width};

/// ```text
/// + Order by -------------+
/// | 1 last changed        |
/// | 2 number              |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, title: &'static str, names: &[String], selected: usize) {
    let height = u16::try_from(names.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = popup::window(frame, area, state, title, 40, height);
    let rows = usize::from(inner.height);
    let first = (selected + 1).saturating_sub(rows);
    let lines: Vec<Line<'_>> = names
        .iter()
        .enumerate()
        .skip(first)
        .take(rows)
        .map(|(index, name)| {
            let key = if index < 9 { (index + 1).to_string() } else { " ".into() };
            let line = Line::from(safe(&format!(" {key} {name}"), state.theme.normal));
            if index == selected { line.style(state.theme.selected) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

pub fn saved_views(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let views = SavedView::ALL.iter().map(|view| view.name(state.language).to_owned());
    let names: Vec<String> = views.chain(SHARED.iter().map(|side| share::name(state, *side).to_lowercase())).collect();
    render(frame, area, state, state.say(" Saved views ", " 视图 "), &names, selected);
}

/// Filters of the audit, by their names.
pub fn saved_filters(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let names: Vec<String> = state.audit.saved.iter().map(|saved| saved.name.clone()).collect();
    render(frame, area, state, state.say(" Saved filters ", " 已保存的筛选条件 "), &names, selected);
}

/// Which kind of record the list shows.
pub fn kinds(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let all = || state.say("all", "全部").to_owned();
    let names: Vec<String> =
        kind::shown(state).iter().map(|code| code.as_deref().map_or_else(all, |code| kind_name(state, code))).collect();
    render(frame, area, state, state.say(" Kind of record ", " 记录类型 "), &names, selected);
}

/// Which kind a new record is of.
pub fn new_kind(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let names: Vec<String> = kind::makeable(state).iter().map(|code| kind_name(state, code)).collect();
    render(frame, area, state, state.say(" New record ", " 新记录 "), &names, selected);
}

/// With the letters of its numbers.
fn kind_name(state: &State, code: &str) -> String {
    let Some(kind) = state.session.as_ref().and_then(|session| session.catalogue.kind(code)) else { return code.to_owned() };
    let retired = if kind.retired { state.say(" (retired)", "（已停用）") } else { "" };
    format!("{} {}{retired}", width::fit(&format!("{}-", kind.prefix), 4), kind.label.in_language(state.language))
}

pub fn columns(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let shown = |code: &str| if state.hidden_columns.contains(code) { "[ ]" } else { "[x]" };
    let names: Vec<String> = choices(state)
        .into_iter()
        .map(|field| format!("{} {}", shown(&field.code), state.label_of(field, state.list.kind.as_deref())))
        .collect();
    render(frame, area, state, state.say(" Columns of the list ", " 列表的列 "), &names, selected);
}
