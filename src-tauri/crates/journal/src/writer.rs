//! The one writer: appends in one transaction, checkpoints, and tells who listens.
//!
//! Deliberately absent: any way to change or remove what was appended.

use crate::batch::{Appended, Batch, Expected, NewDocument, NewEntry, StoredEntry};
use crate::beside::{StoredCheckpoint, checkpoint_at};
use crate::error::JournalError;
use crate::folder::{DataFolder, Env};
use crate::kill::{self, Moment};
use crate::mark::Mark;

use crate::store::{range_of, state_text};
use crate::verify::milestone_row;
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::Value;
use drillbook_trust::merkle::CompactRange;
use drillbook_trust::time;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(test)]
mod tests;

type Listener = Arc<dyn Fn(&Appended) + Send + Sync>;

/// Appends to one log. There is one per folder and environment; share it behind an `Arc`.
pub struct Writer {
    inner: Mutex<Inner>,
    listeners: Mutex<Vec<Listener>>,
    origin: String,
    env: Env,
    mark: Mark,
    folder: DataFolder,
}

struct Inner {
    connection: Connection,
    /// Drills whose log already says that the clock is behind, until it has caught up.
    behind: BTreeSet<String>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        folder: DataFolder,
        origin: String,
        env: Env,
        mark: Mark,
    ) -> Self {
        let inner = Mutex::new(Inner {
            connection,
            behind: BTreeSet::new(),
        });
        Self {
            inner,
            listeners: Mutex::default(),
            origin,
            env,
            mark,
            folder,
        }
    }

    /// Returns the log's origin, such as `drillbook/rehearsal/9f3c2a7d51e0b846`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the log's environment.
    #[must_use]
    pub fn env(&self) -> Env {
        self.env
    }

    /// Returns the locked folder.
    #[must_use]
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Calls `listener` after every append, on the thread that appended and after its commit.
    pub fn on_append(&self, listener: impl Fn(&Appended) + Send + Sync + 'static) {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::new(listener));
    }

    /// Appends the batch in one transaction if the log is where the caller believes it to be.
    ///
    /// Times never decrease: where the batch's time is before the last entry's, the entries get
    /// that one and a `clock.stepped_back` entry says so, once until the clock has caught up.
    ///
    /// # Errors
    /// [`JournalError::Race`] when the drill moved on, or why nothing could be written. Nothing
    /// of the batch is in the journal then.
    pub fn append(&self, expected: &Expected, batch: Batch) -> Result<Appended, JournalError> {
        let appended = {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            self.commit(&mut inner, expected, batch)?
        };
        tracing::debug!(size = appended.head.size, "journal appended");
        let listeners = self
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for listener in listeners {
            listener(&appended);
        }
        Ok(appended)
    }

    /// Signs the log's head as a checkpoint, or returns the one this size already has.
    ///
    /// # Errors
    /// [`JournalError::Unsigned`] when `sign` fails, or why it could not be stored.
    pub fn checkpoint<E>(
        &self,
        sign: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<StoredCheckpoint, JournalError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let change = immediate(&mut inner.connection)?;
        let head = range_of(&change)?.head();
        if let Some(stored) = checkpoint_at(&change, head.size)? {
            return Ok(stored);
        }
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size: head.size,
            root: head.root,
        };
        let text = checkpoint.to_text();
        let signature = sign(&text).map_err(|error| JournalError::Unsigned(error.into()))?;
        change.execute(
            "INSERT INTO checkpoint (size, text, signature) VALUES (?1, ?2, ?3)",
            (head.size, &text, &signature),
        )?;
        change.commit()?;
        Ok(StoredCheckpoint {
            checkpoint,
            text,
            signature,
        })
    }

    /// Rebuilds what the free-text search reads from the entries.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when an entry cannot be read, or why nothing could be written.
    pub fn rebuild_search(&self) -> Result<(), JournalError> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let change = immediate(&mut inner.connection)?;
        change.execute("DELETE FROM entry_text", [])?;
        {
            let mut statement = change.prepare("SELECT seq, leaf, bytes FROM entry")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let stored = StoredEntry::read(&change, row.get(0)?, row.get(1)?, row.get(2)?)?;
                insert_text(&change, &stored)?;
            }
        }
        Ok(change.commit()?)
    }

    fn commit(
        &self,
        inner: &mut Inner,
        expected: &Expected,
        batch: Batch,
    ) -> Result<Appended, JournalError> {
        let append = kill::count();
        let Some(drill) = batch.entries.first().map(|entry| entry.drill.clone()) else {
            return Err(JournalError::Empty);
        };
        let change = immediate(&mut inner.connection)?;
        refuse_race(&change, expected)?;
        let mut range = range_of(&change)?;
        let now = time::to_text(batch.at);
        let last: Option<String> = change
            .prepare_cached("SELECT at FROM entry ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let at = last
            .filter(|last| *last > now)
            .unwrap_or_else(|| now.clone());
        let behind = at != now;
        let mut new = batch.entries;
        if behind && !inner.behind.contains(&drill) {
            new.push(self.stepped_back(drill.clone(), now));
        }
        let mut entries = Vec::with_capacity(new.len());
        for entry in new {
            let stored = StoredEntry::seal(entry, &self.origin, range.size(), &at)?;
            insert_entry(&change, &stored, &mut range)?;
            entries.push(stored);
        }
        for blob in &batch.blobs {
            insert_blob(&change, blob)?;
        }
        for document in &batch.documents {
            insert_document(&change, document, range.size())?;
        }
        change
            .prepare_cached("UPDATE head SET size = ?1, state = ?2")?
            .execute((range.size(), state_text(&range)))?;
        kill::die_if_told(Moment::BeforeCommit, append);
        change.commit()?;
        kill::die_if_told(Moment::AfterCommit, append);
        if behind {
            inner.behind.insert(drill);
        } else {
            inner.behind.clear();
        }
        Ok(self.mark_and_return(entries, &range))
    }

    /// The commit is durable, so a mark that cannot be written is no failure of the append: the
    /// old mark is still a prefix, and the next append tries again.
    fn mark_and_return(&self, entries: Vec<StoredEntry>, range: &CompactRange) -> Appended {
        let head = range.head();
        let mark = Checkpoint {
            origin: self.origin.clone(),
            size: head.size,
            root: head.root,
        };
        if let Err(error) = self.mark.write(&mark) {
            tracing::warn!(%error, size = head.size, "high-water mark not written");
        }
        Appended { entries, head }
    }

    fn stepped_back(&self, drill: String, real: String) -> NewEntry {
        NewEntry {
            drill,
            kind: "clock.stepped_back".into(),
            actor: format!("installation@{}", self.origin),
            public: BTreeMap::from([("real".into(), Value::Text(real))]),
            sealed: Vec::new(),
        }
    }
}

