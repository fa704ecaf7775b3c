//! Virtual machines from restored disks, quota, sizes and the boot check.

use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use super::defaults::fill;
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::names;
use crate::odata;
use crate::state::render::{disks_of, loud};
use crate::state::{Resource, group_of, key};
use crate::timetext::plain;

/// Seconds from the request until a machine is provisioned, and from there until its agent is ready.
const PROVISION: i64 = 70;
const AGENT: i64 = 150;

fn invalid(code: &str, message: String) -> Answer {
    Answer::error(400, code, message)
}

/// Checks the PUT of a machine and returns its document.
pub(crate) fn prepare(
    desk: &mut Desk,
    call: &Call,
    id: &str,
    group: &str,
) -> Result<(Value, i64), Answer> {
    let body = &call.body;
    let location = body["location"].as_str().unwrap_or_default().to_owned();
    let size = body
        .pointer("/properties/hardwareProfile/vmSize")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let sku = sku_of(desk, size, &location)?;
    check_quota(desk, &sku, &location)?;
    let disks = disks_of(body);
    if disks.is_empty()
        || body
            .pointer("/properties/storageProfile/osDisk/managedDisk/id")
            .is_none()
    {
        return Err(invalid(
            "InvalidParameter",
            "Required parameter 'osDisk' is missing (null).".to_owned(),
        ));
    }
    for disk in &disks {
        check_disk(desk, id, disk, &location, group, body)?;
    }
    check_luns(body)?;
    check_system_disk(desk, body)?;
    check_interfaces(desk, id, body, &location)?;
    let mut doc = body.clone();
    doc["id"] = json!(id);
    doc["name"] = json!(id.rsplit('/').next());
    doc["type"] = json!("Microsoft.Compute/virtualMachines");
    describe_disks(desk, &mut doc);
    fill(desk.world.seed, &mut doc, desk.now);
    doc["properties"]["provisioningState"] = json!("Succeeded");
    Ok((doc, PROVISION))
}

fn sku_of(desk: &Desk, size: &str, location: &str) -> Result<Value, Answer> {
    let found = desk.scenario.skus.iter().find(|sku| {
        sku["name"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(size))
            && sku["location"].as_str() == Some(location)
    });
    let Some(sku) = found else {
        return Err(invalid(
            "InvalidParameter",
            format!("The value {size} provided for the VM size is not valid."),
        ));
    };
    if sku["restricted"].as_bool() == Some(true) {
        return Err(Answer::error(
            409,
            "SkuNotAvailable",
            format!(
                "The requested VM size for resource is currently not available in location '{location}'. Please \
                 try another size or deploy to a different location or different zone. See \
                 https://aka.ms/azureskunotavailable for details."
            ),
        ));
    }
    Ok(sku.clone())
}

fn check_quota(desk: &mut Desk, sku: &Value, location: &str) -> Result<(), Answer> {
    let need = sku["vcpus"].as_u64().unwrap_or(2);
    for row in quota(desk, location) {
        let counted = row.0 == "cores" || Some(row.0.as_str()) == sku["family"].as_str();
        if counted && row.2 + need > row.3 {
            desk.fire(Fault::QuotaExceeded, "refused")?;
            return Err(Answer::error(
                409,
                "OperationNotAllowed",
                format!(
                    "Operation could not be completed as it results in exceeding approved {} Cores quota. \
                     Location: {location}, Current Limit: {}, Current Usage: {}, Additional Required: {need}.",
                    row.0, row.3, row.2
                ),
            ));
        }
    }
    Ok(())
}

fn check_disk(
    desk: &Desk,
    vm: &str,
    disk: &str,
    location: &str,
    group: &str,
    body: &Value,
) -> Result<(), Answer> {
    let Some(found) = desk.world.get(disk) else {
        return Err(Answer::not_found(disk));
    };
    let doc = &found.requested;
    let name = doc["name"].as_str().unwrap_or_default();
    if doc["location"].as_str() != Some(location) {
        return Err(invalid(
            "InvalidParameter",
            format!(
                "Disk {name} is in a different location than the virtual machine ({location})."
            ),
        ));
    }
    if group_of(&found.id).as_deref() != Some(group) {
        return Err(invalid(
            "SimDiskInOtherGroup",
            format!("Disk {name} is not in the resource group of the virtual machine."),
        ));
    }
    if let Some(owner) = desk
        .world
        .vm_holding(disk)
        .filter(|owner| key(owner) != key(vm))
    {
        return Err(Answer::error(
            409,
            "AttachDiskWhileBeingAttached",
            format!(
                "Disk '{name}' cannot be attached because it is already owned by VM '{owner}'."
            ),
        ));
    }
    if doc
        .get("zones")
        .is_some_and(|zones| body.get("zones") != Some(zones))
    {
        return Err(invalid(
            "BadRequest",
            format!(
                "Disk {name} cannot be attached to the VM because they are not in the same zone."
            ),
        ));
    }
    Ok(())
}

