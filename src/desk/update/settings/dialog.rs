//! The small forms of the settings screen: what they hold, what comes of them, and why one may not.

use serde::de::DeserializeOwned;

use super::super::super::{
    event::{Answer, Effect},
    keymap::Command,
    people::{Dialog, Purpose as Asking},
    settings::{Act, Purpose, Row},
    state::{Popup, Screen, State},
};
use crate::model::{
    catalogue::{Choice, Class, Field, FieldKind, IndexMode, Label, Reason, Target, code_of, of_code},
    id::Prefix,
    kind::RecordKind,
    retention::{Due, Kept, Rule},
};

type Names = (&'static str, &'static str);

const CODE: Names = ("code", "代码");
const KIND: Names = ("kind", "类型");
const EN: Names = ("English", "英文名称");
const ZH: Names = ("Chinese", "中文名称");
const SECTION: Names = ("section", "节");
const CLASS: Names = ("class", "类别");
const CLASSES: Names = ("classes", "类别");
const MASK: Names = ("mask", "掩码");
const INDEX: Names = ("search by", "搜索方式");
const CHOICES: Names = ("choices", "选项");
const KINDS: Names = ("records", "记录类型");
const FIELDS: Names = ("fields", "字段");
const LETTERS: Names = ("letters", "编号字母");
const NAME_EN: Names = ("its name, en", "名称：英文");
const NAME_ZH: Names = ("its name, zh", "名称：中文");
const HIDE_AFTER: Names = ("hide after s", "秒后隐藏");
const DAYS: Names = ("days", "天数");
const QUOTA: Names = ("per hour", "每小时次数");

pub fn purpose(dialog: &Dialog) -> Option<&Purpose> {
    if let Asking::Settings(purpose) = &dialog.purpose { Some(purpose) } else { None }
}

/// A new field; among the reasons a new reason, among the kinds a new kind.
pub fn add(state: &mut State) -> Vec<Effect> {
    if state.settings.kind().is_some() {
        let dialog = Dialog::new(Asking::Settings(Purpose::AddKind), "");
        let all =
            [(CODE, "", 41), (LETTERS, "", 3), (EN, "", 60), (ZH, "", 60), (NAME_EN, "", 60), (NAME_ZH, "", 60), (FIELDS, "name", 2_000)];
        return open(state, boxes(dialog, &all), &[]);
    }
    if state.settings.reason().is_some() {
        let dialog = Dialog::new(Asking::Settings(Purpose::AddReason), "");
        let dialog = boxes(dialog, &[(CODE, "", 41), (EN, "", 60), (ZH, "", 60), (CLASSES, "", 200)]);
        return open(state, dialog, &[("reference", false)]);
    }
    let section = state.settings.field().map(|field| field.section.clone()).unwrap_or_default();
    let in_use = state.settings.read.kinds.iter().filter(|kind| !kind.retired).map(|kind| kind.code.as_str());
    let kinds = in_use.collect::<Vec<_>>().join(",");
    let dialog = Dialog::new(Asking::Settings(Purpose::AddField), "");
    let mut all = vec![
        (CODE, "", 41),
        (KIND, "text", 60),
        (EN, "", 60),
        (ZH, "", 60),
        (SECTION, section.as_str(), 41),
        (CLASS, "contact", 41),
        (MASK, "hidden", 20),
        (INDEX, "", 80),
        (CHOICES, "", 1_000),
    ];
    // Where there is one kind only, it is of that one.
    if state.settings.read.kinds.len() > 1 {
        all.push((KINDS, &kinds, 500));
    }
    let dialog = boxes(dialog, &all);
    open(state, dialog, &[("list", false), ("required", false)])
}

