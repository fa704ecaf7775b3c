//! The access token of a recovery point in the secondary region, and whose properties it is asked with.

use serde_json::{Map, Value, json};

use super::backup::{name_of, no_point};
use super::points::{self, Known, Stamp};
use super::workload;
use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::names;
use crate::scenario::{Item, Workload};
use crate::token;

/// What `backupAadProperties` answers for a kind of backup, and what `accessToken` wants to see.
pub(crate) fn aad(desk: &Desk, management: &str) -> Value {
    let (kind, principal) = match management {
        "AzureWorkload" => ("WkloadCoord", "WkloadCoord"),
        "AzureStorage" => ("WkloadCoord", "StorageCoord"),
        _ => ("IaasCoord", "IaasCoord"),
    };
    json!({
        "tenantId": desk.scenario.company.tenant,
        "audience": format!("https://RecoveryServices/{kind}/aadmgmt/wus"),
        "servicePrincipalObjectId": names::guid(desk.world.seed, &["coordinator", principal]),
    })
}

const TOKEN: &str = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints";

/// Refuses who may not ask for a token, or asks with the properties of another kind of backup.
fn asks_rightly(desk: &Desk, call: &Call, management: &str) -> Result<(), Answer> {
    let scope = call.id(call.segments.len() - 1);
    super::authorization::require(desk, &format!("{TOKEN}/accessToken/action"), &scope)?;
    let wanted = aad(desk, management);
    let given = &call.body["properties"];
    for member in ["tenantId", "audience", "servicePrincipalObjectId"] {
        if given[member] != wanted[member] {
            let message = format!("The value of {member} is not the one of the secondary region.");
            return Err(Answer::error(400, "BMSUserErrorInvalidInput", message));
        }
    }
    Ok(())
}

/// The token of a machine's point.
pub(super) fn access_token(
    desk: &mut Desk,
    call: &Call,
    vault: &str,
    item: &Item,
    name: &str,
) -> Reply {
    asks_rightly(desk, call, "AzureIaasVM")?;
    let known = points::points(desk, item, Stamp::Passive);
    let point = known
        .iter()
        .find(|known| known.name == name)
        .ok_or_else(no_point)?;
    if !point.is_hardened() {
        return Err(Answer::error(
            400,
            "SimRecoveryPointNotInVaultTier",
            "The recovery point is not in the vault-standard tier of the secondary region.",
        ));
    }
    let properties = token::seal(
        desk.world.seed,
        access_details(desk, vault, item, point),
        desk.now,
    );
    Ok(Answer::ok(json!({
        "id": format!("{}/recoveryPoints/{name}", points::item_id(vault, item, Stamp::Active)),
        "name": name,
        "type": TOKEN,
        "properties": properties,
    })))
}

/// The number that a token names a point by; the path names it otherwise.
pub(crate) fn number_of(desk: &Desk, item: &Item, point: &str) -> String {
    let below = 2_000_000_000_000_000_000;
    names::number(desk.world.seed, &[point, &item.vm], below).to_string()
}

/// The opaque members: a client that drops one of them is refused.
fn access_details(desk: &Desk, vault: &str, item: &Item, point: &Known) -> Map<String, Value> {
    let seed = desk.world.seed;
    let number = |what: &str| names::number(seed, &[what, &item.vm], 2_000_000_000_000_000_000);
    let group = vault.split('/').nth(4).unwrap_or_default();
    let native = points::native(item);
    let size = desk.world.get(&points::source(desk, item)).and_then(|vm| {
        vm.requested
            .pointer("/properties/hardwareProfile/vmSize")
            .cloned()
    });
    let details = json!({
        // The service names the workload's type; the client sets `CrrAccessToken` before it sends it back.
        "objectType": "WorkloadCrrAccessToken",
        "subscriptionId": desk.scenario.company.subscription,
        "resourceGroupName": group,
        "resourceName": name_of(vault),
        "resourceId": number("resource").to_string(),
        "protectionContainerId": number("container") % 9_000_000_000,
        "recoveryPointId": number_of(desk, item, &point.name),
        "recoveryPointTime": point.time.format("%-m/%-d/%Y %-I:%M:%S %p").to_string(),
        "containerName": native,
        "containerType": "IaasVMContainer",
        "backupManagementType": "AzureIaasVM",
        "datasourceType": "VM",
        "datasourceName": item.vm,
        "datasourceId": number("datasource").to_string(),
        "datasourceContainerName": native,
        "coordinatorServiceStampId": names::guid(seed, &["coordinator-stamp"]),
        "coordinatorServiceStampUri": "https://pod01-coord1.wus.backup.windowsazure.com",
        "protectionServiceStampId": names::guid(seed, &["protection-stamp"]),
        "protectionServiceStampUri": "https://pod01-prot1.wus.backup.windowsazure.com",
        "tokenExtendedInformation": format!(
            "<IaaSVMRecoveryPointMetadataBase xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
             i:type=\"IaaSVMRecoveryPointMetadata_V2015_09\"><MetadataVersion>V2015_09</MetadataVersion>\
             <ContainerType i:nil=\"true\" /><InstantRpGCId>{};AzureBackup</InstantRpGCId>\
             </IaaSVMRecoveryPointMetadataBase>",
            names::guid(seed, &["gc", &point.name])
        ),
        "rpTierInformation": point.point.tiers.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "rpOriginalSAOption": false,
        "rpIsManagedVirtualMachine": true,
        "rpVMSizeDescription": size,
        "bMSActiveRegion": desk.scenario.company.primary,
        "recoveryPointName": point.name,
        "podAffinity": {"ring": "prod-7", "weights": [3, 1, 2], "sticky": null},
    });
    details.as_object().cloned().unwrap_or_default()
}

/// The token of a database's or a share's point.
pub(super) fn workload_token(
    desk: &mut Desk,
    call: &Call,
    vault: &str,
    one: &Workload,
    name: &str,
) -> Reply {
    asks_rightly(desk, call, one.kind.management())?;
    let known = workload::points(desk, one, Stamp::Passive).into_iter();
    let times = known.map(|point| (point.name, point.time));
    let chain = workload::chain(desk, one).map(|(_, until)| (workload::CHAIN.to_owned(), until));
    let (_, time) = times
        .chain(chain)
        .find(|(known, _)| known == name)
        .ok_or_else(no_point)?;
    let details = workload::access(desk, vault, one, name, time);
    let properties = token::seal(desk.world.seed, details, desk.now);
    Ok(Answer::ok(json!({
        "id": format!("{}/recoveryPoints/{name}", workload::id(vault, one)),
        "name": name,
        "type": TOKEN,
        "properties": properties,
    })))
}
