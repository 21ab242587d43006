//! The screen of the audit's reviews: all of them, or the sample of one; the line under the cursor in full below.

use jiff::Timestamp;
use ratatui::{Frame, layout::Rect, style::Style, text::Line, widgets::Paragraph};

use super::{
    super::{
        audit_reviews::{Purpose, Shown},
        state::{Pane, State},
    },
    detail_pane, pane, people, safe, stacked,
};
use crate::{
    model::{
        action,
        audit::outcome_in_words,
        audit_review::{Item, Mark, Period, Review, counted, days},
        catalogue::Language,
    },
    text::{sanitise::for_terminal, width},
};

type Part = (&'static str, String, Style);

/// ```text
/// + Reviews of the audit - 3 ---------------------------------------------+
/// |   no   state      period                  due    looked at   title     |
/// | > 3    due        2026-11-16 - 2026-11-22 11-29  4/25        Weekly    |
/// +-----------------------------------------------------------------------+
/// + Weekly ----------------------------------------------------------------+
/// | sample        25 of 48,112 events, drawn with checkpoint 1204          |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &mut State) {
    let (title, parts) = match state.audit_reviews.shown {
        Shown::Reviews => review_detail(state),
        Shown::Sample(_) => item_detail(state),
    };
    let mut lines = Vec::new();
    for (label, value, style) in parts {
        people::put(&mut lines, state, label, &value, style, usize::from(area.width.saturating_sub(2)));
    }
    let usual = if area.height >= 30 { 10 } else { 7 };
    let [upper, lower] = stacked(area, state.audit_reviews.count(), usual, lines.len());
    state.panes = vec![(Pane::List, upper)];
    state.about = Some(list(frame, upper, state));
    detail_pane(frame, lower, state, format!(" {title} "), lines);
}

