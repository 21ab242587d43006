//! The title bar. Its clocks count in minutes, so an idle desk sends nothing.

use jiff::Timestamp;
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{event::Session, state::State},
    freeze, safe,
};
use crate::{
    model::{alert::Severity, catalogue::Language},
    service::Transport,
};

/// ` sealdesk - acme - TLS ok - lin.mei (senior agent)        live  quota 12/200  session 7h41  lock 5m`
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let Some(session) = &state.session else { return };
    let theme = &state.theme;
    let transport = match session.transport {
        Transport::LocalSocket => Span::styled(state.say("local socket", "本地套接字"), theme.dim),
        Transport::VerifiedTls => Span::styled("TLS ok", theme.good),
        Transport::Plain => Span::styled(state.say("NOT ENCRYPTED", "未加密"), theme.bad),
    };
    let minutes = session.expires_at.duration_since(Timestamp::now()).as_mins().max(0);
    let lock = state.idle_lock.as_secs() / 60;
    let quota = state.quota.map(|quota| format!("{} {}/{}  ", state.say("quota", "额度"), quota.used, quota.limit)).unwrap_or_default();
    let clocks = match state.language {
        Language::English => format!("session {}h{:02}  lock {lock}m ", minutes / 60, minutes % 60),
        Language::Chinese => format!("会话 {}h{:02}  锁定 {lock}m ", minutes / 60, minutes % 60),
    };
    let waiting = session.standing.waiting + session.standing.to_review;
    let waiting = if waiting == 0 { String::new() } else { format!("{} {waiting}  ", state.say("approvals", "待审批")) };
    let waiting = Span::styled(waiting, theme.accent);
    let live = if state.offline.is_some() {
        Span::styled(state.say("OFFLINE ", "已断开 "), theme.bad)
    } else {
        Span::styled(state.say("live ", "在线 "), theme.good)
    };
    // What nobody may miss stays; then comes who one is, shorter where it must be; the quota and the clocks have what is left.
    let alarm = Span::styled(format!("{}{}{}", freeze::alarm(state, session), clock(state, session), glass(state, session)), theme.bad);
    let recorded = Span::styled(if state.recorder.is_some() { state.say("RECORDED  ", "录制中  ") } else { "" }, theme.bad);
    let always = [recorded, alarm, alerts(state), live, waiting];
    let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
    let columns = usize::from(area.width).saturating_sub(1);
    let forms = [(true, true), (false, true), (false, false)].map(|(whole, every)| who(state, session, transport.clone(), whole, every));
    let fits = |line: &&Line<'_>| line.width() + width(&always) <= columns;
    let left = forms.iter().find(fits).or(forms.last()).cloned().unwrap_or_default();
    let room = columns.saturating_sub(left.width());
    let more = [vec![Span::raw(quota.clone()), Span::raw(clocks)], vec![Span::raw(quota)], Vec::new()];
    let right = more
        .into_iter()
        .map(|more| Line::from([always.to_vec(), more].concat()))
        .find(|line| line.width() <= room)
        .unwrap_or_else(|| Line::from(always.to_vec()));
    let right_width = u16::try_from(right.width()).unwrap_or(0).min(area.width);
    let left_area = Rect { width: area.width.saturating_sub(right_width), ..area };
    let right_area = Rect { x: area.x + area.width - right_width, width: right_width, ..area };
    frame.render_widget(Paragraph::new(left), left_area);
    frame.render_widget(Paragraph::new(right), right_area);
}

/// Installation, transport and person. Where there is no room for `whole` the first two go, unless the transport is a warning; where there is none
/// for `every` role, only those for a time are named.
fn who<'t>(state: &State, session: &Session, transport: Span<'t>, whole: bool, every: bool) -> Line<'t> {
    let theme = &state.theme;
    let mut spans = vec![Span::styled(" sealdesk", theme.accent), Span::raw(" - ")];
    if whole {
        spans.extend([safe(&session.installation, theme.normal), Span::raw(" - "), transport, Span::raw(" - ")]);
    } else if session.transport == Transport::Plain {
        spans.extend([transport, Span::raw(" - ")]);
    }
    spans.push(safe(&session.user, theme.bold));
    let named = if every { roles(state, session, &session.roles) } else { some_roles(state, session) };
    spans.push(safe(&format!(" ({named})"), theme.dim));
    Line::from(spans)
}

/// Roles for a time, and how many others.
fn some_roles(state: &State, session: &Session) -> String {
    let is_lent = |code: &String| session.standing.lent.iter().any(|(lent, _)| lent == code);
    let (lent, others): (Vec<String>, Vec<String>) = session.roles.iter().cloned().partition(is_lent);
    match (lent.is_empty(), others.len()) {
        (true, others) => format!("{others} {}", state.say("roles", "个角色")),
        (false, 0) => roles(state, session, &lent),
        (false, others) => format!("{} +{others}", roles(state, session, &lent)),
    }
}

/// What roles are called; those for a time with the minutes that are left.
fn roles(state: &State, session: &Session, codes: &[String]) -> String {
    let minutes = |until: Timestamp| until.duration_since(Timestamp::now()).as_mins().max(0) + 1;
    let name = |code: &String| {
        let name = session.catalogue.role_names(std::slice::from_ref(code), state.language);
        match session.standing.lent.iter().find(|(lent, _)| lent == code) {
            Some((_, until)) => format!("{name} {}m", minutes(*until)),
            None => name,
        }
    };
    codes.iter().map(name).collect::<Vec<_>>().join(state.say(", ", "、"))
}

/// How many alerts are open and how bad the worst is; and whether nobody watches any more.
fn alerts<'t>(state: &State) -> Span<'t> {
    let ringing = &state.alerts.ringing;
    if ringing.is_unwatched() {
        return Span::styled(state.say("NOBODY WATCHES  ", "无人值守  ").to_owned(), state.theme.bad);
    }
    let Some(worst) = ringing.worst() else { return Span::raw("") };
    let style = match worst {
        Severity::Critical => state.theme.bad,
        Severity::Warning => state.theme.accent,
        Severity::Info => state.theme.normal,
    };
    Span::styled(format!("{} {}{}  ", state.say("alerts", "告警"), ringing.open(), worst.letter()), style)
}

/// What is left of the time in which the authority has to be told of a breach.
fn clock(state: &State, session: &Session) -> String {
    let Some((incident, until)) = session.standing.clock else { return String::new() };
    let hours = until.duration_since(Timestamp::now()).as_hours();
    match (state.language, hours < 0) {
        (Language::English, true) => format!("INCIDENT {incident}: OVERDUE  "),
        (Language::English, false) => format!("incident {incident}: {hours}h to notify  "),
        (Language::Chinese, true) => format!("安全事件 {incident}：已超过报告时限  "),
        (Language::Chinese, false) => format!("安全事件 {incident}：报告时限剩 {hours} 小时  "),
    }
}

/// Loud as long as a glass is broken.
fn glass<'t>(state: &'t State, session: &Session) -> &'t str {
    if session.standing.broken > 0 { state.say("GLASS BROKEN: i  ", "有人紧急提权：按 i  ") } else { "" }
}
