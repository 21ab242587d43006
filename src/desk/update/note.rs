//! Writing and reading notes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use uuid::Uuid;

use super::{
    super::{
        event::{Answer, Effect},
        form::Question,
        input::{Input, Typed},
        popup::{NoteEditor, Notes, Popup},
        state::State,
    },
    answers::{accept, reload, report},
    commands,
    form::is_leaving,
    hide_at,
    popups::{Step, scroll},
};
use crate::{
    model::{catalogue::Language, id::RecordId},
    service::note::{CLASS, MAX_LENGTH, Note},
};

/// Opens the editor.
pub fn write(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    state.popup = Some(Popup::NoteEditor(Box::new(NoteEditor {
        record: detail.view.id,
        id: Uuid::now_v7(),
        heading: commands::heading(detail),
        input: Input::lines("", MAX_LENGTH),
        saving: false,
        doubted: false,
        question: None,
        message: None,
    })));
    Vec::new()
}

/// Asks for the notes.
pub fn read(state: &mut State) -> Vec<Effect> {
    state.detail.as_ref().map(|detail| Effect::Notes { record: detail.view.id }).into_iter().collect()
}

pub fn editor_key(state: &mut State, editor: &mut NoteEditor, key: KeyEvent) -> Step {
    if let Some(question) = editor.question.take() {
        return match key.code {
            KeyCode::Char('y' | 'Y') => Step::Close(Vec::new()),
            KeyCode::Char('n' | 'N') | KeyCode::Esc => Step::Stay,
            _ => {
                editor.question = Some(question);
                Step::Stay
            }
        };
    }
    if editor.saving {
        if is_leaving(key) {
            editor.saving = false;
            editor.doubted = true;
            editor.message = Some(
                state
                    .say(
                        "Not waiting any longer. Ctrl-s sends it again; it is never saved twice.",
                        "不再等待。Ctrl-s 再次发送，不会重复保存。",
                    )
                    .to_owned(),
            );
        }
        return Step::Stay;
    }
    if is_leaving(key) {
        if editor.input.is_empty() {
            return Step::Close(Vec::new());
        }
        editor.question = Some(Question::Leave);
        return Step::Stay;
    }
    if key.code == KeyCode::Char('s') && key.modifiers.contains(KeyModifiers::CONTROL) {
        if editor.input.text().expose().trim().is_empty() {
            editor.message = Some(state.say("The note is empty.", "备注为空。").to_owned());
            return Step::Stay;
        }
        editor.saving = true;
        editor.message = None;
        return Step::Do(vec![Effect::Note { record: editor.record, id: editor.id, text: editor.input.text() }]);
    }
    if editor.doubted {
        return Step::Stay;
    }
    match editor.input.key(key) {
        Typed::Changed => editor.message = None,
        Typed::Full => {
            editor.message = Some(match state.language {
                Language::English => format!("No more than {MAX_LENGTH} characters fit into a note. Save it and add another."),
                Language::Chinese => format!("一条备注最多 {MAX_LENGTH} 个字符，请保存后另加一条。"),
            });
        }
        Typed::Moved | Typed::Unused => {}
    }
    Step::Stay
}

pub fn noted(state: &mut State, id: Uuid, answer: Answer<()>) -> Vec<Effect> {
    let language = state.language;
    let mine = matches!(&state.popup, Some(Popup::NoteEditor(editor)) if editor.id == id);
    let trouble = match answer {
        Ok(()) => {
            state.offline = None;
            if mine {
                state.popup = None;
            }
            state.message = Some(state.say("The note is saved.", "备注已保存。").to_owned());
            return if mine { reload(state) } else { Vec::new() };
        }
        Err(trouble) => trouble,
    };
    // On trouble the editor stays with what was typed.
    if let Some(Popup::NoteEditor(editor)) = state.popup.as_mut().filter(|_| mine) {
        editor.saving = false;
        editor.doubted = trouble.code == "unreachable";
        editor.message = Some(match (editor.doubted, language) {
            (false, _) => trouble.text.clone(),
            (true, Language::English) => "The connection was lost while saving. Ctrl-s sends it again; it is never saved twice.".to_owned(),
            (true, Language::Chinese) => "保存时连接中断。Ctrl-s 再次发送，不会重复保存。".to_owned(),
        });
    }
    report(state, &trouble);
    Vec::new()
}

pub fn arrived(state: &mut State, record: RecordId, notes: Answer<Vec<Note>>) -> Vec<Effect> {
    let Some(notes) = accept(state, notes) else { return Vec::new() };
    let Some(detail) = state.detail.as_ref().filter(|detail| detail.view.id == record) else { return Vec::new() };
    if state.popup.is_some() {
        return Vec::new();
    }
    let seconds = state.session.as_ref().and_then(|session| session.catalogue.class(CLASS)).map_or(30, |class| class.hide_after_s);
    let until = (!notes.is_empty()).then(|| hide_at(seconds));
    state.popup = Some(Popup::Notes(Notes { heading: commands::heading(detail), notes, scroll: 0, until }));
    // Reading them is an event of this record.
    vec![Effect::Strip { record }]
}

pub fn notes_key(state: &mut State, notes: &mut Notes, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Char('q') => return Step::Close(Vec::new()),
        KeyCode::Char('n') => {
            // The editor takes the place of the notes, or the bar says why not.
            write(state);
            return state.popup.take().map_or(Step::Stay, |editor| Step::Become(Box::new(editor)));
        }
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        _ => scroll(state, &mut notes.scroll, key),
    }
    Step::Stay
}
