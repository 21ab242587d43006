//! Alerts in the desk: how they ring, the inbox, and what is done about one.

use std::time::Duration;

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    desk::{
        alerts::Act,
        event::{Effect, Event},
        incidents, people,
        state::{Screen, State},
        update::update,
    },
    model::{
        alert::{Alert, AlertState, Call, EventPlace, Ringing, Severity, Turn},
        audit::{AuditPage, Event as AuditEvent},
        catalogue::{Label, Language},
        id::{RecordNumber, SessionId},
        incident::{Kind, Severity as Grade},
    },
    service::alert::Whole,
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn alert(number: i64, severity: Severity, subject: &str, label: (&str, &str)) -> Alert {
    Alert {
        number,
        rule: "bulk_reveal".into(),
        label: Label { en: label.0.into(), zh: label.1.into() },
        severity,
        subject: subject.into(),
        record: None,
        opened_at: noon() + SignedDuration::from_mins(number),
        suppressed: false,
        from: noon() + SignedDuration::from_mins(number),
        until: noon() + SignedDuration::from_mins(number + 2),
        events: 41,
        peak: 38,
        seen: 10 + number,
        state: AlertState::Open,
        owner: None,
        state_at: None,
        note: String::new(),
        escalated: false,
        actors: vec![subject.to_owned()],
        actions: Some("reveal,history".into()),
        may_handle: true,
    }
}

fn inbox() -> Vec<Alert> {
    let bulk = ("values revealed in bulk", "批量查看");
    let own =
        Alert {
            may_handle: false, escalated: true, ..alert(3, Severity::Warning, "lin.mei", ("four eyes switched", "更改双人审批设置"))
        };
    let honey = Alert {
        record: Some(RecordNumber::new("C", 204_817)),
        ..alert(4, Severity::Critical, "chen.bo", ("a honeytoken was touched", "诱饵记录被触碰"))
    };
    let taken = Alert { state: AlertState::Acknowledged, owner: Some("wu.jun".into()), ..alert(2, Severity::Critical, "old.timer", bulk) };
    let info = alert(1, Severity::Info, "wu.jun", ("signed in from somewhere new", "从新地点登录"));
    vec![info, taken, own, honey, alert(7, Severity::Critical, "chen.bo", bulk)]
}

fn ringing(newest: i64) -> Ringing {
    let label = Label { en: "values revealed in bulk".into(), zh: "批量查看".into() };
    Ringing {
        critical: 2,
        warning: 1,
        info: 1,
        newest: Some(Call { number: newest, severity: Severity::Critical, label, subject: "chen.bo".into() }),
        unwatched: Some(Duration::from_secs(1)),
    }
}

fn supervisor(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        session.audit_all = true;
    }
    update(&mut state, Event::Ringing(Ok(ringing(5))));
    state
}

fn open(language: Language) -> State {
    let mut state = supervisor(language);
    press(&mut state, '!');
    let generation = state.alerts.generation;
    update(&mut state, Event::Alerts { generation, answer: Ok(inbox()) });
    let turn = |what: &str, minutes, by: &str, note: &str| Turn {
        what: what.into(),
        at: noon() + SignedDuration::from_mins(minutes),
        by: by.into(),
        note: note.into(),
    };
    let current = state.alerts.current().unwrap().clone();
    let history = vec![turn("raised", 7, "watch", ""), turn("again", 9, "watch", ""), turn("escalated", 22, "system", "")];
    update(&mut state, Event::Alert(Ok(Box::new(Whole { alert: current, history, events: Vec::new() }))));
    state
}

fn press(state: &mut State, c: char) -> Vec<Effect> {
    update(state, key(KeyCode::Char(c)))
}

