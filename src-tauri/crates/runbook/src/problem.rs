//! What is wrong with a runbook, where, and what to do about it: plain data.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The runbook cannot be used.
    Error,
    /// The runbook can be used; its author should look.
    Warning,
}

/// One finding of the parser or the linter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code, such as `runbook.unknown_name`.
    pub code: String,
    /// Error or warning.
    pub severity: Level,
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, as a sentence.
    pub sentence: String,
    /// What to do, as a sentence.
    pub remedy: String,
}

impl Problem {
    /// Returns whether the runbook cannot be used because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Level::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}: {}",
            self.file, self.line, self.column, self.code, self.sentence
        )
    }
}
