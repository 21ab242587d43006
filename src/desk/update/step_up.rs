//! A fresh one-time code, for classes that ask for one before a value is revealed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        event::{Answer, Effect},
        popup::{Again, StepUp},
        state::{Popup, State, secret_box},
    },
    answers::accept,
    commands,
    form::is_leaving,
    popups::{self, Step},
};
use crate::{crypto::secret::Secret, model::id::RecordId, service::reveal::GivenReason};

/// Asks for a code now, for whatever comes next.
pub fn open(state: &mut State) -> Vec<Effect> {
    ask(state, None);
    Vec::new()
}

fn ask(state: &mut State, again: Option<Again>) {
    state.popup = Some(Popup::StepUp(Box::new(StepUp { input: secret_box(), again, judging: false, error: None })));
}

/// Asks for a code in place of a window whose `Enter` was refused for want of one.
pub fn ask_over(state: &mut State, window: Popup) {
    ask(state, Some(Again::Window(Box::new(window))));
}

/// Asks for a code where values were refused for want of one; they are asked for again when it was right.
pub fn ask_for(state: &mut State, record: RecordId, values: &[(String, Answer<Secret<String>>)], reason: Option<GivenReason>) {
    let refused = |(field, answer): &(String, Answer<Secret<String>>)| {
        answer.as_ref().is_err_and(|trouble| trouble.code == "SD023").then(|| field.clone())
    };
    let fields: Vec<String> = values.iter().filter_map(refused).collect();
    if !fields.is_empty() && state.popup.is_none() {
        ask(state, Some(Again::Values(record, fields, reason)));
    }
}

pub fn on_key(state: &State, asked: &mut StepUp, key: KeyEvent) -> Step {
    match key.code {
        _ if is_leaving(key) => {
            return match asked.again.take() {
                Some(Again::Window(window)) => Step::Become(window),
                _ => Step::Close(Vec::new()),
            };
        }
        _ if asked.judging => {}
        KeyCode::Enter if asked.input.is_empty() => {
            asked.error = Some(state.say("Type the code that your authenticator shows.", "请输入验证器显示的验证码。").to_owned());
        }
        KeyCode::Enter => {
            asked.judging = true;
            asked.error = None;
            return Step::Do(vec![Effect::StepUp(asked.input.text())]);
        }
        _ => {
            asked.input.key(key);
        }
    }
    Step::Stay
}

pub fn judged(state: &mut State, answer: Answer<()>) -> Vec<Effect> {
    let Some(Popup::StepUp(mut asked)) = state.popup.take_if(|popup| matches!(popup, Popup::StepUp(_))) else {
        // The window was left meanwhile; the code counts all the same.
        accept(state, answer);
        return Vec::new();
    };
    match answer {
        Err(trouble) if matches!(trouble.code, "SD022" | "SD012" | "SD021") => {
            asked.judging = false;
            asked.input = secret_box();
            asked.error = Some(trouble.text);
            state.popup = Some(Popup::StepUp(asked));
            Vec::new()
        }
        answer => {
            if accept(state, answer).is_none() {
                return Vec::new();
            }
            match asked.again {
                Some(Again::Window(window)) => {
                    state.popup = Some(*window);
                    popups::on_key(state, KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE))
                }
                Some(Again::Values(record, fields, reason)) => {
                    if let Some(detail) = state.detail.as_mut().filter(|detail| detail.view.id == record) {
                        detail.asking.extend(fields.iter().cloned());
                    }
                    vec![Effect::Reveal { record, fields, reason }]
                }
                None => commands::say(state, "The code is accepted.", "验证码已通过。"),
            }
        }
    }
}
