//! Asking why.

use crossterm::event::{KeyCode, KeyEvent};

use super::{
    super::{
        event::Effect,
        input::Input,
        popup::{Popup, Purpose, ReasonPicker},
        state::State,
    },
    form::is_leaving,
    popups::Step,
};
use crate::service::reveal::GivenReason;

/// Longest reference, in characters.
const MAX_REFERENCE: usize = 40;

/// Opens the reason picker where the class wants a reason.
pub fn ask(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    let (Some(detail), Some(session)) = (&mut state.detail, &state.session) else { return Vec::new() };
    let fields: Vec<String> = match &purpose {
        Purpose::Reveal(fields) => fields.clone(),
        Purpose::History(field) => vec![field.clone()],
    };
    // The class that the value is stored under: its field may have another one by now.
    let class_of = |code: &String| detail.view.fields.iter().find(|seen| seen.field == *code).map(|seen| seen.class.as_str());
    let classes: Vec<&str> = fields.iter().filter_map(class_of).collect();
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
        .filter(|reason| !reason.retired)
        .filter(|reason| reason.classes.is_empty() || classes.iter().all(|class| reason.classes.iter().any(|good| good == class)))
        .map(|reason| reason.code.clone())
        .collect();
    state.popup = Some(Popup::Reason(ReasonPicker {
        record,
        purpose,
        reasons,
        selected: 0,
        reference: Input::line("", MAX_REFERENCE),
        typing: false,
        error: None,
    }));
    Vec::new()
}

pub fn on_key(state: &mut State, picker: &mut ReasonPicker, key: KeyEvent) -> Step {
    match key.code {
        _ if is_leaving(key) => return Step::Close(Vec::new()),
        KeyCode::Tab => picker.typing = !picker.typing,
        KeyCode::Enter => {
            let Some(code) = picker.reasons.get(picker.selected).cloned() else { return Step::Stay };
            let reference = Some(picker.reference.text().expose().trim().to_owned()).filter(|text| !text.is_empty());
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
            if !reference.iter().flat_map(|text| text.chars()).all(|c| c.is_ascii_alphanumeric() || "._/#-".contains(c)) {
                picker.typing = true;
                picker.error =
                    Some(state.say("A reference has letters, digits and . _ / # - only.", "单号只能含字母、数字和 . _ / # -。").to_owned());
                return Step::Stay;
            }
            let reason = Some(GivenReason { code, reference });
            let record = picker.record;
            return Step::Close(match picker.purpose.clone() {
                Purpose::Reveal(fields) => {
                    if let Some(detail) = &mut state.detail {
                        detail.asking.extend(fields.iter().cloned());
                    }
                    vec![Effect::Reveal { record, fields, reason }]
                }
                Purpose::History(field) => vec![Effect::History { record, field, reason }],
            });
        }
        KeyCode::Down => picker.selected = (picker.selected + 1).min(picker.reasons.len().saturating_sub(1)),
        KeyCode::Up => picker.selected = picker.selected.saturating_sub(1),
        _ if picker.typing => {
            picker.reference.key(key);
            picker.error = None;
        }
        KeyCode::Char(digit @ '1'..='9') => {
            let index = digit as usize - '1' as usize;
            if index < picker.reasons.len() {
                picker.selected = index;
            }
        }
        KeyCode::Char('j') => picker.selected = (picker.selected + 1).min(picker.reasons.len().saturating_sub(1)),
        KeyCode::Char('k') => picker.selected = picker.selected.saturating_sub(1),
        _ => {}
    }
    Step::Stay
}
