//! The settings screen: reading, moving, reordering, measuring, and what follows a change.

pub mod dialog;

use super::{
    super::{
        event::{Answer, Effect},
        people::{Act as Acted, Dialog},
        settings::{Act, Doing, Purpose, Read, Row, Work},
        state::{Pane, Popup, Screen, State},
    },
    answers::accept,
    commands::say,
    motion::{Motion, reach},
    requests,
};
use std::time::Instant;

use crate::{
    model::{
        audit::Progress,
        catalogue::Language,
        change::Change,
        request::Asked,
        retention::{Kept, Purged},
    },
    service::rewrite::Done,
    text::leak::Measured,
};

pub fn enter(state: &mut State) -> Vec<Effect> {
    if state.screen != Screen::Settings {
        state.first_row = 0;
    }
    state.screen = Screen::Settings;
    state.pane = Pane::List;
    read(state)
}

pub fn read(state: &mut State) -> Vec<Effect> {
    state.settings.generation += 1;
    state.settings.loading = true;
    vec![Effect::Settings { generation: state.settings.generation }]
}

pub fn take(state: &mut State, answer: Answer<Box<Read>>) -> Vec<Effect> {
    state.settings.loading = false;
    let Some(read) = accept(state, answer) else { return Vec::new() };
    state.settings.read = *read;
    select(state, state.settings.row());
    // What was stored before a change of class, mask, index or list row follows it.
    let changed = state.settings.changed.take();
    changed
        .filter(|code| state.settings.read.outdated.get(code).is_some_and(|left| *left > 0))
        .map_or_else(Vec::new, |code| rewrite(state, code))
}

pub fn go(state: &mut State, motion: Motion) {
    let (row, _) = reach(motion, state.settings.row(), state.settings.rows().len());
    select(state, row);
}

pub fn select(state: &mut State, row: usize) {
    state.settings.selected = state.settings.rows().get(row).cloned();
}

/// Behind which of its neighbours something stands when it has moved one place, `Some(None)` for the first place; `None` at the end.
#[allow(clippy::option_option)]
fn neighbour<'a>(all: &[&'a str], code: &str, down: bool) -> Option<Option<&'a str>> {
    let at = all.iter().position(|other| *other == code)?;
    match (down, at) {
        (true, at) => all.get(at + 1).copied().map(Some),
        (false, 0) => None,
        (false, at) => Some(at.checked_sub(2).and_then(|before| all.get(before)).copied()),
    }
}

/// Moves the field under the cursor one place up or down in its section, or the kind among the kinds.
pub fn shift(state: &mut State, down: bool) -> Vec<Effect> {
    let settings = &state.settings;
    if let Some(kind) = settings.kind() {
        let kinds: Vec<&str> = settings.read.kinds.iter().map(|kind| kind.code.as_str()).collect();
        let Some(after) = neighbour(&kinds, &kind.code, down) else { return say(state, "It is at the end.", "已位于末尾。") };
        return vec![Effect::Act(Acted::Settings(Act::MoveKind(kind.clone(), after.map(str::to_owned))))];
    }
    let Some(field) = settings.field() else { return Vec::new() };
    let section: Vec<&str> =
        settings.read.fields.iter().filter(|other| other.section == field.section).map(|other| other.code.as_str()).collect();
    let after = neighbour(&section, &field.code, down);
    let Some(after) = after else { return say(state, "It is at the end of its section.", "已位于本节末尾。") };
    vec![Effect::Act(Acted::Settings(Act::MoveField(field.clone(), after.map(str::to_owned))))]
}

/// Measures on the real values what an index of the field would tell.
pub fn measure(state: &mut State) -> Vec<Effect> {
    let Some(code) = state.settings.field().map(|field| field.code.clone()) else { return Vec::new() };
    begin(state, Row::Field(code.clone()), Doing::Measuring);
    vec![Effect::Measure { field: code }]
}

fn begin(state: &mut State, row: Row, doing: Doing) {
    state.settings.working.insert(row, Work { doing, progress: Progress::default(), since: Instant::now() });
}

