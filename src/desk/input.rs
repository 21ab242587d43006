//! Boxes to type in. What is typed may be somebody's identity number or a passphrase: a box keeps no undo copies and no kill ring, and what is in it
//! is wiped when it goes.

use std::{cell::Cell, ops::Range};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, DataCursor, TextArea};
use zeroize::Zeroize as _;

use crate::{
    crypto::secret::Secret,
    text::{sanitise::is_hidden, width},
};

/// What a key did to a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    Changed,
    Moved,
    /// There is no room for another character.
    Full,
    /// The key means nothing to a box.
    Unused,
}

/// What became of a text that was pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// All of it but so many characters that cannot be seen.
    Taken { left_out: usize },
    /// Nothing: it would have been so many characters too many.
    TooLong { length: usize, limit: usize },
}

/// A box of one line, or of several.
pub struct Input {
    area: TextArea<'static>,
    several: bool,
    /// In characters.
    limit: usize,
    /// Cells of a row; noted while painting, so that `Up` and `Down` go by the rows that are seen.
    columns: Cell<usize>,
}

impl Input {
    #[must_use]
    pub fn line(text: &str, limit: usize) -> Self {
        Self::new(text, limit, false)
    }

    #[must_use]
    pub fn lines(text: &str, limit: usize) -> Self {
        Self::new(text, limit, true)
    }

    fn new(text: &str, limit: usize, several: bool) -> Self {
        let mut input = Self { area: empty(limit), several, limit, columns: Cell::new(usize::MAX) };
        for character in text.chars() {
            input.area.insert_char(if character == '\n' && !several { ' ' } else { character });
        }
        input
    }

    /// The whole text; lines are joined by `\n`.
    #[must_use]
    pub fn text(&self) -> Secret<String> {
        let mut text = String::with_capacity(self.area.lines().iter().map(|line| line.len() + 1).sum());
        for (index, line) in self.area.lines().iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            text.push_str(line);
        }
        Secret::new(text)
    }

    #[must_use]
    pub fn rows(&self) -> &[String] {
        self.area.lines()
    }

    /// Line and character.
    #[must_use]
    pub fn cursor(&self) -> (usize, usize) {
        let DataCursor(line, character) = self.area.cursor();
        (line, character)
    }

    #[must_use]
    pub fn has_several_lines(&self) -> bool {
        self.several
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// In characters, line ends among them.
    #[must_use]
    pub fn length(&self) -> usize {
        self.area.lines().iter().map(|line| line.chars().count() + 1).sum::<usize>() - 1
    }

    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Replaces the text; the old one is wiped.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(text, self.limit, self.several);
    }

    /// Takes a pasted text whole or not at all. Characters that cannot be seen (controls, text directions) are left out and counted; line ends become
    /// spaces in a box of one line.
    pub fn paste(&mut self, text: &str) -> Pasted {
        let text = text.trim_end_matches(['\r', '\n']);
        let length = self.length() + text.chars().count();
        if length > self.limit {
            return Pasted::TooLong { length, limit: self.limit };
        }
        let mut left_out = 0;
        let mut before = ' ';
        for character in text.chars() {
            match character {
                '\n' if before == '\r' => {}
                '\n' | '\r' => self.area.insert_char(if self.several { '\n' } else { ' ' }),
                '\t' => self.area.insert_char(' '),
                hidden if is_hidden(hidden) => left_out += 1,
                plain => self.area.insert_char(plain),
            }
            before = character;
        }
        Pasted::Taken { left_out }
    }

    /// Editing keys as in a shell: `Ctrl-a` `Ctrl-e` `Ctrl-u` `Ctrl-k` `Ctrl-w`. Deleting goes by characters, since the library keeps what it cuts.
    pub fn key(&mut self, key: KeyEvent) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let word = control || key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('a') if control => self.go(CursorMove::Head),
            KeyCode::Char('e') if control => self.go(CursorMove::End),
            KeyCode::Char('u') if control => self.delete_back(|_| true),
            KeyCode::Char('k') if control => {
                let (line, from) = self.cursor();
                let behind = self.area.lines().get(line).map_or(0, |line| line.chars().count().saturating_sub(from));
                (0..behind).for_each(|_| _ = self.area.delete_next_char());
                Typed::Changed
            }
            KeyCode::Char('w') if control => self.delete_word(),
            // What many terminals send for Backspace.
            KeyCode::Char('h') if control && self.area.delete_char() => Typed::Changed,
            KeyCode::Backspace if word => self.delete_word(),
            KeyCode::Char(_) if word => Typed::Unused,
            KeyCode::Char(hidden) if is_hidden(hidden) => Typed::Unused,
            KeyCode::Char(_) | KeyCode::Enter if self.length() >= self.limit => Typed::Full,
            KeyCode::Char(character) => {
                self.area.insert_char(character);
                Typed::Changed
            }
            KeyCode::Enter if self.several => {
                self.area.insert_newline();
                Typed::Changed
            }
            KeyCode::Backspace if self.area.delete_char() => Typed::Changed,
            KeyCode::Delete if self.area.delete_next_char() => Typed::Changed,
            KeyCode::Backspace | KeyCode::Delete => Typed::Moved,
            KeyCode::Left => self.go(if word { CursorMove::WordBack } else { CursorMove::Back }),
            KeyCode::Right => self.go(if word { CursorMove::WordForward } else { CursorMove::Forward }),
            KeyCode::Home => self.go(CursorMove::Head),
            KeyCode::End => self.go(CursorMove::End),
            KeyCode::Up => self.go_by_row(false),
            KeyCode::Down => self.go_by_row(true),
            _ => Typed::Unused,
        }
    }

    /// The rows that are seen, as line and bytes in it, and which of them has the cursor.
    #[must_use]
    pub fn seen_rows(&self) -> (Vec<(usize, Range<usize>)>, usize) {
        let (line, character) = self.cursor();
        let mut rows = Vec::new();
        let mut current = 0;
        for (index, text) in self.area.lines().iter().enumerate() {
            let at = byte_of(text, character);
            for range in width::rows(text, self.columns.get()) {
                if index == line && at >= range.start && at <= range.end {
                    current = rows.len();
                }
                rows.push((index, range));
            }
        }
        (rows, current)
    }

    /// Notes how many cells a row has.
    pub fn set_columns(&self, columns: usize) {
        self.columns.set(columns);
    }

    /// Goes to the same cell one row up or down; at the first and last row the key means nothing to the box.
    fn go_by_row(&mut self, down: bool) -> Typed {
        if !self.several {
            return Typed::Unused;
        }
        let (rows, current) = self.seen_rows();
        let next = if down { Some(current + 1) } else { current.checked_sub(1) };
        let (Some((line, from)), Some((to, range))) = (rows.get(current), next.and_then(|next| rows.get(next))) else {
            return Typed::Unused;
        };
        let (line, to) = (&self.area.lines()[*line], (*to, &self.area.lines()[*to]));
        let cell = width::cells(&line[from.start..byte_of(line, self.cursor().1)]);
        let mut used = 0;
        let taken = to.1[range.clone()].chars().take_while(|character| {
            used += width::cells(character.encode_utf8(&mut [0; 4]));
            used <= cell
        });
        let column = to.1[..range.start].chars().count() + taken.count();
        match (u16::try_from(to.0), u16::try_from(column)) {
            (Ok(line), Ok(column)) => self.go(CursorMove::Jump(line, column)),
            _ => Typed::Moved,
        }
    }

    fn go(&mut self, to: CursorMove) -> Typed {
        self.area.move_cursor(to);
        Typed::Moved
    }

    fn delete_word(&mut self) -> Typed {
        self.delete_back(char::is_whitespace);
        self.delete_back(|character| !character.is_whitespace())
    }

    /// Deletes backwards in the line while the characters are such.
    fn delete_back(&mut self, such: impl Fn(char) -> bool) -> Typed {
        loop {
            let (line, at) = self.cursor();
            let before = at.checked_sub(1).and_then(|at| self.area.lines().get(line)?.chars().nth(at));
            if !before.is_some_and(&such) || !self.area.delete_char() {
                return Typed::Changed;
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        for mut line in std::mem::take(&mut self.area).into_lines() {
            line.zeroize();
        }
    }
}

/// Where a character of a line begins.
#[must_use]
pub fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}

