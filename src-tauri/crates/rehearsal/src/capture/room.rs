//! Regions, quota, sizes and prices: public facts, kept as they are.

use super::Seen;
use drillbook_arm::ArmError;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The region that Azure pairs with another one; empty when it has none.
pub(super) fn pair_of(locations: &[Value], region: &str) -> String {
    let found = locations
        .iter()
        .find(|one| one["name"].as_str() == Some(region));
    let pair = found.and_then(|one| one["metadata"]["pairedRegion"][0]["name"].as_str());
    pair.unwrap_or_default().to_owned()
}

pub(super) fn regions(locations: &[Value]) -> Value {
    let row = |one: &Value| {
        let about = &one["metadata"];
        let mut row = json!({
            "name": one["name"], "display": one["displayName"], "kind": about["regionType"],
            "category": about["regionCategory"], "geography": about["geography"],
            "place": about["physicalLocation"], "longitude": about["longitude"], "latitude": about["latitude"],
            "paired": about["pairedRegion"].as_array().map(|all| all.first().map_or(json!(""), |one| one["name"].clone())),
            "zones": one["availabilityZoneMappings"].as_array().is_some_and(|all| !all.is_empty()),
        });
        super::kept::bare(&mut row);
        row
    };
    locations.iter().map(row).collect()
}

/// Sizes of the machines.
pub(super) fn sizes(resources: &[Value]) -> BTreeSet<String> {
    let size = |doc: &Value| {
        doc.pointer("/properties/hardwareProfile/vmSize")?
            .as_str()
            .map(str::to_owned)
    };
    resources.iter().filter_map(size).collect()
}

/// Quota of both regions, and the sizes in use as each region offers them.
pub(super) async fn room(
    seen: &mut Seen<'_>,
    regions: [&str; 2],
    sizes: &BTreeSet<String>,
) -> Result<(Value, Value), ArmError> {
    let mut asked = Vec::new();
    for region in regions {
        let usages = format!("/providers/Microsoft.Compute/locations/{region}/usages");
        asked.push(("quota".to_owned(), seen.get(&usages, "2024-07-01")));
        let skus = seen.get("/providers/Microsoft.Compute/skus", "2021-07-01");
        let skus = skus.filter(format!("location eq '{region}'"));
        asked.push(("sizes".to_owned(), skus));
    }
    let read = seen.all(&asked).await?;
    let (mut usages, mut skus) = (Vec::new(), Vec::new());
    for (region, both) in regions.iter().zip(read.chunks(2)) {
        let [quota, offered] = both else { continue };
        usages.extend(quota.iter().map(|one| json!({
            "location": region, "name": one["name"]["value"], "display": one["name"]["localizedValue"],
            "current": one["currentValue"], "limit": one["limit"],
        })));
        let used = |one: &&Value| {
            let machines = one["resourceType"].as_str() == Some("virtualMachines");
            machines
                && one["name"]
                    .as_str()
                    .is_some_and(|name| sizes.contains(name))
        };
        skus.extend(offered.iter().filter(used).map(|one| sku(region, one)));
    }
    Ok((Value::Array(usages), Value::Array(skus)))
}

fn sku(region: &str, one: &Value) -> Value {
    let capability = |name: &str| {
        let mut all = one["capabilities"].as_array().into_iter().flatten();
        let found = all.find(|each| each["name"].as_str() == Some(name));
        found
            .and_then(|each| each["value"].as_str())
            .unwrap_or("0")
            .to_owned()
    };
    let mut restrictions = one["restrictions"].as_array().into_iter().flatten();
    let restricted = restrictions.any(|each| each["type"].as_str() == Some("Location"));
    json!({
        "name": one["name"], "location": region, "resourceType": "virtualMachines", "family": one["family"],
        "vcpus": capability("vCPUs").parse::<u64>().unwrap_or(0), "memory": capability("MemoryGB"),
        "data_disks": capability("MaxDataDiskCount"), "restricted": restricted,
    })
}

/// Rows of the price list that a drill in the secondary region asks for.
pub(super) async fn prices(
    seen: &mut Seen<'_>,
    region: &str,
    sizes: &BTreeSet<String>,
) -> Result<Value, ArmError> {
    let disks = format!(
        "serviceName eq 'Storage' and armRegionName eq '{region}' and priceType eq 'Consumption' and \
         (productName eq 'Premium SSD Managed Disks' or productName eq 'Standard SSD Managed Disks' or \
         productName eq 'Standard HDD Managed Disks' or productName eq 'Standard Page Blob')"
    );
    let machine = |size: &String| {
        format!(
            "serviceName eq 'Virtual Machines' and armRegionName eq '{region}' and armSkuName eq '{size}' and \
             priceType eq 'Consumption'"
        )
    };
    let mut rows = Vec::new();
    for filter in std::iter::once(disks).chain(sizes.iter().map(machine)) {
        match seen.reader.prices(&filter, "USD").await {
            Ok(found) => rows.extend(found.items.iter().map(price)),
            Err(ArmError::NoPrices { .. }) => {
                seen.left_out
                    .push("prices: this cloud has no list".to_owned());
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Value::Array(rows))
}

fn price(row: &Value) -> Value {
    let kept = [
        "serviceName",
        "armRegionName",
        "armSkuName",
        "skuName",
        "meterName",
        "productName",
        "unitOfMeasure",
        "type",
    ];
    let mut price = super::kept::keep(row, &kept);
    price["price"] = row["retailPrice"].clone();
    super::kept::bare(&mut price);
    price
}
