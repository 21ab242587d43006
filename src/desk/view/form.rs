//! The edit form.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{
        form::{Form, FormField, Question, Stage},
        state::State,
    },
    conflict, input,
    popup::{Extent, centred, more_marks, placed, window},
    review, safe,
};
use crate::{
    model::{
        catalogue::{Choice, FieldKind, Language},
        record::Denied,
    },
    text::{sanitise::for_terminal, width},
};

/// Cells before the value: cursor mark, required mark, label.
const MARGIN: usize = 19;
const LABEL: usize = 16;
/// Lines beside those of the fields: the frame, the footer, and what is said below a field.
const TALK: usize = 8;
/// Lines of the footer.
const FOOT: u16 = 2;
/// Rows of a long text: at least, at most.
const LONG_TEXT: (usize, usize) = (3, 6);

/// ```text
/// + Edit - C-204817 Zhang Wei - 1 changed -------+
/// | Contact                                      |
/// | > Phone         138x                         |
/// |                 ! a phone number has 7 to …  |
/// |   E-mail        z***@example.com  leave em…  |
/// ```
pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) -> Extent {
    let extent = match form.stage {
        Stage::Typing => typing(frame, area, state, form),
        Stage::Review | Stage::Saving | Stage::Doubt => review::render(frame, area, state, form),
        Stage::Conflict => conflict::render(frame, area, state, form),
    };
    if let Some(question) = form.question {
        ask(frame, area, state, question);
    }
    extent
}

fn typing(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) -> Extent {
    let columns = area.width.min(96).saturating_sub(4);
    let lines = lines(state, form, usize::from(columns.saturating_sub(2)));
    // The window keeps its size while the cursor moves: what is said below a field has room from the start.
    let sections = form.fields.chunk_by(|one, next| one.field.section == next.field.section).count();
    let height = u16::try_from(form.fields.len() + sections + TALK).unwrap_or(u16::MAX);
    let inner = window(frame, area, state, title(state, form), columns, height);
    let foot = footer(state, form, usize::from(inner.width));
    let body = Rect { height: inner.height.saturating_sub(FOOT), ..inner };
    let page = usize::from(body.height);
    // The field that has the cursor stands in the upper part, so that what it says below itself is seen.
    let last = lines.lines.len().saturating_sub(page);
    let first = lines.field.saturating_sub(page / 3).min(last);
    frame.render_widget(Paragraph::new(lines.lines).scroll((u16::try_from(first).unwrap_or(0), 0)), body);
    more_marks(frame, inner, state, first > 0, first < last);
    if form.question.is_none()
        && let Some((row, cell)) = lines.cursor
    {
        input::place(frame, body, (row.saturating_sub(first), cell));
    }
    let height = u16::try_from(foot.len()).unwrap_or(FOOT).min(FOOT);
    frame.render_widget(Paragraph::new(foot), Rect { y: inner.bottom().saturating_sub(height), height, ..inner }.intersection(inner));
    Extent { page, scroll: 0 }
}

fn title(state: &State, form: &Form) -> String {
    let what = if form.record.is_some() { state.say("Edit", "编辑").to_owned() } else { new(state, form) };
    let heading = if form.heading.is_empty() { String::new() } else { format!(" - {}", for_terminal(&form.heading)) };
    let changed = match (form.changes().len(), state.language) {
        (0, _) => String::new(),
        (count, Language::English) => format!(" - {count} changed"),
        (count, Language::Chinese) => format!(" - 已改 {count} 项"),
    };
    format!(" {what}{heading}{changed} ")
}

/// What is being made: `New customer`.
pub fn new(state: &State, form: &Form) -> String {
    let kind = for_terminal(&state.kind_in_sentence(&form.kind));
    match state.language {
        Language::English => format!("New {kind}"),
        Language::Chinese => format!("新{kind}"),
    }
}

