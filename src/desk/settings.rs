//! What the settings screen knows: fields by section, classes, reasons, and what was measured.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        catalogue::{Class, Field, Reason},
        change::Proposal,
    },
    text::leak::Measured,
};

/// What is changed, as it is handed to the service.
pub enum Act {
    AddField(Field),
    ChangeField(Field),
    /// Behind another field of its section, or first in it.
    MoveField(Field, Option<String>),
    RetireField(Field),
    RestoreField(Field),
    ChangeClass(Class),
    AddReason(Reason),
    ChangeReason(Reason),
    /// Whether it is to be retired.
    RetireReason(Reason, bool),
}

/// What a dialog asks for, about what it was opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    AddField,
    Field(Field),
    RetireField(Field),
    Class(Class),
    AddReason,
    Reason(Reason),
    RetireReason(Reason),
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub fields: Vec<Field>,
    pub classes: Vec<Class>,
    pub reasons: Vec<Reason>,
    /// How many values of a field are yet to be written again.
    pub outdated: BTreeMap<String, u64>,
}

/// A row, by its code, so that the cursor stays there whatever is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Field(String),
    Class(String),
    Reason(String),
}

#[derive(Default)]
pub struct Settings {
    pub read: Read,
    pub selected: Option<Row>,
    pub generation: u64,
    pub loading: bool,
    /// What was measured of a field.
    pub measured: Option<(String, Vec<Measured>)>,
    /// Fields whose values are being measured or written again.
    pub working: BTreeSet<String>,
    /// The field that was changed last: what is stored follows it.
    pub changed: Option<String>,
    /// The change that was refused last for want of an approval: one key asks for it.
    pub proposed: Option<Proposal>,
}

impl Settings {
    /// Fields by section, then classes, then reasons.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let fields = self.read.fields.iter().map(|field| Row::Field(field.code.clone()));
        let classes = self.read.classes.iter().map(|class| Row::Class(class.code.clone()));
        let reasons = self.read.reasons.iter().map(|reason| Row::Reason(reason.code.clone()));
        fields.chain(classes).chain(reasons).collect()
    }

    /// The row of the cursor.
    #[must_use]
    pub fn row(&self) -> usize {
        self.rows().iter().position(|row| Some(row) == self.selected.as_ref()).unwrap_or(0)
    }

    #[must_use]
    pub fn field(&self) -> Option<&Field> {
        let Some(Row::Field(code)) = &self.selected else { return None };
        self.read.fields.iter().find(|field| field.code == *code)
    }

    #[must_use]
    pub fn class(&self) -> Option<&Class> {
        let Some(Row::Class(code)) = &self.selected else { return None };
        self.read.classes.iter().find(|class| class.code == *code)
    }

    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        let Some(Row::Reason(code)) = &self.selected else { return None };
        self.read.reasons.iter().find(|reason| reason.code == *code)
    }
}
