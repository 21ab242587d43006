//! (state, event) → state and effects. Pure: no terminal, no connection, no key.

pub(super) mod alerts;
mod answers;
pub(super) mod audit;
pub(super) mod audit_reviews;
mod chooser;
pub(super) mod columns;
mod commands;
mod conflict;
mod connection;
mod count;
mod delete;
mod duplicates;
mod form;
pub(super) mod freeze;
mod history;
pub(super) mod incidents;
pub(super) mod kind;
pub(super) mod list;
mod motion;
mod note;
pub(super) mod palette;
mod paste;
pub(super) mod people;
mod policy;
mod popups;
mod reason;
pub(super) mod reference;
pub(super) mod replay;
pub(super) mod report;
pub(super) mod requests;
pub(super) mod reviews;
mod save;
pub(super) mod saved_view;
mod second_factor;
pub(super) mod settings;
pub(super) mod share;
mod star;
mod step_up;
pub(super) mod strip;
mod unlock;

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use motion::Motion;
use ratatui::layout::{Position, Rect};

use super::{
    event::{Effect, Event},
    keymap,
    state::{Count, Pane, Popup, Screen, State, search_box, secret_box},
};
use crate::model::catalogue::Language;

/// Milliseconds a search waits for the next key.
const DEBOUNCE_MS: u64 = 200;
/// Two presses of the mouse within this are one double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// What happened changes what is true, and may ask for something.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let shown = report::shown(state);
    let mut effects = react(state, event);
    effects.extend(report::hidden(state, shown));
    effects.extend(report::stayed(state, Instant::now()));
    let reading = connection::is_reading(state);
    state.reading_since = reading.then(|| state.reading_since.unwrap_or_else(Instant::now));
    effects
}

fn react(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            state.last_input = Instant::now();
            on_key(state, key)
        }
        Event::Paste(text) => {
            state.last_input = Instant::now();
            paste::paste(state, &text)
        }
        Event::Mouse(mouse) => on_mouse(state, mouse),
        Event::FocusLost => {
            hide_by_policy(state);
            Vec::new()
        }
        Event::Tick => on_tick(state),
        Event::Key(_) | Event::Resize => Vec::new(),
        answer => {
            let (open, offline) = (state.session.is_some(), state.offline.is_some());
            let mut effects = answers::on_answer(state, answer);
            if offline && state.offline.is_none() && state.session.is_some() {
                effects.extend(connection::back(state));
            }
            // Where the server has ended the session, the desk has locked itself on the way: the keys go too.
            if open && state.session.is_none() && !effects.iter().any(|effect| matches!(effect, Effect::Lock)) {
                effects.push(Effect::Lock);
            }
            effects
        }
    }
}

fn on_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        match key.code {
            KeyCode::Char('l') => return vec![Effect::Redraw],
            KeyCode::Char('z') => {
                let mut effects = lock(state);
                effects.push(Effect::Suspend);
                return effects;
            }
            KeyCode::Char('c') => return connection::cancel(state),
            KeyCode::Char('r') if state.offline.is_some() => return connection::try_now(state),
            _ => {}
        }
    }
    if state.second_factor.is_some() {
        return second_factor::on_key(state, key);
    }
    if state.screen == Screen::Unlock {
        return unlock::on_key(state, key);
    }
    if state.popup.is_some() {
        return popups::on_key(state, key);
    }
    if state.people.typing.is_some() {
        return people::find_key(state, key);
    }
    if state.screen == Screen::Replay && state.replays.open.as_ref().is_some_and(|open| open.typing.is_some()) {
        return replay::find_key(state, key);
    }
    if state.searching {
        return search_key(state, key);
    }
    if people::grid_key(state, key) {
        return Vec::new();
    }
    if count::take(state, key) {
        return Vec::new();
    }
    if key.code == KeyCode::Esc && state.count.value > 0 {
        state.count = Count::default();
        return Vec::new();
    }
    if key.code == KeyCode::Esc && state.screen == Screen::Settings && state.settings.work().is_some() {
        return settings::stop(state);
    }
    if key.code == KeyCode::Esc && connection::is_reading(state) {
        return connection::cancel(state);
    }
    if let Some(motion) = motion::of(state, key) {
        state.count = Count::default();
        return motion::go(state, motion);
    }
    state.list.owed = 0;
    let mut effects = count::settle(state);
    effects.extend(command_key(state, key));
    effects
}

fn command_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    // An empty detail has nothing of its own to do: the list's keys work there.
    let pane = if state.detail.is_none() && state.pane == Pane::Detail { Pane::List } else { state.pane };
    if let Some(command) = keymap::command(key, state.screen, pane) {
        return commands::run(state, command);
    }
    state.message = keymap_hint(state, key);
    Vec::new()
}

