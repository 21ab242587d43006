//! What is done to the person under the cursor, from the question to the answer.

use super::{
    super::{
        super::{
            event::{Answer, Effect},
            people::{Code, Dialog, Purpose},
            state::{Popup, Screen, State},
        },
        alerts,
        answers::{accept, report},
        audit_reviews,
        commands::{self, heading, say},
        incidents, lock, requests, reviews, settings,
    },
    read,
};
use crate::{
    crypto::secret::Secret,
    desk::{incidents as incidents_of, requests::Purpose as Of, reviews as reviews_of},
    model::{
        clearance::{Clearance, Losing},
        person::OpenSession,
        request::Replayed,
    },
};

/// What an act answers: a one-time code, where one was made.
pub type Done = Option<Secret<String>>;

pub fn add(state: &mut State) -> Vec<Effect> {
    let mut dialog = Dialog::new(Purpose::Add, "").with_box(("login", "登录名"), "", 41, false).with_box(("name", "显示名"), "", 80, false);
    dialog.checks = role_checks(state, &[]);
    open(state, dialog)
}

pub fn rename(state: &mut State) -> Vec<Effect> {
    let Some((login, name)) = state.people.current().map(|entry| (entry.person.user.clone(), entry.person.display_name.clone())) else {
        return Vec::new();
    };
    open(state, Dialog::new(Purpose::Rename, &login).with_box(("name", "显示名"), &name, 80, false))
}

pub fn clear(state: &mut State) -> Vec<Effect> {
    let Some((login, held)) = state.people.current().map(|entry| (entry.person.user.clone(), entry.person.clearance.clone())) else {
        return Vec::new();
    };
    let dialog = clearance_checks(state, Dialog::new(Purpose::Clear, &login), &held, false);
    open(state, dialog)
}

/// The label of the open record, with a level chosen where one is given.
pub fn label(state: &mut State, level: Option<&str>) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let (heading, label) = (heading(detail), detail.view.label.clone());
    let purpose = Purpose::Label { record: detail.view.id, version: detail.view.version };
    let mut dialog = clearance_checks(state, Dialog::new(purpose, &heading), &label, true);
    if let Some(index) = level.and_then(|level| dialog.checks.iter().take(dialog.levels).position(|check| check.0 == level)) {
        dialog.toggle(index);
        dialog.selected = index;
    }
    open(state, dialog)
}

/// A legal hold on the open record, or its release.
pub fn hold(state: &mut State) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let (heading, view) = (heading(detail), &detail.view);
    let purpose = Purpose::Hold { record: view.id, number: view.number, on: view.hold.is_none() };
    let dialog = Dialog::new(purpose, &heading).with_box(("why", "理由"), "", 200, false).with_box(("case", "案号"), "", 40, false);
    open(state, dialog)
}

/// Another owner for the open record, typed already where `to` is given.
pub fn hand_on(state: &mut State, to: &str) -> Vec<Effect> {
    let Some(detail) = &state.detail else { return Vec::new() };
    let purpose = Purpose::HandOn { record: detail.view.id, owner: detail.view.owner.clone() };
    let dialog = Dialog::new(purpose, &heading(detail)).with_box(("to", "移交给"), to, 41, false);
    open(state, dialog)
}

/// Levels and compartments to choose from: those of one's own, or all.
fn clearance_checks(state: &State, mut dialog: Dialog, now: &Clearance, own: bool) -> Dialog {
    let Some(session) = &state.session else { return dialog };
    let known = &session.catalogue.clearances;
    let check = |code: &String, has: bool| (code.clone(), has, has);
    let levels = known.levels.iter().filter(|level| level.held || !own).map(|level| check(&level.code, level.code == now.level));
    dialog.checks = levels.collect();
    dialog.levels = dialog.checks.len();
    let compartments = known.compartments.iter().filter(|compartment| compartment.held || !own);
    dialog.checks.extend(compartments.map(|compartment| check(&compartment.code, now.compartments.contains(&compartment.code))));
    dialog.selected = dialog.checks.iter().position(|check| check.1).unwrap_or(0);
    dialog
}

pub fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(dossier) = state.people.current_dossier() else { return Vec::new() };
    let (login, Some(fingerprint)) = (dossier.login.clone(), dossier.fingerprint.clone()) else { return Vec::new() };
    open(state, Dialog::new(Purpose::Confirm(fingerprint), &login).with_box(("theirs", "对方的"), "", 60, false))
}

