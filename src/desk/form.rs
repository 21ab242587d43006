//! What is being typed into a record, and the steps on its way to the database.

use std::{collections::BTreeMap, time::Instant};

use super::input::Input;
use crate::{
    crypto::secret::Secret,
    model::{
        catalogue::{Field, FieldKind},
        id::{RecordId, RecordNumber},
        record::Denied,
    },
    service::edit::Draft,
    text::{
        typing::hopeless,
        validate::{Invalid, limit, validate},
    },
};

/// Where a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Typing,
    /// Showing what will change, before it is saved.
    Review,
    Saving,
    /// The connection was lost while saving: nothing changes in the form until it is known what became of it.
    Doubt,
    /// Somebody else saved first: for each field both changed, one is chosen.
    Conflict,
}

/// What is asked before something typed is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    Leave,
    Quit,
    /// Leave, and open a record that may be the same one.
    Open(RecordId),
}

/// The edit form.
pub struct Form {
    /// The record and the version that is being changed; `None` for a new one.
    pub record: Option<(RecordId, i64)>,
    /// Code of its kind.
    pub kind: String,
    /// Number and name, for the title.
    pub heading: String,
    pub fields: Vec<FormField>,
    pub selected: usize,
    pub stage: Stage,
    /// First line shown of a review or a conflict.
    pub scroll: usize,
    pub question: Option<Question>,
    /// The id a new record will have, so that a save in doubt can be looked up instead of repeated.
    pub new_id: RecordId,
    pub look_up: LookUp,
    /// Whether an answer to a save was lost.
    pub doubted: bool,
    /// Somebody else saved first; the record is being read again.
    pub outdated: bool,
    /// Who saved meanwhile.
    pub other: Option<String>,
    /// What concerns the form as a whole.
    pub message: Option<String>,
}

pub struct FormField {
    pub field: Field,
    pub input: Input,
    /// What the field held; `None` where the person does not see the value, so that nothing pre-fills.
    pub before: Option<Secret<String>>,
    /// When a revealed value that pre-filled the box hides itself again.
    pub until: Option<Instant>,
    pub masked: Option<Result<String, String>>,
    /// The field's version when it was read.
    pub version: i64,
    pub locked: Option<Denied>,
    /// A hidden value is to be removed.
    pub emptied: bool,
    /// Whether the cursor has been here and has gone on.
    pub left: bool,
    /// What somebody else saved meanwhile, where both changed the field.
    pub theirs: Option<Theirs>,
}

/// The other side of a conflict.
pub struct Theirs {
    /// The value, or what may be seen of it; empty where it was removed.
    pub shown: String,
    pub chosen: Option<Side>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Mine,
    Theirs,
}

/// Looking for records that may be the same one.
#[derive(Default)]
pub struct LookUp {
    /// Tells whether an answer is still wanted.
    pub generation: u64,
    pub waiting: bool,
    /// What has been asked for.
    pub asked: Draft,
    pub found: Vec<Likeness>,
    pub trouble: Option<String>,
}

/// A record that may be the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    pub id: RecordId,
    pub number: RecordNumber,
    pub name: String,
    /// Codes of the fields that are the same.
    pub fields: Vec<String>,
}

impl Form {
    #[must_use]
    pub fn new(record: Option<(RecordId, i64)>, kind: &str, heading: String, fields: Vec<FormField>) -> Self {
        let selected = fields.iter().position(|field| field.locked.is_none()).unwrap_or(0);
        Self {
            record,
            kind: kind.to_owned(),
            heading,
            fields,
            selected,
            stage: Stage::Typing,
            scroll: 0,
            question: None,
            new_id: RecordId(uuid::Uuid::now_v7()),
            look_up: LookUp::default(),
            doubted: false,
            outdated: false,
            other: None,
            message: None,
        }
    }

    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.fields.iter().any(|field| field.change().is_some())
    }

    /// What differs from what the boxes held at first, by field code.
    #[must_use]
    pub fn changes(&self) -> BTreeMap<String, Secret<String>> {
        self.fields.iter().filter_map(|field| Some((field.field.code.clone(), field.change()?))).collect()
    }

    #[must_use]
    pub fn current(&self) -> Option<&FormField> {
        self.fields.get(self.selected)
    }

    /// What is under way when the desk is locked may or may not arrive; questions are asked anew.
    pub fn wait_behind_the_lock(&mut self) {
        if self.stage == Stage::Saving {
            self.stage = Stage::Doubt;
            self.doubted = true;
        }
        self.question = None;
        self.look_up.waiting = false;
        self.look_up.asked = Draft::default();
        self.look_up.generation += 1;
    }

    /// Takes revealed values back out of the boxes: those whose time has passed, or all. What was typed over them stays.
    pub fn conceal(&mut self, now: Option<Instant>) {
        for field in &mut self.fields {
            if field.until.is_some_and(|until| now.is_none_or(|now| until <= now)) {
                field.conceal();
            }
        }
    }
}

impl FormField {
    #[must_use]
    pub fn new(field: Field, before: Option<Secret<String>>, locked: Option<Denied>) -> Self {
        let limit = limit(field.kind);
        let text = before.as_ref().map_or("", |before| before.expose());
        let input = if field.kind == FieldKind::LongText { Input::lines(text, limit) } else { Input::line(text, limit) };
        Self { field, input, before, until: None, masked: None, version: 0, locked, emptied: false, left: false, theirs: None }
    }

    /// The value to be saved, where it differs; empty where the field is to be removed. An untouched box over a hidden value changes nothing.
    #[must_use]
    pub fn change(&self) -> Option<Secret<String>> {
        if self.locked.is_some() {
            return None;
        }
        if self.emptied {
            return Some(Secret::default());
        }
        let typed = self.input.text();
        let changed = match &self.before {
            Some(before) => before.expose().trim() != typed.expose().trim(),
            None => !typed.expose().trim().is_empty(),
        };
        changed.then_some(typed)
    }

    /// What is wrong, as far as it is time to say so: quiet while the value can still become right and the person is still at it.
    #[must_use]
    pub fn problem(&self) -> Option<Invalid> {
        if self.left { self.fault() } else { hopeless(&self.field, self.change()?.expose()) }
    }

    /// What stands in the way of saving.
    #[must_use]
    pub fn fault(&self) -> Option<Invalid> {
        if let Some(typed) = self.change() {
            return validate(&self.field, typed.expose()).map(Secret::new).err();
        }
        // Nothing was there and nothing was typed.
        let empty = self.before.as_ref().is_some_and(|before| before.expose().is_empty());
        (self.field.required && !self.field.retired && self.locked.is_none() && empty).then_some(Invalid::Required)
    }

    fn conceal(&mut self) {
        if self.change().is_none() {
            self.input.set("");
        }
        self.before = None;
        self.until = None;
    }
}
