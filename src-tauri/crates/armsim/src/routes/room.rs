//! Room in a region: quota and sizes of Compute.

use serde_json::{Value, json};

use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::names;
use crate::odata;

/// Name, display text, current value and limit of each quota of a region.
pub(crate) fn quota(desk: &Desk, location: &str) -> Vec<(String, String, u64, u64)> {
    let exhausted = desk.has(Fault::QuotaExceeded) && location == desk.scenario.company.secondary;
    let used = |name: &str| -> u64 {
        let machines = desk.world.of_kind("Microsoft.Compute/virtualMachines");
        let made = machines.filter(|vm| {
            vm.requested["location"].as_str() == Some(location) && vm.created_at > vm_zero(desk)
        });
        made.map(|vm| {
            let size = vm
                .requested
                .pointer("/properties/hardwareProfile/vmSize")
                .and_then(Value::as_str);
            let sku = desk
                .scenario
                .skus
                .iter()
                .find(|sku| sku["name"].as_str() == size);
            let counted =
                name == "cores" || sku.is_some_and(|sku| sku["family"].as_str() == Some(name));
            if counted {
                sku.and_then(|sku| sku["vcpus"].as_u64()).unwrap_or(2)
            } else {
                0
            }
        })
        .sum()
    };
    let rows = desk
        .scenario
        .usages
        .iter()
        .filter(|row| row.location == location)
        .map(|row| {
            let cores = row.name == "cores" || row.name.ends_with("Family");
            let current = if exhausted && cores {
                row.limit.saturating_sub(1)
            } else {
                row.current + used(&row.name)
            };
            (row.name.clone(), row.display.clone(), current, row.limit)
        });
    rows.collect()
}

/// Machines of the scenario are already in its figures.
fn vm_zero(desk: &Desk) -> chrono::DateTime<chrono::Utc> {
    desk.ledger.started_at.unwrap_or(desk.now)
}

/// `GET …/Microsoft.Compute/locations/{location}/usages`.
pub(crate) fn usages(desk: &mut Desk, call: &Call, location: &str) -> Reply {
    desk.fire(Fault::QuotaExceeded, "usages")?;
    let rows = quota(desk, location)
        .into_iter()
        .map(|(name, shown, current, limit)| {
            json!({
                "unit": "Count", "currentValue": current, "limit": limit,
                "name": {"value": name, "localizedValue": shown},
            })
        });
    Ok(page(call, rows.collect()))
}

/// `GET …/Microsoft.Compute/skus`, filtered by location.
pub(crate) fn skus(desk: &Desk, call: &Call) -> Reply {
    let filter =
        odata::parse(call.filter()).map_err(|text| Answer::error(400, "InvalidFilter", text))?;
    let rows = desk
        .scenario
        .skus
        .iter()
        .filter(|sku| filter.matches(&|name| odata::text_of(sku, name)))
        .map(|sku| sku_row(desk, sku));
    Ok(page(call, rows.collect()))
}

fn sku_row(desk: &Desk, sku: &Value) -> Value {
    let location = sku["location"].as_str().unwrap_or_default();
    let text = |name: &str| sku[name].as_str().unwrap_or_default();
    let capability = |name: &str, value: &str| json!({"name": name, "value": value});
    let restrictions = if sku["restricted"].as_bool() == Some(true) {
        json!([{
            "type": "Location", "values": [location],
            "restrictionInfo": {"locations": [location]},
            "reasonCode": "NotAvailableForSubscription",
        }])
    } else {
        json!([])
    };
    let seed = names::number(desk.world.seed, &["cpu", text("name")], 40);
    json!({
        "resourceType": "virtualMachines",
        "name": text("name"),
        "tier": "Standard",
        "size": text("name").trim_start_matches("Standard_"),
        "family": text("family"),
        "locations": [location],
        "locationInfo": [{"location": location, "zones": [], "zoneDetails": []}],
        "capabilities": [
            capability("vCPUs", &sku["vcpus"].to_string()),
            capability("MemoryGB", text("memory")),
            capability("HyperVGenerations", "V1,V2"),
            capability("PremiumIO", "True"),
            capability("MaxDataDiskCount", text("data_disks")),
            capability("ACUs", &(160 + seed).to_string()),
        ],
        "restrictions": restrictions,
    })
}
