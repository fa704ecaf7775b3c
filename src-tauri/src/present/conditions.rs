//! Conditions of a sign-off: the facts that may be bounded, the bounds, and whether they hold now.

use super::Sight;
use super::words::{self, plain};
use crate::ipc::views::{AllowedView, ConditionEntry, ConditionOp, FactView};
use chrono::TimeDelta;
use drillbook_core::{DecisionState, Drill, RequestState, SignOff, Timestamp, facts};
use drillbook_engine::ConditionInput;
use drillbook_runbook::{Fact, Step, ValueType, duration};
use serde_json::Value;
use std::collections::BTreeMap;

/// The fact that is the time of dispatch.
const NOW: &str = "now";

/// Returns the facts of a gate that a condition may bound, with proposals.
pub fn facts_of(sight: &Sight, drill: &Drill, step: &Step) -> Vec<FactView> {
    let now = facts(drill, step, sight.now).unwrap_or_default();
    let declared = step
        .facts
        .iter()
        .filter(|fact| fact.name != NOW)
        .map(|fact| {
            let read = now
                .get(&fact.name)
                .map(plain)
                .filter(|text| !text.is_empty());
            let is_time = fact.kind == ValueType::Time;
            let value = if is_time {
                age_hours(sight, read.as_deref()).map(|hours| hours.to_string())
            } else {
                read
            };
            let spare = |text: &String| {
                text.parse::<i64>()
                    .map_or(text.clone(), |hours| (hours + SPARE_HOURS).to_string())
            };
            FactView {
                proposed: if is_time {
                    value.as_ref().map(spare)
                } else {
                    value.clone()
                },
                unit: is_time.then(|| "h".to_owned()),
                value,
                ..bounded(fact)
            }
        });
    declared
        .chain((!step.facts.is_empty()).then(sent_before))
        .collect()
}

/// A fact that a condition may bound, without what is known of it now.
pub(super) fn bounded(fact: &Fact) -> FactView {
    FactView {
        name: fact.name.clone(),
        label: fact
            .label
            .clone()
            .unwrap_or_else(|| words::heading(&fact.name)),
        op: if fact.kind == ValueType::Text {
            ConditionOp::Equals
        } else {
            ConditionOp::AtMost
        },
        value: None,
        proposed: None,
        unit: None,
    }
}

/// The bound on the moment of sending, which nobody knows yet.
pub(super) fn sent_before() -> FactView {
    FactView {
        name: NOW.to_owned(),
        label: "Sent before".to_owned(),
        op: ConditionOp::Before,
        value: None,
        proposed: None,
        unit: None,
    }
}

/// Hours that a proposed bound leaves between the decision and the dispatch.
const SPARE_HOURS: i64 = 4;

/// Whole hours, rounded up, that a moment lies back.
fn age_hours(sight: &Sight, value: Option<&str>) -> Option<i64> {
    let at: Timestamp = value?.parse().ok()?;
    Some((sight.now - at).num_hours() + 1)
}

/// Returns a condition of the desk as the engine takes it: hours of an age become a duration.
pub fn condition(sight: &Sight, request: &str, entry: &ConditionEntry) -> ConditionInput {
    let is_age = sight
        .engine
        .requests()
        .unwrap_or_default()
        .iter()
        .any(|(drill, sign_off)| {
            let facts = drill
                .runbook
                .step(&sign_off.step)
                .map(|step| step.facts.as_slice())
                .unwrap_or_default();
            let named = |fact: &drillbook_runbook::Fact| {
                fact.name == entry.fact && fact.kind == ValueType::Time
            };
            sign_off.request == request && facts.iter().any(named)
        });
    let op = match entry.op {
        ConditionOp::AtMost => "at_most",
        ConditionOp::AtLeast => "at_least",
        ConditionOp::Before => "before",
        ConditionOp::Equals => "equals",
    };
    let hours = entry
        .value
        .parse::<u32>()
        .ok()
        .filter(|_| is_age && entry.op == ConditionOp::AtMost);
    let value = hours.map_or_else(|| entry.value.clone(), |hours| format!("PT{hours}H"));
    ConditionInput {
        fact: entry.fact.clone(),
        op: op.to_owned(),
        value,
    }
}

/// Returns the conditions of a decision, each in words.
pub fn in_words(drill: &Drill, one: &DecisionState) -> Vec<String> {
    let labels = labels(drill);
    conditions(one)
        .map(|condition| said(&condition, &labels))
        .collect()
}

fn conditions(one: &DecisionState) -> impl Iterator<Item = Value> {
    one.conditions
        .as_array()
        .cloned()
        .unwrap_or_default()
        .into_iter()
}

