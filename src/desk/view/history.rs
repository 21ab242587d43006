//! Earlier values of a field.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{
    super::{popup::History, state::State},
    popup::{Extent, height_of, left, near, scrolled},
    review::push,
    safe,
};
use crate::text::sanitise::for_terminal;

/// ```text
/// + Earlier values - Phone - hidden in 24s ------+
/// | v12  until 2026-11-20 14:02  wu.jun          |
/// |   = 13812345678                              |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, history: &History) -> Extent {
    let theme = &state.theme;
    let field = state.session.as_ref().and_then(|session| session.catalogue.field(&history.field));
    let name = field.map_or(history.field.as_str(), |field| field.label.in_language(state.language));
    let title = format!(" {} - {}{} ", state.say("Earlier values", "历史值"), for_terminal(name), left(state, history.until));
    let columns = area.width.min(84).saturating_sub(4);
    let room = usize::from(columns.saturating_sub(2));
    let mut lines = Vec::new();
    for (entry, value) in &history.entries {
        let at = state.local(entry.replaced_at).strftime("%Y-%m-%d %H:%M");
        let head =
            format!(" v{}  {} {at}  {} {}", entry.version, state.say("until", "至"), state.say("replaced by", "修改人"), entry.replaced_by);
        lines.push(Line::from(safe(&head, theme.dim)));
        match (value, &entry.masked) {
            (Some(Ok(value)), _) => push(&mut lines, "=", value.expose(), theme.revealed, room),
            (Some(Err(what)), _) | (None, Some(Err(what))) => {
                push(&mut lines, "!", &format!("{} {what}", state.say("damaged:", "已损坏：")), theme.bad, room);
            }
            (None, Some(Ok(masked))) => push(&mut lines, "=", masked, theme.normal, room),
            (None, None) => push(&mut lines, "=", state.say("not permitted for your role", "您的角色无权查看"), theme.dim, room),
        }
    }
    if lines.is_empty() {
        lines.push(Line::from(state.say(" This field has never had another value. Esc closes this.", " 该字段没有历史值。按 Esc 关闭。")));
    }
    let place = near(area, state, columns, height_of(&lines));
    scrolled(frame, place, state, title, lines, history.scroll)
}
