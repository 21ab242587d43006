//! Sharing a revealed value, and the windows of what is shared with and by one.

use std::time::{Duration, Instant};

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    crypto::secret::Secret,
    desk::{
        event::{Effect, Event, Trouble},
        state::{Pane, Popup, State},
        update::update,
    },
    model::{
        catalogue::Language,
        id::{RecordId, RecordNumber, ShareId},
        share::Share,
    },
    service::{
        reveal::GivenReason,
        share::{Shared, Wanted},
    },
};
use uuid::Uuid;

use super::{key, picture, scene, snapshots};

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn share(id: u128, number: i64, field: &str, from: &str, to: &str) -> Share {
    Share {
        id: ShareId(Uuid::from_u128(id)),
        record: RecordId(Uuid::from_u128(u128::from(number.unsigned_abs()))),
        number: RecordNumber::new("C", number),
        field: field.into(),
        class: "contact".into(),
        version: 3,
        field_version: Some(3),
        from: from.into(),
        to: to.into(),
        reason: None,
        created_at: noon(),
        until: noon(),
        withdrawn: None,
        is_open: true,
    }
}

fn shares() -> Vec<Share> {
    vec![
        share(1, 204_817, "phone", "lin.mei", "wu.jun"),
        Share { field_version: Some(4), ..share(2, 118_203, "email", "wang.fang", "lin.mei") },
        Share { is_open: false, ..share(3, 990_121, "phone", "wu.jun", "lin.mei") },
        Share { is_open: false, withdrawn: Some((noon(), "lin.mei".into())), ..share(4, 990_121, "address", "lin.mei", "ann") },
    ]
}

fn with_shares(state: &mut State) {
    let generation = state.shares.generation;
    update(state, Event::Shares { generation, answer: Ok(shares()) });
    state.message = None;
}

fn choose(state: &mut State, digit: char) -> Vec<Effect> {
    update(state, key(KeyCode::Char('v')));
    update(state, key(KeyCode::Char(digit)))
}

fn value() -> Box<Shared> {
    Box::new(Shared {
        id: ShareId(Uuid::from_u128(2)),
        number: RecordNumber::new("C", 118_203),
        field: "email".into(),
        class: "contact".into(),
        version: 3,
        field_version: Some(4),
        from: "wang.fang".into(),
        until: noon(),
        value: Secret::from("zhang.weiming@example.com"),
    })
}

/// Reveals with a reason, and presses `S` on it.
fn begin(state: &mut State) {
    state.pane = Pane::Detail;
    for _ in 0..6 {
        update(state, key(KeyCode::Char('j')));
    }
    let record = state.detail.as_ref().unwrap().view.id;
    let reason = Some(GivenReason { code: "verify".into(), reference: None });
    let values = vec![("id_number".to_owned(), Ok(Secret::from("11010519491231002X")))];
    update(state, Event::Revealed { record, reason, values });
    // Painted times stand still.
    let until = state.now + Duration::from_secs(30);
    state.detail.as_mut().unwrap().revealed.get_mut("id_number").unwrap().until = until;
    update(state, key(KeyCode::Char('S')));
}

fn opened(state: &mut State) {
    with_shares(state);
    choose(state, '6');
    update(state, key(KeyCode::Enter));
    update(state, Event::ShareOpened { id: ShareId(Uuid::from_u128(2)), answer: Ok(value()) });
    if let Some(Popup::Shares(window)) = &mut state.popup {
        window.opened.as_mut().unwrap().until = state.now + Duration::from_secs(58);
    }
}

#[test]
fn the_form_that_shares_a_value() {
    snapshots("share_form", |state| {
        begin(state);
        update(state, Event::Paste("wu.jun".into()));
    });
}

#[test]
fn what_is_shared_with_one_and_a_value_of_it() {
    snapshots("shared_with_me", opened);
}

#[test]
fn what_one_shares_and_the_question_before_it_is_withdrawn() {
    snapshots("shared_by_me", |state| {
        with_shares(state);
        choose(state, '7');
        update(state, key(KeyCode::Char('x')));
    });
}

#[test]
fn a_field_that_is_shared_says_with_whom() {
    snapshots("shared_detail", |state| {
        state.pane = Pane::Detail;
        with_shares(state);
    });
}

#[test]
fn a_value_is_shared_for_the_reason_it_was_revealed_for() {
    let mut state = scene::desk(Language::English);
    begin(&mut state);
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty(), "nobody is named yet");
    assert!(picture(&mut state, 80, 24).contains("A login name is needed"));
    update(&mut state, Event::Paste("wu.jun".into()));
    update(&mut state, key(KeyCode::Tab));
    assert!(picture(&mut state, 80, 24).contains("from 5m to 30d"));
    update(&mut state, Event::Paste("x".into()));
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    assert!(picture(&mut state, 80, 24).contains("five minutes to thirty days"));
    update(&mut state, key(KeyCode::Backspace));
    let effects = update(&mut state, key(KeyCode::Enter));
    let record = state.detail.as_ref().unwrap().view.id;
    let wanted = Wanted {
        record,
        field: "id_number".into(),
        to: "wu.jun".into(),
        lasts: SignedDuration::from_hours(2),
        reason: Some(GivenReason { code: "verify".into(), reference: None }),
    };
    assert!(matches!(&effects[..], [Effect::Share(sent)] if *sent == wanted));
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty(), "it is sent once");
    update(&mut state, Event::Shared(Err(Trouble { code: "SD067", text: "Check the login name.".into(), current: None })));
    assert!(picture(&mut state, 80, 24).contains("Check the login name."), "the form stays");
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::Shared(Ok((ShareId(Uuid::nil()), noon()))));
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("Shared with wu.jun"));
}

