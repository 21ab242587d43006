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

/// What no row begins with: closing and pausing marks (kinsoku shori, as UAX #14 classes CL, CP, EX, NS and IS).
const NEVER_FIRST: &str = "，。！？：；、）》〉」』】〕］｝”’…·％‰℃,.!?:;)]}%";
/// What no row ends with: opening marks (UAX #14 class OP).
const NEVER_LAST: &str = "（《〈「『【〔［｛“‘([{";

/// Where one line of text breaks into rows of at most `columns` cells (2 at least): behind a space, or beside a wide character but neither before a
/// closing mark nor behind an opening one (Unicode UAX #14, as far as these two scripts need it); between any graphemes where there is no such place.
/// Byte ranges, without gaps; at least one. A grapheme that is wider than that, a character with spacing marks behind it, has a row of its own.
#[must_use]
pub fn rows(line: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(2);
    let (mut rows, mut start, mut used, mut place, mut before) = (Vec::new(), 0, 0, None, "");
    for (at, grapheme) in line.grapheme_indices(true) {
        if at > start && may_break(before, grapheme) {
            place = Some(at);
        }
        let width = grapheme.width();
        while used + width > columns && at > start {
            let cut = place.take().unwrap_or(at);
            rows.push(start..cut);
            start = cut;
            used = cells(&line[start..at]);
        }
        used += width;
        before = grapheme;
    }
    rows.push(start..line.len());
    rows
}

fn may_break(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next(), after.chars().next()) else { return false };
    if last.is_whitespace() || first.is_whitespace() {
        return last.is_whitespace();
    }
    (before.width() > 1 || after.width() > 1) && !NEVER_FIRST.contains(first) && !NEVER_LAST.contains(last)
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
        assert_eq!(broken("並\u{11cb1}並", 2), ["並\u{11cb1}", "並"], "three cells that belong together");
    }

    #[test]
    fn chinese_breaks_between_characters_but_not_beside_the_wrong_mark() {
        let broken = |line: &str, columns| rows(line, columns).into_iter().map(|row| line[row].to_owned()).collect::<Vec<_>>();
        assert_eq!(broken("按 n 重发代码。对方重新注册。", 14), ["按 n 重发代", "码。对方重新注", "册。"]);
        assert_eq!(broken("记录（已删除）可撤销", 8), ["记录（已", "删除）可", "撤销"]);
        assert_eq!(broken("查看“我的会话”即可", 6), ["查看", "“我的", "会话”", "即可"]);
        assert_eq!(broken("请运行 sealdesk audit，然后重试", 16), ["请运行 sealdesk ", "audit，然后重试"]);
        // A mark that stands alone stays on the screen all the same.
        assert_eq!(broken("。。。。", 4), ["。。", "。。"]);
    }

    proptest! {
        #[test]
        fn rows_fit_and_lose_nothing(text in any::<String>(), columns in 2_usize..40) {
            let text = for_terminal(&text);
            let rows = rows(&text, columns);
            prop_assert_eq!(rows.iter().map(|row| &text[row.clone()]).collect::<String>(), text.clone());
            for row in rows {
                let row = &text[row];
                prop_assert!(cells(row) <= columns || row.graphemes(true).count() == 1, "{row:?}");
            }
        }

        #[test]
        fn no_row_of_chinese_begins_or_ends_with_the_wrong_mark(text in "[一-龥]{2,6}([，。；、）》”]?[（《“]?[一-龥]{2,6}){0,12}", columns in 8_usize..40) {
            for row in rows(&text, columns).into_iter().skip(1) {
                prop_assert!(!text[row.clone()].starts_with(|mark| NEVER_FIRST.contains(mark)), "{:?} in {text:?}", &text[row]);
                prop_assert!(!text[..row.start].ends_with(|mark| NEVER_LAST.contains(mark)), "{:?} in {text:?}", &text[row]);
            }
        }

        #[test]
        fn a_fitted_text_has_exactly_its_width(text in any::<String>(), width in 0_usize..40) {
            prop_assert_eq!(cells(&fit(&for_terminal(&text), width)), width);
        }
    }
}
