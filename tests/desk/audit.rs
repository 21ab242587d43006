//! The audit pane of a supervisor, and the strip under a record.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use sealdesk::{
    desk::{
        audit::Verify,
        event::{Effect, Event, Newest, Trouble},
        people::Act,
        requests,
        state::{Pane, Screen, State},
        update::update,
    },
    keyring::checkpoint::Checkpoint,
    model::{
        audit::{
            AuditPage, Break, Event as AuditEvent, ExportFormat, Filter, Gap, Harm, LogBreak, LogHarm, Looked, Position, Progress,
            Searched, SessionInfo, Verification,
        },
        catalogue::Language,
        id::{RecordId, RecordNumber, SessionId},
        request::Asked,
        saved_filter::SavedFilter,
    },
    service::audit::{Made, Tampered},
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

const SESSION: SessionId = SessionId(Uuid::from_u128(0x7f3a_0000_0000_0000_0000_0000_0000_0001));
const BOX: &str = "018f0000-0000-7000-8000-000000000001";

fn event(seq: i64, action: &str) -> AuditEvent {
    let begin: Timestamp = "2026-11-24T06:00:00.482113Z".parse().unwrap();
    AuditEvent { hash: [0x9c; 32], ..AuditEvent::bare(SESSION, seq, begin + jiff::SignedDuration::from_secs(seq * 40), "lin.mei", action) }
}

fn about(seq: i64, action: &str, number: i64) -> AuditEvent {
    let id = u128::from(number.unsigned_abs());
    AuditEvent { record: Some(RecordId(Uuid::from_u128(id))), record_number: Some(RecordNumber::new("C", number)), ..event(seq, action) }
}

fn search(seq: i64) -> AuditEvent {
    AuditEvent { details: Some(format!("{{\"box\" : \"{BOX}\", \"tokens\" : [1,2], \"numbers\" : []}}")), ..event(seq, "search") }
}

fn reveal(seq: i64) -> AuditEvent {
    AuditEvent {
        field: Some("phone".into()),
        class: Some("contact".into()),
        version: Some(14),
        reason: Some("callback".into()),
        reference: Some("TK-8812".into()),
        ..about(seq, "reveal", 204_817)
    }
}

/// A morning's trail: one sign-in, seven searches in one box, views, reveals, a refusal.
fn trail() -> Vec<AuditEvent> {
    let mut events = vec![event(1, "session_open")];
    events.extend((2..=4).map(search));
    events.push(about(5, "view", 118_203));
    events.extend((6..=9).map(search));
    events.push(about(10, "view", 204_817));
    events.push(reveal(11));
    let refused = AuditEvent { outcome: "SD003".into(), field: Some("card".into()), class: Some("payment".into()), ..reveal(12) };
    events.push(AuditEvent { actor: "chen.bo".into(), reference: None, ..refused });
    events.reverse();
    events
}

fn open(language: Language, page: AuditPage) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        session.audit_all = true;
    }
    state.zone = TimeZone::fixed(Offset::constant(8));
    scene::go_to_audit(&mut state);
    answer_opening(&mut state, page);
    let info = SessionInfo {
        session: SESSION,
        roles: vec!["senior_agent".into()],
        origin: "ssh from 10.0.0.7 /dev/pts/3".into(),
        program: "sealdesk 0.1.0".into(),
        address: None,
        opened_at: None,
        closed_at: None,
        countersigned: Some(9),
    };
    update(&mut state, Event::AuditSessions(Ok(vec![info])));
    state
}

fn answer_opening(state: &mut State, page: AuditPage) {
    let generation = state.audit.generation;
    update(state, Event::Audited { generation, page: Ok(page) });
}

fn arrive(state: &mut State, events: Vec<AuditEvent>) -> Vec<Effect> {
    let generation = state.audit.generation;
    let page = AuditPage { events, horizon: 900, has_more: false, looked: None };
    update(state, Event::Followed { generation, page: Ok((page, Position { horizon: 900, within: None })) })
}

fn page() -> AuditPage {
    AuditPage { events: trail(), horizon: 800, has_more: true, looked: None }
}

