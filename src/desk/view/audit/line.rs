//! One line of the trail.

use ratatui::text::{Line, Span};

use super::super::{super::state::State, safe};
use crate::{
    config::Glyphs,
    model::{
        action,
        alert::Severity,
        audit::{Event, outcome_in_words},
        catalogue::Language,
    },
    text::width,
};

/// Cells of the action; its words fit (`model/action.rs`).
const ACTION: usize = 18;

/// The events of one search box, newest first, as one line.
///
/// ```text
/// !  14:02:11 lin.mei    reveal       C-204817 phone callback TK-8812 - refused: …
/// ```
pub fn line<'t>(state: &State, events: &[&Event], selected: bool) -> Line<'t> {
    let Some(event) = events.first() else { return Line::default() };
    let theme = &state.theme;
    if event.action == "alert" {
        return alert(state, event, selected);
    }
    let broken = state.audit.verification().and_then(|found| events.iter().find_map(|event| found.break_at(event.key())));
    let (mark, style) = match (broken, event.refused() || event.is_loud()) {
        (Some(_), _) => ("!!", theme.bad),
        (None, true) => ("! ", theme.bad),
        (None, false) => ("  ", theme.normal),
    };
    // What was asked with keys of yesterday and repeated at once is one act.
    let count = events.iter().filter(|one| one.outcome == event.outcome).count();
    let mut action = action::in_words(&event.action, state.language).to_owned();
    if count > 1 {
        let times = format!(" {}{count}", if state.glyphs == Glyphs::Unicode { "×" } else { "x" });
        action = format!("{}{times}", width::truncate(&action, ACTION.saturating_sub(width::cells(&times))));
    }
    let catalogue = state.session.as_ref().map(|session| &session.catalogue);
    let class = |code: &str| {
        let class = catalogue.and_then(|known| known.class(code));
        class.map_or_else(|| code.to_owned(), |class| class.label.in_language(state.language).to_owned())
    };
    let label = |code: &str| {
        let field = catalogue.and_then(|known| known.field(code));
        // Notes are in no field.
        field.map_or_else(|| class(code), |field| field.label.in_language(state.language).to_owned())
    };
    let mut what: Vec<String> = Vec::new();
    what.extend(event.record_number.map(|number| number.to_string()));
    what.extend(event.field.as_deref().map(label).or_else(|| event.class.as_deref().map(class)));
    // In English the code reads well and is shorter.
    what.extend(event.reason.as_deref().map(|code| {
        let known = catalogue.filter(|_| state.language == Language::Chinese);
        let known = known.and_then(|known| known.reasons.iter().find(|reason| reason.code == code));
        known.map_or(code, |reason| &reason.label.zh).to_owned()
    }));
    what.extend(event.reference.clone());
    let mut spans = vec![
        Span::styled(format!("{mark} "), style),
        Span::styled(format!("{} ", state.local(event.at).strftime("%H:%M:%S")), theme.dim),
        safe(&width::fit(&event.actor, 10), theme.normal),
        Span::raw(" "),
        safe(&width::fit(&action, ACTION), if event.is_loud() { theme.bad } else { theme.normal }),
        Span::raw(" "),
    ];
    if let Some(broken) = broken {
        spans.push(Span::styled(format!("{} ", broken.harm.word(state.language)), theme.bad));
    }
    spans.push(safe(&what.join(" "), theme.normal));
    if event.refused() {
        let dash = if what.is_empty() { "" } else { " - " };
        spans.push(safe(&format!("{dash}{}", outcome_in_words(&event.outcome, state.language)), theme.bad));
    }
    let line = Line::from(spans);
    if selected { line.style(theme.selected) } else { line }
}

/// An alert among the events: whom it is about, and by which rule.
///
/// ```text
/// !! 14:03:20 chen.bo    alert 7        bulk_reveal critical
/// ```
fn alert<'t>(state: &State, event: &Event, selected: bool) -> Line<'t> {
    let details: serde_json::Value = event.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let of = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
    let severity = Severity::from_code(&of("severity")).unwrap_or(Severity::Critical);
    let action = format!("{} {}", action::in_words(&event.action, state.language), event.version.unwrap_or_default());
    let what = [
        event.record_number.map(|number| number.to_string()).unwrap_or_default(),
        of("rule"),
        severity.in_words(state.language).to_owned(),
    ];
    let style = if severity == Severity::Critical { state.theme.bad } else { state.theme.accent };
    let line = Line::from(vec![
        Span::styled(format!("{} ", severity.mark()), style),
        Span::styled(format!("{} ", state.local(event.at).strftime("%H:%M:%S")), state.theme.dim),
        safe(&width::fit(&of("subject"), 10), state.theme.normal),
        Span::raw(" "),
        safe(&width::fit(&action, 14), style),
        Span::raw(" "),
        safe(what.join(" ").trim(), state.theme.normal),
    ]);
    if selected { line.style(state.theme.selected) } else { line }
}
