//! Alerts: ringing, the inbox, and what is done about one.

use super::{
    super::{
        alerts::{Act, Purpose},
        event::{Answer, Effect},
        people::{Dialog, Purpose as Asking},
        state::{Pane, Popup, Screen, State},
    },
    answers::accept,
    audit,
    commands::say,
    motion::{Motion, reach},
};
use crate::{
    model::{
        alert::{Alert, AlertState, Ringing, Severity},
        audit::Filter,
        catalogue::Language,
    },
    service::alert::Whole,
};

/// Asks what rings, for who reads the whole audit.
pub fn listen(state: &State) -> Vec<Effect> {
    if state.session.as_ref().is_some_and(|session| session.audit_all) { vec![Effect::Ringing] } else { Vec::new() }
}

/// What rings now. A newer call than the last is said, and sounds where it is no mere information.
pub fn rings(state: &mut State, answer: Answer<Ringing>) -> Vec<Effect> {
    let Some(ringing) = accept(state, answer) else { return Vec::new() };
    let changed = ringing != state.alerts.ringing;
    let first = state.alerts.heard.is_none();
    let newest = ringing.newest.as_ref().map_or(0, |call| call.number);
    let is_new = !first && state.alerts.heard.is_some_and(|heard| newest > heard);
    state.alerts.heard = Some(state.alerts.heard.unwrap_or(0).max(newest));
    let mut effects = Vec::new();
    if let Some(call) = ringing.newest.as_ref().filter(|_| is_new) {
        let mark = if call.severity == Severity::Info { String::new() } else { format!("{} ", call.severity.mark().trim_end()) };
        let (severity, label) = (call.severity.in_words(state.language), call.label.in_language(state.language));
        let text = match (state.language, call.subject.is_empty()) {
            (Language::English, true) => format!("{mark}{severity}: {label}. ! shows it."),
            (Language::English, false) => format!("{mark}{severity}: {label}: {}. ! shows it.", call.subject),
            (Language::Chinese, true) => format!("{mark}{severity}：{label}。按 ! 查看。"),
            (Language::Chinese, false) => format!("{mark}{severity}：{label}：{}。按 ! 查看。", call.subject),
        };
        state.message = Some(text);
        if state.bell && call.severity > Severity::Info {
            effects.push(Effect::Bell);
        }
    }
    state.alerts.ringing = ringing;
    if changed && state.screen == Screen::Alerts {
        effects.extend(read(state));
    }
    effects
}

pub fn enter(state: &mut State) -> Vec<Effect> {
    // The alert whose line is under the cursor of the trail, where it is one.
    if state.screen == Screen::Audit
        && let Some(event) = state.audit.window.selected_event().filter(|event| event.action == "alert")
    {
        state.alerts.selected = event.version;
    }
    state.screen = Screen::Alerts;
    state.pane = Pane::List;
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    state.alerts.generation += 1;
    state.alerts.loading = true;
    vec![Effect::Alerts { generation: state.alerts.generation, all: state.alerts.all }]
}

pub fn take(state: &mut State, answer: Answer<Vec<Alert>>) -> Vec<Effect> {
    state.alerts.loading = false;
    let Some(rows) = accept(state, answer) else { return Vec::new() };
    state.alerts.take(rows);
    show(state)
}

/// Reads the selected one in full.
fn show(state: &mut State) -> Vec<Effect> {
    let selected = state.alerts.current().map(|alert| alert.number);
    if state.alerts.whole.as_ref().map(|whole| whole.alert.number) != selected {
        state.alerts.whole = None;
    }
    selected.map(Effect::Alert).into_iter().collect()
}

pub fn shown(state: &mut State, answer: Answer<Box<Whole>>) {
    if let Some(whole) = accept(state, answer)
        && Some(whole.alert.number) == state.alerts.selected
    {
        state.alerts.whole = Some(*whole);
    }
}

