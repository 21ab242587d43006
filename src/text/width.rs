//! Text in terminal cells: East Asian wide characters take two.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Cells a text takes.
#[must_use]
pub fn cells(text: &str) -> usize {
    text.width()
}

/// Cuts to at most `limit` cells, between graphemes, marking the cut with `~`.
#[must_use]
pub fn truncate(text: &str, limit: usize) -> String {
    if cells(text) <= limit {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let width = cells(grapheme);
        if used + width + 1 > limit {
            break;
        }
        used += width;
        cut.push_str(grapheme);
    }
    if limit > 0 {
        cut.push('~');
    }
    cut
}

/// Cuts or fills with spaces to exactly `width` cells.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let mut fitted = truncate(text, width);
    fitted.extend(std::iter::repeat_n(' ', width.saturating_sub(cells(&fitted))));
    fitted
}
