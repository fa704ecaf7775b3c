use super::{Polled, Progress, of_body, of_location};
use crate::azure_error::{AzureError, Shape};
use crate::operation::{Operation, Style};
use crate::testing::{Reply, Server, json};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_oneof, proptest};
use serde_json::{Value, json};
use std::ops::ControlFlow;

async fn statuses(style: Style, replies: Vec<(u16, Value)>) -> (Vec<Polled>, Server) {
    let server = Server::start(move |number, _| {
        let (status, body) = replies[number.min(replies.len() - 1)].clone();
        if body.is_null() {
            Reply::Whole(status, vec![], String::new())
        } else {
            json(status, body)
        }
    })
    .await;
    let url = format!(
        "{}/subscriptions/0/status/bQ==?t=1&c=2&s=3&h=4",
        server.origin()
    );
    let mut polls = Vec::new();
    let operation = Operation::resume(style, url);
    let reader = server.reader();
    let followed = reader.follow(&operation, |polled| {
        polls.push(polled.clone());
        ControlFlow::Continue(())
    });
    followed.await.unwrap();
    (polls, server)
}

#[tokio::test]
async fn follows_azure_asyncoperation_whatever_the_spelling() {
    let running = json!({"status": "Inprogress", "startTime": "2026-11-21T09:00:00Z", "endTime": "0001-01-01T00:00:00"});
    let odd = json!({"status": "SomethingNew", "percentComplete": 40.0});
    let done = json!({"status": "succeeded", "endTime": "2026-11-21T09:01:00.1234567Z", "properties": {"jobId": "j"}});
    let replies = vec![(200, running), (200, odd), (200, done)];
    let (polls, server) = statuses(Style::AsyncOperation, replies).await;
    let progress: Vec<_> = polls.iter().map(|p| p.progress.clone()).collect();
    assert_eq!(
        progress,
        [Progress::Running, Progress::Running, Progress::Succeeded]
    );
    assert_eq!(polls[0].ended, None, "the year 1 is no time");
    assert_eq!(polls[1].percent, Some(40.0));
    assert!(polls[1].differs_from(&polls[0]));
    assert!(!polls[1].differs_from(&polls[1]));
    assert_eq!(
        (
            polls[2].count,
            polls[2].body["properties"]["jobId"].as_str()
        ),
        (3, Some("j"))
    );
    assert_eq!(server.waits(), [15, 15]);
    assert_eq!(
        server.seen()[0].target,
        "/subscriptions/0/status/bQ==?t=1&c=2&s=3&h=4"
    );
    let record = serde_json::to_string(&polls[0].exchange).unwrap();
    assert!(
        record.contains("t=(removed)&c=(removed)&s=(removed)&h=(removed)"),
        "{record}"
    );
}

#[tokio::test]
async fn the_first_poll_of_a_restore_may_fail_inside_azure() {
    let broken = json!({"ErrorCode": "CloudInternalError", "Message": {"Language": "en-us", "Value": "v"}, "Values": []});
    let (polls, server) = statuses(
        Style::AsyncOperation,
        vec![(500, broken), (200, json!({"status": "Succeeded"}))],
    )
    .await;
    assert_eq!((polls.len(), server.waits()), (1, vec![5]));
    assert_eq!(polls[0].exchange.retried[0].code, "CloudInternalError");
}

#[tokio::test]
async fn a_failed_operation_keeps_azures_words() {
    let failed = json!({"status": "Failed", "error": {"code": "UserErrorX", "message": "m", "recommendations": ["Do y."]}});
    let (polls, _) = statuses(Style::AsyncOperation, vec![(200, failed)]).await;
    let Progress::Failed(error) = &polls[0].progress else {
        panic!("{:?}", polls[0].progress)
    };
    assert_eq!(
        (error.code.as_str(), error.request_id.as_deref()),
        ("UserErrorX", Some("r-1"))
    );
    assert_eq!(error.recommendations, ["Do y."]);
    let (polls, _) = statuses(
        Style::AsyncOperation,
        vec![(200, json!({"status": "Cancelled"}))],
    )
    .await;
    assert_eq!(polls[0].progress, Progress::Canceled);
}

#[tokio::test]
async fn follows_location() {
    let (polls, _) = statuses(
        Style::Location,
        vec![(202, Value::Null), (200, json!({"a": 1}))],
    )
    .await;
    assert_eq!(polls[1].progress, Progress::Succeeded);
    assert_eq!(polls[1].body, json!({"a": 1}));
    let conflict = json!({"error": {"code": "Conflict", "message": "m"}});
    let (polls, _) = statuses(Style::Location, vec![(202, Value::Null), (409, conflict)]).await;
    assert!(matches!(&polls[1].progress, Progress::Failed(error) if error.code == "Conflict"));
    let (polls, _) = statuses(Style::Location, vec![(204, Value::Null)]).await;
    assert_eq!(polls[0].progress, Progress::Succeeded);
}

