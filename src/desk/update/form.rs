//! The edit form: opening it, typing, review, saving, and what to do when somebody else was faster.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};
use tui_textarea::TextArea;

use super::{
    super::{
        event::{Answer, Effect},
        form::{Form, FormField},
        state::{Popup, State},
    },
    answers::report,
    commands,
    popups::Step,
};
use crate::{
    model::{
        catalogue::{FieldKind, Language},
        id::RecordId,
        record::RecordView,
    },
    text::validate::{MAX_LONG_TEXT, MAX_TEXT, validate},
};

pub fn edit(state: &mut State) {
    let (Some(detail), Some(session)) = (&state.detail, &state.session) else {
        state.message = Some(state.say("Open a record first (Enter).", "请先打开记录 (Enter)。").to_owned());
        return;
    };
    let fields = detail
        .view
        .fields
        .iter()
        .filter_map(|seen| {
            let field = session.catalogue.field(&seen.field)?;
            let open = matches!(&seen.masked, Some(Ok(_))) && seen.class == "basic";
            let masked = seen.masked.as_ref().and_then(|masked| masked.as_ref().ok()).cloned();
            // Only what is on the screen anyway pre-fills; a hidden value is overwritten, never shown.
            let before = if let Some(revealed) = detail.revealed.get(&seen.field) {
                Some(revealed.value.expose().clone())
            } else if open {
                masked.clone()
            } else if seen.present {
                None
            } else {
                Some(String::new())
            };
            Some(FormField {
                input: input_of(field.kind, before.as_deref().unwrap_or_default()),
                field: field.clone(),
                before,
                masked,
                version: seen.version,
                theirs: None,
                editable: seen.edit.is_ok(),
            })
        })
        .collect();
    let record = Some((detail.view.id, detail.view.version));
    state.popup = Some(Popup::Form(Box::new(Form {
        record,
        fields,
        selected: 0,
        reviewing: false,
        saving: false,
        conflict: false,
        new_id: RecordId(uuid::Uuid::now_v7()),
        error: None,
    })));
}

pub fn new_record(state: &mut State) {
    let Some(session) = &state.session else { return };
    let fields = session
        .catalogue
        .fields
        .iter()
        .map(|field| FormField {
            input: input_of(field.kind, ""),
            before: Some(String::new()),
            masked: None,
            version: 0,
            theirs: None,
            editable: session.rights.get(&field.class).is_some_and(|rights| rights.edit),
            field: field.clone(),
        })
        .collect();
    state.popup = Some(Popup::Form(Box::new(Form {
        record: None,
        fields,
        selected: 0,
        reviewing: false,
        saving: false,
        conflict: false,
        new_id: RecordId(uuid::Uuid::now_v7()),
        error: None,
    })));
}

fn input_of(kind: FieldKind, text: &str) -> TextArea<'static> {
    let lines: Vec<String> = if kind == FieldKind::LongText { text.lines().map(str::to_owned).collect() } else { vec![text.to_owned()] };
    let mut input = TextArea::new(lines);
    input.move_cursor(tui_textarea::CursorMove::Bottom);
    input.move_cursor(tui_textarea::CursorMove::End);
    input
}

pub fn on_key(state: &State, form: &mut Form, key: KeyEvent, control: bool) -> Step {
    if form.saving {
        return Step::Stay;
    }
    if form.reviewing {
        return match key.code {
            KeyCode::Enter => {
                form.saving = true;
                form.error = None;
                form.conflict = false;
                Step::Do(vec![Effect::Save { record: form.record, new_id: form.new_id, values: changes(form) }])
            }
            KeyCode::Esc => {
                form.reviewing = false;
                Step::Stay
            }
            _ => Step::Stay,
        };
    }
    if control && matches!(key.code, KeyCode::Char('t' | 'o')) {
        choose(form, key.code == KeyCode::Char('t'));
        return Step::Stay;
    }
    match key.code {
        KeyCode::Esc if changes(form).is_empty() || form.error.as_deref() == Some(discard_hint(state)) => return Step::Close,
        KeyCode::Esc => form.error = Some(discard_hint(state).to_owned()),
        KeyCode::Char('s') if control => review(state, form),
        KeyCode::Tab | KeyCode::Down => form.selected = (form.selected + 1) % form.fields.len().max(1),
        KeyCode::BackTab | KeyCode::Up => form.selected = (form.selected + form.fields.len().saturating_sub(1)) % form.fields.len().max(1),
        _ => {
            let Some(current) = form.fields.get_mut(form.selected) else { return Step::Stay };
            form.error = None;
            if !current.editable {
                form.error = Some(format!(
                    "{} ({})",
                    state.say("Your role may not edit this class", "您的角色不能编辑此类信息"),
                    current.field.class
                ));
            } else if current.field.kind == FieldKind::Choice && matches!(key.code, KeyCode::Left | KeyCode::Right) {
                turn_choice(
                    &mut current.input,
                    &current.field.choices.iter().map(|choice| choice.code.clone()).collect::<Vec<_>>(),
                    key.code == KeyCode::Right,
                );
            } else if key.code == KeyCode::Enter && current.field.kind != FieldKind::LongText {
                form.selected = (form.selected + 1) % form.fields.len().max(1);
            } else if has_room(current.field.kind, &current.input, 1) || is_deletion(key) {
                current.input.input(key);
            }
        }
    }
    Step::Stay
}