fn snapshots(name: &str, page: impl Fn() -> AuditPage, prepare: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = open(language, page());
            prepare(&mut state);
            insta::assert_snapshot!(format!("audit_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn the_live_trail_with_a_folded_search() {
    snapshots("live", page, |_| {});
}

#[test]
fn paused_with_events_waiting() {
    snapshots("paused", page, |state| {
        update(state, key(KeyCode::Char('p')));
        arrive(state, vec![about(13, "view", 990_121), reveal(14)]);
    });
}

#[test]
fn filtered_with_chips() {
    snapshots("chips", page, |state| {
        let filter = Filter {
            actor: Some("lin.mei".into()),
            number: Some(RecordNumber::new("C", 204_817)),
            outcome: Some("refused".into()),
            from: Some("2026-11-24T06:00:00Z".parse().unwrap()),
            ..Filter::default()
        };
        state.audit.filter = filter;
    });
}

fn four_parts() -> Filter {
    Filter {
        actor: Some("lin.mei".into()),
        number: Some(RecordNumber::new("C", 204_817)),
        outcome: Some("refused".into()),
        reason: Some("callback".into()),
        ..Filter::default()
    }
}

#[test]
fn any_part_of_a_filter_can_be_chosen_and_taken_away() {
    snapshots("chosen_chip", page, |state| {
        state.audit.filter = four_parts();
        for _ in 0..3 {
            update(state, key(KeyCode::Left));
        }
    });
    let mut state = open(Language::English, page());
    state.audit.filter = four_parts();
    for _ in 0..3 {
        update(&mut state, key(KeyCode::Left));
    }
    let effects = update(&mut state, key(KeyCode::Backspace));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert_eq!(*filter, Filter { number: None, ..four_parts() });
    answer_opening(&mut state, AuditPage::default());
    // Past the last none is chosen, and the last is taken away.
    for code in [KeyCode::Left, KeyCode::Right] {
        update(&mut state, key(code));
    }
    let effects = update(&mut state, key(KeyCode::Backspace));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert_eq!(*filter, Filter { number: None, reason: None, ..four_parts() });
}

#[test]
fn each_day_of_the_trail_stands_under_its_date_in_the_viewers_zone() {
    let mut yesterday = reveal(13);
    yesterday.at = "2026-11-23T15:59:59Z".parse().unwrap();
    let mut today = about(14, "view", 118_203);
    today.at = "2026-11-23T16:00:01Z".parse().unwrap();
    snapshots("dates", move || AuditPage { events: vec![today.clone(), yesterday.clone()], ..AuditPage::default() }, |_| {});
    // However many dates take lines, the selected event is on the screen.
    let days = (1..60)
        .map(|day| AuditEvent { at: event(day, "view").at - jiff::SignedDuration::from_hours(24 * day), ..event(100 - day, "view") });
    let mut state = open(Language::English, AuditPage { events: days.collect(), ..AuditPage::default() });
    for _ in 0..40 {
        update(&mut state, key(KeyCode::Char('j')));
        let at = state.audit.window.selected_event().unwrap().at.strftime("%Y-%m-%d").to_string();
        assert!(picture(&mut state, 80, 24).contains(&at), "{at}");
    }
}

fn saved(name: &str) -> SavedFilter {
    let filter = Filter { outcome: Some("refused".into()), ..Filter::default() };
    SavedFilter {
        id: Uuid::from_u128(u128::try_from(name.len()).unwrap()),
        name: name.into(),
        filter,
        from: Some("-2h".into()),
        until: None,
    }
}

#[test]
fn saved_filters_are_chosen_and_forgotten() {
    let two = || Event::SavedFilters(Ok(vec![saved("refused lately"), saved("夜间")]));
    snapshots("saved_filters", page, |state| {
        update(state, two());
        update(state, key(KeyCode::Char('F')));
    });
    let mut state = open(Language::English, page());
    update(&mut state, two());
    update(&mut state, key(KeyCode::Char('F')));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert!(filter.outcome.as_deref() == Some("refused") && filter.from.is_some(), "{filter:?}");
    answer_opening(&mut state, AuditPage::default());
    update(&mut state, key(KeyCode::Char('F')));
    let effects = update(&mut state, key(KeyCode::Char('d')));
    assert!(matches!(&effects[..], [Effect::DropFilter(id)] if *id == saved("refused lately").id));
    assert_eq!(state.audit.saved, [saved("夜间")]);
}

#[test]
fn a_filter_with_a_name_is_saved_with_its_times_as_they_were_typed() {
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('f')));
    update(&mut state, Event::Paste("chen.bo".into()));
    for _ in 0..6 {
        update(&mut state, key(KeyCode::Tab));
    }
    update(&mut state, Event::Paste("-8h".into()));
    for _ in 0..3 {
        update(&mut state, key(KeyCode::Tab));
    }
    update(&mut state, Event::Paste("chen today".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::SaveFilter(saved), Effect::Audit { filter, .. }] = &effects[..] else { panic!("saved, and shown") };
    assert_eq!((saved.name.as_str(), saved.from.as_deref(), saved.filter.from), ("chen today", Some("-8h"), None));
    assert!(filter.from.is_some());
}

#[test]
fn who_searched_for_a_record_is_a_view_with_a_chip() {
    let searched = || Searched {
        record: RecordId(Uuid::from_u128(204_817)),
        number: RecordNumber::new("C", 204_817),
        tokens: vec![1, 2],
        fields: vec!["name".into()],
    };
    snapshots("who_searched", page, |state| {
        update(state, Event::WhoSearched(Ok(searched())));
        answer_opening(state, AuditPage { events: vec![search(9), search(8)], ..AuditPage::default() });
    });
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('j')));
    let effects = update(&mut state, key(KeyCode::Char('W')));
    assert!(matches!(&effects[..], [Effect::WhoSearched { revealed, .. }] if !revealed.is_empty()), "what is revealed counts");
    // With a name it is not kept: the keys are made anew each time.
    update(&mut state, Event::WhoSearched(Ok(searched())));
    answer_opening(&mut state, AuditPage::default());
    update(&mut state, key(KeyCode::Char('f')));
    update(&mut state, key(KeyCode::BackTab));
    update(&mut state, Event::Paste("kept".into()));
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty() && state.popup.is_some());
}

