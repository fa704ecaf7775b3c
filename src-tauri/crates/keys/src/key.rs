//! Thirty-two secret bytes that print nothing and leave memory when dropped.

use crate::error::KeyError;
use rand::TryRngCore;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A secret key.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// Draws a key from the operating system.
    ///
    /// # Errors
    /// [`KeyError::Random`] when it has no randomness to give.
    pub fn draw() -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        rand::rngs::OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| KeyError::Random(error.into()))?;
        Ok(Self(bytes))
    }

    /// Takes the bytes of a key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the secret bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns sixteen hexadecimal digits that tell keys apart and say nothing about them.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"drillbook key id\0")
            .chain_update(self.0)
            .finalize();
        hex::encode(&digest[..8])
    }

    /// Returns the key as hexadecimal digits, which leave memory when dropped.
    #[must_use]
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0))
    }

    /// Reads hexadecimal digits.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = Key::new([0xAB; 32]);
        assert!(!format!("{key:?}").contains("abab"));
        assert_ne!(key.id(), Key::draw().unwrap().id());
        assert_eq!(Key::from_hex(&key.to_hex()), Some(key));
        assert_eq!(Key::from_hex("ab"), None);
    }
}