pub fn go(state: &mut State, motion: Motion) -> Vec<Effect> {
    let (row, _) = reach(motion, state.alerts.row(), state.alerts.rows.len());
    select(state, row)
}

pub fn select(state: &mut State, row: usize) -> Vec<Effect> {
    let before = state.alerts.selected;
    state.alerts.selected = state.alerts.rows.get(row).map(|alert| alert.number);
    if before == state.alerts.selected { Vec::new() } else { show(state) }
}

/// Also what was put away or suppressed, or only what is not.
pub fn all(state: &mut State) -> Vec<Effect> {
    state.alerts.all = !state.alerts.all;
    read(state)
}

/// The events that caused it, in the trail.
pub fn events(state: &mut State) -> Vec<Effect> {
    const MOMENT: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);
    let Some(alert) = state.alerts.current() else { return Vec::new() };
    let filter = Filter {
        actor: (alert.actors.len() == 1).then(|| alert.actors.first().cloned()).flatten(),
        action: alert.actions.clone(),
        from: alert.from.checked_sub(MOMENT).ok(),
        until: alert.until.checked_add(MOMENT).ok(),
        ..Filter::default()
    };
    audit::open(state, filter)
}

/// Acknowledges at once; putting away asks for a note.
pub fn acknowledge(state: &mut State) -> Vec<Effect> {
    ask(state, AlertState::Acknowledged)
}

pub fn put_away(state: &mut State, as_state: AlertState) -> Vec<Effect> {
    ask(state, as_state)
}

fn ask(state: &mut State, as_state: AlertState) -> Vec<Effect> {
    let Some(alert) = state.alerts.current() else { return Vec::new() };
    let purpose = Purpose { number: alert.number, state: as_state, seen: alert.seen };
    let dialog = Dialog::new(Asking::Alerts(purpose), "").with_box(("note", "备注"), "", 500, false);
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// What is handed over, or what is missing.
pub fn act(state: &State, dialog: &Dialog, purpose: Purpose) -> Result<Act, &'static str> {
    let note = dialog.typed(0).expose().trim().to_owned();
    if note.is_empty() && purpose.state != AlertState::Acknowledged {
        return Err(state.say("Say what came of it: it is kept.", "请写明处理结果：将予留存。"));
    }
    Ok(Act { number: purpose.number, state: purpose.state, note, seen: purpose.seen })
}

/// What is said when it is done.
pub fn done(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    let effects = match purpose.state {
        AlertState::Acknowledged => say(state, "Acknowledged: it is yours now.", "已确认：由您处理。"),
        _ => say(state, "Put away, with your note.", "已关闭，备注已留存。"),
    };
    effects.into_iter().chain(read(state)).chain(listen(state)).collect()
}

/// Why nothing can be done to the alert under the cursor.
pub fn refusal(state: &State, as_state: Option<AlertState>) -> Option<String> {
    let no = |en: &str, zh: &str| Some(state.say(en, zh).to_owned());
    if state.screen != Screen::Alerts {
        return no("This is among the alerts, key !.", "请先按 ! 进入告警界面。");
    }
    let Some(alert) = state.alerts.current() else { return no("There is no alert here.", "此处没有告警。") };
    let as_state = as_state?;
    if !alert.may_handle {
        let user = state.session.as_ref().map(|session| &session.user);
        return if user.is_some_and(|user| alert.actors.contains(user)) {
            no("You caused it: somebody else sees to it.", "由您引发，须由他人处理。")
        } else {
            no("Your roles read alerts and do not decide on them.", "您的角色可查看告警，但不能处理。")
        };
    }
    match alert.state {
        AlertState::Resolved | AlertState::FalsePositive => no("It is put away already.", "该告警已关闭。"),
        AlertState::Acknowledged
            if as_state == AlertState::Acknowledged && alert.owner.as_ref() == state.session.as_ref().map(|s| &s.user) =>
        {
            no("It is yours already; r puts it away.", "已由您处理；按 r 关闭。")
        }
        _ => None,
    }
}
