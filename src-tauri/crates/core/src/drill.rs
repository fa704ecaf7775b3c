//! What is known of a drill: the state that [`crate::apply`] folds from journal entries.
//!
//! Deliberately absent: rules (see `decide`) and anything that could refuse.

mod debt;
mod intent;

pub use debt::{Artefact, DebtState};
pub use intent::{Intent, IntentOutcome};

use crate::Timestamp;
use crate::compose::{Covered, Statement};
use crate::names::Names;
use drillbook_runbook::model::{Mark, Purpose, Runbook};
use drillbook_trust::digest::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One run of a runbook, folded from its entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Drill {
    /// Such as `D-2026-0007`.
    pub id: String,
    /// The procedure it follows.
    pub runbook: Arc<Runbook>,
    /// Digest of that procedure.
    pub runbook_digest: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// Position of its last entry in the log.
    pub last_seq: u64,
    /// Time of its last entry.
    pub last_at: Timestamp,
    /// Drill or recovery.
    pub purpose: Purpose,
    /// The person who runs it.
    pub operator: String,
    /// Digest of the signed policy it was opened under.
    pub policy: String,
    /// Name of the cloud.
    pub cloud: String,
    /// Tenant id.
    pub tenant: String,
    /// Subscription id.
    pub subscription: String,
    /// The simulator's scenario, in a rehearsal.
    pub scenario: Option<String>,
    /// Values that steps yielded.
    pub names: Names,
    /// How far each step is.
    pub runs: BTreeMap<String, StepRun>,
    /// The declared disaster.
    pub t0: Option<Timestamp>,
    /// Moments that were reached.
    pub marks: BTreeMap<Mark, Timestamp>,
    /// Sign-offs that were asked for, oldest first.
    pub requests: Vec<SignOff>,
    /// Sign-offs that were given without a quorum.
    pub glass: Vec<Glass>,
    /// Requests that change Azure, oldest first.
    pub intents: Vec<Intent>,
    /// What is owed.
    pub debts: Vec<DebtState>,
    /// Deadline of the debts.
    pub deadline: Option<Timestamp>,
    /// Reminders given, by moment.
    pub reminders: Vec<String>,
    /// What was not as the runbook says.
    pub deviations: Vec<Deviation>,
    /// To be mended.
    pub findings: Vec<Finding>,
    /// What others found who read again what this drill had read.
    pub readings: Vec<SecondRead>,
    /// Exchanges, pictures and notes, by entry.
    pub evidence: Vec<Attachment>,
    /// Our requests by the ids under which Azure knows them.
    pub traces: Vec<Trace>,
    /// When and why it was broken off.
    pub aborted: Option<(Timestamp, String)>,
    /// How it ended.
    pub end: Option<(Timestamp, EndOfDrill)>,
    /// The last refusal, so that equal ones are journaled once.
    pub last_refusal: Option<(String, String)>,
}

/// A request of ours, as Azure's own log names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Azure's correlation id.
    pub correlation: String,
    /// HTTP method.
    pub method: String,
    /// Path it was sent to.
    pub path: String,
}

impl Trace {
    /// Whether the method may change something.
    pub fn changes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

/// A signed comparison by a second reader, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondRead {
    /// Digest of the document.
    pub reading: String,
    /// Who read.
    pub person: String,
    /// Reads that are the same.
    pub same: u64,
    /// Reads in which only what moves with time differs.
    pub moved: u64,
    /// Reads in which something else differs.
    pub changed: u64,
    /// Reads that could not be read again.
    pub unreadable: u64,
    /// Reads that the bundle did not show.
    pub hidden: u64,
    /// The entry.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
}

/// How a drill ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfDrill {
    /// Every step done, nothing owed.
    Closed,
    /// Broken off, nothing owed.
    Abandoned,
    /// Debt open, still owed.
    Stopped,
}

impl EndOfDrill {
    /// Returns the word that stands in the journal.
    pub fn word(self) -> &'static str {
        match self {
            EndOfDrill::Closed => "closed",
            EndOfDrill::Abandoned => "abandoned",
            EndOfDrill::Stopped => "stopped",
        }
    }
}

/// How far a step is, for each of its elements.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepRun {
    /// By element key; the empty key stands for a step that is not repeated.
    pub elements: BTreeMap<String, ElementRun>,
}

/// How far one element of a step is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ElementRun {
    /// Its state.
    pub state: RunState,
    /// When the state was reached.
    pub at: Option<Timestamp>,
    /// Entries of the exchanges of its last reading.
    pub exchanges: Vec<u64>,
    /// Entry that recorded the state, and its leaf.
    pub entry: Option<(u64, Digest)>,
    /// Expectations, as last judged.
    pub judged: Vec<Judged>,
    /// Values captured last, so that a repeated reading can be compared.
    pub captured: BTreeMap<String, Value>,
    /// What was chosen: value, alternatives, reason.
    pub choice: Option<(Value, Value, String)>,
    /// A wait's last observation.
    pub wait: Option<Observed>,
    /// Why it failed.
    pub failure: Option<(String, String)>,
}

/// The state of a run as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunState {
    /// Nothing settled yet.
    #[default]
    Open,
    /// Passed.
    Passed,
    /// Failed; can be read again.
    Failed,
    /// Left out with a reason.
    Skipped,
    /// Does not apply.
    NotApplicable,
}

/// A judged expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its position in the step.
    pub number: usize,
    /// `passed`, `failed`, `warned` or `not-checked`.
    pub result: String,
    /// What was read, short.
    pub value: String,
    /// What was expected, short.
    pub expected: String,
    /// The entry.
    pub seq: u64,
    /// Why a warning was acknowledged.
    pub acknowledged: Option<String>,
}