pub fn edit(state: &mut State) -> Vec<Effect> {
    let settings = &state.settings;
    if let Some(field) = settings.field().cloned() {
        let dialog = Dialog::new(Asking::Settings(Purpose::Field(field.clone())), &field.code);
        let (mask, index, choices) = (code_of(&field.mask), list(&field.index), shown_choices(&field.choices));
        let kinds = field.kinds.join(",");
        let mut all = vec![
            (EN, field.label.en.as_str(), 60),
            (ZH, &field.label.zh, 60),
            (SECTION, &field.section, 41),
            (CLASS, &field.class, 41),
            (MASK, &mask, 20),
            (INDEX, &index, 80),
        ];
        if settings.read.kinds.len() > 1 {
            all.push((KINDS, &kinds, 500));
        }
        if field.kind == FieldKind::Choice {
            all.push((CHOICES, &choices, 1_000));
        }
        return open(state, boxes(dialog, &all), &[("list", field.summary), ("required", field.required)]);
    }
    if let Some(class) = settings.class().cloned() {
        let dialog = Dialog::new(Asking::Settings(Purpose::Class(class.clone())), &class.code);
        let (hide, quota) = (class.hide_after_s.to_string(), class.quota_per_hour.to_string());
        let dialog = boxes(dialog, &[(EN, &class.label.en, 60), (ZH, &class.label.zh, 60), (HIDE_AFTER, &hide, 4), (QUOTA, &quota, 6)]);
        let checks = [
            ("reason", class.reason_required),
            ("copy", class.copy_allowed),
            ("share", class.share_allowed),
            ("focus", class.hide_on_focus_loss),
        ];
        return open(state, dialog, &checks);
    }
    if let Some(kind) = settings.kind().cloned() {
        let dialog = Dialog::new(Asking::Settings(Purpose::Kind(kind.clone())), &kind.code);
        let name = kind.name.clone().unwrap_or_default();
        let fields = settings.fields_of(&kind.code).join(",");
        let all = [
            (EN, kind.label.en.as_str(), 60),
            (ZH, &kind.label.zh, 60),
            (NAME_EN, &name.en, 60),
            (NAME_ZH, &name.zh, 60),
            (FIELDS, &fields, 2_000),
        ];
        return open(state, boxes(dialog, &all), &[]);
    }
    if let Some(rule) = settings.rule().cloned() {
        let days = rule.days.map(|days| days.to_string()).unwrap_or_default();
        let marks = [("purge", rule.purges)];
        let checks: &[(&str, bool)] = if rule.of == Kept::Untouched { &marks } else { &[] };
        let dialog = Dialog::new(Asking::Settings(Purpose::Retention(rule)), "");
        return open(state, boxes(dialog, &[(DAYS, &days, 5)]), checks);
    }
    if let Some(one) = settings.recorded().cloned() {
        let marks = [("recorded", one.recorded), ("default", !one.is_set)];
        return open(state, Dialog::new(Asking::Settings(Purpose::Recorded(one)), ""), &marks);
    }
    let Some(reason) = settings.reason().cloned() else { return Vec::new() };
    let dialog = Dialog::new(Asking::Settings(Purpose::Reason(reason.clone())), &reason.code);
    let classes = reason.classes.join(",");
    let dialog = boxes(dialog, &[(EN, &reason.label.en, 60), (ZH, &reason.label.zh, 60), (CLASSES, &classes, 200)]);
    open(state, dialog, &[("reference", reason.reference_required)])
}

/// Retires the field, kind or reason under the cursor, or brings it back.
pub fn retire(state: &mut State) -> Vec<Effect> {
    let (purpose, code) = match (state.settings.field(), state.settings.kind(), state.settings.reason()) {
        (Some(field), ..) => (Purpose::RetireField(field.clone()), field.code.clone()),
        (_, Some(kind), _) => (Purpose::RetireKind(kind.clone()), kind.code.clone()),
        (.., Some(reason)) => (Purpose::RetireReason(reason.clone()), reason.code.clone()),
        _ => return Vec::new(),
    };
    open(state, Dialog::new(Asking::Settings(purpose), &code), &[])
}

/// Asks whether what is due is to be purged now.
pub fn purge(state: &mut State) -> Vec<Effect> {
    let Some(rule) = state.settings.rule().cloned() else { return Vec::new() };
    open(state, Dialog::new(Asking::Settings(Purpose::Purge(rule)), ""), &[])
}

/// What the rule in the form would purge today.
pub fn tried(state: &mut State, days: i32, answer: Answer<Due>) {
    let Some(Popup::Person(dialog)) = &mut state.popup else { return };
    if !matches!(dialog.purpose, Asking::Settings(Purpose::Retention(_))) {
        return;
    }
    dialog.busy = false;
    match answer {
        Ok(due) => dialog.tried = Some((days, due)),
        Err(trouble) => dialog.error = Some(trouble.text),
    }
}

fn boxes(dialog: Dialog, all: &[(Names, &str, usize)]) -> Dialog {
    all.iter().fold(dialog, |dialog, (label, text, limit)| dialog.with_box(*label, text, *limit, false))
}

fn open(state: &mut State, mut dialog: Dialog, checks: &[(&str, bool)]) -> Vec<Effect> {
    dialog.checks = checks.iter().map(|(code, on)| ((*code).to_owned(), *on, *on)).collect();
    state.popup = Some(Popup::Person(Box::new(dialog)));
    Vec::new()
}

