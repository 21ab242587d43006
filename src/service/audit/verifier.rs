//! The walk along chains. Pure, so that each harm is tested without a server.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::classify::{Suspect, classify};
use crate::{
    crypto::event,
    keyring::countersign::{Countersignature, Signers},
    model::{
        audit::{Break, Event, Gap, Harm, Verification},
        id::{InstallationId, SessionId},
    },
};

/// A desk leaves a heartbeat every four minutes: two of them may be late.
const SILENCE: SignedDuration = SignedDuration::from_mins(11);

/// The last number and hash of each chain.
pub(super) type Heads = HashMap<SessionId, (i64, [u8; 32])>;

/// Walks chains in (session, seq) order. Pure: a broken link is noted and the walk goes on from the stored hash, so that one break is one finding.
pub struct Verifier {
    installation: InstallationId,
    heads: Heads,
    signers: Signers,
    /// The last place of each chain that a checkpoint holds.
    pub(super) logged: Heads,
    /// How far each chain was dropped, with a signed statement: it goes on from there.
    pub(super) gone: Heads,
    /// Whether `logged` speaks of every chain: the checkpoints were followed to the end, for everything.
    pub(super) covers_all: bool,
    /// Countersignatures of places that were not walked yet, in their order.
    expected: VecDeque<Countersignature>,
    /// Those whose event was not there when its place was passed.
    unmet: Vec<Countersignature>,
    current: Option<Link>,
    /// Events of the current chain whose hash is not as computed.
    suspects: Vec<Suspect>,
    pub(super) found: Verification,
}

/// The end of the chain as far as it was walked.
struct Link {
    session: SessionId,
    /// Whose chain it is: who asked to sign in.
    owner: String,
    seq: i64,
    at: Timestamp,
    hash: [u8; 32],
    before: [u8; 32],
    /// The last event that the owner's signature fits.
    signed: i64,
    rewritten: bool,
    beats: bool,
    ended: bool,
}

impl Verifier {
    /// `heads` as they were before the first event was read: a chain may have grown since, never shrunk.
    #[must_use]
    pub fn new(installation: InstallationId, heads: Heads, signers: Signers) -> Self {
        Self {
            installation,
            heads,
            signers,
            logged: Heads::new(),
            gone: Heads::new(),
            covers_all: false,
            expected: VecDeque::new(),
            unmet: Vec::new(),
            current: None,
            suspects: Vec::new(),
            found: Verification::default(),
        }
    }

    /// Countersignatures, in the order of the chains, before the events that they sign.
    pub fn expect(&mut self, signatures: impl IntoIterator<Item = Countersignature>) {
        self.expected.extend(signatures);
    }

    pub fn check(&mut self, event: Event) {
        let link = match self.current.take() {
            Some(link) if link.session == event.session => link,
            ended => {
                self.current = ended;
                self.end_chain();
                self.found.sessions += 1;
                let (seq, start) = self.gone.get(&event.session).copied().unwrap_or((0, event::genesis(self.installation, event.session)));
                Link {
                    session: event.session,
                    owner: event.actor.clone(),
                    seq,
                    at: event.at,
                    hash: start,
                    before: start,
                    signed: seq,
                    rewritten: false,
                    beats: false,
                    ended: false,
                }
            }
        };
        self.found.events += 1;
        let beside = Some((event.seq, event.at));
        if event.seq <= link.seq {
            // Twice the same number: only the moment tells them apart in the table.
            self.broken(event.session, event.seq, Harm::Inserted, beside);
        } else if event.seq != link.seq + 1 {
            self.broken(event.session, link.seq + 1, Harm::Missing, beside);
        }
        let is_beat = event.action == "heartbeat";
        if (link.beats || is_beat) && event.at.duration_since(link.at) > SILENCE {
            self.found.gaps.push(Gap { session: link.session, after: link.seq, from: link.at, until: Some(event.at) });
        }
        let head = self.heads.get(&event.session).copied();
        let mut next = Link {
            seq: event.seq,
            at: event.at,
            hash: event.hash,
            before: link.hash,
            beats: link.beats || is_beat,
            ended: event.action == "session_close",
            ..link
        };
        self.check_signature(&mut next, beside);
        let logged = self.logged.get(&next.session).is_some_and(|(seq, hash)| *seq == next.seq && *hash != next.hash);
        if logged && !next.rewritten {
            next.rewritten = true;
            self.broken(next.session, next.signed + 1, Harm::Rewritten, beside);
        }
        if event.seq == link.seq + 1 && event::hash(&link.hash, &event) != event.hash {
            self.suspects.push(Suspect { previous: link.hash, before: link.before, event });
        } else if head.is_some_and(|(head_seq, head_hash)| head_seq == next.seq && head_hash != next.hash) {
            self.broken(next.session, next.seq, Harm::HeadDisagrees, beside);
        }
        self.current = Some(next);
    }

