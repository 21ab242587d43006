//! Following references between records, there and back, and finding what refers to a record.

use super::{
    super::{
        event::Effect,
        state::{Left, Pane, State, search_box},
    },
    commands, hide_all,
};
use crate::model::{
    catalogue::{FieldKind, Language},
    id::RecordNumber,
    query::SavedView,
    record::RecordView,
};

/// The number that stands in the field under the cursor, where it can be read.
#[must_use]
pub fn shown(state: &State) -> Option<RecordNumber> {
    let detail = state.detail.as_ref()?;
    let seen = detail.view.fields.get(detail.selected)?;
    let field = state.session.as_ref()?.catalogue.field(&seen.field).filter(|field| field.kind == FieldKind::Record)?;
    let number = match (detail.revealed.get(&field.code), &seen.masked) {
        (Some(revealed), _) => RecordNumber::parse(revealed.value.expose()),
        (None, Some(Ok(text))) if seen.open => RecordNumber::parse(text),
        _ => None,
    };
    // Only a record of the kind that the field accepts is meant.
    number.map(|number| RecordNumber { prefix: field.of.as_ref().map_or(number.prefix, |of| of.prefix), ..number })
}

/// Opens the record that the field under the cursor refers to. That it was looked for is in the audit, found or not.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let (Some(number), Some(detail)) = (shown(state), &state.detail) else { return Vec::new() };
    state.trail.push(Left { record: detail.view.id, field: detail.selected });
    hide_all(state);
    state.detail_generation += 1;
    state.viewing = true;
    vec![Effect::OpenReference { generation: state.detail_generation, number }]
}

/// A record arrives that was followed to: the way back is not seen otherwise.
pub fn say_the_way_back(state: &mut State, arriving: &RecordView) {
    let before = state.detail.as_ref().filter(|detail| detail.view.id != arriving.id);
    let left =
        before.filter(|detail| state.trail.last().is_some_and(|left| left.record == detail.view.id)).map(|detail| detail.view.number);
    if let Some(number) = left {
        state.message = Some(match state.language {
            Language::English => format!("Esc goes back to {number}."),
            Language::Chinese => format!("按 Esc 返回 {number}。"),
        });
    }
}

/// Nothing was opened: the record that would have been left is still there.
pub fn stay(state: &mut State) {
    state.returning = None;
    if state.trail.last().map(|left| left.record) == state.detail.as_ref().map(|detail| detail.view.id) {
        state.trail.pop();
    }
}

/// Deleted, purged, above one's clearance or never there: it is told in the same words.
pub fn leads_nowhere(state: &mut State, number: RecordNumber) {
    state.viewing = false;
    stay(state);
    state.message = Some(match state.language {
        Language::English => format!("There is no record {number}."),
        Language::Chinese => format!("没有记录 {number}。"),
    });
}

/// Hides what is revealed; where nothing is, goes back to the record that was left.
pub fn hide_or_back(state: &mut State) -> Vec<Effect> {
    let revealed = state.detail.as_ref().is_some_and(|detail| !detail.revealed.is_empty());
    hide_all(state);
    if revealed {
        return Vec::new();
    }
    let Some(left) = state.trail.pop() else { return Vec::new() };
    state.returning = Some(left.field);
    commands::read_record(state, left.record, false)
}

/// Lists the records of any kind that refer to the one that is open: a search like every other.
pub fn referring(state: &mut State) -> Vec<Effect> {
    let Some(number) = state.detail.as_ref().map(|detail| detail.view.number) else { return Vec::new() };
    state.query = format!("{}:{number}", state.say("refers", "引用"));
    state.search = search_box(&state.query);
    state.search_box = uuid::Uuid::now_v7();
    state.shown_kind = None;
    state.saved_view = SavedView::All;
    state.list.by_column = None;
    state.pane = Pane::List;
    commands::list(state, None, 0)
}
