//! Rules of steps that read or choose, and of leaving a step out.

use super::evidence::{self, demanded};
use super::{current, element_of, facts, of_kind, step_of};
use crate::command::{Answers, Decision, ExchangeFact, Place};
use crate::drill::{Drill, RequestState, RunState};
use crate::elements::{StepState, is_pending, step_state};
use crate::judge::{RowVerdict, alternatives, captures, judge, rows};
use crate::{Event, Json, Refusal, Timestamp, current_step, scope, witness};
use drillbook_runbook::model::{Skip, Step, StepKind};
use serde_json::Value;

pub(super) fn acknowledge(drill: &Drill, step: &str) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, step)?, &[StepKind::Read])?;
    Ok(facts(vec![Event::StepPassed {
        step: step.id.clone(),
        element: None,
    }]))
}

pub(super) fn reads(
    drill: &Drill,
    place: &Place,
    exchanges: Vec<ExchangeFact>,
) -> Result<Decision, Refusal> {
    let step = current(drill, &place.step)?;
    let element = place.element.as_deref();
    element_of(drill, step, element)?;
    Ok(facts(recorded(exchanges, &step.id, element)))
}

fn recorded(exchanges: Vec<ExchangeFact>, step: &str, element: Option<&str>) -> Vec<Event> {
    exchanges
        .into_iter()
        .map(|exchange| exchange.into_event(step, element))
        .collect()
}

/// Judges the answers of a check; one that passed already may be asked again by the gate that names it.
pub(super) fn check(
    drill: &Drill,
    place: &Place,
    answers: &Answers,
    exchanges: Vec<ExchangeFact>,
    last_try: bool,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let again = asked_again(drill, &place.step);
    let step = if again {
        step_of(drill, &place.step)?
    } else {
        current(drill, &place.step)?
    };
    of_kind(step, &[StepKind::Check, StepKind::Validate])?;
    let element = element_of(drill, step, place.element.as_deref())?;
    let key = place.element.as_deref();
    let judgement = judge(drill, step, key, element.value.as_ref(), answers, now)?;
    if !judgement.failed.is_empty() && !last_try {
        return Ok(facts(Vec::new()));
    }
    if judgement.failed.is_empty() {
        evidence::recorded(step, &answers.responses, &exchanges)?;
        demanded(drill, step, key)?;
    }
    let mut events = recorded(exchanges, &step.id, key);
    let changed = if again {
        changed_values(drill, place, &judgement.events)
    } else {
        Vec::new()
    };
    events.extend(witness::of_statements(step, &judgement.events));
    events.extend(judgement.events);
    let log = answers.log.iter();
    events.extend(log.flat_map(|log| witness::of_log(drill, &step.id, log, now)));
    for that in &judgement.not_checked {
        events.push(Event::DeviationNoted {
            step: step.id.clone(),
            source: "engine".to_owned(),
            code: "check.not_checked".to_owned(),
            text: format!("Not checked: {that}"),
        });
    }
    events.push(if !judgement.failed.is_empty() {
        failed(&step.id, key, "check.failed", judgement.failed.join("; "))
    } else if !changed.is_empty() {
        failed(&step.id, key, "check.value_changed", changed.join(", "))
    } else {
        Event::StepPassed {
            step: step.id.clone(),
            element: place.element.clone(),
        }
    });
    if let Some(Event::StepFailed { detail, .. }) = events.last() {
        events.extend(overtaken(drill, detail.clone()));
    }
    Ok(facts(events))
}

/// What was asked at the gate the drill is on rests on a value that moved: it must be asked anew.
fn overtaken(drill: &Drill, reason: String) -> Option<Event> {
    let gate = &drill.runbook.steps[current_step(drill)?].id;
    let open = drill
        .sign_off(gate)
        .filter(|request| request.state == RequestState::Open)?;
    Some(Event::RequestClosed {
        request: open.request.clone(),
        how: "overtaken".to_owned(),
        reason,
    })
}

pub(super) fn failed(step: &str, element: Option<&str>, code: &str, detail: String) -> Event {
    Event::StepFailed {
        step: step.to_owned(),
        code: code.to_owned(),
        element: element.map(str::to_owned),
        detail,
    }
}

/// Records that Azure answered with an error.
pub(super) fn failure(
    drill: &Drill,
    place: &Place,
    exchanges: Vec<ExchangeFact>,
    code: &str,
    detail: String,
) -> Result<Decision, Refusal> {
    let step = if asked_again(drill, &place.step) {
        step_of(drill, &place.step)?
    } else {
        current(drill, &place.step)?
    };
    let key = place.element.as_deref();
    element_of(drill, step, key)?;
    let mut events = recorded(exchanges, &step.id, key);
    events.push(failed(&step.id, key, code, detail.clone()));
    events.extend(overtaken(drill, detail));
    Ok(facts(events))
}

/// Returns whether the gate that the drill is on asks this check again.
fn asked_again(drill: &Drill, step: &str) -> bool {
    current_step(drill).is_some_and(|index| {
        let on = &drill.runbook.steps[index];
        on.kind == StepKind::Approval && on.asks_again.iter().any(|name| name == step)
    })
}

