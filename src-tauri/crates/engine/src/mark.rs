//! The high-water mark of a live log in the keyring, where an older copy of the whole folder does not
//! reach it.
//!
//! The journal's own mark lies beside it and is put back with it; this one is not. It is written when
//! the folder is opened and at every checkpoint, after the commit, so that it is always a prefix of the
//! log. Deliberately absent: any need for a keyring. Who keeps the key under a passphrase has no mark
//! there; a rollback of the whole folder is not noticed then, and that is said.

use crate::EngineError;
use drillbook_journal::{Break, Head, JournalError, Reader};
use drillbook_keys::{Keeper, KeyError, load_text, store_text};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use std::path::{Path, PathBuf};

/// The mark of one folder.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    name: String,
}

impl Mark {
    /// Names the mark of the sealed journal in `home`; one whose key is not in the keyring has none
    /// there. A folder that was copied elsewhere has a mark of its own.
    pub(crate) fn of(home: &Path) -> Result<Option<Mark>, EngineError> {
        let keeper = Keeper::of(home);
        let Some(key) = keeper
            .id()?
            .filter(|_| !keeper.needs_passphrase().unwrap_or(true))
        else {
            return Ok(None);
        };
        let place = std::path::absolute(home).unwrap_or_else(|_| home.to_owned());
        let place = Digest::of(place.as_os_str().as_encoded_bytes()).hex();
        let name = format!("mark {key} {}", &place[..16]);
        Ok(Some(Mark { name }))
    }

    /// Refuses a log that is shorter than it once was, or does not begin as it did; raises the mark.
    /// Returns why nothing watches the log, when no keyring answers.
    pub(crate) fn check(&self, reader: &Reader) -> Result<Option<KeyError>, EngineError> {
        let size = reader.head()?.size;
        let seen = match load_text(&self.name) {
            Ok(seen) => seen,
            Err(why) => return Ok(Some(why)),
        };
        if let Some(text) = seen {
            let path = PathBuf::from(&self.name);
            let seen = Checkpoint::parse(&text).map_err(|_| JournalError::MarkMissing { path })?;
            let head = Head {
                size: seen.size,
                root: seen.root,
            };
            if seen.origin == reader.origin() && seen.size > size {
                let mark = seen.size;
                return Err(JournalError::RolledBack { size, mark }.into());
            }
            if seen.origin != reader.origin() || !reader.starts_with(&head)? {
                return Err(JournalError::from(Break::Mark(seen.size)).into());
            }
            if seen.size == size {
                return Ok(None);
            }
        }
        Ok(self.write(reader)?.err())
    }

    /// Raises the mark to the head, whatever it was. The log holds what the mark lacks, so a keyring
    /// that fails is no failure of what was committed: the next checkpoint tries again.
    pub(crate) fn raise(&self, reader: &Reader) -> Result<(), EngineError> {
        if let Err(error) = self.write(reader)? {
            tracing::warn!(%error, "high-water mark not kept in the keyring");
        }
        Ok(())
    }

    fn write(&self, reader: &Reader) -> Result<Result<(), KeyError>, EngineError> {
        let head = reader.head()?;
        let mark = Checkpoint {
            origin: reader.origin().to_owned(),
            size: head.size,
            root: head.root,
        };
        Ok(store_text(&self.name, &mark.to_text()))
    }
}
