//! Pictures as tiles of 64 pixels: a redacted copy still proves what it shows (trust.md §6).
//!
//! `leaf = SHA-256(0x00 ‖ w ‖ h ‖ i ‖ salt_i ‖ rgb)` with big-endian 32-bit numbers, tiles counted
//! row by row and cut at the edges; `salt_i = HMAC-SHA-256(master, i)`. The Merkle root over the
//! leaves is committed at capture.
//! Deliberately absent: file formats. A picture is its width, height and RGB bytes.

use crate::digest::Digest;
use crate::merkle::root_of;
use drillbook_diagnostic::{Diagnostic, Severity};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};

/// Edge of a tile, in pixels.
pub const TILE: u32 = 64;

/// The widest or highest picture, in pixels.
pub const MAX_EDGE: u32 = 16_384;

/// A picture's tiles, with what is needed to redact it. Holds the master: never leaves the app.
#[derive(Clone)]
pub struct TileTree {
    width: u32,
    height: u32,
    salts: Vec<[u8; 32]>,
    leaves: Vec<Digest>,
}

/// What stands beside an exported picture: salts of shown tiles, leaf hashes of hidden ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TileProof {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Salt of each shown tile, in hexadecimal, by index.
    pub shown: BTreeMap<u32, String>,
    /// Leaf hash of each hidden tile, by index.
    pub hidden: BTreeMap<u32, Digest>,
}

/// A rectangle in pixels, to say what must not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Why a picture does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Empty, too large, or bytes that do not fit the edges.
    #[error("the picture's bytes do not fit its width and height")]
    Size,
    /// A tile that is neither shown nor hidden, or both, or does not exist.
    #[error("tile {0} of the picture is not accounted for once")]
    Tiles(u32),
    /// A salt that is not 32 bytes.
    #[error("the salt of tile {0} cannot be read")]
    Salt(u32),
    /// Something was painted where nothing may be seen.
    #[error("tile {0} is said to be hidden but is not black")]
    Painted(u32),
    /// The tiles are not the ones that were captured.
    #[error("the picture is not the one that was captured")]
    Root,
}

impl Diagnostic for PictureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Size => "picture.size",
            Self::Tiles(_) => "picture.tiles",
            Self::Salt(_) => "picture.salt",
            Self::Painted(_) => "picture.painted",
            Self::Root => "picture.root",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Refused
    }

    fn remediation(&self) -> Option<String> {
        Some(
            match self {
                Self::Size => "Attach a picture of at most 16384 by 16384 pixels.",
                _ => "Ask for the bundle exactly as it was exported.",
            }
            .into(),
        )
    }
}

impl TileTree {
    /// Cuts a picture into tiles and salts each of them from the 32 random bytes of `master`.
    pub fn of(
        rgb: &[u8],
        width: u32,
        height: u32,
        master: &[u8; 32],
    ) -> Result<Self, PictureError> {
        check_size(rgb, width, height)?;
        let salts: Vec<[u8; 32]> = (0..count(width, height)).map(|i| salt(master, i)).collect();
        let leaves = (0..).zip(&salts);
        let leaves = leaves
            .map(|(i, salt)| leaf(rgb, width, height, i, salt))
            .collect();
        Ok(Self {
            width,
            height,
            salts,
            leaves,
        })
    }

    /// Returns the root that is committed at capture.
    #[must_use]
    pub fn root(&self) -> Digest {
        root_of(&self.leaves)
    }

    /// Returns the number of tiles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Whether there is no tile; never so for a picture that was cut.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Returns the tiles that an area touches, even by one pixel.
    #[must_use]
    pub fn tiles_in(&self, area: Area) -> BTreeSet<u32> {
        tiles_in(self.width, self.height, area)
    }

    /// Blackens tiles in `rgb` and returns the proof that goes with the blackened picture.
    pub fn redact(
        &self,
        rgb: &mut [u8],
        hidden: &BTreeSet<u32>,
    ) -> Result<TileProof, PictureError> {
        check_size(rgb, self.width, self.height)?;
        if let Some(beyond) = hidden.iter().find(|i| **i as usize >= self.leaves.len()) {
            return Err(PictureError::Tiles(*beyond));
        }
        for index in hidden {
            for row in rows(self.width, self.height, *index) {
                rgb[row].fill(0);
            }
        }
        let shown = (0u32..)
            .zip(&self.salts)
            .filter(|(i, _)| !hidden.contains(i));
        let leaves = (0u32..)
            .zip(&self.leaves)
            .filter(|(i, _)| hidden.contains(i));
        Ok(TileProof {
            width: self.width,
            height: self.height,
            shown: shown.map(|(i, salt)| (i, hex::encode(salt))).collect(),
            hidden: leaves.map(|(i, leaf)| (i, *leaf)).collect(),
        })
    }
}

