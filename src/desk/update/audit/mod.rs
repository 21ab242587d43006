//! The audit pane: opening views, following, stepping back.

pub mod absence;
pub mod event;
pub mod export;
pub mod filter;
pub mod saved;
pub mod verify;
pub mod witness;

use std::time::{Duration, Instant};

use super::{
    super::{
        audit::{Opening, Origin, Purpose, Window},
        event::{Answer, Effect},
        state::{Popup, Screen, State},
    },
    answers::accept,
    people, requests, reviews,
};
use crate::model::{
    audit::{AuditPage, Event, Filter, Position, Searched, SessionInfo},
    catalogue::Language,
    id::RecordId,
};

/// How long an opened view is good for, less a margin.
const VIEW_LIFE: Duration = Duration::from_mins(12);
/// When it is worth asking again whether an event is countersigned.
const ASKED_AGAIN: Duration = Duration::from_secs(30);

pub fn enter(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::Audit {
        // Who comes by its own key comes from nowhere in particular.
        state.audit.origin = None;
    }
    state.screen = Screen::Audit;
    let audit = &state.audit;
    // After a long absence what is new is read, not all that happened between; a paused trail keeps its place.
    if audit.loading || (audit.paused && audit.opened.is_some()) || audit.opened.is_some_and(|opened| opened.elapsed() <= VIEW_LIFE) {
        return follow(state);
    }
    let filter = audit.filter.clone();
    let mut effects = ask(state, filter, Purpose::Again);
    effects.extend(saved::read(state));
    effects
}

/// Asks for a view. What is on the screen stays until it is answered, and when it is refused.
fn ask(state: &mut State, filter: Filter, purpose: Purpose) -> Vec<Effect> {
    let audit = &mut state.audit;
    audit.generation += 1;
    audit.loading = true;
    audit.chip = None;
    let at = match &purpose {
        Purpose::At(key) => audit.verification().and_then(|found| found.break_at(*key)).and_then(|broken| broken.beside).map(|(_, at)| at),
        _ => None,
    };
    audit.opening = Some(Opening { filter: filter.clone(), purpose });
    vec![Effect::Audit { generation: audit.generation, filter, at }]
}

/// Opens a view that `Esc` goes back from.
pub fn open(state: &mut State, filter: Filter) -> Vec<Effect> {
    if state.screen != Screen::Audit {
        let (filter, depth) = (state.audit.filter.clone(), state.audit.previous.len());
        state.audit.origin = Some(Origin { screen: state.screen, pane: state.pane, zoomed: state.zoomed, filter, depth });
    }
    state.screen = Screen::Audit;
    state.audit.remember(None, &filter);
    ask(state, filter, Purpose::New)
}

pub fn take_opened(state: &mut State, page: Answer<AuditPage>) -> Vec<Effect> {
    state.audit.loading = false;
    let opening = state.audit.opening.take();
    let (Some(page), Some(opening)) = (accept(state, page), opening) else { return Vec::new() };
    let audit = &mut state.audit;
    audit.opened = Some(Instant::now());
    match opening.purpose {
        Purpose::Renew => {
            let mut effects = follow(state);
            effects.extend(look_on(state));
            return effects;
        }
        Purpose::New if audit.filter != opening.filter => audit.previous.push(std::mem::replace(&mut audit.filter, opening.filter)),
        Purpose::New | Purpose::Again | Purpose::At(_) => audit.filter = opening.filter,
    }
    audit.begin(page);
    audit.activity.redraw();
    if let Purpose::At(key) = opening.purpose {
        audit.window.in_the_past();
        audit.window.select(key);
        let mut effects = page_if_near_end(state);
        effects.extend(ask_session(state));
        return effects;
    }
    audit.paused = false;
    let mut effects = ask_session(state);
    effects.extend(look_on(state));
    effects
}

/// Looks through the next events for a text, until enough was found or somebody stops it.
fn look_on(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    let Some(look) = audit.look.filter(|look| look.goes_on() && !audit.loading) else { return Vec::new() };
    audit.loading = true;
    vec![Effect::AuditPage { generation: audit.generation, newer: false, from: look.place, looked: look.unfound }]
}

/// Stops looking for a text where it has come; `false` where nothing is looked for.
pub fn stop_looking(state: &mut State) -> bool {
    let audit = &mut state.audit;
    let Some(look) = audit.look.as_mut().filter(|_| audit.loading && audit.opening.is_none()) else { return false };
    look.stopped = true;
    audit.loading = false;
    true
}

/// Reads what is new, if the pane is open.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    if state.screen != Screen::Audit || audit.following || audit.loading && audit.look.is_none() {
        return Vec::new();
    }
    let filter = audit.filter.clone();
    match audit.opened {
        // It could not be opened before: the connection was away.
        None => return ask(state, filter, Purpose::Again),
        Some(opened) if opened.elapsed() > VIEW_LIFE => return ask(state, filter, Purpose::Renew),
        Some(_) => {}
    }
    audit.following = true;
    vec![Effect::Follow { generation: audit.generation, position: audit.position }]
}

