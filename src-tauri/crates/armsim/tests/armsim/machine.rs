//! A machine from restored disks, and its staging account.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

async fn restored(bench: &Bench) -> (String, Vec<Value>) {
    let group = bench.group("rg-drill-1").await;
    assert_eq!(bench.restore("vm-policy-01", &group).await.status, 202);
    bench.clock.pass(60);
    let disks = bench.disks(&group).await;
    assert_eq!(disks.len(), 3);
    (group, disks)
}

async fn nic(bench: &Bench, group: &str) -> String {
    let id = format!("{group}/providers/Microsoft.Network/networkInterfaces/vm-drill-nic");
    let subnet = format!(
        "{}/resourceGroups/rg-network-westus/providers/Microsoft.Network/virtualNetworks/vnet-drill-westus/subnets/snet-isolated",
        bench.sub
    );
    let body = json!({"location": "westus", "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": {"privateIPAllocationMethod": "Dynamic", "subnet": {"id": subnet}}}]}});
    let got = bench
        .put(&format!("{id}?api-version=2024-03-01"), body)
        .await;
    assert_eq!(got.status, 201, "{}", got.body);
    assert_eq!(
        got.body["properties"]["provisioningState"],
        json!("Creating")
    );
    id
}

fn body(disks: &[Value], nic: &str) -> Value {
    let system = disks
        .iter()
        .find(|disk| disk["properties"]["osType"].is_string())
        .unwrap();
    let data: Vec<Value> = disks
        .iter()
        .filter(|disk| disk["properties"]["osType"].is_null())
        .enumerate()
        .map(|(lun, disk)| json!({"lun": lun, "createOption": "Attach", "managedDisk": {"id": disk["id"]}}))
        .collect();
    json!({"location": "westus", "properties": {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": {
            "osDisk": {"osType": "Linux", "createOption": "Attach", "managedDisk": {"id": system["id"]}, "deleteOption": "Detach"},
            "dataDisks": data,
        },
        "networkProfile": {"networkInterfaces": [{"id": nic, "properties": {"primary": true, "deleteOption": "Delete"}}]},
        "diagnosticsProfile": {"bootDiagnostics": {"enabled": true}},
    }})
}

#[tokio::test]
async fn a_machine_boots_from_the_disks_and_shows_its_screen() {
    let bench = Bench::new(&[]).await;
    let (group, disks) = restored(&bench).await;
    let nic = nic(&bench, &group).await;
    let vm = format!("{group}/providers/Microsoft.Compute/virtualMachines/vm-drill");
    let made = bench
        .put(&format!("{vm}?api-version=2024-07-01"), body(&disks, &nic))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let operation = made.header("azure-asyncoperation").unwrap().to_owned();
    assert_eq!(bench.get(&operation).await["status"], json!("InProgress"));
    bench.clock.pass(2);
    assert_eq!(bench.get(&operation).await["status"], json!("Succeeded"));
    let view = format!("{vm}/instanceView?api-version=2024-07-01");
    assert_eq!(
        bench.get(&view).await["vmAgent"]["statuses"][0]["displayStatus"],
        json!("Not Ready")
    );
    bench.clock.pass(4);
    assert_eq!(
        bench.get(&view).await["vmAgent"]["statuses"][0]["displayStatus"],
        json!("Ready")
    );

    let data = bench.post(&format!("{vm}/retrieveBootDiagnosticsData?sasUriExpirationTimeInMinutes=60&api-version=2024-07-01"), json!({})).await;
    let screen = data.body["consoleScreenshotBlobUri"].as_str().unwrap();
    let picture = bench.http.get(screen).send().await.unwrap();
    assert_eq!(picture.status().as_u16(), 200);
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG"));
    let forged = screen.replace("sig=", "sig=x");
    assert_eq!(
        bench
            .http
            .get(forged)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        403
    );

    let disk = format!(
        "{}?api-version=2024-03-02",
        disks[0]["id"].as_str().unwrap()
    );
    assert_eq!(
        bench.get(&disk).await["properties"]["diskState"],
        json!("Attached")
    );
    assert_eq!(bench.send(Method::DELETE, &disk, None).await.status, 409);
    let rules = bench
        .post(
            &format!("{nic}/effectiveNetworkSecurityGroups?api-version=2024-03-01"),
            json!({}),
        )
        .await;
    assert_eq!(rules.status, 202);
    let rules = bench.get(rules.header("location").unwrap()).await;
    assert_eq!(
        rules["value"][0]["effectiveSecurityRules"][0]["access"],
        json!("Deny")
    );

    assert_eq!(
        bench
            .send(
                Method::DELETE,
                &format!("{vm}?api-version=2024-07-01"),
                None
            )
            .await
            .status,
        202
    );
    bench.clock.pass(1);
    assert_eq!(
        bench.get(&disk).await["properties"]["diskState"],
        json!("Unattached")
    );
    let gone = bench
        .send(Method::GET, &format!("{nic}?api-version=2024-03-01"), None)
        .await;
    assert_eq!(gone.status, 404, "the interface went with the machine");
    assert_eq!(bench.send(Method::DELETE, &disk, None).await.status, 202);
    bench.clock.pass(1);
    assert_eq!(bench.send(Method::GET, &disk, None).await.status, 404);
}