/// What is handed over, or what is missing.
pub fn act(state: &State, dialog: &Dialog, purpose: &Purpose) -> Result<Act, &'static str> {
    let typed = |label: Names| {
        let at = dialog.boxes.iter().position(|entered| entered.label == label);
        at.map(|at| dialog.typed(at).expose().trim().to_owned()).unwrap_or_default()
    };
    let label = || Label { en: typed(EN), zh: typed(ZH) };
    let ticked = |code: &str| dialog.checks.iter().any(|check| check.0 == code && check.2);
    let words = |label: Names| -> Vec<String> { split(&typed(label)).map(str::to_owned).collect() };
    let number =
        |label: Names| typed(label).parse().map_err(|_| state.say("Seconds and reveals are whole numbers.", "秒数和次数须为整数。"));
    let unknown = state
        .say("There is no such kind, mask or search. The list below the boxes names them.", "没有该类型、掩码或搜索方式。请见下方列表。");
    Ok(match purpose {
        Purpose::AddField => Act::AddField(Field {
            of: target(&typed(KIND)),
            code: typed(CODE),
            label: label(),
            section: typed(SECTION),
            section_label: Label::default(),
            position: 0,
            kind: match (named(typed(KIND).split(':').next().unwrap_or_default().trim()).ok_or(unknown)?, target(&typed(KIND))) {
                (FieldKind::Record, None) => {
                    return Err(state.say(
                        "A field of kind record says of which: record:customer",
                        "record 类型须注明所引用的记录类型，如 record:customer",
                    ));
                }
                (kind, _) => kind,
            },
            class: typed(CLASS),
            mask: named(&typed(MASK)).ok_or(unknown)?,
            index: modes(&typed(INDEX)).ok_or(unknown)?,
            summary: ticked("list"),
            required: ticked("required"),
            choices: choices(&typed(CHOICES))
                .ok_or(state.say("Choices look like bj=Beijing/北京, sh=Shanghai/上海", "选项格式：bj=Beijing/北京, sh=Shanghai/上海"))?,
            version: 0,
            layout: 0,
            retired: false,
            kinds: words(KINDS),
        }),
        Purpose::Field(before) => {
            let section = typed(SECTION);
            Act::ChangeField(Field {
                label: label(),
                section_label: if section == before.section { before.section_label.clone() } else { Label::default() },
                section,
                class: typed(CLASS),
                mask: named(&typed(MASK)).ok_or(unknown)?,
                index: modes(&typed(INDEX)).ok_or(unknown)?,
                summary: ticked("list"),
                required: ticked("required"),
                choices: choices(&typed(CHOICES)).ok_or(
                    state.say("Choices look like bj=Beijing/北京, sh=Shanghai/上海", "选项格式：bj=Beijing/北京, sh=Shanghai/上海"),
                )?,
                kinds: words(KINDS),
                ..before.clone()
            })
        }
        Purpose::RetireField(field) if field.retired => Act::RestoreField(field.clone()),
        Purpose::RetireField(field) => Act::RetireField(field.clone()),
        Purpose::Class(before) => Act::ChangeClass(Class {
            label: label(),
            hide_after_s: number(HIDE_AFTER)?,
            quota_per_hour: number(QUOTA)?,
            reason_required: ticked("reason"),
            copy_allowed: ticked("copy"),
            share_allowed: ticked("share"),
            hide_on_focus_loss: ticked("focus"),
            ..before.clone()
        }),
        Purpose::AddReason => Act::AddReason(Reason {
            code: typed(CODE),
            label: label(),
            reference_required: ticked("reference"),
            classes: words(CLASSES),
            version: 0,
            retired: false,
        }),
        Purpose::Reason(before) => {
            Act::ChangeReason(Reason { label: label(), reference_required: ticked("reference"), classes: words(CLASSES), ..before.clone() })
        }
        Purpose::RetireReason(reason) => Act::RetireReason(reason.clone(), !reason.retired),
        Purpose::AddKind => {
            let kind = RecordKind {
                code: typed(CODE),
                label: label(),
                prefix: typed(LETTERS).to_uppercase(),
                name: name(typed(NAME_EN), typed(NAME_ZH)),
                version: 0,
                retired: false,
            };
            Act::AddKind(kind, words(FIELDS))
        }
        Purpose::Kind(before) => {
            let kind = RecordKind { label: label(), name: name(typed(NAME_EN), typed(NAME_ZH)), ..before.clone() };
            Act::ChangeKind(kind, words(FIELDS))
        }
        Purpose::RetireKind(kind) => Act::RetireKind(kind.clone(), !kind.retired),
        Purpose::Retention(before) => {
            let typed = typed(DAYS);
            let days = if typed.is_empty() {
                None
            } else {
                Some(typed.parse().map_err(|_| {
                    state.say("A whole number of days, or nothing to keep it for ever.", "请输入整数天数；留空表示永久保留。")
                })?)
            };
            let shown = dialog.tried.filter(|(tried, _)| Some(*tried) == days).map(|(_, due)| due);
            Act::SetRetention(Rule { days, purges: before.of != Kept::Untouched || ticked("purge"), ..before.clone() }, shown)
        }
        Purpose::Recorded(one) => Act::SetRecorded(one.clone(), (!ticked("default")).then(|| ticked("recorded"))),
        // Answered before it comes to this.
        Purpose::Purge(rule) => Act::SetRetention(rule.clone(), None),
    })
}

