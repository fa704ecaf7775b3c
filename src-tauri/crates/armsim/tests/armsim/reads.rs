//! What the scenario shows: lists, pages, both stamps, prices, locks and the log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_trailing_slash_and_the_version_choose_the_secondary() {
    let bench = Bench::new(&[]).await;
    let list = async |tail: &str| {
        let rows = bench
            .rows(&format!("{}/backupProtectedItems{tail}", bench.vault()))
            .await;
        let names = rows.iter().map(|row| {
            row["properties"]["friendlyName"]
                .as_str()
                .unwrap()
                .to_owned()
        });
        names.collect::<Vec<String>>()
    };
    let all = [
        "vm-policy-01",
        "vm-policy-02",
        "vm-billing-02",
        "vm-claims-01",
        "policydb",
        "claims-archive",
    ];
    assert_eq!(list("?api-version=2024-04-01").await, all);
    assert_eq!(
        list("/?api-version=2024-04-01").await,
        all,
        "the version is part of the choice"
    );
    assert_eq!(
        list("?api-version=2021-11-15").await,
        all,
        "and so is the slash"
    );
    let secondary = [
        "vm-policy-01",
        "vm-policy-02",
        "vm-claims-01",
        "policydb",
        "claims-archive",
    ];
    assert_eq!(list("/?api-version=2021-11-15").await, secondary);
    let secondary = &secondary[..3];
    let filtered = "/?api-version=2021-11-15&$filter=backupManagementType%20eq%20%27AzureIaasVM%27%20and%20itemType%20eq%20%27VM%27";
    assert_eq!(list(filtered).await, secondary);
}

#[tokio::test]
async fn the_newest_point_is_a_snapshot_and_never_in_the_secondary() {
    let bench = Bench::new(&[]).await;
    let item = bench.item("vm-policy-01").await;
    let id = item["id"].as_str().unwrap().replace(';', "%3B");
    let primary = bench
        .rows(&format!("{id}/recoveryPoints?api-version=2024-04-01"))
        .await;
    let secondary = bench
        .rows(&format!("{id}/recoveryPoints/?api-version=2021-11-15"))
        .await;
    assert_eq!((primary.len(), secondary.len()), (5, 4));
    let tiers = |row: &Value| row["properties"]["recoveryPointTierDetails"].clone();
    assert_eq!(
        tiers(&primary[0]),
        json!([{"type": "InstantRP", "status": "Valid"}])
    );
    assert!(!names(&secondary).contains(&names(&primary)[0]));
    let newest = secondary[0]["properties"]["recoveryPointTime"]
        .as_str()
        .unwrap();
    let age = bench.clock.now()
        - chrono::DateTime::parse_from_rfc3339(newest)
            .unwrap()
            .to_utc();
    assert_eq!(age.num_hours(), 5);
    assert!(
        tiers(&secondary[3])
            .as_array()
            .unwrap()
            .iter()
            .any(|tier| tier["type"] == json!("ArchivedRP"))
    );
    assert_eq!(
        secondary[0]["properties"]["recoveryPointDiskConfiguration"]["numberOfDisksIncludedInBackup"],
        json!(3)
    );
}

