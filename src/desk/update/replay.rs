//! Replaying a session: begun from an event, stepped, searched.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        input::{Input, Typed},
        replay::{Asked, Replaying},
        state::{Pane, Screen, State},
    },
    answers::accept,
    audit, commands,
    motion::{Motion, reach},
    people,
};
use crate::{
    model::{
        action,
        audit::{Event, EventKey, outcome_in_words},
        replay::{Jump, Replay, Stretch, stretch_of},
    },
    text::normalise::fold,
};

/// The event that a replay would begin at: the one under the cursor, or the first that is pinned to the incident.
pub fn meant(state: &State) -> Option<EventKey> {
    match state.screen {
        Screen::Audit => state.audit.window.selected_event().map(Event::key),
        Screen::Incidents => {
            state.incidents.timeline()?.iter().find_map(|item| item.pinned.as_ref()).map(|pinned| (pinned.session, pinned.seq))
        }
        _ => None,
    }
}

pub fn begin(state: &mut State) -> Vec<Effect> {
    let origin = (state.screen, state.pane, state.zoomed);
    if let Some((of, seq)) = meant(state) {
        return ask(state, Asked { of, at: seq, is_new: true, origin }, stretch_of(seq));
    }
    if state.replays.open.is_some() {
        state.screen = Screen::Replay;
        select_pane(state);
    }
    Vec::new()
}

fn ask(state: &mut State, asked: Asked, between: (i64, i64)) -> Vec<Effect> {
    let replays = &mut state.replays;
    replays.generation += 1;
    replays.loading = true;
    let of = asked.of;
    replays.asked = Some(asked);
    vec![Effect::Screens { generation: replays.generation, of, between }]
}

pub fn take(state: &mut State, answer: Answer<Box<Stretch>>) {
    state.replays.loading = false;
    let (Some(stretch), Some(asked)) = (accept(state, answer), state.replays.asked.take()) else { return };
    if asked.is_new {
        let (replay, origin) = (Replay::new(asked.of), asked.origin);
        state.replays.open = Some(Replaying {
            replay,
            selected: 0,
            moment: crate::model::replay::Moment::default(),
            text: String::new(),
            typing: None,
            origin,
        });
        (state.screen, state.zoomed) = (Screen::Replay, false);
    }
    let Some(open) = &mut state.replays.open else { return };
    open.replay.add(*stretch);
    let last = open.replay.events.len().saturating_sub(1);
    let at = open.replay.events.iter().position(|event| event.seq >= asked.at).unwrap_or(last);
    select(state, at);
}

/// Puts the cursor on an event, and the screen of that moment under it.
pub fn select(state: &mut State, index: usize) {
    let Some(session) = &state.session else { return };
    let Some(open) = &mut state.replays.open else { return };
    open.selected = index.min(open.replay.events.len().saturating_sub(1));
    open.moment = open.replay.at(open.selected, &session.catalogue);
    select_pane(state);
}

/// The pane that the event is about gets the room.
fn select_pane(state: &mut State) {
    if let Some(event) = state.replays.event() {
        state.pane = if matches!(event.action.as_str(), "list" | "search" | "star" | "unstar") || event.record.is_none() {
            Pane::List
        } else {
            Pane::Detail
        };
    }
}

pub fn go(state: &mut State, motion: Motion) -> Vec<Effect> {
    let Some(open) = &state.replays.open else { return Vec::new() };
    let (row, beyond) = reach(motion, open.selected, open.replay.events.len());
    // What was said of the row before.
    state.message = None;
    select(state, row);
    if beyond == 0 { Vec::new() } else { read_on(state, beyond > 0) }
}

/// Reads the stretch behind the last event, or before the first; nothing at the end of the session.
fn read_on(state: &mut State, forward: bool) -> Vec<Effect> {
    if state.replays.loading {
        return Vec::new();
    }
    let Some(open) = &state.replays.open else { return Vec::new() };
    let Some(between) = open.replay.next_stretch(forward) else {
        return if forward {
            commands::say(state, "This is the session's last event.", "这是会话的最后一个事件。")
        } else {
            commands::say(state, "This is the session's first event.", "这是会话的第一个事件。")
        };
    };
    let (of, origin) = (open.replay.of, open.origin);
    ask(state, Asked { of, at: if forward { between.0 } else { between.1 }, is_new: false, origin }, between)
}

