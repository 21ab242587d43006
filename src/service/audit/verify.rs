//! Recomputing chains.

use std::collections::HashMap;

use jiff::Timestamp;

use super::classify::{Suspect, classify};
use crate::{
    crypto::event,
    database::api::audit,
    model::{
        audit::{Break, Event, Harm, Progress, Verification},
        id::{InstallationId, SessionId},
    },
    service::{
        Result,
        session::{SignedIn, new_ticket},
    },
};

/// Events of one piece of a chain being verified.
const PIECE: i32 = 10_000;

type Heads = HashMap<SessionId, (i64, [u8; 32])>;

/// Recomputes every chain from the stored values and compares it with the stored hashes and heads.
///
/// # Errors
/// Refusals and lost connections. What is broken is an answer, not an error.
pub async fn verify(signed_in: &SignedIn, mut progress: impl FnMut(Progress)) -> Result<Verification> {
    let began = Timestamp::now();
    let ticket = new_ticket();
    let client = signed_in.client().await?;
    let token = signed_in.token.expose();
    let (outcome, heads) =
        tokio::join!(biased; audit::request_verify(&client, token, ticket), audit::collect_heads(&client, token, ticket));
    outcome?.into_result()?;
    let heads: Heads = heads?.into_iter().map(|head| (head.session, (head.seq, head.hash))).collect();
    let total = heads.values().map(|(seq, _)| u64::try_from(*seq).unwrap_or(0)).sum();

    let mut verifier = Verifier::new(signed_in.keyring().installation(), heads);
    let mut piece = audit::collect_chain(&client, token, ticket, None, PIECE).await?;
    while let Some(end) = piece.end()? {
        // The server reads the next piece while this one is hashed.
        let (next, checked) = tokio::join!(biased; audit::collect_chain(&client, token, ticket, Some(end), PIECE), async {
            tokio::task::yield_now().await;
            piece.events().try_for_each(|event| event.map(|event| verifier.check(event)))
        });
        checked?;
        piece = next?;
        progress(Progress { done: verifier.found.events, total });
    }
    let heads = audit::collect_heads(&client, token, ticket).await?.into_iter().map(|head| (head.session, head.seq)).collect();
    Ok(Verification { at: Some(began), ..verifier.finish(&heads) })
}

/// Walks chains in (session, seq) order. Pure: a broken link is noted and the walk goes on from the stored hash, so that one break is one finding.
pub struct Verifier {
    installation: InstallationId,
    heads: Heads,
    current: Option<Link>,
    /// Events of the current chain whose hash is not as computed.
    suspects: Vec<Suspect>,
    found: Verification,
}

/// The end of the chain as far as it was walked.
#[derive(Clone, Copy)]
struct Link {
    session: SessionId,
    seq: i64,
    at: Timestamp,
    hash: [u8; 32],
    before: [u8; 32],
}

impl Verifier {
    /// `heads` as they were before the first event was read: a chain may have grown since, never shrunk.
    #[must_use]
    pub fn new(installation: InstallationId, heads: Heads) -> Self {
        Self { installation, heads, current: None, suspects: Vec::new(), found: Verification::default() }
    }

    pub fn check(&mut self, event: Event) {
        let (seq, previous, before) = match self.current {
            Some(link) if link.session == event.session => (link.seq, link.hash, link.before),
            _ => {
                self.end_chain();
                self.found.sessions += 1;
                let genesis = event::genesis(self.installation, event.session);
                (0, genesis, genesis)
            }
        };
        self.found.events += 1;
        let beside = Some((event.seq, event.at));
        if event.seq <= seq {
            // Twice the same number: only the moment tells them apart in the table.
            self.broken(event.session, event.seq, Harm::Inserted, beside);
        } else if event.seq != seq + 1 {
            self.broken(event.session, seq + 1, Harm::Missing, beside);
        }
        let head = self.heads.get(&event.session).copied();
        let link = Link { session: event.session, seq: event.seq, at: event.at, hash: event.hash, before: previous };
        if event.seq == seq + 1 && event::hash(&previous, &event) != event.hash {
            self.suspects.push(Suspect { previous, before, event });
        } else if head.is_some_and(|(head_seq, head_hash)| head_seq == link.seq && head_hash != link.hash) {
            self.broken(link.session, link.seq, Harm::HeadDisagrees, beside);
        }
        self.current = Some(link);
    }

    /// `heads` as they are after the last event was read: what stands beyond them was not appended.
    #[must_use]
    pub fn finish(mut self, heads: &HashMap<SessionId, i64>) -> Verification {
        self.end_chain();
        let beyond: Vec<_> = self
            .found
            .checked
            .iter()
            .filter(|(session, seq)| heads.get(session).is_none_or(|head| head < seq))
            .map(|(s, q)| (*s, *q))
            .collect();
        for (session, seq) in beyond {
            let from = heads.get(&session).map_or(1, |head| head + 1);
            if !self.found.broken.iter().any(|known| known.session == session) {
                self.broken(session, from, Harm::Inserted, None);
            }
            tracing::warn!(%session, seq, "a chain is longer than its head");
        }
        let mut empty: Vec<(SessionId, i64)> =
            self.heads.drain().filter(|(_, (seq, _))| *seq > 0).map(|(session, (seq, _))| (session, seq)).collect();
        empty.sort_unstable();
        for (session, _) in empty {
            self.found.sessions += 1;
            self.broken(session, 1, Harm::Truncated, None);
        }
        self.found
    }

