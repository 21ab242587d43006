//! Small windows: help, palette, reason picker, form, notes, history, filter, questions.

use std::time::Instant;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};
use tui_textarea::TextArea;

use super::{
    super::{
        state::{Popup, State},
        update::audit::witness::is_own,
    },
    audit, chooser, filter, form, freeze, help, history, incidents, note, palette, pane, people, reason, safe, share, sort, step_up,
    witness,
};
use crate::{model::catalogue::Language, text::width};

/// How far a window can be scrolled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Lines that fit.
    pub page: usize,
    /// The furthest first line.
    pub scroll: usize,
}

pub fn render(frame: &mut Frame<'_>, area: Rect, state: &State) -> Extent {
    match &state.popup {
        None => {}
        Some(Popup::Help { scroll }) => return help::render(frame, area, state, *scroll),
        Some(Popup::Palette { input, selected }) => palette::render(frame, area, state, input, *selected),
        Some(Popup::Reason(picker)) => reason::render(frame, area, state, picker),
        Some(Popup::Form(form)) => return form::render(frame, area, state, form),
        Some(Popup::NoteEditor(editor)) => note::editor(frame, area, state, editor),
        Some(Popup::Notes(notes)) => return note::list(frame, area, state, notes),
        Some(Popup::History(history)) => return history::render(frame, area, state, history),
        Some(Popup::Sort { selected }) => sort::render(frame, area, state, *selected),
        Some(Popup::StepUp(asked)) => step_up::render(frame, area, state, asked),
        Some(Popup::SavedViews { selected }) => chooser::saved_views(frame, area, state, *selected),
        Some(Popup::Witness(shown)) => witness::render(frame, area, state, shown),
        Some(Popup::SavedFilters { selected }) => chooser::saved_filters(frame, area, state, *selected),
        Some(Popup::ExportAs { selected }) => {
            let names = ["CSV".to_owned(), "JSON".to_owned()];
            chooser::render(frame, area, state, state.say(" Copy of these events ", " 导出这些事件 "), &names, *selected);
        }
        Some(Popup::Kinds { selected }) => chooser::kinds(frame, area, state, *selected),
        Some(Popup::NewKind { selected }) => chooser::new_kind(frame, area, state, *selected),
        Some(Popup::Columns { selected }) => chooser::columns(frame, area, state, *selected),
        Some(Popup::Filter(form)) => filter::render(frame, area, state, form),
        Some(Popup::Event { scroll }) => audit::event::full(frame, area, state, *scroll),
        Some(Popup::Person(dialog)) => people::dialog::render(frame, area, state, dialog),
        Some(Popup::Code(code)) => people::dialog::code(frame, area, state, code),
        Some(Popup::PeopleOrder { selected }) => {
            chooser::render(frame, area, state, state.say(" Order by ", " 排序 "), &people::order_names(state), *selected);
        }
        Some(Popup::Sessions { sessions, selected }) => people::dialog::sessions(frame, area, state, sessions, *selected),
        Some(Popup::Freezes { selected }) => freeze::list(frame, area, state, *selected),
        Some(Popup::Access { field, found }) => people::dialog::access(frame, area, state, field, found),
        Some(Popup::Seers { heading, found, scroll }) => return people::seers::render(frame, area, state, heading, found, *scroll),
        Some(Popup::Saw { login, found, scroll }) => return incidents::saw(frame, area, state, login, found, *scroll),
        Some(Popup::Share(form)) => share::form(frame, area, state, form),
        Some(Popup::Shares(window)) => share::window(frame, area, state, window),
        Some(Popup::ConfirmDelete { heading, .. }) => delete(frame, area, state, heading),
    }
    Extent::default()
}

