//! What the desk says of itself where policy records it: a value that went from the screen, and a row that somebody stayed on.

use std::time::{Duration, Instant};

use crossterm::event::KeyCode;
use sealdesk::{
    desk::{
        event::{Effect, Event},
        state::{Pane, State},
        update::update,
    },
    model::catalogue::Language,
};

use super::{key, scene};

fn desk(hide: &[&str], focus: bool) -> State {
    let mut state = scene::desk(Language::English);
    if let Some(session) = &mut state.session {
        session.catalogue.reported.hide = hide.iter().map(|class| (*class).to_owned()).collect();
        session.catalogue.reported.focus = focus;
    }
    state
}

/// Fields that are told to be hidden, and rows that somebody stayed on.
fn told(effects: &[Effect]) -> (Vec<String>, usize) {
    let reports = effects.iter().filter_map(|effect| if let Effect::Report { field, .. } = effect { Some(field.clone()) } else { None });
    let all: Vec<Option<String>> = reports.collect();
    let rows = all.iter().filter(|field| field.is_none()).count();
    (all.into_iter().flatten().collect(), rows)
}

#[test]
fn a_value_that_goes_from_the_screen_is_told_once_whatever_took_it() {
    let hiding: [fn(&mut State) -> Vec<Effect>; 3] = [
        |state| {
            state.pane = Pane::Detail;
            update(state, key(KeyCode::Esc))
        },
        |state| {
            for revealed in state.detail.iter_mut().flat_map(|detail| detail.revealed.values_mut()) {
                revealed.until = Instant::now();
            }
            update(state, Event::Tick)
        },
        |state| {
            for class in state.session.iter_mut().flat_map(|session| &mut session.catalogue.classes) {
                class.hide_on_focus_loss = true;
            }
            update(state, Event::FocusLost)
        },
    ];
    for hide in hiding {
        let mut state = desk(&["contact"], false);
        assert_eq!(told(&update(&mut state, Event::Resize)), (Vec::new(), 0), "it is still there");
        assert_eq!(told(&hide(&mut state)), (vec!["phone".to_owned()], 0));
        assert_eq!(told(&update(&mut state, Event::Tick)), (Vec::new(), 0));
    }
    let mut state = desk(&["identity"], false);
    state.pane = Pane::Detail;
    assert_eq!(told(&update(&mut state, key(KeyCode::Esc))), (Vec::new(), 0), "another class");
}

#[test]
fn a_lock_tells_nothing_since_the_end_of_the_session_says_it() {
    let mut state = desk(&["contact"], true);
    let effects = update(&mut state, key(KeyCode::Char('L')));
    assert_eq!(told(&effects), (Vec::new(), 0));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Lock)));
}

#[test]
fn a_row_is_told_when_the_cursor_has_stayed_on_it_and_not_while_it_passes() {
    let mut state = desk(&[], true);
    state.pane = Pane::List;
    let later = |state: &mut State| {
        if let Some(stay) = &mut state.stay {
            stay.since = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
        }
    };
    assert_eq!(told(&update(&mut state, Event::Resize)).1, 0);
    for _ in 0..2 {
        assert_eq!(told(&update(&mut state, key(KeyCode::Char('j')))).1, 0, "it passes");
    }
    assert!(state.next_deadline().is_some_and(|at| at <= Instant::now() + Duration::from_secs(1)), "it is looked at in a second");
    later(&mut state);
    assert_eq!(told(&update(&mut state, Event::Tick)).1, 1);
    later(&mut state);
    assert_eq!(told(&update(&mut state, Event::Tick)).1, 0, "once");
    let mut state = desk(&[], false);
    update(&mut state, Event::Tick);
    assert!(state.stay.is_none(), "where it is not recorded nothing is looked at");
}
