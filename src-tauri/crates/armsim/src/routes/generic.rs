//! Any resource by id: one set of rules, with a provider's own checks where it has some.

use http::Method;
use serde_json::{Value, json};

use super::authorization::{lock_leftover, locks_against, require, seal_begins};
use super::operations::{Place, Style, announce};
use super::{collections, compute, disks, machine, network, storage};
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::ledger::Change;
use crate::quirks;
use crate::state::{Resource, group_of, key, kind_of};

/// Routes by the number of segments behind the namespace: even is a resource, odd a collection.
pub(crate) fn route(desk: &mut Desk, call: &Call, at: usize) -> Reply {
    let behind = call.folded.len() - at - 2;
    let id = call.id(call.segments.len());
    if behind % 2 == 1 {
        return if call.method == Method::GET {
            list(desk, call, at)
        } else {
            Err(super::no_route(call))
        };
    }
    match call.method {
        Method::HEAD => Ok(Answer::empty(if desk.world.get(&id).is_some() {
            204
        } else {
            404
        })),
        Method::GET => get(desk, call, &id),
        Method::PUT => put(desk, call, &id),
        Method::PATCH => patch(desk, call, &id),
        Method::DELETE => delete(desk, call, &id),
        _ => Err(super::no_route(call)),
    }
}

fn get(desk: &mut Desk, call: &Call, id: &str) -> Reply {
    if kind_of(id).eq_ignore_ascii_case("Microsoft.RecoveryServices/vaults") {
        desk.fire(Fault::CrrDisabled, "vault")?;
    }
    if desk.world.get(id).is_none()
        && let Some(service) = storage::default_service(desk, id)
    {
        return Ok(Answer::ok(service));
    }
    let found = desk.world.get(id).ok_or_else(|| Answer::not_found(id))?;
    let mut doc = desk.world.shown(found, desk.now);
    let expand = call.query.get("$expand").map_or("", String::as_str);
    let is_machine = found
        .kind
        .eq_ignore_ascii_case("Microsoft.Compute/virtualMachines");
    if is_machine && expand.eq_ignore_ascii_case("instanceView") {
        doc["properties"]["instanceView"] = machine::instance_view(desk, found);
    }
    collections::expand(desk, found, &mut doc, expand);
    Ok(Answer::ok(doc))
}

fn list(desk: &mut Desk, call: &Call, at: usize) -> Reply {
    let parent = call.id(call.segments.len() - 1);
    if call.folded.len() - at - 2 > 1 {
        let kind = call.folded.last().cloned().unwrap_or_default();
        if desk.world.get(&parent).is_none() && storage::default_service(desk, &parent).is_none() {
            return Err(Answer::not_found(&parent));
        }
        return Ok(page(call, desk.world.children(&parent, &kind, desk.now)));
    }
    let kind = format!("{}/{}", call.folded[at + 1], call.folded[at + 2]);
    let group = (at == 4).then(|| key(&call.id(4)));
    if let Some(group) = &group
        && desk.world.get(group).is_none()
    {
        let message = format!("Resource group '{}' could not be found.", call.segments[3]);
        return Err(Answer::error(404, "ResourceGroupNotFound", message));
    }
    if kind == "microsoft.storage/storageaccounts" {
        desk.fire(Fault::StagingWrongRegion, "listed")?;
    }
    let mut found: Vec<Resource> = desk
        .world
        .of_kind(&kind)
        .filter(|resource| group.is_none() || group_of(&resource.id) == group)
        .cloned()
        .collect();
    quirks::leave_out(desk, &mut found)?;
    let rows = found
        .iter()
        .map(|resource| desk.world.shown(resource, desk.now));
    Ok(page(call, rows.collect()))
}

