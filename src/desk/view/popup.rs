//! Small windows: help, palette, reason picker, form, notes, history, filter, questions.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Paragraph, Wrap},
};
use tui_textarea::TextArea;

use super::{
    super::{
        keymap::ENTRIES,
        state::{Form, Popup, ReasonPicker, State},
        update::popups::{changes, palette_matches},
    },
    pane, safe,
};
use crate::text::{
    sanitise::{for_terminal, lines_for_terminal},
    width,
};

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) {
    match &state.popup {
        None => {}
        Some(Popup::Help) => help(frame, area, state),
        Some(Popup::Palette { input, selected }) => palette(frame, area, state, input, *selected),
        Some(Popup::Reason(picker)) => reason(frame, area, state, picker),
        Some(Popup::Form(form)) if form.reviewing => review(frame, area, state, form),
        Some(Popup::Form(form)) => edit(frame, area, state, form),
        Some(Popup::NoteEditor { input, .. }) => {
            let inner =
                window(frame, area, state, state.say(" New note - Ctrl-S save, Esc leave ", " 新备注 - Ctrl-S 保存，Esc 离开 "), 72, 14);
            frame.render_widget(input, inner);
        }
        Some(Popup::Notes { notes, scroll }) => {
            let inner = window(frame, area, state, state.say(" Notes - Esc close ", " 备注 - Esc 关闭 "), 76, 18);
            let mut lines = Vec::new();
            for (at, by, text) in notes {
                lines.push(Line::from(safe(&format!("{} {by}", at.strftime("%Y-%m-%d %H:%M")), state.theme.dim)));
                lines.extend(lines_for_terminal(text).lines().map(|line| Line::from(line.to_owned())));
                lines.push(Line::default());
            }
            frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }).scroll((*scroll, 0)), inner);
        }
        Some(Popup::History { field, entries }) => {
            let inner = window(frame, area, state, format!(" {} - {field} ", state.say("Earlier values", "历史值")), 76, 16);
            let mut lines: Vec<Line<'_>> = entries
                .iter()
                .map(|(entry, value)| {
                    let text = value
                        .as_ref()
                        .map(|value| value.expose().clone())
                        .or_else(|| entry.masked.clone().and_then(Result::ok))
                        .unwrap_or_default();
                    Line::from(safe(
                        &format!("v{:<4} {} {:<12} {text}", entry.version, entry.replaced_at.strftime("%Y-%m-%d %H:%M"), entry.replaced_by),
                        state.theme.normal,
                    ))
                })
                .collect();
            if lines.is_empty() {
                lines.push(Line::from(state.say("This field has never had another value.", "该字段没有历史值。")));
            }
            frame.render_widget(Paragraph::new(lines), inner);
        }
        Some(Popup::Filter { inputs, selected }) => {
            let inner = window(
                frame,
                area,
                state,
                state.say(" Filter - Enter apply, Esc leave ", " 筛选 - Enter 应用，Esc 离开 "),
                60,
                u16::try_from(inputs.len()).unwrap_or(6) + 2,
            );
            for (index, (label, input)) in inputs.iter().enumerate() {
                row(frame, inner, index, &width::fit(label, 10), input, index == *selected, state);
            }
        }
        Some(Popup::ConfirmDelete { .. }) => question(
            frame,
            area,
            state,
            state.say("Delete this record? It can be taken back with U.  y / n", "删除此记录？可按 U 撤销。 y / n"),
        ),
    }
}

fn window<'t>(frame: &mut Frame<'_>, area: Rect, state: &State, title: impl Into<Line<'t>>, wanted_width: u16, wanted_height: u16) -> Rect {
    let (width, height) = (wanted_width.min(area.width), wanted_height.min(area.height.saturating_sub(2)));
    let window = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    frame.render_widget(Clear, window);
    let block = pane(state, title, true);
    let inner = block.inner(window);
    frame.render_widget(block, window);
    inner
}

fn question(frame: &mut Frame<'_>, area: Rect, state: &State, text: &str) {
    let inner = window(frame, area, state, "", 60, 3);
    frame.render_widget(Paragraph::new(text.to_owned()).style(state.theme.bad), inner);
}

