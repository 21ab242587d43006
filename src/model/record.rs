//! Records as the desk sees them. A masked value and a revealed value are different types.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    clearance::Clearance,
    id::{RecordId, RecordNumber},
    query::Cursor,
    retention::Hold,
};

/// What a list row shows: field code → the field's masked form (the value itself for class `basic`).
pub type Summary = BTreeMap<String, String>;

/// In place of a list row that still holds the value of a field that has left class `basic`.
pub const HELD_BACK: &str = "a field of it is moving to a class that you may not see";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    pub id: RecordId,
    /// Code of its kind.
    pub kind: String,
    pub number: RecordNumber,
    pub version: i64,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub deleted: bool,
    /// `Err` names what is wrong with this row's ciphertext; the other rows are not affected.
    pub summary: Result<Summary, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    pub rows: Vec<ListRow>,
    pub first: Option<Cursor>,
    pub last: Option<Cursor>,
    pub has_before: bool,
    pub has_after: bool,
    /// Matches of a search (`exact` false: at least so many), or records in all (an estimate).
    pub total: i64,
    pub total_exact: bool,
}

/// Why a person cannot do something with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No role of this person has the right.
    NotPermitted,
    /// The right is there but the key is not (yet).
    NoKey,
}

/// One field of an open record, before any reveal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldView {
    pub field: String,
    pub class: String,
    pub present: bool,
    /// The person has no right to the class at all: not even whether the field is filled is known.
    pub withheld: bool,
    pub version: i64,
    pub epoch: i32,
    pub changed_at: Option<Timestamp>,
    pub changed_by: Option<String>,
    /// The masked form; `Err` names what is wrong with the ciphertext; `None` when not permitted or absent.
    pub masked: Option<Result<String, String>>,
    /// `masked` is the value itself.
    pub open: bool,
    pub reveal: Result<(), Denied>,
    pub edit: Result<(), Denied>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordView {
    pub id: RecordId,
    /// Code of its kind.
    pub kind: String,
    pub number: RecordNumber,
    pub version: i64,
    pub summary: Result<Summary, String>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub deleted: bool,
    pub label: Clearance,
    /// Nothing of it is purged.
    pub hold: Option<Hold>,
    /// Login of who answers for the record.
    pub owner: String,
    /// In catalogue order.
    pub fields: Vec<FieldView>,
    pub note_count: i64,
    pub newest_note: Option<(Timestamp, String)>,
}

/// One earlier value of a field, still sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    pub version: i64,
    pub replaced_at: Timestamp,
    pub replaced_by: String,
    pub masked: Option<Result<String, String>>,
}