/// What a name is called; as everywhere where both boxes are empty.
fn name(en: String, zh: String) -> Option<Label> {
    (!en.is_empty() || !zh.is_empty()).then_some(Label { en, zh })
}

/// Of `record:customer` the kind of record.
fn target(typed: &str) -> Option<Target> {
    let of = typed.split_once([':', '：'])?.1.trim();
    (!of.is_empty()).then(|| Target { kind: of.to_owned(), prefix: Prefix::NONE })
}

fn split(typed: &str) -> impl Iterator<Item = &str> {
    typed.split([',', ' ', '，']).filter(|word| !word.is_empty())
}

fn named<T: DeserializeOwned>(typed: &str) -> Option<T> {
    of_code(typed)
}

fn modes(typed: &str) -> Option<Vec<IndexMode>> {
    split(typed).map(named).collect()
}

fn list(modes: &[IndexMode]) -> String {
    modes.iter().map(code_of).collect::<Vec<_>>().join(",")
}

fn choices(typed: &str) -> Option<Vec<Choice>> {
    let choice = |part: &str| {
        let (code, labels) = part.split_once('=')?;
        let (en, zh) = labels.split_once('/')?;
        Some(Choice { code: code.trim().into(), label: Label { en: en.trim().into(), zh: zh.trim().into() } })
    };
    typed.split([',', '，']).filter(|part| !part.trim().is_empty()).map(choice).collect()
}

fn shown_choices(choices: &[Choice]) -> String {
    choices.iter().map(|choice| format!("{}={}/{}", choice.code, choice.label.en, choice.label.zh)).collect::<Vec<_>>().join(", ")
}

/// Why a command of the settings screen does not work.
pub fn refusal(state: &State, command: Command) -> Option<String> {
    let no = |refused: bool, en: &str, zh: &str| refused.then(|| state.say(en, zh).to_owned());
    let may = state.session.as_ref().is_some_and(|session| session.manage_policy);
    let settings = &state.settings;
    no(!may, "Only security officers change settings.", "只有安全管理员可以更改设置。")
        .or_else(|| no(state.screen != Screen::Settings, "This works among the settings: press 6 first.", "请先按 6 进入设置界面。"))
        .or_else(|| match command {
            Command::EditSetting => no(
                settings.field().is_some_and(|field| field.retired)
                    || settings.kind().is_some_and(|kind| kind.retired)
                    || settings.reason().is_some_and(|reason| reason.retired),
                "It is retired; x brings it back.",
                "已停用；按 x 恢复。",
            ),
            Command::AskForChange => {
                no(settings.proposed.is_none(), "No change was refused for want of an approval.", "没有因缺少批准而被拒绝的更改。")
            }
            Command::AddSetting => no(
                settings.class().is_some() || settings.rule().is_some() || settings.recorded().is_some(),
                "Nothing is added here: choose a field, a kind of record or a reason first.",
                "此处不能添加：请先选择字段、记录类型或理由。",
            ),
            Command::RetireSetting if settings.recorded().is_some() => no(true, "e says whether it is recorded.", "按 e 设置是否记录。"),
            Command::RetireSetting => no(settings.class().is_some(), "A class is not retired.", "类别不能停用。").or_else(|| {
                no(settings.rule().is_some(), "Leave its days empty (e), and everything is kept for ever.", "按 e 将天数留空即可永久保留。")
            }),
            Command::Purge => match settings.rule() {
                None => no(true, "Choose what is kept first, under Retention.", "请先在“保留期限”下选择一项。"),
                Some(rule) => no(rule.days.is_none(), "It is kept for ever; e sets for how many days.", "永久保留；按 e 设置天数。")
                    .or_else(|| no(!rule.purges, "These are only marked as due; e changes that.", "仅作标记；按 e 更改。"))
                    .or_else(|| no(rule.due.records == 0, "Nothing is due.", "没有到期的内容。"))
                    .or_else(|| {
                        let busy = settings.working.contains_key(&Row::Retention(rule.of.clone()));
                        no(busy, "It is being purged; Esc stops.", "正在清除；按 Esc 停止。")
                    }),
            },
            Command::MoveUp | Command::MoveDown if settings.kind().is_some() => None,
            Command::MoveUp | Command::MoveDown | Command::Measure | Command::WriteAgain => {
                let busy = settings.field().is_some_and(|field| settings.working.contains_key(&Row::Field(field.code.clone())));
                no(settings.field().is_none(), "Choose a field first.", "请先选择字段。")
                    .or_else(|| no(busy, "This field is being worked on; Esc stops.", "该字段正在处理中；按 Esc 停止。"))
            }
            _ => None,
        })
}
