//! The screen of the audit's reviews: what is due, a sample, what is said of it, signing off.

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    desk::{
        audit_reviews::{Act, Read, Shown},
        event::{Effect, Event},
        incidents,
        people::Act as Doing,
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        audit::Event as AuditEvent,
        audit_review::{Drawn, Found, Item, Mark, Period, Review, Scope},
        catalogue::Language,
        id::{RecordNumber, SessionId},
        incident::Kind,
    },
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn review(number: i64, title: &str, marked: i64, waiting: i64) -> Review {
    Review {
        number,
        plan: 1,
        title: title.into(),
        from: noon() - SignedDuration::from_hours(12 + 7 * 24),
        until: noon() - SignedDuration::from_hours(12),
        // Far enough away that it is not overdue while anybody runs this.
        due_at: Timestamp::constant(4_102_444_800, 0),
        scope: Scope {
            actions: Vec::new(),
            classes: vec!["identity".into(), "payment".into()],
            people: Vec::new(),
            size: 25,
            bulk: 20,
            zone: "UTC".into(),
            weekdays: vec![1, 2, 3, 4, 5],
            from: "07:00".into(),
            until: "20:00".into(),
            reviewers: vec!["he.qing".into(), "lin.mei".into()],
        },
        drawn: Some((1_204, 48_112)),
        items: 4,
        marked,
        findings: 1,
        waiting,
        signed: Vec::new(),
        done: false,
    }
}

fn rows() -> Vec<Review> {
    vec![
        review(3, "Weekly look at identity and payment", 2, 1),
        Review { due_at: noon() - SignedDuration::from_hours(9_000), ..review(2, "Break-glass, monthly", 4, 0) },
        Review { drawn: None, items: 0, marked: 0, findings: 0, waiting: 0, ..review(4, "Refusals", 0, 0) },
        Review { done: true, signed: vec!["he.qing".into()], ..review(1, "Weekly look", 4, 0) },
    ]
}

fn event(seq: i64, actor: &str, action: &str, outcome: &str) -> AuditEvent {
    let at = noon() - SignedDuration::from_hours(24) + SignedDuration::from_mins(7 * seq);
    let mut event = AuditEvent::bare(SessionId(Uuid::from_u128(9)), seq, at, actor, action);
    event.outcome = outcome.into();
    event.record_number = Some(RecordNumber::new("C", 204_817));
    event.field = Some("id_number".into());
    event.class = Some("identity".into());
    event.reason = Some("other".into());
    event
}

fn item(item: i32, drawn: Drawn, event: AuditEvent) -> Item {
    let own = event.actor == "lin.mei";
    Item { item, drawn, session: event.session, seq: event.seq, event: Some(event), found: None, looked: false, own, may_mark: !own }
}

fn items() -> Vec<Item> {
    let found = |mark, note: &str| Some(Found { by: "he.qing".into(), at: noon(), mark, note: note.into(), signed: false });
    vec![
        Item { found: found(Mark::InOrder, ""), ..item(1, Drawn::Glass, event(1, "chen.bo", "break_glass", "ok")) },
        Item {
            found: found(Mark::Finding, "no ticket for this, and the customer had not called: asked the team lead, who knew nothing of it"),
            ..item(2, Drawn::OffHours, event(2, "chen.bo", "reveal", "ok"))
        },
        item(3, Drawn::Refused, event(3, "wu.jun", "reveal", "SD003")),
        item(4, Drawn::Random, event(4, "lin.mei", "view", "ok")),
    ]
}

fn open(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        (session.respond, session.audit_all) = (true, true);
    }
    scene::go_to_audit(&mut state);
    press(&mut state, "v");
    assert!(state.screen == Screen::AuditReviews);
    let generation = state.audit_reviews.generation;
    update(&mut state, Event::AuditReviews { generation, answer: Ok(Box::new(Read::Reviews(rows()))) });
    state
}

fn sample(language: Language) -> State {
    let mut state = open(language);
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::AuditReviews { shown: Shown::Sample(3), .. })));
    let generation = state.audit_reviews.generation;
    update(&mut state, Event::AuditReviews { generation, answer: Ok(Box::new(Read::Sample(3, rows(), items()))) });
    press(&mut state, "jj");
    state
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn snapshots(name: &str, state: impl Fn(Language) -> State) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            insta::assert_snapshot!(format!("audit_reviews_{name}_{code}_{width}x{height}"), picture(&mut state(language), width, height));
        }
    }
}

#[test]
fn the_reviews_and_a_sample() {
    snapshots("list", open);
    snapshots("sample", sample);
    snapshots("finding", |language| {
        let mut state = sample(language);
        update(&mut state, Event::LookedAt { number: 3, item: 3, answer: Ok(()) });
        press(&mut state, "x");
        state
    });
    snapshots("event", |language| {
        let mut state = sample(language);
        update(&mut state, key(KeyCode::Enter));
        state
    });
    snapshots("plan", |language| {
        let mut state = open(language);
        if let Some(session) = &mut state.session {
            session.manage_people = true;
        }
        press(&mut state, "a");
        state
    });
    snapshots("sign", |language| {
        let mut state = sample(language);
        let mut rows = rows();
        (rows[0].waiting, rows[0].marked) = (0, 4);
        let generation = state.audit_reviews.generation;
        update(&mut state, Event::AuditReviews { generation, answer: Ok(Box::new(Read::Sample(3, rows, items()))) });
        press(&mut state, "S");
        state
    });
}

