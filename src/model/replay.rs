//! What a person's screens showed, event by event, as far as events and stored values tell. What they do not tell is said to be unknown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::{
    audit::Event,
    catalogue::{Catalogue, FieldKind},
    clearance::Clearance,
    id::{RecordId, RecordNumber, SessionId},
    query::SavedView,
    record::{Denied, FieldView, ListRow, RecordView, Summary},
};

/// Events that are asked for at a time.
pub const STRETCH: i64 = 200;
/// In place of what nothing tells any more.
pub const UNKNOWN: &str = "?";

/// The first and the last number of the stretch that an event is in.
#[must_use]
pub fn stretch_of(seq: i64) -> (i64, i64) {
    let first = (seq.max(1) - 1) / STRETCH * STRETCH + 1;
    (first, first + STRETCH - 1)
}

/// A list row as it is now, for a viewer who may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowNow {
    pub number: RecordNumber,
    /// Code of its kind.
    pub kind: String,
    pub version: i64,
    pub updated_at: Timestamp,
    pub summary: Result<Summary, String>,
}

/// One version of a field of a record, and when it was the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub field: String,
    pub class: String,
    /// The record's version that it came with.
    pub version: i64,
    /// `None` where an earlier version may have been purged.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Masked, or the value itself of an open field; `None` where the viewer's rights do not permit it.
    pub text: Option<Result<String, String>>,
    pub open: bool,
}

/// Some events of a session, and what they showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    pub events: Vec<Event>,
    /// The records of a list or search that the viewer may know, by the event's number.
    pub pages: BTreeMap<i64, Vec<(RecordId, RecordNumber)>>,
    /// What searches asked for, by the event's number, as far as the viewer's own keys tell: a text for each word, or none.
    pub words: BTreeMap<i64, Vec<Option<String>>>,
    pub rows: HashMap<RecordId, RowNow>,
    pub kept: HashMap<RecordId, Vec<Kept>>,
    /// Codes of the classes of which the viewer may see masked forms.
    pub readable: BTreeSet<String>,
    /// The number of the session's last event.
    pub last: i64,
}

/// A session, as far as it has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    pub of: SessionId,
    /// In the order of their numbers, without a gap but where a month is gone.
    pub events: Vec<Event>,
    pages: BTreeMap<i64, Vec<(RecordId, RecordNumber)>>,
    words: BTreeMap<i64, Vec<Option<String>>>,
    rows: HashMap<RecordId, RowNow>,
    kept: HashMap<RecordId, Vec<Kept>>,
    readable: BTreeSet<String>,
    pub last: i64,
}

/// The list that stood on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListThen {
    /// For each word that was searched for, what the viewer's own keys tell of it; empty for a list.
    pub words: Vec<Option<String>>,
    /// Numbers that were searched for.
    pub numbers: Vec<i64>,
    pub view: SavedView,
    /// Code of the one kind.
    pub kind: Option<String>,
    /// `None` where it was not kept which records these were.
    pub rows: Option<Vec<ListRow>>,
    /// The row that was opened from it.
    pub selected: usize,
}

/// The record that stood on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordThen {
    /// With the fields that were shown, and nothing that the event does not tell. `None` where the event is above the viewer's clearance.
    pub view: Option<RecordView>,
    /// Fields whose value stood there in clear.
    pub revealed: BTreeSet<String>,
}

/// What stood on the screen after an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    pub list: Option<ListThen>,
    pub record: Option<RecordThen>,
}

/// What a viewer looks for among the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    Reveal,
    Search,
    Refusal,
}

impl Jump {
    #[must_use]
    pub fn is(self, event: &Event) -> bool {
        match self {
            Self::Reveal => matches!(event.action.as_str(), "reveal" | "shared_reveal" | "history" | "notes" | "copy"),
            Self::Search => event.action == "search",
            Self::Refusal => event.refused(),
        }
    }
}

impl Replay {
    #[must_use]
    pub fn new(of: SessionId) -> Self {
        Self {
            of,
            events: Vec::new(),
            pages: BTreeMap::new(),
            words: BTreeMap::new(),
            rows: HashMap::new(),
            kept: HashMap::new(),
            readable: BTreeSet::new(),
            last: 0,
        }
    }

