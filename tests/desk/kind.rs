//! Several kinds of record: what the list, a record, its form and the settings screen say of them.

use crossterm::event::KeyCode;
use sealdesk::{
    desk::{
        event::{Effect, Event},
        people::Act as Acted,
        settings::{Act, Read, Row},
        state::{Pane, Popup, State},
        update::update,
    },
    model::{
        catalogue::{Catalogue, Field, FieldKind, Label, Language, Mask, Target},
        id::{Prefix, RecordId, RecordNumber},
        kind::RecordKind,
        preset,
        record::ListPage,
    },
};
use uuid::Uuid;

use super::{key, scene, snapshots};

fn label(en: &str, zh: &str) -> Label {
    Label { en: en.into(), zh: zh.into() }
}

/// With contracts: they have the name, called otherwise, the status and a field of their own.
fn catalogue() -> Catalogue {
    let mut catalogue = preset::catalogue();
    catalogue.kinds.push(RecordKind {
        code: "contract".into(),
        label: label("Contract", "合同"),
        prefix: "K".into(),
        name: Some(label("Title", "名称")),
        version: 1,
        retired: false,
    });
    let status = catalogue.field("status").unwrap().clone();
    let shared = catalogue.fields.iter_mut().filter(|field| ["name", "status"].contains(&field.code.as_str()));
    shared.for_each(|field| field.kinds.push("contract".into()));
    catalogue.fields.push(Field {
        code: "signed_on".into(),
        label: label("Signed on", "签署日期"),
        section: "contract".into(),
        section_label: label("Contract", "合同"),
        position: 10,
        kind: FieldKind::Date,
        mask: Mask::Open,
        choices: Vec::new(),
        kinds: vec!["contract".into()],
        ..status.clone()
    });
    catalogue.fields.push(Field {
        code: "party".into(),
        label: label("Party", "签约方"),
        section: "contract".into(),
        section_label: label("Contract", "合同"),
        position: 11,
        kind: FieldKind::Record,
        mask: Mask::Open,
        summary: false,
        choices: Vec::new(),
        kinds: vec!["contract".into()],
        of: Some(Target { kind: "customer".into(), prefix: Prefix::parse("C").unwrap() }),
        ..status
    });
    catalogue
}

pub fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn command(state: &mut State, typed: &str) -> Vec<Effect> {
    update(state, key(KeyCode::Char(':')));
    update(state, Event::Paste(typed.into()));
    update(state, key(KeyCode::Enter))
}

/// The desk of an installation with contracts; one of them lies among the customers and is open.
pub fn with_contracts(state: &mut State) {
    state.session.as_mut().unwrap().catalogue = catalogue();
    let mut rows = std::mem::take(&mut state.list.rows);
    let contract = &mut rows[1];
    contract.kind = "contract".into();
    contract.number = RecordNumber::new("K", 118_203);
    contract.summary = Ok([("name", "Maintenance 2026"), ("status", "active"), ("signed_on", "2026-01-15")]
        .map(|(code, value)| (code.to_owned(), value.to_owned()))
        .into());
    listed(state, rows);
}

pub fn listed(state: &mut State, rows: Vec<sealdesk::model::record::ListRow>) {
    let generation = state.list.generation;
    let page = ListPage { rows, total: 3, total_exact: true, ..ListPage::default() };
    update(state, Event::Listed { generation, direction: None, page: Ok(page) });
}

pub fn open_contract(state: &mut State) {
    with_contracts(state);
    let detail = state.detail.as_mut().unwrap();
    detail.revealed.clear();
    let view = &mut detail.view;
    view.id = RecordId(Uuid::from_u128(118_203));
    view.kind = "contract".into();
    view.number = RecordNumber::new("K", 118_203);
    view.summary.clone_from(&state.list.rows[1].summary);
    view.fields.retain(|field| ["name", "status", "phone"].contains(&field.field.as_str()));
    let mut signed = view.fields[0].clone();
    for (field, value) in view.fields.iter_mut().zip(["Maintenance 2026", "active", "138****5678"]) {
        field.masked = Some(Ok(value.to_owned()));
    }
    signed.field = "signed_on".into();
    signed.masked = Some(Ok("2026-01-15".into()));
    let mut party = signed.clone();
    party.field = "party".into();
    party.masked = Some(Ok("C-204817".into()));
    view.fields.push(signed);
    view.fields.push(party);
    state.pane = Pane::Detail;
}

#[test]
fn a_list_of_all_says_of_which_kind_each_row_is() {
    snapshots("kinds_all", with_contracts);
}

#[test]
fn a_list_of_one_kind_says_so_in_its_title_and_has_its_columns() {
    snapshots("kinds_one", |state| {
        with_contracts(state);
        let effects = command(state, "kind contract");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::List { .. })));
        assert_eq!(state.shown_kind.as_deref(), Some("contract"));
        let rows = vec![state.list.rows[1].clone()];
        listed(state, rows);
    });
}

