//! The small windows over the screen.

use std::time::Instant;

use tui_textarea::TextArea;
use uuid::Uuid;

use super::{
    audit::FilterForm,
    event::Newest,
    form::{Form, Question},
    input::Input,
    people::{Code, Dialog},
    share::{ShareForm, ShareWindow},
};
use crate::{
    crypto::secret::Secret,
    model::{
        id::RecordId,
        incident::Saw,
        person::{Access, OpenSession, Seer},
        record::HistoryEntry,
    },
    service::{note::Note, reveal::GivenReason},
};

/// A small window over the screen; it takes the keys while it is open.
pub enum Popup {
    Help {
        scroll: usize,
    },
    Palette {
        input: TextArea<'static>,
        selected: usize,
    },
    /// What a reason is wanted for.
    Reason(ReasonPicker),
    Form(Box<Form>),
    NoteEditor(Box<NoteEditor>),
    Notes(Notes),
    History(History),
    Filter(Box<FilterForm>),
    /// The order of the list.
    Sort {
        selected: usize,
    },
    /// A fresh one-time code.
    StepUp(Box<StepUp>),
    SavedViews {
        selected: usize,
    },
    /// The newest checkpoint, to be witnessed.
    Witness(Box<WitnessWindow>),
    /// Filters of the audit that were saved under a name.
    SavedFilters {
        selected: usize,
    },
    /// What a copy of the audit is written as.
    ExportAs {
        selected: usize,
    },
    /// Which kind of record the list shows.
    Kinds {
        selected: usize,
    },
    /// Which kind a new record is of.
    NewKind {
        selected: usize,
    },
    /// Which fields the list shows.
    Columns {
        selected: usize,
    },
    /// An event at full size.
    Event {
        scroll: u16,
    },
    /// A form or question about a person.
    Person(Box<Dialog>),
    /// A one-time code, once.
    Code(Code),
    PeopleOrder {
        selected: usize,
    },
    /// One's own open sessions.
    Sessions {
        sessions: Vec<OpenSession>,
        selected: usize,
    },
    /// What is frozen.
    Freezes {
        selected: usize,
    },
    /// Why one may or may not reveal a field.
    Access {
        field: String,
        found: Vec<Access>,
    },
    Share(Box<ShareForm>),
    Shares(ShareWindow),
    /// Who may see how much of the open record.
    Seers {
        /// Number and name.
        heading: String,
        found: Vec<Seer>,
        scroll: usize,
    },
    /// What somebody saw.
    Saw {
        login: String,
        found: Vec<Saw>,
        scroll: usize,
    },
    ConfirmDelete {
        record: RecordId,
        version: i64,
        /// Number and name.
        heading: String,
    },
}

impl Popup {
    /// Whether something typed would be lost with it.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        match self {
            Self::Form(form) => form.is_changed(),
            Self::NoteEditor(editor) => !editor.input.is_empty(),
            Self::Person(dialog) => dialog.is_unsaved(),
            _ => false,
        }
    }

    /// When what was decrypted for it hides itself.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Notes(notes) => notes.until,
            Self::History(history) => history.until,
            Self::Shares(window) => window.opened.as_ref().map(|opened| opened.until),
            Self::Form(form) => form.fields.iter().filter_map(|field| field.until).min(),
            _ => None,
        }
    }
}

/// What was refused for want of a fresh code.
pub enum Again {
    Values(RecordId, Vec<String>, Option<GivenReason>),
    /// What `Enter` asks for in this window.
    Window(Box<Popup>),
}

/// The window that asks for a one-time code.
pub struct StepUp {
    pub input: Input,
    /// What to ask for again when the code was right.
    pub again: Option<Again>,
    pub judging: bool,
    pub error: Option<String>,
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
    pub reference: Input,
    /// Whether the reference is being typed.
    pub typing: bool,
    pub error: Option<String>,
}

pub struct NoteEditor {
    pub record: RecordId,
    /// The id the note will have, so that one in doubt can be sent again without making a second.
    pub id: Uuid,
    pub heading: String,
    pub input: Input,
    pub saving: bool,
    /// The connection was lost while saving: the text stays as it was sent until it is known what became of it.
    pub doubted: bool,
    pub question: Option<Question>,
    pub message: Option<String>,
}

/// A checkpoint as words, and whether it is signed as seen.
pub struct WitnessWindow {
    pub newest: Newest,
    pub busy: bool,
    pub signed: bool,
    pub error: Option<String>,
}

pub struct Notes {
    pub heading: String,
    /// Newest first.
    pub notes: Vec<Note>,
    pub scroll: usize,
    /// `None` where there are no notes.
    pub until: Option<Instant>,
}

/// An earlier value: what may be shown of it, and the value itself, or what is wrong with it, where the person may reveal it.
pub type Earlier = (HistoryEntry, Option<Result<Secret<String>, String>>);

pub struct History {
    /// Code of the field.
    pub field: String,
    pub entries: Vec<Earlier>,
    pub scroll: usize,
    /// `None` where nothing was revealed.
    pub until: Option<Instant>,
}
