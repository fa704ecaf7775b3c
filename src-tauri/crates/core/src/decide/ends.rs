//! Rules of attachments, findings and how a drill ends.

use super::{facts, step_of};
use crate::clock::clock;
use crate::command::Decision;
use crate::drill::{Drill, EndOfDrill};
use crate::{Event, Refusal, Timestamp, current_step};

/// Only notes, deviations, references and evidence may be attached.
pub(super) fn attach(drill: &Drill, event: Event) -> Result<Decision, Refusal> {
    let step = match &event {
        Event::EvidenceAttached { step, .. }
        | Event::NoteAdded { step, .. }
        | Event::DeviationNoted { step, .. }
        | Event::ReferenceAdded { step, .. } => step.clone(),
        other => {
            return Err(Refusal::UnknownStep {
                step: other.kind().to_owned(),
            });
        }
    };
    step_of(drill, &step)?;
    let empty = match &event {
        Event::NoteAdded { text, .. } | Event::DeviationNoted { text, .. } => {
            text.trim().is_empty()
        }
        Event::ReferenceAdded { id, .. } => id.trim().is_empty(),
        _ => false,
    };
    if empty {
        Err(Refusal::ReasonNeeded)
    } else {
        Ok(facts(vec![event]))
    }
}

pub(super) fn finding(
    drill: &Drill,
    owner: String,
    due: String,
    text: String,
) -> Result<Decision, Refusal> {
    let wrong = |field: &str, problem: &str| {
        Err(Refusal::Field {
            field: field.to_owned(),
            problem: problem.to_owned(),
        })
    };
    if text.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    if owner.trim().is_empty() {
        return wrong("owner", "must be filled in");
    }
    if due.parse::<chrono::NaiveDate>().is_err() {
        return wrong("due", "is not a date such as 2026-12-31");
    }
    let finding = format!("F-{}", drill.findings.len() + 1);
    Ok(facts(vec![Event::FindingAdded {
        finding,
        owner,
        due,
        text,
    }]))
}

pub(super) fn resolve(drill: &Drill, finding: String, how: String) -> Result<Decision, Refusal> {
    let open = drill
        .findings
        .iter()
        .any(|known| known.finding == finding && known.resolved.is_none());
    if !open {
        return Err(Refusal::UnknownFinding);
    }
    if how.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    Ok(facts(vec![Event::FindingResolved { finding, how }]))
}

/// Breaks the drill off from any step; an open request for sign-off is taken back with it.
pub(super) fn abort(drill: &Drill, reason: String) -> Result<Decision, Refusal> {
    if drill.aborted.is_some() {
        return Err(Refusal::AlreadyAborted);
    }
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let step =
        current_step(drill).map_or(String::new(), |index| drill.runbook.steps[index].id.clone());
    let mut events = Vec::new();
    for request in &drill.requests {
        if request.state == crate::RequestState::Open {
            events.push(Event::RequestClosed {
                request: request.request.clone(),
                how: "withdrawn".to_owned(),
                reason: reason.clone(),
            });
        }
    }
    events.push(Event::DrillAborted { step, reason });
    Ok(facts(events))
}

/// Ends the drill: closed when everything is done and nothing owed, abandoned after an abort with
/// nothing owed, stopped when debt stays.
pub(super) fn end(drill: &Drill, now: Timestamp) -> Result<Decision, Refusal> {
    let owed = drill.open_debts().next().is_some();
    let end = if owed {
        EndOfDrill::Stopped
    } else if current_step(drill).is_some() {
        return Err(Refusal::StepsLeft);
    } else if drill.aborted.is_some() {
        EndOfDrill::Abandoned
    } else {
        EndOfDrill::Closed
    };
    if end != EndOfDrill::Stopped {
        review_paid(drill)?;
    }
    let reading = clock(drill, now);
    Ok(facts(vec![Event::DrillEnded {
        end: end.word().to_owned(),
        rto_seconds: reading.rto_seconds,
        rpo_seconds: reading.rpo_seconds,
    }]))
}

/// What was done without a quorum must have been reviewed, whatever else is done.
fn review_paid(drill: &Drill) -> Result<(), Refusal> {
    let Some(owed) = drill.glass.iter().find(|one| one.reviewed.is_none()) else {
        return Ok(());
    };
    let step = drill.sign_off_by_digest(&owed.request);
    Err(Refusal::ReviewOwed {
        step: step.map(|one| one.step.clone()).unwrap_or_default(),
    })
}
