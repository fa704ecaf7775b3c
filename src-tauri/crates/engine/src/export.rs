//! Exporting a drill as an audit bundle.

use crate::log::recorded;
use crate::{Engine, EngineError};
use drillbook_audit::{
    LoggedEntry, SignedCheckpoint, SignedDocument, Source, SourceError, write_bundle_file,
};
use drillbook_core::Recorded;
use drillbook_journal::{StoredEntry, Verification};
use drillbook_trust::digest::Digest;
use std::io::Write;
use std::path::Path;

pub use drillbook_audit::{Audience, Redaction, Written as Exported};

/// Returns the evidence that an entry names.
pub(crate) fn named_evidence(stored: &StoredEntry) -> Vec<Digest> {
    let sealed = stored.sealed();
    let text = sealed.get("evidence").and_then(|value| value.as_text());
    text.and_then(|text| text.parse().ok())
        .into_iter()
        .collect()
}

impl Engine {
    /// Returns the facts of a drill in order.
    ///
    /// # Errors
    /// Why the journal could not be read.
    pub fn entries(&self, drill: &str) -> Result<Vec<Recorded>, EngineError> {
        let mut all = Vec::new();
        for stored in self.0.reader.drill(drill, 0)? {
            all.push(recorded(&stored?)?);
        }
        Ok(all)
    }

    /// Verifies the whole log and writes the audit bundle of a drill, closed by a new checkpoint.
    ///
    /// # Errors
    /// Why the journal does not hold or could not be read, or the file not be written.
    pub fn export(&self, drill: &str, file: &Path) -> Result<Exported, EngineError> {
        self.export_for(drill, file, &Audience::Internal.into())
    }

    /// Exports a drill for an audience, with pictures blackened where it is told.
    ///
    /// # Errors
    /// As [`Engine::export`], and when an entry that should be blackened attached no picture.
    pub fn export_for(
        &self,
        drill: &str,
        file: &Path,
        redaction: &Redaction,
    ) -> Result<Exported, EngineError> {
        self.checkpoint()?;
        self.verify_journal()?;
        let reader = &self.0.reader;
        let checkpoints = reader.checkpoints()?;
        let size = checkpoints.last().map_or(0, |last| last.checkpoint.size);
        let mut entries = reader.entries(0..size)?.map(|stored| {
            let stored = stored.map_err(|error| -> SourceError { Box::new(error) })?;
            Ok(LoggedEntry {
                bytes: stored.bytes,
                disclosures: stored.disclosures,
            })
        });
        let documents = |digest: &Digest| -> Result<Option<SignedDocument>, SourceError> {
            let stored = reader.document(digest)?;
            Ok(stored.map(|stored| SignedDocument {
                bytes: stored.bytes,
                signatures: stored
                    .signatures
                    .into_iter()
                    .map(|(armored, _)| armored)
                    .collect(),
            }))
        };
        let blobs = |digest: &Digest, out: &mut dyn Write| -> Result<bool, SourceError> {
            if reader.blob_size(digest)?.is_none() {
                return Ok(false);
            }
            reader.copy_blob(digest, out)?;
            Ok(true)
        };
        let key = self.0.cast.installation();
        let sign = |namespace: &str, bytes: &[u8]| -> Result<String, SourceError> {
            Ok(key.sign(namespace, bytes)?)
        };
        let mut source = Source {
            origin: reader.origin().to_owned(),
            drill: drill.to_owned(),
            entries: &mut entries,
            checkpoints: checkpoints
                .into_iter()
                .map(|one| SignedCheckpoint {
                    text: one.text,
                    signature: one.signature,
                })
                .collect(),
            documents: &documents,
            blobs: &blobs,
            principals: self.0.cast.principals(reader.origin()),
            sign: &sign,
        };
        Ok(write_bundle_file(&mut source, redaction, file)?)
    }

    /// Returns the file that shows one sealed value of an entry to somebody whose bundle withholds it.
    ///
    /// # Errors
    /// [`EngineError::NeverRevealed`] for what no audience gets, and when there is no such value.
    pub fn reveal(&self, entry: u64, field: &str) -> Result<Vec<u8>, EngineError> {
        let never = || EngineError::NeverRevealed {
            entry,
            field: field.to_owned(),
        };
        let stored = self.0.reader.entry(entry)?.ok_or_else(never)?;
        let sealed = stored.disclosures.iter().find(|one| one.name == field);
        sealed
            .and_then(|one| {
                drillbook_audit::reveal(&stored.entry.log, entry, &stored.entry.kind, one)
            })
            .ok_or_else(never)
    }

    /// Verifies every entry, document and piece of evidence of the log.
    ///
    /// # Errors
    /// [`EngineError::Journal`] with what is broken and where.
    pub fn verify_journal(&self) -> Result<u64, EngineError> {
        let verified = self.0.reader.verify_all(Verification {
            names: &named_evidence,
            progress: &mut |_, _| {},
        })?;
        Ok(verified.head.size)
    }
}
