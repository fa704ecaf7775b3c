//! What is owed: artefacts and findings.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Everything that is owed, the most urgent drill first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CleanupView {
    /// The first line: "Eight things are still owed; one is late".
    pub title: String,
    /// The second line.
    pub lead: String,
    /// Cost per day of everything, as text, when known.
    pub cost_per_day: Option<String>,
    /// By drill.
    pub drills: Vec<DebtGroupView>,
    /// Gone in the last days.
    pub gone: Vec<CleanupItemView>,
    /// Follow-up findings that are open.
    pub findings: Vec<FindingView>,
}

/// What one drill owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DebtGroupView {
    /// The drill.
    pub drill: String,
    /// Title and place: "Restore a VM's disks in the paired region, step 32 of 34".
    pub title: String,
    /// Who owes.
    pub owner: String,
    /// Deadline.
    pub deadline: String,
    /// Seconds until then; negative when late.
    pub due_in: i32,
    /// It is late.
    pub overdue: bool,
    /// Cost per day, as text, when known.
    pub cost_per_day: Option<String>,
    /// The artefacts in the order of deletion.
    pub items: Vec<CleanupItemView>,
    /// The step where it is paid.
    pub step: Option<String>,
    /// The deadline may be moved by the person at the window.
    pub may_move: bool,
}

/// How an artefact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ArtefactStateView {
    /// Booked; what it is called is not known yet.
    Expected,
    /// There, and owed.
    Owed,
    /// There, and nobody expected it.
    Unexpected,
    /// A deletion was refused.
    Kept,
    /// Being deleted.
    Deleting,
    /// Read back as gone.
    Gone,
    /// Handed over (a real recovery).
    HandedOver,
}

/// An artefact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CleanupItemView {
    /// Place in the order of deletion, from 1.
    pub order: u32,
    /// Id of the debt.
    pub debt: String,
    /// Name, or what it will be.
    pub name: String,
    /// Full ARM id, once known.
    pub id: Option<String>,
    /// Kind in words.
    pub kind: String,
    /// State.
    pub state: ArtefactStateView,
    /// The state in words.
    pub state_label: String,
    /// Why it is still there, and whom to ask.
    pub note: Option<String>,
    /// Cost per day, as text, when known.
    pub cost_per_day: Option<String>,
    /// What can be recovered until when, in words.
    pub after_deletion: String,
    /// RFC 3339, when it is recoverable until then.
    pub recoverable_until: Option<String>,
    /// Proof in words: "404 at 18:20:09".
    pub proof: Option<String>,
    /// Journal entry of the proof.
    pub entry: Option<u32>,
}

/// A follow-up finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// Id, such as `F-12`.
    pub id: String,
    /// The drill.
    pub drill: String,
    /// What is to be mended.
    pub text: String,
    /// Who owns it.
    pub owner: String,
    /// Until when.
    pub due: String,
    /// It is late.
    pub overdue: bool,
    /// How it was dealt with.
    pub resolved: Option<String>,
    /// Journal entry.
    pub entry: u32,
}

/// Moves the deadline of a drill's debts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetDeadline {
    /// The drill.
    pub drill: String,
    /// New deadline.
    pub deadline: String,
    /// Why.
    pub reason: String,
}

/// Adds a finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddFinding {
    /// The drill.
    pub drill: String,
    /// What is to be mended.
    pub text: String,
    /// Who owns it.
    pub owner: String,
    /// Until when.
    pub due: String,
}

/// Deals with a finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResolveFinding {
    /// The drill.
    pub drill: String,
    /// The finding.
    pub finding: String,
    /// How.
    pub how: String,
}
