//! One drill: header, rail, clock.

use super::{ActionView, EnvironmentView, StepKindView, StepStateView};
use serde::Serialize;
use specta::Type;

/// A drill in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillRowView {
    /// Drill id.
    pub id: String,
    /// Title of its runbook.
    pub title: String,
    /// Where.
    pub environment: EnvironmentView,
    /// `drill` or `recovery`.
    pub purpose: String,
    /// Names of what is restored, once chosen.
    pub items: Vec<String>,
    /// Who plays it.
    pub operator: String,
    /// When it was opened.
    pub opened: String,
    /// State.
    pub state: DrillStateView,
    /// The current step's number.
    pub step: u32,
    /// Number of steps.
    pub steps: u32,
    /// The current step's title.
    pub step_title: String,
    /// Number of deviations.
    pub deviations: u32,
    /// Artefacts owed.
    pub owed: u32,
}

/// How a drill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum DrillStateView {
    /// Being played.
    Running,
    /// Aborted; cleanup and review are left.
    Aborting,
    /// Ended whole.
    Closed,
    /// Ended early, nothing owed.
    Abandoned,
    /// Ended with debt.
    Stopped,
}

/// A whole drill around its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillView {
    /// What the list shows.
    pub row: DrillRowView,
    /// Id of the runbook.
    pub runbook: String,
    /// Version of the runbook.
    pub runbook_version: String,
    /// Digest of the runbook.
    pub runbook_digest: String,
    /// The rail: the whole drill, in order.
    pub rail: Vec<RailItemView>,
    /// Id of the current step.
    pub current: String,
    /// The drill clock.
    pub clock: ClockView,
    /// What was not as the runbook says.
    pub deviations: Vec<DeviationView>,
    /// Warnings that must be acknowledged before the next gate.
    pub warnings: u32,
    /// Deadline of the debts.
    pub deadline: Option<String>,
    /// Cost per day of what is owed, as text, when known.
    pub cost_per_day: Option<String>,
    /// Stop and clean up.
    pub abort: ActionView,
    /// How it ended, in a sentence.
    pub end: Option<String>,
    /// Position of the drill's last entry.
    pub last_entry: u32,
}

/// A step in the rail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RailItemView {
    /// Id.
    pub id: String,
    /// Number, from 1.
    pub number: u32,
    /// Title.
    pub title: String,
    /// Kind; an approval is a diamond.
    pub kind: StepKindView,
    /// State.
    pub state: StepStateView,
    /// When it passed, ended or began to wait.
    pub at: Option<String>,
    /// A second line: who can sign, T0.
    pub note: Option<String>,
    /// This is the current step.
    pub current: bool,
    /// It can be opened: passed, current, or readable ahead.
    pub open: bool,
}

/// The drill clock.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// T0, once declared.
    pub t0: Option<String>,
    /// Number of the step that declares it.
    pub t0_step: u32,
    /// The objective (RTO) in seconds.
    pub objective: Option<u32>,
    /// Seconds since T0 at `as_of`.
    pub elapsed: u32,
    /// When the figures were true; the window counts on from here.
    pub as_of: String,
    /// Virtual seconds that pass in one real second now (1 unless a wait is being shortened).
    pub rate: u32,
    /// Seconds a machine worked.
    pub machine: u32,
    /// Seconds a sign-off was awaited.
    pub waiting: u32,
    /// Seconds it was the operator's turn.
    pub operator: u32,
    /// Seconds of preparation before T0.
    pub preparation: u32,
    /// When the criterion was met and the clock stopped.
    pub stopped: Option<String>,
    /// Whether the objective was met, once it is stopped.
    pub met: Option<bool>,
    /// Which part is running now.
    pub running: Option<SegmentKindView>,
    /// Where earlier drills ended, in seconds after T0.
    pub likely: Option<u32>,
    /// The bar from left to right.
    pub segments: Vec<SegmentView>,
}

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SegmentKindView {
    /// Before T0.
    Preparation,
    /// A machine worked.
    Machine,
    /// A sign-off was awaited.
    Waiting,
    /// The operator's turn.
    Operator,
}

/// A stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SegmentView {
    /// Whose time.
    pub kind: SegmentKindView,
    /// Start.
    pub from: String,
    /// End, or none while it runs.
    pub to: Option<String>,
    /// Length in seconds.
    pub seconds: u32,
}

/// Something that was not as the runbook says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeviationView {
    /// Journal entry.
    pub entry: u32,
    /// When.
    pub at: String,
    /// Step.
    pub step: String,
    /// Code.
    pub code: String,
    /// In a sentence.
    pub text: String,
    /// What closed it, in words.
    pub closed_by: Option<String>,
}
