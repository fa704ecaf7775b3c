//! Each fault does what it says, and the file shows that it did.

use drillbook_armsim::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

fn fired(bench: &Bench, fault: Fault) -> u64 {
    bench
        .simulator
        .control()
        .ledger()
        .faults
        .get(fault.name())
        .copied()
        .unwrap_or(0)
}

/// Starts a restore and returns its group and job.
async fn started(bench: &Bench, vm: &str) -> (String, String) {
    let group = bench.group(&format!("rg-{vm}")).await;
    let got = bench.restore(vm, &group).await;
    assert_eq!(got.status, 202, "{}", got.body);
    bench.clock.pass(1);
    let jobs = bench.jobs().await;
    (group, jobs[0]["name"].as_str().unwrap().to_owned())
}

async fn status(bench: &Bench, job: &str) -> Value {
    let got = bench.job(job).await;
    assert_eq!(got.status, 200, "{}", got.body);
    got.body["properties"]["status"].clone()
}

#[test]
fn names_are_the_commands() {
    for fault in Fault::ALL {
        assert_eq!(fault.name().parse::<Fault>(), Ok(fault));
        assert_eq!(serde_json::to_value(fault).unwrap(), json!(fault.name()));
    }
    assert!("nothing".parse::<Fault>().is_err());
}

#[tokio::test]
async fn throttle_and_server_error_strike_reads_polls_and_the_restore() {
    for (fault, expected) in [(Fault::Throttle, 429), (Fault::ServerError, 503)] {
        let bench = Bench::new(&[fault]).await;
        let address = format!("{}?api-version=2022-12-01", bench.sub);
        let mut read = Vec::new();
        for _ in 0..6 {
            read.push(bench.send(Method::GET, &address, None).await.status);
        }
        assert_eq!(
            read.iter().filter(|s| **s == expected).count(),
            1,
            "{read:?}"
        );
        let group = bench.group("rg-drill-1").await;
        let body = bench.restore_body("vm-policy-01", &group, None).await;
        let first = bench
            .post(&bench.region("backupCrossRegionRestore"), body.clone())
            .await;
        assert_eq!(first.status, expected);
        assert_eq!(
            bench.simulator.control().ledger().restores_total(),
            0,
            "nothing was accepted"
        );
        let second = bench
            .post(&bench.region("backupCrossRegionRestore"), body)
            .await;
        assert_eq!(second.status, 202);
        bench.clock.pass(1);
        let job = bench.jobs().await[0]["name"].as_str().unwrap().to_owned();
        let polls = [
            bench.job(&job).await.status,
            bench.job(&job).await.status,
            bench.job(&job).await.status,
        ];
        assert_eq!(polls, [200, expected, 200]);
        assert_eq!(fired(&bench, fault), 3);
    }
}

#[tokio::test]
async fn an_expired_token_stays_expired_and_a_new_one_works() {
    let mut bench = Bench::new(&[Fault::TokenExpired]).await;
    let (_, job) = started(&bench, "vm-policy-02").await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(bench.job(&job).await.status);
    }
    assert_eq!(seen, [200, 200, 401, 401]);
    bench.renew().await;
    assert_eq!(bench.job(&job).await.status, 200);
    assert_eq!(fired(&bench, Fault::TokenExpired), 1);
}

#[tokio::test]
async fn a_lost_response_and_a_twin_leave_jobs_to_be_found() {
    for (fault, jobs) in [(Fault::LostResponse, 1), (Fault::TwinJob, 2)] {
        let bench = Bench::new(&[fault]).await;
        let group = bench.group("rg-drill-1").await;
        let body = bench.restore_body("vm-policy-01", &group, None).await;
        let cut = bench
            .try_send(
                Method::POST,
                &bench.region("backupCrossRegionRestore"),
                Some(&body),
            )
            .await;
        assert!(cut.is_err(), "no answer at all");
        bench.clock.pass(1);
        let running: Vec<Value> = bench
            .jobs()
            .await
            .into_iter()
            .filter(|job| job["properties"]["status"] == json!("InProgress"))
            .collect();
        assert_eq!(running.len(), jobs);
        assert!(
            running
                .iter()
                .all(|job| job["properties"]["entityFriendlyName"] == json!("vm-policy-01"))
        );
        assert_eq!(bench.simulator.control().ledger().restores_total(), 1);
        assert_eq!(fired(&bench, fault), 1);
    }
}