/// Names the captured values that are not what they were when the check passed.
fn changed_values(drill: &Drill, place: &Place, events: &[Event]) -> Vec<String> {
    let Some(run) = drill.run(&place.step, place.element.as_deref().unwrap_or_default()) else {
        return Vec::new();
    };
    if run.state != RunState::Passed {
        return Vec::new();
    }
    let changed = |event: &Event| match event {
        Event::ValueCaptured { name, value, .. } => {
            let before = run.captured.get(name)?;
            (before != &value.0).then(|| name.clone())
        }
        _ => None,
    };
    events.iter().filter_map(changed).collect()
}

pub(super) fn warning(
    drill: &Drill,
    place: &Place,
    number: usize,
    reason: String,
) -> Result<Decision, Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let run = drill.run(&place.step, place.element.as_deref().unwrap_or_default());
    let warned = run.is_some_and(|run| {
        run.judged
            .iter()
            .any(|judged| judged.number == number && judged.result == "warned")
    });
    if !warned {
        return Err(Refusal::NoSuchWarning {
            step: place.step.clone(),
            number,
        });
    }
    Ok(facts(vec![Event::WarningAcknowledged {
        step: place.step.clone(),
        number: number as u64,
        element: place.element.clone(),
        reason,
    }]))
}

pub(super) fn choose(
    drill: &Drill,
    place: &Place,
    answers: &Answers,
    keys: &[String],
    reason: String,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, &place.step)?, &[StepKind::Choose])?;
    let element = element_of(drill, step, place.element.as_deref())?;
    let offered = rows(drill, step, element.value.as_ref(), answers, now)?;
    let Some(declared) = &step.choose else {
        return Err(Refusal::WrongKind {
            step: step.id.clone(),
        });
    };
    let mut chosen = Vec::new();
    let first = |(index, key): &(usize, &String)| !declared.many || !keys[..*index].contains(key);
    for (_, key) in keys.iter().enumerate().filter(first) {
        let row = offered
            .iter()
            .find(|row| &row.key == key)
            .ok_or_else(|| Refusal::UnknownRow { key: key.clone() })?;
        if let Some(reason) = row.reasons.first() {
            return Err(Refusal::UnusableRow {
                key: row.label.clone(),
                reason: reason.clone(),
            });
        }
        chosen.push(row.row.clone());
    }
    match (declared.many, chosen.len()) {
        (_, 0) => return Err(Refusal::NoRow),
        (false, 2..) => return Err(Refusal::OneRow),
        _ => {}
    }
    let count = chosen.len() as u64;
    let value = if declared.many {
        Value::Array(chosen)
    } else {
        chosen.swap_remove(0)
    };
    Ok(facts(choice_events(
        drill,
        step,
        &element,
        place,
        (value, count),
        &offered,
        (answers, reason),
        now,
    )?))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one fact")]
fn choice_events(
    drill: &Drill,
    step: &Step,
    element: &crate::Element,
    place: &Place,
    (value, count): (Value, u64),
    offered: &[RowVerdict],
    (answers, reason): (&Answers, String),
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let name = step
        .choose
        .as_ref()
        .map(|choose| choose.name.clone())
        .unwrap_or_default();
    let mut events = vec![Event::ChoiceMade {
        step: step.id.clone(),
        name,
        chosen: count,
        offered: offered.len() as u64,
        element: place.element.clone(),
        value: Json(value),
        alternatives: Json(alternatives(offered)),
        reason,
    }];
    let after = super::foresee(drill, &events, now);
    let item = crate::elements(&after, step)
        .into_iter()
        .find(|one| one.key == element.key);
    let item = item.and_then(|one| one.value);
    let scope = scope(&after, step, item.as_ref(), Some(answers), now);
    events.extend(captures(step, place.element.as_deref(), answers, &scope)?);
    events.push(Event::StepPassed {
        step: step.id.clone(),
        element: place.element.clone(),
    });
    Ok(events)
}

/// Whether a step may be left out with a reason: when its runbook says so, and after an abort also a check that
/// failed, because what somebody else changed meanwhile would keep the drill open for ever.
pub fn may_skip(drill: &Drill, step: &Step) -> bool {
    let checks = matches!(step.kind, StepKind::Check | StepKind::Validate);
    let failed = || {
        let index = drill.runbook.index(&step.id);
        index.is_some_and(|index| step_state(drill, index) == StepState::Failed)
    };
    step.skip == Skip::Reason || (drill.aborted.is_some() && checks && failed())
}

pub(super) fn skip(drill: &Drill, step: &str, reason: String) -> Result<Decision, Refusal> {
    let step = current(drill, step)?;
    if !may_skip(drill, step) {
        return Err(Refusal::CannotSkip {
            step: step.id.clone(),
        });
    }
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let mut intents = drill.intents.iter();
    if let Some(pending) = intents.find(|one| one.step == step.id && is_pending(one)) {
        return Err(Refusal::OutcomeUnknown {
            step: step.id.clone(),
            request_name: pending.request_name.clone(),
        });
    }
    let mut events = Vec::new();
    if step.skip != Skip::Reason {
        // What went wrong is told first, not only among the steps that were left out.
        events.push(Event::DeviationNoted {
            step: step.id.clone(),
            source: "engine".to_owned(),
            code: "check.left_out".to_owned(),
            text: format!("Left out after it failed: {reason}"),
        });
    }
    events.push(Event::StepSkipped {
        step: step.id.clone(),
        reason,
    });
    Ok(facts(events))
}
