//! Folding requests that change Azure.

use super::run_of;
use crate::Event;
use crate::apply::Recorded;
use crate::drill::*;
use crate::elements::is_unknown;
use drillbook_runbook::model::StepKind;
use drillbook_runbook::reference::canonical_id;
use serde_json::Value;

pub(super) fn intent(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::ActionIntended {
            step,
            request_name,
            action,
            request,
            method,
            attempt,
            element,
            bound,
            path,
            ..
        } => {
            run_of(drill, step, element.as_deref());
            drill.intents.push(Intent {
                step: step.clone(),
                element: element.clone(),
                request_name: request_name.clone(),
                bound: bound.clone(),
                action: action.clone(),
                request: request.clone(),
                method: method.clone(),
                path: bound.clone().unwrap_or_else(|| path.clone()),
                at: entry.at,
                sent: entry.at,
                seq: entry.seq,
                attempt: *attempt,
                outcome: IntentOutcome::Open,
                outcome_at: None,
                outside: false,
                accepted: None,
                correlation: None,
                poll_url: None,
                response: Value::Null,
                finished: None,
                candidates: None,
            });
            // Sent anew: what its debts list is to be read anew as well, when the wait is over.
            let own = |debt: &&mut DebtState| debt.step == *step && debt.element == *element;
            for debt in drill.debts.iter_mut().filter(own) {
                debt.surveyed = None;
            }
        }
        Event::ActionAccepted {
            step,
            request_name,
            status,
            element,
            bound,
            poll_url,
            response,
            correlation_id,
            ..
        } => {
            deleted_again(drill, step, element.as_deref());
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.outcome = IntentOutcome::Accepted;
                known.outcome_at = Some(entry.at);
                known.accepted = Some(entry.at);
                // What was gone already is no change, and stands in no log.
                known.correlation = correlation_id.clone().filter(|_| *status != 204);
                known.poll_url = poll_url.clone();
                // Sent again after its operation failed: this one has its own end.
                known.finished = None;
                known.response = response.0.clone();
                let trace = correlation_id.clone().map(|correlation| Trace {
                    correlation,
                    method: known.method.clone(),
                    path: known.path.clone(),
                });
                drill.traces.extend(trace);
            }
        }
        Event::ActionRejected {
            step,
            request_name,
            code,
            again,
            element,
            bound,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.outcome = IntentOutcome::Rejected {
                    code: code.clone(),
                    again: *again,
                };
                known.outcome_at = Some(entry.at);
            }
        }
        Event::ActionUnanswered {
            step,
            request_name,
            element,
            bound,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                // After a rejection nothing is unanswered unless it was sent again.
                if matches!(known.outcome, IntentOutcome::Rejected { .. }) {
                    known.sent = entry.at;
                }
                known.outcome = IntentOutcome::Unanswered;
            }
        }
        Event::ActionTakenOutside {
            step,
            request_name,
            element,
            bound,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.outside = true;
            }
        }
        Event::StepRanOutside {
            step,
            request_name,
            element,
            bound,
            ..
        } => {
            let searched = searched(drill, step, request_name);
            let taken = intent_of(drill, step, element, request_name, bound);
            if let Some(known) = taken.filter(|known| known.outside && is_unknown(known)) {
                known.sent = entry.at;
                // Which job it began has to be looked for; anything else can be read.
                if searched {
                    known.outcome = IntentOutcome::Unanswered;
                    known.candidates = None;
                }
            }
        }
        Event::ReconcileSearched {
            step,
            request_name,
            element,
            rows,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, &None) {
                known.candidates = Some((entry.at, rows.0.clone()));
            }
        }
        Event::ActionAdopted {
            step,
            request_name,
            element,
            adopted,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, &None) {
                known.outcome = IntentOutcome::Adopted;
                known.outcome_at = Some(entry.at);
                known.response = adopted.0.clone();
            }
        }
        Event::ActionGivenUp {
            step,
            request_name,
            element,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, &None) {
                known.outcome = IntentOutcome::GivenUp;
                known.outcome_at = Some(entry.at);
            }
        }
        Event::OperationFinished {
            step,
            request_name,
            status,
            element,
            bound,
            response,
            error,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.finished = Some((status.clone(), response.0.clone(), error.clone()));
                known.outcome_at = Some(entry.at);
            }
        }
        _ => {}
    }
}

/// Whether the runbook says how the outcome of a request is looked for.
fn searched(drill: &Drill, step: &str, request_name: &str) -> bool {
    let step = drill.runbook.step(step);
    let mut requests = step.into_iter().flat_map(|step| &step.requests);
    requests.any(|one| one.name == request_name && one.reconcile.is_some())
}

/// A deletion that Azure accepts ends what is known of an earlier one: whether the resource is still there
/// is to be read back anew.
fn deleted_again(drill: &mut Drill, step: &str, element: Option<&str>) {
    let cleanup = drill.runbook.step(step);
    if cleanup.is_none_or(|step| step.kind != StepKind::Cleanup) {
        return;
    }
    let own = |one: &&mut Artefact| Some(canonical_id(&one.id).as_str()) == element;
    let all = drill.debts.iter_mut().flat_map(|debt| &mut debt.artefacts);
    for artefact in all.filter(own) {
        artefact.kept = None;
    }
}

fn intent_of<'a>(
    drill: &'a mut Drill,
    step: &str,
    element: &Option<String>,
    request_name: &str,
    bound: &Option<String>,
) -> Option<&'a mut Intent> {
    drill.intents.iter_mut().rev().find(|known| {
        known.step == step
            && &known.element == element
            && known.request_name == request_name
            && &known.bound == bound
    })
}