    fn end_chain(&mut self) {
        let Some(link) = self.current.take() else { return };
        self.found.broken.extend(classify(&std::mem::take(&mut self.suspects)));
        if self.heads.remove(&link.session).is_some_and(|(head, _)| head > link.seq) {
            self.broken(link.session, link.seq + 1, Harm::Truncated, Some((link.seq, link.at)));
        }
        self.found.checked.insert(link.session, link.seq);
    }

    fn broken(&mut self, session: SessionId, seq: i64, harm: Harm, beside: Option<(i64, Timestamp)>) {
        self.found.broken.push(Break { session, seq, harm, beside });
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::model::id::RecordId;

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
            verifier.check(event.clone());
        }
        verifier.finish(&HashMap::from([(SESSION, head.seq)]))
    }

    fn harms(events: &[Event], head: &Event) -> Vec<(i64, Harm)> {
        verify(events, head).broken.into_iter().map(|broken| (broken.seq, broken.harm)).collect()
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
        let broken = verify(&events, &head).broken;
        assert_eq!(broken, [Break { session: SESSION, seq: 3, harm: Harm::Altered, beside: Some((3, events[2].at)) }]);
    }

    #[test]
    fn a_missing_event_is_named_and_only_it() {
        let mut events = chain(5);
        let head = events[4].clone();
        events.remove(1);
        assert_eq!(harms(&events, &head), [(2, Harm::Missing)]);
    }

    #[test]
    fn a_missing_event_is_named_although_the_numbers_were_closed_up() {
        let mut events = chain(8);
        let mut head = events[7].clone();
        events.remove(3);
        (1..).zip(&mut events).for_each(|(seq, event)| event.seq = seq);
        head.seq = 7;
        assert_eq!(harms(&events, &head), [(4, Harm::Missing)]);
    }

    #[test]
    fn an_inserted_event_is_named_and_only_it() {
        let mut events = chain(8);
        let mut head = events[7].clone();
        let mut inserted = events[3].clone();
        inserted.actor = "wu.jun".into();
        events.insert(3, inserted);
        (1..).zip(&mut events).for_each(|(seq, event)| event.seq = seq);
        head.seq = 9;
        assert_eq!(harms(&events, &head), [(4, Harm::Inserted)]);
        // With a hash that fits what is before it, the event behind it shows it.
        events[3].hash = event::hash(&events[2].hash, &events[3]);
        assert_eq!(harms(&events, &head), [(5, Harm::Inserted)]);
    }

    #[test]
    fn an_event_with_a_number_that_is_taken_was_inserted() {
        let mut events = chain(5);
        let head = events[4].clone();
        let mut twin = events[2].clone();
        twin.at = Timestamp::from_microsecond(1_700_000_000_000_900).unwrap();
        events.insert(3, twin);
        assert_eq!(harms(&events, &head), [(3, Harm::Inserted)]);
    }

    #[test]
    fn an_event_beyond_the_head_was_inserted() {
        let events = chain(5);
        assert_eq!(harms(&events, &events[3]), [(5, Harm::Inserted)]);
    }

    #[test]
    fn two_events_that_changed_places_are_both_named() {
        for (one, other) in [(2, 3), (3, 6), (6, 7)] {
            let mut events = chain(8);
            let head = events[7].clone();
            events.swap(one, other);
            (1..).zip(&mut events).for_each(|(seq, event)| event.seq = seq);
            let found: Vec<_> = harms(&events, &head).into_iter().filter(|(_, harm)| *harm == Harm::Reordered).collect();
            let seq = |index: usize| i64::try_from(index).unwrap() + 1;
            assert_eq!(found, [(seq(one), Harm::Reordered), (seq(other), Harm::Reordered)]);
        }
    }

    #[test]
    fn a_cut_tail_is_named() {
        let events = chain(5);
        assert_eq!(harms(&events[..3], &events[4]), [(4, Harm::Truncated)]);
    }

    #[test]
    fn a_chain_removed_whole_is_named_while_its_head_remains() {
        let events = chain(5);
        assert_eq!(harms(&[], &events[4]), [(1, Harm::Truncated)]);
    }

    #[test]
    fn a_changed_head_is_named() {
        let events = chain(5);
        let mut head = events[4].clone();
        head.hash[0] ^= 1;
        assert_eq!(harms(&events, &head), [(5, Harm::HeadDisagrees)]);
    }
}
