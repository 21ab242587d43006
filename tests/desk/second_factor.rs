//! Setting one's own second factor up: signed in, and over the unlock screen.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use sealdesk::{
    config::Glyphs,
    crypto::secret::Secret,
    desk::{
        event::{Effect, Event, Trouble},
        second_factor::{Found, Offer},
        state::{Popup, Screen, State},
        update::update,
    },
    model::{catalogue::Language, person::SecondFactor},
    text::qr,
};

use super::{key, picture, scene, snapshots};

const SECRET: &str = "k7dp 2mxq hr4t abcd efgh ijkl mnop qrst";

fn offer(glyphs: Glyphs) -> Event {
    let uri = "otpauth://totp/Harbour%20desk:lin%2Emei?secret=K7DP2MXQHR4TABCDEFGHIJKLMNOPQRST&issuer=Harbour%20desk";
    let picture = qr::picture(&Secret::from(uri), glyphs).ok();
    Event::SecondFactor(Ok(Found::Begun(Offer { secret: Secret::from(SECRET), picture })))
}

fn command(state: &mut State) -> Vec<Effect> {
    let name = state.say(":second factor", ":双因素验证").to_owned();
    for c in name.chars() {
        update(state, key(KeyCode::Char(c)));
    }
    update(state, key(KeyCode::Enter))
}

/// Signed in, with the window open.
fn ask(state: &mut State) {
    ask_passphrase(state);
    update(state, Event::Paste("the passphrase".into()));
    let effects = update(state, key(KeyCode::Enter));
    assert!(matches!(
        &effects[..],
        [Effect::BeginSecondFactor { user, passphrase }] if user == "lin.mei" && passphrase.expose() == "the passphrase"
    ));
    update(state, offer(state.glyphs));
    assert!(state.popup.is_none());
}

/// Signed in, without a second factor: the passphrase is asked for.
fn ask_passphrase(state: &mut State) {
    assert!(matches!(command(state)[..], [Effect::SecondFactor]));
    update(state, Event::SecondFactor(Ok(Found::Missing)));
}

/// Somebody unlocks the desk again.
fn unlock(state: &mut State, user: &str) {
    let session = sealdesk::desk::event::Session { user: user.into(), ..scene::session() };
    update(state, Event::Unlocked(Ok(Box::new(session))));
}

#[test]
fn an_open_desk_asks_for_the_passphrase_before_it_shows_a_secret() {
    snapshots("second_factor_passphrase", ask_passphrase);
    let mut state = scene::desk(Language::English);
    ask_passphrase(&mut state);
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty(), "not without one");
    update(&mut state, Event::Paste("a guess".into()));
    update(&mut state, key(KeyCode::Enter));
    let wrong = Trouble { code: "wrong_passphrase", text: "Wrong user name or passphrase.".into(), current: None };
    update(&mut state, Event::SecondFactor(Err(wrong)));
    // A mistake in typing is no end of the session, and nothing typed stays.
    assert!(state.session.is_some() && state.second_factor.is_none());
    let Some(Popup::Person(dialog)) = &state.popup else { panic!("the question stays") };
    assert!(dialog.typed(0).expose().is_empty() && !dialog.busy);
    assert!(picture(&mut state, 80, 24).contains("Wrong user name or passphrase."));
}

#[test]
fn a_lock_keeps_the_recovery_codes_for_the_same_person_until_they_are_written_down() {
    for at_sign_in in [false, true] {
        let mut state = scene::desk(Language::English);
        if at_sign_in {
            refused_at_sign_in(&mut state);
            update(&mut state, offer(Glyphs::Ascii));
        } else {
            ask(&mut state);
        }
        confirm(&mut state);
        state.last_input -= state.idle_lock + Duration::from_secs(1);
        update(&mut state, Event::Tick);
        let locked = picture(&mut state, 120, 40);
        assert!(!locked.contains("code-0009") && locked.contains("shown again when you unlock"), "{locked}");
        // Leaving asks first, since they would be gone.
        assert!(update(&mut state, key(KeyCode::Esc)).is_empty());
        assert!(picture(&mut state, 120, 40).contains("recovery codes wait behind the lock"));
        update(&mut state, key(KeyCode::Char('n')));
        // Somebody else does not see them.
        unlock(&mut state, "wu.jun");
        assert!(state.second_factor.is_none() && !picture(&mut state, 120, 40).contains("code-0009"));
        update(&mut state, key(KeyCode::Char('L')));
        unlock(&mut state, "lin.mei");
        assert!(picture(&mut state, 120, 40).contains("code-0009-wxyz"));
        assert!(matches!(update(&mut state, key(KeyCode::Char('y')))[..], [Effect::LeaveSecondFactor]));
        update(&mut state, key(KeyCode::Char('L')));
        unlock(&mut state, "lin.mei");
        assert!(state.second_factor.is_none() && state.unwritten_codes.is_none());
    }
}

