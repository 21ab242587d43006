//! Each record's chain of the events that name it, and a sparse Merkle tree over the ends of all these chains: a place for every record that could be, so that
//! one that is not there is proved without naming another.
//!
//! ```text
//! key     = the first 16 bytes of SHA-256("sealdesk/record-key/v1" ‖ installation 16 ‖ record 16); its bits, the highest first, lead from the root down
//! genesis = SHA-256("sealdesk/record-chain/v1" ‖ installation 16 ‖ record 16)
//! entry   = SHA-256("sealdesk/record-event/v1" ‖ canonical(session 16, seq 8, at 8 (µs since 1970), action, outcome, field?, hash of the event 32))
//! head    = SHA-256(head before 32 ‖ entry 32)
//! end     = SHA-256(0x00 ‖ key 16 ‖ length 8 ‖ head 32)
//! stub    = of the end, for each byte of the key from the last to the first: SHA-256(0x02 ‖ byte ‖ hash so far 32)
//! node    = SHA-256(0x01 ‖ left 32 ‖ right 32)
//! ```
//! A part of the tree with nothing in it is 32 zero bytes, one with a single record in it is that record's stub, wherever it begins. The events come in the
//! order of the checkpoint's leaves and of their chains. The same bytes are hashed by the database when it takes a checkpoint.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{
    canonical::Canonical,
    merkle::{Hash, node},
};
use crate::model::id::{InstallationId, RecordId, SessionId};

pub type Key = [u8; 16];

/// What stands where nothing is.
pub const EMPTY: Hash = [0; 32];

/// A record's place.
#[must_use]
pub fn key(installation: InstallationId, record: RecordId) -> Key {
    let hash: Hash = named(b"sealdesk/record-key/v1", installation, record);
    let mut key = Key::default();
    key.copy_from_slice(hash.split_at(16).0);
    key
}

/// What a record's chain begins with.
#[must_use]
pub fn genesis(installation: InstallationId, record: RecordId) -> Hash {
    named(b"sealdesk/record-chain/v1", installation, record)
}

fn named(label: &[u8], installation: InstallationId, record: RecordId) -> Hash {
    Sha256::new().chain_update(label).chain_update(installation.0.as_bytes()).chain_update(record.0.as_bytes()).finalize().into()
}

/// What a record's chain keeps of an event. Who did it and why is bound by the event's hash, and need not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'e> {
    pub session: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    pub action: &'e str,
    pub outcome: &'e str,
    pub field: Option<&'e str>,
    /// The event's own hash.
    pub hash: Hash,
}

impl Entry<'_> {
    #[must_use]
    pub fn digest(&self) -> Hash {
        let parts = Canonical::with_capacity(160)
            .bytes(self.session.0.as_bytes())
            .bytes(&self.seq.to_be_bytes())
            .bytes(&self.at.as_microsecond().to_be_bytes())
            .text(self.action)
            .text(self.outcome)
            .optional(self.field.map(str::as_bytes))
            .bytes(&self.hash)
            .finish();
        Sha256::new().chain_update(b"sealdesk/record-event/v1").chain_update(parts).finalize().into()
    }
}

/// The end of a record's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub length: i64,
    pub head: Hash,
}

impl End {
    /// Of no events.
    #[must_use]
    pub fn genesis(installation: InstallationId, record: RecordId) -> Self {
        Self { length: 0, head: genesis(installation, record) }
    }

    /// After one more event; takes [`Entry::digest`].
    #[must_use]
    pub fn then(self, entry: &Hash) -> Self {
        Self { length: self.length.saturating_add(1), head: Sha256::new().chain_update(self.head).chain_update(entry).finalize().into() }
    }

    fn hash(&self, key: &Key) -> Hash {
        Sha256::new().chain_update([0]).chain_update(key).chain_update(self.length.to_be_bytes()).chain_update(self.head).finalize().into()
    }

    /// What stands for it in the tree.
    #[must_use]
    pub fn stub(&self, key: &Key) -> Hash {
        key.iter().rev().fold(self.hash(key), |hash, byte| step(*byte, &hash))
    }

    /// What tells it from a record that is not there: the first bytes of its key, up to the one that differs, and the hash of the rest.
    #[must_use]
    pub fn apart_from(&self, own: &Key, wanted: &Key) -> Option<(Vec<u8>, Hash)> {
        let count = own.iter().zip(wanted).position(|(own, wanted)| own != wanted)? + 1;
        let (shown, hidden) = own.split_at(count);
        Some((shown.to_vec(), hidden.iter().rev().fold(self.hash(own), |hash, byte| step(*byte, &hash))))
    }
}

fn step(byte: u8, rest: &Hash) -> Hash {
    Sha256::new().chain_update([2, byte]).chain_update(rest).finalize().into()
}

/// The bit at a depth: whether the way leads right.
fn bit(key: &[u8], depth: usize) -> bool {
    key.get(depth / 8).is_some_and(|byte| byte >> (7 - depth % 8) & 1 == 1)
}

const BITS: usize = 128;

