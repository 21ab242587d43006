//! The settings screen: fields by section, classes, reasons; the small forms; what a change brings about.

use crossterm::event::KeyCode;
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        people::Act as Acted,
        requests,
        settings::{Act, Read, Row},
        state::{Popup, Screen, State},
        update::update,
    },
    model::{
        audit::Progress,
        audit_scope::Recorded,
        catalogue::{IndexMode, Language, Mask},
        change::Proposal,
        preset,
        request::Asked,
        retention::{Due, Hold, Kept, Purged, Rule},
    },
    service::rewrite::Done,
    text::leak::Measured,
};

use super::{LANGUAGES, SIZES, key, picture, scene};

fn read() -> Read {
    let catalogue = preset::catalogue();
    let mut fields = catalogue.fields;
    fields.iter_mut().filter(|field| field.code == "address").for_each(|field| field.retired = true);
    let mut reasons = catalogue.reasons;
    reasons[0].retired = true;
    let rule = |of, days, records| Rule {
        of,
        days,
        purges: true,
        version: Some(1),
        due: Due { records, earlier: 28 * records, ..Due::default() },
    };
    let retention = vec![
        rule(Kept::Erased, Some(30), 12),
        rule(Kept::History("contact".into()), Some(365), 0),
        rule(Kept::History("identity".into()), None, 0),
        rule(Kept::Notes, None, 0),
        Rule { purges: false, ..rule(Kept::Untouched, Some(1_825), 10_001) },
    ];
    let outdated = [("email".to_owned(), 1_204)].into();
    Read { fields, classes: catalogue.classes, reasons, kinds: catalogue.kinds, retention, recorded: recorded(), outdated }
}

fn one(action: &str, class: Option<&str>, is_recorded: bool) -> Recorded {
    Recorded {
        action: action.into(),
        class: class.map(str::to_owned),
        by_class: matches!(action, "copy" | "hide"),
        recorded: is_recorded,
        is_set: false,
        by_default: !matches!(action, "hide" | "focus"),
        rules: Vec::new(),
        version: 0,
    }
}

/// As the database lists it.
fn recorded() -> Vec<Recorded> {
    let (rules, classes) = (vec!["bulk_reveal".to_owned(), "vip".to_owned()], preset::catalogue().classes);
    let mut all = vec![Recorded { rules: rules.clone(), ..one("copy", None, true) }];
    all.extend(classes.iter().map(|class| Recorded { rules: rules.clone(), ..one("copy", Some(&class.code), true) }));
    all.extend(["explain", "star", "unstar", "filter_save", "filter_drop"].map(|action| one(action, None, true)));
    all.push(one("hide", None, false));
    all.extend(classes.iter().map(|class| one("hide", Some(&class.code), false)));
    all.push(one("focus", None, false));
    for known in &mut all {
        if known.action == "hide" && known.class.as_deref() == Some("payment") {
            *known = Recorded { is_set: true, version: 1, recorded: true, ..known.clone() };
        }
    }
    all
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, key(KeyCode::Char(c)))).collect()
}

fn answer(state: &mut State, read: Read) -> Vec<Effect> {
    let generation = state.settings.generation;
    update(state, Event::Settings { generation, answer: Ok(Box::new(read)) })
}

fn officer(language: Language) -> State {
    let mut state = scene::desk(language);
    if let Some(session) = &mut state.session {
        (session.user, session.roles) = ("zhao.lei".into(), vec!["security_officer".into()]);
        (session.manage_people, session.manage_policy, session.audit_all) = (true, true, true);
    }
    press(&mut state, "6");
    state.count.screen_at = Some(std::time::Instant::now());
    update(&mut state, Event::Tick);
    assert_eq!(state.screen, Screen::Settings);
    answer(&mut state, read());
    state
}

fn select(state: &mut State, row: Row) {
    assert!(state.settings.rows().contains(&row));
    state.settings.selected = Some(row);
}

fn field(code: &str) -> Row {
    Row::Field(code.into())
}

