//! What is being typed into a record.

use tui_textarea::TextArea;

use crate::model::{catalogue::Field, id::RecordId};

/// The edit form, and its later steps.
pub struct Form {
    pub record: Option<(RecordId, i64)>,
    pub fields: Vec<FormField>,
    pub selected: usize,
    /// Showing what will change, before it is saved.
    pub reviewing: bool,
    pub saving: bool,
    /// Somebody else saved first; the record is being read again.
    pub conflict: bool,
    /// The id a new record will have, so that a save in doubt can be looked up instead of repeated.
    pub new_id: RecordId,
    pub error: Option<String>,
}

pub struct FormField {
    pub field: Field,
    pub input: TextArea<'static>,
    /// What the box held at first; `None` where the person may not see the value, so that nothing pre-fills.
    pub before: Option<String>,
    pub masked: Option<String>,
    /// The field's version when it was read.
    pub version: i64,
    /// What somebody else saved meanwhile, where both changed the field.
    pub theirs: Option<String>,
    pub editable: bool,
}
