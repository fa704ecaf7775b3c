use super::{ChangeClient, Planned};
use crate::bindings::Bindings;
use crate::error::ArmError;
use crate::outcome::{Outcome, UnknownReason};
use crate::request::Method;
use crate::testing::{Reply, Server, json};
use drillbook_diagnostic::Diagnostic;
use drillbook_trust::action::CanonicalRequest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ITEM: &str = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems/i/recoveryPoints/1";
const RESTORE: &str = "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus/backupCrossRegionRestore";

fn pointer(query: &str, value: &Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    Ok(value
        .pointer(&format!("/{}", query.replace('.', "/")))
        .cloned()
        .unwrap_or_default())
}

fn request(name: &str, method: &str, path: &str, body: Option<Value>) -> CanonicalRequest {
    CanonicalRequest {
        name: name.into(),
        method: method.into(),
        cloud: "simulator".into(),
        path: path.into(),
        api_version: "2021-11-15".into(),
        query: BTreeMap::new(),
        body,
    }
}

fn restore() -> CanonicalRequest {
    let details =
        json!({"$secret": "token", "query": "properties", "set": {"objectType": "CrrAccessToken"}});
    let body =
        json!({"crossRegionRestoreAccessDetails": details, "restoreRequest": {"region": "westus"}});
    request("restore", "POST", RESTORE, Some(body))
}

fn planned(request: &CanonicalRequest) -> Planned<'_> {
    Planned {
        request,
        method: Method::named(&request.method).unwrap(),
        path: request.path.clone(),
    }
}

async fn send(server: &Server) -> Result<Outcome, ArmError> {
    let client = ChangeClient::beside(&server.reader());
    let request = request(
        "group",
        "PUT",
        "/subscriptions/0/resourceGroups/rg",
        Some(json!({"a": 1})),
    );
    client
        .dispatch(planned(&request), &Bindings::blank(), &pointer, &|_, _| {
            Ok(())
        })
        .await
}

async fn outcome(reply: fn() -> Reply) -> (Outcome, usize) {
    let server = Server::start(move |_, _| reply()).await;
    let outcome = send(&server).await.unwrap();
    assert!(server.waits().is_empty());
    (outcome, server.seen().len())
}

fn arm_error(status: u16) -> Reply {
    json(status, json!({"error": {"code": "Code", "message": "m"}}))
}

