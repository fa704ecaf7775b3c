//! The journal, page by page.

use super::DetailView;
use serde::{Deserialize, Serialize};
use specta::Type;

/// What to show of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JournalFilter {
    /// Only this drill; none for the whole log.
    pub drill: Option<String>,
    /// Words, or `kind:check.failed`, `who:maya`, `step:restore`.
    pub search: String,
    /// Only these kinds; empty for all.
    pub kinds: Vec<String>,
    /// Entries before this position (newest first) or from it on (oldest first).
    pub from: Option<u32>,
    /// Newest first.
    pub newest_first: bool,
    /// At most so many rows, up to 500.
    pub limit: u32,
}

/// A page of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JournalPage {
    /// The rows.
    pub rows: Vec<JournalRow>,
    /// Entries that match.
    pub matches: u32,
    /// Entries of the log.
    pub size: u32,
    /// Root, hexadecimal.
    pub head: String,
    /// Where the next page begins.
    pub next: Option<u32>,
    /// Kinds that occur, for the filter.
    pub kinds: Vec<String>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JournalRow {
    /// Position.
    pub entry: u32,
    /// When.
    pub at: String,
    /// The drill, or empty.
    pub drill: String,
    /// The step.
    pub step: Option<String>,
    /// Kind.
    pub kind: String,
    /// In a sentence.
    pub sentence: String,
    /// Who.
    pub who: String,
    /// It can be opened as evidence.
    pub evidence: bool,
    /// Public and sealed fields.
    pub fields: Vec<JournalFieldView>,
}

/// A field of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct JournalFieldView {
    /// Name.
    pub name: String,
    /// Value, as text.
    pub value: String,
    /// It is a disclosure, which an export may leave out.
    pub sealed: bool,
}

/// Whether the journal holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerificationView {
    /// It holds.
    pub holds: bool,
    /// When it was verified.
    pub at: String,
    /// Milliseconds it took.
    pub milliseconds: u32,
    /// What was found, line by line.
    pub lines: Vec<VerificationLineView>,
    /// What is not proven.
    pub limits: Vec<String>,
}

/// A line of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerificationLineView {
    /// It holds.
    pub holds: bool,
    /// "214 entries, the root matches".
    pub sentence: String,
    /// The small print.
    pub detail: Option<DetailView>,
}
