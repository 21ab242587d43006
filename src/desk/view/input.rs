//! Boxes that are typed in. Painted here and not by the library, since nothing typed or pasted may reach the terminal unsanitised, and since the
//! hardware cursor stands in the box, where an input method's window opens.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Span,
    widgets::Paragraph,
};
use unicode_segmentation::UnicodeSegmentation as _;

use super::super::input::{Input, byte_of};
use crate::text::{sanitise::for_terminal, width};

/// What of a box is seen.
pub struct Shown {
    pub rows: Vec<String>,
    /// Row and cell.
    pub cursor: (usize, usize),
}

/// A box of one line slides sideways under its cursor; one of several wraps, and shows at most so many rows around the cursor, or its first where the
/// keys are elsewhere.
pub fn shown(input: &Input, columns: usize, most_rows: usize, active: bool) -> Shown {
    // The cursor may stand behind the last character.
    let columns = columns.saturating_sub(1).max(2);
    let (line, character) = input.cursor();
    if !input.has_several_lines() {
        let text = input.rows().first().map(String::as_str).unwrap_or_default();
        if !active {
            return Shown { rows: vec![width::truncate(&for_terminal(text), columns)], cursor: (0, 0) };
        }
        let (before, behind) = text.split_at(byte_of(text, character));
        let before = tail(&for_terminal(before), columns);
        let cell = width::cells(&before);
        let behind = head(&for_terminal(behind), columns + 1 - cell);
        return Shown { rows: vec![before + &behind], cursor: (0, cell) };
    }
    input.set_columns(columns);
    let (rows, current) = input.seen_rows();
    let most = most_rows.max(1);
    let first = if active { (current + 1).saturating_sub(most) } else { 0 };
    let text = |(line, range): &(usize, std::ops::Range<usize>)| for_terminal(&input.rows()[*line][range.clone()]);
    let cell = rows.get(current).map_or(0, |(_, range)| {
        let line = &input.rows()[line];
        width::cells(&for_terminal(&line[range.start..byte_of(line, character)]))
    });
    Shown { rows: rows.iter().skip(first).take(most).map(text).collect(), cursor: (current.saturating_sub(first), cell) }
}

/// Paints a box of one line, with the hardware cursor if it has the keys.
pub fn render(frame: &mut Frame<'_>, area: Rect, input: &Input, style: Style, active: bool) {
    let shown = shown(input, usize::from(area.width), 1, active);
    frame.render_widget(Paragraph::new(Span::styled(shown.rows.concat(), style)), area);
    if active {
        place(frame, area, shown.cursor);
    }
}

/// Paints a box whose text is not to be read: one star for each character.
pub fn render_secret(frame: &mut Frame<'_>, area: Rect, input: &Input, active: bool) {
    let last = usize::from(area.width.saturating_sub(1));
    frame.render_widget(Paragraph::new("*".repeat(input.length().min(last))), area);
    if active {
        place(frame, area, (0, input.cursor().1.min(last)));
    }
}

pub fn place(frame: &mut Frame<'_>, area: Rect, (row, cell): (usize, usize)) {
    let (row, cell) = (u16::try_from(row).unwrap_or(0), u16::try_from(cell).unwrap_or(0));
    if row < area.height && area.width > 0 {
        frame.set_cursor_position(Position::new(area.x + cell.min(area.width - 1), area.y + row));
    }
}

/// The last graphemes that fit.
fn tail(text: &str, columns: usize) -> String {
    let mut used = 0;
    let kept = text.graphemes(true).rev().take_while(|grapheme| {
        used += width::cells(grapheme);
        used <= columns
    });
    let mut kept: Vec<&str> = kept.collect();
    kept.reverse();
    kept.concat()
}

/// The first graphemes that fit.
fn head(text: &str, columns: usize) -> String {
    let mut used = 0;
    text.graphemes(true)
        .take_while(|grapheme| {
            used += width::cells(grapheme);
            used <= columns
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_slides_under_its_cursor() {
        let shown = shown(&Input::line("上海市浦东新区", 40), 8, 1, true);
        assert_eq!((shown.rows, shown.cursor), (vec!["东新区".to_owned()], (0, 6)));
    }

    #[test]
    fn where_the_keys_are_elsewhere_the_beginning_is_shown() {
        assert_eq!(shown(&Input::line("上海市浦东新区", 40), 8, 1, false).rows, ["上海市~"]);
        assert_eq!(shown(&Input::lines("one\ntwo\nthree", 40), 8, 2, false).rows, ["one", "two"]);
    }

    #[test]
    fn a_long_text_shows_the_rows_around_its_cursor() {
        let shown = shown(&Input::lines("one\ntwo\nthree four", 40), 7, 2, true);
        assert_eq!((shown.rows, shown.cursor), (vec!["three ".to_owned(), "four".to_owned()], (1, 4)));
    }

    #[test]
    fn nothing_typed_reaches_the_terminal_unsanitised() {
        let shown = shown(&Input::line("a\u{202e}\u{1b}[2Jb", 40), 20, 1, true);
        assert_eq!(shown.rows, ["a[2Jb"]);
    }
}
