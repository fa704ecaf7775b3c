//! The faults that bend what a service answers, without refusing it: filters, pages, tags, lists that lag, noise.

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use crate::answer::{Answer, Body, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::names;
use crate::routes::label;
use crate::state::{Event, Resource};
use crate::timetext::seven;

/// How long a list lags behind a write, in seconds.
const LAG: i64 = 90;

/// How far Azure's clock is ahead, in minutes.
pub(crate) const SKEW: i64 = 11;

/// How many times as long everything takes in a slow region.
const SLOWNESS: i64 = 5;

/// The lists whose filter is not heeded by `bad-filter`.
const UNHEEDED: [&str; 4] = [
    "resources",
    "resourcegroups",
    "backupprotecteditems",
    "backupjobs",
];

/// Returns the request as the service understands it.
pub(crate) fn bent(desk: &mut Desk, call: &Call) -> Result<Call, Answer> {
    let mut bent = call.clone();
    bent.pages = desk.has(Fault::Pages);
    let list = call
        .folded
        .last()
        .is_some_and(|name| UNHEEDED.contains(&name.as_str()));
    if list && call.method == Method::GET && !call.filter().is_empty() && desk.has(Fault::BadFilter)
    {
        desk.fire(Fault::BadFilter, &label(call))?;
        bent.query.remove("$filter");
    }
    Ok(bent)
}

/// Notes what an answer shows of a fault.
pub(crate) fn noted(desk: &mut Desk, call: &Call, answer: &Answer) -> Result<(), Answer> {
    if let Body::Json(body) = &answer.body
        && body["value"].is_array()
        && call.pages
    {
        desk.fire(Fault::Pages, &label(call))?;
    }
    desk.fire(Fault::ClockSkew, "date")?;
    Ok(())
}

/// Tells whether a list does not know a resource yet: the client wrote it a moment ago.
pub(crate) fn lags(desk: &Desk, resource: &Resource) -> bool {
    desk.has(Fault::StaleList)
        && desk
            .ledger
            .started_at
            .is_some_and(|start| resource.created_at >= start)
        && desk.now < resource.created_at + TimeDelta::seconds(LAG)
}

/// Leaves out of a list what it does not know yet.
pub(crate) fn leave_out(desk: &mut Desk, rows: &mut Vec<Resource>) -> Result<(), Answer> {
    let late = rows
        .iter()
        .find(|row| lags(desk, row))
        .map(|row| row.id.clone());
    if let Some(late) = late {
        desk.fire(Fault::StaleList, &late)?;
        rows.retain(|row| !lags(desk, row));
    }
    Ok(())
}

/// Loses the tags of the first resource that is written with some.
pub(crate) fn lose_tags(desk: &mut Desk, doc: &mut Value) -> Result<(), Answer> {
    let has_tags = doc["tags"].as_object().is_some_and(|tags| !tags.is_empty());
    if has_tags && desk.fire(Fault::MissingTags, "write")? {
        doc["tags"] = json!({});
    }
    Ok(())
}

/// Returns how long something takes in a region.
pub(crate) fn slowed(desk: &mut Desk, region: &str, seconds: i64) -> Result<i64, Answer> {
    let slow = desk.has(Fault::SlowRegion) && region == desk.scenario.company.secondary;
    if !slow || seconds == 0 {
        return Ok(seconds);
    }
    desk.fire(Fault::SlowRegion, "wait")?;
    Ok(seconds * SLOWNESS)
}

/// `…/Microsoft.AlertsManagement/alerts`: of nobody's drill.
pub(crate) fn alerts(desk: &mut Desk, call: &Call) -> Reply {
    if !desk.has(Fault::AlertNoise) {
        return Ok(page(call, Vec::new()));
    }
    desk.fire(Fault::AlertNoise, "alerts")?;
    let sub = desk.scenario.subscription_id();
    let rows = (0..7).map(|n: i64| {
        let name = names::guid(desk.world.seed, &["alert", &n.to_string()]);
        json!({
            "id": format!("{sub}/providers/Microsoft.AlertsManagement/alerts/{name}"),
            "name": name,
            "type": "Microsoft.AlertsManagement/alerts",
            "properties": {"essentials": {
                "severity": "Sev3", "signalType": "Metric", "alertState": "New", "monitorCondition": "Fired",
                "monitorService": "Platform", "alertRule": "cpu-over-80",
                "startDateTime": seven(desk.now - TimeDelta::minutes(n)),
            }},
        })
    });
    Ok(page(call, rows.collect()))
}

/// Rows of the activity log that others write all the time.
pub(crate) fn noise(desk: &mut Desk) -> Result<Vec<Event>, Answer> {
    if !desk.has(Fault::AlertNoise) {
        return Ok(Vec::new());
    }
    desk.fire(Fault::AlertNoise, "log")?;
    let resource = format!(
        "{}/resourceGroups/rg-claims-dr-westus/providers/Microsoft.Storage/storageAccounts/stclaimswus01",
        desk.scenario.subscription_id()
    );
    let rows = (0..23).map(|n: i64| {
        let at = desk.now - TimeDelta::seconds(200 + n * 47);
        Event {
            at,
            visible_at: at + TimeDelta::seconds(70),
            caller: "monitoring@evergreen.example".to_owned(),
            operation: "Microsoft.Insights/alertRules/activated/action".to_owned(),
            status: "Succeeded",
            resource: resource.clone(),
            correlation: names::guid(desk.world.seed, &["alert-noise", &n.to_string()]),
            client_request: None,
        }
    });
    Ok(rows.collect())
}
