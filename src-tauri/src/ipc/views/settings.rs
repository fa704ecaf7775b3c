//! Settings: what this installation is.

use super::{PersonView, ProblemView, VerificationView};
use serde::Serialize;
use specta::Type;

/// Settings, all to be read; the window keeps theme and times by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// The first line: "Nothing needs you".
    pub title: String,
    /// The second line.
    pub lead: String,
    /// What needs attention, such as a locked keyring.
    pub problem: Option<ProblemView>,
    /// People and their keys.
    pub people: Vec<PersonView>,
    /// The data folder.
    pub data_folder: String,
    /// Bytes in it, in words.
    pub size: String,
    /// The last verification of the journal.
    pub journal: Option<VerificationView>,
    /// Origin of the log.
    pub origin: String,
    /// The signed policy, in words.
    pub policy: String,
    /// The simulator, in words.
    pub simulator: Option<String>,
    /// Version and licence.
    pub about: String,
}
