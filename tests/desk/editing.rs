//! The form, its review and conflict, notes, history and the questions before something is lost.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use proptest::prelude::*;
use sealdesk::{
    crypto::secret::Secret,
    desk::{
        event::{Effect, Event, Trouble},
        form::{Likeness, Stage},
        popup::Popup,
        state::{Pane, Screen, State},
        update::update,
    },
    model::{
        catalogue::Language,
        id::{RecordId, RecordNumber},
        record::HistoryEntry,
    },
    service::note::Note,
};
use uuid::Uuid;

use crate::{any_key, key, picture, scene, snapshots};

fn control(letter: char) -> Event {
    Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|character| update(state, key(KeyCode::Char(character)))).collect()
}

fn tab(state: &mut State, times: usize) -> Vec<Effect> {
    (0..times).flat_map(|_| update(state, key(KeyCode::Tab))).collect()
}

fn english() -> State {
    scene::desk(Language::English)
}

fn screen(state: &mut State) -> String {
    picture(state, 80, 24)
}

fn open_form(state: &mut State) {
    press(state, "e");
}

/// Puts the city right and goes on to the review.
fn change_city(state: &mut State) {
    open_form(state);
    tab(state, 1);
    update(state, control('u'));
    press(state, "Reykjavik");
    update(state, control('s'));
}

fn trouble(code: &'static str, current: Option<i64>) -> Trouble {
    Trouble { code, text: "The server said no.".into(), current }
}

/// The answer to the save that is on its way.
fn refuse_save(state: &mut State, why: Trouble) {
    let Some(Popup::Form(form)) = &state.popup else { panic!("no form is open") };
    let form = form.new_id;
    update(state, Event::Saved { form, answer: Err(why) });
}

/// What another person saved meanwhile.
fn changed_by_another(state: &mut State, city: &str) {
    let mut view = scene::view();
    view.version = 15;
    view.updated_by = "wu.jun".into();
    for seen in view.fields.iter_mut().filter(|seen| seen.field == "city") {
        seen.masked = Some(Ok(city.to_owned()));
        seen.version = 15;
    }
    let generation = state.detail_generation;
    update(state, Event::Viewed { generation, view: Ok(Box::new(view)), strip: Ok(Vec::new()) });
}

fn conflict(state: &mut State) {
    change_city(state);
    update(state, key(KeyCode::Enter));
    refuse_save(state, trouble("SD007", Some(15)));
    changed_by_another(state, "Oslo");
}

fn saved_city(effects: &[Effect]) -> Option<(Option<i64>, String)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Save { record, draft, .. } => Some((record.map(|(_, version)| version), draft.values.get("city")?.clone())),
        _ => None,
    })
}

fn history(state: &mut State) {
    state.pane = Pane::Detail;
    press(state, "jjj");
    press(state, "h");
    let entry = |version, masked: Result<&str, &str>| HistoryEntry {
        version,
        replaced_at: Timestamp::UNIX_EPOCH,
        replaced_by: "wu.jun".into(),
        masked: Some(masked.map(str::to_owned).map_err(str::to_owned)),
    };
    let entries = vec![
        (entry(13, Ok("139****0000")), Some(Ok(Secret::from("13900000000")))),
        (entry(9, Ok("137****7777")), Some(Err("The value of field \"phone\" does not open.".to_owned()))),
    ];
    let record = scene::view().id;
    update(state, Event::History { record, field: "phone".into(), entries: Ok(entries) });
}

fn notes(state: &mut State, texts: &[&str]) {
    press(state, "N");
    let note = |text: &&str| Note { at: Timestamp::UNIX_EPOCH, by: "wu.jun".into(), text: Ok(Secret::from(*text)) };
    let notes = texts.iter().map(note).collect();
    update(state, Event::Notes { record: scene::view().id, notes: Ok(notes) });
    // The countdown does not move with the clock.
    if let Some(Popup::Notes(notes)) = &mut state.popup {
        notes.until = notes.until.map(|_| state.now + Duration::from_secs(118));
    }
}

