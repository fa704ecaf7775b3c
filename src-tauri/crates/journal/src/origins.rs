//! Which origin the entries of a log bear: a restored log goes on under a new one, and its first
//! entries keep the old.

use crate::error::JournalError;
use drillbook_trust::digest::Digest;
use rusqlite::Connection;

/// The origins of a log, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    before: Vec<(u64, String, Digest)>,
    current: String,
}

impl Origins {
    /// Reads the predecessors of the log with this origin.
    pub(crate) fn read(connection: &Connection, current: &str) -> Result<Self, JournalError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'predecessor')";
        let known: bool = connection.query_row(sql, [], |row| row.get(0))?;
        let mut before = Vec::new();
        if known {
            let sql = "SELECT size, origin, root FROM predecessor ORDER BY size";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, Digest::from_bytes(row.get(2)?)))
            })?;
            before = rows.collect::<Result<_, _>>()?;
        }
        Ok(Self {
            before,
            current: current.to_owned(),
        })
    }

    /// Returns the origin that the entry at a position bears.
    pub(crate) fn of(&self, seq: u64) -> &str {
        let old = self.before.iter().find(|(size, ..)| seq < *size);
        old.map_or(&self.current, |(_, origin, _)| origin)
    }

    /// Returns the log's own origin.
    pub(crate) fn current(&self) -> &str {
        &self.current
    }

    /// Returns size and root of each predecessor.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (u64, Digest)> {
        self.before.iter().map(|(size, _, root)| (*size, *root))
    }
}
