//! What is configured and what the person may have changed while the desk is open: it follows, and says what concerns the person.

use std::{collections::BTreeSet, time::Instant};

use super::{
    super::{
        event::{Answer, Effect, Session},
        form::{Form, FormField},
        popup::Popup,
        state::{PAUSE, Screen, State},
    },
    answers::{self, accept},
    audit_reviews, commands, freeze, hide_all, incidents, people, replay, requests, settings, share,
};
use crate::{
    crypto::secret::Secret,
    model::{
        catalogue::{Field, Language, Rights},
        freeze::{Freeze, Target},
        record::Denied,
        request::{RequestState, Standing},
    },
    text::sanitise::for_terminal,
};

/// Takes over what was read again.
pub fn take(state: &mut State, answer: Answer<Box<Session>>) -> Vec<Effect> {
    if state.session.is_none() {
        return Vec::new();
    }
    let Some(now) = accept(state, answer).map(|session| *session) else { return Vec::new() };
    let Some(before) = state.session.replace(now.clone()) else { return Vec::new() };
    let is_new = |freeze: &&Freeze| before.standing.freezes.iter().all(|known| known.number != freeze.number);
    if now.standing.freezes.iter().filter(is_new).any(|freeze| !matches!(freeze.target, Target::Person(_))) {
        hide_all(state);
    }
    if let Some(told) = told(state, &before, &now) {
        state.message = Some(told);
    }
    if now.standing.answered != before.standing.answered {
        state.requests.told = now.standing.answered.map(|(number, _)| number);
    }
    follow(state);
    let mut effects = requests::noticed(state);
    effects.extend(incidents::noticed(state));
    effects.extend(audit_reviews::noticed(state));
    effects.extend(share::noticed(state));
    let rights_changed = before.rights != now.rights
        || before.standing.roles != now.standing.roles
        || before.catalogue.clearances != now.catalogue.clearances;
    if state.screen == Screen::People && (rights_changed || before.standing != now.standing) {
        effects.extend(people::read(state));
    }
    if !rights_changed && before.standing.catalogue_version == now.standing.catalogue_version {
        return effects;
    }
    // What may be asked for may be other than before.
    if state.screen != Screen::Requests {
        effects.extend(requests::read(state));
    }
    if state.screen == Screen::Settings {
        effects.extend(settings::read(state));
    }
    // What was asked for with a right that is gone is not shown on; a form keeps what was typed.
    if let Some(detail) = &mut state.detail {
        let may = |class: &str| now.rights.get(class).is_some_and(|rights| rights.reveal);
        let fields = &detail.view.fields;
        detail.revealed.retain(|code, _| fields.iter().find(|field| field.field == *code).is_some_and(|field| may(&field.class)));
    }
    if rights_changed && state.replays.open.is_some() {
        // It was read with the rights of before: begun anew it shows what those of now permit.
        state.replays.generation += 1;
        effects.extend(replay::end(state));
    }
    effects.extend(follow_record(state, &before, &now));
    let reads = |session: &Session| session.rights.get("basic").is_some_and(|rights| rights.reveal);
    if !reads(&now) {
        // Nobody looks on at what they may not read any more.
        state.list = super::super::state::List { generation: state.list.generation + 1, ..super::super::state::List::default() };
        state.detail = None;
    } else if !reads(&before) || (!state.list.has_before && list_is_touched(&before, &now)) {
        state.list.keep = state.list.rows.get(state.list.selected).map(|row| row.id);
        effects.extend(commands::list(state, None, 0));
    }
    effects
}

/// Whether the list would show other rows or columns: reading it is an event, so it is not done for anything else.
fn list_is_touched(before: &Session, now: &Session) -> bool {
    let columns = |session: &Session| -> Vec<_> {
        let rights = |class: &str| session.rights.get(class).copied().unwrap_or_default();
        session.catalogue.columns(None).map(|field| (field.code.clone(), field.mask, field.layout, rights(&field.class))).collect()
    };
    columns(before) != columns(now) || before.catalogue.clearances != now.catalogue.clearances
}

