//! Where a restore may put things: the target group, the staging account, the set of keys.

use serde_json::{Value, json};

use super::refuse;
use crate::answer::Answer;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::routes::authorization::locks_against;

/// The fault `lock-appears`: somebody locks the target group a moment before the restore.
pub(super) fn lock_target(desk: &mut Desk, id: &str) -> Result<(), Answer> {
    let Some(group) = desk.world.get(id).map(|group| group.id.clone()) else {
        return Ok(());
    };
    if !desk.has(Fault::LockAppears) || desk.fired(Fault::LockAppears, "target") {
        return Ok(());
    }
    let lock = json!({
        "id": format!("{group}/providers/Microsoft.Authorization/locks/freeze"),
        "name": "freeze",
        "type": "Microsoft.Authorization/locks",
        "properties": {"level": "ReadOnly", "notes": "Set by netops@evergreen.example: change freeze."},
    });
    desk.fire_with(Fault::LockAppears, "target", vec![lock])
}

/// The group that the restored resources go to.
pub(super) fn target(desk: &Desk, id: &str) -> Result<String, Answer> {
    if id.is_empty() {
        return Err(refuse(
            "SimNoTargetResourceGroup",
            "A target resource group is needed for managed virtual machines.",
        ));
    }
    let Some(found) = desk.world.get(id) else {
        return Err(refuse(
            "SimTargetResourceGroupNotFound",
            format!("The group '{id}' was not found."),
        ));
    };
    let locked = desk
        .world
        .of_kind("Microsoft.Authorization/locks")
        .any(|lock| {
            lock.requested.pointer("/properties/level") == Some(&json!("ReadOnly"))
                && crate::state::key(&lock.id).starts_with(&crate::state::key(id))
        });
    if locked {
        locks_against(desk, id, false)?;
    }
    Ok(found.id.clone())
}

/// The account that the data passes through.
pub(super) fn staging(desk: &Desk, id: &str, region: &str) -> Result<String, Answer> {
    let Some(found) = desk.world.get(id) else {
        return Err(refuse(
            "SimStagingAccountNotFound",
            format!("The storage account '{id}' was not found."),
        ));
    };
    let doc = &found.requested;
    if doc["location"].as_str() != Some(region) {
        return Err(refuse(
            "SimStagingInOtherRegion",
            "The storage account is not in the secondary region.",
        ));
    }
    let sku = doc["sku"]["name"].as_str().unwrap_or_default();
    let kind = doc["kind"].as_str().unwrap_or_default();
    if sku.ends_with("ZRS") || !["Storage", "StorageV2"].contains(&kind) {
        return Err(refuse(
            "SimStagingNotSupported",
            format!("A {kind} account of {sku} cannot be used for staging."),
        ));
    }
    let rules = &doc["properties"]["networkAcls"];
    let open = rules["defaultAction"].as_str() == Some("Allow")
        || rules["bypass"]
            .as_str()
            .is_some_and(|bypass| bypass.contains("AzureServices"));
    if !open {
        return Err(refuse(
            "SimStagingNotReachable",
            "The firewall of the storage account keeps Backup out.",
        ));
    }
    if desk.now < found.ready_at {
        return Err(refuse(
            "SimStagingNotReady",
            "The storage account is still being created.",
        ));
    }
    Ok(found.id.clone())
}

/// The set of keys that the disks are to be encrypted with, if any.
pub(super) fn key_set(
    desk: &Desk,
    request: &Value,
    region: &str,
) -> Result<Option<String>, Answer> {
    let Some(id) = request.get("diskEncryptionSetId").and_then(Value::as_str) else {
        return Ok(None);
    };
    let found = desk.world.get(id).ok_or_else(|| {
        refuse(
            "SimDiskEncryptionSetNotFound",
            format!("The disk encryption set '{id}' was not found."),
        )
    })?;
    if found.requested["location"].as_str() != Some(region) {
        return Err(refuse(
            "SimDiskEncryptionSetInOtherRegion",
            "The disk encryption set is not in the secondary region.",
        ));
    }
    Ok(Some(found.id.clone()))
}
