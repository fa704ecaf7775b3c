//! Protected machines and their recovery points, as both regions know them.

use super::kept::vaults_across;
use super::{Seen, encoded};
use chrono::{DateTime, Utc};
use drillbook_arm::{ArmError, ReadRequest};
use serde_json::{Value, json};

/// The secondary region's own api-version (contract b.5).
const PASSIVE: &str = "2021-11-15";
const ACTIVE: &str = "2024-04-01";
const MACHINES: &str = "backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'";

/// The most points of one machine; what is older teaches nothing more.
const POINTS: usize = 60;

/// Reads the machines of every vault that restores across regions. Names in the rows are still the real ones.
pub(super) async fn items(
    seen: &mut Seen<'_>,
    resources: &[Value],
    now: DateTime<Utc>,
) -> Result<Vec<Value>, ArmError> {
    let vaults: Vec<&str> = vaults_across(resources)
        .filter_map(|doc| doc["id"].as_str())
        .collect();
    let listed = |what: &str, tail: &str, version: &str| {
        let ask = |vault: &&str| {
            let path = encoded(&format!("{vault}/{tail}"));
            (
                what.to_owned(),
                ReadRequest::get(path, version).filter(MACHINES),
            )
        };
        vaults.iter().map(ask).collect::<Vec<_>>()
    };
    let active = seen
        .all(&listed("protected items", "backupProtectedItems", ACTIVE))
        .await?;
    let asked = listed(
        "protected items of the secondary region",
        "backupProtectedItems/",
        PASSIVE,
    );
    let passive = seen.all(&asked).await?;
    let mut rows = Vec::new();
    for ((vault, items), beyond) in vaults.iter().zip(&active).zip(&passive) {
        for item in items {
            let name = item["name"].as_str().unwrap_or_default();
            let copy = beyond.iter().find(|one| same(one["name"].as_str(), name));
            let points = points(seen, item, copy, now).await?;
            rows.push(row(vault, item, copy.is_some(), &points));
        }
    }
    Ok(rows)
}

fn row(vault: &str, item: &Value, secondary: bool, points: &[Value]) -> Value {
    let properties = &item["properties"];
    let source = properties["virtualMachineId"].as_str().unwrap_or_default();
    let mut parts = source.split('/').skip(4);
    let group = parts.next().unwrap_or_default();
    let policy = properties["policyId"]
        .as_str()
        .and_then(|id| id.rsplit('/').next());
    json!({
        "vault": vault.rsplit('/').next(), "vm": source.rsplit('/').next(), "vm_group": group,
        "policy": policy, "state": properties["protectionState"], "secondary": secondary,
        "zones": points.iter().find_map(|point| point.get("zones")),
        "point": points.iter().map(|point| super::kept::keep(point, &["age", "consistency", "tiers", "secondary"])).collect::<Vec<_>>(),
    })
}

/// The points of one machine; those that the secondary region knows too are marked.
async fn points(
    seen: &mut Seen<'_>,
    item: &Value,
    copy: Option<&Value>,
    now: DateTime<Utc>,
) -> Result<Vec<Value>, ArmError> {
    let ask = |id: &Value, version: &str| {
        let path = format!("{}/recoveryPoints/", id.as_str().unwrap_or_default());
        let what = "recovery points".to_owned();
        (what, ReadRequest::get(encoded(&path), version))
    };
    let mut asked = vec![ask(&item["id"], ACTIVE)];
    asked.extend(copy.map(|copy| ask(&copy["id"], PASSIVE)));
    let mut read = seen.all(&asked).await?.into_iter();
    let (own, beyond) = (
        read.next().unwrap_or_default(),
        read.next().unwrap_or_default(),
    );
    let mut all: Vec<Value> = own
        .iter()
        .filter_map(|point| described(point, &beyond, now))
        .collect();
    all.truncate(POINTS);
    Ok(all)
}

fn described(point: &Value, beyond: &[Value], now: DateTime<Utc>) -> Option<Value> {
    let properties = &point["properties"];
    let time = properties["recoveryPointTime"].as_str()?;
    let time = DateTime::parse_from_rfc3339(time).ok()?.to_utc();
    let tiers = properties["recoveryPointTierDetails"]
        .as_array()
        .into_iter()
        .flatten();
    let tiers: Vec<Value> = tiers
        .map(|tier| json!([tier["type"], tier["status"]]))
        .collect();
    let name = point["name"].as_str().unwrap_or_default();
    Some(json!({
        "age": format!("PT{}S", (now - time).num_seconds().max(0)),
        "consistency": properties["recoveryPointType"], "tiers": tiers,
        "secondary": beyond.iter().any(|one| same(one["name"].as_str(), name)),
        "zones": properties.get("zones").filter(|zones| !zones.is_null()),
    }))
}

fn same(one: Option<&str>, other: &str) -> bool {
    one.is_some_and(|one| one.eq_ignore_ascii_case(other))
}