fn snapshots(name: &str, prepare: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = officer(language);
            prepare(&mut state);
            insta::assert_snapshot!(format!("settings_{name}_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

fn measured() -> Vec<Measured> {
    let found = |mode, largest, entropy, false_hits| Measured {
        mode,
        records: 1_048_211,
        tokens: 9_990,
        largest,
        entropy,
        false_hits,
        bytes_per_million: 29e6,
    };
    vec![found(IndexMode::Exact, 3, 19.9, 0.0), found(IndexMode::LastFour, 310_000, 2.4, 104.8)]
}

fn changed(effects: &[Effect]) -> Option<&Act> {
    effects.iter().find_map(|effect| if let Effect::Act(Acted::Settings(act)) = effect { Some(act) } else { None })
}

#[test]
fn fields_by_section_with_what_each_index_tells() {
    snapshots("field", |state| select(state, field("phone")));
}

#[test]
fn a_measured_field_with_the_verdict() {
    snapshots("measured", |state| {
        select(state, field("phone"));
        press(state, "m");
        update(state, Event::Measured { field: "phone".into(), answer: Ok(measured()) });
    });
}

#[test]
fn a_field_whose_values_are_yet_to_follow() {
    snapshots("outdated", |state| select(state, field("email")));
}

#[test]
fn a_class_and_what_it_asks_for() {
    snapshots("class", |state| select(state, Row::Class("identity".into())));
}

#[test]
fn a_retired_reason() {
    snapshots("reason", |state| select(state, Row::Reason("callback".into())));
}

#[test]
fn editing_a_field() {
    snapshots("edit", |state| {
        select(state, field("phone"));
        press(state, "e");
    });
}

#[test]
fn retiring_a_field_says_what_stays() {
    snapshots("retire", |state| {
        select(state, field("card"));
        press(state, "x");
    });
}

#[test]
fn a_relabelled_field_is_sent_whole_and_what_is_stored_follows_a_change_of_layout() {
    let mut state = officer(Language::English);
    select(&mut state, field("phone"));
    press(&mut state, "e ");
    let typed = press(&mut state, "2");
    assert!(typed.is_empty());
    for _ in 0..5 {
        update(&mut state, key(KeyCode::Enter));
    }
    let effects = update(&mut state, key(KeyCode::Enter));
    let Some(Act::ChangeField(sent)) = changed(&effects) else { panic!("nothing was sent") };
    assert_eq!((sent.label.en.as_str(), sent.label.zh.as_str(), sent.mask), ("Phone 2", "电话", Mask::Phone));
    assert_eq!((sent.class.as_str(), sent.version, sent.summary), ("contact", 1, true));
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Settings { .. })));
    assert!(state.popup.is_none());
    let mut now = read();
    now.outdated = [("phone".to_owned(), 12)].into();
    let effects = answer(&mut state, now);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Rewrite { field } if field == "phone")));
    let done = Done { changed: 12, ..Done::default() };
    update(&mut state, Event::Rewritten { field: "phone".into(), answer: Ok(done) });
    assert!(state.message.as_deref().is_some_and(|told| told.contains("12 values written again, 0 left")));
    // A change of the label alone leaves what is stored as it is.
    let effects = answer(&mut state, Read { outdated: [("phone".to_owned(), 12)].into(), ..read() });
    assert!(effects.is_empty());
}

#[test]
fn what_was_typed_stays_when_somebody_else_was_faster() {
    let mut state = officer(Language::English);
    select(&mut state, Row::Reason("verify".into()));
    press(&mut state, "e!");
    for _ in 0..4 {
        update(&mut state, key(KeyCode::Enter));
    }
    let trouble = Trouble { code: "SD007", text: String::new(), current: None };
    update(&mut state, Event::Acted(Err(trouble)));
    let Some(Popup::Person(dialog)) = &state.popup else { panic!("the form is gone") };
    assert_eq!(*dialog.typed(0).expose(), "Verify the caller's identity!");
    assert!(dialog.error.as_deref().is_some_and(|error| error.contains("Somebody else changed it")));
}

#[test]
fn a_field_moves_within_its_section_and_no_further() {
    let mut state = officer(Language::English);
    let mut moved = |code: &str, with: &str| {
        select(&mut state, field(code));
        let effects = press(&mut state, with);
        match changed(&effects) {
            Some(Act::MoveField(field, after)) => Some((field.code.clone(), after.clone())),
            _ => None,
        }
    };
    assert_eq!(moved("city", "K"), Some(("city".into(), None)));
    assert_eq!(moved("status", "K"), Some(("status".into(), Some("name".into()))));
    assert_eq!(moved("city", "J"), Some(("city".into(), Some("status".into()))));
    assert_eq!(moved("status", "J"), None);
    assert_eq!(moved("name", "K"), None);
}

