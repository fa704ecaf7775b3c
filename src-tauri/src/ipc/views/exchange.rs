//! What travels between machines, as the window shows it.

use super::{ProblemView, RequestStateView};
use serde::{Deserialize, Serialize};
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
    /// Somebody else read again what the drill had read.
    SecondReading,
}

/// Something signed elsewhere that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportedView {
    /// Digest of the request document; empty for a second reading.
    pub request: String,
    /// The drill.
    pub drill: String,
    /// The step of the gate; empty for a second reading.
    pub step: String,
    /// Who signed it, by name.
    pub person: String,
    /// What it is.
    pub kind: ImportedKind,
    /// The journal had it already: nothing was appended.
    pub known: bool,
    /// What became of the request; none for a second reading.
    pub state: Option<RequestStateView>,
}

/// The folder through which requests go out and decisions come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeFolderView {
    /// Where it is; none when no folder is set.
    pub path: Option<String>,
    /// When it was looked at last.
    pub looked: Option<String>,
    /// Open requests and owed reviews that lie there.
    pub laid_out: u32,
    /// Signed papers that were taken in since Drillbook was opened.
    pub taken: u32,
    /// Files about this journal that the gate did not take.
    pub declined: Vec<DeclinedView>,
    /// Why it cannot be used now.
    pub problem: Option<ProblemView>,
}

/// A file that the gate did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeclinedView {
    /// Its name.
    pub file: String,
    /// The code of the refusal.
    pub code: String,
    /// The refusal.
    pub sentence: String,
}

/// Takes a decision back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TakeBack {
    /// Digest of the decision document.
    pub decision: String,
    /// Why.
    pub reason: String,
}

/// Goes on without a quorum.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreakTheGlass {
    /// Digest of the request document.
    pub request: String,
    /// Why.
    pub reason: String,
}

/// Reviews that somebody went on without a quorum.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewTheGlass {
    /// Digest of the document by which they did.
    pub glass: String,
    /// It was justified.
    pub justified: bool,
    /// Why, or why not.
    pub reason: String,
}
