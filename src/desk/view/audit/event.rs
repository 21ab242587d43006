//! One event in full, in words.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::super::{
    super::{
        audit::Verify,
        state::{Screen, State},
        update::audit::event::selected,
    },
    pane,
    popup::{window, wrapped},
};
use crate::{
    model::{
        action,
        audit::{Event, outcome_in_words},
        catalogue::Language,
    },
    text::{sanitise::for_terminal, width},
};

/// Cells of the labels.
const LABEL: usize = 9;

/// Beside the trail.
pub fn beside(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let events = selected(state);
    let block = pane(state, title(state, &events), false);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines(state, &events, usize::from(inner.width))), inner);
}

/// Over the whole screen, with the keys to move on.
pub fn full(frame: &mut Frame<'_>, area: Rect, state: &State, scroll: u16) {
    let events = selected(state);
    let keys = state.say("j k next and previous, PgDn scroll, Esc close ", "j k 上下一条，PgDn 滚动，Esc 关闭 ");
    let inner = window(frame, area, state, format!("{}- {keys}", title(state, &events)), 100, area.height.saturating_sub(2));
    let lines = lines(state, &events, usize::from(inner.width));
    let most = lines.len().saturating_sub(1);
    let scroll = scroll.min(u16::try_from(most).unwrap_or(u16::MAX));
    frame.render_widget(Paragraph::new(lines).scroll((scroll, 0)), inner);
}

fn title(state: &State, events: &[&Event]) -> String {
    let name = state.say("Event", "事件");
    events.first().map_or_else(|| format!(" {name} "), |event| format!(" {name} {} ", event.seq))
}

fn lines<'t>(state: &State, events: &[&Event], columns: usize) -> Vec<Line<'t>> {
    let Some(event) = events.first() else {
        return vec![Line::styled(state.say("Choose an event with j and k.", "用 j、k 选择事件。"), state.theme.dim)];
    };
    let mut lines: Vec<Line<'t>> = Vec::new();
    for (label, value) in facts(state, event).into_iter().filter(|(_, value)| !value.is_empty()) {
        field(&mut lines, state, label, &value, columns);
    }
    for (index, (key, value)) in details(event).into_iter().enumerate() {
        field(&mut lines, state, if index == 0 { state.say("details", "详情") } else { "" }, &format!("{key}: {value}"), columns);
    }
    if events.len() > 1 {
        lines.push(Line::default());
        lines.push(Line::styled(
            format!("{} ({}):", state.say("all events of this line", "此行包含的全部事件"), events.len()),
            state.theme.dim,
        ));
        for event in events {
            let time = state.local(event.at).strftime("%H:%M:%S%.3f");
            lines.push(Line::from(format!("  {time} #{} {}", event.seq, outcome_in_words(&event.outcome, state.language))));
        }
    }
    lines
}

/// A label once, and the value in as many lines as it takes.
fn field(lines: &mut Vec<Line<'_>>, state: &State, label: &str, value: &str, columns: usize) {
    let room = columns.saturating_sub(LABEL + 1).max(8);
    for (index, piece) in wrapped(&for_terminal(value), room).into_iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        lines.push(Line::from(vec![
            Span::styled(format!("{} ", width::fit(label, LABEL)), state.theme.dim),
            Span::styled(piece, state.theme.normal),
        ]));
    }
}