/// What stands where the way to a record ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The record itself, with the end of its chain.
    There(End),
    Nothing,
    /// Another record alone: its key as far as it differs, and the hash of the rest ([`End::apart_from`]).
    Another {
        shown: Vec<u8>,
        rest: Hash,
    },
}

/// That a record is in the tree with this end, or not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The hashes beside the way, from the root down.
    pub beside: Vec<Hash>,
    pub found: Found,
}

impl Proof {
    /// Whether it leads to a root; answers with the end of the record's chain there, `None` in the answer where it has none.
    #[must_use]
    pub fn check(&self, root: &Hash, key: &Key) -> Option<Option<End>> {
        let depth = self.beside.len();
        if depth > BITS {
            return None;
        }
        let (hash, end) = match &self.found {
            Found::There(end) => (end.stub(key), Some(*end)),
            Found::Nothing => (EMPTY, None),
            Found::Another { shown, rest } => {
                let (last, before) = shown.split_last()?;
                let differs = key.get(before.len()).is_some_and(|byte| byte != last) && key.starts_with(before);
                // It stands on the way, and not beside it.
                if !differs || (0..depth).any(|at| at >= shown.len() * 8 || bit(shown, at) != bit(key, at)) {
                    return None;
                }
                (shown.iter().rev().fold(*rest, |hash, byte| step(*byte, &hash)), None)
            }
        };
        let computed = self
            .beside
            .iter()
            .enumerate()
            .rev()
            .fold(hash, |hash, (at, beside)| if bit(key, at) { node(beside, &hash) } else { node(&hash, beside) });
        (computed == *root).then_some(end)
    }
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Nothing,
    Record(Key, Hash),
    /// Left, right, and the hash once it is known.
    Fork(u32, u32, Option<Hash>),
}

/// The tree in memory, 56 bytes a node, about two and a half nodes a record.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::Nothing] }
    }
}

/// What stands where a way ends, as far as the tree knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// From the root down.
    pub beside: Vec<Hash>,
    /// The record that stands there, itself or another.
    pub there: Option<Key>,
}

impl Tree {
    fn at(&self, place: u32) -> Node {
        usize::try_from(place).ok().and_then(|place| self.nodes.get(place)).copied().unwrap_or(Node::Nothing)
    }

