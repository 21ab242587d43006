//! That something did not happen to a record in a time: its chain between two checkpoints, and its place in the tree of each.
//!
//! Everything that the record's chain gained from the checkpoint before the time to the one after it is listed, without who did it and why; what leads from the
//! one signed root to the other can leave nothing out. A checkpoint covers all that was committed by a moment, and what was asked for a minute before that
//! moment and is not in it can never be collected any more: so the later one covers the time and a minute more, and the earlier one lies a minute before it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    countersign::Signers,
    evidence::{Hex, Sealed},
};
use crate::{
    crypto::{
        canonical::Canonical,
        merkle::Hash,
        record_tree::{self, End, Entry, Found, Proof},
    },
    model::id::{InstallationId, RecordId, SessionId},
};

/// Between the moment that a checkpoint covers and the last that can be proved with it: as long as a request is good for.
pub const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// What is claimed, and what proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    pub record: RecordId,
    /// Any, where none is named.
    pub field: Option<String>,
    pub since: Timestamp,
    pub until: Timestamp,
    /// The checkpoint before the time; `None` where the later one's tree was kept from the first event on.
    pub(super) first: Option<Sealed>,
    pub(super) first_place: Option<Standing>,
    pub(super) last_place: Standing,
    /// All of the record between the checkpoints.
    pub events: Vec<Listed>,
}

/// An event as the record's chain keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub session: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    pub action: String,
    pub outcome: String,
    pub field: Option<String>,
    pub hash: Hex,
}

/// A record's place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    /// The hashes beside the way to it, from the root down.
    beside: Vec<Hex>,
    found: Stands,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Stands {
    Chain {
        length: i64,
        head: Hex,
    },
    Nothing,
    /// As much of another place as tells it from this one.
    Another {
        shown: Vec<u8>,
        rest: Hex,
    },
}

/// What the file proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    pub field: Option<String>,
    pub since: Timestamp,
    pub until: Timestamp,
    /// Numbers of the checkpoints around the time.
    pub first: Option<i64>,
    pub last: i64,
    /// Events of the record in the time, whatever they are.
    pub events: usize,
    /// Those that asked for a value of the field and were refused.
    pub refused: usize,
    /// Those that handed one out: then nothing is absent.
    pub revealed: Vec<Listed>,
}

/// What hands out a value of a field in plain: revealed, among earlier values, or opened where it was shared. Notes belong to no field.
#[must_use]
pub fn hands_out(action: &str, of: Option<&str>, field: Option<&str>) -> bool {
    match action {
        "reveal" | "history" | "shared_reveal" => field.is_none_or(|field| of == Some(field)),
        "notes" => field.is_none(),
        _ => false,
    }
}

impl Standing {
    pub fn of(proof: &Proof) -> Self {
        let found = match &proof.found {
            Found::There(End { length, head }) => Stands::Chain { length: *length, head: Hex(*head) },
            Found::Nothing => Stands::Nothing,
            Found::Another { shown, rest } => Stands::Another { shown: shown.clone(), rest: Hex(*rest) },
        };
        Self { beside: proof.beside.iter().map(|beside| Hex(*beside)).collect(), found }
    }

    fn proof(&self) -> Proof {
        let found = match &self.found {
            Stands::Chain { length, head } => Found::There(End { length: *length, head: head.0 }),
            Stands::Nothing => Found::Nothing,
            Stands::Another { shown, rest } => Found::Another { shown: shown.clone(), rest: rest.0 },
        };
        Proof { beside: self.beside.iter().map(|beside| beside.0).collect(), found }
    }

    fn encoding(&self) -> Vec<u8> {
        let mut parts = Canonical::new().bytes(&count(self.beside.len()));
        for beside in &self.beside {
            parts = parts.bytes(&beside.0);
        }
        match &self.found {
            Stands::Chain { length, head } => parts.text("chain").bytes(&length.to_be_bytes()).bytes(&head.0),
            Stands::Nothing => parts.text("nothing"),
            Stands::Another { shown, rest } => parts.text("another").bytes(shown).bytes(&rest.0),
        }
        .finish()
    }
}