pub fn roles(state: &mut State) -> Vec<Effect> {
    let Some((login, held)) = state.people.current().map(|entry| (entry.person.user.clone(), entry.person.roles.clone())) else {
        return Vec::new();
    };
    let mut dialog = Dialog::new(Purpose::Roles, &login);
    dialog.checks = role_checks(state, &held);
    open(state, dialog)
}

/// Questions that want a yes.
pub fn question(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    let Some(login) = state.people.current().map(|entry| entry.person.user.clone()) else { return Vec::new() };
    open(state, Dialog::new(purpose, &login))
}

/// The cell under the cursor of the grid.
pub fn allow(state: &mut State) -> Vec<Effect> {
    let Some(session) = &state.session else { return Vec::new() };
    let catalogue = &session.catalogue;
    let (Some(role), Some(class)) = (catalogue.roles.get(state.people.role), catalogue.classes.get(state.people.class)) else {
        return Vec::new();
    };
    let held = state.people.rights(std::slice::from_ref(&role.code), &class.code);
    let mut dialog = Dialog::new(Purpose::Allow(class.code.clone()), &role.code);
    dialog.checks = [("search", held.search), ("masked", held.masked), ("reveal", held.reveal), ("edit", held.edit)]
        .map(|(code, held)| (code.to_owned(), held, held))
        .into();
    open(state, dialog)
}

pub fn passphrase(state: &mut State) -> Vec<Effect> {
    let user = state.session.as_ref().map(|session| session.user.clone()).unwrap_or_default();
    let dialog = Dialog::new(Purpose::Passphrase, &user)
        .with_box(("present", "当前口令"), "", 1_000, true)
        .with_box(("new", "新口令"), "", 1_000, true)
        .with_box(("once more", "再次输入"), "", 1_000, true);
    open(state, dialog)
}

/// Setting a second factor up wants the passphrase again: whoever comes by an open desk does not have it.
pub fn second_factor(state: &mut State) {
    let user = state.session.as_ref().map(|session| session.user.clone()).unwrap_or_default();
    let dialog = Dialog::new(Purpose::SecondFactor, &user).with_box(("passphrase", "口令"), "", 1_000, true);
    open(state, dialog);
}