fn list(frame: &mut Frame<'_>, area: Rect, state: &mut State) -> Rect {
    let sample = state.audit_reviews.shown != Shown::Reviews;
    let title = if sample {
        sample_title(state)
    } else {
        format!("{} - {}", state.say("Reviews of the audit", "审计复核"), state.audit_reviews.rows.len())
    };
    let block = pane(state, format!(" {title}{} ", state.slow_mark(state.audit_reviews.loading)), true);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let height = usize::from(inner.height).saturating_sub(1).max(1);
    let columns = usize::from(inner.width);
    let (row, rows) = (state.audit_reviews.row(), state.audit_reviews.count());
    if row < state.first_row || row >= state.first_row + height {
        state.first_row = (row + 1).saturating_sub(height);
    }
    state.first_row = state.first_row.min(rows.saturating_sub(height));
    state.page = height;
    let heading = if sample { item_cells(item_heading(state)) } else { review_cells(review_heading(state)) };
    let mut lines = vec![Line::from(safe(&width::truncate(&heading, columns), state.theme.dim))];
    if rows == 0 && !state.audit_reviews.loading {
        let empty = match (sample, state.session.as_ref().is_some_and(|session| session.manage_people)) {
            (true, _) => state.say("Nothing happened in its scope. S signs that.", "范围内没有事件。按 S 签署。"),
            (false, true) => state.say("No period of a review has ended yet. a plans one.", "尚无到期的复核。按 a 安排。"),
            (false, false) => {
                state.say("No period of a review has ended yet. Security officers plan them.", "尚无到期的复核。由安全管理员安排。")
            }
        };
        lines.push(Line::styled(format!(" {empty}"), state.theme.dim));
    }
    for index in state.first_row..rows.min(state.first_row + height) {
        let painted = if sample { item_row(state, index) } else { review_row(state, index) };
        let Some((text, style)) = painted else { continue };
        let line = Line::from(safe(&width::truncate(&for_terminal(&text), columns), style));
        lines.push(if index == row { line.style(state.theme.selected) } else { line });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    let below = u16::try_from(row.saturating_sub(state.first_row) + 1).unwrap_or(1);
    Rect { y: inner.y + below, height: 1, ..area }.intersection(area)
}

fn review_heading(state: &State) -> [&'static str; 6] {
    match state.language {
        Language::English => ["no", "state", "due", "looked at", "findings", "title"],
        Language::Chinese => ["编号", "状态", "截止", "已查看", "问题", "标题"],
    }
}

fn review_cells([number, state, due, looked, findings, title]: [&str; 6]) -> String {
    format!(
        " {} {} {} {} {} {title}",
        width::fit(number, 4),
        width::fit(state, 13),
        width::fit(due, 10),
        width::fit(looked, 9),
        width::fit(findings, 8)
    )
}

fn day(state: &State, at: Timestamp) -> String {
    state.local(at).strftime("%Y-%m-%d").to_string()
}

fn period(state: &State, review: &Review) -> String {
    days(review.from, review.until, &state.zone)
}

fn review_row(state: &State, index: usize) -> Option<(String, Style)> {
    let review = state.audit_reviews.rows.get(index)?;
    let now = Timestamp::now();
    let findings = if review.findings == 0 { "-".to_owned() } else { review.findings.to_string() };
    let title = format!("{}{}{}", review.title, state.say(", ", "，"), period(state, review));
    let text = review_cells([
        &review.number.to_string(),
        review.state(now, state.language),
        &day(state, review.due_at),
        &format!("{}/{}", review.marked, review.items),
        &findings,
        &title,
    ]);
    let style = match (review.done, review.is_overdue(now), review.waiting) {
        (true, ..) => state.theme.dim,
        (false, true, _) => state.theme.bad,
        (false, false, 0) => state.theme.normal,
        (false, false, _) => state.theme.bold,
    };
    Some((text, style))
}

fn review_detail(state: &State) -> (String, Vec<Part>) {
    let say = |en, zh| state.say(en, zh);
    let Some(review) = state.audit_reviews.current() else { return (say("Review of the audit", "审计复核").to_owned(), Vec::new()) };
    let comma = say(", ", "、");
    let scope = &review.scope;
    let all = |list: &[String], none: &str| if list.is_empty() { none.to_owned() } else { list.join(comma) };
    let class = |code: &String| {
        let class = state.session.as_ref().and_then(|session| session.catalogue.class(code));
        class.map_or_else(|| code.clone(), |class| class.label.in_language(state.language).to_owned())
    };
    let classes: Vec<String> = scope.classes.iter().map(class).collect();
    let actions: Vec<String> = scope.actions.iter().map(|code| action::in_words(code, state.language).to_owned()).collect();
    let of = [
        all(&actions, say("every action", "全部操作")),
        all(&classes, say("every class", "全部类别")),
        all(&scope.people, say("everybody", "全部人员")),
    ];
    let drawn = match (review.drawn, state.language) {
        (None, _) => say("drawn with the next checkpoint that no reviewer makes", "将以非复核人生成的下一个检查点抽取").to_owned(),
        (Some((checkpoint, events)), Language::English) => {
            format!("{} of {events} events, drawn with checkpoint {checkpoint}", review.items)
        }
        (Some((checkpoint, events)), Language::Chinese) => {
            format!("{events} 条事件中的 {} 条，以第 {checkpoint} 个检查点抽取", review.items)
        }
    };
    let signed = if review.signed.is_empty() { say("nobody yet", "尚无").to_owned() } else { review.signed.join(comma) };
    let parts = vec![
        (
            say("period", "时段"),
            format!("{}{}{}", period(state, review), say("; due ", "；截止 "), day(state, review.due_at)),
            state.theme.normal,
        ),
        (say("of", "范围"), of.join(say("; ", "；")), state.theme.normal),
        (say("sample", "样本"), drawn, state.theme.normal),
        (say("reviewers", "复核人"), scope.reviewers.join(comma), state.theme.normal),
        (say("for you", "待您处理"), review.waiting.to_string(), if review.waiting > 0 { state.theme.bold } else { state.theme.normal }),
        (say("signed", "签署"), signed, state.theme.normal),
    ];
    (for_terminal(&review.title), parts)
}

fn sample_title(state: &State) -> String {
    let Some(review) = state.audit_reviews.current() else { return state.say("Sample", "样本").to_owned() };
    let kinds: Vec<String> =
        counted(&state.audit_reviews.items).iter().map(|(drawn, count)| format!("{count} {}", drawn.in_words(state.language))).collect();
    format!(
        "{} {} - {}/{} - {}",
        for_terminal(&review.title),
        review.number,
        review.marked,
        review.items,
        kinds.join(state.say(", ", "、"))
    )
}

fn item_heading(state: &State) -> [&'static str; 6] {
    match state.language {
        Language::English => ["no", "drawn", "when", "who", "what", "found"],
        Language::Chinese => ["项", "抽样", "时间", "操作人", "操作", "结论"],
    }
}

fn item_cells([number, drawn, at, who, what, found]: [&str; 6]) -> String {
    format!(
        " {} {} {} {} {} {found}",
        width::fit(number, 3),
        width::fit(drawn, 12),
        width::fit(at, 11),
        width::fit(&for_terminal(who), 10),
        width::fit(&for_terminal(what), 20)
    )
}

fn found(state: &State, item: &Item) -> String {
    match &item.found {
        Some(found) => format!("{}{}{}", found.mark.in_words(state.language), state.say(", ", "，"), found.by),
        None if item.own => state.say("your own", "您的操作").to_owned(),
        None if item.may_mark && item.looked => state.say("looked at", "已查看").to_owned(),
        None if item.may_mark => state.say("for you", "待您处理").to_owned(),
        None => state.say("open", "待处理").to_owned(),
    }
}

fn item_row(state: &State, index: usize) -> Option<(String, Style)> {
    let item = state.audit_reviews.items.get(index)?;
    let (at, who, what) = item.event.as_ref().map_or_else(
        || (String::new(), String::new(), state.say("(month dropped)", "（该月已清除）").to_owned()),
        |event| {
            let record = event.record_number.map(|number| format!(" {number}")).unwrap_or_default();
            let at = state.local(event.at).strftime("%m-%d %H:%M").to_string();
            (at, event.actor.clone(), format!("{}{record}", action::in_words(&event.action, state.language)))
        },
    );
    let text = item_cells([&item.item.to_string(), item.drawn.in_words(state.language), &at, &who, &what, &found(state, item)]);
    let style = match &item.found {
        Some(found) if found.mark == Mark::Finding => state.theme.bad,
        Some(_) => state.theme.dim,
        None if item.own || !item.may_mark => state.theme.dim,
        None => state.theme.normal,
    };
    Some((text, style))
}

fn item_detail(state: &State) -> (String, Vec<Part>) {
    let say = |en, zh| state.say(en, zh);
    let Some(item) = state.audit_reviews.current_item() else { return (say("Event", "事件").to_owned(), Vec::new()) };
    let mut parts = Vec::new();
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let field = |code: &str| {
        let known = catalogue.and_then(|all| all.field(code));
        known.map_or_else(|| code.to_owned(), |field| field.label.in_language(state.language).to_owned())
    };
    let reason = |code: &str| {
        let known = catalogue.and_then(|all| all.reasons.iter().find(|reason| reason.code == code));
        known.map_or_else(|| code.to_owned(), |reason| reason.label.in_language(state.language).to_owned())
    };
    if let Some(event) = &item.event {
        let when = state.local(event.at).strftime("%Y-%m-%d %H:%M:%S").to_string();
        parts.push((say("when", "时间"), format!("{when}{}{}", say(", ", "，"), event.actor), state.theme.normal));
        let result = outcome_in_words(&event.outcome, state.language);
        let about = [
            Some(action::in_words(&event.action, state.language).to_owned()),
            event.record_number.map(|number| number.to_string()),
            event.field.as_deref().map(field).or_else(|| event.class.clone()),
            event.reason.as_deref().map(reason),
            event.reference.clone(),
        ];
        let about: Vec<String> = about.into_iter().flatten().collect();
        let style = if event.refused() { state.theme.bad } else { state.theme.normal };
        parts.push((say("what", "操作"), format!("{} - {result}", about.join(" ")), style));
    }
    parts.push((say("found", "结论"), found(state, item), state.theme.normal));
    if let Some(said) = item.found.as_ref() {
        parts.push((say("marked", "标记时间"), state.local(said.at).strftime("%Y-%m-%d %H:%M").to_string(), state.theme.normal));
        if !said.note.is_empty() {
            parts.push((say("note", "说明"), said.note.clone(), state.theme.bad));
        }
    }
    let keys =
        say("Enter in full, o context, K in order, x finding, i incident", "Enter 查看全文，o 前后事件，K 正常，x 有问题，i 安全事件");
    parts.push(("", keys.to_owned(), state.theme.dim));
    (format!("{} {} - {}", say("Event", "事件"), item.item, item.drawn.in_words(state.language)), parts)
}

pub fn title(state: &State, purpose: &Purpose) -> String {
    match purpose {
        Purpose::Plan => state.say("Have the audit reviewed", "安排审计复核").to_owned(),
        Purpose::Finding { item, .. } => format!("{} {item}", state.say("Finding - event", "发现问题 - 事件")),
        Purpose::Sign(number) => format!("{} {number}", state.say("Sign off review", "签署复核")),
        Purpose::Export(number) => format!("{} {number}", state.say("Export, signed - review", "导出并签名 - 复核")),
    }
}

pub fn explanation(state: &State, purpose: &Purpose) -> String {
    match (purpose, state.language) {
        (Purpose::Plan, Language::English) => {
            "Reviewers look at a sample of each period that has ended. The program draws it: nobody chooses it or knows it beforehand. Several with commas; people, classes and actions left empty mean all. Space chooses how often.".to_owned()
        }
        (Purpose::Plan, Language::Chinese) => {
            "时段结束后，复核人查看其中的样本。样本由程序抽取，任何人不能选择或预知。多项用逗号分隔；人员、类别、操作留空表示全部。按空格键选择周期。".to_owned()
        }
        (Purpose::Finding { .. }, _) => {
            state.say("Kept for ever, and not sealed: name customers by their number. i opens an incident with the event.", "永久留存且不加密：请用编号指代客户。按 i 可据此新建安全事件。").to_owned()
        }
        (Purpose::Sign(_), _) => {
            let mine = state.session.as_ref().map(|session| session.user.clone()).unwrap_or_default();
            let said = || state.audit_reviews.items.iter().filter_map(|item| item.found.as_ref()).filter(|found| found.by == mine);
            let (marks, findings) = (said().count(), said().filter(|found| found.mark == Mark::Finding).count());
            match (state.audit_reviews.shown, state.language) {
                (Shown::Sample(_), Language::English) => format!("You say with your key that you have looked at {marks} events and found {findings} that are not in order. Nothing of it changes afterwards. Sign?  y / n"),
                (Shown::Sample(_), Language::Chinese) => format!("您将用密钥签名确认：已查看 {marks} 条事件，其中 {findings} 条有问题。签署后不能更改。是否签署？ y / n"),
                (Shown::Reviews, Language::English) => "You say with your key what you have looked at and found. Nothing of it changes afterwards. Sign?  y / n".to_owned(),
                (Shown::Reviews, Language::Chinese) => "您将用密钥签名确认所查看的事件及结论。签署后不能更改。是否签署？ y / n".to_owned(),
            }
        }
        (Purpose::Export(_), _) => state
            .say(
                "The sample, what was found and who signed, signed with your key. The file must not be there yet; it is made where the desk was started.",
                "导出样本、结论和签名，并用您的密钥签名。文件不得已存在，将保存在启动工作台的目录中。",
            )
            .to_owned(),
    }
}

/// A period that may be chosen.
pub fn check_name(state: &State, code: &str) -> String {
    let name = Period::from_code(code).map_or(code, |period| period.in_words(state.language));
    match Period::from_code(code) {
        Some(Period::Once) => format!("{name}{}", state.say(" (the last 24 hours)", "（最近 24 小时）")),
        _ => name.to_owned(),
    }
}
