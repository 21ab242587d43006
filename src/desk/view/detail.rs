//! The detail: sections, masked values with their class, revealed values with their seconds, and why not where not.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::state::{Detail, Pane, State},
    list::marked,
    pane, safe, share,
};
use crate::{
    model::{
        catalogue::{Field, FieldKind, Language},
        clearance::Clearance,
        record::{Denied, FieldView},
    },
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
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    state.field_rows.clear();
    let title = Rect { height: area.height.min(1), ..area };
    let slow = state.slow_mark(state.viewing);
    let Some(detail) = &state.detail else {
        let block = pane(state, format!(" {}{slow} ", state.say("Detail", "详情")), state.pane == Pane::Detail);
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
    let star = if state.starred.contains(&view.id) { " *" } else { "" };
    let kind = state.kind_name(&view.kind).map(|kind| format!(" - {}", for_terminal(kind))).unwrap_or_default();
    let tail = format!(" - {}{star}{kind} - v{}{deleted}", view.number, view.version);
    let room = usize::from(area.width).saturating_sub(width::cells(&tail) + width::cells(slow) + 4);
    let block = pane(state, format!(" {}{slow} ", titled(state, &name, &tail, &view.label, room)), state.pane == Pane::Detail);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Lines { lines, fields } = lines(state, detail, usize::from(inner.width));
    let cursor = fields.iter().find(|(_, field)| *field == detail.selected).map_or(0, |(line, _)| *line);
    let height = usize::from(inner.height);
    // What stands below the last field is in sight from there.
    let cursor_or_end = if fields.last().is_some_and(|(_, field)| *field == detail.selected) { lines.len() } else { cursor };
    let scroll = match state.pane {
        Pane::Detail => cursor_or_end.saturating_sub(height.saturating_sub(2)).min(lines.len().saturating_sub(height)),
        _ => 0,
    };
    frame.render_widget(Paragraph::new(lines).scroll((u16::try_from(scroll).unwrap_or(0), 0)), inner);
    let on_screen = |line: usize| line.checked_sub(scroll).filter(|line| *line < height).and_then(|line| u16::try_from(line).ok());
    state.field_rows = fields.iter().filter_map(|(line, field)| Some((inner.y + on_screen(*line)?, *field))).collect();
    if state.pane != Pane::Detail {
        return title;
    }
    let row = inner.y + u16::try_from(cursor - scroll).unwrap_or(0);
    Rect { y: row, height: 1, ..area }.intersection(area)
}

/// Name, number and label; `room` are the cells for name and label. Where they are few, a label stays and only that there is none goes.
fn titled(state: &State, name: &str, tail: &str, label: &Clearance, room: usize) -> String {
    if state.then.is_some() {
        let titled = format!("{}{tail}", width::truncate(name, room.max(6)));
        return titled.strip_prefix(" - ").unwrap_or(&titled).to_owned();
    }
    let known = state.session.as_ref().map(|session| &session.catalogue.clearances);
    let words = for_terminal(&known.map(|known| known.in_words(label, state.language)).unwrap_or_default());
    let long = format!(" - {}{words}", state.say("clearance: ", "密级："));
    if width::cells(name) + width::cells(&long) <= room {
        return format!("{name}{tail}{long}");
    }
    let open = label.compartments.is_empty() && known.is_none_or(|known| known.rank(&label.level) == Some(0));
    if open {
        return format!("{name}{tail}");
    }
    format!("{} - {words}{tail}", width::truncate(name, room.saturating_sub(width::cells(&words) + 3).max(6)))
}

struct Lines<'t> {
    lines: Vec<Line<'t>>,
    /// The first line of each field, and the field.
    fields: Vec<(usize, usize)>,
}

