//! The incidents screen: reading, moving, and what is added to a timeline.

use jiff::{SignedDuration, Timestamp, Zoned};

use super::{
    super::{
        event::{Answer, Effect},
        incidents::{Act, Begin, Purpose, What},
        people::{Dialog, Purpose as Asking},
        state::{Pane, Popup, Screen, State},
    },
    answers::accept,
    audit,
    motion::{Motion, reach},
};
use crate::{
    model::{
        alert::{Alert, Severity as AlertSeverity},
        audit::Filter,
        incident::{Incident, Item, Kind, Saw, Scope, Severity},
    },
    text::when,
};

/// Events of an alert that a new incident begins with; the others are found from them.
const MOST_PINS: usize = 20;
const NUMBER: (&str, &str) = ("number", "编号");
const TEXT: (&str, &str) = ("text", "内容");

pub fn enter(state: &mut State) -> Vec<Effect> {
    state.screen = Screen::Incidents;
    state.pane = Pane::List;
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    state.incidents.generation += 1;
    state.incidents.loading = true;
    vec![Effect::Incidents { generation: state.incidents.generation }]
}

/// Something was added to one somewhere.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    if state.screen == Screen::Incidents { read(state) } else { Vec::new() }
}

pub fn take(state: &mut State, answer: Answer<Vec<Incident>>) -> Vec<Effect> {
    state.incidents.loading = false;
    let Some(rows) = accept(state, answer) else { return Vec::new() };
    state.incidents.rows = rows;
    state.incidents.selected = state.incidents.current().map(|incident| incident.number);
    ask_items(state)
}

pub fn take_items(state: &mut State, number: i64, answer: Answer<Vec<Item>>) {
    if let Some(items) = accept(state, answer) {
        state.incidents.items = Some((number, items));
    }
}

fn ask_items(state: &State) -> Vec<Effect> {
    state.incidents.selected.map(|number| Effect::IncidentItems { number }).into_iter().collect()
}

pub fn go(state: &mut State, motion: Motion) -> Vec<Effect> {
    if state.pane == Pane::Detail {
        state.incidents.scroll = reach(motion, state.incidents.scroll, state.incidents.most_scroll + 1).0;
        return Vec::new();
    }
    let row = reach(motion, state.incidents.row(), state.incidents.rows.len()).0;
    let before = state.incidents.selected;
    state.incidents.selected = state.incidents.rows.get(row).map(|incident| incident.number);
    if state.incidents.selected == before {
        return Vec::new();
    }
    state.incidents.scroll = 0;
    ask_items(state)
}

/// One of them is chosen: code, and whether it is at first.
fn choices(state: &mut State, codes: impl Iterator<Item = (String, bool)>) {
    if let Some(Popup::Person(dialog)) = &mut state.popup {
        dialog.checks = codes.map(|(code, chosen)| (code, false, chosen)).collect();
        dialog.levels = dialog.checks.len();
    }
}

fn severities(state: &mut State, chosen: Severity) {
    choices(state, Severity::ALL.into_iter().map(|severity| (severity.code().to_owned(), severity == chosen)));
}

/// Items of the timeline that are tasks and not done.
pub fn open_tasks(state: &State) -> Vec<&Item> {
    let items = state.incidents.timeline().unwrap_or_default();
    let is_done = |number: i64| items.iter().any(|item| item.kind == "done" && item.of == Some(number));
    items.iter().filter(|item| item.kind == "task" && !is_done(item.number)).collect()
}

