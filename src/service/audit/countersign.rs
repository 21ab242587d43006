//! The client's own running head. It recomputes what the database says of its session from where it had come itself, holds that against what it did,
//! and signs how far it has come: a past that is rewritten afterwards does not fit the signature, and one that is rewritten meanwhile does not fit the
//! head. All of that is off the path of what the person waits for.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex as Noted, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use thiserror::Error;
use tokio::sync::{Mutex, Notify};

use crate::{
    crypto::event,
    database::{api::countersignature as api, connection::Connection},
    model::{
        audit::Event,
        catalogue::Language,
        id::{InstallationId, RecordId, SessionId, Ticket},
    },
    service::{Error, Result, SignedIn},
};

/// What was done is signed after this time at the latest.
const EVERY: Duration = Duration::from_mins(1);
/// And after so many calls of the database.
const CALLS: u64 = 64;
/// Events of one reading.
const PIECE: i32 = 500;
/// Own events that nothing was noted of, kept; many more than can be under way at once.
const MOST_EARLY: usize = 2_000;

/// What the database says of this session is not what this client did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Tampered {
    #[error("Event {seq} of this session is not what this program did: the audit was changed in the database.")]
    Altered { seq: i64 },
    #[error("The database has event {seq} of this session no more: the audit was cut, or an older copy restored.")]
    Behind { seq: i64 },
    #[error("Something this session read is not in the audit: the database hands out without recording.")]
    Unrecorded,
}

impl Tampered {
    /// What happened and what to do.
    #[must_use]
    pub fn message(self, language: Language) -> String {
        match (self, language) {
            (_, Language::English) => format!("{self} {ADVICE_EN}"),
            (Self::Altered { seq }, Language::Chinese) => {
                format!("本会话的第 {seq} 条事件与本程序所做的不符：数据库中的审计已被改动。{ADVICE_ZH}")
            }
            (Self::Behind { seq }, Language::Chinese) => {
                format!("数据库中已没有本会话的第 {seq} 条事件：审计被截断，或恢复了旧副本。{ADVICE_ZH}")
            }
            (Self::Unrecorded, Language::Chinese) => format!("本会话读取过的内容不在审计中：数据库未作记录就提供了数据。{ADVICE_ZH}"),
        }
    }
}

const ADVICE_EN: &str = "Stop working, leave everything as it is, and call a security officer and the auditor now.";
const ADVICE_ZH: &str = "请停止操作，保持现状，立即联系安全管理员和审计员。";

/// Something that was read: its event must be in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::service) struct Deed {
    pub record: Option<RecordId>,
    pub field: Option<String>,
}

impl Deed {
    /// Whether an event is of this.
    fn fits(&self, record: Option<RecordId>, field: Option<&str>) -> bool {
        self.record.is_none_or(|own| record == Some(own)) && self.field.as_deref().is_none_or(|own| field == Some(own))
    }
}

/// What a client knows of its own chain.
#[derive(Debug)]
pub(in crate::service) struct Witness {
    /// How often the database was asked for anything, and how often when last signed.
    calls: AtomicU64,
    signed_calls: AtomicU64,
    noted: Noted<Vec<(Ticket, Deed)>>,
    wake: Arc<Notify>,
    chain: Mutex<Chain>,
}

/// As far as it was recomputed. Pure.
#[derive(Debug)]
struct Chain {
    session: SessionId,
    user: String,
    seq: i64,
    hash: [u8; 32],
    signed: i64,
    /// Read, and not found in the chain yet.
    awaited: HashMap<Ticket, Deed>,
    /// Own events under tickets of which nothing was noted when they were read: a reading is noted after its event is committed.
    early: VecDeque<(Ticket, Deed, bool)>,
    harm: Option<Tampered>,
}

impl Witness {
    pub(in crate::service) fn new(installation: InstallationId, session: SessionId, user: &str) -> Self {
        Self {
            calls: AtomicU64::new(1),
            signed_calls: AtomicU64::new(0),
            noted: Noted::default(),
            wake: Arc::default(),
            chain: Mutex::new(Chain {
                session,
                user: user.to_owned(),
                seq: 0,
                hash: event::genesis(installation, session),
                signed: 0,
                awaited: HashMap::new(),
                early: VecDeque::new(),
                harm: None,
            }),
        }
    }

    /// The database is about to be asked for something.
    pub(in crate::service) fn count(&self) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if calls.wrapping_sub(self.signed_calls.load(Ordering::Relaxed)) == CALLS {
            self.wake.notify_one();
        }
    }

    /// Something was read under a ticket.
    pub(in crate::service) fn note(&self, ticket: Ticket, record: Option<RecordId>, field: Option<&str>) {
        let deed = Deed { record, field: field.map(str::to_owned) };
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push((ticket, deed));
    }

    fn take_noted(&self) -> Vec<(Ticket, Deed)> {
        std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn has_news(&self) -> bool {
        self.calls.load(Ordering::Relaxed) != self.signed_calls.load(Ordering::Relaxed)
    }
}

