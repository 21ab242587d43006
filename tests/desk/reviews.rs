//! The reviews screen: findings, campaigns, grants beside their evidence, and answers.

use crossterm::event::KeyCode;
use jiff::Timestamp;
use proptest::prelude::*;
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        people::Act,
        reviews::{self, Read, Shown},
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        catalogue::Language,
        finding::{Finding, Kind, Severity},
        review::{Campaign, Decision, Evidence, Item, Unanswered},
    },
};

use super::{LANGUAGES, SIZES, key, picture, scene};

fn day(of_november: i64) -> Timestamp {
    // 2026-11-01 12:00 UTC, and so many days more.
    Timestamp::constant(1_793_534_400 + (of_november - 1) * 86_400, 0)
}

fn finding(severity: Severity, kind: Kind, user: Option<&str>, role: Option<&str>, detail: Option<&str>, campaign: Option<i32>) -> Finding {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Finding { severity, kind, user: text(user), role: text(role), detail: text(detail), campaign, at: Some(day(2)) }
}

fn findings() -> Vec<Finding> {
    vec![
        finding(Severity::High, Kind::DutyConflict, Some("sun.li"), None, Some("audit_all + run_backups"), None),
        finding(Severity::High, Kind::Escalated, Some("zhao.lei"), Some("security_officer"), None, Some(3)),
        finding(Severity::High, Kind::NoSecondFactor, Some("zhao.lei"), None, Some("required"), None),
        finding(Severity::Medium, Kind::Dormant, Some("old.timer"), None, None, None),
        finding(Severity::Medium, Kind::NeverUsed, Some("wu.jun"), Some("senior_agent"), None, None),
        finding(Severity::Medium, Kind::ReviewDue, None, None, Some("Agents, autumn"), Some(4)),
        finding(Severity::Medium, Kind::RotateRole, None, Some("agent"), Some("2"), Some(3)),
        finding(Severity::Low, Kind::CodeExpired, Some("new.comer"), None, None, None),
    ]
}

fn campaign(number: i32, title: &str, closed: bool) -> Campaign {
    Campaign {
        number,
        title: title.into(),
        roles: vec!["agent".into(), "senior_agent".into()],
        created_by: "zhao.lei".into(),
        created_at: day(1),
        due_at: day(15),
        unanswered: Unanswered::Revoke,
        every_days: Some(90),
        closed_at: closed.then(|| day(15)),
        reviewers: vec!["old.timer".into(), "wu.jun".into()],
        reviewers_left: vec!["old.timer".into()],
        items: 5,
        answered: 2,
        waiting: if closed { 0 } else { 2 },
    }
}

fn campaigns() -> Vec<Campaign> {
    let closed =
        Campaign { answered: 5, reviewers_left: Vec::new(), every_days: None, roles: Vec::new(), ..campaign(3, "Everybody, summer", true) };
    vec![campaign(4, "Agents, autumn", false), closed]
}

fn item(user: &str, role: &str, used: Option<i64>, decision: Option<Decision>, answerable: bool) -> Item {
    let counted = used.is_some();
    Item {
        user: user.into(),
        role: role.into(),
        granted_at: Some(day(1)),
        evidence: Evidence {
            used,
            last_used: used.filter(|used| *used > 0).map(|_| day(20)),
            peers_median: counted.then_some(40),
            would_fail: counted.then_some(3).filter(|_| used != Some(0)).or(counted.then_some(0)),
        },
        decision,
        new_role: None,
        comment: if decision == Some(Decision::Revoke) { "moved to another team".into() } else { String::new() },
        decided_by: decision.map(|_| "wu.jun".into()),
        decided_at: decision.map(|_| day(3)),
        display_name: if user == "lin.mei" { "林梅 Mei Lin".into() } else { String::new() },
        answerable,
    }
}

fn items() -> Vec<Item> {
    vec![
        item("chen.bo", "agent", Some(123), Some(Decision::Keep), true),
        item("lin.mei", "agent", Some(0), None, true),
        item("lin.mei", "senior_agent", Some(12), None, true),
        item("old.timer", "agent", Some(4), Some(Decision::Revoke), false),
        item("zhao.lei", "agent", None, None, false),
    ]
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn enter(state: &mut State) -> Vec<Effect> {
    update(state, key(KeyCode::Enter))
}

fn answer(state: &mut State, read: Read) {
    let generation = state.reviews.generation;
    update(state, Event::Reviews { generation, answer: Ok(Box::new(read)) });
}

/// The screen of a security officer.
fn officer(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        (session.user, session.roles) = ("zhao.lei".into(), vec!["security_officer".into()]);
        (session.manage_people, session.audit_all) = (true, true);
    }
    press(&mut state, "3");
    state.count.screen_at = Some(std::time::Instant::now());
    update(&mut state, Event::Tick);
    nobody(&mut state);
    state
}

