//! The unlock screen: user, passphrase, and what went wrong.

use crossterm::event::{KeyCode, KeyEvent};
use zeroize::Zeroize as _;

use super::{
    super::{
        event::Effect,
        state::{State, secret_box},
    },
    commands,
};
use crate::crypto::secret::Secret;

pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => return vec![Effect::Quit],
        KeyCode::F(2) => return commands::run(state, super::super::keymap::Command::Language),
        _ if state.unlocking => return Vec::new(),
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => state.typing_user = !state.typing_user,
        KeyCode::Enter if state.typing_user => state.typing_user = false,
        KeyCode::Enter => return submit(state),
        _ if state.typing_user => {
            state.user.input(key);
        }
        _ => {
            state.passphrase.input(key);
        }
    }
    Vec::new()
}

fn submit(state: &mut State) -> Vec<Effect> {
    let user = state.user.lines().join("").trim().to_owned();
    let mut typed = state.passphrase.lines().join("");
    if user.is_empty() || typed.is_empty() {
        state.message = Some(state.say("Type a user name and a passphrase.", "请输入用户名和口令。").to_owned());
        return Vec::new();
    }
    let passphrase = Secret::from(typed.as_str());
    typed.zeroize();
    state.passphrase = secret_box();
    state.unlocking = true;
    state.message = None;
    vec![Effect::Unlock { user, passphrase }]
}