impl Chain {
    /// Takes what was noted: it is in the chain already, or is awaited there.
    fn expect(&mut self, noted: Vec<(Ticket, Deed)>) -> std::result::Result<(), Tampered> {
        for (ticket, deed) in noted {
            let place = self.early.iter().position(|(early, ..)| *early == ticket);
            match place.and_then(|place| self.early.remove(place)) {
                Some((_, recorded, refused)) if refused || !deed.fits(recorded.record, recorded.field.as_deref()) => {
                    return Err(Tampered::Altered { seq: self.seq });
                }
                Some(_) => {}
                None => drop(self.awaited.insert(ticket, deed)),
            }
        }
        Ok(())
    }

    /// Takes what the database has from the own head on, that one included.
    fn extend(&mut self, events: &[Event]) -> std::result::Result<(), Tampered> {
        let mut events = events.iter();
        if self.seq > 0 {
            match events.next() {
                Some(event) if event.seq == self.seq && event.hash == self.hash => {}
                Some(_) => return Err(Tampered::Altered { seq: self.seq }),
                None => return Err(Tampered::Behind { seq: self.seq }),
            }
        }
        for event in events {
            let seq = self.seq + 1;
            // What others do in it, `system` closing a review that was due, is not theirs to read: its hash is linked to.
            let own = event.actor == self.user;
            if event.session != self.session || event.seq != seq || (own && event::hash(&self.hash, event) != event.hash) {
                return Err(Tampered::Altered { seq });
            }
            if let Some(ticket) = event.ticket {
                match self.awaited.remove(&ticket) {
                    Some(deed) if event.refused() || !deed.fits(event.record, event.field.as_deref()) => {
                        return Err(Tampered::Altered { seq });
                    }
                    Some(_) => {}
                    None => {
                        self.early.truncate(MOST_EARLY - 1);
                        self.early.push_front((ticket, Deed { record: event.record, field: event.field.clone() }, event.refused()));
                    }
                }
            }
            (self.seq, self.hash) = (seq, event.hash);
        }
        Ok(())
    }
}

/// Recomputes what has been added to the own session's chain, and signs it. Answers with the last event that is signed.
///
/// # Errors
/// [`Error::Tampered`] when the database's chain does not go on from the own head or lacks what was read: then nothing is signed any more. Refusals and
/// lost connections, after which the next call goes on.
pub async fn countersign(signed_in: &SignedIn) -> Result<i64> {
    let witness = &signed_in.witness;
    let mut chain = witness.chain.lock().await;
    if let Some(harm) = chain.harm {
        return Err(Error::Tampered(harm));
    }
    let calls = witness.calls.load(Ordering::Relaxed);
    // Before reading, so that whatever is noted is committed by then.
    let noted = witness.take_noted();
    let client = crate::database::connect::get(&signed_in.pool).await?;
    let token = signed_in.token.expose();
    let mut checked = chain.expect(noted);
    loop {
        let events = api::my_chain(&client, token, (chain.seq - 1).max(0), PIECE).await?;
        checked = checked.and_then(|()| chain.extend(&events));
        if checked.is_err() || events.len() < usize::try_from(PIECE).unwrap_or_default() {
            break;
        }
    }
    if checked.is_ok() && !chain.awaited.is_empty() {
        checked = Err(Tampered::Unrecorded);
    }
    if let Err(harm) = checked {
        tracing::error!(session = %chain.session, seq = chain.seq, %harm, "the audit is not what this program did");
        chain.harm = Some(harm);
        tell(&client, token, harm).await;
        return Err(Error::Tampered(harm));
    }
    if chain.seq > chain.signed {
        let signature = signed_in.keyring().countersign(chain.session, chain.seq, &chain.hash);
        let stored = api::put_countersignature(&client, token, chain.seq, &chain.hash, &signature).await?.into_result();
        if let Err(error) = stored {
            let error = Error::from(error);
            // It was there a moment ago.
            if error.code() == "SD120" {
                let harm = Tampered::Altered { seq: chain.seq };
                tracing::error!(session = %chain.session, seq = chain.seq, "the event that was read is gone");
                chain.harm = Some(harm);
                tell(&client, token, harm).await;
                return Err(Error::Tampered(harm));
            }
            return Err(error);
        }
        chain.signed = chain.seq;
    }
    witness.signed_calls.store(calls, Ordering::Relaxed);
    Ok(chain.signed)
}

/// Others hear of it too, as far as the database that did it lets them.
async fn tell(client: &Connection, token: &[u8], harm: Tampered) {
    let (seq, what) = match harm {
        Tampered::Altered { seq } => (Some(seq), "altered"),
        Tampered::Behind { seq } => (Some(seq), "behind"),
        Tampered::Unrecorded => (None, "unrecorded"),
    };
    if let Err(error) = api::report_tampered(client, token, seq, what).await {
        tracing::warn!(code = Error::from(error).code(), "that the audit was changed is not recorded");
    }
}

