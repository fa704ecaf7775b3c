//! Versions and `az` lines of generic lists, reads and deletions, by resource type (contract a.3).
//!
//! Deliberately absent: a wildcard. ARM has none; a type that the table does not know must be asked of its
//! provider, or the runbook names the version.

use crate::reference::{self, Reference};

/// A request that the table knows how to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generic {
    /// `GET` or `DELETE`.
    pub method: &'static str,
    /// The path, not yet encoded.
    pub path: String,
    /// The version.
    pub api_version: &'static str,
    /// The equivalent `az` line, quoted for a POSIX shell.
    pub az: String,
}

/// What the table knows of a type: its name, its version, and the words of its `az` group when it has one.
const TABLE: [(&str, &str, &str); 48] = [
    ("Microsoft.Resources/subscriptions", "2022-12-01", ""),
    ("Microsoft.Resources/resourceGroups", "2024-07-01", "group"),
    (
        "Microsoft.Resources/deployments",
        "2024-07-01",
        "deployment group",
    ),
    ("Microsoft.Resources/tags", "2024-07-01", ""),
    ("Microsoft.Compute/virtualMachines", "2024-07-01", "vm"),
    (
        "Microsoft.Compute/availabilitySets",
        "2024-07-01",
        "vm availability-set",
    ),
    (
        "Microsoft.Compute/restorePointCollections",
        "2024-07-01",
        "restore-point collection",
    ),
    (
        "Microsoft.Compute/restorePointCollections/restorePoints",
        "2024-07-01",
        "",
    ),
    ("Microsoft.Compute/disks", "2024-03-02", "disk"),
    ("Microsoft.Compute/snapshots", "2024-03-02", "snapshot"),
    (
        "Microsoft.Compute/diskEncryptionSets",
        "2024-03-02",
        "disk-encryption-set",
    ),
    (
        "Microsoft.Compute/diskAccesses",
        "2024-03-02",
        "disk-access",
    ),
    ("Microsoft.Compute/skus", "2021-07-01", ""),
    ("Microsoft.Compute/locations/usages", "2024-07-01", ""),
    (
        "Microsoft.Network/networkInterfaces",
        "2024-03-01",
        "network nic",
    ),
    (
        "Microsoft.Network/publicIPAddresses",
        "2024-03-01",
        "network public-ip",
    ),
    (
        "Microsoft.Network/networkSecurityGroups",
        "2024-03-01",
        "network nsg",
    ),
    (
        "Microsoft.Network/routeTables",
        "2024-03-01",
        "network route-table",
    ),
    (
        "Microsoft.Network/virtualNetworks",
        "2024-03-01",
        "network vnet",
    ),
    (
        "Microsoft.Network/virtualNetworks/subnets",
        "2024-03-01",
        "",
    ),
    (
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        "2024-03-01",
        "",
    ),
    (
        "Microsoft.Network/privateEndpoints",
        "2024-03-01",
        "network private-endpoint",
    ),
    (
        "Microsoft.Network/loadBalancers",
        "2024-03-01",
        "network lb",
    ),
    ("Microsoft.Network/locations/usages", "2024-03-01", ""),
    (
        "Microsoft.Network/privateDnsZones",
        "2024-06-01",
        "network private-dns zone",
    ),
    (
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        "2024-06-01",
        "",
    ),
    (
        "Microsoft.Storage/storageAccounts",
        "2023-05-01",
        "storage account",
    ),
    (
        "Microsoft.Storage/storageAccounts/blobServices",
        "2023-05-01",
        "",
    ),
    (
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "2023-05-01",
        "",
    ),
    ("Microsoft.KeyVault/vaults", "2023-07-01", "keyvault"),
    ("Microsoft.KeyVault/deletedVaults", "2023-07-01", ""),
    (
        "Microsoft.RecoveryServices/vaults",
        "2024-04-01",
        "backup vault",
    ),
    (
        "Microsoft.RecoveryServices/vaults/backupPolicies",
        "2024-04-01",
        "",
    ),
    (
        "Microsoft.RecoveryServices/vaults/backupProtectedItems",
        "2024-04-01",
        "",
    ),
    (
        "Microsoft.RecoveryServices/vaults/backupstorageconfig",
        "2024-04-01",
        "",
    ),
    (
        "Microsoft.RecoveryServices/vaults/backupconfig",
        "2024-04-01",
        "",
    ),
    (
        "Microsoft.RecoveryServices/vaults/backupJobs",
        "2024-04-01",
        "",
    ),
    (
        "Microsoft.DataProtection/backupVaults",
        "2024-04-01",
        "dataprotection backup-vault",
    ),
    ("Microsoft.Authorization/permissions", "2022-04-01", ""),
    ("Microsoft.Authorization/locks", "2020-05-01", ""),
    (
        "Microsoft.Authorization/policyAssignments",
        "2024-05-01",
        "",
    ),
    (
        "Microsoft.Authorization/policyDefinitions",
        "2024-05-01",
        "",
    ),
    ("Microsoft.Authorization/roleAssignments", "2022-04-01", ""),
    ("Microsoft.Insights/eventtypes/values", "2015-04-01", ""),
    (
        "Microsoft.Insights/diagnosticSettings",
        "2021-05-01-preview",
        "",
    ),
    (
        "Microsoft.Insights/actionGroups",
        "2023-01-01",
        "monitor action-group",
    ),
    (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "2023-01-31",
        "identity",
    ),
    ("Microsoft.Security/assessments", "2020-01-01", ""),
];

/// Returns the version for a resource type; case does not count.
pub fn of_type(kind: &str) -> Option<&'static str> {
    row(kind).map(|(_, version, _)| *version)
}

