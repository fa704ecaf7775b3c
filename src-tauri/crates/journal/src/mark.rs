//! The high-water mark: the longest log this folder is known to have had, kept beside the database.
//!
//! It is written after each commit, so it is always a prefix of the log. It is the text of a
//! checkpoint, unsigned. Deliberately absent: the keyring, where the engine keeps a live log's mark too.

use crate::error::JournalError;
use crate::folder::sync_folder;
use drillbook_trust::checkpoint::Checkpoint;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const FILE: &str = "journal.mark";
/// An origin, two numbers and their line ends fit easily; whatever is longer is not a mark.
const MAX_BYTES: u64 = 1024;

/// The mark's file.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    path: PathBuf,
}

impl Mark {
    /// Names the mark of the log in this folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
        }
    }

    /// Returns the mark, or nothing when there is none.
    pub(crate) fn read(&self) -> Result<Option<Checkpoint>, JournalError> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(JournalError::Folder {
                    path: self.path.clone(),
                    source,
                });
            }
            Ok(file) if file.len() > MAX_BYTES => return Err(self.missing()),
            Ok(_) => {}
        }
        let text = fs::read(&self.path).map_err(|source| JournalError::Folder {
            path: self.path.clone(),
            source,
        })?;
        let text = String::from_utf8(text).map_err(|_| self.missing())?;
        Checkpoint::parse(&text)
            .map(Some)
            .map_err(|_| self.missing())
    }

    /// Replaces the mark: a reader finds the old one or the new one, also after a power cut.
    pub(crate) fn write(&self, mark: &Checkpoint) -> Result<(), JournalError> {
        self.replace(&mark.to_text())
            .map_err(|source| JournalError::Folder {
                path: self.path.clone(),
                source,
            })
    }

    /// Returns the error of a mark that should be there.
    pub(crate) fn missing(&self) -> JournalError {
        JournalError::MarkMissing {
            path: self.path.clone(),
        }
    }

    fn replace(&self, text: &str) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // One name for the new file is enough under the folder's lock, and a crash leaves one at most.
        let new = self.path.with_extension("mark.new");
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &self.path)?;
        sync_folder(folder)
    }
}
