//! The closed list of tests: examples, errors and properties of each.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

use chrono::{DateTime, TimeDelta, Utc};
use drillbook_runbook::model::Test;
use drillbook_runbook::test::{Verdict, evaluate, grants, is_absent};
use proptest::prelude::*;
use serde_json::{Value, json};

fn at() -> DateTime<Utc> {
    "2026-01-10T12:00:00Z".parse().unwrap()
}

fn judge(test: Value, value: &Value) -> Result<Verdict, drillbook_runbook::QueryError> {
    let test: Test = serde_json::from_value(test).unwrap();
    let scope =
        json!({"names": {"list": ["a", "b"], "limit": 2}, "objectives": {"rpo": "P1DT12H"}});
    evaluate(&test, value, &scope, at())
}

fn passes(test: Value, value: Value) {
    let verdict = judge(test.clone(), &value).unwrap();
    assert!(verdict.passed, "{test} {value}: {verdict:?}");
}

fn fails(test: Value, value: Value) {
    let verdict = judge(test.clone(), &value).unwrap();
    assert!(!verdict.passed, "{test} {value}: {verdict:?}");
}

fn errs(test: Value, value: Value) {
    assert!(judge(test.clone(), &value).is_err(), "{test} {value}");
}

#[test]
fn compares() {
    passes(json!({"equals": 1}), json!(1.0));
    passes(json!({"equals": {"a": [1, "x"]}}), json!({"a": [1, "x"]}));
    fails(json!({"equals": "Enabled"}), json!("enabled"));
    passes(
        json!({"equals": "Enabled", "ignore_case": true}),
        json!("enabled"),
    );
    passes(
        json!({"equals": {"query": "names.list"}}),
        json!(["a", "b"]),
    );
    passes(json!({"equals": ["a"]}), json!(["a"]));
    passes(json!({"one_of": [200, 404]}), json!(404));
    fails(json!({"one_of": [200, 404]}), json!("404"));
    errs(json!({"one_of": 3}), json!(3));
    passes(json!({"contains": "b"}), json!(["a", "b"]));
    passes(json!({"contains": "ell"}), json!("hello"));
    passes(
        json!({"contains": "ELL", "ignore_case": true}),
        json!("hello"),
    );
    errs(json!({"contains": 1}), json!("hello"));
}

#[test]
fn counts() {
    passes(json!({"count": 2}), json!(["a", "b"]));
    passes(json!({"count": 2}), json!(2));
    passes(json!({"at_least": {"query": "names.limit"}}), json!([1, 2]));
    fails(json!({"at_least": 3}), json!([1, 2]));
    passes(json!({"at_most": 3}), json!(2.5));
    errs(json!({"at_most": 3}), json!("2"));
}

#[test]
fn ages() {
    let test = || json!({"age_at_most": {"query": "objectives.rpo"}});
    passes(test(), json!("2026-01-09T00:00:00Z"));
    passes(test(), json!("2026-01-09T00:00:00.0000000"));
    passes(test(), json!("2026-01-09T02:00:00+02:00"));
    fails(test(), json!("2026-01-08T23:59:59.9999999Z"));
    fails(test(), json!("0001-01-01T00:00:00"));
    fails(test(), json!("yesterday"));
    fails(test(), Value::Null);
    errs(
        json!({"age_at_most": "1 day"}),
        json!("2026-01-09T00:00:00Z"),
    );
    errs(test(), json!(5));
}

#[test]
fn compares_ids_and_lists() {
    passes(
        json!({"same_id": "/subscriptions/S/x/VM;Y"}),
        json!("/Subscriptions/s/x/vm%3By/"),
    );
    passes(
        json!({"same_id": "/subscriptions/s"}),
        json!({"id": "/SUBSCRIPTIONS/s"}),
    );
    errs(json!({"same_id": "/subscriptions/s"}), json!(1));
    passes(json!({"subset_of": {"query": "names.list"}}), json!(["b"]));
    passes(json!({"subset_of": ["a"]}), json!([]));
    fails(json!({"subset_of": ["a"]}), json!(["a", "c"]));
    let changed = |allowed: Value| json!({"difference_is": {"before": {"query": "names.list"}, "allowed": allowed}});
    passes(changed(json!(["c"])), json!(["a", "b", "c"]));
    passes(changed(json!([])), json!(["b", "a"]));
    fails(changed(json!([])), json!(["a", "b", "c"]));
    fails(changed(json!(["c"])), json!(["a", "c"]));
}