#[test]
fn a_copy_is_written_as_chosen_or_asked_for_where_somebody_must_approve_it() {
    let may = |state: &mut State| {
        if let Some(session) = &mut state.session {
            session.standing.capabilities.push("export_audit".into());
        }
    };
    snapshots("export", page, |state| {
        may(state);
        update(state, key(KeyCode::Char('X')));
    });
    let mut state = open(Language::English, page());
    assert!(update(&mut state, key(KeyCode::Char('X'))).is_empty() && state.popup.is_none(), "not without the capability");
    may(&mut state);
    update(&mut state, key(KeyCode::Char('X')));
    let effects = update(&mut state, key(KeyCode::Char('2')));
    assert!(matches!(&effects[..], [Effect::ExportAudit { format: ExportFormat::Json, .. }]));
    let refused = Trouble { code: "SD050", text: "Somebody else approves this first.".into(), current: None };
    let answer = |answer| Event::AuditExported { filter: Box::default(), format: ExportFormat::Json, answer };
    update(&mut state, answer(Err(refused)));
    update(&mut state, Event::Paste("for the regulator".into()));
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Requests(requests::Act::Ask { asked, why }))] = &effects[..] else { panic!("it is asked for") };
    assert_eq!((asked, why.text.as_str()), (&Asked::AuditExport { of: "format=json".into() }, "for the regulator"));
    state.popup = None;
    update(&mut state, answer(Ok(("sealdesk-audit-20261124-140000.json".into(), 1_204))));
    assert!(picture(&mut state, 120, 40).contains("1204 events are in sealdesk-audit-20261124-140000.json"));
}

#[test]
fn evidence_is_of_a_filter_and_says_where_it_is_and_what_it_does_not_prove() {
    snapshots("evidence", page, |state| {
        state.audit.filter = four_parts();
        let effects = update(state, key(KeyCode::Char('E')));
        assert!(matches!(&effects[..], [Effect::Evidence(filter)] if **filter == four_parts()));
        let made = Made { text: String::new(), events: 12, chains: 2, unproven: 1 };
        update(state, Event::Evidence(Ok(("sealdesk-evidence-20261124-140000.json".into(), made))));
    });
    snapshots("evidence_of_everything", page, |state| {
        assert!(update(state, key(KeyCode::Char('E'))).is_empty());
    });
}

fn newest(login: &str) -> Newest {
    let checkpoint = Checkpoint {
        number: 17,
        at: event(12, "checkpoint_put").at,
        size: 1_204,
        root: [1; 32],
        previous: [2; 32],
        records: None,
        login: login.into(),
        entry: 1,
        signature: Vec::new(),
    };
    Newest { checkpoint, hash: [0x9c; 32], code: format!("SD:0190:17:{}", "9C".repeat(32)) }
}

