//! Recorded and documented answers of Azure through the client: each example is served on loopback and asked for.
//!
//! The examples of this repository are always played; those of another folder as well when
//! `DRILLBOOK_EXAMPLES` names one (`cargo xtask conformance` does).
#![allow(
    clippy::print_stdout,
    reason = "the table is what the test is read for"
)]

mod serving;

use crate::testing::approval::Approved;
use crate::testing::{Server, now};
use crate::{
    ArmError, Bindings, ChangeClient, Cloud, LinkRefused, Method, Operation, Outcome, Progress,
    ReadRequest, Shape, Style,
};
use drillbook_trust::action::{Action, CanonicalRequest};
use serde_json::{Value, json};
use serving::{Example, Way};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of other examples, such as those of the service's specification.
const FOLDER: &str = "DRILLBOOK_EXAMPLES";

#[tokio::test]
async fn every_example_is_read_or_is_listed_with_a_reason() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../armsim/tests/fixtures");
    let folders = [Some(own), std::env::var_os(FOLDER).map(PathBuf::from)];
    for folder in folders.into_iter().flatten() {
        let examples = serving::all(&folder);
        assert!(examples.len() > 10, "{} holds examples", folder.display());
        let (mut read, mut left) = (0, 0);
        for example in &examples {
            for status in example.statuses() {
                let name = format!("{} {status}", example.name);
                match play(example, status).await {
                    Ok(how) => {
                        read += 1;
                        println!("examples: read  {name}: {how}");
                    }
                    Err(reason) => {
                        left += 1;
                        println!("examples: left  {name}: {reason}");
                    }
                }
            }
        }
        println!(
            "examples: {} files, {read} answers read, {left} left with a reason",
            examples.len()
        );
    }
}

/// Asks for one answer of an example and compares what the client made of it with what was served. Returns what
/// the client read, or why it has no use for the answer.
async fn play(example: &Example, status: u16) -> Result<String, &'static str> {
    if status == 304 {
        return Err("answers If-None-Match, which the client never sends");
    }
    let how = match example.way() {
        Way::Read => read(example, status).await,
        Way::Follow(style) => follow(example, status, style).await,
        Way::Token => token(example, status).await,
        Way::Change(method) => change(example, status, method).await,
    };
    if let Some(link) = example.placeholder_link() {
        refuses(example, status, link).await;
        return Ok(format!(
            "{how}; its nextLink {link:?} is no address and is refused"
        ));
    }
    Ok(how)
}

/// A listing or a resource, by GET or by a POST of the closed list.
async fn read(example: &Example, status: u16) -> String {
    let server = Server::start(example.script(status)).await;
    let answer = server.reader().read(&request(example)).await;
    let answer = answer.unwrap_or_else(|error| panic!("{} {status}: {error:?}", example.name));
    let mut expected = example.body(status);
    if expected["value"].is_array()
        && let Some(members) = expected.as_object_mut()
    {
        members.remove("nextLink");
    }
    assert_eq!(
        (answer.status(), answer.body()),
        (status, &expected),
        "{}",
        example.name
    );
    assert_eq!(server.seen()[0].method, example.method().as_str());
    if example.method() == Method::Post {
        let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
        assert_eq!(sent, example.parameters(), "{}", example.name);
    }
    if status == 202 {
        let operation = answer.operation().expect("a 202 names its operation");
        return format!("an operation, {:?}", operation.style);
    }
    match expected["value"].as_array() {
        Some(rows) => format!("{} rows, {} pages", rows.len(), answer.exchanges().len()),
        None => "a document".to_owned(),
    }
}

fn request(example: &Example) -> ReadRequest {
    let (path, version) = (example.path(), example.api_version());
    match example.method() {
        Method::Post => ReadRequest::post(path, version, example.parameters()),
        _ => ReadRequest::get(path, version),
    }
}

/// The state of an operation.
async fn follow(example: &Example, status: u16, style: Style) -> String {
    let server = Server::start(example.script(status)).await;
    let url = format!("{}{}?api-version=1", server.origin(), example.path());
    let operation = Operation::resume(style, url);
    let polled = server.reader().poll(&operation).await.unwrap();
    let body = example.body(status);
    let wanted = match (style, status) {
        (Style::Location, 202) => Progress::Running,
        _ => Progress::Succeeded,
    };
    assert_eq!(polled.progress, wanted, "{}", example.name);
    for (name, read) in [("startTime", &polled.started), ("endTime", &polled.ended)] {
        assert_eq!(read.as_deref(), body[name].as_str(), "{}", example.name);
    }
    let wait = example
        .header(status, "Retry-After")
        .map(|text| text.parse::<u64>());
    if let Some(Ok(wait)) = wait {
        assert_eq!(polled.wait.as_secs(), wait, "{}", example.name);
    }
    format!("an operation, {:?}", polled.progress)
}