#[test]
fn null_passes_none_but_absent() {
    for test in [
        json!({"equals": 1}),
        json!({"one_of": [null]}),
        json!({"contains": 1}),
        json!({"count": 0}),
        json!({"at_least": 0}),
        json!({"at_most": 9}),
        json!({"age_at_most": "P1D"}),
        json!({"same_id": ""}),
        json!({"subset_of": []}),
        json!({"difference_is": {"before": [], "allowed": []}}),
        json!({"grants": ["a/b"]}),
        json!({"isolated": {}}),
        json!({"equals": {"query": "names.nothing"}}),
    ] {
        fails(test, Value::Null);
    }
    for value in [json!(null), json!(""), json!([]), json!({})] {
        passes(json!({"absent": true}), value);
    }
    for value in [json!(0), json!(false), json!("x")] {
        fails(json!({"absent": true}), value);
    }
}

#[test]
fn refuses_a_test_that_is_not_one() {
    errs(json!({}), json!(1));
    errs(json!({"count": 1, "equals": 1}), json!(1));
}

#[test]
fn grants_follow_the_contract() {
    let action = "Microsoft.RecoveryServices/locations/backupCrossRegionRestore/action";
    let answer =
        |actions: Value, not: Value| json!({"value": [{"actions": actions, "notActions": not}]});
    let test = || json!({"grants": [action]});
    passes(
        test(),
        answer(json!(["microsoft.recoveryservices/*"]), json!([])),
    );
    passes(
        test(),
        answer(
            json!(["Microsoft.RecoveryServices/locations/*/action"]),
            json!([]),
        ),
    );
    fails(
        test(),
        answer(
            json!(["*"]),
            json!(["Microsoft.RecoveryServices/locations/*"]),
        ),
    );
    fails(test(), answer(json!(["*/read"]), json!([])));
    // What one role forbids another may allow: they are judged one by one.
    let two = json!([{"actions": ["*"], "notActions": [action]}, {"actions": [action]}]);
    passes(test(), two);
    let verdict = judge(
        test(),
        &answer(json!(["*", "*/read"]), json!(["Microsoft.Authorization/*"])),
    )
    .unwrap();
    assert_eq!(verdict.excess, ["*"]);
    let verdict = judge(
        test(),
        &answer(json!(["Microsoft.Authorization/*/write"]), json!([])),
    )
    .unwrap();
    assert_eq!(verdict.excess, ["Microsoft.Authorization/*/write"]);
    assert_eq!(verdict.reasons, [format!("{action} is not allowed")]);
    errs(test(), json!("x"));
}

#[test]
fn wildcards_match_any_text() {
    for (pattern, text, expected) in [
        ("*", "a/b", true),
        ("a/*", "A/b/c", true),
        ("*/read", "x/y/read", true),
        ("a/*/b", "a/b", false),
        ("a*a", "a", false),
        ("a/*/b/*", "a/x/b/y", true),
        ("a", "a", true),
        ("a", "ab", false),
        ("", "", true),
        ("*x*", "aXb", true),
    ] {
        assert_eq!(grants::matches(pattern, text), expected, "{pattern} {text}");
    }
}

fn rule(name: &str, priority: i64, direction: &str, access: &str) -> Value {
    json!({"name": name, "properties": {"priority": priority, "direction": direction, "access": access, "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*"}})
}