#[test]
fn the_newest_checkpoint_is_compared_by_its_words_and_signed_as_seen() {
    let ask = |state: &mut State, login: &str| update(state, Event::NewestCheckpoint(Ok(Some(Box::new(newest(login))))));
    snapshots("witness", page, |state| drop(ask(state, "sealdesk.watch")));
    snapshots("witnessed", page, |state| {
        ask(state, "sealdesk.watch");
        let effects = update(state, key(KeyCode::Char('w')));
        assert!(matches!(&effects[..], [Effect::Witness(checkpoint)] if checkpoint.number == 17));
        assert!(update(state, key(KeyCode::Char('w'))).is_empty(), "once");
        update(state, Event::Witnessed(Ok(())));
    });
    snapshots("witness_of_ones_own", page, |state| {
        ask(state, "lin.mei");
        assert!(update(state, key(KeyCode::Char('w'))).is_empty());
    });
    let mut state = open(Language::English, page());
    state.glyphs = sealdesk::config::Glyphs::Unicode;
    ask(&mut state, "sealdesk.watch");
    assert!(picture(&mut state, 120, 40).matches('\u{2588}').count() > 100, "the whole hash as a picture, where it fits");
    assert!(picture(&mut state, 80, 24).contains("Compare the words"));
    update(&mut state, Event::NewestCheckpoint(Ok(None)));
}

