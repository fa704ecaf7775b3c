//! Where the key of one folder is kept: a small file beside the data names the key and the place,
//! never the key itself.

use crate::error::KeyError;
use crate::key::Key;
use crate::recovery::{self, Opener};
use crate::ring;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const POINTER: &str = "journal.key.json";
const UNDER_PASSPHRASE: &str = "journal.key.age";

/// Where a key is kept.
#[derive(Clone)]
pub enum Keep {
    /// In the operating system's keyring.
    Keyring,
    /// In a file beside the data, under this passphrase.
    Passphrase(Zeroizing<String>),
}

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keyring => "Keyring",
            Self::Passphrase(_) => "Passphrase",
        })
    }
}

/// Keeps the key of one folder.
#[derive(Debug, Clone)]
pub struct Keeper {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pointer {
    key: String,
    kept: Place,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Keyring,
    Passphrase,
}

impl Keeper {
    /// Keeps the key of `folder`, which must exist when a key is made.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Returns the id of the folder's key, or nothing when it was never sealed.
    ///
    /// # Errors
    /// [`KeyError::Pointer`] when the file that says so cannot be read.
    pub fn id(&self) -> Result<Option<String>, KeyError> {
        Ok(self.pointer()?.map(|pointer| pointer.key))
    }

    /// Whether opening the folder needs a passphrase.
    ///
    /// # Errors
    /// As [`Keeper::id`].
    pub fn needs_passphrase(&self) -> Result<bool, KeyError> {
        let pointer = self.pointer()?;
        Ok(pointer.is_some_and(|pointer| pointer.kept == Place::Passphrase))
    }

    /// Fetches the folder's key, or nothing when it was never sealed.
    ///
    /// # Errors
    /// [`KeyError`]: no keyring, a locked one, one without the key, a passphrase that is missing or
    /// wrong, or another key than the folder's.
    pub fn key(&self, passphrase: Option<&str>) -> Result<Option<Key>, KeyError> {
        let Some(Pointer { key: id, kept }) = self.pointer()? else {
            return Ok(None);
        };
        let found = match kept {
            Place::Keyring => match ring::load(&name(&id))? {
                Some(key) => key,
                None => return Err(KeyError::Missing { id }),
            },
            Place::Passphrase => {
                let text = passphrase.ok_or(KeyError::PassphraseNeeded)?;
                let file = self.folder.join(UNDER_PASSPHRASE);
                let sealed = std::fs::read_to_string(&file).map_err(|source| KeyError::File {
                    path: file.clone(),
                    source,
                })?;
                let opener = Opener::Passphrase(Zeroizing::new(text.to_owned()));
                recovery::recover(&sealed, &opener)?
            }
        };
        if found.id() == id {
            return Ok(Some(found));
        }
        Err(KeyError::Other {
            wanted: id,
            found: found.id(),
        })
    }

    /// Draws a key for a folder that has none and keeps it.
    ///
    /// # Errors
    /// [`KeyError::Exists`], or why it could not be kept; nothing names a key then.
    pub fn create(&self, keep: &Keep) -> Result<Key, KeyError> {
        if let Some(id) = self.id()? {
            return Err(KeyError::Exists { id });
        }
        let key = Key::draw()?;
        self.keep(&key, keep)?;
        Ok(key)
    }

    /// Keeps a key that was recovered or moved here. The key of a sealed folder can only be put back,
    /// not exchanged.
    ///
    /// # Errors
    /// [`KeyError::Other`] when the folder is sealed with another key, or why it could not be kept.
    pub fn keep(&self, key: &Key, keep: &Keep) -> Result<(), KeyError> {
        if let Some(wanted) = self.id()?.filter(|id| *id != key.id()) {
            return Err(KeyError::Other {
                wanted,
                found: key.id(),
            });
        }
        // The key is safe before anything says where it is.
        let kept = match keep {
            Keep::Keyring => {
                ring::store(&name(&key.id()), key)?;
                Place::Keyring
            }
            Keep::Passphrase(text) => {
                self.replace(UNDER_PASSPHRASE, &recovery::to_passphrase(key, text)?)?;
                Place::Passphrase
            }
        };
        let pointer = Pointer {
            key: key.id(),
            kept,
        };
        self.replace(
            POINTER,
            &serde_json::to_string(&pointer).unwrap_or_default(),
        )
    }

    fn pointer(&self) -> Result<Option<Pointer>, KeyError> {
        let path = self.folder.join(POINTER);
        match std::fs::read_to_string(&path) {
            Ok(text) => match serde_json::from_str(&text) {
                Ok(pointer) => Ok(Some(pointer)),
                Err(_) => Err(KeyError::Pointer { path }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::File { path, source }),
        }
    }

    /// Replaces a file in one step, readable for nobody else.
    fn replace(&self, name: &str, text: &str) -> Result<(), KeyError> {
        let path = self.folder.join(name);
        replace(&self.folder, &path, text).map_err(|source| KeyError::File { path, source })
    }
}

/// Replaces a file of a folder in one step, readable for nobody else.
pub(crate) fn replace(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The name of a key in the keyring.
fn name(id: &str) -> String {
    format!("journal {id}")
}

#[cfg(test)]
mod tests {
    use super::{Keep, Keeper};
    use crate::key::Key;
    use drillbook_diagnostic::Diagnostic;
    use zeroize::Zeroizing;

    fn passphrase() -> Keep {
        Keep::Passphrase(Zeroizing::new("six words make a fine passphrase".into()))
    }

    #[test]
    fn a_passphrase_keeps_the_key_of_a_folder_and_nothing_beside_it_is_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::of(folder.path());
        assert_eq!(keeper.key(None).unwrap(), None);
        let key = keeper.create(&passphrase()).unwrap();
        assert!(keeper.needs_passphrase().unwrap());
        let text = "six words make a fine passphrase";
        assert_eq!(keeper.key(Some(text)).unwrap(), Some(key.clone()));
        let code = |given: Option<&str>| keeper.key(given).unwrap_err().code();
        assert_eq!(code(None), "key.passphrase_needed");
        assert_eq!(code(Some("another passphrase")), "key.wrong_passphrase");
        assert_eq!(
            keeper.create(&passphrase()).unwrap_err().code(),
            "key.exists"
        );
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains(key.to_hex().as_str()));
            assert!(!bytes.windows(32).any(|part| part == key.bytes()));
        }
    }

    #[test]
    fn a_sealed_folder_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::of(folder.path());
        let key = keeper.create(&passphrase()).unwrap();
        let other = keeper.keep(&Key::draw().unwrap(), &passphrase());
        assert_eq!(other.unwrap_err().code(), "key.other");
        keeper.keep(&key, &passphrase()).unwrap();
        std::fs::write(folder.path().join("journal.key.json"), "{}").unwrap();
        assert_eq!(keeper.id().unwrap_err().code(), "key.pointer");
    }
}
