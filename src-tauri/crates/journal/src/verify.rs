//! Whether the stored bytes still agree with each other: quickly on open, wholly in the background
//! and before an export.
//!
//! Everything streams, so memory does not grow with the log. Deliberately absent: signatures,
//! whose keys and roles the domain knows.

use crate::batch::StoredEntry;
use crate::error::{Break, JournalError};
use crate::mark::Mark;
use crate::origins::Origins;
use crate::store::{range_of, read_range, state_text};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use drillbook_trust::merkle::{CompactRange, Head};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Read;

/// How far apart the stored compact ranges are.
pub(crate) const MILESTONE: u64 = 256;

/// What a full verification is told and tells.
pub struct Verification<'a> {
    /// Returns the digests of the evidence and documents that an entry names.
    pub names: &'a dyn Fn(&StoredEntry) -> Vec<Digest>,
    /// Called with entries done and entries in all.
    pub progress: &'a mut dyn FnMut(u64, u64),
}

/// What a full verification found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The head it went up to.
    pub head: Head,
    /// Pieces of evidence hashed.
    pub blobs: u64,
    /// Documents hashed.
    pub documents: u64,
    /// Checkpoints compared.
    pub checkpoints: u64,
}

/// Checks the tree over the leaf column and the entries of drills that have not ended.
pub(crate) fn on_open(
    connection: &Connection,
    origin: &str,
    ended_kind: Option<&str>,
) -> Result<Head, JournalError> {
    let stored = range_of(connection)?;
    let mut tree = Tree::new(connection, stored.size());
    let mut statement = connection.prepare("SELECT seq, leaf FROM entry ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        tree.grow(row.get(0)?, Digest::from_bytes(row.get(1)?))?;
    }
    let head = tree.finish(&stored)?;
    let sql = "SELECT seq, leaf, drill, kind, actor, at, bytes FROM entry
        WHERE drill = '' OR drill NOT IN (SELECT drill FROM entry WHERE kind = ?1) ORDER BY seq";
    let origins = Origins::read(connection, origin)?;
    each_entry(connection, sql, ended_kind, &origins, &mut |_| Ok(()))?;
    Ok(head)
}

/// Checks everything there is; see [`crate::Reader::verify_all`]. A backup has no mark.
pub(crate) fn all(
    connection: &mut Connection,
    origin: &str,
    mark: Option<&Mark>,
    verification: Verification<'_>,
) -> Result<Verified, JournalError> {
    let Verification { names, progress } = verification;
    // The mark is read first: the log only grows after it.
    let seen = mark.map(Mark::read).transpose()?.flatten();
    let snapshot = connection.transaction()?;
    crate::schema::check_definitions(&snapshot)?;
    pages(&snapshot)?;
    let stored = range_of(&snapshot)?;
    if let Some(mark) = mark.filter(|_| seen.is_none() && stored.size() > 0) {
        return Err(mark.missing());
    }
    let origins = Origins::read(&snapshot, origin)?;
    let mut heads = heads_to_meet(&snapshot, &origins, seen, stored.size())?;
    let checkpoints = heads
        .values()
        .flatten()
        .filter(|(_, kind)| *kind == Kept::Checkpoint)
        .count();
    let mut tree = Tree::new(&snapshot, stored.size());
    meet(&mut heads, &tree.range)?;
    let sql =
        "SELECT seq, leaf, drill, kind, actor, at, bytes FROM entry WHERE ?1 IS NULL ORDER BY seq";
    each_entry(&snapshot, sql, None, &origins, &mut |stored_entry| {
        tree.grow(stored_entry.entry.seq, stored_entry.leaf)?;
        meet(&mut heads, &tree.range)?;
        for digest in names(stored_entry) {
            require(&snapshot, stored_entry.entry.seq, digest)?;
        }
        progress(tree.range.size(), stored.size());
        Ok(())
    })?;
    let head = tree.finish(&stored)?;
    no_strays(&snapshot)?;
    let (documents, blobs) = (documents(&snapshot)?, blobs(&snapshot)?);
    Ok(Verified {
        head,
        blobs,
        documents,
        checkpoints: checkpoints as u64,
    })
}

