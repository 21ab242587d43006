//! Reading and verifying the audit. Opening it, filtering it and verifying it are events too.

use std::collections::HashMap;

use crate::{
    crypto::event,
    database::api::audit,
    model::{
        audit::{AuditPage, Break, Event, Filter, Harm, Verification},
        id::{InstallationId, RecordId, SessionId, Ticket},
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// Rows of one page.
const PAGE: i32 = 200;
/// Events of one piece of a chain being verified.
const CHAIN_PIECE: i32 = 5_000;

/// An opened view of the audit: good for paging and following until the database asks for a new one (15 minutes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTicket {
    pub ticket: Ticket,
    pub filter: Filter,
}

/// Opens the audit with a filter and reads the newest page.
///
/// # Errors
/// Refusals and lost connections.
pub async fn open(signed_in: &SignedIn, filter: &Filter) -> Result<(AuditTicket, AuditPage)> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, page) = tokio::join!(biased; audit::request_audit(&client, token, ticket, filter), audit::collect_audit(&client, token, ticket, None, PAGE),);
    outcome?.into_result()?;
    Ok((AuditTicket { ticket, filter: filter.clone() }, page?))
}

/// Reads the page that ends before an event.
///
/// # Errors
/// Refusals and lost connections; `SD008` when the view is older than 15 minutes: open it again.
pub async fn more(signed_in: &SignedIn, opened: &AuditTicket, before: &Event) -> Result<AuditPage> {
    let client = signed_in.client().await?;
    Ok(audit::collect_audit(&client, signed_in.token.expose(), opened.ticket, Some(before), PAGE).await?)
}

/// Reads what has been committed since `horizon`. Events whose transaction was open then may come again: tell them apart by session and seq.
///
/// # Errors
/// Refusals and lost connections; `SD008` when the view is older than 15 minutes: open it again.
pub async fn follow(signed_in: &SignedIn, opened: &AuditTicket, horizon: u64) -> Result<AuditPage> {
    let client = signed_in.client().await?;
    Ok(audit::follow_audit(&client, signed_in.token.expose(), opened.ticket, horizon).await?)
}

/// The newest events about one record: all of them with `audit_all`, the person's own otherwise.
///
/// # Errors
/// Refusals and lost connections.
pub async fn strip(signed_in: &SignedIn, record: RecordId) -> Result<Vec<Event>> {
    let client = signed_in.client().await?;
    Ok(audit::record_events(&client, signed_in.token.expose(), record, 50).await?)
}

/// Recomputes every chain from the stored values and compares it with the stored hashes and heads.
///
/// `progress` is called with the number of events checked so far.
///
/// # Errors
/// Refusals and lost connections. What is broken is an answer, not an error.
pub async fn verify(signed_in: &SignedIn, mut progress: impl FnMut(u64)) -> Result<Verification> {
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, heads) =
        tokio::join!(biased; audit::request_verify(&client, token, ticket), audit::collect_heads(&client, token, ticket));
    outcome?.into_result()?;
    let heads: HashMap<SessionId, (i64, [u8; 32])> = heads?.into_iter().map(|head| (head.session, (head.seq, head.hash))).collect();

    let mut verifier = Verifier::new(signed_in.keyring.installation(), heads);
    let mut after: Option<(SessionId, i64)> = None;
    loop {
        let events = audit::collect_chain(&client, token, ticket, after, CHAIN_PIECE).await?;
        let Some(last) = events.last() else { break };
        after = Some((last.session, last.seq));
        for event in &events {
            verifier.check(event);
        }
        progress(verifier.found.events);
    }
    Ok(verifier.finish())
}

/// Walks chains in (session, seq) order. Pure: a broken link is noted and the walk goes on from the stored hash, so that one break is one finding.
pub struct Verifier {
    installation: InstallationId,
    heads: HashMap<SessionId, (i64, [u8; 32])>,
    current: Option<(SessionId, i64, [u8; 32])>,
    found: Verification,
}

impl Verifier {
    /// `heads` as they were before the first event was read: a chain may have grown since, never shrunk.
    #[must_use]
    pub fn new(installation: InstallationId, heads: HashMap<SessionId, (i64, [u8; 32])>) -> Self {
        Self { installation, heads, current: None, found: Verification::default() }
    }

