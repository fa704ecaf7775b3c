//! The reading side: its own read-only connections, so reading never waits for the writer.
//!
//! Whatever is read is checked against its leaf hash, commitments or digest on the way.

use crate::batch::StoredEntry;
use crate::error::{Break, JournalError};
use crate::folder::Env;
use crate::mark::Mark;
use crate::schema;
use crate::seal::Place;
use crate::search::{self, Filter, Found, Page};
use crate::store::range_of;
use crate::stream::{Entries, Leaves};
use crate::verify::{self, Verification, Verified};
use drillbook_trust::digest::Digest;
use drillbook_trust::merkle::Head;
use rusqlite::{Connection, Row};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// How many connections are kept for the next reads.
const MAX_IDLE: usize = 8;

/// Reads one log. Clones are cheap and share their connections.
#[derive(Debug, Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    place: Place,
    origin: String,
    mark: Mark,
    idle: Mutex<Vec<Connection>>,
}

/// Where a drill stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillSummary {
    /// The drill.
    pub drill: String,
    /// Its first entry.
    pub first: u64,
    /// Its last entry.
    pub last: u64,
    /// How many it has.
    pub entries: u64,
    /// When the first was appended.
    pub opened_at: String,
    /// When the last was appended.
    pub last_at: String,
}

impl Reader {
    pub(crate) fn new(place: Place, origin: String, mark: Mark) -> Self {
        let idle = Mutex::default();
        Self {
            shared: Arc::new(Shared {
                place,
                origin,
                mark,
                idle,
            }),
        }
    }

