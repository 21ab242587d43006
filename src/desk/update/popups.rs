//! Keys while a small window is open.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use tui_textarea::TextArea;

use super::{
    super::{
        event::Effect,
        keymap::{ENTRIES, Entry},
        state::{Form, Popup, Purpose, ReasonPicker, Screen, State},
    },
    audit, commands,
};
use crate::{
    model::catalogue::{FieldKind, Language},
    service::{note, reveal::GivenReason},
    text::validate::{MAX_LONG_TEXT, MAX_TEXT, validate},
};

pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(mut popup) = state.popup.take() else { return Vec::new() };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match &mut popup {
        Popup::Help | Popup::History { .. } if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | '?')) => return Vec::new(),
        Popup::Help | Popup::History { .. } => {}
        Popup::Palette { input, selected } => match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let chosen = palette_matches(&input.lines().join(""), state.language).get(*selected).map(|entry| entry.command);
                return chosen.map(|command| commands::run(state, command)).unwrap_or_default();
            }
            KeyCode::Down => *selected += 1,
            KeyCode::Up => *selected = selected.saturating_sub(1),
            _ => {
                input.input(key);
                *selected = 0;
            }
        },
        Popup::Reason(picker) => match reason_key(state, picker, key) {
            Step::Stay => {}
            Step::Close => return Vec::new(),
            Step::Do(effects) => return effects,
        },
        Popup::Form(form) => match form_key(state, form, key, control) {
            Step::Stay => {}
            Step::Close => return Vec::new(),
            Step::Do(effects) => {
                state.popup = Some(popup);
                return effects;
            }
        },
        Popup::NoteEditor { record, input } => match key.code {
            KeyCode::Esc if input.is_empty() || state.message.as_deref() == Some(discard_hint(state)) => {
                state.message = None;
                return Vec::new();
            }
            KeyCode::Esc => state.message = Some(discard_hint(state).to_owned()),
            KeyCode::Char('s') if control => {
                let effect = Effect::Note { record: *record, text: input.lines().join("\n") };
                state.popup = Some(popup);
                return vec![effect];
            }
            _ => {
                if input.lines().iter().map(|line| line.chars().count() + 1).sum::<usize>() <= note::MAX_LENGTH || is_deletion(key) {
                    input.input(key);
                }
            }
        },
        Popup::Notes { scroll, .. } => match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return Vec::new(),
            KeyCode::Char('j') | KeyCode::Down => *scroll = scroll.saturating_add(1),
            KeyCode::Char('k') | KeyCode::Up => *scroll = scroll.saturating_sub(1),
            _ => {}
        },
        Popup::Filter { inputs, selected } => match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let typed: Vec<String> = inputs.iter().map(|(_, input)| input.lines().join("").trim().to_owned()).collect();
                return audit::apply_filter(state, &typed);
            }
            KeyCode::Tab | KeyCode::Down => *selected = (*selected + 1) % inputs.len().max(1),
            KeyCode::BackTab | KeyCode::Up => *selected = (*selected + inputs.len().saturating_sub(1)) % inputs.len().max(1),
            _ => {
                if let Some((_, input)) = inputs.get_mut(*selected) {
                    input.input(key);
                }
            }
        },
        Popup::ConfirmDelete { record, version } => {
            let effect = Effect::Delete { record: *record, version: *version, undo: false };
            return if key.code == KeyCode::Char('y') { vec![effect] } else { Vec::new() };
        }
    }
    state.popup = Some(popup);
    Vec::new()
}

enum Step {
    Stay,
    Close,
    Do(Vec<Effect>),
}

/// Entries that match what was typed, best first.
pub fn palette_matches(typed: &str, language: Language) -> Vec<&'static Entry> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &Entry)> = ENTRIES
        .iter()
        .filter_map(|entry| pattern.score(Utf32Str::new(entry.name(language), &mut buffer), &mut matcher).map(|score| (score, entry)))
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

