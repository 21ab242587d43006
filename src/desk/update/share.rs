//! Sharing a revealed value, and the windows of what is shared with and by this person.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;

use super::{
    super::{
        event::{Answer, Effect},
        input::{Input, Typed},
        share::{OpenedShare, ShareForm, ShareWindow, Side},
        state::{Popup, State},
    },
    answers::accept,
    commands::{heading, say},
    form::is_leaving,
    hide_at, paste,
    popups::Step,
    step_up,
};
use crate::{
    model::{
        catalogue::Language,
        id::ShareId,
        share::{Share, parse_duration},
    },
    service::{
        Error,
        share::{Shared, Wanted},
    },
};

/// Longest login name.
const MAX_LOGIN: usize = 41;
/// Least time between two readings that nobody asked for.
const PAUSE: Duration = Duration::from_secs(30);
const JUST_NOW: Duration = Duration::from_secs(1);

/// Asks with whom the value under the cursor is to be shared.
pub fn begin(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let Some(field) = detail.view.fields.get(detail.selected) else { return Vec::new() };
    let Some(revealed) = detail.revealed.get(&field.field) else { return Vec::new() };
    let form = ShareForm {
        record: detail.view.id,
        field: field.field.clone(),
        heading: heading(detail),
        reason: revealed.reason.clone(),
        to: Input::line("", MAX_LOGIN),
        lasts: Input::line("2h", 8),
        typing_lasts: false,
        busy: false,
        error: None,
    };
    state.popup = Some(Popup::Share(Box::new(form)));
    Vec::new()
}

pub fn form_key(state: &State, form: &mut ShareForm, key: KeyEvent) -> Step {
    if form.busy {
        // What is on its way is not called back: its answer says what became of it.
        return Step::Stay;
    }
    form.error = None;
    match key.code {
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => form.typing_lasts = !form.typing_lasts,
        KeyCode::Enter => return send(state, form),
        _ => {
            let input = if form.typing_lasts { &mut form.lasts } else { &mut form.to };
            if input.key(key) == Typed::Full {
                form.error = Some(state.say("No more characters fit here.", "此处已满。").to_owned());
            }
        }
    }
    Step::Stay
}

pub fn form_paste(state: &State, form: &mut ShareForm, text: &str) {
    if form.busy {
        return;
    }
    let input = if form.typing_lasts { &mut form.lasts } else { &mut form.to };
    form.error = paste::told(state, input.paste(text));
}

fn send(state: &State, form: &mut ShareForm) -> Step {
    let to = form.to.text().expose().trim().to_owned();
    if to.is_empty() {
        form.typing_lasts = false;
        form.error = Some(state.say("A login name is needed, such as wu.jun.", "需要登录名，例如 wu.jun。").to_owned());
        return Step::Stay;
    }
    let Some(lasts) = parse_duration(form.lasts.text().expose()) else {
        form.typing_lasts = true;
        form.error = Some(Error::ShareDuration.message(state.language));
        return Step::Stay;
    };
    form.busy = true;
    Step::Do(vec![Effect::Share(Wanted { record: form.record, field: form.field.clone(), to, lasts, reason: form.reason.clone() })])
}

/// A value has been shared, or not: then the form stays and says why.
pub fn done(state: &mut State, answer: Answer<(ShareId, Timestamp)>) -> Vec<Effect> {
    let Some(Popup::Share(mut form)) = state.popup.take_if(|popup| matches!(popup, Popup::Share(form) if form.busy)) else {
        accept(state, answer);
        return read(state);
    };
    match answer {
        Err(trouble) if !matches!(trouble.code, "unreachable" | "SD002" | "SD010") => {
            form.busy = false;
            let record = form.record;
            if trouble.code == "SD023" {
                step_up::ask_over(state, Popup::Share(form));
            } else {
                form.error = Some(trouble.text);
                state.popup = Some(Popup::Share(form));
            }
            // The value was revealed for it, or that was refused: an event of this record either way.
            vec![Effect::Strip { record }]
        }
        answer => {
            let Some((_, until)) = accept(state, answer) else { return Vec::new() };
            let (to, until) = (form.to.text(), when(state, until));
            let to = to.expose().trim();
            state.message = Some(match state.language {
                Language::English => format!("Shared with {to} until {until}; \":shared by me\" withdraws it."),
                Language::Chinese => format!("已与 {to} 共享至 {until}；“:我的共享”可撤回。"),
            });
            let mut effects = read(state);
            effects.push(Effect::Strip { record: form.record });
            effects
        }
    }
}

/// Opens the window, with what is known, and reads it anew.
pub fn show(state: &mut State, side: Side) -> Vec<Effect> {
    state.popup = Some(Popup::Shares(ShareWindow { side, selected: 0, asking: None, opened: None, withdrawing: false }));
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    if state.session.is_none() {
        return Vec::new();
    }
    state.shares.read_at = Some(Instant::now());
    vec![Effect::Shares { generation: state.shares.generation }]
}

