//! A machine restored in the vault's own region: what is refused, what its job says, and what it makes (contract b.14).

use drillbook_armsim::EVERGREEN;
use serde_json::{Value, json};

use crate::client::{Bench, TestClock};

const VERSION: &str = "api-version=2024-04-01";
const PERMISSION: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action";

async fn bench() -> Bench {
    let scenario = format!(
        "{EVERGREEN}\n[[permission]]\nscope = \"/subscriptions/{{sub}}\"\nactions = [\"{PERMISSION}\"]\n"
    );
    Bench::on(scenario, TestClock::new()).await
}

/// The newest point of a machine, as the vault's own region lists it, and what asks to restore its disks.
async fn asked(bench: &Bench, group: &str) -> (String, Value) {
    let list = format!("{}/backupProtectedItems?{VERSION}", bench.vault());
    let rows = bench.rows(&list).await;
    let item = rows
        .iter()
        .find(|row| row["properties"]["friendlyName"] == "vm-policy-01")
        .unwrap();
    let id = item["id"].as_str().unwrap().replace(';', "%3B");
    let point = bench
        .rows(&format!("{id}/recoveryPoints?{VERSION}"))
        .await
        .remove(0);
    let name = point["name"].as_str().unwrap();
    let request = json!({
        "objectType": "IaasVMRestoreRequest",
        "recoveryPointId": name,
        "recoveryType": "RestoreDisks",
        "sourceResourceId": item["properties"]["sourceResourceId"],
        "targetResourceGroupId": group,
        "storageAccountId": format!(
            "{}/resourceGroups/rg-backup-eastus/providers/Microsoft.Storage/storageAccounts/ststageeus01", bench.sub
        ),
        "region": "eastus",
    });
    (
        format!("{id}/recoveryPoints/{name}/restore?{VERSION}"),
        request,
    )
}

#[tokio::test]
async fn what_the_vaults_own_region_cannot_do_is_refused() {
    let bench = bench().await;
    let group = bench.group("rg-drill-1").await;
    let (address, request) = asked(&bench, &group).await;
    let bare = bench.post(&address, request.clone()).await;
    assert_eq!(
        (bare.status, bare.code()),
        (400, "BMSUserErrorInvalidInput")
    );
    for (member, value) in [
        ("region", "westus"),
        ("recoveryPointId", "another"),
        ("recoveryType", "OriginalLocation"),
    ] {
        let mut other = request.clone();
        other[member] = json!(value);
        let refused = bench.post(&address, json!({"properties": other})).await;
        assert_eq!(refused.status, 400, "{member}: {}", refused.body);
    }
    assert_eq!(bench.simulator.control().ledger().restores_total(), 0);
}

#[tokio::test]
async fn a_snapshot_becomes_disks_in_minutes_and_its_job_is_the_vaults() {
    let bench = bench().await;
    let group = bench.group("rg-drill-1").await;
    let (address, request) = asked(&bench, &group).await;
    let accepted = bench.post(&address, json!({"properties": request})).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let status = accepted.header("Azure-AsyncOperation").unwrap().to_owned();
    assert_eq!(bench.get(&status).await["status"], "InProgress");
    bench.clock.pass(6);
    let job = bench.get(&status).await["properties"]["jobId"].clone();
    let job = job.as_str().unwrap();
    let one = bench
        .get(&format!("{}/backupJobs/{job}?{VERSION}", bench.vault()))
        .await;
    let told = &one["properties"];
    assert_eq!(
        (&told["operation"], &told["status"]),
        (&json!("Restore"), &json!("Completed"))
    );
    let tasks = told["extendedInfo"]["tasksList"].as_array().unwrap();
    assert!(
        tasks
            .iter()
            .all(|task| task["taskId"] != "Transfer data from vault"),
        "{tasks:?}"
    );
    let crr = bench
        .post(
            &bench.region("backupCrrJobs"),
            json!({"resourceId": bench.vault()}),
        )
        .await;
    assert!(
        !crr.body.to_string().contains(job),
        "the other region lists it"
    );
    let disks = bench
        .rows(&format!(
            "{group}/providers/Microsoft.Compute/disks?api-version=2024-03-02"
        ))
        .await;
    assert!(!disks.is_empty());
    for disk in disks {
        let made = disk["properties"]["timeCreated"].as_str().unwrap();
        let made: chrono::DateTime<chrono::Utc> = made.parse().unwrap();
        assert!(made <= bench.clock.now(), "made in the future: {made}");
    }
}
