//! What was asked of the list.

use super::id::RecordNumber;

/// The order of the list in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Last changed first.
    #[default]
    Recent,
    /// By record number, lowest first.
    Number,
}

/// Which records a list without words starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SavedView {
    #[default]
    All,
    /// Records the person created or changed last.
    Mine,
    /// Deleted records, for undo.
    Deleted,
}

/// The key of a row, for keyset paging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub updated_at_us: i64,
    pub number: RecordNumber,
}

/// Which way a page is read from a cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    After,
    Before,
}
