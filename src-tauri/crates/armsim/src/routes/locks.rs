//! One lock of a scope: reading, setting and removing it.

use http::Method;
use serde_json::json;

use super::authorization::require;
use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::ledger::Change;

/// `{scope}/providers/Microsoft.Authorization/locks/{name}`.
pub(crate) fn one(desk: &mut Desk, call: &Call, scope: &str) -> Reply {
    let name = call.segments.last().cloned().unwrap_or_default();
    let id = format!("{scope}/providers/Microsoft.Authorization/locks/{name}");
    match call.method {
        Method::GET => {
            let lock = desk.world.get(&id).ok_or_else(|| missing(&name))?;
            Ok(Answer::ok(desk.world.shown(lock, desk.now)))
        }
        Method::PUT => set(desk, call, scope, &id, &name),
        Method::DELETE => {
            require(desk, "Microsoft.Authorization/locks/delete", scope)?;
            let Some(lock) = desk.world.get(&id).map(|lock| lock.id.clone()) else {
                return Ok(Answer::empty(204));
            };
            let gone_at = desk.now;
            desk.commit(Change::Deleted {
                id: lock,
                action: "Microsoft.Authorization/locks/delete".to_owned(),
                gone_at,
                operation: None,
            })?;
            Ok(Answer::empty(200))
        }
        _ => Err(super::no_route(call)),
    }
}

fn missing(name: &str) -> Answer {
    Answer::error(
        404,
        "LockNotFound",
        format!("The lock '{name}' could not be found."),
    )
}

fn set(desk: &mut Desk, call: &Call, scope: &str, id: &str, name: &str) -> Reply {
    require(desk, "Microsoft.Authorization/locks/write", scope)?;
    let group = crate::state::key(scope);
    let of_subscription = group == crate::state::key(&desk.scenario.subscription_id());
    if !of_subscription && desk.world.get(scope).is_none() {
        return Err(Answer::not_found(scope));
    }
    let level = call.body.pointer("/properties/level");
    if level != Some(&json!("CanNotDelete")) && level != Some(&json!("ReadOnly")) {
        return Err(Answer::error(
            400,
            "InvalidRequestContent",
            "The lock level is not one of CanNotDelete and ReadOnly.",
        ));
    }
    let created = desk.world.get(id).is_none();
    let mut doc = json!({
        "id": id,
        "name": name,
        "type": "Microsoft.Authorization/locks",
        "properties": {"level": level},
    });
    if let Some(notes) = call.body.pointer("/properties/notes") {
        doc["properties"]["notes"] = notes.clone();
    }
    let ready_at = desk.now;
    desk.commit(Change::Wrote {
        id: id.to_owned(),
        action: "Microsoft.Authorization/locks/write".to_owned(),
        doc: doc.clone(),
        ready_at,
        operation: None,
    })?;
    Ok(Answer::json(if created { 201 } else { 200 }, doc))
}