#[test]
fn only_who_manages_policy_sees_the_settings() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "6");
    state.count.screen_at = Some(std::time::Instant::now());
    let effects = update(&mut state, Event::Tick);
    assert_eq!(state.screen, Screen::Desk);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Settings { .. })));
    assert!(state.message.as_deref().is_some_and(|told| told.contains("Only security officers change settings")));
}

#[test]
fn a_nonsense_mask_is_named_before_anything_is_sent() {
    let mut state = officer(Language::English);
    select(&mut state, field("phone"));
    press(&mut state, "e");
    for _ in 0..4 {
        update(&mut state, key(KeyCode::Enter));
    }
    press(&mut state, "s");
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(changed(&effects).is_none());
    let Some(Popup::Person(dialog)) = &state.popup else { panic!("the form is gone") };
    assert!(dialog.error.as_deref().is_some_and(|error| error.contains("no such kind, mask or search")));
}

#[test]
fn a_form_keeps_what_was_typed_and_names_the_fields_that_change_under_it() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "e");
    update(&mut state, key(KeyCode::Tab));
    press(&mut state, "Reykjavik");
    let mut now = scene::session();
    now.standing.catalogue_version += 1;
    let change = |code: &str, how: &dyn Fn(&mut sealdesk::model::catalogue::Field), now: &mut sealdesk::desk::event::Session| {
        now.catalogue.fields.iter_mut().filter(|field| field.code == code).for_each(how);
    };
    change("city", &|field| field.label.en = "Town".into(), &mut now);
    // Others that only moved are not worth a word.
    change("phone", &|field| (field.position, field.version) = (9, 2), &mut now);
    update(&mut state, Event::Policy(Ok(Box::new(now.clone()))));
    let seen = picture(&mut state, 120, 40);
    assert!(seen.contains("Changed by a security officer: Town. What you typed is kept."), "{seen}");
    assert!(seen.contains("Reykjavik") && seen.contains("Town"), "{seen}");
    now.standing.catalogue_version += 1;
    change("city", &|field| field.retired = true, &mut now);
    update(&mut state, Event::Policy(Ok(Box::new(now))));
    let seen = picture(&mut state, 120, 40);
    assert!(seen.contains("No longer asked for: Town") && seen.contains("Reykjavik"), "{seen}");
}

#[test]
fn a_form_gains_a_field_that_is_added_meanwhile_and_loses_nothing_of_what_was_typed() {
    for language in [Language::English, Language::Chinese] {
        let mut state = scene::desk(language);
        press(&mut state, "e");
        update(&mut state, key(KeyCode::Tab));
        press(&mut state, "Reykjavik");
        let mut now = scene::session();
        now.standing.catalogue_version += 1;
        let place = now.catalogue.fields.iter().position(|field| field.code == "city").unwrap();
        let mut added = now.catalogue.fields[place].clone();
        (added.code, added.label.en, added.label.zh) = ("district".into(), "District".into(), "城区".into());
        // Before the one that is being typed in.
        now.catalogue.fields.insert(place, added);
        update(&mut state, Event::Policy(Ok(Box::new(now))));
        let seen = picture(&mut state, 120, 40);
        let told = if language == Language::English { "Asked for now: District." } else { "新增填写项：城区。" };
        assert!(seen.contains(told) && seen.contains("Reykjavik"), "{seen}");
        // The cursor is where it was, and the new one is saved like any other.
        press(&mut state, "!");
        update(&mut state, key(KeyCode::BackTab));
        press(&mut state, "Laugardalur");
        let Some(Popup::Form(form)) = &state.popup else { panic!("the form is gone") };
        let changes = form.changes();
        let changed = |code: &str| changes.get(code).map(|value| value.expose().clone());
        assert!(changed("city").is_some_and(|city| city.ends_with("Reykjavik!")), "{:?}", changes.keys());
        assert_eq!(changed("district").as_deref(), Some("Laugardalur"));
    }
}

#[test]
fn one_field_is_one_field() {
    let mut state = officer(Language::English);
    state.settings.read.fields.truncate(1);
    let seen = picture(&mut state, 120, 40);
    assert!(seen.contains("Settings - 1 field ") && !seen.contains("1 fields"), "{seen}");
}

const CHANGE: &str = r#"{"of": "class payment", "action": "class_change", "changed": {"label_en": ["Payment", "Payment 2"], "copy_allowed": [false, true]}}"#;

