//! Standard output. A reader that goes away (`find … | head`) ends the program quietly.

use std::{fmt::Display, io::Write as _};

use super::{Failure, Outcome};
use crate::text::{sanitise::for_terminal, width};

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

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self { message: String::new(), code: 0 },
            _ => Self::failed(error.to_string()),
        }
    }
}
