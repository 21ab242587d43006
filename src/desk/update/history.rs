//! Earlier values of a field.

use super::{
    super::{event::Effect, popup::Purpose, state::State},
    commands::why_not,
    reason,
};

pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(field) = state.detail.as_ref().and_then(|detail| detail.view.fields.get(detail.selected)) else { return Vec::new() };
    if field.reveal.is_err() {
        let why = why_not(state);
        state.message = Some(why);
        return Vec::new();
    }
    let field = field.field.clone();
    reason::ask(state, Purpose::History(field))
}
