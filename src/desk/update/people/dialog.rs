//! Keys in the small forms and questions about a person.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::{
    super::{
        event::Effect,
        input::Typed,
        people::{Act, Dialog, Purpose},
        settings::{Act as Change, Purpose as Asked},
        state::{Popup, State},
    },
    alerts, audit_reviews,
    form::is_leaving,
    incidents,
    paste::told,
    popups::Step,
    requests, reviews, settings,
};
use crate::model::{person::OpenSession, request::Why, retention::Rule};

pub fn on_key(state: &mut State, dialog: &mut Dialog, key: KeyEvent) -> Step {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if dialog.busy {
        // What is on its way is not called back: its answer says what became of it.
        return Step::Stay;
    }
    dialog.error = None;
    let typing = dialog.selected < dialog.boxes.len();
    let asked = std::mem::take(&mut dialog.leaving);
    match key.code {
        _ if is_leaving(key) && dialog.typed && !asked => {
            dialog.leaving = true;
            dialog.error = Some(state.say("Esc again throws away what you typed.", "再按一次 Esc 将放弃已输入的内容。").to_owned());
        }
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        KeyCode::Char('y' | 'Y') if dialog.is_question() => return send(state, dialog, false),
        KeyCode::Char('n' | 'N') if dialog.is_question() => return Step::Close(Vec::new()),
        KeyCode::Char('s') if control => return send(state, dialog, true),
        KeyCode::F(6) if matches!(dialog.purpose, Purpose::Settings(_)) => {
            if let Some(asked) = settings::wanted(state) {
                return Step::Become(Box::new(Popup::Person(Box::new(requests::dialog::asking(asked)))));
            }
        }
        KeyCode::Enter if dialog.selected + 1 < dialog.boxes.len() => dialog.selected += 1,
        KeyCode::Enter if dialog.purpose == Purpose::Add && typing => dialog.selected = dialog.boxes.len(),
        KeyCode::Enter if !dialog.is_question() => return send(state, dialog, false),
        KeyCode::Tab | KeyCode::Down => dialog.selected = (dialog.selected + 1) % dialog.rows().max(1),
        KeyCode::BackTab | KeyCode::Up => dialog.selected = (dialog.selected + dialog.rows().max(1) - 1) % dialog.rows().max(1),
        KeyCode::Char('j') if !typing => dialog.selected = (dialog.selected + 1) % dialog.rows().max(1),
        KeyCode::Char('k') if !typing => dialog.selected = (dialog.selected + dialog.rows().max(1) - 1) % dialog.rows().max(1),
        KeyCode::Char(' ') if !typing => {
            let check = dialog.check_at_cursor();
            if let Some(index) = check {
                dialog.toggle(index);
                dialog.replay = None;
                dialog.losing = None;
            }
        }
        _ if typing => {
            if let Some(entered) = dialog.boxes.get_mut(dialog.selected) {
                match entered.input.key(key) {
                    Typed::Changed => dialog.typed |= !entered.secret,
                    Typed::Full => dialog.error = Some(state.say("No more characters fit here.", "此处已满。").to_owned()),
                    Typed::Moved | Typed::Unused => {}
                }
            }
        }
        _ => {}
    }
    Step::Stay
}

pub fn paste(state: &State, dialog: &mut Dialog, text: &str) {
    if let Some(entered) = dialog.boxes.get_mut(dialog.selected).filter(|_| !dialog.busy) {
        dialog.typed |= !entered.secret;
        dialog.error = told(state, entered.input.paste(text));
    }
}

