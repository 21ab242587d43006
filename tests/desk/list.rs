//! The list's order and marks.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use sealdesk::{
    desk::{
        event::{Effect, Event, Trouble},
        state::State,
        update::update,
    },
    model::{catalogue::Language, query::Direction, record::ListPage},
};

use crate::{key, picture, scene, snapshots};

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| update(state, Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)))).collect()
}

fn names(state: &State) -> Vec<String> {
    state.list.rows.iter().map(|row| row.summary.as_ref().unwrap()["name"].clone()).collect()
}

#[test]
fn the_order_is_chosen_in_a_small_window() {
    snapshots("sort", |state| {
        press(state, "s");
    });
}

#[test]
fn a_whole_result_is_ordered_by_a_column_both_ways_and_the_cursor_stays_on_its_record() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "s3");
    assert_eq!(names(&state), ["Zhang Wei 张伟", "Zhang Weiming 张伟明", "Zhang Wenjing 张文静"]);
    let under_cursor = state.list.rows[state.list.selected].id;
    press(&mut state, "s4");
    assert_eq!(names(&state), ["Zhang Wenjing 张文静", "Zhang Weiming 张伟明", "Zhang Wei 张伟"]);
    assert_eq!(state.list.rows[state.list.selected].id, under_cursor);
}

#[test]
fn what_is_not_loaded_yet_is_read_first_and_too_much_of_it_is_said() {
    let mut state = scene::desk(Language::English);
    state.list.has_after = true;
    let effects = press(&mut state, "s3");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::List { direction: Some(Direction::After), .. })));
    let row = state.list.rows[0].clone();
    for _ in 0..30 {
        let page = ListPage { rows: vec![row.clone(); 50], has_after: true, ..ListPage::default() };
        let generation = state.list.generation;
        update(&mut state, Event::Listed { generation, direction: Some(Direction::After), page: Ok(page) });
    }
    assert!(state.message.as_deref().is_some_and(|text| text.contains("1,000")), "{:?}", state.message);
    assert!(!state.list.loading, "it does not read for ever");
}

#[test]
fn a_new_search_goes_back_to_the_order_of_the_database() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "s4/zh");
    assert!(state.list.by_column.is_none());
}

#[test]
fn marking_goes_on_to_the_next_row_and_only_numbers_are_copied() {
    let mut state = scene::desk(Language::English);
    press(&mut state, "  ");
    let effects = press(&mut state, "y");
    let [Effect::Clipboard { text, until: None }] = &effects[..] else { panic!("the numbers are copied") };
    assert_eq!(text.expose(), "C-204817\nC-118203");
}

#[test]
fn the_mouse_selects_a_row_and_a_double_click_opens_it() {
    let mut state = scene::desk(Language::English);
    crate::picture(&mut state, 120, 40);
    let (_, area) = state.panes[0];
    let click = |state: &mut State, column, row| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        update(state, Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    };
    assert!(click(&mut state, 10, area.y + 3).is_empty());
    assert_eq!(state.list.selected, 1);
    assert!(click(&mut state, 10, area.y + 3).iter().any(|effect| matches!(effect, Effect::View { .. })));
    let (pane, area) = state.panes[2];
    click(&mut state, 10, area.y + 1);
    assert_eq!(state.pane, pane);
    click(&mut state, 10, 30);
    assert_eq!(state.list.selected, 1, "below the last row there is nothing");
}

#[test]
fn a_pane_grows_and_shrinks_within_bounds() {
    let mut state = scene::desk(Language::English);
    crate::picture(&mut state, 120, 40);
    let before = state.panes[0].1.width;
    press(&mut state, "++");
    crate::picture(&mut state, 120, 40);
    assert!(state.panes[0].1.width > before);
    press(&mut state, &"-".repeat(100));
    crate::picture(&mut state, 120, 40);
    assert!(state.panes[0].1.width >= 20);
}

fn page(rows: i64, first: i64, has_after: bool) -> ListPage {
    let state = scene::desk(Language::English);
    let row = |number: i64| {
        let mut row = state.list.rows[0].clone();
        row.number = sealdesk::model::id::RecordNumber::new("C", number);
        row
    };
    ListPage { rows: (first..first + rows).map(row).collect(), has_after, total: 400, ..ListPage::default() }
}

fn arrive(state: &mut State, direction: Option<Direction>, page: ListPage) -> Vec<Effect> {
    let generation = state.list.generation;
    update(state, Event::Listed { generation, direction, page: Ok(page) })
}

