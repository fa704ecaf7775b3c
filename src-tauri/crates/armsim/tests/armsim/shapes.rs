//! Names and types against recorded and documented samples: whatever both have must agree, case included.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

/// Finds members that are spelled differently or of another type.
fn differences(path: &str, sample: &Value, ours: &Value, found: &mut Vec<String>) {
    match (sample, ours) {
        (Value::Object(sample), Value::Object(ours)) => {
            for (name, value) in ours {
                if let Some(known) = sample.get(name) {
                    differences(&format!("{path}.{name}"), known, value, found);
                } else if let Some(other) =
                    sample.keys().find(|other| other.eq_ignore_ascii_case(name))
                {
                    found.push(format!("{path}.{name} is spelled {other}"));
                }
            }
        }
        (Value::Array(sample), Value::Array(ours)) => {
            if let (Some(sample), Some(ours)) = (sample.first(), ours.first()) {
                differences(&format!("{path}[0]"), sample, ours, found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        _ if std::mem::discriminant(sample) == std::mem::discriminant(ours) => {}
        _ => found.push(format!("{path}: {sample} and {ours}")),
    }
}

pub fn check(name: &str, sample: &str, ours: &Value, wanted: &[&str]) {
    let sample: Value = serde_json::from_str(sample).unwrap();
    let body = &sample["responses"]["200"]["body"];
    assert!(body.is_object(), "{name} has a body");
    let mut found = Vec::new();
    differences(name, body, ours, &mut found);
    assert!(found.is_empty(), "{found:#?}");
    for pointer in wanted {
        assert!(
            body.pointer(pointer).is_some(),
            "{name}: the sample has no {pointer}"
        );
        assert!(
            ours.pointer(pointer).is_some(),
            "{name}: no {pointer} in {ours:#}"
        );
    }
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name, ".json"))
    };
}
pub(crate) use fixture;

#[tokio::test]
async fn backup_answers_have_the_samples_names() {
    let bench = Bench::new(&[]).await;
    let vault = bench
        .get(&format!("{}?api-version=2024-04-01", bench.vault()))
        .await;
    check(
        "vault",
        fixture!("GETVault"),
        &vault,
        &[
            "/properties/redundancySettings/crossRegionRestore",
            "/properties/monitoringSettings/azureMonitorAlertSettings/alertsForAllJobFailures",
            "/properties/securitySettings/softDeleteSettings/softDeleteState",
            "/identity/principalId",
        ],
    );
    let items = bench
        .get(&format!(
            "{}/backupProtectedItems/?api-version=2021-11-15",
            bench.vault()
        ))
        .await;
    check(
        "items",
        fixture!("BackupProtectedItems_List"),
        &items,
        &[
            "/value/0/id",
            "/value/0/properties/sourceResourceId",
            "/value/0/properties/policyId",
            "/value/0/properties/containerName",
        ],
    );
    let id = items["value"][0]["id"]
        .as_str()
        .unwrap()
        .replace(';', "%3B");
    let points = bench
        .get(&format!("{id}/recoveryPoints/?api-version=2021-11-15"))
        .await;
    check(
        "points",
        fixture!("RecoveryPoints_List"),
        &points,
        &[
            "/value/0/properties/recoveryPointTime",
            "/value/0/properties/recoveryPointTierDetails/0/type",
        ],
    );
    let guard = bench
        .get(&format!(
            "{}/backupResourceGuardProxies?api-version=2024-04-01",
            bench.vault()
        ))
        .await;
    check(
        "guard",
        fixture!("ListResourceGuardProxy"),
        &guard,
        &["/value/0/properties/resourceGuardOperationDetails/0/vaultCriticalOperation"],
    );
}

