//! A database or a share in the secondary region: what is checked, and how long it takes.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{invalid, issued, member, refuse};
use crate::answer::Answer;
use crate::call::Call;
use crate::desk::Desk;
use crate::names;
use crate::quirks;
use crate::routes::points::Stamp;
use crate::routes::workload::{self, CHAIN};
use crate::scenario::{Workload, WorkloadKind};
use crate::state::key;
use crate::state::restore::{Ending, Restore, Source, Way};

/// Tells whether the access details speak of a database or a share.
pub(super) fn is_meant(call: &Call) -> bool {
    let kind = &call.body["crossRegionRestoreAccessDetails"]["backupManagementType"];
    ["AzureWorkload", "AzureStorage"].contains(&kind.as_str().unwrap_or_default())
}

/// Checks the request and says what will become of it.
pub(super) fn plan(desk: &mut Desk, call: &Call, region: &str) -> Result<Restore, Answer> {
    let empty = Map::new();
    let details = call.body["crossRegionRestoreAccessDetails"].as_object();
    let details = details.unwrap_or(&empty);
    let vault = issued(desk, call, details, "WorkloadCrrAccessToken")?;
    let (name, item) = (
        member(details, "resourceName"),
        member(details, "datasourceContainerName"),
    );
    let one = workload::find(desk, &name, &item)
        .ok_or_else(|| refuse("BMSUserErrorDataSourceObjectNotFound", "Item not found."))?;
    let request = &call.body["restoreRequest"];
    let point = member(details, "recoveryPointId");
    let time = time_of(desk, &one, &point, request)?;
    if key(request["sourceResourceId"].as_str().unwrap_or_default()) != key(&one.source) {
        return Err(invalid("The sourceResourceId is not the item's."));
    }
    if request["recoveryType"].as_str() != Some("AlternateLocation") {
        return Err(refuse(
            "SimUnsupportedRecoveryType",
            "From the secondary region only AlternateLocation is possible.",
        ));
    }
    let target = match one.kind {
        WorkloadKind::Database => server(desk, request, region)?,
        WorkloadKind::Share => share(desk, request, region)?,
    };
    let (job, operation) = (desk.id("job"), desk.id("restore-operation"));
    let jitter = names::number(desk.world.seed, &["duration", &job], 121);
    let seconds = (one.gigabytes * 1_200 / 127).max(420) * (940 + jitter) / 1_000;
    let seconds = quirks::slowed(desk, region, seconds.cast_signed())?;
    let ends_at = desk.after(seconds);
    Ok(Restore {
        operation,
        job,
        item: one.friendly.clone(),
        vault_id: vault,
        point,
        point_time: time,
        region: region.to_owned(),
        target_group: String::new(),
        staging: String::new(),
        started: desk.now,
        accepted_at: desk.after(22),
        container_at: ends_at,
        disks_at: ends_at,
        ends_at,
        ending: Ending::Completed,
        gigabytes: one.gigabytes,
        container: String::new(),
        blobs: Vec::new(),
        disks: Vec::new(),
        source: Source::default(),
        way: match one.kind {
            WorkloadKind::Database => Way::Database,
            WorkloadKind::Share => Way::Share,
        },
        beside: Vec::new(),
        target,
        container_landed: true,
        disks_landed: true,
    })
}

/// The time that is restored: the point's own, or one inside the log chain.
fn time_of(
    desk: &Desk,
    one: &Workload,
    point: &str,
    request: &Value,
) -> Result<DateTime<Utc>, Answer> {
    let kind = request["objectType"].as_str().unwrap_or_default();
    let wanted = match (one.kind, point == CHAIN) {
        (WorkloadKind::Database, false) => "AzureWorkloadSQLRestoreRequest",
        (WorkloadKind::Database, true) => "AzureWorkloadSQLPointInTimeRestoreRequest",
        (WorkloadKind::Share, _) => "AzureFileShareRestoreRequest",
    };
    if kind != wanted {
        return Err(invalid(&format!(
            "The objectType of the request is not {wanted}."
        )));
    }
    if point != CHAIN {
        let known = workload::points(desk, one, Stamp::Passive);
        let found = known.iter().find(|known| known.name == point);
        return found
            .map(|known| known.time)
            .ok_or_else(|| invalid("The recovery point is no longer there."));
    }
    let asked = request["pointInTime"].as_str().unwrap_or_default();
    let asked = DateTime::parse_from_rfc3339(asked).map(|at| at.with_timezone(&Utc));
    match (asked, workload::chain(desk, one)) {
        (Ok(at), Some((from, until))) if at >= from && at <= until => Ok(at),
        _ => Err(invalid("The point in time is not inside the log chain.")),
    }
}

/// The server that a database goes to must be registered with a vault of the region.
fn server(desk: &Desk, request: &Value, region: &str) -> Result<String, Answer> {
    let info = &request["targetInfo"];
    let container = info["containerId"].as_str().unwrap_or_default();
    let (vault, name) = container
        .split_once("/backupFabrics/Azure/protectionContainers/")
        .unwrap_or_default();
    let place = desk
        .world
        .get(vault)
        .and_then(|vault| vault.requested["location"].as_str());
    if place != Some(region) {
        return Err(refuse(
            "SimTargetVaultInOtherRegion",
            "The target's container is not registered with a vault of the secondary region.",
        ));
    }
    let vault = vault.rsplit('/').next().unwrap_or_default();
    let mut known = workload::servers(desk, vault);
    let server = known
        .find(|server| server.container.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            refuse(
                "SimTargetNotRegistered",
                "The target's container is not registered.",
            )
        })?;
    if key(request["targetVirtualMachineId"]
        .as_str()
        .unwrap_or_default())
        != key(&server.source)
    {
        return Err(invalid(
            "The target virtual machine is not the container's.",
        ));
    }
    let database = info["databaseName"].as_str().unwrap_or_default();
    let files = info["targetDirectoryForFileRestore"]
        .as_str()
        .unwrap_or_default();
    if request["recoveryMode"].as_str() == Some("FileRecovery") {
        return Ok(format!("{}/{files}", server.host));
    }
    let instance = database.split('/').next().unwrap_or_default();
    if !instance.eq_ignore_ascii_case(&server.instance) || !database.contains('/') {
        return Err(invalid(
            "The database name does not begin with an instance of the target.",
        ));
    }
    Ok(format!("{}/{database}", server.host))
}

/// The account that a share goes to lies in the region and has the share already.
fn share(desk: &Desk, request: &Value, region: &str) -> Result<String, Answer> {
    if request["restoreRequestType"].as_str() != Some("FullShareRestore") {
        return Err(refuse(
            "SimUnsupportedRestoreRequestType",
            "From the secondary region only a whole share can be restored.",
        ));
    }
    let details = &request["targetDetails"];
    let account = details["targetResourceId"].as_str().unwrap_or_default();
    let found = desk
        .world
        .get(account)
        .ok_or_else(|| Answer::not_found(account))?;
    if found.requested["location"].as_str() != Some(region) {
        return Err(refuse(
            "SimTargetAccountInOtherRegion",
            "The target account is not in the secondary region.",
        ));
    }
    let name = details["name"].as_str().unwrap_or_default();
    let share = format!("{account}/fileServices/default/shares/{name}");
    if desk.world.get(&share).is_none() {
        return Err(refuse(
            "SimTargetShareNotFound",
            "The target file share does not exist.",
        ));
    }
    let account = found.requested["name"].as_str().unwrap_or_default();
    Ok(format!("{account}/{name}"))
}