fn isolated() -> Value {
    let base = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";
    json!({
        "secondary": "westus",
        "vnet": {"id": format!("{base}/virtualNetworks/v"), "location": "West US", "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "dhcpOptions": {"dnsServers": []}, "subnets": [], "virtualNetworkPeerings": []}},
        "subnet": {"name": "drill", "properties": {"addressPrefix": "10.0.1.0/24", "networkSecurityGroup": {"id": format!("{base}/networkSecurityGroups/n")}}},
        "nsg": {"id": format!("{base}/NETWORKSECURITYGROUPS/n"), "properties": {"securityRules": [rule("out", 100, "Outbound", "Deny"), rule("in", 100, "Inbound", "Deny")]}},
        "routeTable": null, "peerings": [], "dns_links": [],
    })
}

/// Changes one member and returns the reasons.
fn reasons(pointer: &str, value: Value) -> Vec<String> {
    let mut network = isolated();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    network
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .insert(member.to_owned(), value);
    judge(json!({"isolated": {"allow": ["proxy"]}}), &network)
        .unwrap()
        .reasons
}

#[test]
fn a_subnet_is_isolated_when_nothing_leads_out() {
    passes(json!({"isolated": {}}), isolated());
    passes(json!({"isolated": {"allow": []}}), isolated());
}

#[test]
fn says_why_a_subnet_is_not_isolated() {
    let peering = |state: &str| json!([{"name": "p", "properties": {"peeringState": state, "remoteVirtualNetwork": {"id": "/prod"}}}]);
    let link = json!({"value": [{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/z/virtualNetworkLinks/l",
        "properties": {"virtualNetwork": {"id": isolated()["vnet"]["id"]}, "registrationEnabled": true}}]});
    let table = json!({"id": "/rt", "properties": {"routes": [{"name": "r", "properties": {"nextHopType": "VirtualNetworkGateway"}}]}});
    for (pointer, value, reason) in [
        (
            "/secondary",
            json!("eastus"),
            "it lies in West US, not in eastus",
        ),
        (
            "/secondary",
            json!(null),
            "the region it must lie in is not known",
        ),
        (
            "/peerings",
            peering("Connected"),
            "it is peered with /prod (Connected)",
        ),
        (
            "/vnet/properties/subnets",
            json!([{"name": "GatewaySubnet", "properties": {"ipConfigurations": [{}]}}]),
            "the network has a gateway",
        ),
        (
            "/vnet/properties/dhcpOptions",
            json!({"dnsServers": ["10.0.0.4", "168.63.129.16", "10.9.0.4"]}),
            "its DNS server 10.9.0.4 lies outside the network",
        ),
        (
            "/subnet/properties/natGateway",
            json!({"id": "/n"}),
            "the subnet has a NAT gateway",
        ),
        (
            "/subnet/properties/defaultOutboundAccess",
            json!(true),
            "the subnet has default outbound access",
        ),
        ("/subnet/properties/addressPrefix", json!("10.0.1.0/29"), ""),
        (
            "/subnet/properties/addressPrefix",
            json!("10.0.1.0/30"),
            "the subnet has no free address",
        ),
        (
            "/subnet/properties/networkSecurityGroup",
            json!(null),
            "the subnet has no network security group",
        ),
        (
            "/nsg",
            json!(null),
            "the subnet's network security group was not read",
        ),
        (
            "/subnet/properties/routeTable",
            json!({"id": "/rt"}),
            "the subnet's route table was not read",
        ),
        (
            "/dns_links",
            link,
            "it is linked, and would register machines in z",
        ),
        (
            "/vnet",
            json!(null),
            "the network or the subnet was not read",
        ),
    ] {
        let expected: &[&str] = if reason.is_empty() { &[] } else { &[reason] };
        assert_eq!(
            reasons(pointer, value.clone()),
            expected,
            "{pointer} {value}"
        );
    }
    assert_eq!(reasons("/peerings", peering("Disconnected")), [""; 0]);
    let mut routed = isolated();
    routed["subnet"]["properties"]["routeTable"] = json!({"id": "/RT"});
    routed["routeTable"] = table;
    let verdict = judge(json!({"isolated": {}}), &routed).unwrap();
    assert_eq!(verdict.reasons, ["r leads to a virtual network gateway"]);
}

#[test]
fn the_first_matching_rule_wins() {
    let rules = |extra: Value| {
        let mut all = isolated()["nsg"]["properties"]["securityRules"]
            .as_array()
            .unwrap()
            .clone();
        all.push(extra);
        reasons("/nsg/properties/securityRules", Value::Array(all))
    };
    assert_eq!(rules(rule("late", 200, "Outbound", "Allow")), [""; 0]);
    assert_eq!(
        rules(rule("early", 50, "Outbound", "Allow")),
        [
            "early allows traffic to VirtualNetwork",
            "early allows traffic to Internet"
        ]
    );
    assert_eq!(
        rules(rule("Proxy", 50, "Outbound", "Allow")),
        [""; 0],
        "named in allow"
    );
    assert_eq!(rules(rule("in2", 50, "Inbound", "Allow")).len(), 2);
    let mut tag = rule("store", 50, "Outbound", "Allow");
    tag["properties"]["destinationAddressPrefix"] = json!("Internet");
    assert_eq!(rules(tag), ["store allows traffic to Internet"]);
    // Azure's own rules let everything through when nothing denies it first.
    let open = reasons("/nsg/properties/securityRules", json!([]));
    assert_eq!(
        open,
        [
            "AllowVnetOutBound allows traffic to VirtualNetwork",
            "AllowInternetOutBound allows traffic to Internet",
            "AllowVnetInBound allows traffic from VirtualNetwork",
        ]
    );
    // A denial of one protocol or of some ports denies not everything.
    let mut tcp = isolated()["nsg"]["properties"]["securityRules"].clone();
    tcp[0]["properties"]["protocol"] = json!("Tcp");
    assert_eq!(reasons("/nsg/properties/securityRules", tcp).len(), 2);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-cA-C/;%]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-d]", 0..6)
}

