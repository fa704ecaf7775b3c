//! An example of Azure's specification: what was asked, and what was answered with each status.

use crate::testing::{Reply, Seen};
use crate::{Method, Style};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::path::Path;

/// What stays as it is in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

const LOCATIONS: &str =
    "/subscriptions/{subscriptionId}/providers/Microsoft.RecoveryServices/locations/{azureRegion}";
const VAULT: &str = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.RecoveryServices/vaults/{vaultName}";
const POINT: &str = "/backupFabrics/{fabricName}/protectionContainers/{containerName}/protectedItems/{protectedItemName}/recoveryPoints/{recoveryPointId}";
const PROTECTION: &str = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.DataProtection/locations/{location}";
const RECOVERY: &str = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.RecoveryServices/vaults/{resourceName}";
const POINTS: &str = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/restorePointCollections/{restorePointCollectionName}";

/// How the client comes to such an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// By reading.
    Read,
    /// By following an operation.
    Follow(Style),
    /// Inside an approved action, as a secret.
    Token,
    /// By an approved request that changes something.
    Change(Method),
}

/// What the file's name does not say: the method and the address of what is no plain GET.
const ROWS: &[(&str, Way, Method, &[&str])] = &[
    (
        "GetCrrJob_Post",
        Way::Read,
        Method::Post,
        &[LOCATIONS, "/backupCrrJob"],
    ),
    (
        "ListCrrJobs_Post",
        Way::Read,
        Method::Post,
        &[LOCATIONS, "/backupCrrJobs"],
    ),
    (
        "ValidateOperation_RestoreDisk",
        Way::Read,
        Method::Post,
        &[VAULT, "/backupValidateOperation"],
    ),
    (
        "FetchSecondaryRPs",
        Way::Read,
        Method::Post,
        &[PROTECTION, "/fetchSecondaryRecoveryPoints"],
    ),
    (
        "FetchCrossRegionRestoreJob",
        Way::Read,
        Method::Post,
        &[PROTECTION, "/fetchCrossRegionRestoreJob"],
    ),
    (
        "ValidateCrossRegionRestore",
        Way::Read,
        Method::Post,
        &[PROTECTION, "/validateCrossRegionRestore"],
    ),
    (
        "GetAccessToken_Get",
        Way::Token,
        Method::Post,
        &[VAULT, POINT, "/accessToken"],
    ),
    (
        "GetCrrOperationStatus_Get",
        Way::Follow(Style::AsyncOperation),
        Method::Get,
        &[LOCATIONS, "/backupCrrOperationsStatus/{operationId}"],
    ),
    (
        "GetCrrOperationResults_Get",
        Way::Follow(Style::Location),
        Method::Get,
        &[LOCATIONS, "/backupCrrOperationResults/{operationId}"],
    ),
    (
        "GetOperationStatus",
        Way::Follow(Style::AsyncOperation),
        Method::Get,
        &[
            "/subscriptions/{subscriptionId}/providers/Microsoft.DataProtection/locations/{location}/operationStatus/{operationId}",
        ],
    ),
    (
        "TriggerCrossRegionRestore_Post",
        Way::Change(Method::Post),
        Method::Post,
        &[LOCATIONS, "/backupCrossRegionRestore"],
    ),
    (
        "TriggerCrossRegionRestore",
        Way::Change(Method::Post),
        Method::Post,
        &[PROTECTION, "/crossRegionRestore"],
    ),
    (
        "TriggerRestore_ALR_IaasVMRestoreRequest",
        Way::Change(Method::Post),
        Method::Post,
        &[VAULT, POINT, "/restore"],
    ),
    (
        "TriggerRestore_RestoreDisks_IaasVMRestoreRequest",
        Way::Change(Method::Post),
        Method::Post,
        &[VAULT, POINT, "/restore"],
    ),
    (
        "PUTVault_WithRedundancySettings",
        Way::Change(Method::Put),
        Method::Put,
        &[VAULT],
    ),
    (
        "RestorePointCollection_CreateOrUpdate_ForCrossRegionCopy",
        Way::Change(Method::Put),
        Method::Put,
        &[POINTS],
    ),
    (
        "RestorePoint_Copy_BetweenRegions",
        Way::Change(Method::Put),
        Method::Put,
        &[POINTS, "/restorePoints/{restorePointName}"],
    ),
    (
        "ReplicationProtectedItems_TestFailover",
        Way::Change(Method::Post),
        Method::Post,
        &[
            RECOVERY,
            "/replicationFabrics/{fabricName}/replicationProtectionContainers/{protectionContainerName}/replicationProtectedItems/{replicatedProtectedItemName}/testFailover",
        ],
    ),
    (
        "ReplicationProtectedItems_TestFailoverCleanup",
        Way::Change(Method::Post),
        Method::Post,
        &[
            RECOVERY,
            "/replicationFabrics/{fabricName}/replicationProtectionContainers/{protectionContainerName}/replicationProtectedItems/{replicatedProtectedItemName}/testFailoverCleanup",
        ],
    ),
    (
        "ReplicationRecoveryPlans_TestFailover",
        Way::Change(Method::Post),
        Method::Post,
        &[
            RECOVERY,
            "/replicationRecoveryPlans/{recoveryPlanName}/testFailover",
        ],
    ),
];

