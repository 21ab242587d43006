//! One person in full.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        super::state::{Pane, State},
        pane,
        popup::more_marks,
        safe,
    },
    in_words, left, standing,
};
use crate::{
    keyring::officer::OFFICER_ROLE,
    model::{
        catalogue::{Language, Rights},
        person::PersonState,
        request::Eligibility,
    },
    service::people::{Entry, Standing},
    text::{sanitise::for_terminal, width},
};

/// Cells of the labels: two of margin, a day and a time.
const LABEL: usize = 13;

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let title = state.people.current().map_or_else(
        || format!(" {} ", state.say("Person", "人员")),
        |entry| {
            let person = &entry.person;
            let name = if person.display_name.is_empty() { String::new() } else { format!(" - {}", for_terminal(&person.display_name)) };
            format!(" {}{name} ", for_terminal(&person.user))
        },
    );
    let block = pane(state, title, state.pane == Pane::Detail);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let lines = match state.people.current() {
        Some(entry) => lines(state, entry, usize::from(inner.width)),
        None => vec![Line::styled(state.say("Choose a person with j and k.", "用 j、k 选择人员。"), state.theme.dim)],
    };
    let most = lines.len().saturating_sub(usize::from(inner.height));
    let first = state.people.scroll.min(most);
    frame.render_widget(Paragraph::new(lines).scroll((u16::try_from(first).unwrap_or(0), 0)), inner);
    more_marks(frame, inner, state, first > 0, first < most);
    state.people.most_scroll = most;
    state.people.scroll = first;
}

fn lines<'t>(state: &State, entry: &Entry, columns: usize) -> Vec<Line<'t>> {
    let theme = &state.theme;
    let person = &entry.person;
    let session = state.session.as_ref();
    let time = |at: jiff::Timestamp| state.local(at).strftime("%Y-%m-%d %H:%M").to_string();
    let mut lines = Vec::new();
    let mut field = |label: &str, value: &str, style: Style| put(&mut lines, state, label, value, style, columns);
    let waits = match (person.state, person.code_expires_at) {
        _ if person.frozen.is_some() => frozen(state, person.frozen),
        (PersonState::Invited, Some(at)) if at < jiff::Timestamp::now() => {
            state.say(" - the code has expired, n makes another", " - 代码已过期，按 n 重发").to_owned()
        }
        (PersonState::Invited, Some(at)) => format!("{} {}", state.say(" - the code is good until", " - 代码有效至"), time(at)),
        (PersonState::Enrolled, _) => state.say(" - has keys; compare and confirm with c", " - 已有密钥，核对后按 c 确认").to_owned(),
        _ => String::new(),
    };
    field(state.say("state", "状态"), &format!("{}{waits}", standing(state, person)), theme.normal);
    let roles = session.map(|session| session.catalogue.role_names(&person.roles, state.language)).unwrap_or_default();
    field(state.say("roles", "角色"), if roles.is_empty() { "-" } else { &roles }, theme.normal);
    let name =
        |role: &String| session.map(|session| session.catalogue.role_names(std::slice::from_ref(role), state.language)).unwrap_or_default();
    for (index, (role, until)) in entry.lent.iter().enumerate() {
        let label = if index == 0 { state.say("for a time", "临时角色") } else { "" };
        let (name, left, until) = (name(role), left(*until), state.local(*until).strftime("%H:%M"));
        let text = match state.language {
            Language::English => format!("{name}: {left} left, until {until}"),
            Language::Chinese => format!("{name}：剩余 {left}，至 {until}"),
        };
        field(label, &text, theme.bold);
    }
    let eligible = eligible(state, &person.roles);
    if !eligible.is_empty() && !person.state.is_closed() {
        field(state.say("may have", "可临时担任"), &eligible, theme.normal);
    }
    let cleared = session.map(|session| session.catalogue.clearances.in_words(&person.clearance, state.language)).unwrap_or_default();
    field(state.say("clearance", "密级"), &cleared, theme.normal);
    if !person.unwrapped.is_empty() {
        let missing = session.map(|session| session.catalogue.role_names(&person.unwrapped, state.language)).unwrap_or_default();
        field("", &format!("! {}{missing}", state.say("their key has not arrived for: ", "以下角色的密钥尚未送达：")), theme.bad);
    }
    let (signed, style) = signature(state, entry);
    field(state.say("directory", "目录签名"), &signed, style);
    match state.people.current_dossier() {
        None => field(state.say("keys", "密钥指纹"), "...", theme.dim),
        Some(dossier) => {
            let keys = dossier.fingerprint.as_deref().unwrap_or(state.say("none yet", "尚无"));
            // Read aloud by groups, so it is not broken within one.
            let (first, second) = keys.match_indices('-').nth(3).map_or((keys, ""), |(middle, _)| keys.split_at(middle + 1));
            let narrow = columns < LABEL + 1 + keys.len();
            for (index, part) in
                if narrow { vec![first, second] } else { vec![keys] }.into_iter().filter(|part| !part.is_empty()).enumerate()
            {
                field(if index == 0 { state.say("keys", "密钥指纹") } else { "" }, part, theme.normal);
            }
            if dossier.keys_differ {
                field("", state.say("! not the keys that the directory names", "! 与目录中登记的密钥不同"), theme.bad);
            }
        }
    }
    let seen = person.last_seen.map_or_else(|| state.say("never", "从未").to_owned(), time);
    field(state.say("last seen", "最近活动"), &seen, theme.normal);
    sessions(&mut lines, state, columns);
    lines.push(Line::from(safe(state.say("Rights by class, and from which role", "各类权限及来源角色"), theme.bold)));
    let Some(session) = session else { return lines };
    // Roles for a time count as long as they run: what stands here is what the person can do now.
    let now: Vec<String> = person.roles.iter().chain(entry.lent.iter().map(|(role, _)| role)).cloned().collect();
    for class in &session.catalogue.classes {
        let rights = state.people.rights(&now, &class.code);
        let any = |rights: &Rights| rights.search || rights.masked || rights.reveal || rights.edit;
        let from: Vec<String> =
            now.iter().filter(|role| any(&state.people.rights(std::slice::from_ref(role), &class.code))).cloned().collect();
        let label = class.label.in_language(state.language);
        if any(&rights) {
            let from = session.catalogue.role_names(&from, state.language);
            put(&mut lines, state, &format!("  {label}"), &format!("{}  ({from})", in_words(state, rights)), theme.normal, columns);
        } else {
            put(&mut lines, state, &format!("  {label}"), state.say("nothing", "无"), theme.dim, columns);
        }
    }
    lines
}