fn immediate(connection: &mut Connection) -> Result<Transaction<'_>, JournalError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn refuse_race(change: &Connection, expected: &Expected) -> Result<(), JournalError> {
    let Expected::Last { drill, last } = expected else {
        return Ok(());
    };
    let found: Option<u64> = change
        .prepare_cached("SELECT max(seq) FROM entry WHERE drill = ?1")?
        .query_row([drill], |row| row.get(0))?;
    if found == *last {
        return Ok(());
    }
    Err(JournalError::Race {
        drill: drill.clone(),
        expected: *last,
        found,
    })
}

pub(crate) fn insert_entry(
    change: &Connection,
    stored: &StoredEntry,
    range: &mut CompactRange,
) -> Result<(), JournalError> {
    let entry = &stored.entry;
    change
        .prepare_cached(
            "INSERT INTO entry (seq, leaf, drill, kind, actor, at, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            entry.seq,
            stored.leaf.as_bytes(),
            &entry.drill,
            &entry.kind,
            &entry.actor,
            &entry.at,
            &stored.bytes,
        ))?;
    for (place, disclosure) in stored.disclosures.iter().enumerate() {
        change
            .prepare_cached("INSERT INTO disclosure (seq, place, encoded) VALUES (?1, ?2, ?3)")?
            .execute((entry.seq, place, disclosure.encode()))?;
    }
    insert_text(change, stored)?;
    range.append(stored.leaf);
    if let Some(row) = milestone_row(range) {
        change
            .prepare_cached("INSERT INTO milestone (size, state) VALUES (?1, ?2)")?
            .execute(row)?;
    }
    Ok(())
}

fn insert_text(change: &Connection, stored: &StoredEntry) -> Result<(), JournalError> {
    change
        .prepare_cached("INSERT INTO entry_text (seq, text) VALUES (?1, ?2)")?
        .execute((stored.entry.seq, stored.text()))?;
    Ok(())
}

fn insert_blob(change: &Connection, bytes: &[u8]) -> Result<(), JournalError> {
    change
        .prepare_cached(
            "INSERT INTO blob (digest, size, bytes) SELECT ?1, ?2, ?3
             WHERE NOT EXISTS (SELECT 1 FROM blob WHERE digest = ?1)",
        )?
        .execute((Digest::of(bytes).as_bytes(), bytes.len(), bytes))?;
    Ok(())
}

fn insert_document(
    change: &Connection,
    document: &NewDocument,
    size: u64,
) -> Result<(), JournalError> {
    let digest = Digest::of(&document.bytes);
    change
        .prepare_cached(
            "INSERT INTO document (digest, since, bytes) SELECT ?1, ?2, ?3
             WHERE NOT EXISTS (SELECT 1 FROM document WHERE digest = ?1)",
        )?
        .execute((digest.as_bytes(), size, &document.bytes))?;
    for armored in &document.signatures {
        change
            .prepare_cached(
                "INSERT INTO signature (document, place, since, armored)
                 SELECT ?1, (SELECT count(*) FROM signature WHERE document = ?1), ?2, ?3
                 WHERE NOT EXISTS
                   (SELECT 1 FROM signature WHERE document = ?1 AND armored = ?3)",
            )?
            .execute((digest.as_bytes(), size, armored))?;
    }
    Ok(())
}