    pub fn check(&mut self, event: &Event) {
        let (seq, previous) = match self.current {
            Some((session, seq, hash)) if session == event.session => (seq, hash),
            _ => {
                self.end_chain();
                self.found.sessions += 1;
                (0, event::genesis(self.installation, event.session))
            }
        };
        self.found.events += 1;
        if event.seq != seq + 1 {
            self.broken(event.session, seq + 1, Harm::Missing);
        } else if event::hash(&previous, event) != event.hash {
            self.broken(event.session, event.seq, Harm::Altered);
        }
        if let Some((head_seq, head_hash)) = self.heads.get(&event.session).copied()
            && head_seq == event.seq
            && head_hash != event.hash
        {
            self.broken(event.session, event.seq, Harm::HeadDisagrees);
        }
        self.current = Some((event.session, event.seq, event.hash));
    }

    #[must_use]
    pub fn finish(mut self) -> Verification {
        self.end_chain();
        let mut empty: Vec<(SessionId, i64)> =
            self.heads.drain().filter(|(_, (seq, _))| *seq > 0).map(|(session, (seq, _))| (session, seq)).collect();
        empty.sort_unstable();
        for (session, _) in empty {
            self.found.sessions += 1;
            self.broken(session, 1, Harm::Missing);
        }
        self.found
    }

    /// A chain shorter than its head has lost its tail.
    fn end_chain(&mut self) {
        if let Some((session, seq, _)) = self.current.take() {
            match self.heads.remove(&session) {
                Some((head_seq, _)) if head_seq > seq => self.broken(session, seq + 1, Harm::Missing),
                _ => {}
            }
        }
    }

    fn broken(&mut self, session: SessionId, seq: i64, harm: Harm) {
        self.found.broken.push(Break { session, seq, harm });
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    const INSTALLATION: InstallationId = InstallationId(Uuid::from_u128(7));
    const SESSION: SessionId = SessionId(Uuid::from_u128(9));

    fn chain(length: i64) -> Vec<Event> {
        let mut previous = event::genesis(INSTALLATION, SESSION);
        (1..=length)
            .map(|seq| {
                let mut event = Event {
                    session: SESSION,
                    seq,
                    at: Timestamp::from_microsecond(1_700_000_000_000_000 + seq).unwrap(),
                    actor: "lin.mei".into(),
                    action: "view".into(),
                    outcome: "ok".into(),
                    record: Some(RecordId(Uuid::from_u128(11))),
                    record_number: None,
                    field: None,
                    class: None,
                    version: Some(seq),
                    reason: None,
                    reference: None,
                    details: None,
                    ticket: None,
                    hash: [0; 32],
                };
                event.hash = event::hash(&previous, &event);
                previous = event.hash;
                event
            })
            .collect()
    }

    fn verify(events: &[Event], head: &Event) -> Verification {
        let mut verifier = Verifier::new(INSTALLATION, HashMap::from([(SESSION, (head.seq, head.hash))]));
        for event in events {
            verifier.check(event);
        }
        verifier.finish()
    }

    #[test]
    fn an_untouched_chain_has_no_break() {
        let events = chain(5);
        let found = verify(&events, &events[4]);
        assert_eq!((found.sessions, found.events, found.broken), (1, 5, vec![]));
    }

    #[test]
    fn an_altered_event_is_named_and_only_it() {
        let mut events = chain(5);
        let head = events[4].clone();
        events[2].actor = "wu.jun".into();
        assert_eq!(verify(&events, &head).broken, [Break { session: SESSION, seq: 3, harm: Harm::Altered }]);
    }

    #[test]
    fn a_missing_event_is_named() {
        let mut events = chain(5);
        let head = events[4].clone();
        events.remove(1);
        let broken = verify(&events, &head).broken;
        assert_eq!(broken[0], Break { session: SESSION, seq: 2, harm: Harm::Missing });
    }

    #[test]
    fn a_cut_tail_is_named() {
        let events = chain(5);
        assert_eq!(verify(&events[..3], &events[4]).broken, [Break { session: SESSION, seq: 4, harm: Harm::Missing }]);
    }

    #[test]
    fn a_chain_removed_whole_is_named_while_its_head_remains() {
        let events = chain(5);
        assert_eq!(verify(&[], &events[4]).broken, [Break { session: SESSION, seq: 1, harm: Harm::Missing }]);
    }
}
