//! From a declared step to the exact requests that an approval covers.
//!
//! An action is composed from names alone, never from answers born inside it: those are declared as
//! `$from` and `$secret` and bound at dispatch (trust.md §3), so its digest is the same at the gate
//! and at dispatch unless something that Azure would act on moved.

mod covered;
pub(crate) mod statement;

pub(crate) use covered::covered_elements;
pub use covered::{approved_element, covers};
pub use statement::{Statement, kind_of, recompute, statement};

use crate::drill::Drill;
use crate::elements::Element;
use crate::judge::{holds, run};
use crate::{Refusal, Timestamp, scope};
use drillbook_runbook::model::{Find, Request, Step, StepKind};
use drillbook_runbook::{template, versions};
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

/// Returns whether a request whose outcome is unknown may be sent again after its read-back (trust.md §4): a PUT, unless
/// it says how its outcome is cleared up, a DELETE, and a PATCH that declares a read-back. `None` is a deletion that
/// the cleanup makes itself.
pub fn is_repeatable(method: &str, request: Option<&Request>) -> bool {
    match method {
        "PUT" => request.is_none_or(|request| request.reconcile.is_none()),
        "DELETE" => true,
        "PATCH" => request.is_some_and(|request| request.read_back.is_some()),
        _ => false,
    }
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
        statement: statement(drill, step, &covers, now)?,
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