fn snapshots(name: &str, arrange: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = open(language);
            arrange(&mut state);
            insta::assert_snapshot!(format!("alerts-{name}-{code}-{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn the_inbox_is_painted_in_both_languages_and_sizes() {
    snapshots("inbox", |_| {});
    snapshots("resolve", |state| {
        press(state, 'r');
        for c in "address migration, TK-8812".chars() {
            press(state, c);
        }
    });
    snapshots("incident", |state| {
        if let Some(session) = &mut state.session {
            session.respond = true;
        }
        press(state, 'i');
    });
    snapshots("empty", |state| {
        let generation = state.alerts.generation;
        update(state, Event::Alerts { generation, answer: Ok(Vec::new()) });
    });
}

#[test]
fn the_most_severe_open_alert_stands_first_and_what_somebody_has_taken_behind() {
    let state = open(Language::English);
    assert_eq!(state.alerts.rows.iter().map(|alert| alert.number).collect::<Vec<_>>(), [7, 4, 3, 1, 2]);
}

#[test]
fn a_new_call_is_said_and_sounds_once_and_one_of_before_the_sign_in_does_not() {
    let mut state = supervisor(Language::English);
    assert_eq!(state.message, None, "what rang before the sign-in stands in the title and does not ring again");
    let effects = update(&mut state, Event::Ringing(Ok(ringing(6))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Bell)));
    assert_eq!(state.message.as_deref(), Some("!! critical: values revealed in bulk: chen.bo. ! shows it."));
    let effects = update(&mut state, Event::Ringing(Ok(ringing(6))));
    assert!(effects.is_empty());
    state.bell = false;
    let effects = update(&mut state, Event::Ringing(Ok(ringing(7))));
    assert!(effects.is_empty() && state.message.is_some(), "without the bell it is said all the same");
}

#[test]
fn what_is_mere_information_makes_no_sound() {
    let mut state = supervisor(Language::English);
    let mut info = ringing(6);
    info.newest.as_mut().unwrap().severity = Severity::Info;
    assert!(update(&mut state, Event::Ringing(Ok(info))).is_empty());
    assert!(state.message.is_some());
}

#[test]
fn who_does_not_read_the_whole_audit_is_not_asked_for_and_cannot_enter() {
    let mut state = scene::desk(Language::English);
    assert!(update(&mut state, Event::AlertsChanged).is_empty());
    assert!(press(&mut state, '!').is_empty());
    assert_eq!(state.screen, Screen::Desk);
    assert!(state.message.as_deref().is_some_and(|text| text.contains("supervisors")));
    let mut state = supervisor(Language::English);
    assert!(matches!(update(&mut state, Event::AlertsChanged).as_slice(), [Effect::Ringing]));
}

#[test]
fn the_title_counts_what_is_open_with_the_letter_of_the_worst() {
    for (language, text) in [(Language::English, "alerts 4C"), (Language::Chinese, "告警 4C")] {
        let mut state = supervisor(language);
        for (width, height) in SIZES {
            let title = picture(&mut state, width, height).lines().next().unwrap().to_owned();
            assert!(title.contains(text), "{title}");
        }
    }
    let mut state = supervisor(Language::English);
    update(&mut state, Event::Ringing(Ok(Ringing { unwatched: Some(Duration::from_mins(3)), ..Ringing::default() })));
    assert!(picture(&mut state, 80, 24).contains("NOBODY WATCHES"));
}

#[test]
fn acknowledging_and_putting_away_name_what_was_seen_and_a_note_is_needed_for_the_second() {
    let mut state = open(Language::English);
    press(&mut state, 'A');
    let effects = update(&mut state, key(KeyCode::Enter));
    let act = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| if let Effect::Act(people::Act::Alerts(act)) = effect { Some(act) } else { None })
    };
    assert_eq!(act(effects), Some(Act { number: 7, state: AlertState::Acknowledged, note: String::new(), seen: 17 }));
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Alerts { .. })), "the list is read again");
    press(&mut state, 'f');
    assert!(act(update(&mut state, key(KeyCode::Enter))).is_none(), "without a note nothing is sent");
    for c in "a drill".chars() {
        press(&mut state, c);
    }
    let sent = act(update(&mut state, key(KeyCode::Enter))).unwrap();
    assert_eq!((sent.state, sent.note.as_str()), (AlertState::FalsePositive, "a drill"));
}

