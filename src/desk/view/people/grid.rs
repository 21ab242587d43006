//! What each role may do with each class.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{super::state::State, pane, safe},
    capability, letters,
};
use crate::text::{sanitise::for_terminal, width};

const ROLE: usize = 18;
const CLASS: usize = 9;

/// ```text
/// + Permissions - 6 roles, 5 classes ---------------------------------+
/// | role               Basic    Contact  Identity Payment  Notes      |
/// | agent              SMRE     SMRE     SM--     ----     -MRE       |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let Some(session) = &state.session else { return };
    let catalogue = &session.catalogue;
    let title = format!(
        " {} - {} {}, {} {} ",
        state.say("Permissions", "权限表"),
        catalogue.roles.len(),
        state.say("roles", "个角色"),
        catalogue.classes.len(),
        state.say("classes", "个类别")
    );
    let block = pane(state, title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let class = |text: &str| format!("{} ", width::fit(&for_terminal(text), CLASS - 1));
    let mut heading = format!(" {} ", width::fit(state.say("role", "角色"), ROLE));
    heading.extend(catalogue.classes.iter().map(|of| class(of.label.in_language(state.language))));
    heading.push_str(state.say("besides", "其他"));
    let mut lines = vec![Line::from(safe(&width::truncate(&heading, columns), state.theme.dim))];
    let height = usize::from(inner.height).saturating_sub(4).max(1);
    let first = (state.people.role + 1).saturating_sub(height);
    for (index, role) in catalogue.roles.iter().enumerate().skip(first).take(height) {
        let mut row = format!(" {} ", width::fit(&for_terminal(role.label.in_language(state.language)), ROLE));
        row.extend(catalogue.classes.iter().map(|of| class(&letters(state.people.rights(std::slice::from_ref(&role.code), &of.code)))));
        let besides: Vec<String> = role.capabilities.iter().map(|code| capability(state, code)).collect();
        row.push_str(&besides.join(", "));
        let line = Line::from(safe(&width::truncate(&row, columns), state.theme.normal));
        lines.push(if index == state.people.role { line.style(state.theme.selected) } else { line });
    }
    lines.push(Line::default());
    lines.push(Line::from(Span::styled(
        state.say(
            " S search   M see it masked   R reveal   E edit   - not permitted",
            " S 搜索   M 查看掩码   R 查看原文   E 编辑   - 不允许",
        ),
        state.theme.dim,
    )));
    lines.push(Line::from(Span::styled(state.say(" p or Esc: back to the people", " p 或 Esc：返回人员"), state.theme.dim)));
    frame.render_widget(Paragraph::new(lines), inner);
}
