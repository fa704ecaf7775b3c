//! What is kept of an ARM document: a list for each kind. What is not on it is not written.

use serde_json::{Map, Value, json};

/// A kind of resource, how it is read and what is kept of it.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// It is listed, or read by its one name, below each resource of this kind.
    pub(super) below: Option<&'static str>,
    /// Members, dots between them; a list keeps the same of each of its rows.
    kept: &'static [&'static str],
}

impl Kind {
    /// Whether the subscription lists it: the others hang below something or come inside it.
    pub(super) fn is_listed(&self) -> bool {
        self.below.is_none() && !self.version.is_empty()
    }

    /// What follows the id of its parent: the collection, or the one thing in it.
    pub(super) fn tail(&self) -> String {
        let collection = self.name.rsplit('/').next().unwrap_or_default();
        match collection {
            "backupstorageconfig" => "backupstorageconfig/vaultstorageconfig".to_owned(),
            "backupconfig" => "backupconfig/vaultconfig".to_owned(),
            _ => collection.to_owned(),
        }
    }
}

const fn kind(name: &'static str, version: &'static str, kept: &'static [&'static str]) -> Kind {
    Kind {
        name,
        version,
        below: None,
        kept,
    }
}

const fn below(
    parent: &'static str,
    name: &'static str,
    version: &'static str,
    kept: &'static [&'static str],
) -> Kind {
    Kind {
        name,
        version,
        below: Some(parent),
        kept,
    }
}

const VAULTS: &str = "Microsoft.RecoveryServices/vaults";
const ZONES: &str = "Microsoft.Network/privateDnsZones";

