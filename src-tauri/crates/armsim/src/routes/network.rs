//! Network interfaces, the rules in effect on them, and the network quota.

use http::Method;
use serde_json::{Value, json};

use super::defaults::fill;
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;

/// Checks the PUT of a network interface.
pub(crate) fn prepare(desk: &mut Desk, call: &Call, id: &str) -> Result<(Value, i64), Answer> {
    let location = call.body["location"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let given = call
        .body
        .pointer("/properties/ipConfigurations")
        .and_then(Value::as_array)
        .cloned();
    let Some(mut configurations) = given.filter(|rows| !rows.is_empty()) else {
        return Err(Answer::error(
            400,
            "NetworkInterfaceMustHaveOneIpConfiguration",
            "A network interface must have at least one IP configuration.",
        ));
    };
    for (n, row) in configurations.iter_mut().enumerate() {
        configure(desk, id, &location, n, row)?;
    }
    let mut doc = json!({
        "id": id,
        "name": id.rsplit('/').next(),
        "type": "Microsoft.Network/networkInterfaces",
        "location": location,
        "tags": call.body.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": call.body["properties"],
    });
    doc["properties"]["ipConfigurations"] = json!(configurations);
    doc["properties"]["dnsSettings"] = json!({"dnsServers": [], "appliedDnsServers": []});
    doc["properties"]["enableAcceleratedNetworking"] = json!(false);
    doc["properties"]["enableIPForwarding"] = json!(false);
    fill(desk.world.seed, &mut doc, desk.now);
    Ok((doc, 3))
}

/// Checks one address configuration and gives it its address.
fn configure(
    desk: &Desk,
    id: &str,
    location: &str,
    n: usize,
    row: &mut Value,
) -> Result<(), Answer> {
    let subnet = row
        .pointer("/properties/subnet/id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let refuse = |why: &str| {
        let message = format!("Resource {subnet} referenced by resource {id} {why}.");
        Answer::error(400, "InvalidResourceReference", message)
    };
    let found = desk
        .world
        .get(&subnet)
        .ok_or_else(|| refuse("was not found"))?;
    if desk.world.location_of(&subnet).as_deref() != Some(location) {
        return Err(refuse("is in another region"));
    }
    super::authorization::require(
        desk,
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        &subnet,
    )?;
    let prefix = found
        .requested
        .pointer("/properties/addressPrefix")
        .and_then(Value::as_str);
    let used = desk
        .world
        .of_kind("Microsoft.Network/networkInterfaces")
        .count()
        + n;
    let name = row["name"].as_str().unwrap_or("ipconfig1").to_owned();
    row["id"] = json!(format!("{id}/ipConfigurations/{name}"));
    row["type"] = json!("Microsoft.Network/networkInterfaces/ipConfigurations");
    row["properties"]["provisioningState"] = json!("Succeeded");
    row["properties"]["primary"] = json!(n == 0);
    row["properties"]["privateIPAddress"] = json!(address(prefix.unwrap_or("10.0.0.0/24"), used));
    row["properties"]["privateIPAddressVersion"] = json!("IPv4");
    Ok(())
}

/// The next free address: Azure keeps the first four.
fn address(prefix: &str, used: usize) -> String {
    let start = prefix.split('/').next().unwrap_or_default();
    let (network, _) = start.rsplit_once('.').unwrap_or(("10.0.0", "0"));
    format!("{network}.{}", 4 + used)
}

/// `GET …/Microsoft.Network/locations/{location}/usages`.
pub(crate) fn usages(desk: &Desk, call: &Call, location: &str) -> Reply {
    let nics = desk
        .world
        .of_kind("Microsoft.Network/networkInterfaces")
        .count();
    let networks = desk
        .world
        .of_kind("Microsoft.Network/virtualNetworks")
        .count();
    let rows = [
        ("VirtualNetworks", "Virtual Networks", networks, 1_000),
        ("NetworkInterfaces", "Network Interfaces", nics, 65_536),
    ];
    let rows = rows.into_iter().map(|(name, shown, current, limit)| {
        json!({
            "id": format!("{}/providers/Microsoft.Network/locations/{location}/usages/{name}", desk.scenario.subscription_id()),
            "unit": "Count", "currentValue": current, "limit": limit,
            "name": {"value": name, "localizedValue": shown},
        })
    });
    Ok(page(call, rows.collect()))
}

/// `POST …/effectiveNetworkSecurityGroups`: needs a running machine; the result lies behind `Location`.
pub(crate) fn effective(desk: &Desk, call: &Call, end: usize) -> Reply {
    let id = call.id(end);
    let Some(nic) = desk.world.get(&id) else {
        return Err(Answer::not_found(&id));
    };
    let shown = desk.world.shown(nic, desk.now);
    if shown.pointer("/properties/virtualMachine/id").is_none() {
        return Err(Answer::error(
            400,
            "NetworkInterfaceNotInUse",
            format!("Network interface {id} must be attached to a running virtual machine."),
        ));
    }
    let later = call.method == Method::GET || call.query.contains_key("result");
    if !later {
        let url = format!(
            "{}{}?api-version={}&result=1",
            call.base,
            call.path,
            call.version()
        );
        return Ok(Answer::empty(202)
            .with("Location", url)
            .with("Retry-After", "2"));
    }
    let subnet = shown
        .pointer("/properties/ipConfigurations/0/properties/subnet/id")
        .and_then(Value::as_str);
    let of_nic = shown
        .pointer("/properties/networkSecurityGroup/id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let of_subnet = subnet
        .and_then(|id| desk.world.get(id))
        .and_then(|s| s.requested.pointer("/properties/networkSecurityGroup/id"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    let mut rows = Vec::new();
    for group in of_nic.into_iter().chain(of_subnet) {
        if let Some(found) = desk.world.get(&group) {
            rows.push(rules_in_effect(&group, subnet, &found.requested));
        }
    }
    Ok(Answer::ok(json!({"value": rows})))
}

fn rules_in_effect(group: &str, subnet: Option<&str>, doc: &Value) -> Value {
    let own = doc["properties"]["securityRules"]
        .as_array()
        .into_iter()
        .flatten();
    let default = doc["properties"]["defaultSecurityRules"]
        .as_array()
        .into_iter()
        .flatten();
    let rules: Vec<Value> = own
        .map(|rule| ("securityRules", rule))
        .chain(default.map(|rule| ("defaultSecurityRules", rule)))
        .map(|(list, rule)| {
            let mut flat = rule["properties"].clone();
            flat["name"] = json!(format!(
                "{list}/{}",
                rule["name"].as_str().unwrap_or_default()
            ));
            flat
        })
        .collect();
    json!({
        "networkSecurityGroup": {"id": group},
        "association": {"subnet": {"id": subnet}},
        "effectiveSecurityRules": rules,
    })
}
