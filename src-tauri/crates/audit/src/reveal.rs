//! One withheld value, shown later: a file that opens against the bundle that hid it.
//!
//! Deliberately absent: a signature. The commitment in the bundle is what proves the value.

use crate::audience::Audience;
use crate::error::AuditError;
use crate::verify::{Input, Withheld, withheld};
use drillbook_trust::canonical;
use drillbook_trust::disclosure::{Disclosure, Value};
use serde::{Deserialize, Serialize};

const TYPE: &str = "drill.reveal/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    log: String,
    entry: u64,
    disclosure: String,
}

/// A value that was withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    /// The entry.
    pub entry: u64,
    /// Its field.
    pub field: String,
    /// What was withheld.
    pub value: Value,
}

/// Returns the file that shows one sealed value of an entry, or nothing for what no audience gets.
#[must_use]
pub fn reveal(log: &str, entry: u64, kind: &str, disclosure: &Disclosure) -> Option<Vec<u8>> {
    if Audience::Internal.withholds(kind, &disclosure.name) {
        return None;
    }
    let file = File {
        kind: TYPE.to_owned(),
        log: log.to_owned(),
        entry,
        disclosure: disclosure.encode(),
    };
    canonical::to_bytes(&file).ok()
}

/// Opens such a file against the bundle that withheld the value.
///
/// # Errors
/// [`AuditError::Reveal`] when it is no such file, or the bundle withholds no such value.
pub fn open_reveal(bundle: Input<'_>, file: &[u8]) -> Result<Revealed, AuditError> {
    let file: File = canonical::from_bytes(file)
        .map_err(|_| AuditError::Reveal("it is no file of that kind"))?;
    if file.kind != TYPE {
        return Err(AuditError::Reveal("it is no file of that kind"));
    }
    let disclosure = Disclosure::decode(&file.disclosure)
        .map_err(|_| AuditError::Reveal("its value cannot be read"))?;
    let wanted = Withheld {
        log: file.log,
        entry: file.entry,
        commitment: disclosure.commitment(),
    };
    if !withheld(bundle)?.contains(&wanted) {
        return Err(AuditError::Reveal("this bundle withholds no such value"));
    }
    Ok(Revealed {
        entry: file.entry,
        field: disclosure.name,
        value: disclosure.value,
    })
}
