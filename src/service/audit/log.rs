//! Checking the stored checkpoints: each one's hash is the next one's previous, its root is that of the leaves, and what was seen before is still there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::checkpoint::first;
use crate::{
    crypto::merkle::{self, Frontier, Hash},
    database::{api::checkpoint as api, connection::Connection},
    keyring::{checkpoint::Checkpoint, countersign::Signers},
    model::{
        audit::{LogBreak, LogHarm},
        id::{InstallationId, SessionId, Ticket},
    },
    service::{Error, Result},
};

/// Rows of one reading.
const PIECE: i32 = 10_000;

/// How far the checkpoints were followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    pub number: i64,
    pub hash: Hash,
    pub frontier: Frontier,
}

/// How far some checkpoints cover each chain.
#[derive(Default)]
pub struct Reached {
    pub of: BTreeSet<i64>,
    /// By the first of those checkpoints that covers it.
    chains: HashMap<SessionId, Vec<(i64, i64)>>,
}

impl Reached {
    fn note(&mut self, number: i64, session: SessionId, seq: i64) {
        let Some(first) = self.of.range(number..).next().copied() else { return };
        let chain = self.chains.entry(session).or_default();
        match chain.last_mut().filter(|(of, _)| *of == first) {
            Some(last) => last.1 = seq,
            None => chain.push((first, seq)),
        }
    }

    /// The last event of a chain that a checkpoint covers; 0 for none.
    #[must_use]
    pub fn by(&self, session: SessionId, number: i64) -> i64 {
        let chain = self.chains.get(&session).map_or([].as_slice(), Vec::as_slice);
        chain.iter().rev().find(|(of, _)| *of <= number).map_or(0, |(_, seq)| *seq)
    }
}

/// Follows the checkpoints from the first, or from one that is remembered.
pub struct Log {
    installation: InstallationId,
    pub walk: Walk,
    remembered: bool,
    /// The last leaf of each chain.
    pub heads: HashMap<SessionId, (i64, Hash)>,
    pub checked: u64,
    pub broken: Vec<LogBreak>,
    /// Hashes by number, of those that somebody wants to compare.
    pub wanted: HashMap<i64, Option<Hash>>,
    pub signers: Option<Signers>,
    pub reached: Reached,
    /// Who made each checkpoint, where reaches are wanted.
    pub made_by: BTreeMap<i64, String>,
    /// The checkpoints with a tree of records.
    pub tracked: Vec<Tracked>,
    /// Each chain's leaves, where they are wanted: how far it had come, and the place.
    pub places: Option<HashMap<SessionId, Vec<(i64, u64)>>>,
}

/// A checkpoint with a tree of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    pub number: i64,
    /// Leaves before it, and with it.
    pub before: u64,
    pub size: u64,
    /// Of the tree of records.
    pub root: Hash,
    from: i64,
}

impl Log {
    #[must_use]
    pub fn begin(installation: InstallationId, from: Option<Walk>) -> Self {
        let remembered = from.is_some();
        let walk = from.unwrap_or_else(|| first(installation));
        Self {
            installation,
            walk,
            remembered,
            heads: HashMap::new(),
            checked: 0,
            broken: Vec::new(),
            wanted: HashMap::new(),
            signers: None,
            reached: Reached::default(),
            made_by: BTreeMap::new(),
            tracked: Vec::new(),
            places: None,
        }
    }