    /// Holds the records that stand beside a list or search against the digest in it. The digest itself is hashed with the event.
    pub fn check_page(&mut self, event: &Event, page: Option<&[Uuid]>) {
        if event::noted_page(event) != page.map(event::page_digest) {
            self.broken(event.session, event.seq, Harm::PageChanged, Some((event.seq, event.at)));
        }
    }

    /// Holds the event against the signature of its place, where there is one.
    fn check_signature(&mut self, link: &mut Link, beside: Option<(i64, Timestamp)>) {
        let place = (link.session, link.seq);
        while self.expected.front().is_some_and(|signed| (signed.session, signed.seq) <= place) {
            let Some(signed) = self.expected.pop_front() else { break };
            if (signed.session, signed.seq) != place {
                self.unmet.push(signed);
                continue;
            }
            if self.signers.signer_of(&signed) != Some(link.owner.as_str()) {
                self.broken(link.session, link.seq, Harm::ForgedSignature, beside);
                continue;
            }
            self.found.signatures += 1;
            if signed.hash == link.hash {
                link.signed = link.seq;
            } else if !link.rewritten {
                // Whoever rewrote the past rewrote all that follows: one act is one break.
                link.rewritten = true;
                self.broken(link.session, link.signed + 1, Harm::Rewritten, beside);
            }
        }
    }

    /// `heads` as they are after the last event was read: what stands beyond them was not appended. `lost` are sessions that began in a month of which
    /// nothing is left, by month. `now` tells which sessions may still speak.
    #[must_use]
    pub fn finish(mut self, heads: &HashMap<SessionId, i64>, lost: &[(Timestamp, SessionId)], now: Timestamp) -> Verification {
        self.end_chain();
        self.unmet.extend(std::mem::take(&mut self.expected));
        let beyond: Vec<_> = self
            .found
            .checked
            .iter()
            .filter(|(session, seq)| heads.get(session).is_none_or(|head| head < seq))
            .map(|(s, q)| (*s, *q))
            .collect();
        for (session, seq) in beyond {
            let from = heads.get(&session).map_or(1, |head| head + 1);
            if !self.is_broken(session) {
                self.broken(session, from, Harm::Inserted, None);
            }
            tracing::warn!(%session, seq, "a chain is longer than its head");
        }
        let mut empty: Vec<(SessionId, (i64, [u8; 32]))> = self.heads.drain().filter(|(_, (seq, _))| *seq > 0).collect();
        empty.sort_unstable();
        for (session, (seq, hash)) in empty {
            // All of it went with a month, and the statement says so; a head beyond that speaks of events that nobody dropped.
            if self.gone.get(&session) == Some(&(seq, hash)) {
                continue;
            }
            self.found.sessions += 1;
            self.broken(session, self.gone.get(&session).map_or(1, |(seq, _)| seq + 1), Harm::Truncated, None);
        }
        for signed in std::mem::take(&mut self.unmet) {
            // Of an event that was dropped with a statement only the last one's hash is left to compare.
            if let Some((seq, hash)) = self.gone.get(&signed.session).copied().filter(|(seq, _)| signed.seq <= *seq) {
                if self.signers.signer_of(&signed).is_none() {
                    self.broken(signed.session, signed.seq, Harm::ForgedSignature, None);
                } else if signed.seq == seq && signed.hash != hash && !self.is_broken(signed.session) {
                    self.broken(signed.session, signed.seq, Harm::Rewritten, None);
                }
                continue;
            }
            let head = heads.get(&signed.session).copied().unwrap_or(0);
            if self.signers.signer_of(&signed).is_none() {
                self.broken(signed.session, signed.seq, Harm::ForgedSignature, None);
            } else if head < signed.seq && !self.is_broken(signed.session) {
                // A chain that has grown meanwhile has a head that grew with it.
                let harm = if head == 0 { Harm::SessionDeleted } else { Harm::Truncated };
                self.broken(signed.session, head + 1, harm, None);
            }
        }
        // A statement must stand before a checkpoint that covers what it is about, and agree with it.
        let mut ends: Vec<(SessionId, (i64, [u8; 32]))> = self.gone.iter().map(|(session, end)| (*session, *end)).collect();
        ends.sort_unstable();
        for (session, (seq, hash)) in ends {
            let covered = self.logged.get(&session).is_some_and(|(last, at)| *last > seq || *last == seq && *at == hash);
            if self.covers_all && !covered && !self.is_broken(session) {
                self.broken(session, seq, Harm::Rewritten, None);
            }
        }
        let mut logged: Vec<(SessionId, i64)> = self.logged.drain().map(|(session, (seq, _))| (session, seq)).collect();
        logged.sort_unstable();
        for (session, seq) in logged {
            if self.gone.get(&session).is_some_and(|(end, _)| seq <= *end) {
                continue;
            }
            let last = self.found.checked.get(&session).copied().unwrap_or(0);
            if last < seq && !self.is_broken(session) {
                let harm = if last == 0 { Harm::SessionDeleted } else { Harm::Truncated };
                self.broken(session, last + 1, harm, None);
            }
        }
        self.lose_months(lost);
        self.found.gaps.retain(|gap| gap.until.is_some() || now.duration_since(gap.from) > SILENCE);
        self.found
    }

