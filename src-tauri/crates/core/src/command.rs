//! What can be asked of a drill, what comes back, and what may be done once it is durable.

use crate::{ActivityLog, Event, Timestamp};
use chrono::TimeDelta;
use drillbook_trust::disclosure::Disclosure;
use drillbook_trust::document::{
    BreakGlass, Decision as DecisionDocument, Policy, Request as RequestDocument, Review,
    Revocation, SecondReading, Signed,
};
use drillbook_trust::gate::{Clearance, Permit};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What Azure answered to the requests of a step, by request name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// Bodies; for a request with `for_each`, the list of `{item, status, body}`.
    pub responses: Map<String, Value>,
    /// HTTP statuses.
    pub status: Map<String, Value>,
    /// Requests that need the primary region and got no answer.
    pub unanswered: BTreeSet<String>,
    /// Azure's own log of changes, if one of the requests read it whole.
    pub log: Option<ActivityLog>,
}

/// An exchange with Azure as the journal names it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExchangeFact {
    /// The request's name in the step.
    pub request: String,
    /// `check`, `choose`, `before`, `survey`, `poll`, `action`, `reconcile`, `read-back` or `cost`.
    pub purpose: String,
    /// HTTP method.
    pub method: String,
    /// HTTP status; 0 when nothing was answered.
    pub status: u64,
    /// How often it was sent (reads only).
    pub attempts: u64,
    /// Azure's `Date`.
    pub azure_date: Option<String>,
    /// How far Azure's clock is ahead of ours, where the answer tells.
    pub skew: Option<TimeDelta>,
    /// Path and query without secrets.
    pub path: String,
    /// Digest of the evidence blob.
    pub evidence: String,
    /// The equivalent `az` line.
    pub az: Option<String>,
    /// `x-ms-request-id`.
    pub request_id: Option<String>,
    /// `x-ms-correlation-request-id`.
    pub correlation_id: Option<String>,
    /// `x-ms-client-request-id`.
    pub client_request_id: Option<String>,
}

impl ExchangeFact {
    /// Returns the fact as it is journaled.
    pub fn into_event(self, step: &str, element: Option<&str>) -> Event {
        Event::ExchangeRecorded {
            step: step.to_owned(),
            request: self.request,
            purpose: self.purpose,
            method: self.method,
            status: self.status,
            attempts: self.attempts,
            azure_date: self.azure_date,
            element: element.map(str::to_owned),
            path: self.path,
            evidence: self.evidence,
            az: self.az,
            request_id: self.request_id,
            correlation_id: self.correlation_id,
            client_request_id: self.client_request_id,
        }
    }
}

/// A request document that the operator signed, with everything it covers.
#[derive(Debug, Clone)]
pub struct RequestDraft {
    /// The signed document.
    pub document: Signed<RequestDocument>,
    /// What it covers, in the document's order.
    pub covers: Vec<crate::Covered>,
    /// Estimated cost and the charter's ceiling, as text.
    pub cost: (Option<String>, Option<String>),
    /// What the document's `cli` and `scope` commit to.
    pub sealed: Vec<Disclosure>,
}

/// The place in a drill that a command is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The step.
    pub step: String,
    /// Its element, when the step is repeated.
    pub element: Option<String>,
}

/// A request that changes Azure, by place, name and what `{item}` is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub place: Place,
    /// The request's name.
    pub request_name: String,
    /// The resource a late-bound request addresses.
    pub bound: Option<String>,
}