/// Returns the root over the first `size` entries.
pub(crate) fn root_at(connection: &Connection, size: u64) -> Result<Digest, JournalError> {
    let head = range_of(connection)?;
    if size == head.size() {
        return Ok(head.root());
    }
    if size > head.size() {
        return Err(JournalError::BeyondHead {
            asked: size,
            size: head.size(),
        });
    }
    let near = size - size % MILESTONE;
    let mut range = if near == 0 {
        CompactRange::new()
    } else {
        milestone(connection, near)?
    };
    let sql = "SELECT seq, leaf FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((near, size))?;
    while let Some(row) = rows.next()? {
        in_order(&range, row.get(0)?)?;
        range.append(Digest::from_bytes(row.get(1)?));
    }
    if range.size() == size {
        Ok(range.root())
    } else {
        Err(Break::Gap(range.size()).into())
    }
}

/// Hashes a reader to its end, in pieces.
pub(crate) fn digest_of(source: &mut dyn Read) -> std::io::Result<Digest> {
    let mut hasher = Sha256::new();
    std::io::copy(source, &mut hasher)?;
    Ok(Digest::from_bytes(hasher.finalize().into()))
}

fn milestone(connection: &Connection, size: u64) -> Result<CompactRange, JournalError> {
    let sql = "SELECT state FROM milestone WHERE size = ?1";
    let state: Option<String> = connection
        .prepare_cached(sql)?
        .query_row([size], |row| row.get(0))
        .optional()?;
    read_range(size, &state.ok_or(Break::Range(size))?)
}

fn in_order(range: &CompactRange, seq: u64) -> Result<(), JournalError> {
    if seq == range.size() {
        Ok(())
    } else {
        Err(Break::Gap(range.size()).into())
    }
}

/// The tree as it grows, compared with what was stored on the way.
struct Tree<'a> {
    connection: &'a Connection,
    range: CompactRange,
    size: u64,
}

impl<'a> Tree<'a> {
    fn new(connection: &'a Connection, size: u64) -> Self {
        Self {
            connection,
            range: CompactRange::new(),
            size,
        }
    }

    fn grow(&mut self, seq: u64, leaf: Digest) -> Result<(), JournalError> {
        in_order(&self.range, seq)?;
        if seq >= self.size {
            return Err(Break::Range(self.size).into());
        }
        self.range.append(leaf);
        let size = self.range.size();
        if size.is_multiple_of(MILESTONE) && milestone(self.connection, size)? != self.range {
            return Err(Break::Range(size).into());
        }
        Ok(())
    }

    fn finish(self, stored: &CompactRange) -> Result<Head, JournalError> {
        if self.range.size() < stored.size() {
            return Err(Break::Gap(self.range.size()).into());
        }
        let sql = "SELECT count(*), coalesce(max(size), 0) FROM milestone";
        let (count, last): (u64, u64) = self
            .connection
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let expected = stored.size() / MILESTONE;
        if &self.range != stored || (count, last) != (expected, expected * MILESTONE) {
            return Err(Break::Range(stored.size()).into());
        }
        Ok(self.range.head())
    }
}

/// Reads the entries of a statement one by one and checks each against its columns.
fn each_entry(
    connection: &Connection,
    sql: &str,
    parameter: Option<&str>,
    origins: &Origins,
    then: &mut dyn FnMut(&StoredEntry) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let mut statement = connection.prepare(sql)?;
    // `NOT IN` over an empty list keeps every drill, which is what no kind at all asks for.
    let mut rows = statement.query([parameter])?;
    let mut before = String::new();
    while let Some(row) = rows.next()? {
        let seq: u64 = row.get(0)?;
        let stored = StoredEntry::read(connection, seq, row.get(1)?, row.get(6)?)?;
        let entry = &stored.entry;
        if entry.log != origins.of(seq) {
            return Err(Break::Entry(seq).into());
        }
        let columns: [String; 4] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        if columns != [&*entry.drill, &*entry.kind, &*entry.actor, &*entry.at] {
            return Err(Break::Columns(seq).into());
        }
        if entry.at < before {
            return Err(Break::Time(seq).into());
        }
        then(&stored)?;
        before = stored.entry.at;
    }
    Ok(())
}

/// What a root at some size was kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Mark,
    Checkpoint,
    Predecessor,
}

type Heads = BTreeMap<u64, Vec<(Digest, Kept)>>;

