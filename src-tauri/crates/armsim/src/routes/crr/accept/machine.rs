//! A whole machine in the secondary region: where it may come to be, and what it is made of.

use serde_json::{Value, json};

use super::{Asked, Course, invalid, refuse};
use crate::answer::Answer;
use crate::desk::Desk;
use crate::routes::defaults::fill;
use crate::routes::points;
use crate::state::{group_of, key};

/// The machine that a request names.
pub(super) struct Wanted {
    id: String,
    subnet: String,
}

/// Checks the names of the machine, its network and subnet.
pub(super) fn wanted(
    desk: &Desk,
    request: &Value,
    group: &str,
    region: &str,
) -> Result<Wanted, Answer> {
    let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
    let id = text("targetVirtualMachineId");
    if group_of(&id) != Some(key(group)) {
        return Err(invalid(
            "The target virtual machine is not in the target resource group.",
        ));
    }
    if desk.world.get(&id).is_some() {
        return Err(refuse(
            "SimTargetVirtualMachineExists",
            "The target virtual machine exists already.",
        ));
    }
    let network = text("virtualNetworkId");
    let found = desk
        .world
        .get(&network)
        .ok_or_else(|| Answer::not_found(&network))?;
    if found.requested["location"].as_str() != Some(region) {
        return Err(refuse(
            "SimNetworkInOtherRegion",
            "The virtual network is not in the secondary region.",
        ));
    }
    let subnet = text("subnetId");
    let known = desk
        .world
        .get(&subnet)
        .filter(|_| key(&subnet).starts_with(&key(&network)));
    let subnet = known.map(|subnet| subnet.id.clone());
    Ok(Wanted {
        id,
        subnet: subnet.ok_or_else(|| invalid("The subnet is not in the virtual network."))?,
    })
}

/// The documents of the machine and of its network interface.
pub(super) fn made(
    desk: &Desk,
    asked: &Asked,
    wanted: &Wanted,
    course: &Course,
    region: &str,
) -> Vec<Value> {
    let name = wanted.id.rsplit('/').next().unwrap_or_default();
    let nic = format!(
        "{}/providers/Microsoft.Network/networkInterfaces/{name}-nic",
        asked.group
    );
    let mut interface = json!({
        "id": nic,
        "name": format!("{name}-nic"),
        "type": "Microsoft.Network/networkInterfaces",
        "location": region,
        "properties": {
            "ipConfigurations": [{
                "name": "ipconfig1",
                "id": format!("{nic}/ipConfigurations/ipconfig1"),
                "properties": {
                    "primary": true, "privateIPAllocationMethod": "Dynamic", "privateIPAddressVersion": "IPv4",
                    "subnet": {"id": wanted.subnet}, "provisioningState": "Succeeded",
                },
            }],
            "enableIPForwarding": false,
        },
    });
    let source = desk.world.get(&points::source(desk, &asked.item));
    let size = source.and_then(|vm| vm.requested.pointer("/properties/hardwareProfile").cloned());
    let disks = course.disks.iter().enumerate();
    let mut entries: Vec<Value> = disks.map(|(n, disk)| entry(n, disk)).collect();
    let system = entries.remove(0);
    let mut machine = json!({
        "id": wanted.id,
        "name": name,
        "type": "Microsoft.Compute/virtualMachines",
        "location": region,
        "properties": {
            "hardwareProfile": size,
            "storageProfile": {"osDisk": system, "dataDisks": entries},
            "networkProfile": {"networkInterfaces": [{"id": nic}]},
        },
    });
    for doc in [&mut interface, &mut machine] {
        fill(desk.world.seed, doc, course.disks_at);
    }
    vec![interface, machine]
}

fn entry(n: usize, disk: &Value) -> Value {
    let mut entry = json!({
        "name": disk["name"],
        "createOption": "Attach",
        "caching": if n == 0 { "ReadWrite" } else { "None" },
        "diskSizeGB": disk["properties"]["diskSizeGB"],
        "managedDisk": {"id": disk["id"], "storageAccountType": disk["sku"]["name"]},
    });
    match (n, disk["properties"].get("osType")) {
        (0, Some(system)) => entry["osType"] = system.clone(),
        (0, None) => {}
        (n, _) => entry["lun"] = json!(n - 1),
    }
    entry
}
