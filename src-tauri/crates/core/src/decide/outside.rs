//! Rules of steps that the operator runs in a terminal of their own: the gate is asked all the same, the intent and
//! its debt become durable, and Drillbook sends nothing. What counts is what Azure shows afterwards.

use super::action::{dispatch, same};
use super::outcome::{kept, known_already};
use super::{current, element_of, facts};
use crate::command::{Decision, ExchangeFact, GateInputs, Target};
use crate::compose::is_repeatable;
use crate::drill::{Drill, Intent};
use crate::elements::is_unknown;
use crate::judge::holds;
use crate::{Event, Json, Refusal, Timestamp};
use drillbook_runbook::model::{Step, StepKind};
use serde_json::{Value, json};

/// Gives the line of an approved request away: from here on it is the operator's to send, once. The permit is
/// dropped, so that nothing here can send it.
pub(super) fn take(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    before: Vec<(String, Value)>,
    az: String,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if az.trim().is_empty() {
        return Err(Refusal::NoLine);
    }
    let mut events = dispatch(drill, target.clone(), case, before, now)?.events;
    events.push(Event::ActionTakenOutside {
        step: target.place.step,
        request_name: target.request_name,
        element: target.place.element,
        bound: target.bound,
        az,
    });
    Ok(facts(events))
}

/// Records that the operator says they ran a line; what they pasted is evidence, and proves nothing by itself.
pub(super) fn ran(
    drill: &Drill,
    target: Target,
    az: String,
    pasted: Option<String>,
) -> Result<Decision, Refusal> {
    let step = current(drill, &target.place.step)?;
    element_of(drill, step, target.place.element.as_deref())?;
    match step.kind {
        StepKind::Action | StepKind::Cleanup => drop(taken(drill, &target)?),
        StepKind::Check | StepKind::Validate | StepKind::Choose | StepKind::Wait => {
            let mut lines = step.requests.iter().filter(|one| one.az.is_some());
            if !lines.any(|one| one.name == target.request_name) {
                return Err(Refusal::NoLine);
            }
        }
        StepKind::Read | StepKind::Manual | StepKind::Approval | StepKind::Review => {
            return Err(Refusal::WrongKind {
                step: step.id.clone(),
            });
        }
    }
    let evidence = pasted.map(|evidence| Event::EvidenceAttached {
        step: target.place.step.clone(),
        media: "text/plain".to_owned(),
        width: 0,
        height: 0,
        tile_root: None,
        element: target.place.element.clone(),
        title: format!("Output of {}", target.request_name),
        evidence,
        master: None,
        origin: "pasted".to_owned(),
    });
    let ran = Event::StepRanOutside {
        step: target.place.step,
        request_name: target.request_name,
        pasted: evidence.is_some(),
        element: target.place.element,
        bound: target.bound,
        az,
    };
    Ok(facts(evidence.into_iter().chain([ran]).collect()))
}

/// Returns the intent that the operator took, and of which nobody knows yet what became of it.
fn taken<'a>(drill: &'a Drill, target: &Target) -> Result<&'a Intent, Refusal> {
    let mut intents = drill.intents.iter().rev();
    let newest = intents.find(|intent| same(intent, target));
    let intent = newest
        .filter(|intent| intent.outside)
        .ok_or_else(|| Refusal::NotTaken {
            step: target.place.step.clone(),
            request_name: target.request_name.clone(),
        })?;
    if is_unknown(intent) {
        Ok(intent)
    } else {
        Err(known_already(target))
    }
}

