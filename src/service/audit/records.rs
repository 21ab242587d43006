//! Recomputing the chain of each record from the events that were verified, and the tree over them at every checkpoint. An event that was left out of a
//! record's chain, or taken from the audit afterwards, is named with its record.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::{
    log::{Log, Tracked},
    verifier::Heads,
};
use crate::{
    crypto::{
        merkle::Hash,
        record_tree::{End, Entry, Key, Tree, key},
    },
    database::{
        api::absence::{self as api, RecordLeaf},
        connection::Connection,
    },
    model::{
        audit::{Event, RecordBreak, RecordHarm},
        id::{InstallationId, RecordId, SessionId, Ticket},
    },
    service::Result,
};

/// Rows of one reading.
const PIECE: i32 = 10_000;

/// What an event adds to its record's chain: 56 bytes of each are kept until all chains are read, since these come in another order.
struct Link {
    /// Of the leaf that brought it in.
    place: u64,
    seq: i64,
    record: u32,
    entry: Hash,
}

pub(super) struct Records {
    installation: InstallationId,
    tracked: Vec<Tracked>,
    /// Each chain's leaves: how far it had come, and the place.
    places: HashMap<SessionId, Vec<(i64, u64)>>,
    /// Leaves before this one are of before there was a tree of records.
    since: u64,
    numbers: HashMap<RecordId, u32>,
    known: Vec<(RecordId, Key)>,
    links: Vec<Link>,
}

impl Records {
    /// After the checkpoints were read; `None` where none of them has such a tree.
    pub fn begin(installation: InstallationId, log: &mut Log) -> Option<Self> {
        let tracked = std::mem::take(&mut log.tracked);
        let since = tracked.first()?.before;
        let places = log.places.take()?;
        Some(Self { installation, tracked, places, since, numbers: HashMap::new(), known: Vec::new(), links: Vec::new() })
    }

    pub fn note(&mut self, event: &Event) {
        let Some(record) = event.record else { return };
        let leaves = self.places.get(&event.session).map_or(&[][..], Vec::as_slice);
        // What no checkpoint has reached yet is in no chain.
        let Some((_, place)) = leaves.get(leaves.partition_point(|(seq, _)| *seq < event.seq)) else { return };
        if *place < self.since {
            return;
        }
        let records = &mut self.known;
        let installation = self.installation;
        let number = *self.numbers.entry(record).or_insert_with(|| {
            records.push((record, key(installation, record)));
            u32::try_from(records.len() - 1).unwrap_or(u32::MAX)
        });
        let entry = Entry {
            session: event.session,
            seq: event.seq,
            at: event.at,
            action: &event.action,
            outcome: &event.outcome,
            field: event.field.as_deref(),
            hash: event.hash,
        };
        self.links.push(Link { place: *place, seq: event.seq, record: number, entry: entry.digest() });
    }

    /// The leaves whose events went, at least in part, with a month that was dropped under a statement.
    fn dropped(&self, gone: &Heads) -> Vec<u64> {
        let mut places: Vec<u64> = Vec::new();
        for (session, (end, _)) in gone {
            let leaves = self.places.get(session).map_or(&[][..], Vec::as_slice);
            let reaching = leaves.partition_point(|(seq, _)| seq < end) + 1;
            places.extend(leaves.iter().take(reaching).map(|(_, place)| *place));
        }
        places.sort_unstable();
        places
    }

