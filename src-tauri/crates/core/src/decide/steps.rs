//! Rules of steps that read, choose, ask a person or wait.

use super::evidence::{self, demanded};
use super::{current, element_of, facts, of_kind, step_of};
use crate::command::{Answers, Decision, ExchangeFact, Place};
use crate::drill::{Drill, RequestState, RunState};
use crate::elements::is_pending;
use crate::judge::{RowVerdict, alternatives, captures, judge, rows, run};
use crate::{Event, Json, Refusal, Timestamp, current_step, scope};
use drillbook_runbook::model::{Field, FieldType, Mark, Skip, Step, StepKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    events.extend(judgement.events);
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

fn failed(step: &str, element: Option<&str>, code: &str, detail: String) -> Event {
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

pub(super) fn fields(
    drill: &Drill,
    step: &str,
    values: BTreeMap<String, Value>,
) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, step)?, &[StepKind::Manual, StepKind::Review])?;
    let mut events = Vec::new();
    for field in &step.fields {
        let value = values.get(&field.name).cloned().unwrap_or(Value::Null);
        check_field(field, &value)?;
        if !value.is_null() {
            events.push(Event::FieldEntered {
                step: step.id.clone(),
                name: field.name.clone(),
                value: Json(value),
            });
        }
    }
    if let Some(unknown) = values
        .keys()
        .find(|name| !step.fields.iter().any(|field| &&field.name == name))
    {
        return Err(Refusal::Field {
            field: unknown.clone(),
            problem: "is not asked here".to_owned(),
        });
    }
    demanded(drill, step, None)?;
    if step.marks == Some(Mark::T0) {
        events.push(Event::T0Declared {
            step: step.id.clone(),
        });
    }
    events.push(Event::StepPassed {
        step: step.id.clone(),
        element: None,
    });
    Ok(facts(events))
}

/// The most that one value may take in the journal (runbook.md, "Names").
const FIELD_BYTES: usize = 65_536;

fn check_field(field: &Field, value: &Value) -> Result<(), Refusal> {
    let wrong = |problem: &str| {
        Err(Refusal::Field {
            field: field.label.clone(),
            problem: problem.to_owned(),
        })
    };
    let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if empty {
        return if field.required {
            wrong("must be filled in")
        } else {
            Ok(())
        };
    }
    if value.to_string().len() > FIELD_BYTES {
        return wrong("is longer than 64 KiB");
    }
    let text = value.as_str();
    match field.kind {
        FieldType::Text | FieldType::LongText | FieldType::Person if text.is_none() => {
            wrong("is not a text")
        }
        FieldType::Number if !value.is_u64() && !value.is_i64() => wrong("is not a whole number"),
        FieldType::Flag if !value.is_boolean() => wrong("is not yes or no"),
        FieldType::Choice
            if !field
                .options
                .iter()
                .any(|option| Some(option.value.as_str()) == text) =>
        {
            wrong("is none of the options")
        }
        FieldType::Duration
            if text.is_none_or(|text| drillbook_runbook::duration::parse(text).is_err()) =>
        {
            wrong("is not a duration such as PT2H")
        }
        FieldType::Time if text.is_none_or(|text| text.parse::<Timestamp>().is_err()) => {
            wrong("is not a time such as 2026-11-21T09:30:00Z")
        }
        FieldType::Money if text.is_none_or(|text| !is_money(text)) => {
            wrong("is not an amount such as 25.00 USD")
        }
        FieldType::List if !value.is_array() => wrong("is not a list"),
        _ => Ok(()),
    }
}

/// A plain decimal and perhaps a currency: a ceiling of `inf` or `1e9` would be read as none or as 1.
fn is_money(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let plain = |word: &str| word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let amount = words
        .next()
        .is_some_and(|word| plain(word) && word.parse::<f64>().is_ok());
    amount && words.next().is_none_or(|word| word.len() == 3) && words.next().is_none()
}

