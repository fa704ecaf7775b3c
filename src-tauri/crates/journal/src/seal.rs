//! The seal of a journal's file: SQLCipher with a raw key, so that nothing is derived or guessed.
//!
//! Deliberately absent: where a key is kept. Whoever opens the journal brings it along.

use crate::error::JournalError;
use crate::folder::Env;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How every unsealed SQLite file begins. A sealed one begins with random bytes.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// The 32 bytes a journal is sealed with.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Takes the bytes of a key.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey")
    }
}

/// A journal's file and what it is opened with.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) env: Env,
    pub(crate) busy: Duration,
    pub(crate) key: Option<SealKey>,
}

/// What a file looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Blank,
    Plain,
    Other,
}

fn form(path: &Path) -> Result<Form, JournalError> {
    let failed = |source| JournalError::Folder {
        path: path.to_owned(),
        source,
    };
    let mut head = Vec::with_capacity(PLAIN.len());
    match std::fs::File::open(path) {
        Ok(file) => {
            let read = file.take(PLAIN.len() as u64).read_to_end(&mut head);
            read.map_err(failed)?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Form::Blank),
        Err(source) => return Err(failed(source)),
    }
    Ok(match head.as_slice() {
        [] => Form::Blank,
        head if head == PLAIN => Form::Plain,
        _ => Form::Other,
    })
}

/// Gives a new connection the key, or refuses: the first thing that is done on every connection.
pub(crate) fn unlock(connection: &Connection, place: &Place) -> Result<(), JournalError> {
    let form = form(&place.path)?;
    let Some(key) = &place.key else {
        return match (form, place.env) {
            (Form::Other, Env::Live) => Err(JournalError::Sealed),
            _ => Ok(()),
        };
    };
    if form == Form::Plain {
        return Err(JournalError::NotSealed);
    }
    give(connection, key)?;
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(JournalError::WrongKey)
        }
        read => Ok(read?),
    }
}

pub(crate) fn give(connection: &Connection, key: &SealKey) -> Result<(), JournalError> {
    let digits: Zeroizing<String> = Zeroizing::new(key.0.iter().fold(
        String::with_capacity(64),
        |mut text, byte| {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
            text
        },
    ));
    let words = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", digits.as_str()));
    // It would write to standard error by itself; what went wrong is in our own words.
    connection
        .query_row("PRAGMA cipher_log_level = NONE", [], |_| Ok(()))
        .optional()?;
    connection.execute_batch(&words)?;
    // A SQLite without the cipher would take the words and write everything in the clear.
    connection
        .query_row("PRAGMA cipher_version", [], |_| Ok(()))
        .map_err(|_| JournalError::NoCipher)
}
