//! The data folder: where it is, who may read it, and the one lock on it.
//!
//! The lock is an advisory file lock, so it falls with the process that held it.
//! Deliberately absent: what else lives in the folder (keys, the simulator's file).

use crate::error::JournalError;
use fs4::fs_std::FileExt;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const LOCK: &str = "drillbook.lock";

/// Whether drills touch Azure or the simulator. Each has its own file and origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Env {
    /// Drills against Azure.
    Live,
    /// Drills against the simulator.
    Rehearsal,
}

impl Env {
    /// Returns the word that stands in origins, entries and folder names.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rehearsal => "rehearsal",
        }
    }
}

impl std::fmt::Display for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A locked data folder. Clones share the lock; it falls with the last of them.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<Lock>,
}

/// How often, and how far apart, a lock is tried that a process holds which may just be ending: whoever
/// starts Drillbook again right after a crash must not be told that it is still running.
const TRIES: u32 = 20;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(50);

fn lock_soon(file: &File) -> std::io::Result<bool> {
    for _ in 1..TRIES {
        if FileExt::try_lock_exclusive(file)? {
            return Ok(true);
        }
        std::thread::park_timeout(BETWEEN);
    }
    FileExt::try_lock_exclusive(file)
}

/// The lock's file. It is unlocked by word and not only by closing, because a process that is just
/// being started holds a copy of every open file for a moment.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = FileExt::unlock(&self.0) {
            tracing::warn!(%error, "data folder not unlocked");
        }
    }
}

impl DataFolder {
    /// Returns where the data folder is: `explicit`, else `DRILLBOOK_HOME`, else by XDG.
    ///
    /// # Errors
    /// [`JournalError::NoHome`] when none of them is known.
    pub fn locate(explicit: Option<&Path>) -> Result<PathBuf, JournalError> {
        let home = std::env::var_os("DRILLBOOK_HOME").filter(|value| !value.is_empty());
        if let Some(path) = explicit
            .map(Path::to_owned)
            .or_else(|| home.map(PathBuf::from))
        {
            return Ok(path);
        }
        directories::ProjectDirs::from("", "", "drillbook")
            .map(|dirs| dirs.data_dir().to_owned())
            .ok_or(JournalError::NoHome)
    }

    /// Makes the folder with mode 0700 if need be and locks it.
    ///
    /// # Errors
    /// [`JournalError::InUse`] when another process, or this one, has it already;
    /// [`JournalError::Folder`] when it cannot be made or written.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Folder {
            path: path.to_owned(),
            source,
        };
        let ours = path.join(LOCK).exists() || !path.exists() || is_empty(path).map_err(failed)?;
        fs::create_dir_all(path).map_err(failed)?;
        if ours {
            // A folder that already holds somebody's files keeps its mode; our own never leaks.
            restrict(path)?;
        }
        let path = fs::canonicalize(path).map_err(failed)?;
        let lock = path.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(|source| JournalError::Folder {
                path: lock.clone(),
                source,
            })?;
        let free = lock_soon(&file).map_err(|source| JournalError::Folder {
            path: lock.clone(),
            source,
        })?;
        if !free {
            return Err(JournalError::InUse {
                path,
                holder: holder(&mut file),
            });
        }
        sign(&mut file).map_err(|source| JournalError::Folder { path: lock, source })?;
        Ok(Self {
            path,
            _lock: Arc::new(Lock(file)),
        })
    }

    /// Returns the folder's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of one environment, made with mode 0700 if need be.
    ///
    /// # Errors
    /// [`JournalError::Folder`] when it cannot be made.
    pub fn of(&self, env: Env) -> Result<PathBuf, JournalError> {
        let path = self.path.join(env.as_str());
        fs::create_dir_all(&path).map_err(|source| JournalError::Folder {
            path: path.clone(),
            source,
        })?;
        restrict(&path)?;
        Ok(path)
    }
}

/// Replaces a file whole or not at all, readable for nobody else.
///
/// # Errors
/// Why it could not be written; the file is then what it was before.
pub fn replace_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let (new, folder) = beside(path, content)?;
    new.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes a file that is not there yet, whole or not at all, readable for nobody else.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`], or why it could not be written.
///
/// [`ErrorKind::AlreadyExists`]: std::io::ErrorKind::AlreadyExists
pub fn create_file(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let (new, folder) = beside(path, content)?;
    new.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Writes the content of a file durably into a nameless one of the same folder.
fn beside<'path>(
    path: &'path Path,
    content: &[u8],
) -> std::io::Result<(tempfile::NamedTempFile, &'path Path)> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(content)?;
    new.as_file().sync_all()?;
    Ok((new, folder))
}

/// Makes the names in a folder durable, as `fsync` of a file makes its content.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Does nothing: elsewhere the names of a folder are durable with its files.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn is_empty(path: &Path) -> std::io::Result<bool> {
    Ok(fs::read_dir(path)?.next().is_none())
}

/// Says who is in the folder, for the message of whoever comes second.
fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "process {}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(64).read_to_string(&mut text) {
        Ok(_) if text.starts_with("process ") => text,
        _ => "another Drillbook".into(),
    }
}

#[cfg(unix)]
fn restrict(path: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(|source| {
        JournalError::Folder {
            path: path.to_owned(),
            source,
        }
    })
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<(), JournalError> {
    // The user's profile folder is private to them elsewhere.
    Ok(())
}
