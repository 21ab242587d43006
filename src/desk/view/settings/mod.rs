//! The settings screen: fields by section, kinds of record, classes and reasons; the one under the cursor in full.

pub mod dialog;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::Line,
    widgets::Paragraph,
};

use super::{
    super::{
        settings::{Doing, Row, Work},
        state::{Pane, State},
    },
    detail_pane,
    list::grouped,
    pane, people, safe, stacked,
};
use crate::{
    model::{
        action,
        audit::Progress,
        audit_scope::Recorded,
        catalogue::{Class, Field, Language, Reason, code_of},
        kind::RecordKind,
        retention::{Due, Kept, Rule},
    },
    text::{leak::Measured, sanitise::for_terminal, width},
};

/// Columns from which list and detail stand side by side.
const BESIDE: u16 = 100;
const LABEL: usize = 18;
const KIND: usize = 9;
const CLASS: usize = 10;
const KEPT: usize = 24;
const DAYS: usize = 11;
const RECORDED: usize = 12;

/// ```text
/// + Settings - 9 fields ----------------++ phone - Phone / 电话 ----------+
/// | Contact                             || kind     phone                 |
/// | > Phone     phone    contact   LR   || class    Contact               |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let (title, parts) = detail(state);
    let mut lines = Vec::new();
    let mut put = |columns: u16| {
        for (label, value, style) in &parts {
            people::put(&mut lines, state, label, value, *style, usize::from(columns.saturating_sub(2)));
        }
        lines.len()
    };
    let [first, second] = if area.width >= BESIDE {
        let [first, second] = Layout::horizontal([Constraint::Percentage(52), Constraint::Percentage(48)]).areas(area);
        put(second.width);
        [first, second]
    } else {
        let needed = put(area.width);
        stacked(area, state.settings.rows().len(), area.height / 2, needed)
    };
    state.panes = vec![(Pane::List, first)];
    state.about = Some(list(frame, first, state));
    detail_pane(frame, second, state, format!(" {title} "), lines);
}

/// A line of the list: a heading, or a row by its number.
enum Item {
    Heading(String),
    Row(usize, String, Style),
}

fn counted(state: &State, fields: usize) -> String {
    match (state.language, fields) {
        (Language::English, 1) => "1 field".to_owned(),
        (Language::English, count) => format!("{count} fields"),
        (Language::Chinese, count) => format!("{count} 个字段"),
    }
}

