//! Protected items and recovery points, as the active and as the passive stamp see them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::fault::Fault;
use crate::names;
use crate::scenario::{Item, Point};
use crate::state::key;
use crate::timetext::{read_iso, seven};

/// Which stamp answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    Active,
    Passive,
}

/// A recovery point with its time and path name.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) time: DateTime<Utc>,
    pub(crate) point: Point,
}

impl Known {
    /// Tells whether the vault tier holds it.
    pub(crate) fn is_hardened(&self) -> bool {
        self.has("HardenedRP")
    }

    /// Tells whether a tier holds it.
    pub(crate) fn has(&self, tier: &str) -> bool {
        let mut tiers = self.point.tiers.iter();
        tiers.any(|(name, status)| name == tier && status == "Valid")
    }
}

/// Returns `iaasvmcontainerv2;{group};{vm}`, as the service spells it.
pub(crate) fn native(item: &Item) -> String {
    format!(
        "iaasvmcontainerv2;{};{}",
        item.vm_group.to_ascii_lowercase(),
        item.vm.to_ascii_lowercase()
    )
}

/// Returns the id of the machine that an item protects.
pub(crate) fn source(desk: &Desk, item: &Item) -> String {
    format!(
        "{}/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines/{}",
        desk.scenario.subscription_id(),
        item.vm_group,
        item.vm
    )
}

/// Returns the vault's items that a stamp knows.
pub(crate) fn items(desk: &Desk, vault: &str, stamp: Stamp) -> Vec<Item> {
    desk.scenario
        .items
        .iter()
        .filter(|item| item.vault.eq_ignore_ascii_case(vault))
        .filter(|item| stamp == Stamp::Active || item.secondary)
        .cloned()
        .collect()
}

/// Finds an item of a vault by the last part of its native name.
pub(crate) fn find(desk: &Desk, vault: &str, name: &str, stamp: Stamp) -> Option<Item> {
    let wanted = name.strip_prefix("vm;").unwrap_or(name);
    items(desk, vault, stamp)
        .into_iter()
        .find(|item| native(item) == wanted)
}

/// Returns an item's points that a stamp knows, newest first.
pub(crate) fn points(desk: &Desk, item: &Item, stamp: Stamp) -> Vec<Known> {
    let start = desk.ledger.started_at.unwrap_or(desk.now);
    let mut known: Vec<Known> = item
        .points
        .iter()
        .filter(|point| stamp == Stamp::Active || point.secondary)
        .map(|point| {
            let jitter = names::number(
                desk.world.seed,
                &["point", &item.vm, &point.age],
                90_000_000,
            );
            let time = start
                - read_iso(&point.age).unwrap_or_default()
                - TimeDelta::microseconds(jitter.cast_signed());
            let name = names::number(
                desk.world.seed,
                &["rp", &item.vm, &point.age],
                90_000_000_000_000,
            );
            Known {
                name: (10_000_000_000_000 + name).to_string(),
                time,
                point: point.clone(),
            }
        })
        .collect();
    if stamp == Stamp::Passive {
        known.retain(|point| keeps(desk, point, start));
    }
    known.sort_by_key(|point| std::cmp::Reverse(point.time));
    known
}

/// What the faults leave of the secondary's points.
fn keeps(desk: &Desk, point: &Known, start: DateTime<Utc>) -> bool {
    let stale = desk.has(Fault::SecondaryStale) && point.time > start - TimeDelta::hours(38);
    let missing = desk.has(Fault::RpNotReplicated) && point.is_hardened();
    !stale && !missing
}

/// Returns the id of an item; the passive stamp spells it otherwise.
pub(crate) fn item_id(vault_id: &str, item: &Item, stamp: Stamp) -> String {
    let native = native(item);
    let id = format!(
        "{vault_id}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{native}/protectedItems/VM;{native}"
    );
    match stamp {
        Stamp::Active => id,
        Stamp::Passive => id.replacen("/subscriptions/", "/Subscriptions/", 1),
    }
}

