//! Keys while a small window is open.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{
    super::{
        event::Effect,
        form::Stage,
        keymap::{ENTRIES, Entry},
        state::{Popup, State},
    },
    audit, commands, delete, form, history, note, reason,
};
use crate::model::catalogue::Language;

/// What a key did to a small window.
pub enum Step {
    Stay,
    /// Stays open and asks for something.
    Do(Vec<Effect>),
    Close(Vec<Effect>),
    /// Another window takes its place.
    Become(Box<Popup>),
}

pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(mut popup) = state.popup.take() else { return Vec::new() };
    let step = match &mut popup {
        Popup::Help if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | '?')) => return Vec::new(),
        Popup::Help => Step::Stay,
        Popup::Palette { input, selected } => match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let chosen = palette_matches(&input.lines().join(""), state.language).get(*selected).map(|entry| entry.command);
                return chosen.map(|command| commands::run(state, command)).unwrap_or_default();
            }
            KeyCode::Down => {
                *selected += 1;
                Step::Stay
            }
            KeyCode::Up => {
                *selected = selected.saturating_sub(1);
                Step::Stay
            }
            _ => {
                input.input(key);
                *selected = 0;
                Step::Stay
            }
        },
        Popup::Reason(picker) => reason::on_key(state, picker, key),
        Popup::Form(form) => form::on_key(state, form, key),
        Popup::NoteEditor(editor) => note::editor_key(state, editor, key),
        Popup::Notes(notes) => note::notes_key(state, notes, key),
        Popup::History(history) => history::on_key(state, history, key),
        Popup::Filter(form) => audit::filter::on_key(state, form, key),
        Popup::Event { scroll } => audit::event::on_key(state, scroll, key),
        Popup::ConfirmDelete { record, version, .. } => delete::on_key(*record, *version, key),
    };
    match step {
        Step::Close(effects) => return effects,
        Step::Stay => state.popup = Some(popup),
        Step::Do(effects) => {
            state.popup = Some(popup);
            return effects;
        }
        Step::Become(other) => state.popup = Some(*other),
    }
    Vec::new()
}

/// The wheel scrolls what can be scrolled.
pub fn on_wheel(state: &mut State, kind: MouseEventKind) -> Vec<Effect> {
    let code = match kind {
        MouseEventKind::ScrollDown => KeyCode::Down,
        MouseEventKind::ScrollUp => KeyCode::Up,
        _ => return Vec::new(),
    };
    let scrolls = match &state.popup {
        Some(Popup::Notes(_) | Popup::History(_)) => true,
        Some(Popup::Form(form)) => form.stage != Stage::Typing,
        _ => false,
    };
    if scrolls { on_key(state, KeyEvent::new(code, KeyModifiers::NONE)) } else { Vec::new() }
}

/// Moves through a text that is longer than its window.
pub fn scroll(state: &State, first: &mut usize, key: KeyEvent) {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let page = state.popup_page.max(2) - 1;
    *first = match key.code {
        KeyCode::Char('d') if control => *first + page / 2,
        KeyCode::Char('u') if control => first.saturating_sub(page / 2),
        KeyCode::Char('j') | KeyCode::Down => *first + 1,
        KeyCode::Char('k') | KeyCode::Up => first.saturating_sub(1),
        KeyCode::PageDown | KeyCode::Char(' ') => *first + page,
        KeyCode::PageUp => first.saturating_sub(page),
        KeyCode::Char('g') | KeyCode::Home => 0,
        KeyCode::Char('G') | KeyCode::End => usize::MAX,
        _ => *first,
    }
    .min(state.popup_scroll);
}

/// Entries that match what was typed, best first.
pub fn palette_matches(typed: &str, language: Language) -> Vec<&'static Entry> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &Entry)> = ENTRIES
        .iter()
        .filter_map(|entry| pattern.score(Utf32Str::new(entry.name(language), &mut buffer), &mut matcher).map(|score| (score, entry)))
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}
