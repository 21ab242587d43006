//! The people screen: list and detail, the small forms, the grid of roles, and who may see and do what.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use sealdesk::{
    crypto::secret::Secret,
    desk::{
        event::{Effect, Event, Trouble},
        people::Act,
        requests,
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        catalogue::Language,
        clearance::Clearance,
        id::{PersonId, SessionId},
        person::{Access, OpenSession, Person, PersonState},
        preset,
        request::{Eligibility, Replayed},
    },
    service::people::{Dossier, Entry, Grid, Overview, Standing},
};
use uuid::Uuid;

use super::{LANGUAGES, SIZES, key, picture, scene};

const FINGERPRINT: &str = "sd1:xj4b-np4p-ahh6-uqkb-idpf-3lrc-eoya-gynd";

fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn person(login: &str, name: &str, state: PersonState, roles: &[&str]) -> Entry {
    let active = state == PersonState::Active;
    Entry {
        person: Person {
            clearance: Clearance::new("normal", &[]),
            frozen: None,
            id: PersonId(Uuid::nil()),
            user: login.into(),
            display_name: name.into(),
            state,
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            last_seen: active.then(noon),
            open_sessions: i64::from(active),
            code_expires_at: None,
            unwrapped: Vec::new(),
        },
        standing: if active { Standing::Signed { by: "zhao.lei".into(), officer: false } } else { Standing::Unconfirmed },
        lent: Vec::new(),
    }
}

fn everybody() -> Vec<Entry> {
    let mut forged = person("chen.bo", "Chen Bo", PersonState::Active, &["agent"]);
    forged.standing = Standing::BadSignature { by: "zhao.lei".into() };
    let mut officer = person("zhao.lei", "赵磊 Zhao Lei", PersonState::Active, &["security_officer"]);
    officer.standing = Standing::Signed { by: "root".into(), officer: true };
    let mut unwrapped = person("wu.jun", "Wu Jun", PersonState::Active, &["senior_agent", "supervisor"]);
    unwrapped.person.unwrapped = vec!["supervisor".into()];
    unwrapped.person.clearance = Clearance::new("sensitive", &["vip".into()]);
    vec![
        forged,
        person("lin.mei", "林梅 Mei Lin", PersonState::Active, &["senior_agent"]),
        person("new.comer", "", PersonState::Enrolled, &["agent"]),
        person("old.timer", "Old Timer", PersonState::Disabled, &["agent"]),
        unwrapped,
        officer,
    ]
}

fn eligible() -> Vec<Eligibility> {
    ["agent", "supervisor"]
        .map(|role| Eligibility {
            role: role.into(),
            target: "payment_clerk".into(),
            max_minutes: 60,
            break_glass: role == "agent",
            classes: vec!["payment".into()],
            mine: false,
        })
        .into()
}