    /// Reads to the end, or to the first checkpoint that does not fit. Answers with the newest one that was read.
    pub async fn read(&mut self, client: &Connection, token: &[u8], ticket: Ticket) -> Result<Option<Checkpoint>> {
        if self.remembered && self.walk.number > 0 {
            let there = api::collect_checkpoints(client, token, ticket, self.walk.number - 1, 1).await?.into_iter().next();
            let harm = match there {
                Some(there) if there.number == self.walk.number && there.hash(self.installation) == self.walk.hash => None,
                Some(there) if there.number == self.walk.number => Some(LogHarm::Altered),
                _ => Some(LogHarm::RolledBack),
            };
            if let Some(harm) = harm {
                self.broken.push(LogBreak { number: self.walk.number, harm });
                return Ok(None);
            }
        }
        let mut newest = None;
        let mut leaves: Vec<api::Leaf> = Vec::new();
        loop {
            let page = api::collect_checkpoints(client, token, ticket, self.walk.number, PIECE).await?;
            let Some(last) = page.last() else { return Ok(newest) };
            let size = last.size;
            for checkpoint in page {
                while leaves.last().map_or(self.walk.frontier.size(), |leaf| leaf.place + 1) < checkpoint.size {
                    let from = leaves.last().map_or(self.walk.frontier.size(), |leaf| leaf.place + 1);
                    let more = api::collect_leaves(client, token, ticket, from, PIECE).await?;
                    if more.is_empty() || more.iter().zip(from..).any(|(leaf, place)| leaf.place != place) {
                        break;
                    }
                    leaves.extend(more);
                }
                let count = usize::try_from(checkpoint.size.saturating_sub(self.walk.frontier.size())).unwrap_or(usize::MAX);
                let taken: Vec<api::Leaf> = leaves.drain(..count.min(leaves.len())).collect();
                if !self.take(&checkpoint, &taken) {
                    return Ok(newest);
                }
                newest = Some(checkpoint);
            }
            tracing::debug!(size, "checkpoints checked");
        }
    }

    /// One checkpoint and the leaves that it adds. Answers whether the next can be held against it.
    fn take(&mut self, checkpoint: &Checkpoint, leaves: &[api::Leaf]) -> bool {
        let number = self.walk.number + 1;
        let mut broken = |harm| {
            self.broken.push(LogBreak { number, harm });
            false
        };
        if checkpoint.number != number {
            return broken(LogHarm::Missing);
        }
        if checkpoint.previous != self.walk.hash {
            return broken(LogHarm::Altered);
        }
        if self.signers.as_ref().is_some_and(|signers| !signers.signed_checkpoint(checkpoint, self.installation)) {
            return broken(LogHarm::ForgedSignature);
        }
        let mut frontier = self.walk.frontier.clone();
        for leaf in leaves {
            frontier.push(merkle::leaf(leaf.session, leaf.seq, &leaf.hash));
        }
        if frontier.size() != checkpoint.size || frontier.root() != checkpoint.root {
            return broken(LogHarm::WrongRoot);
        }
        // Once there is a tree of records, every checkpoint has it.
        let known = self.tracked.last().map(|tracked| tracked.from);
        let is_followed = match (&checkpoint.records, known) {
            (None, known) => known.is_none(),
            (Some(records), Some(known)) => records.from == known,
            (Some(records), None) => records.from == number || self.remembered && records.from < number,
        };
        if !is_followed {
            return broken(LogHarm::Altered);
        }
        if let Some(records) = &checkpoint.records {
            let before = self.walk.frontier.size();
            self.tracked.push(Tracked { number, before, size: checkpoint.size, root: records.root, from: records.from });
        }
        if let Some(places) = &mut self.places {
            for leaf in leaves {
                places.entry(leaf.session).or_default().push((leaf.seq, leaf.place));
            }
        }
        let hash = checkpoint.hash(self.installation);
        if let Some(wanted) = self.wanted.get_mut(&number) {
            *wanted = Some(hash);
        }
        if !self.reached.of.is_empty() {
            for leaf in leaves {
                self.reached.note(number, leaf.session, leaf.seq);
            }
            self.made_by.insert(number, checkpoint.login.clone());
        }
        self.heads.extend(leaves.iter().map(|leaf| (leaf.session, (leaf.seq, leaf.hash))));
        self.walk = Walk { number, hash, frontier };
        self.checked += 1;
        true
    }

    /// Holds what was written down outside the database, or witnessed, against what was read. In the order of numbers.
    pub fn compare(&mut self, seen: impl Iterator<Item = (i64, Option<Hash>)>) {
        let whole = self.broken.is_empty();
        for (number, hash) in seen {
            let harm = match self.wanted.get(&number) {
                Some(Some(found)) if hash == Some(*found) => continue,
                Some(Some(_)) => LogHarm::NotTheAnchored,
                // Behind a break nothing can be compared, and the break is named.
                _ if !whole => continue,
                _ => LogHarm::RolledBack,
            };
            self.broken.push(LogBreak { number, harm });
            // What follows from it is the same act.
            break;
        }
    }

    /// # Errors
    /// [`Error::Checkpoints`] with the first thing that does not fit.
    pub fn whole(&self) -> Result<()> {
        match self.broken.first() {
            Some(broken) => Err(Error::Checkpoints(broken.clone())),
            None => Ok(()),
        }
    }
}
