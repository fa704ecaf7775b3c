//! What can go wrong between the engine and the journal's file.
//!
//! Deliberately absent: retries. Nothing was written when an append returns one of these.

use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_trust::digest::Digest;
use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why the journal could not be opened, read or extended.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// No home folder is known and none was named.
    #[error("there is no home folder to keep the journal in")]
    NoHome,
    /// The data folder cannot be made or used.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another Drillbook has the data folder open.
    #[error("the data folder {} is in use by {holder}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who has it, such as `process 4711`.
        holder: String,
    },
    /// The folder or the file may not be written.
    #[error("the journal cannot be written, its folder or file is read-only")]
    ReadOnly(#[source] rusqlite::Error),
    /// The disk has no room left.
    #[error("the disk is full")]
    DiskFull(#[source] rusqlite::Error),
    /// A read or write failed below SQLite.
    #[error("the disk failed to read or write the journal")]
    Disk(#[source] rusqlite::Error),
    /// Another program holds a lock on the journal's file.
    #[error("another program holds the journal's file")]
    Locked(#[source] rusqlite::Error),
    /// The file was written by a newer version.
    #[error("the journal has format {found}, this version knows up to {supported}")]
    Newer {
        /// The file's format.
        found: u32,
        /// The newest one this build knows.
        supported: u32,
    },
    /// There is no journal to read yet.
    #[error("there is no journal in {}", path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// The file is damaged, or no journal at all.
    #[error("the journal's file is damaged or is not a journal")]
    Corrupt(#[source] rusqlite::Error),
    /// The file is sealed, and no key was given.
    #[error("the journal's file is sealed, or damaged, and no key was given")]
    Sealed,
    /// The file is not sealed, and it should be.
    #[error("the journal's file is not sealed")]
    NotSealed,
    /// The key does not open the file.
    #[error("the key does not open the journal's file")]
    WrongKey,
    /// This build cannot seal anything.
    #[error("this build of Drillbook has no cipher to seal the journal with")]
    NoCipher,
    /// There is a journal where one is to be restored.
    #[error("there is a journal in {} already", path.display())]
    Occupied {
        /// Its file.
        path: PathBuf,
    },
    /// The file of a backup cannot be written.
    #[error("the backup {} cannot be written", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds another log than the one asked for.
    #[error("the file holds the log {found}, which is not a {wanted} log")]
    WrongLog {
        /// The origin in the file.
        found: String,
        /// The environment that was asked for.
        wanted: &'static str,
    },
    /// The log is shorter than it was once known to be.
    #[error("the log has {size} entries, but it once had {mark}")]
    RolledBack {
        /// Entries now.
        size: u64,
        /// Entries at the high-water mark.
        mark: u64,
    },
    /// The high-water mark of a log that has entries is gone or unreadable.
    #[error("the high-water mark {} is missing or unreadable", path.display())]
    MarkMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Stored bytes contradict each other.
    #[error("the journal is broken: {0}")]
    Broken(#[from] Break),
    /// The drill moved on since its state was read.
    #[error("the drill {drill:?} moved on from {} to {}", place(*expected), place(*found))]
    Race {
        /// The drill.
        drill: String,
        /// The last entry the caller knew.
        expected: Option<u64>,
        /// The last entry there is.
        found: Option<u64>,
    },
    /// The batch holds no entry.
    #[error("an append needs at least one entry")]
    Empty,
    /// An entry cannot be written.
    #[error("the entry of kind {kind:?} cannot be written")]
    Entry {
        /// Its kind.
        kind: String,
        /// What is wrong with it.
        source: drillbook_trust::entry::EntryError,
    },
    /// An entry uses a field's name twice.
    #[error("the entry of kind {kind:?} has the field {name:?} twice")]
    FieldTwice {
        /// Its kind.
        kind: String,
        /// The field.
        name: String,
    },
    /// A size was asked for that the log does not have.
    #[error("the log has {size} entries, not {asked}")]
    BeyondHead {
        /// The size asked for.
        asked: u64,
        /// The size there is.
        size: u64,
    },
    /// The checkpoint could not be signed.
    #[error("the checkpoint could not be signed")]
    Unsigned(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Evidence was read but could not be handed on.
    #[error("the evidence could not be copied")]
    Copy(#[source] std::io::Error),
    /// A statement failed for a reason that is no case of its own.
    #[error("the journal's database refused a statement")]
    Store(#[source] rusqlite::Error),
}

/// What exactly contradicts itself, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// Tables, indexes or triggers are not those of this format.
    #[error("the definition of {0:?} was changed")]
    Schema(String),
    /// SQLite finds its own file inconsistent.
    #[error("the database is inconsistent, {0}")]
    Pages(String),
    /// A position is missing.
    #[error("entry {0} is missing")]
    Gap(u64),
    /// An entry's bytes are not those that were hashed.
    #[error("entry {0} does not have its leaf hash")]
    Leaf(u64),
    /// An entry's bytes are no entry of this log at this position.
    #[error("entry {0} is not an entry of this log")]
    Entry(u64),
    /// A column repeats its entry wrongly.
    #[error("entry {0} is filed under other words than it says")]
    Columns(u64),
    /// An entry is older than the one before it.
    #[error("entry {0} is older than the one before it")]
    Time(u64),
    /// A sealed value is missing, altered or too many.
    #[error("the sealed values of entry {0} are not those it commits to")]
    Sealed(u64),
    /// The compact range at a size is not that of the leaves.
    #[error("the tree at size {0} is not that of the entries")]
    Range(u64),
    /// The high-water mark is not a prefix of the log.
    #[error("the log does not start with the {0} entries it once had")]
    Mark(u64),
    /// A checkpoint is not a prefix of the log.
    #[error("the checkpoint at size {0} is not of this log")]
    Checkpoint(u64),
    /// The log that was restored does not begin with the one it names as its predecessor.
    #[error("the log does not begin with the {0} entries of its predecessor")]
    Predecessor(u64),
    /// A document's bytes are not those of its name.
    #[error("the document {0} does not have its digest")]
    Document(Digest),
    /// A piece of evidence is not the bytes of its name.
    #[error("the evidence {0} does not have its digest")]
    Blob(Digest),
    /// An entry names evidence that is not there.
    #[error("entry {seq} names the evidence {digest}, which is missing")]
    EvidenceMissing {
        /// The entry.
        seq: u64,
        /// What it names.
        digest: Digest,
    },
}

fn place(last: Option<u64>) -> String {
    last.map_or_else(|| "nothing".into(), |seq| format!("entry {seq}"))
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(error),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly(error)
            }
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error),
            _ => Self::Store(error),
        }
    }
}

impl Diagnostic for JournalError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoHome => "journal.no_home",
            Self::Folder { .. } => "journal.folder",
            Self::InUse { .. } => "journal.in_use",
            Self::ReadOnly(_) => "journal.read_only",
            Self::DiskFull(_) => "journal.disk_full",
            Self::Disk(_) => "journal.disk",
            Self::Locked(_) => "journal.locked",
            Self::Newer { .. } => "journal.newer_version",
            Self::Missing { .. } => "journal.missing",
            Self::Corrupt(_) => "journal.corrupt",
            Self::Occupied { .. } => "journal.occupied",
            Self::Backup { .. } => "journal.backup",
            Self::Sealed => "journal.sealed",
            Self::NotSealed => "journal.not_sealed",
            Self::WrongKey => "journal.wrong_key",
            Self::NoCipher => "journal.no_cipher",
            Self::WrongLog { .. } => "journal.wrong_log",
            Self::RolledBack { .. } => "journal.rolled_back",
            Self::MarkMissing { .. } => "journal.mark_missing",
            Self::Broken(_) => "journal.broken",
            Self::Race { .. } => "journal.race",
            Self::Empty => "journal.empty_append",
            Self::Entry { .. } => "journal.entry",
            Self::FieldTwice { .. } => "journal.field_twice",
            Self::BeyondHead { .. } => "journal.beyond_head",
            Self::Unsigned(_) => "journal.checkpoint_unsigned",
            Self::Copy(_) => "journal.copy",
            Self::Store(_) => "journal.store",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::InUse { .. }
            | Self::Race { .. }
            | Self::Newer { .. }
            | Self::Occupied { .. }
            | Self::Sealed
            | Self::NotSealed
            | Self::WrongKey => Severity::Refused,
            Self::NoHome
            | Self::Folder { .. }
            | Self::ReadOnly(_)
            | Self::DiskFull(_)
            | Self::Disk(_)
            | Self::Locked(_)
            | Self::Missing { .. }
            | Self::Backup { .. }
            | Self::Unsigned(_)
            | Self::Copy(_) => Severity::Unavailable,
            Self::NoCipher
            | Self::Corrupt(_)
            | Self::WrongLog { .. }
            | Self::RolledBack { .. }
            | Self::MarkMissing { .. }
            | Self::Broken(_)
            | Self::Empty
            | Self::Entry { .. }
            | Self::FieldTwice { .. }
            | Self::BeyondHead { .. }
            | Self::Store(_) => Severity::Internal,
        }
    }

    fn remediation(&self) -> Option<String> {
        let text = match self {
            Self::NoHome => "Name a folder with --data or in DRILLBOOK_HOME.",
            Self::Folder { .. } => {
                "Check that the folder is yours and can be written, or name another one with --data."
            }
            Self::InUse { .. } => {
                "Close the other Drillbook window or command, or name another folder with --data."
            }
            Self::ReadOnly(_) => {
                "Make the data folder and its files writable for you. Nothing was written."
            }
            Self::DiskFull(_) => "Make room on the disk, then repeat. Nothing was written.",
            Self::Disk(_) => {
                "Check the disk and its cables or the network share, then repeat. Nothing was written."
            }
            Self::Locked(_) => {
                "Close the program that has the file open (a backup or a database viewer), then repeat."
            }
            Self::Newer { .. } => "Install the newer version of Drillbook. The file is untouched.",
            Self::Missing { .. } => "Start a drill first, or name the right folder with --data.",
            Self::Corrupt(_) => {
                "Keep the file as it is for the auditor and restore the data folder from its last backup."
            }
            Self::Occupied { .. } => {
                "Name an empty data folder with --data, or move the journal that is there to a safe place first."
            }
            Self::Backup { .. } => {
                "Name a new file in a folder that can be written. An existing file is never replaced."
            }
            Self::Sealed => {
                "Unlock the keyring that holds the key, or put the key back: drillbook journal recover RECOVERY_FILE."
            }
            Self::NotSealed => {
                "Keep the file as it is for the auditor. Look for the sealed one, or begin a new data folder."
            }
            Self::WrongKey => {
                "Use the key of this journal, from its keyring or recovery file. If it is the right one, the file is \
                 damaged: restore it from its last backup."
            }
            Self::NoCipher => "Install a build of Drillbook from its own packages.",
            Self::WrongLog { .. } => {
                "Put each journal back into its own folder. A rehearsal is never used as a live journal."
            }
            Self::RolledBack { .. } => {
                "Put the newest copy of the journal back. If there is none, tell the auditor and begin a new data folder."
            }
            Self::MarkMissing { .. } => {
                "Restore the file from the backup the journal came from. If there is none, tell the auditor and begin a new data folder."
            }
            Self::Broken(_) => {
                "Stop the drill. Keep the data folder as it is and give it to the auditor."
            }
            Self::Race { .. } => "Look at the drill as it is now, then repeat.",
            Self::Unsigned(_) => "Make the installation's key available, then repeat.",
            Self::Copy(_) => "Check the place the evidence is copied to, then repeat.",
            Self::BeyondHead { .. } => {
                "Use a checkpoint of this journal, not of a longer or another one."
            }
            Self::Empty | Self::Entry { .. } | Self::FieldTwice { .. } | Self::Store(_) => {
                "Report this error with the version of Drillbook. Nothing was written."
            }
        };
        Some(text.into())
    }
}