#[test]
fn who_caused_it_is_told_that_somebody_else_sees_to_it() {
    let mut state = open(Language::English);
    for _ in 0..2 {
        press(&mut state, 'j');
    }
    assert_eq!(state.alerts.current().unwrap().number, 3);
    assert!(press(&mut state, 'A').is_empty() && state.popup.is_none());
    assert!(state.message.as_deref().is_some_and(|text| text.contains("You caused it")), "{:?}", state.message);
}

#[test]
fn enter_goes_to_the_events_that_caused_it() {
    let mut state = open(Language::English);
    let effects = update(&mut state, key(KeyCode::Enter));
    assert_eq!(state.screen, Screen::Audit);
    let filter =
        effects.into_iter().find_map(|effect| if let Effect::Audit { filter, .. } = effect { Some(filter) } else { None }).unwrap();
    assert_eq!((filter.actor.as_deref(), filter.action.as_deref()), (Some("chen.bo"), Some("reveal,history")));
    assert!(filter.from.unwrap() < noon() + SignedDuration::from_mins(7) && filter.until.unwrap() > noon() + SignedDuration::from_mins(9));
}

#[test]
fn an_alert_stands_in_the_trail_by_its_severity_and_opens_the_inbox_on_itself() {
    let line = AuditEvent {
        version: Some(4),
        details: Some(r#"{"rule":"bulk_reveal","severity":"critical","subject":"chen.bo"}"#.into()),
        ..AuditEvent::bare(SessionId(Uuid::from_u128(1)), 5, noon(), "watch.one", "alert")
    };
    let mut state = supervisor(Language::English);
    scene::go_to_audit(&mut state);
    let generation = state.audit.generation;
    update(
        &mut state,
        Event::Audited { generation, page: Ok(AuditPage { events: vec![line], horizon: 1, has_more: false, looked: None }) },
    );
    let shown = picture(&mut state, 120, 40);
    assert!(
        shown.lines().any(|line| line.contains("!!")
            && line.contains("chen.bo")
            && line.contains("alert 4")
            && line.contains("bulk_reveal critical")),
        "{shown}"
    );
    press(&mut state, 'A');
    let generation = state.alerts.generation;
    update(&mut state, Event::Alerts { generation, answer: Ok(inbox()) });
    assert_eq!((state.screen, state.alerts.current().map(|alert| alert.number)), (Screen::Alerts, Some(4)));
}

#[test]
fn an_alert_becomes_an_incident_by_one_key_with_its_events_and_its_subject() {
    let mut state = supervisor(Language::English);
    press(&mut state, '!');
    let generation = state.alerts.generation;
    update(&mut state, Event::Alerts { generation, answer: Ok(inbox()) });
    press(&mut state, 'i');
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("supervisors"), "not without the right");
    if let Some(session) = &mut state.session {
        session.respond = true;
    }
    let alert = state.alerts.current().unwrap().clone();
    let event = |seq| EventPlace { session: SessionId(Uuid::from_u128(1)), seq, at: noon() };
    let whole = Whole { alert, history: Vec::new(), events: (1..=30).rev().map(event).collect() };
    update(&mut state, Event::Alert(Ok(Box::new(whole))));
    press(&mut state, 'i');
    let mut effects = Vec::new();
    for _ in 0..3 {
        effects.extend(update(&mut state, key(KeyCode::Enter)));
    }
    let opened = effects.iter().any(|effect| {
        matches!(effect, Effect::Act(people::Act::Incident(incidents::Act::Open { title, severity: Grade::Critical, scope, pins, alert: Some(7) }))
            if title == "values revealed in bulk: chen.bo" && scope.people == ["chen.bo"] && scope.from.is_some() && pins.len() == 20
                && matches!(pins.first(), Some(Kind::Pin { seq: 1, .. })))
    });
    assert!(opened, "no incident of it");
}