    /// A partition that was dropped is one act, however many chains began in it.
    fn lose_months(&mut self, lost: &[(Timestamp, SessionId)]) {
        let lost: Vec<_> = lost.iter().filter(|(_, session)| !self.gone.contains_key(session)).collect();
        let sessions: HashSet<SessionId> = lost.iter().map(|(_, session)| *session).collect();
        self.found.broken.retain(|broken| !sessions.contains(&broken.session));
        let mut before = None;
        for (month, session) in lost {
            if before.replace(*month) != Some(*month) {
                self.broken(*session, 1, Harm::PartitionDropped, None);
            }
        }
    }

    fn is_broken(&self, session: SessionId) -> bool {
        self.found.broken.iter().any(|known| known.session == session)
    }

    fn end_chain(&mut self) {
        let Some(link) = self.current.take() else { return };
        self.found.broken.extend(classify(&std::mem::take(&mut self.suspects)));
        if self.heads.remove(&link.session).is_some_and(|(head, _)| head > link.seq) {
            self.broken(link.session, link.seq + 1, Harm::Truncated, Some((link.seq, link.at)));
        }
        if link.beats && !link.ended {
            self.found.gaps.push(Gap { session: link.session, after: link.seq, from: link.at, until: None });
        }
        self.found.countersigned += u64::try_from(link.signed).unwrap_or(0);
        self.found.checked.insert(link.session, link.seq);
    }

    fn broken(&mut self, session: SessionId, seq: i64, harm: Harm, beside: Option<(i64, Timestamp)>) {
        self.found.broken.push(Break { session, seq, harm, beside });
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        crypto::signature::SigningKey,
        keyring::{
            countersign::{VouchedEntry, statement},
            material::DirectoryEntry,
        },
        model::id::RecordId,
    };

    const INSTALLATION: InstallationId = InstallationId(Uuid::from_u128(7));
    const SESSION: SessionId = SessionId(Uuid::from_u128(9));

    fn chain(length: i64) -> Vec<Event> {
        let mut previous = event::genesis(INSTALLATION, SESSION);
        (1..=length)
            .map(|seq| {
                let mut event = Event {
                    record: Some(RecordId(Uuid::from_u128(11))),
                    version: Some(seq),
                    ..Event::bare(SESSION, seq, Timestamp::from_microsecond(1_700_000_000_000_000 + seq).unwrap(), "lin.mei", "view")
                };
                event.hash = event::hash(&previous, &event);
                previous = event.hash;
                event
            })
            .collect()
    }