/// The keys of the small window that is open, where they are not the screen's.
pub fn keys(state: &State) -> Option<&'static str> {
    // The window tells its own, which must be seen over the unlock screen too.
    if state.second_factor.is_some() {
        return Some("");
    }
    match &state.popup {
        Some(Popup::Form(form)) => Some(form::keys(state, form)),
        Some(Popup::NoteEditor(editor)) if editor.question.is_none() => {
            Some(state.say(" Ctrl-s save   Enter new line   Esc leave", " Ctrl-s 保存   Enter 换行   Esc 离开"))
        }
        Some(Popup::NoteEditor(_)) => Some(state.say(" y throw away   Esc keep editing", " y 放弃   Esc 继续编辑")),
        Some(Popup::Notes(_)) if note::may_add(state) => {
            Some(state.say(" j k scroll   n add a note   Esc close", " j k 滚动   n 加备注   Esc 关闭"))
        }
        Some(Popup::Notes(_) | Popup::History(_) | Popup::Help { .. } | Popup::Seers { .. } | Popup::Saw { .. }) => {
            Some(state.say(" j k scroll   Esc close", " j k 滚动   Esc 关闭"))
        }
        Some(Popup::Reason(_)) => Some(
            state
                .say(" 1-9 or j k choose   Tab reference   Enter go on   Esc leave", " 1-9 或 j k 选择   Tab 单号   Enter 继续   Esc 离开"),
        ),
        Some(Popup::Palette { .. }) => {
            Some(state.say(" type a name   Up Down choose   Enter run   Esc leave", " 输入名称   上下键选择   Enter 执行   Esc 离开"))
        }
        Some(Popup::Person(dialog)) => Some(people::dialog::keys(state, dialog)),
        Some(Popup::Code(_)) => Some(state.say(" Enter I have told it", " Enter 已告知")),
        Some(Popup::Sessions { .. }) => {
            Some(state.say(" j k move   d end that session   Esc close", " j k 移动   d 结束该会话   Esc 关闭"))
        }
        Some(Popup::Freezes { .. }) if state.session.as_ref().is_some_and(|session| session.respond) => {
            Some(state.say(" j k move   Enter ask for it to be lifted   Esc close", " j k 移动   Enter 申请解除   Esc 关闭"))
        }
        Some(Popup::Access { .. } | Popup::Freezes { .. }) => Some(state.say(" Esc close", " Esc 关闭")),
        Some(Popup::Sort { .. } | Popup::PeopleOrder { .. }) => {
            Some(state.say(" 1-9 or j k choose   Enter order   Esc leave", " 1-9 或 j k 选择   Enter 排序   Esc 离开"))
        }
        Some(Popup::StepUp(_)) => Some(state.say(" Enter go on   Esc leave", " Enter 继续   Esc 离开")),
        Some(Popup::NewKind { .. }) => {
            Some(state.say(" 1-9 or j k choose   Enter go on   Esc leave", " 1-9 或 j k 选择   Enter 继续   Esc 离开"))
        }
        Some(Popup::Witness(shown)) if shown.signed || is_own(state, shown) => Some(state.say(" Esc close", " Esc 关闭")),
        Some(Popup::Witness(_)) => Some(state.say(" w I have seen it   Esc close", " w 签名见证   Esc 关闭")),
        Some(Popup::SavedFilters { .. }) => {
            Some(state.say(" 1-9 or j k choose   Enter show   d forget   Esc leave", " 1-9 或 j k 选择   Enter 显示   d 删除   Esc 离开"))
        }
        Some(Popup::ExportAs { .. }) => {
            Some(state.say(" 1-2 or j k choose   Enter write   Esc leave", " 1-2 或 j k 选择   Enter 导出   Esc 离开"))
        }
        Some(Popup::SavedViews { .. } | Popup::Kinds { .. }) => {
            Some(state.say(" 1-9 or j k choose   Enter show   Esc leave", " 1-9 或 j k 选择   Enter 显示   Esc 离开"))
        }
        Some(Popup::Columns { .. }) => {
            Some(state.say(" j k move   Space show or leave out   Esc close", " j k 移动   空格 显示或隐藏   Esc 关闭"))
        }
        Some(Popup::Share(form)) if form.busy => Some(""),
        Some(Popup::Share(_)) => Some(state.say(" Enter share   Tab other box   Esc leave", " Enter 共享   Tab 切换   Esc 离开")),
        Some(Popup::Shares(window)) => Some(share::keys(state, window)),
        Some(Popup::ConfirmDelete { .. }) => Some(state.say(" y delete   Esc keep", " y 删除   Esc 保留")),
        _ => None,
    }
}

/// Where a window of this size stands near what it is about without hiding it: below it, or above it where there is more room.
pub fn near(area: Rect, state: &State, wanted_width: u16, wanted_height: u16) -> Rect {
    let (width, height) = (wanted_width.min(area.width), wanted_height.min(area.height.saturating_sub(2)));
    let Some(about) = state.about else { return centred(area, wanted_width, wanted_height) };
    // The last line tells the keys.
    let below = area.bottom().saturating_sub(1).saturating_sub(about.bottom());
    let above = about.y.saturating_sub(area.y);
    let (y, height) = if below >= height || below >= above {
        (about.bottom(), height.min(below))
    } else {
        (about.y - height.min(above), height.min(above))
    };
    Rect { x: about.right().saturating_sub(width + 1).clamp(area.x, area.right() - width), y, width, height }
}

