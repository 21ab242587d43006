//! Every screen as it is painted, at 80×24 and 120×40, in both languages; and keys at random, which must never make the desk panic.

#![allow(clippy::unwrap_used)]

mod alerts;
mod audit;
mod audit_reviews;
mod clearance;
mod editing;
mod frame;
mod freeze;
mod incidents;
mod kind;
mod list;
mod owner;
mod people;
mod reference;
mod replay;
mod report;
mod requests;
mod reviews;
mod scene;
mod second_factor;
mod settings;
mod share;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::{Terminal, backend::TestBackend};
use sealdesk::{
    config::Glyphs,
    desk::{
        event::{Event, Trouble},
        state::{Pane, Screen, State},
        update::update,
        view,
    },
    model::catalogue::Language,
};
use unicode_width::UnicodeWidthStr as _;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];
const LANGUAGES: [(Language, &str); 2] = [(Language::English, "en"), (Language::Chinese, "zh")];

/// The screen as text; a wide character's second cell is left out.
fn picture(state: &mut State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::render(frame, state)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut lines = Vec::new();
    for y in 0..height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = sealdesk::text::width::cells(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

/// One snapshot a screen, size and language.
fn snapshots(name: &str, prepare: impl Fn(&mut State)) {
    for (language, code) in LANGUAGES {
        for (width, height) in SIZES {
            let mut state = scene::desk(language);
            prepare(&mut state);
            let painted = picture(&mut state, width, height);
            if state.glyphs == Glyphs::Ascii {
                // A terminal set for Chinese draws ambiguous characters two cells wide, and every row would shift.
                assert_eq!(painted.width(), painted.width_cjk(), "{painted}");
            }
            insta::assert_snapshot!(format!("{name}_{code}_{width}x{height}"), painted);
        }
    }
}

#[test]
fn the_unlock_screen() {
    snapshots("unlock", |state| state.screen = Screen::Unlock);
}

#[test]
fn the_desk_with_a_record_open() {
    snapshots("desk", |_| {});
}

#[test]
fn the_desk_with_line_drawing() {
    snapshots("desk_unicode", |state| state.glyphs = Glyphs::Unicode);
}

#[test]
fn the_reason_picker() {
    snapshots("reason", |state| {
        state.pane = Pane::Detail;
        for _ in 0..6 {
            update(state, key(KeyCode::Char('j')));
        }
        update(state, key(KeyCode::Char('r')));
    });
}

#[test]
fn the_edit_form() {
    snapshots("form", |state| {
        update(state, key(KeyCode::Char('e')));
    });
}

#[test]
fn the_review_before_saving() {
    snapshots("review", |state| {
        update(state, key(KeyCode::Char('e')));
        update(state, key(KeyCode::Tab));
        update(state, Event::Paste("ville".into()));
        update(state, Event::Key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL)));
    });
}

#[test]
fn the_note_editor() {
    snapshots("note", |state| {
        update(state, key(KeyCode::Char('n')));
    });
}

#[test]
fn the_help() {
    snapshots("help", |state| {
        update(state, key(KeyCode::Char('?')));
    });
}

#[test]
fn a_code_is_asked_for_once_the_passphrase_was_right() {
    snapshots("unlock_code", |state| {
        update(state, key(KeyCode::Char('L')));
        let trouble = Trouble { code: "SD020", text: String::new(), current: None };
        update(state, Event::Unlocked(Err(trouble)));
        update(state, Event::Paste("123".into()));
    });
}

#[test]
fn a_fresh_code_is_asked_for_near_the_value_that_wants_it() {
    snapshots("step_up", |state| {
        update(state, key(KeyCode::Tab));
        let record = state.detail.as_ref().unwrap().view.id;
        let refused = || Trouble { code: "SD023", text: String::new(), current: None };
        update(state, Event::Revealed { record, reason: None, values: vec![("email".into(), Err(refused()))] });
        update(state, Event::Paste("12".into()));
        update(state, key(KeyCode::Enter));
        update(state, Event::SteppedUp(Err(Trouble { code: "SD022", text: "That code is not right.".into(), current: None })));
    });
}

#[test]
fn the_palette() {
    snapshots("palette", |state| {
        update(state, key(KeyCode::Char(':')));
    });
}

#[test]
fn the_search_box() {
    snapshots("search", |state| {
        update(state, key(KeyCode::Char('/')));
        update(state, Event::Paste("zhang".into()));
    });
}

#[test]
fn the_audit_pane() {
    snapshots("audit", |state| {
        scene::go_to_audit(state);
    });
}

#[test]
fn the_audit_filter() {
    snapshots("filter", |state| {
        scene::go_to_audit(state);
        update(state, key(KeyCode::Char('f')));
    });
}

#[test]
fn a_lost_connection() {
    snapshots("offline", |state| {
        update(state, Event::Lost);
    });
}

#[test]
fn locking_leaves_nothing_of_a_customer_on_the_screen() {
    let mut state = scene::desk(Language::English);
    update(&mut state, key(KeyCode::Char('L')));
    let screen = picture(&mut state, 120, 40);
    assert!(!screen.contains("Zhang") && !screen.contains("1381234"), "{screen}");
}

#[test]
fn losing_focus_hides_what_is_revealed() {
    let mut state = scene::desk(Language::English);
    assert!(picture(&mut state, 120, 40).contains("13812345678"));
    scene::lose_focus(&mut state);
    assert!(!picture(&mut state, 120, 40).contains("13812345678"));
}

#[test]
fn a_thousand_sizes_are_painted() {
    let mut state = scene::desk(Language::Chinese);
    for step in 0..1_000_u16 {
        picture(&mut state, 1 + step * 7 % 200, 1 + step * 3 % 60);
    }
}

/// Between `picture:begin` and `picture:end` of the README stands the desk as it is painted. `UPDATE_README=1` writes it anew.
#[test]
fn the_readme_shows_the_real_desk() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once("<!-- picture:begin -->").unwrap();
    let (_, after) = rest.split_once("<!-- picture:end -->").unwrap();
    let mut state = scene::desk(Language::English);
    state.glyphs = Glyphs::Unicode;
    let painted = picture(&mut state, 110, 30);
    let wanted = format!("{before}<!-- picture:begin -->\n```text\n{painted}\n```\n<!-- picture:end -->{after}");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, &wanted).unwrap();
    }
    assert!(
        readme == wanted || std::env::var_os("UPDATE_README").is_some(),
        "the README shows another desk; run this test with UPDATE_README=1"
    );
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        any::<char>().prop_map(KeyCode::Char),
        "[a-zA-Z/:?0-9]".prop_map(|text| KeyCode::Char(text.chars().next().unwrap_or('x'))),
        Just(KeyCode::Enter),
        Just(KeyCode::Esc),
        Just(KeyCode::Tab),
        Just(KeyCode::BackTab),
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::Left),
        Just(KeyCode::Right),
        Just(KeyCode::Backspace),
        Just(KeyCode::PageDown),
        Just(KeyCode::End),
    ];
    (code, prop_oneof![3 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL)])
        .prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_keys_make_the_desk_panic(keys in proptest::collection::vec(any_key(), 1..120), paste in any::<String>()) {
        let mut state = scene::desk(Language::English);
        for key in keys {
            update(&mut state, Event::Key(key));
            picture(&mut state, 90, 26);
        }
        update(&mut state, Event::Paste(paste));
        picture(&mut state, 90, 26);
    }
}