/// After a conflict: take the other's value for the field under the cursor, or keep one's own.
fn choose(form: &mut Form, theirs: bool) {
    let Some(field) = form.fields.get_mut(form.selected) else { return };
    let Some(other) = field.theirs.take() else { return };
    if theirs {
        // A hidden value is never filled in: an empty box leaves what the other saved.
        let text = if field.before.is_some() { other } else { String::new() };
        field.input = TextArea::from(text.lines().map(str::to_owned).collect::<Vec<_>>());
        field.before = field.before.is_some().then_some(text);
    } else if field.before.is_some() {
        field.before = Some(other);
    }
}

pub fn discard_hint(state: &State) -> &'static str {
    match state.language {
        Language::English => "What you typed is not saved. Ctrl-S saves it, Esc again throws it away.",
        Language::Chinese => "输入尚未保存。Ctrl-S 保存，再按 Esc 放弃。",
    }
}

fn turn_choice(input: &mut TextArea<'static>, codes: &[String], forward: bool) {
    let now = input.lines().join("");
    let at = codes.iter().position(|code| *code == now);
    let next = match (at, forward) {
        (None, _) => 0,
        (Some(at), true) => (at + 1) % codes.len().max(1),
        (Some(at), false) => (at + codes.len().saturating_sub(1)) % codes.len().max(1),
    };
    if let Some(code) = codes.get(next) {
        *input = TextArea::from([code.clone()]);
    }
}

fn review(state: &State, form: &mut Form) {
    if let Some(index) = form.fields.iter().position(|field| field.theirs.is_some()) {
        form.selected = index;
        form.error = Some(
            state
                .say(
                    "Both of you changed this field: Ctrl-O keeps yours, Ctrl-T takes theirs.",
                    "双方都修改了此字段：Ctrl-O 保留您的，Ctrl-T 采用对方的。",
                )
                .to_owned(),
        );
        return;
    }
    let changed = changes(form);
    if changed.is_empty() {
        form.error = Some(state.say("Nothing has changed.", "没有修改。").to_owned());
        return;
    }
    for (index, field) in form.fields.iter().enumerate() {
        let typed = field.input.lines().join("\n");
        let touched = changed.contains_key(&field.field.code) || (form.record.is_none() && field.field.required);
        if touched && let Err(why) = validate(&field.field, &typed) {
            form.selected = index;
            form.error = Some(format!("{}: {}", field.field.label.in_language(state.language), why.message(state.language)));
            return;
        }
    }
    form.error = None;
    form.reviewing = true;
}

/// What differs from what the boxes held at first. An untouched overwrite box changes nothing.
pub fn changes(form: &Form) -> BTreeMap<String, String> {
    form.fields
        .iter()
        .filter(|field| field.editable)
        .filter_map(|field| {
            let typed = field.input.lines().join("\n");
            let changed = match &field.before {
                Some(before) => *before != typed,
                None => !typed.is_empty(),
            };
            changed.then(|| (field.field.code.clone(), typed))
        })
        .collect()
}

pub fn saved(state: &mut State, answer: Answer<crate::model::id::RecordId>) -> Vec<Effect> {
    match answer {
        Ok(record) => {
            state.popup = None;
            state.message = Some(state.say("Saved.", "已保存。").to_owned());
            let mut effects = commands::view(state, record);
            effects.extend(commands::list(state, None, 0));
            effects
        }
        Err(trouble) => {
            if let Some(Popup::Form(form)) = &mut state.popup {
                form.saving = false;
                form.reviewing = false;
                form.error = Some(trouble.text.clone());
                // What was typed stays. The record is read again, so that both versions stand side by side before anything is saved.
                if let (Some(_), Some((record, _))) = (trouble.current, form.record) {
                    form.conflict = true;
                    return commands::view(state, record);
                }
            } else {
                report(state, &trouble);
            }
            state.disconnected = trouble.code == "unreachable";
            Vec::new()
        }
    }
}

/// After a conflict: the form takes over what now stands. An untouched box shows the other's value; where both changed a field, the other's value is
/// noted beside it and the box asks to be chosen.
pub fn rebase(form: &mut Form, view: &RecordView) {
    if !form.conflict || form.record.is_none_or(|(record, _)| record != view.id) {
        return;
    }
    form.record = Some((view.id, view.version));
    for field in &mut form.fields {
        let Some(seen) = view.fields.iter().find(|seen| seen.field == field.field.code) else { continue };
        let stands = seen.masked.as_ref().and_then(|masked| masked.as_ref().ok()).cloned();
        let changed_there = field.masked != stands || (field.version != seen.version);
        let typed = field.input.lines().join("\n");
        let changed_here = field.before.as_ref().map_or(!typed.is_empty(), |before| *before != typed);
        if changed_there && changed_here {
            field.theirs = Some(stands.clone().unwrap_or_default());
        } else if changed_there && seen.class == "basic" {
            let text = stands.clone().unwrap_or_default();
            field.input = TextArea::from(text.lines().map(str::to_owned).collect::<Vec<_>>());
            field.before = Some(text);
        }
        field.masked = stands;
        field.version = seen.version;
    }
}

pub fn has_room(kind: FieldKind, input: &TextArea<'_>, more: usize) -> bool {
    let limit = if kind == FieldKind::LongText { MAX_LONG_TEXT } else { MAX_TEXT };
    input.lines().iter().map(|line| line.chars().count() + 1).sum::<usize>() + more <= limit + 1
}

pub fn is_deletion(key: KeyEvent) -> bool {
    matches!(
        key.code,
        KeyCode::Backspace | KeyCode::Delete | KeyCode::Left | KeyCode::Right | KeyCode::Up | KeyCode::Down | KeyCode::Home | KeyCode::End
    )
}
