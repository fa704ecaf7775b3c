//! The closed list of POSTs that change nothing (trust.md §4, ADR 0010).
//!
//! Deliberately absent: any way for a runbook to lengthen it. Each entry names the provider and the
//! shape of the path, not only its last word, so that no other provider's operation slips through.

use crate::request::Method;

/// Whether a request changes nothing: GET, HEAD, or a POST on the closed list.
///
/// `path` must already have passed [`crate::check_path`].
pub fn is_reading(method: Method, path: &str) -> bool {
    match method {
        Method::Get | Method::Head => true,
        Method::Post => reading_posts().iter().any(|shape| matches(shape, path)),
        Method::Put | Method::Patch | Method::Delete => false,
    }
}

/// Whether the path hands out a cross-region restore token (contract b.8): it changes nothing, but
/// the answer is a bearer secret, so it is sent only after the covering action was authorized.
pub fn is_access_token(method: Method, path: &str) -> bool {
    method == Method::Post
        && matches(
            "/subscriptions/*/resourcegroups/*/providers/microsoft.recoveryservices/vaults/*/backupfabrics/*/protectioncontainers/*/protecteditems/*/recoverypoints/*/accesstoken",
            path,
        )
}

fn reading_posts() -> &'static [&'static str] {
    &[
        // Contract b.11.
        "/subscriptions/*/providers/microsoft.recoveryservices/locations/*/backupcrrjob",
        "/subscriptions/*/providers/microsoft.recoveryservices/locations/*/backupcrrjobs",
        // Contract b.14.
        "/subscriptions/*/resourcegroups/*/providers/microsoft.recoveryservices/vaults/*/backupvalidateoperation",
        // Contract c.3 and c.5: lists that are asked for by POST.
        "/subscriptions/*/resourcegroups/*/providers/microsoft.dataprotection/locations/*/fetchsecondaryrecoverypoints",
        "/subscriptions/*/resourcegroups/*/providers/microsoft.dataprotection/locations/*/fetchcrossregionrestorejobs",
        "/subscriptions/*/resourcegroups/*/providers/microsoft.dataprotection/locations/*/fetchcrossregionrestorejob",
        // Contract c.4.
        "/subscriptions/*/resourcegroups/*/providers/microsoft.dataprotection/locations/*/validatecrossregionrestore",
        "/subscriptions/*/resourcegroups/*/providers/microsoft.dataprotection/backupvaults/*/backupinstances/*/validaterestore",
        // Contract a.8.
        "/providers/microsoft.resourcegraph/resources",
        // Names: storage accounts, vaults, and the older resource-group form of the latter.
        "/subscriptions/*/providers/microsoft.storage/checknameavailability",
        "/subscriptions/*/resourcegroups/*/providers/microsoft.recoveryservices/locations/*/checknameavailability",
        // Contract a.5.
        "/subscriptions/*/resourcegroups/*/providers/microsoft.policyinsights/checkpolicyrestrictions",
        "/subscriptions/*/providers/microsoft.policyinsights/checkpolicyrestrictions",
        // Contract f.3.
        "/subscriptions/*/resourcegroups/*/providers/microsoft.network/networkinterfaces/*/effectivenetworksecuritygroups",
        // Contract f.7.
        "/subscriptions/*/resourcegroups/*/providers/microsoft.compute/virtualmachines/*/retrievebootdiagnosticsdata",
    ]
}

fn matches(shape: &str, path: &str) -> bool {
    let mut shape = shape.split('/');
    let mut path = path.split('/');
    loop {
        match (shape.next(), path.next()) {
            (None, None) => return true,
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(segment)) if segment.eq_ignore_ascii_case(wanted) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_access_token, is_reading};
    use crate::request::Method;

    const LOCATION: &str = "/subscriptions/0/providers/Microsoft.RecoveryServices/locations/westus";

    #[test]
    fn knows_the_posts_that_read() {
        assert!(is_reading(
            Method::Post,
            &format!("{LOCATION}/backupCrrJob")
        ));
        assert!(is_reading(
            Method::Post,
            &format!("{LOCATION}/backupCrrJobs")
        ));
        assert!(is_reading(
            Method::Post,
            "/providers/Microsoft.ResourceGraph/resources"
        ));
        assert!(is_reading(
            Method::Post,
            "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm/retrieveBootDiagnosticsData"
        ));
        for word in [
            "fetchSecondaryRecoveryPoints",
            "fetchCrossRegionRestoreJobs",
            "fetchCrossRegionRestoreJob",
        ] {
            let path = format!(
                "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DataProtection/locations/westus/{word}"
            );
            assert!(is_reading(Method::Post, &path), "{path}");
        }
    }

    #[test]
    fn everything_else_changes() {
        for path in [
            format!("{LOCATION}/backupCrossRegionRestore"),
            format!("{LOCATION}/fetchCrossRegionRestoreJobs"),
            "/subscriptions/0/resourceGroups/rg/providers/Microsoft.DataProtection/locations/westus/crossRegionRestore".into(),
            format!("{LOCATION}/backupCrrJobs/x"),
            format!("{LOCATION}/backupCrrJobs/"),
            "/subscriptions/0/providers/Microsoft.Evil/locations/westus/backupCrrJobs".into(),
            "/subscriptions/0/resourceGroups/backupCrrJobs".into(),
            "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a/listKeys".into(),
            "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm/runCommand".into(),
        ] {
            assert!(!is_reading(Method::Post, &path), "{path}");
        }
        for method in [Method::Put, Method::Patch, Method::Delete] {
            assert!(!is_reading(method, &format!("{LOCATION}/backupCrrJobs")));
        }
    }

    #[test]
    fn the_access_token_is_neither_a_read_nor_a_change() {
        let path = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems/i/recoveryPoints/1/accessToken";
        assert!(is_access_token(Method::Post, path));
        assert!(!is_reading(Method::Post, path));
        assert!(!is_access_token(Method::Get, path));
    }
}
