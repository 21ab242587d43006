//! The command palette: every command by its name in either language, some with an argument, and records by their number.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};
use tui_textarea::TextArea;

use super::{
    super::{
        event::Effect,
        keymap::{Command, ENTRIES, Entry},
        refusal::refusal,
        state::State,
        theme::Theme,
    },
    commands, freeze, kind, people,
    popups::Step,
    requests, saved_view,
};
use crate::{
    config::ThemeName,
    model::{
        catalogue::Language,
        query::{SavedView, Sort},
    },
    service::search,
};

/// What can be typed with an argument, and what it takes.
pub const ARGUMENTS: [(&str, &[&str]); 4] = [
    ("lang", &["en", "zh"]),
    ("theme", &["dark", "light", "high-contrast", "mono"]),
    ("view", &["all", "recent", "mine", "starred", "deleted"]),
    ("sort", &["recent", "id"]),
];

pub fn on_key(state: &mut State, input: &mut TextArea<'_>, selected: &mut usize, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Esc => return Step::Close(Vec::new()),
        KeyCode::Enter => return Step::Close(run(state, input.lines().join("").trim(), *selected)),
        KeyCode::Down => *selected += 1,
        KeyCode::Up => *selected = selected.saturating_sub(1),
        _ => {
            input.input(key);
            *selected = 0;
        }
    }
    Step::Stay
}

fn run(state: &mut State, typed: &str, selected: usize) -> Vec<Effect> {
    let number = state.session.as_ref().and_then(|session| search::number_of(&session.catalogue, typed));
    if let Some(number) = number {
        return commands::open_number(state, number);
    }
    if let Some((word, rest)) = typed.split_once(char::is_whitespace)
        && let Some(break_glass) = elevation_word(word)
    {
        return elevate(state, break_glass, rest);
    }
    if let Some(("freeze" | "冻结", rest)) = typed.split_once(char::is_whitespace)
        && !ENTRIES.iter().any(|entry| [entry.en, entry.zh].contains(&typed))
    {
        let reading = rest.trim() == "list" || rest.trim() == "列表";
        state.message = refusal(state, if reading { Command::Freezes } else { Command::FreezeAll });
        return if state.message.is_some() { Vec::new() } else { freeze::typed(state, rest) };
    }
    if let Some((word, argument)) = typed.split_once(char::is_whitespace)
        && let Some((_, known)) = ARGUMENTS.iter().find(|(name, _)| *name == word)
    {
        return with_argument(state, word, argument.trim(), known);
    }
    if let Some(kind) = kind_of(state, typed) {
        state.message = refusal(state, Command::RecordKind);
        return if state.message.is_some() { Vec::new() } else { kind::show(state, kind) };
    }
    if let Some(level) = level_of(state, typed) {
        state.message = refusal(state, Command::Label);
        return if state.message.is_some() { Vec::new() } else { people::acts::label(state, Some(&level)) };
    }
    if let Some((word, to)) = typed.split_once(char::is_whitespace)
        && is_named(Command::Owner, word)
    {
        state.message = refusal(state, Command::Owner);
        return if state.message.is_some() { Vec::new() } else { people::acts::hand_on(state, to.trim()) };
    }
    let found = matches(state, typed);
    match found.get(selected.min(found.len().saturating_sub(1))) {
        Some(Choice::Entry(entry)) => return commands::run(state, entry.command),
        Some(Choice::Argument(word, argument)) => return with_argument(state, word, argument, &[argument]),
        None => {}
    }
    let names = ENTRIES.iter().map(|entry| entry.name(state.language)).chain(ARGUMENTS.iter().map(|(name, _)| *name));
    let nearest = names.min_by_key(|name| strsim::levenshtein(name, typed)).unwrap_or_default();
    state.message = Some(match state.language {
        Language::English => format!("There is no command \"{typed}\"; the nearest is \"{nearest}\"."),
        Language::Chinese => format!("没有命令“{typed}”；最接近的是“{nearest}”。"),
    });
    Vec::new()
}

/// `request payment 30m "refund TK-1"` and `break-glass payment 15m "double charge"`.
fn elevation_word(word: &str) -> Option<bool> {
    match word {
        "request" | "申请" => Some(false),
        "break-glass" | "break glass" | "紧急提权" => Some(true),
        _ => None,
    }
}

/// The form with what was typed in its boxes; the last Enter hands it over.
fn elevate(state: &mut State, break_glass: bool, rest: &str) -> Vec<Effect> {
    let rest = rest.trim();
    let (role, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let rest = rest.trim();
    let (time, why) = match rest.split_once(char::is_whitespace) {
        // What begins with a digit is meant as a time; a wrong one is said in the form.
        Some((time, why)) if time.starts_with(|c: char| c.is_ascii_digit()) => (time, why),
        None if rest.starts_with(|c: char| c.is_ascii_digit()) => (rest, ""),
        _ => ("", rest),
    };
    requests::dialog::elevate(state, break_glass, role, time, why.trim().trim_matches(['"', '“', '”']))
}

fn is_named(command: Command, word: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.command == command && [entry.en, entry.zh].contains(&word))
}