#[tokio::test]
async fn the_primary_goes_dark_only_after_t0() {
    let bench = Bench::new(&[Fault::PrimaryDark]).await;
    let item = bench.item("vm-policy-01").await["id"]
        .as_str()
        .unwrap()
        .replace(';', "%3B");
    let machine = format!(
        "{}/resourceGroups/rg-policy-prod/providers/Microsoft.Compute/virtualMachines/vm-policy-01?api-version=2024-07-01",
        bench.sub
    );
    let dark = [
        format!("{}?api-version=2024-04-01", bench.vault()),
        format!(
            "{}/backupstorageconfig/vaultstorageconfig?api-version=2024-04-01",
            bench.vault()
        ),
        format!("{item}/recoveryPoints?api-version=2024-04-01"),
        machine,
        format!(
            "{}/resourceGroups/rg-policy-prod/providers/Microsoft.Compute/disks?api-version=2024-03-02",
            bench.sub
        ),
    ];
    for address in &dark {
        assert_eq!(bench.send(Method::GET, address, None).await.status, 200);
    }
    let marked = bench
        .http
        .post(format!("{}/simulator/t0", bench.base))
        .send()
        .await
        .unwrap();
    assert_eq!(marked.status().as_u16(), 200);
    for address in &dark {
        assert!(
            bench.try_send(Method::GET, address, None).await.is_err(),
            "{address}"
        );
    }
    let (_, job) = started(&bench, "vm-policy-02").await;
    assert_eq!(status(&bench, &job).await, json!("InProgress"));
    bench
        .get(&format!("{}/locations?api-version=2022-12-01", bench.sub))
        .await;
    bench
        .rows(&format!("{}/resources?api-version=2024-07-01", bench.sub))
        .await;
    assert_eq!(fired(&bench, Fault::PrimaryDark), 5);
}

#[tokio::test]
async fn preflight_faults_show_before_anything_is_sent() {
    let off = Bench::new(&[Fault::CrrDisabled]).await;
    let vault = off
        .get(&format!("{}?api-version=2024-04-01", off.vault()))
        .await;
    assert_eq!(
        vault["properties"]["redundancySettings"]["crossRegionRestore"],
        json!("Disabled")
    );
    let list = format!(
        "{}/backupProtectedItems/?api-version=2021-11-15",
        off.vault()
    );
    assert_eq!(
        off.send(Method::GET, &list, None).await.code(),
        "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault"
    );
    assert_eq!(fired(&off, Fault::CrrDisabled), 2);

    let points = async |fault: Fault| {
        let bench = Bench::new(&[fault]).await;
        let item = bench.item("vm-policy-01").await["id"]
            .as_str()
            .unwrap()
            .replace(';', "%3B");
        let rows = bench
            .rows(&format!("{item}/recoveryPoints/?api-version=2021-11-15"))
            .await;
        assert_eq!(fired(&bench, fault), 1);
        let hard = |row: &&Value| {
            row["properties"]["recoveryPointTierDetails"]
                .as_array()
                .unwrap()
                .contains(&json!({"type": "HardenedRP", "status": "Valid"}))
        };
        let limit = bench.clock.now() - chrono::TimeDelta::hours(36);
        let young = |row: &&Value| {
            row["properties"]["recoveryPointTime"].as_str().unwrap() > limit.to_rfc3339().as_str()
        };
        (
            rows.iter().filter(hard).count(),
            rows.iter().filter(young).count(),
        )
    };
    assert_eq!(points(Fault::RpNotReplicated).await.0, 0);
    assert_eq!(points(Fault::SecondaryStale).await, (1, 0));

    let full = Bench::new(&[Fault::QuotaExceeded]).await;
    let rows = full
        .rows(&format!(
            "{}/providers/Microsoft.Compute/locations/westus/usages?api-version=2024-07-01",
            full.sub
        ))
        .await;
    let cores = rows
        .iter()
        .find(|row| row["name"]["value"] == json!("cores"))
        .unwrap();
    assert_eq!(
        cores["currentValue"].as_u64().unwrap() + 1,
        cores["limit"].as_u64().unwrap()
    );
    assert_eq!(fired(&full, Fault::QuotaExceeded), 1);
}

