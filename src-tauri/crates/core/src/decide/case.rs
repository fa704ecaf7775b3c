//! The case that is put to `authorize`: the documents of a sign-off, and what was sent on it so far.

use super::step_of;
use crate::command::{GateInputs, Target};
use crate::drill::{Drill, Intent};
use crate::{Refusal, Timestamp};
use drillbook_runbook::model::Step;
use drillbook_trust::action::Action;
use drillbook_trust::disclosure::Value as Fact;
use drillbook_trust::gate::{GateCase, Intended, Operator, SignOff as Case};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn sign_off_case<'a>(
    drill: &'a Drill,
    step: &'a Step,
    case: &'a GateInputs,
    now: Timestamp,
) -> Result<Case<'a>, Refusal> {
    let runbook = drill
        .runbook_digest
        .parse()
        .map_err(|_| Refusal::RequestDiffers {
            field: "runbook".to_owned(),
        })?;
    Ok(Case {
        log: &case.log,
        drill: &drill.id,
        step: &step.id,
        gate: step.gate.as_deref().unwrap_or_default(),
        runbook,
        policies_before: &case.policies_before,
        policy: &case.policy,
        request: &case.request,
        decisions: &case.decisions,
        revocations: &case.revocations,
        break_glass: case.break_glass.as_ref(),
        operator: Operator {
            person: &drill.operator,
            device: &case.device,
        },
        must_open: &[],
        heads_are_prefixes: case.heads_are_prefixes,
        deadline: drill.deadline,
        now,
    })
}

/// What a target is judged by; it owns what the borrowed case points to.
pub(super) struct Bench {
    intended: Vec<Intended>,
    facts: BTreeMap<String, Fact>,
    request_name: String,
}

impl Bench {
    /// Collects everything that was intended under the request document. A late-bound request is
    /// used once for each resource: what was sent for another one counts as begun, not as used.
    pub(super) fn of(drill: &Drill, case: &GateInputs, target: &Target) -> Bench {
        let document = case.request.digest().to_string();
        let intended = drill
            .intents
            .iter()
            .filter(|intent| intent.request == document);
        let intended = intended.filter_map(|intent| {
            let own = intent.bound == target.bound;
            let name = &intent.request_name;
            Some(Intended {
                action: intent.action.parse().ok()?,
                request_name: if own {
                    name.clone()
                } else {
                    format!("{name} of another resource")
                },
                at: intent.at,
            })
        });
        Bench {
            intended: intended.collect(),
            facts: case
                .facts
                .iter()
                .map(|(name, value)| (name.clone(), fact(value)))
                .collect(),
            request_name: target.request_name.clone(),
        }
    }

    /// Puts the case together.
    pub(super) fn case<'a>(
        &'a self,
        drill: &'a Drill,
        gate: &'a Step,
        case: &'a GateInputs,
        action: &'a Action,
        now: Timestamp,
    ) -> Result<GateCase<'a>, Refusal> {
        Ok(GateCase {
            sign_off: sign_off_case(drill, gate, case, now)?,
            action,
            action_shown: None,
            request_name: &self.request_name,
            already_intended: &self.intended,
            facts: &self.facts,
        })
    }

    /// Returns an intent in the gate's words.
    pub(super) fn intended(&self, intent: &Intent) -> Option<Intended> {
        Some(Intended {
            action: intent.action.parse().ok()?,
            request_name: intent.request_name.clone(),
            at: intent.at,
        })
    }
}

fn fact(value: &Value) -> Fact {
    match value {
        Value::Bool(flag) => Fact::Flag(*flag),
        Value::Number(number) if number.is_i64() => Fact::Int(number.as_i64().unwrap_or_default()),
        Value::String(text) => Fact::Text(text.clone()),
        other => Fact::Text(other.to_string()),
    }
}

/// Returns the approval step that signs an action.
pub(super) fn gate_of<'a>(drill: &'a Drill, step: &Step) -> Result<&'a Step, Refusal> {
    let gate = step.signed_by.as_deref().ok_or(Refusal::NotCovered)?;
    step_of(drill, gate)
}
