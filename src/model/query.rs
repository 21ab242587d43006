//! What was asked of the list.

use super::{catalogue::Language, id::RecordNumber};

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
    /// Records the person opened in the last seven days, two hundred openings at most.
    Recent,
    /// Records the person created or changed last.
    Mine,
    /// Records the person has starred.
    Starred,
    /// Deleted records, for undo.
    Deleted,
}

impl SavedView {
    pub const ALL: [Self; 5] = [Self::All, Self::Recent, Self::Mine, Self::Starred, Self::Deleted];

    /// As the database, the palette and the command line write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Recent => "recent",
            Self::Mine => "mine",
            Self::Starred => "starred",
            Self::Deleted => "deleted",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }

    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (view, Language::English) => match view {
                Self::All => "all",
                Self::Recent => "opened lately",
                Self::Mine => "changed by me",
                Self::Starred => "starred",
                Self::Deleted => "deleted",
            },
            (Self::All, Language::Chinese) => "全部",
            (Self::Recent, Language::Chinese) => "最近打开",
            (Self::Mine, Language::Chinese) => "我修改的",
            (Self::Starred, Language::Chinese) => "星标",
            (Self::Deleted, Language::Chinese) => "已删除",
        }
    }
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