/// A key that works in another pane says so.
fn keymap_hint(state: &State, key: KeyEvent) -> Option<String> {
    let KeyCode::Char(c) = key.code else { return None };
    let entry = keymap::ENTRIES.iter().find(|entry| entry.key == c.to_string())?;
    let way = match entry.place {
        keymap::Place::Detail if state.viewing => state.say("the record is being read; press it again", "正在读取记录，请稍后再按"),
        keymap::Place::Detail => state.say("press Tab to go to the detail first", "请先按 Tab 进入详情"),
        keymap::Place::People | keymap::Place::Officer => state.say("works on the people screen: press 3 first", "请先按 3 进入人员界面"),
        keymap::Place::Reviews => state.say("works in a review: press 3, then v", "请先按 3 再按 v 进入权限复核"),
        keymap::Place::Settings => state.say("works among the settings: press 6 first", "请先按 6 进入设置界面"),
        keymap::Place::Requests => state.say("works among the requests: press i first", "请先按 i 进入申请列表"),
        keymap::Place::Alerts => state.say("works among the alerts: press ! first", "请先按 ! 进入告警界面"),
        keymap::Place::AuditReviews => state.say("works in a review of the audit: press 2, then v", "请先按 2 再按 v 进入审计复核"),
        keymap::Place::Incidents => state.say("works among the incidents: press 7 first", "请先按 7 进入安全事件界面"),
        keymap::Place::Replay => state.say("works in a replay: press 2, then r on an event", "请先按 2，再在事件上按 r 重放会话"),
        keymap::Place::Audit => state.say("works in the audit: press 2 first", "请先按 2 进入审计界面"),
        _ => state.say("works on the desk: press 1 first", "请先按 1 进入工作台"),
    };
    Some(format!("{}{}{way}", entry.name(state.language), state.say(": ", "：")))
}

fn on_mouse(state: &mut State, mouse: MouseEvent) -> Vec<Effect> {
    if state.screen == Screen::Unlock || state.second_factor.is_some() {
        return Vec::new();
    }
    state.last_input = Instant::now();
    if state.popup.is_some() {
        return popups::on_wheel(state, mouse.kind);
    }
    let under = state.panes.iter().find(|(_, area)| area.contains(Position::new(mouse.column, mouse.row))).copied();
    if let (Screen::Desk | Screen::People | Screen::Reviews | Screen::Incidents | Screen::Replay, Some((pane, _))) = (state.screen, under) {
        state.pane = pane;
    }
    match mouse.kind {
        MouseEventKind::ScrollDown => motion::go(state, Motion::By(3)),
        MouseEventKind::ScrollUp => motion::go(state, Motion::By(-3)),
        MouseEventKind::Down(MouseButton::Left) => press(state, mouse, under),
        _ => Vec::new(),
    }
}