fn session(own: bool) -> OpenSession {
    OpenSession {
        id: SessionId(Uuid::from_u128(7)),
        origin: "ssh from 10.0.0.7 /dev/pts/3".into(),
        program: "sealdesk 0.1.0".into(),
        opened_at: noon(),
        last_heard: Some(noon()),
        own,
    }
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn control(state: &mut State, c: char) -> Vec<Effect> {
    update(state, Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

/// Presses `3` and lets the moment pass in which it could have become a count.
fn press_three(state: &mut State) -> Vec<Effect> {
    press(state, "3");
    state.count.screen_at = Some(Instant::now());
    update(state, Event::Tick)
}

fn answer(state: &mut State) {
    let mut grid = Grid::new();
    for (role, class, rights) in preset::rights() {
        grid.entry(role).or_default().insert(class, rights);
    }
    let generation = state.people.generation;
    update(state, Event::People { generation, answer: Ok(Box::new(Overview { entries: everybody(), grid, eligible: eligible() })) });
}

fn dossier(state: &mut State) {
    let Some(login) = state.people.selected.clone() else { return };
    let sessions = if login == "old.timer" || login == "new.comer" { Vec::new() } else { vec![session(login == "zhao.lei")] };
    let fingerprint = Some(FINGERPRINT.to_owned());
    update(state, Event::Dossier(Ok(Box::new(Dossier { login, fingerprint, keys_differ: false, sessions }))));
}

/// The screen of a security officer, with the cursor on somebody.
fn open(language: Language, login: &str) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        (session.user, session.roles) = ("zhao.lei".into(), vec!["security_officer".into()]);
        (session.manage_people, session.audit_all) = (true, true);
    }
    press_three(&mut state);
    answer(&mut state);
    while state.people.selected.as_deref() != Some(login) {
        press(&mut state, "j");
    }
    dossier(&mut state);
    state
}

fn snapshots(name: &str, login: &str, prepare: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = open(language, login);
            prepare(&mut state);
            insta::assert_snapshot!(format!("people_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn the_screen_of_an_officer() {
    snapshots("list", "wu.jun", |_| {});
}

/// Chen Bo has a role for half an hour; old.timer is gone for good.
fn lend(state: &mut State) {
    for entry in &mut state.people.entries {
        match entry.person.user.as_str() {
            "chen.bo" => {
                let until = Timestamp::now() + jiff::SignedDuration::from_secs(28 * 60 + 30);
                entry.lent = vec![("payment_clerk".into(), until)];
                entry.standing = Standing::Signed { by: "zhao.lei".into(), officer: false };
            }
            "old.timer" => (entry.person.state, entry.person.roles) = (PersonState::Left, Vec::new()),
            _ => {}
        }
    }
}

#[test]
fn a_role_for_a_time_is_shown_with_what_is_left_and_counts_among_the_rights() {
    for (language, _) in LANGUAGES {
        let mut state = open(language, "chen.bo");
        assert!(
            picture(&mut state, 120, 40)
                .lines()
                .any(|line| line.contains(state.say("Payment", "支付")) && line.contains(state.say("nothing", "无")))
        );
        lend(&mut state);
        let screen = picture(&mut state, 120, 40);
        assert!(screen.contains(state.say("payment clerk: 29m left, until", "支付专员：剩余 29m，至")), "{screen}");
        assert!(screen.contains(state.say("payment clerk (up to 60 min", "支付专员（最长 60 分钟")), "{screen}");
        let payment = |line: &&str| line.contains(state.say("Payment", "支付")) && line.contains(state.say("reveal", "查看"));
        assert!(screen.lines().any(|line| payment(&line)), "{screen}");
        assert!(picture(&mut state, 80, 24).contains(state.say("29m payment clerk", "29m 支付专员")));
    }
}

#[test]
fn somebody_elses_role_that_ends_by_its_time_is_read_again() {
    let mut state = open(Language::English, "chen.bo");
    state.people.entries[0].lent = vec![("payment_clerk".into(), Timestamp::now() - jiff::SignedDuration::from_secs(1))];
    let asked = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::People { .. }));
    assert!(asked(&update(&mut state, Event::Tick)));
}

#[test]
fn who_left_for_good_is_shown_as_gone_and_offered_only_what_makes_sense() {
    snapshots("left", "old.timer", lend);
    let mut state = open(Language::English, "old.timer");
    lend(&mut state);
    for act in ["n", "r", "d", "X", "C", "F", "O", "c"] {
        press(&mut state, act);
        assert!(state.popup.is_none(), "{act}");
        assert!(state.message.as_deref().is_some_and(|text| text.contains("left for good")), "{act}: {:?}", state.message);
    }
    press(&mut state, "E");
    assert!(picture(&mut state, 80, 24).contains("left for good. Back again"));
}

#[test]
fn a_forged_signature_is_named() {
    snapshots("forged", "chen.bo", |_| {});
}

#[test]
fn the_grid_of_roles() {
    snapshots("grid", "lin.mei", |state| drop(press(state, "p")));
}

#[test]
fn more_rights_for_a_role() {
    snapshots("allow", "lin.mei", |state| {
        press(state, "pjjll");
        update(state, key(KeyCode::Enter));
        press(state, " ");
    });
}

fn replayed() -> Event {
    let member = |login: &str, after: &str, reveals| Replayed {
        login: login.into(),
        before: "SMR-".into(),
        after: after.into(),
        reveals,
        records: reveals,
        last_at: None,
    };
    Event::Replayed(Ok(vec![member("chen.bo", "SM--", 12), member("lin.mei", "SMR-", 0)]))
}

#[test]
fn what_a_change_of_rights_would_mean() {
    snapshots("replay", "lin.mei", |state| {
        press(state, "pl");
        update(state, key(KeyCode::Enter));
        press(state, "jj ");
        update(state, key(KeyCode::Enter));
        update(state, replayed());
    });
}

#[test]
fn a_change_of_rights_is_shown_before_it_is_done_and_anew_when_it_changes() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "pll");
    update(&mut state, key(KeyCode::Enter));
    // To give one and to take another are two acts.
    press(&mut state, " jj ");
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    assert!(picture(&mut state, 80, 24).contains("Taking and giving are two acts"));
    press(&mut state, "kk jj");
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Replay { role, class, rights }] = effects.as_slice() else { panic!("not asked what it means") };
    assert_eq!((role.as_str(), class.as_str(), rights.letters().as_str()), ("agent", "identity", "SMR-"));
    update(&mut state, replayed());
    press(&mut state, "k ");
    assert!(matches!(update(&mut state, key(KeyCode::Enter)).as_slice(), []), "another change: taking and giving");
    press(&mut state, " ");
    assert!(matches!(update(&mut state, key(KeyCode::Enter)).as_slice(), [Effect::Replay { .. }]), "what is shown was for something else");
    update(&mut state, replayed());
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Rights { role, class, rights })] = effects.as_slice() else { panic!("no act") };
    assert_eq!((role.as_str(), class.as_str(), rights.letters().as_str()), ("agent", "identity", "SMR-"));
    update(&mut state, Event::Acted(Ok(None)));
    // Not to a role of one's own.
    press(&mut state, "j".repeat(4).as_str());
    update(&mut state, key(KeyCode::Enter));
    assert!(state.popup.is_none(), "{:?}", state.people.role);
    assert_eq!(state.message.as_deref(), Some("Not to a role of your own: ask another security officer."));
}

