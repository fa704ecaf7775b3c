//! Rules of requests that change Azure: exactly once, only behind an approval, never blindly again.

use super::case::{Bench, gate_of};
use super::cleanup::STILL_THERE;
use super::debts::debts;
use super::evidence::demanded;
use super::{current, element_of, of_kind};
use crate::command::{Decision, Effect, GateInputs, Place, Target};
use crate::compose::{approved_element, changes, compose_action, is_repeatable};
use crate::drill::{Drill, Intent, IntentOutcome, RequestState, RunState};
use crate::elements::{Element, artefact, bound_of, elements, is_unknown};
use crate::judge::captures;
use crate::{Answers, Event, Json, Refusal, Timestamp, scope};
use drillbook_runbook::model::{Step, StepKind};
use drillbook_trust::action::{Action, CanonicalRequest, differences};
use drillbook_trust::gate::Continuation;
use serde_json::Value;

/// What stands between a target and its dispatch, once it is found.
pub(super) struct Aim<'a> {
    pub(super) step: &'a Step,
    pub(super) element: Element,
    pub(super) action: Action,
    pub(super) request: CanonicalRequest,
    pub(super) attempt: u64,
}

/// Finds the approved action of a target and compares it with what would be sent now.
fn aim<'a>(
    drill: &'a Drill,
    target: &Target,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Aim<'a>, Refusal> {
    let step = of_kind(
        current(drill, &target.place.step)?,
        &[StepKind::Action, StepKind::Cleanup],
    )?;
    let element = element_of(drill, step, target.place.element.as_deref())?;
    // Whatever else a request would be bound to, it would count as another one and be sent once more.
    if target.bound != bound_of(step, &element) {
        return Err(Refusal::NotCovered);
    }
    let approved = approved_element(drill, step, &element, now)?;
    let covered = covered_action(drill, step, &approved, case)?;
    let action = compose_action(drill, step, &approved, covered.salt(), now)?;
    if action.digest() != covered.digest() {
        return Err(Refusal::ActionDiffers {
            fields: differences(&covered, &action),
        });
    }
    let request = action
        .request(&target.request_name)
        .cloned()
        .ok_or(Refusal::NotCovered)?;
    let attempt = drill
        .intents
        .iter()
        .filter(|intent| same(intent, target))
        .count() as u64
        + 1;
    Ok(Aim {
        step,
        element,
        action,
        request,
        attempt,
    })
}

/// Returns the action that the standing sign-off covers; one that was closed covers nothing.
fn covered_action(
    drill: &Drill,
    step: &Step,
    approved: &Element,
    case: &GateInputs,
) -> Result<Action, Refusal> {
    let request = case.request.digest().to_string();
    let key = approved.value.as_ref().map(|_| approved.key.as_str());
    let sign_off = drill
        .sign_off_by_digest(&request)
        .filter(|known| known.state == RequestState::Approved)
        .ok_or(Refusal::NotCovered)?;
    sign_off
        .covers
        .iter()
        .filter(|cover| cover.step == step.id && cover.element.as_deref() == key)
        .find_map(|cover| cover.action.clone())
        .ok_or(Refusal::NotCovered)
}

pub(super) fn same(intent: &Intent, target: &Target) -> bool {
    intent.step == target.place.step
        && intent.element == target.place.element
        && intent.request_name == target.request_name
        && intent.bound == target.bound
}

/// Everything before this request in the same element must be done, and this one not be sent yet.
fn in_order(drill: &Drill, aim: &Aim<'_>, target: &Target) -> Result<(), Refusal> {
    not_aborted(drill, aim)?;
    for request in aim.step.requests.iter().filter(|request| changes(request)) {
        if request.name == target.request_name {
            break;
        }
        if aim.action.request(&request.name).is_none() {
            continue;
        }
        let earlier = Target {
            request_name: request.name.clone(),
            ..target.clone()
        };
        if !drill
            .intents
            .iter()
            .rev()
            .find(|intent| same(intent, &earlier))
            .is_some_and(is_complete)
        {
            return Err(Refusal::OutOfOrder {
                step: aim.step.id.clone(),
            });
        }
    }
    let place = || (target.place.step.clone(), target.request_name.clone());
    match drill
        .intents
        .iter()
        .rev()
        .find(|intent| same(intent, target))
        .map(|intent| &intent.outcome)
    {
        None | Some(IntentOutcome::GivenUp | IntentOutcome::Rejected { .. }) => Ok(()),
        Some(IntentOutcome::Accepted | IntentOutcome::Adopted) => {
            let (step, request_name) = place();
            Err(Refusal::OutcomeKnown { step, request_name })
        }
        Some(IntentOutcome::Open | IntentOutcome::Unanswered) => {
            let (step, request_name) = place();
            Err(Refusal::OutcomeUnknown { step, request_name })
        }
    }
}