/// What can be asked of a drill.
#[derive(Debug)]
#[expect(missing_docs, reason = "fields are named after the events they become")]
pub enum Command {
    /// A text was read.
    Acknowledge { step: String },
    /// Answers were read for a choice, or a list before an action.
    RecordReads {
        place: Place,
        exchanges: Vec<ExchangeFact>,
    },
    /// The answers of a check or validation; its expectations are judged.
    RecordCheck {
        place: Place,
        answers: Answers,
        exchanges: Vec<ExchangeFact>,
        last_try: bool,
    },
    /// Azure answered a check, choice or wait with an error.
    RecordFailure {
        place: Place,
        exchanges: Vec<ExchangeFact>,
        code: String,
        detail: String,
    },
    /// A warning is acknowledged by name.
    AcknowledgeWarning {
        place: Place,
        number: usize,
        reason: String,
    },
    /// Rows are chosen from the answers.
    Choose {
        place: Place,
        answers: Answers,
        exchanges: Vec<ExchangeFact>,
        keys: Vec<String>,
        reason: String,
    },
    /// Fields are filled in.
    EnterFields {
        step: String,
        values: BTreeMap<String, Value>,
    },
    /// A step is left out.
    Skip { step: String, reason: String },
    /// A signed request for sign-off.
    OpenRequest {
        draft: Box<RequestDraft>,
        policy: Box<Signed<Policy>>,
    },
    /// A request is taken back, or has run out.
    CloseRequest { request: String, reason: String },
    /// The reviewer opened evidence.
    OpenEvidence { request: String, entry: u64 },
    /// A signed decision.
    RecordDecision {
        decision: Box<Signed<DecisionDocument>>,
        case: Box<GateInputs>,
    },
    /// A signed revocation of a decision.
    RevokeDecision {
        revocation: Box<Signed<Revocation>>,
        case: Box<GateInputs>,
    },
    /// A person whom the policy names goes on without a quorum.
    BreakGlass {
        glass: Box<Signed<BreakGlass>>,
        case: Box<GateInputs>,
    },
    /// The review that a break-glass owes.
    ReviewGlass {
        review: Box<Signed<Review>>,
        case: Box<GateInputs>,
    },
    /// What a second reader found.
    RecordReading {
        reading: Box<Signed<SecondReading>>,
        case: Box<ReadingCase>,
    },
    /// May the secrets of this action be fetched?
    Prepare {
        target: Target,
        case: Box<GateInputs>,
    },
    /// Lists read before the first request of an action's element, kept with their intent.
    Dispatch {
        target: Target,
        case: Box<GateInputs>,
        before: Vec<(String, Value)>,
        exchanges: Vec<ExchangeFact>,
    },
    /// The `az` line of an approved request is taken to be run elsewhere; lists as in `Dispatch`.
    TakeOutside {
        target: Target,
        case: Box<GateInputs>,
        before: Vec<(String, Value)>,
        exchanges: Vec<ExchangeFact>,
        az: String,
    },
    /// The operator says that they ran a line; `pasted` is the digest of its output.
    ReportOutside {
        target: Target,
        az: String,
        pasted: Option<String>,
    },
    /// What Azure shows after a line was run elsewhere.
    RecordOutside {
        target: Target,
        exchange: ExchangeFact,
        response: Value,
    },
    /// Send again under the same intent, as trust.md §4 allows.
    ContinueIntent {
        target: Target,
        case: Box<GateInputs>,
    },
    /// Azure's answer to a request that changes something.
    RecordOutcome {
        target: Target,
        inside: Vec<ExchangeFact>,
        exchange: Option<ExchangeFact>,
        outcome: Outcome,
    },
    /// The end of the operation that an accepted request began.
    RecordOperation {
        target: Target,
        exchange: ExchangeFact,
        status: String,
        response: Value,
        error: Option<String>,
    },
    /// Jobs listed after an unknown outcome.
    RecordSearch {
        target: Target,
        exchange: ExchangeFact,
        rows: Vec<SearchRow>,
    },
    /// One of several candidates is taken as ours.
    Adopt { target: Target, key: String },
    /// Nothing of ours was found in time, as the operator states.
    GiveUpIntent { target: Target, reason: String },
    /// A wait began.
    StartWait { place: Place },
    /// A poll's answer.
    RecordPoll {
        place: Place,
        answers: Answers,
        exchange: ExchangeFact,
        polls: u64,
    },
    /// A debt's list was read again.
    RecordSurvey {
        debt: String,
        rows: Vec<Value>,
        exchange: ExchangeFact,
    },
    /// An artefact was read back.
    RecordGone {
        id: String,
        exchange: ExchangeFact,
        recoverable_until: Option<String>,
    },
    /// A deletion did not succeed.
    RecordKept {
        id: String,
        code: String,
        message: String,
    },
    /// In a recovery: what was restored is handed over.
    HandOver { to: String },
    /// Deadline of the debts.
    SetDeadline { deadline: Timestamp, reason: String },
    /// A reminder was shown.
    GiveReminder { moment: String, due: Timestamp },
    /// A note, deviation, reference, picture or file.
    Attach { event: Box<Event> },
    /// Something to be mended.
    AddFinding {
        owner: String,
        due: String,
        text: String,
    },
    /// It was dealt with.
    ResolveFinding { finding: String, how: String },
    /// The drill is broken off.
    Abort { reason: String },
    /// The drill ends.
    End,
}