/// The same, but whole: where neither side has the room for it, it stands above the keys and covers as little as it can.
pub fn near_and_whole(area: Rect, state: &State, wanted_width: u16, wanted_height: u16) -> Rect {
    let place = near(area, state, wanted_width, wanted_height);
    let height = wanted_height.min(area.height.saturating_sub(2));
    if place.height >= height {
        return place;
    }
    Rect { y: area.bottom().saturating_sub(1 + height), height, ..place }
}

/// Where a window of this size stands in the middle.
pub fn centred(area: Rect, wanted_width: u16, wanted_height: u16) -> Rect {
    let (width, height) = (wanted_width.min(area.width), wanted_height.min(area.height.saturating_sub(2)));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// A text in rows of so many cells.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    width::rows(text, columns.max(10)).into_iter().map(|piece| text[piece].trim_end().to_owned()).collect()
}

/// Opens a window at a place of its own.
pub fn placed<'t>(frame: &mut Frame<'_>, place: Rect, state: &State, title: impl Into<Line<'t>>) -> Rect {
    frame.render_widget(Clear, place);
    // The left half of a wide character would swallow the border.
    for y in place.top()..place.bottom() {
        if let Some(cell) = place.x.checked_sub(1).and_then(|x| frame.buffer_mut().cell_mut((x, y)))
            && width::cells(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    let block = pane(state, title, true);
    let inner = block.inner(place);
    frame.render_widget(block, place);
    inner
}

/// A window with lines that may be more than it can show.
pub fn scrolled<'t>(
    frame: &mut Frame<'_>,
    place: Rect,
    state: &State,
    title: impl Into<Line<'t>>,
    lines: Vec<Line<'_>>,
    first: usize,
) -> Extent {
    let inner = placed(frame, place, state, title);
    let page = usize::from(inner.height);
    let last = lines.len().saturating_sub(page);
    let first = first.min(last);
    frame.render_widget(Paragraph::new(lines).scroll((u16::try_from(first).unwrap_or(u16::MAX), 0)), inner);
    more_marks(frame, inner, state, first > 0, first < last);
    Extent { page, scroll: last }
}

/// How high a window for so many lines is.
pub fn height_of(lines: &[Line<'_>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2)
}

/// `^` and `v` in the right border where there is more above or below.
pub fn more_marks(frame: &mut Frame<'_>, inner: Rect, state: &State, above: bool, below: bool) {
    let mut mark = |y: u16, text: &'static str| {
        frame.render_widget(
            Span::styled(text, state.theme.accent),
            Rect { x: inner.right(), y, width: 1, height: 1 }.intersection(frame.area()),
        );
    };
    if above {
        mark(inner.y, "^");
    }
    if below {
        mark(inner.bottom().saturating_sub(1), "v");
    }
}

/// ` - hidden in 24s`, for a title.
pub fn left(state: &State, until: Option<Instant>) -> String {
    let Some(until) = until else { return String::new() };
    let seconds = until.saturating_duration_since(state.now).as_secs_f32().ceil();
    match state.language {
        Language::English => format!(" - hides in {seconds:.0}s"),
        Language::Chinese => format!(" - {seconds:.0} 秒后隐藏"),
    }
}

fn delete(frame: &mut Frame<'_>, area: Rect, state: &State, heading: &str) {
    let place = near(area, state, 56, 4);
    let inner = placed(frame, place, state, state.say(" Delete ", " 删除 "));
    let what = match state.language {
        Language::English => format!(" Delete {heading}?  y / n"),
        Language::Chinese => format!(" 删除 {heading}？ y / n"),
    };
    let lines = vec![
        Line::from(safe(&what, state.theme.bad)),
        Line::from(Span::styled(state.say(" U takes it back afterwards.", " 之后可按 U 撤销。"), state.theme.dim)),
    ];
    frame.render_widget(Paragraph::new(lines), inner);
}

pub fn window<'t>(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    title: impl Into<Line<'t>>,
    wanted_width: u16,
    wanted_height: u16,
) -> Rect {
    placed(frame, centred(area, wanted_width, wanted_height), state, title)
}

pub fn row(frame: &mut Frame<'_>, inner: Rect, index: usize, label: &str, input: &TextArea<'_>, active: bool, state: &State) {
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