/// Hands the act over, or says what is missing. `compared` is said of a fingerprint that was read side by side.
fn send(state: &mut State, dialog: &mut Dialog, compared: bool) -> Step {
    if let Purpose::Settings(Asked::Purge(rule)) = &dialog.purpose {
        return Step::Close(settings::purge(state, rule.of.clone()));
    }
    if dialog.purpose == Purpose::SecondFactor {
        let passphrase = dialog.typed(0);
        if passphrase.expose().is_empty() {
            dialog.error = Some(state.say("Type your passphrase.", "请输入您的口令。").to_owned());
            return Step::Stay;
        }
        dialog.busy = true;
        return Step::Do(vec![Effect::BeginSecondFactor { user: dialog.login.clone(), passphrase }]);
    }
    match act(state, dialog, compared) {
        // What it means is shown first; the second Enter does it.
        Ok(Some(Act::Rights { role, class, rights })) if dialog.replay.is_none() => {
            dialog.busy = true;
            Step::Do(vec![Effect::Replay { role, class, rights }])
        }
        Ok(Some(Act::Settings(Change::SetRetention(Rule { of, days: Some(days), .. }, None)))) => {
            dialog.busy = true;
            Step::Do(vec![Effect::TryRetention { of, days }])
        }
        Ok(Some(Act::Label { record, label, .. })) if dialog.losing.is_none() => {
            dialog.busy = true;
            Step::Do(vec![Effect::LabelPreview { record, label }])
        }
        Ok(Some(act)) => {
            dialog.busy = true;
            Step::Do(vec![Effect::Act(act)])
        }
        Ok(None) => Step::Close(Vec::new()),
        Err(why) => {
            dialog.error = Some(why.to_owned());
            Step::Stay
        }
    }
}

