//! What each role may do with each class, and what the role under the cursor may do besides.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{super::state::State, pane, safe},
    detail::{eligible, put},
};
use crate::{
    model::{capability, catalogue::Role},
    text::{sanitise::for_terminal, width},
};

const ROLE: usize = 18;
const CLASS: usize = 9;

/// ```text
/// + Permissions - 6 roles, 5 classes ---------------------------------+
/// | role               Basic    Contact  Identity Payment  Notes      |
/// | supervisor         SMR-     SMR-     SMR-     SM--     -MR-       |
/// |                                                                   |
/// | supervisor                                                        |
/// | besides       reads the whole audit, decides on requests, …       |
/// | may have      payment clerk (up to 60 min, or break-glass)        |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let Some(session) = &state.session else { return };
    let catalogue = &session.catalogue;
    let title = format!(
        " {} - {} {}{} {} ",
        state.say("Permissions", "权限表"),
        catalogue.roles.len(),
        state.say("roles, ", "个角色，"),
        catalogue.classes.len(),
        state.say("classes", "个类别")
    );
    let block = pane(state, title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let below = below(state, catalogue.roles.get(state.people.role), columns);
    let class = |text: &str| format!(" {}", width::fit(&for_terminal(text), CLASS - 1));
    let mut heading = format!(" {} ", width::fit(state.say("role", "角色"), ROLE));
    heading.extend(catalogue.classes.iter().map(|of| class(of.label.in_language(state.language))));
    let mut lines = vec![Line::from(safe(&width::truncate(&heading, columns), state.theme.dim))];
    let height = usize::from(inner.height).saturating_sub(1 + below.len()).max(1);
    let mut about = None;
    let first = (state.people.role + 1).saturating_sub(height);
    for (index, role) in catalogue.roles.iter().enumerate().skip(first).take(height) {
        let current = index == state.people.role;
        let mut spans =
            vec![safe(&format!(" {} ", width::fit(&for_terminal(role.label.in_language(state.language)), ROLE)), state.theme.normal)];
        for (column, of) in catalogue.classes.iter().enumerate() {
            let cell = state.people.rights(std::slice::from_ref(&role.code), &of.code).letters();
            // The cell under the cursor is marked by more than its colour.
            let (before, after) = if current && column == state.people.class { ('>', '<') } else { (' ', ' ') };
            spans.push(safe(&format!("{before}{cell}{after}{}", " ".repeat(CLASS.saturating_sub(6))), state.theme.normal));
        }
        let line = Line::from(spans);
        lines.push(if current { line.style(state.theme.selected) } else { line });
        if current {
            let cell = u16::try_from(lines.len() - 1).unwrap_or(0);
            about = Some(Rect { y: inner.y + cell, height: 1, ..area }.intersection(area));
        }
    }
    lines.extend(below);
    frame.render_widget(Paragraph::new(lines), inner);
    state.about = about;
}

/// The role under the cursor in words, and what the letters mean.
fn below<'t>(state: &State, role: Option<&Role>, columns: usize) -> Vec<Line<'t>> {
    let mut lines = vec![Line::default()];
    if let Some(role) = role {
        lines.push(Line::from(safe(&format!(" {}", role.label.in_language(state.language)), state.theme.bold)));
        let besides = capability::all_in_words(&role.capabilities, state.language);
        let besides = if besides.is_empty() { state.say("nothing", "无").to_owned() } else { besides };
        put(&mut lines, state, state.say(" besides", " 其他权限"), &besides, state.theme.normal, columns);
        let lent = eligible(state, std::slice::from_ref(&role.code));
        if !lent.is_empty() {
            put(&mut lines, state, state.say(" may have", " 可临时担任"), &lent, state.theme.normal, columns);
        }
        lines.push(Line::default());
    }
    for text in [
        state.say(
            " S search   M see it masked   R reveal   E edit   - not permitted",
            " S 搜索   M 查看掩码   R 查看原文   E 编辑   - 不允许",
        ),
        state.say(" h j k l move   Enter change   p or Esc back to the people", " h j k l 移动   Enter 更改   p 或 Esc 返回人员"),
    ] {
        lines.push(Line::from(Span::styled(text, state.theme.dim)));
    }
    lines
}
