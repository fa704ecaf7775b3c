//! Managed disks that a client makes itself: empty, copied, or from a disk restore point.

use serde_json::{Value, json};

use super::collections;
use super::defaults::fill;
use super::policy::{denied, disallowed};
use crate::answer::Answer;
use crate::call::Call;
use crate::desk::Desk;

const KIND: &str = "Microsoft.Compute/disks";

/// Checks the PUT of a disk and returns its document.
pub(crate) fn prepare(desk: &mut Desk, call: &Call, id: &str) -> Result<(Value, i64), Answer> {
    let body = &call.body;
    let name = id.rsplit('/').next().unwrap_or_default();
    let location = body["location"].as_str().unwrap_or_default();
    if let Some(old) = desk.world.get(id) {
        let mut doc = old.requested.clone();
        if doc["location"] != json!(location) {
            let message = format!("The resource '{name}' already exists in another location.");
            return Err(Answer::error(409, "InvalidResourceLocation", message));
        }
        if let Some(tags) = body.get("tags") {
            doc["tags"] = tags.clone();
        }
        take_over(&mut doc["properties"], body);
        return Ok((doc, 3));
    }
    if let Some(policy) = denied(desk, KIND, location) {
        return Err(disallowed(desk, &policy, name));
    }
    let mut properties = origin(desk, &body["properties"], location)?;
    properties["creationData"] = body["properties"]["creationData"].clone();
    take_over(&mut properties, body);
    let mut doc = json!({
        "id": id,
        "name": name,
        "type": KIND,
        "location": location,
        "sku": body.get("sku").cloned().unwrap_or_else(|| json!({"name": "Standard_LRS"})),
        "tags": body.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": properties,
    });
    if let Some(zones) = body.get("zones").filter(|zones| !zones.is_null()) {
        doc["zones"] = zones.clone();
    }
    fill(desk.world.seed, &mut doc, desk.now);
    Ok((doc, 3))
}

/// Takes over what a client may choose, now or later.
fn take_over(properties: &mut Value, body: &Value) {
    for member in [
        "networkAccessPolicy",
        "publicNetworkAccess",
        "encryption",
        "diskSizeGB",
    ] {
        if let Some(asked) = body["properties"].get(member) {
            properties[member] = asked.clone();
        }
    }
}

/// What a disk takes over from where it comes from.
fn origin(desk: &Desk, asked: &Value, location: &str) -> Result<Value, Answer> {
    let creation = &asked["creationData"];
    let from = creation["sourceResourceId"].as_str().unwrap_or_default();
    match creation["createOption"].as_str().unwrap_or_default() {
        "Empty" => Ok(json!({})),
        "Restore" => collections::disk_of_point(desk, from, location),
        "Copy" => {
            let source = desk
                .world
                .get(from)
                .ok_or_else(|| Answer::not_found(from))?;
            if source.requested["location"].as_str() != Some(location) {
                return Err(Answer::error(
                    400,
                    "InvalidParameter",
                    format!("The source {from} is in another location than the disk."),
                ));
            }
            let mut taken = json!({});
            for member in ["osType", "hyperVGeneration", "diskSizeGB"] {
                if let Some(value) = source.requested["properties"].get(member) {
                    taken[member] = value.clone();
                }
            }
            Ok(taken)
        }
        other => Err(Answer::error(
            400,
            "InvalidParameter",
            format!("The value '{other}' of parameter creationData.createOption is invalid."),
        )),
    }
}