#[test]
fn an_event_in_full() {
    snapshots("event", page, |state| {
        update(state, key(KeyCode::Char('j')));
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn an_event_about_a_record_above_ones_clearance_says_so() {
    let withheld = || AuditPage {
        events: vec![AuditEvent { details: Some(AuditEvent::WITHHELD.into()), class: Some("contact".into()), ..event(1, "reveal") }],
        ..AuditPage::default()
    };
    snapshots("withheld", withheld, |state| {
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn a_folded_search_in_full() {
    snapshots("search", page, |state| {
        for _ in 0..3 {
            update(state, key(KeyCode::Char('j')));
        }
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn a_filter_that_matches_nothing_says_what_to_press() {
    snapshots("empty", AuditPage::default, |state| state.audit.filter.actor = Some("nobody".into()));
}

#[test]
fn the_filter_names_what_is_wrong() {
    snapshots("wrong_filter", page, |state| {
        update(state, key(KeyCode::Char('f')));
        for _ in 0..6 {
            update(state, key(KeyCode::Tab));
        }
        update(state, Event::Paste("half past two".into()));
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn a_verification_on_its_way() {
    snapshots("verifying", page, |state| {
        update(state, key(KeyCode::Char('V')));
        update(state, Event::Verifying(Progress { done: 120_000, total: 480_000 }));
        if let Verify::Running { since, .. } = &mut state.audit.verify {
            // Painted in the moment it began: the rate does not move with the clock.
            *since = Instant::now() + std::time::Duration::from_hours(1);
        }
    });
}

#[test]
fn a_broken_chain_is_named_selected_and_marked() {
    snapshots("broken", page, |state| {
        update(state, key(KeyCode::Char('V')));
        let broken = Break { session: SESSION, seq: 5, harm: Harm::Altered, beside: Some((5, event(5, "view").at)) };
        let found =
            Verification { sessions: 3, events: 12, broken: vec![broken], checked: [(SESSION, 12)].into(), ..Verification::default() };
        update(state, Event::Verified(Ok(found)));
    });
}

#[test]
fn a_checkpoint_that_does_not_fit_is_said_before_any_chain_and_a_whole_audit_tells_what_it_was_held_against() {
    snapshots("checkpoint", page, |state| {
        update(state, key(KeyCode::Char('V')));
        let log = vec![LogBreak { number: 17, harm: LogHarm::RolledBack }];
        update(state, Event::Verified(Ok(Verification { sessions: 3, events: 12, log, ..Verification::default() })));
    });
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('V')));
    let gap = Gap { session: SESSION, after: 3, from: event(3, "heartbeat").at, until: None };
    let found = Verification { sessions: 3, events: 12, checkpoints: 5, gaps: vec![gap], ..Verification::default() };
    update(&mut state, Event::Verified(Ok(found)));
    let shown = picture(&mut state, 120, 40);
    assert!(shown.contains("12 events, 3 chains, 5 checkpoints; 1 silences"), "{shown}");
}

#[test]
fn the_strip_under_a_record() {
    for (language, code) in LANGUAGES {
        let mut state = scene::desk(language);
        state.zone = TimeZone::fixed(Offset::constant(8));
        let record = state.detail.as_ref().unwrap().view.id;
        update(&mut state, Event::Stripped { record, strip: Ok(vec![reveal(11), about(10, "view", 204_817)]) });
        state.pane = Pane::Strip;
        update(&mut state, key(KeyCode::Char('j')));
        insta::assert_snapshot!(format!("strip_{code}"), picture(&mut state, 80, 24));
        let trouble = Trouble { code: "SD006", text: "There is no such record or field any more.".into(), current: None };
        update(&mut state, Event::Stripped { record, strip: Err(trouble) });
        insta::assert_snapshot!(format!("strip_unreadable_{code}"), picture(&mut state, 80, 24));
    }
}

#[test]
fn keystrokes_that_come_in_live_join_their_box() {
    let mut state = open(Language::English, page());
    arrive(&mut state, vec![search(13)]);
    let screen = picture(&mut state, 80, 24);
    assert!(screen.contains("searched x8") && screen.matches("searched").count() == 1, "{screen}");
}

#[test]
fn a_paused_trail_stands_still_and_nothing_of_it_is_lost() {
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('p')));
    let trail_of = |state: &mut State| picture(state, 80, 24).lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
    let before = trail_of(&mut state);
    for seq in 13..113 {
        arrive(&mut state, vec![about(seq, "view", seq)]);
    }
    assert_eq!(trail_of(&mut state), before);
    assert_eq!(state.audit.waiting, 100);
    update(&mut state, key(KeyCode::Char('p')));
    assert_eq!(state.audit.window.len(), 112);
    assert!(picture(&mut state, 80, 24).contains("C-000112"));
}

#[test]
fn a_round_with_more_to_come_is_followed_at_once() {
    let mut state = open(Language::English, page());
    let generation = state.audit.generation;
    let page = AuditPage { events: vec![reveal(13)], horizon: 900, has_more: true, looked: None };
    let effects = update(&mut state, Event::Followed { generation, page: Ok((page, Position { horizon: 800, within: None })) });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Follow { .. })));
}

#[test]
fn who_saw_this_record_shows_only_that_and_escape_goes_back() {
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('j')));
    let effects = update(&mut state, key(KeyCode::Char('w')));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert_eq!((filter.number, filter.action.as_deref()), (Some(RecordNumber::new("C", 204_817)), Some(Filter::SEEING)));
    answer_opening(&mut state, AuditPage::default());
    assert!(picture(&mut state, 80, 24).contains("[record C-204817] [action who saw it]"));

    // The record stays when the filter is edited and applied again.
    update(&mut state, key(KeyCode::Char('f')));
    update(&mut state, Event::Paste("wu.jun".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert_eq!((filter.number, filter.actor.as_deref()), (Some(RecordNumber::new("C", 204_817)), Some("wu.jun")));
    assert!(filter.record.is_some());
    answer_opening(&mut state, AuditPage::default());

    // The last chip goes first: the action, then the record.
    let effects = update(&mut state, key(KeyCode::Backspace));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert!(filter.action.is_none() && filter.record.is_some());
    answer_opening(&mut state, AuditPage::default());

    for _ in 0..3 {
        update(&mut state, key(KeyCode::Esc));
        answer_opening(&mut state, AuditPage::default());
    }
    assert!(state.audit.filter.is_empty() && state.screen == Screen::Audit);
    update(&mut state, key(KeyCode::Esc));
    assert!(state.screen == Screen::Desk);
}

#[test]
fn a_refused_filter_leaves_the_view_as_it_was() {
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('f')));
    for _ in 0..2 {
        update(&mut state, key(KeyCode::Tab));
    }
    update(&mut state, Event::Paste("999999999".into()));
    update(&mut state, key(KeyCode::Enter));
    let generation = state.audit.generation;
    let trouble = Trouble { code: "SD006", text: "There is no such record.".into(), current: None };
    update(&mut state, Event::Audited { generation, page: Err(trouble) });
    let screen = picture(&mut state, 80, 24);
    assert!(state.audit.filter.is_empty() && screen.contains("There is no such record.") && screen.contains("TK-8812"), "{screen}");
}

#[test]
fn a_kept_filter_is_found_again() {
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('f')));
    update(&mut state, Event::Paste("chen.bo".into()));
    update(&mut state, key(KeyCode::BackTab));
    update(&mut state, Event::Paste("watch".into()));
    update(&mut state, key(KeyCode::Enter));
    answer_opening(&mut state, AuditPage::default());
    update(&mut state, key(KeyCode::Esc));
    answer_opening(&mut state, page());
    update(&mut state, key(KeyCode::Char('f')));
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL)));
    let screen = picture(&mut state, 80, 24);
    assert!(screen.contains("chen.bo") && screen.contains("watch"), "{screen}");
}

#[test]
fn a_stopped_verification_says_nothing_about_the_chains() {
    let mut state = open(Language::English, page());
    update(&mut state, key(KeyCode::Char('V')));
    let effects = update(&mut state, key(KeyCode::Esc));
    assert!(matches!(effects[..], [Effect::StopVerify]));
    update(&mut state, Event::Verified(Ok(Verification::default())));
    assert!(state.audit.verification().is_none());
}

