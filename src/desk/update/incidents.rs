//! The incidents screen: reading, moving, and what is added to a timeline.

use jiff::Zoned;

use super::{
    super::{
        event::{Answer, Effect},
        incidents::{Act, Purpose, What},
        people::{Dialog, Purpose as Asking},
        state::{Pane, Popup, Screen, State},
    },
    answers::accept,
    motion::{Motion, reach},
};
use crate::{
    model::incident::{Incident, Item, Kind, Scope, Severity},
    text::when,
};

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

fn open(state: &mut State, purpose: Purpose, boxes: &[((&'static str, &'static str), String, usize)]) -> Vec<Effect> {
    let mut dialog = Dialog::new(Asking::Incident(purpose), "");
    for (label, text, limit) in boxes {
        dialog = dialog.with_box(*label, text, *limit, false);
    }
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// A new one. From an event of the audit, about its actor and with the event pinned; where an incident is open, the event may go there.
pub fn begin(state: &mut State) -> Vec<Effect> {
    let event = (state.screen == Screen::Audit).then(|| state.audit.window.selected_event()).flatten();
    let person = match event {
        Some(event) => (event.actor != "system").then(|| event.actor.clone()),
        None if state.screen == Screen::People => state.people.current().map(|entry| entry.person.user.clone()),
        None => None,
    };
    let pin = event.map(|event| (event.session, event.seq));
    let boxes =
        [(("title", "标题"), String::new(), 120), (("severity", "等级"), "high".to_owned(), 8), (("pin to", "并入"), String::new(), 12)];
    let count = if pin.is_some() { 3 } else { 2 };
    open(state, Purpose::Open { person, pin }, &boxes[..count])
}

pub fn add(state: &mut State, what: What) -> Vec<Effect> {
    let Some(number) = state.incidents.current().map(|incident| incident.number) else { return Vec::new() };
    let purpose = Purpose::Add { number, what };
    let text = (TEXT, String::new(), 2_000);
    let now = ("since", "时间");
    match what {
        What::Note | What::Task | What::Close | What::Reopen => open(state, purpose, &[text]),
        What::Done | What::Correct => open(state, purpose, &[(NUMBER, String::new(), 12), text]),
        What::HandOver => open(state, purpose, &[(("to", "移交给"), String::new(), 41), text]),
        What::Known => open(state, purpose, &[(now, "now".to_owned(), 20)]),
        What::Notified => {
            open(state, purpose, &[(("whom", "对象"), "authority".to_owned(), 9), (("when", "时间"), "now".to_owned(), 20), text])
        }
    }
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
        Purpose::Open { person, pin } => {
            let pin = pin.map(|(session, seq)| Kind::Pin { session, seq });
            if let (Some(pin), false) = (&pin, typed(2).is_empty()) {
                let number = typed(2)
                    .parse()
                    .map_err(|_| state.say("The number of an incident, or nothing for a new one.", "请填写事件编号；新建则留空。"))?;
                return Ok(Act::Add { number, kind: pin.clone(), text: typed(0) });
            }
            let severity = Severity::from_code(&typed(1))
                .ok_or_else(|| state.say("low, medium, high or critical.", "等级：low、medium、high 或 critical。"))?;
            let scope = Scope { people: person.iter().cloned().collect(), ..Scope::default() };
            Act::Open { title: wanted(typed(0))?, severity, scope, pin }
        }
        Purpose::Add { number, what } => {
            let (kind, text) = match what {
                What::Note => (Kind::Note, wanted(typed(0))?),
                What::Task => (Kind::Task, wanted(typed(0))?),
                What::Close => (Kind::Close, wanted(typed(0))?),
                What::Reopen => (Kind::Reopen, wanted(typed(0))?),
                What::Done => (Kind::Done { of: number_of(typed(0))? }, typed(1)),
                What::Correct => (Kind::Correct { of: number_of(typed(0))? }, wanted(typed(1))?),
                What::HandOver => (Kind::HandOver { to: wanted(typed(0))? }, typed(1)),
                What::Known => (Kind::Known(moment(&typed(0))?), String::new()),
                What::Notified => (Kind::Notified { whom: wanted(typed(0))?, at: moment(&typed(1))? }, typed(2)),
            };
            Act::Add { number: *number, kind, text }
        }
    })
}