/// Late progress of work that was stopped counts no more.
pub fn worked(state: &mut State, row: &Row, progress: Progress) {
    if let Some(work) = state.settings.working.get_mut(row) {
        work.progress = progress;
    }
}

/// Stops the work on the row under the cursor, or any; what is done is done.
pub fn stop(state: &mut State) -> Vec<Effect> {
    let Some(row) = state.settings.work().cloned() else { return Vec::new() };
    let doing = state.settings.working.remove(&row).map(|work| work.doing);
    match doing {
        Some(Doing::Rewriting) => say(state, "Stopped. What is written again stays; w goes on.", "已停止。已重写的保留；按 w 继续。"),
        Some(Doing::Purging) => say(state, "Stopped. What is purged is gone; P goes on.", "已停止。已清除的不可恢复；按 P 继续。"),
        _ => say(state, "Stopped. Nothing was measured.", "已停止，未完成测量。"),
    };
    let mut effects = vec![Effect::StopWork(row)];
    effects.extend(read(state));
    effects
}

/// Purges what is due by a rule.
pub fn purge(state: &mut State, of: Kept) -> Vec<Effect> {
    begin(state, Row::Retention(of.clone()), Doing::Purging);
    vec![Effect::Purge { of }]
}

pub fn purged(state: &mut State, of: &Kept, answer: Answer<Purged>) -> Vec<Effect> {
    state.settings.working.remove(&Row::Retention(of.clone()));
    let Some(done) = accept(state, answer) else { return Vec::new() };
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let name = catalogue.map_or_else(|| of.name(), |catalogue| of.in_words(catalogue, state.language));
    state.message = Some(match state.language {
        Language::English => format!("{name}: {} items of {} records are gone for good.", done.items, done.records),
        Language::Chinese => format!("{name}：已永久清除 {} 条记录中的 {} 项。", done.records, done.items),
    });
    if state.screen == Screen::Settings { read(state) } else { Vec::new() }
}

pub fn measured(state: &mut State, field: String, answer: Answer<Vec<Measured>>) {
    state.settings.working.remove(&Row::Field(field.clone()));
    if let Some(found) = accept(state, answer) {
        state.settings.measured = Some((field, found));
    }
}

/// Writes again what the field's older layout wrote.
pub fn rewrite_current(state: &mut State) -> Vec<Effect> {
    let Some(code) = state.settings.field().map(|field| field.code.clone()) else { return Vec::new() };
    rewrite(state, code)
}

fn rewrite(state: &mut State, code: String) -> Vec<Effect> {
    begin(state, Row::Field(code.clone()), Doing::Rewriting);
    say(state, "What is stored is being written again; you may go on.", "正在重写已存储的内容，可继续操作。");
    vec![Effect::Rewrite { field: code }]
}

pub fn rewritten(state: &mut State, field: &str, answer: Answer<Done>) -> Vec<Effect> {
    state.settings.working.remove(&Row::Field(field.to_owned()));
    let Some(done) = accept(state, answer) else { return Vec::new() };
    state.message = Some(match (state.language, done.damaged.len()) {
        (Language::English, 0) => format!("{field}: {} values written again, {} left.", done.changed, done.left),
        (Language::Chinese, 0) => format!("{field}：已重写 {} 个值，剩余 {} 个。", done.changed, done.left),
        (Language::English, damaged) => {
            format!("! {field}: {damaged} values do not open and stay as they are: sealdesk field reindex {field}")
        }
        (Language::Chinese, damaged) => format!("! {field}：{damaged} 个值无法解密，保持原样：sealdesk field reindex {field}"),
    });
    if state.screen == Screen::Settings { read(state) } else { Vec::new() }
}

