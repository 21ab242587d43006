//! From the form to the database: review, saving, and what to do when somebody else was faster or the answer was lost.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::{Answer, Effect},
        form::{Form, FormField, Question, Stage, Theirs},
        state::{Popup, State},
    },
    answers::{accept, report},
    commands, connection, duplicates,
    form::{is_leaving, leave},
    popups::{Step, scroll},
};
use crate::{
    crypto::secret::Secret,
    model::{
        catalogue::Language,
        id::RecordId,
        record::{FieldView, RecordView},
    },
    service::edit::Draft,
    text::{mask::mask, validate::validate},
};

/// Goes on to the review, or to what stands in its way: a field to choose after a conflict, a value that cannot be saved.
pub fn review(state: &State, form: &mut Form) -> Vec<Effect> {
    form.message = None;
    form.scroll = 0;
    if let Some(index) = form.fields.iter().position(|field| field.theirs.as_ref().is_some_and(|theirs| theirs.chosen.is_none())) {
        form.selected = index;
        form.stage = Stage::Conflict;
        return Vec::new();
    }
    for field in &mut form.fields {
        field.left = true;
    }
    if let Some(index) = form.fields.iter().position(|field| field.fault().is_some()) {
        form.selected = index;
        form.message = Some(state.say("Not yet: see the field under the cursor.", "暂时无法保存，请检查光标所在字段。").to_owned());
        return Vec::new();
    }
    if !form.is_changed() {
        form.message = Some(state.say("Nothing has changed.", "没有修改。").to_owned());
        return Vec::new();
    }
    form.stage = Stage::Review;
    duplicates::look_up(state, form)
}

pub fn review_key(state: &mut State, form: &mut Form, key: KeyEvent) -> Step {
    match key.code {
        _ if is_leaving(key) => form.stage = Stage::Typing,
        KeyCode::Char('Q') => form.question = Some(Question::Quit),
        KeyCode::Enter if form.look_up.waiting => {
            form.message = Some(state.say("Still looking for duplicates; a moment.", "仍在查找重复记录，请稍候。").to_owned());
        }
        KeyCode::Enter => return Step::Do(save(form)),
        KeyCode::Char(digit @ '1'..='9') => {
            if let Some(likeness) = form.look_up.found.get(digit as usize - '1' as usize) {
                form.question = Some(Question::Open(likeness.id));
            }
        }
        _ => scroll(state, &mut form.scroll, key),
    }
    Step::Stay
}

/// Not waiting any longer leaves it open whether the save arrives.
pub fn saving_key(state: &State, form: &mut Form, key: KeyEvent) -> Step {
    if is_leaving(key) {
        form.stage = Stage::Doubt;
        form.doubted = true;
        form.message = Some(
            state
                .say(
                    "Not waiting any longer; the save may still arrive. Enter looks it up and saves only what is missing.",
                    "已停止等待，但保存可能已生效。按 Enter 核对，只保存缺少的部分。",
                )
                .to_owned(),
        );
    }
    Step::Stay
}

/// While it is not known what became of a save, the same is sent again: it is found, not repeated.
pub fn doubt_key(state: &mut State, form: &mut Form, key: KeyEvent) -> Step {
    match key.code {
        _ if is_leaving(key) => return leave(form),
        KeyCode::Char('Q') => form.question = Some(Question::Quit),
        KeyCode::Enter => return Step::Do(save(form)),
        _ => scroll(state, &mut form.scroll, key),
    }
    Step::Stay
}

fn save(form: &mut Form) -> Vec<Effect> {
    form.stage = Stage::Saving;
    form.message = None;
    let values: BTreeMap<String, String> = form.changes().into_iter().map(|(code, value)| (code, value.expose().clone())).collect();
    vec![Effect::Save { record: form.record, new_id: form.new_id, kind: form.kind.clone(), draft: Draft { values } }]
}

pub fn saved(state: &mut State, form: RecordId, answer: Answer<RecordId>) -> Vec<Effect> {
    let waiting = match &mut state.popup {
        Some(Popup::Form(waiting)) if waiting.new_id == form => waiting,
        // The form is gone; what it sent may still arrive, and what was sent twice meets itself.
        _ => {
            let late = answer.as_ref().is_err_and(|trouble| trouble.current.is_some());
            if !late && accept(state, answer).is_some() {
                state.message = Some(state.say("What was being saved has arrived.", "刚才的保存已生效。").to_owned());
            }
            return Vec::new();
        }
    };
    match answer {
        Ok(record) => {
            // The answer that comes late after all is an ordinary one.
            let doubted = waiting.doubted && waiting.stage == Stage::Saving;
            state.popup = None;
            state.offline = None;
            state.message = Some(
                if doubted {
                    state.say(
                        "Saved, and only once: the attempt whose answer was lost was looked up first.",
                        "已保存，未重复：已先核对上次未收到答复的保存。",
                    )
                } else {
                    state.say("Saved.", "已保存。")
                }
                .to_owned(),
            );
            if state.session.is_none() {
                return Vec::new();
            }
            let mut effects = commands::view(state, record);
            effects.extend(commands::list(state, None, 0));
            effects
        }
        Err(trouble) => {
            if trouble.code == "unreachable" {
                connection::lost(state);
            } else {
                state.offline = None;
            }
            let language = state.language;
            let Some(Popup::Form(form)) = &mut state.popup else { return Vec::new() };
            if trouble.code == "unreachable" {
                form.stage = Stage::Doubt;
                form.doubted = true;
                form.message = Some(
                    match language {
                        Language::English => "The connection was lost while saving, so it is not known whether it arrived. Enter looks it up and saves only what is missing.",
                        Language::Chinese => "保存时连接中断，结果未知。按 Enter 核对，只保存缺少的部分。",
                    }
                    .to_owned(),
                );
                return Vec::new();
            }
            form.stage = Stage::Typing;
            form.message = Some(trouble.text.clone());
            // What was typed stays. The record is read again, so that both versions stand side by side before anything is saved.
            if let (Some(_), Some((record, _))) = (trouble.current, form.record) {
                form.outdated = true;
                return commands::view(state, record);
            }
            form.doubted = false;
            if matches!(trouble.code, "SD002" | "SD010") {
                report(state, &trouble);
            }
            Vec::new()
        }
    }
}

