//! Databases and shares: their items, points, containers and access tokens, as both stamps see them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::points::Stamp;
use crate::desk::Desk;
use crate::names;
use crate::odata::Filter;
use crate::scenario::{Server, Workload, WorkloadKind};
use crate::timetext::{read_iso, seven};

/// Name of the point that stands for the log chain.
pub(crate) const CHAIN: &str = "DefaultRangeRecoveryPoint";

const ITEM: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";

impl WorkloadKind {
    /// What the service calls the way it is protected.
    pub(crate) fn management(self) -> &'static str {
        match self {
            WorkloadKind::Database => "AzureWorkload",
            WorkloadKind::Share => "AzureStorage",
        }
    }

    /// What the service calls the thing itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            WorkloadKind::Database => "SQLDataBase",
            WorkloadKind::Share => "AzureFileShare",
        }
    }
}

/// A recovery point with its time and path name.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) time: DateTime<Utc>,
    consistency: String,
}

/// Returns the vault's workloads that a stamp knows, filtered.
pub(crate) fn of_vault(desk: &Desk, vault: &str, filter: &Filter) -> Vec<Workload> {
    let asked = |name: &str, have: &str| {
        let wanted = filter.operand(name, "eq");
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(have))
    };
    let known = desk.scenario.workloads.iter();
    known
        .filter(|one| one.vault.eq_ignore_ascii_case(vault))
        .filter(|one| {
            asked("backupManagementType", one.kind.management())
                && asked("itemType", one.kind.name())
                && asked("friendlyName", &one.friendly)
        })
        .cloned()
        .collect()
}

/// Finds a workload of a vault by the native name of its item.
pub(crate) fn find(desk: &Desk, vault: &str, name: &str) -> Option<Workload> {
    of_vault(desk, vault, &Filter::All)
        .into_iter()
        .find(|one| one.name.eq_ignore_ascii_case(name))
}

/// Returns the id of an item.
pub(crate) fn id(vault: &str, one: &Workload) -> String {
    format!(
        "{vault}/backupFabrics/Azure/protectionContainers/{}/protectedItems/{}",
        one.container, one.name
    )
}

/// Returns the points that a stamp knows, newest first.
pub(crate) fn points(desk: &Desk, one: &Workload, stamp: Stamp) -> Vec<Known> {
    let start = desk.ledger.started_at.unwrap_or(desk.now);
    let known = one.points.iter();
    let mut known: Vec<Known> = known
        .filter(|point| stamp == Stamp::Active || point.secondary)
        .map(|point| {
            let number = names::number(
                desk.world.seed,
                &["rp", &one.name, &point.age],
                90_000_000_000_000,
            );
            Known {
                name: (10_000_000_000_000 + number).to_string(),
                time: start - read_iso(&point.age).unwrap_or_default(),
                consistency: point.consistency.clone(),
            }
        })
        .collect();
    known.sort_by_key(|point| std::cmp::Reverse(point.time));
    known
}

/// When the log chain begins and ends.
pub(crate) fn chain(desk: &Desk, one: &Workload) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let start = desk.ledger.started_at.unwrap_or(desk.now);
    let (from, until) = one.log.as_ref()?;
    Some((start - read_iso(from)?, start - read_iso(until)?))
}

/// Returns an item's document.
pub(crate) fn item(desk: &Desk, vault: &str, one: &Workload, stamp: Stamp) -> Value {
    let newest = points(desk, one, stamp).first().map(|point| point.time);
    let mut properties = json!({
        "friendlyName": one.friendly,
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "lastBackupStatus": "Healthy",
        "kpisHealths": {"BackupHealthStatus": {"resourceHealthStatus": "Healthy", "resourceHealthDetails": []}},
        "backupManagementType": one.kind.management(),
        "workloadType": one.kind.name(),
        "containerName": one.container,
        "sourceResourceId": one.source,
        "policyId": format!("{vault}/backupPolicies/{}", one.policy),
        "policyName": one.policy,
        "vaultId": format!("https://management.azure.com{vault}"),
        "isArchiveEnabled": false,
        "isScheduledForDeferredDelete": false,
        "softDeleteRetentionPeriodInDays": 14,
    });
    match one.kind {
        WorkloadKind::Database => {
            let host = one.source.rsplit('/').next();
            properties["protectedItemType"] = json!("AzureVmWorkloadSQLDatabase");
            properties["serverName"] = json!(host);
            properties["parentName"] = json!("MSSQLSERVER");
            properties["parentType"] = json!("AzureVmWorkloadSQLInstance");
            properties["protectedItemHealthStatus"] = json!("Healthy");
            let number = names::number(desk.world.seed, &["data", &one.name], 9_000_000_000_000);
            properties["protectedItemDataSourceId"] = json!(number.to_string());
        }
        WorkloadKind::Share => {
            properties["protectedItemType"] = json!("AzureFileShareProtectedItem")
        }
    }
    if let Some(newest) = newest {
        properties["lastRecoveryPoint"] = json!(seven(newest));
        properties["lastBackupTime"] = json!(seven(newest + TimeDelta::seconds(41)));
    }
    json!({"id": id(vault, one), "name": one.name, "type": ITEM, "properties": properties})
}

