//! One event at full size: the selected one of the pane, or of the strip under a record.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::{
    super::{
        event::Effect,
        keymap,
        state::{Popup, Screen, State},
    },
    audit_reviews, commands,
    motion::{self, Motion},
    popups::Step,
};
use crate::model::audit::Event;

pub fn open(state: &mut State) -> Vec<Effect> {
    if selected(state).is_empty() {
        state.message = Some(state.say("There is no event here.", "此处没有事件。").to_owned());
    } else {
        state.popup = Some(Popup::Event { scroll: 0 });
    }
    Vec::new()
}

/// The events of the selected line, newest first.
pub fn selected(state: &State) -> Vec<&Event> {
    match state.screen {
        Screen::Audit => state.audit.window.selected_events(),
        Screen::Replay => state.replays.event().into_iter().collect(),
        Screen::AuditReviews => state.audit_reviews.current_item().and_then(|item| item.event.as_ref()).into_iter().collect(),
        _ => state.detail.as_ref().map(|detail| detail.strip.selected_events()).unwrap_or_default(),
    }
}

pub fn on_key(state: &mut State, scroll: &mut u16, key: KeyEvent) -> Step {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => return Step::Close(Vec::new()),
        KeyCode::Char('d') if control => *scroll = scroll.saturating_add(8),
        KeyCode::Char('u') if control => *scroll = scroll.saturating_sub(8),
        KeyCode::PageDown => *scroll = scroll.saturating_add(8),
        KeyCode::PageUp => *scroll = scroll.saturating_sub(8),
        KeyCode::Char('j') | KeyCode::Down => return step(state, scroll, 1),
        KeyCode::Char('k') | KeyCode::Up => return step(state, scroll, -1),
        KeyCode::Char('w' | 'W' | 'u' | 'o' | 'f' | 'i' | 'x' | 'K') => {
            if let Some(command) = keymap::command(key, state.screen, state.pane) {
                return Step::Close(commands::run(state, command));
            }
        }
        _ => {}
    }
    // Nothing to scroll to is past the end of any event.
    *scroll = (*scroll).min(200);
    Step::Stay
}

/// To the next or previous event, without closing the window.
fn step(state: &mut State, scroll: &mut u16, by: i64) -> Step {
    *scroll = 0;
    let mut effects = motion::go(state, Motion::By(by));
    if state.screen == Screen::AuditReviews {
        effects.extend(audit_reviews::look(state));
    }
    Step::Do(effects)
}