/// Takes what Azure shows now for the outcome of a line that was run outside, if it is what was approved.
pub(super) fn state(
    drill: &Drill,
    target: Target,
    exchange: ExchangeFact,
    response: Value,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let step = current(drill, &target.place.step)?;
    let intent = taken(drill, &target)?;
    if !shows(drill, step, intent, exchange.status, &response, now)? {
        return Err(Refusal::NotSeen {
            step: step.id.clone(),
            request_name: target.request_name,
        });
    }
    let accepted = Event::ActionAccepted {
        step: step.id.clone(),
        request_name: target.request_name,
        status: exchange.status,
        element: target.place.element.clone(),
        bound: target.bound,
        poll_url: None,
        evidence: exchange.evidence.clone(),
        response: Json(kept(response)),
        // The id of the reading, not of the change: Azure's log names that by another.
        correlation_id: None,
    };
    let read = exchange.into_event(&step.id, target.place.element.as_deref());
    Ok(facts(vec![read, accepted]))
}

/// Whether a reading shows what a request was approved to bring about. A job is searched for, never guessed.
fn shows(
    drill: &Drill,
    step: &Step,
    intent: &Intent,
    status: u64,
    response: &Value,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let there = (200..300).contains(&status);
    let mut requests = step.requests.iter();
    let declared = requests.find(|one| one.name == intent.request_name);
    if !is_repeatable(&intent.method, declared) {
        return Ok(false);
    }
    match intent.method.as_str() {
        "DELETE" => Ok(status == 404),
        "PATCH" => match declared.and_then(|one| one.read_back.as_ref()) {
            Some(read_back) => Ok(there && holds(read_back, response, now)?),
            None => Ok(false),
        },
        "PUT" => {
            let done = response.pointer("/properties/provisioningState");
            let done = done.is_none_or(|state| state == "Succeeded");
            Ok(there && done && !contradicts(&asked(drill, intent), response))
        }
        _ => Ok(false),
    }
}

/// Returns the body that was approved.
fn asked(drill: &Drill, intent: &Intent) -> Value {
    let sign_off = drill.sign_off_by_digest(&intent.request);
    let mut covers = sign_off.into_iter().flat_map(|one| &one.covers);
    let action = covers.find(|cover| cover.digest == intent.action);
    let action = action.and_then(|cover| cover.action.as_ref());
    let request = action.and_then(|action| action.request(&intent.request_name));
    request
        .and_then(|request| request.body.clone())
        .unwrap_or(Value::Null)
}

/// Whether Azure shows another value where one was asked for. What it does not show at all contradicts nothing:
/// passwords and the like are never read back.
fn contradicts(asked: &Value, shown: &Value) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    match (asked, shown) {
        (_, Value::Null) | (Value::Null, _) => false,
        (Value::Object(asked), _) if asked.keys().any(|key| key.starts_with('$')) => false,
        (Value::Object(asked), Value::Object(shown)) => asked.iter().any(|(name, value)| {
            shown
                .get(name)
                .is_some_and(|shown| contradicts(value, shown))
        }),
        (Value::Array(asked), Value::Array(shown)) => {
            asked.len() != shown.len() || asked.iter().zip(shown).any(|(a, b)| contradicts(a, b))
        }
        // Regions are written in two ways, and the case of ids and enums is Azure's.
        (Value::String(asked), Value::String(shown)) => plain(asked) != plain(shown),
        (asked, shown) => json!(asked) != json!(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: Value, shown: Value, wanted: bool) {
        assert_eq!(contradicts(&asked, &shown), wanted, "{asked} {shown}");
    }

    #[test]
    fn what_azure_shows_contradicts_what_was_asked_for_or_not() {
        check(
            json!({"location": "westus"}),
            json!({"location": "West US", "id": "x"}),
            false,
        );
        check(
            json!({"tags": {"drill": "D-1"}}),
            json!({"tags": {"drill": "D-2"}}),
            true,
        );
        check(
            json!({"properties": {"password": "x"}}),
            json!({"properties": {}}),
            false,
        );
        check(json!({"zones": ["1"]}), json!({"zones": ["1", "2"]}), true);
        check(
            json!({"id": {"$from": "a", "query": "b"}}),
            json!({"id": "c"}),
            false,
        );
        check(json!({"size": 128}), json!({"size": 256}), true);
    }
}
