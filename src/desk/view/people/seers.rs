//! Who may see how much of the open record.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::super::{
    super::state::State,
    popup::{Extent, centred, more_marks, placed},
    safe,
};
use crate::{
    model::person::Seer,
    text::{sanitise::for_terminal, width},
};

const LOGIN: usize = 14;
const CLASS: usize = 9;

/// ```text
/// + Who can see C-204817 Zhang Wei - 5 ----------------------------+
/// | user           Basic    Contact  Identity Payment  Notes       |
/// | chen.bo        SMRE     SMRE     SM--     SMR-     -MRE        |
/// |   payment clerk (for a time)                                   |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, heading: &str, found: &[Seer], scroll: usize) -> Extent {
    let Some(session) = &state.session else { return Extent::default() };
    let classes = &session.catalogue.classes;
    let cell = |text: &str| format!("{} ", width::fit(&for_terminal(text), CLASS - 1));
    let mut lines = Vec::new();
    for seer in found {
        let mut text = format!(" {} ", width::fit(&for_terminal(&seer.login), LOGIN));
        for class in classes {
            text.push_str(&cell(&seer.rights.get(&class.code).copied().unwrap_or_default().letters()));
        }
        lines.push(Line::from(safe(&text, state.theme.normal)));
        let lent = seer.lent.iter().map(|role| {
            format!(
                "{}{}",
                session.catalogue.role_names(std::slice::from_ref(role), state.language),
                state.say(" (for a time)", "（临时）")
            )
        });
        let roles = session.catalogue.role_names(&seer.roles, state.language);
        let held: Vec<String> = (!roles.is_empty()).then_some(roles).into_iter().chain(lent).collect();
        let label =
            |code: &String| session.catalogue.field(code).map_or(code.as_str(), |field| field.label.in_language(state.language)).to_owned();
        let fields: Vec<String> = seer.shared.iter().map(label).collect();
        let shared = if fields.is_empty() {
            String::new()
        } else {
            format!("{}{}", state.say("; shared with them: ", "；已与其共享："), fields.join(state.say(", ", "、")))
        };
        let below = format!("   {}{shared}", held.join(state.say(", ", "、")));
        lines.push(Line::from(safe(&below, state.theme.dim)));
    }
    if found.is_empty() {
        lines.push(Line::from(state.say(" Nobody who is active.", " 没有人可以看到此记录。")));
    }
    let widest = lines.iter().map(Line::width).max().unwrap_or(0).max(LOGIN + 2 + CLASS * classes.len());
    let columns = u16::try_from(widest + 2).unwrap_or(u16::MAX).max(60);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let title = format!(" {} {} - {} ", state.say("Who can see", "可见人员"), for_terminal(heading), found.len());
    let inner = placed(frame, centred(area, columns, height), state, title);
    let mut head = format!(" {} ", width::fit(state.say("user", "人员"), LOGIN));
    head.extend(classes.iter().map(|class| cell(class.label.in_language(state.language))));
    frame.render_widget(Paragraph::new(Line::from(safe(&head, state.theme.dim))), Rect { height: 1, ..inner });
    let legend = state.say(" S search   M masked   R reveal   E edit", " S 搜索   M 掩码   R 查看   E 编辑");
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
    frame.render_widget(Paragraph::new(Line::from(Span::styled(legend, state.theme.dim))), foot);
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(2), ..inner }.intersection(inner);
    let page = usize::from(body.height);
    let most = lines.len().saturating_sub(page);
    let first = scroll.min(most);
    frame.render_widget(Paragraph::new(lines.into_iter().skip(first).take(page).collect::<Vec<_>>()), body);
    more_marks(frame, body, state, first > 0, first < most);
    Extent { page, scroll: most }
}