fn put(desk: &mut Desk, call: &Call, id: &str) -> Reply {
    let kind = kind_of(id);
    require(desk, &format!("{kind}/write"), id)?;
    let Some(group) = group_of(id).filter(|group| desk.world.get(group).is_some()) else {
        let name = call.segments.get(3).map_or("", String::as_str);
        let message = format!("Resource group '{name}' could not be found.");
        return Err(Answer::error(404, "ResourceGroupNotFound", message));
    };
    read_only(desk, id)?;
    if desk
        .world
        .get(&group)
        .is_some_and(|group| group.gone_at.is_some())
    {
        let message =
            "The resource group is in deprovisioning state and cannot perform this operation.";
        return Err(Answer::error(409, "ResourceGroupBeingDeleted", message));
    }
    let old = desk.world.get(id).cloned();
    let (doc, seconds) = match kind.to_ascii_lowercase().as_str() {
        "microsoft.compute/virtualmachines" => compute::prepare(desk, call, id, &group)?,
        "microsoft.network/networkinterfaces" => network::prepare(desk, call, id)?,
        "microsoft.storage/storageaccounts" => storage::prepare(desk, call, id)?,
        "microsoft.compute/disks" => disks::prepare(desk, call, id)?,
        "microsoft.compute/restorepointcollections" => collections::collection(desk, call, id)?,
        "microsoft.compute/restorepointcollections/restorepoints" => {
            collections::point(desk, call, id)?
        }
        _ => return Err(super::no_route(call)),
    };
    let id = old
        .as_ref()
        .map_or_else(|| id.to_owned(), |old| old.id.clone());
    write(
        desk,
        call,
        Written {
            id,
            kind,
            doc,
            seconds,
            action: "write",
            created: old.is_none(),
        },
    )
}

struct Written {
    id: String,
    kind: String,
    doc: Value,
    seconds: i64,
    action: &'static str,
    created: bool,
}

fn write(desk: &mut Desk, call: &Call, written: Written) -> Reply {
    let Written {
        id,
        kind,
        mut doc,
        seconds,
        action,
        created,
    } = written;
    quirks::lose_tags(desk, &mut doc)?;
    let location = doc["location"].as_str().map(str::to_owned);
    let location = location
        .or_else(|| desk.world.location_of(&id))
        .unwrap_or_default();
    let seconds = quirks::slowed(desk, &location, seconds)?;
    let op = desk.id("operation");
    let ready_at = desk.after(seconds);
    desk.commit(Change::Wrote {
        id: id.clone(),
        action: format!("{kind}/{action}"),
        doc,
        ready_at,
        operation: Some(op.clone()),
    })?;
    let resource = desk.world.get(&id).ok_or_else(|| Answer::not_found(&id))?;
    let body = desk.world.shown(resource, desk.now);
    let namespace = kind.split('/').next().unwrap_or_default();
    let place = Place {
        namespace,
        location: &location,
    };
    let folded = kind.to_ascii_lowercase();
    if folded == "microsoft.storage/storageaccounts" {
        return Ok(if created {
            announce(desk, call, Answer::empty(202), Style::Storage, place, &op)
        } else {
            Answer::ok(body)
        });
    }
    let style = if folded == "microsoft.compute/disks" {
        Style::Disk
    } else {
        Style::Operation
    };
    if folded == "microsoft.compute/restorepointcollections" {
        return Ok(Answer::json(if created { 201 } else { 200 }, body));
    }
    // A disk answers 200 or 202, never 201.
    let status = if call.method == Method::PATCH || style == Style::Disk {
        202
    } else if created {
        201
    } else {
        200
    };
    Ok(announce(
        desk,
        call,
        Answer::json(status, body),
        style,
        place,
        &op,
    ))
}

fn patch(desk: &mut Desk, call: &Call, id: &str) -> Reply {
    let kind = kind_of(id);
    require(desk, &format!("{kind}/write"), id)?;
    let old = desk
        .world
        .get(id)
        .cloned()
        .ok_or_else(|| Answer::not_found(id))?;
    read_only(desk, id)?;
    seal_begins(desk, &kind, &old.id)?;
    let mut doc = old.requested.clone();
    if let Some(tags) = call.body.get("tags") {
        // A PATCH replaces the whole map.
        doc["tags"] = tags.clone();
    }
    if let Some(members) = call.body.get("properties").and_then(Value::as_object) {
        for (name, value) in members {
            doc["properties"][name.as_str()] = value.clone();
        }
    }
    let disk = kind.eq_ignore_ascii_case("Microsoft.Compute/disks");
    let seconds = if disk { 4 } else { 0 };
    write(
        desk,
        call,
        Written {
            id: old.id,
            kind,
            doc,
            seconds,
            action: "write",
            created: false,
        },
    )
}