#[tokio::test]
async fn restore_answers_have_the_samples_names() {
    let bench = Bench::new(&[]).await;
    let aad = bench.get(&bench.region("backupAadProperties")).await;
    check(
        "aad",
        fixture!("BackupAadProperties_Get"),
        &aad,
        &["/properties/audience"],
    );
    let group = bench.group("rg-drill-1").await;
    let body = bench.restore_body("vm-policy-02", &group, None).await;
    let token = json!({"properties": body["crossRegionRestoreAccessDetails"]});
    check(
        "token",
        fixture!("GetAccessToken_Get"),
        &token,
        &[
            "/properties/accessTokenString",
            "/properties/recoveryPointTime",
            "/properties/tokenExtendedInformation",
        ],
    );
    let accepted = bench
        .post(&bench.region("backupCrossRegionRestore"), body)
        .await;
    let status = accepted.header("azure-asyncoperation").unwrap().to_owned();
    bench.send(Method::GET, &status, None).await;
    bench.clock.pass(1);
    let done = bench.get(&status).await;
    check(
        "status",
        fixture!("GetCrrOperationStatus_Get"),
        &done,
        &["/status", "/startTime", "/endTime"],
    );
    let job = bench
        .job(done["properties"]["jobId"].as_str().unwrap())
        .await;
    check(
        "job",
        fixture!("GetCrrJob_Post"),
        &job.body,
        &[
            "/properties/extendedInfo/tasksList",
            "/properties/extendedInfo/propertyBag",
            "/properties/entityFriendlyName",
            "/properties/operation",
            "/properties/activityId",
        ],
    );
}

#[tokio::test]
async fn other_answers_have_the_samples_names() {
    let bench = Bench::new(&[]).await;
    let sub = bench.sub.clone();
    let get = async |path: &str| bench.get(&format!("{sub}{path}")).await;
    let locations = get("/locations?api-version=2022-12-01").await;
    check(
        "locations",
        fixture!("GetLocations"),
        &locations,
        &[
            "/value/0/metadata/pairedRegion/0/name",
            "/value/0/metadata/regionType",
        ],
    );
    let network = "/resourceGroups/rg-network-westus/providers/Microsoft.Network";
    let group = get(&format!(
        "{network}/networkSecurityGroups/nsg-drill-deny?api-version=2024-03-01"
    ))
    .await;
    check(
        "nsg",
        fixture!("NetworkSecurityGroupGet"),
        &group,
        &[
            "/properties/securityRules/0/properties/priority",
            "/properties/defaultSecurityRules/0/properties/access",
        ],
    );
    let vnet = get(&format!(
        "{network}/virtualNetworks/vnet-drill-westus?api-version=2024-03-01"
    ))
    .await;
    check(
        "vnet",
        fixture!("VirtualNetworkGet"),
        &vnet,
        &[
            "/properties/subnets/0/properties/addressPrefix",
            "/properties/virtualNetworkPeerings",
        ],
    );
    let links = get("/resourceGroups/rg-network-eastus/providers/Microsoft.Network/privateDnsZones/evergreen.internal/virtualNetworkLinks?api-version=2024-06-01").await;
    check(
        "links",
        fixture!("VirtualNetworkLinkList"),
        &links,
        &[
            "/value/0/properties/virtualNetwork/id",
            "/value/0/properties/registrationEnabled",
        ],
    );
    let account = get("/resourceGroups/rg-dr-westus/providers/Microsoft.Storage/storageAccounts/ststagewus01?api-version=2023-05-01").await;
    check(
        "account",
        fixture!("StorageAccountGetProperties"),
        &account,
        &[
            "/sku/name",
            "/properties/networkAcls/bypass",
            "/properties/isHnsEnabled",
        ],
    );
    let view = get("/resourceGroups/rg-policy-prod/providers/Microsoft.Compute/virtualMachines/vm-policy-01/instanceView?api-version=2024-07-01").await;
    check(
        "view",
        fixture!("VirtualMachine_Get_InstanceView"),
        &view,
        &["/vmAgent/statuses/0/displayStatus", "/statuses/0/code"],
    );
    let usages =
        get("/providers/Microsoft.Compute/locations/westus/usages?api-version=2024-07-01").await;
    check(
        "usages",
        fixture!("Usage_List_MaximumSet_Gen"),
        &usages,
        &["/value/0/name/value", "/value/0/limit"],
    );
    let locks = get("/resourceGroups/rg-policy-prod/providers/Microsoft.Authorization/locks?api-version=2020-05-01").await;
    check(
        "locks",
        fixture!("ManagementLocks_ListAtResourceGroupLevel"),
        &locks,
        &["/value/0/properties/level"],
    );
}
