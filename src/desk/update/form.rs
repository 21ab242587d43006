//! The edit form: opening it, moving and typing in it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        event::Effect,
        form::{Form, FormField, Question, Stage},
        input::{Input, Pasted, Typed},
        state::{Popup, State},
    },
    commands, conflict, duplicates,
    popups::Step,
    save,
};
use crate::{
    crypto::secret::Secret,
    model::{
        catalogue::{Field, FieldKind},
        record::Denied,
    },
    text::normalise::fold,
};

/// Fields that `PgDn` goes on by.
const PAGE: usize = 5;

/// Opens the form on the record that is open.
pub fn edit(state: &mut State) -> Vec<Effect> {
    let (Some(detail), Some(session)) = (&state.detail, &state.session) else { return Vec::new() };
    let view = &detail.view;
    let fields: Vec<FormField> = view
        .fields
        .iter()
        .filter_map(|seen| {
            let field = session.catalogue.field(&seen.field).filter(|field| field.is_of(&view.kind))?;
            let revealed = detail.revealed.get(&seen.field);
            // Only what is on the screen anyway pre-fills; a hidden value is replaced or kept, never shown.
            let before = match (revealed, &seen.masked) {
                (Some(revealed), _) => Some(revealed.value.clone()),
                (None, Some(Ok(open))) if seen.open => Some(Secret::from(open.as_str())),
                _ if seen.present => None,
                _ => Some(Secret::default()),
            };
            let mut form = FormField::new(field.clone(), before, seen.edit.err());
            form.until = revealed.map(|revealed| revealed.until);
            form.masked.clone_from(&seen.masked);
            form.version = seen.version;
            Some(form)
        })
        .collect();
    if fields.iter().all(|field| field.locked.is_some()) {
        return commands::say(state, "Your role may edit nothing of this record.", "您的角色不能编辑此记录的任何内容。");
    }
    let form = Form::new(Some((view.id, view.version)), &view.kind, commands::heading(detail), fields);
    state.popup = Some(Popup::Form(Box::new(form)));
    Vec::new()
}

/// Opens an empty form: of the kind that the list shows, of the only one there is, or of the one that is chosen.
pub fn new_record(state: &mut State) -> Vec<Effect> {
    let Some(session) = &state.session else { return Vec::new() };
    let kinds: Vec<&str> = session.catalogue.active_kinds().map(|kind| kind.code.as_str()).collect();
    match (kinds.as_slice(), state.list.kind.as_deref().filter(|shown| kinds.contains(shown))) {
        ([], _) => commands::say(state, "No kind of record is in use.", "没有启用的记录类型。"),
        (_, Some(only)) | (&[only], None) => {
            let kind = only.to_owned();
            new_of_kind(state, &kind)
        }
        _ => {
            state.popup = Some(Popup::NewKind { selected: 0 });
            Vec::new()
        }
    }
}

/// Opens an empty form for a record of a kind.
pub fn new_of_kind(state: &mut State, kind: &str) -> Vec<Effect> {
    let Some(session) = &state.session else { return Vec::new() };
    let fields = session
        .catalogue
        .fields_of(kind)
        .map(|field| {
            let may = session.rights.get(&field.class).is_some_and(|rights| rights.edit);
            FormField::new(field.clone(), Some(Secret::default()), (!may).then_some(Denied::NotPermitted))
        })
        .collect();
    state.popup = Some(Popup::Form(Box::new(Form::new(None, kind, String::new(), fields))));
    Vec::new()
}

pub fn on_key(state: &mut State, form: &mut Form, key: KeyEvent) -> Step {
    if let Some(question) = form.question.take() {
        return answer(state, form, question, key);
    }
    match form.stage {
        Stage::Typing => typing(state, form, key),
        Stage::Review => save::review_key(state, form, key),
        Stage::Saving => save::saving_key(state, form, key),
        Stage::Doubt => save::doubt_key(state, form, key),
        Stage::Conflict => conflict::on_key(state, form, key),
    }
}

/// Whether the key leaves: `Esc`, or `Ctrl-c` as in a shell.
pub fn is_leaving(key: KeyEvent) -> bool {
    key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL))
}

/// Leaves at once if nothing was typed, and asks otherwise.
pub fn leave(form: &mut Form) -> Step {
    if !form.is_changed() {
        return Step::Close(Vec::new());
    }
    form.question = Some(Question::Leave);
    Step::Stay
}

fn answer(state: &mut State, form: &mut Form, question: Question, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Char('y' | 'Y') => Step::Close(match question {
            Question::Leave => Vec::new(),
            Question::Quit => vec![Effect::Quit],
            Question::Open(record) => commands::view(state, record),
        }),
        KeyCode::Char('n' | 'N') | KeyCode::Esc => Step::Stay,
        _ => {
            form.question = Some(question);
            Step::Stay
        }
    }
}

