//! The zip itself: fixed order, fixed times, and a manifest that grows with it.

use crate::error::AuditError;
use crate::source::Blobs;
use drillbook_trust::digest::Digest;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

pub(super) struct Pack<W: Write + Seek> {
    zip: ZipWriter<W>,
    listed: Vec<(Digest, String)>,
}

impl<W: Write + Seek> Pack<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            zip: ZipWriter::new(out),
            listed: Vec::new(),
        }
    }

    fn start(&mut self, name: &str) -> Result<(), AuditError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.zip.start_file(name, options).map_err(AuditError::Zip)
    }

    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), AuditError> {
        self.start(name)?;
        self.zip.write_all(bytes).map_err(AuditError::File)?;
        self.listed.push((Digest::of(bytes), name.to_owned()));
        Ok(())
    }

    /// Copies a piece of evidence; what the source yields must have the digest that was recorded.
    pub(super) fn stream(
        &mut self,
        name: &str,
        digest: &Digest,
        blobs: &Blobs<'_>,
    ) -> Result<(), AuditError> {
        self.start(name)?;
        let mut hashing = Hashing {
            to: &mut self.zip,
            hasher: Sha256::new(),
        };
        if !blobs(digest, &mut hashing).map_err(AuditError::Source)? {
            return Err(AuditError::Missing(format!("the evidence {digest}")));
        }
        if Digest::from_bytes(hashing.hasher.finalize().into()) != *digest {
            return Err(AuditError::Inconsistent(format!(
                "the evidence {digest} was altered"
            )));
        }
        self.listed.push((*digest, name.to_owned()));
        Ok(())
    }

    /// Returns the manifest as `sha256sum -c` reads it.
    pub(super) fn manifest(&self) -> String {
        let mut text = String::new();
        for (digest, name) in &self.listed {
            let _ = writeln!(text, "{}  {name}", digest.hex());
        }
        text
    }

    pub(super) fn finish(self) -> Result<(), AuditError> {
        self.zip.finish().map(drop).map_err(AuditError::Zip)
    }
}

struct Hashing<'a, W: Write> {
    to: &'a mut W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