proptest! {
    #[test]
    fn equal_values_are_equal_and_one_of_themselves(value in any_json()) {
        prop_assume!(!value.is_null());
        prop_assert_eq!(judge(json!({"equals": value}), &value).unwrap().passed, true);
        prop_assert_eq!(judge(json!({"one_of": [value]}), &value).unwrap().passed, true);
        let passed = judge(json!({"contains": value}), &json!([value])).unwrap().passed;
        prop_assert!(passed);
        prop_assert_eq!(judge(json!({"absent": true}), &value).unwrap().passed, is_absent(&value));
    }

    #[test]
    fn no_value_makes_a_test_panic(value in any_json(), operand in any_json()) {
        for name in ["equals", "one_of", "contains", "count", "at_least", "at_most", "age_at_most", "same_id", "subset_of", "grants"] {
            let _ = judge(json!({name: operand}), &value);
        }
        let _ = judge(json!({"difference_is": {"before": operand, "allowed": operand}}), &value);
        let _ = judge(json!({"isolated": {}}), &value);
        let _ = judge(json!({"isolated": {}}), &json!({"vnet": value, "subnet": operand, "nsg": value, "routeTable": operand}));
    }

    #[test]
    fn counting_agrees_with_itself(list in texts(), n in 0..8_i64) {
        let value = json!(list);
        let judged = |test: &str| judge(json!({test: n}), &value).unwrap().passed;
        prop_assert_eq!(judged("count"), judged("at_least") && judged("at_most"));
        prop_assert_eq!(judged("at_least"), list.len() as i64 >= n);
    }

    #[test]
    fn subsets_and_differences_agree(before in texts(), now in texts(), allowed in texts()) {
        let difference = judge(json!({"difference_is": {"before": before, "allowed": allowed}}), &json!(now)).unwrap();
        let whole: Vec<&String> = before.iter().chain(&allowed).collect();
        let grown = judge(json!({"subset_of": whole}), &json!(now)).unwrap();
        let kept = judge(json!({"subset_of": now}), &json!(before)).unwrap();
        prop_assert_eq!(difference.passed, grown.passed && kept.passed);
    }

    #[test]
    fn age_is_measured_to_the_second(age in 0..400_000_i64, limit in 0..400_000_i64) {
        let time = (at() - TimeDelta::seconds(age)).to_rfc3339();
        let verdict = judge(json!({"age_at_most": format!("PT{limit}S")}), &json!(time)).unwrap();
        prop_assert_eq!(verdict.passed, age <= limit);
    }

    #[test]
    fn an_id_is_the_same_in_any_case(id in "/[a-zA-Z;/]{0,20}") {
        let passed = judge(json!({"same_id": id}), &json!(id.to_ascii_uppercase().replace(';', "%3B"))).unwrap().passed;
        prop_assert!(passed);
    }

    #[test]
    fn what_is_forbidden_is_not_granted(action in "[a-c]{1,3}/[a-c]{1,3}/(read|write)") {
        let element = |not: Value| json!([{"actions": ["*"], "notActions": not}]);
        let passed = judge(json!({"grants": [action]}), &element(json!([]))).unwrap().passed;
        prop_assert!(passed);
        let passed = !judge(json!({"grants": [action]}), &element(json!([action.to_uppercase()]))).unwrap().passed;
        prop_assert!(passed);
    }

    #[test]
    fn an_open_subnet_is_never_isolated(priority in 1..100_i64, outbound in any::<bool>()) {
        let direction = if outbound { "Outbound" } else { "Inbound" };
        let mut network = isolated();
        network["nsg"]["properties"]["securityRules"].as_array_mut().unwrap().push(rule("open", priority.min(99), direction, "Allow"));
        let passed = !judge(json!({"isolated": {}}), &network).unwrap().passed;
        prop_assert!(passed);
    }
}
