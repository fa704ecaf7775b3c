//! Data Protection: a backup instance restored in its own region or in the paired one, in two steps, and its jobs.

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use super::authorization::require;
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::ledger::Change;
use crate::names;
use crate::state::key;
use crate::state::restore::{Ending, Restore, Source, Way};
use crate::timetext::seven;

const INSTANCE: &str = "Microsoft.DataProtection/backupVaults/backupInstances";

/// Routes `…/Microsoft.DataProtection/…`; `at` is where `providers` stands.
pub(crate) fn route(desk: &mut Desk, call: &Call, at: usize, rest: &[&str]) -> Reply {
    match (call.method.clone(), rest) {
        (Method::GET, ["locations", _, "operationstatus", op]) => status(desk, op),
        (Method::GET, ["locations", _, "operationresults", op]) => result(desk, op),
        (Method::POST, ["locations", region, action]) => away(desk, call, at, region, action),
        (Method::POST, ["backupvaults", _, "backupinstances", _, "restore"]) => {
            let instance = instance(desk, &call.id(at + 6))?;
            require(desk, &format!("{INSTANCE}/restore/action"), &instance)?;
            let region = desk.scenario.company.primary.clone();
            start(desk, call, &instance, &call.body, &region)
        }
        (Method::GET, ["backupvaults", _, "backupjobs"]) => {
            let vault = call.id(at + 4);
            let rows = jobs(desk, &vault, Place::Own);
            Ok(page(call, rows))
        }
        (Method::GET, ["backupvaults", _, "backupjobs", name]) => {
            let rows = jobs(desk, &call.id(at + 4), Place::Own);
            named(rows, name)
        }
        _ => super::generic::route(desk, call, at),
    }
}

/// What is asked of the paired region.
fn away(desk: &mut Desk, call: &Call, at: usize, region: &str, action: &str) -> Reply {
    if region != desk.scenario.company.secondary {
        let message =
            format!("The region '{region}' is not the secondary region of any vault here.");
        return Err(Answer::error(400, "SimNotTheSecondaryRegion", message));
    }
    let text = |name: &str| call.body[name].as_str().unwrap_or_default().to_owned();
    let right = |desk: &Desk, name: &str| {
        let action = format!("Microsoft.DataProtection/locations/{name}/action");
        require(desk, &action, &call.id(at))
    };
    match action {
        "crossregionrestore" => {
            right(desk, "crossRegionRestore")?;
            let details = &call.body["crossRegionRestoreDetails"];
            let asked = details["sourceBackupInstanceId"]
                .as_str()
                .unwrap_or_default();
            let instance = instance(desk, asked)?;
            start(
                desk,
                call,
                &instance,
                &call.body["restoreRequestObject"],
                region,
            )
        }
        "fetchcrossregionrestorejobs" => {
            right(desk, "fetchCrossRegionRestoreJobs")?;
            Ok(page(
                call,
                jobs(desk, &text("sourceBackupVaultId"), Place::Paired),
            ))
        }
        "fetchcrossregionrestorejob" => {
            right(desk, "fetchCrossRegionRestoreJob")?;
            let rows = jobs(desk, &text("sourceBackupVaultId"), Place::Paired);
            named(rows, &text("jobId"))
        }
        _ => Err(super::no_route(call)),
    }
}

fn instance(desk: &Desk, asked: &str) -> Result<String, Answer> {
    let found = desk.world.get(asked);
    found
        .filter(|found| found.kind.eq_ignore_ascii_case(INSTANCE))
        .map(|found| found.id.clone())
        .ok_or_else(|| Answer::not_found(asked))
}

/// Accepts a restore. There is no idempotency: sent twice, it restores twice.
fn start(desk: &mut Desk, call: &Call, instance: &str, asked: &Value, region: &str) -> Reply {
    if asked["recoveryPointId"].as_str().is_none_or(str::is_empty) {
        return Err(Answer::error(
            400,
            "DppPluginInvalidInputParameters",
            "The recoveryPointId is missing.",
        ));
    }
    let first = !desk
        .world
        .restores
        .iter()
        .any(|one| one.way == Way::Instance);
    let ending = if first && desk.fire(Fault::JobFails, "instance")? {
        Ending::Failed
    } else {
        Ending::Completed
    };
    let restore = planned(desk, instance, asked, region, ending);
    let url = |kind: &str| {
        format!(
            "{}{}/providers/Microsoft.DataProtection/locations/{region}/{kind}/{}?api-version={}",
            call.base,
            desk.scenario.subscription_id(),
            restore.operation,
            call.version()
        )
    };
    let (status, result) = (url("operationStatus"), url("operationResults"));
    desk.commit(Change::Restored {
        restore: Box::new(restore.clone()),
    })?;
    Ok(Answer::empty(202)
        .with("Azure-AsyncOperation", status)
        .with("Location", result)
        .with("Retry-After", "60"))
}

