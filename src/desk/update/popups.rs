//! Keys while a small window is open.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};

use super::{
    super::{
        event::Effect,
        form::Stage,
        state::{Popup, State},
    },
    audit, columns, delete, form, freeze, history, kind, list, note, palette, people, reason, saved_view, share, step_up,
};

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
        Popup::Help { .. } if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | '?')) => Step::Close(Vec::new()),
        Popup::Seers { .. } if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | 'W')) => Step::Close(Vec::new()),
        Popup::Saw { .. } if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | 'w')) => Step::Close(Vec::new()),
        Popup::Help { scroll: first } | Popup::Seers { scroll: first, .. } | Popup::Saw { scroll: first, .. } => {
            scroll(state, first, key);
            Step::Stay
        }
        Popup::Palette { input, selected } => palette::on_key(state, input, selected, key),
        Popup::Reason(picker) => reason::on_key(state, picker, key),
        Popup::Form(form) => form::on_key(state, form, key),
        Popup::NoteEditor(editor) => note::editor_key(state, editor, key),
        Popup::Notes(notes) => note::notes_key(state, notes, key),
        Popup::History(history) => history::on_key(state, history, key),
        Popup::Sort { selected } => list::on_key(state, selected, key),
        Popup::StepUp(asked) => step_up::on_key(state, asked, key),
        Popup::SavedViews { selected } => saved_view::on_key(state, selected, key),
        Popup::Witness(window) => audit::witness::on_key(state, window, key),
        Popup::SavedFilters { selected } => audit::saved::on_key(state, selected, key),
        Popup::ExportAs { selected } => audit::export::on_key(state, selected, key),
        Popup::Kinds { selected } => kind::on_key(state, selected, key),
        Popup::NewKind { selected } => kind::on_new_key(state, selected, key),
        Popup::Columns { selected } => columns::on_key(state, selected, key),
        Popup::Filter(form) => audit::filter::on_key(state, form, key),
        Popup::Event { scroll } => audit::event::on_key(state, scroll, key),
        Popup::Person(dialog) => people::dialog::on_key(state, dialog, key),
        Popup::PeopleOrder { selected } => people::order_key(state, selected, key),
        Popup::Sessions { sessions, selected } => people::dialog::sessions_key(state, sessions, selected, key),
        // Only a deliberate key: it is not shown again.
        Popup::Code(_) if key.code == KeyCode::Enter => Step::Close(Vec::new()),
        Popup::Access { .. } if matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | 'x') | KeyCode::Enter) => Step::Close(Vec::new()),
        Popup::Code(_) | Popup::Access { .. } => Step::Stay,
        Popup::Freezes { selected } => freeze::on_key(state, selected, key),
        Popup::Share(form) => share::form_key(state, form, key),
        Popup::Shares(window) => share::window_key(state, window, key),
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
        Some(Popup::Notes(_) | Popup::History(_) | Popup::Help { .. } | Popup::Seers { .. } | Popup::Saw { .. }) => true,
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
