//! The requests screen: what waits for whom, what is asked and decided, and what an open desk tells of it.

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use sealdesk::{
    crypto::secret::Secret,
    desk::{
        event::{Effect, Event, Session},
        people::Act,
        requests,
        state::{Screen, State},
        update::update,
    },
    model::{
        catalogue::{Label, Language},
        request::{Elevation, Eligibility, Request, RequestState, Standing, Vote},
    },
};

use super::{LANGUAGES, SIZES, key, picture, scene};

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn after(minutes: i64) -> Timestamp {
    noon() + SignedDuration::from_mins(minutes)
}

fn request(number: i64, kind: &str, subject: &str, requester: &str, state: RequestState) -> Request {
    let label = match kind {
        "elevate" => ("a role for a time", "临时角色"),
        "role_rights" => ("changing what a role may do", "更改角色权限"),
        _ => ("giving a role with capabilities", "授予带管理能力的角色"),
    };
    Request {
        number,
        kind: kind.into(),
        label: Label { en: label.0.into(), zh: label.1.into() },
        subject: subject.into(),
        change: None,
        requester: requester.into(),
        beneficiary: (kind == "elevate").then(|| requester.into()),
        why: "refund for a double charge".into(),
        reference: Some("TK-1042".into()),
        minutes: 30,
        asked_at: after(number),
        open_until: after(480),
        state,
        decided_at: None,
        good_until: None,
        votes: Vec::new(),
        used_at: None,
        own: false,
        may_vote: state == RequestState::Open,
    }
}

fn elevation() -> Elevation {
    Elevation {
        number: 3,
        login: "chen.bo".into(),
        role: "payment_clerk".into(),
        request: None,
        break_glass: true,
        why: "card charged twice right now".into(),
        reference: None,
        from: after(5),
        until: after(20),
        ended_by: None,
        running: true,
        reviewed_by: None,
        review: None,
        own: false,
        may_review: true,
    }
}

fn read() -> requests::Read {
    let mut own = request(2, "role_rights", "agent contact SM-E", "lin.mei", RequestState::Approved);
    own.own = true;
    own.good_until = Some(after(1_440));
    own.votes = vec![Vote { voter: "wu.jun".into(), approve: true, comment: "as agreed".into() }];
    let mut past = request(1, "role_grant", "wu.jun supervisor", "zhao.lei", RequestState::Used);
    past.used_at = Some(after(3));
    let eligible = Eligibility {
        role: "agent".into(),
        target: "payment_clerk".into(),
        max_minutes: 60,
        break_glass: true,
        classes: vec!["basic".into(), "payment".into()],
        mine: true,
    };
    (vec![request(7, "elevate", "payment_clerk", "chen.bo", RequestState::Open), own, past], vec![elevation()], vec![eligible])
}

fn open(language: Language) -> State {
    let mut state = scene::desk(language);
    press(&mut state, "i");
    let generation = state.requests.generation;
    update(&mut state, Event::Requests { generation, answer: Ok(Box::new(read())) });
    state
}

fn press(state: &mut State, keys: &str) {
    for c in keys.chars() {
        update(state, key(KeyCode::Char(c)));
    }
}

