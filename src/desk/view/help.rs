//! Help: every key in groups, and in the demo who can sign in.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{
        keymap::{ENTRIES, Entry, Place},
        refusal::refusal,
        state::{Screen, State},
    },
    popup::{self, Extent},
};
use crate::text::width;

/// Cells of a key and of what it does.
const COLUMNS: (usize, usize) = (10, 27);

/// Cells of the window.
const WIDTH: usize = 80;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, scroll: usize) -> Extent {
    let lines = lines(state);
    let place = popup::centred(area, u16::try_from(WIDTH).unwrap_or(80), popup::height_of(&lines).max(12));
    popup::scrolled(frame, place, state, state.say(" Help ", " 帮助 "), lines, scroll)
}

fn lines<'t>(state: &State) -> Vec<Line<'t>> {
    let heading = |text: &'static str| Line::from(Span::styled(format!(" {text}"), state.theme.bold));
    let groups = groups(state.screen);
    let mut lines = Vec::new();
    if !state.help_steps.is_empty() {
        lines.push(heading(state.say("A bad afternoon, step by step", "一次安全事件，逐步处置")));
        for step in &state.help_steps {
            let text = step.in_language(state.language);
            lines.extend(width::rows(text, 74).into_iter().map(|piece| Line::from(format!("  {}", &text[piece]))));
        }
    }
    if !state.help_people.is_empty() {
        lines.push(heading(state.say("People of this demo, and their passphrases", "演示人员及其口令")));
        for (user, secret, role) in &state.help_people {
            if user.is_empty() && role.is_empty() {
                lines.push(Line::from(state.say("  Another desk, in another terminal:", "  在另一个终端打开第二个工作台：")));
                lines.extend(popup::wrapped(secret, WIDTH - 6).into_iter().map(|text| Line::from(format!("    {text}"))));
            } else {
                lines.push(Line::from(format!("  {user:<10} {role:<18} {secret}")));
            }
        }
    }
    for (en, zh, places) in groups {
        lines.push(heading(state.say(en, zh)));
        let entries: Vec<&Entry> = ENTRIES.iter().filter(|entry| places.contains(&entry.place)).collect();
        lines.extend(entries.chunks(2).map(|pair| Line::from(pair.iter().flat_map(|entry| cells(state, entry)).collect::<Vec<_>>())));
    }
    lines.push(heading(state.say("Moving", "移动")));
    lines.extend(
        state
            .say(
                "  j k g G Ctrl-d Ctrl-u PgUp PgDn Home End; 12j moves twelve.\n  A lone 1, 2, 3, 6 or 7 changes the screen.\n\n  In parentheses: not here, or not with your role; the key says why.",
                "  j k g G Ctrl-d Ctrl-u PgUp PgDn Home End；12j 移动十二行。\n  单独按 1、2、3、6 或 7 切换界面。\n\n  括号中的命令在此处不可用，或您的角色无权使用；按下该键可查看原因。",
            )
            .lines()
            .map(|line| Line::from(line.to_owned())),
    );
    lines
}

/// Headings and places: those of the screen first, then what works everywhere, then the other screens.
fn groups(screen: Screen) -> Vec<(&'static str, &'static str, &'static [Place])> {
    const GROUPS: [(&str, &str, &[Place]); 12] = [
        ("Desk", "工作台", &[Place::Desk, Place::List]),
        ("A record", "记录", &[Place::Detail, Place::Strip]),
        ("Audit", "审计", &[Place::Audit]),
        ("Reviews of the audit", "审计复核", &[Place::AuditReviews]),
        ("Alerts", "告警", &[Place::Alerts]),
        ("People", "人员", &[Place::People, Place::Officer]),
        ("Access reviews", "权限复核", &[Place::Reviews]),
        ("Requests", "申请", &[Place::Requests]),
        ("Settings", "设置", &[Place::Settings]),
        ("Incidents", "安全事件", &[Place::Incidents]),
        ("A replayed session", "重放会话", &[Place::Replay]),
        ("Everywhere", "通用", &[Place::Anywhere]),
    ];
    let here = match screen {
        Screen::Audit => Place::Audit,
        Screen::Alerts => Place::Alerts,
        Screen::People => Place::People,
        Screen::Reviews => Place::Reviews,
        Screen::AuditReviews => Place::AuditReviews,
        Screen::Requests => Place::Requests,
        Screen::Settings => Place::Settings,
        Screen::Incidents => Place::Incidents,
        Screen::Replay => Place::Replay,
        _ => Place::Desk,
    };
    let rank = |places: &[Place]| match places.first() {
        Some(place) if *place == here => 0,
        Some(Place::Detail) if here == Place::Desk => 1,
        Some(Place::Anywhere) => 2,
        _ => 3,
    };
    let mut groups = GROUPS.to_vec();
    groups.sort_by_key(|(_, _, places)| rank(places));
    groups
}

fn cells<'t>(state: &State, entry: &Entry) -> [Span<'t>; 2] {
    let works = refusal(state, entry.command).is_none();
    let name = if works { entry.name(state.language).to_owned() } else { format!("({})", entry.name(state.language)) };
    [
        Span::styled(format!("  {}", width::fit(entry.key, COLUMNS.0)), state.theme.accent),
        Span::styled(width::fit(&name, COLUMNS.1), if works { state.theme.normal } else { state.theme.dim }),
    ]
}
