//! Tiles, redaction, and what is found when either is tampered with.

use super::{Area, PictureError, TileProof, TileTree, verify};
use crate::digest::Digest;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn picture(width: u32, height: u32) -> Vec<u8> {
    (0..width * height * 3)
        .map(|i| (i * 31 % 251) as u8 | 1)
        .collect()
}

#[test]
fn the_leaf_is_the_documented_one() {
    let rgb = [1, 2, 3, 4, 5, 6];
    let tree = TileTree::of(&rgb, 2, 1, &[9; 32]).unwrap();
    // Computed with Python: hmac.new(b"\x09"*32, b"\0\0\0\0", "sha256").digest()
    let salt = super::salt(&[9; 32], 0);
    let mut bytes = vec![0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0];
    bytes.extend(salt);
    bytes.extend(rgb);
    assert_eq!(tree.root(), Digest::of(&bytes));
    assert_eq!(
        hex::encode(salt),
        "8f795d2ba6ada6f0d5c119cba0eade2e85c90deb817b5499c7efe2cb31a0138b"
    );
}

#[test]
fn a_redacted_picture_proves_what_it_shows() {
    let (width, height) = (150, 70);
    let original = picture(width, height);
    let tree = TileTree::of(&original, width, height, &[3; 32]).unwrap();
    assert_eq!(tree.len(), 6);
    let area = Area {
        x: 60,
        y: 0,
        width: 10,
        height: 64,
    };
    let hidden = tree.tiles_in(area);
    assert_eq!(hidden, BTreeSet::from([0, 1]));
    let mut rgb = original.clone();
    let proof = tree.redact(&mut rgb, &hidden).unwrap();
    assert_eq!(verify(&tree.root(), &rgb, &proof), Ok(()));
    assert_eq!(
        verify(&tree.root(), &original, &proof),
        Err(PictureError::Painted(0))
    );

    let mut painted = rgb.clone();
    painted[63 * 150 * 3 + 127 * 3] = 1;
    assert_eq!(
        verify(&tree.root(), &painted, &proof),
        Err(PictureError::Painted(1))
    );
    let mut changed = rgb.clone();
    changed[69 * 150 * 3] ^= 1;
    assert_eq!(
        verify(&tree.root(), &changed, &proof),
        Err(PictureError::Root)
    );
    let mut lost = proof.clone();
    lost.hidden.remove(&1);
    assert_eq!(
        verify(&tree.root(), &rgb, &lost),
        Err(PictureError::Tiles(1))
    );
    let mut both = proof.clone();
    both.shown.insert(1, "00".repeat(32));
    assert_eq!(
        verify(&tree.root(), &rgb, &both),
        Err(PictureError::Tiles(1))
    );
    let mut more = proof.clone();
    more.shown.insert(6, "00".repeat(32));
    assert_eq!(
        verify(&tree.root(), &rgb, &more),
        Err(PictureError::Tiles(6))
    );
    let mut short = proof.clone();
    short.shown.insert(5, "00".into());
    assert_eq!(
        verify(&tree.root(), &rgb, &short),
        Err(PictureError::Salt(5))
    );
    let mut turned = proof;
    (turned.width, turned.height) = (height, width);
    assert_ne!(verify(&tree.root(), &rgb, &turned), Ok(()));
}

#[test]
fn refuses_sizes_that_do_not_fit() {
    assert!(TileTree::of(&[0; 3], 0, 1, &[0; 32]).is_err());
    assert!(TileTree::of(&[0; 4], 1, 1, &[0; 32]).is_err());
    assert!(TileTree::of(&[], 1 << 31, 1 << 31, &[0; 32]).is_err());
    let tree = TileTree::of(&[0; 3], 1, 1, &[0; 32]).unwrap();
    assert_eq!(
        tree.redact(&mut [0; 3], &BTreeSet::from([1])),
        Err(PictureError::Tiles(1))
    );
    assert!(
        tree.tiles_in(Area {
            x: 5,
            y: 0,
            width: 1,
            height: 1
        })
        .is_empty()
    );
    let all = tree.tiles_in(Area {
        x: 0,
        y: 0,
        width: u32::MAX,
        height: u32::MAX,
    });
    assert_eq!(all.len(), 1);
}

#[test]
fn a_proof_that_claims_absurd_edges_is_refused() {
    let proof = TileProof {
        width: u32::MAX,
        height: u32::MAX,
        shown: BTreeMap::new(),
        hidden: BTreeMap::new(),
    };
    let refused = verify(&Digest::of(b""), &[0; 3], &proof);
    assert_eq!(refused, Err(PictureError::Size));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_changed_pixel_is_found(
        width in 1u32..140, height in 1u32..140,
        hide in prop::collection::btree_set(0u32..9, 0..5),
        at: prop::sample::Index, flip in 1u8..,
    ) {
        let mut rgb = picture(width, height);
        let tree = TileTree::of(&rgb, width, height, &[5; 32]).unwrap();
        let hide = hide.into_iter().filter(|i| (*i as usize) < tree.len()).collect();
        let proof = tree.redact(&mut rgb, &hide).unwrap();
        prop_assert_eq!(verify(&tree.root(), &rgb, &proof), Ok(()));
        let at = at.index(rgb.len());
        rgb[at] ^= flip;
        prop_assert!(verify(&tree.root(), &rgb, &proof).is_err());
    }
}
