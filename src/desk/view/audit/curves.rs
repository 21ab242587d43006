//! Reveals, sign-ins and failures a minute, as small curves.

use ratatui::text::{Line, Span};

use super::super::super::{audit::Curves, state::State};
use crate::{config::Glyphs, text::width};

const ASCII: [char; 8] = [' ', '.', ':', '-', '=', '+', '*', '#'];
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Minutes below which the curves take a second line.
const ENOUGH: usize = 15;

/// `reveals |  .:=#| 12  sign-ins | . | 1  failed |  .| 0  14:00-14:30 by minute`: one mark a minute, the newest last, and how many there were.
pub fn lines<'t>(state: &State, curves: &Curves, columns: usize) -> Vec<Line<'t>> {
    let named = [
        (state.say("reveals", "查看"), &curves.reveals, state.theme.accent),
        (state.say("sign-ins", "登录"), &curves.sign_ins, state.theme.accent),
        (state.say("failed", "失败"), &curves.failed, if total(&curves.failed) > 0 { state.theme.bad } else { state.theme.accent }),
    ];
    let words = |named: &[(&str, &Vec<u32>, _)]| -> usize {
        named.iter().map(|(label, values, _)| width::cells(label) + total(values).to_string().len() + 6).sum()
    };
    let by_minute = state.say("by minute", "按分钟");
    let range = "14:00:00-14:30 ".len() + width::cells(by_minute);
    let on_one = columns.saturating_sub(words(&named) + range) / 3;
    let most = curves.reveals.len();
    let (minutes, split) = if on_one >= ENOUGH.min(most) {
        (on_one.min(most), named.len())
    } else {
        ((columns.saturating_sub(words(&named[..2])) / 2).min(most), 2)
    };
    let mut spans: Vec<Vec<Span<'t>>> = named
        .into_iter()
        .map(|(label, values, style)| {
            let shown = values.get(most - minutes..).unwrap_or_default();
            vec![
                Span::styled(format!("{label} "), state.theme.dim),
                Span::styled(format!("|{}| ", curve(shown, state.glyphs)), style),
                Span::raw(format!("{}  ", total(shown))),
            ]
        })
        .collect();
    // What is loaded may begin within a minute: then the second is said, so that the first mark is not taken for a whole one.
    let time = |at: jiff::Timestamp| {
        let format = if at.as_second() % 60 == 0 { "%H:%M" } else { "%H:%M:%S" };
        state.local(at).strftime(format).to_string()
    };
    let from = curves.until.saturating_sub(jiff::SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(0)));
    let from = from.map_or(curves.from, |from| from.max(curves.from));
    spans.push(vec![Span::styled(format!("{}-{} {by_minute}", time(from), time(curves.until)), state.theme.dim)]);
    let second = spans.split_off(split.min(spans.len()));
    if split == 2 {
        return vec![spans.concat().into(), second.concat().into()];
    }
    spans.extend(second);
    vec![spans.concat().into()]
}

fn total(values: &[u32]) -> u64 {
    values.iter().map(|value| u64::from(*value)).sum()
}

/// One mark a value, against the largest of them; a value above zero is never drawn as nothing.
fn curve(values: &[u32], glyphs: Glyphs) -> String {
    let marks = if glyphs == Glyphs::Unicode { BLOCKS } else { ASCII };
    let most = u64::from(values.iter().copied().max().unwrap_or(0)).max(1);
    values
        .iter()
        .map(|value| {
            let step = (u64::from(*value) * 7).div_ceil(most);
            usize::try_from(step).ok().and_then(|step| marks.get(step)).copied().unwrap_or(' ')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_minute_is_full_and_a_single_event_is_seen() {
        assert_eq!(curve(&[0, 1, 500, 1_000, 0], Glyphs::Ascii), " .=# ");
        assert_eq!(curve(&[0, 0], Glyphs::Ascii), "  ");
        assert_eq!(curve(&[u32::MAX, 1], Glyphs::Unicode), "█▂");
    }
}
