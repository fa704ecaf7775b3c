//! What queries and substitutions of a runbook can see.

use crate::Timestamp;
use crate::command::Answers;
use crate::drill::{Artefact, Drill, IntentOutcome};
use chrono::SecondsFormat;
use drillbook_runbook::model::{ForEach, Step};
use drillbook_runbook::reference::canonical_id;
use serde_json::{Map, Value, json};

/// Returns the scope of one element of a step: `responses status adopted names item drill objectives
/// who subscription tenant cloud`, with every name also at the root.
pub fn scope(
    drill: &Drill,
    step: &Step,
    item: Option<&Value>,
    answers: Option<&Answers>,
    now: Timestamp,
) -> Value {
    let mut root = Map::new();
    if let Value::Object(names) = drill.names.to_value() {
        root.extend(names.clone());
        root.insert("names".to_owned(), Value::Object(names));
    }
    let key = item.map(crate::names::key_of);
    root.insert(
        "responses".to_owned(),
        responses(drill, step, key.as_deref(), answers),
    );
    root.insert(
        "status".to_owned(),
        answers.map_or(json!({}), |given| Value::Object(given.status.clone())),
    );
    root.insert("adopted".to_owned(), adopted(drill, step, key.as_deref()));
    root.insert("item".to_owned(), item.cloned().unwrap_or(Value::Null));
    root.insert("drill".to_owned(), facts_of(drill, now));
    root.insert("objectives".to_owned(), objectives(drill));
    root.insert(
        "who".to_owned(),
        drill.names.one("who").cloned().unwrap_or(Value::Null),
    );
    root.insert("subscription".to_owned(), json!(drill.subscription));
    root.insert("tenant".to_owned(), json!(drill.tenant));
    root.insert("cloud".to_owned(), json!(drill.cloud));
    Value::Object(root)
}

/// Answers given now, over those that this step's changing requests had.
fn responses(
    drill: &Drill,
    step: &Step,
    element: Option<&str>,
    answers: Option<&Answers>,
) -> Value {
    let mut all = Map::new();
    for intent in &drill.intents {
        if intent.step == step.id && matches_element(intent.element.as_deref(), element, step) {
            let body = match &intent.finished {
                Some((_, body, _)) if !body.is_null() => body,
                _ => &intent.response,
            };
            if !matches!(intent.outcome, IntentOutcome::Adopted) {
                all.insert(intent.request_name.clone(), body.clone());
            }
        }
    }
    if let Some(given) = answers {
        all.extend(given.responses.clone());
    }
    Value::Object(all)
}

fn adopted(drill: &Drill, step: &Step, element: Option<&str>) -> Value {
    let mut all = Map::new();
    for intent in &drill.intents {
        if intent.step == step.id
            && matches_element(intent.element.as_deref(), element, step)
            && intent.outcome == IntentOutcome::Adopted
        {
            all.insert(intent.request_name.clone(), intent.response.clone());
        }
    }
    Value::Object(all)
}

fn matches_element(recorded: Option<&str>, element: Option<&str>, step: &Step) -> bool {
    match step.for_each {
        None => recorded.is_none(),
        Some(ForEach::Name(_) | ForEach::Found { .. }) => recorded == element,
    }
}

fn facts_of(drill: &Drill, now: Timestamp) -> Value {
    let time = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    // What the charter says, not a deadline that moves: it stands in tags that were signed already.
    let charter = || {
        let text = drill.objective("cleanup")?;
        Some(drill.opened + drillbook_runbook::duration::parse(&text).ok()?)
    };
    let expires = charter().or(drill.deadline);
    json!({
        "id": drill.id,
        "owner": drill.operator,
        "opened": time(drill.opened),
        "now": time(now),
        "t0": drill.t0.map(time),
        "expires": expires.map(time),
        "purpose": if drill.purpose == drillbook_runbook::model::Purpose::Recovery { "recovery" } else { "drill" },
        "aborted": drill.aborted.is_some(),
        "correlation_ids": drill.traces.iter().map(|trace| &trace.correlation).collect::<Vec<_>>(),
        "deleted": drill.debts.iter().flat_map(|debt| &debt.artefacts)
            .filter(|artefact| artefact.cleared.is_some() && !refused(drill, artefact)).map(|artefact| artefact.id.clone()).collect::<Vec<_>>(),
        "found": drill.debts.iter().flat_map(|debt| debt.artefacts.iter().map(|artefact| json!({
            "id": artefact.id, "type": artefact.type_name, "expected": artefact.expected, "step": debt.step,
            "gone": artefact.cleared.is_some()}))).collect::<Vec<_>>(),
        "unexpected": drill.debts.iter().flat_map(|debt| &debt.artefacts)
            .filter(|artefact| !artefact.expected).map(|artefact| artefact.id.clone()).collect::<Vec<_>>(),
    })
}

/// Whether Azure refused to delete it the last time that we asked, as what was never made: Azure's log shows no
/// deletion of ours then.
fn refused(drill: &Drill, artefact: &Artefact) -> bool {
    let own = canonical_id(&artefact.id);
    let mut asked = drill.intents.iter().rev();
    let last = asked.find(|intent| intent.element.as_deref() == Some(own.as_str()));
    last.is_some_and(|intent| matches!(intent.outcome, IntentOutcome::Rejected { .. }))
}

fn objectives(drill: &Drill) -> Value {
    json!({
        "rto": drill.objective("rto"),
        "rpo": drill.objective("rpo"),
        "cleanup": drill.objective("cleanup"),
        "cost_ceiling": drill.names.one("cost_ceiling"),
    })
}
