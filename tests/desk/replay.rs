//! A replayed session: the desk's panes as they stood, the events under them, stepping, jumping and looking for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        audit::{AuditPage, Event as AuditEvent},
        catalogue::Language,
        id::{RecordId, RecordNumber, SessionId},
        replay::{Kept, RowNow, Stretch},
    },
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

const SESSION: SessionId = SessionId(Uuid::from_u128(0x7f3a_0000_0000_0000_0000_0000_0000_0001));

fn at(seq: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
    begin + SignedDuration::from_secs(seq * 40)
}

fn event(seq: i64, action: &str, details: &str) -> AuditEvent {
    AuditEvent { details: (!details.is_empty()).then(|| details.to_owned()), ..AuditEvent::bare(SESSION, seq, at(seq), "chen.bo", action) }
}

fn record(number: i64) -> (RecordId, RecordNumber) {
    (RecordId(Uuid::from_u128(u128::from(number.unsigned_abs()))), RecordNumber::new("C", number))
}

fn about(number: i64, event: AuditEvent) -> AuditEvent {
    let (id, number) = record(number);
    AuditEvent { record: Some(id), record_number: Some(number), version: Some(3), ..event }
}

fn row(number: i64, name: &str, phone: &str) -> (RecordId, RowNow) {
    let (id, number) = record(number);
    let columns = [("name", name), ("phone", phone), ("city", "杭州"), ("status", "active")];
    let summary = columns.map(|(code, value)| (code.to_owned(), value.to_owned())).into();
    (id, RowNow { number, kind: "customer".into(), version: 3, updated_at: at(0), summary: Ok(summary) })
}

fn kept(field: &str, class: &str, version: i64, until: Option<i64>, text: &str) -> Kept {
    let from = (version > 1).then(|| at(version - 1_000));
    Kept {
        field: field.into(),
        class: class.into(),
        version,
        from,
        until: until.map(at),
        text: Some(Ok(text.into())),
        open: class == "basic",
    }
}

/// A search of two words, of which one can be read; a record opened, its phone revealed, a card refused.
fn stretch() -> Stretch {
    let search = r#"{"tokens": [1, 2], "groups": [0, 1], "numbers": [], "page": "00"}"#;
    let revealed =
        AuditEvent { field: Some("phone".into()), class: Some("contact".into()), reason: Some("other".into()), ..event(5, "reveal", "") };
    let refused =
        AuditEvent { field: Some("card".into()), class: Some("payment".into()), outcome: "SD003".into(), ..event(6, "reveal", "") };
    let events = vec![
        event(1, "session_open", ""),
        event(2, "list", r#"{"view": "all"}"#),
        event(3, "search", search),
        about(204_817, event(4, "view", r#"{"fields": ["city", "email", "id_number", "name", "phone"]}"#)),
        about(204_817, revealed),
        about(204_817, refused),
        event(7, "session_close", ""),
    ];
    let (id, _) = record(204_817);
    let values = vec![
        kept("name", "basic", 1, None, "Zhang Wei 张伟"),
        kept("city", "basic", 1, None, "杭州"),
        kept("phone", "contact", 1, None, "138****5678"),
        // Changed since: the one before counts.
        kept("email", "contact", 2, Some(900), "z***@example.com"),
        kept("email", "contact", 9, None, "w***@example.com"),
        // Changed since, and the one before is gone.
        kept("id_number", "identity", 9, None, "**** 0000"),
    ];
    Stretch {
        events,
        pages: BTreeMap::from([(3, vec![record(204_817), record(118_203)])]),
        words: BTreeMap::from([(3, vec![Some("zhang".into()), None])]),
        rows: HashMap::from([row(204_817, "Zhang Wei 张伟", "138****5678"), row(118_203, "Zhang Weiming 张伟明", "139****1120")]),
        kept: HashMap::from([(id, values)]),
        readable: ["basic", "contact", "identity"].map(str::to_owned).into(),
        last: 7,
    }
}

/// An audit pane with the reveal under the cursor.
fn audit(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        session.audit_all = true;
    }
    scene::go_to_audit(&mut state);
    let generation = state.audit.generation;
    let page = AuditPage { events: vec![about(204_817, event(5, "reveal", ""))], horizon: 0, has_more: false, looked: None };
    update(&mut state, Event::Audited { generation, page: Ok(page) });
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn replaying(language: Language, stretch: Stretch) -> State {
    let mut state = audit(language);
    let effects = press(&mut state, "r");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Screens { of, between: (1, 200), .. } if *of == SESSION)));
    let generation = state.replays.generation;
    update(&mut state, Event::Screens { generation, answer: Ok(Box::new(stretch)) });
    assert!(state.screen == Screen::Replay);
    state
}

fn seq(state: &State) -> i64 {
    state.replays.event().unwrap().seq
}

fn snapshots(name: &str, prepare: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = replaying(language, stretch());
            prepare(&mut state);
            insta::assert_snapshot!(format!("replay_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn the_record_as_it_stood_at_a_reveal() {
    snapshots("record", |_| {});
}

#[test]
fn the_rows_that_a_search_showed() {
    snapshots("search", |state| drop(press(state, "S")));
}

#[test]
fn a_list_of_which_nothing_tells_the_rows() {
    snapshots("unknown", |state| drop(press(state, "kkk")));
}

#[test]
fn looking_for_an_event() {
    snapshots("find", |state| {
        press(state, "/");
        update(state, Event::Paste("card".into()));
    });
}

#[test]
fn a_viewer_without_the_right_to_masks_sees_names_of_fields() {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let stretch =
                Stretch { rows: HashMap::new(), kept: HashMap::new(), readable: BTreeSet::new(), words: BTreeMap::new(), ..stretch() };
            let mut state = replaying(language, stretch);
            let painted = picture(&mut state, width, height);
            assert!(!painted.contains("138****5678"), "{painted}");
            insta::assert_snapshot!(format!("replay_names_{code}_{width}x{height}"), painted);
        }
    }
}