#[test]
fn what_needs_an_approval_is_asked_for_where_it_was_refused() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "pl");
    update(&mut state, key(KeyCode::Enter));
    press(&mut state, "jj ");
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, replayed());
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::Acted(Err(Trouble { code: "SD050", text: "needs approval".into(), current: None })));
    assert!(picture(&mut state, 80, 24).contains("Ask for approval"));
    update(&mut state, Event::Paste("night shift needs no phones".into()));
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Requests(requests::Act::Ask { asked, why }))] = effects.as_slice() else { panic!("not asked for") };
    assert_eq!((asked.subject().as_str(), why.text.as_str()), ("agent contact SM-E", "night shift needs no phones"));
}

#[test]
fn the_form_for_a_new_person() {
    snapshots("add", "lin.mei", |state| {
        press(state, "a");
        update(state, Event::Paste("eve.li".into()));
    });
}

#[test]
fn comparing_fingerprints() {
    snapshots("confirm", "new.comer", |state| {
        press(state, "c");
        update(state, Event::Paste("sd1:xj4b-np4p-ahh6-uqkb-idpf-3lrc-eoya-gyna".into()));
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn the_checklist_of_roles() {
    snapshots("roles", "lin.mei", |state| {
        press(state, "r");
        press(state, "j j");
    });
}

#[test]
fn the_choice_of_a_clearance() {
    snapshots("clearance", "wu.jun", |state| drop(press(state, "Cj ")));
}

#[test]
fn a_clearance_has_one_level_and_any_compartments() {
    let mut state = open(Language::English, "wu.jun");
    press(&mut state, "C");
    press(&mut state, "j ");
    press(&mut state, "k ");
    press(&mut state, "jjj ");
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Clear { login, clearance })] = effects.as_slice() else { panic!("an act") };
    assert_eq!((login.as_str(), clearance), ("wu.jun", &Clearance::new("sensitive", &["staff".into(), "vip".into()])));
    let mut state = open(Language::English, "wu.jun");
    press(&mut state, "C");
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty() && state.popup.is_none(), "nothing was changed");
    let mut state = open(Language::English, "zhao.lei");
    press(&mut state, "C");
    assert!(state.popup.is_none() && state.message.is_some_and(|message| message.contains("own account")));
}

#[test]
fn the_question_before_disabling() {
    snapshots("disable", "lin.mei", |state| drop(press(state, "d")));
}

#[test]
fn the_one_time_code() {
    snapshots("code", "lin.mei", |state| {
        press(state, "ny");
        update(state, Event::Acted(Ok(Some(Secret::from("abcd-efgh-ijkl-mnop")))));
    });
}

