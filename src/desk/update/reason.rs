//! Asking why.

use crossterm::event::{KeyCode, KeyEvent};
use tui_textarea::TextArea;

use super::{
    super::{
        event::Effect,
        popup::{Popup, Purpose, ReasonPicker},
        state::State,
    },
    popups::Step,
};
use crate::service::reveal::GivenReason;

/// Opens the reason picker where the class wants a reason.
pub fn ask(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    let (Some(detail), Some(session)) = (&mut state.detail, &state.session) else { return Vec::new() };
    let fields: Vec<String> = match &purpose {
        Purpose::Reveal(fields) => fields.clone(),
        Purpose::History(field) => vec![field.clone()],
    };
    let classes: Vec<&str> = fields.iter().filter_map(|code| session.catalogue.field(code)).map(|field| field.class.as_str()).collect();
    let needed = classes.iter().any(|class| session.catalogue.class(class).is_some_and(|class| class.reason_required));
    let record = detail.view.id;
    if !needed {
        return match purpose {
            Purpose::Reveal(fields) => {
                detail.asking.extend(fields.iter().cloned());
                vec![Effect::Reveal { record, fields, reason: None }]
            }
            Purpose::History(field) => vec![Effect::History { record, field, reason: None }],
        };
    }
    let reasons = session
        .catalogue
        .reasons
        .iter()
        .filter(|reason| reason.classes.is_empty() || classes.iter().all(|class| reason.classes.iter().any(|good| good == class)))
        .map(|reason| reason.code.clone())
        .collect();
    state.popup = Some(Popup::Reason(ReasonPicker {
        record,
        purpose,
        reasons,
        selected: 0,
        reference: TextArea::default(),
        typing: false,
        error: None,
    }));
    Vec::new()
}

pub fn on_key(state: &mut State, picker: &mut ReasonPicker, key: KeyEvent) -> Step {
    match key.code {
        KeyCode::Esc => return Step::Close,
        KeyCode::Tab => picker.typing = !picker.typing,
        KeyCode::Enter => {
            let Some(code) = picker.reasons.get(picker.selected).cloned() else { return Step::Stay };
            let reference = Some(picker.reference.lines().join("").trim().to_owned()).filter(|text| !text.is_empty());
            let required = state
                .session
                .as_ref()
                .and_then(|session| session.catalogue.reasons.iter().find(|reason| reason.code == code))
                .is_some_and(|reason| reason.reference_required);
            if required && reference.is_none() {
                picker.typing = true;
                picker.error =
                    Some(state.say("This reason needs a reference, such as TK-8812.", "该理由需要单号，如 TK-8812。").to_owned());
                return Step::Stay;
            }
            let reason = Some(GivenReason { code, reference });
            let record = picker.record;
            return Step::Do(match picker.purpose.clone() {
                Purpose::Reveal(fields) => {
                    if let Some(detail) = &mut state.detail {
                        detail.asking.extend(fields.iter().cloned());
                    }
                    vec![Effect::Reveal { record, fields, reason }]
                }
                Purpose::History(field) => vec![Effect::History { record, field, reason }],
            });
        }
        _ if picker.typing => {
            picker.reference.input(key);
        }
        KeyCode::Char(digit @ '1'..='9') => {
            picker.selected = (digit as usize - '1' as usize).min(picker.reasons.len().saturating_sub(1));
        }
        KeyCode::Down | KeyCode::Char('j') => picker.selected = (picker.selected + 1).min(picker.reasons.len().saturating_sub(1)),
        KeyCode::Up | KeyCode::Char('k') => picker.selected = picker.selected.saturating_sub(1),
        _ => {}
    }
    Step::Stay
}