/// After an abort an action is only cleared up, never begun: what is sent then is deletion.
fn not_aborted(drill: &Drill, aim: &Aim<'_>) -> Result<(), Refusal> {
    if drill.aborted.is_some() && aim.step.kind == StepKind::Action {
        return Err(Refusal::NotCurrent {
            step: aim.step.id.clone(),
        });
    }
    Ok(())
}

/// Returns whether an intent has come to a good end.
fn is_complete(intent: &Intent) -> bool {
    match intent.outcome {
        IntentOutcome::Adopted => true,
        IntentOutcome::Accepted => match &intent.finished {
            Some(_) => !failed_operation(intent),
            None => intent.poll_url.is_none(),
        },
        _ => false,
    }
}

/// May the secrets of this action be fetched? Nothing becomes durable by asking.
pub(super) fn prepare(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let aim = aim(drill, &target, case, now)?;
    in_order(drill, &aim, &target)?;
    let bench = Bench::of(drill, case, &target);
    let put = bench.case(drill, gate_of(drill, aim.step)?, case, &aim.action, now)?;
    let again = drill
        .intents
        .iter()
        .rev()
        .find(|intent| same(intent, &target))
        .and_then(|intent| Some((bench.intended(intent)?, rejected_status(intent)?)));
    let clearance = match again {
        Some((intended, status)) => {
            drillbook_trust::gate::prepare_again(&put, &intended, Continuation::Rejected(status))?
        }
        None => drillbook_trust::gate::prepare(&put)?,
    };
    Ok(Decision {
        events: Vec::new(),
        then: vec![Effect::Prepare { clearance, target }],
    })
}

/// Books the debt and makes the intent durable; the permit is released with the append.
pub(super) fn dispatch(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    before: Vec<(String, Value)>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let aim = aim(drill, &target, case, now)?;
    in_order(drill, &aim, &target)?;
    declared(aim.step, &before)?;
    let bench = Bench::of(drill, case, &target);
    let put = bench.case(drill, gate_of(drill, aim.step)?, case, &aim.action, now)?;
    let permit = drillbook_trust::gate::authorize(&put)?;
    let mut events: Vec<Event> = before
        .iter()
        .map(|(name, value)| Event::ValueCaptured {
            step: aim.step.id.clone(),
            name: name.clone(),
            element: target.place.element.clone(),
            value: Json(value.clone()),
        })
        .collect();
    events.push(Event::ActionIntended {
        step: aim.step.id.clone(),
        request_name: target.request_name.clone(),
        action: aim.action.digest().to_string(),
        request: case.request.digest().to_string(),
        method: aim.request.method.clone(),
        attempt: aim.attempt,
        element: target.place.element.clone(),
        path: aim.request.path.clone(),
        bound: target.bound.clone(),
    });
    events.extend(debts(drill, &aim, &target, &before, now)?);
    Ok(Decision {
        events,
        then: vec![Effect::Dispatch { permit, target }],
    })
}

/// Only the lists that the step declares may be kept: any other name could be one that a debt, a check or
/// a request is read from.
fn declared(step: &Step, before: &[(String, Value)]) -> Result<(), Refusal> {
    let known = |name: &String| step.evidence_before.iter().any(|list| &list.name == name);
    match before.iter().find(|(name, _)| !known(name)) {
        Some((name, _)) => Err(Refusal::Field {
            field: name.clone(),
            problem: "is no list that this step keeps".to_owned(),
        }),
        None => Ok(()),
    }
}

