//! Opening a journal: its file, its log's origin and what is checked before anything is read.

use crate::error::{Break, JournalError};
use crate::folder::{DataFolder, Env};
use crate::mark::Mark;
use crate::reader::Reader;
use crate::seal::{Place, SealKey};
use crate::writer::Writer;
use crate::{schema, verify};
use drillbook_trust::checkpoint::{self, Checkpoint};
use drillbook_trust::merkle::{CompactRange, RangeState};
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;
use std::time::Duration;

/// Name of the journal's file in the folder of its environment.
pub const FILE: &str = "journal.db";

/// How a journal is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a statement waits for another program's lock on the file.
    pub busy_timeout: Duration,
    /// The eight bytes of a new log's origin; drawn from the system when there are none.
    pub new_log: Option<[u8; 8]>,
    /// The kind of entry that ends a drill. Drills without one are checked when the journal is
    /// opened; where no kind is named, all of them are.
    pub ended_kind: Option<String>,
    /// What the file is sealed with; `None` opens and makes it unsealed.
    pub key: Option<SealKey>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            new_log: None,
            ended_kind: None,
            key: None,
        }
    }
}

impl Options {
    /// Returns the journal's file in the folder of its environment.
    pub(crate) fn place(&self, home: &Path, env: Env) -> Place {
        Place {
            path: home.join(FILE),
            env,
            busy: self.busy_timeout,
            key: self.key.clone(),
        }
    }
}

/// The journal of one environment.
#[derive(Debug)]
pub struct Store;

impl Store {
    /// Opens the journal of `env` in a locked folder, makes it if there is none, and checks the
    /// definitions, the high-water mark, the compact range and the entries of open drills.
    /// Opening appends nothing.
    ///
    /// # Errors
    /// [`JournalError`]: a newer, foreign, damaged, rolled back or broken file, or a disk that
    /// does not let itself be written.
    pub fn open(
        folder: &DataFolder,
        env: Env,
        options: &Options,
    ) -> Result<(Writer, Reader), JournalError> {
        let home = folder.of(env)?;
        let mark = Mark::of(&home);
        let place = options.place(&home, env);
        refuse_lost_file(&place.path, &mark)?;
        let connection = schema::open_writer(&place)?;
        schema::check_definitions(&connection)?;
        found(&connection, env, options)?;
        let origin = origin_of(&connection, env)?;
        let seen = check_mark(&connection, &mark, &origin)?;
        let head = verify::on_open(&connection, &origin, options.ended_kind.as_deref())?;
        if seen != Some(head.size) {
            // The last process ended between a commit and its mark, or the log is new.
            mark.write(&Checkpoint {
                origin: origin.clone(),
                size: head.size,
                root: head.root,
            })?;
        }
        let reader = Reader::new(place, origin.clone(), mark.clone());
        Ok((
            Writer::new(connection, folder.clone(), origin, env, mark),
            reader,
        ))
    }

    /// Opens only the reading side, without the folder's lock and beside whoever holds it.
    ///
    /// # Errors
    /// [`JournalError::Missing`] when there is no journal yet, and as [`Store::open`].
    pub fn open_read_only(
        folder: &Path,
        env: Env,
        options: &Options,
    ) -> Result<Reader, JournalError> {
        let home = folder.join(env.as_str());
        let place = options.place(&home, env);
        let connection = schema::open_reader(&place)?;
        schema::check_definitions(&connection)?;
        let origin = origin_of(&connection, env)?;
        Ok(Reader::new(place, origin, Mark::of(&home)))
    }
}

/// Reads the compact range at the head.
pub(crate) fn range_of(connection: &Connection) -> Result<CompactRange, JournalError> {
    let sql = "SELECT size, state FROM head";
    let row = connection
        .prepare_cached(sql)?
        .query_row([], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let (size, state) = row.ok_or(Break::Range(0))?;
    read_range(size, &state)
}

/// Reads a stored compact range that must be of this size.
pub(crate) fn read_range(size: u64, state: &str) -> Result<CompactRange, JournalError> {
    let broken = || Break::Range(size);
    let state: RangeState = serde_json::from_str(state).map_err(|_| broken())?;
    let range = CompactRange::from_state(state).map_err(|_| broken())?;
    if range.size() == size {
        Ok(range)
    } else {
        Err(broken().into())
    }
}

/// Writes a compact range as it is stored.
pub(crate) fn state_text(range: &CompactRange) -> String {
    serde_json::to_string(&range.to_state()).expect("digests and a number are always JSON")
}

/// Gives a new file its origin.
fn found(connection: &Connection, env: Env, options: &Options) -> Result<(), JournalError> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM log) AND NOT EXISTS (SELECT 1 FROM entry)";
    if !connection.query_row(sql, [], |row| row.get(0))? {
        return Ok(());
    }
    let origin = new_origin(env, options);
    let start = connection.unchecked_transaction()?;
    start.execute(
        "INSERT INTO log VALUES (1, ?1, ?2)",
        (&origin, env.as_str()),
    )?;
    let state = state_text(&CompactRange::new());
    start.execute("INSERT INTO head VALUES (1, 0, ?1)", [&state])?;
    start.commit()?;
    Ok(())
}

/// Draws the origin of a log.
pub(crate) fn new_origin(env: Env, options: &Options) -> String {
    let id = options.new_log.unwrap_or_else(rand::random);
    format!("drillbook/{env}/{:016x}", u64::from_be_bytes(id))
}

pub(crate) fn origin_of(connection: &Connection, env: Env) -> Result<String, JournalError> {
    let found: Option<String> = connection
        .query_row("SELECT origin FROM log", [], |row| row.get(0))
        .optional()?;
    let found = found.unwrap_or_default();
    if checkpoint::environment_of(&found) == Some(env.as_str()) {
        Ok(found)
    } else {
        Err(JournalError::WrongLog {
            found,
            wanted: env.as_str(),
        })
    }
}

/// Refuses to begin anew where a log with entries once was.
fn refuse_lost_file(path: &Path, mark: &Mark) -> Result<(), JournalError> {
    let lost = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    match mark.read()? {
        Some(seen) if seen.size > 0 && lost => Err(JournalError::RolledBack {
            size: 0,
            mark: seen.size,
        }),
        _ => Ok(()),
    }
}

/// Refuses a log that is shorter than its mark, does not start with it or lacks one.
/// Returns the mark's size; a new log may still be without.
fn check_mark(
    connection: &Connection,
    mark: &Mark,
    origin: &str,
) -> Result<Option<u64>, JournalError> {
    let size = range_of(connection)?.size();
    match mark.read()? {
        None if size > 0 => Err(mark.missing()),
        None => Ok(None),
        Some(seen) if seen.size > size => Err(JournalError::RolledBack {
            size,
            mark: seen.size,
        }),
        Some(seen) if size == 0 => Ok((seen.origin == origin).then_some(0)),
        Some(seen) => {
            let holds =
                seen.origin == origin && verify::root_at(connection, seen.size)? == seen.root;
            if holds {
                Ok(Some(seen.size))
            } else {
                Err(Break::Mark(seen.size).into())
            }
        }
    }
}
