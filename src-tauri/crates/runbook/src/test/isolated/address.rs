//! IPv4 ranges such as `10.0.0.0/24`.

use std::net::Ipv4Addr;

/// A range of IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    first: u32,
    bits: u32,
}

impl Range {
    /// Reads `address` or `address/bits`; `None` for anything else, IPv6 included.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
        let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        let address: Ipv4Addr = address.parse().ok()?;
        Some(Self {
            first: u32::from(address) & mask(bits),
            bits,
        })
    }

    /// Returns the number of addresses.
    pub(super) fn size(&self) -> u64 {
        1 << (32 - self.bits)
    }

    /// Returns whether every address of `other` is in this range.
    pub(super) fn holds(&self, other: &Self) -> bool {
        self.bits <= other.bits && other.first & mask(self.bits) == self.first
    }
}

fn mask(bits: u32) -> u32 {
    u32::MAX.checked_shl(32 - bits).unwrap_or(0)
}
