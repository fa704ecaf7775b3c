//! A secret text under a passphrase, where there is no keyring: in the format of age, armored.

use crate::error::KeyError;
use crate::recovery::{identity_of, opened, recipient_of, sealed};
use zeroize::Zeroizing;

/// The most bytes that such a text has.
const MOST_BYTES: u64 = 65_536;

/// Seals a text under a passphrase.
///
/// # Errors
/// [`KeyError::WeakPassphrase`].
pub fn seal_text(text: &str, passphrase: &str) -> Result<String, KeyError> {
    sealed(text, &recipient_of(passphrase)?)
}

/// Opens what [`seal_text`] made.
///
/// # Errors
/// [`KeyError::WrongPassphrase`], or [`KeyError::Recovery`] when it is none.
pub fn open_text(sealed: &str, passphrase: &str) -> Result<Zeroizing<String>, KeyError> {
    let identity = identity_of(passphrase);
    opened(sealed, &identity, KeyError::WrongPassphrase, MOST_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{open_text, seal_text};
    use drillbook_diagnostic::Diagnostic;

    #[test]
    fn a_text_comes_back_with_its_passphrase_only() {
        let words = "six words make a fine passphrase";
        let text = "-----BEGIN PRIVATE KEY-----\n".repeat(200);
        let sealed = seal_text(&text, words).unwrap();
        assert!(!sealed.contains("PRIVATE"));
        assert_eq!(open_text(&sealed, words).unwrap().as_str(), text);
        let wrong = open_text(&sealed, "another six words").unwrap_err();
        assert_eq!(wrong.code(), "key.wrong_passphrase");
        assert_eq!(
            seal_text("x", "short").unwrap_err().code(),
            "key.weak_passphrase"
        );
    }
}
