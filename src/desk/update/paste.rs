//! Pasting.

use super::{
    super::{
        event::Effect,
        state::{Popup, Screen, State},
    },
    form::has_room,
};
use crate::{
    model::catalogue::FieldKind,
    service::{note, search},
    text::validate::{MAX_LONG_TEXT, MAX_TEXT},
};

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
            if length <= search::MAX_LENGTH {
                state.search.insert_str(text.replace(char::is_control, " "));
                return super::search_changed(state);
            }
            state.message = Some(refusal(state, search::MAX_LENGTH));
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