/// A row of a search for jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchRow {
    /// What would be adopted.
    pub yields: Value,
    /// When the job started.
    pub started: Option<Timestamp>,
    /// The row.
    pub row: Value,
}

/// What came of sending a request that changes something.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "fields are named after the events they become")]
pub enum Outcome {
    /// Accepted, perhaps with an operation to follow.
    Accepted {
        poll_url: Option<String>,
        response: Value,
    },
    /// Proven not accepted.
    Rejected {
        code: String,
        message: String,
        again: bool,
    },
    /// Not known.
    Unanswered { reason: String },
}

/// What `authorize` needs beside the drill: verified documents and facts read now.
#[derive(Debug, Clone)]
pub struct GateInputs {
    /// Earlier versions of the policy, oldest first.
    pub policies_before: Vec<Signed<Policy>>,
    /// The policy in force.
    pub policy: Signed<Policy>,
    /// The signed request that covers the action.
    pub request: Signed<RequestDocument>,
    /// Its decisions.
    pub decisions: Vec<Signed<DecisionDocument>>,
    /// Revocations of its decisions.
    pub revocations: Vec<Signed<Revocation>>,
    /// A break-glass for it.
    pub break_glass: Option<Signed<BreakGlass>>,
    /// Entries whose evidence a decision from elsewhere names as opened.
    pub opened: Vec<u64>,
    /// Origin of the log.
    pub log: String,
    /// Fingerprint of this installation's device.
    pub device: String,
    /// Facts that conditions bound, as read now.
    pub facts: BTreeMap<String, Value>,
    /// Whether every head that was seen is a prefix of this log.
    pub heads_are_prefixes: bool,
}

/// What recording a second reading needs beside the drill.
#[derive(Debug, Clone)]
pub struct ReadingCase {
    /// The policy in force.
    pub policy: Signed<Policy>,
    /// Whether the head that was seen is a prefix of this log.
    pub head_is_prefix: bool,
    /// Whether each read is an entry of this drill with that evidence.
    pub reads_are_ours: bool,
}

/// What `decide` returns: facts, and what may be done once they are durable.
#[derive(Debug)]
pub struct Decision {
    /// Facts to append.
    pub events: Vec<Event>,
    /// Effects released by the committed append.
    pub then: Vec<Effect>,
}

/// Something the facts oblige us to do.
#[derive(Debug)]
#[expect(missing_docs, reason = "fields name what the effect is about")]
pub enum Effect {
    /// The secrets of this action may be fetched.
    Prepare {
        clearance: Clearance,
        target: Target,
    },
    /// This one request may be sent, once.
    Dispatch { permit: Permit, target: Target },
    /// It is not known what became of this request: look for it.
    Reconcile { target: Target },
    /// An operation is still running.
    Follow { target: Target, poll_url: String },
    /// A wait is still running.
    Poll { place: Place },
    /// A debt's deadline nears or has passed.
    Remind { moment: String, due: Timestamp },
}
