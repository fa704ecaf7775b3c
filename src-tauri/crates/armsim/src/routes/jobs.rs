//! Jobs of a vault's own region, and how much is protected.

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use super::backup::{filter_of, name_of};
use super::crr::own;
use super::points::{self, Stamp};
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::names;
use crate::timetext::{iso, read_filter_date, seven};

/// The backups of the last points, as jobs.
fn backups(desk: &Desk, vault: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for item in points::items(desk, &name_of(vault), Stamp::Active) {
        for known in points::points(desk, &item, Stamp::Active).iter().take(3) {
            let name = names::guid(desk.world.seed, &["backup-job", &known.name]);
            let span = TimeDelta::seconds(2_400);
            rows.push(json!({
                "id": format!("{vault}/backupJobs/{name}"),
                "name": name,
                "type": "Microsoft.RecoveryServices/vaults/backupJobs",
                "properties": {
                    "jobType": "AzureIaaSVMJob",
                    "duration": iso(span),
                    "virtualMachineVersion": "Compute",
                    "isUserTriggered": false,
                    "entityFriendlyName": item.vm,
                    "backupManagementType": "AzureIaasVM",
                    "operation": "Backup",
                    "status": "Completed",
                    "startTime": seven(known.time),
                    "endTime": seven(known.time + span),
                    "activityId": name,
                },
            }));
        }
    }
    rows
}

/// `GET …/backupJobs`.
pub(crate) fn list(desk: &Desk, call: &Call, vault: &str) -> Reply {
    let filter = filter_of(call)?;
    let mut rows: Vec<Value> = own::jobs(desk, vault)
        .map(|one| own::document(desk, one, false))
        .collect();
    rows.extend(backups(desk, vault));
    let matches = |row: &Value, name: &str| {
        let wanted = filter.operand(name, "eq");
        wanted.is_none_or(|wanted| row["properties"][name].as_str() == Some(wanted))
    };
    let bound = |name: &str| {
        filter
            .operand(name, "eq")
            .and_then(read_filter_date)
            .map(seven)
    };
    let (from, until) = (bound("startTime"), bound("endTime"));
    rows.retain(|row| {
        let at = row["properties"]["startTime"].as_str();
        ["operation", "status", "backupManagementType"]
            .iter()
            .all(|name| matches(row, name))
            && from.as_deref().is_none_or(|from| at >= Some(from))
            && until.as_deref().is_none_or(|until| at <= Some(until))
    });
    Ok(page(call, rows))
}

/// `GET …/backupJobs/{name}`, with its tasks.
pub(crate) fn one(desk: &Desk, call: &Call, vault: &str, name: &str) -> Reply {
    if call.method != Method::GET {
        return Err(super::no_route(call));
    }
    if let Some(restore) = own::jobs(desk, vault).find(|one| one.job == name) {
        return Ok(Answer::ok(own::document(desk, restore, true)));
    }
    let found = backups(desk, vault)
        .into_iter()
        .find(|row| row["name"].as_str() == Some(name));
    let Some(mut row) = found else {
        return Err(Answer::error(
            404,
            "BMSUserErrorJobNotFound",
            "The job was not found.",
        ));
    };
    let task = |name: &str| json!({"taskId": name, "duration": "PT0S", "status": "Completed"});
    row["properties"]["extendedInfo"] = json!({
        "tasksList": [task("Take Snapshot"), task("Transfer data to vault")],
        "propertyBag": {"VM Name": row["properties"]["entityFriendlyName"]},
    });
    Ok(Answer::ok(row))
}

/// `GET …/backupUsageSummaries`: how many items a stamp knows.
pub(crate) fn usage(desk: &Desk, call: &Call, vault: &str) -> Reply {
    let stamp = if call.is_passive() {
        Stamp::Passive
    } else {
        Stamp::Active
    };
    let count = points::items(desk, &name_of(vault), stamp).len();
    Ok(page(
        call,
        vec![json!({
            "unit": "Count", "currentValue": count, "limit": -1, "quotaPeriod": "",
            "nextResetTime": "0001-01-01T00:00:00Z",
            "name": {"value": "AzureIaasVM", "localizedValue": "Azure Virtual Machine"},
        })],
    ))
}
