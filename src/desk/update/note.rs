//! Writing and reading notes.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::TextArea;

use super::{
    super::{
        event::{Answer, Effect},
        state::{Popup, State},
    },
    answers::{accept, reload},
    commands::{record_of, say},
    form::{discard_hint, is_deletion},
    popups::Step,
};
use crate::{model::id::RecordId, service::note::MAX_LENGTH};

pub fn write(state: &mut State) -> Vec<Effect> {
    if !state.session.as_ref().and_then(|session| session.rights.get("notes")).is_some_and(|rights| rights.edit) {
        return say(state, "Your role may not add notes.", "您的角色不能添加备注。");
    }
    if let Some((record, _)) = record_of(state) {
        state.popup = Some(Popup::NoteEditor { record, input: TextArea::default() });
        return Vec::new();
    }
    say(state, "Open a record first (Enter).", "请先打开记录 (Enter)。")
}

pub fn noted(state: &mut State, answer: Answer<()>) -> Vec<Effect> {
    // On trouble the editor stays with what was typed.
    if accept(state, answer).is_none() {
        return Vec::new();
    }
    state.popup = None;
    state.message = Some(state.say("The note is saved.", "备注已保存。").to_owned());
    reload(state)
}

pub fn editor_key(state: &mut State, record: RecordId, input: &mut TextArea<'static>, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Esc if input.is_empty() || state.message.as_deref() == Some(discard_hint(state)) => {
            state.message = None;
            return Step::Close;
        }
        KeyCode::Esc => state.message = Some(discard_hint(state).to_owned()),
        KeyCode::Char('s') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            return Step::Do(vec![Effect::Note { record, text: input.lines().join("\n") }]);
        }
        _ => {
            if input.lines().iter().map(|line| line.chars().count() + 1).sum::<usize>() <= MAX_LENGTH || is_deletion(key) {
                input.input(key);
            }
        }
    }
    Step::Stay
}
