//! Virtual machines from restored disks: what is checked before one is made.

use serde_json::{Value, json};

use super::defaults::fill;
use super::policy;
use crate::answer::Answer;
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::state::render::{disks_of, loud};
use crate::state::{group_of, key};

/// Seconds from the request until a machine is provisioned.
const PROVISION: i64 = 70;

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
    if desk.has(Fault::PolicyDenies) {
        desk.fire(Fault::PolicyDenies, "machine")?;
        let name = id.rsplit('/').next().unwrap_or_default();
        return Err(policy::disallowed(desk, &policy::unlisted(desk), name));
    }
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
    for row in super::room::quota(desk, location) {
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