    /// Returns the log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// Whether the file is sealed.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.shared.place.key.is_some()
    }

    /// Returns the log's environment.
    #[must_use]
    pub fn env(&self) -> Env {
        self.shared.place.env
    }

    /// Returns size and root of the log.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be read or is broken; so for every method below.
    pub fn head(&self) -> Result<Head, JournalError> {
        self.with(|connection| Ok(range_of(connection)?.head()))
    }

    /// Returns the root over the first `size` entries.
    ///
    /// # Errors
    /// [`JournalError::BeyondHead`] when the log is shorter.
    pub fn root_at(&self, size: u64) -> Result<Digest, JournalError> {
        self.with(|connection| verify::root_at(connection, size))
    }

    /// Whether the log starts with the log this head was taken of.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn starts_with(&self, head: &Head) -> Result<bool, JournalError> {
        match self.root_at(head.size) {
            Ok(root) => Ok(root == head.root),
            Err(JournalError::BeyondHead { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns the entry at a position.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn entry(&self, seq: u64) -> Result<Option<StoredEntry>, JournalError> {
        Ok(self.portion(None, seq, seq.saturating_add(1), 1)?.pop())
    }

    /// Returns the entries of a range of positions, as far as the log goes.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn entries(&self, range: Range<u64>) -> Result<Entries, JournalError> {
        let end = range.end.min(self.head()?.size);
        Ok(Entries::new(self.clone(), None, range.start, end))
    }

    /// Returns a drill's entries from a position on.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn drill(&self, drill: &str, from: u64) -> Result<Entries, JournalError> {
        Ok(Entries::new(
            self.clone(),
            Some(drill.to_owned()),
            from,
            self.head()?.size,
        ))
    }

    /// Returns the position of a drill's last entry.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn last_of(&self, drill: &str) -> Result<Option<u64>, JournalError> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT max(seq) FROM entry WHERE drill = ?1")?;
            Ok(statement.query_row([drill], |row| row.get(0))?)
        })
    }

    /// Returns every drill of the log in the order they were opened.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn drills(&self) -> Result<Vec<DrillSummary>, JournalError> {
        self.drills_at(u64::MAX)
    }

    /// Returns every drill of the first `size` entries in the order they were opened.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn drills_at(&self, size: u64) -> Result<Vec<DrillSummary>, JournalError> {
        self.list(
            "SELECT span.drill, span.first, span.last, span.entries, opened.at, latest.at
             FROM (SELECT drill, min(seq) AS first, max(seq) AS last, count(*) AS entries
                   FROM entry WHERE drill <> '' AND seq < ?1 GROUP BY drill) AS span
             JOIN entry AS opened ON opened.seq = span.first
             JOIN entry AS latest ON latest.seq = span.last ORDER BY span.first",
            [size.min(i64::MAX as u64)],
            |row| {
                Ok(DrillSummary {
                    drill: row.get(0)?,
                    first: row.get(1)?,
                    last: row.get(2)?,
                    entries: row.get(3)?,
                    opened_at: row.get(4)?,
                    last_at: row.get(5)?,
                })
            },
        )
    }

    /// Returns every kind of entry there is, for a list to choose from.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn kinds(&self) -> Result<Vec<String>, JournalError> {
        self.list("SELECT DISTINCT kind FROM entry ORDER BY kind", [], |row| {
            row.get(0)
        })
    }

    /// Returns everybody who ever appended, for a list to choose from.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn actors(&self) -> Result<Vec<String>, JournalError> {
        self.list(
            "SELECT DISTINCT actor FROM entry ORDER BY actor",
            [],
            |row| row.get(0),
        )
    }

    /// Returns one page of the entries that match, and how many there are in all.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn search(&self, filter: &Filter, page: Page) -> Result<Found, JournalError> {
        self.with(|connection| search::search(&*connection.transaction()?, filter, page))
    }

    /// Returns the leaf hashes of a range of positions, as far as the log goes.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn leaves(&self, range: Range<u64>) -> Result<Leaves, JournalError> {
        Ok(Leaves::new(
            self.clone(),
            range.start,
            range.end.min(self.head()?.size),
        ))
    }

    /// Verifies everything there is: definitions, pages, every entry with its sealed values, the
    /// tree, the mark, checkpoints, documents and evidence. Takes time, but little memory.
    ///
    /// # Errors
    /// [`JournalError::Broken`] with the first contradiction, [`JournalError::RolledBack`].
    pub fn verify_all(&self, verification: Verification<'_>) -> Result<Verified, JournalError> {
        let shared = &*self.shared;
        self.with(|connection| {
            verify::all(connection, &shared.origin, Some(&shared.mark), verification)
        })
    }

    /// Reads up to `limit` entries from a position on, of one drill or of all.
    pub(crate) fn portion(
        &self,
        drill: Option<&str>,
        from: u64,
        end: u64,
        limit: u64,
    ) -> Result<Vec<StoredEntry>, JournalError> {
        let sql = match drill {
            Some(_) => {
                "SELECT seq, leaf, bytes FROM entry
                 WHERE drill = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq LIMIT ?4"
            }
            None => {
                "SELECT seq, leaf, bytes FROM entry
                 WHERE ?1 IS NULL AND seq >= ?2 AND seq < ?3 ORDER BY seq LIMIT ?4"
            }
        };
        // Positions beyond what SQLite can count do not exist.
        let (from, end) = (from.min(i64::MAX as u64), end.min(i64::MAX as u64));
        self.with(|connection| {
            let snapshot = connection.transaction()?;
            let mut statement = snapshot.prepare_cached(sql)?;
            let mut rows = statement.query((drill, from, end, limit))?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.push(StoredEntry::read(
                    &snapshot,
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                )?);
            }
            Ok(entries)
        })
    }

    /// Reads the leaves of a short range; all of them must be there.
    pub(crate) fn leaf_portion(&self, from: u64, end: u64) -> Result<Vec<Digest>, JournalError> {
        self.with(|connection| {
            let sql = "SELECT leaf FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq";
            let mut statement = connection.prepare_cached(sql)?;
            let rows =
                statement.query_map((from, end), |row| Ok(Digest::from_bytes(row.get(0)?)))?;
            let leaves = rows.collect::<Result<Vec<_>, _>>()?;
            if leaves.len() as u64 == end - from {
                Ok(leaves)
            } else {
                Err(Break::Gap(from + leaves.len() as u64).into())
            }
        })
    }

    /// Returns the file and what it is opened with.
    pub(crate) fn place(&self) -> &Place {
        &self.shared.place
    }

    pub(crate) fn list<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, JournalError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(parameters, read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Runs `read` on an idle connection, or on a new one.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&mut Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let lock = || {
            self.shared
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let idle = lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => schema::open_reader(&self.shared.place)?,
        };
        let result = read(&mut connection);
        let mut idle = lock();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
        result
    }
}
