//! What hangs below a vault: items, points, jobs and settings, for the active and the passive stamp.

use chrono::TimeDelta;
use http::Method;
use serde_json::{Map, Value, json};

use super::points::{self, Known, Stamp, find, item_document, point_document};
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::names;
use crate::odata;
use crate::scenario::Item;
use crate::timetext::{iso, read_filter_date, seven};
use crate::token;

/// Routes `…/vaults/{vault}/…`; `end` is where the vault's id ends.
pub(crate) fn route(desk: &mut Desk, call: &Call, end: usize, rest: &[&str]) -> Reply {
    let asked = call.id(end);
    let Some(vault) = desk.world.get(&asked).map(|vault| vault.id.clone()) else {
        return Err(Answer::not_found(&asked));
    };
    if call.is_passive() && !matches!(rest, ["backupstorageconfig", _]) {
        replicated(desk, &vault)?;
    }
    match rest {
        ["backupprotecteditems"] => list_items(desk, call, &vault),
        ["backupprotectioncontainers"] => containers(desk, call, &vault),
        [
            "backupfabrics",
            "azure",
            "protectioncontainers",
            _,
            "protecteditems",
            item,
            tail @ ..,
        ] => below_item(desk, call, &vault, item, tail),
        ["backupjobs"] => jobs(desk, call, &vault),
        ["backupusagesummaries"] => usage(desk, call, &vault),
        ["backupstorageconfig", _] => {
            desk.fire(Fault::CrrDisabled, "storage-config")?;
            super::generic::route(desk, call, end - 4)
        }
        _ => super::generic::route(desk, call, end - 4),
    }
}