#[tokio::test]
async fn a_deleted_vault_takes_its_operations_with_it() {
    let server =
        Server::start(|_, _| json(404, json!({"error": {"code": "ResourceNotFound"}}))).await;
    let url = format!("{}/subscriptions/0/status", server.origin());
    let mut operation = Operation::resume(Style::AsyncOperation, url);
    assert!(server.reader().poll(&operation).await.is_err());
    operation.gone_is_done = true;
    assert_eq!(
        server.reader().poll(&operation).await.unwrap().progress,
        Progress::Succeeded
    );
}

#[tokio::test]
async fn waits_as_the_operation_asks_and_stops_when_told() {
    let server = Server::start(|number, _| {
        let after = if number == 0 { "0" } else { "60" };
        Reply::Whole(
            200,
            vec![("Retry-After", after.into())],
            r#"{"status":"Running"}"#.into(),
        )
    })
    .await;
    let url = format!("{}/subscriptions/0/status", server.origin());
    let mut operation = Operation::resume(Style::AsyncOperation, url);
    operation.first_wait = Some(std::time::Duration::from_secs(30));
    let reader = server.reader();
    let followed = reader.follow(&operation, |polled| {
        if polled.count == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let followed = followed.await.unwrap();
    assert!(followed.stopped);
    assert_eq!(server.waits(), [30, 1, 60]);
}

#[tokio::test]
async fn a_stored_address_outside_the_cloud_is_refused() {
    let server = Server::start(|_, _| json(200, json!({}))).await;
    let operation = Operation::resume(
        Style::AsyncOperation,
        "https://evil.example/subscriptions/0",
    );
    assert!(server.reader().poll(&operation).await.is_err());
    assert_eq!((server.seen().len(), server.tokens()), (0, 0));
}

/// Site Recovery's `Location` leads to the job; 200 only says that there is one.
#[test]
fn a_job_at_location_is_over_when_it_says_so() {
    let job = |state: &str| json!({"type": "Microsoft.RecoveryServices/vaults/replicationJobs", "properties": {"state": state}});
    let of = |body: &Value| of_location(200, body, AzureError::blank(200, Shape::Enveloped));
    for state in ["InProgress", "NotStarted", "Suspended"] {
        assert_eq!(of(&job(state)), Progress::Running, "{state}");
    }
    assert_eq!(of(&job("Succeeded")), Progress::Succeeded);
    let site = json!({"type": "Microsoft.Web/sites", "properties": {"state": "Running"}});
    assert_eq!(
        of(&site),
        Progress::Succeeded,
        "a resource as it was wished for"
    );
}

/// A word for what is not success, in any casing.
fn unhappy() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "Failed",
        "CompletedWithWarnings",
        "CompletedWithInformation",
        "PartiallySucceeded",
        "Cancelled",
        "Canceled",
    ]);
    (words, any::<u32>()).prop_map(|(word, casing)| {
        let letters = word
            .chars()
            .enumerate()
            .map(|(n, letter)| match casing >> n & 1 {
                0 => letter.to_ascii_lowercase(),
                _ => letter.to_ascii_uppercase(),
            });
        letters.collect()
    })
}

/// Where Azure puts that word.
fn place() -> impl Strategy<Value = fn(&str) -> Value> {
    prop_oneof![
        Just((|word| json!({ "status": word })) as fn(&str) -> Value),
        Just((|word| json!({"properties": {"status": word}})) as fn(&str) -> Value),
        Just((|word| json!({"properties": {"state": word}})) as fn(&str) -> Value),
        Just((|word| json!({"properties": {"provisioningState": word}})) as fn(&str) -> Value),
    ]
}

proptest! {
    #[test]
    fn what_failed_was_cancelled_or_completed_with_warnings_is_never_success(
        word in unhappy(),
        place in place(),
        status in prop::sample::select(vec![200, 201, 202, 204, 400, 409]),
    ) {
        let blank = || AzureError::blank(status, Shape::Enveloped);
        let body = place(&word);
        let over = |progress: Progress| {
            matches!(progress, Progress::Failed(_) | Progress::Canceled)
        };
        prop_assert!(over(of_location(status, &body, blank())), "{word} {status}");
        let (progress, _) = of_body(&body, status, &blank());
        prop_assert!(progress != Progress::Succeeded, "{word} {status}");
        let body = json!({ "status": word });
        prop_assert!(over(of_body(&body, status, &blank()).0), "{word} {status}");
    }

    #[test]
    fn no_other_word_than_succeeded_is_success(word in "[A-Za-z ]{1,24}", status in 200_u16..300) {
        let blank = AzureError::blank(status, Shape::Enveloped);
        let (progress, _) = of_body(&json!({ "status": word }), status, &blank);
        prop_assert!(progress != Progress::Succeeded || word.eq_ignore_ascii_case("succeeded"));
    }
}
