//! Restore point collections of machines, their points, and copies of them in another region.

use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde_json::{Value, json};

use crate::answer::{Answer, Reply, page};
use crate::call::Call;
use crate::desk::Desk;
use crate::names;
use crate::state::{Resource, key};
use crate::timetext::seven;

const COLLECTION: &str = "Microsoft.Compute/restorePointCollections";
const POINT: &str = "Microsoft.Compute/restorePointCollections/restorePoints";

/// How many copies a collection takes in an hour.
const COPIES_AN_HOUR: usize = 3;

/// Checks the PUT of a collection: its source is a machine, or a collection in another region.
pub(crate) fn collection(desk: &Desk, call: &Call, id: &str) -> Result<(Value, i64), Answer> {
    let asked = call
        .body
        .pointer("/properties/source/id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let source = desk
        .world
        .get(asked)
        .ok_or_else(|| Answer::not_found(asked))?;
    let location = call.body["location"].as_str().unwrap_or_default();
    let from = source.requested["location"].as_str().unwrap_or_default();
    let remote = source.kind.eq_ignore_ascii_case(COLLECTION);
    let machine = source
        .kind
        .eq_ignore_ascii_case("Microsoft.Compute/virtualMachines");
    if !remote && !machine {
        return Err(invalid(
            "The source is neither a virtual machine nor a restore point collection.",
        ));
    }
    if machine && from != location {
        return Err(invalid(
            "The collection must be in the region of its virtual machine.",
        ));
    }
    if remote && from == location {
        return Err(invalid(
            "The collection must be in another region than its source collection.",
        ));
    }
    let doc = json!({
        "id": id,
        "name": id.rsplit('/').next(),
        "type": COLLECTION,
        "location": location,
        "tags": call.body.get("tags").cloned().unwrap_or_else(|| json!({})),
        "properties": {
            "source": {"id": source.id, "location": from},
            "restorePointCollectionId": names::guid(desk.world.seed, &["collection", id]),
            "provisioningState": "Succeeded",
        },
    });
    Ok((doc, 0))
}

/// Checks the PUT of a point: of the collection's machine, or a copy of a point of its source collection.
pub(crate) fn point(desk: &Desk, call: &Call, id: &str) -> Result<(Value, i64), Answer> {
    if desk.world.get(id).is_some() {
        return Err(Answer::error(
            409,
            "PropertyChangeNotAllowed",
            "A restore point cannot be changed once it exists.",
        ));
    }
    let parent = above(id);
    let collection = desk
        .world
        .get(parent)
        .ok_or_else(|| Answer::not_found(parent))?;
    let copied = call.body.pointer("/properties/sourceRestorePoint/id");
    let mut properties = match copied.and_then(Value::as_str) {
        Some(source) => copy(desk, collection, id, source)?,
        None => snapshot(desk, collection, id)?,
    };
    properties["timeCreated"] = json!(seven(desk.now));
    properties["provisioningState"] = json!("Succeeded");
    for member in ["consistencyMode", "excludeDisks"] {
        if let Some(asked) = call.body.pointer(&format!("/properties/{member}")) {
            properties[member] = asked.clone();
        }
    }
    let doc = json!({
        "id": id, "name": id.rsplit('/').next(), "type": POINT, "properties": properties,
    });
    Ok((doc, 6))
}

fn snapshot(desk: &Desk, collection: &Resource, id: &str) -> Result<Value, Answer> {
    let source = text(&collection.requested, "/properties/source/id");
    let machine = desk
        .world
        .get(&source)
        .filter(|found| !found.kind.eq_ignore_ascii_case(COLLECTION))
        .ok_or_else(|| invalid("A collection of copies takes copies only."))?;
    let from = &machine.requested["properties"];
    let mut storage = json!({
        "osDisk": disk_entry(desk, &from["storageProfile"]["osDisk"], id),
        "diskControllerType": "SCSI",
    });
    let data = from["storageProfile"]["dataDisks"].as_array();
    let data = data.into_iter().flatten();
    storage["dataDisks"] = data.map(|disk| disk_entry(desk, disk, id)).collect();
    let mut metadata = json!({
        "vmId": from["vmId"],
        "location": machine.requested["location"],
        "hardwareProfile": from["hardwareProfile"],
        "storageProfile": storage,
    });
    for member in ["osProfile", "diagnosticsProfile", "securityProfile"] {
        if let Some(value) = from.get(member) {
            metadata[member] = value.clone();
        }
    }
    Ok(json!({"consistencyMode": "ApplicationConsistent", "sourceMetadata": metadata}))
}

fn disk_entry(desk: &Desk, disk: &Value, point: &str) -> Value {
    let name = disk["name"].as_str().unwrap_or_default();
    let unique = names::guid(desk.world.seed, &["disk-restore-point", point, name]);
    let mut entry = json!({
        "name": name,
        "caching": disk["caching"],
        "diskSizeGB": disk["diskSizeGB"],
        "managedDisk": disk["managedDisk"],
        "diskRestorePoint": {"id": format!("{point}/diskRestorePoints/{name}_{unique}")},
    });
    for member in ["lun", "osType"] {
        if let Some(value) = disk.get(member) {
            entry[member] = value.clone();
        }
    }
    entry
}

fn copy(desk: &Desk, collection: &Resource, id: &str, asked: &str) -> Result<Value, Answer> {
    let source = desk
        .world
        .get(asked)
        .ok_or_else(|| Answer::not_found(asked))?;
    if key(&text(&collection.requested, "/properties/source/id")) != key(above(&source.id)) {
        return Err(invalid(
            "The restore point is not in the source of the collection.",
        ));
    }
    if source
        .requested
        .pointer("/properties/sourceRestorePoint")
        .is_some()
    {
        return Err(Answer::error(
            400,
            "SimCopyOfACopy",
            "A copied restore point cannot be copied again.",
        ));
    }
    let there = points_of(desk, &collection.id);
    let copies = || there.iter().filter_map(|point| copied_from(point));
    if copies().any(|other| key(&other) == key(&source.id)) {
        return Err(Answer::error(
            409,
            "SimAlreadyCopied",
            "The restore point has a copy in the collection already.",
        ));
    }
    let created = |id: &str| desk.world.get(id).map(|point| point.created_at);
    if copies().any(|other| created(&other) > Some(source.created_at)) {
        return Err(Answer::error(
            409,
            "SimCopiedOutOfOrder",
            "A later restore point was copied before.",
        ));
    }
    let hour_ago = desk.now - TimeDelta::hours(1);
    if there
        .iter()
        .filter(|point| point.created_at > hour_ago)
        .count()
        >= COPIES_AN_HOUR
    {
        return Err(Answer::error(
            429,
            "TooManyRequests",
            "The number of copies into the restore point collection exceeded the limit of '3' for time interval \
             '01:00:00'. Please try again after '1200' seconds.",
        )
        .with("Retry-After", "1200"));
    }
    let mut properties = source.requested["properties"].clone();
    readdress(&mut properties, from_point(&source.id), id);
    properties["sourceRestorePoint"] = json!({"id": source.id});
    Ok(properties)
}

fn from_point(id: &str) -> String {
    format!("{id}/diskRestorePoints/")
}

/// Gives the disk restore points of a copy the address of the copy.
fn readdress(value: &mut Value, from: String, to: &str) {
    match value {
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix(&from) {
                *text = format!("{to}/diskRestorePoints/{rest}");
            }
        }
        Value::Array(rows) => rows
            .iter_mut()
            .for_each(|row| readdress(row, from.clone(), to)),
        Value::Object(members) => {
            let members = members.values_mut();
            members.for_each(|member| readdress(member, from.clone(), to));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn points_of<'a>(desk: &'a Desk, collection: &str) -> Vec<&'a Resource> {
    let prefix = format!("{}/restorepoints/", key(collection));
    let known = desk.world.resources.iter();
    known
        .filter(|(id, _)| id.starts_with(&prefix))
        .map(|(_, point)| point)
        .collect()
}

fn copied_from(point: &Resource) -> Option<String> {
    let id = point.requested.pointer("/properties/sourceRestorePoint/id");
    id.and_then(Value::as_str).map(str::to_owned)
}

/// The members that `$expand` adds to a collection or to a point.
pub(crate) fn expand(desk: &Desk, found: &Resource, doc: &mut Value, asked: &str) {
    if asked.eq_ignore_ascii_case("restorePoints") && found.kind.eq_ignore_ascii_case(COLLECTION) {
        let points = points_of(desk, &found.id);
        let shown = points.iter().map(|point| desk.world.shown(point, desk.now));
        doc["properties"]["restorePoints"] = shown.collect();
    }
    if asked.eq_ignore_ascii_case("instanceView") && found.kind.eq_ignore_ascii_case(POINT) {
        doc["properties"]["instanceView"] = replication(desk, found);
    }
}

fn replication(desk: &Desk, point: &Resource) -> Value {
    let percent = percent(desk, point);
    let status = state(percent);
    let disks = entries(&point.requested);
    let rows = disks.map(|disk| {
        json!({
            "id": disk["diskRestorePoint"]["id"],
            "replicationStatus": {"status": status, "completionPercent": percent},
        })
    });
    json!({"statuses": [status], "diskRestorePoints": rows.collect::<Vec<Value>>()})
}

fn state(percent: i64) -> Value {
    let (code, shown) = if percent < 100 {
        ("ReplicationState/inprogress", "InProgress")
    } else {
        ("ReplicationState/succeeded", "Succeeded")
    };
    json!({"code": code, "level": "Info", "displayStatus": shown})
}

/// A copy moves in steps of ten minutes, long after its operation has succeeded.
fn percent(desk: &Desk, point: &Resource) -> i64 {
    if copied_from(point).is_none() {
        return 100;
    }
    let size = entries(&point.requested).filter_map(|disk| disk["diskSizeGB"].as_i64());
    let whole = (size.sum::<i64>() * 40 / 128).max(20);
    let gone = (desk.now - point.created_at).num_minutes() / 10 * 10;
    (gone * 100 / whole).clamp(0, 100)
}

fn entries(point: &Value) -> impl Iterator<Item = &Value> {
    let profile = &point["properties"]["sourceMetadata"]["storageProfile"];
    let data = profile["dataDisks"].as_array().into_iter().flatten();
    std::iter::once(&profile["osDisk"]).chain(data)
}

/// `…/restorePoints/{point}/diskRestorePoints[/{name}]`; `end` is where the point's id ends.
pub(crate) fn disk_points(desk: &Desk, call: &Call, end: usize, rest: &[&str]) -> Reply {
    let id = call.id(end);
    let point = desk.world.get(&id).ok_or_else(|| Answer::not_found(&id))?;
    let rows = entries(&point.requested).map(|disk| disk_point(desk, point, disk));
    let mut rows: Vec<Value> = rows.collect();
    match (&call.method, rest) {
        (&Method::GET, []) => Ok(page(call, rows)),
        (&Method::GET, [name]) => {
            rows.retain(|row| {
                row["name"]
                    .as_str()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
            });
            rows.pop()
                .map(Answer::ok)
                .ok_or_else(|| Answer::not_found(&call.id(end + 2)))
        }
        _ => Err(super::no_route(call)),
    }
}

fn disk_point(desk: &Desk, point: &Resource, entry: &Value) -> Value {
    let id = text(entry, "/diskRestorePoint/id");
    let source = text(entry, "/managedDisk/id");
    let disk = desk
        .world
        .get(&source)
        .map(|disk| &disk.requested["properties"]);
    let percent = percent(desk, point);
    let mut properties = json!({
        "timeCreated": stamp(point.created_at),
        "sourceResourceId": source,
        "sourceUniqueId": names::guid(desk.world.seed, &["unique", &source]),
        "familyId": names::guid(desk.world.seed, &["family", &source]),
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "replicationState": if percent < 100 { "InProgress" } else { "Succeeded" },
        "completionPercent": percent,
        "encryption": disk.map_or_else(
            || json!({"type": "EncryptionAtRestWithPlatformKey"}),
            |disk| disk["encryption"].clone(),
        ),
    });
    for member in ["osType", "hyperVGeneration"] {
        if let Some(value) = disk.and_then(|disk| disk.get(member)) {
            properties[member] = value.clone();
        }
    }
    if copied_from(point).is_some() {
        properties["sourceResourceLocation"] =
            point.requested["properties"]["sourceMetadata"]["location"].clone();
    }
    json!({"id": id, "name": id.rsplit('/').next(), "properties": properties})
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// What a disk takes over from a disk restore point in its region. Nobody checks that it is complete.
pub(crate) fn disk_of_point(desk: &Desk, id: &str, location: &str) -> Result<Value, Answer> {
    let missing = || Answer::not_found(id);
    let at = id
        .to_ascii_lowercase()
        .find("/diskrestorepoints/")
        .ok_or_else(missing)?;
    let point = desk.world.get(&id[..at]).ok_or_else(missing)?;
    let entry = entries(&point.requested)
        .find(|disk| key(&text(disk, "/diskRestorePoint/id")) == key(id))
        .ok_or_else(missing)?;
    if desk.world.location_of(&point.id).as_deref() != Some(location) {
        return Err(invalid(
            "The disk restore point is in another region than the disk.",
        ));
    }
    let mut taken = json!({"diskSizeGB": entry["diskSizeGB"]});
    if let Some(system) = entry.get("osType") {
        taken["osType"] = system.clone();
    }
    let source = desk.world.get(&text(entry, "/managedDisk/id"));
    let generation = source.and_then(|disk| disk.requested.pointer("/properties/hyperVGeneration"));
    if let Some(generation) = generation {
        taken["hyperVGeneration"] = generation.clone();
    }
    Ok(taken)
}

/// Returns the id of the collection that a point's id lies in.
fn above(id: &str) -> &str {
    id.rsplitn(3, '/').nth(2).unwrap_or_default()
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

fn invalid(message: &str) -> Answer {
    Answer::error(400, "InvalidParameter", message)
}