fn new_customer_with_a_known_phone(state: &mut State) {
    press(state, "a");
    press(state, "Wei Zhang");
    tab(state, 3);
    press(state, "13812345678");
    let effects = tab(state, 1);
    let Some(Effect::Duplicates { form, generation, .. }) = effects.first() else { panic!("no look-up was asked for") };
    let found = vec![Likeness {
        id: RecordId(Uuid::from_u128(204_817)),
        number: RecordNumber::new("C", 204_817),
        name: "Zhang Wei 张伟".into(),
        fields: vec!["phone".into()],
    }];
    update(state, Event::Duplicates { form: *form, generation: *generation, found: Ok(found) });
}

#[test]
fn a_form_with_what_is_wrong_beside_it() {
    snapshots("form_wrong", |state| {
        open_form(state);
        tab(state, 4);
        press(state, "zhang wei@");
        tab(state, 2);
        press(state, "110105194912310021");
        update(state, key(KeyCode::BackTab));
        press(state, "one");
        update(state, key(KeyCode::Enter));
        press(state, "two");
    });
}

#[test]
fn a_form_while_a_choice_is_made() {
    snapshots("form_choice", |state| {
        open_form(state);
        tab(state, 2);
        press(state, "3");
    });
}

#[test]
fn a_form_that_empties_a_hidden_value() {
    snapshots("form_emptied", |state| {
        open_form(state);
        tab(state, 4);
        update(state, control('x'));
    });
}

#[test]
fn a_form_that_asks_before_it_is_left() {
    snapshots("form_leave", |state| {
        open_form(state);
        press(state, "x");
        update(state, key(KeyCode::Esc));
    });
}

#[test]
fn a_new_customer_that_is_known_already() {
    snapshots("duplicate_form", new_customer_with_a_known_phone);
    snapshots("duplicate_review", |state| {
        new_customer_with_a_known_phone(state);
        update(state, control('s'));
    });
}

#[test]
fn a_conflict_with_mine_and_theirs() {
    snapshots("conflict", conflict);
}

#[test]
fn a_save_in_doubt() {
    snapshots("doubt", |state| {
        change_city(state);
        update(state, key(KeyCode::Enter));
        refuse_save(state, trouble("unreachable", None));
    });
}

#[test]
fn earlier_values_and_a_damaged_one() {
    snapshots("history", |state| {
        history(state);
        if let Some(Popup::History(history)) = &mut state.popup {
            history.until = Some(state.now + Duration::from_secs(58));
        }
    });
}

#[test]
fn notes_newest_first() {
    snapshots("notes", |state| {
        notes(
            state,
            &[
                "Called back.\nWants a new card, and asked twice whether the old one is really blocked; it is, since Monday.",
                "客户来电，核实身份后更新地址。",
            ],
        );
    });
}

#[test]
fn no_notes_yet() {
    snapshots("notes_empty", |state| notes(state, &[]));
}

#[test]
fn a_note_of_several_lines() {
    snapshots("note_written", |state| {
        press(state, "n");
        update(
            state,
            Event::Paste(
                "Called back.\nWants a new card, and asked twice whether the old one is really blocked; it is, since Monday.".into(),
            ),
        );
    });
}

#[test]
fn a_reason_with_its_reference() {
    snapshots("reason_reference", |state| {
        state.pane = Pane::Detail;
        press(state, "jjjjjjr4");
        update(state, key(KeyCode::Enter));
        press(state, "TK-8812");
    });
}

#[test]
fn the_question_before_a_deletion() {
    snapshots("delete", |state| {
        press(state, "d");
    });
}

#[test]
fn quitting_behind_the_lock_asks_about_what_was_typed() {
    snapshots("quit_locked", |state| {
        open_form(state);
        press(state, "x");
        state.owner = Some("lin.mei".into());
        state.screen = Screen::Unlock;
        update(state, key(KeyCode::Esc));
    });
}

