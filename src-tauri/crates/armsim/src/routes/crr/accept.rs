//! Accepting a restore: what is checked first, and what the job will make.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{allowed, spelled};
use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::ledger::Change;
use crate::names;
use crate::routes::authorization::locks_against;
use crate::routes::defaults::fill;
use crate::routes::points::{self, Known, SourceDisk, Stamp};
use crate::scenario::Item;
use crate::state::restore::{Ending, Restore};
use crate::timetext::seven;
use crate::token;

/// What a restore asks for, checked.
struct Asked {
    item: Item,
    point: Known,
    vault: String,
    group: String,
    staging: String,
    set: Option<String>,
}

/// `POST …/backupCrossRegionRestore`. There is no idempotency: sent twice, it restores twice.
pub(super) fn restore(desk: &mut Desk, call: &Call, region: &str) -> Reply {
    allowed(desk, "backupCrossRegionRestore/action")?;
    let asked = check(desk, call, region)?;
    let first = desk.world.restores.is_empty();
    let restore = plan(desk, &asked, region, first)?;
    let url = |kind: &str| {
        format!(
            "{}{}/providers/Microsoft.RecoveryServices/locations/{region}/{kind}/{}?api-version={}",
            call.base,
            desk.scenario.subscription_id(),
            spelled(&restore.operation).replace('=', "%3D"),
            call.version()
        )
    };
    let (status, results) = (
        url("backupCrrOperationsStatus"),
        url("backupCrrOperationResults"),
    );
    desk.commit(Change::Restored {
        restore: Box::new(restore.clone()),
    })?;
    if desk.has(Fault::TwinJob) && !desk.fired(Fault::TwinJob, "restore") {
        let twin = twin(desk, &restore);
        let change = Change::Fault {
            name: Fault::TwinJob.name().to_owned(),
            site: "restore".to_owned(),
            docs: Vec::new(),
            twin: Some(Box::new(twin)),
        };
        desk.commit_as("another-operator@evergreen.example", change)?;
        return Err(Answer::cut());
    }
    if desk.fire(Fault::LostResponse, "restore")? {
        return Err(Answer::cut());
    }
    Ok(Answer::empty(202)
        .with("Azure-AsyncOperation", status)
        .with("Location", results)
        .with("Retry-After", "60"))
}

fn refuse(code: &str, message: impl Into<String>) -> Answer {
    Answer::error(400, code, message)
}

