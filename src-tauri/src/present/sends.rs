//! Requests to Azure as people read them: method, path, body, and the `az` line beside them.

use super::Sight;
use super::words::{self, number};
use crate::ipc::views::{CommandView, SendView};
use drillbook_core::{
    CoverState, Drill, Element, FOUND_SUFFIX, Intent, IntentOutcome, RequestState, compose_action,
    decode_id, elements, scope,
};
use drillbook_runbook::{Request, Step, template};
use drillbook_trust::action::{Action, CanonicalRequest};
use serde_json::Value;

/// A salt for what is only looked at.
const NO_SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Returns what an action or cleanup sends, as it was approved, or as it would be sent now.
pub fn view(sight: &Sight, drill: &Drill, step: &Step) -> Vec<SendView> {
    let mut all = Vec::new();
    for element in elements(drill, step) {
        let key = element.value.as_ref().map(|_| element.key.as_str());
        let approved = approved(drill, step, key).and_then(|cover| cover.action.clone());
        let composed =
            approved.or_else(|| compose_action(drill, step, &element, NO_SALT, sight.now).ok());
        let Some(action) = composed else { continue };
        all.extend(of_action(sight, drill, step, Some(&element), &action));
    }
    all
}

/// Returns the approved action of an element.
fn approved<'a>(drill: &'a Drill, step: &Step, element: Option<&str>) -> Option<&'a CoverState> {
    let requests = drill
        .requests
        .iter()
        .rev()
        .filter(|one| one.state == RequestState::Approved);
    requests.flat_map(|one| &one.covers).find(|cover| {
        cover.step == step.id && cover.element.as_deref() == element && cover.action.is_some()
    })
}

/// Returns the requests of an action, in order.
pub fn of_action(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    element: Option<&Element>,
    action: &Action,
) -> Vec<SendView> {
    let key = element.and_then(|one| one.value.as_ref().map(|_| one.key.as_str()));
    action
        .requests()
        .iter()
        .map(|request| {
            let declared = step.requests.iter().find(|one| one.name == request.name);
            let intent = drill.intent(&step.id, key, &request.name, None);
            SendView {
                name: request.name.clone(),
                element: element
                    .map(|one| one.label.clone())
                    .filter(|label| !label.is_empty()),
                changes: request.method != "GET" && !declared.is_some_and(|one| one.secret),
                method: request.method.clone(),
                path: decode_id(&request.path).replace(FOUND_SUFFIX, "/{each thing found there}"),
                query: query(request),
                body: request.body.as_ref().map(pretty),
                az: declared.and_then(|one| az(sight, drill, step, element, one)),
                secret: declared.is_some_and(|one| one.secret),
                state: state(intent),
                entry: intent.map(|intent| number(intent.seq)),
            }
        })
        .collect()
}

/// Returns what was sent under an intent.
pub fn of_intent(sight: &Sight, drill: &Drill, step: &Step, intent: &Intent) -> SendView {
    let covered = drill.sign_off_by_digest(&intent.request).and_then(|one| {
        one.covers
            .iter()
            .find(|cover| cover.digest == intent.action)
    });
    let element = element_of(drill, step, intent.element.as_deref());
    let sent = covered
        .and_then(|cover| cover.action.as_ref())
        .and_then(|action| {
            let all = of_action(sight, drill, step, element.as_ref(), action);
            all.into_iter().find(|one| one.name == intent.request_name)
        });
    sent.unwrap_or_else(|| SendView {
        name: intent.request_name.clone(),
        element: element.map(|one| one.label),
        changes: true,
        method: intent.method.clone(),
        path: String::new(),
        query: String::new(),
        body: None,
        az: None,
        secret: false,
        state: state(Some(intent)),
        entry: Some(number(intent.seq)),
    })
}

/// Returns an element by its key.
pub fn element_of(drill: &Drill, step: &Step, key: Option<&str>) -> Option<Element> {
    let key = key?;
    elements(drill, step).into_iter().find(|one| one.key == key)
}

/// Returns what a person calls an element.
pub fn element_label(drill: &Drill, step: &Step, key: Option<&str>) -> Option<String> {
    element_of(drill, step, key).map(|one| one.label)
}

fn query(request: &CanonicalRequest) -> String {
    let version = [("api-version".to_owned(), request.api_version.clone())];
    let pairs = version
        .into_iter()
        .filter(|(_, version)| !version.is_empty());
    let pairs = pairs.chain(
        request
            .query
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

/// Returns JSON as people read it; values born inside the action are named.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn state(intent: Option<&Intent>) -> String {
    let Some(intent) = intent else {
        return "not sent".to_owned();
    };
    match &intent.outcome {
        IntentOutcome::Open => "sent, no answer written down".to_owned(),
        IntentOutcome::Accepted => "accepted".to_owned(),
        IntentOutcome::Rejected { code, again: true } => {
            format!("turned away ({code}), may be sent again")
        }
        IntentOutcome::Rejected { code, again: false } => format!("refused by Azure ({code})"),
        IntentOutcome::Unanswered => "outcome unknown".to_owned(),
        IntentOutcome::Adopted => "found at Azure and adopted".to_owned(),
        IntentOutcome::GivenUp => "treated as not sent".to_owned(),
    }
}

/// Returns the `az` line of a declared request, filled in as far as things are known.
pub fn az(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    element: Option<&Element>,
    request: &Request,
) -> Option<String> {
    let line = request.az.as_deref()?;
    let item = element.and_then(|one| one.value.as_ref());
    let scope = scope(drill, step, item, None, sight.now);
    Some(template::az(line, &scope).unwrap_or_else(|_| line.to_owned()))
}

/// Returns the `az` lines of a step: as they were used, else as they would be.
pub fn commands(sight: &Sight, drill: &Drill, step: &Step) -> Vec<CommandView> {
    let mut all: Vec<CommandView> = Vec::new();
    for element in elements(drill, step) {
        for request in &step.requests {
            let Some(line) = az(sight, drill, step, Some(&element), request) else {
                continue;
            };
            if all.iter().all(|known| known.line != line) {
                let of = if element.label.is_empty() {
                    String::new()
                } else {
                    format!(", {}", element.label)
                };
                all.push(CommandView {
                    title: format!("{}{of}", words::said(&request.name)),
                    line,
                });
            }
        }
    }
    all
}