pub fn take_new(state: &mut State, generation: u64, answer: Answer<(AuditPage, Position)>) -> Vec<Effect> {
    state.audit.following = false;
    if answer.as_ref().is_err_and(|trouble| trouble.code == "SD008") && generation == state.audit.generation {
        // The view has become too old all the same, as after a sleep. The position is still good.
        let filter = state.audit.filter.clone();
        return ask(state, filter, Purpose::Renew);
    }
    let Some((page, position)) = accept(state, answer) else { return Vec::new() };
    let audit = &mut state.audit;
    // A renewal changes the ticket and nothing else; any other view has begun from its own horizon.
    if generation != audit.generation {
        return follow(state);
    }
    audit.position = position;
    let fresh = audit.rounds.fresh(page.events, !page.has_more);
    audit.window.pin(matches!(state.popup, Some(Popup::Event { .. })));
    audit.arrive(fresh);
    redraw_curves(state);
    let mut effects = ask_session(state);
    if page.has_more {
        // Until the round is over, so that nothing is left behind however much came at once.
        effects.extend(follow(state));
    }
    effects
}

/// At most once a second, and only when something came.
pub fn redraw_curves(state: &mut State) {
    let now = Instant::now();
    if state.audit.activity.is_stale() && state.curves_drawn.is_none_or(|drawn| now.duration_since(drawn) >= Duration::from_secs(1)) {
        state.curves_drawn = Some(now);
        state.audit.activity.redraw();
    }
}

pub fn moved(state: &mut State) -> Vec<Effect> {
    let mut effects = page_if_near_end(state);
    effects.extend(ask_session(state));
    effects
}

/// Reads on, older or newer, when the selection comes near an end of the window.
fn page_if_near_end(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    if audit.loading {
        return Vec::new();
    }
    if let Some(look) = audit.look.as_mut().filter(|look| !look.stopped && audit.window.near_oldest() || audit.window.at_oldest()) {
        (look.stopped, look.found) = (false, 0);
        return look_on(state);
    }
    let (newer, from) = if audit.window.near_oldest() && audit.look.is_none() {
        (false, audit.window.oldest())
    } else if audit.window.near_newest() {
        (true, audit.window.newest())
    } else {
        return Vec::new();
    };
    let Some(from) = from.map(Event::place) else { return Vec::new() };
    audit.loading = true;
    if newer {
        // What comes from now on may be missing from the page; what came before is in it.
        audit.held.clear();
        audit.waiting = 0;
    }
    vec![Effect::AuditPage { generation: audit.generation, newer, from, looked: 0 }]
}

pub fn take_page(state: &mut State, newer: bool, page: Answer<AuditPage>) -> Vec<Effect> {
    state.audit.loading = false;
    let Some(page) = accept(state, page) else { return Vec::new() };
    let audit = &mut state.audit;
    if newer {
        // The window reaches the present again only when nothing that came meanwhile was dropped.
        let joins = !page.has_more && audit.nothing_dropped();
        audit.window.add_newer(page.events, !joins);
        if joins && !audit.paused {
            audit.release();
        }
    } else {
        audit.activity.count_older(&page.events);
        audit.looked(&page);
        audit.window.add_older(page.events, page.has_more);
        redraw_curves(state);
    }
    let mut effects = ask_session(state);
    effects.extend(look_on(state));
    effects
}

/// Goes to the newest event, reading it again when the window has left it behind.
pub fn to_newest(state: &mut State) -> Vec<Effect> {
    if state.audit.window.has_newer() && !state.audit.paused {
        let filter = state.audit.filter.clone();
        return ask(state, filter, Purpose::Again);
    }
    state.audit.window.to_newest();
    ask_session(state)
}

pub fn pause(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    audit.paused = !audit.paused;
    if audit.paused {
        return Vec::new();
    }
    if audit.window.has_newer() || !audit.nothing_dropped() {
        let filter = audit.filter.clone();
        return ask(state, filter, Purpose::Again);
    }
    audit.release();
    audit.window.to_newest();
    follow(state)
}

/// One level back: a running verification, the last filter, the desk.
pub fn back(state: &mut State) -> Vec<Effect> {
    if let Some(effects) = verify::stop(state) {
        return effects;
    }
    // Views that were opened on the way are gone back through first; the question that led here, even where it was refused, leads out again.
    if let Some(origin) = state.audit.origin.take_if(|origin| state.audit.previous.len() <= origin.depth + 1) {
        return leave_to(state, origin);
    }
    if let Some(filter) = state.audit.previous.pop() {
        return ask(state, filter, Purpose::Again);
    }
    state.screen = Screen::Desk;
    Vec::new()
}

