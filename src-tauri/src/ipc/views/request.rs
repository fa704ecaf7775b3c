//! Requests for a sign-off, as the reviewer reads them.

use super::{SendView, StepStateView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// How a request is; the same six words everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words of ui.md")]
pub enum RequestStateView {
    Open,
    Approved,
    Refused,
    Expired,
    Revoked,
    Used,
}

/// A request in the desk's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RequestRowView {
    /// Digest of the request document; empty while it is only a preview.
    pub id: String,
    /// The drill.
    pub drill: String,
    /// The step of the gate.
    pub step: String,
    /// Gate of the policy, in words.
    pub gate: String,
    /// State.
    pub state: RequestStateView,
    /// One sentence: "Restore 2 disks of vm-policy-01 into rg-drill-0007 in westus".
    pub sentence: String,
    /// Who asked.
    pub operator: String,
    /// Since when.
    pub requested_at: Option<String>,
    /// Until when it can be decided on or used.
    pub not_after: Option<String>,
    /// It waits for the person at the window.
    pub mine: bool,
}

/// A request, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// What the list shows.
    pub row: RequestRowView,
    /// What follows from saying yes, in a sentence or two.
    pub consequence: String,
    /// What differs from the last request of this gate that was approved.
    pub differs: Vec<DifferenceView>,
    /// How many fields are the same.
    pub same: u32,
    /// When and in which drill that was approved; none when there is none.
    pub compared_with: Option<ComparedView>,
    /// Everything that is covered, in order.
    pub covers: Vec<CoverView>,
    /// Evidence that must be opened before it can be approved.
    pub open_first: Vec<OpenFirstView>,
    /// Facts that a condition may bound.
    pub facts: Vec<FactView>,
    /// Estimated cost, as text.
    pub cost: Option<String>,
    /// The charter's ceiling, as text.
    pub ceiling: Option<String>,
    /// The estimate is above the ceiling.
    pub over_ceiling: bool,
    /// The journal that is witnessed.
    pub journal: WitnessView,
    /// The policy that decides, in words: version and digest.
    pub policy: String,
    /// Decisions needed.
    pub quorum: u32,
    /// Who can sign and who cannot.
    pub signers: Vec<SignerView>,
    /// Decisions so far.
    pub decisions: Vec<DecisionView>,
    /// The person at the window may decide.
    pub may_decide: bool,
    /// Why not.
    pub why_not: Option<String>,
    /// How long an approval is valid, in seconds.
    pub approval_valid: u32,
    /// A decision made here is marked as made on the operator's computer.
    pub same_device: bool,
    /// The person at the window may go on without a quorum.
    pub may_break_glass: bool,
    /// Somebody went on without a quorum.
    pub glass: Option<GlassView>,
}

/// Somebody went on without a quorum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct GlassView {
    /// Digest of the document by which they did.
    pub id: String,
    /// Who.
    pub person: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
    /// Until when another person has to look at it.
    pub review_due: Option<String>,
    /// Who looked at it.
    pub reviewed: Option<String>,
    /// The person at the window may.
    pub may_review: bool,
}

/// A request this one is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ComparedView {
    /// When it was approved.
    pub at: String,
    /// Its drill.
    pub drill: String,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceView {
    /// The field in words: "Recovery point id".
    pub label: String,
    /// The part of the request that it belongs to, in words.
    pub of: String,
    /// Where the field stands: `restore.body.recoveryPointId`; empty for a part that came or went.
    pub field: String,
    /// Its value then.
    pub before: String,
    /// Its value now.
    pub now: String,
}

/// Something that is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CoverView {
    /// `action`, `evidence` or `charter`.
    pub kind: String,
    /// The step it belongs to.
    pub step: String,
    /// Title of that step.
    pub title: String,
    /// The element's name.
    pub element: Option<String>,
    /// The element's id as Azure writes it, when it is more than the name.
    pub target: Option<String>,
    /// Digest that is signed.
    pub digest: String,
    /// The canonical requests of an action.
    pub requests: Vec<SendView>,
    /// Rows of a charter or of evidence.
    pub rows: Vec<super::DetailView>,
    /// It was used already.
    pub used: bool,
}

/// Evidence to be opened first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenFirstView {
    /// The step whose evidence it is.
    pub step: String,
    /// What it is called.
    pub title: String,
    /// State of that step; nobody says it of another machine's.
    pub state: Option<StepStateView>,
    /// What it found, in a sentence.
    pub summary: String,
    /// Journal entry to open with `open_evidence`.
    pub entry: u32,
    /// When this reviewer opened it.
    pub opened: Option<String>,
}

/// How a fact may be bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ConditionOp {
    /// A number at most.
    AtMost,
    /// A number at least.
    AtLeast,
    /// A time before.
    Before,
    /// A text that equals.
    Equals,
}

/// A fact that a condition may bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FactView {
    /// Name.
    pub name: String,
    /// In words: "Recovery point younger than".
    pub label: String,
    /// How it is bounded.
    pub op: ConditionOp,
    /// What it is now.
    pub value: Option<String>,
    /// A bound that is proposed.
    pub proposed: Option<String>,
    /// Unit behind the field: "h".
    pub unit: Option<String>,
}

/// The journal a signature witnesses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WitnessView {
    /// Number of entries.
    pub size: u32,
    /// Root, hexadecimal.
    pub head: String,
    /// What this person witnessed before: size and when.
    pub seen_size: Option<u32>,
    /// When.
    pub seen_at: Option<String>,
}

/// Somebody of the policy at this gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignerView {
    /// Person id.
    pub person: String,
    /// Name.
    pub name: String,
    /// Role in words.
    pub role: String,
    /// They can sign.
    pub can: bool,
    /// Why not: "asked, cannot sign".
    pub why_not: Option<String>,
    /// Fingerprint of the key.
    pub key: Option<String>,
}

/// A decision that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DecisionView {
    /// Digest of the decision document.
    pub id: String,
    /// Who.
    pub reviewer: String,
    /// It approves.
    pub approves: bool,
    /// Reason.
    pub reason: String,
    /// Conditions in words.
    pub conditions: Vec<String>,
    /// When.
    pub at: String,
    /// Until when it is valid.
    pub not_after: String,
    /// Made on the operator's computer.
    pub same_device: bool,
    /// Journal entry.
    pub entry: u32,
    /// It was taken back.
    pub taken_back: bool,
    /// The person at the window may take it back.
    pub may_take_back: bool,
}

/// A condition of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConditionEntry {
    /// Name of the fact.
    pub fact: String,
    /// How it is bounded.
    pub op: ConditionOp,
    /// The bound, as text: a number, or RFC 3339.
    pub value: String,
}

/// Decides on the request document that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DecideRequest {
    /// Digest of the request document on screen.
    pub request: String,
    /// Approve, or refuse.
    pub approve: bool,
    /// Reason; needed to refuse.
    pub reason: String,
    /// Conditions.
    pub conditions: Vec<ConditionEntry>,
    /// Entries of the journal that were on screen as witnessed.
    pub seen_size: u32,
    /// Root that was on screen as witnessed.
    pub seen_head: String,
}

/// Opens a piece of evidence, for the record of a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenEvidence {
    /// The request document on screen.
    pub request: String,
    /// The step whose evidence is opened.
    pub step: String,
    /// The journal entry.
    pub entry: u32,
}