/// Everything that is captured as a document; subnets and peerings are split off their network.
pub(super) const KINDS: &[Kind] = &[
    kind(
        "Microsoft.Compute/virtualMachines",
        "2024-07-01",
        &[
            "location",
            "zones",
            "properties.hardwareProfile.vmSize",
            "properties.storageProfile.osDisk.name",
            "properties.storageProfile.osDisk.osType",
            "properties.storageProfile.osDisk.createOption",
            "properties.storageProfile.osDisk.caching",
            "properties.storageProfile.osDisk.deleteOption",
            "properties.storageProfile.osDisk.diskSizeGB",
            "properties.storageProfile.osDisk.encryptionSettings.enabled",
            "properties.storageProfile.osDisk.managedDisk.id",
            "properties.storageProfile.osDisk.managedDisk.storageAccountType",
            "properties.storageProfile.osDisk.managedDisk.diskEncryptionSet.id",
            "properties.storageProfile.dataDisks.lun",
            "properties.storageProfile.dataDisks.name",
            "properties.storageProfile.dataDisks.createOption",
            "properties.storageProfile.dataDisks.caching",
            "properties.storageProfile.dataDisks.diskSizeGB",
            "properties.storageProfile.dataDisks.managedDisk.id",
            "properties.storageProfile.dataDisks.managedDisk.storageAccountType",
            "properties.storageProfile.dataDisks.managedDisk.diskEncryptionSet.id",
            "properties.networkProfile.networkInterfaces.id",
            "properties.diagnosticsProfile.bootDiagnostics.enabled",
            "properties.securityProfile.securityType",
            "properties.securityProfile.uefiSettings",
        ],
    ),
    kind(
        "Microsoft.Compute/disks",
        "2024-03-02",
        &[
            "location",
            "zones",
            "sku.name",
            "properties.osType",
            "properties.hyperVGeneration",
            "properties.diskSizeGB",
            "properties.creationData.createOption",
            "properties.encryption.type",
            "properties.encryption.diskEncryptionSetId",
            "properties.encryptionSettingsCollection.enabled",
            "properties.networkAccessPolicy",
            "properties.publicNetworkAccess",
            "properties.maxShares",
        ],
    ),
    kind(
        "Microsoft.Compute/diskEncryptionSets",
        "2024-03-02",
        &[
            "location",
            "identity.type",
            "identity.principalId",
            "identity.tenantId",
            "properties.activeKey.keyUrl",
            "properties.activeKey.sourceVault.id",
            "properties.encryptionType",
            "properties.rotationToLatestKeyVersionEnabled",
        ],
    ),
    kind(
        "Microsoft.KeyVault/vaults",
        "2023-07-01",
        &[
            "location",
            "properties.tenantId",
            "properties.sku",
            "properties.enableRbacAuthorization",
            "properties.enabledForDiskEncryption",
            "properties.enableSoftDelete",
            "properties.softDeleteRetentionInDays",
            "properties.enablePurgeProtection",
            "properties.publicNetworkAccess",
            "properties.networkAcls.bypass",
            "properties.networkAcls.defaultAction",
        ],
    ),
    kind(
        "Microsoft.Storage/storageAccounts",
        "2023-05-01",
        &[
            "location",
            "kind",
            "sku.name",
            "properties.networkAcls.bypass",
            "properties.networkAcls.defaultAction",
            "properties.publicNetworkAccess",
            "properties.isHnsEnabled",
            "properties.allowSharedKeyAccess",
            "properties.allowBlobPublicAccess",
            "properties.minimumTlsVersion",
        ],
    ),
    kind(
        "Microsoft.Network/networkInterfaces",
        "2024-03-01",
        &[
            "location",
            "properties.networkSecurityGroup.id",
            "properties.ipConfigurations.name",
            "properties.ipConfigurations.properties.privateIPAddress",
            "properties.ipConfigurations.properties.privateIPAllocationMethod",
            "properties.ipConfigurations.properties.primary",
            "properties.ipConfigurations.properties.subnet.id",
        ],
    ),
    kind(
        "Microsoft.Network/virtualNetworks",
        "2024-03-01",
        &[
            "location",
            "properties.addressSpace",
            "properties.dhcpOptions",
            "properties.enableDdosProtection",
        ],
    ),
    kind(
        "Microsoft.Network/networkSecurityGroups",
        "2024-03-01",
        &[
            "location",
            "properties.securityRules.name",
            "properties.securityRules.properties.priority",
            "properties.securityRules.properties.direction",
            "properties.securityRules.properties.access",
            "properties.securityRules.properties.protocol",
            "properties.securityRules.properties.sourceAddressPrefix",
            "properties.securityRules.properties.sourceAddressPrefixes",
            "properties.securityRules.properties.sourcePortRange",
            "properties.securityRules.properties.sourcePortRanges",
            "properties.securityRules.properties.destinationAddressPrefix",
            "properties.securityRules.properties.destinationAddressPrefixes",
            "properties.securityRules.properties.destinationPortRange",
            "properties.securityRules.properties.destinationPortRanges",
        ],
    ),
    kind(
        "Microsoft.Network/routeTables",
        "2024-03-01",
        &[
            "location",
            "properties.disableBgpRoutePropagation",
            "properties.routes.name",
            "properties.routes.properties.addressPrefix",
            "properties.routes.properties.nextHopType",
            "properties.routes.properties.nextHopIpAddress",
        ],
    ),
    kind(
        "Microsoft.Network/privateEndpoints",
        "2024-03-01",
        &[
            "location",
            "properties.subnet.id",
            "properties.privateLinkServiceConnections.name",
            "properties.privateLinkServiceConnections.properties.privateLinkServiceId",
            "properties.privateLinkServiceConnections.properties.groupIds",
        ],
    ),
    kind(
        ZONES,
        "2024-06-01",
        &[
            "location",
            "properties.numberOfRecordSets",
            "properties.numberOfVirtualNetworkLinks",
            "properties.numberOfVirtualNetworkLinksWithRegistration",
        ],
    ),
    below(
        ZONES,
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        "2024-06-01",
        &[
            "location",
            "properties.virtualNetwork.id",
            "properties.registrationEnabled",
            "properties.virtualNetworkLinkState",
        ],
    ),
    kind(
        VAULTS,
        "2024-04-01",
        &[
            "location",
            "sku",
            "identity.type",
            "properties.publicNetworkAccess",
            "properties.redundancySettings",
            "properties.securitySettings.immutabilitySettings.state",
            "properties.securitySettings.softDeleteSettings",
            "properties.securitySettings.multiUserAuthorization",
            "properties.monitoringSettings",
            "properties.restoreSettings",
            "properties.privateEndpointStateForBackup",
            "properties.privateEndpointStateForSiteRecovery",
            "properties.backupStorageVersion",
        ],
    ),
    below(
        VAULTS,
        "Microsoft.RecoveryServices/vaults/backupstorageconfig",
        "2024-04-01",
        &[
            "properties.storageModelType",
            "properties.storageType",
            "properties.storageTypeState",
            "properties.crossRegionRestoreFlag",
        ],
    ),
    below(
        VAULTS,
        "Microsoft.RecoveryServices/vaults/backupconfig",
        "2024-04-01",
        &[
            "properties.enhancedSecurityState",
            "properties.softDeleteFeatureState",
            "properties.softDeleteRetentionPeriodInDays",
            "properties.storageModelType",
            "properties.storageType",
            "properties.storageTypeState",
        ],
    ),
    below(
        VAULTS,
        "Microsoft.RecoveryServices/vaults/backupPolicies",
        "2024-04-01",
        &[
            "properties.backupManagementType",
            "properties.policyType",
            "properties.instantRpRetentionRangeInDays",
            "properties.timeZone",
            "properties.schedulePolicy",
            "properties.retentionPolicy",
        ],
    ),
    below(
        VAULTS,
        "Microsoft.RecoveryServices/vaults/backupResourceGuardProxies",
        "2024-04-01",
        &[
            "properties.resourceGuardResourceId",
            "properties.resourceGuardOperationDetails.vaultCriticalOperation",
            "properties.resourceGuardOperationDetails.defaultResourceRequest",
        ],
    ),
    kind(
        "Microsoft.Insights/actionGroups",
        "2023-01-01",
        &["location", "properties.enabled"],
    ),
    kind(
        "Microsoft.Authorization/locks",
        "2020-05-01",
        &["properties.level"],
    ),
    kind(
        "Microsoft.Network/virtualNetworks/subnets",
        "",
        &[
            "properties.addressPrefix",
            "properties.addressPrefixes",
            "properties.networkSecurityGroup.id",
            "properties.routeTable.id",
            "properties.natGateway.id",
            "properties.defaultOutboundAccess",
            "properties.delegations.name",
            "properties.delegations.properties.serviceName",
            "properties.serviceEndpoints.service",
        ],
    ),
    kind(
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        "",
        &[
            "properties.remoteVirtualNetwork.id",
            "properties.peeringState",
            "properties.allowVirtualNetworkAccess",
            "properties.allowForwardedTraffic",
            "properties.allowGatewayTransit",
            "properties.useRemoteGateways",
        ],
    ),
];