#[test]
fn a_motion_longer_than_what_is_loaded_reads_on_until_it_is_done() {
    let mut state = scene::desk(Language::English);
    arrive(&mut state, None, page(50, 1, true));
    let effects = press(&mut state, "130j");
    assert!(matches!(effects[..], [Effect::List { direction: Some(Direction::After), .. }]));
    let effects = arrive(&mut state, Some(Direction::After), page(50, 51, true));
    assert!(matches!(effects[..], [Effect::List { direction: Some(Direction::After), .. }]));
    arrive(&mut state, Some(Direction::After), page(50, 101, true));
    assert_eq!(state.list.rows[state.list.selected].number.to_string(), "C-000131");
    press(&mut state, "5G");
    assert_eq!(state.list.selected, 4, "the fifth row");
}

#[test]
fn another_key_ends_a_motion_that_still_reads_on() {
    let mut state = scene::desk(Language::English);
    arrive(&mut state, None, page(50, 1, true));
    press(&mut state, "300jk");
    arrive(&mut state, Some(Direction::After), page(50, 51, true));
    assert_eq!(state.list.selected, 48);
}

#[test]
fn a_count_before_a_page_key_counts_pages() {
    let mut state = scene::desk(Language::English);
    arrive(&mut state, None, page(50, 1, false));
    state.page = 10;
    press(&mut state, "3");
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL)));
    assert_eq!(state.list.selected, 15);
    press(&mut state, "2");
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE)));
    assert_eq!(state.list.selected, 35);
}

#[test]
fn a_saved_view_is_chosen_in_a_small_window() {
    snapshots("saved_views", |state| {
        press(state, "v");
    });
    let mut state = scene::desk(Language::English);
    let effects = press(&mut state, "v4");
    assert!(matches!(effects[..], [Effect::List { .. }]));
    assert_eq!(state.saved_view, sealdesk::model::query::SavedView::Starred);
}

#[test]
fn a_star_is_shown_in_the_list_and_over_the_open_record() {
    snapshots("starred", |state| {
        let effects = press(state, "*");
        let [Effect::Star { record, on: true }] = effects[..] else { panic!("the record under the cursor is starred") };
        update(state, Event::Starred { record, on: true, answer: Ok(()) });
    });
}

#[test]
fn a_star_is_taken_away_by_the_same_key() {
    let mut state = scene::desk(Language::English);
    let record = state.list.rows[0].id;
    update(&mut state, Event::Starred { record, on: true, answer: Ok(()) });
    assert!(matches!(press(&mut state, "*")[..], [Effect::Star { on: false, .. }]));
}

#[test]
fn columns_are_left_out_of_the_list_and_put_back() {
    snapshots("columns", |state| {
        press(state, "cj ");
    });
    let mut state = scene::desk(Language::English);
    press(&mut state, "cj ");
    update(&mut state, Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    let picture = crate::picture(&mut state, 120, 40);
    let headings = picture.lines().nth(2).unwrap_or_default();
    assert!(headings.contains("Phone") && !headings.split("||").next().unwrap_or_default().contains("City"), "{headings}");
}

#[test]
fn a_click_in_the_detail_selects_the_field_under_it() {
    let mut state = scene::desk(Language::English);
    crate::picture(&mut state, 120, 40);
    let (row, field) = state.field_rows[3];
    let (_, area) = state.panes[1];
    let kind = MouseEventKind::Down(MouseButton::Left);
    update(&mut state, Event::Mouse(MouseEvent { kind, column: area.x + 5, row, modifiers: KeyModifiers::NONE }));
    assert_eq!(state.detail.as_ref().map(|detail| detail.selected), Some(field));
}

#[test]
fn what_is_wrong_with_a_search_is_said_while_it_is_typed() {
    let mut state = scene::desk(Language::English);
    update(&mut state, key(KeyCode::Char('/')));
    assert!(picture(&mut state, 80, 24).contains("Enter to the list"), "letters are no commands now");
    for c in "phnoe:1234".chars() {
        update(&mut state, key(KeyCode::Char(c)));
    }
    let trouble = Trouble { code: "query", text: "There is no field called \"phnoe\".".into(), current: None };
    let generation = state.list.generation;
    update(&mut state, Event::Listed { generation, direction: None, page: Err(trouble) });
    assert!(picture(&mut state, 80, 24).contains("There is no field called"));
    update(&mut state, key(KeyCode::Backspace));
    assert!(!picture(&mut state, 80, 24).contains("There is no field called"));
}
