//! Requests from other machines, and what is signed about them here.

use super::{ConditionEntry, EnvironmentView, ProblemView, RequestRowView, RequestView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What of other machines can be read here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ForeignListView {
    /// Requests that were opened since Drillbook was started, newest first.
    pub opened: Vec<RequestRowView>,
    /// The exchange folder, if one is set.
    pub folder: Option<String>,
    /// Request files that lie in it.
    pub found: Vec<FoundView>,
}

/// A request file of the exchange folder. Nothing of it is shown before it was recomputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    /// Name of the file.
    pub file: String,
    /// The request, when everything in the file holds.
    pub row: Option<RequestRowView>,
    /// What does not hold.
    pub problem: Option<ProblemView>,
}

/// Where a request is to be read from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum OpenForeign {
    /// A file that is chosen in a dialog of the desktop.
    File,
    /// A text that was pasted.
    Text {
        /// The text.
        text: String,
    },
    /// A file of the exchange folder.
    Folder {
        /// Its name.
        file: String,
    },
}

/// A request of another machine, every digest, commitment and signature of it recomputed.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ForeignView {
    /// What the reviewer reads.
    pub request: RequestView,
    /// The environment that its log names.
    pub environment: EnvironmentView,
    /// The log it is from.
    pub log: String,
    /// Fingerprint of the policy's first version, to be compared with its owners.
    pub fingerprint: String,
    /// This Drillbook has the very version of the runbook.
    pub runbook_known: bool,
    /// Keys that can be signed with.
    pub keys: Vec<SigningKeyView>,
    /// What was signed here.
    pub signed: Option<SignedForeignView>,
    /// The exchange folder, if one is set.
    pub folder: Option<String>,
}

/// A key that a decision can be signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyView {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Where its private half is, in words.
    pub place: String,
    /// Its file is under a passphrase.
    pub locked: bool,
    /// Whose it is by the policy in the file.
    pub person: Option<String>,
    /// Why nothing is signed with it.
    pub why_not: Option<String>,
}

/// A decision that was signed here, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignedForeignView {
    /// The name that is proposed for the file.
    pub name: String,
    /// Its text.
    pub text: String,
    /// It approves.
    pub approves: bool,
    /// Who signed.
    pub person: String,
}

/// Opens a piece of evidence that travelled with a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenForeignEvidence {
    /// The request document on screen.
    pub request: String,
    /// The journal entry that recorded it.
    pub entry: u32,
}

/// Decides on a request of another machine, with a key of one's own.
#[derive(Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignForeign {
    /// Digest of the request document on screen.
    pub request: String,
    /// Approve, or refuse.
    pub approve: bool,
    /// Reason; needed to refuse.
    pub reason: String,
    /// Conditions.
    pub conditions: Vec<ConditionEntry>,
    /// Fingerprint of the key.
    pub key: String,
    /// The passphrase of its file, if it has one.
    pub passphrase: Option<String>,
}

/// A passphrase is not printed.
impl std::fmt::Debug for SignForeign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignForeign")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
