//! Digits before a motion: `12j` moves twelve rows. A lone digit that names a screen changes to it, unless another digit or a motion follows at once.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    super::{
        event::Effect,
        keymap,
        state::{Count, State},
    },
    commands,
};

/// How long a lone digit may still become a count.
const PAUSE: Duration = Duration::from_millis(300);
const LARGEST: usize = 100_000;

/// Takes a digit; answers whether the key was one.
pub fn take(state: &mut State, key: KeyEvent) -> bool {
    let KeyCode::Char(digit @ '0'..='9') = key.code else { return false };
    if key.modifiers.contains(KeyModifiers::CONTROL) || (digit == '0' && state.count.value == 0) {
        return false;
    }
    let names_a_screen = state.count.value == 0 && keymap::command(key, state.screen, state.pane).is_some();
    state.count.value = (state.count.value * 10 + digit as usize - '0' as usize).min(LARGEST);
    state.count.screen_at = names_a_screen.then(|| Instant::now() + PAUSE);
    true
}

/// What a lone digit meant, now that no motion has followed it.
pub fn settle(state: &mut State) -> Vec<Effect> {
    let Count { value, screen_at } = std::mem::take(&mut state.count);
    let Some(digit) = screen_at.and_then(|_| char::from_digit(u32::try_from(value).ok()?, 10)) else { return Vec::new() };
    let key = KeyEvent::new(KeyCode::Char(digit), KeyModifiers::NONE);
    keymap::command(key, state.screen, state.pane).map(|command| commands::run(state, command)).unwrap_or_default()
}

/// The same, when nothing at all has followed.
pub fn expire(state: &mut State, now: Instant) -> Vec<Effect> {
    if state.count.screen_at.is_some_and(|at| at <= now) { settle(state) } else { Vec::new() }
}
