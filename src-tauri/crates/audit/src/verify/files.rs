//! The files of a bundle, in a zip or an unpacked folder, read with bounds.
//!
//! Nothing is ever unpacked to disk. A name that could leave a folder, a link, or a name that stands
//! twice makes the whole bundle unusable.

use super::Stop;
use crate::error::AuditError;
use drillbook_trust::digest::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The most files in a bundle: what a plain zip directory can count.
const MAX_FILES: usize = 65_534;

/// The largest piece of evidence, in bytes.
const MAX_EVIDENCE: u64 = 1 << 32;

/// The largest file that is read whole: the journal of a long drill.
pub(super) const MAX_TEXT: u64 = 1 << 28;

/// The largest readme, in bytes.
pub(super) const MAX_README: u64 = 1 << 20;

/// The most bytes that one verification reads out of a bundle, each file twice at most.
const MAX_TOTAL: u64 = 1 << 36;

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

enum Inner<'a> {
    Zip(Box<ZipArchive<Box<dyn ReadSeek + 'a>>>),
    Folder(PathBuf),
}

pub(super) struct Files<'a> {
    inner: Inner<'a>,
    names: BTreeSet<String>,
    budget: u64,
}

impl<'a> Files<'a> {
    pub(super) fn open(path: &Path) -> Result<Self, AuditError> {
        if std::fs::metadata(path).map_err(AuditError::File)?.is_dir() {
            return Self::folder(path);
        }
        Self::zip(Box::new(File::open(path).map_err(AuditError::File)?))
    }

    pub(super) fn bytes(bytes: &'a [u8]) -> Result<Self, AuditError> {
        Self::zip(Box::new(Cursor::new(bytes)))
    }

    fn zip(mut from: Box<dyn ReadSeek + 'a>) -> Result<Self, AuditError> {
        let listed = listed(&mut from)?;
        let mut zip = ZipArchive::new(from).map_err(AuditError::Zip)?;
        if zip.len() != listed {
            return Err(AuditError::Name("the same name twice".to_owned()));
        }
        if zip.has_overlapping_files().map_err(AuditError::Zip)? {
            return Err(AuditError::TooLarge(
                "files that share their bytes".to_owned(),
            ));
        }
        let mut names = BTreeSet::new();
        for number in 0..zip.len() {
            let file = zip.by_index_raw(number).map_err(AuditError::Zip)?;
            let name = file.name().map_err(AuditError::Zip)?.into_owned();
            let kind = file.unix_mode().unwrap_or(0o100_000) & 0o170_000;
            let regular = matches!(kind, 0 | 0o100_000) && !file.encrypted();
            if !is_safe(&name) || !regular || !names.insert(name.clone()) {
                return Err(AuditError::Name(name));
            }
        }
        Ok(Self {
            inner: Inner::Zip(Box::new(zip)),
            names,
            budget: MAX_TOTAL,
        })
    }

    fn folder(root: &Path) -> Result<Self, AuditError> {
        let mut names = BTreeSet::new();
        let mut open = vec![(root.to_owned(), String::new())];
        while let Some((folder, prefix)) = open.pop() {
            for found in std::fs::read_dir(&folder).map_err(AuditError::File)? {
                let found = found.map_err(AuditError::File)?;
                let name = format!("{prefix}{}", found.file_name().to_string_lossy());
                let kind = found.file_type().map_err(AuditError::File)?;
                if kind.is_dir() && prefix.len() < 4096 {
                    open.push((found.path(), format!("{name}/")));
                } else if kind.is_file() && is_safe(&name) {
                    names.insert(name);
                } else {
                    return Err(AuditError::Name(name));
                }
                if names.len() + open.len() > MAX_FILES {
                    return Err(AuditError::TooLarge(format!("more than {MAX_FILES} files")));
                }
            }
        }
        Ok(Self {
            inner: Inner::Folder(root.to_owned()),
            names,
            budget: MAX_TOTAL,
        })
    }

    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Reads a whole file of at most `limit` bytes.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        self.each(name, limit, &mut |portion| bytes.extend_from_slice(portion))?;
        Ok(bytes)
    }

    /// Reads a text.
    pub(super) fn text(&mut self, name: &str, limit: u64) -> Result<String, Stop> {
        String::from_utf8(self.read(name, limit)?).map_err(|_| Stop::malformed(name, "is no text"))
    }

    /// Returns the SHA-256 of a file, in little memory.
    pub(super) fn digest(&mut self, name: &str) -> Result<Digest, Stop> {
        let mut hasher = Sha256::new();
        self.each(name, MAX_EVIDENCE, &mut |portion| hasher.update(portion))?;
        Ok(Digest::from_bytes(hasher.finalize().into()))
    }

    fn each(&mut self, name: &str, limit: u64, to: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
        if !self.has(name) {
            return Err(Stop::malformed(name, "is missing"));
        }
        let limit = limit.min(self.budget);
        let read = match &mut self.inner {
            Inner::Zip(zip) => {
                let mut file = zip
                    .by_name(name)
                    .map_err(|error| Stop::malformed(name, error))?;
                portions(&mut file, limit, to)
            }
            Inner::Folder(root) => {
                let mut file = File::open(root.join(name)).map_err(AuditError::File)?;
                portions(&mut file, limit, to)
            }
        };
        match read {
            Ok(Some(read)) => self.budget -= read,
            Ok(None) if limit < MAX_TEXT && name != "README.txt" => {
                return Err(Stop::malformed(name, "is too large"));
            }
            Ok(None) => return Err(AuditError::TooLarge(format!("{name} does not end")).into()),
            Err(error) => return Err(Stop::malformed(name, error)),
        }
        Ok(())
    }
}

/// Reads portion by portion; `None` when there is more than `limit`.
fn portions(
    from: &mut dyn Read,
    limit: u64,
    to: &mut dyn FnMut(&[u8]),
) -> std::io::Result<Option<u64>> {
    let mut portion = vec![0; 64 * 1024];
    let mut total = 0u64;
    loop {
        let read = from.read(&mut portion)?;
        if read == 0 {
            return Ok(Some(total));
        }
        total += read as u64;
        if total > limit {
            return Ok(None);
        }
        to(&portion[..read]);
    }
}

/// Whether a name stays where it is unpacked, on every system.
fn is_safe(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b' ');
    let segment = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.len() <= 255 && name.bytes().all(plain) && name.split('/').all(segment)
}

/// Returns how many files the directory at the end of a zip says there are. The reader keeps one
/// file a name, so a name that stands twice shows only here.
fn listed(from: &mut Box<dyn ReadSeek + '_>) -> Result<usize, AuditError> {
    let length = from.seek(SeekFrom::End(0)).map_err(AuditError::File)?;
    let tail = length.min(22 + 0xFFFF);
    from.seek(SeekFrom::Start(length - tail))
        .map_err(AuditError::File)?;
    let mut bytes = Vec::new();
    from.take(tail)
        .read_to_end(&mut bytes)
        .map_err(AuditError::File)?;
    from.seek(SeekFrom::Start(0)).map_err(AuditError::File)?;
    let broken = || AuditError::Zip(zip::result::ZipError::InvalidArchive("no directory".into()));
    let at = bytes
        .windows(4)
        .rposition(|four| four == b"PK\x05\x06")
        .ok_or_else(broken)?;
    let count = bytes.get(at + 10..at + 12).ok_or_else(broken)?;
    let count = usize::from(u16::from_le_bytes([count[0], count[1]]));
    if count > MAX_FILES {
        return Err(AuditError::TooLarge(format!("more than {MAX_FILES} files")));
    }
    Ok(count)
}
