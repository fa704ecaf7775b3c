//! RFC 3161 time stamps over checkpoints: what a token says it is about.
//!
//! A token is read only as far as its `TSTInfo`: the SHA-256 that was stamped and the time. Deliberately
//! absent: the authority's signature and certificates. `openssl ts -verify` checks them; which authority
//! is trusted is the auditor's choice, not ours.

use crate::digest::Digest;
use chrono::{DateTime, NaiveDateTime, Utc};

/// The object identifier of SHA-256 with its tag and length.
const SHA256: [u8; 11] = [
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
];

/// The largest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 64 * 1024;

/// Returns the time at which a token, or the answer that holds it, says that `stamped` existed; nothing
/// when it is about something else, or is no token.
#[must_use]
pub fn time_of(token: &[u8], stamped: &Digest) -> Option<DateTime<Utc>> {
    if token.len() > MAX_TOKEN {
        return None;
    }
    let imprints = token.windows(SHA256.len()).enumerate();
    let mut after = imprints
        .filter(|(_, bytes)| *bytes == SHA256)
        .map(|(at, _)| &token[at + SHA256.len()..]);
    after.find_map(|rest| said(rest, stamped))
}

/// Reads what follows the algorithm in a `TSTInfo`: the imprint, the serial number and the time.
fn said(rest: &[u8], stamped: &Digest) -> Option<DateTime<Utc>> {
    // The parameters of the algorithm are NULL or absent.
    let rest = rest.strip_prefix(&[0x05, 0x00]).unwrap_or(rest);
    let rest = rest.strip_prefix(&[0x04, 0x20])?;
    let rest = rest.strip_prefix(stamped.as_bytes().as_slice())?;
    let (serial, rest) = rest.strip_prefix(&[0x02])?.split_first()?;
    // A serial number has at most 20 bytes, so its length is one byte.
    let rest = rest.get(usize::from(*serial).min(128)..)?;
    let (length, rest) = rest.strip_prefix(&[0x18])?.split_first()?;
    let time = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
    let time = NaiveDateTime::parse_from_str(time.strip_suffix('Z')?, "%Y%m%d%H%M%S%.f").ok()?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::{SHA256, time_of};
    use crate::digest::Digest;

    fn token(digest: &Digest, null: bool, time: &str) -> Vec<u8> {
        let mut bytes = vec![0x30, 0x82, 0x01, 0x00];
        bytes.extend(SHA256);
        bytes.extend(if null { &[0x05, 0x00][..] } else { &[] });
        bytes.extend([0x04, 0x20]);
        bytes.extend(digest.as_bytes());
        bytes.extend([0x02, 0x01, 0x07, 0x18, time.len() as u8]);
        bytes.extend(time.as_bytes());
        bytes
    }

    #[test]
    fn a_token_says_what_was_stamped_and_when() {
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        for (null, time) in [(true, "20261121093104Z"), (false, "20261121093104.25Z")] {
            let token = token(&one, null, time);
            let said = time_of(&token, &one).unwrap();
            assert_eq!(said.timestamp(), 1_795_253_464);
            assert_eq!(time_of(&token, &other), None);
            for cut in 0..token.len() {
                assert_eq!(time_of(&token[..cut], &one), None, "cut at {cut}");
            }
        }
        assert_eq!(time_of(&token(&one, true, "yesterday"), &one), None);
        assert_eq!(time_of(&[0; super::MAX_TOKEN + 1], &one), None);
    }
}