#[test]
fn the_choice_of_the_kind_that_is_listed() {
    snapshots("kinds_choice", |state| {
        with_contracts(state);
        press(state, "K");
    });
}

#[test]
fn a_record_shows_its_kind_its_fields_and_what_is_left_of_a_field_that_its_kind_lost() {
    snapshots("kinds_detail", open_contract);
}

#[test]
fn a_new_record_is_asked_of_which_kind_it_is() {
    snapshots("kinds_new", |state| {
        with_contracts(state);
        press(state, "a");
    });
}

#[test]
fn the_form_of_a_new_contract_has_the_fields_of_contracts() {
    snapshots("kinds_form", |state| {
        with_contracts(state);
        press(state, "a2");
    });
}

#[test]
fn a_new_record_is_of_the_kind_that_is_listed_and_of_a_customer_where_there_is_no_other() {
    let kind_of = |state: &State| match &state.popup {
        Some(Popup::Form(form)) => form.kind.clone(),
        _ => panic!("no form"),
    };
    let mut state = scene::desk(Language::English);
    press(&mut state, "a");
    assert_eq!(kind_of(&state), "customer");
    let mut state = scene::desk(Language::English);
    with_contracts(&mut state);
    state.list.kind = Some("contract".into());
    press(&mut state, "a");
    assert_eq!(kind_of(&state), "contract");
    update(&mut state, key(KeyCode::Esc));
    state.session.as_mut().unwrap().catalogue.kinds[1].retired = true;
    press(&mut state, "a");
    assert_eq!(kind_of(&state), "customer", "of a retired kind no more records are made");
}

#[test]
fn where_there_is_one_kind_the_key_says_so_and_nothing_is_chosen() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "K");
    assert!(state.popup.is_none());
    assert!(state.message.as_deref().is_some_and(|told| told.contains("only one kind of record")));
}

#[test]
fn a_number_with_the_letters_of_a_kind_opens_that_record_and_letters_of_none_are_no_number() {
    let mut state = scene::desk(Language::English);
    with_contracts(&mut state);
    state.shown_kind = Some("customer".into());
    command(&mut state, "k118203");
    assert_eq!((state.query.as_str(), &state.shown_kind), ("K-118203", &None));
    assert_eq!(state.list.wanted, Some(RecordNumber::new("K", 118_203)));
    let mut state = scene::desk(Language::English);
    command(&mut state, "K-118203");
    assert_eq!(state.list.wanted, None);
}

fn officer(state: &mut State) {
    with_contracts(state);
    let session = state.session.as_mut().unwrap();
    (session.user, session.manage_people, session.manage_policy) = ("zhao.lei".into(), true, true);
    press(state, "6");
    state.count.screen_at = Some(std::time::Instant::now());
    update(state, Event::Tick);
    let Catalogue { fields, classes, reasons, kinds, .. } = catalogue();
    let generation = state.settings.generation;
    let read = Read { fields, classes, reasons, kinds, ..Read::default() };
    update(state, Event::Settings { generation, answer: Ok(Box::new(read)) });
    state.settings.selected = Some(Row::Kind("contract".into()));
}

#[test]
fn a_kind_among_the_settings() {
    snapshots("kinds_settings", officer);
}

#[test]
fn the_form_of_a_kind() {
    snapshots("kinds_settings_add", |state| {
        officer(state);
        press(state, "a");
    });
    snapshots("kinds_settings_edit", |state| {
        officer(state);
        press(state, "e");
    });
}

#[test]
fn a_new_field_says_of_which_kinds_it_is() {
    snapshots("kinds_field_add", |state| {
        officer(state);
        state.settings.selected = Some(Row::Field("signed_on".into()));
        press(state, "a");
    });
}

#[test]
fn retiring_a_kind_says_that_its_records_stay() {
    snapshots("kinds_retire", |state| {
        officer(state);
        press(state, "x");
    });
    let mut state = scene::desk(Language::English);
    officer(&mut state);
    press(&mut state, "x");
    let effects = press(&mut state, "y");
    let retired = |effect: &Effect| matches!(effect, Effect::Act(Acted::Settings(Act::RetireKind(kind, true))) if kind.code == "contract");
    assert!(effects.iter().any(retired));
}

#[test]
fn a_kind_moves_among_the_kinds() {
    let mut state = scene::desk(Language::English);
    officer(&mut state);
    let effects = press(&mut state, "K");
    let moved = |effect: &Effect| matches!(effect, Effect::Act(Acted::Settings(Act::MoveKind(kind, None))) if kind.code == "contract");
    assert!(effects.iter().any(moved));
    press(&mut state, "J");
    assert!(state.message.as_deref().is_some_and(|told| told.contains("at the end")));
}
