//! The label of the open record: shown over it, chosen, and what happens when a record is labelled away.

use crossterm::event::KeyCode;
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        people::Act,
        state::{Pane, Popup, State},
        update::update,
    },
    model::{
        catalogue::Language,
        clearance::{Clearance, Losing},
    },
};

use super::{key, picture, scene, snapshots};

fn command(state: &mut State, typed: &str) -> Vec<Effect> {
    update(state, key(KeyCode::Char(':')));
    update(state, Event::Paste(typed.into()));
    update(state, key(KeyCode::Enter))
}

fn labelled(state: &mut State) {
    if let Some(detail) = &mut state.detail {
        detail.view.label = Clearance::new("sensitive", &["vip".into()]);
    }
}

#[test]
fn the_title_of_a_labelled_record() {
    snapshots("labelled", labelled);
}

#[test]
fn the_choice_of_a_label() {
    snapshots("label", |state| {
        labelled(state);
        command(state, "label");
    });
}

#[test]
fn where_there_is_little_room_the_label_stays_in_the_title() {
    let mut state = scene::desk(Language::English);
    if let Some(detail) = &mut state.detail {
        detail.view.label = Clearance::new("restricted", &["staff".into(), "vip".into()]);
    }
    let painted = picture(&mut state, 120, 40);
    assert!(painted.contains(" - restricted, own staff, VIP - C-204817 - v14"), "{painted}");
}

#[test]
fn a_label_is_given_by_name_and_sent_with_the_version_that_was_seen() {
    for (language, typed) in [(Language::English, "label restricted"), (Language::Chinese, "标签 受限")] {
        let mut state = scene::desk(language);
        assert!(command(&mut state, typed).is_empty(), "it is to be confirmed");
        preview(&mut state);
        let effects = update(&mut state, key(KeyCode::Enter));
        let [Effect::Act(Act::Label { record, version, label })] = effects.as_slice() else { panic!("an act") };
        assert_eq!((*record, *version, label), (scene::view().id, 14, &Clearance::new("restricted", &[])));
        // Refused: the dialog stays and says why. Done: record and list are read again.
        let refused = Trouble { code: "SD062", text: "Lowering a label needs more.".into(), current: None };
        update(&mut state, Event::Acted(Err(refused)));
        assert!(picture(&mut state, 80, 24).contains("Lowering a label needs more."));
        update(&mut state, key(KeyCode::Enter));
        let effects = update(&mut state, Event::Acted(Ok(None)));
        assert!(matches!(effects.as_slice(), [Effect::List { .. }, Effect::View { .. }]) && state.popup.is_none());
    }
}

/// The first Enter asks who would lose sight of the record, and is answered.
fn preview(state: &mut State) {
    let effects = update(state, key(KeyCode::Enter));
    assert!(matches!(&effects[..], [Effect::LabelPreview { record, .. }] if *record == scene::view().id));
    let losing = Losing { people: 2, logins: Some(vec!["chen.bo".into(), "wu.jun".into()]) };
    update(state, Event::LabelPreviewed(Ok(losing)));
}

#[test]
fn who_will_lose_sight_of_the_record_is_said_before_it_is_labelled() {
    snapshots("label-losing", |state| {
        labelled(state);
        command(state, if state.language == Language::English { "label restricted" } else { "标签 受限" });
        preview(state);
    });
    let mut state = scene::desk(Language::English);
    command(&mut state, "label restricted");
    preview(&mut state);
    assert!(picture(&mut state, 80, 24).contains("2 will not find the record any more: chen.bo, wu.jun."));
    // Another choice is another question.
    update(&mut state, key(KeyCode::Char('j')));
    update(&mut state, key(KeyCode::Char(' ')));
    assert!(!picture(&mut state, 80, 24).contains("chen.bo, wu.jun."));
    preview(&mut state);
    update(&mut state, key(KeyCode::Char(' ')));
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, Event::LabelPreviewed(Ok(Losing { people: 3, logins: None })));
    assert!(picture(&mut state, 80, 24).contains("3 people will not find the record any more."));
}

#[test]
fn only_levels_of_ones_own_are_offered_and_only_to_who_may_label() {
    let mut state = scene::desk(Language::English);
    if let Some(session) = &mut state.session {
        session.catalogue.clearances.levels.iter_mut().for_each(|level| level.held = level.rank < 2);
        session.catalogue.clearances.compartments.iter_mut().for_each(|compartment| compartment.held = false);
    }
    command(&mut state, "label");
    let Some(Popup::Person(dialog)) = &state.popup else { panic!("a dialog") };
    assert_eq!(dialog.checks.iter().map(|check| check.0.as_str()).collect::<Vec<_>>(), ["normal", "sensitive"]);
    update(&mut state, key(KeyCode::Esc));
    if let Some(rights) = state.session.as_mut().and_then(|session| session.rights.get_mut("basic")) {
        rights.edit = false;
    }
    command(&mut state, "label");
    assert!(state.popup.is_none());
    assert_eq!(state.message.as_deref(), Some("Your role may not label records; ask a supervisor."));
}

#[test]
fn a_record_that_is_labelled_away_leaves_the_screen() {
    let mut state = scene::desk(Language::English);
    state.pane = Pane::Detail;
    assert!(picture(&mut state, 80, 24).contains("C-204817 - v14"));
    let effects = update(&mut state, Event::Gone(scene::view().id));
    assert!(matches!(effects.as_slice(), [Effect::List { .. }]), "the list is read again");
    assert!(state.detail.is_none() && state.pane == Pane::List);
    assert!(!picture(&mut state, 80, 24).contains("C-204817 - v14"));
    assert_eq!(state.message.as_deref(), Some("That record is not there any more."));
}
