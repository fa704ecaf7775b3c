//! Reading what stands beside the entries: documents, checkpoints and evidence.

use crate::error::{Break, JournalError};
use crate::reader::Reader;
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::digest::Digest;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest as _, Sha256};
use std::io::{Read, Write};

/// A document with its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The digest it is named by.
    pub digest: Digest,
    /// The bytes that were signed.
    pub bytes: Vec<u8>,
    /// The log's size right after the append that brought it.
    pub since: u64,
    /// Armored signatures in the order they came, each with its own `since`.
    pub signatures: Vec<(String, u64)>,
}

/// A checkpoint with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// What the text says.
    pub checkpoint: Checkpoint,
    /// The exact text that was signed.
    pub text: String,
    /// The armored signature.
    pub signature: String,
}

impl Reader {
    /// Returns a document with its signatures.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when its bytes do not have the digest.
    pub fn document(&self, digest: &Digest) -> Result<Option<StoredDocument>, JournalError> {
        self.with(|connection| document(&*connection.transaction()?, digest))
    }

    /// Returns the digests of the documents of the first `size` entries, in the order they came.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn documents(&self, size: u64) -> Result<Vec<Digest>, JournalError> {
        self.with(|connection| {
            let sql = "SELECT digest FROM document WHERE since <= ?1 ORDER BY since, digest";
            let mut statement = connection.prepare_cached(sql)?;
            let size = size.min(i64::MAX as u64);
            let rows = statement.query_map([size], |row| Ok(Digest::from_bytes(row.get(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Returns every checkpoint by size.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when one cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<StoredCheckpoint>, JournalError> {
        let sql = "SELECT size, text, signature FROM checkpoint ORDER BY size";
        let rows: Vec<(u64, String, String)> =
            self.list(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.into_iter().map(checkpoint).collect()
    }

    /// Returns the checkpoint at a size.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when it cannot be read.
    pub fn checkpoint_at(&self, size: u64) -> Result<Option<StoredCheckpoint>, JournalError> {
        self.with(|connection| checkpoint_at(connection, size))
    }

    /// Returns a piece of evidence whole.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when its bytes do not have the digest.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, JournalError> {
        let mut bytes = Vec::new();
        Ok(self.copy_blob(digest, &mut bytes)?.map(|_| bytes))
    }

    /// Returns the size of a piece of evidence in bytes.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, JournalError> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT size FROM blob WHERE digest = ?1")?;
            Ok(statement
                .query_row([digest.as_bytes()], |row| row.get(0))
                .optional()?)
        })
    }

    /// Copies a piece of evidence in small portions and returns its size.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when its bytes do not have the digest: what was written until
    /// then must be thrown away. [`JournalError::Copy`] when `to` fails.
    pub fn copy_blob(
        &self,
        digest: &Digest,
        to: &mut dyn Write,
    ) -> Result<Option<u64>, JournalError> {
        self.with(|connection| {
            let snapshot = connection.transaction()?;
            let id: Option<i64> = snapshot
                .prepare_cached("SELECT id FROM blob WHERE digest = ?1")?
                .query_row([digest.as_bytes()], |row| row.get(0))
                .optional()?;
            let Some(id) = id else { return Ok(None) };
            let mut blob = snapshot.blob_open("main", "blob", "bytes", id, true)?;
            let mut hasher = Sha256::new();
            let mut portion = vec![0; 64 * 1024];
            let mut size = 0;
            loop {
                let read = blob.read(&mut portion).map_err(JournalError::Copy)?;
                if read == 0 {
                    break;
                }
                hasher.update(&portion[..read]);
                to.write_all(&portion[..read]).map_err(JournalError::Copy)?;
                size += read as u64;
            }
            if Digest::from_bytes(hasher.finalize().into()) == *digest {
                Ok(Some(size))
            } else {
                Err(Break::Blob(*digest).into())
            }
        })
    }
}

/// Reads the checkpoint at a size.
pub(crate) fn checkpoint_at(
    connection: &Connection,
    size: u64,
) -> Result<Option<StoredCheckpoint>, JournalError> {
    let sql = "SELECT size, text, signature FROM checkpoint WHERE size = ?1";
    let row = connection
        .prepare_cached(sql)?
        .query_row([size], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    row.map(checkpoint).transpose()
}

fn checkpoint(row: (u64, String, String)) -> Result<StoredCheckpoint, JournalError> {
    let (size, text, signature) = row;
    match Checkpoint::parse(&text) {
        Ok(checkpoint) if checkpoint.size == size => Ok(StoredCheckpoint {
            checkpoint,
            text,
            signature,
        }),
        _ => Err(Break::Checkpoint(size).into()),
    }
}

fn document(snapshot: &Connection, name: &Digest) -> Result<Option<StoredDocument>, JournalError> {
    let row: Option<(u64, Vec<u8>)> = snapshot
        .prepare_cached("SELECT since, bytes FROM document WHERE digest = ?1")?
        .query_row([name.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((since, bytes)) = row else {
        return Ok(None);
    };
    if Digest::of(&bytes) != *name {
        return Err(Break::Document(*name).into());
    }
    let sql = "SELECT armored, since FROM signature WHERE document = ?1 ORDER BY place";
    let signatures = snapshot
        .prepare_cached(sql)?
        .query_map([name.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(Some(StoredDocument {
        digest: *name,
        bytes,
        since,
        signatures,
    }))
}
