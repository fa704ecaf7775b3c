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

/// What it was that somebody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ImportedKind {
    /// A yes.
    Approval,
    /// A no.
    Refusal,
    /// A decision was taken back.
    Revocation,
    /// Somebody goes on without a quorum.
    BreakGlass,
    /// Somebody else looked at that.
    Review,
}

/// Something signed elsewhere that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportedView {
    /// Digest of the request document.
    pub request: String,
    /// The drill.
    pub drill: String,
    /// The step of the gate.
    pub step: String,
    /// Who signed it, by name.
    pub person: String,
    /// What it is.
    pub kind: ImportedKind,
    /// The journal had it already: nothing was appended.
    pub known: bool,
    /// What became of the request.
    pub state: RequestStateView,
}
