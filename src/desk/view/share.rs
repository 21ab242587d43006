//! The form that shares a value, and the windows of what is shared with and by this person.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        share::{OpenedShare, ShareForm, ShareWindow, Side},
        state::State,
        update::share::when,
    },
    input,
    popup::{centred, left, near, placed, wrapped},
    safe,
};
use crate::{
    model::{catalogue::Language, share::Share},
    text::{sanitise::for_terminal, width},
};

const WIDTH: u16 = 66;
/// Cells of a box's label.
const LABEL: usize = 10;
/// Cells of a number, a field's label, people, and a moment.
const COLUMNS: (usize, usize, usize) = (9, 14, 18);

/// ```text
/// + Share - Phone - C-204817 Zhang Wei ------------------+
/// | Sealed to that person's own key; it ends by itself.  |
/// | with       wu.jun                                    |
/// | for        2h                                        |
/// ```
pub fn form(frame: &mut Frame<'_>, area: Rect, state: &State, form: &ShareForm) {
    let columns = usize::from(WIDTH.min(area.width)).saturating_sub(4);
    let explanation = state.say(
        "They read this value, as it is now, without a right of their own. It ends by itself.",
        "对方无需权限即可查看此值（当前版本），到期自动失效。",
    );
    let above = wrapped(explanation, columns);
    let below = match (&form.error, form.busy) {
        (Some(error), _) => wrapped(error, columns),
        (None, true) => vec![state.say("One moment ...", "请稍候...").to_owned()],
        (None, false) if form.typing_lasts => {
            vec![state.say("30m, 2h, 1d, 7d: from 5m to 30d", "30m、2h、1d、7d：从 5m 到 30d").to_owned()]
        }
        (None, false) => vec![String::new()],
    };
    let place = near(area, state, WIDTH, u16::try_from(above.len() + below.len() + 4).unwrap_or(8));
    let title = format!(" {} - {} - {} ", state.say("Share", "共享"), label(state, &form.field), for_terminal(&form.heading));
    let inner = placed(frame, place, state, title);
    // Where there is little room, what is typed and what is wrong come before the explanation.
    let spare = usize::from(inner.height).saturating_sub(2 + below.len());
    let mut y = inner.y;
    let mut next = || {
        let row = Rect { y, height: 1, ..inner }.intersection(inner);
        y += 1;
        row
    };
    for text in above.iter().take(spare) {
        frame.render_widget(safe(&format!(" {text}"), state.theme.normal), next());
    }
    let boxes = [(state.say("with", "共享给"), &form.to, !form.typing_lasts), (state.say("for", "时长"), &form.lasts, form.typing_lasts)];
    for (name, typed, active) in boxes {
        let row = next();
        let active = active && !form.busy;
        let style = if active { state.theme.accent } else { state.theme.dim };
        frame.render_widget(Span::styled(format!(" {}", width::fit(name, LABEL)), style), row);
        let cells = u16::try_from(LABEL + 2).unwrap_or(12);
        let place = Rect { x: row.x + cells, width: row.width.saturating_sub(cells + 1), ..row }.intersection(inner);
        if place.height > 0 {
            input::render(frame, place, typed, state.theme.normal, active);
        }
    }
    for text in below {
        frame.render_widget(safe(&format!(" {text}"), if form.error.is_some() { state.theme.bad } else { state.theme.dim }), next());
    }
}

/// ```text
/// + Shared with me - 2 ----------------------------------------------------+
/// | C-204817  Phone          wu.jun             until 11-25 14:30  open    |
/// | C-000042  ID number      wang.fang          until 11-24 09:00  ended   |
/// |                                                                        |
/// | Phone of C-204817, shared by wu.jun - hides in 58s                     |
/// | 13812345678                                                            |
/// ```
pub fn window(frame: &mut Frame<'_>, area: Rect, state: &State, window: &ShareWindow) {
    let user = state.session.as_ref().map_or("", |session| session.user.as_str());
    let shares = state.shares.of(window.side, user);
    let columns = usize::from(area.width.min(84)).saturating_sub(4);
    let below = below(state, window, &shares, columns);
    let rows = shares.len().max(1);
    let place = centred(area, area.width.min(84), u16::try_from(rows + below.len() + 2).unwrap_or(u16::MAX));
    let inner = placed(frame, place, state, format!(" {} - {} ", name(state, window.side), shares.len()));
    let room = usize::from(inner.height).saturating_sub(below.len()).max(1);
    let first = (window.selected + 1).saturating_sub(room);
    let mut lines: Vec<Line<'_>> = shares
        .iter()
        .enumerate()
        .skip(first)
        .take(room)
        .map(|(index, share)| {
            let line = line(state, share, window, user);
            if index == window.selected { line.style(state.theme.selected) } else { line }
        })
        .collect();
    if shares.is_empty() {
        let none = match window.side {
            Side::WithMe => state.say(" Nobody shares anything with you.", " 没有人与您共享。"),
            Side::ByMe => state.say(" You share nothing. S on a revealed value does.", " 您没有共享任何值。在已查看的值上按 S 共享。"),
        };
        lines.push(Line::from(none));
    }
    lines.extend(below);
    frame.render_widget(Paragraph::new(lines), inner);
}