#[tokio::test]
async fn every_list_of_the_runbook_answers() {
    let bench = Bench::new(&[]).await;
    let (sub, vault) = (bench.sub.clone(), bench.vault());
    let check = async |address: String, at_least: usize| {
        let rows = bench.rows(&address).await;
        assert!(rows.len() >= at_least, "{address}: {}", rows.len());
    };
    let network = format!("{sub}/resourceGroups/rg-network-westus/providers/Microsoft.Network");
    let zones = format!(
        "{sub}/resourceGroups/rg-network-eastus/providers/Microsoft.Network/privateDnsZones"
    );
    let production = format!("{sub}/resourceGroups/rg-policy-prod");
    let lists = [
        ("/tenants?api-version=2022-12-01".to_owned(), 1),
        ("/subscriptions?api-version=2022-12-01".to_owned(), 1),
        (format!("{sub}/locations?api-version=2022-12-01"), 7),
        (
            format!("{sub}/providers/Microsoft.RecoveryServices/vaults?api-version=2024-04-01"),
            3,
        ),
        (
            format!("{vault}/backupResourceGuardProxies?api-version=2024-04-01"),
            1,
        ),
        (format!("{vault}/backupPolicies?api-version=2024-04-01"), 1),
        (format!("{vault}/backupJobs?api-version=2024-04-01"), 8),
        (
            format!(
                "{vault}/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview"
            ),
            1,
        ),
        (
            format!("{sub}/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01"),
            4,
        ),
        (
            format!("{sub}/providers/Microsoft.Network/virtualNetworks?api-version=2024-03-01"),
            3,
        ),
        (
            format!("{network}/virtualNetworks/vnet-drill-westus/subnets?api-version=2024-03-01"),
            3,
        ),
        (
            format!(
                "{network}/virtualNetworks/vnet-app-westus/virtualNetworkPeerings?api-version=2024-03-01"
            ),
            1,
        ),
        (
            format!("{sub}/providers/Microsoft.Network/privateDnsZones?api-version=2024-06-01"),
            2,
        ),
        (
            format!("{zones}/evergreen.internal/virtualNetworkLinks?api-version=2024-06-01"),
            2,
        ),
        (
            format!("{sub}/providers/Microsoft.Network/privateEndpoints?api-version=2024-03-01"),
            1,
        ),
        (
            format!("{production}/providers/Microsoft.Compute/disks?api-version=2024-03-02"),
            6,
        ),
        (
            format!("{sub}/providers/Microsoft.Compute/diskEncryptionSets?api-version=2024-03-02"),
            2,
        ),
        (
            format!(
                "{sub}/providers/Microsoft.Compute/locations/westus/usages?api-version=2024-07-01"
            ),
            7,
        ),
        (
            format!(
                "{sub}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter=location%20eq%20%27westus%27"
            ),
            3,
        ),
        (
            format!("{sub}/providers/Microsoft.KeyVault/vaults?api-version=2023-07-01"),
            2,
        ),
        (
            format!("{sub}/providers/Microsoft.KeyVault/deletedVaults?api-version=2023-07-01"),
            0,
        ),
        (
            format!("{production}/providers/Microsoft.Authorization/locks?api-version=2020-05-01"),
            1,
        ),
        (
            format!("{sub}/providers/Microsoft.Authorization/locks?api-version=2020-05-01"),
            3,
        ),
        (
            format!("{vault}/providers/Microsoft.Authorization/locks?api-version=2020-05-01"),
            1,
        ),
        (
            format!("{sub}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"),
            3,
        ),
        (
            format!(
                "{production}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
            ),
            3,
        ),
        (
            format!("{vault}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"),
            3,
        ),
        (
            format!(
                "{sub}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()"
            ),
            3,
        ),
        (
            format!(
                "{sub}/providers/Microsoft.Authorization/policyAssignments?api-version=2024-05-01&$filter=atScope()"
            ),
            2,
        ),
        (
            format!(
                "{sub}/resourcegroups?api-version=2024-07-01&$filter=tagName%20eq%20%27drillbook-drill%27"
            ),
            1,
        ),
        (
            format!(
                "{sub}/resources?api-version=2024-07-01&$filter=tagName%20eq%20%27drillbook-drill%27%20and%20tagValue%20eq%20%27D-2026-0004%27"
            ),
            1,
        ),
        (
            format!(
                "{sub}/resourceGroups/rg-backup-eastus/providers/Microsoft.Insights/metricAlerts?api-version=2018-03-01"
            ),
            1,
        ),
        (
            format!(
                "{sub}/resourceGroups/rg-backup-eastus/providers/Microsoft.Insights/actionGroups?api-version=2023-01-01"
            ),
            1,
        ),
        (
            format!(
                "{sub}/resourceGroups/rg-dr-westus/providers/Microsoft.Storage/storageAccounts/ststagewus01/blobServices/default/containers?api-version=2023-05-01"
            ),
            2,
        ),
        (
            format!(
                "{sub}/resourceGroups/rg-dr-westus/providers/Microsoft.Storage/storageAccounts/stzonewus01/blobServices/default/containers?api-version=2023-05-01"
            ),
            0,
        ),
    ];
    for (address, at_least) in lists {
        check(address, at_least).await;
    }
    assert_eq!(bench.jobs().await.len(), 1, "one job of an older drill");
}

