//! Looking for records that may be the same customer, while a new one is typed.

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
    let wanted: std::collections::BTreeMap<_, _> = form
        .fields
        .iter()
        .filter(|field| {
            field.left && identifies(&field.field) && session.rights.get(&field.field.class).is_some_and(|rights| rights.search)
        })
        .filter_map(|field| Some((field, field.change()?)))
        .filter_map(|(field, typed)| Some((field.field.code.clone(), validate(&field.field, typed.expose()).ok()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let look_up = &mut form.look_up;
    let same = wanted.len() == look_up.asked.len()
        && wanted.iter().all(|(code, value)| look_up.asked.get(code).is_some_and(|asked| asked.expose() == value));
    if same && look_up.trouble.is_none() {
        return Vec::new();
    }
    look_up.asked = wanted.iter().map(|(code, value)| (code.clone(), value.as_str().into())).collect();
    look_up.generation += 1;
    look_up.trouble = None;
    look_up.found.clear();
    look_up.waiting = !wanted.is_empty();
    if wanted.is_empty() {
        return Vec::new();
    }
    vec![Effect::Duplicates { generation: look_up.generation, form: form.new_id, draft: Draft { values: wanted } }]
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
