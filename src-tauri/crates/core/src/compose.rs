//! From a declared step to the exact requests that an approval covers.
//!
//! An action is composed from names alone, never from answers born inside it: those are declared as
//! `$from` and `$secret` and bound at dispatch (trust.md §3), so its digest is the same at the gate
//! and at dispatch unless something that Azure would act on moved.

pub(crate) mod statement;

pub use statement::{Statement, kind_of, recompute, statement};

use crate::drill::{Drill, IntentOutcome};
use crate::elements::{Element, artefact, elements, is_done};
use crate::judge::{holds, run};
use crate::{Refusal, Timestamp, scope};
use drillbook_runbook::model::{Cover, Find, ForEach, Mark, Request, Step, StepKind};
use drillbook_runbook::{reference, template, versions};
use drillbook_trust::action::{Action, CanonicalRequest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Stands at the end of a path for each resource that an action turns up within a group: declared at
/// the gate, bound at dispatch to one that lies within that group.
pub const FOUND_SUFFIX: &str = "/providers/Drillbook.Found/each";

/// A salt for composing what is only looked at, never signed.
pub(crate) const NO_SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Something that a request for sign-off covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Covered {
    /// The step whose action or evidence it is.
    pub step: String,
    /// Its element.
    pub element: Option<String>,
    /// `action`, `evidence` or `charter`.
    pub what: String,
    /// Digest of the action, or leaf hash of the entry that recorded the evidence.
    pub digest: String,
    /// The action.
    pub action: Option<Action>,
}

/// Everything a request for sign-off says before it is signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it covers.
    pub covers: Vec<Covered>,
    /// Estimated cost and the charter's ceiling.
    pub cost: (Option<String>, Option<String>),
    /// What it says in words.
    pub statement: Statement,
}

/// Returns method and declared path of a request.
pub(crate) fn method_of(request: &Request) -> (&'static str, &str) {
    match (
        &request.get,
        &request.post,
        &request.put,
        &request.patch,
        &request.delete,
    ) {
        (Some(path), ..) => ("GET", path),
        (_, Some(path), ..) => ("POST", path),
        (_, _, Some(path), ..) => ("PUT", path),
        (_, _, _, Some(path), _) => ("PATCH", path),
        (_, _, _, _, Some(path)) => ("DELETE", path),
        _ => ("GET", ""),
    }
}

/// Returns whether a request of an action step changes Azure (and so needs an intent of its own).
pub(crate) fn changes(request: &Request) -> bool {
    request.get.is_none() && !request.secret
}

fn problem(error: impl std::fmt::Display) -> Refusal {
    Refusal::Query {
        problem: error.to_string(),
    }
}

/// Returns one declared request with everything known filled in.
///
/// # Errors
/// [`Refusal::Query`] when a substitution cannot be made.
pub fn compose_request(
    drill: &Drill,
    request: &Request,
    scope: &Value,
) -> Result<CanonicalRequest, Refusal> {
    let (method, path) = method_of(request);
    let path = template::path(path, scope).map_err(problem)?;
    let mut query: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &request.query {
        query.insert(name.clone(), template::text(value, scope).map_err(problem)?);
    }
    if let Some(filter) = &request.filter {
        query.insert(
            "$filter".to_owned(),
            template::text(filter, scope).map_err(problem)?,
        );
    }
    let api_version = match &request.api_version {
        Some(version) => version.clone(),
        None => versions::of_path(&decode_id(&path))
            .map(str::to_owned)
            .unwrap_or_default(),
    };
    let body = match &request.body {
        Some(body) => Some(template::body(body, scope).map_err(problem)?),
        None => None,
    };
    Ok(CanonicalRequest {
        name: request.name.clone(),
        method: method.to_owned(),
        cloud: drill.cloud.clone(),
        path,
        api_version,
        query,
        body,
    })
}

/// Returns whether a request applies to this element: `known` and `when`.
pub fn request_applies(
    drill: &Drill,
    request: &Request,
    scope: &Value,
    now: Timestamp,
) -> Result<bool, Refusal> {
    if let Some(known) = &request.known
        && !drill.names.has(known)
        && scope.pointer(&format!("/item/{known}")).is_none()
    {
        return Ok(false);
    }
    match &request.when {
        Some(when) => holds(when, scope, drill.measured_at(now)),
        None => Ok(true),
    }
}

/// Returns the scope that an action is composed in: without answers.
fn composing_scope(drill: &Drill, step: &Step, item: Option<&Value>, now: Timestamp) -> Value {
    let mut value = scope(drill, step, item, None, now);
    if let Value::Object(root) = &mut value {
        root.insert("responses".to_owned(), json!({}));
        root.insert("adopted".to_owned(), json!({}));
        if let Some(Value::Object(facts)) = root.get_mut("drill") {
            for moving in ["now", "correlation_ids", "deleted", "found", "unexpected"] {
                facts.remove(moving);
            }
        }
    }
    value
}