#[tokio::test]
async fn single_resources_answer_whatever_the_spelling() {
    let bench = Bench::new(&[]).await;
    let sub = bench.sub.clone();
    let vault = bench.vault();
    for address in [
        format!("{vault}?api-version=2026-07-01"),
        format!("{vault}/backupstorageconfig/vaultstorageconfig?api-version=2024-04-01"),
        format!("{vault}/backupconfig/vaultconfig?api-version=2024-04-01"),
        format!(
            "{vault}/backupEncryptionConfigs/backupResourceEncryptionConfig?api-version=2024-04-01"
        ),
        format!("{vault}/backupPolicies/EnhancedPolicy?api-version=2024-04-01"),
        format!(
            "{vault}/providers/Microsoft.ResourceHealth/availabilityStatuses/current?api-version=2024-02-01"
        ),
        format!(
            "{sub}/resourcegroups/RG-DR-WESTUS/providers/microsoft.storage/storageAccounts//ststagewus01?api-version=2016-01-01"
        ),
        format!(
            "{sub}/resourceGroups/rg-dr-westus/providers/Microsoft.Storage/storageAccounts/stzonewus01/blobServices/default?api-version=2023-05-01"
        ),
        format!(
            "{sub}/resourceGroups/rg-policy-prod/providers/Microsoft.Compute/virtualMachines/vm-policy-01?api-version=2024-07-01&$expand=instanceView"
        ),
        format!(
            "{sub}/resourceGroups/rg-policy-prod/providers/Microsoft.Compute/virtualMachines/vm-policy-01/instanceView?api-version=2024-07-01"
        ),
        format!("{sub}/providers/Microsoft.Compute?api-version=2024-07-01"),
        format!(
            "{sub}/providers/Microsoft.Authorization/policyDefinitions/allowed-locations?api-version=2024-05-01"
        ),
        format!(
            "{sub}/resourceGroups/rg-drill-0004/providers/Microsoft.Resources/tags/default?api-version=2024-07-01"
        ),
    ] {
        bench.get(&address).await;
    }
    let head = |group: &str| format!("{sub}/resourcegroups/{group}?api-version=2024-07-01");
    assert_eq!(
        bench
            .send(Method::HEAD, &head("rg-dr-westus"), None)
            .await
            .status,
        204
    );
    assert_eq!(
        bench
            .send(Method::HEAD, &head("rg-nowhere"), None)
            .await
            .status,
        404
    );
    let claims = format!(
        "{sub}/resourceGroups/rg-claims-dr-westus/providers/Microsoft.RecoveryServices/vaults/rsv-evergreen-claims?api-version=2024-04-01"
    );
    assert!(
        bench.get(&claims).await["properties"]
            .get("redundancySettings")
            .is_none()
    );
    let passive = format!(
        "{sub}/resourceGroups/rg-claims-dr-westus/providers/Microsoft.RecoveryServices/vaults/rsv-evergreen-claims/backupProtectedItems/?api-version=2021-11-15"
    );
    let refused = bench.send(Method::GET, &passive, None).await;
    assert_eq!(
        (refused.status, refused.code()),
        (400, "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault")
    );
}

#[tokio::test]
async fn the_price_list_wants_no_token() {
    let bench = Bench::new(&[]).await;
    let filter = "serviceName eq 'Storage' and armRegionName eq 'westus' and productName eq 'Premium SSD Managed Disks' and priceType eq 'Consumption'";
    let url = format!(
        "{}/api/retail/prices?currencyCode='USD'&$filter={}",
        bench.base,
        filter.replace(' ', "%20")
    );
    assert_eq!(
        bench.send(Method::GET, &url, None).await.code(),
        "SimTokenNotWanted"
    );
    let mut next = Some(url);
    let mut rows = Vec::new();
    while let Some(url) = next {
        let page: Value = bench
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        rows.extend(page["Items"].as_array().unwrap().clone());
        next = page["NextPageLink"].as_str().map(str::to_owned);
    }
    let skus: Vec<&str> = rows
        .iter()
        .map(|row| row["skuName"].as_str().unwrap())
        .collect();
    assert_eq!(skus, ["P4 LRS", "P6 LRS", "P10 LRS"]);
}

#[tokio::test]
async fn the_activity_log_lags_and_names_our_correlation() {
    let bench = Bench::new(&[]).await;
    let from = "2026-11-20T00:00:00Z";
    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=eventTimestamp%20ge%20'{from}'",
        bench.sub
    );
    let ours = bench.simulator.credentials().object_id.clone();
    let id = format!("{}/resourceGroups/rg-drill-9", bench.sub);
    let made = bench
        .put(
            &format!("{id}?api-version=2024-07-01"),
            json!({"location": "westus"}),
        )
        .await;
    let correlation = made.header("x-ms-correlation-request-id").unwrap();
    let mine = async || {
        let rows = bench.rows(&log).await;
        rows.into_iter()
            .filter(|row| row["caller"] == json!(ours))
            .collect::<Vec<Value>>()
    };
    assert!(
        mine().await.is_empty(),
        "nothing of the last minute is there yet"
    );
    bench.clock.pass(4);
    let rows = mine().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["correlationId"], json!(correlation));
    assert_eq!(
        rows[0]["operationName"]["value"],
        json!("Microsoft.Resources/subscriptions/resourceGroups/write")
    );
    bench.clock.pass(60);
    let others = bench.rows(&log).await.len();
    assert!(others >= 5, "others work meanwhile");
}