/// `None` where nothing was changed.
fn act(state: &State, dialog: &Dialog, compared: bool) -> Result<Option<Act>, &'static str> {
    let login = dialog.login.clone();
    let typed = |index| dialog.typed(index).expose().trim().to_owned();
    Ok(Some(match &dialog.purpose {
        Purpose::Add => {
            let roles: Vec<String> = dialog.checks.iter().filter(|check| check.2).map(|check| check.0.clone()).collect();
            if typed(0).is_empty() {
                return Err(state.say("A login name is needed, such as lin.mei.", "需要登录名，例如 lin.mei。"));
            }
            if roles.is_empty() {
                return Err(state.say(
                    "Choose a role with Space; without one nothing can be done.",
                    "请按空格键选择角色；没有角色将无法进行任何操作。",
                ));
            }
            Act::Add { login: typed(0), name: typed(1), roles }
        }
        Purpose::Hold { number, on, .. } => {
            if typed(0).is_empty() {
                return Err(state.say("Say why: everybody who sees the record reads it.", "请写明理由：查看此记录的人都会看到。"));
            }
            let reference = Some(typed(1)).filter(|reference| !reference.is_empty());
            Act::Hold { number: *number, on: *on, reason: typed(0), reference }
        }
        Purpose::Rename => Act::Rename { login, name: typed(0) },
        Purpose::Clear | Purpose::Label { .. } if dialog.changes() == (Vec::new(), Vec::new()) => return Ok(None),
        Purpose::Clear => Act::Clear { login, clearance: dialog.clearance() },
        Purpose::Label { record, version } => Act::Label { record: *record, version: *version, label: dialog.clearance() },
        Purpose::HandOn { record, .. } => {
            if typed(0).is_empty() {
                return Err(state.say("A login name is needed, such as wu.jun.", "需要登录名，例如 wu.jun。"));
            }
            Act::HandOn { record: *record, to: typed(0) }
        }
        Purpose::Confirm(found) => {
            let theirs = typed(0).to_lowercase();
            let letters = |text: &str| text.trim_start_matches("sd1:").chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            if theirs.is_empty() && !compared {
                return Err(state.say(
                    "Type what their terminal shows, or press Ctrl-s when you have read both aloud.",
                    "请输入对方终端显示的指纹；若已逐组核对，按 Ctrl-s。",
                ));
            }
            if !theirs.is_empty() && letters(&theirs) != letters(found) {
                return Err(state.say(
                    "They differ: do not confirm. The keys may have been exchanged in the database.",
                    "两者不同：请勿确认。数据库中的密钥可能被替换。",
                ));
            }
            Act::Confirm { login, fingerprint: found.clone() }
        }
        Purpose::NewCode => Act::NewCode { login },
        Purpose::Enable => Act::Enable { login },
        Purpose::Disable => Act::Disable { login },
        Purpose::SignOut => Act::SignOut { login },
        Purpose::ResetSecondFactor => Act::ResetSecondFactor { login },
        Purpose::Leave => Act::Leave { login },
        Purpose::Freeze(_) | Purpose::SignOutEverybody if typed(0).is_empty() => {
            return Err(state.say("Say why: everybody concerned reads it, and it is kept.", "请写明原因：供所有相关人员阅读并留存。"));
        }
        Purpose::Freeze(target) => {
            let reference = typed(1);
            let why = Why { text: typed(0), reference: (!reference.is_empty()).then_some(reference) };
            Act::Freeze { target: target.clone(), why }
        }
        Purpose::SignOutEverybody => Act::SignOutEverybody { why: typed(0) },
        Purpose::Settings(purpose) => Act::Settings(settings::dialog::act(state, dialog, purpose)?),
        Purpose::Alerts(purpose) => Act::Alerts(alerts::act(state, dialog, *purpose)?),
        Purpose::Incident(purpose) => Act::Incident(incidents::act(state, dialog, purpose)?),
        Purpose::Requests(purpose) => Act::Requests(requests::dialog::act(state, dialog, purpose)?),
        Purpose::Roles => {
            let (grant, revoke) = dialog.changes();
            if grant.is_empty() && revoke.is_empty() {
                return Ok(None);
            }
            Act::Roles { login, grant, revoke }
        }
        Purpose::Allow(class) => {
            let (more, fewer) = dialog.changes();
            if more.is_empty() && fewer.is_empty() {
                return Ok(None);
            }
            if !more.is_empty() && !fewer.is_empty() {
                return Err(state.say("Taking and giving are two acts: take first, then give.", "收回与授予须分两步：请先收回，再授予。"));
            }
            Act::Rights { role: login, class: class.clone(), rights: dialog.rights() }
        }
        Purpose::AuditReviews(purpose) => Act::AuditReviews(audit_reviews::act(state, dialog, purpose)?),
        Purpose::Reviews(purpose) => Act::Reviews(reviews::dialog::act(state, dialog, purpose)?),
        // Handed over above: it is no act on an account.
        Purpose::SecondFactor => return Ok(None),
        Purpose::Passphrase => {
            let (old, new, again) = (dialog.typed(0), dialog.typed(1), dialog.typed(2));
            if old.expose().is_empty() || new.expose().is_empty() {
                return Err(state.say("The present passphrase and a new one are needed.", "需要当前口令和新口令。"));
            }
            if *new.expose() != *again.expose() {
                return Err(state.say("The two new passphrases differ.", "两次输入的新口令不同。"));
            }
            Act::Passphrase { old, new }
        }
    }))
}

/// Keys over one's own open sessions.
pub fn sessions_key(state: &mut State, sessions: &[OpenSession], selected: &mut usize, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => *selected = (*selected + 1).min(sessions.len().saturating_sub(1)),
        KeyCode::Char('k') | KeyCode::Up => *selected = selected.saturating_sub(1),
        KeyCode::Char('d') => {
            let user = state.session.as_ref().map(|session| session.user.clone()).unwrap_or_default();
            match sessions.get(*selected) {
                Some(session) if session.own => {
                    let told = state.say("This is the session you are in: Q ends it.", "这是当前会话，按 Q 退出即可结束。");
                    state.message = Some(told.to_owned());
                }
                Some(session) => return Step::Do(vec![Effect::Act(Act::EndSession { login: user, session: session.id })]),
                None => {}
            }
        }
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        _ => {}
    }
    Step::Stay
}