/// What concerns the whole form, in as many lines as it takes.
fn footer<'t>(state: &State, form: &Form, columns: usize) -> Vec<Line<'t>> {
    let (text, style) = if let Some(message) = &form.message {
        (message.clone(), state.theme.accent)
    } else if let Some(first) = form.look_up.found.first() {
        let count = form.look_up.found.len();
        let text = match state.language {
            Language::English => format!("! {count} likely the same: {} {} (Ctrl-s shows)", first.number, first.name),
            Language::Chinese => format!("! {count} 条可能重复：{} {}（Ctrl-s 查看）", first.number, first.name),
        };
        (text, state.theme.bad)
    } else {
        (state.say("* required", "* 必填").to_owned(), state.theme.dim)
    };
    width::rows(&text, columns.saturating_sub(2)).into_iter().map(|row| Line::from(safe(&format!(" {}", &text[row]), style))).collect()
}

struct Page<'t> {
    lines: Vec<Line<'t>>,
    /// Line of the field that has the cursor, and where the cursor stands.
    field: usize,
    cursor: Option<(usize, usize)>,
}

fn lines<'t>(state: &State, form: &Form, columns: usize) -> Page<'t> {
    let theme = &state.theme;
    let room = columns.saturating_sub(MARGIN);
    let mut all = Page { lines: Vec::new(), field: 0, cursor: None };
    let mut section = "";
    for (index, field) in form.fields.iter().enumerate() {
        if field.field.section != section {
            section = &field.field.section;
            all.lines.push(Line::from(safe(&format!(" {}", field.field.section_label.in_language(state.language)), theme.bold)));
        }
        let selected = index == form.selected && field.locked.is_none();
        let label = width::fit(&for_terminal(state.label_of(&field.field, Some(&form.kind))), LABEL);
        let mark = if field.field.required { '*' } else { ' ' };
        let head = Span::styled(
            format!("{}{mark}{label} ", if selected { '>' } else { ' ' }),
            if selected {
                theme.accent
            } else if field.locked.is_some() {
                theme.dim
            } else {
                theme.normal
            },
        );
        if selected {
            all.field = all.lines.len();
        }
        let rows = rows(state, field, selected, room);
        if let Some((row, cell)) = rows.cursor {
            all.cursor = Some((all.lines.len() + row, MARGIN + cell));
        }
        for (row, spans) in rows.rows.into_iter().enumerate() {
            let start = if row == 0 { head.clone() } else { Span::raw(" ".repeat(MARGIN)) };
            all.lines.push(std::iter::once(start).chain(spans).collect());
        }
        let below = if let Some(problem) = field.problem() {
            Some((format!("! {}", problem.message(state.language)), theme.bad))
        } else if selected {
            hint(state, field).map(|hint| (hint, theme.dim))
        } else {
            None
        };
        if let Some((text, style)) = below {
            for range in width::rows(&text, room) {
                all.lines.push(Line::from(vec![Span::raw(" ".repeat(MARGIN)), safe(&text[range], style)]));
            }
        }
    }
    all
}

struct Rows<'t> {
    rows: Vec<Vec<Span<'t>>>,
    cursor: Option<(usize, usize)>,
}

/// The field's own rows: what is typed, or what stands there instead.
fn rows<'t>(state: &State, field: &FormField, selected: bool, room: usize) -> Rows<'t> {
    let theme = &state.theme;
    let one = |text: &str, style| Rows {
        rows: vec![vec![safe(&width::truncate(&for_terminal(text), room), style)]],
        cursor: selected.then_some((0, 0)),
    };
    if let Some(denied) = field.locked {
        return one(&locked(state, field, denied), theme.dim);
    }
    if field.emptied {
        return one(state.say("(will be emptied)", "（将清空）"), theme.bad);
    }
    if field.before.is_none() && field.input.is_empty() {
        return one(&format!("{}  {}", masked(state, field), state.say("leave empty to keep", "留空则保持不变")), theme.dim);
    }
    if field.field.kind == FieldKind::Choice {
        let spans = choices(state, &field.field.choices, field.input.text().expose(), selected, room);
        return Rows { rows: vec![spans], cursor: selected.then_some((0, 0)) };
    }
    let most = if field.input.has_several_lines() { LONG_TEXT.1 } else { 1 };
    let shown = input::shown(&field.input, room, most, selected);
    let mut rows: Vec<Vec<Span<'t>>> = shown.rows.into_iter().map(|row| vec![Span::styled(row, theme.normal)]).collect();
    if let (Some(until), Some(first)) = (field.until, rows.first_mut()) {
        let seconds = until.saturating_duration_since(state.now).as_secs_f32().ceil();
        first.push(Span::styled(format!("  {seconds:.0}s {}", state.say("revealed", "已显示")), theme.dim));
    }
    if field.input.has_several_lines() && selected {
        rows.resize(rows.len().max(LONG_TEXT.0), Vec::new());
    }
    Rows { rows, cursor: selected.then_some(shown.cursor) }
}