/// What the change means for the record that is open. Reading it again is an access, so it is only done where there is more to be seen, or a field is
/// stored or masked in another way: a right that is gone is taken from what is shown, and a name needs no reading.
fn follow_record(state: &mut State, before: &Session, now: &Session) -> Vec<Effect> {
    let Some(detail) = &mut state.detail else { return Vec::new() };
    let rights = |session: &Session, class: &str| session.rights.get(class).copied().unwrap_or_default();
    let stored = |field: &Field| (field.code.clone(), field.class.clone(), field.mask, field.kind, field.layout, field.retired);
    let fields_changed = before.catalogue.fields.iter().map(stored).ne(now.catalogue.fields.iter().map(stored));
    let classes: BTreeSet<&String> = before.rights.keys().chain(now.rights.keys()).collect();
    let gained = classes.iter().any(|class| rights(now, class).without(rights(before, class)) != Rights::default());
    if fields_changed || gained {
        // A form keeps what was typed; saving it tells what is in the way.
        return if matches!(state.popup, Some(Popup::Form(_) | Popup::NoteEditor(_))) { Vec::new() } else { answers::reload(state) };
    }
    for field in &mut detail.view.fields {
        let (had, has) = (rights(before, &field.class), rights(now, &field.class));
        if had == has {
            continue;
        }
        if !has.reveal {
            field.reveal = Err(Denied::NotPermitted);
        }
        if !has.edit {
            field.edit = Err(Denied::NotPermitted);
        }
        if (field.open && !has.reveal) || (!field.open && !has.masked) {
            field.masked = None;
        }
        field.withheld = has == Rights::default();
    }
    // Whether it is still there for this person: a number only, and no look-up.
    let cleared = before.catalogue.clearances == now.catalogue.clearances;
    if cleared { Vec::new() } else { vec![Effect::Peek(vec![detail.view.id])] }
}

/// A form gains the fields that its records have had since, each in its place and empty; the cursor stays where it is. Answers with what they are called.
fn gain(form: &mut Form, session: &Session, language: Language) -> Vec<String> {
    let known: Vec<&Field> = session.catalogue.fields_of(&form.kind).collect();
    let place = |code: &str| known.iter().position(|field| field.code == code);
    let mut added = Vec::new();
    for (at, field) in known.iter().enumerate() {
        if form.fields.iter().any(|typed| typed.field.code == field.code) {
            continue;
        }
        let may = session.rights.get(&field.class).is_some_and(|rights| rights.edit);
        let before = form.fields.iter().rposition(|typed| place(&typed.field.code).is_some_and(|other| other < at));
        let index = before.map_or(0, |before| before + 1);
        form.fields.insert(index, FormField::new((*field).clone(), Some(Secret::default()), (!may).then_some(Denied::NotPermitted)));
        if index <= form.selected {
            form.selected += 1;
        }
        added.push(field.label.in_language(language).to_owned());
    }
    added
}

/// A form goes on with the fields as they are now, names those that changed, and keeps what was typed.
fn follow(state: &mut State) {
    let (Some(Popup::Form(form)), Some(session)) = (&mut state.popup, &state.session) else { return };
    let (mut changed, mut retired) = (Vec::new(), Vec::new());
    let added = gain(form, session, state.language);
    for typed in &mut form.fields {
        let Some(now) = session.catalogue.field(&typed.field.code) else { continue };
        let same = Field { position: typed.field.position, version: typed.field.version, ..now.clone() } == typed.field;
        let label = now.label.in_language(state.language).to_owned();
        match (same, !now.is_of(&form.kind)) {
            (true, _) => {}
            (false, true) => retired.push(label),
            (false, false) => changed.push(label),
        }
        typed.field = now.clone();
    }
    let comma = if state.language == Language::English { ", " } else { "、" };
    let (changed, retired, added) = (changed.join(comma), retired.join(comma), added.join(comma));
    form.message = match (state.language, changed.is_empty(), retired.is_empty()) {
        (_, true, true) if added.is_empty() => return,
        (Language::English, true, true) => Some(format!("Asked for now: {added}. It stands in the form; what you typed is kept.")),
        (Language::Chinese, true, true) => Some(format!("新增填写项：{added}。已加入表单，您输入的内容已保留。")),
        (Language::English, _, false) => Some(format!("No longer asked for: {retired}. Take out what you typed there to save the rest.")),
        (Language::Chinese, _, false) => Some(format!("已不再要求填写：{retired}。清除其中输入的内容后可保存其余部分。")),
        (Language::English, false, true) => Some(format!("Changed by a security officer: {changed}. What you typed is kept.")),
        (Language::Chinese, false, true) => Some(format!("安全管理员已更改：{changed}。您输入的内容已保留。")),
    };
}