/// The people are read, and there are none.
fn nobody(state: &mut State) {
    let generation = state.people.generation;
    update(state, Event::People { generation, answer: Ok(Box::default()) });
}

fn see_findings(state: &mut State) {
    press(state, "f");
    answer(state, Read::Findings(findings()));
}

fn see_campaigns(state: &mut State) {
    press(state, "v");
    answer(state, Read::Campaigns(campaigns()));
}

fn see_items(state: &mut State) {
    see_campaigns(state);
    enter(state);
    answer(state, Read::Items(4, campaigns(), items()));
}

fn snapshots(name: &str, prepare: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = officer(language);
            prepare(&mut state);
            insta::assert_snapshot!(format!("reviews_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn findings_each_with_the_way_out() {
    snapshots("findings", |state| {
        see_findings(state);
        press(state, "jjjj");
    });
}

#[test]
fn campaigns_with_their_progress() {
    snapshots("campaigns", see_campaigns);
}

#[test]
fn grants_beside_their_evidence() {
    snapshots("items", |state| {
        see_items(state);
        press(state, "jj");
    });
}

#[test]
fn revoking_asks_why() {
    snapshots("revoke", |state| {
        see_items(state);
        press(state, "jx");
        enter(state);
    });
}

#[test]
fn the_people_screen_tells_how_many_findings_there_are() {
    let mut state = officer(Language::English);
    answer(&mut state, Read::Findings(findings()));
    assert!(picture(&mut state, 120, 40).contains("findings 8, 3 of them high"));
}

#[test]
fn keeping_is_one_key_and_revoking_wants_a_reason() {
    let mut state = officer(Language::English);
    see_items(&mut state);
    press(&mut state, "j");
    let effects = press(&mut state, "K");
    let [Effect::Act(Act::Reviews(reviews::Act::Keep { number: 4, login, role }))] = effects.as_slice() else { panic!("no act") };
    assert_eq!((login.as_str(), role.as_str()), ("lin.mei", "agent"));
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(matches!(effects.as_slice(), [Effect::Reviews { shown: Shown::Items(4), .. }]));
    assert_eq!(state.message.as_deref(), Some("Kept."));
    assert!(press(&mut state, "x").is_empty() && enter(&mut state).is_empty());
    assert!(picture(&mut state, 80, 24).contains("Say why"));
    update(&mut state, Event::Paste("not needed".into()));
    let effects = enter(&mut state);
    let [Effect::Act(Act::Reviews(reviews::Act::Revoke { comment, .. }))] = effects.as_slice() else { panic!("no act") };
    assert_eq!(comment, "not needed");
    // What is refused is said where it was asked, and nothing typed is lost.
    let refused = Trouble { code: "SD093", text: "The review is closed.".into(), current: None };
    update(&mut state, Event::Acted(Err(refused)));
    let screen = picture(&mut state, 80, 24);
    assert!(screen.contains("The review is closed.") && screen.contains("not needed"), "{screen}");
    enter(&mut state);
    update(&mut state, Event::Acted(Ok(None)));
    assert!(state.popup.is_none() && state.screen == Screen::Reviews);
}

#[test]
fn a_change_names_another_role_that_there_is() {
    let mut state = officer(Language::English);
    see_items(&mut state);
    press(&mut state, "jc");
    for wrong in ["nothing", "agent"] {
        update(&mut state, Event::Paste(wrong.into()));
        enter(&mut state);
        assert!(enter(&mut state).is_empty());
        assert!(picture(&mut state, 80, 24).contains("Name another role"), "{wrong}");
        update(&mut state, key(KeyCode::BackTab));
        for _ in wrong.chars() {
            update(&mut state, key(KeyCode::Backspace));
        }
    }
    update(&mut state, Event::Paste("supervisor".into()));
    enter(&mut state);
    update(&mut state, Event::Paste("leads the team now".into()));
    let effects = enter(&mut state);
    assert!(matches!(effects.as_slice(), [Effect::Act(Act::Reviews(reviews::Act::Change { to, .. }))] if to == "supervisor"));
}

#[test]
fn what_one_may_not_answer_says_why() {
    let mut state = officer(Language::English);
    see_items(&mut state);
    assert!(press(&mut state, "K").is_empty());
    assert_eq!(state.message.as_deref(), Some("This grant is kept already. x still revokes it."));
    // Doubt may come later than trust.
    press(&mut state, "x");
    assert!(matches!(state.popup, Some(Popup::Person(_))));
    update(&mut state, key(KeyCode::Esc));
    for (row, why) in [
        ("jjj", "This grant is answered already, and was not kept."),
        ("j", "Nobody reviews their own roles: another reviewer answers this one."),
    ] {
        press(&mut state, row);
        for act in ["K", "x", "c"] {
            assert!(press(&mut state, act).is_empty() && state.popup.is_none(), "{act}");
            assert_eq!(state.message.as_deref(), Some(why), "{act}");
        }
    }
}

#[test]
fn a_finding_leads_to_whom_or_what_it_is_about() {
    let mut state = officer(Language::English);
    see_findings(&mut state);
    enter(&mut state);
    assert!(state.screen == Screen::People && state.people.selected.as_deref() == Some("sun.li"));
    nobody(&mut state);
    see_findings(&mut state);
    press(&mut state, "j");
    let effects = enter(&mut state);
    assert!(matches!(effects.as_slice(), [Effect::Reviews { shown: Shown::Items(3), .. }]));
    answer(&mut state, Read::Items(3, campaigns(), items()));
    // Back by single steps: the campaigns, the people.
    update(&mut state, key(KeyCode::Esc));
    assert_eq!((state.screen, state.reviews.shown), (Screen::Reviews, Shown::Campaigns));
    answer(&mut state, Read::Campaigns(campaigns()));
    assert_eq!(state.reviews.current_campaign().map(|campaign| campaign.number), Some(3));
    update(&mut state, key(KeyCode::Esc));
    assert_eq!(state.screen, Screen::People);
}

#[test]
fn an_agent_who_is_a_reviewer_gets_there_by_the_palette_and_sees_no_findings() {
    let mut state = scene::desk(Language::English);
    press(&mut state, ":");
    update(&mut state, Event::Paste("reviews".into()));
    let effects = enter(&mut state);
    assert!(matches!(effects.as_slice(), [Effect::Reviews { shown: Shown::Campaigns, .. }]), "{:?}", state.message);
    answer(&mut state, Read::Campaigns(Vec::new()));
    assert!(picture(&mut state, 80, 24).contains("No review is yours to see."));
    assert!(press(&mut state, "f").is_empty());
    assert!(state.message.as_deref().is_some_and(|text| text.starts_with("Only security officers")), "{:?}", state.message);
    update(&mut state, key(KeyCode::Esc));
    assert_eq!(state.screen, Screen::Desk);
}

#[test]
fn who_signs_in_is_told_what_waits_for_an_answer() {
    for (language, told) in [(Language::English, "waits for your answers: 2."), (Language::Chinese, "有 2 项权限复核待您答复")] {
        let mut state = scene::desk(language);
        state.message = None;
        answer(&mut state, Read::Campaigns(campaigns()));
        assert!(picture(&mut state, 80, 24).contains(told));
        // Nothing is said over something else, and nothing of what is done already.
        state.message = Some("first".into());
        answer(&mut state, Read::Campaigns(campaigns()));
        assert_eq!(state.message.as_deref(), Some("first"));
        state.message = None;
        answer(&mut state, Read::Campaigns(Vec::new()));
        assert_eq!(state.message, None);
    }
}

/// The campaigns, as a security officer sees them.
fn campaigns_of_an_officer(language: Language) -> State {
    let mut state = officer(language);
    see_campaigns(&mut state);
    state
}

#[test]
fn a_review_is_begun_from_the_desk() {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = campaigns_of_an_officer(language);
            press(&mut state, "a");
            insta::assert_snapshot!(format!("reviews_start_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
    let mut state = campaigns_of_an_officer(Language::English);
    press(&mut state, "a");
    let fill = |state: &mut State, texts: [&str; 5]| {
        for text in texts {
            update(state, Event::Paste(text.into()));
            update(state, key(KeyCode::Tab));
        }
    };
    // What stands in the box for the due date is good already.
    fill(&mut state, ["Agents, winter", "", "wu.jun, zhao.lei", "agent, senior agent", "90d"]);
    update(&mut state, key(KeyCode::Char(' ')));
    let effects = enter(&mut state);
    let [Effect::Act(Act::Reviews(reviews::Act::Start(new)))] = effects.as_slice() else { panic!("nothing is begun") };
    assert_eq!((new.title.as_str(), new.every_days, new.unanswered), ("Agents, winter", Some(90), Unanswered::Escalate));
    assert_eq!(
        (&new.roles[..], &new.reviewers[..]),
        (&["agent".to_owned(), "senior_agent".to_owned()][..], &["wu.jun".to_owned(), "zhao.lei".to_owned()][..])
    );
    let days = new.due_at.duration_since(Timestamp::now()).as_hours() / 24;
    assert!((13..=14).contains(&days), "{days}");
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reviews { .. })));
    assert!(state.message.as_deref().is_some_and(|text| text.starts_with("The review has begun.")));
    // What is wrong is said, and nothing is sent.
    for (texts, why) in [
        (["", "", "wu.jun", "", ""], "title"),
        (["Agents", "", "", "", ""], "reviewer"),
        (["Agents", "x", "wu.jun", "", ""], "Due in days"),
        (["Agents", "", "wu.jun", "painter", ""], "no such role"),
        (["Agents", "", "wu.jun", "", "often"], "Again every"),
    ] {
        press(&mut state, "a");
        fill(&mut state, texts);
        assert!(enter(&mut state).is_empty());
        let Some(Popup::Person(dialog)) = &state.popup else { panic!("the form stays") };
        assert!(dialog.error.as_deref().is_some_and(|error| error.contains(why)), "{why}: {:?}", dialog.error);
        // The first one asks, since something was typed.
        update(&mut state, key(KeyCode::Esc));
        update(&mut state, key(KeyCode::Esc));
    }
}

#[test]
fn a_review_is_exported_from_the_desk_into_a_new_file() {
    let mut state = campaigns_of_an_officer(Language::English);
    press(&mut state, "E");
    let effects = enter(&mut state);
    let [Effect::Act(Act::Reviews(reviews::Act::Export { number: 4, file }))] = effects.as_slice() else { panic!("nothing is written") };
    assert_eq!(file, "review-4.json");
    let trouble = Trouble { code: "failed", text: "review-4.json: File exists".into(), current: None };
    update(&mut state, Event::Acted(Err(trouble)));
    assert!(picture(&mut state, 80, 24).contains("File exists"));
}

#[test]
fn only_who_may_begin_a_review_is_offered_it() {
    let mut state = scene::desk(Language::English);
    state.screen = Screen::Reviews;
    press(&mut state, "a");
    assert!(state.popup.is_none());
    assert!(state.message.as_deref().is_some_and(|text| text.contains("Only security officers begin")), "{:?}", state.message);
}

#[test]
fn a_campaign_that_is_due_is_asked_for_within_the_minute_on_an_open_desk_of_who_may() {
    let asked =
        |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Reviews { shown: Shown::Campaigns, .. })).count();
    let long_ago = || std::time::Instant::now().checked_sub(std::time::Duration::from_secs(31));
    let mut state = officer(Language::English);
    let mut due = campaign(4, "Agents, autumn", false);
    due.due_at = Timestamp::now() - jiff::SignedDuration::from_secs(1);
    answer(&mut state, Read::Campaigns(vec![due]));
    state.reviews.campaigns_asked = long_ago();
    assert_eq!(asked(&update(&mut state, Event::Tick)), 1);
    assert_eq!(asked(&update(&mut state, Event::Tick)), 0, "but not again and again");
    // Nothing is due: only now and then.
    answer(&mut state, Read::Campaigns(vec![campaign(5, "Everybody", true)]));
    state.reviews.campaigns_asked = long_ago();
    assert_eq!(asked(&update(&mut state, Event::Tick)), 0);
    // Who has nothing to do with reviews asks for none.
    let mut agent = scene::desk(Language::English);
    agent.reviews.campaigns_asked = None;
    assert_eq!(asked(&update(&mut agent, Event::Tick)), 0);
}