/// The kind of a document, if it is kept.
pub(super) fn kind_of(doc: &Value) -> Option<&'static str> {
    let kind = doc["type"].as_str().unwrap_or_default();
    let found = KINDS.iter().find(|one| one.name.eq_ignore_ascii_case(kind));
    found.map(|one| one.name)
}

/// The vaults whose copies can be restored in the paired region, as they say themselves or their older setting does.
pub(super) fn vaults_across(all: &[Value]) -> impl Iterator<Item = &Value> {
    let says = |doc: &Value| {
        let said = doc.pointer("/properties/redundancySettings/crossRegionRestore");
        said.and_then(Value::as_str) == Some("Enabled")
    };
    let set = move |vault: &Value| {
        let own = format!(
            "{}/",
            vault["id"]
                .as_str()
                .unwrap_or_default()
                .to_ascii_lowercase()
        );
        all.iter().any(|doc| {
            let below = doc["id"]
                .as_str()
                .is_some_and(|id| id.to_ascii_lowercase().starts_with(&own));
            below && doc["properties"]["crossRegionRestoreFlag"] == json!(true)
        })
    };
    let vaults = all.iter().filter(|doc| kind_of(doc) == Some(VAULTS));
    vaults.filter(move |vault| says(vault) || set(vault))
}

/// A network comes with its subnets and peerings inside: each becomes a document of its own.
pub(super) fn split(mut doc: Value) -> Vec<Value> {
    if kind_of(&doc) != Some("Microsoft.Network/virtualNetworks") {
        return vec![doc];
    }
    let mut all = Vec::new();
    for part in ["subnets", "virtualNetworkPeerings"] {
        let inside = doc["properties"]
            .as_object_mut()
            .and_then(|all| all.remove(part));
        for mut one in inside
            .as_ref()
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .cloned()
        {
            one["type"] = json!(format!("Microsoft.Network/virtualNetworks/{part}"));
            all.push(one);
        }
    }
    all.push(doc);
    all
}

/// The row of a scenario: where it is, and what is kept. Names are still the real ones, in `id`.
pub(super) fn row(doc: &Value) -> Option<Value> {
    let name = kind_of(doc)?;
    let kind = KINDS.iter().find(|one| one.name == name)?;
    let mut row = keep(doc, kind.kept);
    row["type"] = json!(name);
    row["id"] = doc["id"].clone();
    Some(row)
}

/// Returns what is on the list; a list of rows keeps the same of each.
pub(super) fn keep(value: &Value, paths: &[&str]) -> Value {
    match value {
        Value::Array(rows) => rows.iter().map(|row| keep(row, paths)).collect(),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let below: Vec<&str> = paths
                    .iter()
                    .map(|path| path.split_once('.').unwrap_or((path, "")))
                    .filter(|(head, _)| head == name)
                    .map(|(_, rest)| rest)
                    .collect();
                if below.contains(&"") {
                    kept.insert(name.clone(), member.clone());
                } else if !below.is_empty() {
                    kept.insert(name.clone(), keep(member, &below));
                }
            }
            Value::Object(kept)
        }
        scalar => scalar.clone(),
    }
}

/// Takes out what TOML has no word for.
pub(super) fn bare(value: &mut Value) {
    match value {
        Value::Array(rows) => {
            rows.retain(|row| !row.is_null());
            rows.iter_mut().for_each(bare);
        }
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(bare);
        }
        _ => {}
    }
}