/// Somebody else saved while this form is open: said at once, settled when it is saved.
pub fn on_versions(state: &mut State, versions: &[(RecordId, i64)]) {
    let language = state.language;
    let Some(Popup::Form(form)) = &mut state.popup else { return };
    let newer = form.record.is_some_and(|(record, version)| versions.iter().any(|(other, now)| *other == record && *now > version));
    if newer && matches!(form.stage, Stage::Typing | Stage::Review) {
        form.message = Some(
            match language {
                Language::English => "Somebody else changed this record just now; saving will show both.",
                Language::Chinese => "此记录刚被他人修改；保存时将并列显示双方的值。",
            }
            .to_owned(),
        );
    }
}

/// After a conflict the form takes over what now stands. An untouched box shows the other's value; where both changed a field, one is to be chosen.
pub fn on_view(state: &mut State, view: &RecordView) {
    let user = state.session.as_ref().map(|session| session.user.clone());
    let Some(Popup::Form(form)) = &mut state.popup else { return };
    let Some((_, version)) = form.record.filter(|(record, _)| form.outdated && *record == view.id) else { return };
    form.outdated = false;
    if std::mem::take(&mut form.doubted) && user.as_ref() == Some(&view.updated_by) && view.version == version + 1 && holds(form, view) {
        state.popup = None;
        state.message = Some(match state.language {
            Language::English => format!("Your save had arrived before the connection was lost: this is version {}.", view.version),
            Language::Chinese => format!("连接中断前保存已生效：现为第 {} 版。", view.version),
        });
        return;
    }
    form.record = Some((view.id, view.version));
    form.other = Some(view.updated_by.clone());
    for field in &mut form.fields {
        if let Some(seen) = view.fields.iter().find(|seen| seen.field == field.field.code) {
            rebase(field, seen);
        }
    }
    let contended = form.fields.iter().position(|field| field.theirs.is_some());
    form.selected = contended.unwrap_or(form.selected);
    form.scroll = 0;
    form.stage = if contended.is_some() { Stage::Conflict } else { Stage::Typing };
    form.message = contended.is_none().then(|| match state.language {
        Language::English => {
            format!("{} changed other fields meanwhile; they are taken over. Ctrl-s reviews yours again.", view.updated_by)
        }
        Language::Chinese => format!("{} 刚修改了其他字段，已合并。Ctrl-s 再次查看您的修改。", view.updated_by),
    });
}

/// Whether the record holds what the form wanted to save, as far as this person can see.
fn holds(form: &Form, view: &RecordView) -> bool {
    form.fields.iter().all(|field| {
        let Some(typed) = field.change() else { return true };
        let Some(seen) = view.fields.iter().find(|seen| seen.field == field.field.code) else { return false };
        let Ok(stored) = validate(&field.field, typed.expose()).map(Secret::new) else { return false };
        if stored.expose().is_empty() {
            return !seen.present;
        }
        let looks_right = match &seen.masked {
            Some(Ok(masked)) => *masked == mask(field.field.mask, stored.expose()),
            Some(Err(_)) => false,
            None => true,
        };
        seen.present && seen.version == view.version && looks_right
    })
}

fn rebase(field: &mut FormField, seen: &FieldView) {
    if field.masked == seen.masked && field.version == seen.version {
        return;
    }
    let stands = match &seen.masked {
        Some(Ok(open)) if seen.open => Some(Secret::from(open.as_str())),
        _ if seen.present => None,
        _ => Some(Secret::default()),
    };
    let shown = match &seen.masked {
        Some(Ok(masked)) => masked.clone(),
        _ if seen.present => "****".to_owned(),
        _ => String::new(),
    };
    let mine = field.change();
    field.masked.clone_from(&seen.masked);
    field.version = seen.version;
    field.until = None;
    let same = matches!((&mine, &stands), (Some(mine), Some(stands)) if mine.expose().trim() == stands.expose());
    if mine.is_none() || same {
        field.input.set(stands.as_ref().map_or("", |stands| stands.expose()));
        field.emptied = false;
    } else {
        field.theirs = Some(Theirs { shown, chosen: None });
    }
    field.before = stands;
}