    fn set(&mut self, place: u32, node: Node) {
        if let Some(there) = usize::try_from(place).ok().and_then(|place| self.nodes.get_mut(place)) {
            *there = node;
        }
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    /// Puts a record's stub in, or another in its place.
    pub fn put(&mut self, key: Key, stub: Hash) {
        let (mut place, mut depth) = (0, 0);
        loop {
            match self.at(place) {
                Node::Nothing => return self.set(place, Node::Record(key, stub)),
                Node::Record(known, _) if known == key => return self.set(place, Node::Record(key, stub)),
                Node::Record(known, other) if depth < BITS => {
                    let moved = self.push(Node::Record(known, other));
                    let empty = self.push(Node::Nothing);
                    let fork = if bit(&known, depth) { Node::Fork(empty, moved, None) } else { Node::Fork(moved, empty, None) };
                    self.set(place, fork);
                }
                Node::Record(..) => return,
                Node::Fork(left, right, _) => {
                    self.set(place, Node::Fork(left, right, None));
                    place = if bit(&key, depth) { right } else { left };
                    depth += 1;
                }
            }
        }
    }

    /// The root, after which no hash is missing.
    pub fn root(&mut self) -> Hash {
        self.hash(0)
    }

    /// At most 128 deep.
    fn hash(&mut self, place: u32) -> Hash {
        match self.at(place) {
            Node::Nothing => EMPTY,
            Node::Record(_, stub) => stub,
            Node::Fork(_, _, Some(hash)) => hash,
            Node::Fork(left, right, None) => {
                let hash = node(&self.hash(left), &self.hash(right));
                self.set(place, Node::Fork(left, right, Some(hash)));
                hash
            }
        }
    }

    /// The way to a record, for a [`Proof`].
    pub fn way(&mut self, key: &Key) -> Way {
        self.root();
        let (mut place, mut beside) = (0, Vec::new());
        loop {
            match self.at(place) {
                Node::Nothing => return Way { beside, there: None },
                Node::Record(there, _) => return Way { beside, there: Some(there) },
                Node::Fork(left, right, _) => {
                    let (on, other) = if bit(key, beside.len()) { (right, left) } else { (left, right) };
                    beside.push(self.hash(other));
                    place = on;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn end(at: u8) -> End {
        End { length: i64::from(at), head: [at; 32] }
    }

    /// As the head of this file defines it.
    fn defined(records: &BTreeMap<Key, End>, prefix: &[bool]) -> Hash {
        let below: Vec<_> =
            records.iter().filter(|(key, _)| prefix.iter().enumerate().all(|(at, right)| bit(*key, at) == *right)).collect();
        match below.as_slice() {
            [] => EMPTY,
            [(key, end)] => end.stub(key),
            _ => {
                let with = |right| [prefix, &[right]].concat();
                node(&defined(records, &with(false)), &defined(records, &with(true)))
            }
        }
    }

    fn proof(tree: &mut Tree, records: &BTreeMap<Key, End>, key: &Key) -> Proof {
        let Way { beside, there } = tree.way(key);
        let found = match there {
            None => Found::Nothing,
            Some(there) if there == *key => Found::There(records[key]),
            Some(there) => {
                let (shown, rest) = records[&there].apart_from(&there, key).unwrap();
                Found::Another { shown, rest }
            }
        };
        Proof { beside, found }
    }

    /// Keys that share long beginnings, as ground ones would.
    fn keys() -> impl Strategy<Value = Key> {
        (prop::sample::select(vec![0_u8, 1, 128, 255]), any::<u8>(), any::<bool>()).prop_map(|(first, second, far)| {
            let mut key = [0; 16];
            (key[0], key[if far { 15 } else { 1 }]) = (first, second);
            key
        })
    }

    proptest! {
        #[test]
        fn the_root_is_the_defined_one_whatever_the_order(entries in prop::collection::vec((keys(), 0_u8..5), 0..30)) {
            let (mut tree, mut records) = (Tree::default(), BTreeMap::new());
            for (key, at) in &entries {
                tree.put(*key, end(*at).stub(key));
                records.insert(*key, end(*at));
                // Hashes that are known already must be forgotten where something changes below them.
                prop_assert_eq!(tree.root(), defined(&records, &[]));
            }
            let mut sorted = Tree::default();
            for (key, end) in records.iter().rev() {
                sorted.put(*key, end.stub(key));
            }
            prop_assert_eq!(sorted.root(), tree.root());
        }

        #[test]
        fn what_is_there_is_proved_with_its_end_and_what_is_not_as_missing(
            entries in prop::collection::btree_map(keys(), 0_u8..5, 0..30), wanted in keys(), flipped in 0_usize..40,
        ) {
            let records: BTreeMap<Key, End> = entries.iter().map(|(key, at)| (*key, end(*at))).collect();
            let mut tree = Tree::default();
            for (key, end) in &records {
                tree.put(*key, end.stub(key));
            }
            let root = tree.root();
            let found = proof(&mut tree, &records, &wanted);
            prop_assert_eq!(found.check(&root, &wanted), Some(records.get(&wanted).copied()));
            // Nothing else is proved with it: not the opposite, not another end, not for another record, not with another hash beside.
            prop_assert_eq!(Proof { found: Found::There(end(9)), ..found.clone() }.check(&root, &wanted), None);
            if records.contains_key(&wanted) {
                prop_assert_eq!(Proof { found: Found::Nothing, ..found.clone() }.check(&root, &wanted), None);
                let (shown, rest) = records[&wanted].apart_from(&wanted, &[7; 16]).unwrap();
                prop_assert_eq!(Proof { found: Found::Another { shown, rest }, ..found.clone() }.check(&root, &wanted), None);
            }
            for (other, _) in records.iter().filter(|(other, _)| **other != wanted) {
                prop_assert_ne!(found.check(&root, other).flatten(), Some(records[other]));
            }
            if let Some(index) = found.beside.len().checked_sub(1).map(|last| flipped.min(last)) {
                let mut altered = found.clone();
                altered.beside[index][3] ^= 1;
                prop_assert_eq!(altered.check(&root, &wanted), None);
                let shorter = Proof { beside: found.beside[1..].to_vec(), ..found.clone() };
                prop_assert_eq!(shorter.check(&root, &wanted), None);
            }
        }

        #[test]
        fn of_a_neighbour_no_more_is_shown_than_differs(own in keys(), wanted in keys()) {
            let apart = end(3).apart_from(&own, &wanted);
            prop_assert_eq!(apart.is_none(), own == wanted);
            if let Some((shown, _)) = apart {
                let (last, before) = shown.split_last().unwrap();
                prop_assert!(wanted.starts_with(before) && wanted[before.len()] != *last);
            }
        }
    }

    #[test]
    fn a_chain_tells_its_events_their_order_and_their_record() {
        let entry = |seq, field| {
            let entry = Entry {
                session: SessionId(uuid::Uuid::nil()),
                seq,
                at: Timestamp::UNIX_EPOCH,
                action: "reveal",
                outcome: "ok",
                field,
                hash: [1; 32],
            };
            entry.digest()
        };
        let (first, second) = (entry(1, Some("phone")), entry(2, None));
        let start = End::genesis(InstallationId(uuid::Uuid::nil()), RecordId(uuid::Uuid::nil()));
        assert_ne!(start.then(&first).then(&second), start.then(&second).then(&first));
        assert_ne!(entry(1, Some("phone")), entry(1, Some("email")));
        assert_ne!(entry(1, None), entry(1, Some("")));
        let other = End::genesis(InstallationId(uuid::Uuid::nil()), RecordId(uuid::Uuid::from_u128(1)));
        assert_ne!(start.then(&first), other.then(&first));
    }
}
