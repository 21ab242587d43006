//! The reason picker.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        popup::{Purpose, ReasonPicker},
        state::State,
    },
    input,
    popup::{near, placed},
    safe,
};
use crate::text::{sanitise::for_terminal, width};

/// ```text
/// + Why? - ID number ---------------------------+
/// | 1 Call the customer back                    |
/// | 2 Complaint (reference)                     |
/// | Reference  TK-8812                          |
/// +---------------------------------------------+
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, picker: &ReasonPicker) {
    let rows = u16::try_from(picker.reasons.len()).unwrap_or(5) + 1 + u16::from(picker.error.is_some());
    let place = near(area, state, 54, rows + 2);
    let inner = placed(frame, place, state, format!(" {} - {} ", state.say("Why?", "理由？"), what(state, &picker.purpose)));
    let mut lines = Vec::new();
    for (index, code) in picker.reasons.iter().enumerate() {
        let known = state.session.as_ref().and_then(|session| session.catalogue.reasons.iter().find(|reason| reason.code == *code));
        let label = known.map_or(code.as_str(), |reason| reason.label.in_language(state.language));
        let needs = if known.is_some_and(|reason| reason.reference_required) { state.say(" (reference)", "（需单号）") } else { "" };
        let mark = if index == picker.selected { '>' } else { ' ' };
        let line = Line::from(format!("{mark}{} {}{needs}", index + 1, for_terminal(label)));
        lines.push(if index == picker.selected { line.style(state.theme.selected) } else { line });
    }
    let label = state.say(" Reference  ", " 单号       ");
    lines.push(Line::from(Span::styled(label, if picker.typing { state.theme.accent } else { state.theme.dim })));
    if let Some(error) = &picker.error {
        lines.push(Line::from(safe(&format!(" {error}"), state.theme.bad)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
    let cells = u16::try_from(width::cells(label)).unwrap_or(0);
    let row = Rect {
        x: inner.x + cells,
        y: inner.y + u16::try_from(picker.reasons.len()).unwrap_or(0),
        width: inner.width.saturating_sub(cells),
        height: 1,
    }
    .intersection(inner);
    if picker.reference.is_empty() && !picker.typing {
        frame
            .render_widget(Span::styled(state.say("Tab: a ticket number, if there is one", "Tab：填写单号（可选）"), state.theme.dim), row);
    } else {
        input::render(frame, row, &picker.reference, state.theme.normal, picker.typing);
    }
}

/// The fields a reason is wanted for.
fn what(state: &State, purpose: &Purpose) -> String {
    let label = |code: &String| {
        let field = state.session.as_ref().and_then(|session| session.catalogue.field(code));
        for_terminal(field.map_or(code.as_str(), |field| field.label.in_language(state.language)))
    };
    match purpose {
        Purpose::Reveal(fields) => fields.iter().map(label).collect::<Vec<_>>().join(state.say(", ", "、")),
        Purpose::History(field) => format!("{} {}", label(field), state.say("earlier values", "历史值")),
    }
}