fn name_of(vault: &str) -> String {
    vault.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Refuses passive calls for a vault without cross-region restore.
pub(crate) fn replicated(desk: &mut Desk, vault: &str) -> Result<(), Answer> {
    let flag = |id: &str, pointer: &str| {
        desk.world
            .get(id)
            .and_then(|found| found.requested.pointer(pointer).cloned())
    };
    let new = flag(vault, "/properties/redundancySettings/crossRegionRestore");
    let old = flag(
        &format!("{vault}/backupstorageconfig/vaultstorageconfig"),
        "/properties/crossRegionRestoreFlag",
    );
    if new == Some(json!("Enabled")) || old == Some(json!(true)) {
        return Ok(());
    }
    desk.fire(Fault::CrrDisabled, "passive")?;
    Err(Answer::error(
        400,
        "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault",
        "Cross Region Restore is not enabled in this vault. Please enable Cross Region Restore in this vault.",
    ))
}

/// Both the api-version family and the trailing slash choose the passive stamp for a list.
fn stamp(call: &Call) -> Stamp {
    if call.is_passive() && call.trailing_slash {
        Stamp::Passive
    } else {
        Stamp::Active
    }
}

fn filter_of(call: &Call) -> Result<odata::Filter, Answer> {
    odata::parse(call.filter()).map_err(|text| {
        Answer::error(
            400,
            "BMSUserErrorInvalidInput",
            format!("The filter cannot be read: {text}"),
        )
    })
}

fn list_items(desk: &mut Desk, call: &Call, vault: &str) -> Reply {
    let filter = filter_of(call)?;
    let stamp = stamp(call);
    if filter
        .operand("backupManagementType", "eq")
        .is_some_and(|kind| kind != "AzureIaasVM")
    {
        return Ok(page(call, Vec::new()));
    }
    let name = name_of(vault);
    let wanted = filter.operand("friendlyName", "eq").map(str::to_owned);
    let rows: Vec<Value> = points::items(desk, &name, stamp)
        .iter()
        .filter(|item| {
            wanted
                .as_ref()
                .is_none_or(|name| item.vm.eq_ignore_ascii_case(name))
        })
        .map(|item| item_document(desk, vault, item, stamp))
        .collect();
    Ok(page(call, rows))
}

fn containers(desk: &Desk, call: &Call, vault: &str) -> Reply {
    if filter_of(call)?
        .operand("backupManagementType", "eq")
        .is_none()
    {
        let message = "The filter backupManagementType is required.";
        return Err(Answer::error(400, "BMSUserErrorInvalidInput", message));
    }
    let rows = points::items(desk, &name_of(vault), Stamp::Active).into_iter().map(|item| {
        let native = points::native(&item);
        json!({
            "id": format!("{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{native}"),
            "name": format!("IaasVMContainer;{native}"),
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
            "properties": {
                "virtualMachineId": points::source(desk, &item),
                "virtualMachineVersion": "Compute",
                "resourceGroup": item.vm_group,
                "friendlyName": item.vm,
                "backupManagementType": "AzureIaasVM",
                "registrationStatus": "Registered",
                "healthStatus": "Healthy",
                "containerType": "Microsoft.Compute/virtualMachines",
                "protectableObjectType": "Microsoft.Compute/virtualMachines",
            },
        })
    });
    Ok(page(call, rows.collect()))
}

fn below_item(desk: &mut Desk, call: &Call, vault: &str, item: &str, tail: &[&str]) -> Reply {
    let passive = call.is_passive();
    let known_to = if passive {
        Stamp::Passive
    } else {
        Stamp::Active
    };
    let Some(item) = find(desk, &name_of(vault), item, known_to) else {
        return Err(Answer::error(
            404,
            "BMSUserErrorDataSourceObjectNotFound",
            "Item not found. Selected item might have been deleted. Please check if item is registered to the vault.",
        ));
    };
    match (call.method.clone(), tail) {
        (Method::GET, []) => Ok(Answer::ok(item_document(desk, vault, &item, known_to))),
        (Method::GET, ["recoverypoints"]) => list_points(desk, call, vault, &item),
        (Method::GET, ["recoverypoints", name]) => {
            let known = points::points(desk, &item, known_to);
            let point = known
                .iter()
                .find(|known| known.name == *name)
                .ok_or_else(no_point)?;
            Ok(Answer::ok(point_document(desk, vault, &item, point)))
        }
        (Method::POST, ["recoverypoints", name, "accesstoken"]) if passive => {
            access_token(desk, call, vault, &item, name)
        }
        _ => Err(super::no_route(call)),
    }
}

fn no_point() -> Answer {
    Answer::error(
        404,
        "BMSUserErrorRecoveryPointNotFound",
        "The recovery point was not found.",
    )
}

fn list_points(desk: &mut Desk, call: &Call, vault: &str, item: &Item) -> Reply {
    let filter = filter_of(call)?;
    let stamp = stamp(call);
    if stamp == Stamp::Passive {
        desk.fire(Fault::RpNotReplicated, &item.vm)?;
        desk.fire(Fault::SecondaryStale, &item.vm)?;
    }
    let bound = |name: &str| filter.operand(name, "eq").and_then(read_filter_date);
    let (from, until) = (bound("startDate"), bound("endDate"));
    let rows: Vec<Value> = points::points(desk, item, stamp)
        .iter()
        .filter(|known| {
            from.is_none_or(|at| known.time >= at) && until.is_none_or(|at| known.time <= at)
        })
        .map(|known| point_document(desk, vault, item, known))
        .collect();
    Ok(page(call, rows))
}

/// What `backupAadProperties` answers for machines, and what `accessToken` wants to see.
pub(crate) fn aad(desk: &Desk, workload: bool) -> Value {
    let kind = if workload { "WkloadCoord" } else { "IaasCoord" };
    json!({
        "tenantId": desk.scenario.company.tenant,
        "audience": format!("https://RecoveryServices/{kind}/aadmgmt/wus"),
        "servicePrincipalObjectId": names::guid(desk.world.seed, &["coordinator", kind]),
    })
}

fn access_token(desk: &mut Desk, call: &Call, vault: &str, item: &Item, name: &str) -> Reply {
    let scope = call.id(call.segments.len() - 1);
    let action = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/accessToken/action";
    super::authorization::require(desk, action, &scope)?;
    let wanted = aad(desk, false);
    let given = &call.body["properties"];
    for member in ["tenantId", "audience", "servicePrincipalObjectId"] {
        if given[member] != wanted[member] {
            let message = format!("The value of {member} is not the one of the secondary region.");
            return Err(Answer::error(400, "BMSUserErrorInvalidInput", message));
        }
    }
    let known = points::points(desk, item, Stamp::Passive);
    let point = known
        .iter()
        .find(|known| known.name == name)
        .ok_or_else(no_point)?;
    if !point.is_hardened() {
        return Err(Answer::error(
            400,
            "SimRecoveryPointNotInVaultTier",
            "The recovery point is not in the vault-standard tier of the secondary region.",
        ));
    }
    let properties = token::seal(
        desk.world.seed,
        access_details(desk, vault, item, point),
        desk.now,
    );
    Ok(Answer::ok(json!({
        "id": format!("{}/recoveryPoints/{name}", points::item_id(vault, item, Stamp::Active)),
        "name": name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints",
        "properties": properties,
    })))
}

/// The opaque members: a client that drops one of them is refused.
fn access_details(desk: &Desk, vault: &str, item: &Item, point: &Known) -> Map<String, Value> {
    let seed = desk.world.seed;
    let number = |what: &str| names::number(seed, &[what, &item.vm], 2_000_000_000_000_000_000);
    let group = vault.split('/').nth(4).unwrap_or_default();
    let native = points::native(item);
    let size = desk.world.get(&points::source(desk, item)).and_then(|vm| {
        vm.requested
            .pointer("/properties/hardwareProfile/vmSize")
            .cloned()
    });
    let details = json!({
        // The service names the workload's type; the client sets `CrrAccessToken` before it sends it back.
        "objectType": "WorkloadCrrAccessToken",
        "subscriptionId": desk.scenario.company.subscription,
        "resourceGroupName": group,
        "resourceName": name_of(vault),
        "resourceId": number("resource").to_string(),
        "protectionContainerId": number("container") % 9_000_000_000,
        "recoveryPointId": number(&point.name).to_string(),
        "recoveryPointTime": point.time.format("%-m/%-d/%Y %-I:%M:%S %p").to_string(),
        "containerName": native,
        "containerType": "IaasVMContainer",
        "backupManagementType": "AzureIaasVM",
        "datasourceType": "VM",
        "datasourceName": item.vm,
        "datasourceId": number("datasource").to_string(),
        "datasourceContainerName": native,
        "coordinatorServiceStampId": names::guid(seed, &["coordinator-stamp"]),
        "coordinatorServiceStampUri": "https://pod01-coord1.wus.backup.windowsazure.com",
        "protectionServiceStampId": names::guid(seed, &["protection-stamp"]),
        "protectionServiceStampUri": "https://pod01-prot1.wus.backup.windowsazure.com",
        "tokenExtendedInformation": format!(
            "<IaaSVMRecoveryPointMetadataBase xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
             i:type=\"IaaSVMRecoveryPointMetadata_V2015_09\"><MetadataVersion>V2015_09</MetadataVersion>\
             <ContainerType i:nil=\"true\" /><InstantRpGCId>{};AzureBackup</InstantRpGCId>\
             </IaaSVMRecoveryPointMetadataBase>",
            names::guid(seed, &["gc", &point.name])
        ),
        "rpTierInformation": point.point.tiers.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "rpOriginalSAOption": false,
        "rpIsManagedVirtualMachine": true,
        "rpVMSizeDescription": size,
        "bMSActiveRegion": desk.scenario.company.primary,
        "recoveryPointName": point.name,
        "podAffinity": {"ring": "prod-7", "weights": [3, 1, 2], "sticky": null},
    });
    details.as_object().cloned().unwrap_or_default()
}

fn jobs(desk: &Desk, call: &Call, vault: &str) -> Reply {
    let filter = filter_of(call)?;
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
    let matches = |row: &Value, name: &str| {
        let wanted = filter.operand(name, "eq");
        wanted.is_none_or(|wanted| row["properties"][name].as_str() == Some(wanted))
    };
    rows.retain(|row| {
        ["operation", "status", "backupManagementType"]
            .iter()
            .all(|name| matches(row, name))
    });
    Ok(page(call, rows))
}

fn usage(desk: &Desk, call: &Call, vault: &str) -> Reply {
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