/// Returns the documents of the points that are asked for.
pub(crate) fn point_documents(
    desk: &Desk,
    vault: &str,
    one: &Workload,
    stamp: Stamp,
    filter: &Filter,
) -> Vec<Value> {
    let wanted = filter
        .operand("restorePointQueryType", "eq")
        .unwrap_or("All");
    let extended = filter.operand("extendedInfo", "eq").is_some();
    let log = chain(desk, one).filter(|_| ["Log", "All"].contains(&wanted));
    let mut rows: Vec<Value> = log
        .map(|(from, until)| log_point(vault, one, from, until))
        .into_iter()
        .collect();
    if wanted == "Log" {
        return rows;
    }
    let known = points(desk, one, stamp).into_iter();
    let known =
        known.filter(|point| ["All", "Full"].contains(&wanted) || point.consistency == wanted);
    rows.extend(known.map(|point| document(vault, one, &point, extended)));
    rows
}

/// Returns one point's document, with everything that is known of it.
pub(crate) fn point(
    desk: &Desk,
    vault: &str,
    one: &Workload,
    stamp: Stamp,
    name: &str,
) -> Option<Value> {
    let known = points(desk, one, stamp).into_iter();
    let mut found = known.filter(|point| point.name == name);
    found.next().map(|point| document(vault, one, &point, true))
}

fn framed(vault: &str, one: &Workload, name: &str, properties: &Value) -> Value {
    json!({
        "id": format!("{}/recoveryPoints/{name}", id(vault, one)),
        "name": name,
        "type": format!("{ITEM}/recoveryPoints"),
        "properties": properties,
    })
}

fn log_point(vault: &str, one: &Workload, from: DateTime<Utc>, until: DateTime<Utc>) -> Value {
    framed(
        vault,
        one,
        CHAIN,
        &json!({
            "objectType": "AzureWorkloadSQLPointInTimeRecoveryPoint",
            "timeRanges": [{"startTime": seven(from), "endTime": seven(until)}],
            "type": "Log",
        }),
    )
}

fn document(vault: &str, one: &Workload, point: &Known, extended: bool) -> Value {
    let tiers = json!([{"type": "HardenedRP", "status": "Valid"}]);
    let mut properties = match one.kind {
        WorkloadKind::Database => json!({
            "objectType": "AzureWorkloadSQLRecoveryPoint",
            "recoveryPointTimeInUTC": seven(point.time),
            "type": point.consistency,
            "recoveryPointTierDetails": tiers,
            "recoveryPointMoveReadinessInfo": {"ArchivedRP": {"isReadyForMove": false}},
        }),
        WorkloadKind::Share => json!({
            "objectType": "AzureFileShareRecoveryPoint",
            "recoveryPointType": point.consistency,
            "recoveryPointTime": seven(point.time),
            "recoveryPointSizeInGB": one.gigabytes,
            "recoveryPointTierDetails": tiers,
        }),
    };
    if extended && one.kind == WorkloadKind::Database {
        let path = |kind: &str, end: &str, logical: String| {
            json!({
                "type": kind,
                "path": format!("F:\\data\\{logical}.{end}"),
                "logicalName": logical,
            })
        };
        properties["extendedInfo"] = json!({
            "dataDirectoryTimeInUTC": seven(point.time),
            "dataDirectoryPaths": [
                path("Data", "mdf", one.friendly.clone()),
                path("Log", "ldf", format!("{}_log", one.friendly)),
            ],
        });
    }
    framed(vault, one, &point.name, &properties)
}

/// Returns the members of an access token. A client may know them all: none is beyond the service's description.
pub(crate) fn access(
    desk: &Desk,
    vault: &str,
    one: &Workload,
    name: &str,
    time: DateTime<Utc>,
) -> Map<String, Value> {
    let seed = desk.world.seed;
    let number = |what: &str| names::number(seed, &[what, &one.name], 2_000_000_000_000_000_000);
    let kind = one.container.split(';').next().unwrap_or_default();
    let mut details = json!({
        "objectType": "WorkloadCrrAccessToken",
        "subscriptionId": desk.scenario.company.subscription,
        "resourceGroupName": vault.split('/').nth(4),
        "resourceName": vault.rsplit('/').next(),
        "resourceId": number("resource").to_string(),
        "protectionContainerId": number("container") % 9_000_000_000,
        // Unlike a machine's token it names the point as the path does.
        "recoveryPointId": name,
        "recoveryPointTime": time.format("%-m/%-d/%Y %-I:%M:%S %p").to_string(),
        "containerName": one.container,
        "containerType": kind,
        "backupManagementType": one.kind.management(),
        "datasourceType": one.kind.name(),
        "datasourceName": one.friendly,
        "datasourceId": number("datasource").to_string(),
        "datasourceContainerName": one.name,
        "coordinatorServiceStampId": names::guid(seed, &["coordinator-stamp"]),
        "coordinatorServiceStampUri": "https://pod01-coord1.wus.backup.windowsazure.com",
        "protectionServiceStampId": names::guid(seed, &["protection-stamp"]),
        "protectionServiceStampUri": "https://pod01-prot1.wus.backup.windowsazure.com",
        "tokenExtendedInformation": "",
        "rpTierInformation": {"HardenedRP": "Valid"},
        "bMSActiveRegion": desk.scenario.company.primary,
        "protectableObjectUniqueName": one.name,
        "protectableObjectFriendlyName": one.friendly,
        "protectableObjectWorkloadType": one.kind.name(),
        "protectableObjectProtectionState": "Protected",
        "protectableObjectContainerHostOsName": one.source.rsplit('/').next(),
        "protectableObjectParentLogicalContainerName": "MSSQLSERVER",
        "containerId": number("container").to_string(),
        "policyName": one.policy,
        "policyId": names::guid(seed, &["policy", &one.policy]),
    });
    details
        .as_object_mut()
        .map(std::mem::take)
        .unwrap_or_default()
}