#[tokio::test]
async fn a_machine_refuses_disks_that_are_not_its_own() {
    let bench = Bench::new(&[]).await;
    let (group, disks) = restored(&bench).await;
    let nic = nic(&bench, &group).await;
    let vm = format!(
        "{group}/providers/Microsoft.Compute/virtualMachines/vm-drill?api-version=2024-07-01"
    );
    let production = format!(
        "{}/resourceGroups/rg-policy-prod/providers/Microsoft.Compute/disks/vm-policy-01_data",
        bench.sub
    );
    let leftover = format!(
        "{}/resourceGroups/rg-drill-0004/providers/Microsoft.Compute/disks/vm-policy-01-osdisk-20261011-101502",
        bench.sub
    );
    for (wrong, code) in [
        (production, "InvalidParameter"),
        (leftover, "SimDiskInOtherGroup"),
    ] {
        let mut asked = body(&disks, &nic);
        asked["properties"]["storageProfile"]["dataDisks"][0]["managedDisk"]["id"] = json!(wrong);
        assert_eq!(bench.put(&vm, asked).await.code(), code);
    }
    let mut doubled = body(&disks, &nic);
    doubled["properties"]["storageProfile"]["dataDisks"][1]["lun"] = json!(0);
    assert_eq!(bench.put(&vm, doubled).await.status, 400);
    let mut restricted = body(&disks, &nic);
    restricted["properties"]["hardwareProfile"]["vmSize"] = json!("Standard_D2s_v3");
    assert_eq!(bench.put(&vm, restricted).await.code(), "SkuNotAvailable");
}

#[tokio::test]
async fn an_own_staging_account_is_made_used_and_deleted() {
    let bench = Bench::new(&[]).await;
    let check = format!(
        "{}/providers/Microsoft.Storage/checkNameAvailability?api-version=2023-05-01",
        bench.sub
    );
    let asked = |name: &str| json!({"name": name, "type": "Microsoft.Storage/storageAccounts"});
    assert_eq!(
        bench.post(&check, asked("ststagewus01")).await.body["nameAvailable"],
        json!(false)
    );
    assert_eq!(
        bench.post(&check, asked("stdrill0007wus")).await.body["nameAvailable"],
        json!(true)
    );
    let group = bench.group("rg-drill-staging").await;
    let id = format!("{group}/providers/Microsoft.Storage/storageAccounts/stdrill0007wus");
    let address = format!("{id}?api-version=2023-05-01");
    let body = json!({"location": "westus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "tags": {"drillbook-drill": "D-1"}, "properties": {"allowBlobPublicAccess": false}});
    let made = bench.put(&address, body).await;
    assert_eq!(made.status, 202);
    let location = made.header("location").unwrap().to_owned();
    assert_eq!(bench.send(Method::GET, &location, None).await.status, 202);
    bench.clock.pass(1);
    assert_eq!(
        bench.get(&location).await["sku"]["name"],
        json!("Standard_LRS")
    );
    let target = bench.group("rg-drill-1").await;
    let mut request = bench.restore_body("vm-policy-02", &target, None).await;
    request["restoreRequest"]["storageAccountId"] = json!(id);
    assert_eq!(
        bench
            .post(&bench.region("backupCrossRegionRestore"), request)
            .await
            .status,
        202
    );
    bench.clock.pass(30);
    let containers = bench
        .rows(&format!(
            "{id}/blobServices/default/containers?api-version=2023-05-01"
        ))
        .await;
    assert_eq!(containers.len(), 1);
    assert!(containers[0].get("_blobs").is_none());
    let one = format!(
        "{}?api-version=2023-05-01",
        containers[0]["id"].as_str().unwrap()
    );
    assert_eq!(bench.send(Method::DELETE, &one, None).await.status, 200);
    assert_eq!(bench.send(Method::DELETE, &one, None).await.status, 204);
    assert_eq!(bench.send(Method::DELETE, &address, None).await.status, 200);
    assert_eq!(bench.send(Method::GET, &address, None).await.status, 404);
}

#[tokio::test]
async fn a_restore_wants_the_whole_token_and_the_right_places() {
    let bench = Bench::new(&[]).await;
    let group = bench.group("rg-drill-1").await;
    let good = bench.restore_body("vm-policy-01", &group, None).await;
    let address = bench.region("backupCrossRegionRestore");
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let mut short = good.clone();
    short["crossRegionRestoreAccessDetails"]
        .as_object_mut()
        .unwrap()
        .remove("podAffinity");
    let account = |group: &str, name: &str| {
        json!(format!(
            "{}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}",
            bench.sub
        ))
    };
    let cases = [
        (short, "SimAccessTokenRefused"),
        (
            with(
                "/crossRegionRestoreAccessDetails/objectType",
                json!("WorkloadCrrAccessToken"),
            ),
            "BMSUserErrorInvalidInput",
        ),
        (
            with("/restoreRequest/recoveryPointId", json!("1")),
            "SimTokenOfAnotherPoint",
        ),
        (
            with("/restoreRequest/recoveryType", json!("OriginalLocation")),
            "SimUnsupportedRecoveryType",
        ),
        (
            with("/restoreRequest/targetResourceGroupId", json!("")),
            "SimNoTargetResourceGroup",
        ),
        (
            with(
                "/restoreRequest/storageAccountId",
                account("rg-backup-eastus", "ststageeus01"),
            ),
            "SimStagingInOtherRegion",
        ),
        (
            with(
                "/restoreRequest/storageAccountId",
                account("rg-dr-westus", "stzonewus01"),
            ),
            "SimStagingNotSupported",
        ),
        (
            with(
                "/restoreRequest/storageAccountId",
                account("rg-claims-dr-westus", "stclaimswus01"),
            ),
            "SimStagingNotReachable",
        ),
    ];
    for (body, code) in cases {
        let got = bench.post(&address, body).await;
        assert_eq!((got.status, got.code()), (400, code), "{}", got.body);
    }
    assert_eq!(bench.simulator.control().ledger().restores_total(), 0);
    assert_eq!(bench.post(&address, good.clone()).await.status, 202);
    assert_eq!(
        bench.post(&address, good).await.status,
        202,
        "there is no idempotency"
    );
    assert_eq!(bench.simulator.control().ledger().restores_total(), 2);
}
