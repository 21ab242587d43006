//! A Merkle tree over an append-only list (RFC 6962, RFC 9162 §2.1).
//!
//! ```text
//! leaf = SHA-256(0x00 ‖ session 16 ‖ seq 8 ‖ hash 32)
//! node = SHA-256(0x01 ‖ left 32 ‖ right 32)
//! ```
//! The same bytes are hashed by the database when it takes a checkpoint.

use sha2::{Digest, Sha256};

use crate::model::id::SessionId;

pub type Hash = [u8; 32];

/// The leaf of a chain that has come to an event.
#[must_use]
pub fn leaf(session: SessionId, seq: i64, hash: &Hash) -> Hash {
    Sha256::new().chain_update([0]).chain_update(session.0.as_bytes()).chain_update(seq.to_be_bytes()).chain_update(hash).finalize().into()
}

#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree as far as further leaves need it: the roots of its whole subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// From what was written down of it; `None` where there are not as many peaks as a tree of that size has.
    #[must_use]
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (u32::try_from(peaks.len()) == Ok(size.count_ones())).then_some(Self { size, peaks })
    }

    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Of no leaves, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |root, peak| node(peak, &root))
    }
}

/// Makes inclusion proofs for some leaves while all leaves pass by, in one walk.
#[derive(Debug, Default)]
pub struct Prover {
    /// Whole subtrees: where they begin, how many leaves they have, and their root.
    stack: Vec<(u64, u64, Hash)>,
    size: u64,
    paths: Vec<(u64, Vec<Hash>)>,
}

impl Prover {
    /// `wanted` are places of leaves, from 0.
    #[must_use]
    pub fn new(wanted: impl IntoIterator<Item = u64>) -> Self {
        Self { stack: Vec::new(), size: 0, paths: wanted.into_iter().map(|place| (place, Vec::new())).collect() }
    }

    pub fn push(&mut self, leaf: Hash) {
        self.stack.push((self.size, 1, leaf));
        self.size += 1;
        while let [.., (_, left, _), (_, right, _)] = self.stack.as_slice() {
            if left != right {
                break;
            }
            self.merge();
        }
    }

    fn merge(&mut self) {
        let (Some((middle, right_size, right)), Some((begin, left_size, left))) = (self.stack.pop(), self.stack.pop()) else { return };
        for (place, path) in &mut self.paths {
            if (begin..middle).contains(place) {
                path.push(right);
            } else if (middle..middle + right_size).contains(place) {
                path.push(left);
            }
        }
        self.stack.push((begin, left_size + right_size, node(&left, &right)));
    }

    /// The root, and for each wanted place the hashes beside its way up, from the leaf on. A place that the tree does not have has none.
    #[must_use]
    pub fn finish(mut self) -> (Hash, Vec<(u64, Vec<Hash>)>) {
        while self.stack.len() > 1 {
            self.merge();
        }
        let root = self.stack.first().map_or_else(|| Frontier::default().root(), |(_, _, root)| *root);
        let size = self.size;
        (root, self.paths.into_iter().filter(|(place, _)| *place < size).collect())
    }
}

/// Whether a leaf stands at a place of the tree of a size with a root (RFC 9162 §2.1.3.2).
#[must_use]
pub fn includes(root: &Hash, size: u64, place: u64, leaf: &Hash, path: &[Hash]) -> bool {
    if place >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (place, size - 1, *leaf);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(beside, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// That the tree of the first `old` leaves is the beginning of the tree of all of them (RFC 9162 §2.1.4.1).
#[must_use]
pub fn consistency(leaves: &[Hash], old: usize) -> Vec<Hash> {
    fn root(leaves: &[Hash]) -> Hash {
        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.push(*leaf);
        }
        frontier.root()
    }
    fn proof(old: usize, leaves: &[Hash], whole: bool, found: &mut Vec<Hash>) {
        if old == leaves.len() {
            if !whole {
                found.push(root(leaves));
            }
            return;
        }
        let split = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(split);
        if old <= split {
            proof(old, left, whole, found);
            found.push(root(right));
        } else {
            proof(old - split, right, false, found);
            found.push(root(left));
        }
    }
    let mut found = Vec::new();
    if (1..leaves.len()).contains(&old) {
        proof(old, leaves, true, &mut found);
    }
    found
}

/// Checks what [`consistency`] makes (RFC 9162 §2.1.4.2).
#[must_use]
pub fn is_consistent((old, old_root): (u64, &Hash), (new, new_root): (u64, &Hash), path: &[Hash]) -> bool {
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return old == 0 && path.is_empty();
    }
    let mut path = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut of_old, mut of_new) = (*first, *first);
    for beside in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_old = node(beside, &of_old);
            of_new = node(beside, &of_new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node(&of_new, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == *old_root && of_new == *new_root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|at| Sha256::new().chain_update([0]).chain_update(at.to_be_bytes()).finalize().into()).collect()
    }

    /// As RFC 6962 §2.1 defines it.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                node(&defined(left), &defined(right))
            }
        }
    }

    fn frontier(leaves: &[Hash]) -> Frontier {
        let mut frontier = Frontier::default();
        for leaf in leaves {
            frontier.push(*leaf);
        }
        frontier
    }

    #[test]
    fn the_root_is_the_defined_one_for_every_size() {
        let all = leaves(70);
        for size in 0..=all.len() {
            let found = frontier(&all[..size]);
            assert_eq!(found.root(), defined(&all[..size]), "{size}");
            assert_eq!(Frontier::from_parts(found.size(), found.peaks().to_vec()), Some(found));
        }
    }

    proptest! {
        #[test]
        fn a_leaf_is_proved_at_its_place_and_nowhere_else(size in 1_usize..80, place in 0_usize..80, other in 0_usize..80, flipped in 0_usize..8) {
            let (place, other) = (place % size, other % size);
            let all = leaves(size);
            let mut prover = Prover::new([place as u64]);
            for leaf in &all {
                prover.push(*leaf);
            }
            let (root, paths) = prover.finish();
            prop_assert_eq!(root, defined(&all));
            let path = &paths[0].1;
            let size = size as u64;
            prop_assert!(includes(&root, size, place as u64, &all[place], path));
            if other != place {
                prop_assert!(!includes(&root, size, other as u64, &all[place], path));
                prop_assert!(!includes(&root, size, place as u64, &all[other], path));
            }
            if let Some(index) = path.len().checked_sub(1).map(|last| flipped.min(last)) {
                let mut altered = path.clone();
                altered[index][7] ^= 1;
                prop_assert!(!includes(&root, size, place as u64, &all[place], &altered));
                prop_assert!(!includes(&root, size, place as u64, &all[place], &path[1..]));
            }
        }

        #[test]
        fn a_tree_is_the_beginning_of_a_later_one_or_of_no_other(old in 1_usize..60, more in 0_usize..60, flipped in 0_usize..60) {
            let all = leaves(old + more);
            let (old_root, new_root) = (defined(&all[..old]), defined(&all));
            let path = consistency(&all, old);
            let (first, second) = ((old as u64, &old_root), (all.len() as u64, &new_root));
            prop_assert!(is_consistent(first, second, &path));
            let mut changed = all[..old].to_vec();
            changed[flipped % old][0] ^= 1;
            prop_assert!(!is_consistent((old as u64, &defined(&changed)), second, &path));
            if !path.is_empty() {
                let mut altered = path.clone();
                let index = flipped % path.len();
                altered[index][0] ^= 1;
                prop_assert!(!is_consistent(first, second, &altered));
            }
        }
    }
}
