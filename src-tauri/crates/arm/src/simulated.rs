//! The client against the simulator: the two share no type, so each catches the other's mistakes.

use crate::testing::approval::Approved;
use crate::testing::simulator::Rehearsal;
use crate::{
    Bindings, ChangeClient, Outcome, Progress, ReadClient, ReadRequest, SecretAnswer, UnknownReason,
};
use drillbook_armsim::Fault;
use drillbook_trust::action::{Action, CanonicalRequest};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

const PASSIVE: &str = "2021-11-15";
const VAULT: &str = "/resourceGroups/rg-backup-eastus/providers/Microsoft.RecoveryServices/vaults/rsv-evergreen-policy";
const LOCATION: &str = "/providers/Microsoft.RecoveryServices/locations/westus";

fn pointer(query: &str, value: &Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    Ok(value
        .pointer(&format!("/{}", query.replace('.', "/")))
        .cloned()
        .unwrap_or_default())
}

/// Reads the vault's items and the points of the first machine as the secondary region has them.
async fn newest_point(rehearsal: &Rehearsal, reader: &ReadClient) -> (Value, Value) {
    let items = ReadRequest::get(
        rehearsal.path(&format!("{VAULT}/backupProtectedItems/")),
        PASSIVE,
    )
    .filter("backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'");
    let items = reader.read(&items).await.unwrap();
    assert!(items.exchanges().len() > 1, "the simulator pages by two");
    let rows = items.body()["value"].as_array().unwrap();
    let item = rows
        .iter()
        .find(|row| row["properties"]["friendlyName"] == "vm-policy-01")
        .unwrap();
    let id = item["id"].as_str().unwrap();
    let points = ReadRequest::get(format!("{id}/recoveryPoints/"), PASSIVE);
    let points = reader.read(&points).await.unwrap();
    (item.clone(), points.body()["value"][0].clone())
}

fn request(name: &str, method: &str, path: String, body: Option<Value>) -> CanonicalRequest {
    CanonicalRequest {
        name: name.into(),
        method: method.into(),
        cloud: "simulator".into(),
        path,
        api_version: PASSIVE.into(),
        query: BTreeMap::new(),
        body,
    }
}

/// The action that the runbook declares: properties of the directory, token, restore.
fn restore_action(rehearsal: &Rehearsal, item: &Value, point: &Value) -> Action {
    let group = |name: &str| rehearsal.path(&format!("/resourceGroups/{name}"));
    let staging = "providers/Microsoft.Storage/storageAccounts/ststagewus01";
    let location = rehearsal.path(LOCATION);
    let aad = |member: &str| json!({"$from": "aad", "query": format!("properties.{member}")});
    let body = json!({"properties": {
        "tenantId": aad("tenantId"),
        "audience": aad("audience"),
        "servicePrincipalObjectId": aad("servicePrincipalObjectId"),
    }});
    let token = format!("{}/accessToken", point["id"].as_str().unwrap());
    let restore = json!({
        "crossRegionRestoreAccessDetails":
            {"$secret": "token", "query": "properties", "set": {"objectType": "CrrAccessToken"}},
        "restoreRequest": {
            "objectType": "IaasVMRestoreRequest",
            "recoveryPointId": point["name"],
            "recoveryType": "RestoreDisks",
            "sourceResourceId": item["properties"]["sourceResourceId"],
            "targetResourceGroupId": group("rg-dr-westus"),
            "storageAccountId": format!("{}/{staging}", group("rg-dr-westus")),
            "region": "westus",
            "createNewCloudService": false,
            "originalStorageAccountOption": false,
            "affinityGroup": "",
            "encryptionDetails": {"encryptionEnabled": false},
        }
    });
    let requests = vec![
        request(
            "aad",
            "GET",
            format!("{location}/backupAadProperties"),
            None,
        ),
        request("token", "POST", token, Some(body)),
        request(
            "restore",
            "POST",
            format!("{location}/backupCrossRegionRestore"),
            Some(restore),
        ),
    ];
    Action::new("AAAAAAAAAAAAAAAAAAAAAA".into(), requests).unwrap()
}