/// A first line that does not move in memory while it grows leaves no pieces behind.
fn empty(limit: usize) -> TextArea<'static> {
    let mut area = TextArea::new(vec![String::with_capacity(limit.min(1_000) * 4)]);
    area.set_max_histories(0);
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode, modifiers: KeyModifiers) -> Typed {
        input.key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn a_paste_is_taken_whole_or_not_at_all() {
        let mut input = Input::line("ab", 10);
        assert_eq!(input.paste(&"x".repeat(1_000_000)), Pasted::TooLong { length: 1_000_002, limit: 10 });
        assert_eq!(input.text().expose(), "ab");
        assert_eq!(input.paste("c\u{1b}\u{202e}d\n"), Pasted::Taken { left_out: 2 });
        assert_eq!(input.text().expose(), "abcd");
    }

    #[test]
    fn a_box_of_one_line_stays_one() {
        let mut input = Input::line("", 20);
        input.paste("one\r\ntwo");
        assert_eq!(input.rows(), ["one two"]);
        assert_eq!(press(&mut input, KeyCode::Enter, KeyModifiers::NONE), Typed::Unused);
        let mut several = Input::lines("", 20);
        several.paste("one\r\ntwo");
        assert_eq!(several.rows(), ["one", "two"]);
    }

    #[test]
    fn a_full_box_says_so() {
        let mut input = Input::line("abc", 3);
        assert_eq!(press(&mut input, KeyCode::Char('d'), KeyModifiers::NONE), Typed::Full);
        assert_eq!(press(&mut input, KeyCode::Backspace, KeyModifiers::NONE), Typed::Changed);
    }

    #[test]
    fn the_keys_of_a_shell_delete() {
        let mut input = Input::line("zhang wei 张伟", 40);
        press(&mut input, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(input.text().expose(), "zhang wei ");
        press(&mut input, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(input.text().expose(), "zhang ");
        press(&mut input, KeyCode::Left, KeyModifiers::NONE);
        press(&mut input, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(input.text().expose(), "zhang");
        press(&mut input, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert!(input.is_empty());
    }

    #[test]
    fn up_and_down_go_by_the_rows_that_are_seen() {
        let mut input = Input::lines("one two three\n四五六", 40);
        input.set_columns(8);
        press(&mut input, KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(input.cursor(), (0, 13));
        press(&mut input, KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(input.cursor(), (0, 5));
        assert_eq!(press(&mut input, KeyCode::Up, KeyModifiers::NONE), Typed::Unused);
        press(&mut input, KeyCode::Down, KeyModifiers::NONE);
        press(&mut input, KeyCode::Down, KeyModifiers::NONE);
        assert_eq!(input.cursor(), (1, 2));
        assert_eq!(press(&mut input, KeyCode::Down, KeyModifiers::NONE), Typed::Unused);
    }

    #[test]
    fn nothing_typed_can_be_taken_back_out_of_a_box() {
        let mut input = Input::line("secret", 40);
        press(&mut input, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert!(!input.area.undo());
        assert_eq!(input.area.yank_text(), "");
    }
}
