//! Setting one's own second factor up: signed in, or over the unlock screen where a role asks for one.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        people::Purpose,
        second_factor::{Confirm, Found, Window},
        state::{Popup, State, secret_box},
    },
    answers::{accept, report},
    commands, paste,
    people::acts,
    unlock,
};
use crate::{crypto::secret::Secret, model::catalogue::Language};

/// The passphrase was right, and a role asks for a second factor that there is not: it is set up with what was typed. `None` where nothing was.
pub fn begin_at_sign_in(state: &mut State) -> Option<Effect> {
    let user = state.user.text().expose().trim().to_owned();
    if user.is_empty() || state.passphrase.is_empty() {
        return None;
    }
    state.unlocking = true;
    Some(Effect::BeginSecondFactor { user, passphrase: state.passphrase.text() })
}

pub fn found(state: &mut State, answer: Answer<Found>) -> Vec<Effect> {
    // The desk was locked meanwhile.
    if state.session.is_none() && !std::mem::take(&mut state.unlocking) {
        return Vec::new();
    }
    if let Some(Popup::Person(dialog)) = &mut state.popup
        && dialog.purpose == Purpose::SecondFactor
        && dialog.busy
    {
        match &answer {
            // A typing mistake, and no end of the session.
            Err(trouble) if !matches!(trouble.code, "unreachable" | "SD002" | "SD010") => {
                dialog.busy = false;
                dialog.boxes.iter_mut().for_each(|entered| entered.input = secret_box());
                dialog.error = Some(trouble.text.clone());
                return Vec::new();
            }
            _ => state.popup = None,
        }
    }
    match accept(state, answer) {
        None if state.session.is_none() => unlock::forget(state),
        None => {}
        Some(Found::InForce(factor)) => {
            let left = factor.recovery_codes_left;
            state.message = Some(match state.language {
                Language::English => format!("Your second factor is set up; {left} recovery codes are left."),
                Language::Chinese => format!("您已启用双因素验证，剩余恢复码 {left} 个。"),
            });
        }
        Some(Found::Missing) => acts::second_factor(state),
        Some(Found::Begun(offer)) => {
            state.message = None;
            state.second_factor = Some(Window::Confirm(Box::new(Confirm { offer, input: secret_box(), judging: false, error: None })));
        }
    }
    Vec::new()
}

pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let wanting = state.say("Type the code that your authenticator shows.", "请输入验证器显示的验证码。");
    match &mut state.second_factor {
        // Not Enter, which has just sent the code: they are not shown again.
        Some(Window::Codes(_)) if key.code == KeyCode::Char('y') => return finish(state),
        // Leaving now might lose the recovery codes that are on their way.
        Some(Window::Confirm(confirm)) if !confirm.judging => match key.code {
            KeyCode::Esc => return leave(state),
            KeyCode::Enter if confirm.input.is_empty() => {
                confirm.error = Some(wanting.to_owned());
            }
            KeyCode::Enter => {
                confirm.judging = true;
                confirm.error = None;
                return vec![Effect::ConfirmSecondFactor(confirm.input.text())];
            }
            _ => {
                confirm.input.key(key);
            }
        },
        _ => {}
    }
    Vec::new()
}

pub fn paste(state: &mut State, text: &str) {
    if let Some(Window::Confirm(mut confirm)) = state.second_factor.take_if(|window| matches!(window, Window::Confirm(_))) {
        if !confirm.judging {
            confirm.error = paste::told(state, confirm.input.paste(text));
        }
        state.second_factor = Some(Window::Confirm(confirm));
    }
}

pub fn confirmed(state: &mut State, answer: Answer<Vec<Secret<String>>>) {
    let Some(Window::Confirm(confirm)) = &mut state.second_factor else { return };
    match answer {
        Ok(codes) => state.second_factor = Some(Window::Codes(codes)),
        // The session has ended: the desk locks.
        Err(trouble) if matches!(trouble.code, "SD002" | "SD010" | "wrong_passphrase") => report(state, &trouble),
        Err(trouble) => {
            confirm.judging = false;
            confirm.input = secret_box();
            confirm.error = Some(trouble.text);
        }
    }
}

/// Locking takes the recovery codes from the screen. They wait in memory, and nowhere else, for the same person to unlock and write them down.
/// Answers whether there are any.
pub fn wait_behind_the_lock(state: &mut State) -> bool {
    let owner = state.session.as_ref().map_or_else(|| state.user.text().expose().trim().to_owned(), |session| session.user.clone());
    let Some(Window::Codes(codes)) = state.second_factor.take() else { return false };
    state.unwritten_codes = Some((owner, codes));
    true
}

/// Whoever they are for is back.
pub fn show_again(state: &mut State) {
    let user = state.session.as_ref().map(|session| session.user.clone());
    if let Some((_, codes)) = state.unwritten_codes.take_if(|(owner, _)| Some(&*owner) == user.as_ref()) {
        state.second_factor = Some(Window::Codes(codes));
    }
}

/// The recovery codes have been written down.
fn finish(state: &mut State) -> Vec<Effect> {
    state.second_factor = None;
    if state.session.is_none() {
        state.code = Some(secret_box());
        state.typing_user = false;
    }
    let (en, zh) = if state.session.is_some() {
        ("The second factor is set up; signing in asks for a code from now on.", "双因素验证已启用，今后登录需要验证码。")
    } else {
        (
            "The second factor is set up. Wait for the next code and sign in with it: each is accepted once.",
            "双因素验证已启用。每个验证码只能使用一次，请等待下一个验证码后登录。",
        )
    };
    commands::say(state, en, zh);
    vec![Effect::LeaveSecondFactor]
}

fn leave(state: &mut State) -> Vec<Effect> {
    state.second_factor = None;
    if state.session.is_none() {
        unlock::forget(state);
    }
    commands::say(state, "No second factor was set up.", "未启用双因素验证。");
    vec![Effect::LeaveSecondFactor]
}
