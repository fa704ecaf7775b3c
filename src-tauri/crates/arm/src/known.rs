//! The errors of Azure that people meet, as data: Azure's code, ours, a plain sentence and the next action.
//!
//! Sources: contract 0.2 and facts 5. Azure's own code, message and ids are always kept beside it; what is
//! not in the table is passed on as it came.

/// An error of Azure that people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Azure's codes; one that ends in `*` stands for every code that begins so.
    pub azure: &'static [&'static str],
    /// Our code, such as `azure.not_authorized`.
    pub code: &'static str,
    /// What it means, one clause.
    pub means: &'static str,
    /// The next action, complete imperative sentences.
    pub next: &'static str,
}

/// Finds an error by Azure's code, whatever its case.
#[must_use]
pub fn known(azure: &str) -> Option<&'static Known> {
    let is = |pattern: &str| match pattern.strip_suffix('*') {
        Some(begin) => azure
            .get(..begin.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(begin)),
        None => azure.eq_ignore_ascii_case(pattern),
    };
    KNOWN
        .iter()
        .find(|known| known.azure.iter().any(|pattern| is(pattern)))
}

const fn row(
    azure: &'static [&'static str],
    code: &'static str,
    means: &'static str,
    next: &'static str,
) -> Known {
    Known {
        azure,
        code,
        means,
        next,
    }
}