fn labels(drill: &Drill) -> BTreeMap<String, String> {
    let facts = drill.runbook.steps.iter().flat_map(|step| &step.facts);
    facts
        .map(|fact| {
            (
                fact.name.clone(),
                fact.label
                    .clone()
                    .unwrap_or_else(|| words::heading(&fact.name)),
            )
        })
        .chain([(NOW.to_owned(), "Sent".to_owned())])
        .collect()
}

fn said(condition: &Value, labels: &BTreeMap<String, String>) -> String {
    let fact = plain(&condition["fact"]);
    let op = plain(&condition["op"]).replace('_', " ");
    let value = match bound(condition) {
        Some(age) => words::span(u64::try_from(age.num_seconds()).unwrap_or_default()),
        None => plain(&condition["value"]),
    };
    let label = labels.get(&fact).cloned().unwrap_or(fact);
    format!("{label} {op} {value}")
}

/// Returns what allows an action: the conditions of its approval beside what is read now.
pub fn allowed(sight: &Sight, drill: &Drill, step: &Step) -> Vec<AllowedView> {
    let Some(gate) = step.signed_by.as_deref() else {
        return Vec::new();
    };
    let approved = |one: &&SignOff| one.state == RequestState::Approved;
    let Some(sign_off) = drill.sign_off(gate).filter(approved) else {
        return Vec::new();
    };
    let gate = drill.runbook.step(gate);
    let now = gate.and_then(|gate| facts(drill, gate, sight.now).ok());
    let now = now.unwrap_or_default();
    let labels = labels(drill);
    let mut all = Vec::new();
    for one in sign_off
        .decisions
        .iter()
        .filter(|one| one.verdict == "approve")
    {
        let reviewer = sight.name(&one.reviewer).to_owned();
        let alive = one.not_after.parse::<Timestamp>().ok();
        all.push(AllowedView {
            condition: "The approval is valid".to_owned(),
            reviewer: reviewer.clone(),
            value: words::as_time(&one.not_after).map(|until| format!("until {until}")),
            holds: alive.map(|until| sight.now <= until),
        });
        all.extend(conditions(one).map(|condition| {
            let fact = now
                .get(&plain(&condition["fact"]))
                .cloned()
                .unwrap_or_default();
            AllowedView {
                condition: said(&condition, &labels),
                reviewer: reviewer.clone(),
                value: Some(read_now(sight.now, &condition, &fact)),
                holds: holds(sight.now, &condition, &fact),
            }
        }));
    }
    all
}

/// Returns a fact as it is compared: a moment against a duration is an age.
fn read_now(now: Timestamp, condition: &Value, fact: &Value) -> String {
    match (age(now, fact), bound(condition)) {
        (Some(age), Some(_)) => words::span(u64::try_from(age.num_seconds()).unwrap_or_default()),
        _ => plain(fact),
    }
}

fn age(now: Timestamp, fact: &Value) -> Option<TimeDelta> {
    Some(now - fact.as_str()?.parse::<Timestamp>().ok()?)
}

fn bound(condition: &Value) -> Option<TimeDelta> {
    duration::parse(condition["value"].as_str()?).ok()
}

/// Foresees whether a condition holds; Rust reads it again at dispatch, and that decides.
fn holds(now: Timestamp, condition: &Value, fact: &Value) -> Option<bool> {
    if let (Some(age), Some(bound)) = (age(now, fact), bound(condition)) {
        return Some(age <= bound);
    }
    let numbers = fact.as_f64().zip(condition["value"].as_f64());
    let moment = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    match (condition["op"].as_str()?, numbers) {
        ("at_most", Some((read, wanted))) => Some(read <= wanted),
        ("at_least", Some((read, wanted))) => Some(read >= wanted),
        ("before", _) => moment(&condition["value"]).map(|until| now < until),
        ("equals", _) => Some(*fact == condition["value"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(op: &str, wanted: Value, fact: Value, expected: Option<bool>) {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
        let condition = json!({"fact": "f", "op": op, "value": wanted});
        assert_eq!(
            holds(now, &condition, &fact),
            expected,
            "{condition} of {fact}"
        );
    }

    #[test]
    fn a_condition_is_foreseen_as_the_gate_will_decide_it() {
        check("at_most", json!(4), json!(4), Some(true));
        check("at_most", json!(3), json!(4), Some(false));
        check(
            "at_most",
            json!("PT24H"),
            json!("2026-11-20T12:00:00Z"),
            Some(true),
        );
        check(
            "at_most",
            json!("PT23H"),
            json!("2026-11-20T12:00:00Z"),
            Some(false),
        );
        check(
            "before",
            json!("2026-11-21T12:00:01Z"),
            Value::Null,
            Some(true),
        );
        check(
            "before",
            json!("2026-11-21T11:59:59Z"),
            Value::Null,
            Some(false),
        );
        check("equals", json!("westus"), json!("westus"), Some(true));
        check("at_most", json!("soon"), json!(4), None);
    }
}
