//! What an approval step covers now: the actions of its elements, evidence by entry, the charter.

use super::{Covered, FOUND_SUFFIX, changes, compose_action, composing_scope, problem};
use crate::drill::{Drill, IntentOutcome};
use crate::elements::{Element, artefact, elements, is_done};
use crate::judge::holds;
use crate::words::short_id;
use crate::{Refusal, Timestamp, scope};
use drillbook_runbook::model::{Cover, ForEach, Mark, Step, StepKind};
use drillbook_runbook::reference::canonical_id;
use drillbook_runbook::template;
use serde_json::{Value, json};

/// Returns the elements whose actions an approval covers. What an action will turn up is not known
/// yet: one element stands for all of it within a group.
pub(crate) fn covered_elements(
    drill: &Drill,
    step: &Step,
    now: Timestamp,
) -> Result<Vec<Element>, Refusal> {
    if let Some(ForEach::Found { found, within }) = &step.for_each {
        return placeholders(drill, found, within, now);
    }
    Ok(elements(drill, step))
}

/// One element for each group in which an action will turn something up.
fn placeholders(
    drill: &Drill,
    action: &str,
    within: &str,
    now: Timestamp,
) -> Result<Vec<Element>, Refusal> {
    let Some(step) = drill.runbook.step(action) else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for parent in elements(drill, step) {
        let scope = composing_scope(drill, step, parent.value.as_ref(), now);
        let group = template::path(within, &scope).map_err(problem)?;
        let value = json!({"id": format!("{group}{FOUND_SUFFIX}"), "within": group});
        all.push(Element {
            key: canonical_id(&group),
            label: short_id(&group),
            value: Some(value),
        });
    }
    Ok(all)
}

/// Returns the element under which a late-bound element's action was approved.
pub fn approved_element(
    drill: &Drill,
    step: &Step,
    element: &Element,
    now: Timestamp,
) -> Result<Element, Refusal> {
    if !matches!(step.for_each, Some(ForEach::Found { .. })) {
        return Ok(element.clone());
    }
    let own = element
        .value
        .as_ref()
        .and_then(|value| value.get("within"))
        .and_then(Value::as_str);
    let own = own.unwrap_or_default();
    covered_elements(drill, step, now)?
        .into_iter()
        .find(|one| one.key == canonical_id(own))
        .ok_or(Refusal::NotCovered)
}

/// Lists what an approval step covers now, each action with a fresh salt (base64url, 16 bytes).
///
/// # Errors
/// [`Refusal::Query`] when a part cannot be composed.
pub fn covers(
    drill: &Drill,
    step: &Step,
    salt: &mut dyn FnMut() -> String,
    now: Timestamp,
) -> Result<Vec<Covered>, Refusal> {
    let mut all = Vec::new();
    for cover in &step.covers {
        let what = match cover {
            Cover::Always(what) => what,
            Cover::When { what, when } => {
                let scope = scope(drill, step, None, None, now);
                if !holds(when, &scope, drill.measured_at(now))? {
                    continue;
                }
                what
            }
        };
        match what.split_once(':') {
            Some(("action", action)) => actions(drill, action, salt, now, &mut all)?,
            Some(("evidence", read)) => evidence(drill, read, "evidence", &mut all),
            _ => charter(drill, &mut all),
        }
    }
    Ok(all)
}

fn actions(
    drill: &Drill,
    action: &str,
    salt: &mut dyn FnMut() -> String,
    now: Timestamp,
    all: &mut Vec<Covered>,
) -> Result<(), Refusal> {
    let Some(step) = drill.runbook.step(action) else {
        return Ok(());
    };
    if let Some(when) = &step.when {
        let scope = scope(drill, step, None, None, now);
        if step.for_each.is_none() && !holds(when, &scope, drill.measured_at(now))? {
            return Ok(());
        }
    }
    for element in covered_elements(drill, step, now)? {
        if !wants_approval(drill, step, &element, now)? {
            continue;
        }
        let composed = compose_action(drill, step, &element, &salt(), now)?;
        all.push(Covered {
            step: step.id.clone(),
            element: element.value.as_ref().map(|_| element.key.clone()),
            what: "action".to_owned(),
            digest: composed.digest().to_string(),
            action: Some(composed),
        });
    }
    Ok(())
}

/// Returns whether an element still has something to send.
fn wants_approval(
    drill: &Drill,
    step: &Step,
    element: &Element,
    now: Timestamp,
) -> Result<bool, Refusal> {
    if step.kind == StepKind::Cleanup {
        return Ok(artefact(drill, &element.key).is_some_and(|(_, one)| one.cleared.is_none()));
    }
    if matches!(step.for_each, Some(ForEach::Found { .. })) {
        return Ok(!is_done(drill, step));
    }
    if let Some(when) = &step.when {
        let scope = scope(drill, step, element.value.as_ref(), None, now);
        if !holds(when, &scope, drill.measured_at(now))? {
            return Ok(false);
        }
    }
    let key = element.value.as_ref().map(|_| element.key.as_str());
    let settled = drill.run(&step.id, &element.key).is_some_and(|run| {
        run.state != crate::RunState::Open && run.state != crate::RunState::Failed
    });
    let running = drill.intents.iter().rev().any(|intent| {
        intent.step == step.id
            && intent.element.as_deref() == key
            && matches!(
                intent.outcome,
                IntentOutcome::Accepted | IntentOutcome::Adopted
            )
            && step
                .requests
                .iter()
                .filter(|request| changes(request))
                .count()
                == 1
    });
    Ok(!settled && !running)
}

fn evidence(drill: &Drill, read: &str, what: &str, all: &mut Vec<Covered>) {
    let Some(run) = drill.runs.get(read) else {
        return;
    };
    for (key, element) in &run.elements {
        if let Some((_, leaf)) = element.entry {
            all.push(Covered {
                step: read.to_owned(),
                element: (!key.is_empty()).then(|| key.clone()),
                what: what.to_owned(),
                digest: leaf.to_string(),
                action: None,
            });
        }
    }
}

fn charter(drill: &Drill, all: &mut Vec<Covered>) {
    let step = drill
        .runbook
        .steps
        .iter()
        .find(|step| step.marks == Some(Mark::Charter));
    if let Some(step) = step {
        evidence(drill, &step.id, "charter", all);
    }
}
