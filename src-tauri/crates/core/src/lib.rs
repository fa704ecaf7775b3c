//! The domain of a drill as three pure functions over its journal entries: [`decide`], [`apply`] and
//! [`outstanding`].
//!
//! Deliberately absent: IO, clocks, randomness, Azure's client and SQLite. Time, ids and salts are
//! arguments; what Azure answered comes in as [`Answers`].

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")
)]

mod apply;
mod clock;
mod command;
mod compose;
mod decide;
mod drill;
mod elements;
mod event;
mod judge;
mod names;
mod outstanding;
mod refusal;
mod scope;
mod witness;
pub mod words;

pub use apply::{Recorded, apply, replay};
pub use clock::{ClockReading, Part, Segment, clock};
pub use command::{
    Answers, Command, Decision, Effect, ExchangeFact, GateInputs, Outcome, Place, ReadingCase,
    RequestDraft, SearchRow, Target,
};
pub use compose::{
    Covered, Draft, FOUND_SUFFIX, Statement, approved_element, compose_action, compose_request,
    covers, decode_id, draft_request, encode_id, facts, is_repeatable, kind_of, recompute,
    request_applies, statement,
};
pub use decide::{STILL_THERE, decide, has_job, may_give_up, may_skip, stale_checks};
pub use drill::{
    Artefact, Attachment, CoverState, DebtState, DecisionState, Deviation, Drill, ElementRun,
    EndOfDrill, Finding, Glass, Intent, IntentOutcome, Judged, Observed, RequestState, RunState,
    SecondRead, SignOff, StepRun, Trace,
};
pub use elements::{
    Element, StepState, bound_of, current_step, elements, is_done, is_over, is_pending, step_state,
    wait_is_over,
};
pub use event::{CATALOGUE, Event, EventError, EventKind, Fields, Json};
pub use judge::{Judgement, RowVerdict, evaluate, holds, judge, rows};
pub use names::{Named, Names};
pub use outstanding::outstanding;
pub use refusal::Refusal;
pub use scope::scope;
pub use witness::{ActivityLog, LoggedChange};

/// A moment, UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
