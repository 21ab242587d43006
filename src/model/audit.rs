//! Audit events and what can be asked of them.

use jiff::Timestamp;

use super::id::{RecordId, RecordNumber, SessionId, Ticket};

/// One event of one session's chain, exactly as stored: the verifier hashes these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub session: SessionId,
    /// 1 for the first event of the session.
    pub seq: i64,
    pub at: Timestamp,
    /// Login name, or `system`.
    pub actor: String,
    /// `session_submit`, `session_open`, `session_close`, `heartbeat`, `search`, `list`, `view`, `reveal`, `history`, `notes`, `copy`, `create`,
    /// `edit`, `note`, `delete`, `undelete`, `audit`, `verify`, `staff_add`, …
    pub action: String,
    /// `ok`, or the code of the refusal (`SD0nn`).
    pub outcome: String,
    pub record: Option<RecordId>,
    /// Not hashed: looked up beside the event, for display.
    pub record_number: Option<RecordNumber>,
    pub field: Option<String>,
    pub class: Option<String>,
    /// The record's or field's version the event speaks of.
    pub version: Option<i64>,
    pub reason: Option<String>,
    pub reference: Option<String>,
    /// JSON text without customer data.
    pub details: Option<String>,
    pub ticket: Option<Ticket>,
    /// SHA-256 over the previous hash and the canonical encoding.
    pub hash: [u8; 32],
}

/// Every set part must hold. Empty means everything the person may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub record: Option<RecordId>,
    pub class: Option<String>,
    /// Part of action, field, reason, reference, outcome or details.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first.
    pub events: Vec<Event>,
    /// Pass back to follow: every event not yet seen has a transaction id at or above it.
    pub horizon: u64,
    pub has_more: bool,
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    pub sessions: u64,
    pub events: u64,
    /// In the order found; the first is the earliest in its chain.
    pub broken: Vec<Break>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    pub session: SessionId,
    pub seq: i64,
    pub harm: Harm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The stored values do not give the stored hash.
    Altered,
    /// The sequence has a gap.
    Missing,
    /// The session's head does not agree with its last event.
    HeadDisagrees,
}
