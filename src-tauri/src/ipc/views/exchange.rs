//! What travels between machines, as the window shows it.

use super::RequestStateView;
use serde::Serialize;
use specta::Type;

/// A request as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RequestTextView {
    /// Name of its file.
    pub name: String,
    /// The text, whole.
    pub text: String,
    /// Its size in bytes.
    pub size: u32,
    /// People who may decide, by name.
    pub can_sign: Vec<String>,
    /// Until when.
    pub not_after: Option<String>,
}

/// Where something was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// The place; none when the dialog was closed.
    pub path: Option<String>,
}

/// A decision that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportedView {
    /// Digest of the request document.
    pub request: String,
    /// The drill.
    pub drill: String,
    /// The step of the gate.
    pub step: String,
    /// Who decided, by name.
    pub reviewer: String,
    /// Yes or no.
    pub approves: bool,
    /// The journal had it already: nothing was appended.
    pub known: bool,
    /// What became of the request.
    pub state: RequestStateView,
}