fn masked(state: &State, field: &FormField) -> String {
    match &field.masked {
        Some(Ok(masked)) => masked.clone(),
        Some(Err(_)) => state.say("(damaged)", "（已损坏）").to_owned(),
        None => "****".to_owned(),
    }
}

fn locked(state: &State, field: &FormField, denied: Denied) -> String {
    let label = state.session.as_ref().and_then(|session| session.catalogue.class(&field.field.class));
    let class = label.map_or(field.field.class.as_str(), |class| class.label.in_language(state.language));
    let shown = match &field.before {
        Some(before) if before.expose().is_empty() => "-".to_owned(),
        Some(before) => before.expose().clone(),
        None => masked(state, field),
    };
    match (denied, state.language) {
        (Denied::NotPermitted, Language::English) => format!("{shown}  read only: your role may not edit {class}"),
        (Denied::NotPermitted, Language::Chinese) => format!("{shown}  只读：您的角色不能编辑{class}"),
        (Denied::NoKey, Language::English) => format!("{shown}  read only: the key for {class} has not reached you"),
        (Denied::NoKey, Language::Chinese) => format!("{shown}  只读：{class}的密钥尚未送达"),
    }
}

/// `1 active  [2 dormant]  3 closed` while choosing, the label alone otherwise. Where they do not fit, those around the chosen one.
fn choices<'t>(state: &State, all: &[Choice], code: &str, selected: bool, room: usize) -> Vec<Span<'t>> {
    let name = |choice: &Choice| for_terminal(choice.label.in_language(state.language));
    let now = all.iter().position(|choice| choice.code == code);
    if !selected {
        let text = now.and_then(|now| all.get(now)).map_or_else(|| code.to_owned(), name);
        return vec![safe(&width::truncate(&text, room), state.theme.normal)];
    }
    let piece = |index: usize, choice: &Choice| {
        let number = if index < 9 { format!("{} ", index + 1) } else { String::new() };
        if now == Some(index) { format!("[{number}{}]", name(choice)) } else { format!(" {number}{} ", name(choice)) }
    };
    let pieces: Vec<String> = all.iter().enumerate().map(|(index, choice)| piece(index, choice)).collect();
    let mut first = 0;
    while first < now.unwrap_or(0) && pieces[first..=now.unwrap_or(0)].iter().map(|piece| width::cells(piece)).sum::<usize>() + 2 > room {
        first += 1;
    }
    let mut spans = Vec::new();
    let mut used = 0;
    if first > 0 {
        spans.push(Span::raw("<"));
        used = 1;
    }
    for (index, piece) in pieces.into_iter().enumerate().skip(first) {
        let cells = width::cells(&piece);
        if used + cells + 1 > room {
            spans.push(Span::raw(">"));
            break;
        }
        used += cells;
        spans.push(Span::styled(piece, if now == Some(index) { state.theme.selected } else { state.theme.normal }));
    }
    spans
}

