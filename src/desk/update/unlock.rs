//! The unlock screen: user, passphrase, and what went wrong.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::Effect,
        input::Input,
        state::{State, secret_box},
    },
    commands,
    form::is_leaving,
};

pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if std::mem::take(&mut state.quitting) {
        state.message = None;
        return if key.code == KeyCode::Char('y') { vec![Effect::Quit] } else { Vec::new() };
    }
    match key.code {
        _ if is_leaving(key) => return commands::quit(state),
        KeyCode::F(2) => return commands::run(state, super::super::keymap::Command::Language),
        _ if state.unlocking => return Vec::new(),
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => state.typing_user = !state.typing_user,
        KeyCode::Enter if state.typing_user => state.typing_user = false,
        KeyCode::Enter => return submit(state),
        _ if state.typing_user => {
            state.user.key(key);
        }
        _ => {
            state.code.as_mut().unwrap_or(&mut state.passphrase).key(key);
        }
    }
    Vec::new()
}

/// The code of the second factor is asked for once the passphrase was right, which waits in its box meanwhile.
pub fn refused(state: &mut State, code: &str) {
    match code {
        "SD020" | "SD022" => {
            state.code = Some(secret_box());
            state.typing_user = false;
        }
        _ => forget(state),
    }
}

/// Wipes what was typed.
pub fn forget(state: &mut State) {
    state.passphrase = secret_box();
    state.code = None;
}

fn submit(state: &mut State) -> Vec<Effect> {
    let user = state.user.text().expose().trim().to_owned();
    if user.is_empty() || state.passphrase.is_empty() {
        state.message = Some(state.say("Type a user name and a passphrase.", "请输入用户名和口令。").to_owned());
        return Vec::new();
    }
    if state.code.as_ref().is_some_and(Input::is_empty) {
        state.message = Some(state.say("Type the code that your authenticator shows.", "请输入验证器显示的验证码。").to_owned());
        return Vec::new();
    }
    let passphrase = state.passphrase.text();
    let code = state.code.as_ref().map(Input::text);
    state.unlocking = true;
    state.message = None;
    vec![Effect::Unlock { user, passphrase, code }]
}
