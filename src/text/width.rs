//! Text in terminal cells: East Asian wide characters take two (Unicode UAX #11). Cut and filled between graphemes (UAX #29), never inside one.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// Cells a text takes: those of its graphemes, since that is how terminals place them.
#[must_use]
pub fn cells(text: &str) -> usize {
    if text.is_ascii() {
        return text.width();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// Cuts to at most `limit` cells, between graphemes, marking the cut with `~`.
#[must_use]
pub fn truncate(text: &str, limit: usize) -> String {
    if cells(text) <= limit {
        return text.to_owned();
    }
    let mut cut = String::with_capacity(limit + 1);
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let width = grapheme.width();
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

/// Where one line of text breaks into rows of at most `columns` cells (2 at least): behind a space where there is one, between graphemes
/// otherwise. Byte ranges, without gaps; at least one.
#[must_use]
pub fn rows(line: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(2);
    let (mut rows, mut start, mut used, mut space) = (Vec::new(), 0, 0, None);
    for (at, grapheme) in line.grapheme_indices(true) {
        let width = grapheme.width();
        while used + width > columns && at > start {
            let cut = space.take().unwrap_or(at);
            rows.push(start..cut);
            start = cut;
            used = cells(&line[start..at]);
        }
        used += width;
        if grapheme.chars().all(char::is_whitespace) {
            space = Some(at + grapheme.len());
        }
    }
    rows.push(start..line.len());
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::sanitise::for_terminal;

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        assert_eq!(cells("张伟ab"), 6);
        assert_eq!(truncate("张伟北京", 8), "张伟北京");
        assert_eq!(truncate("张伟北京", 7), "张伟北~");
        assert_eq!(truncate("张伟北京", 6), "张伟~");
        assert_eq!(truncate("abc", 0), "");
        assert_eq!(fit("张伟北京", 6), "张伟~ ");
        assert_eq!(fit("e\u{301}", 3), "e\u{301}  ");
    }

    #[test]
    fn a_line_breaks_behind_a_space_and_between_graphemes() {
        let broken = |line: &str, columns| rows(line, columns).into_iter().map(|row| line[row].to_owned()).collect::<Vec<_>>();
        assert_eq!(broken("one two three", 8), ["one two ", "three"]);
        assert_eq!(broken("上海市浦东新区", 6), ["上海市", "浦东新", "区"]);
        assert_eq!(broken("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(broken("", 5), [""]);
    }

    proptest! {
        #[test]
        fn rows_fit_and_lose_nothing(text in any::<String>(), columns in 2_usize..40) {
            let text = for_terminal(&text);
            let rows = rows(&text, columns);
            prop_assert_eq!(rows.iter().map(|row| &text[row.clone()]).collect::<String>(), text.clone());
            for row in rows {
                prop_assert!(cells(&text[row.clone()]) <= columns, "{:?}", &text[row]);
            }
        }

        #[test]
        fn a_fitted_text_has_exactly_its_width(text in any::<String>(), width in 0_usize..40) {
            prop_assert_eq!(cells(&fit(&for_terminal(&text), width)), width);
        }
    }
}