/// What a wait saw last.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// When it began.
    pub started: Timestamp,
    /// When something new was seen last.
    pub at: Timestamp,
    /// Polls so far, as far as they were journaled.
    pub polls: u64,
    /// Azure's word.
    pub status: String,
    /// Azure's percentage.
    pub percent: Option<u64>,
    /// Azure's task list.
    pub tasks: Value,
}

/// The state of a request for sign-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// Waiting for decisions.
    Open,
    /// Enough people approved.
    Approved,
    /// Somebody refused.
    Refused,
    /// Ran out.
    Expired,
    /// Taken back.
    Withdrawn,
    /// Overtaken by what was found or changed, or its unanswered action was given up.
    Overtaken,
}

/// A request for sign-off and what was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct SignOff {
    /// Digest of the signed request document.
    pub request: String,
    /// The approval step.
    pub step: String,
    /// The policy's gate.
    pub gate: String,
    /// When it was asked.
    pub opened: Timestamp,
    /// Until when it can be decided.
    pub not_after: String,
    /// Its state.
    pub state: RequestState,
    /// When the state was reached.
    pub decided: Option<Timestamp>,
    /// What it covers.
    pub covers: Vec<CoverState>,
    /// Decisions: document digest, verdict, reviewer, reason.
    pub decisions: Vec<DecisionState>,
    /// Entries the reviewer opened, by step.
    pub evidence_opened: Vec<(String, u64)>,
    /// Estimated cost and ceiling.
    pub cost: (Option<String>, Option<String>),
    /// What it says in words.
    pub statement: Statement,
    /// The entry.
    pub seq: u64,
}

/// Something that a request covers, as it was covered when it was asked.
pub type CoverState = Covered;

/// A recorded decision.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionState {
    /// Digest of the decision document.
    pub decision: String,
    /// `approve` or `refuse`.
    pub verdict: String,
    /// Who decided.
    pub reviewer: String,
    /// Until when it can be used.
    pub not_after: String,
    /// Why.
    pub reason: String,
    /// Conditions, as JSON.
    pub conditions: Value,
    /// Decided in the same window or account.
    pub same_device: bool,
    /// When it was taken back, with the revocation document's digest.
    pub revoked: Option<(Timestamp, String)>,
    /// When it was recorded.
    pub at: Timestamp,
    /// The entry.
    pub seq: u64,
}

/// A sign-off that was given without a quorum, and the review it owes.
#[derive(Debug, Clone, PartialEq)]
pub struct Glass {
    /// Digest of the break-glass document.
    pub break_glass: String,
    /// Digest of the request document.
    pub request: String,
    /// Who went on.
    pub person: String,
    /// Why.
    pub reason: String,
    /// Until when another person has to look at it.
    pub review_due: String,
    /// When.
    pub at: Timestamp,
    /// Who looked at it, and when.
    pub reviewed: Option<(String, Timestamp)>,
}

/// Something that was not as the runbook says.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    /// The step.
    pub step: String,
    /// `engine` or a person.
    pub source: String,
    /// Its code.
    pub code: String,
    /// In words.
    pub text: String,
    /// The entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
}

/// Something to be mended.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its id.
    pub finding: String,
    /// Who mends it.
    pub owner: String,
    /// Until when.
    pub due: String,
    /// In words.
    pub text: String,
    /// The entry.
    pub seq: u64,
    /// How it was dealt with.
    pub resolved: Option<(u64, String)>,
}

/// A piece of evidence, by entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// The entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step.
    pub step: String,
    /// Its element.
    pub element: Option<String>,
    /// `exchange`, `picture`, `file`, `note`, `deviation` or `reference`.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Digest of the blob.
    pub evidence: Option<String>,
    /// One more line, such as a status.
    pub detail: String,
}

impl Drill {
    /// Returns the run of one element of a step.
    pub fn run(&self, step: &str, element: &str) -> Option<&ElementRun> {
        self.runs.get(step)?.elements.get(element)
    }

    /// Returns the newest request for sign-off of an approval step.
    pub fn sign_off(&self, step: &str) -> Option<&SignOff> {
        self.requests
            .iter()
            .rev()
            .find(|request| request.step == step)
    }

    /// Returns the request for sign-off with this digest.
    pub fn sign_off_by_digest(&self, request: &str) -> Option<&SignOff> {
        self.requests.iter().find(|known| known.request == request)
    }

    /// Returns the newest intent of a request for one element.
    pub fn intent(
        &self,
        step: &str,
        element: Option<&str>,
        request_name: &str,
        bound: Option<&str>,
    ) -> Option<&Intent> {
        self.intents.iter().rev().find(|intent| {
            intent.step == step
                && intent.element.as_deref() == element
                && intent.request_name == request_name
                && intent.bound.as_deref() == bound
        })
    }

    /// Returns the debts that are not paid.
    pub fn open_debts(&self) -> impl Iterator<Item = &DebtState> {
        self.debts.iter().filter(|debt| debt.paid.is_none())
    }

    /// Returns T0, or `now` before it was declared: the moment ages are measured at.
    pub fn measured_at(&self, now: Timestamp) -> Timestamp {
        self.t0.unwrap_or(now)
    }

    /// Returns an objective in the charter's words, else the runbook's: an ISO 8601 duration.
    pub fn objective(&self, name: &str) -> Option<String> {
        if let Some(Value::String(text)) = self.names.one(name)
            && drillbook_runbook::duration::parse(text).is_ok()
        {
            return Some(text.clone());
        }
        let objectives = self.runbook.objectives.as_ref()?;
        match name {
            "rto" => Some(objectives.rto.clone()),
            "rpo" => Some(objectives.rpo.clone()),
            "cleanup" => Some(objectives.cleanup.clone()),
            _ => None,
        }
    }
}
