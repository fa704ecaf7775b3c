//! Which api-versions are answered: those of the contract and those that the Azure CLI 2.90 and 2.91 send.

use crate::answer::Answer;
use crate::call::Call;

const RESOURCES: &[&str] = &[
    "2024-07-01",
    "2024-11-01",
    "2022-12-01",
    "2022-09-01",
    "2021-04-01",
    "2020-10-01",
];
const TABLE: &[(&str, &[&str])] = &[
    (
        "microsoft.compute/disks",
        &["2024-03-02", "2025-01-02", "2023-10-02"],
    ),
    ("microsoft.compute/snapshots", &["2024-03-02", "2025-01-02"]),
    (
        "microsoft.compute/diskencryptionsets",
        &["2024-03-02", "2025-01-02", "2023-04-02"],
    ),
    (
        "microsoft.compute/restorepointcollections",
        &["2024-07-01", "2025-04-01", "2024-11-01", "2024-03-02"],
    ),
    ("microsoft.compute/skus", &["2021-07-01", "2019-04-01"]),
    (
        "microsoft.compute",
        &[
            "2024-07-01",
            "2024-03-02",
            "2026-04-01",
            "2025-04-01",
            "2024-11-01",
            "2025-01-02",
        ],
    ),
    (
        "microsoft.network/privatednszones",
        &["2024-06-01", "2020-06-01", "2018-09-01"],
    ),
    (
        "microsoft.network",
        &[
            "2024-03-01",
            "2024-07-01",
            "2025-07-01",
            "2019-11-01",
            "2022-01-01",
            "2023-09-01",
            "2023-11-01",
            "2025-05-01",
            "2026-01-01",
        ],
    ),
    (
        "microsoft.storage",
        &[
            "2023-05-01",
            "2025-08-01",
            "2016-01-01",
            "2024-01-01",
            "2025-01-01",
            "2025-06-01",
            "2026-04-01",
        ],
    ),
    ("microsoft.classicstorage", &["2015-12-01"]),
    (
        "microsoft.keyvault",
        &["2023-07-01", "2024-11-01", "2025-05-01", "2026-02-01"],
    ),
    (
        "microsoft.recoveryservices",
        &[
            "2024-04-01",
            "2021-11-15",
            "2023-01-15",
            "2018-12-20",
            "2025-02-01",
            "2026-05-01",
            "2026-07-01",
            "2026-08-01",
        ],
    ),
    (
        "microsoft.authorization/locks",
        &["2020-05-01", "2016-09-01"],
    ),
    (
        "microsoft.authorization/policyassignments",
        &["2024-05-01", "2025-11-01", "2023-04-01", "2022-06-01"],
    ),
    (
        "microsoft.authorization/policydefinitions",
        &["2024-05-01", "2025-11-01", "2023-04-01", "2021-06-01"],
    ),
    ("microsoft.authorization", &["2022-04-01"]),
    ("microsoft.insights/eventtypes", &["2015-04-01"]),
    ("microsoft.insights/metricalerts", &["2018-03-01"]),
    ("microsoft.insights/activitylogalerts", &["2020-10-01"]),
    (
        "microsoft.insights/actiongroups",
        &["2023-01-01", "2022-06-01", "2024-10-01-preview"],
    ),
    (
        "microsoft.insights/diagnosticsettings",
        &["2021-05-01-preview"],
    ),
    ("microsoft.resourcehealth", &["2024-02-01"]),
    ("microsoft.policyinsights", &["2024-10-01", "2022-03-01"]),
    ("microsoft.security", &["2020-01-01", "2021-06-01"]),
    ("microsoft.dataprotection", &["2024-04-01"]),
    ("microsoft.alertsmanagement", &["2019-03-01"]),
];

/// Refuses a request without an api-version, or with one that its type does not have.
pub(crate) fn check(call: &Call) -> Result<(), Answer> {
    let version = call.version();
    if version.is_empty() {
        return Err(Answer::error(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    }
    let kind = kind(call);
    let known = of(&kind);
    if known.contains(&version) {
        return Ok(());
    }
    Err(Answer::error(
        400,
        if kind.is_empty() {
            "InvalidApiVersionParameter"
        } else {
            "NoRegisteredProviderFound"
        },
        format!(
            "No registered resource provider found for location '' and API version '{version}' for type '{}'. \
             The supported api-versions are '{}'.",
            kind.split_once('/').map_or("", |(_, kind)| kind),
            known.join(", "),
        ),
    ))
}

/// Returns the versions of a type, given in lower case.
pub(crate) fn of(kind: &str) -> &'static [&'static str] {
    TABLE
        .iter()
        .filter(|(prefix, _)| kind == *prefix || kind.starts_with(&format!("{prefix}/")))
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or(RESOURCES, |(_, versions)| versions)
}

/// Returns the type that a path asks for, folded: `microsoft.compute/disks`.
fn kind(call: &Call) -> String {
    let Some(at) = call.folded.iter().rposition(|part| part == "providers") else {
        return String::new();
    };
    let Some(namespace) = call.folded.get(at + 1) else {
        return String::new();
    };
    if call.folded.len() <= at + 2 {
        return String::new();
    }
    // An operation's address hangs below a location and takes the namespace's versions.
    let mut rest = call.folded.iter().skip(at + 2);
    let first = rest.next().map_or("", String::as_str);
    if first == "locations" {
        namespace.clone()
    } else {
        format!("{namespace}/{first}")
    }
}
