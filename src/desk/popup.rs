//! The small windows over the screen.

use jiff::Timestamp;
use tui_textarea::TextArea;

use super::form::Form;
use crate::{
    crypto::secret::Secret,
    model::{id::RecordId, record::HistoryEntry},
};

/// A small window over the screen; it takes the keys while it is open.
pub enum Popup {
    Help,
    Palette {
        input: TextArea<'static>,
        selected: usize,
    },
    /// What a reason is wanted for.
    Reason(ReasonPicker),
    Form(Box<Form>),
    NoteEditor {
        record: RecordId,
        input: TextArea<'static>,
    },
    Notes {
        notes: Vec<(Timestamp, String, String)>,
        scroll: u16,
    },
    History {
        field: String,
        entries: Vec<(HistoryEntry, Option<Secret<String>>)>,
    },
    Filter {
        inputs: Vec<(&'static str, TextArea<'static>)>,
        selected: usize,
    },
    ConfirmDelete {
        record: RecordId,
        version: i64,
    },
}

/// What the chosen reason is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Reveal(Vec<String>),
    History(String),
}

pub struct ReasonPicker {
    pub record: RecordId,
    pub purpose: Purpose,
    /// Codes that are good for the class.
    pub reasons: Vec<String>,
    pub selected: usize,
    pub reference: TextArea<'static>,
    /// Whether the reference is being typed.
    pub typing: bool,
    pub error: Option<String>,
}