fn open(state: &mut State, dialog: Dialog) -> Vec<Effect> {
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

fn role_checks(state: &State, held: &[String]) -> Vec<(String, bool, bool)> {
    let known = state.session.iter().flat_map(|session| &session.catalogue.roles);
    known.map(|role| (role.code.clone(), held.contains(&role.code), held.contains(&role.code))).collect()
}

/// An act has been carried out, or not: then the dialog stays and says why.
pub fn done(state: &mut State, answer: Answer<Done>) -> Vec<Effect> {
    let dialog = match state.popup.take() {
        Some(Popup::Person(dialog)) if dialog.busy => Some(dialog),
        other => {
            state.popup = other;
            None
        }
    };
    if matches!(state.popup, Some(Popup::Sessions { .. })) {
        accept(state, answer);
        return vec![Effect::Sessions];
    }
    let asks = dialog.as_deref().is_some_and(|dialog| matches!(dialog.purpose, Purpose::Requests(_)));
    if state.screen == Screen::Settings && !asks {
        return settings::done(state, answer.map(drop), dialog);
    }
    match answer {
        // Somebody else has to approve it: it is asked for at once.
        Err(trouble)
            if trouble.code == "SD050" && dialog.as_deref().is_some_and(|dialog| requests::dialog::wanted(state, dialog).is_some()) =>
        {
            let Some(asked) = dialog.as_deref().and_then(|dialog| requests::dialog::wanted(state, dialog)) else { return Vec::new() };
            return requests::dialog::ask(state, asked);
        }
        Err(trouble) if dialog.is_some() && !matches!(trouble.code, "unreachable" | "SD002" | "SD010" | "SD140") => {
            if let Some(mut dialog) = dialog {
                dialog.busy = false;
                dialog.error = Some(trouble.text);
                state.popup = Some(Popup::Person(dialog));
            }
            // Of several roles some may have been changed.
            return match state.screen {
                Screen::Reviews => reviews::read(state),
                Screen::AuditReviews => audit_reviews::read(state),
                Screen::Alerts => alerts::read(state),
                _ => read(state),
            };
        }
        answer => {
            let about = dialog.as_deref().map(|dialog| &dialog.purpose);
            if state.screen == Screen::AuditReviews && !matches!(about, Some(Purpose::Incident(_))) {
                let purpose =
                    about.and_then(|purpose| if let Purpose::AuditReviews(purpose) = purpose { Some(purpose.clone()) } else { None });
                if accept(state, answer).is_none() {
                    return audit_reviews::read(state);
                }
                return audit_reviews::done(state, purpose.as_ref());
            }
            if state.screen == Screen::Reviews {
                if accept(state, answer).is_some() {
                    told(state, dialog.as_deref());
                }
                return reviews::read(state);
            }
            let Some(code) = accept(state, answer) else { return read(state) };
            let Some(dialog) = dialog else {
                if state.screen == Screen::Requests {
                    say(state, "Done.", "已执行。");
                    let mut effects = requests::read(state);
                    // What is stored follows a change of its field.
                    if state.settings.changed.is_some() {
                        effects.extend(settings::read(state));
                    }
                    return effects;
                }
                return read(state);
            };
            if let Purpose::Alerts(purpose) = &dialog.purpose {
                return alerts::done(state, *purpose);
            }
            if let Purpose::Requests(purpose) = &dialog.purpose {
                told_of_request(state, purpose);
                return vec![Effect::Policy].into_iter().chain(requests::read(state)).collect();
            }
            if let Purpose::Incident(incidents_of::Purpose::Open(begin)) = &dialog.purpose
                && begin.alert.is_some()
            {
                say(
                    state,
                    "It is yours. x freezes who it is about, w what they saw, u what they did.",
                    "已由您处理。按 x 冻结当事人，w 其查看内容，u 其操作记录。",
                );
                state.incidents.selected = None;
                return vec![Effect::Policy].into_iter().chain(alerts::listen(state)).chain(incidents::enter(state)).collect();
            }
            if matches!(dialog.purpose, Purpose::Incident(_)) {
                say(state, "Written down. 7 shows the incidents.", "已记录。按 7 查看安全事件。");
                return vec![Effect::Policy].into_iter().chain(incidents::noticed(state)).collect();
            }
            if matches!(dialog.purpose, Purpose::Freeze(_) | Purpose::SignOutEverybody) {
                told(state, Some(&dialog));
                return vec![Effect::Policy]
                    .into_iter()
                    .chain(if state.screen == Screen::People { read(state) } else { Vec::new() })
                    .collect();
            }
            if dialog.purpose == Purpose::Passphrase {
                let effects = lock(state);
                say(state, "The passphrase is changed. Sign in with the new one.", "口令已更改，请用新口令登录。");
                return effects;
            }
            let login = if dialog.login.is_empty() { dialog.typed(0).expose().trim().to_owned() } else { dialog.login.clone() };
            if let Some(code) = code {
                state.popup = Some(Popup::Code(Code { login: login.clone(), code }));
            }
            told(state, Some(&dialog));
            if let Purpose::Label { record, .. } | Purpose::Hold { record, .. } | Purpose::HandOn { record, .. } = dialog.purpose {
                let mut effects = commands::list(state, None, 0);
                effects.extend(commands::view(state, record));
                return effects;
            }
            if !matches!(dialog.purpose, Purpose::Allow(_)) {
                state.people.selected = Some(login);
            }
        }
    }
    read(state)
}

fn told(state: &mut State, dialog: Option<&Dialog>) {
    // Keeping a grant asks nothing.
    let Some(dialog) = dialog else {
        say(state, "Kept.", "已保留。");
        return;
    };
    match &dialog.purpose {
        Purpose::Add | Purpose::NewCode | Purpose::Enable => {
            say(state, "Invited. They enrol next; then c confirms them.", "已邀请。对方完成注册后，按 c 确认。")
        }
        Purpose::Rename => say(state, "Renamed.", "已改名。"),
        Purpose::Clear => {
            say(state, "The clearance is changed. Whoever loses some of it is signed out.", "密级已更改。范围缩小者已被退出登录。")
        }
        Purpose::Label { .. } => {
            say(state, "The label is changed: only who is cleared for it finds the record.", "标签已更改：只有达到该密级者才能找到此记录。")
        }
        Purpose::Hold { on: true, .. } => {
            say(state, "On legal hold: nothing of it is purged until it is released.", "已设为法定保留：解除之前不会清除任何内容。")
        }
        Purpose::Hold { on: false, .. } => say(state, "Released: it is purged again when it is due.", "已解除法定保留：到期后将照常清除。"),
        Purpose::HandOn { .. } => say(state, "Handed on: the new owner answers for it.", "已移交，由新负责人负责。"),
        Purpose::Confirm(_) => say(state, "Confirmed. They can sign in.", "已确认，可以登录。"),
        Purpose::Disable => {
            say(state, "Disabled; every session has ended. E lets them in again.", "已停用，所有会话已结束。按 E 重新启用。")
        }
        Purpose::SignOut => say(state, "Their sessions have ended.", "会话已结束。"),
        Purpose::Roles => say(state, "The roles are changed, in open desks too.", "角色已更改，已打开的工作台立即生效。"),
        Purpose::Allow(_) => say(
            state,
            "The role's rights are changed. After taking: sealdesk class reencrypt.",
            "角色权限已更改。如有收回，请运行 sealdesk class reencrypt。",
        ),
        Purpose::Reviews(reviews_of::Purpose::Start) => {
            say(state, "The review has begun. Its reviewers are told when they sign in.", "复核已发起，复核人登录时会收到提示。")
        }
        Purpose::Reviews(reviews_of::Purpose::Export(_)) => say(
            state,
            "Written and signed. `sealdesk review verify FILE` checks it, without a server.",
            "已导出并签名。可用 sealdesk review verify 文件 离线校验。",
        ),
        Purpose::Reviews(_) => say(
            state,
            "Taken, with its key. They have known it: an officer runs `sealdesk role rotate`.",
            "已收回角色及其密钥。对方曾持有该密钥，请安全管理员运行 sealdesk role rotate。",
        ),
        Purpose::Leave => say(
            state,
            "Gone; what they held has new keys. Next, for what lies under the old ones: sealdesk class reencrypt",
            "已离职，密钥已更换。下一步请重新加密旧密钥下的内容：sealdesk class reencrypt",
        ),
        Purpose::Freeze(_) => say(
            state,
            "Frozen, everywhere and at once. Two people can lift it: \":frozen\".",
            "已冻结，立即在各处生效。解除须两人：“:冻结列表”。",
        ),
        Purpose::SignOutEverybody => say(state, "Everybody else is signed out.", "其他所有人的会话已结束。"),
        Purpose::ResetSecondFactor => {
            say(state, "Their two-factor sign-in is reset, and their sessions have ended.", "双因素验证已重置，其会话已结束。")
        }
        Purpose::Alerts(_)
        | Purpose::AuditReviews(_)
        | Purpose::Incident(_)
        | Purpose::Passphrase
        | Purpose::SecondFactor
        | Purpose::Requests(_)
        | Purpose::Settings(_) => Vec::new(),
    };
}

fn told_of_request(state: &mut State, purpose: &Of) {
    match purpose {
        Of::Elevate { break_glass: true } => say(
            state,
            "The glass is broken: everybody who approves is told, and it will be reviewed.",
            "已紧急提权，所有审批人已收到通知，事后将由他人复核。",
        ),
        Of::Elevate { break_glass: false } | Of::Ask(_) => {
            say(state, "Asked. Somebody else decides; you are told.", "已提交申请，审批结果会通知您。")
        }
        Of::Vote { approve: true, .. } => say(state, "Approved.", "已批准。"),
        Of::Vote { approve: false, .. } => say(state, "Refused.", "已拒绝。"),
        Of::Withdraw(_) => say(state, "Taken back.", "已撤回。"),
        Of::End(_) => say(state, "Ended.", "已结束。"),
        Of::Review(_) => say(state, "Reviewed.", "已复核。"),
    };
}

/// What a change of rights would mean stands in the dialog until it is confirmed.
pub fn replayed(state: &mut State, answer: Answer<Vec<Replayed>>) {
    let found = accept(state, answer);
    if let Some(Popup::Person(dialog)) = &mut state.popup
        && matches!(dialog.purpose, Purpose::Allow(_))
    {
        dialog.busy = false;
        dialog.replay = found;
    }
}

/// Who would lose sight of the record stands in the dialog until the label is confirmed.
pub fn previewed(state: &mut State, answer: Answer<Losing>) {
    let Some(Popup::Person(dialog)) = &mut state.popup else { return };
    if !matches!(dialog.purpose, Purpose::Label { .. }) {
        return;
    }
    dialog.busy = false;
    match answer {
        Ok(losing) => dialog.losing = Some(losing),
        Err(trouble) if matches!(trouble.code, "unreachable" | "SD002" | "SD010") => report(state, &trouble),
        Err(trouble) => dialog.error = Some(trouble.text),
    }
}

/// One's own open sessions.
pub fn take_sessions(state: &mut State, answer: Answer<Vec<OpenSession>>) {
    if let Some(sessions) = accept(state, answer) {
        let last = sessions.len().saturating_sub(1);
        let selected = if let Some(Popup::Sessions { selected, .. }) = &state.popup { (*selected).min(last) } else { 0 };
        state.popup = Some(Popup::Sessions { sessions, selected });
    }
}