fn check_luns(body: &Value) -> Result<(), Answer> {
    let rows = body
        .pointer("/properties/storageProfile/dataDisks")
        .and_then(Value::as_array);
    let mut seen = Vec::new();
    for row in rows.into_iter().flatten() {
        let Some(lun) = row["lun"].as_u64() else {
            return Err(invalid(
                "InvalidParameter",
                "Required parameter 'dataDisk.lun' is missing (null).".to_owned(),
            ));
        };
        if seen.contains(&lun) {
            return Err(invalid(
                "InvalidParameter",
                format!("The data disk LUN {lun} is used more than once."),
            ));
        }
        seen.push(lun);
        if row["createOption"].as_str() != Some("Attach") {
            return Err(invalid(
                "InvalidParameter",
                "The value of parameter dataDisk.createOption is invalid.".to_owned(),
            ));
        }
    }
    Ok(())
}

fn check_system_disk(desk: &Desk, body: &Value) -> Result<(), Answer> {
    let disk = &body["properties"]["storageProfile"]["osDisk"];
    let id = disk["managedDisk"]["id"].as_str().unwrap_or_default();
    let Some(found) = desk.world.get(id) else {
        return Err(Answer::not_found(id));
    };
    let Some(system) = found
        .requested
        .pointer("/properties/osType")
        .and_then(Value::as_str)
    else {
        return Err(invalid(
            "InvalidParameter",
            format!("Disk {id} does not have an operating system."),
        ));
    };
    if !disk["osType"]
        .as_str()
        .is_some_and(|asked| asked.eq_ignore_ascii_case(system))
    {
        return Err(invalid(
            "InvalidParameter",
            format!("The osType of disk {id} is {system}."),
        ));
    }
    if disk["createOption"].as_str() != Some("Attach") {
        return Err(invalid(
            "InvalidParameter",
            "The value of parameter osDisk.createOption is invalid.".to_owned(),
        ));
    }
    let trusted = body
        .pointer("/properties/securityProfile/securityType")
        .is_some();
    let generation = found
        .requested
        .pointer("/properties/hyperVGeneration")
        .and_then(Value::as_str);
    if trusted && generation == Some("V1") {
        return Err(invalid(
            "BadRequest",
            "TrustedLaunch needs a disk of generation V2.".to_owned(),
        ));
    }
    if body.pointer("/properties/osProfile").is_some() {
        return Err(invalid(
            "InvalidParameter",
            "Parameter 'osProfile' is not allowed.".to_owned(),
        ));
    }
    Ok(())
}

fn check_interfaces(desk: &Desk, vm: &str, body: &Value, location: &str) -> Result<(), Answer> {
    let rows = body
        .pointer("/properties/networkProfile/networkInterfaces")
        .and_then(Value::as_array);
    let rows = rows.filter(|rows| !rows.is_empty()).ok_or_else(|| {
        invalid(
            "InvalidParameter",
            "Virtual machine must have at least one network interface.".to_owned(),
        )
    })?;
    for row in rows {
        let id = row["id"].as_str().unwrap_or_default();
        let Some(found) = desk.world.get(id) else {
            return Err(Answer::not_found(id));
        };
        let doc = desk.world.shown(found, desk.now);
        if doc["location"].as_str() != Some(location) {
            return Err(invalid(
                "InvalidParameter",
                format!("Network interface {id} is in another region."),
            ));
        }
        let owner = doc
            .pointer("/properties/virtualMachine/id")
            .and_then(Value::as_str);
        if owner.is_some_and(|owner| key(owner) != key(vm)) {
            return Err(invalid(
                "NicInUse",
                format!("Network Interface {id} is used by existing resource."),
            ));
        }
    }
    Ok(())
}

