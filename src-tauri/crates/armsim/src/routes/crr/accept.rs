//! Accepting a restore: what is checked first, and what the job will make.

mod machine;
mod place;
mod workload;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{allowed, spelled};
use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::ledger::Change;
use crate::names;
use crate::quirks;
use crate::routes::access;
use crate::routes::backup::replicated;
use crate::routes::defaults::fill;
use crate::routes::points::{self, Known, SourceDisk, Stamp};
use crate::scenario::Item;
use crate::state::restore::{Ending, Restore, Source, Way};
use crate::timetext::seven;
use crate::token;

/// How long a snapshot takes to become disks, give or take six percent.
const SNAPSHOT_SECONDS: u64 = 300;

/// What a restore asks for, checked.
pub(super) struct Asked {
    item: Item,
    point: Known,
    vault: String,
    group: String,
    staging: String,
    set: Option<String>,
    /// The machine that is to be made of the disks.
    machine: Option<machine::Wanted>,
}

/// `POST …/backupCrossRegionRestore`. There is no idempotency: sent twice, it restores twice.
pub(super) fn restore(desk: &mut Desk, call: &Call, region: &str) -> Reply {
    allowed(desk, "backupCrossRegionRestore/action")?;
    let restore = if workload::is_meant(call) {
        workload::plan(desk, call, region)?
    } else {
        let asked = check(desk, call, region)?;
        plan(desk, &asked, region, Source::Secondary)?
    };
    let url = |kind: &str| {
        format!(
            "{}{}/providers/Microsoft.RecoveryServices/locations/{region}/{kind}/{}?api-version={}",
            call.base,
            desk.scenario.subscription_id(),
            // Bare, as the service sends it: the Azure CLI takes the last segment and encodes it once more.
            spelled(&restore.operation),
            call.version()
        )
    };
    let (status, results) = (
        url("backupCrrOperationsStatus"),
        url("backupCrrOperationResults"),
    );
    let machine = call.body["restoreRequest"]["sourceResourceId"].as_str();
    begin(desk, &restore, machine.unwrap_or_default())?;
    Ok(Answer::empty(202)
        .with("Azure-AsyncOperation", status)
        .with("Location", results)
        .with("Retry-After", "60"))
}

