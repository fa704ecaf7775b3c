//! What comes next for a request that changes Azure, and under which approval it goes.

use crate::EngineError;
use drillbook_core::{Drill, Element, Intent, IntentOutcome, Refusal, Target};
use drillbook_runbook::{Request, Step, StepKind};
use drillbook_trust::action::Action;

/// What to do next about a changing request.
pub(super) enum Next {
    Send,
    Continue,
    Follow(String),
    Search,
    Done,
    Ask,
}

/// Returns the newest intent of a target.
pub(super) fn newest<'a>(drill: &'a Drill, target: &Target) -> Option<&'a Intent> {
    let (step, element) = (&target.place.step, target.place.element.as_deref());
    drill.intent(step, element, &target.request_name, target.bound.as_deref())
}

/// Says what comes next for a target, from what is known of its newest intent.
pub(super) fn next(drill: &Drill, step: &Step, request: Option<&Request>, target: &Target) -> Next {
    let Some(intent) = newest(drill, target) else {
        return Next::Send;
    };
    let repeatable = drillbook_core::is_repeatable(&intent.method, request);
    let cleanup = step.kind == StepKind::Cleanup;
    match (&intent.outcome, &intent.poll_url, &intent.finished) {
        (IntentOutcome::Adopted, ..) => Next::Done,
        (IntentOutcome::Accepted, Some(url), None) => Next::Follow(url.clone()),
        (IntentOutcome::Accepted, _, Some((status, ..)))
            if !status.eq_ignore_ascii_case("succeeded") =>
        {
            if cleanup {
                Next::Done
            } else {
                Next::Ask
            }
        }
        (IntentOutcome::Accepted, ..) => Next::Done,
        (IntentOutcome::Rejected { again: true, .. }, ..) => Next::Continue,
        (IntentOutcome::Rejected { .. }, ..) => Next::Ask,
        (IntentOutcome::Open | IntentOutcome::Unanswered, ..) if repeatable => Next::Continue,
        (IntentOutcome::Open | IntentOutcome::Unanswered, ..) => Next::Search,
        (IntentOutcome::GivenUp, ..) => Next::Send,
    }
}

/// Returns the key under which an element's action was approved.
pub(super) fn covering_key(
    drill: &Drill,
    step: &Step,
    element: &Element,
) -> Result<Option<String>, EngineError> {
    let approved = drillbook_core::approved_element(drill, step, element, drill.last_at)?;
    Ok(approved.value.as_ref().map(|_| approved.key.clone()))
}

/// Returns the action as it was approved.
pub(crate) fn approved_action(
    drill: &Drill,
    step: &Step,
    element: &Element,
) -> Result<Action, EngineError> {
    let key = covering_key(drill, step, element)?;
    let gate = step.signed_by.clone().unwrap_or_default();
    drill
        .requests
        .iter()
        .rev()
        .filter(|request| {
            request.step == gate && request.state == drillbook_core::RequestState::Approved
        })
        .flat_map(|request| &request.covers)
        .find(|cover| cover.step == step.id && cover.element == key)
        .and_then(|cover| cover.action.clone())
        .ok_or_else(|| Refusal::NotCovered.into())
}