#[test]
fn a_hidden_value_is_never_filled_in() {
    let mut state = english();
    scene::lose_focus(&mut state);
    open_form(&mut state);
    let screen = screen(&mut state);
    assert!(screen.contains("138****5678  leave empty to keep") && !screen.contains("13812345678"), "{screen}");
}

#[test]
fn a_revealed_value_in_the_form_hides_when_its_time_is_over_and_typing_over_it_stays() {
    let mut state = english();
    if let Some(revealed) = state.detail.as_mut().and_then(|detail| detail.revealed.get_mut("phone")) {
        revealed.until = Instant::now();
    }
    open_form(&mut state);
    assert!(screen(&mut state).contains("13812345678"));
    update(&mut state, Event::Tick);
    assert!(screen(&mut state).contains("138****5678  leave empty to keep"));

    let mut state = english();
    open_form(&mut state);
    tab(&mut state, 3);
    press(&mut state, "9");
    scene::lose_focus(&mut state);
    assert!(screen(&mut state).contains("138123456789"));
}

#[test]
fn spaces_over_a_hidden_value_change_nothing() {
    let mut state = english();
    open_form(&mut state);
    tab(&mut state, 4);
    press(&mut state, "   ");
    update(&mut state, control('s'));
    assert!(screen(&mut state).contains("Nothing has changed."));
}

#[test]
fn nobody_is_scolded_while_a_value_can_become_right() {
    let mut state = english();
    open_form(&mut state);
    tab(&mut state, 4);
    press(&mut state, "li.na@exam");
    assert!(!screen(&mut state).contains('!'));
    tab(&mut state, 1);
    assert!(screen(&mut state).contains("! an e-mail address looks like"));
    update(&mut state, key(KeyCode::BackTab));
    press(&mut state, "ple.com");
    assert!(!screen(&mut state).contains('!'));
}

#[test]
fn saving_with_an_error_goes_to_the_first_bad_field() {
    let mut state = english();
    open_form(&mut state);
    tab(&mut state, 4);
    press(&mut state, "li.na");
    tab(&mut state, 3);
    press(&mut state, "1988");
    update(&mut state, control('s'));
    let screen = screen(&mut state);
    assert!(screen.contains("> E-mail") && screen.contains("Not yet"), "{screen}");
}

#[test]
fn a_megabyte_is_refused_with_the_limit_and_nothing_is_lost() {
    let mut state = english();
    open_form(&mut state);
    update(&mut state, Event::Paste("x".repeat(1_000_000)));
    let screen = screen(&mut state);
    assert!(screen.contains("at most 200 fit") && screen.contains("Zhang Wei 张伟"), "{screen}");
}

#[test]
fn what_cannot_be_seen_is_left_out_of_a_paste_and_said() {
    let mut state = english();
    open_form(&mut state);
    update(&mut state, Event::Paste(" a\u{1b}[2J\u{202e}b".into()));
    let screen = screen(&mut state);
    assert!(screen.contains("张伟 a[2Jb") && screen.contains("2 characters that cannot be seen"), "{screen}");
}

#[test]
fn escape_leaves_an_untouched_form_at_once_and_asks_over_a_changed_one() {
    let mut state = english();
    open_form(&mut state);
    update(&mut state, key(KeyCode::Esc));
    assert!(state.popup.is_none());

    open_form(&mut state);
    press(&mut state, "x");
    update(&mut state, key(KeyCode::Esc));
    assert!(state.popup.is_some());
    update(&mut state, key(KeyCode::Esc));
    assert!(screen(&mut state).contains("张伟x"));
    update(&mut state, key(KeyCode::Esc));
    press(&mut state, "y");
    assert!(state.popup.is_none());
}

