//! Looking for records that may be the same one, while a new one is typed.

use super::super::{
    event::{Answer, Effect},
    form::{Form, Likeness},
    state::{Popup, State},
};
use crate::{
    model::id::RecordId,
    service::edit::{Draft, identifies},
    text::validate::validate,
};

/// Asks when an identifying field has been left with another value than was asked for last. Every such look-up is a recorded search.
pub fn look_up(state: &State, form: &mut Form) -> Vec<Effect> {
    let Some(session) = state.session.as_ref().filter(|_| form.record.is_none()) else { return Vec::new() };
    let values = form
        .fields
        .iter()
        .filter(|field| {
            field.left && identifies(&field.field) && session.rights.get(&field.field.class).is_some_and(|rights| rights.search)
        })
        .filter_map(|field| Some((field, field.change()?)))
        .filter_map(|(field, typed)| Some((field.field.code.clone(), validate(&field.field, typed.expose()).ok()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let draft = Draft { values };
    let look_up = &mut form.look_up;
    if draft == look_up.asked && look_up.trouble.is_none() {
        return Vec::new();
    }
    look_up.asked = draft.clone();
    look_up.generation += 1;
    look_up.trouble = None;
    look_up.found.clear();
    look_up.waiting = !draft.values.is_empty();
    if look_up.waiting {
        vec![Effect::Duplicates { generation: look_up.generation, form: form.new_id, kind: form.kind.clone(), draft }]
    } else {
        Vec::new()
    }
}

/// Takes the answer, if it is still wanted.
pub fn found(state: &mut State, wanted: (RecordId, u64), answer: Answer<Vec<Likeness>>) {
    let Some(Popup::Form(form)) = &mut state.popup else { return };
    if (form.new_id, form.look_up.generation) != wanted {
        return;
    }
    form.look_up.waiting = false;
    match answer {
        Ok(found) => form.look_up.found = found,
        Err(trouble) => form.look_up.trouble = Some(trouble.text),
    }
}
