//! The newest checkpoint, held against what this machine saw last, and signed as seen.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::{
    super::{
        event::{Answer, Effect, Newest},
        popup::WitnessWindow,
        state::{Popup, State},
    },
    answers::accept,
    popups::Step,
};

pub fn ask(state: &mut State) -> Vec<Effect> {
    state.message = Some(state.say("Checking the checkpoints ...", "正在核对检查点...").to_owned());
    vec![Effect::NewestCheckpoint]
}

pub fn take(state: &mut State, answer: Answer<Option<Box<Newest>>>) {
    state.message = None;
    let Some(newest) = accept(state, answer) else { return };
    if let Some(newest) = newest {
        state.popup = Some(Popup::Witness(Box::new(WitnessWindow { newest: *newest, busy: false, signed: false, error: None })));
    } else {
        let text =
            state.say("There is no checkpoint yet: sealdesk audit checkpoint makes one.", "尚无检查点：sealdesk audit checkpoint 可生成。");
        state.message = Some(text.to_owned());
    }
}

pub fn on_key(state: &State, window: &mut WitnessWindow, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Char('w') if !window.busy && !window.signed && !is_own(state, window) => {
            window.busy = true;
            window.error = None;
            Step::Do(vec![Effect::Witness(Box::new(window.newest.checkpoint.clone()))])
        }
        KeyCode::Esc | KeyCode::Char('q') | KeyCode::Enter => Step::Close(Vec::new()),
        _ => Step::Stay,
    }
}

pub fn done(state: &mut State, answer: Answer<()>) {
    if let Some(Popup::Witness(window)) = &mut state.popup {
        window.busy = false;
        match answer {
            Ok(()) => window.signed = true,
            Err(trouble) => window.error = Some(trouble.text),
        }
    }
}

/// Nobody witnesses what they made.
pub fn is_own(state: &State, window: &WitnessWindow) -> bool {
    state.session.as_ref().is_some_and(|session| session.user == window.newest.checkpoint.login)
}