#[test]
fn the_trail_of_the_open_record_is_one_key_away() {
    let mut state = scene::desk(Language::English);
    state.pane = Pane::Strip;
    let effects = update(&mut state, key(KeyCode::Char('f')));
    let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
    assert_eq!(filter.number, Some(RecordNumber::new("C", 204_817)));
    assert!(state.screen == Screen::Audit);
}

#[test]
fn escape_leads_back_to_the_record_with_the_cursor_where_it_was() {
    let mut state = scene::desk(Language::English);
    update(&mut state, Event::Stripped { record: scene::view().id, strip: Ok((1..=4).map(reveal).collect()) });
    state.pane = Pane::Strip;
    update(&mut state, key(KeyCode::Char('j')));
    update(&mut state, key(KeyCode::Char('f')));
    answer_opening(&mut state, page());
    // A view that was opened on the way is gone back through first.
    update(&mut state, key(KeyCode::Char('u')));
    answer_opening(&mut state, page());
    update(&mut state, key(KeyCode::Esc));
    answer_opening(&mut state, page());
    assert!(state.screen == Screen::Audit && state.audit.filter.number == Some(RecordNumber::new("C", 204_817)));
    update(&mut state, key(KeyCode::Esc));
    assert!(state.screen == Screen::Desk && state.pane == Pane::Strip);
    assert_eq!(state.detail.as_ref().map(|detail| detail.strip.selected), Some(1));
    // The audit itself shows what it showed before, read anew.
    let effects = go_by_key(&mut state);
    assert!(matches!(&effects[..], [Effect::Audit { filter, .. }] if filter.is_empty()), "{}", effects.len());
}

/// Presses `2` and lets the moment pass.
fn go_by_key(state: &mut State) -> Vec<Effect> {
    update(state, key(KeyCode::Char('2')));
    state.count.screen_at = Some(std::time::Instant::now());
    update(state, Event::Tick).into_iter().filter(|effect| matches!(effect, Effect::Audit { .. } | Effect::Follow { .. })).collect()
}

#[test]
fn a_question_that_is_refused_leads_back_all_the_same() {
    let mut state = scene::desk(Language::English);
    state.pane = Pane::Strip;
    update(&mut state, key(KeyCode::Char('f')));
    let generation = state.audit.generation;
    let trouble = Trouble { code: "SD006", text: "There is no such record.".into(), current: None };
    update(&mut state, Event::Audited { generation, page: Err(trouble) });
    update(&mut state, key(KeyCode::Esc));
    assert!(state.screen == Screen::Desk && state.pane == Pane::Strip);
}

#[test]
fn the_strip_is_read_again_when_something_has_happened_but_not_as_often_as_it_happens() {
    let mut state = scene::desk(Language::English);
    let asked = |effects: Vec<Effect>| effects.iter().filter(|effect| matches!(effect, Effect::Strip { .. })).count();
    assert_eq!(asked(update(&mut state, Event::Notice)), 1);
    assert_eq!(asked(update(&mut state, Event::Notice)), 0, "while it is being read");
    update(&mut state, Event::Stripped { record: scene::view().id, strip: Ok(Vec::new()) });
    assert_eq!(asked(update(&mut state, Event::Notice)), 0, "within a second");
    assert!(state.next_deadline().is_some_and(|at| at <= std::time::Instant::now() + std::time::Duration::from_secs(1)));
    state.strip.read_at = None;
    assert_eq!(asked(update(&mut state, Event::Tick)), 1, "what came meanwhile is not forgotten");
    state.screen = Screen::People;
    update(&mut state, Event::Stripped { record: scene::view().id, strip: Ok(Vec::new()) });
    state.strip.read_at = None;
    assert_eq!(asked(update(&mut state, Event::Notice)), 0, "only while it is on the screen");
}

#[test]
fn an_action_is_asked_for_by_its_words_or_its_code() {
    for (typed, wanted) in [("edited, reveal", "edit,reveal"), ("打开记录，查看", "view,reveal"), ("view reveal", "view,reveal")] {
        let mut state = open(Language::English, page());
        update(&mut state, key(KeyCode::Char('f')));
        update(&mut state, key(KeyCode::Tab));
        update(&mut state, Event::Paste(typed.into()));
        let effects = update(&mut state, key(KeyCode::Enter));
        let [Effect::Audit { filter, .. }] = &effects[..] else { panic!("a view is asked for") };
        assert_eq!(filter.action.as_deref(), Some(wanted));
    }
}