pub fn jump(state: &mut State, wanted: Jump, forward: bool) -> Vec<Effect> {
    to_next(state, forward, |_, event| wanted.is(event))
}

/// The next event with the text that is looked for.
pub fn next_found(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some(text) = state.replays.open.as_ref().map(|open| fold(&open.text)).filter(|text| !text.is_empty()) else { return find(state) };
    to_next(state, forward, |state, event| says(state, event).contains(&text))
}

fn to_next(state: &mut State, forward: bool, wanted: impl Fn(&State, &Event) -> bool) -> Vec<Effect> {
    let Some(open) = &state.replays.open else { return Vec::new() };
    if let Some(index) = open.replay.find(open.selected, forward, |event| wanted(state, event)) {
        select(state, index);
        return Vec::new();
    }
    if open.replay.next_stretch(forward).is_none() {
        return commands::say(state, "There is no further one in this session.", "该会话中没有更多此类事件。");
    }
    let effects = read_on(state, forward);
    state.message = Some(state.say("None so far; reading on. Press it again.", "此处没有，正在继续读取，请再按一次。").to_owned());
    effects
}

/// All that an event says, for being looked through.
fn says(state: &State, event: &Event) -> String {
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let field = event.field.as_deref().map(|code| {
        catalogue.and_then(|known| known.field(code)).map_or("", |field| field.label.in_language(state.language)).to_owned() + " " + code
    });
    let parts = [
        Some(event.actor.clone()),
        Some(event.action.clone()),
        Some(action::in_words(&event.action, state.language).to_owned()),
        event.record_number.map(|number| number.to_string()),
        field,
        event.class.clone(),
        event.reason.clone(),
        event.reference.clone(),
        event.refused().then(|| format!("{} {}", event.outcome, outcome_in_words(&event.outcome, state.language))),
        event.details.clone().filter(|_| !event.withheld()),
    ];
    fold(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

pub fn find(state: &mut State) -> Vec<Effect> {
    if let Some(open) = &mut state.replays.open {
        open.typing = Some(Input::line(&open.text, 100));
    }
    Vec::new()
}

pub fn find_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    let Some(open) = &mut state.replays.open else { return Vec::new() };
    let Some(mut input) = open.typing.take() else { return Vec::new() };
    match key.code {
        KeyCode::Esc => Vec::new(),
        KeyCode::Enter => {
            input.text().expose().trim().clone_into(&mut open.text);
            if open.text.is_empty() { Vec::new() } else { next_found(state, true) }
        }
        _ => {
            let _: Typed = input.key(key);
            open.typing = Some(input);
            Vec::new()
        }
    }
}

pub fn find_paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(open) = &mut state.replays.open else { return Vec::new() };
    if let Some(input) = &mut open.typing {
        let pasted = input.paste(text);
        state.message = super::paste::told(state, pasted);
    }
    Vec::new()
}

/// Opens the record of the event on the viewer's own desk, where it is revealed as ever.
pub fn leave_to_record(state: &mut State) {
    state.message = Some(
        state.say("Your own desk: r reveals. \":replay\" goes back.", "这是您自己的工作台：按 r 查看原文；输入“:重放”返回。").to_owned(),
    );
}

/// Drops what was read; a viewer who looks at it is back where it was opened from.
pub fn end(state: &mut State) -> Vec<Effect> {
    state.replays.loading = false;
    if state.screen == Screen::Replay {
        return back(state);
    }
    state.replays.open = None;
    Vec::new()
}

pub fn back(state: &mut State) -> Vec<Effect> {
    let Some(open) = state.replays.open.take() else {
        state.screen = Screen::Desk;
        return Vec::new();
    };
    (state.screen, state.pane, state.zoomed) = open.origin;
    match state.screen {
        Screen::Audit => audit::follow(state),
        Screen::People => people::read(state),
        _ => Vec::new(),
    }
}
