//! How a resource looks from outside at a time: its current state, and members that depend on others.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Resource, World, key};

impl World {
    /// Returns the document of a resource as a provider answers it.
    pub(crate) fn shown(&self, resource: &Resource, now: DateTime<Utc>) -> Value {
        let pending = now < resource.ready_at;
        let mut doc = match (&resource.current, pending) {
            (Some(current), true) => current.clone(),
            _ => resource.requested.clone(),
        };
        if let Some(map) = doc.as_object_mut() {
            map.retain(|name, _| !name.starts_with('_'));
        }
        if let Some(state) = doc.pointer_mut("/properties/provisioningState") {
            if resource.gone_at.is_some() {
                *state = json!("Deleting");
            } else if pending {
                *state = json!(if resource.current.is_some() {
                    "Updating"
                } else {
                    "Creating"
                });
            }
        }
        match resource.kind.to_ascii_lowercase().as_str() {
            "microsoft.compute/disks" => self.show_disk(&resource.id, &mut doc),
            "microsoft.network/virtualnetworks" => self.show_network(&resource.id, &mut doc, now),
            "microsoft.network/networkinterfaces" => self.show_nic(&resource.id, &mut doc),
            _ => {}
        }
        doc
    }

    fn show_disk(&self, id: &str, doc: &mut Value) {
        let owner = self.vm_holding(id);
        doc["properties"]["diskState"] = json!(if owner.is_some() {
            "Attached"
        } else {
            "Unattached"
        });
        if let Some(owner) = owner {
            doc["managedBy"] = json!(loud(&owner));
        }
    }

    fn show_nic(&self, id: &str, doc: &mut Value) {
        let wanted = key(id);
        let owner = self
            .of_kind("microsoft.compute/virtualmachines")
            .find(|vm| {
                let nics = vm
                    .requested
                    .pointer("/properties/networkProfile/networkInterfaces");
                nics.and_then(Value::as_array).is_some_and(|nics| {
                    nics.iter()
                        .any(|nic| key(nic["id"].as_str().unwrap_or("")) == wanted)
                })
            });
        if let Some(owner) = owner {
            doc["properties"]["virtualMachine"] = json!({"id": owner.id});
        }
    }

    fn show_network(&self, id: &str, doc: &mut Value, now: DateTime<Utc>) {
        doc["properties"]["subnets"] = json!(self.children(id, "subnets", now));
        doc["properties"]["virtualNetworkPeerings"] =
            json!(self.children(id, "virtualNetworkPeerings", now));
    }

    /// Returns the child resources of one kind, in the order of their names.
    pub(crate) fn children(&self, id: &str, kind: &str, now: DateTime<Utc>) -> Vec<Value> {
        let prefix = format!("{}/{}/", key(id), kind.to_ascii_lowercase());
        self.resources
            .range(prefix.clone()..)
            .take_while(|(other, _)| other.starts_with(&prefix))
            .filter(|(other, _)| !other[prefix.len()..].contains('/'))
            .map(|(_, resource)| self.shown(resource, now))
            .collect()
    }

    /// Returns every resource of a type, given in lower case.
    pub(crate) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
        self.resources
            .values()
            .filter(move |resource| resource.kind.eq_ignore_ascii_case(kind))
    }

    /// Returns the id of the machine that holds a disk.
    pub(crate) fn vm_holding(&self, disk: &str) -> Option<String> {
        let wanted = key(disk);
        let holds = |vm: &&Resource| disks_of(&vm.requested).iter().any(|id| key(id) == wanted);
        self.of_kind("microsoft.compute/virtualmachines")
            .find(holds)
            .map(|vm| vm.id.clone())
    }

    /// Returns the location of a resource or, for a child, of its parent.
    pub(crate) fn location_of(&self, id: &str) -> Option<String> {
        let mut at = key(id);
        loop {
            let found = self
                .resources
                .get(&at)
                .and_then(|r| r.requested["location"].as_str());
            if let Some(location) = found {
                return Some(location.to_owned());
            }
            let (parent, _) = at.rsplit_once('/')?;
            at = parent.to_owned();
        }
    }
}

/// Returns the ids of the managed disks that a VM document names.
pub(crate) fn disks_of(vm: &Value) -> Vec<String> {
    let profile = &vm["properties"]["storageProfile"];
    let data = profile["dataDisks"].as_array().into_iter().flatten();
    std::iter::once(&profile["osDisk"])
        .chain(data)
        .filter_map(|disk| disk["managedDisk"]["id"].as_str().map(str::to_owned))
        .collect()
}

/// Spells the group of an id in capitals, as Compute does in places.
pub(crate) fn loud(id: &str) -> String {
    let mut parts: Vec<String> = id.split('/').map(str::to_owned).collect();
    if parts
        .get(3)
        .is_some_and(|part| part.eq_ignore_ascii_case("resourcegroups"))
        && let Some(group) = parts.get_mut(4)
    {
        *group = group.to_ascii_uppercase();
    }
    parts.join("/")
}