#[test]
fn nothing_in_an_event_reaches_the_terminal_raw() {
    let details = "{\"box\": \"\\u001b[2J\\u202e\", \"deep\": [[1, {\"a\": null}]]}";
    let hostile = AuditEvent {
        details: Some(details.into()),
        actor: "a\u{1b}[31m\u{202e}b".into(),
        reference: Some("\u{200d}\u{7}ref".into()),
        ..reveal(20)
    };
    let mut state = open(Language::English, AuditPage { events: vec![hostile], horizon: 1, has_more: false, looked: None });
    for _ in 0..2 {
        let screen = picture(&mut state, 120, 40);
        assert!(screen.chars().all(|c| c == '\n' || !sealdesk::text::sanitise::is_hidden(c)), "{screen:?}");
        update(&mut state, key(KeyCode::Enter));
    }
}

#[test]
fn an_audit_that_is_not_what_the_desk_did_is_said_over_everything_and_stays() {
    snapshots("alarm", page, |state| {
        update(state, Event::Alarm(Tampered::Altered { seq: 17 }));
    });
    let mut state = open(Language::English, page());
    update(&mut state, Event::Alarm(Tampered::Behind { seq: 17 }));
    for code in [KeyCode::Esc, KeyCode::Char('1'), KeyCode::Char('?'), KeyCode::Char('L')] {
        update(&mut state, key(code));
        let shown = picture(&mut state, 80, 24);
        assert!(shown.contains("AUDIT ALARM") && shown.contains("call a security officer"), "{shown}");
    }
}

#[test]
fn an_event_tells_whether_it_is_countersigned() {
    let mut state = open(Language::English, page());
    let shown = picture(&mut state, 120, 40);
    assert!(shown.contains("not yet countersigned"), "{shown}");
    for _ in 0..4 {
        update(&mut state, key(KeyCode::Char('j')));
    }
    let shown = picture(&mut state, 120, 40);
    assert!(shown.contains("countersigned, with event 9"), "{shown}");
}

#[test]
fn what_was_not_revealed_is_proved_of_the_record_under_the_cursor_over_the_time_of_the_filter() {
    use sealdesk::{
        database::api::absence::RecordEvent,
        service::audit::absence::{Asked, Told},
    };
    let press = |state: &mut State| match update(state, key(KeyCode::Char('N'))).pop() {
        Some(Effect::Absence(asked)) => *asked,
        _ => panic!("no proof was asked for"),
    };
    let tell = |state: &mut State, asked: Asked, told: Told| drop(update(state, Event::Absence { asked: Box::new(asked), told: Ok(told) }));
    let at = |seq| event(seq, "reveal").at;
    let filter = Filter { number: RecordNumber::parse("C-204817"), from: Some(at(1)), until: Some(at(9)), ..Filter::default() };
    snapshots("absence", page, |state| {
        state.audit.filter = filter.clone();
        let asked = press(state);
        assert_eq!((asked.record.to_string().as_str(), asked.field.as_deref()), ("C-204817", None));
        assert_eq!((asked.since, asked.until), (at(1), at(9)));
        tell(state, asked, Told::Absent { until: at(8), path: "sealdesk-absence-20261124-140000.json".into() });
    });
    snapshots("absence_revealed", page, |state| {
        state.audit.filter = filter.clone();
        let asked = press(state);
        let revealed = |actor: &str, seq| RecordEvent {
            place: 1,
            session: SESSION,
            seq,
            at: at(seq),
            actor: actor.into(),
            action: "reveal".into(),
            outcome: "ok".into(),
            field: Some("phone".into()),
            hash: [1; 32],
        };
        tell(state, asked, Told::Revealed { until: at(9), events: vec![revealed("lin.mei", 3), revealed("chen.bo", 5)] });
    });
    let mut state = open(Language::English, page());
    if let Some(session) = &mut state.session {
        session.audit_all = false;
    }
    assert!(update(&mut state, key(KeyCode::Char('N'))).is_empty());
}

#[test]
fn evidence_is_taken_of_what_the_filter_shows_and_says_where_it_is() {
    let mut state = open(Language::English, page());
    assert!(update(&mut state, key(KeyCode::Char('E'))).is_empty());
    assert!(state.message.as_deref().is_some_and(|said| said.contains("Filter first")));
    state.audit.filter = Filter { actor: Some("lin.mei".into()), ..Filter::default() };
    let effects = update(&mut state, key(KeyCode::Char('E')));
    assert!(matches!(effects.as_slice(), [Effect::Evidence(filter)] if filter.actor.as_deref() == Some("lin.mei")));
    let made = Made { text: String::new(), events: 9, chains: 1, unproven: 2 };
    update(&mut state, Event::Evidence(Ok(("sealdesk-evidence-1.json".into(), made))));
    let shown = picture(&mut state, 120, 40);
    assert!(shown.contains("9 events with their proofs are in sealdesk-evidence-1.json; 2 not proved"), "{shown}");
    if let Some(session) = &mut state.session {
        session.audit_all = false;
    }
    assert!(update(&mut state, key(KeyCode::Char('E'))).is_empty());
}

