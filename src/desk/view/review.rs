//! What will change, before it is saved.

use ratatui::{Frame, layout::Rect, style::Style, text::Line};

use super::{
    super::{
        form::{Form, FormField, Stage},
        state::State,
    },
    popup::{Extent, centred, height_of, scrolled},
    safe,
};
use crate::{
    model::catalogue::{FieldKind, Language},
    text::{
        sanitise::{for_terminal, lines_for_terminal},
        width,
    },
};

/// ```text
/// + What will change - C-204817 Zhang Wei -------+
/// | City                                         |
/// |   - 杭州                                     |
/// |   + Reykjavik                                |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) -> Extent {
    let title = match (&form.record, form.heading.is_empty()) {
        (Some(_), false) => format!(" {} - {} ", state.say("What will change", "将要修改"), for_terminal(&form.heading)),
        (Some(_), true) => format!(" {} ", state.say("What will change", "将要修改")),
        (None, _) => format!(" {} - {} ", super::form::new(state, form), state.say("what will be saved", "将要保存")),
    };
    let columns = area.width.min(96).saturating_sub(4);
    let room = usize::from(columns.saturating_sub(2));
    let mut lines = head(state, form, room);
    for field in &form.fields {
        let Some(new) = field.change() else { continue };
        lines.push(Line::from(safe(&format!(" {}", state.label_of(&field.field, Some(&form.kind))), state.theme.bold)));
        if form.record.is_some() {
            push(&mut lines, "-", &before(state, field), state.theme.dim, room);
        }
        let new = if new.expose().trim().is_empty() { nothing(state) } else { label(state, field, new.expose()) };
        push(&mut lines, "+", &new, state.theme.good, room);
    }
    let place = centred(area, columns, height_of(&lines));
    scrolled(frame, place, state, title, lines, form.scroll)
}

/// What is to be known before saving: that it may be a duplicate, that it is under way, that it is in doubt.
fn head<'t>(state: &State, form: &Form, room: usize) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    let mut say = |text: &str, style: Style| {
        lines.extend(
            width::rows(text, room.saturating_sub(1)).into_iter().map(|range| Line::from(safe(&format!(" {}", &text[range]), style))),
        );
    };
    if form.stage == Stage::Saving {
        say(state.say("Saving ...", "正在保存..."), state.theme.accent);
    }
    if let Some(message) = &form.message {
        say(message, if form.stage == Stage::Doubt { state.theme.bad } else { state.theme.accent });
    }
    if form.look_up.waiting {
        say(state.say("Looking for duplicates ...", "正在查找重复记录..."), state.theme.dim);
    }
    if let Some(trouble) = &form.look_up.trouble {
        say(&format!("{} {trouble}", state.say("Duplicates could not be looked for.", "未能查找重复记录。")), state.theme.bad);
    }
    if !form.look_up.found.is_empty() {
        let kind = state.kind_in_sentence(&form.kind);
        let told = match state.language {
            Language::English => format!("! Likely the same {kind}:"),
            Language::Chinese => format!("! 可能为同一{kind}："),
        };
        say(&told, state.theme.bad);
        for (index, likeness) in form.look_up.found.iter().take(9).enumerate() {
            let labels: Vec<&str> = form
                .fields
                .iter()
                .filter(|field| likeness.fields.contains(&field.field.code))
                .map(|field| state.label_of(&field.field, Some(&form.kind)))
                .collect();
            let same = match state.language {
                Language::English => format!("same {}", labels.join(", ")),
                Language::Chinese => format!("{}相同", labels.join("、")),
            };
            say(&format!("  {} {} {} - {same}", index + 1, likeness.number, likeness.name), state.theme.normal);
        }
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

/// What stood there: masked where it is not known.
pub fn before(state: &State, field: &FormField) -> String {
    match (&field.before, &field.masked) {
        (Some(before), _) if before.expose().is_empty() => nothing(state),
        (Some(before), _) => label(state, field, before.expose()),
        (None, Some(Ok(masked))) => masked.clone(),
        (None, Some(Err(_))) => state.say("(damaged)", "（已损坏）").to_owned(),
        (None, None) => "****".to_owned(),
    }
}

pub fn nothing(state: &State) -> String {
    state.say("(empty)", "（空）").to_owned()
}

/// A choice by its label, anything else as it is.
pub fn label(state: &State, field: &FormField, value: &str) -> String {
    let choice = field.field.choices.iter().find(|choice| field.field.kind == FieldKind::Choice && choice.code == value.trim());
    choice.map_or_else(|| value.to_owned(), |choice| choice.label.in_language(state.language).to_owned())
}

/// A value behind its mark, wrapped under itself.
pub fn push(lines: &mut Vec<Line<'_>>, mark: &str, value: &str, style: Style, room: usize) {
    let mut mark = format!("   {mark} ");
    let indent = width::cells(&mark);
    for text in lines_for_terminal(value).lines() {
        for range in width::rows(text, room.saturating_sub(indent)) {
            lines.push(Line::from(safe(&format!("{mark}{}", &text[range]), style)));
            mark = " ".repeat(indent);
        }
    }
}