fn heads_to_meet(
    connection: &Connection,
    origins: &Origins,
    mark: Option<Checkpoint>,
    size: u64,
) -> Result<Heads, JournalError> {
    let mut heads = Heads::new();
    for (at, root) in origins.heads() {
        if at >= size {
            return Err(Break::Predecessor(at).into());
        }
        heads.entry(at).or_default().push((root, Kept::Predecessor));
    }
    if let Some(mark) = mark {
        if mark.size > size {
            return Err(JournalError::RolledBack {
                size,
                mark: mark.size,
            });
        }
        if mark.origin != origins.current() {
            return Err(Break::Mark(mark.size).into());
        }
        heads
            .entry(mark.size)
            .or_default()
            .push((mark.root, Kept::Mark));
    }
    let mut statement = connection.prepare("SELECT size, text FROM checkpoint")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (at, text): (u64, String) = (row.get(0)?, row.get(1)?);
        match Checkpoint::parse(&text) {
            Ok(read) if read.origin == origins.current() && read.size == at && at <= size => {
                heads
                    .entry(at)
                    .or_default()
                    .push((read.root, Kept::Checkpoint));
            }
            _ => return Err(Break::Checkpoint(at).into()),
        }
    }
    Ok(heads)
}

/// Compares the heads that were kept at this size with the tree.
fn meet(heads: &mut Heads, range: &CompactRange) -> Result<(), JournalError> {
    let size = range.size();
    for (root, kept) in heads.remove(&size).unwrap_or_default() {
        if root != range.root() {
            return Err(match kept {
                Kept::Mark => Break::Mark(size),
                Kept::Checkpoint => Break::Checkpoint(size),
                Kept::Predecessor => Break::Predecessor(size),
            }
            .into());
        }
    }
    Ok(())
}

fn pages(connection: &Connection) -> Result<(), JournalError> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(Break::Pages(found).into())
    }
}

/// Refuses sealed values of entries that do not exist and signatures of no document.
fn no_strays(connection: &Connection) -> Result<(), JournalError> {
    let sql = "SELECT seq FROM disclosure WHERE seq NOT IN (SELECT seq FROM entry) LIMIT 1";
    if let Some(seq) = connection.query_row(sql, [], |row| row.get(0)).optional()? {
        return Err(Break::Sealed(seq).into());
    }
    let sql = "SELECT document FROM signature WHERE document NOT IN (SELECT digest FROM document) LIMIT 1";
    match connection.query_row(sql, [], |row| row.get(0)).optional()? {
        Some(digest) => Err(Break::Document(Digest::from_bytes(digest)).into()),
        None => Ok(()),
    }
}

fn require(connection: &Connection, seq: u64, digest: Digest) -> Result<(), JournalError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM blob WHERE digest = ?1)
        OR EXISTS (SELECT 1 FROM document WHERE digest = ?1)";
    let there: bool = connection
        .prepare_cached(sql)?
        .query_row([digest.as_bytes()], |row| row.get(0))?;
    if there {
        Ok(())
    } else {
        Err(Break::EvidenceMissing { seq, digest }.into())
    }
}

fn documents(connection: &Connection) -> Result<u64, JournalError> {
    let mut statement = connection.prepare("SELECT digest, bytes FROM document")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let name = Digest::from_bytes(row.get(0)?);
        if Digest::of(row.get_ref(1)?.as_blob().unwrap_or_default()) != name {
            return Err(Break::Document(name).into());
        }
        count += 1;
    }
    Ok(count)
}

fn blobs(connection: &Connection) -> Result<u64, JournalError> {
    let mut statement = connection.prepare("SELECT id, digest FROM blob")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let name = Digest::from_bytes(row.get(1)?);
        let mut blob = connection.blob_open("main", "blob", "bytes", row.get(0)?, true)?;
        if digest_of(&mut blob).map_err(JournalError::Copy)? != name {
            return Err(Break::Blob(name).into());
        }
        count += 1;
    }
    Ok(count)
}

/// Returns the row a milestone is stored as, at the sizes that have one.
pub(crate) fn milestone_row(range: &CompactRange) -> Option<(u64, String)> {
    let size = range.size();
    (size > 0 && size.is_multiple_of(MILESTONE)).then(|| (size, state_text(range)))
}
