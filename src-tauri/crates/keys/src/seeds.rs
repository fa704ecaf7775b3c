//! Seeds of the signing keys that Drillbook makes: in the keyring, or in files under the folder's passphrase.
//!
//! A seed is named by the fingerprint of its key. Deliberately absent: keys that people bring; their private halves
//! never come here.

use crate::error::KeyError;
use crate::keeper::Keep;
use crate::key::Key;
use crate::recovery::{self, Opener};
use crate::ring;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Ending of a file that keeps a seed under a passphrase.
const ENDING: &str = ".seed.age";

/// Keeps seeds beside a sealed journal.
#[derive(Debug, Clone)]
pub struct Seeds {
    folder: PathBuf,
    keep: Keep,
}

impl Seeds {
    /// Keeps seeds as `keep` says; files lie in `folder`, which must exist when one is stored.
    #[must_use]
    pub fn of(folder: &Path, keep: Keep) -> Self {
        let folder = folder.to_owned();
        Self { folder, keep }
    }

    /// Keeps the seed of the key with this fingerprint.
    ///
    /// # Errors
    /// Why it could not be kept.
    pub fn store(&self, fingerprint: &str, seed: &Key) -> Result<(), KeyError> {
        match &self.keep {
            Keep::Keyring => ring::store(&entry(fingerprint), seed),
            Keep::Passphrase(text) => {
                let sealed = recovery::to_passphrase(seed, text)?;
                let path = self.file(fingerprint);
                let written = crate::keeper::replace(&self.folder, &path, &sealed);
                written.map_err(|source| KeyError::File { path, source })
            }
        }
    }

    /// Fetches a seed; nothing when it is not on this computer.
    ///
    /// # Errors
    /// [`KeyError`]: no keyring, a locked one, or a wrong passphrase.
    pub fn load(&self, fingerprint: &str) -> Result<Option<Key>, KeyError> {
        let Keep::Passphrase(text) = &self.keep else {
            return ring::load(&entry(fingerprint));
        };
        let path = self.file(fingerprint);
        match std::fs::read_to_string(&path) {
            Ok(sealed) => recovery::recover(&sealed, &Opener::Passphrase(text.clone())).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::File { path, source }),
        }
    }

    /// A fingerprint may hold a slash: its digest names the file.
    fn file(&self, fingerprint: &str) -> PathBuf {
        let digest = hex::encode(Sha256::digest(fingerprint));
        self.folder.join(format!(".{}{ENDING}", &digest[..16]))
    }
}

/// The name of a seed in the keyring.
fn entry(fingerprint: &str) -> String {
    format!("seed {fingerprint}")
}

#[cfg(test)]
mod tests {
    use super::Seeds;
    use crate::{Keep, Key};
    use drillbook_diagnostic::Diagnostic;
    use zeroize::Zeroizing;

    fn under(folder: &std::path::Path, passphrase: &str) -> Seeds {
        Seeds::of(folder, Keep::Passphrase(Zeroizing::new(passphrase.into())))
    }

    #[test]
    fn a_seed_under_a_passphrase_comes_back_with_it_only_and_lies_nowhere_in_the_clear() {
        let folder = tempfile::tempdir().unwrap();
        let seeds = under(folder.path(), "six words make a fine passphrase");
        let (seed, print) = (Key::draw().unwrap(), "SHA256:a/b+c");
        assert_eq!(seeds.load(print).unwrap(), None);
        seeds.store(print, &seed).unwrap();
        assert_eq!(seeds.load(print).unwrap(), Some(seed.clone()));
        let wrong = under(folder.path(), "another six words").load(print);
        assert_eq!(wrong.unwrap_err().code(), "key.wrong_passphrase");
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(seed.to_hex().as_str()));
        }
    }
}