#[test]
fn the_screens_follow_the_events_step_by_step_and_by_jumps() {
    let mut state = replaying(Language::English, stretch());
    assert_eq!(seq(&state), 5);
    let painted = picture(&mut state, 120, 40);
    assert!(painted.contains("138****5678") && painted.contains("stood in clear") && painted.contains("z***@example.com"), "{painted}");
    assert!(!painted.contains("w***@example.com") && !painted.contains("**** 0000"), "what came later did not stand there: {painted}");
    assert!(!painted.contains("Notes (") && !painted.contains("clearance:"), "what no event tells is left out: {painted}");
    press(&mut state, "x");
    assert_eq!(seq(&state), 6);
    press(&mut state, "S");
    assert_eq!(seq(&state), 3);
    let painted = picture(&mut state, 120, 40);
    assert!(painted.contains("zhang + 1 word, not readable") && painted.contains("C-118203"), "{painted}");
    press(&mut state, "r");
    assert_eq!(seq(&state), 5);
    press(&mut state, "gjG");
    assert_eq!(seq(&state), 7);
    let painted = picture(&mut state, 120, 40);
    assert!(!painted.contains("138****5678"), "signed out: {painted}");
    press(&mut state, "j");
    assert!(state.message.as_ref().unwrap().contains("last event"));
    press(&mut state, "k");
    assert!(state.message.is_none() && seq(&state) == 6, "said of the row before");
    // By text, over all that the events say.
    press(&mut state, "g/");
    update(&mut state, Event::Paste("refused".into()));
    update(&mut state, key(KeyCode::Enter));
    assert_eq!(seq(&state), 6);
    press(&mut state, "n");
    assert!(seq(&state) == 6 && state.message.as_ref().unwrap().contains("no further one"));
}

#[test]
fn what_lies_before_or_behind_is_read_when_it_is_stepped_to() {
    let begun = Stretch { events: vec![event(201, "list", ""), event(202, "star", "")], last: 450, ..Stretch::default() };
    let mut state = audit(Language::English);
    let effects = press(&mut state, "r");
    assert!(!effects.is_empty());
    let generation = state.replays.generation;
    update(&mut state, Event::Screens { generation, answer: Ok(Box::new(begun)) });
    assert!(picture(&mut state, 120, 40).contains("k steps back to them"));
    press(&mut state, "g");
    let back = press(&mut state, "k");
    assert!(back.iter().any(|effect| matches!(effect, Effect::Screens { between: (1, 200), .. })));
    let generation = state.replays.generation;
    let refused = Trouble { code: "SD003", text: "your roles do not permit this".into(), current: None };
    update(&mut state, Event::Screens { generation, answer: Err(refused) });
    assert!(state.screen == Screen::Replay && state.message.as_ref().unwrap().contains("do not permit"));
    press(&mut state, "G");
    let on = press(&mut state, "j");
    assert!(on.iter().any(|effect| matches!(effect, Effect::Screens { between: (203, 400), .. })));
}

#[test]
fn a_value_is_unmasked_on_the_viewers_own_desk_only_and_the_way_back_is_there() {
    let mut state = replaying(Language::English, stretch());
    press(&mut state, "y");
    let painted = picture(&mut state, 120, 40);
    assert!(!painted.contains("13812345678"), "the value that is revealed on the viewer's desk is not in the replay: {painted}");
    let effects = press(&mut state, "o");
    assert!(
        state.screen == Screen::Desk
            && effects.iter().any(|effect| matches!(effect, Effect::View { record, again: false, .. } if *record == record_of(204_817)))
    );
    press(&mut state, ":");
    update(&mut state, Event::Paste("replay session".into()));
    update(&mut state, key(KeyCode::Enter));
    assert!(state.screen == Screen::Replay && seq(&state) == 5);
    update(&mut state, key(KeyCode::Enter));
    assert!(matches!(state.popup, Some(Popup::Event { .. })) && picture(&mut state, 80, 24).contains("chen.bo"));
    update(&mut state, key(KeyCode::Esc));
    // The record has not been answered: that is stopped first.
    update(&mut state, key(KeyCode::Esc));
    update(&mut state, key(KeyCode::Esc));
    assert!(state.screen == Screen::Audit && state.replays.open.is_none());
}

fn record_of(number: i64) -> RecordId {
    record(number).0
}

#[test]
fn a_lock_leaves_nothing_of_a_replay() {
    let mut state = replaying(Language::English, stretch());
    press(&mut state, "L");
    assert!(state.screen == Screen::Unlock && state.replays.open.is_none());
}

#[test]
fn a_replay_needs_an_event_to_begin_at() {
    let mut state = scene::desk(Language::English);
    press(&mut state, ":");
    update(&mut state, Event::Paste("replay session".into()));
    update(&mut state, key(KeyCode::Enter));
    assert!(state.screen == Screen::Desk && state.message.as_ref().unwrap().contains("2, then r"));
}

#[test]
fn rights_that_change_end_a_replay_that_was_read_with_those_of_before() {
    let mut state = replaying(Language::English, stretch());
    let mut now = state.session.clone().unwrap();
    now.rights.clear();
    update(&mut state, Event::Policy(Ok(Box::new(now))));
    assert!(state.screen == Screen::Audit && state.replays.open.is_none());
    assert!(!picture(&mut state, 120, 40).contains("138****5678"));
}