/// Composes the action of one element of a step.
///
/// # Errors
/// [`Refusal::Query`] when something in it cannot be filled in.
pub fn compose_action(
    drill: &Drill,
    step: &Step,
    element: &Element,
    salt: &str,
    now: Timestamp,
) -> Result<Action, Refusal> {
    if step.kind == StepKind::Cleanup {
        return deletion(drill, &element.key, element.value.as_ref(), salt);
    }
    let scope = composing_scope(drill, step, element.value.as_ref(), now);
    let mut requests = Vec::new();
    for request in &step.requests {
        if request_applies(drill, request, &scope, now)? {
            requests.push(compose_request(drill, request, &scope)?);
        }
    }
    made(salt, requests)
}

fn made(salt: &str, requests: Vec<CanonicalRequest>) -> Result<Action, Refusal> {
    Action::new(salt.to_owned(), requests).map_err(problem)
}

fn deletion(drill: &Drill, key: &str, item: Option<&Value>, salt: &str) -> Result<Action, Refusal> {
    let id = item
        .and_then(|item| item.get("id"))
        .and_then(Value::as_str)
        .unwrap_or(key);
    let request = CanonicalRequest {
        name: "delete".to_owned(),
        method: "DELETE".to_owned(),
        cloud: drill.cloud.clone(),
        path: encode_id(id),
        api_version: versions::of_path(id).map(str::to_owned).unwrap_or_default(),
        query: BTreeMap::new(),
        body: None,
    };
    made(salt, vec![request])
}

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
            key: reference::canonical_id(&group),
            label: group,
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
        .find(|one| reference::same_id(&one.label, own))
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

/// Returns what the operator would ask a sign-off for, before it is signed.
///
/// # Errors
/// [`Refusal`] when a check at this gate is stale, a warning is open, or the cost is above the ceiling.
pub fn draft_request(
    drill: &Drill,
    step: &Step,
    salt: &mut dyn FnMut() -> String,
    now: Timestamp,
) -> Result<Draft, Refusal> {
    if step.kind != StepKind::Approval {
        return Err(Refusal::WrongKind {
            step: step.id.clone(),
        });
    }
    let scope = scope(drill, step, None, None, now);
    let cost = match &step.cost {
        Some(text) => amount(&run(text, &scope)?),
        None => None,
    };
    let ceiling = step
        .cost
        .as_ref()
        .and_then(|_| drill.names.one("cost_ceiling").and_then(amount));
    let parsed = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    if let (Some(cost_value), Some(ceiling_value)) = (parsed(&cost), parsed(&ceiling))
        && cost_value > ceiling_value
    {
        return Err(Refusal::CostAboveCeiling {
            cost: cost.unwrap_or_default(),
            ceiling: ceiling.unwrap_or_default(),
        });
    }
    let covers = covers(drill, step, salt, now)?;
    Ok(Draft {
        statement: statement(drill, &covers, now)?,
        covers,
        cost: (cost, ceiling),
    })
}

/// Reads an amount of money: a number, a text that starts with one, or an object with `amount`.
fn amount(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => number.as_f64().map(|number| format!("{number:.2}")),
        Value::String(text) => {
            let number: String = text
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            number
                .parse::<f64>()
                .ok()
                .map(|number| format!("{number:.2}"))
        }
        Value::Object(map) => map.get("amount").and_then(amount),
        _ => None,
    }
}

/// Returns the facts of an approval step that a condition may bound, as they are now.
///
/// # Errors
/// [`Refusal::Query`] when a fact's query cannot be evaluated.
pub fn facts(
    drill: &Drill,
    step: &Step,
    now: Timestamp,
) -> Result<BTreeMap<String, Value>, Refusal> {
    let scope = scope(drill, step, None, None, now);
    let mut all = BTreeMap::new();
    for fact in &step.facts {
        all.insert(fact.name.clone(), run(&fact.query, &scope)?);
    }
    all.insert(
        "now".to_owned(),
        json!(now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    );
    Ok(all)
}

/// Returns the id that a debt is found by when it is a request of its own step.
pub(crate) fn owed_id(find: &Find, action: &Action) -> Option<String> {
    let Find::Id { id } = find else { return None };
    let name = id.strip_prefix("request:")?;
    let request = action.request(name)?;
    Some(decode_id(&request.path))
}

/// Returns an ARM id as it stands in a path: each segment percent-encoded.
pub fn encode_id(id: &str) -> String {
    template::path("{x}", &json!({"x": {"id": id}})).unwrap_or_else(|_| id.to_owned())
}

/// Returns an ARM id as people and lists spell it.
pub fn decode_id(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}