    fn hour_later() -> Timestamp {
        Timestamp::from_second(1_700_003_600).unwrap()
    }

    /// The owner of the chain, with a key that the root vouches for.
    fn owner() -> (SigningKey, Signers) {
        let (root, key) = (SigningKey::generate(), SigningKey::generate());
        let mut entry = DirectoryEntry {
            kind: "officer".into(),
            name: "lin.mei".into(),
            generation: 1,
            hpke_public: vec![1; 1216],
            ed25519_public: key.public(),
            signer: "root".into(),
            signature: Vec::new(),
        };
        entry.signature = root.sign(&entry.statement(INSTALLATION));
        let vouched = VouchedEntry { id: 1, entry, root_public: root.public() };
        (key, Signers::check(INSTALLATION, &[root.public()], &[vouched]))
    }

    fn sign(key: &SigningKey, event: &Event) -> Countersignature {
        let signature = key.sign(&statement(INSTALLATION, event.session, event.seq, &event.hash));
        Countersignature { session: event.session, seq: event.seq, hash: event.hash, entry: 1, signature }
    }

    /// From an event on, everything is hashed anew.
    fn rehash(events: &mut [Event]) {
        let mut previous = event::genesis(INSTALLATION, SESSION);
        for event in events {
            event.hash = event::hash(&previous, event);
            previous = event.hash;
        }
    }

    fn verify_signed(events: &[Event], signed: Vec<Countersignature>, signers: Signers) -> Verification {
        let heads: Heads = events.last().map(|head| (SESSION, (head.seq, head.hash))).into_iter().collect();
        let end = heads.iter().map(|(session, (seq, _))| (*session, *seq)).collect();
        let mut verifier = Verifier::new(INSTALLATION, heads, signers);
        verifier.expect(signed);
        for event in events {
            verifier.check(event.clone());
        }
        verifier.finish(&end, &[], hour_later())
    }

    #[test]
    fn a_signed_chain_holds_and_tells_how_far_it_is_signed() {
        let (key, signers) = owner();
        let events = chain(8);
        let found = verify_signed(&events, vec![sign(&key, &events[2]), sign(&key, &events[6])], signers);
        assert_eq!((found.signatures, found.countersigned, found.broken), (2, 7, vec![]));
    }

    #[test]
    fn a_past_rewritten_whole_is_named_after_the_last_signature_that_fits() {
        let (key, signers) = owner();
        let mut events = chain(12);
        let signed = [2, 6, 9].map(|at: usize| sign(&key, &events[at])).to_vec();
        events[4].actor = "wu.jun".into();
        rehash(&mut events);
        let found = verify_signed(&events, signed, signers);
        assert_eq!(found.broken.iter().map(|broken| (broken.seq, broken.harm)).collect::<Vec<_>>(), [(4, Harm::Rewritten)]);
        assert_eq!(found.countersigned, 3);
    }

    #[test]
    fn a_tail_cut_with_its_head_is_named_by_the_signature_over_it() {
        let (key, signers) = owner();
        let events = chain(8);
        let found = verify_signed(&events[..4], vec![sign(&key, &events[7])], signers);
        assert_eq!(found.broken.iter().map(|broken| (broken.seq, broken.harm)).collect::<Vec<_>>(), [(5, Harm::Truncated)]);
    }

    #[test]
    fn a_session_deleted_with_its_head_is_named_by_the_signature_over_it() {
        let (key, signers) = owner();
        let found = verify_signed(&[], vec![sign(&key, &chain(8)[7])], signers);
        assert_eq!(found.broken.iter().map(|broken| (broken.seq, broken.harm)).collect::<Vec<_>>(), [(1, Harm::SessionDeleted)]);
    }

