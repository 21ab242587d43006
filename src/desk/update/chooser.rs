//! Keys in a small window that offers a numbered list.

use crossterm::event::{KeyCode, KeyEvent};

use super::form::is_leaving;

/// What a key meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The entry of this index, by its number or with Enter.
    Entry(usize),
    Leave,
    /// The cursor may have moved; nothing is chosen yet.
    Not,
}

pub fn key(selected: &mut usize, entries: usize, key: KeyEvent) -> Chosen {
    let last = entries.saturating_sub(1);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *selected = (*selected + 1).min(last),
        KeyCode::Char('k') | KeyCode::Up => *selected = selected.saturating_sub(1),
        KeyCode::Char(digit @ '1'..='9') if (digit as usize - '1' as usize) < entries => {
            return Chosen::Entry(digit as usize - '1' as usize);
        }
        KeyCode::Enter if entries > 0 => return Chosen::Entry(*selected),
        _ if is_leaving(key) => return Chosen::Leave,
        _ => {}
    }
    Chosen::Not
}
