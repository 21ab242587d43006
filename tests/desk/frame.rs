//! Counts, losing the server and finding it again, cancelling.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        state::{Screen, State},
        update::update,
    },
    model::{catalogue::Language, record::ListPage},
    service::Quota,
};

use crate::scene;

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))).collect()
}

fn control(state: &mut State, c: char) -> Vec<Effect> {
    update(state, Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

fn beat() -> Event {
    Event::Beat(Ok(Quota { used: 0, limit: 1, expires_at: jiff::Timestamp::UNIX_EPOCH }))
}

fn unreachable<T>() -> Result<T, Trouble> {
    Err(Trouble { code: "unreachable", text: "gone".into(), current: None })
}

#[test]
fn a_digit_before_a_motion_counts_even_if_it_names_a_screen() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "2j");
    assert_eq!((state.list.selected, state.screen), (2, Screen::Desk));
    press(&mut state, "12k");
    assert_eq!((state.list.selected, state.screen), (0, Screen::Desk));
}

#[test]
fn a_lone_digit_changes_the_screen_after_a_moment_or_with_the_next_key() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "2");
    assert_eq!(state.screen, Screen::Desk);
    assert!(state.next_deadline().is_some_and(|at| at <= Instant::now() + Duration::from_millis(300)));
    std::thread::sleep(Duration::from_millis(320));
    update(&mut state, Event::Tick);
    assert_eq!(state.screen, Screen::Audit);
    press(&mut state, "1?");
    assert_eq!(state.screen, Screen::Desk);
    assert!(state.popup.is_some(), "the key that followed counts as well");
}

#[test]
fn escape_takes_a_count_back() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "2");
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    press(&mut state, "j");
    assert_eq!((state.list.selected, state.screen), (1, Screen::Desk));
}

#[test]
fn a_lost_connection_hides_what_is_revealed_and_is_tried_again_less_and_less_often() {
    let mut state = scene::desk(Language::English);
    assert!(state.detail.as_ref().is_some_and(|detail| !detail.revealed.is_empty()));
    let effects = update(&mut state, Event::Lost);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reconnect)));
    assert!(state.detail.as_ref().is_some_and(|detail| detail.revealed.is_empty()));
    let mut pauses = Vec::new();
    for _ in 0..6 {
        update(&mut state, Event::Beat(unreachable()));
        pauses.push(state.offline.as_ref().unwrap().next_try.saturating_duration_since(Instant::now()).as_secs_f32().round());
        state.offline.as_mut().unwrap().next_try = Instant::now();
        assert!(update(&mut state, Event::Tick).iter().any(|effect| matches!(effect, Effect::Reconnect)));
    }
    assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]);
}

#[test]
fn the_server_that_answers_again_is_said_and_what_is_shown_is_read_anew_in_its_place() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "j");
    let second = state.list.rows[1].id;
    update(&mut state, Event::Lost);
    assert!(control(&mut state, 'r').iter().any(|effect| matches!(effect, Effect::Heartbeat)), "Ctrl-r tries at once");
    let effects = update(&mut state, beat());
    assert!(state.offline.is_none());
    assert_eq!(state.message.as_deref(), Some("Back again."));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::List { .. })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::View { .. })));
    let mut page = ListPage { rows: state.list.rows.clone(), ..ListPage::default() };
    page.rows.rotate_left(1);
    let generation = state.list.generation;
    update(&mut state, Event::Listed { generation, direction: None, page: Ok(page) });
    assert_eq!(state.list.rows[state.list.selected].id, second);
}

#[test]
fn what_is_being_read_is_cancelled_by_escape_or_control_c_and_comes_too_late() {
    for escape in [true, false] {
        let mut state = scene::desk(Language::English);
        control(&mut state, 'r');
        let generation = state.list.generation;
        let effects =
            if escape { update(&mut state, Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))) } else { control(&mut state, 'c') };
        assert!(matches!(effects[..], [Effect::Cancel]));
        update(&mut state, Event::Listed { generation, direction: None, page: Ok(ListPage::default()) });
        assert_eq!(state.list.rows.len(), 3, "the late answer changes nothing");
    }
}

#[test]
fn control_c_never_quits() {
    let mut state = scene::desk(Language::English);
    assert!(control(&mut state, 'c').is_empty());
    assert!(state.message.as_deref().is_some_and(|text| text.contains("Q quits")));
}

#[test]
fn reading_that_is_quick_is_not_mentioned() {
    let mut state = scene::desk(Language::English);
    control(&mut state, 'r');
    state.now = Instant::now();
    assert_eq!(state.slow_mark(true), "");
    assert!(state.next_deadline().is_some_and(|at| at <= Instant::now() + Duration::from_millis(150)));
    state.now += Duration::from_millis(151);
    assert_eq!(state.slow_mark(true), " ...");
    assert_eq!(state.slow_mark(false), "");
}