    /// Takes over a stretch, before or behind what has been read.
    pub fn add(&mut self, stretch: Stretch) {
        let known: BTreeSet<i64> = self.events.iter().map(|event| event.seq).collect();
        self.events.extend(stretch.events.into_iter().filter(|event| !known.contains(&event.seq)));
        self.events.sort_unstable_by_key(|event| event.seq);
        self.pages.extend(stretch.pages);
        self.words.extend(stretch.words);
        self.rows.extend(stretch.rows);
        // The later answer knows of more versions.
        self.kept.extend(stretch.kept);
        self.readable = stretch.readable;
        self.last = self.last.max(stretch.last);
    }

    /// The stretch before, or behind, what has been read; `None` at the end.
    #[must_use]
    pub fn next_stretch(&self, forward: bool) -> Option<(i64, i64)> {
        if forward {
            let last = self.events.last()?.seq;
            (last < self.last).then(|| (last + 1, stretch_of(last + 1).1))
        } else {
            let first = self.events.first()?.seq;
            (first > 1).then(|| (stretch_of(first - 1).0, first - 1))
        }
    }

    /// Whose session it is.
    #[must_use]
    pub fn actor(&self) -> &str {
        self.events.iter().find(|event| event.actor != "system").map_or("", |event| &event.actor)
    }

    /// The next event of a sort, from a place on.
    #[must_use]
    pub fn find(&self, from: usize, forward: bool, wanted: impl Fn(&Event) -> bool) -> Option<usize> {
        if forward {
            (from + 1..self.events.len()).find(|index| self.events.get(*index).is_some_and(&wanted))
        } else {
            (0..from.min(self.events.len())).rev().find(|index| self.events.get(*index).is_some_and(&wanted))
        }
    }

    /// What stood on the screen after an event.
    #[must_use]
    pub fn at(&self, index: usize, catalogue: &Catalogue) -> Moment {
        let mut listed: Option<&Event> = None;
        let mut opened: Option<&Event> = None;
        let mut revealed = BTreeSet::new();
        let mut from_list = None;
        for event in self.events.iter().take(index + 1).filter(|event| !event.refused()) {
            match event.action.as_str() {
                "list" | "search" => {
                    listed = Some(event);
                    from_list = None;
                }
                "view" | "view_again" => {
                    if event.action == "view" || opened.is_none_or(|before| before.record != event.record) {
                        // Reading anew what is open hides what was revealed too.
                        from_list = event.record;
                    }
                    revealed.clear();
                    opened = Some(event);
                }
                "reveal" if opened.is_some_and(|opened| opened.record == event.record) => revealed.extend(event.field.clone()),
                "edit" if opened.is_some_and(|opened| opened.record == event.record) => revealed.clear(),
                "session_close" => (listed, opened, from_list) = (None, None, None),
                _ => {}
            }
        }
        Moment {
            list: listed.map(|event| self.list(event, from_list, catalogue)),
            record: opened.map(|event| RecordThen { view: self.record(event, &revealed, catalogue), revealed }),
        }
    }