#[test]
fn an_address_that_the_client_does_not_name_is_shown_beside_what_it_says() {
    for (address, origin, differs) in [
        (None, "ssh from 10.0.0.7 /dev/pts/3", false),
        (Some("10.0.0.7"), "ssh from 10.0.0.7 /dev/pts/3", false),
        (Some("10.0.0.70"), "ssh from 10.0.0.7 /dev/pts/3", true),
        (Some("2001:db8::7"), "", true),
    ] {
        let mut state = open(Language::English, page());
        let info = SessionInfo {
            session: SESSION,
            roles: vec!["senior_agent".into()],
            origin: origin.into(),
            program: "sealdesk 0.1.0".into(),
            address: address.map(str::to_owned),
            opened_at: None,
            closed_at: None,
            countersigned: Some(9),
        };
        update(&mut state, Event::AuditSessions(Ok(vec![info])));
        let seen = picture(&mut state, 120, 40);
        assert_eq!(seen.contains("CONNECTED FROM"), differs, "{address:?}: {seen}");
    }
}

/// A page that found so many events among 5,000 it looked through, back to a minute of the day.
fn looked(found: Vec<AuditEvent>, minute: i64) -> AuditPage {
    let at = jiff::Timestamp::constant(1_795_176_000 - minute * 60, 0);
    let looked = Looked { place: (at, SessionId(Uuid::nil()), 1), events: 5_000 };
    AuditPage { events: found, horizon: 900, has_more: true, looked: Some(looked) }
}

fn page_asked(effects: &[Effect]) -> Option<(i64, u64)> {
    effects.iter().find_map(|effect| match effect {
        Effect::AuditPage { newer: false, from, looked, .. } => Some(((1_795_176_000 - from.0.as_second()) / 60, *looked)),
        _ => None,
    })
}

#[test]
fn a_seldom_text_is_looked_for_piece_by_piece_and_says_how_far() {
    snapshots("looking", || looked(Vec::new(), 30), |_| {});
    snapshots("looked_and_stopped", || looked(vec![reveal(9)], 30), |state| drop(update(state, key(KeyCode::Esc))));
}

#[test]
fn looking_for_a_text_goes_on_by_itself_until_it_is_stopped_or_enough_is_found() {
    let mut state = open(Language::English, looked(Vec::new(), 1));
    assert!(state.audit.loading, "the next piece is asked for");
    let answer = |state: &mut State, page: AuditPage| {
        let generation = state.audit.generation;
        update(state, Event::AuditPaged { generation, newer: false, page: Ok(page) })
    };
    assert_eq!(
        page_asked(&answer(&mut state, looked(Vec::new(), 2))),
        Some((2, 10_000)),
        "the longer it is not found the larger the piece"
    );
    assert_eq!(page_asked(&answer(&mut state, looked(vec![reveal(9)], 3))), Some((3, 0)));
    let opened = state.audit.generation;
    let effects = update(&mut state, key(KeyCode::Esc));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel)) && !state.audit.loading);
    assert_eq!((state.audit.generation, state.audit.window.len()), (opened, 1), "the view and what was found stay");
    // An answer that was on its way is shown, and nothing more is asked for.
    assert_eq!(page_asked(&answer(&mut state, looked(vec![reveal(8)], 4))), None);
    assert_eq!(state.audit.look.map(|look| look.through), Some(20_000));
    assert_eq!(page_asked(&update(&mut state, key(KeyCode::Char('G')))), Some((4, 0)), "G goes on from there");
    // Enough of them, and it waits until somebody comes near the end.
    let many = (100..250).rev().map(reveal).collect();
    assert_eq!(page_asked(&answer(&mut state, looked(many, 5))), None);
    // The end.
    update(&mut state, key(KeyCode::Char('G')));
    let rest = AuditPage { events: Vec::new(), horizon: 900, has_more: false, looked: None };
    assert_eq!(page_asked(&answer(&mut state, rest)), None);
    assert!(state.audit.look.is_none() && !state.audit.window.has_older());
}