#[test]
fn the_cursor_stands_in_the_box() {
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
    let mut state = english();
    open_form(&mut state);
    terminal.draw(|frame| sealdesk::desk::view::render(frame, &mut state)).unwrap();
    let before = terminal.get_cursor_position().unwrap();
    press(&mut state, "张");
    terminal.draw(|frame| sealdesk::desk::view::render(frame, &mut state)).unwrap();
    let after = terminal.get_cursor_position().unwrap();
    assert_eq!((after.x - before.x, after.y), (2, before.y));
}

#[test]
fn every_field_can_be_reached_on_the_smallest_screen() {
    let mut state = english();
    press(&mut state, "a");
    for _ in 0..8 {
        tab(&mut state, 1);
        let picture = picture(&mut state, 60, 16);
        assert!(picture.contains("|>"), "{picture}");
    }
}

#[test]
fn a_review_longer_than_the_screen_scrolls_to_its_end() {
    let mut state = english();
    open_form(&mut state);
    tab(&mut state, 5);
    let address: Vec<String> = (1..=60).map(|line| format!("line {line}")).collect();
    update(&mut state, Event::Paste(address.join("\n")));
    update(&mut state, control('s'));
    let top = screen(&mut state);
    assert!(top.contains("line 1") && !top.contains("line 60"), "{top}");
    press(&mut state, "G");
    assert!(screen(&mut state).contains("line 60"));
    press(&mut state, "k");
    assert!(!screen(&mut state).contains("line 60"), "the first key back is not swallowed");
}

#[test]
fn every_window_is_painted_at_every_size() {
    let windows: [fn(&mut State); 7] = [
        open_form,
        conflict,
        history,
        |state| notes(state, &["one", "two"]),
        new_customer_with_a_known_phone,
        change_city,
        |state| {
            state.pane = Pane::Detail;
            press(state, "jjjjjjr");
        },
    ];
    for open in windows {
        let mut state = scene::desk(Language::Chinese);
        open(&mut state);
        for step in 0..300_u16 {
            picture(&mut state, 1 + step * 7 % 200, 1 + step * 3 % 60);
        }
    }
}

#[test]
fn a_conflict_keeps_both_and_saves_what_is_chosen() {
    let mut state = english();
    conflict(&mut state);
    let shown = screen(&mut state);
    assert!(shown.contains("Reykjavik") && shown.contains("Oslo"), "{shown}");
    update(&mut state, key(KeyCode::Enter));
    assert!(screen(&mut state).contains("Choose for every field first"));
    press(&mut state, "m");
    update(&mut state, key(KeyCode::Enter));
    let review = screen(&mut state);
    assert!(review.contains("- Oslo") && review.contains("+ Reykjavik"), "{review}");
    assert_eq!(saved_city(&update(&mut state, key(KeyCode::Enter))), Some((Some(15), "Reykjavik".into())));

    let mut state = english();
    conflict(&mut state);
    press(&mut state, "t");
    update(&mut state, key(KeyCode::Enter));
    assert!(screen(&mut state).contains("Nothing has changed."));
}

#[test]
fn a_change_made_elsewhere_is_said_in_the_form_and_takes_nothing_away() {
    let mut state = english();
    open_form(&mut state);
    press(&mut state, "x");
    assert!(update(&mut state, Event::Peeked(vec![(scene::view().id, 15)])).is_empty());
    let screen = screen(&mut state);
    assert!(screen.contains("Somebody else changed this record") && screen.contains("张伟x"), "{screen}");
}

#[test]
fn a_save_in_doubt_is_sent_again_as_it_was_and_found_if_it_had_arrived() {
    let mut state = english();
    change_city(&mut state);
    update(&mut state, key(KeyCode::Enter));
    refuse_save(&mut state, trouble("unreachable", None));
    press(&mut state, "more");
    assert_eq!(saved_city(&update(&mut state, key(KeyCode::Enter))), Some((Some(14), "Reykjavik".into())));
    refuse_save(&mut state, trouble("SD007", Some(15)));
    let mut view = scene::view();
    view.version = 15;
    view.updated_by = "lin.mei".into();
    for seen in view.fields.iter_mut().filter(|seen| seen.field == "city") {
        seen.masked = Some(Ok("Reykjavik".to_owned()));
        seen.version = 15;
    }
    let generation = state.detail_generation;
    update(&mut state, Event::Viewed { generation, view: Ok(Box::new(view)), strip: Ok(Vec::new()) });
    assert!(state.popup.is_none());
    assert!(screen(&mut state).contains("Your save had arrived"));
}

