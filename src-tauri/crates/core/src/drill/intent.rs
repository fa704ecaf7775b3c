//! Requests that change Azure, from their intent to what became of them.

use crate::Timestamp;
use serde_json::Value;

/// A request that changes Azure.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The action step.
    pub step: String,
    /// Its element.
    pub element: Option<String>,
    /// The request's name.
    pub request_name: String,
    /// What `{item}` was bound to at dispatch.
    pub bound: Option<String>,
    /// Digest of the approved action.
    pub action: String,
    /// Digest of the request document that covers it.
    pub request: String,
    /// HTTP method.
    pub method: String,
    /// Path it was sent to; of a request that was bound late, the resource.
    pub path: String,
    /// When it was made durable.
    pub at: Timestamp,
    /// When it was sent last: a request that Azure turned away may be sent again under the same intent.
    pub sent: Timestamp,
    /// The entry.
    pub seq: u64,
    /// First, second … attempt under this name.
    pub attempt: u64,
    /// What became of it.
    pub outcome: IntentOutcome,
    /// When the outcome was known.
    pub outcome_at: Option<Timestamp>,
    /// The operator took its line, to send it from a terminal of their own.
    pub outside: bool,
    /// When Azure accepted it last.
    pub accepted: Option<Timestamp>,
    /// The id under which Azure's log names it, if its answer did.
    pub correlation: Option<String>,
    /// The operation's address, verbatim.
    pub poll_url: Option<String>,
    /// The answer, or what was adopted.
    pub response: Value,
    /// Status, answer and error of the operation, once it ended.
    pub finished: Option<(String, Value, Option<String>)>,
    /// Candidates of the last search.
    pub candidates: Option<(Timestamp, Value)>,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentOutcome {
    /// Sent, or about to be: nothing recorded yet. After a restart this is *unknown*.
    Open,
    /// Azure accepted it.
    Accepted,
    /// Azure proved that it did not accept it; `again`: it may be sent again under the same intent.
    Rejected {
        /// Azure's code.
        code: String,
        /// After 401 or 429.
        again: bool,
    },
    /// No usable answer.
    Unanswered,
    /// A job found at Azure was taken as ours.
    Adopted,
    /// Nothing was found; the operator chose a new request.
    GivenUp,
}
