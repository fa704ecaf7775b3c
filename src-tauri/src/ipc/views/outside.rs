//! Lines that the operator runs in a terminal of their own.

use super::StepRef;
use serde::{Deserialize, Serialize};
use specta::Type;

/// A line that could be run outside now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OutsideView {
    /// The element of the step.
    pub element: Option<String>,
    /// Name of the request.
    pub request: String,
    /// What it does, in words.
    pub title: String,
    /// It changes Azure.
    pub changes: bool,
    /// The line; none as long as it was not taken.
    pub line: Option<String>,
}

/// Takes the line of an approved request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TakeLine {
    /// Where.
    pub at: StepRef,
    /// Name of the request.
    pub request: String,
}

/// Says that a line was run outside.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReportLine {
    /// Where.
    pub at: StepRef,
    /// Name of the request.
    pub request: String,
    /// What the command printed, as pasted; may be empty.
    pub output: String,
}
