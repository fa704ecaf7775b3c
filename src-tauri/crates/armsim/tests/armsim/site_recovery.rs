//! Site Recovery: what items, plans and jobs say, a test failover and its cleanup (contract e.1-e.3).

use drillbook_armsim::EVERGREEN;
use serde_json::{Value, json};

use crate::client::{Bench, Got, TestClock};
use crate::shapes::{check, fixture};

const VERSION: &str = "?api-version=2024-04-01";

async fn bench() -> Bench {
    let scenario = format!(
        "{EVERGREEN}\n{}",
        include_str!("../../scenarios/site-recovery.toml")
    );
    Bench::on(scenario, TestClock::new()).await
}

fn vault(bench: &Bench) -> String {
    format!(
        "{}/resourceGroups/rg-dr-westus/providers/Microsoft.RecoveryServices/vaults/rsv-evergreen-failover",
        bench.sub
    )
}

fn item(bench: &Bench, name: &str) -> String {
    format!(
        "{}/replicationFabrics/asr-a2a-default-eastus/replicationProtectionContainers/asr-a2a-default-eastus-container/replicationProtectedItems/{name}",
        vault(bench)
    )
}

fn network(bench: &Bench, name: &str) -> String {
    let group = if name.ends_with("eastus") {
        "rg-network-eastus"
    } else {
        "rg-network-westus"
    };
    format!(
        "{}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{name}",
        bench.sub
    )
}

fn asked(bench: &Bench) -> Value {
    json!({"properties": {
        "failoverDirection": "PrimaryToRecovery", "networkType": "VmNetworkAsInput",
        "networkId": network(bench, "vnet-drill-westus"),
        "providerSpecificDetails": {"instanceType": "A2A"},
    }})
}

async fn act(bench: &Bench, target: &str, action: &str, body: Value) -> Got {
    bench
        .post(&format!("{target}/{action}{VERSION}"), body)
        .await
}

async fn read(bench: &Bench, id: &str) -> Value {
    bench.get(&format!("{id}{VERSION}")).await
}