/// Adds to a machine's disks what the provider knows of them.
fn describe_disks(desk: &Desk, doc: &mut Value) {
    let describe = |row: &mut Value| {
        let id = row["managedDisk"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if let Some(found) = desk.world.get(&id) {
            let disk = &found.requested;
            row["name"] = disk["name"].clone();
            row["diskSizeGB"] = disk["properties"]["diskSizeGB"].clone();
            row["managedDisk"]["id"] = json!(loud(&found.id));
            row["managedDisk"]["storageAccountType"] = disk["sku"]["name"].clone();
            if let Some(set) = disk.pointer("/properties/encryption/diskEncryptionSetId") {
                row["managedDisk"]["diskEncryptionSet"] = json!({"id": set});
            }
        }
    };
    let profile = &mut doc["properties"]["storageProfile"];
    describe(&mut profile["osDisk"]);
    match profile["dataDisks"].as_array_mut() {
        Some(rows) => rows.iter_mut().for_each(describe),
        None => profile["dataDisks"] = json!([]),
    }
}

/// What a machine shows of itself at this moment.
pub(crate) fn instance_view(desk: &Desk, vm: &Resource) -> Value {
    let ready = desk.now >= vm.ready_at;
    let agent_at = vm.ready_at + TimeDelta::seconds(AGENT);
    let agent = desk.now >= agent_at;
    let status = |code: &str, text: &str, at| json!({"code": code, "level": "Info", "displayStatus": text, "time": plain(at)});
    let statuses = if ready {
        vec![
            status(
                "ProvisioningState/succeeded",
                "Provisioning succeeded",
                vm.ready_at,
            ),
            status("PowerState/running", "VM running", vm.ready_at),
        ]
    } else {
        vec![
            status("ProvisioningState/creating", "Creating", vm.changed_at),
            status("PowerState/starting", "VM starting", vm.changed_at),
        ]
    };
    let name = vm.requested["name"].as_str().unwrap_or_default();
    let mut view = json!({
        "disks": disks_of(&vm.requested).iter().map(|id| json!({
            "name": id.rsplit('/').next(),
            "statuses": [status("ProvisioningState/succeeded", "Provisioning succeeded", vm.ready_at)],
        })).collect::<Vec<Value>>(),
        "bootDiagnostics": {},
        "hyperVGeneration": "V2",
        "statuses": statuses,
    });
    if ready {
        view["vmAgent"] = if agent {
            json!({
                "vmAgentVersion": "2.13.1.1",
                "statuses": [{
                    "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready",
                    "message": "Guest Agent is running", "time": plain(agent_at),
                }],
                "extensionHandlers": [],
            })
        } else {
            json!({
                "vmAgentVersion": "Unknown",
                "statuses": [{
                    "code": "ProvisioningState/Unavailable", "level": "Warning", "displayStatus": "Not Ready",
                    "message": "VM status blob is found but not yet populated.", "time": plain(desk.now),
                }],
            })
        };
    }
    if agent {
        let windows = vm
            .requested
            .pointer("/properties/storageProfile/osDisk/osType")
            == Some(&json!("Windows"));
        view["computerName"] = json!(name.trim_end_matches("-drill"));
        view["osName"] = json!(if windows {
            "Windows Server 2022 Datacenter"
        } else {
            "ubuntu"
        });
        view["osVersion"] = json!(if windows { "10.0.20348" } else { "22.04" });
    }
    view
}

/// `instanceView` and `retrieveBootDiagnosticsData` of a machine.
pub(crate) fn action(desk: &mut Desk, call: &Call, end: usize, action: &str) -> Reply {
    let id = call.id(end);
    let Some(vm) = desk.world.get(&id).cloned() else {
        return Err(Answer::not_found(&id));
    };
    match (action, &call.method) {
        ("instanceview", &Method::GET) => Ok(Answer::ok(instance_view(desk, &vm))),
        ("retrievebootdiagnosticsdata", &Method::POST) => {
            let enabled = vm
                .requested
                .pointer("/properties/diagnosticsProfile/bootDiagnostics/enabled");
            if enabled != Some(&json!(true)) {
                let message = "Boot diagnostics is not enabled for this virtual machine.";
                return Err(Answer::error(409, "BootDiagnosticsNotEnabled", message));
            }
            if desk.now < vm.ready_at + TimeDelta::seconds(20) {
                let message = "The boot diagnostics are not available yet. Please retry later.";
                return Err(Answer::error(409, "BootDiagnosticsNotReady", message));
            }
            let name = vm.requested["name"].as_str().unwrap_or_default();
            let address = |file: &str| super::blobs::signed(desk, call, name, file);
            Ok(Answer::ok(json!({
                "consoleScreenshotBlobUri": address("screenshot.png"),
                "serialConsoleLogBlobUri": address("serialconsole.log"),
            })))
        }
        _ => Err(super::no_route(call)),
    }
}

/// Name, display text, current value and limit of each quota of a region.
fn quota(desk: &Desk, location: &str) -> Vec<(String, String, u64, u64)> {
    let exhausted = desk.has(Fault::QuotaExceeded) && location == desk.scenario.company.secondary;
    let used = |name: &str| -> u64 {
        let machines = desk.world.of_kind("Microsoft.Compute/virtualMachines");
        let made = machines.filter(|vm| {
            vm.requested["location"].as_str() == Some(location) && vm.created_at > vm_zero(desk)
        });
        made.map(|vm| {
            let size = vm
                .requested
                .pointer("/properties/hardwareProfile/vmSize")
                .and_then(Value::as_str);
            let sku = desk
                .scenario
                .skus
                .iter()
                .find(|sku| sku["name"].as_str() == size);
            let counted =
                name == "cores" || sku.is_some_and(|sku| sku["family"].as_str() == Some(name));
            if counted {
                sku.and_then(|sku| sku["vcpus"].as_u64()).unwrap_or(2)
            } else {
                0
            }
        })
        .sum()
    };
    let rows = desk
        .scenario
        .usages
        .iter()
        .filter(|row| row.location == location)
        .map(|row| {
            let cores = row.name == "cores" || row.name.ends_with("Family");
            let current = if exhausted && cores {
                row.limit.saturating_sub(1)
            } else {
                row.current + used(&row.name)
            };
            (row.name.clone(), row.display.clone(), current, row.limit)
        });
    rows.collect()
}

/// Machines of the scenario are already in its figures.
fn vm_zero(desk: &Desk) -> chrono::DateTime<chrono::Utc> {
    desk.ledger.started_at.unwrap_or(desk.now)
}

/// `GET …/Microsoft.Compute/locations/{location}/usages`.
pub(crate) fn usages(desk: &mut Desk, call: &Call, location: &str) -> Reply {
    desk.fire(Fault::QuotaExceeded, "usages")?;
    let rows = quota(desk, location)
        .into_iter()
        .map(|(name, shown, current, limit)| {
            json!({
                "unit": "Count", "currentValue": current, "limit": limit,
                "name": {"value": name, "localizedValue": shown},
            })
        });
    Ok(page(call, rows.collect()))
}

/// `GET …/Microsoft.Compute/skus`, filtered by location.
pub(crate) fn skus(desk: &Desk, call: &Call) -> Reply {
    let filter =
        odata::parse(call.filter()).map_err(|text| Answer::error(400, "InvalidFilter", text))?;
    let rows = desk
        .scenario
        .skus
        .iter()
        .filter(|sku| filter.matches(&|name| odata::text_of(sku, name)))
        .map(|sku| sku_row(desk, sku));
    Ok(page(call, rows.collect()))
}

fn sku_row(desk: &Desk, sku: &Value) -> Value {
    let location = sku["location"].as_str().unwrap_or_default();
    let text = |name: &str| sku[name].as_str().unwrap_or_default();
    let capability = |name: &str, value: &str| json!({"name": name, "value": value});
    let restrictions = if sku["restricted"].as_bool() == Some(true) {
        json!([{
            "type": "Location", "values": [location],
            "restrictionInfo": {"locations": [location]},
            "reasonCode": "NotAvailableForSubscription",
        }])
    } else {
        json!([])
    };
    let seed = names::number(desk.world.seed, &["cpu", text("name")], 40);
    json!({
        "resourceType": "virtualMachines",
        "name": text("name"),
        "tier": "Standard",
        "size": text("name").trim_start_matches("Standard_"),
        "family": text("family"),
        "locations": [location],
        "locationInfo": [{"location": location, "zones": [], "zoneDetails": []}],
        "capabilities": [
            capability("vCPUs", &sku["vcpus"].to_string()),
            capability("MemoryGB", text("memory")),
            capability("HyperVGenerations", "V1,V2"),
            capability("PremiumIO", "True"),
            capability("MaxDataDiskCount", text("data_disks")),
            capability("ACUs", &(160 + seed).to_string()),
        ],
        "restrictions": restrictions,
    })
}