/// The token of a restore: kept in memory, whole, and in no record.
async fn token(example: &Example, status: u16) -> String {
    let server = Server::start(example.script(status)).await;
    let token = canonical(example, "token");
    let restore = CanonicalRequest {
        name: "restore".into(),
        path: "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus/backupCrossRegionRestore".into(),
        body: Some(json!({"crossRegionRestoreAccessDetails":
            {"$secret": "token", "query": "properties", "set": {"objectType": "CrrAccessToken"}}})),
        ..token.clone()
    };
    let action = Action::new("AAAAAAAAAAAAAAAAAAAAAA".into(), vec![token, restore]).unwrap();
    let mut run = Bindings::of(&action);
    let client = ChangeClient::beside(&server.reader());
    let clearance = Approved::of(&action).clearance(&action, "restore");
    let answer = client
        .read_inside(&clearance, &action, "token", &mut run, &|_, _| {
            Ok(Value::Null)
        })
        .await;
    if status >= 400 {
        let error = answer.expect_err("a refusal");
        let ArmError::Answered { error, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((error.status, error.shape), (status, Shape::Empty));
        return "a refusal without words".to_owned();
    }
    let exchange = serde_json::to_string(answer.unwrap().exchanges()).unwrap();
    assert!(!exchange.contains("accessTokenString") && !exchange.contains("stampUri"));
    assert_eq!(run.secret("token").unwrap().value(), &example.body(status));
    "a token, in memory only".to_owned()
}

/// A request that changes something: whether Azure took it, and where its operation is.
async fn change(example: &Example, status: u16, method: Method) -> String {
    let server = Server::start(example.script(status)).await;
    let request = CanonicalRequest {
        method: method.as_str().to_owned(),
        ..canonical(example, "change")
    };
    let action = Action::new("AAAAAAAAAAAAAAAAAAAAAA".into(), vec![request]).unwrap();
    let mut run = Bindings::of(&action);
    let permit = Approved::of(&action).permit(&action, "change");
    let client = ChangeClient::beside(&server.reader());
    let (resolve, check) = (
        |_: &str, _: &Value| Ok(Value::Null),
        |_: &str, _: &Value| Ok(()),
    );
    let sent = client
        .send(permit, &action, "change", &mut run, &resolve, &check)
        .await;
    let Outcome::Accepted {
        operation,
        refused_link,
        body,
        ..
    } = sent.unwrap()
    else {
        panic!("{} {status} was accepted", example.name)
    };
    assert_eq!(
        (body, refused_link),
        (example.body(status), None),
        "{}",
        example.name
    );
    let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    assert_eq!((server.seen().len(), sent), (1, example.parameters()));
    let named = example.header(status, "Azure-AsyncOperation").is_some();
    assert_eq!(operation.is_some(), named, "{}", example.name);
    // As it stands, malformed prefix and sub-domain included, it is an operation of the public cloud.
    let headers = example.headers(status);
    let live = Operation::of_headers(&Cloud::public(), method, &example.path(), &headers, now());
    assert_eq!(
        live.unwrap().is_some(),
        operation.is_some(),
        "{}",
        example.name
    );
    match operation {
        Some(operation) => format!("accepted, to follow by {:?}", operation.style),
        None => "accepted".to_owned(),
    }
}

fn canonical(example: &Example, name: &str) -> CanonicalRequest {
    CanonicalRequest {
        name: name.into(),
        method: example.method().as_str().to_owned(),
        cloud: "simulator".into(),
        path: example.path(),
        api_version: example.api_version(),
        query: BTreeMap::new(),
        body: Some(example.parameters()),
    }
}

/// A link that is no address is not followed, and nothing is made up in its place.
async fn refuses(example: &Example, status: u16, link: &str) {
    let body = example.body(status).to_string();
    assert!(body.contains(link));
    let whole = crate::testing::json(status, example.body(status));
    let whole = std::sync::Mutex::new(Some(whole));
    let server = Server::start(move |_, _| whole.lock().unwrap().take().unwrap()).await;
    let error = server.reader().read(&request(example)).await.unwrap_err();
    assert!(
        matches!(error, ArmError::Link(LinkRefused::NotAnAddress)),
        "{error:?}"
    );
    assert_eq!(server.seen().len(), 1);
}