/// The wanted form, and the keys that are not everywhere the same.
fn hint(state: &State, field: &FormField) -> Option<String> {
    if field.emptied {
        return Some(state.say("Ctrl-x again keeps the value.", "再按 Ctrl-x 保留原值。").to_owned());
    }
    let wanted = match field.field.kind {
        FieldKind::Text => "",
        FieldKind::LongText => state.say("Enter: new line, Tab: next field.", "Enter 换行，Tab 下一字段。"),
        FieldKind::Phone => state.say("7 to 15 digits, + before a country code.", "7 至 15 位数字，国家代码前加 +。"),
        FieldKind::Email => state.say("As name@example.com.", "格式如 name@example.com。"),
        FieldKind::Date => state.say("Year-month-day, as 1988-02-29.", "年-月-日，如 1988-02-29。"),
        FieldKind::Number => state.say("As 12 or -3.5.", "如 12 或 -3.5。"),
        FieldKind::Choice => {
            state.say("Left/Right, a digit or the first letter chooses; Backspace empties.", "左右键、数字或首字母选择；Backspace 清空。")
        }
        FieldKind::IdNumber => state.say("17 digits and a check character.", "17 位数字加一位校验码。"),
        FieldKind::Card => state.say("12 to 19 digits.", "12 至 19 位数字。"),
        FieldKind::Record => state.say("The number of a record.", "填写记录编号。"),
    };
    let hidden = if field.before.is_some() {
        ""
    } else if field.field.required {
        state.say("Hidden; what you type replaces it.", "已隐藏；输入将覆盖原值。")
    } else {
        state.say("Hidden; what you type replaces it, Ctrl-x empties it.", "已隐藏；输入将覆盖原值，Ctrl-x 清空。")
    };
    let text = [hidden, wanted].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// A question at the foot of the screen; what was typed stays in sight above it.
pub fn ask(frame: &mut Frame<'_>, area: Rect, state: &State, question: Question) {
    let what = match question {
        Question::Leave => state.say("Throw away what you typed?", "放弃已输入的内容？"),
        Question::Quit => state.say("Quit and throw away what you typed?", "退出并放弃已输入的内容？"),
        Question::Open(_) => state.say("Throw away what you typed and open that record?", "放弃已输入的内容并打开该记录？"),
    };
    let place = centred(area, 56, 4);
    let place = Rect { y: area.bottom().saturating_sub(1 + place.height), ..place };
    let inner = placed(frame, place, state, "");
    let lines = vec![
        Line::from(Span::styled(format!(" {what}"), state.theme.bad)),
        Line::from(state.say(" y throw away   Esc keep editing", " y 放弃   Esc 继续编辑")),
    ];
    frame.render_widget(Paragraph::new(lines), inner);
}

pub fn keys(state: &State, form: &Form) -> &'static str {
    if form.question.is_some() {
        return state.say(" y throw away   Esc keep editing", " y 放弃   Esc 继续编辑");
    }
    match form.stage {
        Stage::Typing => state.say(
            " Ctrl-s review and save   Esc leave   Tab next   Shift-Tab back   Ctrl-x empty",
            " Ctrl-s 查看并保存   Esc 离开   Tab 下一项   Shift-Tab 上一项   Ctrl-x 清空",
        ),
        Stage::Review if !form.look_up.found.is_empty() => state.say(
            " 1-9 open that record instead   Enter save anyhow   Esc back to the form",
            " 1-9 打开该记录   Enter 仍然保存   Esc 返回表单",
        ),
        Stage::Review => state.say(" Enter save   j k scroll   Esc back to the form", " Enter 保存   j k 滚动   Esc 返回表单"),
        Stage::Saving => state.say(" saving ...   Esc stop waiting", " 正在保存...   Esc 不再等待"),
        Stage::Doubt => state.say(" Enter look it up and save   Esc leave", " Enter 核对并保存   Esc 离开"),
        Stage::Conflict => state.say(
            " m mine   t theirs   j k next field   Enter go on   Esc back to the form",
            " m 我的   t 对方的   j k 切换字段   Enter 继续   Esc 返回表单",
        ),
    }
}