/// Answers with the row under the cursor.
fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let fields = state.settings.read.fields.iter().filter(|field| !field.retired).count();
    let title = format!(" {} - {}{} ", state.say("Settings", "设置"), counted(state, fields), state.slow_mark(state.settings.loading));
    let block = pane(state, title, true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let items = items(state);
    let height = usize::from(inner.height).max(1);
    let row = state.settings.row();
    let at = items.iter().position(|item| matches!(item, Item::Row(number, ..) if *number == row)).unwrap_or(0);
    if at < state.first_row + 1 || at >= state.first_row + height {
        // With the heading above it, where there is one.
        state.first_row = if at <= state.first_row { at.saturating_sub(1) } else { (at + 1).saturating_sub(height) };
    }
    state.first_row = state.first_row.min(items.len().saturating_sub(height));
    state.page = height;
    let first = state.first_row;
    let paint = |item: Item| match item {
        Item::Heading(text) => Line::from(safe(&text, state.theme.bold)),
        Item::Row(number, text, style) => {
            let line = Line::from(safe(&width::truncate(&text, usize::from(inner.width)), style));
            if number == row { line.style(state.theme.selected) } else { line }
        }
    };
    let lines: Vec<Line<'_>> = items.into_iter().skip(first).take(height).map(paint).collect();
    frame.render_widget(Paragraph::new(lines), inner);
    let below = u16::try_from(at.saturating_sub(first)).unwrap_or(0);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

fn items(state: &State) -> Vec<Item> {
    let settings = &state.settings;
    let language = state.language;
    let mut items = Vec::new();
    let mut section = None;
    for (number, row) in settings.rows().into_iter().enumerate() {
        match row {
            Row::Field(code) => {
                let Some(field) = settings.read.fields.iter().find(|field| field.code == code) else { continue };
                if section != Some(&field.section) {
                    section = Some(&field.section);
                    items.push(Item::Heading(for_terminal(field.section_label.in_language(language))));
                }
                let style = if field.retired { state.theme.dim } else { state.theme.normal };
                items.push(Item::Row(number, field_cells(state, field), style));
            }
            Row::Kind(code) => {
                let Some(kind) = settings.read.kinds.iter().find(|kind| kind.code == code) else { continue };
                if settings.read.kinds.first() == Some(kind) {
                    items.push(Item::Heading(state.say("Kinds of record", "记录类型").to_owned()));
                }
                let (style, retired) =
                    if kind.retired { (state.theme.dim, state.say("retired", "已停用")) } else { (state.theme.normal, "") };
                let label = width::fit(&for_terminal(kind.label.in_language(language)), LABEL);
                let fields = settings.fields_of(&kind.code).len();
                let text = format!("   {label} {} {} {retired}", width::fit(&format!("{}-", kind.prefix), KIND), counted(state, fields));
                items.push(Item::Row(number, text.trim_end().to_owned(), style));
            }
            Row::Class(code) => {
                let Some(class) = settings.read.classes.iter().find(|class| class.code == code) else { continue };
                if settings.read.classes.first() == Some(class) {
                    items.push(Item::Heading(state.say("Classes", "类别").to_owned()));
                }
                let text = format!(
                    "   {} {} s, {}/h",
                    width::fit(&for_terminal(class.label.in_language(language)), LABEL),
                    class.hide_after_s,
                    class.quota_per_hour
                );
                items.push(Item::Row(number, text, state.theme.normal));
            }
            Row::Reason(code) => {
                let Some(reason) = settings.read.reasons.iter().find(|reason| reason.code == code) else { continue };
                if settings.read.reasons.first() == Some(reason) {
                    items.push(Item::Heading(state.say("Reasons", "理由").to_owned()));
                }
                let (style, retired) =
                    if reason.retired { (state.theme.dim, state.say(" (retired)", "（已停用）")) } else { (state.theme.normal, "") };
                items.push(Item::Row(number, format!("   {}{retired}", for_terminal(reason.label.in_language(language))), style));
            }
            Row::Retention(of) => {
                let Some(rule) = settings.read.retention.iter().find(|rule| rule.of == of) else { continue };
                if settings.read.retention.first() == Some(rule) {
                    items.push(Item::Heading(state.say("Retention", "保留期限").to_owned()));
                }
                items.push(Item::Row(number, retention_cells(state, rule), state.theme.normal));
            }
            Row::Recorded(action, class) => {
                let Some(one) = settings.read.recorded.iter().find(|one| one.action == action && one.class == class) else { continue };
                if settings.read.recorded.first() == Some(one) {
                    items.push(Item::Heading(state.say("Recorded in the audit", "审计范围").to_owned()));
                }
                items.push(Item::Row(number, recorded_cells(state, one), state.theme.normal));
            }
        }
    }
    items
}

fn field_cells(state: &State, field: &Field) -> String {
    let class = class_name(state, &field.class);
    let left = state.settings.read.outdated.get(&field.code).copied().unwrap_or(0);
    let marks = if field.retired {
        state.say("retired", "已停用").to_owned()
    } else if let Some(work) = state.settings.working.get(&Row::Field(field.code.clone())) {
        how_far(state, work)
    } else if left > 0 {
        format!("! {left} {}", state.say("to write again", "待重写"))
    } else {
        [(field.summary, state.say("list", "列表")), (field.required, state.say("required", "必填"))]
            .into_iter()
            .filter_map(|(holds, mark)| holds.then_some(mark))
            .collect::<Vec<_>>()
            .join(" ")
    };
    format!(
        "   {} {} {} {marks}",
        width::fit(&for_terminal(field.label.in_language(state.language)), LABEL),
        width::fit(&dialog::code_in_words(state, &code_of(&field.kind)), KIND),
        width::fit(&class, CLASS)
    )
}

fn retention_cells(state: &State, rule: &Rule) -> String {
    let kept = days(state, rule);
    let due = match (state.settings.working.get(&Row::Retention(rule.of.clone())), rule.due.records) {
        (Some(work), _) => how_far(state, work),
        (None, 0) => String::new(),
        (None, records) => format!("! {} {}", count(records), state.say("due", "条到期")),
    };
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let name = catalogue.map_or_else(|| rule.of.name(), |catalogue| rule.of.in_words(catalogue, state.language));
    format!("   {} {} {due}", width::fit(&for_terminal(&name), KEPT), width::fit(&kept, DAYS))
}

fn recorded_cells(state: &State, one: &Recorded) -> String {
    let name = recorded_name(state, one);
    let indent = if one.class.is_some() { "     " } else { "   " };
    let mark = if one.recorded { state.say("recorded", "记录") } else { state.say("not recorded", "不记录") };
    let why = if !one.rules.is_empty() {
        state.say("by a rule", "规则需要")
    } else if one.is_set {
        state.say("set here", "已单独设置")
    } else {
        ""
    };
    let name = width::fit(&for_terminal(&name), KEPT + 3 - indent.len());
    format!("{indent}{name} {} {why}", width::fit(mark, RECORDED)).trim_end().to_owned()
}

/// A class is named by itself below the act.
fn recorded_name(state: &State, one: &Recorded) -> String {
    match &one.class {
        Some(class) => class_name(state, class),
        None => action::in_words(&one.action, state.language).to_owned(),
    }
}

fn of_recorded(state: &State, one: &Recorded) -> Vec<Part> {
    let about = match one.action.as_str() {
        "copy" => state.say(
            "A value that was revealed is put onto the clipboard. The reveal is recorded in any case.",
            "将已查看的值复制到剪贴板。查看本身始终记录。",
        ),
        "explain" => state.say(
            "Somebody asks what they may do themselves. Asking about others is recorded in any case.",
            "查询本人的权限。查询他人权限始终记录。",
        ),
        "star" | "unstar" => state.say("Somebody's own mark on a record.", "个人对记录所做的标记。"),
        "filter_save" | "filter_drop" => state.say("Somebody's own filter of the audit.", "个人保存的审计筛选条件。"),
        "hide" => state.say(
            "A revealed value goes from the screen: how long it stood there. The desk says so itself; other programs may not.",
            "已查看的值从屏幕上消失，即其显示时长。由工作台自行上报；其他程序未必上报。",
        ),
        _ => state.say(
            "The cursor stays on a row of the list for a second. The desk says so itself; other programs may not.",
            "光标在列表某行停留一秒。由工作台自行上报；其他程序未必上报。",
        ),
    };
    vec![
        ("", about.to_owned(), state.theme.dim),
        (state.say("now", "当前"), one.told(state.language), state.theme.normal),
        (
            state.say("by default", "默认"),
            if one.by_default { state.say("recorded", "记录") } else { state.say("not recorded", "不记录") }.to_owned(),
            state.theme.normal,
        ),
        (
            "",
            state
                .say(
                    "A refusal is always recorded, and so is everything that is not in this list.",
                    "所有拒绝，以及不在此列表中的一切动作，始终记录。",
                )
                .to_owned(),
            state.theme.dim,
        ),
    ]
}

fn days(state: &State, rule: &Rule) -> String {
    rule.days.map_or_else(|| state.say("for ever", "永久").to_owned(), |days| format!("{days} {}", state.say("days", "天")))
}

fn count(records: i64) -> String {
    if records > Due::MOST { format!("{}+", grouped(Due::MOST)) } else { grouped(records) }
}

/// `340 of 10,000 left`.
fn how_far(state: &State, work: &Work) -> String {
    let number = |count: u64| grouped(i64::try_from(count).unwrap_or(i64::MAX));
    let Progress { done, total } = work.progress;
    if work.doing == Doing::Measuring || total == 0 {
        return match state.language {
            Language::English => format!("{} {}", number(done), if work.doing == Doing::Measuring { "measured" } else { "done" }),
            Language::Chinese => format!("{} {}", if work.doing == Doing::Measuring { "已测量" } else { "已完成" }, number(done)),
        };
    }
    match state.language {
        Language::English => format!("{} of {} left", number(total.saturating_sub(done)), number(total)),
        Language::Chinese => format!("剩余 {} / {}", number(total.saturating_sub(done)), number(total)),
    }
}

/// With rate and time left, and how to stop it.
fn under_way(state: &State, work: &Work) -> Part {
    let seconds = state.now.saturating_duration_since(work.since).as_secs().max(1);
    let rate = work.progress.done / seconds;
    let left = work.progress.total.saturating_sub(work.progress.done).checked_div(rate).filter(|_| work.progress.total > 0);
    let left = left
        .filter(|left| *left > 0)
        .map(|left| format!("{}{left} {}", state.say(", ", "，"), state.say("s left", "秒")))
        .unwrap_or_default();
    let rate = grouped(i64::try_from(rate).unwrap_or(i64::MAX));
    let text = format!("{}{}{rate}/s{left} - {}", how_far(state, work), state.say(", ", "，"), state.say("Esc stops", "按 Esc 停止"));
    let name = match work.doing {
        Doing::Measuring => state.say("measuring", "正在测量"),
        Doing::Rewriting => state.say("moving", "正在重写"),
        Doing::Purging => state.say("purging", "正在清除"),
    };
    (name, text, state.theme.accent)
}

fn of_retention(state: &State, rule: &Rule) -> Vec<Part> {
    let normal = state.theme.normal;
    let about = match rule.of {
        Kept::Erased => state.say(
            "Deleted records are gone for good after this: values, history, notes, shares. Number and audit stay.",
            "已删除的记录到期后永久清除：值、历史、备注、共享均不保留，仅保留编号和审计。",
        ),
        Kept::History(_) => state.say("Values that were replaced or removed since.", "已被替换或移除的旧值。"),
        Kept::Notes => state.say("Notes by their own age, on records that stay.", "按备注自身的时间计算，记录本身保留。"),
        Kept::Untouched => state.say(
            "Records that nobody opened or changed for so long. They are only marked, unless they are to be purged.",
            "长期无人查看或修改的记录。默认仅作标记，除非设置为清除。",
        ),
    };
    let then = if rule.purges { state.say("purged for good", "永久清除") } else { state.say("marked as due", "标记为到期") };
    let mut parts = vec![("", about.to_owned(), state.theme.dim), (state.say("kept", "保留"), days(state, rule), normal)];
    if rule.days.is_some() {
        parts.push((state.say("then", "到期后"), then.to_owned(), normal));
        let due = rule.due.in_words(state.language);
        let due = if rule.due.records > 0 && rule.purges { format!("{due} - {}", state.say("P purges", "按 P 清除")) } else { due };
        parts.push((state.say("due now", "当前到期"), due, if rule.due.records > 0 { state.theme.bad } else { normal }));
    }
    if let Some(work) = state.settings.working.get(&Row::Retention(rule.of.clone())) {
        parts.push(under_way(state, work));
    }
    parts.push((
        "",
        state.say("A legal hold on a record (H on it) stops all of it.", "对记录设置法定保留（在记录上按 H）可停止全部清除。").to_owned(),
        state.theme.dim,
    ));
    parts
}

fn class_name(state: &State, code: &str) -> String {
    let known = state.settings.read.classes.iter().find(|class| class.code == code);
    for_terminal(known.map_or(code, |class| class.label.in_language(state.language)))
}

type Part = (&'static str, String, Style);

fn detail(state: &State) -> (String, Vec<Part>) {
    let settings = &state.settings;
    match (settings.field(), settings.class(), settings.reason()) {
        _ if settings.kind().is_some() => settings.kind().map_or_else(Default::default, |kind| {
            (for_terminal(&format!("{} - {} / {}", kind.code, kind.label.en, kind.label.zh)), of_kind(state, kind))
        }),
        (Some(field), ..) => (for_terminal(&format!("{} - {} / {}", field.code, field.label.en, field.label.zh)), of_field(state, field)),
        (_, Some(class), _) => (for_terminal(&format!("{} - {} / {}", class.code, class.label.en, class.label.zh)), of_class(state, class)),
        (.., Some(reason)) => {
            (for_terminal(&format!("{} - {} / {}", reason.code, reason.label.en, reason.label.zh)), of_reason(state, reason))
        }
        _ if settings.recorded().is_some() => settings.recorded().map_or_else(Default::default, |one| {
            let name = state.session.as_ref().map(|session| one.in_words(&session.catalogue, state.language)).unwrap_or_default();
            (for_terminal(&name), of_recorded(state, one))
        }),
        _ => match (settings.rule(), &state.session) {
            (Some(rule), Some(session)) => {
                let name = for_terminal(&rule.of.in_words(&session.catalogue, state.language));
                (format!("{} - {name}", state.say("Retention", "保留期限")), of_retention(state, rule))
            }
            _ => (state.say("Setting", "设置").to_owned(), Vec::new()),
        },
    }
}

fn of_field(state: &State, field: &Field) -> Vec<Part> {
    let normal = state.theme.normal;
    let codes = |all: &[String]| if all.is_empty() { "-".to_owned() } else { all.join(state.say(", ", "、")) };
    let modes: Vec<String> = field.index.iter().map(code_of).collect();
    let mut parts = Vec::new();
    if field.retired {
        let kept = state.say("retired: its values and their search tokens stay", "已停用：其值与搜索标记保留");
        parts.push(("", kept.to_owned(), state.theme.bad));
    }
    parts.extend([
        (state.say("kind", "类型"), dialog::named(state, &code_of(&field.kind)), normal),
        (state.say("class", "类别"), class_name(state, &field.class), normal),
        (state.say("mask", "掩码"), dialog::named(state, &code_of(&field.mask)), normal),
        (state.say("search by", "搜索方式"), codes(&modes), normal),
    ]);
    if state.settings.read.kinds.len() > 1 {
        let name = |code: &String| {
            let known = state.settings.read.kinds.iter().find(|kind| kind.code == *code);
            known.map_or(code.as_str(), |kind| kind.label.in_language(state.language)).to_owned()
        };
        parts.push((
            state.say("records", "记录类型"),
            field.kinds.iter().map(name).collect::<Vec<_>>().join(state.say(", ", "、")),
            normal,
        ));
    }
    if !field.choices.is_empty() {
        let choices: Vec<String> = field.choices.iter().map(|choice| choice.label.in_language(state.language).to_owned()).collect();
        parts.push((state.say("choices", "选项"), choices.join(state.say(", ", "、")), normal));
    }
    if let Some(of) = &field.of {
        let known = state.settings.read.kinds.iter().find(|kind| kind.code == of.kind);
        let name = known.map_or(of.kind.as_str(), |kind| kind.label.in_language(state.language));
        parts.push((state.say("refers to", "引用"), name.to_owned(), normal));
    }
    let left = state.settings.read.outdated.get(&field.code).copied().unwrap_or(0);
    if let Some(work) = state.settings.working.get(&Row::Field(field.code.clone())) {
        parts.push(under_way(state, work));
    } else if left > 0 {
        let told =
            format!("! {left} {}", state.say("values as before the last change; w writes them again", "个值仍为更改前的形式；按 w 重写"));
        parts.push(("", told, state.theme.bad));
    }
    for mode in field.kind.index_modes() {
        let held = if field.index.contains(mode) { "" } else { state.say(" (not used)", "（未使用）") };
        let found = state.settings.measured.iter().filter(|(code, _)| *code == field.code).flat_map(|(_, found)| found);
        match found.into_iter().find(|found| found.mode == *mode) {
            Some(found) => {
                let style = if found.is_above_floor() { state.theme.normal } else { state.theme.bad };
                parts.push((
                    state.say("measured", "测量"),
                    format!("{}{held}{}{}", code_of(mode), state.say(": ", "："), measured(state, found)),
                    style,
                ));
            }
            None => {
                parts.push((
                    state.say("tells", "会泄露"),
                    format!("{}{held}{}{}", code_of(mode), state.say(": ", "："), field.kind.leaks(*mode, state.language)),
                    state.theme.dim,
                ));
            }
        }
    }
    parts
}

fn of_kind(state: &State, kind: &RecordKind) -> Vec<Part> {
    let normal = state.theme.normal;
    let mut parts = Vec::new();
    if kind.retired {
        let told = state.say("retired: no more records of it are made; those there are stay", "已停用：不能再新建；已有记录保留");
        parts.push(("", told.to_owned(), state.theme.bad));
    }
    let field = |code: &str| state.settings.read.fields.iter().find(|field| field.code == code);
    let labels = state.settings.fields_of(&kind.code).into_iter().filter_map(field).map(|field| match &kind.name {
        Some(name) if field.code == "name" => name.in_language(state.language),
        _ => field.label.in_language(state.language),
    });
    parts.extend([
        (state.say("numbers", "编号"), format!("{}-000001", kind.prefix), normal),
        (state.say("fields", "字段"), labels.collect::<Vec<_>>().join(state.say(", ", "、")), normal),
    ]);
    parts
}

/// What an index would tell, in numbers.
fn measured(state: &State, found: &Measured) -> String {
    let verdict = if found.is_above_floor() { state.say("allowed", "允许") } else { state.say("! REFUSED", "! 拒绝") };
    let comma = state.say(", ", "，");
    format!(
        "{} {}{comma}{} {:.1} %{comma}{:.1} {}{comma}{} {:.2}{comma}{:.0} {} - {verdict}",
        grouped(i64::try_from(found.records).unwrap_or(i64::MAX)),
        state.say("values", "个值"),
        state.say("largest bucket", "最大一组"),
        found.largest_share() * 100.0,
        found.entropy,
        state.say("bits", "位"),
        state.say("false hits", "误匹配"),
        found.false_hits,
        found.bytes_per_million / 1e6,
        state.say("MB per million", "MB/百万条")
    )
}

fn of_class(state: &State, class: &Class) -> Vec<Part> {
    let normal = state.theme.normal;
    let yes = |holds: bool| if holds { state.say("yes", "是") } else { state.say("no", "否") }.to_owned();
    vec![
        (state.say("hides after", "自动隐藏"), format!("{} s", class.hide_after_s), normal),
        (state.say("on focus loss", "失去焦点隐藏"), yes(class.hide_on_focus_loss), normal),
        (state.say("reason", "需要理由"), yes(class.reason_required), normal),
        (state.say("copy", "可复制"), yes(class.copy_allowed), normal),
        (state.say("share", "可共享"), yes(class.share_allowed), normal),
        (state.say("per hour", "每小时次数"), class.quota_per_hour.to_string(), normal),
        (state.say("fresh code", "新验证码"), class.fresh_code_s.map_or("-".to_owned(), |seconds| format!("{seconds} s")), normal),
    ]
}

fn of_reason(state: &State, reason: &Reason) -> Vec<Part> {
    let classes: Vec<String> = reason.classes.iter().map(|code| class_name(state, code)).collect();
    let classes = if classes.is_empty() { state.say("all", "全部").to_owned() } else { classes.join(state.say(", ", "、")) };
    let reference = if reason.reference_required { state.say("needed", "需要") } else { state.say("not needed", "不需要") };
    let mut parts = vec![
        (state.say("classes", "类别"), classes, state.theme.normal),
        (state.say("ticket number", "单号"), reference.to_owned(), state.theme.normal),
    ];
    if reason.retired {
        parts.push(("", state.say("retired: it can no longer be given", "已停用：不能再选").to_owned(), state.theme.bad));
    }
    parts
}
