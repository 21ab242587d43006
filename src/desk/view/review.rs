//! What will change, before it is saved.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use super::{
    super::{form::Form, state::State, update::form::changes},
    popup::window,
    safe,
};
use crate::text::width;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) {
    let changed = changes(form);
    let inner =
        window(frame, area, state, state.say(" What will change ", " 将要修改 "), 76, u16::try_from(changed.len() * 2).unwrap_or(10) + 4);
    let mut lines = Vec::new();
    for field in &form.fields {
        let Some(new) = changed.get(&field.field.code) else { continue };
        let old = field.before.clone().or_else(|| field.masked.clone()).unwrap_or_else(|| "****".into());
        lines.push(Line::from(safe(
            &format!(" {} - {old}", width::fit(field.field.label.in_language(state.language), 16)),
            state.theme.dim,
        )));
        lines.push(Line::from(safe(&format!(" {} + {new}", width::fit("", 16)), state.theme.good)));
    }
    if form.saving {
        lines.push(Line::from(state.say(" saving ...", " 正在保存……")));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}