/// A role for a time that has just ended: asks where the person stands now.
pub fn expire(state: &mut State) -> Vec<Effect> {
    let Some(session) = &mut state.session else { return Vec::new() };
    let now = jiff::Timestamp::now();
    if session.standing.lent.iter().all(|(_, until)| *until > now) {
        return Vec::new();
    }
    // Asked once; the answer brings what still runs.
    session.standing.lent.iter_mut().filter(|(_, until)| *until <= now).for_each(|(_, until)| *until = jiff::Timestamp::MAX);
    vec![Effect::Policy]
}

/// Somebody's role for a time that is shown has just ended: nobody announces that, so it is read again.
pub fn expire_others(state: &mut State, now: Instant) -> Vec<Effect> {
    let next = match state.screen {
        Screen::People => state.people.next_end(),
        Screen::Requests => state.requests.next_end(),
        _ => None,
    };
    let over = next.is_some_and(|until| until <= jiff::Timestamp::now());
    if !over || state.ended_asked.is_some_and(|asked| now.duration_since(asked) < PAUSE) {
        return Vec::new();
    }
    state.ended_asked = Some(now);
    if state.screen == Screen::People { people::read(state) } else { requests::read(state) }
}

/// What the person ought to know of the difference.
fn told(state: &State, before: &Session, now: &Session) -> Option<String> {
    let role = |code: &str| now.catalogue.role_names(&[code.to_owned()], state.language);
    let (was, is) = (&before.standing, &now.standing);
    let differ = |these: &Standing, those: &Standing| {
        these.freezes.iter().find(|freeze| those.freezes.iter().all(|known| known.number != freeze.number)).cloned()
    };
    if let Some(frozen) = differ(is, was) {
        let (by, what, why) = (&frozen.by, freeze::name(now, &frozen.target, state.language), &frozen.why);
        return Some(match state.language {
            Language::English => format!("! {by} has frozen {what}: {why}"),
            Language::Chinese => format!("! {by} 已冻结{what}：{why}"),
        });
    }
    if let Some(lifted) = differ(was, is) {
        let what = freeze::name(now, &lifted.target, state.language);
        return Some(match state.language {
            Language::English => format!("No longer frozen: {what}."),
            Language::Chinese => format!("已解除冻结：{what}。"),
        });
    }
    let begun = is.lent.iter().find(|(code, _)| was.lent.iter().all(|(held, _)| held != code));
    if is.broken > was.broken && begun.is_none() {
        return Some(
            state.say("! Somebody has broken the glass. i shows who and why.", "! 有人紧急提权。按 i 查看提权人和理由。").to_owned(),
        );
    }
    if let Some((code, until)) = begun {
        let until = state.local(*until).strftime("%H:%M").to_string();
        let role = role(code);
        return Some(match state.language {
            Language::English => format!("You are {role} until {until}."),
            Language::Chinese => format!("您已临时担任{role}，至 {until}。"),
        });
    }
    if let Some((code, _)) = was.lent.iter().find(|(code, _)| is.lent.iter().all(|(held, _)| held != code)) {
        let role = role(code);
        return Some(match state.language {
            Language::English => format!("You are no longer {role}."),
            Language::Chinese => format!("您不再担任{role}。"),
        });
    }
    if is.answered != was.answered
        && let Some((number, answer)) = is.answered
    {
        let words = answer.in_words(state.language);
        let comment = for_terminal(&is.answered_comment);
        return matches!(answer, RequestState::Approved | RequestState::Refused).then(|| match (state.language, comment.is_empty()) {
            (Language::English, true) => format!("Your request {number} is {words}; i shows it."),
            (Language::English, false) => format!("Your request {number} is {words}: \"{comment}\" - i shows it."),
            (Language::Chinese, true) => format!("您的申请 {number} {words}，按 i 查看。"),
            (Language::Chinese, false) => format!("您的申请 {number} {words}：“{comment}”，按 i 查看。"),
        });
    }
    if is.waiting > was.waiting {
        return Some(state.say("A request waits for you: i.", "有申请待您审批，按 i 查看。").to_owned());
    }
    None
}
