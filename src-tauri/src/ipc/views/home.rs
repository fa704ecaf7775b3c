//! Home: what needs me now?

use super::StepStateView;
use serde::Serialize;
use specta::Type;

/// Three quiet lists in order of urgency, and what ended lately.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HomeView {
    /// The first line: "Three things need you".
    pub title: String,
    /// The second line: whether it is safe.
    pub lead: String,
    /// Waiting for this person.
    pub waiting: Vec<HomeRowView>,
    /// Running, or waiting for somebody else.
    pub running: Vec<HomeRowView>,
    /// Scheduled drills, items never drilled, a rehearsal on offer.
    pub next: Vec<HomeRowView>,
    /// Ended lately.
    pub recent: Vec<HomeRowView>,
    /// What is protected, and what was drilled of it.
    pub coverage: super::CoverageView,
}

/// One row of home.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HomeRowView {
    /// The mark.
    pub mark: HomeMarkView,
    /// The state in words.
    pub state: String,
    /// What it is about.
    pub title: String,
    /// Drill, step, people, reason.
    pub detail: String,
    /// When it began or is due.
    pub at: Option<String>,
    /// Seconds until due; negative when late.
    pub due_in: Option<i32>,
    /// The large figure in words, when it is not a date: "00:06:40 of 2 h".
    pub figure: Option<String>,
    /// What the button says.
    pub action: String,
    /// Where the button leads.
    pub target: TargetView,
}

/// What a row of home is marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind", content = "state")]
pub enum HomeMarkView {
    /// A step in a state.
    Step(StepStateView),
    /// A debt or finding that is due or late.
    Due,
    /// Late.
    Late,
    /// A request to decide on.
    Request,
    /// Something that could be begun.
    Offer,
}

/// A place in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum TargetView {
    /// A step of a drill.
    Step {
        /// The drill.
        drill: String,
        /// The step.
        step: String,
    },
    /// A request on the reviewer's desk.
    Request {
        /// Digest of the request document.
        request: String,
    },
    /// The debts of a drill.
    Cleanup {
        /// The drill.
        drill: String,
    },
    /// A drill in the auditor's room.
    Audit {
        /// The drill.
        drill: String,
    },
    /// The policy.
    Policy,
    /// Starting a drill.
    Start {
        /// The runbook proposed.
        runbook: Option<String>,
    },
}