/// Names of what lies in the recovery group.
async fn recovered(bench: &Bench) -> Vec<String> {
    let list = format!(
        "{}/resourceGroups/rg-failover-westus/resources?api-version=2024-07-01",
        bench.sub
    );
    let rows = bench.rows(&list).await;
    rows.iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_replicates_is_listed_with_what_it_allows() {
    let bench = bench().await;
    let vault = vault(&bench);
    let fabrics = bench
        .rows(&format!("{vault}/replicationFabrics{VERSION}"))
        .await;
    assert_eq!(
        fabrics[0]["properties"]["customDetails"]["location"],
        "eastus"
    );
    let container = format!(
        "{}/replicationProtectionContainers{VERSION}",
        fabrics[0]["id"].as_str().unwrap()
    );
    let containers = bench.rows(&container).await;
    assert_eq!(containers[0]["properties"]["role"], "Primary");
    let items = bench
        .rows(&format!(
            "{vault}/replicationProtectedItems{VERSION}&$filter=instanceType%20eq%20'A2A'"
        ))
        .await;
    let allowed: Vec<bool> = items
        .iter()
        .map(|row| {
            row["properties"]["allowedOperations"]
                .as_array()
                .unwrap()
                .contains(&json!("TestFailover"))
        })
        .collect();
    assert_eq!(allowed, [true, false]);
    let none = bench.rows(&format!("{vault}/replicationProtectedItems{VERSION}&$filter=instanceType%20eq%20'HyperVReplicaAzure'")).await;
    assert_eq!(none, [Value::Null; 0]);
    let points = bench
        .rows(&format!(
            "{}/recoveryPoints{VERSION}",
            item(&bench, "vm-policy-01")
        ))
        .await;
    assert_eq!(points.len(), 2);
    let plans = bench
        .rows(&format!("{vault}/replicationRecoveryPlans{VERSION}"))
        .await;
    assert_eq!(
        plans[0]["properties"]["currentScenario"]["scenarioName"],
        "None"
    );
    assert_eq!(
        bench
            .rows(&format!("{vault}/replicationJobs{VERSION}"))
            .await,
        [Value::Null; 0]
    );
}

#[tokio::test]
async fn a_test_failover_makes_a_machine_and_waits_until_it_is_cleaned_up() {
    let bench = bench().await;
    let one = item(&bench, "vm-policy-01");
    let got = act(&bench, &one, "testFailover", asked(&bench)).await;
    assert_eq!((got.status, got.header("retry-after")), (202, Some("30")));
    let (status, job) = (
        got.header("azure-asyncoperation").unwrap(),
        got.header("location").unwrap(),
    );
    assert_eq!(bench.get(status).await["status"], "InProgress");
    let running = read(&bench, &one).await;
    assert_eq!(running["properties"]["allowedOperations"], json!([]));
    let named = running["properties"]["currentScenario"]["jobId"]
        .as_str()
        .unwrap();
    assert!(job.contains(named), "{job}");
    assert_eq!(bench.get(job).await["properties"]["state"], "InProgress");
    assert_eq!(recovered(&bench).await, [""; 0]);

    bench.clock.pass(10);
    assert_eq!(bench.get(status).await["status"], "Succeeded");
    let mut made = recovered(&bench).await;
    made.sort();
    let wanted = [
        "vm-policy-01-test",
        "vm-policy-01-test-nic",
        "vm-policy-01_OsDisk_1_6c0f-ASRtest",
        "vm-policy-01_data-ASRtest",
    ];
    assert_eq!(made, wanted);
    let waiting = read(&bench, &one).await["properties"].clone();
    assert_eq!(waiting["testFailoverState"], "WaitingForCompletion");
    let point = waiting["failoverRecoveryPointId"].as_str().unwrap();
    assert!(
        point.ends_with("/recoveryPoints/c9e84d17-60fa-4f3b-8e21-b5d7a9130f48"),
        "the newest: {point}"
    );
    assert_eq!(waiting["allowedOperations"], json!(["TestFailoverCleanup"]));
    let disk = &waiting["providerSpecificDetails"]["protectedManagedDisks"][0];
    assert_eq!(disk["tfoDiskName"], "vm-policy-01_OsDisk_1_6c0f-ASRtest");
    let suspended = bench.get(job).await["properties"].clone();
    assert_eq!(
        (&suspended["state"], &suspended["tasks"][3]["state"]),
        (&json!("Suspended"), &json!("Suspended"))
    );
    let again = act(&bench, &one, "testFailover", asked(&bench)).await;
    assert_eq!(
        (again.status, again.code()),
        (409, "SimTestFailoverNotAllowed")
    );

    let comments = json!({"properties": {"comments": "drill"}});
    let got = act(&bench, &one, "testFailoverCleanup", comments.clone()).await;
    assert_eq!(got.status, 202);
    assert_eq!(
        read(&bench, &one).await["properties"]["testFailoverState"],
        "MarkedForDeletion"
    );
    bench.clock.pass(5);
    assert_eq!(recovered(&bench).await, [""; 0]);
    let clean = read(&bench, &one).await["properties"].clone();
    assert_eq!(clean["testFailoverState"], "None");
    assert_eq!(clean["currentScenario"]["scenarioName"], "None");
    assert!(clean["lastSuccessfulTestFailoverTime"].is_string());
    assert_eq!(bench.get(job).await["properties"]["state"], "Succeeded");
    let twice = act(&bench, &one, "testFailoverCleanup", comments).await;
    assert_eq!(
        (twice.status, twice.code()),
        (409, "SimTestFailoverCleanupNotAllowed")
    );
    let ledger = bench.simulator.control().ledger();
    assert_eq!(ledger.failovers.get("vm-policy-01"), Some(&1));
}

#[tokio::test]
async fn what_a_drill_must_not_ask_for_is_refused() {
    let bench = bench().await;
    let one = item(&bench, "vm-policy-01");
    let with = |name: &str, value: Value| {
        let mut body = asked(&bench);
        body["properties"][name] = value;
        body
    };
    let cases = [
        (
            with("networkType", json!("NoNetworkAttachAsInput")),
            400,
            "SimNetworkNotNamed",
        ),
        (
            with("networkId", json!(network(&bench, "vnet-prod-eastus"))),
            400,
            "SimNetworkInOtherRegion",
        ),
        (
            with("networkId", json!(network(&bench, "vnet-nowhere"))),
            404,
            "ResourceNotFound",
        ),
        (
            with("failoverDirection", json!("RecoveryToPrimary")),
            400,
            "SimUnsupportedDirection",
        ),
        (
            with(
                "providerSpecificDetails",
                json!({"instanceType": "HyperVReplicaAzure"}),
            ),
            400,
            "SimInstanceTypeMismatch",
        ),
        (
            with(
                "providerSpecificDetails",
                json!({"instanceType": "A2A", "recoveryPointId": format!("{one}/recoveryPoints/none")}),
            ),
            404,
            "ResourceNotFound",
        ),
    ];
    for (body, status, code) in cases {
        let got = act(&bench, &one, "testFailover", body).await;
        assert_eq!((got.status, got.code()), (status, code), "{}", got.body);
    }
    let replicating = act(
        &bench,
        &item(&bench, "vm-policy-02"),
        "testFailover",
        asked(&bench),
    )
    .await;
    assert_eq!(replicating.code(), "SimTestFailoverNotAllowed");
    let moved = act(&bench, &one, "unplannedFailover", asked(&bench)).await;
    assert_eq!((moved.status, moved.code()), (404, "SimNotScripted"));
    assert_eq!(bench.simulator.control().ledger().failovers.len(), 0);
}

#[tokio::test]
async fn a_plan_fails_its_items_over_and_cleans_them_up() {
    let bench = bench().await;
    let plan = format!("{}/replicationRecoveryPlans/policy-platform", vault(&bench));
    let mut body = asked(&bench);
    body["properties"]["providerSpecificDetails"] =
        json!([{"instanceType": "A2A", "recoveryPointType": "LatestProcessed"}]);
    assert_eq!(act(&bench, &plan, "testFailover", body).await.status, 202);
    bench.clock.pass(10);
    let waiting = read(&bench, &plan).await;
    assert_eq!(waiting["properties"]["currentScenarioStatus"], "Suspended");
    check(
        "plan",
        fixture!("ReplicationRecoveryPlans_TestFailover"),
        &waiting,
        &["/properties/currentScenario/jobId"],
    );
    assert_eq!(recovered(&bench).await.len(), 4);
    let one = item(&bench, "vm-policy-01");
    let own = act(&bench, &one, "testFailoverCleanup", json!({})).await;
    assert_eq!(own.status, 409, "the plan cleans up what it began");
    assert_eq!(
        act(&bench, &plan, "testFailoverCleanup", json!({}))
            .await
            .status,
        202
    );
    bench.clock.pass(5);
    assert_eq!(recovered(&bench).await, [""; 0]);
    assert_eq!(
        read(&bench, &one).await["properties"]["testFailoverState"],
        "None"
    );
}

#[tokio::test]
async fn site_recovery_answers_have_the_samples_names() {
    let bench = bench().await;
    let one = item(&bench, "vm-policy-01");
    let list = bench
        .get(&format!(
            "{}/replicationProtectedItems{VERSION}",
            vault(&bench)
        ))
        .await;
    check(
        "items",
        fixture!("ReplicationProtectedItems_List"),
        &list,
        &["/value/0/properties/allowedOperations"],
    );
    act(&bench, &one, "testFailover", asked(&bench)).await;
    bench.clock.pass(10);
    let waiting = read(&bench, &one).await;
    check(
        "waiting",
        fixture!("ReplicationProtectedItems_TestFailover"),
        &waiting,
        &["/properties/currentScenario/jobId"],
    );
    let id = waiting["properties"]["currentScenario"]["jobId"]
        .as_str()
        .unwrap()
        .to_owned();
    act(&bench, &one, "testFailoverCleanup", json!({})).await;
    let clearing = read(&bench, &one).await;
    check(
        "clearing",
        fixture!("ReplicationProtectedItems_TestFailoverCleanup"),
        &clearing,
        &["/properties/lastSuccessfulTestFailoverTime"],
    );
    bench.clock.pass(5);
    let job = read(&bench, &id).await;
    check(
        "job",
        fixture!("ReplicationJobs_Get"),
        &job,
        &["/properties/tasks/0/taskId", "/properties/endTime"],
    );
}
