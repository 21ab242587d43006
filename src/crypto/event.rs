//! The hash chain of a session's audit events.
//!
//! ```text
//! genesis = SHA-256("sealdesk/genesis/v1" ‖ installation 16 ‖ session 16)
//! hash    = SHA-256("sealdesk/event/v1" ‖ previous hash 32 ‖ canonical(session 16, seq 8, at 8 (µs since 1970), actor, action, outcome,
//!           record 16?, field?, class?, version 8?, reason?, reference?, details?, ticket 16?))
//! ```
//! The same bytes are hashed by the database when it appends. The page of a list or search stands beside its event, and its digest in the details:
//!
//! ```text
//! digest  = SHA-256("sealdesk/page/v1" ‖ a random id 16 ‖ the ids of the records 16 each)
//! ```

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::canonical::Canonical;
use crate::model::{
    audit::Event,
    id::{InstallationId, SessionId},
};

/// Where a session's chain starts.
#[must_use]
pub fn genesis(installation: InstallationId, session: SessionId) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"sealdesk/genesis/v1")
        .chain_update(installation.0.as_bytes())
        .chain_update(session.0.as_bytes())
        .finalize()
        .into()
}

/// The hash of an event after `previous`.
#[must_use]
pub fn hash(previous: &[u8; 32], event: &Event) -> [u8; 32] {
    let parts = Canonical::with_capacity(512)
        .bytes(event.session.0.as_bytes())
        .bytes(&event.seq.to_be_bytes())
        .bytes(&event.at.as_microsecond().to_be_bytes())
        .text(&event.actor)
        .text(&event.action)
        .text(&event.outcome)
        .optional(event.record.map(|record| record.0.into_bytes()).as_ref().map(<[u8; 16]>::as_slice))
        .optional(event.field.as_deref().map(str::as_bytes))
        .optional(event.class.as_deref().map(str::as_bytes))
        .optional(event.version.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
        .optional(event.reason.as_deref().map(str::as_bytes))
        .optional(event.reference.as_deref().map(str::as_bytes))
        .optional(event.details.as_deref().map(str::as_bytes))
        .optional(event.ticket.map(|ticket| ticket.0.into_bytes()).as_ref().map(<[u8; 16]>::as_slice))
        .finish();
    Sha256::new().chain_update(b"sealdesk/event/v1").chain_update(previous).chain_update(parts).finalize().into()
}

/// The digest of a page, in hex as it stands in the details.
#[must_use]
pub fn page_digest(page: &[Uuid]) -> String {
    let mut hasher = Sha256::new().chain_update(b"sealdesk/page/v1");
    for id in page {
        hasher.update(id.as_bytes());
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The digest that an event's details give of its page.
#[must_use]
pub fn noted_page(event: &Event) -> Option<String> {
    if !matches!(event.action.as_str(), "list" | "search" | "replay_session") {
        return None;
    }
    let details = event.details.as_deref()?;
    let parsed: serde_json::Value = serde_json::from_str(details).ok()?;
    parsed.get("page")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_digest_that_another_program_computes() {
        // Python: hashlib.sha256(b"sealdesk/page/v1" + bytes([1] * 16) + bytes([2] * 16)).hexdigest()
        let page = [Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16])];
        assert_eq!(page_digest(&page), "8732bebe0476acd7380c92dc660c21f913c5702015e62fd2416961b322ef5470");
    }
}