pub fn name(state: &State, side: Side) -> &'static str {
    match (side, state.language) {
        (Side::WithMe, Language::English) => "Shared with me",
        (Side::WithMe, Language::Chinese) => "与我共享",
        (Side::ByMe, Language::English) => "Shared by me",
        (Side::ByMe, Language::Chinese) => "我的共享",
    }
}

fn line<'t>(state: &State, share: &Share, window: &ShareWindow, user: &str) -> Line<'t> {
    let person = match window.side {
        Side::WithMe => share.from.clone(),
        Side::ByMe if share.from == user => share.to.clone(),
        Side::ByMe => format!("{} > {}", share.from, share.to),
    };
    let (word, style) = match share {
        _ if window.asking == Some(share.id) => ("...", state.theme.dim),
        Share { withdrawn: Some(_), .. } => (state.say("withdrawn", "已撤回"), state.theme.dim),
        Share { is_open: true, .. } if share.is_outdated() => (state.say("open, changed", "有效，已更改"), state.theme.good),
        Share { is_open: true, .. } => (state.say("open", "有效"), state.theme.good),
        _ => (state.say("ended", "已结束"), state.theme.dim),
    };
    let head = format!(
        " {} {} {} {} {}  ",
        width::fit(&share.number.to_string(), COLUMNS.0),
        width::fit(&label(state, &share.field), COLUMNS.1),
        width::fit(&for_terminal(&person), COLUMNS.2),
        state.say("until", "至"),
        when(state, share.until),
    );
    Line::from(vec![Span::styled(head, state.theme.normal), Span::styled(word, style)])
}

/// What stands under the list: the value that is shown, or a question.
fn below<'t>(state: &State, window: &ShareWindow, shares: &[&Share], columns: usize) -> Vec<Line<'t>> {
    if let Some(opened) = &window.opened {
        return value(state, opened, columns);
    }
    let current = shares.get(window.selected).filter(|_| window.withdrawing);
    current.map_or_else(Vec::new, |share| {
        let (field, to) = (label(state, &share.field), for_terminal(&share.to));
        let question = match state.language {
            Language::English => format!(" Withdraw {field} of {} from {to}?  y / n", share.number),
            Language::Chinese => format!(" 向 {to} 撤回 {} 的{field}？ y / n", share.number),
        };
        vec![Line::default(), Line::from(Span::styled(question, state.theme.bad))]
    })
}

fn value<'t>(state: &State, opened: &OpenedShare, columns: usize) -> Vec<Line<'t>> {
    let shared = &opened.shared;
    let (field, from) = (label(state, &shared.field), for_terminal(&shared.from));
    let heading = match state.language {
        Language::English => format!(" {field} of {}, shared by {from}{}", shared.number, left(state, Some(opened.until))),
        Language::Chinese => format!(" {from} 共享的 {} 的{field}{}", shared.number, left(state, Some(opened.until))),
    };
    let known = state.session.as_ref().and_then(|session| session.catalogue.field(&shared.field));
    let text = for_terminal(known.map_or(shared.value.expose().as_str(), |field| field.shown(shared.value.expose(), state.language)));
    let mut lines = vec![Line::default(), Line::from(Span::styled(heading, state.theme.dim))];
    let row = |text: &str, style: Style| Line::from(Span::styled(format!(" {text}"), style));
    lines.extend(wrapped(&text, columns).iter().map(|piece| row(piece, state.theme.revealed)));
    if shared.field_version != Some(shared.version) {
        let version = shared.version;
        lines.push(row(
            &match state.language {
                Language::English => format!("This is version {version}, as it was shared; the field has changed since."),
                Language::Chinese => format!("这是共享时的第 {version} 版；该字段此后已更改。"),
            },
            state.theme.accent,
        ));
    }
    lines
}

/// What a field's line says of a share that is open on it.
pub fn note(state: &State, share: &Share) -> String {
    let user = state.session.as_ref().map_or("", |session| session.user.as_str());
    let until = when(state, share.until);
    let (from, to) = (for_terminal(&share.from), for_terminal(&share.to));
    match (state.language, share.from == user, share.to == user) {
        (Language::English, true, _) => format!("shared with {to} until {until}"),
        (Language::English, _, true) => format!("shared with you by {from} until {until}"),
        (Language::English, ..) => format!("shared by {from} with {to} until {until}"),
        (Language::Chinese, true, _) => format!("已与 {to} 共享至 {until}"),
        (Language::Chinese, _, true) => format!("{from} 与您共享至 {until}"),
        (Language::Chinese, ..) => format!("{from} 与 {to} 共享至 {until}"),
    }
}

/// The keys of the window, for the last line of the screen.
pub fn keys(state: &State, window: &ShareWindow) -> &'static str {
    match window.side {
        _ if window.withdrawing => state.say(" y withdraw   n keep", " y 撤回   n 保留"),
        Side::WithMe if window.opened.is_some() => state.say(" j k move   Enter reveal   Esc hide", " j k 移动   Enter 查看   Esc 隐藏"),
        Side::WithMe => state.say(" j k move   Enter reveal   Esc close", " j k 移动   Enter 查看   Esc 关闭"),
        Side::ByMe => state.say(" j k move   x withdraw   Esc close", " j k 移动   x 撤回   Esc 关闭"),
    }
}

fn label(state: &State, field: &str) -> String {
    let known = state.session.as_ref().and_then(|session| session.catalogue.field(field));
    for_terminal(known.map_or(field, |field| field.label.in_language(state.language)))
}
