//! Somebody else saved first: for each field that both changed, mine or theirs.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        form::{Form, Question, Side, Stage},
        state::State,
    },
    form::is_leaving,
    popups::Step,
    save,
};

pub fn on_key(state: &mut State, form: &mut Form, key: KeyEvent) -> Step {
    match key.code {
        _ if is_leaving(key) => form.stage = Stage::Typing,
        KeyCode::Char('Q') => form.question = Some(Question::Quit),
        KeyCode::Tab | KeyCode::Down | KeyCode::Char('j') => step(form, true),
        KeyCode::BackTab | KeyCode::Up | KeyCode::Char('k') => step(form, false),
        KeyCode::Char('m') | KeyCode::Left => choose(form, Side::Mine),
        KeyCode::Char('t') | KeyCode::Right => choose(form, Side::Theirs),
        KeyCode::Enter => return Step::Do(settle(state, form)),
        _ => {}
    }
    Step::Stay
}

fn contended(form: &Form) -> Vec<usize> {
    (0..form.fields.len()).filter(|index| form.fields[*index].theirs.is_some()).collect()
}

fn step(form: &mut Form, forward: bool) {
    let fields = contended(form);
    let next = if forward {
        fields.iter().find(|index| **index > form.selected)
    } else {
        fields.iter().rev().find(|index| **index < form.selected)
    };
    form.selected = next.copied().unwrap_or(form.selected);
}

/// Chooses for the field under the cursor, and goes on to the next that waits for a choice.
fn choose(form: &mut Form, side: Side) {
    form.message = None;
    if let Some(theirs) = form.fields.get_mut(form.selected).and_then(|field| field.theirs.as_mut()) {
        theirs.chosen = Some(side);
    }
    if let Some(next) = form.fields.iter().position(|field| field.theirs.as_ref().is_some_and(|theirs| theirs.chosen.is_none())) {
        form.selected = next;
    }
}

/// When everything is chosen: what was taken from the other goes into the boxes, a hidden value as an empty one, which keeps it.
fn settle(state: &State, form: &mut Form) -> Vec<crate::desk::event::Effect> {
    if let Some(open) = form.fields.iter().position(|field| field.theirs.as_ref().is_some_and(|theirs| theirs.chosen.is_none())) {
        form.selected = open;
        form.message =
            Some(state.say("Choose for every field first: m mine, t theirs.", "请先为每个字段选择：m 我的，t 对方的。").to_owned());
        return Vec::new();
    }
    for field in &mut form.fields {
        if field.theirs.take().is_some_and(|theirs| theirs.chosen == Some(Side::Theirs)) {
            let text = field.before.clone().unwrap_or_default();
            field.input.set(text.expose());
            field.emptied = false;
        }
    }
    form.stage = Stage::Typing;
    save::review(state, form)
}
