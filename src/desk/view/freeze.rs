//! What is frozen, by whom and why; in the title, in a window of its own, and in the form that freezes.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{event::Session, state::State, update::freeze::name},
    popup, safe,
};
use crate::{
    model::freeze::{Freeze, Target},
    text::{sanitise::for_terminal, width},
};

const WIDTH: u16 = 76;

/// ```text
/// + Frozen - 2 ----------------------------------------------+
/// |  12 person  chen.bo      14:02 wu.jun: copied 41 ids     |
/// |  13 class   Identity     14:03 wu.jun: until we know     |
/// ```
pub fn list(frame: &mut Frame<'_>, area: Rect, state: &State, selected: usize) {
    let Some(session) = &state.session else { return };
    let freezes = &session.standing.freezes;
    let columns = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    let selected = selected.min(freezes.len().saturating_sub(1));
    // Of the one under the cursor everything is said.
    let whole = freezes.get(selected).map(|freeze| popup::wrapped(&for_terminal(&freeze.why), columns)).unwrap_or_default();
    let height = u16::try_from(freezes.len() + whole.len() + 3).unwrap_or(u16::MAX);
    let place = popup::centred(area, WIDTH, height);
    let inner = popup::placed(frame, place, state, format!(" {} - {} ", state.say("Frozen", "冻结"), freezes.len()));
    let rows = usize::from(inner.height).saturating_sub(whole.len() + 1).max(1);
    let first = (selected + 1).saturating_sub(rows);
    let mut lines: Vec<Line<'_>> = freezes
        .iter()
        .enumerate()
        .skip(first)
        .take(rows)
        .map(|(index, freeze)| {
            let line = Line::from(safe(&row(state, session, freeze, columns), state.theme.normal));
            if index == selected { line.style(state.theme.selected) } else { line }
        })
        .collect();
    lines.push(Line::default());
    lines.extend(whole.iter().map(|text| Line::from(Span::styled(format!(" {text}"), state.theme.normal))));
    frame.render_widget(Paragraph::new(lines), inner);
}

fn row(state: &State, session: &Session, freeze: &Freeze, columns: usize) -> String {
    let at = state.local(freeze.at).strftime("%m-%d %H:%M");
    let what = match &freeze.target {
        Target::All => String::new(),
        target => name(session, target, state.language),
    };
    let kind = width::fit(freeze.target.kind_in_words(state.language), 11);
    let head = format!(" {:>3} {kind} {} {at} {}: ", freeze.number, width::fit(&for_terminal(&what), 16), for_terminal(&freeze.by));
    let rest = columns.saturating_sub(width::cells(&head));
    format!("{head}{}", width::fit(&for_terminal(&freeze.why), rest))
}

/// Loud as long as something is frozen that concerns everybody, or a role.
pub fn alarm(state: &State, session: &Session) -> String {
    let freezes = session.standing.freezes.iter().filter(|freeze| !matches!(freeze.target, Target::Person(_)));
    let targets: Vec<&Target> = freezes.map(|freeze| &freeze.target).collect();
    let Some(first) = targets.iter().find(|target| ***target == Target::All).or(targets.first()) else { return String::new() };
    let more = if targets.len() > 1 { format!(" +{}", targets.len() - 1) } else { String::new() };
    format!("{}{}{more}  ", state.say("FROZEN: ", "已冻结："), for_terminal(&name(session, first, state.language)))
}

/// What a form that freezes is called.
pub fn title(state: &State, target: &Target) -> String {
    let what = state.session.as_ref().map(|session| name(session, target, state.language)).unwrap_or_default();
    format!("{} - {}", state.say("Freeze", "冻结"), for_terminal(&what))
}

/// What it does, before it does.
pub fn explanation(state: &State, target: &Target) -> String {
    let subject = state.session.as_ref().map(|session| for_terminal(&name(session, target, state.language))).unwrap_or_default();
    let (en, zh) = match target {
        Target::Person(_) => (
            format!("{subject} is signed out within a second and cannot sign in; what they have begun is ended. They are told why."),
            format!("{subject} 将在一秒内退出且不能登录，未提交的操作被终止。对方会看到原因。"),
        ),
        Target::Role(_) => (
            format!("Rights and capabilities of {subject} count as nothing, in open desks too. Its members are told why."),
            format!("{subject}角色的权限与管理能力立即失效，已打开的工作台同样。成员会看到原因。"),
        ),
        Target::Class(_) => (
            format!("Nobody is shown or changes {subject}, not even masked; open desks hide it. Everybody is told why."),
            format!("任何人都不能查看或更改{subject}类字段（包括掩码形式），已打开的工作台立即隐藏。所有人会看到原因。"),
        ),
        Target::All => (
            "Nobody reveals anything; lists and masked forms go on. Open desks hide what is revealed. Everybody is told why.".to_owned(),
            "任何人都不能查看明文；列表与掩码形式照常。已打开的工作台立即隐藏已查看的内容。所有人会看到原因。".to_owned(),
        ),
    };
    match state.language {
        crate::model::catalogue::Language::English => format!("{en} It takes two people to lift it."),
        crate::model::catalogue::Language::Chinese => format!("{zh}解除须两人。"),
    }
}
