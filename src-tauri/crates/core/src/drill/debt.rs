//! What a drill owes, and the resources that belong to it.

use crate::Timestamp;
use serde_json::Value;

/// What is owed.
#[derive(Debug, Clone, PartialEq)]
pub struct DebtState {
    /// Its id within the drill.
    pub debt: String,
    /// The action step that caused it.
    pub step: String,
    /// Element of that step.
    pub element: Option<String>,
    /// In words.
    pub what: String,
    /// Who owes it.
    pub owner: String,
    /// A list to diff, and the ids that were in it before.
    pub list: Option<(String, Vec<String>)>,
    /// The resource within which everything deleted lies.
    pub within: String,
    /// Types to delete before.
    pub after: Vec<String>,
    /// `empty`: only when nothing else is inside.
    pub only_if: Option<String>,
    /// The wait before whose end nothing is proven.
    pub settled_by: Option<String>,
    /// Per day, as text.
    pub cost_per_day: Option<String>,
    /// Resources that belong to it.
    pub artefacts: Vec<Artefact>,
    /// When it was booked.
    pub booked: (u64, Timestamp),
    /// When the list was read last, after the wait.
    pub surveyed: Option<Timestamp>,
    /// When it was paid or handed over.
    pub paid: Option<(u64, Timestamp)>,
    /// Handed over in a recovery.
    pub handed_over: bool,
}

/// A resource that belongs to a debt.
#[derive(Debug, Clone, PartialEq)]
pub struct Artefact {
    /// ARM id as the server spelled it.
    pub id: String,
    /// Its type.
    pub type_name: String,
    /// What the list said of it.
    pub row: Value,
    /// Whether the runbook expected it.
    pub expected: bool,
    /// The entry that found it.
    pub found: u64,
    /// Entry, time and date until which it can be recovered, once gone.
    pub cleared: Option<(u64, Timestamp, Option<String>)>,
    /// Why its deletion did not succeed last.
    pub kept: Option<(String, String)>,
}
