//! The incidents screen: list and timeline, what is added, and the clock in the title.

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    desk::{
        event::{Effect, Event},
        incidents,
        people::Act,
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        catalogue::Language,
        id::{RecordNumber, SessionId},
        incident::{Incident, Item, Kind, Pinned, Saw, Scope, Severity},
    },
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn incident(number: i64, title: &str, severity: Severity, closed: bool) -> Incident {
    Incident {
        number,
        title: title.into(),
        severity,
        opened_at: noon(),
        opened_by: "wu.jun".into(),
        owner: "zhao.lei".into(),
        closed,
        known_at: None,
        notified: closed,
        items: 3,
        open_tasks: 1,
        last_at: noon(),
        scope: Scope {
            people: vec!["chen.bo".into()],
            records: vec![RecordNumber::new("C", 204_817)],
            classes: vec!["identity".into()],
            from: None,
            until: None,
        },
    }
}

fn item(number: i64, kind: &str, text: &str) -> Item {
    Item { number, at: noon(), by: "wu.jun".into(), kind: kind.into(), text: text.into(), of: None, about: None, when: None, pinned: None }
}

fn timeline() -> Vec<Item> {
    let event = Some((noon(), "chen.bo".to_owned(), "reveal".to_owned(), "ok".to_owned()));
    let pinned = |same, event| Some(Pinned { session: SessionId(Uuid::nil()), seq: 214, hash: vec![0; 32], event, same });
    vec![
        Item { pinned: pinned(true, event.clone()), ..item(17, "pin", "here it began") },
        item(
            18,
            "note",
            "called the team lead: chen.bo is not on shift today, and the desk at which the session was opened is in the locked room on the third floor",
        ),
        Item { pinned: pinned(false, event), ..item(19, "pin", "") },
        item(20, "task", "new keys for identity"),
        Item { about: Some("zhao.lei".into()), ..item(21, "hand_over", "my shift ends") },
    ]
}

fn open(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        (session.respond, session.audit_all) = (true, true);
        // Far enough away that the hours do not move while the tests run.
        session.standing.clock = Some((3, Timestamp::now() + SignedDuration::from_mins(41 * 60 + 30)));
    }
    command(&mut state, if language == Language::English { "incidents" } else { "安全事件列表" });
    let generation = state.incidents.generation;
    let rows = vec![incident(3, "bulk reveals by chen.bo", Severity::High, false), incident(2, "a lost laptop", Severity::Medium, true)];
    update(&mut state, Event::Incidents { generation, answer: Ok(rows) });
    update(&mut state, Event::IncidentItems { number: 3, answer: Ok(timeline()) });
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn command(state: &mut State, typed: &str) -> Vec<Effect> {
    press(state, ":");
    update(state, Event::Paste(typed.into()));
    update(state, key(KeyCode::Enter))
}

fn snapshots(name: &str, arrange: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = open(language);
            arrange(&mut state);
            insta::assert_snapshot!(format!("incidents_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn the_incidents_and_a_timeline() {
    snapshots("list", |_| {});
}

#[test]
fn a_new_incident() {
    snapshots("open", |state| drop(press(state, "a")));
}

#[test]
fn a_note_is_handed_over_with_its_incident() {
    let mut state = open(Language::English);
    press(&mut state, "n");
    update(&mut state, key(KeyCode::Enter));
    assert!(matches!(&state.popup, Some(Popup::Person(dialog)) if dialog.error.is_some()), "not an empty one");
    update(&mut state, Event::Paste("seen on camera".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Act(Act::Incident(incidents::Act::Add { number: 3, kind: Kind::Note, text })) if text == "seen on camera")));
}

#[test]
fn an_event_of_the_audit_opens_an_incident_about_its_actor() {
    let mut state = open(Language::English);
    scene::go_to_audit(&mut state);
    let event = sealdesk::model::audit::Event::bare(SessionId(Uuid::from_u128(1)), 7, noon(), "chen.bo", "reveal");
    let generation = state.audit.generation;
    let page = sealdesk::model::audit::AuditPage { events: vec![event], horizon: 0, has_more: false, looked: None };
    update(&mut state, Event::Audited { generation, page: Ok(page) });
    press(&mut state, "i");
    update(&mut state, Event::Paste("bulk reveals".into()));
    let mut effects = update(&mut state, key(KeyCode::Enter));
    effects.extend(update(&mut state, key(KeyCode::Enter)));
    effects.extend(update(&mut state, key(KeyCode::Enter)));
    let opened = effects.iter().any(|effect| {
        matches!(effect, Effect::Act(Act::Incident(incidents::Act::Open { title, severity: Severity::High, scope, pins, alert: None }))
            if title == "bulk reveals" && scope.people == ["chen.bo"] && matches!(pins.as_slice(), [Kind::Pin { seq: 7, .. }]))
    });
    assert!(opened);
}

fn saw(list: &str, record: i64, field: &str, times: i64) -> Saw {
    Saw {
        list: list.into(),
        record: (record > 0).then(|| RecordNumber::new("C", record)),
        field: (!field.is_empty()).then(|| field.into()),
        class: Some("contact".into()),
        times,
        first: Some(noon()),
        last: Some(noon()),
        hidden: record == 0,
    }
}

#[test]
fn what_the_person_saw_is_asked_for_and_shown() {
    snapshots("saw", |state| {
        let effects = press(state, "w");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Saw { login, .. } if login == "chen.bo")));
        let found = vec![saw("revealed", 204_817, "phone", 2), saw("revealed", 0, "phone", 1), saw("fetched", 118_203, "email", 1)];
        update(state, Event::Saw { login: "chen.bo".into(), answer: Ok(found) });
    });
    let mut state = open(Language::English);
    update(&mut state, Event::Saw { login: "chen.bo".into(), answer: Ok(Vec::new()) });
    update(&mut state, key(KeyCode::Esc));
    assert!(state.popup.is_none());
}