/// An officer whose change of class payment was refused for want of an approval.
fn refused(language: Language, approved: Option<(i64, String)>) -> State {
    let mut state = officer(language);
    select(&mut state, Row::Class("payment".into()));
    press(&mut state, "e 2");
    for _ in 0..4 {
        update(&mut state, key(KeyCode::Enter));
    }
    let code = if approved.is_some() { "SD105" } else { "SD050" };
    update(&mut state, Event::Proposed(Box::new(Proposal { of: "class payment".into(), change: CHANGE.into(), approved })));
    update(&mut state, Event::Acted(Err(Trouble { code, text: String::new(), current: None })));
    state
}

#[test]
fn a_change_that_needs_an_approval_waits_with_what_was_typed_and_one_key_asks_for_exactly_it() {
    let mut state = refused(Language::English, None);
    let Some(Popup::Person(dialog)) = &state.popup else { panic!("the form is gone") };
    assert_eq!(*dialog.typed(0).expose(), "Payment 2");
    let wanted = "exactly this: change class payment: English: Payment -> Payment 2; may be copied: no -> yes.";
    assert!(dialog.error.as_deref().is_some_and(|error| error.contains(wanted)), "{:?}", dialog.error);
    update(&mut state, key(KeyCode::F(6)));
    press(&mut state, "new card terminals");
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, key(KeyCode::Enter));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Act(Acted::Requests(requests::Act::Ask { asked, why })) => Some((asked.clone(), why.text.clone())),
        _ => None,
    });
    let wanted = Asked::Settings { of: "class payment".into(), change: CHANGE.into() };
    assert_eq!(asked, Some((wanted, "new card terminals".to_owned())));
    update(&mut state, Event::Acted(Ok(None)));
    assert!(state.popup.is_none() && state.message.as_deref().is_some_and(|told| told.starts_with("Asked.")), "{:?}", state.message);
}

