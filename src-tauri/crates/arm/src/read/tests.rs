use crate::error::ArmError;
use crate::limits::Limits;
use crate::link::LinkRefused;
use crate::request::ReadRequest;
use crate::testing::{Reply, Server, json};
use drillbook_diagnostic::Diagnostic;
use serde_json::json;
use std::sync::Arc;

const PATH: &str = "/subscriptions/0/resourceGroups/rg";

pub(crate) fn get() -> ReadRequest {
    ReadRequest::get(PATH, "2021-04-01")
}

#[tokio::test]
async fn sends_what_the_contract_asks_and_records_it() {
    let server = Server::start(|_, _| {
        let headers = vec![
            ("x-ms-correlation-request-id", "c-1".to_owned()),
            ("Date", "Sat, 21 Nov 2026 09:00:01 GMT".to_owned()),
            ("Set-Cookie", "secret".to_owned()),
        ];
        Reply::Whole(200, headers, r#"{"id":"x","accessTokenString":"y"}"#.into())
    })
    .await;
    let answer = server
        .reader()
        .read(&get().filter("a eq 'b'"))
        .await
        .unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.method, "GET");
    assert_eq!(
        seen.target,
        format!("{PATH}?api-version=2021-04-01&$filter=a%20eq%20%27b%27")
    );
    assert_eq!(seen.headers["authorization"], "Bearer token-1");
    assert_eq!(seen.headers["accept"], "application/json");
    assert_eq!(answer.body()["accessTokenString"], "y");
    let [exchange] = answer.exchanges() else {
        panic!("one page")
    };
    assert_eq!(
        exchange.client_request_id,
        seen.headers["x-ms-client-request-id"]
    );
    assert_eq!(
        exchange.response_body,
        Some(json!({"id": "x", "accessTokenString": "(removed)"}))
    );
    assert_eq!(exchange.removed, ["response:accessTokenString"]);
    assert_eq!(
        (exchange.request_id(), exchange.correlation_id()),
        (Some("r-1"), Some("c-1"))
    );
    assert_eq!(
        exchange.date().unwrap().to_rfc3339(),
        "2026-11-21T09:00:01+00:00"
    );
    assert_eq!(exchange.headers.len(), 3);
    assert!(!format!("{answer:?}").contains('y'));
    assert!(!serde_json::to_string(exchange).unwrap().contains("token-1"));
}

#[tokio::test]
async fn refuses_hostile_paths_and_changing_requests_before_it_signs_in() {
    let server = Server::start(|_, _| json(200, json!({}))).await;
    let reader = server.reader();
    for path in [
        "/subscriptions/../x",
        "//evil.example/x",
        "/subscriptions/a%2fb",
        "/x",
    ] {
        let error = reader.read(&ReadRequest::get(path, "1")).await.unwrap_err();
        assert_eq!(error.code(), "arm.path_refused", "{path}");
    }
    let restore = "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus/backupCrossRegionRestore";
    let error = reader
        .read(&ReadRequest::post(restore, "1", json!({})))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "arm.not_reading");
    assert!(error.never_sent());
    assert_eq!((server.seen().len(), server.tokens()), (0, 0));
}

#[tokio::test]
async fn a_hurried_read_is_sent_once_and_waits_for_nothing() {
    for dark in [
        Reply::Cut,
        Reply::Whole(503, vec![("Retry-After", "17".into())], String::new()),
    ] {
        let answer = std::sync::Mutex::new(Some(dark));
        let server =
            Server::start(move |_, _| answer.lock().unwrap().take().unwrap_or(Reply::Cut)).await;
        let error = server.reader().read(&get().hurried()).await.unwrap_err();
        assert!(!error.never_sent());
        assert_eq!((server.seen().len(), server.waits().len()), (1, 0));
    }
}

#[tokio::test]
async fn waits_as_the_server_asks_and_tries_again() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Whole(429, vec![("Retry-After", "17".into())], String::new()),
        1 => Reply::Whole(
            503,
            vec![("Retry-After", "Sat, 21 Nov 2026 09:00:42 GMT".into())],
            String::new(),
        ),
        2 => json(
            429,
            json!({"error": {"code": "x", "message": "Please try again after '324' seconds."}}),
        ),
        3 => json(
            500,
            json!({"ErrorCode": "CloudInternalError", "Message": {"Value": "v"}}),
        ),
        4 => Reply::Cut,
        _ => json(200, json!({})),
    })
    .await;
    let limits = Limits {
        attempts_unanswered: 6,
        ..Limits::default()
    };
    let answer = server.reader_within(limits).read(&get()).await.unwrap();
    assert_eq!(server.waits(), [17, 42, 324, 40, 60]);
    let exchange = &answer.exchanges()[0];
    assert_eq!(exchange.attempts, 6);
    let codes: Vec<_> = exchange
        .retried
        .iter()
        .map(|r| (r.status, r.code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            (Some(429), ""),
            (Some(503), ""),
            (Some(429), "x"),
            (Some(500), "CloudInternalError"),
            (None, "connection cut")
        ]
    );
    let ids: Vec<_> = server
        .seen()
        .iter()
        .map(|s| s.headers["x-ms-client-request-id"].clone())
        .collect();
    assert!(
        ids.windows(2).all(|two| two[0] == two[1]),
        "one id for one question: {ids:?}"
    );
}