/// Back where a question came from, with the cursor where it was. The audit goes back to what it showed before, read anew when it is next looked at.
fn leave_to(state: &mut State, origin: Origin) -> Vec<Effect> {
    let audit = &mut state.audit;
    audit.previous.truncate(origin.depth);
    if audit.filter != origin.filter {
        audit.filter = origin.filter;
        audit.generation += 1;
        (audit.loading, audit.following, audit.opening, audit.opened) = (false, false, None, None);
        audit.window = Window::default();
        audit.look = None;
    }
    (state.screen, state.pane, state.zoomed) = (origin.screen, origin.pane, origin.zoomed);
    match origin.screen {
        Screen::People => people::read(state),
        Screen::Requests => requests::read(state),
        Screen::Reviews => reviews::read(state),
        _ => Vec::new(),
    }
}

/// Everybody who saw something of the record under the cursor.
pub fn who_saw(state: &mut State) -> Vec<Effect> {
    let Some((record, number)) = state.audit.window.selected_event().and_then(|event| Some((event.record?, event.record_number))) else {
        state.message = Some(state.say("This event is about no record.", "该事件不涉及记录。").to_owned());
        return Vec::new();
    };
    open(state, Filter { record: Some(record), number, action: Some(Filter::SEEING.to_owned()), ..Filter::default() })
}

/// Everything the person under the cursor did.
pub fn timeline(state: &mut State) -> Vec<Effect> {
    let Some(actor) = state.audit.window.selected_event().map(|event| event.actor.clone()) else { return Vec::new() };
    open(state, Filter { actor: Some(actor), ..Filter::default() })
}

/// Who searched for the record that is open, or that the event under the cursor is about. What of it is revealed on the screen counts too.
pub fn who_searched(state: &mut State) -> Vec<Effect> {
    let opened = state.detail.as_ref().map(|detail| detail.view.id);
    let meant = if state.screen == Screen::Audit { selected_record(state) } else { opened };
    let Some(record) = meant else {
        state.message = Some(state.say("This event is about no record.", "该事件不涉及记录。").to_owned());
        return Vec::new();
    };
    let detail = state.detail.as_ref().filter(|detail| detail.view.id == record);
    let revealed = detail.map(|detail| detail.revealed.iter().map(|(field, shown)| (field.clone(), shown.value.clone())).collect());
    state.message = Some(state.say("Looking for searches ...", "正在查找搜索记录...").to_owned());
    vec![Effect::WhoSearched { record, revealed: revealed.unwrap_or_default() }]
}

/// The record's search keys are made: the view is opened, and says of which fields.
pub fn take_searched(state: &mut State, found: Answer<Searched>) -> Vec<Effect> {
    let Some(found) = accept(state, found) else { return Vec::new() };
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let label = |code: &String| {
        catalogue.and_then(|all| all.field(code)).map_or_else(|| code.clone(), |field| field.label.in_language(state.language).to_owned())
    };
    let fields: Vec<String> = found.fields.iter().map(label).collect();
    state.message = Some(match state.language {
        Language::English => format!("Searches by number, {}; reveal a field first to have it included.", fields.join(", ")),
        Language::Chinese => format!("按编号、{}的搜索；如需包含其他字段，请先查看该字段。", fields.join("、")),
    });
    open(state, Filter { searched: Some(found), ..Filter::default() })
}

/// The whole trail of the record that is open on the desk.
pub fn of_open_record(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let filter = Filter { record: Some(detail.view.id), number: Some(detail.view.number), ..Filter::default() };
    open(state, filter)
}

/// The record of the event under the cursor.
pub fn selected_record(state: &State) -> Option<RecordId> {
    let event = if state.screen == Screen::Replay { state.replays.event() } else { state.audit.window.selected_event() };
    event.and_then(|event| event.record)
}

/// Asks who the session of the selected event is: once, and again after a while for an event that was not countersigned yet.
fn ask_session(state: &mut State) -> Vec<Effect> {
    let audit = &mut state.audit;
    let Some((session, seq)) = audit.window.selected_event().map(Event::key) else { return Vec::new() };
    let is_signed = audit.sessions.get(&session).is_some_and(|info| info.countersigned.is_some_and(|last| last >= seq));
    let is_known = audit.asked.get(&session).is_some_and(|at| is_signed || at.elapsed() < ASKED_AGAIN);
    if audit.loading || is_known {
        return Vec::new();
    }
    audit.asked.insert(session, Instant::now());
    vec![Effect::AuditSessions(vec![session])]
}

pub fn take_sessions(state: &mut State, found: Answer<Vec<SessionInfo>>) {
    match found {
        Ok(found) => state.audit.sessions.extend(found.into_iter().map(|info| (info.session, info))),
        // Shown as not known, and asked for again when it is next selected.
        Err(_) => state.audit.asked.clear(),
    }
}
