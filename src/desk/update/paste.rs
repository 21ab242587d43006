//! Pasting: into the box that has the cursor, whole or not at all, so that nothing is cut unseen.

use super::{
    super::{
        event::Effect,
        input::Pasted,
        state::{Popup, Screen, State},
    },
    form, people, replay, second_factor, share,
};
use crate::{model::catalogue::Language, service::search};

pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if state.second_factor.is_some() {
        second_factor::paste(state, text);
        return Vec::new();
    }
    if state.screen == Screen::Unlock {
        state.quitting = false;
        let pasted = match &mut state.code {
            _ if state.typing_user => state.user.paste(text),
            Some(code) => code.paste(text),
            None => state.passphrase.paste(text),
        };
        state.message = told(state, pasted);
        return Vec::new();
    }
    let Some(mut popup) = state.popup.take() else {
        if state.screen == Screen::Replay {
            return replay::find_paste(state, text);
        }
        return if state.people.typing.is_some() { people::find_paste(state, text) } else { into_search(state, text) };
    };
    let length = text.chars().count();
    match &mut popup {
        Popup::Form(form) => form::paste(state, form, text),
        Popup::NoteEditor(editor) if !editor.saving && !editor.doubted && editor.question.is_none() => {
            editor.message = told(state, editor.input.paste(text));
        }
        Popup::Share(form) => share::form_paste(state, form, text),
        Popup::Person(dialog) => people::dialog::paste(state, dialog, text),
        Popup::Palette { input, .. } if length <= 100 => {
            input.insert_str(text);
        }
        Popup::Filter(form) if length <= 100 => {
            if let Some((_, input)) = form.inputs.get_mut(form.selected) {
                input.insert_str(text.replace(char::is_control, " "));
            }
        }
        Popup::StepUp(asked) if !asked.judging => asked.error = told(state, asked.input.paste(text)),
        Popup::Reason(picker) if picker.typing => picker.error = told(state, picker.reference.paste(text)),
        _ => {}
    }
    state.popup = Some(popup);
    Vec::new()
}

fn into_search(state: &mut State, text: &str) -> Vec<Effect> {
    if !state.searching {
        return Vec::new();
    }
    let length = text.chars().count();
    if length > search::MAX_LENGTH {
        state.message = told(state, Pasted::TooLong { length, limit: search::MAX_LENGTH });
        return Vec::new();
    }
    state.search.insert_str(text.replace(char::is_control, " "));
    super::search_changed(state)
}

/// What the person has to know about a paste, if anything.
pub fn told(state: &State, pasted: Pasted) -> Option<String> {
    match (pasted, state.language) {
        (Pasted::Taken { left_out: 0 }, _) => None,
        (Pasted::Taken { left_out }, Language::English) => {
            Some(format!("{left_out} characters that cannot be seen (controls, text directions) were left out."))
        }
        (Pasted::Taken { left_out }, Language::Chinese) => Some(format!("已略去 {left_out} 个不可见字符（控制符、文字方向符）。")),
        (Pasted::TooLong { length, limit }, Language::English) => {
            Some(format!("Nothing was pasted: {length} characters are too many, at most {limit} fit."))
        }
        (Pasted::TooLong { length, limit }, Language::Chinese) => Some(format!("未粘贴：共 {length} 个字符，最多 {limit} 个。")),
    }
}