fn palette(state: &mut State, typed: &str) -> Vec<Effect> {
    press(state, ":");
    press(state, typed);
    update(state, Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)))
}

#[test]
fn the_palette_takes_arguments_and_record_numbers() {
    let mut state = scene::desk(Language::English);
    palette(&mut state, "lang zh");
    assert_eq!(state.language, Language::Chinese);
    palette(&mut state, "lang en");
    palette(&mut state, "theme mono");
    assert_eq!(state.theme_name, sealdesk::config::ThemeName::Mono);
    palette(&mut state, "theme purple");
    assert!(state.message.as_deref().is_some_and(|text| text.contains("high-contrast")));
    let effects = palette(&mut state, "C-118203");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::List { query, .. } if query == "C-118203")));
    let page = ListPage { rows: vec![state.list.rows[1].clone()], ..ListPage::default() };
    let generation = state.list.generation;
    let effects = update(&mut state, Event::Listed { generation, direction: None, page: Ok(page) });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::View { .. })), "it opens by itself");
}

#[test]
fn a_word_the_palette_does_not_know_names_the_nearest() {
    let mut state = scene::desk(Language::English);
    palette(&mut state, "xsorqt");
    assert!(state.message.as_deref().is_some_and(|text| text.contains("\"sort\"")), "{:?}", state.message);
}

#[test]
fn what_the_role_may_not_do_is_marked_in_the_bar_and_the_key_says_why() {
    let mut state = scene::desk(Language::English);
    if let Some(session) = &mut state.session {
        session.rights.insert("notes".into(), sealdesk::model::catalogue::Rights::default());
    }
    let bar = crate::picture(&mut state, 120, 40);
    assert!(bar.lines().last().is_some_and(|keys| keys.contains("(n note)")), "{bar}");
    press(&mut state, "n");
    assert_eq!(state.message.as_deref(), Some("Your role may not add notes; ask a supervisor."));
    assert!(state.popup.is_none());
}

#[test]
fn a_lost_focus_hides_what_the_class_does_not_leave_to_be_seen() {
    let mut state = scene::desk(Language::English);
    let until = state.now + Duration::from_secs(20);
    if let Some(detail) = &mut state.detail {
        let value = sealdesk::crypto::secret::Secret::from("11010519491231002X");
        detail.revealed.insert("id_number".into(), sealdesk::desk::state::Revealed { value, until, reason: None });
    }
    update(&mut state, Event::FocusLost);
    let left: Vec<&String> = state.detail.iter().flat_map(|detail| detail.revealed.keys()).collect();
    assert_eq!(left, ["phone"]);
}

#[test]
fn a_recorded_terminal_is_said_before_and_after_unlocking() {
    for (language, word) in [(Language::English, "recorded"), (Language::Chinese, "录制")] {
        let mut state = scene::desk(language);
        state.recorder = Some("script".into());
        assert!(crate::picture(&mut state, 100, 30).lines().next().is_some_and(|title| title.to_lowercase().contains(word)));
        press(&mut state, "L");
        let locked = crate::picture(&mut state, 80, 24);
        assert!(locked.contains(word) && locked.contains("script"), "{locked}");
    }
}

#[test]
fn the_palette_finds_a_word_with_its_argument() {
    let mut state = scene::desk(Language::English);
    palette(&mut state, "mono");
    assert_eq!(state.theme_name, sealdesk::config::ThemeName::Mono);
    palette(&mut state, "deleted");
    assert_eq!(state.saved_view, sealdesk::model::query::SavedView::Deleted);
}

#[test]
fn help_is_the_last_key_of_the_bar_and_never_cut() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        for language in [Language::English, Language::Chinese] {
            let mut state = scene::desk(language);
            for audit in [false, true] {
                if audit {
                    scene::go_to_audit(&mut state);
                }
                let picture = crate::picture(&mut state, columns, rows);
                let bar = picture.lines().last().unwrap_or_default().trim_end().to_owned();
                assert!(bar.ends_with("? help") || bar.ends_with("? 帮助"), "{bar}");
            }
        }
    }
}

#[test]
fn a_desk_whose_connections_are_both_busy_says_that_and_not_that_the_server_is_gone() {
    let mut state = scene::desk(Language::English);
    let busy = sealdesk::service::Error::from(sealdesk::database::error::DatabaseError::Busy);
    let trouble = Trouble { code: busy.code(), text: busy.message(Language::English), current: None };
    update(&mut state, Event::Beat(Err(trouble)));
    assert!(state.offline.is_none() && state.message.as_deref().is_some_and(|text| text.contains("busy")));
}
