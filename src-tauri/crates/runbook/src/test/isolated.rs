//! Whether a subnet is isolated (contract f.3, f.4).
//!
//! The value is an object of ARM answers; a list may be the list itself or an answer with `value`:
//!
//! | member | answer |
//! |---|---|
//! | `vnet` | the virtual network |
//! | `subnet` | the subnet |
//! | `nsg` | the network security group of the subnet, or null |
//! | `routeTable` | the route table of the subnet, or null when it has none |
//! | `peerings` | the list of peerings; the network's own list when missing |
//! | `dns_links` | links of production's private DNS zones, of all of them; may be missing |
//! | `secondary` | the region's name |
//!
//! Isolated means: in that region; no connected peering; no gateway; a security group that denies traffic
//! from and to `VirtualNetwork` and `Internet` before any rule allows it that is not in `allow`; no NAT
//! gateway, no default outbound access; no route to a gateway; DNS servers inside the network only; no link
//! of a production zone; a free address. What was not read is a reason as well.
//!
//! A peered network whose security group denies everything is only *contained*; it does not pass, and its
//! verdict has the peering as the only reason.
//!
//! Deliberately absent: effective rules, which Azure tells only of a running machine.

mod address;
mod rules;

use crate::reference::same_id;
use crate::test::Verdict;
use address::Range;
use serde_json::Value;

/// Judges a subnet; `allow` names the security rules that may allow traffic nevertheless.
pub fn judge(value: &Value, allow: &[String]) -> Verdict {
    let reasons = reasons(value, allow);
    let name = value
        .pointer("/subnet/name")
        .and_then(Value::as_str)
        .unwrap_or("the subnet");
    let shown = match reasons.as_slice() {
        [] => format!("{name} is isolated"),
        reasons => format!("{name}: {}", reasons.join("; ")),
    };
    let expected = "an isolated subnet".to_owned();
    Verdict {
        passed: reasons.is_empty(),
        shown,
        expected,
        excess: Vec::new(),
        reasons,
    }
}

fn reasons(value: &Value, allow: &[String]) -> Vec<String> {
    let (vnet, subnet) = (&value["vnet"], &value["subnet"]);
    if !vnet.is_object() || !subnet.is_object() {
        return vec!["the network or the subnet was not read".to_owned()];
    }
    let mut reasons = Vec::new();
    region(vnet, &value["secondary"], &mut reasons);
    peerings(vnet, &value["peerings"], &mut reasons);
    gateways(vnet, subnet, &mut reasons);
    security(subnet, &value["nsg"], allow, &mut reasons);
    routes(subnet, &value["routeTable"], &mut reasons);
    dns(vnet, &value["dns_links"], &mut reasons);
    room(subnet, &mut reasons);
    reasons
}

fn region(vnet: &Value, secondary: &Value, reasons: &mut Vec<String>) {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    let location = vnet["location"].as_str().unwrap_or_default();
    match secondary.as_str() {
        Some(wanted) if plain(wanted) == plain(location) => {}
        Some(wanted) => reasons.push(format!("it lies in {location}, not in {wanted}")),
        None => reasons.push("the region it must lie in is not known".to_owned()),
    }
}

fn peerings(vnet: &Value, peerings: &Value, reasons: &mut Vec<String>) {
    let own = &vnet["properties"]["virtualNetworkPeerings"];
    let Some(rows) = rows(peerings).or_else(|| rows(own)) else {
        return reasons.push("its peerings were not read".to_owned());
    };
    for row in rows {
        let state = row["properties"]["peeringState"]
            .as_str()
            .unwrap_or("unknown");
        if !["Initiated", "Disconnected"]
            .iter()
            .any(|harmless| harmless.eq_ignore_ascii_case(state))
        {
            let remote = row["properties"]["remoteVirtualNetwork"]["id"].as_str();
            let remote = remote.or(row["name"].as_str()).unwrap_or("another network");
            reasons.push(format!("it is peered with {remote} ({state})"));
        }
    }
}