#[test]
fn the_change_of_the_passphrase() {
    snapshots("passphrase", "lin.mei", |state| {
        press(state, ":");
        update(state, Event::Paste("passphrase".into()));
        update(state, key(KeyCode::Enter));
    });
}

#[test]
fn ones_own_sessions() {
    snapshots("sessions", "lin.mei", |state| {
        update(state, Event::Sessions(Ok(vec![session(true), session(false)])));
    });
}

#[test]
fn why_not() {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = scene::desk(language);
            let found = Access {
                class: "payment".into(),
                state: PersonState::Active,
                roles: vec!["senior_agent".into()],
                rights: preset::rights().into_iter().find(|(role, class, _)| role == "senior_agent" && class == "payment").unwrap().2,
                reason_required: true,
                quota_used: 30,
                quota_limit: 30,
                outcome: "SD004".into(),
            };
            update(&mut state, Event::Explained { field: "card".into(), found: Ok(vec![found]) });
            insta::assert_snapshot!(format!("people_why_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn who_neither_manages_people_nor_reads_the_audit_is_told_why_not() {
    let mut state = scene::desk(Language::English);
    let effects = press_three(&mut state);
    assert!(effects.is_empty() && state.screen == Screen::Desk);
    assert!(state.message.as_deref().is_some_and(|text| text.starts_with("Only security officers manage people")), "{:?}", state.message);
}

#[test]
fn a_supervisor_looks_and_changes_nothing() {
    let mut state = open(Language::English, "lin.mei");
    if let Some(session) = &mut state.session {
        session.manage_people = false;
    }
    for act in ["a", "c", "r", "e", "n", "O", "d", "E"] {
        assert!(press(&mut state, act).is_empty() && state.popup.is_none(), "{act}");
        assert_eq!(state.message.as_deref(), Some("Only security officers change people; you may look."), "{act}");
    }
    assert!(picture(&mut state, 80, 24).contains("to look at only"));
}

#[test]
fn nobody_changes_their_own_account() {
    let mut state = open(Language::English, "zhao.lei");
    for act in ["r", "n", "d"] {
        press(&mut state, act);
        assert!(state.popup.is_none(), "{act}");
        assert_eq!(state.message.as_deref(), Some("Not to your own account: ask another security officer."), "{act}");
    }
}

#[test]
fn typing_narrows_the_list_at_once_and_escape_shows_everybody() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "/wu");
    let shown: Vec<String> = state.people.shown().iter().map(|entry| entry.person.user.clone()).collect();
    assert_eq!(shown, ["wu.jun"]);
    assert!(picture(&mut state, 120, 40).contains("People - 1 of 6 - find wu"));
    update(&mut state, key(KeyCode::Esc));
    assert_eq!(state.people.shown().len(), 6);
    press(&mut state, "/赵");
    assert_eq!(state.people.shown().len(), 1);
}

#[test]
fn sorting_puts_who_waits_first() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "s3");
    assert_eq!(state.people.shown()[0].person.user, "new.comer");
    assert_eq!(state.people.selected.as_deref(), Some("lin.mei"));
}

#[test]
fn no_act_leaves_without_a_yes() {
    let mut state = open(Language::English, "lin.mei");
    for (act, is) in [("d", "disable"), ("O", "sign out"), ("n", "new code")] {
        assert!(press(&mut state, act).is_empty(), "{is}");
        assert!(update(&mut state, key(KeyCode::Enter)).is_empty(), "{is}");
        assert!(press(&mut state, "n").is_empty() && state.popup.is_none(), "{is}");
    }
    press(&mut state, "d");
    let effects = press(&mut state, "y");
    assert!(matches!(effects.as_slice(), [Effect::Act(Act::Disable { login })] if login == "lin.mei"));
    // On its way it is not asked for twice.
    assert!(press(&mut state, "y").is_empty());
}

#[test]
fn a_refused_act_says_why_where_it_was_asked() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "dy");
    let refused = Trouble { code: "SD040", text: "This is the last active security officer.".into(), current: None };
    update(&mut state, Event::Acted(Err(refused)));
    assert!(picture(&mut state, 80, 24).contains("This is the last active security officer."));
}

