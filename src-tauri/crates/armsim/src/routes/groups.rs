//! Resource groups, lists of resources across providers, and tags.

use http::Method;
use serde_json::{Map, Value, json};

use super::authorization::{locks_against, require};
use super::operations::{Place, Style, announce};
use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::ledger::Change;
use crate::odata::{self, Filter};
use crate::state::{Resource, group_of, key};
use crate::timetext::seven;

const KIND: &str = "Microsoft.Resources/resourceGroups";

/// `GET …/resourcegroups`, by tag when asked.
pub(crate) fn list(desk: &Desk, call: &Call) -> Reply {
    let filter = filter(call)?;
    let rows = desk
        .world
        .of_kind(KIND)
        .filter(|group| tagged(&filter, &group.requested))
        .map(|group| desk.world.shown(group, desk.now));
    Ok(page(call, rows.collect()))
}

/// One group: HEAD, GET, PUT, PATCH or DELETE.
pub(crate) fn one(desk: &mut Desk, call: &Call) -> Reply {
    let id = call.id(4);
    let name = call.segments[3].clone();
    let missing = || {
        Answer::error(
            404,
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        )
    };
    match call.method {
        Method::HEAD => Ok(Answer::empty(if desk.world.get(&id).is_some() {
            204
        } else {
            404
        })),
        Method::GET => {
            let group = desk.world.get(&id).ok_or_else(missing)?;
            Ok(Answer::ok(desk.world.shown(group, desk.now)))
        }
        Method::PUT => put(desk, call, &name),
        Method::DELETE => {
            desk.world.get(&id).ok_or_else(missing)?;
            delete(desk, call, &id)
        }
        _ => Err(super::no_route(call)),
    }
}

fn put(desk: &mut Desk, call: &Call, name: &str) -> Reply {
    require(
        desk,
        "Microsoft.Resources/subscriptions/resourceGroups/write",
        &call.id(4),
    )?;
    let location = call.body["location"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let id = format!("{}/resourceGroups/{name}", desk.scenario.subscription_id());
    let old = desk.world.get(&id).map(|group| group.requested.clone());
    if !desk
        .scenario
        .regions
        .iter()
        .any(|region| region["name"] == json!(location))
    {
        return Err(Answer::error(
            400,
            "LocationNotAvailableForResourceGroup",
            format!("The provided location '{location}' is not available for resource group."),
        ));
    }
    if let Some(old) = &old
        && old["location"] != json!(location)
    {
        return Err(Answer::error(
            409,
            "InvalidResourceGroupLocation",
            format!(
                "Invalid resource group location '{location}'. The Resource group already exists."
            ),
        ));
    }
    let doc = json!({
        "id": id,
        "name": name,
        "type": KIND,
        "location": location,
        "tags": call.body.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": {"provisioningState": "Succeeded"},
    });
    let action = "Microsoft.Resources/subscriptions/resourceGroups/write".to_owned();
    let ready_at = desk.now;
    desk.commit(Change::Wrote {
        id,
        action,
        doc: doc.clone(),
        ready_at,
        operation: None,
    })?;
    Ok(Answer::json(if old.is_some() { 200 } else { 201 }, doc))
}

fn delete(desk: &mut Desk, call: &Call, id: &str) -> Reply {
    require(
        desk,
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
        id,
    )?;
    crate::routes::authorization::lock_leftover(desk, id)?;
    locks_against(desk, id, true)?;
    let op = desk.id("group-delete");
    let gone_at = desk.after(55);
    desk.commit(Change::Deleted {
        id: desk
            .world
            .get(id)
            .map_or_else(|| id.to_owned(), |group| group.id.clone()),
        action: "Microsoft.Resources/subscriptions/resourceGroups/delete".to_owned(),
        gone_at,
        operation: Some(op.clone()),
    })?;
    let place = Place {
        namespace: "Microsoft.Resources",
        location: "",
    };
    Ok(announce(
        desk,
        call,
        Answer::empty(202),
        Style::Group,
        place,
        &op,
    ))
}

/// `GET …/resources` of the subscription or of a group.
pub(crate) fn resources(desk: &mut Desk, call: &Call, group: Option<&str>) -> Reply {
    let filter = filter(call)?;
    let scope = group.map(|group| {
        key(&format!(
            "{}/resourcegroups/{group}",
            desk.scenario.subscription_id()
        ))
    });
    if let (Some(scope), Some(name)) = (&scope, group)
        && desk.world.get(scope).is_none()
    {
        let message = format!("Resource group '{name}' could not be found.");
        return Err(Answer::error(404, "ResourceGroupNotFound", message));
    }
    let expand = call.query.get("$expand").map_or("", String::as_str);
    let mut found: Vec<Resource> = desk
        .world
        .resources
        .values()
        .filter(|resource| is_tracked(resource))
        .filter(|resource| scope.is_none() || group_of(&resource.id) == scope)
        .filter(|resource| tagged(&filter, &resource.requested) && plain(&filter, resource))
        .cloned()
        .collect();
    crate::quirks::leave_out(desk, &mut found)?;
    let rows = found.iter().map(|resource| summary(desk, resource, expand));
    Ok(page(call, rows.collect()))
}

/// Only what stands on its own is listed across providers: no children, no locks, no groups.
fn is_tracked(resource: &Resource) -> bool {
    let kind = resource.kind.to_ascii_lowercase();
    let child = ["microsoft.network/privatednszones/virtualnetworklinks"];
    (kind.matches('/').count() == 1 || child.contains(&kind.as_str()))
        && !kind.starts_with("microsoft.resources/")
        && !kind.starts_with("microsoft.authorization/")
        && !kind.starts_with("microsoft.security/")
}

fn summary(desk: &Desk, resource: &Resource, expand: &str) -> Value {
    let doc = desk.world.shown(resource, desk.now);
    let mut row = Map::new();
    // Compute spells the group in capitals here, and only here.
    let compute = resource
        .kind
        .to_ascii_lowercase()
        .starts_with("microsoft.compute/");
    let id = if compute {
        crate::state::render::loud(&resource.id)
    } else {
        resource.id.clone()
    };
    row.insert("id".to_owned(), json!(id));
    for member in [
        "name",
        "type",
        "kind",
        "managedBy",
        "sku",
        "location",
        "zones",
        "tags",
        "identity",
    ] {
        if let Some(value) = doc.get(member) {
            row.insert(member.to_owned(), value.clone());
        }
    }
    if expand.contains("createdTime") {
        row.insert("createdTime".to_owned(), json!(seven(resource.created_at)));
    }
    if expand.contains("changedTime") {
        row.insert("changedTime".to_owned(), json!(seven(resource.changed_at)));
    }
    if expand.contains("provisioningState") {
        let state = doc.pointer("/properties/provisioningState").cloned();
        row.insert(
            "provisioningState".to_owned(),
            state.unwrap_or_else(|| json!("Succeeded")),
        );
    }
    Value::Object(row)
}

fn filter(call: &Call) -> Result<Filter, Answer> {
    let filter = odata::parse(call.filter()).map_err(|text| {
        Answer::error(
            400,
            "InvalidFilterInQueryString",
            format!("Invalid $filter in the query string: {text}"),
        )
    })?;
    let by_tag = filter.operand("tagName", "eq").is_some();
    if by_tag
        && ["resourceType", "resourceGroup", "location", "name"]
            .iter()
            .any(|f| filter.operand(f, "eq").is_some())
    {
        return Err(Answer::error(
            400,
            "InvalidFilterInQueryString",
            "A filter with tagName cannot be combined with other filters.",
        ));
    }
    Ok(filter)
}

fn tagged(filter: &Filter, doc: &Value) -> bool {
    let Some(name) = filter.operand("tagName", "eq") else {
        return true;
    };
    let have = doc["tags"].get(name).and_then(Value::as_str);
    match filter.operand("tagValue", "eq") {
        Some(wanted) => have == Some(wanted),
        None => have.is_some(),
    }
}

fn plain(filter: &Filter, resource: &Resource) -> bool {
    let same = |field: &str, have: &str| {
        filter
            .operand(field, "eq")
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(have))
    };
    let location = resource.requested["location"].as_str().unwrap_or_default();
    let group = group_of(&resource.id).unwrap_or_default();
    same("resourceType", &resource.kind)
        && same(
            "resourceGroup",
            group.rsplit('/').next().unwrap_or_default(),
        )
        && same("location", location)
        && same(
            "name",
            resource.requested["name"].as_str().unwrap_or_default(),
        )
}

