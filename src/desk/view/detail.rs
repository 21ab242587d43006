//! The detail: sections, masked values with their class, revealed values with their seconds, and why not where not.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::state::{Detail, Pane, State},
    pane, safe,
};
use crate::{
    model::record::{Denied, FieldView},
    text::{sanitise::for_terminal, width},
};

const LABEL: usize = 14;

/// ```text
/// + Zhang Wei 张伟 - C-204817 - v14 ------------+
/// | Contact                                     |
/// |   Phone         13812345678   24s revealed  |
/// |   E-mail        z***@example.com  contact r |
/// ```
///
/// Answers with the row that has the cursor, or the title where none has it.
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) -> Rect {
    let title = Rect { height: area.height.min(1), ..area };
    let Some(detail) = &state.detail else {
        let block = pane(state, state.say(" Detail ", " 详情 "), state.pane == Pane::Detail);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        frame.render_widget(
            Paragraph::new(state.say("Enter opens the record under the cursor.", "按 Enter 打开光标所在记录。")).style(state.theme.dim),
            inner,
        );
        return title;
    };
    let view = &detail.view;
    let name = view.summary.as_ref().ok().and_then(|summary| summary.get("name")).map(|name| for_terminal(name)).unwrap_or_default();
    let deleted = if view.deleted { state.say(" - deleted", " - 已删除") } else { "" };
    let block = pane(state, format!(" {name} - {} - v{}{deleted} ", view.number, view.version), state.pane == Pane::Detail);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let (lines, cursor) = lines(state, detail, usize::from(inner.width));
    let height = usize::from(inner.height);
    let scroll = cursor.saturating_sub(height.saturating_sub(2)).min(lines.len().saturating_sub(height));
    frame.render_widget(Paragraph::new(lines).scroll((u16::try_from(scroll).unwrap_or(0), 0)), inner);
    if state.pane != Pane::Detail {
        return title;
    }
    let row = inner.y + u16::try_from(cursor - scroll).unwrap_or(0);
    Rect { y: row, height: 1, ..area }.intersection(area)
}

/// The lines, and which of them has the cursor.
fn lines<'t>(state: &State, detail: &Detail, columns: usize) -> (Vec<Line<'t>>, usize) {
    let theme = &state.theme;
    let mut lines = Vec::new();
    let mut cursor = 0;
    let mut section = String::new();
    for (index, seen) in detail.view.fields.iter().enumerate() {
        let Some(field) = state.session.as_ref().and_then(|session| session.catalogue.field(&seen.field)) else { continue };
        if field.section != section {
            section.clone_from(&field.section);
            lines.push(Line::from(safe(field.section_label.in_language(state.language), theme.bold)));
        }
        let selected = state.pane == Pane::Detail && index == detail.selected;
        if selected {
            cursor = lines.len();
        }
        let label = format!("  {} ", width::fit(&for_terminal(field.label.in_language(state.language)), LABEL));
        let mut spans = vec![Span::styled(label, theme.dim)];
        spans.extend(value(state, detail, seen, columns.saturating_sub(LABEL + 3)));
        let line = Line::from(spans);
        lines.push(if selected { line.style(theme.selected) } else { line });
    }
    let newest = detail
        .view
        .newest_note
        .as_ref()
        .map(|(at, by)| format!("{} {} {by}", state.say("newest", "最新"), at.strftime("%Y-%m-%d")))
        .unwrap_or_default();
    lines.push(Line::from(safe(&format!("{} ({})  {newest}  N", state.say("Notes", "备注"), detail.view.note_count), theme.bold)));
    lines.push(Line::from(safe(
        &format!("{} {} {}", state.say("changed", "修改"), detail.view.updated_at.strftime("%Y-%m-%d %H:%M"), detail.view.updated_by),
        theme.dim,
    )));
    (lines, cursor)
}

fn value<'t>(state: &State, detail: &Detail, seen: &FieldView, columns: usize) -> Vec<Span<'t>> {
    let theme = &state.theme;
    if let Some(revealed) = detail.revealed.get(&seen.field) {
        let left = revealed.until.saturating_duration_since(state.now).as_secs_f32().ceil();
        let tail = format!("  {left:.0}s {}", state.say("revealed", "已显示"));
        let text = width::truncate(&for_terminal(revealed.value.expose()), columns.saturating_sub(tail.len()));
        return vec![Span::styled(text, theme.revealed), Span::styled(tail, theme.dim)];
    }
    if detail.asking.contains(&seen.field) {
        return vec![Span::styled("...".to_owned(), theme.dim)];
    }
    if !seen.present {
        return vec![Span::styled("-".to_owned(), theme.dim)];
    }
    match &seen.masked {
        Some(Ok(text)) if seen.class == "basic" => vec![safe(&width::truncate(text, columns), theme.normal)],
        Some(Ok(text)) => {
            let tail = match seen.reveal {
                Ok(()) => format!("  {} r", seen.class),
                Err(Denied::NotPermitted) => format!("  {}", seen.class),
                Err(Denied::NoKey) => format!("  {} {}", seen.class, state.say("(no key yet)", "（尚无密钥）")),
            };
            vec![safe(&width::truncate(text, columns.saturating_sub(width::cells(&tail))), theme.dim), Span::styled(tail, theme.dim)]
        }
        Some(Err(what)) => vec![safe(&format!("! {what}"), theme.bad)],
        None => vec![Span::styled(state.say("not permitted for your role", "您的角色无权查看").to_owned(), theme.dim)],
    }
}
