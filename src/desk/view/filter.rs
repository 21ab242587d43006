//! The filter of the audit, being typed.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{
    super::{audit::FilterForm, state::State},
    popup::{row, window},
    safe,
};
use crate::text::width;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, form: &FilterForm) {
    let title = state.say(" Filter - Enter apply, Ctrl-P earlier filters, Esc leave ", " 筛选 - Enter 应用，Ctrl-P 之前的筛选，Esc 离开 ");
    let count = u16::try_from(form.inputs.len()).unwrap_or(10);
    let inner = window(frame, area, state, title, 66, count + 4);
    for (index, (field, input)) in form.inputs.iter().enumerate() {
        row(frame, inner, index, &width::fit(field.label(state.language), 10), input, index == form.selected, state);
    }
    let hint = form.inputs.get(form.selected).map_or("", |(field, _)| field.hint(state.language));
    let (text, style) = form.error.as_deref().map_or((hint, state.theme.dim), |error| (error, state.theme.bad));
    let y = inner.y + inner.height.saturating_sub(1);
    frame.render_widget(Paragraph::new(safe(&format!(" {text}"), style)), Rect { y, height: 1, ..inner });
}