/// Fetches the token and sends the restore once.
async fn restore(rehearsal: &Rehearsal, reader: &ReadClient) -> Outcome {
    let (item, point) = newest_point(rehearsal, reader).await;
    let action = restore_action(rehearsal, &item, &point);
    let approved = Approved::of(&action);
    let client = ChangeClient::beside(reader);
    let mut run = Bindings::of(&action);
    let clearance = approved.clearance(&action, "restore");
    for name in ["aad", "token"] {
        client
            .read_inside(&clearance, &action, name, &mut run, &pointer)
            .await
            .unwrap();
    }
    let check = |_: &str, token: &Value| {
        let same = token["name"] == point["name"];
        if same { Ok(()) } else { Err("name".to_owned()) }
    };
    let permit = approved.permit(&action, "restore");
    client
        .send(permit, &action, "restore", &mut run, &pointer, &check)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_whole_dance_restores_once() {
    let rehearsal = Rehearsal::start(&[]).await;
    let reader = rehearsal.reader();
    let sent = restore(&rehearsal, &reader).await;
    let Outcome::Accepted {
        operation: Some(operation),
        exchange,
        ..
    } = sent
    else {
        panic!("{sent:?}")
    };
    assert!(
        !serde_json::to_string(&exchange)
            .unwrap()
            .contains("accessTokenString")
    );
    let mut polls = 0;
    let follow = reader.follow(&operation, |_| {
        polls += 1;
        ControlFlow::Continue(())
    });
    let followed = follow.await.unwrap();
    assert_eq!(followed.last.progress, Progress::Succeeded);
    let job = followed.last.body["properties"]["jobId"].as_str().unwrap();
    let body = json!({"resourceId": rehearsal.path(VAULT), "jobName": job});
    let path = rehearsal.path(&format!("{LOCATION}/backupCrrJob"));
    let answer = reader
        .read(&ReadRequest::post(path, PASSIVE, body))
        .await
        .unwrap();
    assert_eq!(
        answer.body()["properties"]["operation"],
        "CrossRegionRestore"
    );
    let ledger = rehearsal.control().ledger();
    assert_eq!(ledger.restores.values().sum::<u64>(), 1);
}

#[tokio::test]
async fn a_lost_answer_and_a_server_error_are_unknown_and_throttling_is_a_rejection() {
    let check = async |fault: Fault, wanted: &str, restores: u64| {
        let rehearsal = Rehearsal::start(&[fault]).await;
        let outcome = match restore(&rehearsal, &rehearsal.reader()).await {
            Outcome::Accepted { .. } => "accepted".to_owned(),
            Outcome::Rejected {
                error, retry_ok, ..
            } => format!("{} {retry_ok}", error.code),
            Outcome::Unknown { reason, .. } => format!("{reason:?}"),
        };
        let ledger = rehearsal.control().ledger();
        assert_eq!(
            (outcome.as_str(), ledger.restores.values().sum::<u64>()),
            (wanted, restores)
        );
        let fired = ledger.faults.get(fault.name()).copied().unwrap_or_default();
        assert!(fired > 0, "{fault} has fired");
    };
    check(
        Fault::LostResponse,
        &format!("{:?}", UnknownReason::ConnectionCut),
        1,
    )
    .await;
    check(
        Fault::ServerError,
        &format!("{:?}", UnknownReason::Status),
        0,
    )
    .await;
    check(Fault::Throttle, "SubscriptionRequestsThrottled true", 0).await;
}

#[tokio::test]
async fn an_expired_token_in_the_middle_of_a_wait_is_not_noticed_by_the_operator() {
    let rehearsal = Rehearsal::start(&[Fault::TokenExpired]).await;
    let reader = rehearsal.reader();
    let Outcome::Accepted {
        operation: Some(operation),
        ..
    } = restore(&rehearsal, &reader).await
    else {
        panic!("accepted")
    };
    let mut renewed = 0;
    for _ in 0..6 {
        let polled = reader.poll(&operation).await.unwrap();
        renewed += polled
            .exchange
            .retried
            .iter()
            .filter(|one| one.status == Some(401))
            .count();
    }
    assert_eq!(renewed, 1);
}

#[tokio::test]
async fn a_dark_region_gives_no_answer_and_the_other_one_does() {
    let rehearsal = Rehearsal::start(&[Fault::PrimaryDark]).await;
    let reader = rehearsal.reader();
    let items = ReadRequest::get(
        rehearsal.path(&format!("{VAULT}/backupProtectedItems")),
        "2024-04-01",
    );
    reader.read(&items).await.unwrap();
    rehearsal.control().mark_t0();
    let error = reader.read(&items).await.unwrap_err();
    assert!(matches!(error, crate::ArmError::NoAnswer { .. }), "{error}");
    newest_point(&rehearsal, &reader).await;
}

#[test]
fn a_secret_answer_is_never_printed() {
    let answer = SecretAnswer::read(br#"{"properties":{"accessTokenString":"jwt"}}"#).unwrap();
    assert!(!format!("{answer:?}").contains("jwt"));
}
