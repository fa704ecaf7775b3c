//! Recording what came of a request that changes Azure, and of its operation.

use super::action::{same, took_no_effect};
use super::facts;
use crate::command::{Decision, ExchangeFact, Outcome, Target};
use crate::drill::{Drill, Intent, IntentOutcome};
use crate::{Event, Json, Refusal};
use drillbook_runbook::model::StepKind;
use serde_json::Value;

/// Returns the intent that still waits for an answer, or may have been sent again.
fn awaited<'a>(drill: &'a Drill, target: &Target) -> Result<&'a Intent, Refusal> {
    let intent = newest(drill, target)?;
    match &intent.outcome {
        IntentOutcome::Open | IntentOutcome::Unanswered | IntentOutcome::Rejected { .. } => {
            Ok(intent)
        }
        IntentOutcome::Accepted if took_no_effect(drill, intent) => Ok(intent),
        IntentOutcome::Accepted | IntentOutcome::Adopted | IntentOutcome::GivenUp => {
            Err(known_already(target))
        }
    }
}

pub(super) fn newest<'a>(drill: &'a Drill, target: &Target) -> Result<&'a Intent, Refusal> {
    let mut intents = drill.intents.iter().rev();
    intents
        .find(|intent| same(intent, target))
        .ok_or(Refusal::NotCovered)
}

pub(super) fn known_already(target: &Target) -> Refusal {
    let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
    Refusal::OutcomeKnown { step, request_name }
}

/// Records what came of sending.
pub(super) fn outcome(
    drill: &Drill,
    target: &Target,
    exchange: Option<ExchangeFact>,
    outcome: Outcome,
) -> Result<Decision, Refusal> {
    let intent = awaited(drill, target)?;
    let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
    let (element, bound) = (target.place.element.clone(), target.bound.clone());
    let evidence = exchange.as_ref().map(|exchange| exchange.evidence.clone());
    let status = exchange.as_ref().map_or(0, |exchange| exchange.status);
    let correlation_id = exchange
        .as_ref()
        .and_then(|exchange| exchange.correlation_id.clone());
    let mut events: Vec<Event> = exchange
        .into_iter()
        .map(|exchange| exchange.into_event(&step, element.as_deref()))
        .collect();
    let repeated_delete = intent.method == "DELETE";
    match outcome {
        Outcome::Accepted { poll_url, response } => events.push(Event::ActionAccepted {
            step,
            request_name,
            status,
            element,
            bound,
            poll_url,
            evidence: evidence.unwrap_or_default(),
            response: Json(kept(response)),
            correlation_id,
        }),
        Outcome::Rejected {
            code,
            message,
            again,
        } => {
            events.push(Event::ActionRejected {
                step: step.clone(),
                request_name,
                status,
                code: code.clone(),
                again,
                element: element.clone(),
                bound,
                message: message.clone(),
                evidence,
            });
            if !again && !repeated_delete {
                events.push(Event::StepFailed {
                    step,
                    code: "action.rejected".to_owned(),
                    element,
                    detail: format!("{code}: {message}"),
                });
            }
        }
        Outcome::Unanswered { reason } => {
            events.push(Event::ActionUnanswered {
                step,
                request_name,
                reason,
                element,
                bound,
            });
        }
    }
    Ok(facts(events))
}

/// Answers above 64 KiB are kept as evidence only.
pub(super) fn kept(response: Value) -> Value {
    if response.to_string().len() <= 65_536 {
        response
    } else {
        Value::Null
    }
}

/// Records the end of an operation; anything but success fails the step.
pub(super) fn operation(
    drill: &Drill,
    target: &Target,
    exchange: ExchangeFact,
    status: String,
    response: Value,
    error: Option<String>,
) -> Result<Decision, Refusal> {
    let intent = newest(drill, target)?;
    match (&intent.outcome, &intent.finished) {
        (IntentOutcome::Accepted, None) => {}
        (IntentOutcome::Open | IntentOutcome::Unanswered, _) => {
            let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
            return Err(Refusal::OutcomeUnknown { step, request_name });
        }
        _ => return Err(known_already(target)),
    }
    let cleanup = drill
        .runbook
        .step(&intent.step)
        .is_some_and(|step| step.kind == StepKind::Cleanup);
    let (step, element) = (target.place.step.clone(), target.place.element.clone());
    let evidence = exchange.evidence.clone();
    let mut events = vec![exchange.into_event(&step, element.as_deref())];
    let succeeded = status.eq_ignore_ascii_case("succeeded");
    let detail = error.clone().unwrap_or_else(|| status.clone());
    events.push(Event::OperationFinished {
        step: step.clone(),
        request_name: target.request_name.clone(),
        status,
        element: element.clone(),
        bound: target.bound.clone(),
        response: Json(kept(response)),
        evidence,
        error,
    });
    if !succeeded && !cleanup {
        events.push(Event::StepFailed {
            step,
            code: "action.operation_failed".to_owned(),
            element,
            detail,
        });
    }
    Ok(facts(events))
}