/// A press selects the row under it; a second one at once opens it.
fn press(state: &mut State, mouse: MouseEvent, under: Option<(Pane, Rect)>) -> Vec<Effect> {
    let now = Instant::now();
    let before = state.pressed.replace((mouse.column, mouse.row, now));
    if let Some((Pane::List, area)) = under.filter(|_| state.screen == Screen::People) {
        let line = mouse.row.checked_sub(area.y + 2).filter(|_| mouse.row + 1 < area.bottom());
        let row = line.map(|line| state.first_row + usize::from(line)).filter(|row| *row < state.people.shown().len());
        return row.map(|row| people::select(state, row)).unwrap_or_default();
    }
    if let Some((Pane::List, area)) = under.filter(|_| state.screen == Screen::Reviews) {
        let line = mouse.row.checked_sub(area.y + 2).filter(|_| mouse.row + 1 < area.bottom());
        let row = line.map(|line| state.first_row + usize::from(line)).filter(|row| *row < state.reviews.rows());
        if let Some(row) = row {
            state.reviews.select(row);
        }
        return Vec::new();
    }
    if let Some((Pane::List, area)) = under.filter(|_| state.screen == Screen::AuditReviews) {
        let line = mouse.row.checked_sub(area.y + 2).filter(|_| mouse.row + 1 < area.bottom());
        let row = line.map(|line| state.first_row + usize::from(line)).filter(|row| *row < state.audit_reviews.count());
        if let Some(row) = row {
            state.audit_reviews.select(row);
        }
        return Vec::new();
    }
    if let Some((Pane::List, area)) = under.filter(|_| state.screen == Screen::Requests) {
        if let Some(line) = mouse.row.checked_sub(area.y + 2).filter(|_| mouse.row + 1 < area.bottom()) {
            let last = state.requests.shown().len().saturating_sub(1);
            requests::select(state, (state.first_row + usize::from(line)).min(last));
        }
        return Vec::new();
    }
    if let Some((Pane::List, area)) = under.filter(|_| state.screen == Screen::Alerts) {
        let line = mouse.row.checked_sub(area.y + 2).filter(|_| mouse.row + 1 < area.bottom());
        let row = line.map(|line| state.first_row + usize::from(line)).filter(|row| *row < state.alerts.rows.len());
        return row.map(|row| alerts::select(state, row)).unwrap_or_default();
    }
    let Some((pane, area)) = under.filter(|_| state.screen == Screen::Desk) else { return Vec::new() };
    if pane == Pane::Detail {
        let field = state.field_rows.iter().rev().find(|(row, _)| *row <= mouse.row).map(|(_, field)| *field);
        if let (Some(detail), Some(field)) = (&mut state.detail, field) {
            detail.selected = field;
        }
    }
    if pane != Pane::List {
        return Vec::new();
    }
    // Below the border and the headings.
    let Some(line) = mouse.row.checked_sub(area.y + 2) else { return Vec::new() };
    let row = state.first_row + usize::from(line);
    if row >= state.list.rows.len() || mouse.row + 1 >= area.bottom() {
        return Vec::new();
    }
    state.list.selected = row;
    let twice = before.is_some_and(|(_, y, at)| y == mouse.row && now.duration_since(at) < DOUBLE);
    if twice { commands::run(state, keymap::Command::Open) } else { commands::follow_selection(state) }
}

fn search_key(state: &mut State, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc => {
            state.searching = false;
            state.query = std::mem::take(&mut state.query_before);
            state.search = search_box(&state.query);
            commands::list(state, None, 0)
        }
        KeyCode::Enter => {
            state.searching = false;
            state.query = state.search.lines().join(" ");
            commands::list(state, None, 0)
        }
        KeyCode::Down | KeyCode::Up | KeyCode::Tab => {
            state.searching = false;
            Vec::new()
        }
        _ => {
            if !state.search.input(key) {
                return Vec::new();
            }
            search_changed(state)
        }
    }
}

fn search_changed(state: &mut State) -> Vec<Effect> {
    state.message = None;
    state.query = state.search.lines().join(" ");
    state.list.by_column = None;
    let typed = state.query.trim();
    let enough = typed.is_empty() || typed.chars().count() >= 2 || typed.chars().any(crate::text::normalise::is_cjk);
    if enough { commands::list(state, None, DEBOUNCE_MS) } else { Vec::new() }
}

fn on_tick(state: &mut State) -> Vec<Effect> {
    let now = Instant::now();
    if let Some(detail) = &mut state.detail {
        detail.revealed.retain(|_, revealed| revealed.until > now);
    }
    hide_popup(state, Some(now));
    let unlocked = state.session.is_some() && state.screen != Screen::Unlock;
    if !unlocked && state.second_factor.is_none() {
        return Vec::new();
    }
    if now.duration_since(state.last_input) >= state.idle_lock {
        let effects = lock(state);
        let idle = state.say("Locked after a while without a key.", "长时间无操作，已锁定。");
        state.message = Some(state.message.take().map_or_else(|| idle.to_owned(), |waits| format!("{idle} {waits}")));
        return effects;
    }
    if !unlocked {
        return Vec::new();
    }
    audit::redraw_curves(state);
    let mut effects = audit::follow(state);
    effects.extend(people::refresh(state));
    effects.extend(strip::refresh(state));
    effects.extend(reviews::refresh(state));
    effects.extend(reviews::close_what_is_due(state));
    effects.extend(policy::expire(state));
    effects.extend(policy::expire_others(state, now));
    effects.extend(count::expire(state, now));
    effects.extend(connection::retry(state, now));
    effects
}

/// Hides every revealed value at once, wherever it is shown.
fn hide_all(state: &mut State) {
    if let Some(detail) = &mut state.detail {
        detail.revealed.clear();
    }
    hide_popup(state, None);
}