/// `…/providers/Microsoft.Resources/tags/default` of any scope; `at` is where `providers` stands.
pub(crate) fn tags(desk: &mut Desk, call: &Call, at: usize) -> Reply {
    let scope = call.id(at);
    let Some(resource) = desk.world.get(&scope) else {
        return Err(Answer::not_found(&scope));
    };
    let (id, mut doc, kind) = (
        resource.id.clone(),
        resource.requested.clone(),
        resource.kind.clone(),
    );
    let body = |tags: &Value| {
        json!({
            "id": format!("{id}/providers/Microsoft.Resources/tags/default"),
            "name": "default",
            "type": "Microsoft.Resources/tags",
            "properties": {"tags": tags},
        })
    };
    if call.method == Method::GET {
        return Ok(Answer::ok(body(
            &doc.get("tags").cloned().unwrap_or_else(|| json!({})),
        )));
    }
    require(desk, "Microsoft.Resources/tags/write", &scope)?;
    doc["tags"] = Value::Object(changed_tags(call, &doc)?);
    let shown = doc["tags"].clone();
    let ready_at = desk.now;
    let written = id.clone();
    super::authorization::seal_begins(desk, &kind, &id)?;
    let action = "Microsoft.Resources/tags/write".to_owned();
    desk.commit(Change::Wrote {
        id: written,
        action,
        doc,
        ready_at,
        operation: None,
    })?;
    Ok(Answer::ok(body(&shown)))
}

/// What the tags of a resource become.
fn changed_tags(call: &Call, doc: &Value) -> Result<Map<String, Value>, Answer> {
    let given = call
        .body
        .pointer("/properties/tags")
        .and_then(Value::as_object);
    let given = given.cloned().unwrap_or_default();
    let mut tags = doc["tags"].as_object().cloned().unwrap_or_default();
    let operation = call.body["operation"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match (call.method.as_str(), operation.as_str()) {
        ("PATCH", "merge") => tags.extend(given),
        ("PATCH", "delete") => tags.retain(|name, _| !given.contains_key(name)),
        ("PUT", _) | ("PATCH", "replace") => tags = given,
        _ => {
            let message = "The operation is not one of Merge, Replace and Delete.";
            return Err(Answer::error(400, "InvalidTagsOperation", message));
        }
    }
    Ok(tags)
}
