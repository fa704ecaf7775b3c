//! The test machine of a protected item: where it may come to be, and what it is made of.

use serde_json::{Value, json};

use super::refuse;
use crate::answer::Answer;
use crate::desk::Desk;
use crate::routes::authorization::require;
use crate::routes::defaults::fill;
use crate::state::{Resource, key};

/// Where an item comes to be, as it was asked for.
pub(super) struct Wanted {
    pub(super) region: String,
    group: String,
    subnet: Value,
    pub(super) point: Option<String>,
}

/// Checks what a test failover of an item asks for.
pub(super) fn wanted(
    desk: &Desk,
    asked: &Value,
    item: &Resource,
    planned: bool,
) -> Result<Wanted, Answer> {
    let own = &item.requested["properties"]["providerSpecificDetails"];
    let text = |name: &str| own[name].as_str().unwrap_or_default().to_owned();
    let details = &asked["providerSpecificDetails"];
    // A plan takes a list, an item one.
    let details = if planned { &details[0] } else { details };
    if details["instanceType"] != own["instanceType"] {
        let message = "The instanceType of the request is not the item's.";
        return Err(refuse(400, "SimInstanceTypeMismatch", message));
    }
    let named = details["recoveryPointId"].as_str();
    let point = match named.filter(|point| !point.is_empty()) {
        None => newest(desk, item),
        Some(point) => {
            let inside = key(point).starts_with(&format!("{}/recoverypoints/", key(&item.id)));
            let known = desk.world.get(point).filter(|_| inside);
            Some(
                known
                    .map(|known| known.id.clone())
                    .ok_or_else(|| Answer::not_found(point))?,
            )
        }
    };
    let region = text("recoveryFabricLocation");
    let subnet = network(desk, asked, &region)?;
    Ok(Wanted {
        region,
        group: text("recoveryAzureResourceGroupId"),
        subnet,
        point,
    })
}

/// The newest recovery point of an item.
fn newest(desk: &Desk, item: &Resource) -> Option<String> {
    let points = desk.world.children(&item.id, "recoveryPoints", desk.now);
    let taken = |point: &&Value| {
        let at = point["properties"]["recoveryPointTime"].as_str();
        at.unwrap_or_default().to_owned()
    };
    let newest = points.iter().max_by_key(taken)?;
    newest["id"].as_str().map(str::to_owned)
}

/// The network must be named, exist, lie in the recovery region and be open to the caller.
fn network(desk: &Desk, asked: &Value, region: &str) -> Result<Value, Answer> {
    if asked["networkType"] != "VmNetworkAsInput" {
        let message = "The network of a test failover is named by VmNetworkAsInput and networkId.";
        return Err(refuse(400, "SimNetworkNotNamed", message));
    }
    let id = asked["networkId"].as_str().unwrap_or_default();
    let found = desk.world.get(id).filter(|found| {
        found
            .kind
            .eq_ignore_ascii_case("Microsoft.Network/virtualNetworks")
    });
    let found = found.ok_or_else(|| Answer::not_found(id))?;
    if found.requested["location"].as_str() != Some(region) {
        let message = "The virtual network is not in the recovery region.";
        return Err(refuse(400, "SimNetworkInOtherRegion", message));
    }
    require(
        desk,
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        &found.id,
    )?;
    let subnets = desk.world.children(&found.id, "subnets", desk.now);
    Ok(subnets
        .first()
        .map_or(Value::Null, |subnet| subnet["id"].clone()))
}

/// The documents of a test machine, its interface and its disks.
pub(super) fn made(desk: &Desk, item: &Resource, wanted: &Wanted) -> Vec<Value> {
    let own = &item.requested["properties"]["providerSpecificDetails"];
    let Wanted {
        region,
        group,
        subnet,
        ..
    } = wanted;
    let name = format!(
        "{}-test",
        own["recoveryAzureVMName"].as_str().unwrap_or_default()
    );
    let disks = own["protectedManagedDisks"]
        .as_array()
        .into_iter()
        .flatten();
    let mut docs: Vec<Value> = disks.map(|disk| copied(disk, group, region)).collect();
    let mut entries: Vec<Value> = docs
        .iter()
        .map(|disk| json!({"name": disk["name"], "createOption": "Attach", "managedDisk": {"id": disk["id"]}}))
        .collect();
    let system = if entries.is_empty() {
        Value::Null
    } else {
        entries.remove(0)
    };
    for (lun, entry) in entries.iter_mut().enumerate() {
        entry["lun"] = json!(lun);
    }
    let nic = format!("{group}/providers/Microsoft.Network/networkInterfaces/{name}-nic");
    docs.push(json!({
        "id": nic, "name": format!("{name}-nic"), "type": "Microsoft.Network/networkInterfaces", "location": region,
        "properties": {"ipConfigurations": [{
            "name": "ipconfig1", "id": format!("{nic}/ipConfigurations/ipconfig1"),
            "properties": {"primary": true, "privateIPAllocationMethod": "Dynamic", "subnet": {"id": subnet}},
        }]},
    }));
    docs.push(json!({
        "id": format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}"),
        "name": name, "type": "Microsoft.Compute/virtualMachines", "location": region,
        "properties": {
            "hardwareProfile": {"vmSize": own["recoveryAzureVMSize"]},
            "storageProfile": {"osDisk": system, "dataDisks": entries},
            "networkProfile": {"networkInterfaces": [{"id": nic}]},
        },
    }));
    for doc in &mut docs {
        fill(desk.world.seed, doc, desk.now);
    }
    docs
}

fn copied(disk: &Value, group: &str, region: &str) -> Value {
    let name = format!("{}-ASRtest", disk["diskName"].as_str().unwrap_or_default());
    json!({
        "id": format!("{group}/providers/Microsoft.Compute/disks/{name}"),
        "name": name, "type": "Microsoft.Compute/disks", "location": region,
        "sku": {"name": disk["recoveryTargetDiskAccountType"]},
        "properties": {
            "diskSizeGB": disk["diskCapacityInBytes"].as_u64().unwrap_or_default() >> 30,
            "creationData": {"createOption": "Copy", "sourceResourceId": disk["recoveryReplicaDiskId"]},
        },
    })
}