/// Every error that is mapped. A code before a pattern that would match it as well comes first.
pub const KNOWN: &[Known] = &[
    // Signing in.
    row(
        &["InvalidAuthenticationTokenTenant"],
        "azure.other_tenant",
        "you are signed in to another tenant than the subscription's",
        "Sign in to the tenant of the subscription.",
    ),
    row(
        &[
            "InvalidAuthenticationToken",
            "ExpiredAuthenticationToken",
            "AuthenticationFailed",
        ],
        "azure.sign_in_again",
        "Azure does not accept the sign-in any more",
        "Sign in again.",
    ),
    // Rights, policies and locks.
    row(
        &["AuthorizationFailed"],
        "azure.not_authorized",
        "you lack a right that this needs",
        "Ask for a role that allows the action at the scope that Azure names, then check the permissions again.",
    ),
    row(
        &["LinkedAuthorizationFailed"],
        "azure.linked_not_authorized",
        "you lack a right on a resource that this one is joined to",
        "Ask for a role that allows the linked action at the scope that Azure names, then check the permissions again.",
    ),
    row(
        &[
            "RequestDisallowedByPolicy",
            "UserErrorRequestDisallowedByPolicy",
        ],
        "azure.policy_denies",
        "an Azure Policy forbids it",
        "Read which policy forbids it, and choose other settings or ask its owner for an exemption.",
    ),
    row(
        &["ScopeLocked"],
        "azure.locked",
        "a lock forbids it",
        "Ask the owner of the lock to remove it, then try again.",
    ),
    row(
        &["MissingSubscriptionRegistration"],
        "azure.provider_not_registered",
        "the subscription does not use this service yet",
        "Register the resource provider in the subscription, then try again.",
    ),
    // Not there.
    row(
        &["SubscriptionNotFound"],
        "azure.no_subscription",
        "the subscription is not there, or you cannot see it",
        "Check the subscription of the connection, and that your role covers it.",
    ),
    row(
        &["ResourceGroupNotFound"],
        "azure.no_group",
        "the resource group is not there",
        "Read the lists again and choose a group that exists.",
    ),
    row(
        &[
            "ResourceNotFound",
            "NotFound",
            "UserErrorGenericResourceNotFound",
        ],
        "azure.no_resource",
        "the resource is not there",
        "Read the lists again and choose one that exists.",
    ),
    row(
        &["BMSUserErrorDataSourceObjectNotFound"],
        "azure.no_item",
        "the protected item is not in the vault any more",
        "Read the list of items again and choose one that is there.",
    ),
    // Busy, too often, out of room.
    row(
        &[
            "Conflict",
            "AnotherOperationInProgress",
            "RetryableErrorDueToAnotherOperation",
            "BMSUserErrorConflictingProtectionOperation",
            "RSVaultUpdateErrorConflictingOperationInProgress",
        ],
        "azure.busy",
        "another operation works on the same resource",
        "Wait until the other operation has ended, then try again.",
    ),
    row(
        &["UserErrorAnotherRestoreInProgressOnSameTarget"],
        "azure.restore_running",
        "another restore is writing to the same target",
        "Choose another target, or wait until the other restore has ended.",
    ),
    row(
        &["CloudDos*"],
        "azure.backup_limit",
        "Azure Backup's own limit for this data source is reached",
        "Wait some hours: Backup limits how often this may be asked. Do not repeat it before.",
    ),
    row(
        &[
            "TooManyRequests",
            "SubscriptionRequestsThrottled",
            "ResourceRequestsThrottled",
        ],
        "azure.throttled",
        "Azure limits how often this may be asked",
        "Wait, then try again. Close other tools that read the same subscription.",
    ),
    row(
        &["OperationNotAllowed"],
        "azure.not_allowed_now",
        "Azure refuses it in the present state, or a quota is reached",
        "Read Azure's message: free cores or ask for a higher quota when it names one, else wait and try again.",
    ),
    row(
        &[
            "UserErrorCoreCountSubscriptionQuotaReached",
            "QuotaExceeded",
        ],
        "azure.quota",
        "the subscription has no cores left in this region",
        "Ask for a higher quota of cores in the region, or choose fewer or smaller machines.",
    ),
    row(
        &["SkuNotAvailable"],
        "azure.size_not_available",
        "the machine size has no capacity or is restricted in this region or zone",
        "Choose another size or another zone.",
    ),
    // Cross-region restore.
    row(
        &["BMSUserErrorCrossRegionRestoreNotEnabledInThisVault"],
        "azure.crr_disabled",
        "the vault does not restore in another region",
        "Use another design, or have the vault's owner decide: it cannot be switched off again and needs 48 hours.",
    ),
    row(
        &["UserErrorCrossRegionRestoreStateChangeNotAllowed"],
        "azure.crr_irreversible",
        "cross-region restore cannot be switched off again",
        "Leave the vault as it is.",
    ),
    row(
        &["BMSUserErrorUnableToEnableCrossRegionRestore"],
        "azure.pair_restricted",
        "the paired region is restricted, and the subscription has no access to it",
        "Ask Azure support for access to the restricted region.",
    ),
    row(
        &["BMSUserErrorRedundancySettingsUseVaultApi"],
        "azure.redundancy_by_vault",
        "the vault's redundancy was set through the newer interface and can only be changed there",
        "Ask the vault's owner to change it on the vault itself.",
    ),
    row(
        &[
            "BMSUserErrorSoftDeleteStateNotSetToAlwaysON",
            "BMSUserErrorDisablingSoftDeleteStateNotAllowed",
        ],
        "azure.soft_delete_rules",
        "the vault's soft delete may not be set so",
        "Leave the vault's soft delete as it is, or ask its owner.",
    ),
    // What was asked is wrong.
    row(
        &[
            "BMSUserErrorContainerNameIncorrectFormat",
            "BMSUserErrorProtectedItemNameIncorrectFormat",
        ],
        "azure.name_malformed",
        "the name of a backup container or item is malformed",
        "Report it: names must be taken from Azure's own list, unchanged.",
    ),
    row(
        &[
            "BMSUserErrorInvalidInput",
            "BMSUserErrorInvalidPolicyInput",
            "DppPluginInvalidInputParameters",
        ],
        "azure.input_wrong",
        "Azure does not accept what was sent",
        "Read Azure's message and correct the request in the runbook.",
    ),
    row(
        &["UserErrorInvalidRestorableTimeRange"],
        "azure.time_not_restorable",
        "the data cannot be restored to that time",
        "Choose a time within the range that Azure lists.",
    ),
    // Errors of jobs.
    row(
        &["UserErrorInstantRpNotFound"],
        "azure.snapshot_gone",
        "the snapshot of that recovery point was deleted",
        "Choose a recovery point of the vault tier.",
    ),
    row(
        &["UserErrorCannotRestoreExistingDBWithoutForceOverwrite"],
        "azure.database_exists",
        "the target database exists already",
        "Choose another name for the restored database.",
    ),
    row(
        &["UserErrorSQLNoSysadminMembership"],
        "azure.sql_no_sysadmin",
        "the backup service's account is no administrator of the SQL Server",
        "Make NT SERVICE\\AzureWLBackupPluginSvc a sysadmin of the instance, then try again.",
    ),
    row(
        &["UserErrorVMInternetConnectivityIssue"],
        "azure.machine_offline",
        "the machine cannot reach Azure Backup",
        "Allow the service tag AzureBackup, or give the network a private endpoint, then try again.",
    ),
    row(
        &["UserErrorIncompatibleSrcTargetSystemsForRestore", "520512"],
        "azure.hana_incompatible",
        "source and target have releases that do not fit",
        "Choose a target of the same release.",
    ),
    row(
        &["WorkloadRestoreFailed", "510011"],
        "azure.workload_restore_failed",
        "the database's restore failed inside the machine",
        "Read the job's additional details; the database's own log says why.",
    ),
    row(
        &["1073871825"],
        "azure.files_internal",
        "the restore of the file share failed inside Azure",
        "Ask for a new approval and restore again; call Azure support when it fails twice.",
    ),
    row(
        &["161011"],
        "azure.no_test_failover",
        "the machine was never failed over as a test",
        "Drill it.",
    ),
    // Azure itself.
    row(
        &[
            "InternalServerError",
            "CloudInternalError",
            "ServerTimeout",
            "GatewayTimeout",
        ],
        "azure.internal",
        "Azure itself failed",
        "Wait some minutes and try again; call Azure support with the request id when it stays so.",
    ),
];

