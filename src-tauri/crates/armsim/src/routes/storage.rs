//! Storage accounts: their names, their creation and their blob service.

use serde_json::{Value, json};

use super::defaults::fill;
use super::policy::{denied, disallowed};
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::state::key;

const KIND: &str = "Microsoft.Storage/storageAccounts";

fn is_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn taken(desk: &Desk, name: &str) -> bool {
    let mut accounts = desk.world.of_kind(KIND);
    accounts.any(|account| account.requested["name"].as_str() == Some(name))
}

/// `POST …/checkNameAvailability`.
pub(crate) fn name_availability(desk: &Desk, call: &Call) -> Reply {
    let name = call.body["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        return Ok(Answer::ok(json!({
            "nameAvailable": false,
            "reason": "AccountNameInvalid",
            "message": format!(
                "{name} is not a valid storage account name. Storage account name must be between 3 and 24 \
                 characters in length and use numbers and lower-case letters only."
            ),
        })));
    }
    if taken(desk, name) {
        return Ok(Answer::ok(json!({
            "nameAvailable": false,
            "reason": "AlreadyExists",
            "message": format!("The storage account named {name} is already taken."),
        })));
    }
    Ok(Answer::ok(json!({"nameAvailable": true})))
}

/// Checks a PUT and returns the document and how many seconds it takes.
pub(crate) fn prepare(desk: &mut Desk, call: &Call, id: &str) -> Result<(Value, i64), Answer> {
    let name = id.rsplit('/').next().unwrap_or_default().to_owned();
    let location = call.body["location"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if let Some(old) = desk.world.get(id) {
        let mut doc = old.requested.clone();
        if doc["location"] != json!(location) {
            let message = format!(
                "The resource '{name}' already exists in location '{}'.",
                doc["location"]
            );
            return Err(Answer::error(409, "InvalidResourceLocation", message));
        }
        if let Some(tags) = call.body.get("tags") {
            doc["tags"] = tags.clone();
        }
        return Ok((doc, 0));
    }
    if !is_name(&name) {
        return Err(Answer::error(
            400,
            "AccountNameInvalid",
            format!("{name} is not a valid storage account name."),
        ));
    }
    if taken(desk, &name) {
        let message = format!("The storage account named {name} is already taken.");
        return Err(Answer::error(409, "StorageAccountAlreadyTaken", message));
    }
    if let Some(policy) = denied(desk, KIND, &location) {
        desk.fire(Fault::StagingWrongRegion, "denied")?;
        return Err(disallowed(desk, &policy, &name));
    }
    let kind = call.body["kind"].as_str().unwrap_or("StorageV2");
    let mut doc = json!({
        "sku": call.body["sku"],
        "kind": kind,
        "id": id,
        "name": name,
        "type": KIND,
        "location": location,
        "tags": call.body.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": call.body.get("properties").cloned().unwrap_or_else(|| json!({})),
    });
    fill(desk.world.seed, &mut doc, desk.now);
    Ok((doc, 17))
}

/// The blob or file service of an account that never changed it; `None` when `id` is no such service.
pub(crate) fn default_service(desk: &Desk, id: &str) -> Option<Value> {
    let folded = key(id);
    if let Some(account) = folded.strip_suffix("/fileservices/default") {
        let account = desk.world.get(account)?;
        return Some(json!({
            "sku": account.requested["sku"],
            "id": format!("{}/fileServices/default", account.id),
            "name": "default",
            "type": "Microsoft.Storage/storageAccounts/fileServices",
            "properties": {
                "cors": {"corsRules": []},
                "shareDeleteRetentionPolicy": {"enabled": true, "days": 7},
            },
        }));
    }
    let account = folded.strip_suffix("/blobservices/default")?;
    let account = desk.world.get(account)?;
    Some(json!({
        "sku": account.requested["sku"],
        "id": format!("{}/blobServices/default", account.id),
        "name": "default",
        "type": "Microsoft.Storage/storageAccounts/blobServices",
        "properties": {
            "cors": {"corsRules": []},
            "deleteRetentionPolicy": {"allowPermanentDelete": false, "enabled": false},
            "containerDeleteRetentionPolicy": {"enabled": false},
            "isVersioningEnabled": false,
        },
    }))
}

/// `GET …/Microsoft.Storage/locations/{location}/usages`.
pub(crate) fn usages(desk: &Desk, call: &Call, location: &str) -> Reply {
    let accounts = desk.world.of_kind(KIND);
    let used = accounts
        .filter(|account| account.requested["location"].as_str() == Some(location))
        .count();
    let row = json!({
        "unit": "Count", "currentValue": used, "limit": 250,
        "name": {"value": "StorageAccounts", "localizedValue": "Storage Accounts"},
    });
    Ok(page(call, vec![row]))
}
