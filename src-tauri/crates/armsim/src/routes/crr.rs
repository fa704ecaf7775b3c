//! The regional side of a cross-region restore: properties, restore, operation status and jobs.

mod accept;
pub(crate) mod own;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::authorization::require;
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::odata;
use crate::state::key;
use crate::state::restore::{Restore, Source, Way};
use crate::timetext::{read_filter_date, seven};

/// Routes `…/Microsoft.RecoveryServices/locations/{location}/…`.
pub(crate) fn route(desk: &mut Desk, call: &Call, location: &str, rest: &[&str]) -> Reply {
    if !call.is_passive() {
        return Err(Answer::error(
            400,
            "NoRegisteredProviderFound",
            format!(
                "The api-version '{}' does not have this operation.",
                call.version()
            ),
        ));
    }
    if location != desk.scenario.company.secondary {
        let message =
            format!("The region '{location}' is not the secondary region of any vault here.");
        return Err(Answer::error(400, "SimNotTheSecondaryRegion", message));
    }
    match (call.method.clone(), rest) {
        (Method::GET, ["backupaadproperties"]) => aad_properties(desk, call),
        (Method::POST, ["backupcrossregionrestore"]) => accept::restore(desk, call, location),
        (Method::GET, ["backupcrroperationsstatus", op]) => status(desk, location, op),
        (Method::GET, ["backupcrroperationresults", op]) => results(desk, op),
        (Method::POST, ["backupcrrjob"]) => job(desk, call),
        (Method::POST | Method::GET, ["backupcrrjobs"]) => jobs(desk, call),
        _ => Err(super::no_route(call)),
    }
}

fn allowed(desk: &Desk, action: &str) -> Result<(), Answer> {
    let scope = desk.scenario.subscription_id();
    require(
        desk,
        &format!("Microsoft.RecoveryServices/locations/{action}"),
        &scope,
    )
}

fn aad_properties(desk: &Desk, call: &Call) -> Reply {
    allowed(desk, "backupAadProperties/read")?;
    let filter = odata::parse(call.filter())
        .map_err(|text| Answer::error(400, "BMSUserErrorInvalidInput", text))?;
    let management = filter.operand("backupManagementType", "eq");
    Ok(Answer::ok(json!({
        "id": desk.scenario.subscription_id(),
        "properties": super::access::aad(desk, management.unwrap_or("AzureIaasVM")),
    })))
}

/// The operation's id as the address carries it: base64, ending in `=`.
pub(crate) fn spelled(operation: &str) -> String {
    // One byte short of a multiple of three, so that the text always ends in `=`.
    STANDARD.encode(format!("{operation};{}", &operation[..7]))
}

/// Whether this side lists a restore's job.
fn cross_region(restore: &Restore) -> bool {
    restore.way != Way::Instance && restore.source == Source::Secondary
}

fn find<'a>(desk: &'a Desk, op: &str) -> Option<&'a Restore> {
    desk.world
        .restores
        .iter()
        .find(|restore| spelled(&restore.operation).eq_ignore_ascii_case(op))
}

fn status(desk: &mut Desk, location: &str, op: &str) -> Reply {
    allowed(desk, "backupCrrOperationsStatus/read")?;
    let Some(restore) = find(desk, op).cloned() else {
        return Err(Answer::error(
            404,
            "BMSUserErrorOperationNotFound",
            "The operation was not found.",
        ));
    };
    let place = desk
        .world
        .restores
        .iter()
        .position(|other| other.operation == restore.operation);
    let first = desk.polled.insert(restore.operation.clone());
    if first && place.is_some_and(|n| n % 2 == 0) {
        return Err(Answer::json(
            500,
            json!({
                "ErrorCode": "CloudInternalError",
                "Message": {"Language": "en-us", "Value": "Microsoft Azure Backup encountered an internal error."},
                "Values": [],
            }),
        ));
    }
    let done = desk.now >= restore.accepted_at;
    let name = spelled(&restore.operation);
    let id = format!(
        "/subscriptions/{}/providers/microsoft.recoveryservices/locations/{location}/backupCrrOperationsStatus/{name}",
        desk.scenario.company.subscription
    );
    let body = standing(desk, &restore, &id, &name);
    let answer = Answer::ok(body);
    Ok(if done {
        answer
    } else {
        answer.with("Retry-After", "60")
    })
}

/// How the operation of a restore stands: it succeeds when the job exists.
fn standing(desk: &Desk, restore: &Restore, id: &str, name: &str) -> Value {
    let done = desk.now >= restore.accepted_at;
    let mut body = json!({
        "id": id,
        "name": name,
        "status": if done { "Succeeded" } else { "InProgress" },
        "startTime": seven(restore.started),
        "endTime": if done { json!(seven(restore.accepted_at)) } else { json!("0001-01-01T00:00:00Z") },
    });
    if done {
        body["properties"] =
            json!({"objectType": "OperationStatusJobExtendedInfo", "jobId": restore.job});
    }
    body
}