#[tokio::test]
async fn gives_up_within_its_budget_and_shows_it() {
    let server =
        Server::start(|_, _| Reply::Whole(429, vec![("Retry-After", "600".into())], String::new()))
            .await;
    let error = server.reader().read(&get()).await.unwrap_err();
    let ArmError::Throttled {
        waited,
        asked,
        exchange,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (waited.as_secs(), asked.as_secs(), exchange.attempts),
        (600, 600, 2)
    );
    let server = Server::start(|_, _| Reply::Cut).await;
    let error = server.reader().read(&get()).await.unwrap_err();
    assert_eq!((error.code(), server.seen().len()), ("arm.no_answer", 3));
}

#[tokio::test]
async fn signs_in_anew_once_after_a_401() {
    let server = Server::start(|_, seen| {
        if seen.headers["authorization"] == "Bearer token-1" {
            json(
                401,
                json!({"error": {"code": "ExpiredAuthenticationToken", "message": "m"}}),
            )
        } else {
            json(200, json!({}))
        }
    })
    .await;
    let reader = server.reader();
    let answer = reader.read(&get()).await.unwrap();
    assert_eq!(answer.exchanges()[0].attempts, 2);
    assert_eq!((server.tokens(), server.waits().len()), (2, 0));
    reader.read(&get()).await.unwrap();
    assert_eq!(server.tokens(), 2, "a good token is kept");

    let server =
        Server::start(|_, _| json(401, json!({"error": {"code": "x", "message": "m"}}))).await;
    let error = server.reader().read(&get()).await.unwrap_err();
    assert_eq!(error.azure().unwrap().status, 401);
    assert_eq!((server.seen().len(), server.tokens()), (2, 2));
}

