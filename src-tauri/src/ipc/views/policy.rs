//! The policy in force as a page.

use super::{DraftView, PolicyFormView, ProblemView};
use serde::Serialize;
use specta::Type;

/// The page: the answer first, then the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyPageView {
    /// The first line: "Policy version 1 is in force".
    pub title: String,
    /// The second line.
    pub lead: String,
    /// The policy; none before the first one was adopted.
    pub policy: Option<PolicyView>,
    /// The policy that is being prepared.
    pub draft: Option<DraftView>,
    /// Why what is being prepared cannot be used any more.
    pub draft_problem: Option<ProblemView>,
    /// What a new proposal begins with; none in a rehearsal before its first drill.
    pub form: Option<PolicyFormView>,
}

/// A version of the policy that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// Counts from 1.
    pub version: u32,
    /// Origin of the log it rules.
    pub origin: String,
    /// Digest of this version.
    pub digest: String,
    /// Digest of version 1, which is compared out of band.
    pub fingerprint: String,
    /// First moment of validity.
    pub from: String,
    /// Last moment of validity.
    pub until: String,
    /// Names of the owners who signed this version.
    pub signed_by: Vec<String>,
    /// How often it is reviewed, in words.
    pub review_every: String,
    /// When it has to be reviewed next.
    pub review_due: Option<String>,
    /// That moment has passed.
    pub review_overdue: bool,
    /// How long journals are kept, in words.
    pub retention: String,
    /// How many owners must sign the next version.
    pub threshold: u32,
    /// Names of the owners.
    pub owners: Vec<String>,
    /// Everybody it knows.
    pub people: Vec<PolicyPersonView>,
    /// What each gate demands.
    pub gates: Vec<PolicyGateView>,
    /// Names of the people who may go on without a quorum.
    pub break_glass: Vec<String>,
    /// Seconds within which another person reviews that.
    pub break_glass_review: u32,
    /// Who may read evidence beside everybody in it.
    pub readers: Vec<String>,
    /// Versions before, newest first.
    pub before: Vec<PolicyVersionView>,
}

/// Somebody of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyPersonView {
    /// Person id.
    pub id: String,
    /// Name, or the id where no name is known.
    pub name: String,
    /// Roles in words.
    pub roles: Vec<String>,
    /// They own the policy.
    pub owner: bool,
    /// Their keys.
    pub keys: Vec<PolicyKeyView>,
}

/// How a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PolicyKeyState {
    /// It may sign.
    InUse,
    /// It may sign, and wants a touch.
    SecurityKey,
    /// The policy names it; the key itself is not in this data folder.
    Elsewhere,
    /// It was taken out of use.
    Revoked,
}

/// A key of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyKeyView {
    /// Fingerprint as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// How it is.
    pub state: PolicyKeyState,
}

/// What a gate demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyGateView {
    /// Name in words.
    pub name: String,
    /// How many people must approve.
    pub quorum: u32,
    /// Roles of which an approver needs one, in words.
    pub roles: Vec<String>,
    /// Seconds that a request waits for a decision; none when it says so itself.
    pub request_valid: Option<u32>,
    /// Seconds that an approval lives.
    pub approval_valid: u32,
    /// One account may ask and approve.
    pub same_device: bool,
}

/// An earlier version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PolicyVersionView {
    /// Counts from 1.
    pub version: u32,
    /// Its digest.
    pub digest: String,
    /// Since when it was valid.
    pub from: String,
}

/// Who may sign what, saved as `allowed_signers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignersFileView {
    /// Where it was saved; none when the dialog was closed.
    pub path: Option<String>,
    /// How many signers are in it.
    pub signers: u32,
    /// Fingerprints that are not in it, because their keys are not in this data folder.
    pub missing: Vec<String>,
}