pub(super) fn skip(drill: &Drill, step: &str, reason: String) -> Result<Decision, Refusal> {
    let step = current(drill, step)?;
    if step.skip != Skip::Reason {
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
    Ok(facts(vec![Event::StepSkipped {
        step: step.id.clone(),
        reason,
    }]))
}

pub(super) fn start_wait(drill: &Drill, place: &Place) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, &place.step)?, &[StepKind::Wait])?;
    element_of(drill, step, place.element.as_deref())?;
    let begun = drill
        .run(&step.id, place.element.as_deref().unwrap_or_default())
        .is_some_and(|run| run.wait.is_some());
    if begun {
        return Ok(facts(Vec::new()));
    }
    Ok(facts(vec![Event::WaitStarted {
        step: step.id.clone(),
        element: place.element.clone(),
    }]))
}

/// Records a poll only when something changed, or when it was the last.
pub(super) fn poll(
    drill: &Drill,
    place: &Place,
    answers: &Answers,
    exchange: ExchangeFact,
    polls: u64,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, &place.step)?, &[StepKind::Wait])?;
    let key = place.element.as_deref();
    let element = element_of(drill, step, key)?;
    let over = drill.run(&step.id, &element.key);
    if over.is_some_and(|run| run.state == RunState::Passed) {
        return Ok(facts(Vec::new()));
    }
    // It was asked in vain before: that it answers again is news.
    let again = over.is_some_and(|run| run.state == RunState::Failed);
    let Some(finality) = &step.finality else {
        return Err(Refusal::WrongKind {
            step: step.id.clone(),
        });
    };
    let scope = scope(drill, step, element.value.as_ref(), Some(answers), now);
    let passes = run(&finality.passes, &scope)? == json!(true);
    let running = run(&finality.running, &scope)? == json!(true);
    let seen = observed(step, &scope)?;
    let last = drill
        .run(&step.id, &element.key)
        .and_then(|run| run.wait.clone());
    let changed = last.is_none_or(|last| {
        (last.status.as_str(), last.percent, &last.tasks) != (seen.0.as_str(), seen.1, &seen.2)
    });
    if running && !passes && !changed && !again {
        return Ok(facts(Vec::new()));
    }
    if passes {
        let read = std::slice::from_ref(&exchange);
        evidence::recorded(step, &answers.responses, read)?;
        demanded(drill, step, key)?;
    }
    let mut events = vec![Event::WaitObserved {
        step: step.id.clone(),
        polls,
        status: seen.0.clone(),
        percent: seen.1,
        element: place.element.clone(),
        tasks: Json(seen.2),
        evidence: exchange.evidence.clone(),
    }];
    events.push(exchange.into_event(&step.id, key));
    if passes {
        events.extend(finished(drill, step, place, &element, answers, now)?);
    } else if !running {
        events.push(failed(
            &step.id,
            key,
            "wait.failed",
            format!("Azure says {}", seen.0),
        ));
    }
    Ok(facts(events))
}

fn finished(
    drill: &Drill,
    step: &Step,
    place: &Place,
    element: &crate::Element,
    answers: &Answers,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let key = place.element.as_deref();
    let judgement = judge(drill, step, key, element.value.as_ref(), answers, now)?;
    let mut events = judgement.events;
    events.push(if judgement.failed.is_empty() {
        Event::StepPassed {
            step: step.id.clone(),
            element: place.element.clone(),
        }
    } else {
        failed(&step.id, key, "check.failed", judgement.failed.join("; "))
    });
    Ok(events)
}

/// Reads Azure's status word, percentage and task list.
fn observed(step: &Step, scope: &Value) -> Result<(String, Option<u64>, Value), Refusal> {
    let Some(progress) = &step.progress else {
        return Ok((String::new(), None, Value::Null));
    };
    let value = |text: &Option<String>| match text {
        Some(text) => run(text, scope),
        None => Ok(Value::Null),
    };
    let status = match value(&progress.status)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=100"
    )]
    let percent = value(&progress.percent)?
        .as_f64()
        .map(|number| number.clamp(0.0, 100.0) as u64);
    Ok((status, percent, value(&progress.tasks)?))
}
