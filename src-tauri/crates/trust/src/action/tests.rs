//! What an action accepts, and how two are told apart.

use super::{Action, ActionError, CanonicalRequest, differences};
use drillbook_diagnostic::Diagnostic;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";

fn request(name: &str, body: Option<Value>) -> CanonicalRequest {
    CanonicalRequest {
        name: name.into(),
        method: "POST".into(),
        cloud: "AzureCloud".into(),
        path: "/subscriptions/s/providers/Microsoft.RecoveryServices/x".into(),
        api_version: "2021-11-15".into(),
        query: BTreeMap::new(),
        body,
    }
}

fn restore() -> CanonicalRequest {
    request(
        "restore",
        Some(json!({
            "crossRegionRestoreAccessDetails":
                {"$secret": "token", "query": "properties", "set": {"objectType": "CrrAccessToken"}},
            "restoreRequest": {"recoveryPointId": "1", "zones": ["1"]},
        })),
    )
}

fn token() -> CanonicalRequest {
    request(
        "token",
        Some(json!({"properties": {"tenantId": {"$from": "aad", "query": "properties.tenantId"}}})),
    )
}

fn action(requests: Vec<CanonicalRequest>) -> Action {
    Action::new(SALT.into(), requests).unwrap()
}

fn code(requests: Vec<CanonicalRequest>) -> &'static str {
    Action::new(SALT.into(), requests).map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn the_digest_is_that_of_the_canonical_bytes() {
    let action = action(vec![token(), restore()]);
    let bytes = action.to_bytes().unwrap();
    assert_eq!(action.digest(), crate::digest::Digest::of(&bytes));
    assert_eq!(Action::from_bytes(&bytes).unwrap(), action);
    let parsed: Action = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(parsed.digest(), action.digest());
    let other = Action::new("AQAAAAAAAAAAAAAAAAAAAA".into(), vec![token(), restore()]).unwrap();
    assert_ne!(other.digest(), action.digest());
    assert_eq!(differences(&action, &other), Vec::<String>::new());
}

#[test]
fn refuses_what_could_be_sent_otherwise_than_read() {
    let with = |change: fn(&mut CanonicalRequest)| {
        let mut request = restore();
        change(&mut request);
        vec![request]
    };
    assert_eq!(code(vec![token(), restore()]), "accepted");
    assert_eq!(code(vec![]), "action.count");
    assert_eq!(code(vec![restore(), restore()]), "action.name");
    assert_eq!(code(with(|r| r.name.clear())), "action.name");
    assert_eq!(code(with(|r| r.method = "post".into())), "action.method");
    for path in [
        "x",
        "//evil/x",
        "/a/../b",
        "/a/%2E%2e/b",
        "/a?x=1",
        "/a#b",
        "/a b",
        "/é",
        "/a\\b",
    ] {
        let mut request = restore();
        request.path = path.into();
        assert_eq!(code(vec![request]), "action.path", "{path}");
    }
    assert_eq!(code(with(|r| r.body = Some(json!("text")))), "action.body");
    assert_eq!(
        code(with(|r| r.body = Some(json!({"a": 1.5})))),
        "action.canonical"
    );
    assert_eq!(
        code(with(|r| r.body = Some(json!({"é": 1})))),
        "action.canonical"
    );
    for body in [
        json!({"a": {"$from": "aad"}}),
        json!({"a": {"$from": "aad", "query": "x", "set": {}}}),
        json!({"a": {"$from": "restore", "query": "x"}}),
        json!({"a": {"$secret": "token", "query": "x", "set": 1}}),
        json!({"a": {"$secret": "token", "$from": "aad", "query": "x"}}),
        json!({"a": {"$value": "x"}}),
        json!([{"$from": 1, "query": "x"}]),
    ] {
        assert_eq!(
            code(vec![request("restore", Some(body.clone()))]),
            "action.declared",
            "{body}"
        );
    }
    assert!(matches!(
        Action::new("x".into(), vec![restore()]),
        Err(ActionError::Salt)
    ));
    let other = br#"{"requests":[],"salt":"AAAAAAAAAAAAAAAAAAAAAA","type":"drill.other/1"}"#;
    assert!(matches!(Action::from_bytes(other), Err(ActionError::Type)));
}

#[test]
fn names_the_fields_that_moved() {
    let check = |change: fn(&mut Vec<CanonicalRequest>), expected: &[&str]| {
        let mut requests = vec![token(), restore()];
        change(&mut requests);
        assert_eq!(
            differences(&action(vec![token(), restore()]), &action(requests)),
            expected
        );
    };
    check(|_| {}, &[]);
    check(
        |r| r[1].body.as_mut().unwrap()["restoreRequest"]["recoveryPointId"] = json!("2"),
        &["restore.body.restoreRequest.recoveryPointId"],
    );
    check(
        |r| r[1].body.as_mut().unwrap()["restoreRequest"]["zones"] = json!(["2"]),
        &["restore.body.restoreRequest.zones[0]"],
    );
    check(
        |r| r[1].body.as_mut().unwrap()["restoreRequest"]["zones"] = json!(["1", "2"]),
        &["restore.body.restoreRequest.zones"],
    );
    check(
        |r| r[1].body.as_mut().unwrap()["extra"] = json!(null),
        &["restore.body.extra"],
    );
    check(
        |r| drop(r[0].query.insert("force".into(), "1".into())),
        &["token.query.force"],
    );
    check(|r| r[0].path.push('y'), &["token.path"]);
    check(|r| r[1].body = None, &["restore.body"]);
    check(|r| r.truncate(1), &["restore (no longer there)"]);
    check(|r| r.push(request("more", None)), &["more (new)"]);
    check(|r| r.reverse(), &["order of the requests"]);
}
