//! Handing the open record to another owner, and what is somebody else's to share.

use crossterm::event::KeyCode;
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        people::{Act, Purpose},
        state::{Popup, State},
        update::update,
    },
    model::catalogue::Language,
};

use super::{key, picture, scene, snapshots};

fn command(state: &mut State, typed: &str) -> Vec<Effect> {
    update(state, key(KeyCode::Char(':')));
    update(state, Event::Paste(typed.into()));
    update(state, key(KeyCode::Enter))
}

#[test]
fn the_question_to_whom_a_record_goes() {
    snapshots("owner", |state| drop(command(state, if state.language == Language::English { "owner wu.jun" } else { "移交 wu.jun" })));
}

#[test]
fn a_record_is_handed_on_and_read_again() {
    let mut state = scene::desk(Language::English);
    assert!(command(&mut state, "owner").is_empty(), "it is asked to whom");
    update(&mut state, key(KeyCode::Enter));
    assert!(picture(&mut state, 80, 24).contains("A login name is needed"));
    update(&mut state, Event::Paste("wu.jun".into()));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Act::HandOn { record, to })] = effects.as_slice() else { panic!("an act") };
    assert_eq!((*record, to.as_str()), (scene::view().id, "wu.jun"));
    let refused = Trouble { code: "SD098", text: "Check the login name.".into(), current: None };
    update(&mut state, Event::Acted(Err(refused)));
    assert!(picture(&mut state, 80, 24).contains("Check the login name."), "the question stays and says why");
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(matches!(effects.as_slice(), [Effect::List { .. }, Effect::View { .. }]) && state.popup.is_none());
}

#[test]
fn what_somebody_else_answers_for_is_shared_and_handed_on_only_with_the_capability() {
    let mut state = scene::desk(Language::English);
    if let Some(detail) = &mut state.detail {
        detail.view.owner = "wu.jun".into();
    }
    command(&mut state, "owner ann");
    assert!(state.popup.is_none());
    assert_eq!(state.message.as_deref(), Some("wu.jun answers for this record: ask them to share or hand it on."));
    if let Some(session) = &mut state.session {
        session.standing.capabilities.push("share".into());
    }
    command(&mut state, "owner ann");
    assert!(state.popup.is_some());
}

#[test]
fn the_word_for_handing_over_in_chinese_is_the_records_where_incidents_are_for_others() {
    let mut state = scene::desk(Language::Chinese);
    update(&mut state, key(KeyCode::Char(':')));
    update(&mut state, Event::Paste("移交".into()));
    update(&mut state, key(KeyCode::Enter));
    assert!(matches!(&state.popup, Some(Popup::Person(dialog)) if matches!(dialog.purpose, Purpose::HandOn { .. })), "{:?}", state.message);
}

#[test]
fn a_command_of_several_screens_is_once_in_the_palette() {
    let mut state = scene::desk(Language::English);
    update(&mut state, key(KeyCode::Char(':')));
    update(&mut state, Event::Paste("one step back".into()));
    let painted = picture(&mut state, 80, 24);
    assert_eq!(painted.lines().filter(|line| line.contains("one step back") && line.contains("Esc")).count(), 1, "{painted}");
}