fn help(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let inner = window(frame, area, state, state.say(" Help - Esc close ", " 帮助 - Esc 关闭 "), 78, 22);
    let shown: Vec<_> = ENTRIES.iter().filter(|entry| entry.works(state.screen, super::super::state::Pane::Detail)).collect();
    let half = shown.len().div_ceil(2);
    let cell = |index: usize| {
        shown
            .get(index)
            .map(|entry| format!("{} {}", width::fit(entry.key, 10), width::fit(entry.name(state.language), 24)))
            .unwrap_or_default()
    };
    let mut lines: Vec<Line<'_>> = (0..half).map(|index| Line::from(format!(" {}  {}", cell(index), cell(index + half)))).collect();
    lines.push(Line::from(state.say(
        " j k g G Ctrl-d Ctrl-u PgUp PgDn move; 30j moves thirty (a count starts with 3 to 9).",
        " j k g G Ctrl-d Ctrl-u PgUp PgDn 移动；30j 移动三十行（计数以 3 至 9 开头）。",
    )));
    for (user, passphrase, role) in &state.help_people {
        lines.push(Line::from(format!(" {user:<10} {role:<18} {passphrase}")));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn palette(frame: &mut Frame<'_>, area: Rect, state: &State, input: &TextArea<'_>, selected: usize) {
    let inner = window(frame, area, state, state.say(" Command ", " 命令 "), 50, 14);
    frame.render_widget(input, Rect { height: 1, ..inner });
    let matches = palette_matches(&input.lines().join(""), state.language);
    let lines: Vec<Line<'_>> = matches
        .iter()
        .take(usize::from(inner.height.saturating_sub(1)))
        .enumerate()
        .map(|(index, entry)| {
            let line = Line::from(format!(" {} {}", width::fit(entry.name(state.language), 32), entry.key));
            if index == selected.min(matches.len().saturating_sub(1)) { line.style(state.theme.selected) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner });
}

fn reason(frame: &mut Frame<'_>, area: Rect, state: &State, picker: &ReasonPicker) {
    let height = u16::try_from(picker.reasons.len()).unwrap_or(5) + 5;
    let inner =
        window(frame, area, state, state.say(" Why? - number, Tab reference, Enter ", " 理由 - 数字选择，Tab 单号，Enter "), 60, height);
    let mut lines = Vec::new();
    for (index, code) in picker.reasons.iter().enumerate() {
        let known = state.session.as_ref().and_then(|session| session.catalogue.reasons.iter().find(|reason| reason.code == *code));
        let label = known.map_or(code.as_str(), |reason| reason.label.in_language(state.language));
        let needs = if known.is_some_and(|reason| reason.reference_required) { state.say(" (reference)", "（需单号）") } else { "" };
        let line = Line::from(format!(" {} {}{needs}", index + 1, for_terminal(label)));
        lines.push(if index == picker.selected { line.style(state.theme.selected) } else { line });
    }
    frame.render_widget(Paragraph::new(lines), inner);
    row(frame, inner, picker.reasons.len() + 1, state.say("Reference ", "单号      "), &picker.reference, picker.typing, state);
    if let Some(error) = &picker.error {
        let y = inner.y + u16::try_from(picker.reasons.len() + 2).unwrap_or(0);
        if y < inner.y + inner.height {
            frame.render_widget(Paragraph::new(safe(error, state.theme.bad)), Rect { y, height: 1, ..inner });
        }
    }
}

fn row(frame: &mut Frame<'_>, inner: Rect, index: usize, label: &str, input: &TextArea<'_>, active: bool, state: &State) {
    let y = inner.y + u16::try_from(index).unwrap_or(0);
    if y >= inner.y + inner.height {
        return;
    }
    let cells = u16::try_from(width::cells(label)).unwrap_or(0) + 1;
    frame.render_widget(
        Paragraph::new(Span::styled(format!(" {label}"), if active { state.theme.accent } else { state.theme.dim })),
        Rect { y, height: 1, ..inner },
    );
    let mut shown = input.clone();
    shown.set_cursor_line_style(state.theme.normal);
    if !active {
        shown.set_cursor_style(state.theme.normal);
    }
    frame.render_widget(&shown, Rect { x: inner.x + cells, y, width: inner.width.saturating_sub(cells), height: 1 });
}

fn edit(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) {
    let title = if form.record.is_some() { state.say(" Edit ", " 编辑 ") } else { state.say(" New customer ", " 新客户 ") };
    let inner = window(frame, area, state, title, 76, u16::try_from(form.fields.len()).unwrap_or(10) + 5);
    for (index, field) in form.fields.iter().enumerate() {
        let mark = if field.field.required { "*" } else { " " };
        let label = format!("{mark}{}", width::fit(&for_terminal(field.field.label.in_language(state.language)), 16));
        row(frame, inner, index, &label, &field.input, index == form.selected, state);
    }
    let current = form.fields.get(form.selected);
    let hint = match current {
        Some(field) if field.theirs.is_some() => format!(
            "{} {}   {} Ctrl-T   {} Ctrl-O",
            state.say("Saved by somebody else meanwhile:", "他人刚保存的值："),
            for_terminal(field.theirs.as_deref().unwrap_or_default()),
            state.say("take it", "采用"),
            state.say("keep yours", "保留您的"),
        ),
        Some(field) if !field.editable => state.say("Your role may not edit this class.", "您的角色不能编辑此类信息。").to_owned(),
        Some(field) if field.before.is_none() => {
            format!("{} {}", state.say("Hidden value", "隐藏值"), for_terminal(field.masked.as_deref().unwrap_or("****")))
                + state.say(": what you type replaces it.", "：输入内容将覆盖它。")
        }
        Some(field) if !field.field.choices.is_empty() => format!(
            "{}: {}",
            state.say("Left and right turn the choices", "左右键切换"),
            field.field.choices.iter().map(|choice| choice.code.as_str()).collect::<Vec<_>>().join(", ")
        ),
        _ => String::new(),
    };
    let y = inner.y + inner.height.saturating_sub(2);
    frame.render_widget(Paragraph::new(safe(&format!(" {hint}"), state.theme.dim)), Rect { y, height: 1, ..inner });
    if let Some(error) = &form.error {
        frame.render_widget(Paragraph::new(safe(&format!(" {error}"), state.theme.bad)), Rect { y: y + 1, height: 1, ..inner });
    }
}

fn review(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) {
    let changed = changes(form);
    let inner =
        window(frame, area, state, state.say(" What will change ", " 将要修改 "), 76, u16::try_from(changed.len() * 2).unwrap_or(10) + 4);
    let mut lines = Vec::new();
    for field in &form.fields {
        let Some(new) = changed.get(&field.field.code) else { continue };
        let old = field.before.clone().or_else(|| field.masked.clone()).unwrap_or_else(|| "****".into());
        lines.push(Line::from(safe(
            &format!(" {} - {old}", width::fit(field.field.label.in_language(state.language), 16)),
            state.theme.dim,
        )));
        lines.push(Line::from(safe(&format!(" {} + {new}", width::fit("", 16)), state.theme.good)));
    }
    if form.saving {
        lines.push(Line::from(state.say(" saving ...", " 正在保存……")));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}
