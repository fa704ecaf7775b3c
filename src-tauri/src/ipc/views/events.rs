//! Events to the window.

use serde::{Deserialize, Serialize};
use specta::Type;
use tauri_specta::Event;

/// Event `journal-appended`: something was written; reload what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct JournalAppended {
    /// The drill, or empty for the installation.
    pub drill: String,
    /// Entries of the log now.
    pub size: u32,
}

/// Event `progress`: work on a step goes on, or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, Event)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The drill.
    pub drill: String,
    /// The step.
    pub step: String,
    /// What is being done, in words; empty when it ended.
    pub sentence: String,
    /// How many of the requests were answered.
    pub done: u32,
    /// How many there are; 0 when unknown.
    pub total: u32,
    /// The work ended, and how: none, or the error.
    pub ended: bool,
}
