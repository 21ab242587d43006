//! One line of the trail.

use ratatui::text::{Line, Span};

use super::super::{super::state::State, safe};
use crate::{
    config::Glyphs,
    model::audit::{Event, action_in_words, outcome_in_words},
    text::width,
};

/// The events of one search box, newest first, as one line.
///
/// ```text
/// !  14:02:11 lin.mei    reveal       C-204817 phone callback TK-8812 - refused: …
/// ```
pub fn line<'t>(state: &State, events: &[&Event], selected: bool) -> Line<'t> {
    let Some(event) = events.first() else { return Line::default() };
    let theme = &state.theme;
    let broken = state.audit.verification().and_then(|found| events.iter().find_map(|event| found.break_at(event.key())));
    let (mark, style) = match (broken, event.refused() || event.is_loud()) {
        (Some(_), _) => ("!!", theme.bad),
        (None, true) => ("! ", theme.bad),
        (None, false) => ("  ", theme.normal),
    };
    let action = if events.len() == 1 {
        action_in_words(&event.action, state.language)
    } else {
        let times = if state.glyphs == Glyphs::Unicode { "×" } else { "x" };
        format!("{} {times}{}", action_in_words(&event.action, state.language), events.len())
    };
    let label = |code: &str| {
        let field = state.session.as_ref().and_then(|session| session.catalogue.field(code));
        field.map_or_else(|| code.to_owned(), |field| field.label.in_language(state.language).to_owned())
    };
    let mut what: Vec<String> = Vec::new();
    what.extend(event.record_number.map(|number| number.to_string()));
    what.extend(event.field.as_deref().map(label).or_else(|| event.class.clone()));
    what.extend(event.reason.clone());
    what.extend(event.reference.clone());
    let mut spans = vec![
        Span::styled(format!("{mark} "), style),
        Span::styled(format!("{} ", state.local(event.at).strftime("%H:%M:%S")), theme.dim),
        safe(&width::fit(&event.actor, 10), theme.normal),
        Span::raw(" "),
        safe(&width::fit(&action, 14), if event.is_loud() { theme.bad } else { theme.normal }),
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
