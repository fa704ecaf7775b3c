//! Requests to Azure as people read them: method, path, body, and the `az` line beside them.

use super::words::{self, number};
use super::{Sight, journal};
use crate::ipc::views::{CommandView, SendView};
use drillbook_core::{
    Attachment, CoverState, Drill, Element, Event, FOUND_SUFFIX, Intent, IntentOutcome,
    RequestState, compose_action, decode_id, elements, scope,
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
        let mut sends = of_action(sight, drill, step, Some(&element), &action);
        if !is_signed(drill, step) {
            sends
                .iter_mut()
                .for_each(|one| one.az = pattern_of(step, &one.name));
        }
        all.extend(sends);
    }
    all
}

/// Returns whether the sign-off of what a step changes was given; a step that only reads needs none.
fn is_signed(drill: &Drill, step: &Step) -> bool {
    step.signed_by.as_ref().is_none_or(|gate| {
        let mut requests = drill.requests.iter();
        requests.any(|one| one.step == *gate && one.state == RequestState::Approved)
    })
}

/// Returns the line of a request with none of its values: whole it is shown behind its gate only.
fn pattern_of(step: &Step, request: &str) -> Option<String> {
    let mut requests = step.requests.iter();
    let line = requests.find(|one| one.name == request)?.az.as_deref()?;
    Some(typed(line, &Value::Null))
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
    Some(typed(line, &scope(drill, step, item, None, sight.now)))
}

/// Returns the `az` lines of a step: as they were used, else as they would be.
pub fn commands(sight: &Sight, drill: &Drill, step: &Step) -> Vec<CommandView> {
    let used = used(sight, drill, step);
    let mut all: Vec<CommandView> = Vec::new();
    for element in elements(drill, step) {
        let key = element.value.as_ref().map(|_| element.key.as_str());
        for request in &step.requests {
            let here = |one: &&Used| one.request == request.name && one.element.as_deref() == key;
            let told: Vec<String> = used
                .iter()
                .filter(here)
                .map(|one| one.line.clone())
                .collect();
            let lines = if !told.is_empty() {
                told
            } else if is_signed(drill, step) {
                planned(sight, drill, step, &element, request)
            } else {
                pattern_of(step, &request.name).into_iter().collect()
            };
            let many = lines.len() > 1;
            for (place, line) in lines.into_iter().enumerate() {
                if all.iter().any(|known| known.line == line) {
                    continue;
                }
                let mut title = words::said(&request.name);
                if many {
                    title = format!("{title} {}", place + 1);
                }
                if !element.label.is_empty() {
                    title = format!("{title}, {}", element.label);
                }
                all.push(CommandView { title, line });
            }
        }
    }
    all
}

/// A line that an exchange of this drill was recorded with.
struct Used {
    request: String,
    element: Option<String>,
    line: String,
}

fn used(sight: &Sight, drill: &Drill, step: &Step) -> Vec<Used> {
    let asked = |one: &Attachment| one.step == step.id && one.kind == "exchange";
    if !drill.evidence.iter().any(asked) {
        return Vec::new();
    }
    let told = journal::events(sight, &drill.id, "exchange.recorded", &step.id);
    told.into_iter()
        .filter_map(|recorded| match recorded.event {
            Event::ExchangeRecorded {
                step: at,
                request,
                element,
                az: Some(line),
                ..
            } if at == step.id => Some(Used {
                request,
                element,
                line,
            }),
            _ => None,
        })
        .collect()
}

/// Returns what would be typed: a line for each thing the request is repeated for, as far as they are known.
fn planned(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    element: &Element,
    request: &Request,
) -> Vec<String> {
    let Some(line) = request.az.as_deref() else {
        return Vec::new();
    };
    let mut seen = scope(drill, step, element.value.as_ref(), None, sight.now);
    let rows = request
        .for_each
        .as_deref()
        .and_then(|list| drillbook_core::evaluate(list, &seen).ok());
    match rows.as_ref().and_then(Value::as_array) {
        Some(rows) if !rows.is_empty() => {
            seen["parent"] = seen["item"].take();
            rows.iter()
                .map(|row| {
                    seen["item"] = row.clone();
                    typed(line, &seen)
                })
                .collect()
        }
        _ => vec![typed(line, &seen)],
    }
}

/// Fills a line; what is not known yet stands in capitals, as manuals write it: `--ids MANAGED_DISK_ID`.
fn typed(line: &str, scope: &Value) -> String {
    template::az(line, scope).unwrap_or_else(|_| {
        let mut said = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((hole, behind)) = after.split_once('}') else {
                break;
            };
            let known = template::text(&format!("{{{hole}}}"), scope);
            said.push_str(before);
            said.push_str(&known.unwrap_or_else(|_| capitals(hole)));
            rest = behind;
        }
        said.push_str(rest);
        said
    })
}

/// Returns `MANAGED_DISK_ID` for `item.managedDisk.id`.
fn capitals(hole: &str) -> String {
    let path = match hole.split('\'').nth(1) {
        Some(quoted) => quoted.trim_end_matches('s'),
        None => hole.strip_prefix("item").unwrap_or(hole),
    };
    let words: Vec<String> = path
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty() && *part != "properties")
        .map(|part| words::heading(part).replace(' ', "_").to_ascii_uppercase())
        .collect();
    if words.is_empty() {
        "ID".to_owned()
    } else {
        words.join("_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(line: &str, wanted: &str) {
        let scope = json!({"names": {"vault": {"name": "rsv-1"}}, "item": {"name": null}});
        assert_eq!(typed(line, &scope), wanted);
    }

    #[test]
    fn a_line_is_filled_as_far_as_things_are_known() {
        check(
            "az backup vault show --name {vault.name}",
            "az backup vault show --name rsv-1",
        );
        check(
            "az disk show --ids {item.managedDisk.id}",
            "az disk show --ids MANAGED_DISK_ID",
        );
        check(
            "az lock list --resource-group {item.name} --vault {vault.name}",
            "az lock list --resource-group NAME --vault rsv-1",
        );
        check(
            "az x --group \"{segment(item.id, 'resourceGroups')}\"",
            "az x --group \"RESOURCE_GROUP\"",
        );
        check("az rest --url {item}/x", "az rest --url ID/x");
    }
}
