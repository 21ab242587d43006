//! Standard output. A reader that goes away (`find … | head`) ends the program quietly.

use std::{fmt::Display, io::Write as _};

use jiff::Timestamp;

use super::{Failure, Outcome};
use crate::{
    model::catalogue::Language,
    text::{sanitise::for_terminal, width},
};

/// Prints one line.
pub fn line(text: impl Display) -> Outcome {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
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