    /// Holds what the events give against what is stored, checkpoint by checkpoint. `gone` is how far chains were dropped with a statement: what was in a
    /// record's chain then is taken as it is stored, and the signed root stands for it.
    pub async fn check(mut self, client: &Connection, token: &[u8], ticket: Ticket, gone: &Heads) -> Result<Vec<RecordBreak>> {
        let dropped = self.dropped(gone);
        let mut dropped = dropped.iter().peekable();
        self.links.sort_unstable_by_key(|link| (link.place, link.seq));
        let mut links = self.links.iter().peekable();
        let by_key: HashMap<Key, u32> = self.known.iter().zip(0..).map(|((_, key), number)| (*key, number)).collect();
        let mut ends: HashMap<u32, End> = HashMap::new();
        let mut stored = Stored { client, token, ticket, last: (0, None), page: VecDeque::new(), done: false };
        let mut walk = Walk::default();
        for tracked in &self.tracked {
            let mut computed: BTreeMap<Key, End> = BTreeMap::new();
            while let Some(link) = links.next_if(|link| link.place < tracked.size) {
                let Some((record, key)) = usize::try_from(link.record).ok().and_then(|at| self.known.get(at)) else { continue };
                let end = ends.entry(link.record).or_insert_with(|| End::genesis(self.installation, *record));
                *end = end.then(&link.entry);
                computed.insert(*key, *end);
            }
            let mut is_dropped = false;
            while dropped.next_if(|place| **place < tracked.size).is_some() {
                is_dropped = true;
            }
            let name = |key: &Key| by_key.get(key).and_then(|at| self.known.get(usize::try_from(*at).ok()?)).map(|(record, _)| *record);
            while let Some(leaf) = stored.next_of(tracked.number).await? {
                let found = computed.remove(&leaf.key);
                if found != Some(leaf.end) && !is_dropped {
                    let harm = match found.map(|end| end.length.cmp(&leaf.end.length)) {
                        None | Some(std::cmp::Ordering::Less) => RecordHarm::EventGone,
                        Some(std::cmp::Ordering::Equal) => RecordHarm::Differs,
                        Some(std::cmp::Ordering::Greater) => RecordHarm::EventLeftOut,
                    };
                    walk.broken(tracked.number, leaf.key, name(&leaf.key), harm);
                }
                if let Some(number) = by_key.get(&leaf.key) {
                    // What follows is held against it, so that one act is named once.
                    ends.insert(*number, leaf.end);
                }
                walk.tree.put(leaf.key, leaf.end.stub(&leaf.key));
            }
            for key in computed.keys() {
                walk.broken(tracked.number, *key, name(key), RecordHarm::EventLeftOut);
            }
            if walk.tree.root() != tracked.root && !walk.wrong_root {
                walk.wrong_root = true;
                walk.found.push(RecordBreak { checkpoint: tracked.number, record: None, harm: RecordHarm::WrongRoot });
            }
        }
        Ok(walk.found)
    }
}

#[derive(Default)]
struct Walk {
    tree: Tree,
    wrong_root: bool,
    named: HashSet<Key>,
    found: Vec<RecordBreak>,
}

impl Walk {
    fn broken(&mut self, checkpoint: i64, key: Key, record: Option<RecordId>, harm: RecordHarm) {
        if self.named.insert(key) {
            self.found.push(RecordBreak { checkpoint, record, harm });
        }
    }
}

/// The stored ends, read piece by piece in the order of the checkpoints.
struct Stored<'c> {
    client: &'c Connection,
    token: &'c [u8],
    ticket: Ticket,
    last: (i64, Option<Key>),
    page: VecDeque<RecordLeaf>,
    done: bool,
}

impl Stored<'_> {
    /// The next one of a checkpoint, or of an earlier one that is not there.
    async fn next_of(&mut self, checkpoint: i64) -> Result<Option<RecordLeaf>> {
        if self.page.is_empty() && !self.done {
            let page = api::collect_record_leaves(self.client, self.token, self.ticket, self.last, PIECE).await?;
            self.done = page.is_empty();
            self.last = page.last().map_or(self.last, |leaf| (leaf.checkpoint, Some(leaf.key)));
            self.page = page.into();
        }
        Ok(self.page.front().is_some_and(|leaf| leaf.checkpoint <= checkpoint).then(|| self.page.pop_front()).flatten())
    }
}
