//! Mine and theirs, for each field that both changed.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{
    super::{
        form::{Form, Side},
        state::State,
    },
    popup::{Extent, centred, height_of, scrolled},
    review::{label, nothing, push},
    safe,
};
use crate::{model::catalogue::Language, text::width};

/// ```text
/// + Somebody else saved first: choose per field -+
/// | > City                                       |
/// |   (*) mine    Reykjavik                      |
/// |   ( ) theirs  Oslo                           |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) -> Extent {
    let theme = &state.theme;
    let columns = area.width.min(96).saturating_sub(4);
    let room = usize::from(columns.saturating_sub(2));
    let other = form.other.as_deref().unwrap_or_default();
    let intro = match state.language {
        Language::English => format!("{other} saved this record while you typed. Nothing of yours is lost: choose what is to stand."),
        Language::Chinese => format!("{other} 在您输入时保存了此记录。您的输入没有丢失：请选择保留哪一个。"),
    };
    let mut lines: Vec<Line<'_>> = width::rows(&intro, room.saturating_sub(1))
        .into_iter()
        .map(|range| Line::from(safe(&format!(" {}", &intro[range]), theme.normal)))
        .collect();
    if let Some(message) = &form.message {
        lines.push(Line::from(safe(&format!(" {message}"), theme.bad)));
    }
    let mut cursor = 0;
    for (index, field) in form.fields.iter().enumerate() {
        let Some(theirs) = &field.theirs else { continue };
        let selected = index == form.selected;
        if selected {
            cursor = lines.len();
        }
        let name = format!("{} {}", if selected { '>' } else { ' ' }, state.label_of(&field.field, Some(&form.kind)));
        lines.push(Line::from(safe(&name, if selected { theme.accent } else { theme.bold })));
        let mine = field.change().map_or_else(
            || super::review::before(state, field),
            |mine| if mine.expose().trim().is_empty() { nothing(state) } else { label(state, field, mine.expose()) },
        );
        let shown = if theirs.shown.is_empty() { nothing(state) } else { label(state, field, &theirs.shown) };
        for (side, name, value) in
            [(Side::Mine, state.say("m mine  ", "m 我的    "), mine), (Side::Theirs, state.say("t theirs", "t 对方的  "), shown)]
        {
            let chosen = theirs.chosen == Some(side);
            let mark = format!("{} {name}", if chosen { "(*)" } else { "( )" });
            push(&mut lines, &mark, &value, if chosen { theme.good } else { theme.normal }, room);
        }
    }
    // The field that has the cursor stays in sight with both its values.
    let page = usize::from(area.height.saturating_sub(4));
    let first = if lines.len() > page { cursor.saturating_sub(page / 3) } else { 0 };
    let place = centred(area, columns, height_of(&lines));
    scrolled(frame, place, state, state.say(" Somebody else saved first: choose per field ", " 他人已先保存：请逐项选择 "), lines, first)
}