/// A change was made, or not: then its dialog stays with what was typed, and says why.
pub fn done(state: &mut State, answer: Answer<()>, dialog: Option<Box<Dialog>>) -> Vec<Effect> {
    match (answer, dialog) {
        (Err(trouble), Some(mut dialog)) if !matches!(trouble.code, "unreachable" | "SD002" | "SD010") => {
            dialog.busy = false;
            dialog.error = Some(match trouble.code {
                "SD007" => state
                    .say("Somebody else changed it meanwhile. Esc, look at it, and do it again.", "已被他人更改。请按 Esc 查看后重新操作。")
                    .to_owned(),
                // The form waits with what was typed.
                "SD050" | "SD105" => waits(state).unwrap_or(trouble.text),
                _ => trouble.text,
            });
            state.popup = Some(Popup::Person(dialog));
        }
        (Err(trouble), None) if matches!(trouble.code, "SD050" | "SD105") => state.message = Some(waits(state).unwrap_or(trouble.text)),
        (answer, dialog) => {
            if accept(state, answer).is_some() {
                state.settings.proposed = None;
                said(state, dialog.as_deref());
            }
        }
    }
    read(state)
}

/// The request for the change that was refused last for want of an approval.
pub fn wanted(state: &State) -> Option<Asked> {
    let proposal = state.settings.proposed.clone()?;
    Some(Asked::Settings { of: proposal.of, change: proposal.change })
}

/// Asks for it.
pub fn ask(state: &mut State) -> Vec<Effect> {
    wanted(state).map_or_else(Vec::new, |asked| requests::dialog::ask(state, asked))
}

/// What needs an approval, and how to ask for it.
fn waits(state: &State) -> Option<String> {
    let (proposal, session) = (state.settings.proposed.as_ref()?, state.session.as_ref()?);
    let words = |change: &str| Some(Change::parse(change)?.in_words(&session.catalogue, state.language));
    let wanted = words(&proposal.change)?;
    let approved = proposal.approved.as_ref().and_then(|(number, change)| Some((number, words(change)?)));
    Some(match (state.language, approved) {
        (Language::English, None) => format!("F6 asks somebody else to approve exactly this: {wanted}."),
        (Language::Chinese, None) => format!("须由他人批准，按 F6 申请：{wanted}。"),
        (Language::English, Some((number, approved))) => {
            format!("Request {number} approves another change: {approved}. F6 asks for this one: {wanted}.")
        }
        (Language::Chinese, Some((number, approved))) => {
            format!("申请 {number} 批准的是另一项更改：{approved}。按 F6 申请本次更改：{wanted}。")
        }
    })
}

fn said(state: &mut State, dialog: Option<&Dialog>) {
    let Some(dialog) = dialog else { return };
    let code = dialog.typed(0).expose().trim().to_owned();
    match dialog::purpose(dialog) {
        Some(Purpose::AddField) => {
            state.settings.selected = Some(Row::Field(code));
            say(state, "Added. Open desks show it at once.", "已添加，已打开的工作台会立即显示。");
        }
        Some(Purpose::AddKind) => {
            state.settings.selected = Some(Row::Kind(code));
            say(state, "Added. Open desks offer it at once.", "已添加，已打开的工作台会立即提供。");
        }
        Some(Purpose::RetireKind(kind)) if !kind.retired => {
            say(state, "Retired. Its records stay; no more are made.", "已停用。已有记录保留，不能再新建。");
        }
        Some(Purpose::AddReason) => {
            state.settings.selected = Some(Row::Reason(code));
            say(state, "Added. Open desks offer it at once.", "已添加，已打开的工作台会立即提供。");
        }
        Some(Purpose::Field(field)) => {
            state.settings.changed = Some(field.code.clone());
            say(state, "Changed. Open desks follow.", "已更改，已打开的工作台会自动跟随。");
        }
        Some(Purpose::RetireField(field)) if !field.retired => {
            say(
                state,
                "Retired. Its values and their search tokens stay until they are removed.",
                "已停用。其值与搜索标记会保留，直至被移除。",
            );
        }
        _ => drop(say(state, "Changed. Open desks follow.", "已更改，已打开的工作台会自动跟随。")),
    }
}
