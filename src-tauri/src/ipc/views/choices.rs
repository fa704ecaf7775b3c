//! Choosing from what Azure listed.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A choice of one element, or of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceView {
    /// The element's key.
    pub element: Option<String>,
    /// The element's name.
    pub element_label: Option<String>,
    /// Heading: "6 points in westus, 2 usable".
    pub title: String,
    /// When the list was read; none when it was not read yet.
    pub read_at: Option<String>,
    /// Several rows may be chosen.
    pub many: bool,
    /// Heads of the columns.
    pub columns: Vec<ColumnView>,
    /// Every row, unusable ones too, with the reasons.
    pub rows: Vec<ChoiceRowView>,
    /// Keys of what was chosen.
    pub chosen: Vec<String>,
    /// Keys that are proposed.
    pub proposed: Vec<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// A reason must be given: the choice is not the proposed one.
    pub reason_needed: bool,
}

/// Head of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ColumnView {
    /// In words.
    pub label: String,
    /// Numbers and times are set to the right edge, in tabular figures.
    pub numeric: bool,
}

/// A row that could be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceRowView {
    /// What identifies it.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// One cell per column.
    pub cells: Vec<CellView>,
    /// It can be used.
    pub usable: bool,
    /// Why not; or what to know although it can.
    pub reasons: Vec<String>,
}

/// A cell: text, and a time when it is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CellView {
    /// As text.
    pub text: String,
    /// RFC 3339, when the value is a time: the window shows it locally.
    pub time: Option<String>,
    /// An id or name of a resource: monospaced.
    pub mono: bool,
}

/// Chooses rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Choose {
    /// Where.
    pub at: super::StepRef,
    /// Keys of the rows.
    pub keys: Vec<String>,
    /// Why these.
    pub reason: String,
}
