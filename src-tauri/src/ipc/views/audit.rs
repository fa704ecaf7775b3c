//! The auditor's room: drills, verdict, timeline, export; and the review of a drill.

use super::{
    DecisionView, DeviationView, DrillRowView, FindingView, SegmentView, VerificationView,
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// One drill, judged; and the others beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// Every drill of the log, newest first.
    pub drills: Vec<DrillRowView>,
    /// What is protected, and what was drilled of it.
    pub coverage: super::CoverageView,
    /// The drill that is shown; none when there is none.
    pub drill: Option<AuditDrillView>,
}

/// One drill, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AuditDrillView {
    /// What the list shows.
    pub row: DrillRowView,
    /// The first line: "D-2026-0007 holds; it deviated three times".
    pub title: String,
    /// The second line.
    pub lead: String,
    /// Deviations.
    pub deviations: Vec<DeviationView>,
    /// Objectives against results.
    pub objectives: Vec<ObjectiveView>,
    /// Lanes of the timeline.
    pub timeline: TimelineView,
    /// Sign-offs.
    pub sign_offs: Vec<DecisionView>,
    /// What others found who read again what the drill had read.
    pub second_readings: Vec<SecondReadingView>,
    /// Findings.
    pub findings: Vec<FindingView>,
    /// Whether the journal holds.
    pub verification: VerificationView,
    /// Audiences an export can be made for.
    pub audiences: Vec<AudienceView>,
}

/// A comparison that another person signed, under an Azure login of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SecondReadingView {
    /// Digest of the document.
    pub id: String,
    /// Who read, by name.
    pub person: String,
    /// When they had read.
    pub at: String,
    /// Journal entry.
    pub entry: u32,
    /// Reads that are the same.
    pub same: u32,
    /// Reads in which only what moves with time differs.
    pub moved: u32,
    /// Reads that could not be read again.
    pub unreadable: u32,
    /// Reads that the bundle did not show.
    pub hidden: u32,
    /// Reads that contradict what was recorded.
    pub changed: Vec<ContradictionView>,
}

/// A recorded answer that another person did not get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContradictionView {
    /// The entry that recorded it.
    pub entry: u32,
    /// The fields that differ.
    pub fields: Vec<String>,
}

/// An objective and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ObjectiveView {
    /// `rto`, `rpo`, `cleanup`.
    pub id: String,
    /// In words: "RTO, disks restored".
    pub label: String,
    /// Bound in seconds.
    pub bound: Option<u32>,
    /// Result in seconds.
    pub result: Option<u32>,
    /// It was met; none when it was not measured.
    pub met: Option<bool>,
    /// What it is made of: machine, waiting, operator, or why it was not measured.
    pub note: Option<String>,
    /// Journal entry.
    pub entry: Option<u32>,
}

/// The time axis of a drill.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TimelineView {
    /// Start.
    pub from: String,
    /// End.
    pub to: String,
    /// T0.
    pub t0: Option<String>,
    /// When the RTO criterion was met.
    pub stopped: Option<String>,
    /// When the objective would end.
    pub objective: Option<String>,
    /// Operator, machine and waiting, by their kinds.
    pub segments: Vec<SegmentView>,
    /// Time during which something was owed.
    pub debt: Vec<SpanView>,
    /// Sign-offs, deviations and other moments.
    pub moments: Vec<MomentView>,
}

/// A stretch of time with words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SpanView {
    /// Start.
    pub from: String,
    /// End; none while it lasts.
    pub to: Option<String>,
    /// In words.
    pub label: String,
}

/// A moment on the time axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MomentView {
    /// `approved`, `refused`, `deviation`, `step`.
    pub kind: String,
    /// When.
    pub at: String,
    /// In words.
    pub label: String,
    /// Journal entry.
    pub entry: u32,
}

/// An audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AudienceView {
    /// `internal`, `auditor` or `public`.
    pub id: String,
    /// In words.
    pub label: String,
    /// What it does not get.
    pub without: String,
}

/// A bundle of a drill, to be exported or copied.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportBundle {
    /// The drill.
    pub drill: String,
    /// The audience.
    pub audience: String,
}

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportResult {
    /// Where; none when the dialog of `save_bundle` was closed.
    pub path: Option<String>,
    /// Size in bytes.
    pub size: u32,
    /// Entries of the drill in it.
    pub entries: u32,
    /// What our own verifier says of it.
    pub verification: Option<VerificationView>,
    /// The commands an auditor runs.
    pub commands: Vec<String>,
}

/// The review of a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ReviewView {
    /// Objectives against results.
    pub objectives: Vec<ObjectiveView>,
    /// Deviations.
    pub deviations: Vec<DeviationView>,
    /// Findings.
    pub findings: Vec<FindingView>,
    /// What is still owed; the drill cannot close before it is 0.
    pub owed: u32,
    /// How it would end now, in a sentence.
    pub outcome: String,
}