fn results(desk: &Desk, op: &str) -> Reply {
    allowed(desk, "backupCrrOperationResults/read")?;
    let Some(restore) = find(desk, op) else {
        return Err(Answer::error(
            404,
            "BMSUserErrorOperationNotFound",
            "The operation was not found.",
        ));
    };
    Ok(Answer::empty(if desk.now >= restore.accepted_at {
        200
    } else {
        202
    }))
}

/// The vault that a body speaks of; live it is the vault's id.
fn vault(desk: &mut Desk, call: &Call) -> Result<String, Answer> {
    let asked = call.body["resourceId"].as_str().unwrap_or_default();
    let found = desk
        .world
        .get(asked)
        .filter(|found| {
            found
                .kind
                .eq_ignore_ascii_case("Microsoft.RecoveryServices/vaults")
        })
        .map(|found| found.id.clone());
    let Some(id) = found else {
        let message = format!("The resource '{asked}' is not a vault.");
        return Err(Answer::error(404, "BMSUserErrorVaultNotFound", message));
    };
    super::backup::replicated(desk, &id)?;
    Ok(id)
}

fn job(desk: &mut Desk, call: &Call) -> Reply {
    allowed(desk, "backupCrrJob/action")?;
    let vault = vault(desk, call)?;
    let name = call.body["jobName"].as_str().unwrap_or_default();
    let sub = desk.scenario.company.subscription.clone();
    let found =
        desk.world.restores.iter().find(|restore| {
            cross_region(restore) && restore.job == name && restore.vault_id == vault
        });
    let found = found.map(|restore| restore.document(desk.now, &sub, true));
    found
        .or_else(|| {
            let mut known = old(desk, &vault).into_iter();
            let mut row = known.find(|row| row["name"] == json!(name))?;
            // What was done is kept longer than how.
            row["properties"]["extendedInfo"] = json!({"tasksList": [], "propertyBag": {}});
            Some(row)
        })
        .map(Answer::ok)
        .ok_or_else(|| Answer::error(404, "BMSUserErrorJobNotFound", "The job was not found."))
}

/// Jobs of before the scenario's start.
fn old(desk: &Desk, vault: &str) -> Vec<Value> {
    let sub = &desk.scenario.company.subscription;
    let rows = desk.scenario.crr_jobs.iter().filter(|row| {
        row["vault"]
            .as_str()
            .is_some_and(|name| key(vault).ends_with(&format!("/{}", name.to_ascii_lowercase())))
    });
    rows.map(|row| {
        json!({
            "id": format!(
                "/subscriptions/{sub}/providers/microsoft.recoveryservices/locations/{}/backupJobs/{}",
                desk.scenario.company.secondary, row["name"].as_str().unwrap_or_default()
            ),
            "name": row["name"],
            "type": "Microsoft.RecoveryServices/vaults/backupJobs",
            "properties": row["properties"],
        })
    })
    .collect()
}

fn jobs(desk: &mut Desk, call: &Call) -> Reply {
    allowed(desk, "backupCrrJobs/action")?;
    let sub = desk.scenario.company.subscription.clone();
    // The next page is asked with GET and so without a body: there is one vault that has restores.
    let vault = if call.method == Method::GET {
        None
    } else {
        Some(vault(desk, call)?)
    };
    let filter = odata::parse(call.filter())
        .map_err(|text| Answer::error(400, "BMSUserErrorInvalidInput", text))?;
    let visible = desk.world.restores.iter().filter(|restore| {
        let here = vault.as_ref().is_none_or(|id| restore.vault_id == *id);
        here && cross_region(restore) && restore.created_at() <= desk.now
    });
    let mut rows: Vec<Value> = visible
        .map(|restore| restore.document(desk.now, &sub, false))
        .collect();
    rows.reverse();
    rows.extend(old(
        desk,
        vault.as_deref().unwrap_or("/rsv-evergreen-policy"),
    ));
    let text = |row: &Value, name: &str| {
        row["properties"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    for name in ["status", "operation", "backupManagementType"] {
        if let Some(wanted) = filter.operand(name, "eq") {
            rows.retain(|row| text(row, name) == wanted);
        }
    }
    if let Some(from) = filter.operand("startTime", "eq").and_then(read_filter_date) {
        rows.retain(|row| text(row, "startTime") >= seven(from));
    }
    Ok(page(call, rows))
}