/// Returns the containers of a vault that hold databases or shares, servers that only wait for some included.
pub(crate) fn containers(desk: &Desk, vault: &str, management: &str) -> Vec<Value> {
    let name = vault.rsplit('/').next().unwrap_or_default();
    let mut rows = Vec::new();
    for one in of_vault(desk, name, &Filter::All) {
        if one.kind.management() == management {
            rows.push((one.container.clone(), one.source.clone()));
        }
    }
    if management == "AzureWorkload" {
        rows.extend(servers(desk, name).map(|one| (one.container.clone(), one.source.clone())));
    }
    let rows = rows.into_iter().map(|(container, source)| {
        let mut properties = json!({
            "friendlyName": source.rsplit('/').next(),
            "backupManagementType": management,
            "registrationStatus": "Registered",
            "healthStatus": "Healthy",
            "containerType": container.split(';').next(),
            "protectableObjectType": container.split(';').next(),
            "sourceResourceId": source,
        });
        if management == "AzureWorkload" {
            properties["workloadType"] = json!("SQLDataBase");
            properties["lastUpdatedTime"] = json!(seven(desk.now - TimeDelta::hours(9)));
        } else {
            properties["resourceGroup"] = json!(source.split('/').nth(4));
            properties["storageAccountVersion"] = json!("Storage");
            properties["protectedItemCount"] = json!(1);
        }
        json!({
            "id": format!("{vault}/backupFabrics/Azure/protectionContainers/{container}"),
            "name": container,
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
            "properties": properties,
        })
    });
    rows.collect()
}

/// Returns the servers that are registered with a vault.
pub(crate) fn servers<'a>(desk: &'a Desk, vault: &'a str) -> impl Iterator<Item = &'a Server> {
    let known = desk.scenario.servers.iter();
    known.filter(move |server| server.vault.eq_ignore_ascii_case(vault))
}

/// Returns the instances of a vault's servers as things that could be protected.
pub(crate) fn protectable(desk: &Desk, vault: &str) -> Vec<Value> {
    let name = vault.rsplit('/').next().unwrap_or_default();
    let rows = servers(desk, name).map(|server| {
        let item = format!("SQLInstance;{}", server.instance.to_ascii_lowercase());
        json!({
            "id": format!(
                "{vault}/backupFabrics/Azure/protectionContainers/{}/protectableItems/{item}",
                server.container
            ),
            "name": item,
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectableItems",
            "properties": {
                "protectableItemType": "SQLInstance",
                "backupManagementType": "AzureWorkload",
                "workloadType": "SQL",
                "friendlyName": server.instance,
                "serverName": server.host,
                "parentName": server.container.clone(),
                "parentUniqueName": server.container,
                "protectionState": "NotProtected",
                "isAutoProtectable": true,
                "isAutoProtected": false,
                "isProtectable": true,
            },
        })
    });
    rows.collect()
}

/// Returns the instances inside a container, with the folders that databases go to.
pub(crate) fn inside(desk: &Desk, vault: &str, container: &str) -> Vec<Value> {
    let name = vault.rsplit('/').next().unwrap_or_default();
    let here =
        servers(desk, name).filter(|server| server.container.eq_ignore_ascii_case(container));
    let rows = here.map(|server| {
        let item = format!("SQLInstance;{}", server.instance.to_ascii_lowercase());
        let path = |kind: &str, path: &str| json!({"type": kind, "path": path, "logicalName": ""});
        json!({
            "id": format!(
                "{vault}/backupFabrics/Azure/protectionContainers/{}/items/{item}",
                server.container
            ),
            "name": item,
            "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/items",
            "properties": {
                "workloadItemType": "SQLInstance",
                "backupManagementType": "AzureWorkload",
                "workloadType": "SQL",
                "friendlyName": server.instance,
                "serverName": server.host,
                "parentName": server.container,
                "isAutoProtectable": true,
                "subWorkloadItemCount": 0,
                "dataDirectoryPaths": [path("Data", &server.data), path("Log", &server.log)],
            },
        })
    });
    rows.collect()
}
