//! A text that must not be seen: tokens, client secrets.
//!
//! Deliberately absent: `Display`, `Serialize`, `PartialEq`; what is needed is `reveal`, so that
//! every use can be found by its name.

use std::fmt;
use zeroize::Zeroizing;

/// A text that leaves memory when dropped and that `Debug` never prints.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(removed)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_never_prints_the_text() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(removed)");
    }
}