/// Gives the permit for an intent that is open already, with no new approval (trust.md §4).
pub(super) fn continue_intent(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let aim = aim(drill, &target, case, now)?;
    let intent = drill
        .intents
        .iter()
        .rev()
        .find(|intent| same(intent, &target))
        .ok_or(Refusal::NotCovered)?;
    let mut declared = aim.step.requests.iter();
    let declared = declared.find(|one| one.name == target.request_name);
    let repeatable = is_repeatable(&aim.request.method, declared);
    let allowed = match &intent.outcome {
        IntentOutcome::Rejected { again, .. } => *again || repeatable,
        IntentOutcome::Open | IntentOutcome::Unanswered => repeatable,
        IntentOutcome::Accepted => repeatable && took_no_effect(drill, intent),
        IntentOutcome::Adopted | IntentOutcome::GivenUp => false,
    };
    if !is_unknown(intent) {
        not_aborted(drill, &aim)?;
    }
    if !allowed {
        let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
        return Err(Refusal::OutcomeUnknown { step, request_name });
    }
    let bench = Bench::of(drill, case, &target);
    let put = bench.case(drill, gate_of(drill, aim.step)?, case, &aim.action, now)?;
    let intended = bench.intended(intent).ok_or(Refusal::NotCovered)?;
    let why = rejected_status(intent).map_or(Continuation::ReadBack, Continuation::Rejected);
    let permit = drillbook_trust::gate::continue_intent(&put, &intended, why)?;
    let events = if repeatable {
        Vec::new()
    } else {
        vec![sent_again(&target)]
    };
    Ok(Decision {
        events,
        then: vec![Effect::Dispatch { permit, target }],
    })
}

/// A request that is not idempotent is of unknown outcome from the moment it is sent again: after a
/// crash the old rejection would let it be sent a third time.
fn sent_again(target: &Target) -> Event {
    Event::ActionUnanswered {
        step: target.place.step.clone(),
        request_name: target.request_name.clone(),
        reason: "sent again after it was rejected; not answered yet".to_owned(),
        element: target.place.element.clone(),
        bound: target.bound.clone(),
    }
}

/// Returns the HTTP status of a rejection after which the same intent may be sent again.
fn rejected_status(intent: &Intent) -> Option<u16> {
    match &intent.outcome {
        IntentOutcome::Rejected { again: true, code } if code.contains("Token") => Some(401),
        IntentOutcome::Rejected { again: true, .. } => Some(429),
        _ => None,
    }
}

/// Returns whether an accepted request is known not to have done what it was sent for: its operation
/// failed, or the read-back of a deletion found the resource still there.
pub(super) fn took_no_effect(drill: &Drill, intent: &Intent) -> bool {
    let still_there = || {
        let element = intent.element.as_deref().unwrap_or_default();
        let kept = artefact(drill, element).and_then(|(_, one)| one.kept.as_ref());
        intent.method == "DELETE" && kept.is_some_and(|(code, _)| code == STILL_THERE)
    };
    failed_operation(intent) || still_there()
}

fn failed_operation(intent: &Intent) -> bool {
    intent
        .finished
        .as_ref()
        .is_some_and(|(status, ..)| !status.eq_ignore_ascii_case("succeeded"))
}

/// Captures and passes the elements of the current action whose requests are all done.
pub(super) fn completed(drill: &Drill, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let Some(step) = crate::current_step(drill).map(|index| &drill.runbook.steps[index]) else {
        return Ok(Vec::new());
    };
    if step.kind != StepKind::Action {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    for element in elements(drill, step) {
        let open = |state| matches!(state, RunState::Open | RunState::Failed);
        if !drill
            .run(&step.id, &element.key)
            .is_none_or(|run| open(run.state))
            || !all_sent(drill, step, &element, now)?
        {
            continue;
        }
        let key = element.value.as_ref().map(|_| element.key.as_str());
        // It passes with whatever brings the missing evidence.
        if demanded(drill, step, key).is_err() {
            continue;
        }
        let answers = Answers::default();
        let scope = scope(drill, step, element.value.as_ref(), Some(&answers), now);
        events.extend(captures(step, key, &answers, &scope)?);
        events.push(Event::StepPassed {
            step: step.id.clone(),
            element: key.map(str::to_owned),
        });
    }
    Ok(events)
}

/// Returns whether every changing request of an element is complete; at least one must have been sent.
fn all_sent(
    drill: &Drill,
    step: &Step,
    element: &Element,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let place = Place {
        step: step.id.clone(),
        element: element.value.as_ref().map(|_| element.key.clone()),
    };
    let bound = crate::elements::bound_of(step, element);
    let scope = scope(drill, step, element.value.as_ref(), None, now);
    let mut any = false;
    for request in step.requests.iter().filter(|request| changes(request)) {
        let target = Target {
            place: place.clone(),
            request_name: request.name.clone(),
            bound: bound.clone(),
        };
        match drill
            .intents
            .iter()
            .rev()
            .find(|intent| same(intent, &target))
        {
            Some(intent) if is_complete(intent) => any = true,
            Some(_) => return Ok(false),
            None if crate::compose::request_applies(drill, request, &scope, now)? => {
                return Ok(false);
            }
            None => {}
        }
    }
    Ok(any)
}
