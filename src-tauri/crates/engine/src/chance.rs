//! Salts, nonces and ids: from the operating system, or seeded in a rehearsal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::sync::{Mutex, PoisonError};

/// A source of random bytes.
#[derive(Debug)]
pub(crate) struct Chance(Mutex<ChaCha20Rng>);

impl Chance {
    /// Seeds a rehearsal, so that it repeats itself; `None` draws the seed from the system.
    ///
    /// `position` is the log's size: a resumed rehearsal must not draw the salts of its beginning again.
    pub(crate) fn new(seed: Option<u64>, position: u64) -> Chance {
        let rng = match seed {
            Some(seed) => ChaCha20Rng::seed_from_u64(seed ^ position.rotate_left(32)),
            None => ChaCha20Rng::from_os_rng(),
        };
        Chance(Mutex::new(rng))
    }

    /// Draws bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }

    /// Draws 16 bytes as unpadded base64url: a salt or nonce.
    pub(crate) fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<16>())
    }
}
