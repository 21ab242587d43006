//! Following a reference and coming back, and what refers to a record.

use crossterm::event::KeyCode;
use sealdesk::{
    desk::{
        event::{Effect, Event},
        state::{Left, Pane, State},
        update::update,
    },
    model::{
        catalogue::Language,
        id::{RecordId, RecordNumber},
        query::SavedView,
    },
};
use uuid::Uuid;

use super::{
    key,
    kind::{listed, open_contract, press, with_contracts},
    scene, snapshots,
};

/// The cursor is on the field that refers to a customer.
fn on_the_reference(state: &mut State) {
    open_contract(state);
    state.detail.as_mut().unwrap().selected = 4;
}

fn contract() -> RecordId {
    RecordId(Uuid::from_u128(118_203))
}

fn follow(state: &mut State) -> u64 {
    match update(state, key(KeyCode::Enter)).as_slice() {
        [Effect::OpenReference { generation, number }] if *number == RecordNumber::new("C", 204_817) => *generation,
        _ => panic!("{:?}", state.message),
    }
}

fn arrive(state: &mut State, generation: u64) {
    update(state, Event::Viewed { generation, view: Ok(Box::new(scene::view())), strip: Ok(Vec::new()) });
}

#[test]
fn a_field_that_refers_says_which_key_opens_the_record() {
    snapshots("reference_field", on_the_reference);
}

#[test]
fn enter_opens_the_record_that_is_referred_to_and_escape_comes_back_to_the_field() {
    let mut state = scene::desk(Language::English);
    on_the_reference(&mut state);
    let generation = follow(&mut state);
    arrive(&mut state, generation);
    assert_eq!(state.detail.as_ref().unwrap().view.number, RecordNumber::new("C", 204_817));
    assert_eq!(state.trail, [Left { record: contract(), field: 4 }]);
    assert_eq!(state.message.as_deref(), Some("Esc goes back to K-118203."));
    let effects = update(&mut state, key(KeyCode::Esc));
    assert!(matches!(effects.as_slice(), [Effect::View { record, again: false, .. }] if *record == contract()));
    assert!(state.trail.is_empty());
    let mut view = scene::view();
    view.id = contract();
    let generation = state.detail_generation;
    update(&mut state, Event::Viewed { generation, view: Ok(Box::new(view)), strip: Ok(Vec::new()) });
    assert_eq!(state.detail.as_ref().unwrap().selected, 4);
}

#[test]
fn escape_hides_what_is_revealed_before_it_goes_back() {
    let mut state = scene::desk(Language::English);
    on_the_reference(&mut state);
    let generation = follow(&mut state);
    arrive(&mut state, generation);
    let until = state.now + std::time::Duration::from_secs(20);
    let revealed = sealdesk::desk::state::Revealed { value: sealdesk::crypto::secret::Secret::from("13812345678"), until, reason: None };
    state.detail.as_mut().unwrap().revealed.insert("phone".into(), revealed);
    assert!(update(&mut state, key(KeyCode::Esc)).is_empty());
    assert!(state.detail.as_ref().unwrap().revealed.is_empty());
    assert_eq!(update(&mut state, key(KeyCode::Esc)).len(), 1);
}

#[test]
fn a_reference_that_leads_nowhere_leaves_the_record_open_and_says_no_more_than_that() {
    for language in [Language::English, Language::Chinese] {
        let mut state = scene::desk(language);
        on_the_reference(&mut state);
        let generation = follow(&mut state);
        update(&mut state, Event::NoRecord { generation, number: RecordNumber::new("C", 204_817) });
        let told = if language == Language::English { "There is no record C-204817." } else { "没有记录 C-204817。" };
        assert_eq!(state.message.as_deref(), Some(told));
        assert_eq!(state.detail.as_ref().unwrap().view.id, contract());
        assert!(state.trail.is_empty() && !state.viewing);
    }
}

#[test]
fn what_is_opened_from_the_list_is_not_gone_back_from() {
    let mut state = scene::desk(Language::English);
    on_the_reference(&mut state);
    let generation = follow(&mut state);
    arrive(&mut state, generation);
    state.pane = Pane::List;
    update(&mut state, key(KeyCode::Enter));
    assert!(state.trail.is_empty());
}

#[test]
fn enter_on_a_field_that_refers_to_nothing_says_so() {
    let mut state = scene::desk(Language::English);
    open_contract(&mut state);
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    assert_eq!(state.message.as_deref(), Some("This field refers to no record."));
}

#[test]
fn a_reference_that_is_not_shown_is_revealed_first() {
    let mut state = scene::desk(Language::English);
    on_the_reference(&mut state);
    let seen = &mut state.detail.as_mut().unwrap().view.fields[4];
    (seen.open, seen.masked, seen.reveal) = (false, Some(Ok("****".into())), Ok(()));
    assert!(update(&mut state, key(KeyCode::Enter)).is_empty());
    assert_eq!(state.message.as_deref(), Some("Reveal it first (r)."));
}

#[test]
fn one_key_lists_what_refers_to_the_record_whatever_was_listed_before() {
    snapshots("reference_list", |state| {
        with_contracts(state);
        state.saved_view = SavedView::Mine;
        state.shown_kind = Some("customer".into());
        let effects = press(state, "l");
        let asked = matches!(effects.as_slice(), [Effect::List { query, .. }] if query.ends_with(":C-204817"));
        assert!(asked && state.saved_view == SavedView::All && state.shown_kind.is_none());
        let rows = vec![state.list.rows[1].clone()];
        listed(state, rows);
    });
}

#[test]
fn where_nothing_refers_to_records_of_a_kind_the_key_says_so() {
    let mut state = scene::desk(Language::English);
    open_contract(&mut state);
    assert!(press(&mut state, "l").is_empty());
    assert_eq!(state.message.as_deref(), Some("No field that can be searched refers to such records."));
}