#[test]
fn an_event_is_looked_at_before_anything_is_said_of_it() {
    let mut state = sample(Language::English);
    assert!(press(&mut state, "K").is_empty() && state.message.as_ref().unwrap().contains("Look at it first"));
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(matches!(effects.as_slice(), [Effect::LookAt { number: 3, item: 3 }]) && matches!(state.popup, Some(Popup::Event { .. })));
    update(&mut state, Event::LookedAt { number: 3, item: 3, answer: Ok(()) });
    // From the event in full too.
    let effects = press(&mut state, "K");
    let marked =
        |effect: &Effect| matches!(effect, Effect::Act(Doing::AuditReviews(Act::Mark { number: 3, item: 3, mark: Mark::InOrder, .. })));
    assert!(effects.iter().any(marked) && state.popup.is_none());
    // Once looked at, it is not recorded again.
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
}

#[test]
fn a_finding_needs_words_and_opens_an_incident_with_them() {
    let mut state = sample(Language::English);
    update(&mut state, Event::LookedAt { number: 3, item: 3, answer: Ok(()) });
    press(&mut state, "x");
    update(&mut state, key(KeyCode::Enter));
    assert!(matches!(&state.popup, Some(Popup::Person(dialog)) if dialog.error.is_some()));
    update(&mut state, Event::Paste("no ticket".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    let found = |effect: &Effect| matches!(effect, Effect::Act(Doing::AuditReviews(Act::Mark { item: 3, mark: Mark::Finding, note, .. })) if note == "no ticket");
    assert!(effects.iter().any(found));
    update(&mut state, Event::Acted(Ok(None)));
    assert!(state.popup.is_none());
    state.audit_reviews.select(1);
    press(&mut state, "i");
    let mut effects = update(&mut state, key(KeyCode::Enter));
    effects.extend(update(&mut state, key(KeyCode::Enter)));
    let opened = |effect: &Effect| {
        matches!(effect, Effect::Act(Doing::Incident(incidents::Act::Open { title, pins, scope, .. }))
            if title.starts_with("no ticket for this") && title.chars().count() <= 120 && scope.people == ["chen.bo"] && matches!(pins.as_slice(), [Kind::Pin { seq: 2, .. }]))
    };
    assert!(effects.iter().any(opened));
}

#[test]
fn nobody_marks_what_they_did_or_signs_what_is_not_looked_at() {
    let mut state = sample(Language::English);
    press(&mut state, "j");
    for keys in ["K", "x"] {
        assert!(press(&mut state, keys).is_empty() && state.popup.is_none());
        assert!(state.message.as_ref().unwrap().contains("did themselves"));
    }
    assert!(press(&mut state, "S").is_empty() && state.popup.is_none());
    assert!(state.message.as_ref().unwrap().contains("not looked at"));
    press(&mut state, "a");
    assert!(state.popup.is_none() && state.message.as_ref().unwrap().contains("security officers"));
}

#[test]
fn the_context_of_an_event_is_what_its_actor_did_around_it_and_esc_leads_back() {
    let mut state = sample(Language::English);
    let effects = press(&mut state, "o");
    let asked = |effect: &Effect| {
        matches!(effect, Effect::Audit { filter, .. } if filter.actor.as_deref() == Some("wu.jun")
            && filter.until.zip(filter.from).is_some_and(|(until, from)| until.duration_since(from).as_mins() == 20))
    };
    assert!(state.screen == Screen::Audit && effects.iter().any(asked));
    update(&mut state, key(KeyCode::Esc));
    update(&mut state, key(KeyCode::Esc));
    assert!(state.screen == Screen::AuditReviews && state.audit_reviews.current_item().is_some_and(|item| item.item == 3));
}

#[test]
fn a_plan_is_made_of_what_was_typed_and_chosen() {
    let mut state = open(Language::English);
    if let Some(session) = &mut state.session {
        session.manage_people = true;
    }
    press(&mut state, "a");
    update(&mut state, Event::Paste("Monthly look".into()));
    update(&mut state, key(KeyCode::Tab));
    update(&mut state, Event::Paste("he.qing, wu.jun".into()));
    for typed in ["chen.bo", "Identity, payment", "revealed, earlier values", "", "", ""] {
        update(&mut state, key(KeyCode::Tab));
        update(&mut state, Event::Paste(typed.into()));
    }
    update(&mut state, key(KeyCode::Tab));
    press(&mut state, " ");
    let effects = update(&mut state, key(KeyCode::Enter));
    let planned = |effect: &Effect| {
        matches!(effect, Effect::Act(Doing::AuditReviews(Act::Plan(plan))) if plan.title == "Monthly look" && plan.period == Period::Monthly
            && plan.scope.reviewers == ["he.qing", "wu.jun"] && plan.scope.size == 25 && plan.due_days == 7
            && plan.scope.people == ["chen.bo"] && plan.scope.classes == ["identity", "payment"] && plan.scope.actions == ["reveal", "history"])
    };
    assert!(effects.iter().any(planned));
}

#[test]
fn who_does_not_read_the_whole_audit_is_told_whose_they_are() {
    let mut state = scene::desk(Language::English);
    scene::go_to_audit(&mut state);
    press(&mut state, "v");
    assert!(state.screen == Screen::Audit && state.message.as_ref().unwrap().contains("whole audit"));
}