/// `label sensitive`: the levels are configured, so they are in no table.
fn level_of(state: &State, typed: &str) -> Option<String> {
    let (word, level) = typed.split_once(char::is_whitespace)?;
    let is_label = is_named(Command::Label, word);
    let mut levels = state.session.iter().flat_map(|session| &session.catalogue.clearances.levels).filter(|known| is_label && known.held);
    levels
        .find(|known| [&known.code, &known.label.en, &known.label.zh].map(String::as_str).contains(&level.trim()))
        .map(|known| known.code.clone())
}

/// `kind contract` lists one kind, `kind all` all of them; they are configured, so they are in no table.
// Nothing: it is another command. Nothing within: all kinds.
#[allow(clippy::option_option)]
fn kind_of(state: &State, typed: &str) -> Option<Option<String>> {
    let (word, name) = typed.split_once(char::is_whitespace)?;
    let (word, name) = (word.trim(), name.trim());
    if !["kind", "类型"].contains(&word) {
        return None;
    }
    if ["all", "全部"].contains(&name) {
        return Some(None);
    }
    let mut kinds = state.session.iter().flat_map(|session| &session.catalogue.kinds);
    kinds.find(|kind| [&kind.code, &kind.label.en, &kind.label.zh].map(String::as_str).contains(&name)).map(|kind| Some(kind.code.clone()))
}

fn with_argument(state: &mut State, word: &str, argument: &str, known: &[&str]) -> Vec<Effect> {
    match (word, argument) {
        ("lang", "en") => state.language = Language::English,
        ("lang", "zh" | "zh-CN") => state.language = Language::Chinese,
        ("theme", _) if known.contains(&argument) => {
            state.theme_name = match argument {
                "light" => ThemeName::Light,
                "high-contrast" => ThemeName::HighContrast,
                "mono" => ThemeName::Mono,
                _ => ThemeName::Dark,
            };
            state.theme = Theme::named(state.theme_name);
        }
        ("view", _) if known.contains(&argument) => {
            return SavedView::from_code(argument).map(|view| saved_view::show(state, view)).unwrap_or_default();
        }
        ("sort", _) if known.contains(&argument) => {
            state.list.by_column = None;
            state.sort = if argument == "id" { Sort::Number } else { Sort::Recent };
            return commands::list(state, None, 0);
        }
        _ => {
            let choices = known.join(", ");
            state.message = Some(match state.language {
                Language::English => format!("\"{word}\" takes one of: {choices}."),
                Language::Chinese => format!("“{word}” 可选：{choices}。"),
            });
        }
    }
    Vec::new()
}

/// What the palette offers.
#[derive(Clone, Copy)]
pub enum Choice {
    Entry(&'static Entry),
    /// A word of [`ARGUMENTS`] and one of what it takes.
    Argument(&'static str, &'static str),
}

/// What matches the typed text by its name in either language, best first.
#[must_use]
pub fn matches(state: &State, typed: &str) -> Vec<Choice> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    // Whole pieces of a name: letters scattered over one are not what anybody typed.
    let pattern = Pattern::new(typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Substring);
    let mut buffer = Vec::new();
    let mut score = |name: &str| pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher);
    let mut scored: Vec<(u32, Choice)> =
        ENTRIES.iter().filter_map(|entry| Some((score(entry.en).max(score(entry.zh))?, Choice::Entry(entry)))).collect();
    let arguments = ARGUMENTS.iter().flat_map(|(word, known)| known.iter().map(move |argument| (*word, *argument)));
    scored.extend(arguments.filter_map(|(word, argument)| Some((score(&format!("{word} {argument}"))?, Choice::Argument(word, argument)))));
    // A name typed whole is meant, though a longer one may hold it too.
    let whole = |choice: &Choice| matches!(choice, Choice::Entry(entry) if [entry.en, entry.zh].contains(&typed));
    // Two commands may be called the same: the one that works comes first.
    let works = |choice: &Choice| matches!(choice, Choice::Entry(entry) if refusal(state, entry.command).is_none());
    scored.sort_by_cached_key(|(score, choice)| std::cmp::Reverse((whole(choice), *score, works(choice))));
    // A command that several screens have, under a key and a name of each, is one.
    let mut seen = Vec::new();
    let choices = scored.into_iter().map(|(_, choice)| choice);
    choices
        .filter(|choice| match choice {
            Choice::Entry(entry) if seen.contains(&entry.command) => false,
            Choice::Entry(entry) => {
                seen.push(entry.command);
                true
            }
            Choice::Argument(..) => true,
        })
        .collect()
}