/// Returns the version for a path, filled or still a template: by the type after its last `/providers/`,
/// or by what an id without one is.
pub fn of_path(path: &str) -> Option<&'static str> {
    of_type(&kind_of_path(path)?)
}

/// Reads a resource by its id.
pub fn get(id: &str) -> Option<Generic> {
    let known = reference::of_id(id)?;
    let (_, api_version, group) = row(known.kind.as_deref()?)?;
    let az = match (*group, known.group.as_deref()) {
        ("", _) => line(&["az", "resource", "show", "--ids", id]),
        ("group", Some(name)) => line(&["az", "group", "show", "--name", name]),
        _ => specific(group, "show", &known, &[]),
    };
    Some(Generic {
        method: "GET",
        path: id.to_owned(),
        api_version,
        az,
    })
}

/// Deletes a resource by its id.
pub fn delete(id: &str) -> Option<Generic> {
    let known = reference::of_id(id)?;
    let (_, api_version, group) = row(known.kind.as_deref()?)?;
    let az = match (*group, known.group.as_deref()) {
        ("group", Some(name)) => line(&["az", "group", "delete", "--name", name, "--yes"]),
        ("vm" | "disk", _) => specific(group, "delete", &known, &["--yes"]),
        _ => line(&["az", "resource", "delete", "--ids", id]),
    };
    Some(Generic {
        method: "DELETE",
        path: id.to_owned(),
        api_version,
        az,
    })
}

/// Lists what is in a resource group, given the group's id; or the resources of a type, given a path that
/// ends with it.
pub fn list(path: &str) -> Option<Generic> {
    let path = path.trim_end_matches('/');
    let is_group = |id: &str| {
        reference::of_id(id)
            .filter(|r| r.kind.as_deref() == Some("Microsoft.Resources/resourceGroups"))
            .and_then(|r| r.group)
    };
    if let Some(group) = is_group(path) {
        let az = line(&["az", "resource", "list", "--resource-group", &group]);
        let path = format!("{path}/resources");
        return Some(Generic {
            method: "GET",
            path,
            api_version: "2024-07-01",
            az,
        });
    }
    if let Some(group) = path.strip_suffix("/resources").and_then(is_group) {
        let az = line(&["az", "resource", "list", "--resource-group", &group]);
        return Some(Generic {
            method: "GET",
            path: path.to_owned(),
            api_version: "2024-07-01",
            az,
        });
    }
    let (kind, api_version, _) = row(&kind_of_path(path)?)?;
    let group = reference::segment(path, "resourceGroups");
    let az = match group {
        Some(group) => line(&[
            "az",
            "resource",
            "list",
            "--resource-group",
            &group,
            "--resource-type",
            kind,
        ]),
        None => line(&["az", "resource", "list", "--resource-type", kind]),
    };
    Some(Generic {
        method: "GET",
        path: path.to_owned(),
        api_version,
        az,
    })
}

fn row(kind: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    TABLE
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(kind))
}

/// Returns the type that a path ends with, whether or not a name follows it.
fn kind_of_path(path: &str) -> Option<String> {
    let lower = path.to_ascii_lowercase();
    let Some(at) = lower.rfind("/providers/") else {
        let last = lower.trim_end_matches('/').rsplit('/').next()?;
        return match last {
            "resources" | "resourcegroups" => Some("Microsoft.Resources/resourceGroups".to_owned()),
            "locations" => Some("Microsoft.Resources/subscriptions".to_owned()),
            _ => reference::of_id(path)?.kind,
        };
    };
    let inside = path[at + "/providers/".len()..].trim_end_matches('/');
    let segments: Vec<&str> = inside.split('/').collect();
    let types = segments.iter().skip(1).step_by(2);
    Some(types.fold(segments.first()?.to_string(), |kind, next| {
        format!("{kind}/{next}")
    }))
}

fn specific(group: &str, verb: &str, known: &Reference, more: &[&str]) -> String {
    let mut words = vec!["az"];
    words.extend(group.split(' '));
    words.push(verb);
    if let Some(group) = &known.group {
        words.extend(["--resource-group", group]);
    }
    words.extend(["--name", &known.name]);
    words.extend(more);
    line(&words)
}

/// Quotes each word; a word that cannot be quoted (it holds NUL) is left empty.
fn line(words: &[&str]) -> String {
    let quoted = words
        .iter()
        .map(|word| shlex::try_quote(word).unwrap_or_default());
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d 1";

    #[test]
    fn knows_versions_by_path() {
        for (path, version) in [
            (DISK, "2024-03-02"),
            (
                "{item.target}/providers/Microsoft.Compute/disks",
                "2024-03-02",
            ),
            (
                "{vault}/providers/microsoft.authorization/locks",
                "2020-05-01",
            ),
            ("/subscriptions/s/resourcegroups/g", "2024-07-01"),
            ("/subscriptions/{subscription}/resourcegroups", "2024-07-01"),
            ("{group}/resources", "2024-07-01"),
            ("/subscriptions/s/locations", "2022-12-01"),
            (
                "/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values",
                "2015-04-01",
            ),
        ] {
            assert_eq!(of_path(path), Some(version), "{path}");
        }
        assert_eq!(
            of_path("/subscriptions/s/providers/Contoso.Odd/things"),
            None
        );
    }

    #[test]
    fn writes_az_lines_that_a_shell_reads_back() {
        let made = get(DISK).unwrap();
        assert_eq!(made.az, "az disk show --resource-group g --name 'd 1'");
        assert_eq!(
            delete(DISK).unwrap().az,
            "az disk delete --resource-group g --name 'd 1' --yes"
        );
        let group = list("/subscriptions/s/resourceGroups/g").unwrap();
        assert_eq!(group.path, "/subscriptions/s/resourceGroups/g/resources");
        assert_eq!(group.az, "az resource list --resource-group g");
    }
}