/// By whom and why, and the way out.
fn frozen(state: &State, number: Option<i64>) -> String {
    let known = state.session.iter().flat_map(|session| &session.standing.freezes).find(|freeze| Some(freeze.number) == number);
    let Some(freeze) = known else { return String::new() };
    let at = state.local(freeze.at).strftime("%m-%d %H:%M");
    let told = format!(" - {} {at}{}{}", freeze.by, state.say(": ", "："), freeze.why);
    format!("{told} {}", state.say("(x asks for it to be lifted)", "（按 x 申请解除）"))
}

/// Which roles members of these roles may have for a time, for how long, and whether at once.
pub fn eligible(state: &State, roles: &[String]) -> String {
    let Some(session) = &state.session else { return String::new() };
    let words = |found: &Eligibility| {
        let name = session.catalogue.role_names(std::slice::from_ref(&found.target), state.language);
        let minutes = found.max_minutes;
        match (state.language, found.break_glass) {
            (Language::English, true) => format!("{name} (up to {minutes} min, or break-glass)"),
            (Language::English, false) => format!("{name} (up to {minutes} min)"),
            (Language::Chinese, true) => format!("{name}（最长 {minutes} 分钟，可紧急提权）"),
            (Language::Chinese, false) => format!("{name}（最长 {minutes} 分钟）"),
        }
    };
    let mut found: Vec<String> = state.people.eligible.iter().filter(|found| roles.contains(&found.role)).map(words).collect();
    found.sort();
    found.dedup();
    found.join(state.say(", ", "、"))
}

fn signature(state: &State, entry: &Entry) -> (String, Style) {
    let theme = &state.theme;
    match &entry.standing {
        Standing::Unconfirmed if entry.person.state == PersonState::Left => {
            (state.say("ended when they left", "离职时已终止").to_owned(), theme.dim)
        }
        Standing::Unconfirmed => (state.say("not confirmed yet", "尚未确认").to_owned(), theme.dim),
        Standing::Signed { by, officer } => {
            let by = if by == "root" { state.say("the root key", "根密钥") } else { by };
            let is_officer = entry.person.roles.iter().any(|role| role == OFFICER_ROLE);
            let (officer, style) = match (officer, is_officer) {
                (true, true) => (state.say(" - signs for others", " - 可为他人签名"), theme.good),
                // The entry outlives the role, or all that it signed would stop to check.
                (true, false) => (
                    state.say(" - ! no officer any more, but what they sign still counts", " - ! 已不是安全管理员，但其签名仍被接受"),
                    theme.bad,
                ),
                (false, true) => {
                    (state.say(" - ! an officer whose signatures do not count yet", " - ! 安全管理员，但其签名尚未生效"), theme.bad)
                }
                (false, false) => ("", theme.good),
            };
            let checked = state.say("chain checked here", "链已在本机校验");
            (format!("{}{by}{}{checked}{officer}", state.say("signed by ", "签名者："), state.say(", ", "，")), style)
        }
        Standing::Missing => (
            state
                .say("! there is no entry: confirm them again after a new code (n)", "! 目录中没有此人：请按 n 重发代码，再次确认")
                .to_owned(),
            theme.bad,
        ),
        Standing::BadSignature { by } => (
            format!(
                "! {} {by} {}",
                state.say("the signature in the name of", "署名为"),
                state.say("does not check: tell the other officers", "的签名无效：请告知其他安全管理员")
            ),
            theme.bad,
        ),
    }
}

fn sessions(lines: &mut Vec<Line<'_>>, state: &State, columns: usize) {
    let theme = &state.theme;
    let Some(dossier) = state.people.current_dossier() else { return };
    let heading = format!("{} ({})", state.say("Open sessions", "当前会话"), dossier.sessions.len());
    lines.push(Line::from(safe(&heading, theme.bold)));
    for session in &dossier.sessions {
        let at = |at: jiff::Timestamp| state.local(at).strftime("%m-%d %H:%M").to_string();
        let heard = session.last_heard.map(|heard| format!(", {} {}", state.say("heard", "活动"), at(heard))).unwrap_or_default();
        let own = if session.own { state.say(" - this one", " - 本会话") } else { "" };
        put(
            lines,
            state,
            &format!("  {}", at(session.opened_at)),
            &format!("{}, {}{heard}{own}", session.origin, session.program),
            theme.normal,
            columns,
        );
    }
}

/// A label once, and the value in as many lines as it takes.
pub fn put(lines: &mut Vec<Line<'_>>, state: &State, label: &str, value: &str, style: Style, columns: usize) {
    let room = columns.saturating_sub(LABEL + 1).max(10);
    let value = for_terminal(value);
    let pieces = width::rows(&value, room);
    for (index, piece) in pieces.into_iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!("{} ", width::fit(&for_terminal(label), LABEL)), state.theme.dim),
            Span::styled(value[piece].to_owned(), style),
        ]));
    }
}