#[test]
fn the_list_of_reviews_follows_what_happens() {
    let mut state = campaigns_of_an_officer(Language::English);
    state.reviews.read_at = None;
    let asked = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Reviews { .. })).count();
    assert_eq!(asked(&update(&mut state, Event::Notice)), 1);
    assert_eq!(asked(&update(&mut state, Event::Notice)), 0);
}

#[test]
fn an_answer_that_comes_late_does_not_show_another_campaign() {
    let mut state = officer(Language::English);
    see_items(&mut state);
    answer(&mut state, Read::Items(3, campaigns(), Vec::new()));
    assert_eq!(state.reviews.items.len(), 5);
    press(&mut state, "L");
    let generation = state.reviews.generation - 1;
    update(&mut state, Event::Reviews { generation, answer: Ok(Box::new(Read::Findings(findings()))) });
    assert!(state.reviews.findings.is_none() && state.reviews.items.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_keys_make_the_screen_panic(keys in proptest::collection::vec(super::any_key(), 1..60), which in 0..3_usize) {
        let mut state = officer(Language::Chinese);
        [see_findings, see_campaigns, see_items][which](&mut state);
        for key in keys {
            update(&mut state, Event::Key(key));
            picture(&mut state, 62, 17);
        }
        answer(&mut state, Read::Items(4, Vec::new(), Vec::new()));
        picture(&mut state, 200, 60);
    }
}