impl Listed {
    #[must_use]
    pub fn entry(&self) -> Hash {
        let Self { session, seq, at, action, outcome, field, hash } = self;
        Entry { session: *session, seq: *seq, at: *at, action, outcome, field: field.as_deref(), hash: hash.0 }.digest()
    }
}

impl Absence {
    pub(super) fn encoding(&self, installation: InstallationId) -> Vec<u8> {
        let first = self.first.as_ref().map(|first| first.encoding(installation));
        let mut parts = Canonical::labelled("sealdesk/evidence-absence/v1")
            .bytes(self.record.0.as_bytes())
            .optional(self.field.as_deref().map(str::as_bytes))
            .bytes(&self.since.as_microsecond().to_be_bytes())
            .bytes(&self.until.as_microsecond().to_be_bytes())
            .optional(first.as_deref())
            .optional(self.first_place.as_ref().map(Standing::encoding).as_deref())
            .bytes(&self.last_place.encoding())
            .bytes(&count(self.events.len()));
        for event in &self.events {
            parts = parts.bytes(&event.entry());
        }
        parts.finish()
    }

    /// Checks the way from the one checkpoint to the other; `None` where anything does not fit. What it proves may be that something did happen.
    pub(super) fn check(&self, last: &Sealed, signers: &Signers, installation: InstallationId) -> Option<Absent> {
        let last = last.checkpoint();
        let records = last.records?;
        let key = record_tree::key(installation, self.record);
        let genesis = End::genesis(installation, self.record);
        if self.since >= self.until || records.covers?.duration_since(self.until) < MARGIN {
            return None;
        }
        let start = match (&self.first, &self.first_place) {
            (Some(first), Some(place)) => {
                let first = first.checkpoint();
                let before = first.records?;
                let fits = signers.signed_checkpoint(&first, installation)
                    && before.from == records.from
                    && first.number < last.number
                    && self.since.duration_since(before.covers?) >= MARGIN;
                if !fits {
                    return None;
                }
                place.proof().check(&before.root, &key)?.unwrap_or(genesis)
            }
            (None, None) if records.from == 1 => genesis,
            _ => return None,
        };
        let end = self.last_place.proof().check(&records.root, &key)?.unwrap_or(genesis);
        if self.events.iter().fold(start, |end, event| end.then(&event.entry())) != end {
            return None;
        }
        let within: Vec<&Listed> = self.events.iter().filter(|event| event.at >= self.since && event.at < self.until).collect();
        let asked = || within.iter().filter(|event| hands_out(&event.action, event.field.as_deref(), self.field.as_deref()));
        Some(Absent {
            field: self.field.clone(),
            since: self.since,
            until: self.until,
            first: self.first.as_ref().map(|first| first.checkpoint().number),
            last: last.number,
            events: within.len(),
            refused: asked().filter(|event| event.outcome != "ok").count(),
            revealed: asked().filter(|event| event.outcome == "ok").map(|event| (*event).clone()).collect(),
        })
    }

    /// Numbers of the entries under which its own checkpoint is signed.
    pub(super) fn entries(&self) -> impl Iterator<Item = i64> {
        self.first.iter().map(|first| first.checkpoint().entry)
    }
}

fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// What a proof is made of.
#[derive(Clone, Debug)]
pub struct Around {
    pub record: RecordId,
    pub field: Option<String>,
    pub since: Timestamp,
    pub until: Timestamp,
    /// The checkpoint before the time, and the record's place in its tree.
    pub first: Option<(super::checkpoint::Checkpoint, Proof)>,
    pub last: Proof,
    pub events: Vec<Listed>,
}

impl From<Around> for Absence {
    fn from(around: Around) -> Self {
        let Around { record, field, since, until, first, last, events } = around;
        let (first, first_place) = first.map(|(checkpoint, proof)| (Sealed::of(checkpoint), Standing::of(&proof))).unzip();
        Self { record, field, since, until, first, first_place, last_place: Standing::of(&last), events }
    }
}