#[test]
fn a_fingerprint_that_differs_is_not_confirmed() {
    let mut state = open(Language::English, "new.comer");
    press(&mut state, "c");
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    update(&mut state, Event::Paste("sd1:aaaa-np4p-ahh6-uqkb-idpf-3lrc-eoya-gynd".into()));
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    assert!(control(&mut state, 's').is_empty());
    control(&mut state, 'u');
    // Groups may be typed with or without what joins them.
    update(&mut state, Event::Paste("XJ4B NP4P AHH6 UQKB IDPF 3LRC EOYA GYND".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(matches!(effects.as_slice(), [Effect::Act(Act::Confirm { fingerprint, .. })] if fingerprint == FINGERPRINT));
}

#[test]
fn the_checklist_sends_what_changed_and_no_more() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "r");
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty() && state.popup.is_none());
    press(&mut state, "r j jjj ");
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::Roles { grant, revoke, .. })] = effects.as_slice() else { panic!("no act") };
    assert_eq!(
        (grant.as_slice(), revoke.as_slice()),
        (["agent".to_owned(), "security_officer".to_owned()].as_slice(), ["senior_agent".to_owned()].as_slice())
    );
}

#[test]
fn a_one_time_code_leaves_by_a_deliberate_key_and_is_not_shown_again() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "ny");
    update(&mut state, Event::Acted(Ok(Some(Secret::from("abcd-efgh-ijkl-mnop")))));
    update(&mut state, key(KeyCode::Esc));
    assert!(picture(&mut state, 80, 24).contains("abcd-efgh"));
    update(&mut state, key(KeyCode::Enter));
    assert!(!picture(&mut state, 80, 24).contains("abcd-efgh"));
    press(&mut state, "ny");
    update(&mut state, Event::Acted(Ok(Some(Secret::from("abcd-efgh-ijkl-mnop")))));
    press(&mut state, "L");
    control(&mut state, 'z');
    assert!(state.popup.is_none());
}

#[test]
fn a_changed_passphrase_locks_the_desk() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, ":");
    update(&mut state, Event::Paste("passphrase".into()));
    update(&mut state, key(KeyCode::Enter));
    for text in ["old words", "new words", "new wordz"] {
        update(&mut state, Event::Paste(text.into()));
        update(&mut state, key(KeyCode::Tab));
    }
    let send = |state: &mut State| control(state, 's');
    assert!(send(&mut state).is_empty());
    assert!(picture(&mut state, 80, 24).contains("differ"));
    let screen = picture(&mut state, 80, 24);
    assert!(!screen.contains("words") && screen.contains("*********"), "{screen}");
    update(&mut state, key(KeyCode::BackTab));
    control(&mut state, 'u');
    update(&mut state, Event::Paste("new words".into()));
    assert!(matches!(send(&mut state).as_slice(), [Effect::Act(Act::Passphrase { .. })]));
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(state.screen == Screen::Unlock && effects.iter().any(|effect| matches!(effect, Effect::Lock)));
}

#[test]
fn a_session_that_was_ended_locks_the_desk() {
    let mut state = scene::desk(Language::English);
    state.detail = None;
    // What happens anywhere costs a desk without a record nothing; that sessions were ended makes it ask.
    assert!(update(&mut state, Event::Notice).is_empty());
    assert!(matches!(update(&mut state, Event::SessionsEnded).as_slice(), [Effect::Peek(records)] if records.is_empty()));
    // Anybody may send such a hint: where the session is open after all, nothing happens.
    update(&mut state, Event::Peeked(Vec::new()));
    assert!(state.screen == Screen::Desk);
    let ended = Trouble { code: "SD002", text: "The session has ended.".into(), current: None };
    update(&mut state, Event::Beat(Err(ended)));
    assert!(state.screen == Screen::Unlock);
}

#[test]
fn a_login_that_was_closed_takes_the_customers_off_the_screen() {
    let mut state = scene::desk(Language::English);
    update(&mut state, Event::Lost);
    let closed = Trouble { code: "wrong_passphrase", text: "The user name or the passphrase is wrong.".into(), current: None };
    let effects = update(&mut state, Event::Beat(Err(closed)));
    assert!(state.screen == Screen::Unlock && effects.iter().any(|effect| matches!(effect, Effect::Lock)));
    assert!(!picture(&mut state, 120, 40).contains("Zhang"));
    // A second answer of the same kind was on its way.
    let wrong = || Trouble { code: "wrong_passphrase", text: "The user name or the passphrase is wrong.".into(), current: None };
    update(&mut state, Event::Sessions(Err(wrong())));
    assert!(picture(&mut state, 120, 40).contains("login was closed"));
    // An attempt to sign in is another matter.
    update(&mut state, Event::Unlocked(Err(wrong())));
    assert!(picture(&mut state, 120, 40).contains("passphrase is wrong"));
}

