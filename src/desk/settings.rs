//! What the settings screen knows: fields by section, kinds of record, classes, reasons, and what was measured.

use std::{collections::BTreeMap, time::Instant};

use crate::{
    model::{
        audit::Progress,
        audit_scope::Recorded,
        catalogue::{Class, Field, Reason},
        change::Proposal,
        kind::RecordKind,
        retention::{Due, Kept, Rule},
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
    /// With the codes of its fields.
    AddKind(RecordKind, Vec<String>),
    ChangeKind(RecordKind, Vec<String>),
    /// Behind another one, or first.
    MoveKind(RecordKind, Option<String>),
    /// Whether it is to be retired; its records stay, as the question says.
    RetireKind(RecordKind, bool),
    /// With what it would purge, as it was shown.
    SetRetention(Rule, Option<Due>),
    /// Whether an act is recorded; `None` for as by default.
    SetRecorded(Recorded, Option<bool>),
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
    AddKind,
    Kind(RecordKind),
    RetireKind(RecordKind),
    Retention(Rule),
    Purge(Rule),
    Recorded(Recorded),
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub fields: Vec<Field>,
    pub classes: Vec<Class>,
    pub reasons: Vec<Reason>,
    pub kinds: Vec<RecordKind>,
    pub retention: Vec<Rule>,
    pub recorded: Vec<Recorded>,
    /// How many values of a field are yet to be written again.
    pub outdated: BTreeMap<String, u64>,
}

/// A row, by its code, so that the cursor stays there whatever is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Field(String),
    Kind(String),
    Class(String),
    Reason(String),
    Retention(Kept),
    /// An act, and the class where it is of one.
    Recorded(String, Option<String>),
}

/// Long work on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Measuring,
    Rewriting,
    Purging,
}

/// Long work, and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    pub doing: Doing,
    pub progress: Progress,
    pub since: Instant,
}

#[derive(Default)]
pub struct Settings {
    pub read: Read,
    pub selected: Option<Row>,
    pub generation: u64,
    pub loading: bool,
    /// What was measured of a field.
    pub measured: Option<(String, Vec<Measured>)>,
    /// Fields whose values are being measured or written again, and rules by which is being purged.
    pub working: BTreeMap<Row, Work>,
    /// The field that was changed last: what is stored follows it.
    pub changed: Option<String>,
    /// The change that was refused last for want of an approval: one key asks for it.
    pub proposed: Option<Proposal>,
}

impl Settings {
    /// Fields by section, then kinds of record, then classes, then reasons, then how long what is kept, then what is recorded.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let fields = self.read.fields.iter().map(|field| Row::Field(field.code.clone()));
        let kinds = self.read.kinds.iter().map(|kind| Row::Kind(kind.code.clone()));
        let classes = self.read.classes.iter().map(|class| Row::Class(class.code.clone()));
        let reasons = self.read.reasons.iter().map(|reason| Row::Reason(reason.code.clone()));
        let retention = self.read.retention.iter().map(|rule| Row::Retention(rule.of.clone()));
        let recorded = self.read.recorded.iter().map(|one| Row::Recorded(one.action.clone(), one.class.clone()));
        fields.chain(kinds).chain(classes).chain(reasons).chain(retention).chain(recorded).collect()
    }

    #[must_use]
    pub fn recorded(&self) -> Option<&Recorded> {
        let Some(Row::Recorded(action, class)) = &self.selected else { return None };
        self.read.recorded.iter().find(|one| one.action == *action && one.class == *class)
    }

    #[must_use]
    pub fn rule(&self) -> Option<&Rule> {
        let Some(Row::Retention(of)) = &self.selected else { return None };
        self.read.retention.iter().find(|rule| rule.of == *of)
    }

    /// The work on the row of the cursor, or any.
    #[must_use]
    pub fn work(&self) -> Option<&Row> {
        let here = self.selected.as_ref().filter(|row| self.working.contains_key(row));
        here.or_else(|| self.working.keys().next())
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
    pub fn kind(&self) -> Option<&RecordKind> {
        let Some(Row::Kind(code)) = &self.selected else { return None };
        self.read.kinds.iter().find(|kind| kind.code == *code)
    }

    /// Codes of the fields of a kind, in their order.
    #[must_use]
    pub fn fields_of(&self, kind: &str) -> Vec<&str> {
        let of = |field: &&Field| field.kinds.iter().any(|code| code == kind);
        self.read.fields.iter().filter(of).map(|field| field.code.as_str()).collect()
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