#[test]
fn a_refused_change_says_what_was_approved_instead() {
    let other = CHANGE.replace("[false, true]", "[true, false]");
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = refused(language, Some((12, other.clone())));
            insta::assert_snapshot!(format!("settings_other_change_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn what_is_asked_for_stands_in_the_question() {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = refused(language, None);
            update(&mut state, key(KeyCode::F(6)));
            insta::assert_snapshot!(format!("settings_ask_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
}

#[test]
fn how_long_what_is_kept_and_what_is_due() {
    snapshots("retention", |state| select(state, Row::Retention(Kept::Erased)));
}

#[test]
fn records_that_are_only_marked() {
    snapshots("untouched", |state| select(state, Row::Retention(Kept::Untouched)));
}

#[test]
fn a_rule_is_tried_before_it_is_made() {
    snapshots("tried", |state| {
        try_days(state, "7");
    });
    let mut state = officer(Language::English);
    let due = try_days(&mut state, "7");
    // Another number of days is tried again.
    update(&mut state, key(KeyCode::Backspace));
    press(&mut state, "9");
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(matches!(effects.as_slice(), [Effect::TryRetention { of: Kept::Erased, days: 9 }]), "not tried");
    update(&mut state, Event::RetentionTried { days: 9, answer: Ok(due) });
    let effects = update(&mut state, key(KeyCode::Enter));
    let Some(Act::SetRetention(rule, shown)) = changed(&effects) else { panic!("nothing was sent") };
    assert_eq!((rule.days, rule.purges, rule.version, *shown), (Some(9), true, Some(1), Some(due)));
    update(&mut state, Event::Acted(Ok(None)));
    assert!(state.popup.is_none());
    // To keep it for ever nothing is tried.
    select(&mut state, Row::Retention(Kept::Erased));
    press(&mut state, "e");
    update(&mut state, key(KeyCode::Backspace));
    update(&mut state, key(KeyCode::Backspace));
    let effects = update(&mut state, key(KeyCode::Enter));
    let Some(Act::SetRetention(rule, None)) = changed(&effects) else { panic!("nothing was sent") };
    assert_eq!(rule.days, None);
}

/// Opens the rule of deleted records and tries other days.
fn try_days(state: &mut State, days: &str) -> Due {
    select(state, Row::Retention(Kept::Erased));
    press(state, "e");
    update(state, key(KeyCode::Backspace));
    update(state, key(KeyCode::Backspace));
    press(state, days);
    let effects = update(state, key(KeyCode::Enter));
    assert!(matches!(effects.as_slice(), [Effect::TryRetention { of: Kept::Erased, .. }]), "not tried");
    let due = Due { records: 52, values: 410, earlier: 340, notes: 77 };
    update(state, Event::RetentionTried { days: days.parse().unwrap(), answer: Ok(due) });
    due
}

#[test]
fn purging_is_asked_for_shows_how_far_it_has_come_and_is_stopped_with_escape() {
    snapshots("purge", |state| {
        select(state, Row::Retention(Kept::Erased));
        press(state, "P");
    });
    let mut state = officer(Language::English);
    select(&mut state, Row::Retention(Kept::Notes));
    assert!(press(&mut state, "P").is_empty() && state.popup.is_none());
    assert!(state.message.as_deref().is_some_and(|told| told.contains("kept for ever")), "{:?}", state.message);
    select(&mut state, Row::Retention(Kept::Erased));
    let effects = press(&mut state, "Py");
    assert!(matches!(effects.as_slice(), [Effect::Purge { of: Kept::Erased }]), "not purged");
    let row = Row::Retention(Kept::Erased);
    update(&mut state, Event::Worked { row: row.clone(), progress: Progress { done: 4, total: 12 } });
    assert!(picture(&mut state, 120, 40).contains("8 of 12 left"));
    let effects = update(&mut state, key(KeyCode::Esc));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StopWork(stopped) if *stopped == row)));
    assert_eq!(state.screen, Screen::Settings, "the second Esc leaves");
    // What was on its way counts no more.
    update(&mut state, Event::Worked { row, progress: Progress { done: 8, total: 12 } });
    assert!(state.settings.working.is_empty());
    press(&mut state, "Py");
    let purged = Purged { records: 8, items: 96 };
    update(&mut state, Event::Purged { of: Kept::Erased, answer: Ok(purged) });
    assert_eq!(state.message.as_deref(), Some("Deleted records: 96 items of 8 records are gone for good."));
}

#[test]
fn writing_again_shows_how_much_is_left_and_how_long_it_takes() {
    let begin = |state: &mut State| {
        select(state, field("email"));
        press(state, "w");
        let progress = Progress { done: 9_660, total: 10_000 };
        update(state, Event::Worked { row: field("email"), progress });
    };
    snapshots("moving", begin);
    let mut state = officer(Language::English);
    begin(&mut state);
    assert!(picture(&mut state, 80, 24).contains("340 of 10,000 left"));
    let effects = update(&mut state, key(KeyCode::Esc));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StopWork(Row::Field(code)) if code == "email")));
    assert!(state.message.as_deref().is_some_and(|told| told.contains("w goes on")));
    press(&mut state, "m");
    update(&mut state, Event::Worked { row: field("email"), progress: Progress { done: 500, total: 500 } });
    assert!(picture(&mut state, 80, 24).contains("500 measured"));
}

#[test]
fn a_legal_hold_stands_on_the_record_and_is_placed_and_released_with_a_reason() {
    let holder = |language, held: bool| {
        let mut state = scene::desk(language);
        state.session.iter_mut().for_each(|session| session.standing.capabilities.push("legal_hold".into()));
        let hold = Hold {
            reason: "case 12 O 44/26, no deletion".into(),
            reference: Some("TK-9".into()),
            by: "wu.jun".into(),
            at: jiff::Timestamp::constant(1_795_176_000, 0),
        };
        state.detail.iter_mut().for_each(|detail| detail.view.hold = held.then(|| hold.clone()));
        state
    };
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = holder(language, true);
            insta::assert_snapshot!(format!("held_{code}_{width}x{height}"), picture(&mut state, width, height));
            press(&mut state, "H");
            insta::assert_snapshot!(format!("held_release_{code}_{width}x{height}"), picture(&mut state, width, height));
        }
    }
    let mut state = scene::desk(Language::English);
    press(&mut state, "H");
    assert!(state.popup.is_none() && state.message.as_deref().is_some_and(|told| told.contains("may not place legal holds")));
    let mut state = holder(Language::English, false);
    press(&mut state, "H");
    update(&mut state, key(KeyCode::Enter));
    update(&mut state, key(KeyCode::Enter));
    let Some(Popup::Person(dialog)) = &state.popup else { panic!("sent without a reason") };
    assert!(dialog.error.as_deref().is_some_and(|error| error.contains("Say why")));
    update(&mut state, key(KeyCode::Up));
    press(&mut state, "case 7");
    update(&mut state, key(KeyCode::Enter));
    let effects = update(&mut state, key(KeyCode::Enter));
    let [Effect::Act(Acted::Hold { number, on: true, reason, reference: None })] = effects.as_slice() else { panic!("not sent") };
    assert_eq!((number.value, reason.as_str()), (204_817, "case 7"));
    let effects = update(&mut state, Event::Acted(Ok(None)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::View { .. })), "the record is read again");
}

