//! The file: a new process finds everything as it was.

use drillbook_armsim::{Fault, Ledger};
use reqwest::Method;
use serde_json::json;
use std::io::Write;

use crate::client::{Bench, TestClock};

#[tokio::test]
async fn a_killed_simulator_is_rebuilt_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("azure.jsonl");
    let clock = TestClock::new();
    let bench = Bench::with(&[], Some(&file), clock.clone()).await;
    let group = bench.group("rg-drill-1").await;
    bench.restore("vm-policy-01", &group).await;
    clock.pass(60);
    let disks = bench.disks(&group).await;
    let doomed = format!(
        "{}?api-version=2024-03-02",
        disks[0]["id"].as_str().unwrap()
    );
    bench.send(Method::DELETE, &doomed, None).await;
    let points = bench.point(&bench.item("vm-policy-02").await).await;
    let authority = bench.simulator.ca_pem().to_owned();
    drop(bench);
    let mut torn = std::fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap();
    torn.write_all(b"{\"n\":99,\"at\":\"2026-").unwrap();
    drop(torn);

    clock.pass(5);
    let again = Bench::with(&[], Some(&file), clock.clone()).await;
    assert_eq!(again.simulator.ca_pem(), authority, "the same trust");
    let left = again.disks(&group).await;
    assert_eq!(left.len(), disks.len() - 1);
    assert_eq!(left, disks[1..]);
    assert_eq!(
        again.jobs().await[0]["properties"]["status"],
        json!("Completed")
    );
    assert_eq!(
        again.point(&again.item("vm-policy-02").await).await,
        points,
        "times count from the first start"
    );
    again.group("rg-drill-2").await;
    let ledger = Ledger::read(&file).unwrap();
    assert_eq!(ledger.restores_total(), 1);
    assert_eq!(ledger.deleted.len(), 1);
    assert_eq!(ledger.last_change, Some(clock.now()));
    assert!(
        ledger
            .requests
            .keys()
            .any(|kind| kind == "POST backupCrossRegionRestore"),
        "{ledger:?}"
    );
}

#[tokio::test]
async fn faults_and_what_fired_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("azure.jsonl");
    let clock = TestClock::new();
    let bench = Bench::with(
        &[Fault::LostResponse, Fault::PrimaryDark],
        Some(&file),
        clock.clone(),
    )
    .await;
    let group = bench.group("rg-drill-1").await;
    let body = bench.restore_body("vm-policy-01", &group, None).await;
    let cut = bench
        .try_send(
            Method::POST,
            &bench.region("backupCrossRegionRestore"),
            Some(&body),
        )
        .await;
    assert!(cut.is_err());
    bench.simulator.control().mark_t0();
    drop(bench);
    let again = Bench::with(&[], Some(&file), clock).await;
    assert_eq!(
        again.restore("vm-policy-02", &group).await.status,
        202,
        "it fires once"
    );
    let vault = format!("{}?api-version=2024-04-01", again.vault());
    assert!(
        again.try_send(Method::GET, &vault, None).await.is_err(),
        "the primary stays dark"
    );
    let ledger = Ledger::read(&file).unwrap();
    assert_eq!(ledger.restores_total(), 2);
    assert_eq!(ledger.faults.get("lost-response"), Some(&1));
}

#[test]
fn a_file_that_is_not_there_is_empty_and_a_broken_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("azure.jsonl");
    assert_eq!(Ledger::read(&file).unwrap(), Ledger::default());
    std::fs::write(&file, "nonsense\n{}\n").unwrap();
    assert!(Ledger::read(&file).is_err());
}
