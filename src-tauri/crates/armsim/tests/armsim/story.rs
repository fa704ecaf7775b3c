//! One restore from sign-in to an empty subscription.

use drillbook_armsim::Ledger;
use reqwest::Method;
use serde_json::json;

use crate::client::{Bench, TestClock};

#[tokio::test]
async fn a_restore_runs_from_the_dance_to_the_deleted_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("azure.jsonl");
    let bench = Bench::with(&[], Some(&file), TestClock::new()).await;
    let group = bench.group("rg-drill-1").await;

    let accepted = bench.restore("vm-policy-01", &group).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let status = accepted.header("azure-asyncoperation").unwrap().to_owned();
    assert!(status.contains("=?"), "the operation's id ends in =");
    let first = bench.send(Method::GET, &status, None).await;
    assert_eq!(first.status, 500);
    assert_eq!(first.body["ErrorCode"], json!("CloudInternalError"));
    let running = bench.get(&status).await;
    assert_eq!(running["status"], json!("InProgress"));
    bench.clock.pass(1);
    let done = bench.get(&status).await;
    assert_eq!(done["status"], json!("Succeeded"));
    let job = done["properties"]["jobId"].as_str().unwrap().to_owned();

    bench.clock.pass(15);
    let half = bench.job(&job).await.body;
    assert_eq!(half["properties"]["status"], json!("InProgress"));
    assert_eq!(half["properties"]["endTime"], json!("0001-01-01T00:00:00"));
    assert!(
        half["properties"]["extendedInfo"]["progressPercentage"]
            .as_f64()
            .unwrap()
            > 10.0
    );
    assert!(bench.disks(&group).await.is_empty());
    bench.clock.pass(40);
    let end = bench.job(&job).await.body;
    assert_eq!(end["properties"]["status"], json!("Completed"), "{end:#}");
    assert!(end["properties"]["extendedInfo"]["propertyBag"]["Template Blob Uri"].is_string());

    let disks = bench.disks(&group).await;
    let mut sizes: Vec<String> = disks
        .iter()
        .map(|disk| {
            format!(
                "{}|{}",
                disk["properties"]["diskSizeGB"],
                disk["sku"]["name"].as_str().unwrap()
            )
        })
        .collect();
    sizes.sort();
    assert_eq!(
        sizes,
        ["128|Premium_LRS", "128|StandardSSD_LRS", "32|Premium_LRS"]
    );

    let disk = disks[0]["id"].as_str().unwrap();
    let body = json!({"tags": {"drillbook-drill": "D-1"}, "properties": {"networkAccessPolicy": "DenyAll", "publicNetworkAccess": "Disabled"}});
    let sealed = bench
        .send(
            Method::PATCH,
            &format!("{disk}?api-version=2024-03-02"),
            Some(&body),
        )
        .await;
    assert_eq!(sealed.status, 202);
    let before = bench.get(&format!("{disk}?api-version=2024-03-02")).await;
    assert_eq!(
        before["properties"]["networkAccessPolicy"],
        json!("AllowAll"),
        "current is apart from requested"
    );
    bench.clock.pass_seconds(10);
    let after = bench.get(&format!("{disk}?api-version=2024-03-02")).await;
    assert_eq!(after["properties"]["networkAccessPolicy"], json!("DenyAll"));

    let gone = bench
        .send(
            Method::DELETE,
            &format!("{group}?api-version=2024-07-01"),
            None,
        )
        .await;
    assert_eq!(gone.status, 202);
    let poll = gone.header("location").unwrap().to_owned();
    assert_eq!(bench.send(Method::GET, &poll, None).await.status, 202);
    bench.clock.pass(2);
    assert_eq!(bench.send(Method::GET, &poll, None).await.status, 200);
    let missing = bench
        .send(Method::GET, &format!("{disk}?api-version=2024-03-02"), None)
        .await;
    assert_eq!((missing.status, missing.code()), (404, "ResourceNotFound"));

    let ledger = Ledger::read(&file).unwrap();
    assert_eq!(ledger.restores.get("vm-policy-01"), Some(&1));
    assert_eq!(ledger.restores_total(), 1);
    assert!(ledger.last_change.unwrap() <= bench.clock.now());
}