#[test]
fn an_answer_that_comes_late_touches_no_other_form() {
    let mut state = english();
    change_city(&mut state);
    let effects = update(&mut state, key(KeyCode::Enter));
    let Some(Effect::Save { new_id, .. }) = effects.first() else { panic!("nothing was saved") };
    update(&mut state, key(KeyCode::Esc));
    update(&mut state, key(KeyCode::Esc));
    press(&mut state, "y");
    open_form(&mut state);
    update(&mut state, Event::Saved { form: *new_id, answer: Ok(scene::view().id) });
    assert!(matches!(state.popup, Some(Popup::Form(_))));
    assert_eq!(state.message.as_deref(), Some("What was being saved has arrived."));
    update(&mut state, Event::Saved { form: *new_id, answer: Err(trouble("SD007", Some(15))) });
    assert_eq!(state.message.as_deref(), Some("What was being saved has arrived."), "a save sent twice is no conflict");
}

#[test]
fn a_form_waits_behind_the_lock_for_the_same_person() {
    let mut state = english();
    change_city(&mut state);
    update(&mut state, key(KeyCode::Enter));
    // The idle lock, while the save is on its way.
    state.last_input = Instant::now().checked_sub(Duration::from_hours(1)).unwrap();
    update(&mut state, Event::Tick);
    assert_eq!(state.screen, Screen::Unlock);
    assert!(!screen(&mut state).contains("Reykjavik"));
    update(&mut state, Event::Unlocked(Ok(Box::new(scene::session()))));
    assert!(matches!(&state.popup, Some(Popup::Form(form)) if form.stage == Stage::Doubt));
    assert!(screen(&mut state).contains("Reykjavik"));
}

#[test]
fn a_session_the_server_has_ended_drops_the_keys_and_keeps_what_was_typed() {
    let mut state = english();
    change_city(&mut state);
    let effects = update(&mut state, key(KeyCode::Enter));
    let Some(Effect::Save { new_id, .. }) = effects.first() else { panic!("nothing was saved") };
    let effects = update(&mut state, Event::Saved { form: *new_id, answer: Err(trouble("SD002", None)) });
    assert!(matches!(effects[..], [Effect::Lock]));
    assert_eq!(state.screen, Screen::Unlock);
    update(&mut state, Event::Unlocked(Ok(Box::new(scene::session()))));
    assert!(screen(&mut state).contains("Reykjavik"));

    let mut state = english();
    assert!(matches!(update(&mut state, Event::Beat(Err(trouble("SD002", None))))[..], [Effect::Lock]));
}

