//! Freezing from the desk, and what an open desk does when it hears of one.

use crossterm::event::KeyCode;
use jiff::Timestamp;
use sealdesk::{
    crypto::secret::Secret,
    desk::{
        event::{Effect, Event, Session, Trouble},
        people::Act,
        requests,
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        audit::{AuditPage, Event as AuditEvent},
        catalogue::Language,
        freeze::{Freeze, Target},
        id::SessionId,
        request::Asked,
    },
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn freeze(number: i64, target: Target, why: &str) -> Freeze {
    Freeze {
        number,
        target,
        why: why.into(),
        reference: None,
        at: noon(),
        by: "wu.jun".into(),
        lifted_at: None,
        lifted_by: None,
        asked_by: None,
    }
}

fn some() -> Vec<Freeze> {
    vec![
        freeze(12, Target::Person("chen.bo".into()), "41 identity numbers in a minute"),
        freeze(
            13,
            Target::Role("payment_clerk".into()),
            "the role was lent to too many; we look at each of them before it goes on, which takes until tomorrow",
        ),
        freeze(14, Target::Class("identity".into()), "until we know"),
        freeze(15, Target::All, "until we know what was copied"),
    ]
}

fn supervisor(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        (session.respond, session.audit_all) = (true, true);
    }
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

/// What the desk is told when it asks where it stands.
fn hear(state: &mut State, change: impl Fn(&mut Session)) -> Vec<Effect> {
    let mut now = state.session.clone().unwrap();
    change(&mut now);
    update(state, Event::Policy(Ok(Box::new(now))))
}

fn snapshots(name: &str, arrange: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = supervisor(language);
            arrange(&mut state);
            insta::assert_snapshot!(format!("freeze_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn the_form_that_freezes() {
    snapshots("form", |state| {
        command(state, "freeze class identity");
        update(state, Event::Paste("until we know what was copied".into()));
    });
}

#[test]
fn what_is_frozen() {
    snapshots("list", |state| {
        hear(state, |now| now.standing.freezes = some());
        command(state, "freeze list");
        press(state, "j");
    });
}

#[test]
fn a_desk_that_hears_of_a_freeze_hides_what_is_revealed_and_says_by_whom_and_why() {
    snapshots("heard", |state| {
        hear(state, |now| {
            now.standing.freezes = vec![freeze(15, Target::All, "until we know what was copied")];
            now.rights.iter_mut().filter(|(class, _)| *class != "basic").for_each(|(_, rights)| rights.reveal = false);
        });
        assert!(state.detail.as_ref().unwrap().revealed.is_empty());
    });
    let mut state = scene::desk(Language::English);
    hear(&mut state, |now| now.standing.freezes = some());
    hear(&mut state, |now| now.standing.freezes.clear());
    assert!(state.message.as_ref().unwrap().starts_with("No longer frozen"));
}

#[test]
fn a_freeze_of_a_colleague_hides_nothing_of_ones_own() {
    let mut state = supervisor(Language::English);
    hear(&mut state, |now| now.standing.freezes = vec![freeze(12, Target::Person("chen.bo".into()), "copied")]);
    assert!(!state.detail.as_ref().unwrap().revealed.is_empty());
    assert_eq!(state.message.as_deref(), Some("! wu.jun has frozen chen.bo: copied"));
}

#[test]
fn a_value_that_arrives_after_the_freeze_is_not_shown() {
    let mut state = scene::desk(Language::English);
    hear(&mut state, |now| now.standing.freezes = vec![freeze(14, Target::Class("contact".into()), "copied")]);
    let record = state.detail.as_ref().unwrap().view.id;
    let values = vec![("phone".to_owned(), Ok(Secret::from("13812345678"))), ("id_number".to_owned(), Ok(Secret::from("4412")))];
    update(&mut state, Event::Revealed { record, reason: None, values });
    let shown: Vec<&String> = state.detail.as_ref().unwrap().revealed.keys().collect();
    assert_eq!(shown, ["id_number"]);
}

#[test]
fn the_desk_of_who_is_frozen_locks_drops_its_keys_and_tells_why() {
    let mut state = scene::desk(Language::English);
    let text = "wu.jun has frozen this account (2026-11-20 12:00): copied.";
    let effects = update(&mut state, Event::Policy(Err(Trouble { code: "SD140", text: text.into(), current: None })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Lock)));
    assert!(state.session.is_none() && state.screen == Screen::Unlock && state.message.as_deref() == Some(text));
    assert!(!picture(&mut state, 120, 40).contains("1381234"));
}

#[test]
fn what_is_typed_names_what_is_frozen_and_why() {
    for (typed, target, why) in [
        ("freeze person chen.bo \"41 ids\"", Target::Person("chen.bo".into()), "41 ids"),
        ("freeze role senior_agent", Target::Role("senior_agent".into()), ""),
        ("freeze class 身份 先停", Target::Class("identity".into()), "先停"),
        ("freeze all until we know", Target::All, "until we know"),
        ("冻结 全部 先停", Target::All, "先停"),
    ] {
        let mut state = supervisor(Language::English);
        command(&mut state, typed);
        let Some(Popup::Person(dialog)) = &state.popup else { panic!("{typed}: {:?}", state.message) };
        assert_eq!(dialog.purpose, sealdesk::desk::people::Purpose::Freeze(target.clone()), "{typed}");
        assert_eq!(*dialog.typed(0).expose(), why);
        if why.is_empty() {
            update(&mut state, key(KeyCode::Enter));
            assert!(update(&mut state, key(KeyCode::Enter)).is_empty(), "not without saying why");
            update(&mut state, key(KeyCode::Up));
            update(&mut state, Event::Paste("looks wrong".into()));
        }
        // Past the ticket.
        let mut effects = update(&mut state, key(KeyCode::Enter));
        effects.extend(update(&mut state, key(KeyCode::Enter)));
        assert!(
            effects.iter().any(|effect| matches!(effect, Effect::Act(Act::Freeze { target: frozen, .. }) if *frozen == target)),
            "{typed}"
        );
    }
    for wrong in ["freeze", "freeze person", "freeze role nobody", "freeze class nothing", "freeze everything"] {
        let mut state = supervisor(Language::English);
        command(&mut state, wrong);
        assert!(
            !matches!(&state.popup, Some(Popup::Person(dialog)) if matches!(dialog.purpose, sealdesk::desk::people::Purpose::Freeze(Target::Person(_) | Target::Role(_) | Target::Class(_)))),
            "{wrong}"
        );
    }
}

#[test]
fn who_may_not_freeze_is_told_who_may() {
    let mut state = scene::desk(Language::English);
    command(&mut state, "freeze all");
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("supervisors and security officers"));
    command(&mut state, "sign everybody out");
    assert!(state.popup.is_none());
}

#[test]
fn x_freezes_the_actor_of_an_event_and_asks_to_lift_who_is_frozen() {
    let mut state = supervisor(Language::English);
    scene::go_to_audit(&mut state);
    press(&mut state, "x");
    assert!(state.popup.is_none(), "there is no event yet");
    let event = AuditEvent::bare(SessionId(Uuid::from_u128(1)), 1, noon(), "chen.bo", "reveal");
    let generation = state.audit.generation;
    update(
        &mut state,
        Event::Audited { generation, page: Ok(AuditPage { events: vec![event], horizon: 0, has_more: false, looked: None }) },
    );
    press(&mut state, "x");
    assert!(matches!(&state.popup, Some(Popup::Person(dialog))
        if dialog.purpose == sealdesk::desk::people::Purpose::Freeze(Target::Person("chen.bo".into()))));
    state.popup = None;
    hear(&mut state, |now| now.standing.freezes = some());
    press(&mut state, "x");
    let asked = Asked::Unfreeze { number: 12, target: Target::Person("chen.bo".into()) };
    assert_eq!(asked.subject(), "12 person chen.bo");
    assert!(matches!(&state.popup, Some(Popup::Person(dialog))
        if dialog.purpose == sealdesk::desk::people::Purpose::Requests(requests::Purpose::Ask(asked))));
}

#[test]
fn lifting_is_asked_for_from_the_list() {
    let mut state = supervisor(Language::English);
    hear(&mut state, |now| now.standing.freezes = some());
    command(&mut state, "frozen");
    press(&mut state, "jjjjj");
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::Paste("cleared".into()));
    let mut effects = update(&mut state, key(KeyCode::Enter));
    effects.extend(update(&mut state, key(KeyCode::Enter)));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Act(Act::Requests(requests::Act::Ask { asked, .. })) => Some(asked.subject()),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("15 all"));
}
