//! The whole way with real sign-offs: what a permit allows, and what it does not.

use super::ChangeClient;
use crate::bindings::Bindings;
use crate::error::ArmError;
use crate::outcome::Outcome;
use crate::testing::approval::Approved;
use crate::testing::{Reply, Server, json, now};
use chrono::TimeDelta;
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::action::{Action, CanonicalRequest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const LOCATION: &str = "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus";
const POINT: &str = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems/i/recoveryPoints/1";

fn pointer(query: &str, value: &Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    Ok(value
        .pointer(&format!("/{}", query.replace('.', "/")))
        .cloned()
        .unwrap_or_default())
}

fn any(_: &str, _: &Value) -> Result<(), String> {
    Ok(())
}

fn request(name: &str, method: &str, path: String, body: Option<Value>) -> CanonicalRequest {
    CanonicalRequest {
        name: name.into(),
        method: method.into(),
        cloud: "simulator".into(),
        path,
        api_version: "2021-11-15".into(),
        query: BTreeMap::new(),
        body,
    }
}

fn restore_action(region: &str) -> Action {
    let tenant =
        json!({"properties": {"tenantId": {"$from": "aad", "query": "properties.tenantId"}}});
    let details =
        json!({"$secret": "token", "query": "properties", "set": {"objectType": "CrrAccessToken"}});
    let body =
        json!({"crossRegionRestoreAccessDetails": details, "restoreRequest": {"region": region}});
    let requests = vec![
        request(
            "aad",
            "GET",
            format!("{LOCATION}/backupAadProperties"),
            None,
        ),
        request(
            "token",
            "POST",
            format!("{POINT}/accessToken"),
            Some(tenant),
        ),
        request(
            "restore",
            "POST",
            format!("{LOCATION}/backupCrossRegionRestore"),
            Some(body),
        ),
        request(
            "seal",
            "PATCH",
            "/subscriptions/0/resourceGroups/rg/disk".into(),
            Some(json!({})),
        ),
    ];
    Action::new(SALT.into(), requests).unwrap()
}

async fn azure() -> Server {
    Server::start(|_, seen| match seen.target.split(['?', '/']).rev().nth(1) {
        Some("backupAadProperties") => json(200, json!({"properties": {"tenantId": "t"}})),
        Some("accessToken") => json(
            200,
            json!({"properties": {"accessTokenString": "jwt", "x": 1}}),
        ),
        _ => Reply::Whole(202, vec![], String::new()),
    })
    .await
}

#[tokio::test]
async fn an_approved_restore_is_sent_once_with_the_values_of_its_own_run() {
    let server = azure().await;
    let client = ChangeClient::beside(&server.reader());
    let action = restore_action("westus");
    let approved = Approved::of(&action);
    let mut run = Bindings::of(&action);
    let clearance = approved.clearance(&action, "restore");
    for name in ["aad", "token"] {
        client
            .read_inside(&clearance, &action, name, &mut run, &pointer)
            .await
            .unwrap();
    }
    let permit = approved.permit(&action, "restore");
    let sent = client
        .send(permit, &action, "restore", &mut run, &pointer, &any)
        .await
        .unwrap();
    let Outcome::Accepted { exchange, .. } = sent else {
        panic!("{sent:?}")
    };
    let seen = server.seen();
    let (token, restore): (Value, Value) = (
        serde_json::from_str(&seen[1].body).unwrap(),
        serde_json::from_str(&seen[2].body).unwrap(),
    );
    assert_eq!(token["properties"]["tenantId"], "t");
    assert_eq!(
        restore["crossRegionRestoreAccessDetails"],
        json!({"accessTokenString": "jwt", "x": 1, "objectType": "CrrAccessToken"})
    );
    assert_eq!(seen.len(), 3);
    assert!(!serde_json::to_string(&exchange).unwrap().contains("jwt"));
}

#[tokio::test]
async fn a_permit_is_good_for_its_own_action_request_cloud_and_time_only() {
    let server = azure().await;
    let client = ChangeClient::beside(&server.reader());
    let (action, other) = (restore_action("westus"), restore_action("eastus"));
    let approved = Approved::of(&action);
    let check =
        async |client: &ChangeClient, action: &Action, name: &str, run: &Action, code: &str| {
            let permit = approved.permit(&restore_action("westus"), "seal");
            let mut bindings = Bindings::of(run);
            let sent = client
                .send(permit, action, name, &mut bindings, &pointer, &any)
                .await;
            assert_eq!(sent.unwrap_err().code(), code);
        };
    check(&client, &other, "seal", &other, "arm.permit_differs").await;
    check(&client, &action, "seal", &other, "arm.permit_differs").await;
    check(&client, &action, "restore", &action, "arm.permit_differs").await;
    check(&client, &action, "nothing", &action, "arm.unknown_request").await;
    let late = ChangeClient::beside(&server.reader_at(now() + TimeDelta::hours(5)));
    check(&late, &action, "seal", &action, "arm.permit_expired").await;
    assert_eq!((server.seen().len(), server.tokens()), (0, 0));
}

#[tokio::test]
async fn a_request_approved_for_another_cloud_is_not_sent_here() {
    let server = azure().await;
    let client = ChangeClient::beside(&server.reader());
    let mut live = request(
        "seal",
        "PATCH",
        "/subscriptions/0/resourceGroups/rg".into(),
        None,
    );
    live.cloud = "AzureCloud".into();
    let action = Action::new(SALT.into(), vec![live]).unwrap();
    let permit = Approved::of(&action).permit(&action, "seal");
    let mut run = Bindings::of(&action);
    let sent = client
        .send(permit, &action, "seal", &mut run, &pointer, &any)
        .await;
    assert!(matches!(sent, Err(ArmError::CloudDiffers { .. })));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_clearance_fetches_its_own_secret_and_sends_no_change() {
    let server = azure().await;
    let client = ChangeClient::beside(&server.reader());
    let action = restore_action("westus");
    let approved = Approved::of(&action);
    let inside = async |client: &ChangeClient, cleared: &str, name: &str| {
        let clearance = approved.clearance(&action, cleared);
        let mut run = Bindings::of(&action);
        let read = client
            .read_inside(&clearance, &action, name, &mut run, &pointer)
            .await;
        read.unwrap_err().code()
    };
    assert_eq!(
        inside(&client, "restore", "restore").await,
        "arm.not_reading"
    );
    assert_eq!(inside(&client, "restore", "seal").await, "arm.not_reading");
    assert_eq!(inside(&client, "seal", "token").await, "arm.permit_differs");
    let late = ChangeClient::beside(&server.reader_at(now() + TimeDelta::hours(5)));
    assert_eq!(inside(&late, "restore", "aad").await, "arm.permit_expired");
    assert!(server.seen().is_empty());
    // Nor is the token fetched with a permit, where its answer would be recorded.
    let permit = approved.permit(&action, "token");
    let mut run = Bindings::of(&action);
    let sent = client
        .send(permit, &action, "token", &mut run, &pointer, &any)
        .await;
    assert_eq!(sent.unwrap_err().code(), "arm.permit_differs");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn what_is_found_is_sent_to_only_within_the_approved_group() {
    let server = azure().await;
    let client = ChangeClient::beside(&server.reader());
    let group = "/subscriptions/0/resourceGroups/drill";
    let seal = request(
        "seal",
        "PATCH",
        format!("{group}{}", crate::FOUND),
        Some(json!({"a": 1})),
    );
    let action = Action::new(SALT.into(), vec![seal]).unwrap();
    let approved = Approved::of(&action);
    let mut run = Bindings::of(&action);
    let foreign = "/subscriptions/0/resourceGroups/production/providers/Microsoft.Compute/disks/d";
    let permit = approved.permit(&action, "seal");
    let sent = client
        .send_found(permit, &action, "seal", foreign, &mut run, &pointer, &any)
        .await;
    assert_eq!(sent.unwrap_err().code(), "arm.found_outside");
    let permit = approved.permit(&action, "seal");
    let sent = client
        .send(permit, &action, "seal", &mut run, &pointer, &any)
        .await;
    assert_eq!(sent.unwrap_err().code(), "arm.found_outside");
    assert!(server.seen().is_empty());
    let own = format!("{group}/providers/Microsoft.Compute/disks/d-1");
    let permit = approved.permit(&action, "seal");
    let sent = client
        .send_found(permit, &action, "seal", &own, &mut run, &pointer, &any)
        .await;
    assert!(matches!(sent, Ok(Outcome::Accepted { .. })));
    assert!(server.seen()[0].target.starts_with(&format!("{own}?")));
}

#[test]
fn everything_can_be_awaited_on_any_thread() {
    fn sendable<T: Send>(_: &T) {}
    let server = || -> Server { unreachable!("only its type is needed") };
    let _ = || {
        let server = server();
        let reader = server.reader();
        let client = ChangeClient::beside(&reader);
        let action = restore_action("westus");
        let mut run = Bindings::of(&action);
        let approved = Approved::of(&action);
        let clearance = approved.clearance(&action, "restore");
        sendable(&client.read_inside(&clearance, &action, "aad", &mut run, &pointer));
        let permit = approved.permit(&action, "restore");
        sendable(&client.send(permit, &action, "restore", &mut run, &pointer, &any));
        let request = crate::ReadRequest::get("/subscriptions", "1");
        sendable(&reader.read(&request));
        sendable(&reader.read_all(std::slice::from_ref(&request), |_, _| ()));
        let operation = crate::Operation::resume(crate::Style::Location, "");
        sendable(&reader.follow(&operation, |_| std::ops::ControlFlow::Continue(())));
        sendable(&reader.download("", 1));
    };
}