fn snapshots(name: &str, arrange: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = open(language);
            arrange(&mut state);
            insta::assert_snapshot!(format!("requests-{name}-{code}-{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

fn standing(session: &Session, change: impl Fn(&mut Standing)) -> Event {
    let mut session = session.clone();
    change(&mut session.standing);
    session.roles.extend(session.standing.roles.iter().cloned());
    Event::Policy(Ok(Box::new(session)))
}

#[test]
fn what_waits_and_what_runs() {
    snapshots("list", |_| {});
}

#[test]
fn past_ones_too() {
    snapshots("past", |state| press(state, "pp"));
}

#[test]
fn open_ones_mine_and_past_ones_are_a_key_apart() {
    use requests::Name::{Elevation, Request};

    snapshots("mine", |state| press(state, "p"));
    let mut state = open(Language::English);
    let names = |state: &State| state.requests.shown().iter().map(|row| row.name()).collect::<Vec<_>>();
    assert_eq!(names(&state), [Request(7), Elevation(3), Request(2)]);
    press(&mut state, "p");
    assert_eq!(names(&state), [Request(2)]);
    press(&mut state, "p");
    assert_eq!(names(&state), [Request(1)]);
    press(&mut state, "p");
    assert_eq!(names(&state).len(), 3);
}

#[test]
fn a_refusal_is_told_with_its_reason_and_the_list_opens_on_it() {
    let mut state = scene::desk(Language::English);
    let session = state.session.clone().unwrap();
    update(
        &mut state,
        standing(&session, |standing| {
            standing.answered = Some((9, RequestState::Refused));
            standing.answered_comment = "ask your team lead \u{202e}first".into();
        }),
    );
    assert_eq!(state.message.as_deref(), Some("Your request 9 is refused: \"ask your team lead first\" - i shows it."));
    press(&mut state, "i");
    let mut refused = request(9, "role_grant", "wu.jun supervisor", "lin.mei", RequestState::Refused);
    refused.own = true;
    let generation = state.requests.generation;
    let (mut requests, elevations, eligible) = read();
    requests.push(refused);
    update(&mut state, Event::Requests { generation, answer: Ok(Box::new((requests, elevations, eligible))) });
    assert!(picture(&mut state, 80, 24).contains("Request 9"));
    assert_eq!(state.requests.selected, Some(requests::Name::Request(9)));
}

#[test]
fn somebody_elses_role_that_ends_by_its_time_is_read_again() {
    let mut state = open(Language::English);
    let (requests, mut elevations, eligible) = read();
    elevations[0].until = Timestamp::now() - SignedDuration::from_secs(1);
    let generation = state.requests.generation;
    update(&mut state, Event::Requests { generation, answer: Ok(Box::new((requests, elevations, eligible))) });
    assert!(state.next_deadline().is_some_and(|at| at <= std::time::Instant::now()));
    let asked = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Requests { .. }));
    assert!(asked(&update(&mut state, Event::Tick)));
    assert!(!asked(&update(&mut state, Event::Tick)), "but not again and again");
}

#[test]
fn asking_for_a_role() {
    snapshots("ask", |state| press(state, "n"));
}

#[test]
fn breaking_the_glass() {
    snapshots("glass", |state| press(state, "B"));
}

#[test]
fn refusing_wants_a_reason() {
    snapshots("refuse", |state| {
        press(state, "jx");
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn what_waits_for_me_comes_first_and_is_decided_with_a_comment() {
    let mut state = open(Language::English);
    let shown: Vec<requests::Name> = state.requests.shown().iter().map(|row| row.name()).collect();
    assert_eq!(shown, [requests::Name::Request(7), requests::Name::Elevation(3), requests::Name::Request(2)]);
    press(&mut state, "ago");
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Requests(requests::Act::Vote { number: 7, approve: true, comment }))] = effects.as_slice() else {
        panic!("no vote")
    };
    assert_eq!(comment, "go");
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Requests { .. })) && state.popup.is_none());
    // What is approved is done from here.
    press(&mut state, "jj");
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(matches!(effects.as_slice(), [Effect::Act(Act::Rights { role, .. })] if role == "agent"));
}

#[test]
fn the_palette_takes_a_role_a_time_and_a_reason() {
    let mut state = scene::desk(Language::English);
    press(&mut state, ":");
    update(&mut state, Event::Paste("request payment 45m \"refund TK-1\"".into()));
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Requests(requests::Act::Elevate { word, minutes: 45, why, break_glass: false }))] = effects.as_slice() else {
        panic!("not asked")
    };
    assert_eq!((word.as_str(), why.text.as_str()), ("payment", "refund TK-1"));
}

#[test]
fn an_open_desk_tells_what_concerns_the_person_and_hides_what_a_lost_right_showed() {
    let mut state = scene::desk(Language::English);
    let session = state.session.clone().unwrap();
    update(&mut state, standing(&session, |standing| standing.waiting = 1));
    assert_eq!(state.message.as_deref(), Some("A request waits for you: i."));
    assert!(picture(&mut state, 120, 40).contains("approvals 1"));
    update(&mut state, standing(&session, |standing| standing.broken = 1));
    assert!(picture(&mut state, 80, 24).contains("GLASS BROKEN"));
    let soon = Timestamp::now() + SignedDuration::from_mins(29);
    update(
        &mut state,
        standing(&session, |standing| {
            standing.roles.push("payment_clerk".into());
            standing.lent = vec![("payment_clerk".into(), soon)];
        }),
    );
    assert!(picture(&mut state, 120, 40).contains("payment clerk 29m"), "{}", picture(&mut state, 120, 40));
    let record = state.detail.as_ref().unwrap().view.id;
    let email = vec![("email".to_owned(), Ok(Secret::new("wei@example.org".to_owned())))];
    update(&mut state, Event::Revealed { record, reason: None, values: email });
    let shown = state.detail.as_ref().map_or(0, |detail| detail.revealed.len());
    let mut lost = session.clone();
    lost.rights.remove("contact");
    let effects = update(&mut state, Event::Policy(Ok(Box::new(lost))));
    assert_eq!(state.message.as_deref(), Some("You are no longer payment clerk."));
    assert!(shown > 0, "something was revealed before");
    assert!(state.detail.as_ref().is_some_and(|detail| detail.revealed.is_empty()));
    // What may not be seen any more is taken away without asking the database for the rest again.
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::View { .. })));
    let contact = |state: &State| state.detail.as_ref().unwrap().view.fields.iter().find(|field| field.field == "email").cloned().unwrap();
    assert!(contact(&state).withheld && contact(&state).masked.is_none() && contact(&state).reveal.is_err());
    // What may be seen again has to be fetched, and is no new look-up.
    let effects = update(&mut state, Event::Policy(Ok(Box::new(session))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::View { again: true, .. })));
}

