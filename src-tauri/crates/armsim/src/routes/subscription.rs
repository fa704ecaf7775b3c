//! Tenants, the subscription, its regions and its registered providers.

use serde_json::{Value, json};

use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;

/// `GET /tenants`.
pub(crate) fn tenants(desk: &Desk, call: &Call) -> Reply {
    let company = &desk.scenario.company;
    Ok(page(
        call,
        vec![json!({
            "id": format!("/tenants/{}", company.tenant),
            "tenantId": company.tenant,
            "countryCode": "US",
            "displayName": company.name,
            "domains": [company.domain],
            "tenantCategory": "Home",
            "defaultDomain": company.domain,
            "tenantType": "AAD",
        })],
    ))
}

/// `GET /subscriptions`.
pub(crate) fn list(desk: &Desk, call: &Call) -> Reply {
    Ok(page(call, vec![document(desk)]))
}

/// `GET /subscriptions/{sub}`.
pub(crate) fn get(desk: &Desk) -> Reply {
    Ok(Answer::ok(document(desk)))
}

fn document(desk: &Desk) -> Value {
    let company = &desk.scenario.company;
    json!({
        "id": desk.scenario.subscription_id(),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": company.subscription,
        "tenantId": company.tenant,
        "displayName": company.subscription_name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

/// `GET …/locations`: whole, the one list without pages. The Azure CLI reads its first page only.
pub(crate) fn locations(desk: &Desk) -> Reply {
    let sub = desk.scenario.subscription_id();
    let rows = desk.scenario.regions.iter().map(|region| {
        let name = region["name"].as_str().unwrap_or_default();
        let mut metadata = json!({
            "regionType": region["kind"].as_str().unwrap_or("Physical"),
            "regionCategory": region["category"].as_str().unwrap_or("Recommended"),
            "geography": region["geography"],
            "geographyGroup": "US",
            "longitude": region["longitude"],
            "latitude": region["latitude"],
            "physicalLocation": region["place"],
        });
        if let Some(pair) = region.get("paired").and_then(Value::as_str) {
            metadata["pairedRegion"] = if pair.is_empty() {
                json!([])
            } else {
                json!([{"name": pair, "id": format!("{sub}/locations/{pair}")}])
            };
        }
        let display = region["display"].as_str().unwrap_or_default();
        let mut row = json!({
            "id": format!("{sub}/locations/{name}"),
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": format!("(US) {display}"),
            "metadata": metadata,
        });
        if region["zones"].as_bool() == Some(true) {
            row["availabilityZoneMappings"] = json!([
                {"logicalZone": "1", "physicalZone": format!("{name}-az1")},
                {"logicalZone": "2", "physicalZone": format!("{name}-az3")},
                {"logicalZone": "3", "physicalZone": format!("{name}-az2")},
            ]);
        }
        row
    });
    let rows: Vec<Value> = rows.collect();
    Ok(Answer::ok(json!({"value": rows})))
}

/// The providers that the simulator serves, with their types.
const PROVIDERS: &[(&str, &[&str])] = &[
    (
        "Microsoft.Compute",
        &[
            "virtualMachines",
            "disks",
            "snapshots",
            "diskEncryptionSets",
        ],
    ),
    (
        "Microsoft.Network",
        &[
            "virtualNetworks",
            "networkInterfaces",
            "networkSecurityGroups",
        ],
    ),
    ("Microsoft.Storage", &["storageAccounts"]),
    ("Microsoft.RecoveryServices", &["vaults"]),
    ("Microsoft.KeyVault", &["vaults"]),
    (
        "Microsoft.Insights",
        &["metricAlerts", "actionGroups", "diagnosticSettings"],
    ),
    (
        "Microsoft.Authorization",
        &[
            "locks",
            "permissions",
            "roleAssignments",
            "policyAssignments",
        ],
    ),
];

/// `GET …/providers/{namespace}`: registered, with the types the simulator serves.
pub(crate) fn registration(desk: &Desk, namespace: &str) -> Reply {
    let mut known = PROVIDERS.iter();
    let Some((name, types)) = known.find(|(name, _)| name.eq_ignore_ascii_case(namespace)) else {
        let message = format!("The resource namespace '{namespace}' is invalid.");
        return Err(Answer::error(404, "InvalidResourceNamespace", message));
    };
    let regions: Vec<&Value> = desk
        .scenario
        .regions
        .iter()
        .map(|region| &region["display"])
        .collect();
    let types = types.iter().map(|kind| {
        let versions = crate::versions::of(&format!("{name}/{kind}").to_ascii_lowercase());
        json!({"resourceType": kind, "locations": regions, "apiVersions": versions})
    });
    Ok(Answer::ok(json!({
        "id": format!("{}/providers/{name}", desk.scenario.subscription_id()),
        "namespace": name,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": "Registered",
        "resourceTypes": types.collect::<Vec<Value>>(),
    })))
}
