//! Starting a drill, on one screen.

use super::{ConnectionView, EnvironmentView, PurposeView, RunbookSummary};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StartView {
    /// The first line: "One of five runbooks is ready to rehearse".
    pub title: String,
    /// The id the drill will have.
    pub next_id: String,
    /// What is open at the window: a drill begins there.
    pub environment: EnvironmentView,
    /// Connections that a live drill could go over.
    pub connections: Vec<ConnectionView>,
    /// The one in use.
    pub connection: Option<String>,
    /// Every runbook, ready or with the reason.
    pub runbooks: Vec<RunbookSummary>,
    /// What a rehearsal is, in words.
    pub rehearsal: String,
    /// What live still lacks, and what it has.
    pub live: Vec<LiveConditionView>,
    /// Purposes of the chosen runbook are a subset of these.
    pub purposes: Vec<PurposeView>,
    /// Faults of the simulator by name.
    pub faults: Vec<FaultView>,
    /// Speeds offered.
    pub speeds: Vec<u32>,
    /// Speed unless chosen otherwise.
    pub speed: u32,
}

/// A condition of going live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LiveConditionView {
    /// It holds.
    pub met: bool,
    /// Code, such as `live.journal_not_sealed`.
    pub code: String,
    /// In a sentence.
    pub sentence: String,
}

/// A fault of the simulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FaultView {
    /// Name, such as `lost-response`.
    pub name: String,
    /// What it does, in a sentence.
    pub sentence: String,
}

/// Opens a drill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OpenDrill {
    /// Where.
    pub environment: EnvironmentView,
    /// The connection of a live drill.
    pub connection: Option<String>,
    /// Id of the runbook.
    pub runbook: String,
    /// `drill` or `recovery`.
    pub purpose: String,
    /// Surprises: not announced. Names of faults; empty for none.
    pub faults: Vec<String>,
    /// Drillbook picks up to three faults by itself and does not say which.
    pub surprise: bool,
    /// Speed of waits, from 1.
    pub speed: u32,
}
