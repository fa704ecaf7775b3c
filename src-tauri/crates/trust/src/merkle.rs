//! The Merkle tree of RFC 6962 §2.1 over SHA-256, kept as a compact range.
//!
//! Deliberately absent: consistency proofs. A bundle ships every leaf hash, so a verifier recomputes
//! any earlier root ([`root_of`] of a prefix) with fifteen lines of script. Inclusion proofs are for a
//! request file, which carries single entries only.

use crate::digest::Digest;
use serde::{Deserialize, Serialize};

/// Returns the leaf hash of an entry: `SHA-256(0x00 ‖ bytes)`.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], bytes])
}

/// Returns the hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// Returns the root over leaf hashes; the empty tree's is `SHA-256("")`.
#[must_use]
pub fn root_of(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// Returns the inclusion proof of RFC 6962 §2.1.1 of the leaf at a position: the siblings on its way to
/// the root, lowest first; nothing when there is no such leaf.
#[must_use]
pub fn inclusion_proof(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut proof, sibling) = match index.checked_sub(left.len()) {
        None => (inclusion_proof(left, index)?, root_of(right)),
        Some(index) => (inclusion_proof(right, index)?, root_of(left)),
    };
    proof.push(sibling);
    Some(proof)
}

/// A log's size and root: what a checkpoint signs and a reviewer witnesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
}

impl Head {
    /// Returns the head of a log with these leaf hashes.
    #[must_use]
    pub fn of(leaves: &[Digest]) -> Self {
        Self {
            size: leaves.len() as u64,
            root: root_of(leaves),
        }
    }

    /// Whether the log this head was taken of has this leaf hash at this position (RFC 9162 §2.1.3.2).
    #[must_use]
    pub fn includes(&self, index: u64, leaf: &Digest, proof: &[Digest]) -> bool {
        let Some(last) = self.size.checked_sub(1).filter(|last| index <= *last) else {
            return false;
        };
        let (mut index, mut last, mut node) = (index, last, *leaf);
        for sibling in proof {
            if last == 0 {
                return false;
            }
            if index % 2 == 1 || index == last {
                node = node_hash(sibling, &node);
                let level = index.trailing_zeros().min(u64::BITS - 1);
                index >>= level;
                last >>= level;
            } else {
                node = node_hash(&node, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        last == 0 && node == self.root
    }

    /// Whether a log with these leaf hashes starts with the log this head was taken of.
    #[must_use]
    pub fn is_prefix_of(&self, leaves: &[Digest]) -> bool {
        usize::try_from(self.size)
            .ok()
            .and_then(|size| leaves.get(..size))
            .is_some_and(|prefix| root_of(prefix) == self.root)
    }
}

/// The roots of the perfect subtrees of a log, largest first: all that appending needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompactRange {
    size: u64,
    peaks: Vec<Digest>,
}

/// A compact range as it is stored between two appends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeState {
    /// Number of leaves.
    pub size: u64,
    /// Roots of the perfect subtrees, largest first.
    pub peaks: Vec<Digest>,
}

/// Why a stored compact range is unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log of {size} entries has {expected} subtrees, not {found}")]
pub struct RangeError {
    size: u64,
    expected: u32,
    found: usize,
}

impl CompactRange {
    /// Returns the range of the empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the range over these leaf hashes.
    #[must_use]
    pub fn of(leaves: &[Digest]) -> Self {
        let mut range = Self::new();
        for leaf in leaves {
            range.append(*leaf);
        }
        range
    }

    /// Returns the number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf hash, in O(log n).
    pub fn append(&mut self, leaf: Digest) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// Returns the root; the empty log's is `SHA-256("")`.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => Digest::of(b""),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// Returns size and root.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            size: self.size,
            root: self.root(),
        }
    }

    /// Returns the form that is stored.
    #[must_use]
    pub fn to_state(&self) -> RangeState {
        RangeState {
            size: self.size,
            peaks: self.peaks.clone(),
        }
    }

    /// Reads the stored form; the number of subtrees must fit the size.
    pub fn from_state(state: RangeState) -> Result<Self, RangeError> {
        let expected = state.size.count_ones();
        if state.peaks.len() != expected as usize {
            return Err(RangeError {
                size: state.size,
                expected,
                found: state.peaks.len(),
            });
        }
        Ok(Self {
            size: state.size,
            peaks: state.peaks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CompactRange, Head, RangeState, inclusion_proof, leaf_hash, root_of};
    use crate::digest::Digest;
    use proptest::prelude::*;

    /// The eight leaves and nine roots of Google's Certificate Transparency test data.
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves() -> Vec<Digest> {
        LEAVES
            .iter()
            .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
            .collect()
    }

    #[test]
    fn agrees_with_the_published_vectors() {
        let leaves = leaves();
        let mut range = CompactRange::new();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(root_of(&leaves[..size]).hex(), *root, "size {size}");
            assert_eq!(range.root().hex(), *root, "size {size}");
            if let Some(leaf) = leaves.get(size) {
                range.append(*leaf);
            }
        }
    }

    #[test]
    fn a_head_is_a_prefix_of_its_own_log_only() {
        let leaves = leaves();
        for size in 0..=leaves.len() {
            let head = Head::of(&leaves[..size]);
            assert!(head.is_prefix_of(&leaves));
            assert!(size == 0 || !head.is_prefix_of(&leaves[..size - 1]));
            let mut other = leaves.clone();
            other[0] = Digest::of(b"other");
            assert_eq!(head.is_prefix_of(&other), size == 0);
        }
        let beyond = Head {
            size: u64::MAX,
            root: root_of(&leaves),
        };
        assert!(!beyond.is_prefix_of(&leaves));
    }

    #[test]
    fn a_proof_holds_for_its_own_leaf_position_and_log_only() {
        let leaves = leaves();
        for size in 1..=leaves.len() {
            let log = &leaves[..size];
            let head = Head::of(log);
            assert_eq!(inclusion_proof(log, size), None);
            for (index, leaf) in log.iter().enumerate() {
                let proof = inclusion_proof(log, index).unwrap();
                for other in 0..=size as u64 {
                    assert_eq!(head.includes(other, leaf, &proof), other == index as u64);
                }
                assert!(!head.includes(index as u64, &Digest::of(b"other"), &proof));
                let mut longer = proof.clone();
                longer.push(Digest::of(b"more"));
                assert!(!head.includes(index as u64, leaf, &longer));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!head.includes(index as u64, leaf, shorter));
                }
            }
        }
    }

    #[test]
    fn refuses_a_stored_range_whose_size_does_not_fit() {
        let state = RangeState {
            size: 5,
            peaks: vec![Digest::of(b"")],
        };
        assert!(CompactRange::from_state(state).is_err());
    }

    proptest! {
        #[test]
        fn the_compact_range_is_the_tree(seeds in prop::collection::vec(any::<u64>(), 0..200)) {
            let leaves: Vec<Digest> = seeds.iter().map(|s| leaf_hash(&s.to_be_bytes())).collect();
            let range = CompactRange::of(&leaves);
            prop_assert_eq!(range.root(), root_of(&leaves));
            prop_assert_eq!(range.head(), Head::of(&leaves));
            let again = CompactRange::from_state(range.to_state()).unwrap();
            prop_assert_eq!(again, range);
        }
    }
}