fn confirm(state: &mut State) {
    update(state, Event::Paste("123456".into()));
    let effects = update(state, key(KeyCode::Enter));
    assert!(matches!(&effects[..], [Effect::ConfirmSecondFactor(code)] if code.expose() == "123456"));
    let codes = (0..10).map(|place| Secret::new(format!("code-{place:04}-wxyz"))).collect();
    update(state, Event::SecondFactorConfirmed(Ok(codes)));
}

fn wrong_code() -> Event {
    let text =
        "That code is not right, or was used before. Wait for the next one; after five wrong ones there is a pause of fifteen minutes.";
    Event::SecondFactorConfirmed(Err(Trouble { code: "SD022", text: text.into(), current: None }))
}

/// Locked, with the right passphrase typed, where a role asks for a second factor and there is none.
fn refused_at_sign_in(state: &mut State) -> Vec<Effect> {
    update(state, key(KeyCode::Char('L')));
    update(state, Event::Paste("the passphrase".into()));
    update(state, key(KeyCode::Enter));
    let text = state.say("Your role asks for a second factor.", "您的角色要求双因素验证。").to_owned();
    update(state, Event::Unlocked(Err(Trouble { code: "SD021", text, current: None })))
}

#[test]
fn the_secret_and_the_box_for_the_first_code() {
    snapshots("second_factor", ask);
}

#[test]
fn the_qr_code_stands_beside_the_secret_where_it_fits() {
    snapshots("second_factor_qr", |state| {
        state.glyphs = Glyphs::Unicode;
        ask(state);
        update(state, Event::Paste("12".into()));
        update(state, key(KeyCode::Enter));
        update(state, wrong_code());
    });
}

#[test]
fn the_recovery_codes() {
    snapshots("second_factor_codes", |state| {
        ask(state);
        confirm(state);
    });
}

#[test]
fn it_is_set_up_over_the_unlock_screen_where_a_role_asks_for_it() {
    snapshots("second_factor_sign_in", |state| {
        let effects = refused_at_sign_in(state);
        assert!(matches!(
            &effects[..],
            [Effect::BeginSecondFactor { user, passphrase }] if user == "lin.mei" && passphrase.expose() == "the passphrase"
        ));
        update(state, offer(state.glyphs));
    });
}

#[test]
fn the_next_code_is_asked_for_once_it_was_set_up_at_the_sign_in() {
    snapshots("second_factor_next_code", |state| {
        refused_at_sign_in(state);
        update(state, offer(state.glyphs));
        confirm(state);
        assert!(matches!(update(state, key(KeyCode::Char('y')))[..], [Effect::LeaveSecondFactor]));
    });
}

#[test]
fn the_next_code_signs_in_with_the_passphrase_that_was_typed() {
    let mut state = scene::desk(Language::English);
    refused_at_sign_in(&mut state);
    update(&mut state, offer(Glyphs::Ascii));
    confirm(&mut state);
    update(&mut state, key(KeyCode::Char('y')));
    update(&mut state, Event::Paste("654321".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(matches!(
        &effects[..],
        [Effect::Unlock { passphrase, code: Some(code), .. }] if passphrase.expose() == "the passphrase" && code.expose() == "654321"
    ));
}

#[test]
fn one_that_is_set_up_says_how_many_recovery_codes_are_left() {
    let mut state = scene::desk(Language::English);
    command(&mut state);
    update(&mut state, Event::SecondFactor(Ok(Found::InForce(SecondFactor { is_set_up: true, required: true, recovery_codes_left: 8 }))));
    assert!(state.second_factor.is_none());
    assert!(picture(&mut state, 80, 24).contains("Your second factor is set up; 8 recovery codes are left."));
}

#[test]
fn only_a_deliberate_key_leaves_the_recovery_codes() {
    let mut state = scene::desk(Language::English);
    ask(&mut state);
    confirm(&mut state);
    for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Char('q'), KeyCode::Char('Q'), KeyCode::Char('L'), KeyCode::Char(' ')] {
        assert!(update(&mut state, key(code)).is_empty());
    }
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)));
    assert!(picture(&mut state, 80, 24).contains("code-0009-wxyz"));
    assert!(matches!(update(&mut state, key(KeyCode::Char('y')))[..], [Effect::LeaveSecondFactor]));
    assert!(!picture(&mut state, 80, 24).contains("code-0009-wxyz"));
}

