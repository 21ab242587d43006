//! Standard output. A reader that goes away (`find … | head`) ends the program quietly.

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
    io::Write as _,
};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{Failure, Outcome};
use crate::{
    model::catalogue::Language,
    text::{
        sanitise::{for_terminal, is_hidden, lines_for_terminal},
        width,
    },
};

/// Prints one line, or several. Whatever a person has stored may stand in it.
pub fn line(text: impl Display) -> Outcome {
    // A share or a one-time code may be printed too.
    let text = Zeroizing::new(text.to_string());
    Ok(writeln!(std::io::stdout().lock(), "{}", visible(&text))?)
}

/// What may be shown on a terminal: an object in JSON keeps what it says, with hidden characters as escapes; of anything else they are left out.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| is_hidden(character) && character != '\n') {
        return Cow::Borrowed(text);
    }
    if !(text.starts_with('{') && text.ends_with('}')) {
        return Cow::Owned(lines_for_terminal(text));
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Prints rows under a heading, each column as wide as its widest cell, without control or bidirectional characters.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> Outcome {
    let heading = heading.iter().map(|&cell| cell.to_owned()).collect();
    let rows: Vec<Vec<String>> =
        std::iter::once(&heading).chain(rows).map(|row| row.iter().map(|cell| for_terminal(cell)).collect()).collect();
    let wide = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width::cells(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heading.len()).map(wide).collect();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| width::fit(cell, width)).collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// One of two texts, by the configured language.
pub fn say<'t>(language: Language, en: &'t str, zh: &'t str) -> &'t str {
    match language {
        Language::English => en,
        Language::Chinese => zh,
    }
}

/// Prints rows under the heading of the configured language; see [`table`].
pub fn table_in<const COLUMNS: usize>(language: Language, en: [&str; COLUMNS], zh: [&str; COLUMNS], rows: &[Vec<String>]) -> Outcome {
    table(if language == Language::English { &en } else { &zh }, rows)
}

/// A moment as every table writes it.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Names what did not open and was left as it is; a failure of integrity where there is anything.
pub fn damaged(language: Language, damaged: &[String]) -> Outcome {
    for item in damaged {
        line(format!("! {}", for_terminal(item)))?;
    }
    if damaged.is_empty() {
        return Ok(());
    }
    let count = damaged.len();
    Err(Failure {
        message: match language {
            Language::English => {
                format!("{count} could not be opened and were left as they are. Restore them from a backup, then run this again.")
            }
            Language::Chinese => format!("{count} 项无法解密，保持原样。请从备份恢复后重新运行。"),
        },
        code: 5,
    })
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { message: String::new(), code: 0 },
            _ => Self::failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_somebody_wrote_commands_no_terminal() {
        assert_eq!(visible("frozen: \u{1b}]52;c;cm0gLXJm\u{7}why\u{202e}\nnext"), "frozen: ]52;c;cm0gLXJmwhy\nnext");
        assert_eq!(visible("plain 文字"), "plain 文字");
    }

    #[test]
    fn json_says_the_same_with_escapes() {
        let value = serde_json::json!({ "why": "a\u{9b}2Jb\u{202e}c\u{e0041}\u{1b}d\n", "name": "王" });
        let text = value.to_string();
        let shown = visible(&text);
        assert!(!shown.chars().any(is_hidden), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_printed_and_json_stays_what_it_was(text in any::<String>()) {
            let value = serde_json::json!({ "text": text });
            let json = value.to_string();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&visible(&json)).unwrap(), value);
            prop_assert!(!visible(&json).chars().any(is_hidden));
            let text = format!(" {text}");
            prop_assert!(!visible(&text).replace('\n', "").chars().any(is_hidden));
        }
    }
}