fn gateways(vnet: &Value, subnet: &Value, reasons: &mut Vec<String>) {
    for other in rows(&vnet["properties"]["subnets"]).unwrap_or_default() {
        let is_gateway = other["name"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case("GatewaySubnet"));
        let used = rows(&other["properties"]["ipConfigurations"]).is_some_and(|l| !l.is_empty());
        if is_gateway && used {
            reasons.push("the network has a gateway".to_owned());
        }
    }
    if !subnet["properties"]["natGateway"].is_null() {
        reasons.push("the subnet has a NAT gateway".to_owned());
    }
    let outbound = &subnet["properties"]["defaultOutboundAccess"];
    if !outbound.is_null() && outbound != &Value::Bool(false) {
        reasons.push("the subnet has default outbound access".to_owned());
    }
}

fn security(subnet: &Value, nsg: &Value, allow: &[String], reasons: &mut Vec<String>) {
    let Some(wanted) = subnet["properties"]["networkSecurityGroup"]["id"].as_str() else {
        return reasons.push("the subnet has no network security group".to_owned());
    };
    if !nsg["id"].as_str().is_some_and(|id| same_id(id, wanted)) {
        return reasons.push("the subnet's network security group was not read".to_owned());
    }
    let own = prefixes(subnet);
    reasons.extend(rules::open(nsg, &own, allow));
}

fn routes(subnet: &Value, table: &Value, reasons: &mut Vec<String>) {
    let Some(wanted) = subnet["properties"]["routeTable"]["id"].as_str() else {
        return;
    };
    if !table["id"].as_str().is_some_and(|id| same_id(id, wanted)) {
        return reasons.push("the subnet's route table was not read".to_owned());
    }
    for route in rows(&table["properties"]["routes"]).unwrap_or_default() {
        let hop = route["properties"]["nextHopType"]
            .as_str()
            .unwrap_or_default();
        if hop.eq_ignore_ascii_case("VirtualNetworkGateway") {
            let name = route["name"].as_str().unwrap_or("a route");
            reasons.push(format!("{name} leads to a virtual network gateway"));
        }
    }
}

fn dns(vnet: &Value, links: &Value, reasons: &mut Vec<String>) {
    const AZURE_DNS: &str = "168.63.129.16";
    let space = &vnet["properties"]["addressSpace"]["addressPrefixes"];
    let space: Vec<Range> = texts(space).filter_map(Range::read).collect();
    for server in texts(&vnet["properties"]["dhcpOptions"]["dnsServers"]) {
        let inside = Range::read(server).is_some_and(|a| space.iter().any(|s| s.holds(&a)));
        if server != AZURE_DNS && !inside {
            reasons.push(format!("its DNS server {server} lies outside the network"));
        }
    }
    let id = vnet["id"].as_str().unwrap_or_default();
    for link in rows(links).unwrap_or_default() {
        let linked = link["properties"]["virtualNetwork"]["id"].as_str();
        if linked.is_some_and(|linked| same_id(linked, id)) {
            let zone = link["id"]
                .as_str()
                .and_then(|l| crate::reference::segment(l, "privateDnsZones"));
            let zone = zone.unwrap_or_else(|| "a private DNS zone".to_owned());
            let registers = link["properties"]["registrationEnabled"] == Value::Bool(true);
            let how = if registers {
                "linked, and would register machines in"
            } else {
                "linked to"
            };
            reasons.push(format!("it is {how} {zone}"));
        }
    }
}

fn room(subnet: &Value, reasons: &mut Vec<String>) {
    const KEPT_BY_AZURE: u64 = 5;
    let ranges = prefixes(subnet);
    if ranges.is_empty() {
        return reasons.push("the subnet's addresses were not read".to_owned());
    }
    let size = ranges
        .iter()
        .fold(0_u64, |sum, range| sum.saturating_add(range.size()));
    let used = rows(&subnet["properties"]["ipConfigurations"]).map_or(0, <[Value]>::len) as u64;
    if size <= KEPT_BY_AZURE + used {
        reasons.push("the subnet has no free address".to_owned());
    }
}

fn prefixes(subnet: &Value) -> Vec<Range> {
    let properties = &subnet["properties"];
    let one = properties["addressPrefix"].as_str().into_iter();
    let many = texts(&properties["addressPrefixes"]);
    let mut ranges: Vec<Range> = one.chain(many).filter_map(Range::read).collect();
    ranges.sort();
    ranges.dedup();
    ranges
}

/// Returns the rows of a list, or of an answer with `value`.
fn rows(value: &Value) -> Option<&[Value]> {
    value
        .as_array()
        .or_else(|| value["value"].as_array())
        .map(Vec::as_slice)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
