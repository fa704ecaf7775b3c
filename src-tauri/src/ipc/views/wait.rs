//! Waiting for Azure, and outcomes that are unknown.

use super::{DetailView, SendView};
use serde::{Deserialize, Serialize};
use specta::Type;

/// A job that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WaitView {
    /// The element's key.
    pub element: Option<String>,
    /// The element's name.
    pub element_label: Option<String>,
    /// Azure's percentage.
    pub percent: Option<u32>,
    /// Azure's own status word.
    pub status: Option<String>,
    /// Azure's own task list.
    pub tasks: Vec<TaskView>,
    /// Since when.
    pub since: Option<String>,
    /// Seconds since then, at `as_of`.
    pub elapsed: u32,
    /// When the figures were true.
    pub as_of: String,
    /// Virtual seconds in one real second now.
    pub rate: u32,
    /// Likely length in seconds, from earlier drills.
    pub estimate: Option<u32>,
    /// How many earlier drills that is from.
    pub estimate_from: u32,
    /// When Azure answered last.
    pub asked: Option<String>,
    /// When it is asked next.
    pub next_poll: Option<String>,
    /// Seconds between two polls.
    pub every: u32,
    /// How often it was asked.
    pub polls: u32,
    /// It can be cancelled.
    pub cancellable: bool,
    /// It is over.
    pub finished: bool,
    /// It passed, once it is over.
    pub passed: Option<bool>,
    /// Percentages by time, for the curve.
    pub history: Vec<PointView>,
}

/// A moment of a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PointView {
    /// When.
    pub at: String,
    /// Percentage.
    pub percent: u32,
}

/// A task in Azure's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    /// Name.
    pub name: String,
    /// State, in Azure's word.
    pub status: String,
    /// Detail.
    pub detail: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// Until when, once it is over.
    pub until: Option<String>,
}

/// A request whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UnknownView {
    /// The element's key.
    pub element: Option<String>,
    /// The element's name.
    pub element_label: Option<String>,
    /// What was sent.
    pub sent: SendView,
    /// When it was written down.
    pub intended_at: String,
    /// Why there is no answer, in words.
    pub why: String,
    /// Rows: request id, approval used, what it would restore.
    pub facts: Vec<DetailView>,
    /// How often it was looked for.
    pub looks: u32,
    /// When it was looked for last.
    pub looked_at: Option<String>,
    /// When it will be looked for next.
    pub next_look: Option<String>,
    /// What was found that could be ours.
    pub candidates: Vec<CandidateView>,
    /// It may be treated as not sent now.
    pub may_give_up: bool,
    /// From when it may be, and why not yet.
    pub give_up_from: Option<String>,
}

/// A job at Azure that could be the one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// Key.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// When it started.
    pub started: String,
    /// Its status.
    pub status: Option<String>,
    /// What tells it from the others.
    pub tells: Vec<DetailView>,
}

/// The operator's choice about an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Resolution {
    /// Keep looking.
    KeepLooking,
    /// Take this job as ours.
    Adopt {
        /// Key of the candidate.
        candidate: String,
    },
    /// Treat it as not sent, and ask for a new sign-off.
    NotSent {
        /// Why that is safe.
        reason: String,
    },
}

/// Resolves an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResolveUnknown {
    /// Where.
    pub at: super::StepRef,
    /// Name of the request.
    pub request: String,
    /// The choice.
    pub resolution: Resolution,
}