#[test]
fn a_persons_timeline_opens_in_the_audit() {
    let mut state = open(Language::English, "wu.jun");
    let effects = press(&mut state, "u");
    assert!(state.screen == Screen::Audit);
    assert!(matches!(effects.as_slice(), [Effect::Audit { filter, .. }] if filter.actor.as_deref() == Some("wu.jun")));
}

#[test]
fn a_press_of_the_mouse_chooses_a_person() {
    let mut state = open(Language::English, "lin.mei");
    picture(&mut state, 120, 40);
    let at =
        |row| Event::Mouse(MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column: 5, row, modifiers: KeyModifiers::NONE });
    // Title, border, headings, then the people.
    update(&mut state, at(3));
    assert_eq!(state.people.selected.as_deref(), Some("chen.bo"));
    update(&mut state, at(30));
    assert_eq!(state.people.selected.as_deref(), Some("chen.bo"));
}

#[test]
fn what_happens_elsewhere_is_read_again_and_the_cursor_stays() {
    let mut state = open(Language::English, "wu.jun");
    state.people.read_at = Some(Instant::now().checked_sub(Duration::from_secs(3)).unwrap());
    let effects = update(&mut state, Event::Notice);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::People { .. })));
    answer(&mut state);
    assert_eq!(state.people.selected.as_deref(), Some("wu.jun"));
    // Not more often than every two seconds.
    assert!(!update(&mut state, Event::Notice).iter().any(|effect| matches!(effect, Effect::People { .. })));
}

#[test]
fn locking_leaves_nobody_on_the_screen() {
    let mut state = open(Language::English, "wu.jun");
    press(&mut state, "L");
    assert!(state.people.entries.is_empty());
    assert!(!matches!(state.popup, Some(Popup::Person(_))));
}

#[test]
fn who_can_see_the_open_record() {
    use sealdesk::model::{catalogue::Rights, person::Seer};
    let letters = |letters: &str| Rights::from_letters(letters).unwrap();
    let seer = |login: &str, roles: &[&str], lent: &[&str], rights: &[(&str, &str)], shared: &[&str]| Seer {
        login: login.into(),
        display_name: String::new(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        lent: lent.iter().map(|role| (*role).to_owned()).collect(),
        rights: rights.iter().map(|(class, rights)| ((*class).to_owned(), letters(rights))).collect(),
        shared: shared.iter().map(|field| (*field).to_owned()).collect(),
    };
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = scene::desk(language);
            state.session.as_mut().unwrap().audit_all = true;
            let effects = update(&mut state, key(KeyCode::Char('W')));
            let [Effect::Seers(record)] = effects.as_slice() else { panic!("not asked") };
            let found = vec![
                seer("chen.bo", &["agent"], &["payment_clerk"], &[("basic", "SMRE"), ("contact", "SMRE"), ("payment", "SMRE")], &[]),
                seer("lin.mei", &["senior_agent"], &[], &[("basic", "SMRE"), ("identity", "SMRE"), ("payment", "SMR-")], &[]),
                seer("sun.li", &["backup_operator"], &[], &[], &["email"]),
            ];
            update(&mut state, Event::Seers { record: *record, found: Ok(found) });
            insta::assert_snapshot!(format!("seers_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
    // An agent is told why not.
    let mut state = scene::desk(Language::English);
    assert!(update(&mut state, key(KeyCode::Char('W'))).is_empty());
    assert!(state.message.as_deref().is_some_and(|message| message.contains("supervisors")));
}

#[test]
fn who_leaves_for_good_is_asked_about_once_more() {
    let mut state = open(Language::English, "lin.mei");
    press(&mut state, "X");
    assert!(picture(&mut state, 80, 24).contains("leaves for good"));
    let effects = update(&mut state, key(KeyCode::Char('y')));
    assert!(matches!(effects.as_slice(), [Effect::Act(Act::Leave { login })] if login == "lin.mei"));
}