fn open(state: &mut State, purpose: Purpose, boxes: &[((&'static str, &'static str), String, usize)]) -> Vec<Effect> {
    let mut dialog = Dialog::new(Asking::Incident(purpose), "");
    for (label, text, limit) in boxes {
        dialog = dialog.with_box(*label, text, *limit, false);
    }
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// What an alert is about: who caused it, its record, and when.
fn of_alert(alert: &Alert) -> Begin {
    let people = alert.actors.iter().filter(|actor| *actor != "system").cloned().collect();
    let until = alert.until.checked_add(SignedDuration::from_secs(1)).unwrap_or(alert.until);
    let records = alert.record.into_iter().collect();
    Begin {
        scope: Scope { people, records, from: Some(alert.from), until: Some(until), ..Scope::default() },
        alert: Some(alert.number),
        ..Begin::default()
    }
}

/// A new one from the alert under the cursor: about who caused it, with its events pinned. The alert is then one's own.
fn from_alert(state: &mut State) -> Vec<Effect> {
    let Some(alert) = state.alerts.current() else { return Vec::new() };
    let mut begin = of_alert(alert);
    if let Some(whole) = state.alerts.whole.as_ref().filter(|whole| whole.alert.number == alert.number) {
        begin.pins = whole.events.iter().rev().take(MOST_PINS).map(|event| (event.session, event.seq)).collect();
    }
    let label = alert.label.in_language(state.language);
    let about = alert.about();
    let title = if about.is_empty() { label.to_owned() } else { format!("{label}{}{about}", state.say(": ", "：")) };
    let severity = match alert.severity {
        AlertSeverity::Critical => Severity::Critical,
        AlertSeverity::Warning => Severity::High,
        AlertSeverity::Info => Severity::Medium,
    };
    let boxes = [(("title", "标题"), title.chars().take(120).collect(), 120), (("pin to", "并入"), String::new(), 12)];
    let effects = open(state, Purpose::Open(Box::new(begin)), &boxes);
    severities(state, severity);
    effects
}

/// The people an incident is about, and when: as far as its scope says, from a day before it was opened until now otherwise.
fn whom_and_when(incident: &Incident) -> Option<(String, Timestamp, Timestamp)> {
    let person = incident.scope.people.first()?.clone();
    let day_before = incident.opened_at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(incident.opened_at);
    // What went on after the alert belongs to it: the end of a scope that is open still moves.
    let until = if incident.closed { incident.scope.until.unwrap_or(incident.last_at) } else { Timestamp::now() };
    Some((person, incident.scope.from.unwrap_or(day_before), until))
}

/// What the first person it is about saw.
pub fn saw(state: &mut State) -> Vec<Effect> {
    let Some((login, from, until)) = state.incidents.current().and_then(whom_and_when) else { return Vec::new() };
    vec![Effect::Saw { login, from, until }]
}

pub fn take_saw(state: &mut State, login: String, answer: Answer<Vec<Saw>>) {
    if let Some(mut found) = accept(state, answer)
        && state.screen == Screen::Incidents
    {
        // What was read in full stands first, and the newest of it.
        let worst = |list: &str| ["revealed", "fetched", "listed", "pages"].iter().position(|known| *known == list).unwrap_or(4);
        found.sort_by(|one, other| worst(&one.list).cmp(&worst(&other.list)).then(other.last.cmp(&one.last)));
        state.popup = Some(Popup::Saw { login, found, scroll: 0 });
    }
}

/// What the first person it is about did, in the audit.
pub fn timeline(state: &mut State) -> Vec<Effect> {
    let Some((login, from, _)) = state.incidents.current().and_then(whom_and_when) else { return Vec::new() };
    audit::open(state, Filter { actor: Some(login), from: Some(from), ..Filter::default() })
}

/// A new one. From an event of the audit, about its actor and with the event pinned; where an incident is open, the event may go there.
pub fn begin(state: &mut State) -> Vec<Effect> {
    if state.screen == Screen::Alerts {
        return from_alert(state);
    }
    let item = state.audit_reviews.current_item().filter(|_| state.screen == Screen::AuditReviews);
    let event = match state.screen {
        Screen::Audit => state.audit.window.selected_event(),
        _ => item.and_then(|item| item.event.as_ref()),
    };
    // What a reviewer found is what it is about.
    let found: String = item.and_then(|item| item.found.as_ref()).map(|found| found.note.chars().take(120).collect()).unwrap_or_default();
    let person = match event {
        Some(event) => (event.actor != "system").then(|| event.actor.clone()),
        None if state.screen == Screen::People => state.people.current().map(|entry| entry.person.user.clone()),
        None => None,
    };
    let pins: Vec<_> = event.map(|event| (event.session, event.seq)).into_iter().collect();
    let boxes = [(("title", "标题"), found, 120), (("pin to", "并入"), String::new(), 12)];
    let count = if pins.is_empty() { 1 } else { 2 };
    let scope = Scope { people: person.into_iter().collect(), ..Scope::default() };
    let effects = open(state, Purpose::Open(Box::new(Begin { scope, pins, alert: None })), &boxes[..count]);
    severities(state, Severity::High);
    effects
}

pub fn add(state: &mut State, what: What) -> Vec<Effect> {
    let Some(incident) = state.incidents.current() else { return Vec::new() };
    let (number, class) = (incident.number, incident.scope.classes.first().cloned().unwrap_or_default());
    let purpose = Purpose::Add { number, what };
    let text = (TEXT, String::new(), 2_000);
    let now = ("since", "时间");
    match what {
        What::Note | What::Task | What::Close | What::Reopen => open(state, purpose, &[text]),
        What::Done => {
            let tasks: Vec<i64> = open_tasks(state).iter().map(|item| item.number).collect();
            let effects = open(state, purpose, &[text]);
            choices(state, tasks.iter().map(|number| (number.to_string(), tasks.first() == Some(number))));
            effects
        }
        What::Correct => open(state, purpose, &[(NUMBER, String::new(), 12), text]),
        What::HandOver => open(state, purpose, &[(("to", "移交给"), String::new(), 41), text]),
        What::NewKeys => open(state, purpose, &[(("class", "类别"), class, 40)]),
        What::Known => open(state, purpose, &[(now, "now".to_owned(), 20)]),
        What::Notified => {
            open(state, purpose, &[(("whom", "对象"), "authority".to_owned(), 9), (("when", "时间"), "now".to_owned(), 20), text])
        }
    }
}

fn chosen(dialog: &Dialog) -> Option<&str> {
    dialog.checks.iter().find(|check| check.2).map(|check| check.0.as_str())
}

/// What is handed over, or what is missing.
pub fn act(state: &State, dialog: &Dialog, purpose: &Purpose) -> Result<Act, &'static str> {
    let typed = |index| dialog.typed(index).expose().trim().to_owned();
    let wanted = |text: String| {
        if text.is_empty() { Err(state.say("Write it down first.", "请先填写内容。")) } else { Ok(text) }
    };
    let moment = |text: &str| {
        when::parse(text, &Zoned::now())
            .ok_or_else(|| state.say("A time, as 14:00, -2h or 2026-11-24 09:00.", "时间格式：14:00、-2h 或 2026-11-24 09:00。"))
    };
    let number_of = |text: String| {
        text.parse::<i64>().map_err(|_| state.say("The number of an item, as it stands on the left.", "请填写左侧的条目编号。"))
    };
    Ok(match purpose {
        Purpose::Open(begin) => {
            let Begin { scope, pins, alert } = begin.as_ref();
            let pins = pins.iter().map(|(session, seq)| Kind::Pin { session: *session, seq: *seq }).collect();
            if !typed(1).is_empty() {
                let number = typed(1)
                    .parse()
                    .map_err(|_| state.say("The number of an incident, or nothing for a new one.", "请填写事件编号；新建则留空。"))?;
                return Ok(Act::Pin { number, pins, alert: *alert, text: typed(0) });
            }
            let severity = chosen(dialog).and_then(Severity::from_code).unwrap_or(Severity::High);
            Act::Open { title: wanted(typed(0))?, severity, scope: scope.clone(), pins, alert: *alert }
        }
        Purpose::Add { number, what } => {
            let (kind, text) = match what {
                What::Note => (Kind::Note, wanted(typed(0))?),
                What::Task => (Kind::Task, wanted(typed(0))?),
                What::Close => (Kind::Close, wanted(typed(0))?),
                What::Reopen => (Kind::Reopen, wanted(typed(0))?),
                What::Done => (Kind::Done { of: number_of(chosen(dialog).unwrap_or_default().to_owned())? }, typed(0)),
                What::Correct => (Kind::Correct { of: number_of(typed(0))? }, wanted(typed(1))?),
                What::HandOver => (Kind::HandOver { to: wanted(typed(0))? }, typed(1)),
                What::Known => (Kind::Known(moment(&typed(0))?), String::new()),
                What::NewKeys => {
                    let class = wanted(typed(0))?;
                    let text = format!("{}{class}", state.say("New keys for the class ", "已更换类别密钥："));
                    return Ok(Act::NewKeys { number: *number, class, text });
                }
                What::Notified => (Kind::Notified { whom: wanted(typed(0))?, at: moment(&typed(1))? }, typed(2)),
            };
            Act::Add { number: *number, kind, text }
        }
    })
}