fn typing(state: &mut State, form: &mut Form, key: KeyEvent) -> Step {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let several = form.current().is_some_and(|field| field.input.has_several_lines());
    match key.code {
        _ if is_leaving(key) => return leave(form),
        KeyCode::Char('s') if control => return Step::Do(save::review(state, form)),
        KeyCode::Char('x') if control => empty(state, form),
        KeyCode::Tab => return Step::Do(go(state, form, 1, true)),
        KeyCode::BackTab => return Step::Do(go(state, form, 1, false)),
        KeyCode::PageDown => return Step::Do(go(state, form, PAGE, true)),
        KeyCode::PageUp => return Step::Do(go(state, form, PAGE, false)),
        KeyCode::Enter if !several => {
            let last = form.fields.iter().rposition(|field| field.locked.is_none()) == Some(form.selected);
            return Step::Do(if last { save::review(state, form) } else { go(state, form, 1, true) });
        }
        _ => {
            let Some(field) = form.fields.get_mut(form.selected).filter(|field| field.locked.is_none()) else { return Step::Stay };
            let typed =
                if field.field.kind == FieldKind::Choice { choose(&field.field, &mut field.input, key) } else { field.input.key(key) };
            match typed {
                Typed::Changed => {
                    field.emptied = false;
                    form.message = None;
                }
                Typed::Full => {
                    let limit = field.input.limit();
                    form.message = Some(match state.language {
                        crate::model::catalogue::Language::English => format!("No more than {limit} characters fit here."),
                        crate::model::catalogue::Language::Chinese => format!("此处最多 {limit} 个字符。"),
                    });
                }
                Typed::Unused if key.code == KeyCode::Down => return Step::Do(go(state, form, 1, true)),
                Typed::Unused if key.code == KeyCode::Up => return Step::Do(go(state, form, 1, false)),
                Typed::Moved | Typed::Unused => {}
            }
        }
    }
    Step::Stay
}

/// Moves on by so many fields that can be edited, round the ends by one. What is left behind is checked, and looked for in other records.
fn go(state: &State, form: &mut Form, by: usize, forward: bool) -> Vec<Effect> {
    let open: Vec<usize> = (0..form.fields.len()).filter(|index| form.fields[*index].locked.is_none()).collect();
    let Some(at) = open.iter().position(|index| *index == form.selected) else { return Vec::new() };
    let last = open.len() - 1;
    let to = match (forward, by) {
        (true, 1) if at == last => 0,
        (false, 1) if at == 0 => last,
        (true, _) => (at + by).min(last),
        (false, _) => at.saturating_sub(by),
    };
    if let Some(field) = form.fields.get_mut(form.selected) {
        field.left = true;
    }
    form.selected = open[to];
    form.message = None;
    duplicates::look_up(state, form)
}

/// Empties the field under the cursor; over a hidden value a second time takes that back.
fn empty(state: &State, form: &mut Form) {
    let Some(field) = form.fields.get_mut(form.selected).filter(|field| field.locked.is_none()) else { return };
    form.message = None;
    if field.before.is_none() && field.field.required {
        form.message = Some(state.say("This field is required and cannot be emptied.", "此字段必填，不能清空。").to_owned());
    } else if field.before.is_none() {
        field.emptied = !field.emptied;
    }
    field.input.set("");
}

/// Arrows turn the choices, a digit takes one by its number, letters the next that starts so.
fn choose(field: &Field, input: &mut Input, key: KeyEvent) -> Typed {
    let count = field.choices.len();
    let now = field.choices.iter().position(|choice| choice.code == *input.text().expose());
    let next = match key.code {
        _ if count == 0 => None,
        KeyCode::Right | KeyCode::Char(' ') => Some(now.map_or(0, |now| (now + 1) % count)),
        KeyCode::Left => Some(now.map_or(count - 1, |now| (now + count - 1) % count)),
        KeyCode::Backspace | KeyCode::Delete if !field.required => {
            input.set("");
            return Typed::Changed;
        }
        KeyCode::Char(digit @ '1'..='9') => Some(digit as usize - '1' as usize).filter(|index| *index < count),
        KeyCode::Char(letter) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
            let letter = fold(&letter.to_string());
            let starts = |index: &usize| {
                let choice = &field.choices[*index];
                [&choice.label.en, &choice.label.zh, &choice.code].into_iter().any(|name| fold(name).starts_with(&letter))
            };
            let after = now.map_or(0, |now| now + 1);
            (after..after + count).map(|index| index % count).find(starts)
        }
        _ => return Typed::Unused,
    };
    match next.and_then(|index| field.choices.get(index)) {
        Some(choice) => {
            input.set(&choice.code);
            Typed::Changed
        }
        None => Typed::Moved,
    }
}

/// A pasted text goes into the field under the cursor; what does not fit is refused whole.
pub fn paste(state: &State, form: &mut Form, text: &str) {
    if form.stage != Stage::Typing || form.question.is_some() {
        return;
    }
    let Some(field) = form.fields.get_mut(form.selected).filter(|field| field.locked.is_none()) else { return };
    if field.field.kind == FieldKind::Choice {
        match crate::text::validate::validate(&field.field, text) {
            Ok(code) => field.input.set(&code),
            Err(why) => form.message = Some(why.message(state.language)),
        }
        return;
    }
    let pasted = field.input.paste(text);
    if matches!(pasted, Pasted::Taken { .. }) {
        field.emptied = false;
    }
    form.message = super::paste::told(state, pasted);
}