#[cfg(test)]
mod tests {
    use super::{KNOWN, known};
    use crate::azure_error::AzureError;
    use crate::error::ArmError;
    use crate::testing::answered;
    use drillbook_diagnostic::Diagnostic;
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn every_known_error_says_what_it_means_and_what_to_do_and_keeps_azures_words() {
        let mut codes = BTreeSet::new();
        for row in KNOWN {
            assert!(codes.insert(row.code), "{} stands twice", row.code);
            assert!(
                row.next.ends_with('.') && !row.means.ends_with('.'),
                "{row:?}"
            );
            for azure in row.azure {
                let azure = azure.replace('*', "TimeboudLimitReached");
                let body = json!({"error": {"code": azure, "message": "Azure's own words.",
                    "target": "t", "details": [{"code": "d", "message": "m"}]}});
                let mut error = AzureError::read(400, body.to_string().as_bytes());
                error.request_id = Some("r-1".to_owned());
                assert_eq!(known(&azure), Some(row), "{azure} is taken by another row");
                let told = ArmError::Answered {
                    error: Box::new(error),
                    exchange: Box::new(answered()),
                };
                assert_eq!(told.code(), row.code);
                assert!(
                    told.remediation().is_some_and(|next| next == row.next),
                    "{azure}"
                );
                let text = told.to_string();
                for kept in [row.means, azure.as_str(), "Azure's own words", "r-1"] {
                    assert!(text.contains(kept), "{text}");
                }
                let kept = told.azure().unwrap();
                assert_eq!(kept.details.len(), 1);
                assert_eq!(kept.target.as_deref(), Some("t"));
            }
        }
    }

    #[test]
    fn an_unknown_error_is_passed_on_as_it_came() {
        let body = r#"{"error":{"code":"Novel","message":"Never seen.","target":"x"}}"#;
        let mut error = AzureError::read(409, body.as_bytes());
        error.request_id = Some("r-2".to_owned());
        let told = ArmError::Answered {
            error: Box::new(error),
            exchange: Box::new(answered()),
        };
        assert_eq!(told.code(), "arm.answered_error");
        assert_eq!(
            told.to_string(),
            "Azure answered Novel: Never seen (target x, request id r-2)"
        );
    }
}