fn facts(state: &State, event: &Event) -> Vec<(&'static str, String)> {
    let say = |en, zh| state.say(en, zh);
    let language = state.language;
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let labelled = |label: Option<&str>, code: &str| label.map_or_else(|| code.to_owned(), |label| format!("{label} ({code})"));
    let info = state.audit.sessions.get(&event.session);
    let own = state.session.as_ref().filter(|session| session.user == event.actor);
    let roles = info.map(|info| info.roles.as_slice()).or_else(|| own.map(|session| session.roles.as_slice())).unwrap_or_default();
    let roles = state.session.as_ref().map(|session| session.catalogue.role_names(roles, state.language)).unwrap_or_default();
    let who = if roles.is_empty() { event.actor.clone() } else { format!("{} ({roles})", event.actor) };
    let from = info.map(|info| {
        let seen = info.other_address().map(|address| format!("{}{address}", say("CONNECTED FROM ", "实际连接地址 ")));
        let parts = [info.origin.as_str(), info.program.as_str(), seen.as_deref().unwrap_or_default()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    });
    let code = event.field.as_deref().unwrap_or_default();
    let field = labelled(catalogue.and_then(|all| all.field(code)).map(|field| field.label.in_language(language)), code);
    let code = event.class.as_deref().unwrap_or_default();
    let class = labelled(catalogue.and_then(|all| all.class(code)).map(|class| class.label.in_language(language)), code);
    let reason = event.reason.as_deref().map(|code| {
        let known = catalogue.and_then(|all| all.reasons.iter().find(|reason| reason.code == code));
        labelled(known.map(|reason| reason.label.in_language(language)), code)
    });
    let withheld = event.withheld().then(|| say("above your clearance, and withheld", "高于您的密级，不予显示").to_owned());
    let record =
        withheld.or_else(|| event.record_number.map(|number| number.to_string())).or_else(|| event.record.map(|record| record.to_string()));
    let outcome = if event.refused() {
        format!("{} {}", event.outcome, outcome_in_words(&event.outcome, language))
    } else {
        outcome_in_words(&event.outcome, language)
    };
    let words = action::in_words(&event.action, language);
    let action = if words == event.action { words.to_owned() } else { labelled(Some(words), &event.action) };
    vec![
        (say("when", "时间"), state.local(event.at).strftime("%Y-%m-%d %H:%M:%S%.6f %:z").to_string()),
        (say("who", "操作人"), who),
        (say("from", "来源"), from.unwrap_or_default()),
        (say("what", "操作"), action),
        (say("result", "结果"), outcome),
        (say("record", "记录"), record.unwrap_or_default()),
        (say("version", "版本"), event.version.map(|version| format!("v{version}")).unwrap_or_default()),
        (say("field", "字段"), if event.field.is_some() { field } else { String::new() }),
        (say("class", "类别"), if event.class.is_some() { class } else { String::new() }),
        (say("reason", "理由"), reason.unwrap_or_default()),
        (say("reference", "单号"), event.reference.clone().unwrap_or_default()),
        (say("session", "会话"), event.session.to_string()),
        (say("number", "序号"), event.seq.to_string()),
        (say("hash", "哈希"), format!("{:016x}...", u64::from_be_bytes(*event.hash.first_chunk().unwrap_or(&[0; 8])))),
        (say("chain", "链"), chain(state, event)),
        (say("signed", "会签"), signed(state, event)),
    ]
}

/// What the last verification says about the event.
fn chain(state: &State, event: &Event) -> String {
    let say = |en: &'static str, zh: &'static str| state.say(en, zh).to_owned();
    match &state.audit.verify {
        Verify::Running { .. } => say("being verified ...", "正在校验..."),
        Verify::Never if state.screen == Screen::Audit => say("not verified yet; V verifies", "尚未校验；按 V 校验"),
        Verify::Never => say("not verified yet", "尚未校验"),
        Verify::Done(found) => match found.break_at(event.key()) {
            Some(broken) => format!("!! {}", broken.harm.in_words(state.language)),
            None if found.checked.get(&event.session).is_some_and(|last| *last >= event.seq) => say("holds", "完好"),
            None => say("newer than the last verification", "晚于上次校验"),
        },
    }
}

/// Whether the person's own client has signed the chain up to the event.
fn signed(state: &State, event: &Event) -> String {
    let Some(info) = state.audit.sessions.get(&event.session) else { return String::new() };
    match info.countersigned {
        Some(last) if last >= event.seq => match state.language {
            Language::English => format!("countersigned, with event {last}"),
            Language::Chinese => format!("已会签（至第 {last} 条）"),
        },
        _ => state.say("not yet countersigned", "尚未会签").to_owned(),
    }
}

/// The details as names and values, one a line; what is no JSON object stays as it is.
fn details(event: &Event) -> Vec<(String, String)> {
    let Some(text) = event.details.as_deref().filter(|_| !event.withheld()) else { return Vec::new() };
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) else { return vec![("text".to_owned(), text.to_owned())] };
    map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), readable(value))).collect()
}

fn readable(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