    #[test]
    fn a_signature_by_another_or_without_a_chain_to_the_root_is_forged() {
        let (key, signers) = owner();
        let events = chain(3);
        let by_another = sign(&SigningKey::generate(), &events[1]);
        let unknown = Countersignature { entry: 2, ..sign(&key, &events[1]) };
        let of_another_place = Countersignature { signature: sign(&key, &events[0]).signature, ..sign(&key, &events[1]) };
        for forged in [by_another, unknown, of_another_place] {
            let found = verify_signed(&events, vec![forged], signers.clone());
            assert_eq!(found.broken.iter().map(|broken| (broken.seq, broken.harm)).collect::<Vec<_>>(), [(2, Harm::ForgedSignature)]);
        }
        // A colleague's good signature vouches for nobody else's session.
        let mut events = chain(3);
        for event in &mut events {
            event.actor = "wu.jun".into();
        }
        rehash(&mut events);
        let found = verify_signed(&events, vec![sign(&key, &events[1])], signers);
        assert_eq!(found.broken.iter().map(|broken| (broken.seq, broken.harm)).collect::<Vec<_>>(), [(2, Harm::ForgedSignature)]);
    }

    #[test]
    fn a_desk_that_fell_silent_is_named_and_no_harm() {
        let (_, signers) = owner();
        let mut events = chain(6);
        for (minute, event) in [0, 4, 8, 40, 44, 45].into_iter().zip(&mut events) {
            event.at = Timestamp::from_second(1_700_000_000 + minute * 60).unwrap();
            event.action = "heartbeat".into();
        }
        events[5].action = "session_close".into();
        rehash(&mut events);
        let found = verify_signed(&events, vec![], signers.clone());
        assert_eq!(found.broken, []);
        assert_eq!(found.gaps.iter().map(|gap| (gap.after, gap.until.is_some())).collect::<Vec<_>>(), [(3, true)]);
        events.pop();
        let found = verify_signed(&events, vec![], signers);
        assert_eq!(found.gaps.iter().map(|gap| (gap.after, gap.until.is_some())).collect::<Vec<_>>(), [(3, true), (5, false)]);
    }

    #[test]
    fn what_a_checkpoint_holds_is_held_against_the_chain() {
        let (_, signers) = owner();
        let events = chain(8);
        let logged = |seq: usize| Heads::from([(SESSION, (events[seq].seq, events[seq].hash))]);
        let against = |events: &[Event], logged: Heads, lost: &[(Timestamp, SessionId)]| {
            let heads: Heads = events.last().map(|head| (SESSION, (head.seq, head.hash))).into_iter().collect();
            let end = heads.iter().map(|(session, (seq, _))| (*session, *seq)).collect();
            let mut verifier = Verifier::new(INSTALLATION, heads, signers.clone());
            verifier.logged = logged;
            for event in events {
                verifier.check(event.clone());
            }
            verifier.finish(&end, lost, hour_later()).broken.iter().map(|broken| (broken.seq, broken.harm)).collect::<Vec<_>>()
        };
        assert_eq!(against(&events, logged(5), &[]), []);
        let mut rewritten = events.clone();
        rewritten[2].actor = "wu.jun".into();
        rehash(&mut rewritten);
        assert_eq!(against(&rewritten, logged(5), &[]), [(1, Harm::Rewritten)]);
        assert_eq!(against(&events[..4], logged(5), &[]), [(5, Harm::Truncated)]);
        assert_eq!(against(&[], logged(5), &[]), [(1, Harm::SessionDeleted)]);
        assert_eq!(against(&[], logged(5), &[(hour_later(), SESSION)]), [(1, Harm::PartitionDropped)]);
    }

    #[test]
    fn a_command_that_never_beats_leaves_no_gap() {
        let (_, signers) = owner();
        let mut events = chain(3);
        events[2].at = Timestamp::from_second(1_700_003_000).unwrap();
        rehash(&mut events);
        assert_eq!(verify_signed(&events, vec![], signers).gaps, []);
    }

    fn verify(events: &[Event], head: &Event) -> Verification {
        let mut verifier = Verifier::new(INSTALLATION, HashMap::from([(SESSION, (head.seq, head.hash))]), Signers::default());
        for event in events {
            verifier.check(event.clone());
        }
        verifier.finish(&HashMap::from([(SESSION, head.seq)]), &[], hour_later())
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