fn planned(desk: &Desk, instance: &str, asked: &Value, region: &str, ending: Ending) -> Restore {
    let (job, operation) = (desk.id("job"), desk.id("restore-operation"));
    let document = desk.world.get(instance).map(|found| &found.requested);
    let friendly = document.and_then(|doc| doc["properties"]["friendlyName"].as_str());
    let vault = instance.rsplitn(3, '/').nth(2).unwrap_or_default();
    let seconds = 900 + names::number(desk.world.seed, &["duration", &job], 121).cast_signed();
    Restore {
        operation,
        job,
        item: friendly.unwrap_or_default().to_owned(),
        vault_id: vault.to_owned(),
        point: asked["recoveryPointId"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        point_time: desk.now,
        region: region.to_owned(),
        target_group: String::new(),
        staging: String::new(),
        started: desk.now,
        accepted_at: desk.after(40),
        container_at: desk.after(seconds),
        disks_at: desk.after(seconds),
        ends_at: desk.after(seconds),
        ending,
        gigabytes: 0,
        container: String::new(),
        blobs: Vec::new(),
        disks: Vec::new(),
        way: Way::Instance,
        source: Source::default(),
        beside: Vec::new(),
        target: instance.to_owned(),
        container_landed: true,
        disks_landed: true,
    }
}

fn of_operation(desk: &Desk, op: &str) -> Result<Restore, Answer> {
    let mut known = desk.world.restores.iter();
    let found =
        known.find(|one| one.way == Way::Instance && one.operation.eq_ignore_ascii_case(op));
    found.cloned().ok_or_else(|| {
        Answer::error(
            404,
            "UserErrorGenericResourceNotFound",
            "The operation was not found.",
        )
    })
}

fn status(desk: &Desk, op: &str) -> Reply {
    let restore = of_operation(desk, op)?;
    let done = desk.now >= restore.accepted_at;
    let answer = Answer::ok(json!({
        "id": format!(
            "{}/providers/Microsoft.DataProtection/locations/{}/operationStatus/{}",
            desk.scenario.subscription_id(), restore.region, restore.operation
        ),
        "name": restore.operation,
        // The service spells it so.
        "status": if done { "Succeeded" } else { "Inprogress" },
        "startTime": seven(restore.started),
        "endTime": if done { json!(seven(restore.accepted_at)) } else { json!("0001-01-01T00:00:00Z") },
    }));
    Ok(if done {
        answer
    } else {
        answer.with("Retry-After", "20")
    })
}

/// The second step: which job it is. In its own region the service answers with an id, in the paired one with a name.
fn result(desk: &Desk, op: &str) -> Reply {
    let restore = of_operation(desk, op)?;
    if desk.now < restore.accepted_at {
        return Ok(Answer::empty(202));
    }
    let job = match place(desk, &restore) {
        Place::Own => format!("{}/backupJobs/{}", restore.vault_id, restore.job),
        Place::Paired => restore.job,
    };
    Ok(Answer::ok(
        json!({"objectType": "OperationJobExtendedInfo", "jobId": job}),
    ))
}

/// Where an instance is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Own,
    Paired,
}

fn place(desk: &Desk, restore: &Restore) -> Place {
    if restore.region == desk.scenario.company.secondary {
        Place::Paired
    } else {
        Place::Own
    }
}

fn jobs(desk: &Desk, vault: &str, wanted: Place) -> Vec<Value> {
    let known = desk.world.restores.iter().rev();
    known
        .filter(|one| one.way == Way::Instance && key(&one.vault_id) == key(vault))
        .filter(|one| place(desk, one) == wanted && one.created_at() <= desk.now)
        .map(|one| document(desk, one, wanted))
        .collect()
}

fn named(rows: Vec<Value>, name: &str) -> Reply {
    let mut rows = rows.into_iter();
    rows.find(|row| {
        row["name"]
            .as_str()
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
    })
    .map(Answer::ok)
    .ok_or_else(|| {
        Answer::error(
            404,
            "UserErrorGenericResourceNotFound",
            "The job was not found.",
        )
    })
}

fn document(desk: &Desk, restore: &Restore, place: Place) -> Value {
    let status = restore.status(desk.now);
    let until = restore.ends_at.min(desk.now);
    let task = |id: u32, name: &str, state: &str| json!({"taskId": id, "taskName": name, "taskStatus": state});
    let mut properties = json!({
        "activityID": restore.operation,
        "subscriptionId": desk.scenario.company.subscription,
        "backupInstanceId": restore.target,
        "backupInstanceFriendlyName": restore.item,
        "dataSourceName": restore.item,
        "dataSourceLocation": desk.scenario.company.primary,
        "vaultName": restore.vault_id.rsplit('/').next(),
        "operation": "Restore",
        "operationCategory": match place { Place::Own => "Restore", Place::Paired => "CrossRegionRestore" },
        "status": status,
        "startTime": seven(restore.created_at()),
        "duration": crate::timetext::iso((until - restore.created_at()).max(TimeDelta::zero())),
        "isUserTriggered": true,
        "progressEnabled": false,
        "supportedActions": [""],
        "extendedInfo": {
            "subTasks": [
                task(1, "Trigger Restore", "Completed"),
                task(2, "Restoring from the vault", status),
            ],
            "additionalDetails": {"RecoveryPointId": restore.point},
        },
    });
    if status != "InProgress" {
        properties["endTime"] = json!(seven(restore.ends_at));
    }
    if status == "Failed" {
        properties["errorDetails"] = json!([{
            "code": "UserErrorRestoreFailed", "message": "The restore failed.",
            "recommendedAction": ["Retry the operation."], "isRetryable": true, "isUserError": false,
        }]);
    }
    json!({
        "id": format!("{}/backupJobs/{}", restore.vault_id, restore.job),
        "name": restore.job,
        "type": "Microsoft.DataProtection/Backupvaults/backupJobs",
        "properties": properties,
    })
}