/// Where every other example is asked for: the client reads any resource alike.
const ANY: &str = "/subscriptions/{subscriptionId}/resources";

/// One file.
#[derive(Debug)]
pub(super) struct Example {
    /// Its name below the folder.
    pub(super) name: String,
    stem: String,
    document: Value,
}

/// Reads every example of a folder and of the folders in it.
pub(super) fn all(folder: &Path) -> Vec<Example> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(&inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                let document: Value =
                    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
                if document["responses"].is_object() {
                    found.push(Example {
                        name,
                        stem,
                        document,
                    });
                }
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

impl Example {
    pub(super) fn statuses(&self) -> Vec<u16> {
        let answers = self.document["responses"].as_object().unwrap();
        answers.keys().map(|text| text.parse().unwrap()).collect()
    }

    pub(super) fn way(&self) -> Way {
        self.row().map_or(Way::Read, |row| row.1)
    }

    pub(super) fn method(&self) -> Method {
        self.row().map_or(Method::Get, |row| row.2)
    }

    /// The address, its parameters filled in as the client writes them.
    pub(super) fn path(&self) -> String {
        let mut path = self
            .row()
            .map_or_else(|| ANY.to_owned(), |row| row.3.concat());
        for (name, value) in self.document["parameters"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let text = value.as_str().unwrap_or_default();
            let encoded = utf8_percent_encode(text, SEGMENT).to_string();
            path = path.replace(&format!("{{{name}}}"), &encoded);
        }
        // Some examples are about no subscription.
        path.replace("{subscriptionId}", "0")
    }

    pub(super) fn api_version(&self) -> String {
        let version = self.document["parameters"]["api-version"].as_str();
        version.unwrap_or("2024-04-01").to_owned()
    }

    /// The body of the request: the one parameter that is an object.
    pub(super) fn parameters(&self) -> Value {
        let all = self.document["parameters"]
            .as_object()
            .into_iter()
            .flatten();
        let mut bodies = all
            .map(|(_, value)| value)
            .filter(|value| value.is_object());
        bodies.next().cloned().unwrap_or_else(|| json!({}))
    }

    /// The body of an answer, null when it has none.
    pub(super) fn body(&self, status: u16) -> Value {
        self.document["responses"][status.to_string()]["body"].clone()
    }

    /// A header of an answer.
    pub(super) fn header(&self, status: u16, name: &str) -> Option<String> {
        let found = self.document["responses"][status.to_string()]["headers"].get(name)?;
        Some(
            found
                .as_str()
                .map_or_else(|| found.to_string(), str::to_owned),
        )
    }

    /// The headers that name an operation, as they stand.
    pub(super) fn headers(&self, status: u16) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for name in ["azure-asyncoperation", "location"] {
            let spelled = if name == "location" {
                "Location"
            } else {
                "Azure-AsyncOperation"
            };
            if let Some(value) = self.header(status, spelled) {
                let value = HeaderValue::from_str(&value).unwrap();
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        headers
    }

    /// A `nextLink` that is no address: a stand-in of whoever wrote the example.
    pub(super) fn placeholder_link(&self) -> Option<&str> {
        let link = self.document["responses"]["200"]["body"]["nextLink"].as_str()?;
        (!link.is_empty() && !link.contains("://")).then_some(link)
    }

    /// Answers as the example does, its addresses leading to the server that answers; the page behind it is empty.
    pub(super) fn script(
        &self,
        status: u16,
    ) -> impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static {
        let answer = self.document["responses"][status.to_string()].clone();
        let placeholder = self.placeholder_link().map(str::to_owned);
        move |number, seen| {
            let origin = format!("http://{}", seen.headers["host"]);
            if number > 0 {
                return crate::testing::json(200, json!({"value": []}));
            }
            let mut body = answer["body"].clone();
            if placeholder.is_some() {
                body["nextLink"] = json!(format!("{origin}/subscriptions/0/more?api-version=1"));
            } else if let Some(link) = body["nextLink"].as_str().map(|link| here(link, &origin)) {
                body["nextLink"] = json!(link);
            }
            let text = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let sent = ["Location", "Azure-AsyncOperation", "Retry-After", "Date"];
            let headers = sent.into_iter().filter_map(|name| {
                let value = answer["headers"].get(name)?;
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                Some((name, here(&value, &origin)))
            });
            Reply::Whole(status, headers.collect(), text)
        }
    }

    fn row(&self) -> Option<&'static (&'static str, Way, Method, &'static [&'static str])> {
        ROWS.iter().find(|row| row.0 == self.stem)
    }
}

/// Leads an address of the public cloud, or of one of its regions, to the server.
fn here(text: &str, origin: &str) -> String {
    let Some((before, rest)) = text.split_once("https://") else {
        return text.to_owned();
    };
    match rest.split_once(".azure.com") {
        Some((_, path)) => format!("{before}{origin}{path}"),
        None => text.to_owned(),
    }
}