#[tokio::test]
async fn an_accepted_request_names_its_operation() {
    let server = Server::start(|_, seen| {
        let url = format!(
            "http://{}/subscriptions/0/op/bQ%3D%3D?t=1&h=2",
            seen.headers["host"]
        );
        let headers = vec![("Azure-AsyncOperation", url), ("Retry-After", "60".into())];
        Reply::Whole(202, headers, String::new())
    })
    .await;
    let Outcome::Accepted {
        exchange,
        operation,
        refused_link,
        body,
    } = send(&server).await.unwrap()
    else {
        panic!("accepted")
    };
    assert!(
        operation
            .unwrap()
            .url
            .reveal()
            .ends_with("/subscriptions/0/op/bQ%3D%3D?t=1&h=2")
    );
    assert_eq!(
        (refused_link, body, exchange.attempts),
        (None, Value::Null, 1)
    );
    assert_eq!(exchange.request_body, Some(json!({"a": 1})));
    assert_eq!(
        (server.seen().len(), server.seen()[0].body.as_str()),
        (1, r#"{"a":1}"#)
    );
}

#[tokio::test]
async fn an_operation_outside_the_cloud_is_not_followed_but_the_request_was_accepted() {
    let evil = || {
        let headers = vec![("Azure-AsyncOperation", "https://evil.example/x".to_owned())];
        Reply::Whole(202, headers, String::new())
    };
    let (
        Outcome::Accepted {
            operation: None,
            refused_link: Some(_),
            ..
        },
        1,
    ) = outcome(evil).await
    else {
        panic!("accepted without an operation")
    };
}

#[tokio::test]
async fn only_arms_own_words_prove_a_rejection() {
    let replies: [(u16, fn() -> Reply); 7] = [
        (400, || arm_error(400)),
        (401, || arm_error(401)),
        (403, || arm_error(403)),
        (404, || arm_error(404)),
        (409, || arm_error(409)),
        (412, || arm_error(412)),
        (429, || arm_error(429)),
    ];
    for (status, reply) in replies {
        let (
            Outcome::Rejected {
                error, retry_ok, ..
            },
            1,
        ) = outcome(reply).await
        else {
            panic!("{status} is a rejection, sent once")
        };
        assert_eq!((error.status, error.code.as_str()), (status, "Code"));
        assert_eq!(retry_ok, matches!(status, 401 | 429));
    }
}

type Case = (&'static str, UnknownReason, fn() -> Reply);

#[tokio::test]
async fn everything_else_is_unknown_and_never_sent_again() {
    let cases: [Case; 11] = [
        ("500", UnknownReason::Status, || arm_error(500)),
        ("502", UnknownReason::Status, || {
            Reply::Whole(502, vec![], "<html>".into())
        }),
        ("503", UnknownReason::Status, || {
            Reply::Whole(503, vec![("Retry-After", "1".into())], String::new())
        }),
        ("405", UnknownReason::Status, || arm_error(405)),
        ("301", UnknownReason::Status, || {
            Reply::Whole(
                301,
                vec![("Location", "http://127.0.0.1:9/".into())],
                String::new(),
            )
        }),
        ("empty 404", UnknownReason::ForeignError, || {
            Reply::Whole(404, vec![], String::new())
        }),
        ("429 of a proxy", UnknownReason::ForeignError, || {
            Reply::Whole(429, vec![], "slow down".into())
        }),
        ("oauth", UnknownReason::ForeignError, || {
            json(400, json!({"error": "invalid"}))
        }),
        ("cut", UnknownReason::ConnectionCut, || Reply::Cut),
        ("half a 202", UnknownReason::ConnectionCut, || {
            Reply::Half(202, "{\"a\":12345}".into())
        }),
        ("half a 409", UnknownReason::ConnectionCut, || {
            Reply::Half(409, "{\"error\":{}}".into())
        }),
    ];
    for (what, wanted, reply) in cases {
        let (Outcome::Unknown { reason, exchange }, sent) = outcome(reply).await else {
            panic!("{what} is unknown")
        };
        assert_eq!(
            (reason, sent, exchange.is_some()),
            (wanted, 1, true),
            "{what}"
        );
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let server = Server::start(|_, _| json(200, json!({}))).await;
    let mut simulated = crate::testing::simulated(&server.origin(), "http://127.0.0.1:9", None);
    simulated.prices = None;
    let cloud = crate::Cloud::simulator(simulated).unwrap();
    let reader = crate::ReadClient::new(cloud, server.ambient(), crate::Limits::default()).unwrap();
    let request = request("x", "DELETE", "/subscriptions/0/resourceGroups/rg", None);
    let client = ChangeClient::beside(&reader);
    let bindings = Bindings::blank();
    let sent = client.dispatch(planned(&request), &bindings, &pointer, &|_, _| Ok(()));
    assert_eq!(sent.await.unwrap_err().code(), "arm.sign_in_failed");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_401_makes_the_next_token_a_new_one_without_sending_again() {
    let server = Server::start(|_, _| arm_error(401)).await;
    let client = ChangeClient::beside(&server.reader());
    let request = request("x", "DELETE", "/subscriptions/0/resourceGroups/rg", None);
    let bindings = Bindings::blank();
    for _ in 0..2 {
        client
            .dispatch(planned(&request), &bindings, &pointer, &|_, _| Ok(()))
            .await
            .unwrap();
    }
    let tokens: Vec<_> = server
        .seen()
        .iter()
        .map(|s| s.headers["authorization"].clone())
        .collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
}

#[tokio::test]
async fn the_dance_keeps_its_token_in_memory_and_echoes_it_whole() {
    let server = Server::start(|number, _| match number {
        0 => json(200, json!({"properties": {"tenantId": "t"}})),
        1 => Reply::Whole(
            200,
            vec![],
            r#"{"id":"x","properties":{"objectType":"x","accessTokenString":"jwt-of-the-vault","resourceId":"77","new":1.0}}"#.into(),
        ),
        _ => Reply::Whole(202, vec![], String::new()),
    })
    .await;
    let client = ChangeClient::beside(&server.reader());
    let mut run = Bindings::blank();
    let aad = request(
        "aad",
        "GET",
        "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus/backupAadProperties",
        None,
    );
    client
        .inquire(planned(&aad), &mut run, &pointer, false)
        .await
        .unwrap();
    let body =
        json!({"properties": {"tenantId": {"$from": "aad", "query": "properties.tenantId"}}});
    let token = request("token", "POST", &format!("{ITEM}/accessToken"), Some(body));
    let answer = client
        .inquire(planned(&token), &mut run, &pointer, false)
        .await
        .unwrap();
    assert_eq!(*answer.body(), Value::Null);
    assert_eq!(answer.exchanges()[0].removed, ["response:$"]);
    let request = restore();
    let check = |name: &str, token: &Value| {
        assert_eq!(
            (name, &token["properties"]["resourceId"]),
            ("token", &json!("77"))
        );
        Ok(())
    };
    let sent = client
        .dispatch(planned(&request), &run, &pointer, &check)
        .await
        .unwrap();
    let Outcome::Accepted { exchange, .. } = sent else {
        panic!("accepted")
    };
    let seen = server.seen();
    assert_eq!(seen[1].body, r#"{"properties":{"tenantId":"t"}}"#);
    let echoed = r#"{"accessTokenString":"jwt-of-the-vault","resourceId":"77","new":1.0,"objectType":"CrrAccessToken"}"#;
    assert!(seen[2].body.contains(echoed), "{}", seen[2].body);
    let record = serde_json::to_string(&(exchange, answer.exchanges())).unwrap();
    assert!(!record.contains("jwt-of-the-vault"), "{record}");
    assert!(!format!("{run:?}").contains("jwt-of-the-vault"));
}

#[tokio::test]
async fn a_token_for_something_else_is_refused_before_anything_is_sent() {
    let server = Server::start(|_, _| json(200, json!({"properties": {"resourceId": "77"}}))).await;
    let client = ChangeClient::beside(&server.reader());
    let request = restore();
    let mut run = Bindings::blank();
    let missing = client
        .dispatch(planned(&request), &run, &pointer, &|_, _| Ok(()))
        .await;
    assert_eq!(missing.unwrap_err().code(), "arm.binding_missing");
    let token = self::request(
        "token",
        "POST",
        &format!("{ITEM}/accessToken"),
        Some(json!({})),
    );
    client
        .inquire(planned(&token), &mut run, &pointer, false)
        .await
        .unwrap();
    let check = |_: &str, _: &Value| Err("recoveryPointTime".to_owned());
    let refused = client
        .dispatch(planned(&request), &run, &pointer, &check)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "arm.token_not_approved");
    run.forget_secrets();
    assert!(!run.has("token"));
    assert_eq!(
        server.seen().len(),
        1,
        "the token was fetched, the restore was not sent"
    );
}

#[tokio::test]
async fn inside_a_clearance_only_reads_are_sent() {
    let server = Server::start(|_, _| json(200, json!({}))).await;
    let client = ChangeClient::beside(&server.reader());
    for change in [
        restore(),
        request("x", "DELETE", "/subscriptions/0/resourceGroups/rg", None),
    ] {
        let mut run = Bindings::blank();
        let refused = client
            .inquire(planned(&change), &mut run, &pointer, false)
            .await;
        assert_eq!(refused.unwrap_err().code(), "arm.not_reading");
    }
    assert!(server.seen().is_empty());
}