#[test]
fn a_code_that_is_being_judged_is_waited_for() {
    let mut state = scene::desk(Language::English);
    ask(&mut state);
    update(&mut state, Event::Paste("123456".into()));
    update(&mut state, key(KeyCode::Enter));
    assert!(update(&mut state, key(KeyCode::Esc)).is_empty());
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    update(&mut state, wrong_code());
    assert!(matches!(update(&mut state, key(KeyCode::Esc))[..], [Effect::LeaveSecondFactor]));
    assert!(state.second_factor.is_none());
}

#[test]
fn locking_leaves_nothing_of_a_second_factor_on_the_screen() {
    for at_sign_in in [false, true] {
        for codes in [false, true] {
            let mut state = scene::desk(Language::English);
            if at_sign_in {
                refused_at_sign_in(&mut state);
                update(&mut state, offer(Glyphs::Ascii));
            } else {
                ask(&mut state);
            }
            if codes {
                confirm(&mut state);
            }
            // A while without a key.
            state.last_input -= state.idle_lock + Duration::from_secs(1);
            assert!(state.next_deadline().is_some());
            let effects = update(&mut state, Event::Tick);
            assert!(effects.iter().any(|effect| matches!(effect, Effect::Lock)));
            assert!(state.second_factor.is_none() && state.passphrase.is_empty() && state.screen == Screen::Unlock);
            let screen = picture(&mut state, 120, 40);
            assert!(!screen.contains("k7dp") && !screen.contains("code-00"), "{screen}");
        }
    }
}

#[test]
fn a_secret_that_arrives_behind_the_lock_is_dropped() {
    let mut state = scene::desk(Language::English);
    command(&mut state);
    update(&mut state, key(KeyCode::Char('L')));
    update(&mut state, offer(Glyphs::Ascii));
    assert!(state.second_factor.is_none());
}

#[test]
fn what_waits_behind_the_lock_is_there_after_a_second_factor_was_set_up() {
    let mut state = scene::desk(Language::English);
    update(&mut state, key(KeyCode::Char('n')));
    update(&mut state, Event::Paste("a note that waits".into()));
    state.last_input -= state.idle_lock + Duration::from_secs(1);
    update(&mut state, Event::Tick);
    update(&mut state, Event::Paste("the passphrase".into()));
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::Unlocked(Err(Trouble { code: "SD021", text: String::new(), current: None })));
    update(&mut state, offer(Glyphs::Ascii));
    assert!(!picture(&mut state, 80, 24).contains("a note that waits"));
    confirm(&mut state);
    update(&mut state, key(KeyCode::Char('y')));
    assert!(matches!(&state.popup, Some(Popup::NoteEditor(editor)) if editor.input.text().expose() == "a note that waits"));
}

#[test]
fn leaving_at_the_sign_in_forgets_the_passphrase() {
    let mut state = scene::desk(Language::English);
    refused_at_sign_in(&mut state);
    update(&mut state, offer(Glyphs::Ascii));
    assert!(matches!(update(&mut state, key(KeyCode::Esc))[..], [Effect::LeaveSecondFactor]));
    assert!(state.passphrase.is_empty() && state.code.is_none() && !state.unlocking);
    assert!(picture(&mut state, 80, 24).contains("No second factor was set up."));
}

#[test]
fn without_a_typed_passphrase_the_refusal_itself_is_said() {
    let mut state = scene::desk(Language::English);
    update(&mut state, key(KeyCode::Char('L')));
    let text = "Your role asks for a second factor.".to_owned();
    assert!(update(&mut state, Event::Unlocked(Err(Trouble { code: "SD021", text, current: None }))).is_empty());
    assert!(picture(&mut state, 80, 24).contains("Your role asks for a second factor."));
}