/// Checks that a picture, as far as it is shown, is the one whose root was committed.
pub fn verify(root: &Digest, rgb: &[u8], proof: &TileProof) -> Result<(), PictureError> {
    let (width, height) = (proof.width, proof.height);
    check_size(rgb, width, height)?;
    let tiles = count(width, height);
    let known = proof.shown.keys().chain(proof.hidden.keys());
    if let Some(beyond) = known.clone().find(|i| **i >= tiles) {
        return Err(PictureError::Tiles(*beyond));
    }
    let mut leaves = Vec::new();
    for index in 0..tiles {
        leaves.push(match (proof.shown.get(&index), proof.hidden.get(&index)) {
            (Some(text), None) => {
                let mut salt = [0; 32];
                hex::decode_to_slice(text, &mut salt).map_err(|_| PictureError::Salt(index))?;
                leaf(rgb, width, height, index, &salt)
            }
            (None, Some(hidden)) => {
                let mut bytes = rows(width, height, index).flat_map(|row| &rgb[row]);
                if bytes.any(|byte| *byte != 0) {
                    return Err(PictureError::Painted(index));
                }
                *hidden
            }
            _ => return Err(PictureError::Tiles(index)),
        });
    }
    if root_of(&leaves) == *root {
        Ok(())
    } else {
        Err(PictureError::Root)
    }
}

fn check_size(rgb: &[u8], width: u32, height: u32) -> Result<(), PictureError> {
    let edges = (1..=MAX_EDGE).contains(&width) && (1..=MAX_EDGE).contains(&height);
    // Edges that are too long must not be multiplied: three bytes a pixel would not fit any more.
    if edges && rgb.len() as u64 == u64::from(width) * u64::from(height) * 3 {
        Ok(())
    } else {
        Err(PictureError::Size)
    }
}

/// Returns the tiles of a picture that an area touches, even by one pixel.
#[must_use]
pub fn tiles_in(width: u32, height: u32, area: Area) -> BTreeSet<u32> {
    let columns = width.div_ceil(TILE);
    let span = |from: u32, length: u32, edge: u32| {
        let end = from.saturating_add(length).min(edge);
        if from < end {
            from / TILE..end.div_ceil(TILE)
        } else {
            0..0
        }
    };
    span(area.y, area.height, height)
        .flat_map(|row| span(area.x, area.width, width).map(move |column| row * columns + column))
        .collect()
}

/// Returns the number of tiles of a picture; 0 for edges that no picture has.
#[must_use]
pub fn tiles(width: u32, height: u32) -> u32 {
    if width <= MAX_EDGE && height <= MAX_EDGE {
        count(width, height)
    } else {
        0
    }
}

fn count(width: u32, height: u32) -> u32 {
    width.div_ceil(TILE) * height.div_ceil(TILE)
}

/// Returns the byte range of each row of a tile, from the top.
fn rows(
    width: u32,
    height: u32,
    index: u32,
) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    let columns = width.div_ceil(TILE);
    let (left, top) = (index % columns * TILE, index / columns * TILE);
    let right = (left + TILE).min(width);
    (top..(top + TILE).min(height)).map(move |y| {
        let at = |x: u32| (y as usize * width as usize + x as usize) * 3;
        at(left)..at(right)
    })
}

fn salt(master: &[u8; 32], index: u32) -> [u8; 32] {
    let mac =
        Hmac::<Sha256>::new_from_slice(master).map(|mac| mac.chain_update(index.to_be_bytes()));
    // HMAC takes keys of any length.
    mac.map(|mac| mac.finalize().into_bytes().into())
        .unwrap_or_default()
}

fn leaf(rgb: &[u8], width: u32, height: u32, index: u32, salt: &[u8; 32]) -> Digest {
    let (w, h, i) = (
        width.to_be_bytes(),
        height.to_be_bytes(),
        index.to_be_bytes(),
    );
    let mut parts: Vec<&[u8]> = vec![&[0], &w, &h, &i, salt];
    parts.extend(rows(width, height, index).map(|row| &rgb[row]));
    Digest::of_parts(&parts)
}

#[cfg(test)]
mod tests;