#[tokio::test]
async fn keeps_azures_words_and_ids_and_accepts_a_404_where_it_is_an_answer() {
    let server = Server::start(|_, _| {
        json(
            404,
            json!({"error": {"code": "ResourceNotFound", "message": "not there"}}),
        )
    })
    .await;
    let reader = server.reader();
    let error = reader.read(&get()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the resource is not there: Azure answered ResourceNotFound: not there (request id r-1)"
    );
    assert_eq!(error.azure().unwrap().request_id.as_deref(), Some("r-1"));
    let answer = reader.read(&get().accept(&[200, 404])).await.unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn follows_pages_verbatim_and_joins_them() {
    let server = Server::start(|number, seen| {
        let host = &seen.headers["host"];
        match number {
            0 => json(200, json!({"value": [1], "nextLink": format!("http://{host}/subscriptions/0/x?b=%2F&a=1"), "count": 3})),
            1 => json(200, json!({"value": [2, 3], "nextLink": ""})),
            _ => json(500, json!({})),
        }
    })
    .await;
    let answer = server.reader().read(&get()).await.unwrap();
    assert_eq!(*answer.body(), json!({"value": [1, 2, 3], "count": 3}));
    assert_eq!(answer.exchanges().len(), 2);
    assert_eq!(server.seen()[1].target, "/subscriptions/0/x?b=%2F&a=1");
}

#[tokio::test]
async fn refuses_a_hostile_next_link_before_a_token_is_attached() {
    let thief = Server::start(|_, _| json(200, json!({"value": []}))).await;
    let port = thief.port;
    for link in [
        format!("http://127.0.0.1:{port}/subscriptions/0"),
        "http://evil.example/subscriptions/0".to_owned(),
        "/subscriptions/0".to_owned(),
    ] {
        let sent = link.clone();
        let server =
            Server::start(move |_, _| json(200, json!({"value": [], "nextLink": sent}))).await;
        let error = server.reader().read(&get()).await.unwrap_err();
        assert_eq!(error.code(), "arm.link_refused", "{link}");
        assert_eq!(server.seen().len(), 1);
    }
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn stops_at_loops_and_at_the_limits_of_pages_and_bytes() {
    let endless = |number: usize, seen: &crate::testing::Seen, loops: bool| {
        let page = if loops { 0 } else { number };
        let link = format!("http://{}/subscriptions/0?p={page}", seen.headers["host"]);
        json(200, json!({"value": ["x".repeat(100)], "nextLink": link}))
    };
    let server = Server::start(move |n, seen| endless(n, seen, true)).await;
    let error = server.reader().read(&get()).await.unwrap_err();
    assert!(
        matches!(error, ArmError::Link(LinkRefused::Loop)),
        "{error}"
    );
    let server = Server::start(move |n, seen| endless(n, seen, false)).await;
    let limits = Limits {
        pages: 4,
        ..Limits::default()
    };
    let error = server.reader_within(limits).read(&get()).await.unwrap_err();
    assert!(
        matches!(error, ArmError::TooManyPages { limit: 4 }),
        "{error}"
    );
    assert_eq!(server.seen().len(), 4);
    let server = Server::start(move |n, seen| endless(n, seen, false)).await;
    let limits = Limits {
        listing_bytes: 500,
        ..Limits::default()
    };
    let error = server.reader_within(limits).read(&get()).await.unwrap_err();
    assert!(
        matches!(error, ArmError::TooLarge { limit: 500 }),
        "{error}"
    );
    let limits = Limits {
        answer_bytes: 50,
        ..Limits::default()
    };
    let error = server.reader_within(limits).read(&get()).await.unwrap_err();
    assert!(matches!(error, ArmError::TooLarge { limit: 50 }), "{error}");
}

#[tokio::test]
async fn a_listing_by_post_tries_get_and_then_the_post_again() {
    let path =
        "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus/backupCrrJobs";
    let server = Server::start(|number, seen| match number {
        0 => json(200, json!({"value": [1], "nextLink": format!("http://{}{}&$skipToken=a%2Bb", seen.headers["host"], seen.target)})),
        1 => json(405, json!({"error": {"code": "MethodNotAllowed", "message": "m"}})),
        _ => json(200, json!({"value": [2]})),
    })
    .await;
    let request = ReadRequest::post(path, "2021-11-15", json!({"resourceId": "v"}));
    let answer = server.reader().read(&request).await.unwrap();
    assert_eq!(answer.body()["value"], json!([1, 2]));
    let seen = server.seen();
    let methods: Vec<_> = seen.iter().map(|s| s.method.as_str()).collect();
    assert_eq!(methods, ["POST", "GET", "POST"]);
    assert_eq!(
        seen[2].target,
        format!("{path}?api-version=2021-11-15&$skipToken=a%2Bb")
    );
    assert_eq!(seen[2].body, r#"{"resourceId":"v"}"#);
    assert_eq!(answer.exchanges().len(), 3);
}

#[tokio::test]
async fn resource_graph_pages_through_its_body() {
    let server = Server::start(|number, _| match number {
        0 => json(
            200,
            json!({"data": [1], "$skipToken": "s", "resultTruncated": "true"}),
        ),
        _ => json(200, json!({"data": [2], "resultTruncated": "false"})),
    })
    .await;
    let path = "/providers/Microsoft.ResourceGraph/resources";
    let request = ReadRequest::post(path, "2021-03-01", json!({"query": "q"}));
    let answer = server.reader().read(&request).await.unwrap();
    assert_eq!(answer.body()["data"], json!([1, 2]));
    let second: serde_json::Value = serde_json::from_str(&server.seen()[1].body).unwrap();
    assert_eq!(
        second,
        json!({"query": "q", "options": {"$skipToken": "s"}})
    );
}

#[tokio::test]
async fn reads_side_by_side_and_hands_results_over_as_they_come() {
    let server = Server::start(|_, seen| {
        if seen.target.contains("/bad?") {
            json(
                403,
                json!({"error": {"code": "AuthorizationFailed", "message": "m"}}),
            )
        } else {
            json(200, json!({"path": seen.target}))
        }
    })
    .await;
    let mut requests: Vec<_> = (0..20)
        .map(|n| ReadRequest::get(format!("{PATH}/{n}"), "1"))
        .collect();
    requests.push(ReadRequest::get(format!("{PATH}/bad"), "1"));
    let mut good = Vec::new();
    let mut bad = Vec::new();
    server
        .reader()
        .read_all(&requests, |index, result| match result {
            Ok(_) => good.push(index),
            Err(_) => bad.push(index),
        })
        .await;
    good.sort_unstable();
    assert_eq!(good, (0..20).collect::<Vec<_>>());
    assert_eq!((bad, server.tokens()), (vec![20], 1));
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Half(200, r#"{"value":[1,2,3]}"#.into()),
        _ => json(200, json!({"value": []})),
    })
    .await;
    let answer = server.reader().read(&get()).await.unwrap();
    assert_eq!(
        (answer.body()["value"].clone(), server.seen().len()),
        (json!([]), 2)
    );
    let server = Server::start(|_, _| Reply::Whole(200, vec![], "<html>".into())).await;
    assert_eq!(
        server.reader().read(&get()).await.unwrap_err().code(),
        "arm.not_json"
    );
}

#[tokio::test]
async fn independent_reads_are_under_way_at_the_same_time_but_never_too_many() {
    // Each answer waits until four requests are under way, so fewer than four would never end.
    let together = Arc::new(tokio::sync::Barrier::new(4));
    let server = Server::start(move |_, _| Reply::Together(Arc::clone(&together))).await;
    let limits = Limits {
        side_by_side: 4,
        ..Limits::default()
    };
    let requests = vec![get(); 12];
    let mut answered = 0;
    server
        .reader_within(limits)
        .read_all(&requests, |_, result| {
            answered += usize::from(result.is_ok())
        })
        .await;
    assert_eq!((answered, server.most()), (12, 4));
}