/// Returns an item's document.
pub(crate) fn item_document(desk: &Desk, vault_id: &str, item: &Item, stamp: Stamp) -> Value {
    let known = points(desk, item, stamp);
    let newest = known.first();
    let source = source(desk, item);
    let host = "https://management.azure.com";
    let mut properties = json!({
        "friendlyName": item.vm,
        "virtualMachineId": source,
        "protectionStatus": "Healthy",
        "protectionState": item.state,
        "healthStatus": if item.state == "Protected" { "Passed" } else { "ActionSuggested" },
        "healthDetails": [],
        "lastBackupStatus": "Completed",
        "protectedItemDataId": names::number(desk.world.seed, &["data", &item.vm], 9_000_000_000_000).to_string(),
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "containerName": native(item),
        "sourceResourceId": source,
        "policyId": format!("{vault_id}/backupPolicies/{}", item.policy),
        "policyName": item.policy,
        "vaultId": format!("{host}{vault_id}"),
        "isArchiveEnabled": false,
        "isScheduledForDeferredDelete": false,
        "softDeleteRetentionPeriodInDays": 14,
    });
    if let Some(newest) = newest {
        properties["lastRecoveryPoint"] = json!(seven(newest.time));
        properties["lastBackupTime"] = json!(seven(newest.time + TimeDelta::seconds(41)));
    }
    json!({
        "id": item_id(vault_id, item, stamp),
        "name": format!("VM;{}", native(item)),
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems",
        "properties": properties,
    })
}

/// Returns a point's document.
pub(crate) fn point_document(desk: &Desk, vault_id: &str, item: &Item, known: &Known) -> Value {
    let disks = source_disks(desk, item);
    let machine = desk
        .world
        .get(&source(desk, item))
        .map(|vm| vm.requested.clone())
        .unwrap_or_default();
    let system = machine
        .pointer("/properties/storageProfile/osDisk/osType")
        .cloned();
    let tiers: Vec<Value> = known
        .point
        .tiers
        .iter()
        .map(|(kind, status)| json!({"type": kind, "status": status}))
        .collect();
    let listed: Vec<Value> = disks
        .iter()
        .map(|disk| json!({"lun": disk.lun, "name": disk.doc["name"]}))
        .collect();
    let mut properties = json!({
        "objectType": "IaasVMRecoveryPoint",
        "recoveryPointType": known.point.consistency,
        "recoveryPointTime": seven(known.time),
        "recoveryPointAdditionalInfo": "",
        "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
        "isSourceVMEncrypted": false,
        "isInstantIlrSessionActive": false,
        "recoveryPointTierDetails": tiers,
        "isManagedVirtualMachine": true,
        "virtualMachineSize": machine.pointer("/properties/hardwareProfile/vmSize"),
        "originalStorageAccountOption": false,
        "osType": system,
        "recoveryPointMoveReadinessInfo": {"ArchivedRP": {"isReadyForMove": false}},
        "securityType": machine.pointer("/properties/securityProfile/securityType").cloned().unwrap_or(json!("None")),
        "isPrivateAccessEnabledOnAnyDisk": false,
        "recoveryPointDiskConfiguration": {
            "numberOfDisksIncludedInBackup": disks.len(),
            "numberOfDisksAttachedToVm": disks.len(),
            "includedDiskList": listed,
            "excludedDiskList": [],
        },
        "recoveryPointProperties": {
            "expiryTime": seven(known.time + TimeDelta::days(30)),
            "ruleName": "Daily",
            "isSoftDeleted": false,
        },
    });
    if let Some(zones) = &item.zones {
        properties["zones"] = json!(zones);
    }
    json!({
        "id": format!("{}/recoveryPoints/{}", item_id(vault_id, item, Stamp::Active), known.name),
        "name": known.name,
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints",
        "properties": properties,
    })
}

/// A disk of the source machine.
#[derive(Debug, Clone)]
pub(crate) struct SourceDisk {
    /// -1 is the system disk.
    pub(crate) lun: i64,
    pub(crate) doc: Value,
}

/// Returns the disks of the source, the system disk first.
pub(crate) fn source_disks(desk: &Desk, item: &Item) -> Vec<SourceDisk> {
    let Some(vm) = desk.world.get(&source(desk, item)) else {
        return Vec::new();
    };
    let profile = &vm.requested["properties"]["storageProfile"];
    let data = profile["dataDisks"].as_array().into_iter().flatten();
    let rows = std::iter::once((-1, &profile["osDisk"]))
        .chain(data.map(|disk| (disk["lun"].as_i64().unwrap_or(0), disk)));
    rows.filter_map(|(lun, disk)| {
        let id = disk["managedDisk"]["id"].as_str()?;
        let doc = desk.world.resources.get(&key(id))?.requested.clone();
        Some(SourceDisk { lun, doc })
    })
    .collect()
}