fn reason_key(state: &mut State, picker: &mut ReasonPicker, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Esc => return Step::Close,
        KeyCode::Tab => picker.typing = !picker.typing,
        KeyCode::Enter => {
            let Some(code) = picker.reasons.get(picker.selected).cloned() else { return Step::Stay };
            let reference = Some(picker.reference.lines().join("").trim().to_owned()).filter(|text| !text.is_empty());
            let required = state
                .session
                .as_ref()
                .and_then(|session| session.catalogue.reasons.iter().find(|reason| reason.code == code))
                .is_some_and(|reason| reason.reference_required);
            if required && reference.is_none() {
                picker.typing = true;
                picker.error =
                    Some(state.say("This reason needs a reference, such as TK-8812.", "该理由需要单号，如 TK-8812。").to_owned());
                return Step::Stay;
            }
            let reason = Some(GivenReason { code, reference });
            let record = picker.record;
            return Step::Do(match picker.purpose.clone() {
                Purpose::Reveal(fields) => {
                    if let Some(detail) = &mut state.detail {
                        detail.asking.extend(fields.iter().cloned());
                    }
                    vec![Effect::Reveal { record, fields, reason }]
                }
                Purpose::History(field) => vec![Effect::History { record, field, reason }],
            });
        }
        _ if picker.typing => {
            picker.reference.input(key);
        }
        KeyCode::Char(digit @ '1'..='9') => {
            picker.selected = (digit as usize - '1' as usize).min(picker.reasons.len().saturating_sub(1));
        }
        KeyCode::Down | KeyCode::Char('j') => picker.selected = (picker.selected + 1).min(picker.reasons.len().saturating_sub(1)),
        KeyCode::Up | KeyCode::Char('k') => picker.selected = picker.selected.saturating_sub(1),
        _ => {}
    }
    Step::Stay
}

fn form_key(state: &State, form: &mut Form, key: KeyEvent, control: bool) -> Step {
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

fn discard_hint(state: &State) -> &'static str {
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

/// Pasted text goes into the box that has the cursor; more than fits is refused whole, so that nothing is cut unseen.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let length = text.chars().count();
    let too_long = |limit: usize| format!("{length} > {limit}");
    let refusal = |state: &State, limit| {
        format!("{} ({})", state.say("The pasted text does not fit; nothing was pasted", "粘贴内容过长，未粘贴"), too_long(limit))
    };
    match &mut state.popup {
        Some(Popup::Form(form)) if !form.reviewing => {
            if let Some(field) = form.fields.get_mut(form.selected).filter(|field| field.editable) {
                let limit = if field.field.kind == FieldKind::LongText { MAX_LONG_TEXT } else { MAX_TEXT };
                if has_room(field.field.kind, &field.input, length) {
                    let clean = if field.field.kind == FieldKind::LongText { text.to_owned() } else { text.replace(['\r', '\n'], " ") };
                    field.input.insert_str(clean);
                    return Vec::new();
                }
                let error = refusal(state, limit);
                if let Some(Popup::Form(form)) = &mut state.popup {
                    form.error = Some(error);
                }
            }
        }
        Some(Popup::NoteEditor { input, .. }) => {
            if length <= note::MAX_LENGTH {
                input.insert_str(text);
            } else {
                state.message = Some(refusal(state, note::MAX_LENGTH));
            }
        }
        Some(Popup::Palette { input, .. }) if length <= 100 => {
            input.insert_str(text);
        }
        Some(Popup::Reason(picker)) if picker.typing && length <= 40 => {
            picker.reference.insert_str(text);
        }
        None if state.searching => {
            if length <= crate::service::search::MAX_LENGTH {
                state.search.insert_str(text.replace(char::is_control, " "));
                return super::search_changed(state);
            }
            state.message = Some(refusal(state, crate::service::search::MAX_LENGTH));
        }
        None if state.screen == Screen::Unlock && length <= 1_000 => {
            let clean = text.trim_end_matches(['\r', '\n']);
            if state.typing_user {
                state.user.insert_str(clean);
            } else {
                state.passphrase.insert_str(clean);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn has_room(kind: FieldKind, input: &TextArea<'_>, more: usize) -> bool {
    let limit = if kind == FieldKind::LongText { MAX_LONG_TEXT } else { MAX_TEXT };
    input.lines().iter().map(|line| line.chars().count() + 1).sum::<usize>() + more <= limit + 1
}

fn is_deletion(key: KeyEvent) -> bool {
    matches!(
        key.code,
        KeyCode::Backspace | KeyCode::Delete | KeyCode::Left | KeyCode::Right | KeyCode::Up | KeyCode::Down | KeyCode::Home | KeyCode::End
    )
}