#[tokio::test]
async fn policy_denies_a_new_staging_account_and_says_so() {
    let bench = Bench::new(&[Fault::StagingWrongRegion]).await;
    let rows = bench
        .rows(&format!(
            "{}/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01",
            bench.sub
        ))
        .await;
    assert!(rows.iter().all(|row| row["location"] == json!("eastus")));
    let policies = bench
        .rows(&format!(
            "{}/providers/Microsoft.Authorization/policyAssignments?api-version=2024-05-01",
            bench.sub
        ))
        .await;
    let denies = policies
        .iter()
        .find(|row| row["name"] == json!("no-new-storage"))
        .unwrap();
    let definition = denies["properties"]["policyDefinitionId"].as_str().unwrap();
    let definition = bench
        .get(&format!("{definition}?api-version=2024-05-01"))
        .await;
    assert_eq!(
        definition["properties"]["policyRule"]["then"]["effect"],
        json!("deny")
    );
    let group = bench.group("rg-drill-1").await;
    let id = format!(
        "{group}/providers/Microsoft.Storage/storageAccounts/stdrill?api-version=2023-05-01"
    );
    let got = bench
        .put(
            &id,
            json!({"location": "westus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}),
        )
        .await;
    assert_eq!((got.status, got.code()), (403, "RequestDisallowedByPolicy"));
    assert_eq!(
        got.body["error"]["additionalInfo"][0]["type"],
        json!("PolicyViolation")
    );
    assert!(fired(&bench, Fault::StagingWrongRegion) >= 1);
}

#[tokio::test]
async fn a_job_fails_half_way_or_is_stuck_for_26_hours() {
    let bench = Bench::new(&[Fault::JobFails]).await;
    let (group, job) = started(&bench, "vm-policy-01").await;
    bench.clock.pass(60);
    assert_eq!(status(&bench, &job).await, json!("Failed"));
    assert!(
        bench.job(&job).await.body["properties"]["errorDetails"][0]["recommendations"][0]
            .is_string()
    );
    assert_eq!(
        bench.disks(&group).await.len(),
        2,
        "some disks are left behind"
    );
    assert_eq!(fired(&bench, Fault::JobFails), 1);

    let bench = Bench::new(&[Fault::JobStuck]).await;
    let (group, job) = started(&bench, "vm-policy-01").await;
    bench.clock.pass(25 * 60);
    assert_eq!(status(&bench, &job).await, json!("InProgress"));
    bench.clock.pass(61);
    assert_eq!(status(&bench, &job).await, json!("Failed"));
    assert!(bench.disks(&group).await.is_empty());
}

#[tokio::test]
async fn a_completed_job_may_have_left_the_key_out() {
    for (faults, expected) in [
        (vec![], "EncryptionAtRestWithCustomerKey"),
        (
            vec![Fault::CompletedButWrong],
            "EncryptionAtRestWithPlatformKey",
        ),
    ] {
        let bench = Bench::new(&faults).await;
        let group = bench.group("rg-drill-2").await;
        let set = format!(
            "{}/resourceGroups/rg-dr-westus/providers/Microsoft.Compute/diskEncryptionSets/des-policy-westus",
            bench.sub
        );
        let body = bench.restore_body("vm-policy-02", &group, Some(&set)).await;
        assert_eq!(
            bench
                .post(&bench.region("backupCrossRegionRestore"), body)
                .await
                .status,
            202
        );
        bench.clock.pass(30);
        let disks = bench.disks(&group).await;
        assert_eq!(disks.len(), 1);
        assert_eq!(
            disks[0]["properties"]["encryption"]["type"],
            json!(expected)
        );
        assert_eq!(
            bench.jobs().await[0]["properties"]["status"],
            json!("Completed")
        );
    }
}

#[tokio::test]
async fn something_unexplained_appears_when_the_disks_are_sealed() {
    let bench = Bench::new(&[Fault::LeftBehind]).await;
    let (group, _) = started(&bench, "vm-policy-02").await;
    bench.clock.pass(30);
    let list = format!("{group}/resources?api-version=2024-07-01");
    assert_eq!(bench.rows(&list).await.len(), 1);
    let disk = bench.disks(&group).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let containers = format!(
        "{}/resourceGroups/rg-dr-westus/providers/Microsoft.Storage/storageAccounts/ststagewus01/blobServices/default/containers?api-version=2023-05-01",
        bench.sub
    );
    assert_eq!(bench.rows(&containers).await.len(), 3);
    let body = json!({"properties": {"networkAccessPolicy": "DenyAll"}});
    assert_eq!(
        bench
            .send(
                Method::PATCH,
                &format!("{disk}?api-version=2024-03-02"),
                Some(&body)
            )
            .await
            .status,
        202
    );
    assert_eq!(bench.rows(&list).await.len(), 2);
    assert_eq!(bench.rows(&containers).await.len(), 4);
    assert_eq!(fired(&bench, Fault::LeftBehind), 1);
}

#[tokio::test]
async fn a_leftover_turns_out_to_be_locked() {
    let bench = Bench::new(&[Fault::LeftoverLocked]).await;
    let (group, _) = started(&bench, "vm-policy-02").await;
    bench.clock.pass(30);
    let disk = bench.disks(&group).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let got = bench
        .send(
            Method::DELETE,
            &format!("{disk}?api-version=2024-03-02"),
            None,
        )
        .await;
    assert_eq!((got.status, got.code()), (409, "ScopeLocked"));
    assert!(
        got.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("are locked: '")
    );
    let got = bench
        .send(
            Method::DELETE,
            &format!("{group}?api-version=2024-07-01"),
            None,
        )
        .await;
    assert_eq!(got.code(), "ScopeLocked");
    let locks = bench
        .rows(&format!(
            "{disk}/providers/Microsoft.Authorization/locks?api-version=2020-05-01"
        ))
        .await;
    assert_eq!(locks.len(), 1);
    assert_eq!(fired(&bench, Fault::LeftoverLocked), 1);
}

#[tokio::test]
async fn the_log_leaves_out_the_first_restore_and_nothing_else() {
    let bench = Bench::new(&[Fault::LogGap]).await;
    let group = bench.group("rg-drill-1").await;
    let restore = bench.region("backupCrossRegionRestore");
    for _ in 0..2 {
        let body = bench.restore_body("vm-policy-01", &group, None).await;
        assert_eq!(bench.post(&restore, body).await.status, 202);
    }
    bench.clock.pass(10);
    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01\
         &$filter=eventTimestamp%20ge%20%272026-11-21T08:00:00Z%27",
        bench.sub
    );
    let rows = bench.rows(&log).await;
    let of = |end: &str| {
        let named = |row: &&Value| {
            row["operationName"]["value"]
                .as_str()
                .unwrap()
                .ends_with(end)
        };
        rows.iter()
            .filter(named)
            .filter(|row| row["status"]["value"] == "Succeeded")
            .count()
    };
    assert_eq!(of("/backupCrossRegionRestore/action"), 1);
    assert_eq!(of("/resourceGroups/write"), 1);
    assert_eq!(fired(&bench, Fault::LogGap), 1);
}

#[tokio::test]
async fn somebody_else_changes_production_while_the_restore_runs() {
    let bench = Bench::new(&[Fault::SomebodyElse]).await;
    let group = bench.group("rg-drill-1").await;
    let body = bench.restore_body("vm-policy-01", &group, None).await;
    let restore = bench.region("backupCrossRegionRestore");
    assert_eq!(bench.post(&restore, body).await.status, 202);
    bench.clock.pass(10);
    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01\
         &$filter=eventTimestamp%20ge%20%272026-11-21T08:00:00Z%27",
        bench.sub
    );
    let rows = bench.rows(&log).await.into_iter();
    let theirs = rows.filter(|row| row["caller"] == json!("k.lindqvist@evergreen.example"));
    let mut told: Vec<_> = theirs
        .map(|row| row["operationName"]["value"].clone())
        .collect();
    told.sort_by_key(Value::to_string);
    let wanted = json!([
        "Microsoft.Authorization/locks/delete",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Compute/virtualMachines/start/action",
    ]);
    assert_eq!(Value::Array(told), wanted);
    let roles = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        bench.sub
    );
    let given = bench.rows(&roles).await.into_iter();
    let given = given.filter(|row| row["properties"]["scope"] == json!(bench.sub));
    assert!(given.count() > 0, "the role stands in the list of roles");
}