/// Begins a restore; what comes between it and its answer is an error.
pub(super) fn begin(desk: &mut Desk, restore: &Restore, machine: &str) -> Result<(), Answer> {
    desk.commit(Change::Restored {
        restore: Box::new(restore.clone()),
    })?;
    desk.fire(Fault::LogGap, "restore")?;
    crate::stranger::meddle(desk, machine, &restore.vault_id)?;
    if desk.has(Fault::TwinJob) && !desk.fired(Fault::TwinJob, "restore") {
        let twin = twin(desk, restore);
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
    Ok(())
}

pub(super) fn refuse(code: &str, message: impl Into<String>) -> Answer {
    Answer::error(400, code, message)
}

fn check(desk: &mut Desk, call: &Call, region: &str) -> Result<Asked, Answer> {
    let of = opened(desk, call)?;
    wanted(desk, &call.body["restoreRequest"], of, region)
}

/// Checks what is asked for of a point: the vault, the item, the point.
pub(super) fn wanted(
    desk: &mut Desk,
    request: &Value,
    of: (String, Item, Known),
    region: &str,
) -> Result<Asked, Answer> {
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let (vault, item, point) = of;
    if text("recoveryPointId") != point.name {
        return Err(refuse(
            "SimTokenOfAnotherPoint",
            "What is asked for is another recovery point.",
        ));
    }
    let alternate = text("recoveryType") == "AlternateLocation";
    if text("objectType") != "IaasVMRestoreRequest"
        || (text("recoveryType") != "RestoreDisks" && !alternate)
    {
        return Err(refuse(
            "SimUnsupportedRecoveryType",
            "A machine is restored by RestoreDisks or AlternateLocation only.",
        ));
    }
    if !text("region").eq_ignore_ascii_case(region) {
        return Err(invalid(
            "The region of the request is not the one it was sent to.",
        ));
    }
    if !text("sourceResourceId").eq_ignore_ascii_case(&points::source(desk, &item)) {
        return Err(invalid("The sourceResourceId is not the item's."));
    }
    place::lock_target(desk, &text("targetResourceGroupId"))?;
    let group = place::target(desk, &text("targetResourceGroupId"))?;
    let staging = place::staging(desk, &text("storageAccountId"), region)?;
    let set = place::key_set(desk, request, region)?;
    let machine = if alternate {
        Some(machine::wanted(desk, request, &group, region)?)
    } else {
        None
    };
    Ok(Asked {
        machine,
        item,
        point,
        vault,
        group,
        staging,
        set,
    })
}

fn invalid(message: &str) -> Answer {
    refuse("BMSUserErrorInvalidInput", message)
}

/// Checks the access details as they came back, and returns what they were issued for.
fn opened(desk: &mut Desk, call: &Call) -> Result<(String, Item, Known), Answer> {
    let empty = Map::new();
    let details = call.body["crossRegionRestoreAccessDetails"]
        .as_object()
        .unwrap_or(&empty);
    let vault = issued(desk, call, details, "CrrAccessToken")?;
    let member = |name: &str| member(details, name);
    let (name, native) = (member("resourceName"), member("containerName"));
    let item = points::find(desk, &name, &native, Stamp::Passive)
        .ok_or_else(|| refuse("BMSUserErrorDataSourceObjectNotFound", "Item not found."))?;
    let point = points::points(desk, &item, Stamp::Passive)
        .into_iter()
        .find(|known| access::number_of(desk, &item, &known.name) == member("recoveryPointId"))
        .ok_or_else(|| invalid("The recovery point is no longer there."))?;
    Ok((vault, item, point))
}

fn member(details: &Map<String, Value>, name: &str) -> String {
    let value = details.get(name).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

/// Checks that access details are those that were issued, and returns the vault they were issued for.
fn issued(
    desk: &mut Desk,
    call: &Call,
    details: &Map<String, Value>,
    kind: &str,
) -> Result<String, Answer> {
    if details.get("objectType") != Some(&json!(kind)) {
        let message = format!("The objectType of the access details is not {kind}.");
        return Err(invalid(&message));
    }
    token::unseal(desk.world.seed, details, desk.now, call.typed)
        .map_err(|text| refuse("SimAccessTokenRefused", text))?;
    let vault = format!(
        "{}/resourceGroups/{}/providers/Microsoft.RecoveryServices/vaults/{}",
        desk.scenario.subscription_id(),
        member(details, "resourceGroupName"),
        member(details, "resourceName")
    );
    let found = desk.world.get(&vault).map(|found| found.id.clone());
    let vault = found.ok_or_else(|| Answer::not_found(&vault))?;
    replicated(desk, &vault)?;
    Ok(vault)
}

/// How a job goes on: its end and the disks it makes by then.
struct Course {
    ending: Ending,
    ends_at: DateTime<Utc>,
    disks_at: DateTime<Utc>,
    disks: Vec<Value>,
}

fn course(
    desk: &mut Desk,
    asked: &Asked,
    sources: &[SourceDisk],
    seconds: i64,
    region: &str,
) -> Result<Course, Answer> {
    let first = desk.world.restores.is_empty();
    let ends_at = desk.after(seconds);
    let disks_at = ends_at - TimeDelta::seconds(20);
    let disks = sources
        .iter()
        .map(|source| disk(desk, asked, source, disks_at, region))
        .collect();
    let mut course = Course {
        ending: Ending::Completed,
        ends_at,
        disks_at,
        disks,
    };
    if first && desk.fire(Fault::JobFails, "restore")? {
        course.ending = Ending::Failed;
        course.disks.truncate(sources.len() - 1);
    }
    if first && desk.fire(Fault::JobStuck, "restore")? {
        course.ending = Ending::Stuck;
        course.ends_at = desk.now + TimeDelta::hours(26);
        course.disks_at = course.ends_at;
        course.disks.clear();
    }
    if asked.set.is_some()
        && desk.fire(Fault::CompletedButWrong, "restore")?
        && let Some(last) = course.disks.last_mut()
    {
        last["properties"]["encryption"] = json!({"type": "EncryptionAtRestWithPlatformKey"});
    }
    Ok(course)
}

/// The whole course of a restore, from where its data comes.
pub(super) fn plan(
    desk: &mut Desk,
    asked: &Asked,
    region: &str,
    source: Source,
) -> Result<Restore, Answer> {
    let (job, operation) = (desk.id("job"), desk.id("restore-operation"));
    let (started, accepted_at, container_at) = (desk.now, desk.after(22), desk.after(48));
    let sources = points::source_disks(desk, &asked.item);
    let gigabytes: u64 = sources
        .iter()
        .filter_map(|disk| disk.doc["properties"]["diskSizeGB"].as_u64())
        .sum();
    let jitter = names::number(desk.world.seed, &["duration", &job], 121);
    // Twenty minutes for 127 GB, give or take six percent; a snapshot is there already.
    let whole = match source {
        Source::Snapshot => SNAPSHOT_SECONDS,
        Source::Secondary | Source::Vault => (gigabytes * 1_200 / 127).max(420),
    };
    let seconds = whole * (940 + jitter) / 1_000;
    let seconds = quirks::slowed(desk, region, seconds.cast_signed())?;
    let course = course(desk, asked, &sources, seconds, region)?;
    let machine = asked.machine.as_ref();
    let machine = machine.filter(|_| course.ending == Ending::Completed);
    let beside = machine.map(|wanted| machine::made(desk, asked, wanted, &course, region));
    let (short, vm) = (job.replace('-', ""), &asked.item.vm);
    let mut blobs = vec![
        format!("config-{vm}-{job}.json"),
        format!("azuredeploy{short}.json"),
    ];
    blobs.extend((0..sources.len()).map(|n| format!("{vm}-{short}-{n}.vhd")));
    Ok(Restore {
        operation,
        item: vm.clone(),
        vault_id: asked.vault.clone(),
        point: asked.point.name.clone(),
        point_time: asked.point.time,
        region: region.to_owned(),
        target_group: asked.group.clone(),
        staging: asked.staging.clone(),
        started,
        accepted_at,
        container_at,
        disks_at: course.disks_at,
        ends_at: course.ends_at,
        ending: course.ending,
        gigabytes,
        container: format!("{vm}-{}", &short[..12]),
        blobs,
        way: if asked.machine.is_some() {
            Way::Machine
        } else {
            Way::Disks
        },
        beside: beside.unwrap_or_default(),
        source,
        target: String::new(),
        disks: course.disks,
        container_landed: false,
        disks_landed: false,
        job,
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
        beside: Vec::new(),
        ..restore.clone()
    }
}
