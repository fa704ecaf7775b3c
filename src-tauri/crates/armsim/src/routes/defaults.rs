//! Members that a provider adds to what was asked for, so that a scenario need not repeat them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::names;
use crate::timetext::seven;

/// Fills what is missing in a document; what stands there is kept.
pub(crate) fn fill(seed: u64, doc: &mut Value, at: DateTime<Utc>) {
    let kind = doc["type"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if !doc["properties"].is_object() {
        doc["properties"] = Value::Object(Map::new());
    }
    let id = doc["id"].as_str().unwrap_or_default().to_owned();
    let name = doc["name"].as_str().unwrap_or_default().to_owned();
    let location = doc["location"].as_str().unwrap_or_default().to_owned();
    let guid = names::guid(seed, &["unique", &id]);
    let extra = match kind.as_str() {
        "microsoft.compute/disks" => disk(doc, &guid, at),
        "microsoft.compute/virtualmachines" => json!({"vmId": guid, "timeCreated": seven(at)}),
        "microsoft.storage/storageaccounts" => account(&name, &location, at),
        "microsoft.network/networksecuritygroups" => {
            rules(doc, &id);
            json!({"resourceGuid": guid, "defaultSecurityRules": default_rules(&id)})
        }
        "microsoft.keyvault/vaults" => {
            json!({"vaultUri": format!("https://{name}.vault.azure.net/")})
        }
        _ => json!({}),
    };
    if matches!(
        kind.as_str(),
        "microsoft.compute/disks" | "microsoft.storage/storageaccounts"
    ) && let Some(sku) = doc["sku"]["name"].as_str().map(str::to_owned)
        && doc["sku"].get("tier").is_none()
    {
        let tier = sku.split('_').next().unwrap_or_default();
        doc["sku"]["tier"] = json!(if tier == "StandardSSD" {
            "Standard"
        } else {
            tier
        });
    }
    let plain = [
        "microsoft.authorization/",
        "microsoft.resources/",
        "microsoft.insights/",
    ];
    let proxy = kind.starts_with("microsoft.recoveryservices/vaults/")
        || kind.contains("/blobservices")
        || kind.contains("/fileservices");
    let mut extra = extra;
    if !plain.iter().any(|prefix| kind.starts_with(prefix)) && !proxy {
        extra["provisioningState"] = json!("Succeeded");
    }
    merge(&mut doc["properties"], extra);
}

fn merge(into: &mut Value, extra: Value) {
    let (Some(into), Value::Object(extra)) = (into.as_object_mut(), extra) else {
        return;
    };
    for (name, value) in extra {
        match into.get_mut(&name) {
            // What a client names in part is completed, as the service does.
            Some(there) => merge(there, value),
            None => {
                into.insert(name, value);
            }
        }
    }
}

fn disk(doc: &Value, guid: &str, at: DateTime<Utc>) -> Value {
    let size = doc["properties"]["diskSizeGB"].as_u64().unwrap_or(32);
    let premium = doc["sku"]["name"]
        .as_str()
        .is_some_and(|sku| sku.starts_with("Premium"));
    let (iops, throughput) = if premium {
        (120.max(size * 4), 25.max(size))
    } else {
        (500, 60)
    };
    let mut extra = json!({
        "creationData": {"createOption": "Empty"},
        "diskSizeBytes": size * 1024 * 1024 * 1024,
        "diskIOPSReadWrite": iops,
        "diskMBpsReadWrite": throughput,
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "timeCreated": seven(at),
        "diskState": "Unattached",
        "uniqueId": guid,
    });
    if premium {
        extra["tier"] = json!(tier(size));
    }
    extra
}

fn tier(size: u64) -> &'static str {
    match size {
        0..=4 => "P1",
        5..=8 => "P2",
        9..=16 => "P3",
        17..=32 => "P4",
        33..=64 => "P6",
        65..=128 => "P10",
        129..=256 => "P15",
        257..=512 => "P20",
        _ => "P30",
    }
}

fn account(name: &str, location: &str, at: DateTime<Utc>) -> Value {
    let endpoint = |service: &str| format!("https://{name}.{service}.core.windows.net/");
    json!({
        "keyCreationTime": {"key1": seven(at), "key2": seven(at)},
        "privateEndpointConnections": [],
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": false,
        "allowSharedKeyAccess": true,
        "publicNetworkAccess": "Enabled",
        "networkAcls": {
            "bypass": "AzureServices", "defaultAction": "Allow",
            "ipRules": [], "virtualNetworkRules": [], "resourceAccessRules": [],
        },
        "supportsHttpsTrafficOnly": true,
        "isHnsEnabled": false,
        "encryption": {
            "services": {"blob": {"keyType": "Account", "enabled": true, "lastEnabledTime": seven(at)}},
            "keySource": "Microsoft.Storage",
        },
        "accessTier": "Hot",
        "creationTime": seven(at),
        "primaryEndpoints": {
            "blob": endpoint("blob"), "queue": endpoint("queue"),
            "table": endpoint("table"), "file": endpoint("file"),
        },
        "primaryLocation": location,
        "statusOfPrimary": "available",
        "dnsEndpointType": "Standard",
    })
}

/// Gives the rules of a scenario their ids and their common members.
fn rules(doc: &mut Value, id: &str) {
    let Some(rules) = doc["properties"]["securityRules"].as_array_mut() else {
        doc["properties"]["securityRules"] = json!([]);
        return;
    };
    for rule in rules {
        let name = rule["name"].as_str().unwrap_or_default().to_owned();
        rule["id"] = json!(format!("{id}/securityRules/{name}"));
        merge(
            &mut rule["properties"],
            json!({
                "provisioningState": "Succeeded", "protocol": "*",
                "sourcePortRange": "*", "destinationPortRange": "*",
                "sourceAddressPrefix": "*", "destinationAddressPrefix": "*",
                "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
                "sourcePortRanges": [], "destinationPortRanges": [],
            }),
        );
    }
}

fn default_rules(id: &str) -> Vec<Value> {
    let rows = [
        (
            "AllowVnetInBound",
            "VirtualNetwork",
            "VirtualNetwork",
            "Allow",
            65_000,
            "Inbound",
        ),
        (
            "AllowAzureLoadBalancerInBound",
            "AzureLoadBalancer",
            "*",
            "Allow",
            65_001,
            "Inbound",
        ),
        ("DenyAllInBound", "*", "*", "Deny", 65_500, "Inbound"),
        (
            "AllowVnetOutBound",
            "VirtualNetwork",
            "VirtualNetwork",
            "Allow",
            65_000,
            "Outbound",
        ),
        (
            "AllowInternetOutBound",
            "*",
            "Internet",
            "Allow",
            65_001,
            "Outbound",
        ),
        ("DenyAllOutBound", "*", "*", "Deny", 65_500, "Outbound"),
    ];
    rows.into_iter()
        .map(|(name, from, to, access, priority, direction)| {
            json!({
                "name": name,
                "id": format!("{id}/defaultSecurityRules/{name}"),
                "type": "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
                "properties": {
                    "provisioningState": "Succeeded", "protocol": "*",
                    "sourcePortRange": "*", "destinationPortRange": "*",
                    "sourceAddressPrefix": from, "destinationAddressPrefix": to,
                    "access": access, "priority": priority, "direction": direction,
                },
            })
        })
        .collect()
}
