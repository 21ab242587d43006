//! Keys while a small window is open.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{
    super::{
        event::Effect,
        keymap::{ENTRIES, Entry},
        state::{Popup, State},
    },
    audit, commands, form, note, reason,
};
use crate::model::catalogue::Language;

/// What a key did to a small window.
pub enum Step {
    Stay,
    Close,
    Do(Vec<Effect>),
}

pub fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(mut popup) = state.popup.take() else { return Vec::new() };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match &mut popup {
        Popup::Help | Popup::History { .. } if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | '?')) => return Vec::new(),
        Popup::Help | Popup::History { .. } => {}
        Popup::Palette { input, selected } => match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let chosen = palette_matches(&input.lines().join(""), state.language).get(*selected).map(|entry| entry.command);
                return chosen.map(|command| commands::run(state, command)).unwrap_or_default();
            }
            KeyCode::Down => *selected += 1,
            KeyCode::Up => *selected = selected.saturating_sub(1),
            _ => {
                input.input(key);
                *selected = 0;
            }
        },
        Popup::Reason(picker) => match reason::on_key(state, picker, key) {
            Step::Stay => {}
            Step::Close => return Vec::new(),
            Step::Do(effects) => return effects,
        },
        Popup::Form(form) => match form::on_key(state, form, key, control) {
            Step::Stay => {}
            Step::Close => return Vec::new(),
            Step::Do(effects) => {
                state.popup = Some(popup);
                return effects;
            }
        },
        Popup::NoteEditor { record, input } => match note::editor_key(state, *record, input, key) {
            Step::Stay => {}
            Step::Close => return Vec::new(),
            Step::Do(effects) => {
                state.popup = Some(popup);
                return effects;
            }
        },
        Popup::Notes { scroll, .. } => match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return Vec::new(),
            KeyCode::Char('j') | KeyCode::Down => *scroll = scroll.saturating_add(1),
            KeyCode::Char('k') | KeyCode::Up => *scroll = scroll.saturating_sub(1),
            _ => {}
        },
        Popup::Filter { inputs, selected } => match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let typed: Vec<String> = inputs.iter().map(|(_, input)| input.lines().join("").trim().to_owned()).collect();
                return audit::apply_filter(state, &typed);
            }
            KeyCode::Tab | KeyCode::Down => *selected = (*selected + 1) % inputs.len().max(1),
            KeyCode::BackTab | KeyCode::Up => *selected = (*selected + inputs.len().saturating_sub(1)) % inputs.len().max(1),
            _ => {
                if let Some((_, input)) = inputs.get_mut(*selected) {
                    input.input(key);
                }
            }
        },
        Popup::ConfirmDelete { record, version } => {
            let effect = Effect::Delete { record: *record, version: *version, undo: false };
            return if key.code == KeyCode::Char('y') { vec![effect] } else { Vec::new() };
        }
    }
    state.popup = Some(popup);
    Vec::new()
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