/// Countersigns every minute and every 64 calls of the database, where anything was done, as long as somebody else holds the session. Ends with the harm
/// that was found, or with the session.
pub async fn keep_countersigning(signed_in: Weak<SignedIn>) -> Option<Tampered> {
    loop {
        // Nothing is held while it waits, so that the keys go when the session does.
        let wake = Arc::clone(&signed_in.upgrade()?.witness.wake);
        let _ = tokio::time::timeout(EVERY, wake.notified()).await;
        let signed_in = signed_in.upgrade()?;
        if !signed_in.witness.has_news() {
            continue;
        }
        match countersign(&signed_in).await {
            Err(Error::Tampered(harm)) => return Some(harm),
            Err(error) => tracing::warn!(code = error.code(), "the chain is not countersigned yet"),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    const INSTALLATION: InstallationId = InstallationId(Uuid::from_u128(7));
    const SESSION: SessionId = SessionId(Uuid::from_u128(9));

    fn events(length: i64) -> Vec<Event> {
        let mut previous = event::genesis(INSTALLATION, SESSION);
        let id = |seq: i64| u128::from(seq.unsigned_abs());
        (1..=length)
            .map(|seq| {
                let mut event = Event {
                    record: Some(RecordId(Uuid::from_u128(id(seq)))),
                    field: Some("phone".into()),
                    ticket: Some(Ticket(Uuid::from_u128(id(seq)))),
                    ..Event::bare(SESSION, seq, Timestamp::from_microsecond(1_700_000_000_000_000 + seq).unwrap(), "lin.mei", "reveal")
                };
                event.hash = event::hash(&previous, &event);
                previous = event.hash;
                event
            })
            .collect()
    }

    fn chain() -> Chain {
        Witness::new(INSTALLATION, SESSION, "lin.mei").chain.into_inner()
    }

    fn deed(seq: u128, field: &str) -> (Ticket, Deed) {
        (Ticket(Uuid::from_u128(seq)), Deed { record: Some(RecordId(Uuid::from_u128(seq))), field: Some(field.to_owned()) })
    }

    #[test]
    fn a_chain_goes_on_from_the_own_head_and_what_was_read_is_found_in_it() {
        let (mut chain, events) = (chain(), events(5));
        chain.awaited.extend([deed(2, "phone"), deed(4, "phone")]);
        assert_eq!(chain.extend(&events[..3]), Ok(()));
        assert_eq!(chain.extend(&events[2..]), Ok(()));
        assert_eq!((chain.seq, chain.hash, chain.awaited.len()), (5, events[4].hash, 0));
        assert_eq!(chain.extend(&events[4..]), Ok(()), "nothing new");
    }

    #[test]
    fn an_event_that_was_changed_left_out_or_put_in_is_noticed() {
        for change in [0, 1, 2] {
            let (mut chain, mut events) = (chain(), events(5));
            match change {
                0 => events[3].reason = Some("fraud".into()),
                1 => drop(events.remove(3)),
                _ => events.insert(3, events[3].clone()),
            }
            let found = chain.extend(&events);
            assert!(matches!(found, Err(Tampered::Altered { seq: 4 | 5 })), "{found:?}");
        }
    }

    #[test]
    fn a_past_that_was_rewritten_or_cut_does_not_fit_the_own_head() {
        let (mut chain, events) = (chain(), events(5));
        chain.extend(&events).unwrap();
        let mut rewritten = events[4].clone();
        rewritten.hash[0] ^= 1;
        assert_eq!(chain.extend(&[rewritten]), Err(Tampered::Altered { seq: 5 }));
        assert_eq!(chain.extend(&[]), Err(Tampered::Behind { seq: 5 }));
    }

    #[test]
    fn a_reading_that_is_noted_after_its_event_was_read_is_no_harm_unless_it_is_another() {
        let mut chain = chain();
        chain.extend(&events(4)).unwrap();
        assert_eq!(chain.expect(vec![deed(2, "phone"), deed(3, "phone")]), Ok(()));
        assert!(chain.awaited.is_empty());
        assert_eq!(chain.expect(vec![deed(4, "email")]), Err(Tampered::Altered { seq: 4 }));
        assert_eq!(chain.expect(vec![deed(9, "phone")]), Ok(()));
        assert_eq!(chain.awaited.len(), 1, "and one that is not there yet is awaited");
    }

    #[test]
    fn something_read_that_is_recorded_as_something_else_is_noticed() {
        for other in [deed(2, "email"), (Ticket(Uuid::from_u128(2)), Deed { record: Some(RecordId(Uuid::from_u128(3))), field: None })] {
            let mut chain = chain();
            chain.awaited.extend([other]);
            assert_eq!(chain.extend(&events(3)), Err(Tampered::Altered { seq: 2 }));
        }
        let (mut chain, mut refused) = (chain(), events(1));
        chain.awaited.extend([deed(1, "phone")]);
        refused[0].outcome = "SD003".into();
        refused[0].hash = event::hash(&event::genesis(INSTALLATION, SESSION), &refused[0]);
        assert_eq!(chain.extend(&refused), Err(Tampered::Altered { seq: 1 }));
    }

    #[test]
    fn what_others_do_in_the_chain_is_linked_to_unseen() {
        let (mut chain, mut events) = (chain(), events(3));
        (events[1].actor, events[1].action, events[1].record) = (String::new(), String::new(), None);
        assert_eq!(chain.extend(&events), Ok(()));
    }
}
