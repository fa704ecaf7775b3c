//! The activity log with its delay, diagnostic settings and resource health.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value, json};

use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::odata;
use crate::state::{Event, group_of, key};
use crate::timetext::seven;

/// `GET …/Microsoft.Insights/eventtypes/management/values`, newest first.
pub(crate) fn log(desk: &mut Desk, call: &Call) -> Reply {
    let bad = |text: String| Answer::error(400, "BadRequest", text);
    let noise = crate::quirks::noise(desk)?;
    let filter = odata::parse(call.filter()).map_err(bad)?;
    let time = |operator: &str| -> Result<Option<DateTime<Utc>>, Answer> {
        filter
            .operand("eventTimestamp", operator)
            .map(|text| {
                moment(text).ok_or_else(|| bad(format!("'{text}' is not a valid date and time.")))
            })
            .transpose()
    };
    let from = time("ge")?.ok_or_else(|| bad("The eventTimestamp start is missing.".to_owned()))?;
    if (desk.now - from).num_days() > 90 {
        return Err(bad(
            "The start time cannot be more than 90 days in the past.".to_owned(),
        ));
    }
    let until = time("le")?.unwrap_or(desk.now);
    let group = filter
        .operand("resourceGroupName", "eq")
        .map(str::to_ascii_lowercase);
    let resource = filter.operand("resourceUri", "eq").map(key);
    let correlation = filter.operand("correlationId", "eq").map(str::to_owned);
    let caller = filter.operand("caller", "eq").map(str::to_owned);
    let wanted = |event: &&Event| {
        event.visible_at <= desk.now
            && event.at >= from
            && event.at <= until
            && group.as_ref().is_none_or(|name| {
                group_of(&event.resource).is_some_and(|id| id.ends_with(&format!("/{name}")))
            })
            && resource
                .as_ref()
                .is_none_or(|id| key(&event.resource) == *id)
            && correlation
                .as_ref()
                .is_none_or(|id| event.correlation == *id)
            && caller.as_ref().is_none_or(|id| event.caller == *id)
    };
    let known = desk.world.events.iter().chain(&noise);
    let mut events: Vec<&Event> = known.filter(wanted).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    let rows = events.into_iter().map(|event| row(desk, event));
    Ok(page(call, rows.collect()))
}

/// Reads a time; one without a zone is in UTC, as the Azure CLI sends it.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let plain = || text.parse::<NaiveDateTime>().map(|at| at.and_utc());
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .or_else(|_| plain())
        .ok()
}

fn row(desk: &Desk, event: &Event) -> Value {
    let sub = desk.scenario.subscription_id();
    let group = group_of(&event.resource).and_then(|id| id.rsplit('/').next().map(str::to_owned));
    let named = |value: &str| json!({"value": value, "localizedValue": value});
    let id = crate::names::guid(
        desk.world.seed,
        &["event", &event.correlation, event.status, &event.resource],
    );
    let provider = event.operation.split('/').next().unwrap_or_default();
    json!({
        "authorization": {"action": event.operation, "scope": event.resource},
        "caller": event.caller,
        "channels": "Operation",
        "claims": {"appid": desk.scenario.principal.client_id},
        "correlationId": event.correlation,
        "description": "",
        "eventDataId": id,
        "eventName": named(if event.status == "Accepted" { "BeginRequest" } else { "EndRequest" }),
        "category": named(category(&event.operation)),
        "httpRequest": {"clientRequestId": event.client_request.as_ref().unwrap_or(&id), "clientIpAddress": "203.0.113.7", "method": method(&event.operation)},
        "id": format!("{}/events/{id}/ticks/{}", event.resource, event.at.timestamp_micros() * 10),
        "level": "Informational",
        "resourceGroupName": group.unwrap_or_default(),
        "resourceProviderName": named(provider),
        "resourceId": event.resource,
        "resourceType": named(&crate::state::kind_of(&event.resource)),
        "operationId": event.correlation,
        "operationName": named(&event.operation),
        "properties": {},
        "status": named(event.status),
        "subStatus": named(if event.status == "Accepted" { "Accepted" } else { "OK" }),
        "eventTimestamp": seven(event.at),
        "submissionTimestamp": seven(event.visible_at),
        "subscriptionId": sub.rsplit('/').next(),
        "tenantId": desk.scenario.company.tenant,
    })
}

/// Alerts stand in the same log as changes, in a category of their own.
fn category(operation: &str) -> &'static str {
    if operation.starts_with("Microsoft.Insights/alertRules/") {
        "Alert"
    } else {
        "Administrative"
    }
}

fn method(operation: &str) -> &'static str {
    match operation.rsplit('/').next() {
        Some("delete") => "DELETE",
        Some("action") => "POST",
        _ => "PUT",
    }
}

/// `{scope}/providers/Microsoft.Insights/diagnosticSettings`.
pub(crate) fn diagnostics(desk: &Desk, call: &Call, at: usize) -> Reply {
    let scope = call.id(at);
    if desk.world.get(&scope).is_none() {
        return Err(Answer::not_found(&scope));
    }
    let prefix = format!(
        "{}/providers/microsoft.insights/diagnosticsettings/",
        key(&scope)
    );
    let rows = desk
        .world
        .resources
        .iter()
        .filter(|(id, _)| id.starts_with(&prefix));
    Ok(page(
        call,
        rows.map(|(_, resource)| desk.world.shown(resource, desk.now))
            .collect(),
    ))
}

/// `{scope}/providers/Microsoft.Security/assessments`: of everything below, unless nothing is assessed at all.
pub(crate) fn assessments(desk: &mut Desk, call: &Call, at: usize) -> Reply {
    if desk.has(Fault::NotAssessed) {
        desk.fire(Fault::NotAssessed, "assessments")?;
        return Ok(page(call, Vec::new()));
    }
    let scope = format!("{}/", key(&call.id(at)));
    let rows = desk.world.of_kind("Microsoft.Security/assessments");
    let rows = rows.filter(|row| key(&row.id).starts_with(&scope));
    let shown = rows.map(|row| desk.world.shown(row, desk.now)).collect();
    Ok(page(call, shown))
}

/// Resource health of one resource, and the service issues of the subscription.
pub(crate) fn health(desk: &Desk, call: &Call, at: usize, rest: &[&str]) -> Reply {
    if rest.first() == Some(&"events") {
        return Ok(page(call, Vec::new()));
    }
    let scope = call.id(at);
    let Some(found) = desk.world.get(&scope) else {
        return Err(Answer::not_found(&scope));
    };
    let young = (desk.now - found.created_at).num_minutes() < 5;
    let state = if young { "Unknown" } else { "Available" };
    Ok(Answer::ok(json!({
        "id": format!("{}/providers/Microsoft.ResourceHealth/availabilityStatuses/current", found.id),
        "name": "current",
        "type": "Microsoft.ResourceHealth/AvailabilityStatuses",
        "location": found.requested["location"],
        "properties": {
            "availabilityState": state,
            "title": state,
            "summary": if young {
                "We are unable to determine the health of this resource."
            } else {
                "There aren't any known Azure platform problems affecting this resource."
            },
            "reasonType": "",
            "category": "Not Applicable",
            "context": "Not Applicable",
            "reasonChronicity": "Persistent",
            // The spelling is the service's.
            "occuredTime": seven(found.created_at),
            "reportedTime": seven(desk.now),
        },
    })))
}