fn lines<'t>(state: &State, detail: &Detail, columns: usize) -> Lines<'t> {
    let theme = &state.theme;
    let mut lines = Vec::new();
    let mut fields = Vec::new();
    let mut section = String::new();
    if let Some(hold) = &detail.view.hold {
        let reference = hold.reference.as_ref().map(|reference| format!(" {reference}")).unwrap_or_default();
        let (reason, by, since) = (for_terminal(&hold.reason), for_terminal(&hold.by), state.local(hold.at).strftime("%Y-%m-%d"));
        let text = match state.language {
            Language::English => format!("! Legal hold: {reason}{reference} ({by} {since})"),
            Language::Chinese => format!("! 法定保留：{reason}{reference}（{by} {since}）"),
        };
        lines.extend(width::rows(&text, columns.max(10)).into_iter().map(|piece| Line::from(safe(&text[piece], theme.bad))));
    }
    for (index, seen) in detail.view.fields.iter().enumerate() {
        let Some(field) = state.session.as_ref().and_then(|session| session.catalogue.field(&seen.field)) else { continue };
        if field.section != section {
            section.clone_from(&field.section);
            lines.push(Line::from(safe(field.section_label.in_language(state.language), theme.bold)));
        }
        let selected = state.pane == Pane::Detail && index == detail.selected;
        fields.push((lines.len(), index));
        let mut label = format!("  {} ", width::fit(&for_terminal(state.label_of(field, Some(&detail.view.kind))), LABEL));
        let retired = match (field.retired, field.is_of(&detail.view.kind)) {
            (true, _) => state.say("  (retired field)", "  （已停用字段）"),
            (_, false) => state.say("  (its kind has it no more)", "  （此类型已无该字段）"),
            _ => "",
        };
        let room = columns.saturating_sub(LABEL + 3 + width::cells(retired));
        for (nth, mut row) in value(state, detail, seen, field, room).into_iter().enumerate() {
            if nth == 0 && !retired.is_empty() {
                row.push(Span::styled(retired, theme.dim));
            }
            if state.then.as_ref().is_some_and(|then| then.contains(&seen.field)) {
                row.push(Span::styled(state.say("  stood in clear", "  当时显示原文"), theme.bad));
            }
            let line = Line::from(std::iter::once(Span::styled(label, theme.dim)).chain(row).collect::<Vec<_>>());
            lines.push(if selected { line.style(theme.selected) } else { line });
            label = " ".repeat(LABEL + 3);
        }
        for share in state.shares.open_on(detail.view.id, &seen.field) {
            lines.push(Line::from(safe(&format!("{label}{}", share::note(state, share)), theme.dim)));
        }
    }
    if state.then.is_none() {
        lines.extend(about(state, detail));
    }
    Lines { lines, fields }
}

/// What stands below the fields.
fn about<'t>(state: &State, detail: &Detail) -> [Line<'t>; 2] {
    let theme = &state.theme;
    let newest = detail
        .view
        .newest_note
        .as_ref()
        .map(|(at, by)| format!("{} {} {by}", state.say("newest", "最新"), state.local(*at).strftime("%Y-%m-%d")))
        .unwrap_or_default();
    [
        Line::from(safe(&format!("{} ({})  {newest}  N", state.say("Notes", "备注"), detail.view.note_count), theme.bold)),
        Line::from(safe(
            &format!(
                "{} {} {}  {} {}",
                state.say("changed", "修改"),
                state.local(detail.view.updated_at).strftime("%Y-%m-%d %H:%M"),
                detail.view.updated_by,
                state.say("owner", "负责人"),
                detail.view.owner
            ),
            theme.dim,
        )),
    ]
}

/// What stands beside a field's label, on as many lines as a revealed value takes.
fn value<'t>(state: &State, detail: &Detail, seen: &FieldView, field: &Field, columns: usize) -> Vec<Vec<Span<'t>>> {
    let theme = &state.theme;
    if let Some(revealed) = detail.revealed.get(&seen.field) {
        let left = revealed.until.saturating_duration_since(state.now).as_secs_f32().ceil();
        let tail = Span::styled(format!("  {left:.0}s {}", state.say("revealed", "已显示")), theme.dim);
        let text = for_terminal(field.shown(revealed.value.expose(), state.language));
        let pieces = width::rows(&text, columns.saturating_sub(tail.width()).max(1)).into_iter();
        let mut rows: Vec<Vec<Span<'_>>> = pieces.map(|piece| vec![Span::styled(text[piece].to_owned(), theme.revealed)]).collect();
        rows.first_mut().into_iter().for_each(|first| first.push(tail.clone()));
        return rows;
    }
    let dim = |text: &str| vec![Span::styled(text.to_owned(), theme.dim)];
    vec![match &seen.masked {
        _ if detail.asking.contains(&seen.field) => dim("..."),
        _ if seen.withheld => dim(state.say("not permitted for your role", "您的角色无权查看")),
        _ if !seen.present => dim("-"),
        Some(Ok(text)) if seen.open => {
            let tail = if field.kind == FieldKind::Record { "  Enter" } else { "" };
            let shown = for_terminal(&width::truncate(field.shown(text, state.language), columns.saturating_sub(tail.len())));
            let mut row = marked(&shown, &field.code, state, theme.normal);
            row.push(Span::styled(tail, theme.dim));
            row
        }
        Some(Ok(text)) => {
            let class = state.session.as_ref().and_then(|session| session.catalogue.class(&seen.class));
            let class = class.map_or(seen.class.as_str(), |class| class.label.in_language(state.language));
            let tail = match seen.reveal {
                Ok(()) => format!("  {} r", for_terminal(class)),
                Err(Denied::NotPermitted) => format!("  {}", for_terminal(class)),
                Err(Denied::NoKey) => format!("  {} {}", for_terminal(class), state.say("(no key yet)", "（尚无密钥）")),
            };
            let shown = for_terminal(&width::truncate(text, columns.saturating_sub(width::cells(&tail))));
            let mut row = marked(&shown, &field.code, state, theme.dim);
            row.push(Span::styled(tail, theme.dim));
            row
        }
        Some(Err(what)) => vec![safe(&format!("! {what}"), theme.bad)],
        None => dim(state.say("not permitted for your role", "您的角色无权查看")),
    }]
}
