//! A connection's secret under a passphrase, where there is no keyring.
//!
//! Deliberately absent: where the passphrase is from; whoever opens a connection asks for it.

use super::{Connection, ConnectionError};
use drillbook_arm::Secret;

/// A secret that was opened; never written, and equal to any other, so that two reads of one file are equal.
#[derive(Debug, Clone, Default)]
pub(super) struct Opened(Option<Secret>);

impl Opened {
    pub(super) fn secret(&self) -> Option<Secret> {
        self.0.clone()
    }
}

impl PartialEq for Opened {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Opened {}

impl Connection {
    /// Whether a passphrase must be given before it can be used.
    pub fn needs_passphrase(&self) -> bool {
        self.sealed.is_some() && self.opened.0.is_none()
    }

    /// Opens the secret; nothing happens to a connection without one under a passphrase.
    ///
    /// # Errors
    /// [`drillbook_keys::KeyError::WrongPassphrase`].
    pub fn open(mut self, passphrase: &str) -> Result<Connection, ConnectionError> {
        if let Some(sealed) = &self.sealed {
            let text = drillbook_keys::open_text(sealed, passphrase)?;
            self.opened = Opened(Some(Secret::new(text.as_str())));
        }
        Ok(self)
    }

    /// Takes a secret in, under a passphrase.
    pub(super) fn sealed(
        mut self,
        secret: &str,
        passphrase: &str,
    ) -> Result<Connection, ConnectionError> {
        self.sealed = Some(drillbook_keys::seal_text(secret, passphrase)?);
        self.opened = Opened(Some(Secret::new(secret)));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::connection::{CloudName, Connection, Connections, Credential};
    use drillbook_diagnostic::Diagnostic;

    const ID: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
    const WORDS: &str = "six words make a fine passphrase";

    #[test]
    fn a_secret_under_a_passphrase_is_used_with_it_only() {
        let folder = tempfile::tempdir().unwrap();
        let all = Connections::of(folder.path());
        let kind = Credential::ClientSecret {
            client_id: "c".to_owned(),
        };
        let one = Connection::new("app", CloudName::Public, ID, ID, kind).unwrap();
        let weak = all.add_under(&one, "the secret", "short").unwrap_err();
        assert_eq!(weak.code(), "key.weak_passphrase");
        all.add_under(&one, "the secret", WORDS).unwrap();
        let file = std::fs::read_to_string(folder.path().join("connections/app.json")).unwrap();
        assert!(!file.contains("the secret"), "{file}");
        let kept = all.get("app").unwrap();
        assert!(kept.needs_passphrase());
        assert_eq!(kept.cloud().unwrap_err().code(), "key.passphrase_needed");
        let wrong = kept.clone().open("another six words").unwrap_err();
        assert_eq!(wrong.code(), "key.wrong_passphrase");
        let opened = kept.open(WORDS).unwrap();
        assert!(opened.cloud().unwrap().live());
        assert!(!format!("{opened:?}").contains("the secret"));
        all.remove("app").unwrap();
    }
}