fn check(desk: &mut Desk, call: &Call, region: &str) -> Result<Asked, Answer> {
    let empty = Map::new();
    let details = call.body["crossRegionRestoreAccessDetails"]
        .as_object()
        .unwrap_or(&empty);
    let request = call.body["restoreRequest"].clone();
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    if details.get("objectType") != Some(&json!("CrrAccessToken")) {
        return Err(refuse(
            "BMSUserErrorInvalidInput",
            "The objectType of the access details is not CrrAccessToken.",
        ));
    }
    token::unseal(desk.world.seed, details, desk.now)
        .map_err(|text| refuse("SimAccessTokenRefused", text))?;
    let member = |name: &str| {
        details
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let vault = format!(
        "{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}",
        desk.scenario.subscription_id(),
        member("resourceGroupName"),
        member("resourceName")
    );
    let vault = desk
        .world
        .get(&vault)
        .map(|found| found.id.clone())
        .ok_or_else(|| Answer::not_found(&vault))?;
    super::super::backup::replicated(desk, &vault)?;
    let native = member("containerName");
    let item = points::find(desk, &member("resourceName"), &native, Stamp::Passive)
        .ok_or_else(|| refuse("BMSUserErrorDataSourceObjectNotFound", "Item not found."))?;
    let known = points::points(desk, &item, Stamp::Passive);
    let point = known
        .into_iter()
        .find(|known| {
            known.name == text("recoveryPointId") && known.name == member("recoveryPointName")
        })
        .ok_or_else(|| {
            refuse(
                "SimTokenOfAnotherPoint",
                "The access token was issued for another recovery point.",
            )
        })?;
    if text("objectType") != "IaasVMRestoreRequest" || text("recoveryType") != "RestoreDisks" {
        return Err(refuse(
            "SimUnsupportedRecoveryType",
            "Only RestoreDisks of a virtual machine is scripted.",
        ));
    }
    if !text("region").eq_ignore_ascii_case(region) {
        return Err(refuse(
            "BMSUserErrorInvalidInput",
            "The region of the request is not the one it was sent to.",
        ));
    }
    if !text("sourceResourceId").eq_ignore_ascii_case(&points::source(desk, &item)) {
        return Err(refuse(
            "BMSUserErrorInvalidInput",
            "The sourceResourceId is not the item's.",
        ));
    }
    let group = target(desk, &text("targetResourceGroupId"))?;
    let staging = staging(desk, &text("storageAccountId"), region)?;
    let set = key_set(desk, &request, region)?;
    Ok(Asked {
        item,
        point,
        vault,
        group,
        staging,
        set,
    })
}

fn target(desk: &Desk, id: &str) -> Result<String, Answer> {
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

fn staging(desk: &Desk, id: &str, region: &str) -> Result<String, Answer> {
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

fn key_set(desk: &Desk, request: &Value, region: &str) -> Result<Option<String>, Answer> {
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

fn plan(desk: &mut Desk, asked: &Asked, region: &str, first: bool) -> Result<Restore, Answer> {
    let job = desk.id("job");
    let sources = points::source_disks(desk, &asked.item);
    let gigabytes: u64 = sources
        .iter()
        .filter_map(|disk| disk.doc["properties"]["diskSizeGB"].as_u64())
        .sum();
    let jitter = names::number(desk.world.seed, &["duration", &job], 121);
    // Twenty minutes for 127 GB, give or take six percent.
    let seconds = (gigabytes * 1_200 / 127).max(420) * (940 + jitter) / 1_000;
    let mut ends_at = desk.now + TimeDelta::seconds(seconds.cast_signed());
    let mut ending = Ending::Completed;
    let mut disks: Vec<Value> = Vec::new();
    let disks_at = ends_at - TimeDelta::seconds(20);
    for source in &sources {
        disks.push(disk(desk, asked, source, disks_at, region));
    }
    if first && desk.fire(Fault::JobFails, "restore")? {
        ending = Ending::Failed;
        disks.truncate(sources.len() - 1);
    }
    if first && desk.fire(Fault::JobStuck, "restore")? {
        ending = Ending::Stuck;
        ends_at = desk.now + TimeDelta::hours(26);
        disks.clear();
    }
    if asked.set.is_some()
        && desk.fire(Fault::CompletedButWrong, "restore")?
        && let Some(last) = disks.last_mut()
    {
        last["properties"]["encryption"] = json!({"type": "EncryptionAtRestWithPlatformKey"});
    }
    let short = job.replace('-', "");
    let mut blobs = vec![
        format!("config-{}-{job}.json", asked.item.vm),
        format!("azuredeploy{short}.json"),
    ];
    blobs.extend((0..sources.len()).map(|n| format!("{}-{short}-{n}.vhd", asked.item.vm)));
    Ok(Restore {
        operation: desk.id("restore-operation"),
        job,
        item: asked.item.vm.clone(),
        vault_id: asked.vault.clone(),
        point: asked.point.name.clone(),
        point_time: asked.point.time,
        region: region.to_owned(),
        target_group: asked.group.clone(),
        staging: asked.staging.clone(),
        started: desk.now,
        accepted_at: desk.after(22),
        container_at: desk.after(48),
        disks_at: if ending == Ending::Stuck {
            ends_at
        } else {
            disks_at
        },
        ends_at,
        ending,
        gigabytes,
        container: format!("{}-{}", asked.item.vm, &short[..12]),
        blobs,
        disks,
        container_landed: false,
        disks_landed: false,
    })
}

/// The document of a restored disk: what the point had, under a name of its own.
fn disk(desk: &Desk, asked: &Asked, source: &SourceDisk, at: DateTime<Utc>, region: &str) -> Value {
    let stamp = desk.now.format("%Y%m%d-%H%M%S");
    let vm = &asked.item.vm;
    let name = match source.lun {
        -1 => format!("{vm}-osdisk-{stamp}"),
        lun => format!("{vm}-datadisk-{lun:03}-{stamp}"),
    };
    let from = &source.doc["properties"];
    let mut properties = json!({
        "creationData": {
            "createOption": "Import",
            "sourceUri": format!(
                "https://{}.blob.core.windows.net/",
                asked.staging.rsplit('/').next().unwrap_or_default()
            ),
        },
        "diskSizeGB": from["diskSizeGB"],
        "timeCreated": seven(at),
        "encryption": match &asked.set {
            Some(set) => json!({
                "type": "EncryptionAtRestWithCustomerKey",
                "diskEncryptionSetId": set,
            }),
            None => json!({"type": "EncryptionAtRestWithPlatformKey"}),
        },
    });
    for member in ["osType", "hyperVGeneration", "securityProfile"] {
        if let Some(value) = from.get(member) {
            properties[member] = value.clone();
        }
    }
    let mut doc = json!({
        "id": format!("{}/providers/Microsoft.Compute/disks/{name}", asked.group),
        "name": name,
        "type": "Microsoft.Compute/disks",
        "location": region,
        "sku": source.doc["sku"],
        "properties": properties,
    });
    if let Some(zones) = &asked.item.zones {
        doc["zones"] = json!(zones);
    }
    fill(desk.world.seed, &mut doc, at);
    doc
}

/// A second job of the same item, started by somebody else a moment later; its disks go elsewhere.
fn twin(desk: &Desk, restore: &Restore) -> Restore {
    let later = TimeDelta::seconds(31);
    Restore {
        operation: names::guid(desk.world.seed, &["twin", &restore.operation]),
        job: names::guid(desk.world.seed, &["twin", &restore.job]),
        started: restore.started + later,
        accepted_at: restore.accepted_at + later,
        ends_at: restore.ends_at + later,
        target_group: format!(
            "{}/resourceGroups/rg-claims-dr-westus",
            desk.scenario.subscription_id()
        ),
        container: String::new(),
        disks: Vec::new(),
        ..restore.clone()
    }
}