#[test]
fn what_the_person_did_is_shown_in_the_audit_from_the_beginning_of_the_incident() {
    let mut state = open(Language::English);
    let effects = press(&mut state, "u");
    let asked = |effect: &Effect| matches!(effect, Effect::Audit { filter, .. } if filter.actor.as_deref() == Some("chen.bo") && filter.from.is_some());
    assert!(state.screen == Screen::Audit && effects.iter().any(asked));
}

#[test]
fn the_session_of_an_event_that_is_pinned_is_replayed() {
    let mut state = open(Language::English);
    let effects = press(&mut state, "r");
    let asked = |effect: &Effect| matches!(effect, Effect::Screens { of, between: (201, 400), .. } if *of == SessionId(Uuid::nil()));
    assert!(effects.iter().any(asked));
    let mut bare = open(Language::English);
    update(&mut bare, Event::IncidentItems { number: 3, answer: Ok(vec![item(1, "note", "nothing pinned")]) });
    press(&mut bare, "r");
    assert!(bare.message.as_ref().unwrap().contains("Pin an event"));
}

#[test]
fn a_class_gets_new_keys_from_an_incident_by_who_manages_people_only() {
    let mut state = open(Language::English);
    press(&mut state, "R");
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("security officers"));
    if let Some(session) = &mut state.session {
        session.manage_people = true;
    }
    press(&mut state, "R");
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(effects.iter().any(
        |effect| matches!(effect, Effect::Act(Act::Incident(incidents::Act::NewKeys { number: 3, class, text })) if class == "identity" && text.contains("identity"))
    ));
}

#[test]
fn new_keys_for_a_class() {
    snapshots("new_keys", |state| {
        if let Some(session) = &mut state.session {
            session.manage_people = true;
        }
        press(state, "R");
    });
}

#[test]
fn a_closed_incident_takes_nothing_more_until_it_is_reopened() {
    let mut state = open(Language::English);
    press(&mut state, "j");
    press(&mut state, "n");
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("closed"));
    press(&mut state, "o");
    assert!(state.popup.is_some());
}

#[test]
fn who_may_not_read_incidents_is_told_who_may() {
    let mut state = scene::desk(Language::English);
    command(&mut state, "incidents");
    assert!(state.screen == Screen::Desk && state.message.is_some());
}

#[test]
fn a_task_that_is_done_is_chosen_from_those_that_are_open() {
    snapshots("task_done", |state| {
        let tasks =
            [item(20, "task", "new keys for identity"), item(22, "task", "call the customer back"), item(23, "task", "ask the lead")];
        let mut items = timeline();
        items.retain(|item| item.kind != "task");
        items.extend(tasks);
        items.push(Item { of: Some(23), ..item(24, "done", "") });
        update(state, Event::IncidentItems { number: 3, answer: Ok(items) });
        press(state, "d");
    });
    let mut state = open(Language::English);
    let items = vec![item(20, "task", "one"), item(22, "task", "another")];
    update(&mut state, Event::IncidentItems { number: 3, answer: Ok(items) });
    press(&mut state, "d");
    update(&mut state, Event::Paste("spoke to them".into()));
    update(&mut state, key(KeyCode::Tab));
    update(&mut state, key(KeyCode::Tab));
    press(&mut state, " ");
    let effects = update(&mut state, key(KeyCode::Enter));
    let done = |effect: &Effect| matches!(effect, Effect::Act(Act::Incident(incidents::Act::Add { number: 3, kind: Kind::Done { of: 22 }, text })) if text == "spoke to them");
    assert!(effects.iter().any(done));
    let mut state = open(Language::English);
    update(&mut state, Event::IncidentItems { number: 3, answer: Ok(Vec::new()) });
    press(&mut state, "d");
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("No task"));
}

#[test]
fn a_severity_is_chosen_and_not_typed() {
    let mut state = open(Language::Chinese);
    press(&mut state, "a");
    update(&mut state, Event::Paste("笔记本丢失".into()));
    update(&mut state, key(KeyCode::Tab));
    press(&mut state, " ");
    let effects = update(&mut state, key(KeyCode::Enter));
    let opened = |effect: &Effect| matches!(effect, Effect::Act(Act::Incident(incidents::Act::Open { title, severity: Severity::Critical, .. })) if title == "笔记本丢失");
    assert!(effects.iter().any(opened));
}