    fn list(&self, event: &Event, opened: Option<RecordId>, catalogue: &Catalogue) -> ListThen {
        let details: serde_json::Value = event.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let text = |key: &str| details.get(key).and_then(serde_json::Value::as_str);
        let numbers = details.get("numbers").and_then(serde_json::Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let rows = text("page").map(|_| {
            let page = self.pages.get(&event.seq).map(Vec::as_slice).unwrap_or_default();
            page.iter().map(|(record, number)| self.row(*record, *number, event.at, catalogue)).collect::<Vec<_>>()
        });
        let selected = rows.iter().flatten().position(|row| Some(row.id) == opened).unwrap_or(0);
        ListThen {
            words: self.words.get(&event.seq).cloned().unwrap_or_default(),
            numbers: numbers.iter().filter_map(serde_json::Value::as_i64).collect(),
            view: text("view").and_then(SavedView::from_code).unwrap_or_default(),
            kind: text("kind").map(str::to_owned),
            rows,
            selected,
        }
    }

    /// A row as it was: the one of now where the record has not changed since, else from the versions that are kept.
    fn row(&self, record: RecordId, number: RecordNumber, at: Timestamp, catalogue: &Catalogue) -> ListRow {
        let now = self.rows.get(&record);
        let summary = match now {
            // The number alone, which the audit tells.
            None => Ok(Summary::new()),
            Some(now) if now.updated_at <= at => now.summary.clone(),
            Some(now) => Ok(self.summary(record, &now.kind, catalogue, |kept| {
                kept.from.map_or(kept.version == 1, |from| from <= at) && kept.until.is_none_or(|until| until > at)
            })),
        };
        ListRow {
            id: record,
            kind: now.map(|now| now.kind.clone()).unwrap_or_default(),
            number,
            version: 0,
            updated_at: at,
            updated_by: String::new(),
            deleted: false,
            summary,
        }
    }

    /// The columns of a list from the versions that were the values then.
    fn summary(&self, record: RecordId, kind: &str, catalogue: &Catalogue, then: impl Fn(&Kept) -> bool) -> Summary {
        let kept = self.kept.get(&record).map(Vec::as_slice).unwrap_or_default();
        let columns = catalogue.columns(Some(kind));
        columns
            .filter_map(|field| {
                let mut versions = kept.iter().filter(|kept| kept.field == field.code).peekable();
                versions.peek()?;
                let text = versions.find(|kept| then(kept)).and_then(|kept| kept.text.clone()?.ok());
                Some((field.code.clone(), text.unwrap_or_else(|| UNKNOWN.to_owned())))
            })
            .collect()
    }

    fn record(&self, event: &Event, revealed: &BTreeSet<String>, catalogue: &Catalogue) -> Option<RecordView> {
        let record = event.record.filter(|_| !event.withheld())?;
        let version = event.version.unwrap_or_default();
        let now = self.rows.get(&record);
        let kept = self.kept.get(&record).map(Vec::as_slice).unwrap_or_default();
        let details: serde_json::Value = event.details.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let named: Option<Vec<&str>> = details
            .get("fields")
            .and_then(serde_json::Value::as_array)
            .map(|all| all.iter().filter_map(serde_json::Value::as_str).collect());
        let kind = now.map(|now| now.kind.clone()).or_else(|| {
            let prefix = event.record_number?.prefix;
            catalogue.kind_with(prefix).map(|kind| kind.code.clone())
        });
        let kind = kind.unwrap_or_default();
        // Events of before fields were named: those that the kind has. What was revealed had no mask to come with.
        let shown = |code: &str| {
            revealed.contains(code)
                || named
                    .as_ref()
                    .map_or_else(|| catalogue.field(code).is_some_and(|field| field.is_of(&kind)), |named| named.contains(&code))
        };
        let fields = catalogue
            .fields
            .iter()
            .filter(|field| shown(&field.code))
            .map(|field| {
                // The one that came with the newest version up to the one that was opened.
                let then = kept.iter().filter(|kept| kept.field == field.code && kept.version <= version).max_by_key(|kept| kept.version);
                let then = then.filter(|kept| kept.until.is_none_or(|until| until > event.at));
                let (masked, open) = match (then, now) {
                    // Rights that the viewer has not: the name of the field, and nothing of it.
                    (_, None) => (None, false),
                    (Some(kept), _) => (kept.text.clone(), kept.open),
                    (None, Some(_)) if self.readable.contains(&field.class) => (Some(Ok(UNKNOWN.to_owned())), false),
                    (None, Some(_)) => (None, false),
                };
                FieldView {
                    field: field.code.clone(),
                    class: then.map_or_else(|| field.class.clone(), |kept| kept.class.clone()),
                    present: true,
                    withheld: masked.is_none() && !revealed.contains(&field.code),
                    version,
                    epoch: 0,
                    changed_at: None,
                    changed_by: None,
                    masked,
                    open: open && field.kind != FieldKind::Record,
                    reveal: Err(Denied::NotPermitted),
                    edit: Err(Denied::NotPermitted),
                }
            })
            .collect();
        let summary =
            match now {
                None => Err(String::new()),
                Some(now) if now.version == version => now.summary.clone(),
                Some(_) => Ok(self
                    .summary(record, &kind, catalogue, |kept| kept.version <= version && kept.until.is_none_or(|until| until > event.at))),
            };
        Some(RecordView {
            id: record,
            kind,
            number: event.record_number.or_else(|| now.map(|now| now.number)).unwrap_or_default(),
            version,
            summary,
            created_at: event.at,
            created_by: String::new(),
            updated_at: event.at,
            updated_by: String::new(),
            deleted: false,
            label: Clearance::new("normal", &[]),
            hold: None,
            owner: String::new(),
            fields,
            note_count: 0,
            newest_note: None,
        })
    }
}