#[test]
fn what_is_not_revealed_or_not_shareable_is_not_shared() {
    let mut state = scene::desk(Language::English);
    state.pane = Pane::Detail;
    for (field, why) in [(0, "Everybody may see this"), (4, "Reveal it first"), (8, "forbids sharing")] {
        state.detail.as_mut().unwrap().selected = field;
        update(&mut state, key(KeyCode::Char('S')));
        assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains(why), "{field}: {:?}", state.message);
    }
}

#[test]
fn a_shared_value_hides_by_its_time_by_escape_and_by_the_lock() {
    let secret = "zhang.weiming@example.com";
    let hidden = |how: &dyn Fn(&mut State)| {
        let mut state = scene::desk(Language::English);
        opened(&mut state);
        assert!(picture(&mut state, 100, 30).contains(secret));
        how(&mut state);
        assert!(!picture(&mut state, 100, 30).contains(secret));
        state
    };
    let state = hidden(&|state| drop(update(state, key(KeyCode::Esc))));
    assert!(matches!(state.popup, Some(Popup::Shares(_))), "the window stays");
    hidden(&|state| {
        if let Some(Popup::Shares(window)) = &mut state.popup {
            window.opened.as_mut().unwrap().until = Instant::now();
        }
        update(state, Event::Tick);
    });
    hidden(&|state| scene::lose_focus(state));
    let state = hidden(&|state| {
        update(state, key(KeyCode::Esc));
        update(state, key(KeyCode::Esc));
        update(state, key(KeyCode::Char('L')));
    });
    assert!(state.popup.is_none() && state.shares.list.is_empty());
}

#[test]
fn a_fresh_code_is_asked_for_where_the_class_does_and_what_was_asked_goes_on() {
    let refused = || Trouble { code: "SD023", text: String::new(), current: None };
    let mut state = scene::desk(Language::English);
    begin(&mut state);
    update(&mut state, Event::Paste("wu.jun".into()));
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::Shared(Err(refused())));
    assert!(picture(&mut state, 80, 24).contains("One-time code"));
    update(&mut state, key(KeyCode::Esc));
    assert!(picture(&mut state, 80, 24).contains("wu.jun"), "what was typed is still there");
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::Shared(Err(refused())));
    let effects = update(&mut state, Event::SteppedUp(Ok(())));
    assert!(matches!(&effects[..], [Effect::Share(wanted)] if wanted.to == "wu.jun"));

    let mut state = scene::desk(Language::English);
    with_shares(&mut state);
    choose(&mut state, '6');
    update(&mut state, key(KeyCode::Enter));
    let id = ShareId(Uuid::from_u128(2));
    update(&mut state, Event::ShareOpened { id, answer: Err(refused()) });
    let effects = update(&mut state, Event::SteppedUp(Ok(())));
    assert!(matches!(effects[..], [Effect::OpenShare(again)] if again == id));
    update(&mut state, Event::ShareOpened { id, answer: Ok(value()) });
    assert!(picture(&mut state, 80, 24).contains("zhang.weiming@example.com"));
}

#[test]
fn an_answer_that_comes_late_is_shown_to_nobody() {
    let mut state = scene::desk(Language::English);
    with_shares(&mut state);
    choose(&mut state, '6');
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, key(KeyCode::Esc));
    update(&mut state, Event::ShareOpened { id: ShareId(Uuid::from_u128(2)), answer: Ok(value()) });
    choose(&mut state, '6');
    assert!(!picture(&mut state, 100, 30).contains("zhang.weiming"));
    let generation = state.shares.generation;
    update(&mut state, key(KeyCode::Esc));
    update(&mut state, key(KeyCode::Char('L')));
    update(&mut state, Event::Unlocked(Ok(Box::new(scene::session()))));
    update(&mut state, Event::Shares { generation, answer: Ok(shares()) });
    assert!(state.shares.list.is_empty(), "of a session that is over");
}

#[test]
fn what_is_newly_shared_with_one_is_told() {
    let mut state = scene::desk(Language::English);
    state.message = None;
    let generation = state.shares.generation;
    update(&mut state, Event::Shares { generation, answer: Ok(shares()) });
    assert!(state.message.as_ref().unwrap().starts_with("wang.fang shares a value of C-118203"), "{:?}", state.message);
    state.message = None;
    update(&mut state, Event::Shares { generation, answer: Ok(shares()) });
    assert_eq!(state.message, None, "once");
}

#[test]
fn only_what_is_open_and_ones_own_is_withdrawn() {
    let mut state = scene::desk(Language::English);
    with_shares(&mut state);
    choose(&mut state, '7');
    update(&mut state, key(KeyCode::Char('j')));
    assert!(update(&mut state, key(KeyCode::Char('x'))).is_empty());
    assert!(update(&mut state, key(KeyCode::Char('y'))).is_empty(), "it was withdrawn before");
    update(&mut state, key(KeyCode::Char('k')));
    update(&mut state, key(KeyCode::Char('x')));
    assert!(update(&mut state, key(KeyCode::Char('n'))).is_empty());
    update(&mut state, key(KeyCode::Char('x')));
    let effects = update(&mut state, key(KeyCode::Char('y')));
    assert!(matches!(effects[..], [Effect::WithdrawShare(id)] if id == ShareId(Uuid::from_u128(1))));
}
