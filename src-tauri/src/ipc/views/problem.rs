//! Problems: what happened, what it means, what to do next.

use serde::Serialize;
use specta::Type;

/// How a problem looks; what it says is in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SeverityView {
    /// A rule said no: a notice, not an alarm.
    Refused,
    /// Something outside did not answer or is not there; trying again may help.
    Unavailable,
    /// A fault of Drillbook or its data.
    Internal,
}

/// A problem to be shown beside what it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProblemView {
    /// Stable code, such as `approval.own_request`.
    pub code: String,
    /// How it looks.
    pub severity: SeverityView,
    /// What happened and what it means for the drill.
    pub sentence: String,
    /// What to do next, as complete imperative sentences.
    pub next: Option<String>,
    /// ARM's own code and ids, the technical chain: shown on demand.
    pub details: Vec<DetailView>,
}

/// A name and a value, shown as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DetailView {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Set in the monospaced face: ids, paths, commands.
    pub mono: bool,
}

/// What a refused or failed command answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct IpcError {
    /// Stable code; the interface switches on it, never on words.
    pub code: String,
    /// How it looks.
    pub severity: SeverityView,
    /// What happened.
    pub sentence: String,
    /// What to do next.
    pub next: Option<String>,
    /// The technical chain.
    pub details: Vec<DetailView>,
}