#[test]
fn a_change_of_policy_that_does_not_touch_what_is_shown_reads_no_record_and_no_list() {
    let mut state = scene::desk(Language::English);
    let mut session = state.session.clone().unwrap();
    session.standing.catalogue_version += 1;
    session.catalogue.classes[0].quota_per_hour += 1;
    session.catalogue.fields[0].label.en = "Called".into();
    let effects = update(&mut state, Event::Policy(Ok(Box::new(session.clone()))));
    let reads = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::View { .. } | Effect::List { .. }));
    assert!(!reads(&effects));
    assert!(picture(&mut state, 80, 24).contains("Called"), "the name is the new one all the same");
    session.standing.catalogue_version += 1;
    session.catalogue.fields[0].layout += 1;
    let effects = update(&mut state, Event::Policy(Ok(Box::new(session))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::View { again: true, .. })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::List { .. })));
}

#[test]
fn a_role_for_a_time_that_has_ended_is_asked_about_once() {
    let mut state = scene::desk(Language::English);
    let session = state.session.clone().unwrap();
    let past = Timestamp::now() - SignedDuration::from_secs(1);
    update(&mut state, standing(&session, |standing| standing.lent = vec![("payment_clerk".into(), past)]));
    let asked = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Policy)).count();
    assert_eq!(asked(&update(&mut state, Event::Tick)), 1);
    assert_eq!(asked(&update(&mut state, Event::Tick)), 0);
}

#[test]
fn the_screen_is_for_everybody_and_goes_back_to_the_desk() {
    let mut state = open(Language::English);
    assert_eq!(state.screen, Screen::Requests);
    update(&mut state, key(KeyCode::Esc));
    assert_eq!(state.screen, Screen::Desk);
}

#[test]
fn who_may_read_no_customer_any_more_sees_none() {
    let mut state = scene::desk(Language::English);
    let mut session = state.session.clone().unwrap();
    session.rights.clear();
    update(&mut state, Event::Policy(Ok(Box::new(session))));
    assert!(state.detail.is_none() && state.list.rows.is_empty());
}

#[test]
fn the_title_keeps_the_alarm_however_many_roles_there_are() {
    for (language, _) in LANGUAGES {
        let mut state = scene::desk(language);
        let session = state.session.clone().unwrap();
        let soon = Timestamp::now() + SignedDuration::from_mins(9);
        let change = |standing: &mut Standing| {
            standing.roles = ["payment_clerk", "supervisor", "agent"].map(str::to_owned).into();
            standing.lent = vec![("payment_clerk".into(), soon)];
            (standing.broken, standing.waiting) = (1, 3);
        };
        update(&mut state, standing(&session, change));
        let screen = picture(&mut state, 80, 24);
        let title = screen.lines().next().unwrap();
        for text in
            [state.say("GLASS BROKEN", "有人紧急提权"), state.say("live", "在线"), state.say("approvals 3", "待审批 3"), "lin.mei", "9m"]
        {
            assert!(title.contains(text), "{text}: {title}");
        }
    }
}

#[test]
fn an_approved_change_of_settings_is_read_in_words_and_done_with_one_key() {
    const CHANGE: &str =
        r#"{"of": "field phone", "action": "field_change", "changed": {"class": ["contact", "identity"], "mask": ["phone", "last_four"]}}"#;
    let with = |state: RequestState| {
        let mut asked = request(9, "settings", "field phone", "zhao.lei", state);
        asked.label = Label { en: "changing a field, class or reason".into(), zh: "更改字段、类别或理由".into() };
        asked.change = Some(CHANGE.into());
        asked
    };
    let show = |language, asked: Request| {
        let mut state = scene::desk(language);
        press(&mut state, "i");
        let generation = state.requests.generation;
        update(&mut state, Event::Requests { generation, answer: Ok(Box::new((vec![asked], Vec::new(), Vec::new()))) });
        state
    };
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = show(language, with(RequestState::Open));
            press(&mut state, "a");
            insta::assert_snapshot!(format!("requests-settings-{code}-{width}x{height}"), picture(&mut state, width, height));
        }
    }
    let mut own = with(RequestState::Approved);
    (own.own, own.good_until) = (true, Some(after(60)));
    let mut state = show(Language::English, own);
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Requests(requests::Act::Perform(change)))] = effects.as_slice() else { panic!("not done") };
    assert_eq!((change.action.as_str(), change.code()), ("field_change", "phone"));
    // What is stored follows.
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Settings { .. })));
}

#[test]
fn a_long_reason_is_whole_at_80x24() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "i");
    let generation = state.requests.generation;
    let mut long = request(7, "elevate", "payment_clerk", "chen.bo", RequestState::Open);
    long.why = format!("{}and this is the end", "the customer was charged twice and wants both sums explained; ".repeat(8));
    update(&mut state, Event::Requests { generation, answer: Ok(Box::new((vec![long], Vec::new(), Vec::new()))) });
    let painted = picture(&mut state, 80, 24);
    assert!(painted.contains("this is the end") && painted.contains("30 minutes"), "{painted}");
}
