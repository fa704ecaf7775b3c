//! Security rules in the order of their priority: the first that matches wins.

use super::address::Range;
use super::{rows, texts};
use serde_json::{Value, json};

#[derive(Clone, Copy)]
struct Way {
    direction: &'static str,
    /// Where the other side's addresses stand in a rule.
    far: &'static str,
    near: &'static str,
    word: &'static str,
}

const WAYS: [Way; 2] = [
    Way {
        direction: "Outbound",
        far: "destination",
        near: "source",
        word: "to",
    },
    Way {
        direction: "Inbound",
        far: "source",
        near: "destination",
        word: "from",
    },
];
const FAR: [&str; 2] = ["VirtualNetwork", "Internet"];

/// Lists what the group lets through, one clause for each rule and direction.
pub(super) fn open(nsg: &Value, own: &[Range], allow: &[String]) -> Vec<String> {
    let rules = sorted(nsg);
    let mut reasons = Vec::new();
    for way in WAYS {
        for far in FAR {
            let mut closed = false;
            for rule in rules
                .iter()
                .filter(|rule| is(rule, "direction", way.direction))
            {
                let name = rule["name"].as_str().unwrap_or("a rule without a name");
                if is(rule, "access", "Deny") && denies_all(rule, way, far, own) {
                    closed = true;
                    break;
                }
                let allowed = allow.iter().any(|known| known.eq_ignore_ascii_case(name));
                if !is(rule, "access", "Deny") && !allowed && touches(rule, way, far) {
                    reasons.push(format!("{name} allows traffic {} {far}", way.word));
                }
            }
            if !closed {
                reasons.push(format!("no rule denies all traffic {} {far}", way.word));
            }
        }
    }
    reasons
}

/// Returns the group's own and default rules by ascending priority; the defaults apply even when not listed.
fn sorted(nsg: &Value) -> Vec<Value> {
    let properties = &nsg["properties"];
    let mut rules = rows(&properties["securityRules"])
        .unwrap_or_default()
        .to_vec();
    match rows(&properties["defaultSecurityRules"]) {
        Some(defaults) if !defaults.is_empty() => rules.extend_from_slice(defaults),
        _ => rules.extend(defaults()),
    }
    rules.sort_by_key(|rule| rule["properties"]["priority"].as_i64().unwrap_or(i64::MAX));
    rules
}

fn defaults() -> Vec<Value> {
    [
        ("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
        ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
        ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
        ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
        ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
        ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
    ]
    .iter()
    .map(|(name, priority, direction, access, source, destination)| {
        json!({"name": name, "properties": {"priority": priority, "direction": direction,
            "access": access, "protocol": "*", "sourceAddressPrefix": source, "sourcePortRange": "*",
            "destinationAddressPrefix": destination, "destinationPortRange": "*"}})
    })
    .collect()
}

fn is(rule: &Value, member: &str, word: &str) -> bool {
    rule["properties"][member]
        .as_str()
        .is_some_and(|value| value.eq_ignore_ascii_case(word))
}

/// Returns whether a rule denies everything between the subnet and `far`.
fn denies_all(rule: &Value, way: Way, far: &str, own: &[Range]) -> bool {
    let ports = |side: &str| {
        values(rule, side, "PortRange").any(|range| range == "*" || range == "0-65535")
    };
    let far_side = addresses(rule, way.far)
        .any(|address| everything(address) || address.eq_ignore_ascii_case(far));
    let near: Vec<&str> = addresses(rule, way.near).collect();
    let ranges: Vec<Range> = near
        .iter()
        .filter_map(|address| Range::read(address))
        .collect();
    let near_side = near
        .iter()
        .any(|a| everything(a) || a.eq_ignore_ascii_case("VirtualNetwork"))
        || (!own.is_empty()
            && own
                .iter()
                .all(|o| ranges.iter().any(|range| range.holds(o))));
    is(rule, "protocol", "*") && ports("source") && ports("destination") && far_side && near_side
}

/// Returns whether a rule could let something through between the subnet and `far`; in doubt it could.
fn touches(rule: &Value, way: Way, far: &str) -> bool {
    let mut any = false;
    for address in addresses(rule, way.far) {
        any = true;
        let other_tag = match address.to_ascii_lowercase().as_str() {
            "azureloadbalancer" => true,
            "virtualnetwork" => far != "VirtualNetwork",
            "internet" => far != "Internet",
            _ => false,
        };
        if !other_tag {
            return true;
        }
    }
    !any
}

fn everything(address: &str) -> bool {
    matches!(address, "*" | "0.0.0.0/0") || address.eq_ignore_ascii_case("any")
}

fn addresses<'a>(rule: &'a Value, side: &'a str) -> impl Iterator<Item = &'a str> {
    let many = texts(&rule["properties"][format!("{side}AddressPrefixes")]);
    values(rule, side, "AddressPrefix").chain(many)
}

fn values<'a>(rule: &'a Value, side: &str, what: &str) -> impl Iterator<Item = &'a str> {
    let properties = &rule["properties"];
    let one = properties[format!("{side}{what}")]
        .as_str()
        .filter(|text| !text.is_empty());
    one.into_iter()
        .chain(texts(&properties[format!("{side}{what}s")]))
}