#[test]
fn the_form_of_a_new_field_is_whole_at_80x24_with_what_is_wrong() {
    for (language, last) in [(Language::English, "no record without it"), (Language::Chinese, "必填")] {
        let mut state = officer(language);
        press(&mut state, "a");
        let Some(Popup::Person(dialog)) = &mut state.popup else { panic!("no form") };
        assert!(dialog.rows() > 10);
        dialog.error = Some("what is wrong".to_owned());
        let painted = picture(&mut state, 80, 24);
        assert!(painted.contains(last) && painted.contains("what is wrong"), "{painted}");
    }
}

#[test]
fn a_form_that_does_not_fit_follows_the_cursor() {
    let mut state = officer(Language::English);
    press(&mut state, "a");
    let painted = |state: &mut State| {
        let Some(Popup::Person(dialog)) = &mut state.popup else { panic!("no form") };
        dialog.error = Some("what is wrong, at some length ".repeat(10));
        picture(state, 80, 16)
    };
    assert!(!painted(&mut state).contains("no record without it"));
    update(&mut state, key(KeyCode::BackTab));
    let last = painted(&mut state);
    assert!(last.contains("no record without it") && !last.contains("| code "), "{last}");
}

#[test]
fn help_on_the_settings_screen_begins_with_its_own_keys() {
    let mut state = officer(Language::English);
    press(&mut state, "?");
    let painted = picture(&mut state, 80, 24);
    let at = |text: &str| painted.find(text).unwrap_or_else(|| panic!("no {text}\n{painted}"));
    assert!(at("retire, restore") < at("Everywhere"));
}

#[test]
fn leaving_a_form_asks_once_more_where_something_was_typed() {
    let mut state = officer(Language::English);
    press(&mut state, "a");
    update(&mut state, key(KeyCode::Esc));
    assert!(state.popup.is_none(), "nothing was typed");
    press(&mut state, "ax");
    update(&mut state, key(KeyCode::Esc));
    assert!(picture(&mut state, 80, 24).contains("Esc again throws away"));
    press(&mut state, "y");
    update(&mut state, key(KeyCode::Esc));
    assert!(state.popup.is_some(), "another key takes the question back");
    update(&mut state, key(KeyCode::Esc));
    assert!(state.popup.is_none());
}

#[test]
fn on_a_class_nothing_is_added() {
    let mut state = officer(Language::English);
    select(&mut state, Row::Class("payment".into()));
    press(&mut state, "a");
    assert!(state.popup.is_none());
    assert!(state.message.as_deref().is_some_and(|told| told.contains("choose a field")));
}

#[test]
fn what_is_recorded_stands_at_the_end_by_act_and_class() {
    snapshots("recorded", |state| select(state, Row::Recorded("hide".into(), Some("payment".into()))));
    snapshots("recorded_by_rule", |state| select(state, Row::Recorded("copy".into(), None)));
    snapshots("recorded_form", |state| {
        select(state, Row::Recorded("star".into(), None));
        press(state, "e");
    });
}

#[test]
fn whether_an_act_is_recorded_is_two_ticks() {
    let mut state = officer(Language::English);
    select(&mut state, Row::Recorded("star".into(), None));
    press(&mut state, "e ");
    press(&mut state, "j ");
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(
        matches!(changed(&effects), Some(Act::SetRecorded(one, Some(false))) if one.action == "star" && one.version == 0),
        "not by default any more, and not recorded"
    );
    let mut state = officer(Language::English);
    select(&mut state, Row::Recorded("hide".into(), Some("payment".into())));
    press(&mut state, "ej ");
    let effects = update(&mut state, key(KeyCode::Enter));
    assert!(matches!(changed(&effects), Some(Act::SetRecorded(one, None)) if one.class.as_deref() == Some("payment")), "as by default");
    // Nothing is added, retired or purged here.
    for keys in ["a", "x", "P"] {
        let mut state = officer(Language::English);
        select(&mut state, Row::Recorded("star".into(), None));
        press(&mut state, keys);
        assert!(state.popup.is_none() && state.message.is_some(), "{keys}");
    }
}