fn delete(desk: &mut Desk, call: &Call, id: &str) -> Reply {
    let kind = kind_of(id);
    require(desk, &format!("{kind}/delete"), id)?;
    let Some(found) = desk.world.get(id).cloned() else {
        return if kind.to_ascii_lowercase().starts_with("microsoft.storage/") {
            Ok(Answer::empty(204))
        } else {
            Err(Answer::not_found(id))
        };
    };
    lock_leftover(desk, &found.id)?;
    locks_against(desk, id, false)?;
    in_use(desk, &found)?;
    let folded = kind.to_ascii_lowercase();
    let seconds = match folded.as_str() {
        "microsoft.compute/virtualmachines" => 45,
        "microsoft.compute/disks" | "microsoft.compute/snapshots" => 6,
        "microsoft.network/networkinterfaces" => 8,
        "microsoft.compute/restorepointcollections"
        | "microsoft.compute/restorepointcollections/restorepoints" => 5,
        _ => 0,
    };
    let op = desk.id("operation");
    let gone_at = desk.after(seconds);
    let location = desk.world.location_of(&found.id).unwrap_or_default();
    let operation = (seconds > 0).then(|| op.clone());
    desk.commit(Change::Deleted {
        id: found.id.clone(),
        action: format!("{kind}/delete"),
        gone_at,
        operation,
    })?;
    if seconds == 0 {
        return Ok(Answer::empty(200));
    }
    let style = if folded.ends_with("/disks") {
        Style::Disk
    } else {
        Style::Operation
    };
    let place = Place {
        namespace: kind.split('/').next().unwrap_or_default(),
        location: &location,
    };
    Ok(announce(desk, call, Answer::empty(202), style, place, &op))
}

/// Refuses to delete what another resource holds.
fn in_use(desk: &Desk, found: &Resource) -> Result<(), Answer> {
    let doc = desk.world.shown(found, desk.now);
    let name = doc["name"].as_str().unwrap_or_default();
    if let Some(owner) = doc.get("managedBy").and_then(Value::as_str) {
        return Err(Answer::error(
            409,
            "OperationNotAllowed",
            format!("Disk {name} is attached to VM {owner}."),
        ));
    }
    if let Some(owner) = doc
        .pointer("/properties/virtualMachine/id")
        .and_then(Value::as_str)
    {
        return Err(Answer::error(
            400,
            "NicInUse",
            format!(
                "Network Interface {} is used by existing resource {owner}.",
                found.id
            ),
        ));
    }
    let disk_states = ["ActiveSAS", "Reserved"];
    if doc
        .pointer("/properties/diskState")
        .and_then(Value::as_str)
        .is_some_and(|s| disk_states.contains(&s))
    {
        return Err(Answer::error(
            409,
            "OperationNotAllowed",
            format!("Disk {name} is exported."),
        ));
    }
    Ok(())
}

/// A ReadOnly lock stops a change; a CanNotDelete lock does not.
fn read_only(desk: &Desk, id: &str) -> Result<(), Answer> {
    let wanted = key(id);
    for lock in desk.world.of_kind("Microsoft.Authorization/locks") {
        let scope = key(lock
            .id
            .rsplit_once("/providers/")
            .map_or("", |(scope, _)| scope));
        if lock.requested.pointer("/properties/level") == Some(&json!("ReadOnly"))
            && wanted.starts_with(&scope)
        {
            return Err(Answer::error(
                409,
                "ScopeLocked",
                format!(
                    "The scope '{id}' cannot perform write operation because following scope(s) are locked: \
                     '{scope}'. Please remove the lock and try again."
                ),
            ));
        }
    }
    Ok(())
}
