//! The edit form.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{
    super::{form::Form, state::State},
    popup::{row, window},
    safe,
};
use crate::{
    model::catalogue::Language,
    text::{sanitise::for_terminal, width},
};

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State, form: &Form) {
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

pub fn keys(state: &State, form: &Form) -> &'static str {
    match (form.reviewing, state.language) {
        (true, Language::English) => " Enter save   Esc back to the form",
        (true, Language::Chinese) => " Enter 保存   Esc 返回表单",
        (false, Language::English) => " Tab next field   Ctrl-S review and save   Esc leave",
        (false, Language::Chinese) => " Tab 下一字段   Ctrl-S 查看并保存   Esc 离开",
    }
}