/// Hides what its class does not leave on a screen that nobody may be looking at.
fn hide_by_policy(state: &mut State) {
    let Some(session) = &state.session else { return };
    let class = |code: &str| session.catalogue.class(code).is_none_or(|class| class.hide_on_focus_loss);
    let field = |code: &str| session.catalogue.field(code).is_none_or(|field| class(&field.class));
    if let Some(detail) = &mut state.detail {
        detail.revealed.retain(|code, _| !field(code));
    }
    let hides = match &state.popup {
        Some(Popup::Form(form)) => form.fields.iter().any(|shown| shown.until.is_some() && field(&shown.field.code)),
        Some(Popup::Notes(_)) => class(crate::service::note::CLASS),
        Some(Popup::History(history)) => field(&history.field),
        Some(Popup::Shares(window)) => window.opened.as_ref().is_some_and(|opened| class(&opened.shared.class)),
        _ => false,
    };
    if hides {
        hide_popup(state, None);
    }
}

/// Takes decrypted values out of the small window that is open: those whose time has passed, or all.
fn hide_popup(state: &mut State, now: Option<Instant>) {
    let over = |until: Instant| now.is_none_or(|now| until <= now);
    match &mut state.popup {
        Some(Popup::Form(form)) => form.conceal(now),
        Some(Popup::Shares(window)) if window.opened.as_ref().is_some_and(|opened| over(opened.until)) => window.opened = None,
        Some(Popup::Notes(notes)) if notes.until.is_some_and(over) => {
            state.popup = None;
            state.message = Some(state.say("The notes are hidden again; N reads them.", "备注已隐藏；按 N 再次阅读。").to_owned());
        }
        Some(Popup::History(history)) if history.until.is_some_and(over) => {
            state.popup = None;
            state.message =
                Some(state.say("The earlier values are hidden again; h reads them.", "历史值已隐藏；按 h 再次查看。").to_owned());
        }
        _ => {}
    }
}

/// Hides everything and drops the keys. What is being typed in a form or a note stays, unseen, for the same person to go on with.
fn lock(state: &mut State) -> Vec<Effect> {
    hide_all(state);
    let codes_wait = second_factor::wait_behind_the_lock(state);
    match &mut state.popup {
        Some(Popup::Form(form)) => form.wait_behind_the_lock(),
        Some(Popup::NoteEditor(editor)) => {
            editor.doubted |= std::mem::take(&mut editor.saving);
            editor.question = None;
        }
        _ => state.popup = None,
    }
    state.message = if codes_wait {
        let text = state.say("Your recovery codes are shown again when you unlock.", "解锁后将再次显示您的恢复码。");
        Some(text.to_owned())
    } else {
        state.popup.as_ref().is_some_and(Popup::is_unsaved).then(|| waits(state).to_owned())
    };
    state.owner = state.session.as_ref().map(|session| session.user.clone()).or(state.owner.take());
    state.screen = Screen::Unlock;
    state.passphrase = secret_box();
    state.code = None;
    state.typing_user = false;
    state.unlocking = false;
    state.session = None;
    state.detail = None;
    state.trail.clear();
    state.strip = super::state::StripReading::default();
    state.ended_asked = None;
    state.pane = Pane::List;
    // Answers still on their way belong to a session that is over.
    state.detail_generation += 1;
    state.list = super::state::List { generation: state.list.generation + 1, ..super::state::List::default() };
    // Kept filters stay for the same person, unseen.
    let kept = std::mem::take(&mut state.audit.kept);
    state.audit = super::audit::Audit { generation: state.audit.generation + 1, kept, ..super::audit::Audit::default() };
    state.shares = super::share::Shares { generation: state.shares.generation + 1, ..super::share::Shares::default() };
    state.alerts = super::alerts::Alerts { generation: state.alerts.generation + 1, ..super::alerts::Alerts::default() };
    state.reviews = super::reviews::Reviews { generation: state.reviews.generation + 1, ..super::reviews::Reviews::default() };
    state.settings = super::settings::Settings { generation: state.settings.generation + 1, ..super::settings::Settings::default() };
    state.incidents = super::incidents::Incidents { generation: state.incidents.generation + 1, ..super::incidents::Incidents::default() };
    state.replays = super::replay::Replays { generation: state.replays.generation + 1, ..super::replay::Replays::default() };
    state.requests = super::requests::Requests { generation: state.requests.generation + 1, ..super::requests::Requests::default() };
    state.people = super::people::People { generation: state.people.generation + 1, ..super::people::People::default() };
    vec![Effect::Lock]
}

fn waits(state: &State) -> &'static str {
    match state.language {
        Language::English => "What you typed waits here for you.",
        Language::Chinese => "您输入的内容已保留，解锁后可继续。",
    }
}

/// When a value revealed now hides itself.
fn hide_at(seconds: i32) -> Instant {
    Instant::now() + Duration::from_secs(u64::try_from(seconds.max(1)).unwrap_or(30))
}