/// Something has changed somewhere, perhaps a share: read again, unless that has just been asked for.
pub fn noticed(state: &mut State) -> Vec<Effect> {
    let rested = state.shares.read_at.is_none_or(|at| at.elapsed() >= JUST_NOW);
    if rested { read(state) } else { Vec::new() }
}

/// Reads anew what may have changed, but not as often as something happens.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let rested = state.shares.read_at.is_none_or(|at| at.elapsed() >= PAUSE);
    if rested { read(state) } else { Vec::new() }
}

pub fn take(state: &mut State, generation: u64, answer: Answer<Vec<Share>>) {
    if generation != state.shares.generation {
        return;
    }
    let Some(list) = accept(state, answer) else { return };
    let Some(session) = &state.session else { return };
    let is_new = |share: &&Share| share.is_open && share.to == session.user && state.shares.list.iter().all(|known| known.id != share.id);
    let came = list.iter().find(is_new).map(|share| (share.from.clone(), share.number));
    if let Some((from, number)) = came.filter(|_| state.message.is_none()) {
        state.message = Some(match state.language {
            Language::English => format!("{from} shares a value of {number} with you: \":shared with me\" shows it."),
            Language::Chinese => format!("{from} 与您共享了 {number} 的一个值：“:与我共享”可查看。"),
        });
    }
    state.shares.list = list;
    let rows = |side| state.shares.of(side, &session.user).len();
    if let Some(Popup::Shares(window)) = &mut state.popup {
        window.selected = window.selected.min(rows(window.side).saturating_sub(1));
    }
}

pub fn window_key(state: &State, window: &mut ShareWindow, key: KeyEvent) -> Step {
    let Some(session) = &state.session else { return Step::Close(Vec::new()) };
    let shares = state.shares.of(window.side, &session.user);
    let current = shares.get(window.selected);
    if window.withdrawing {
        window.withdrawing = false;
        return match current {
            Some(share) if matches!(key.code, KeyCode::Char('y' | 'Y')) => Step::Do(vec![Effect::WithdrawShare(share.id)]),
            _ => Step::Stay,
        };
    }
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => window.selected = (window.selected + 1).min(shares.len().saturating_sub(1)),
        KeyCode::Char('k') | KeyCode::Up => window.selected = window.selected.saturating_sub(1),
        KeyCode::Enter | KeyCode::Char('r') if window.side == Side::WithMe && window.asking.is_none() => {
            if let Some(share) = current {
                window.opened = None;
                window.asking = Some(share.id);
                return Step::Do(vec![Effect::OpenShare(share.id)]);
            }
        }
        KeyCode::Char('x') if window.side == Side::ByMe => window.withdrawing = current.is_some_and(|share| share.is_open),
        // The value first, then the window.
        KeyCode::Esc if window.opened.is_some() => window.opened = None,
        _ if is_leaving(key) || key.code == KeyCode::Char('q') => return Step::Close(Vec::new()),
        _ => {}
    }
    Step::Stay
}

/// A shared value has come; where its window was left meanwhile it is dropped.
pub fn opened(state: &mut State, id: ShareId, answer: Answer<Box<Shared>>) -> Vec<Effect> {
    let Some(Popup::Shares(mut window)) = state.popup.take_if(|popup| matches!(popup, Popup::Shares(window) if window.asking == Some(id)))
    else {
        accept(state, answer.map(|_| ()));
        return Vec::new();
    };
    window.asking = None;
    if answer.as_ref().is_err_and(|trouble| trouble.code == "SD023") {
        step_up::ask_over(state, Popup::Shares(window));
        return Vec::new();
    }
    state.popup = Some(Popup::Shares(window));
    // A lost session takes the window with it.
    let Some(shared) = accept(state, answer) else { return read(state) };
    let class = state.session.as_ref().and_then(|session| session.catalogue.class(&shared.class));
    let until = hide_at(class.map_or(30, |class| class.hide_after_s));
    if let Some(Popup::Shares(window)) = &mut state.popup {
        window.opened = Some(OpenedShare { shared: *shared, until });
    }
    Vec::new()
}

pub fn withdrawn(state: &mut State, answer: Answer<()>) -> Vec<Effect> {
    if accept(state, answer).is_some() {
        say(state, "Withdrawn: it opens for nobody any more.", "已撤回，对方无法再打开。");
    }
    read(state)
}

/// `11-25 14:30` in the person's zone.
pub fn when(state: &State, moment: Timestamp) -> String {
    state.local(moment).strftime("%m-%d %H:%M").to_string()
}
