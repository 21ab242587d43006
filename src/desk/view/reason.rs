//! The reason picker.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{popup::ReasonPicker, state::State},
    popup::{row, window},
    safe,
};
use crate::text::sanitise::for_terminal;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, picker: &ReasonPicker) {
    let height = u16::try_from(picker.reasons.len()).unwrap_or(5) + 5;
    let inner =
        window(frame, area, state, state.say(" Why? - number, Tab reference, Enter ", " 理由 - 数字选择，Tab 单号，Enter "), 60, height);
    let mut lines = Vec::new();
    for (index, code) in picker.reasons.iter().enumerate() {
        let known = state.session.as_ref().and_then(|session| session.catalogue.reasons.iter().find(|reason| reason.code == *code));
        let label = known.map_or(code.as_str(), |reason| reason.label.in_language(state.language));
        let needs = if known.is_some_and(|reason| reason.reference_required) { state.say(" (reference)", "（需单号）") } else { "" };
        let line = Line::from(format!(" {} {}{needs}", index + 1, for_terminal(label)));
        lines.push(if index == picker.selected { line.style(state.theme.selected) } else { line });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    row(frame, inner, picker.reasons.len() + 1, state.say("Reference ", "单号      "), &picker.reference, picker.typing, state);
    if let Some(error) = &picker.error {
        let y = inner.y + u16::try_from(picker.reasons.len() + 2).unwrap_or(0);
        if y < inner.y + inner.height {
            frame.render_widget(Paragraph::new(safe(error, state.theme.bad)), Rect { y, height: 1, ..inner });
        }
    }
}
