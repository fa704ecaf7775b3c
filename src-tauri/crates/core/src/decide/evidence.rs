//! Evidence without which a step does not pass, whatever its kind: a picture, or the answer to a request.

use crate::Refusal;
use crate::command::ExchangeFact;
use crate::drill::{Drill, IntentOutcome};
use drillbook_runbook::model::Step;

/// Refuses to pass one element of a step while evidence that the step demands is missing.
pub(super) fn demanded(drill: &Drill, step: &Step, element: Option<&str>) -> Result<(), Refusal> {
    for wanted in &step.evidence_after {
        match wanted.strip_prefix("response:") {
            None if !pictured(drill, step, element) => {
                return Err(Refusal::PictureNeeded {
                    step: step.id.clone(),
                });
            }
            Some(request) if !answered(drill, step, element, request) => {
                return Err(Refusal::ResponseNeeded {
                    step: step.id.clone(),
                    request: request.to_owned(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// A picture of the whole step is one of each of its elements.
fn pictured(drill: &Drill, step: &Step, element: Option<&str>) -> bool {
    drill.evidence.iter().any(|one| {
        let own = one.element.is_none() || one.element.as_deref() == element;
        one.step == step.id && one.kind == "picture" && own
    })
}

/// The exchange is recorded, or there was none to record: the request did not apply, was not answered, or
/// its job was adopted from a list.
fn answered(drill: &Drill, step: &Step, element: Option<&str>, name: &str) -> bool {
    let kept = drill.evidence.iter().any(|one| {
        let own = one.element.as_deref() == element;
        one.step == step.id && one.kind == "exchange" && own && one.title == name
    });
    let mut intents = drill.intents.iter();
    let accepted = intents.any(|intent| {
        let own = intent.step == step.id && intent.element.as_deref() == element;
        own && intent.request_name == name && intent.outcome == IntentOutcome::Accepted
    });
    kept || !accepted
}

/// Whether the answer that a check was judged by came with the exchange that it was read from.
pub(super) fn recorded(
    step: &Step,
    answered: &serde_json::Map<String, serde_json::Value>,
    exchanges: &[ExchangeFact],
) -> Result<(), Refusal> {
    let responses = step.evidence_after.iter();
    let mut wanted = responses.filter_map(|wanted| wanted.strip_prefix("response:"));
    let missing = wanted.find(|name| {
        answered.contains_key(*name) && !exchanges.iter().any(|one| one.request == **name)
    });
    match missing {
        Some(request) => Err(Refusal::ResponseNeeded {
            step: step.id.clone(),
            request: request.to_owned(),
        }),
        None => Ok(()),
    }
}
