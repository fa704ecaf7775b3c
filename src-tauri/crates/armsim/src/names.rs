//! Ids and numbers that look random and are not: derived from the seed, so that a run can be repeated.

use sha2::{Digest, Sha256};

/// Returns 32 bytes for `seed` and the parts.
pub(crate) fn bytes(seed: u64, parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Returns a GUID.
pub(crate) fn guid(seed: u64, parts: &[&str]) -> String {
    let mut raw = [0u8; 16];
    raw.copy_from_slice(&bytes(seed, parts)[..16]);
    uuid::Builder::from_random_bytes(raw)
        .into_uuid()
        .to_string()
}

/// Returns a number below `below`.
pub(crate) fn number(seed: u64, parts: &[&str], below: u64) -> u64 {
    let raw = bytes(seed, parts);
    let mut first = [0u8; 8];
    first.copy_from_slice(&raw[..8]);
    u64::from_be_bytes(first) % below.max(1)
}
