//! What a condition on a request of another machine may bound.

use crate::ipc::views::{ConditionEntry, ConditionOp, FactView};
use crate::present::conditions;
use drillbook_runbook::{Fact, Step, ValueType};
use drillbook_trust::document::{Condition, Operation};

/// The facts that a condition may bound; what they are now is known where the journal is.
pub fn facts(step: Option<&Step>) -> Vec<FactView> {
    let Some(step) = step else {
        return Vec::new();
    };
    let declared = step.facts.iter().filter(|fact| fact.name != "now");
    let declared = declared.map(|fact| FactView {
        unit: is_age(fact).then(|| "h".to_owned()),
        ..conditions::bounded(fact)
    });
    declared
        .chain((!step.facts.is_empty()).then(conditions::sent_before))
        .collect()
}

fn is_age(fact: &Fact) -> bool {
    fact.kind == ValueType::Time
}

/// Returns a condition of the desk as it is signed: hours of an age become a duration.
pub fn condition(step: Option<&Step>, entry: &ConditionEntry) -> Condition {
    let age = step.is_some_and(|step| {
        let mut facts = step.facts.iter();
        facts.any(|fact| fact.name == entry.fact && is_age(fact))
    });
    let value = match entry.value.parse::<i64>() {
        Ok(hours) if age && entry.op == ConditionOp::AtMost => {
            format!("PT{hours}H").as_str().into()
        }
        Ok(whole) => whole.into(),
        Err(_) => entry.value.as_str().into(),
    };
    Condition {
        fact: entry.fact.clone(),
        op: match entry.op {
            ConditionOp::AtMost => Operation::AtMost,
            ConditionOp::AtLeast => Operation::AtLeast,
            ConditionOp::Before => Operation::Before,
            ConditionOp::Equals => Operation::Equals,
        },
        value,
    }
}