#[test]
fn quitting_at_the_lock_needs_a_yes_while_a_form_waits() {
    let mut state = english();
    open_form(&mut state);
    press(&mut state, "x");
    state.screen = Screen::Unlock;
    assert!(!update(&mut state, key(KeyCode::Esc)).iter().any(|effect| matches!(effect, Effect::Quit)));
    assert!(update(&mut state, key(KeyCode::Esc)).is_empty());
    update(&mut state, key(KeyCode::Esc));
    assert!(update(&mut state, control('c')).is_empty(), "Ctrl-c never quits");
    assert!(update(&mut state, key(KeyCode::Char('y'))).iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn a_duplicate_can_be_opened_instead_or_saved_anyhow() {
    let mut state = english();
    new_customer_with_a_known_phone(&mut state);
    update(&mut state, control('s'));
    press(&mut state, "1");
    assert!(state.popup.is_some());
    let effects = press(&mut state, "y");
    assert!(matches!(effects[..], [Effect::View { record, .. }] if record == RecordId(Uuid::from_u128(204_817))));

    let mut state = english();
    new_customer_with_a_known_phone(&mut state);
    update(&mut state, control('s'));
    assert!(matches!(update(&mut state, key(KeyCode::Enter))[..], [Effect::Save { record: None, .. }]));
}

#[test]
fn a_value_is_looked_up_once_and_again_when_it_changes() {
    let mut state = english();
    new_customer_with_a_known_phone(&mut state);
    assert!(tab(&mut state, 8).is_empty());
    press(&mut state, "8");
    assert_eq!(tab(&mut state, 1).len(), 0, "a number that cannot be right is not looked up");
}

#[test]
fn a_deletion_is_asked_about_and_can_be_taken_back() {
    let mut state = english();
    let record = scene::view().id;
    assert!(press(&mut state, "dx").is_empty());
    assert!(matches!(press(&mut state, "y")[..], [Effect::Delete { version: 14, undo: false, .. }]));
    update(&mut state, Event::Deleted { record, undo: false, answer: Ok(15) });
    assert!(matches!(press(&mut state, "U")[..], [Effect::Delete { version: 15, undo: true, .. }]));
    update(&mut state, Event::Deleted { record, undo: true, answer: Ok(16) });
    assert!(screen(&mut state).contains("The record is there again."));
}

#[test]
fn notes_and_history_hide_when_their_time_is_over_or_the_focus_goes() {
    for by_time in [true, false] {
        let mut state = english();
        notes(&mut state, &["Called back."]);
        if let (true, Some(Popup::Notes(notes))) = (by_time, &mut state.popup) {
            notes.until = Some(Instant::now());
        }
        if by_time {
            update(&mut state, Event::Tick);
        } else {
            scene::lose_focus(&mut state);
        }
        let screen = screen(&mut state);
        assert!(!screen.contains("Called back.") && screen.contains("hidden again"), "{screen}");
    }
    let mut state = english();
    history(&mut state);
    assert!(screen(&mut state).contains("13900000000"));
    scene::lose_focus(&mut state);
    assert!(!screen(&mut state).contains("13900000000"));
}

#[test]
fn a_note_in_doubt_keeps_its_id_and_its_text() {
    let mut state = english();
    press(&mut state, "nhello");
    let first = update(&mut state, control('s'));
    assert!(update(&mut state, control('s')).is_empty(), "a note is not sent twice");
    let Some(Popup::NoteEditor(editor)) = &state.popup else { panic!("no editor is open") };
    let id = editor.id;
    update(&mut state, Event::Noted { id, answer: Err(trouble("unreachable", None)) });
    press(&mut state, "more");
    let second = update(&mut state, control('s'));
    let sent = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Note { id, text, .. } => Some((*id, text.expose().clone())),
            _ => None,
        })
    };
    assert_eq!(sent(&first), sent(&second));
    assert_eq!(sent(&second).map(|(_, text)| text), Some("hello".to_owned()));
}

#[test]
fn the_reason_picker_never_hides_the_field_it_asks_about() {
    for (width, height) in [(80, 24), (120, 40), (60, 16)] {
        let mut state = english();
        state.pane = Pane::Detail;
        press(&mut state, "jjjjjjr");
        let picture = picture(&mut state, width, height);
        assert!(picture.contains("**** 4412") && picture.contains("Why?"), "{picture}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_keys_make_a_form_panic_or_lose_its_cursor(new in any::<bool>(), keys in proptest::collection::vec(any_key(), 1..80), paste in any::<String>()) {
        let mut state = english();
        press(&mut state, if new { "a" } else { "e" });
        for key in keys {
            update(&mut state, Event::Key(key));
            update(&mut state, Event::Paste(paste.clone()));
            picture(&mut state, 80, 24);
            if let Some(Popup::Form(form)) = &state.popup {
                prop_assert!(form.selected < form.fields.len());
            }
        }
    }
}
