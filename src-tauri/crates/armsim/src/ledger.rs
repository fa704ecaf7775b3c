//! The simulator's file: one JSON line for each accepted change, flushed to the disk before it is answered.
//!
//! It is what tests count restores and faults in, and what the state is rebuilt from after a kill.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::failover::Failover;
use crate::state::restore::Restore;

/// One accepted change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Position in the file, from 0.
    pub(crate) n: u64,
    pub(crate) at: DateTime<Utc>,
    /// Object id of who asked for it, or the simulator's name for others.
    pub(crate) by: String,
    pub(crate) correlation: String,
    /// The id that the client gave its request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_request: Option<String>,
    pub(crate) change: Change,
    /// Requests answered since the line before, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) requests: BTreeMap<String, u64>,
}

/// What was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Change {
    /// The first start; relative times of the scenario count from here.
    Started {
        scenario: String,
        seed: u64,
        faults: Vec<String>,
    },
    /// A resource was asked for; it is so from `ready_at`.
    Wrote {
        id: String,
        action: String,
        doc: Value,
        ready_at: DateTime<Utc>,
        operation: Option<String>,
    },
    /// A deletion was asked for; the resource is gone from `gone_at`.
    Deleted {
        id: String,
        action: String,
        gone_at: DateTime<Utc>,
        operation: Option<String>,
    },
    /// A cross-region restore was accepted.
    Restored { restore: Box<Restore> },
    /// A test failover, or the cleanup of one, was accepted.
    FailedOver { failover: Box<Failover> },
    /// A fault fired; `docs` are resources that appear with it.
    Fault {
        name: String,
        site: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        docs: Vec<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        twin: Option<Box<Restore>>,
    },
    /// T0 was declared.
    T0,
    /// Nothing changed; carries the counts of requests when the simulator stops.
    Stopped,
}

/// The append side of the file; without a path nothing is kept.
#[derive(Debug)]
pub(crate) struct Book {
    file: Option<File>,
}

impl Book {
    /// Opens the file, drops a torn last line and returns what stands in it.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<(Book, Vec<Line>)> {
        let Some(path) = path else {
            return Ok((Book { file: None }, Vec::new()));
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (lines, kept) = parse(&bytes)?;
        file.set_len(kept as u64)?;
        file.seek(SeekFrom::Start(kept as u64))?;
        file.sync_all()?;
        Ok((Book { file: Some(file) }, lines))
    }

    /// Appends one line and waits until the disk has it.
    pub(crate) fn append(&mut self, line: &Line) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        file.write_all(&bytes)?;
        file.sync_data()
    }
}

/// Reads whole lines; a last line that was torn by a kill is left out, any other fault is an error.
fn parse(bytes: &[u8]) -> io::Result<(Vec<Line>, usize)> {
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(end) = bytes[at..].iter().position(|b| *b == b'\n') {
        let line = &bytes[at..at + end];
        match serde_json::from_slice(line) {
            Ok(parsed) => lines.push(parsed),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
        at += end + 1;
    }
    Ok((lines, at))
}

/// What the simulator's file says, for tests and for the composing program's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Restores accepted from the client, by the item's friendly name.
    pub restores: BTreeMap<String, u64>,
    /// Test failovers accepted from the client, by the friendly name of the item or plan.
    pub failovers: BTreeMap<String, u64>,
    /// Faults fired, by name.
    pub faults: BTreeMap<String, u64>,
    /// Requests answered, by kind (such as `POST backupCrrJob`), up to the last change.
    pub requests: BTreeMap<String, u64>,
    /// Resources deleted, as they were spelled.
    pub deleted: Vec<String>,
    /// How many lines the file has.
    pub changes: u64,
    /// When the scenario began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the last change was accepted: a clock must not start before it.
    pub last_change: Option<DateTime<Utc>>,
}

impl Ledger {
    /// Reads the file at `path`; a file that does not exist is an empty ledger.
    ///
    /// # Errors
    /// When the file cannot be read, or a line other than a torn last one is not a change.
    pub fn read(path: &Path) -> io::Result<Ledger> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ledger::default()),
            Err(error) => return Err(error),
        };
        let (lines, _) = parse(&bytes)?;
        let mut ledger = Ledger::default();
        for line in &lines {
            ledger.count(line);
        }
        Ok(ledger)
    }

    /// Adds one line to the counts.
    pub(crate) fn count(&mut self, line: &Line) {
        self.changes += 1;
        self.started_at.get_or_insert(line.at);
        self.last_change = self.last_change.max(Some(line.at));
        for (kind, count) in &line.requests {
            *self.requests.entry(kind.clone()).or_default() += count;
        }
        match &line.change {
            Change::Restored { restore } => {
                *self.restores.entry(restore.item.clone()).or_default() += 1;
            }
            Change::FailedOver { failover } if failover.clears.is_none() => {
                *self.failovers.entry(failover.friendly.clone()).or_default() += 1;
            }
            Change::Fault { name, .. } => *self.faults.entry(name.clone()).or_default() += 1,
            Change::Deleted { id, .. } => self.deleted.push(id.clone()),
            Change::Started { .. }
            | Change::Wrote { .. }
            | Change::FailedOver { .. }
            | Change::T0
            | Change::Stopped => {}
        }
    }

    /// Returns the number of restores accepted over all items.
    pub fn restores_total(&self) -> u64 {
        self.restores.values().sum()
    }
}
