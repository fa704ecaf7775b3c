//! Backup and restore: one file, consistent and sealed like its journal, whole or not there at all.
//!
//! A restored log may be shorter than the one that others saw, so it never goes on under the old
//! origin: it gets a new one and names its predecessor by origin, size and root.
//! Deliberately absent: what the entry that says so is called; the caller brings it along.

use crate::batch::{NewEntry, StoredEntry};
use crate::error::JournalError;
use crate::folder::{DataFolder, Env, sync_folder};
use crate::mark::Mark;
use crate::reader::Reader;
use crate::schema;
use crate::seal::{self, Place};
use crate::store::{Options, Store, new_origin, origin_of, range_of, state_text};
use crate::verify::{self, Verification};
use crate::writer::insert_entry;
use chrono::{DateTime, Utc};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::merkle::Head;
use drillbook_trust::time;
use rusqlite::backup::Backup;
use rusqlite::{Connection, Transaction};
use std::fs;
use std::path::{Path, PathBuf};

/// The log that a restored one goes on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its origin.
    pub origin: String,
    /// Its head, as the backup has it.
    pub head: Head,
}

/// What is restored, and how the new log begins.
pub struct Restore<'a> {
    /// The backup.
    pub backup: &'a Path,
    /// The time of the entry that names the predecessor, unless the log is ahead of it.
    pub at: DateTime<Utc>,
    /// How the backup is verified before anything is written.
    pub verification: Verification<'a>,
    /// Returns the entry that names the predecessor, in the log of this new origin.
    pub first: &'a dyn Fn(&Predecessor, &str) -> NewEntry,
}

impl Reader {
    /// Writes the journal as it is at one moment to a new file, under the same key.
    ///
    /// # Errors
    /// [`JournalError::Backup`] when there is such a file, or it cannot be written. Nothing stands
    /// under its name then.
    pub fn backup(&self, to: &Path) -> Result<Head, JournalError> {
        let failed = |source| JournalError::Backup {
            path: to.to_owned(),
            source,
        };
        let folder = parent(to);
        let file = tempfile::Builder::new()
            .prefix(".drillbook-backup-")
            .tempfile_in(folder)
            .map_err(failed)?;
        let place = Place {
            path: file.path().to_owned(),
            ..self.place().clone()
        };
        let head = self.with(|source| copy(source, &place))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(to)
            .map_err(|error| failed(error.error))?;
        sync_folder(folder).map_err(failed)?;
        Ok(head)
    }
}

impl Store {
    /// Verifies a backup and makes it the journal of a folder that has none, under a new origin.
    ///
    /// # Errors
    /// [`JournalError::Occupied`] when there is a journal already, and whatever keeps the backup from
    /// being opened or from holding. There is no journal in the folder then.
    pub fn restore(
        folder: &DataFolder,
        env: Env,
        options: &Options,
        restore: Restore<'_>,
    ) -> Result<Predecessor, JournalError> {
        let home = folder.of(env)?;
        let place = options.place(&home, env);
        refuse_occupied(&place.path)?;
        let from = Place {
            path: restore.backup.to_owned(),
            ..place.clone()
        };
        let mut source = schema::open_reader(&from)?;
        schema::check_definitions(&source)?;
        let old = origin_of(&source, env)?;
        let head = verify::all(&mut source, &old, None, restore.verification)?.head;
        if head.size == 0 {
            return Err(JournalError::Missing { path: from.path });
        }
        let predecessor = Predecessor { origin: old, head };
        let new = Place {
            path: place.path.with_extension("db.restoring"),
            ..place.clone()
        };
        discard(&new.path)?;
        copy(&mut source, &new)?;
        let origin = new_origin(env, options);
        let entry = (restore.first)(&predecessor, &origin);
        let head = begin(&new, &predecessor, entry, &origin, restore.at)?;
        // The mark goes first: a crash in between leaves a folder that says that its journal is lost.
        Mark::of(&home).write(&Checkpoint {
            origin,
            size: head.size,
            root: head.root,
        })?;
        let failed = |source| JournalError::Folder {
            path: place.path.clone(),
            source,
        };
        fs::rename(&new.path, &place.path).map_err(failed)?;
        sync_folder(&home).map_err(failed)?;
        Ok(predecessor)
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Copies page by page within one snapshot, and leaves one file without a write-ahead log.
fn copy(source: &mut Connection, to: &Place) -> Result<Head, JournalError> {
    let mut copy = Connection::open(&to.path)?;
    if let Some(key) = &to.key {
        seal::give(&copy, key)?;
    }
    Backup::new(source, &mut copy)?.step(-1)?;
    settle(&copy)?;
    let head = range_of(&copy)?.head();
    copy.close().map_err(|(_, error)| error)?;
    Ok(head)
}

/// Writes everything into the file itself.
fn settle(connection: &Connection) -> Result<(), JournalError> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    debug_assert_eq!(mode, "delete");
    Ok(())
}

/// Refuses a folder with a journal, or with the write-ahead log of one.
fn refuse_occupied(path: &Path) -> Result<(), JournalError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    for path in [path.to_owned(), PathBuf::from(log)] {
        if fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Err(JournalError::Occupied { path });
        }
    }
    Ok(())
}

/// Removes what a restore that was cut off left behind.
fn discard(path: &Path) -> Result<(), JournalError> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        match fs::remove_file(&name) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                let path = PathBuf::from(name);
                return Err(JournalError::Folder { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Gives the copy its new origin and the entry that names the old one.
fn begin(
    new: &Place,
    predecessor: &Predecessor,
    entry: NewEntry,
    origin: &str,
    at: DateTime<Utc>,
) -> Result<Head, JournalError> {
    let mut connection = schema::open_writer(new)?;
    let change = connection.transaction()?;
    // The only place where a log's row changes: in a file that is no journal yet.
    without(
        &change,
        "log_no_update",
        "UPDATE log SET origin = ?1",
        [origin],
    )?;
    // Checkpoints bear the old origin; the predecessor's head stands in the entry instead.
    without(
        &change,
        "checkpoint_no_delete",
        "DELETE FROM checkpoint",
        [],
    )?;
    change.execute(
        "INSERT INTO predecessor (size, origin, root) VALUES (?1, ?2, ?3)",
        (
            predecessor.head.size,
            &predecessor.origin,
            predecessor.head.root.as_bytes(),
        ),
    )?;
    let last: String = change.query_row("SELECT coalesce(max(at), '') FROM entry", [], |row| {
        row.get(0)
    })?;
    let at = last.max(time::to_text(at));
    let mut range = range_of(&change)?;
    let stored = StoredEntry::seal(entry, origin, range.size(), &at)?;
    insert_entry(&change, &stored, &mut range)?;
    change.execute(
        "UPDATE head SET size = ?1, state = ?2",
        (range.size(), state_text(&range)),
    )?;
    change.commit()?;
    schema::check_definitions(&connection)?;
    settle(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    let synced = fs::File::open(&new.path).and_then(|file| file.sync_all());
    synced.map_err(|source| JournalError::Folder {
        path: new.path.clone(),
        source,
    })?;
    Ok(range.head())
}

/// Runs a statement with one trigger out of the way, and puts the trigger back word for word.
fn without(
    change: &Transaction<'_>,
    trigger: &str,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<(), JournalError> {
    let find = "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?1";
    let words: String = change.query_row(find, [trigger], |row| row.get(0))?;
    change.execute_batch(&format!("DROP TRIGGER {trigger}"))?;
    change.execute(sql, parameters)?;
    Ok(change.execute_batch(&words)?)
}
