//! The subscription as it is: requested state apart from current state, rebuilt line by line from the file.
//!
//! Nothing here reads a clock or draws a random number: the same lines give the same world.

pub(crate) mod failover;
pub(crate) mod render;
pub(crate) mod restore;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::ledger::{Change, Line};
use crate::names;
use crate::scenario::Activity;
use crate::timetext::read_iso;
use failover::Failover;
use restore::Restore;

/// A resource or resource group.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// What was asked for.
    pub(crate) requested: Value,
    /// What it was until then.
    pub(crate) current: Option<Value>,
    pub(crate) ready_at: DateTime<Utc>,
    pub(crate) gone_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
}

/// A long-running operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// What it works on.
    pub(crate) resource: String,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ready_at: DateTime<Utc>,
}

/// A row of the activity log.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) at: DateTime<Utc>,
    pub(crate) visible_at: DateTime<Utc>,
    pub(crate) caller: String,
    pub(crate) operation: String,
    pub(crate) status: &'static str,
    pub(crate) resource: String,
    pub(crate) correlation: String,
    /// The id that the client gave its request.
    pub(crate) client_request: Option<String>,
}

/// The subscription.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// By folded id.
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) restores: Vec<Restore>,
    pub(crate) failovers: Vec<Failover>,
    pub(crate) events: Vec<Event>,
    /// Faults that fired, by name and site.
    pub(crate) fired: BTreeSet<(String, String)>,
    /// Digests of tokens that are refused from now on.
    pub(crate) refused_tokens: BTreeSet<String>,
    pub(crate) t0: Option<DateTime<Utc>>,
    pub(crate) lines: u64,
}

/// Returns the key a resource is kept under.
pub(crate) fn key(id: &str) -> String {
    let mut folded = id.trim_end_matches('/').to_ascii_lowercase();
    while folded.contains("//") {
        folded = folded.replace("//", "/");
    }
    folded
}

/// Returns the type that an id speaks of, such as `Microsoft.Compute/disks`.
pub(crate) fn kind_of(id: &str) -> String {
    let Some((_, rest)) = id.rsplit_once("/providers/") else {
        return "Microsoft.Resources/resourceGroups".to_owned();
    };
    let mut parts = rest.split('/');
    let mut kind = parts.next().unwrap_or_default().to_owned();
    for part in parts.step_by(2) {
        kind.push('/');
        kind.push_str(part);
    }
    kind
}

/// Returns the id of the group that an id lies in.
pub(crate) fn group_of(id: &str) -> Option<String> {
    let folded = key(id);
    let mut parts = folded.split('/');
    let (sub, group) = (parts.nth(2)?, parts.nth(1)?);
    folded
        .contains("/resourcegroups/")
        .then(|| format!("/subscriptions/{sub}/resourcegroups/{group}"))
}

impl World {
    /// Puts a document in place at once, without a line in the file.
    pub(crate) fn seed_document(&mut self, doc: Value, at: DateTime<Utc>) {
        let id = doc["id"].as_str().unwrap_or_default().to_owned();
        let kind = doc["type"]
            .as_str()
            .map_or_else(|| kind_of(&id), str::to_owned);
        let resource = Resource {
            kind,
            requested: doc,
            current: None,
            ready_at: at,
            gone_at: None,
            created_at: at,
            changed_at: at,
            id: id.clone(),
        };
        self.resources.insert(key(&id), resource);
    }

    /// Puts the scripted doings of others into the log.
    pub(crate) fn seed_activity(&mut self, start: DateTime<Utc>, rows: &[Activity]) {
        for (n, row) in rows.iter().enumerate() {
            let at = start + read_iso(&row.at).unwrap_or_default();
            let correlation = names::guid(self.seed, &["noise", &n.to_string()]);
            self.log(
                at,
                &row.caller,
                &row.operation,
                "Succeeded",
                &row.resource,
                &correlation,
            );
        }
    }

    /// Returns the resource, unless it is gone.
    pub(crate) fn get(&self, id: &str) -> Option<&Resource> {
        self.resources.get(&key(id))
    }

    /// Applies one line: first what fell due before it, then the change.
    pub(crate) fn apply(&mut self, line: &Line) {
        self.settle(line.at);
        self.lines = line.n + 1;
        match &line.change {
            Change::Started { .. } | Change::Stopped => {}
            Change::T0 => self.t0 = Some(line.at),
            Change::Wrote {
                id,
                action,
                doc,
                ready_at,
                operation,
            } => {
                self.wrote(line, id, doc, *ready_at);
                self.operate(line, id, operation.as_deref(), *ready_at);
                self.log_write(line, action, id, *ready_at);
            }
            Change::Deleted {
                id,
                action,
                gone_at,
                operation,
            } => {
                if let Some(resource) = self.resources.get_mut(&key(id)) {
                    resource.gone_at = Some(*gone_at);
                    resource.changed_at = line.at;
                }
                self.operate(line, id, operation.as_deref(), *gone_at);
                self.log_write(line, action, id, *gone_at);
                self.settle(line.at);
            }
            Change::Restored { restore } => {
                let action = "Microsoft.RecoveryServices/locations/backupCrossRegionRestore/action";
                let vault = restore.vault_id.clone();
                self.log_write(line, action, &vault, restore.created_at());
                self.restores.push((**restore).clone());
            }
            Change::FailedOver { failover } => {
                let verb = match &failover.clears {
                    Some(_) => "testFailoverCleanup",
                    None => "testFailover",
                };
                let action = format!("{}/{verb}/action", kind_of(&failover.target));
                self.log_write(line, &action, &failover.target, failover.ends_at);
                self.failovers.push((**failover).clone());
            }
            Change::Fault {
                name,
                site,
                docs,
                twin,
            } => self.fault(line, name, site, docs, twin.as_deref()),
        }
    }

    fn wrote(&mut self, line: &Line, id: &str, doc: &Value, ready_at: DateTime<Utc>) {
        let old = self.resources.remove(&key(id));
        let current = old.as_ref().map(|resource| resource.requested.clone());
        let resource = Resource {
            id: old
                .as_ref()
                .map_or_else(|| id.to_owned(), |resource| resource.id.clone()),
            kind: doc["type"]
                .as_str()
                .map_or_else(|| kind_of(id), str::to_owned),
            requested: doc.clone(),
            current,
            ready_at,
            gone_at: None,
            created_at: old.map_or(line.at, |resource| resource.created_at),
            changed_at: line.at,
        };
        self.resources.insert(key(id), resource);
    }

    fn operate(&mut self, line: &Line, on: &str, operation: Option<&str>, ready_at: DateTime<Utc>) {
        if let Some(id) = operation {
            let resource = on.to_owned();
            let operation = Operation {
                resource,
                started: line.at,
                ready_at,
            };
            self.operations.insert(id.to_owned(), operation);
        }
    }

    fn fault(
        &mut self,
        line: &Line,
        name: &str,
        site: &str,
        docs: &[Value],
        twin: Option<&Restore>,
    ) {
        self.fired.insert((name.to_owned(), site.to_owned()));
        if name == "log-gap" {
            // It fires right after the restore that it hides.
            let hidden = |event: &Event| {
                event
                    .operation
                    .ends_with("/backupCrossRegionRestore/action")
            };
            self.events.retain(|event| !hidden(event));
        }
        if name == "token-expired" {
            self.refused_tokens.insert(site.to_owned());
        }
        for doc in docs {
            let id = doc["id"].as_str().unwrap_or_default().to_owned();
            self.seed_document(doc.clone(), line.at);
            let action = format!("{}/write", kind_of(&id));
            self.log(
                line.at,
                &line.by,
                &action,
                "Succeeded",
                &id,
                &line.correlation,
            );
        }
        if let Some(twin) = twin {
            self.restores.push(twin.clone());
        }
    }

    /// Lets everything happen that falls due until `now`, in the order of time.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        while let Some((_, due)) = self.next_due(now) {
            match due {
                Due::Gone(id) => self.remove(&id),
                Due::Container(n) => self.land_container(n),
                Due::Disks(n) => self.land_disks(n),
                Due::Failover(n) => self.land_failover(n),
            }
        }
    }

    fn next_due(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Due)> {
        let gone = self.resources.iter().filter_map(|(id, resource)| {
            resource
                .gone_at
                .filter(|at| *at <= now)
                .map(|at| (at, Due::Gone(id.clone())))
        });
        let restores = self.restores.iter().enumerate().flat_map(|(n, restore)| {
            [
                (
                    !restore.container_landed,
                    restore.container_at,
                    Due::Container(n),
                ),
                (!restore.disks_landed, restore.disks_at, Due::Disks(n)),
            ]
        });
        let landing = restores
            .filter(|(open, at, _)| *open && *at <= now)
            .map(|(_, at, due)| (at, due));
        let failovers = self.failovers.iter().enumerate();
        let failing = failovers
            .filter(|(_, run)| !run.landed && run.ends_at <= now)
            .map(|(n, run)| (run.ends_at, Due::Failover(n)));
        gone.chain(landing).chain(failing).min_by_key(|(at, _)| *at)
    }

    fn remove(&mut self, id: &str) {
        let Some(resource) = self.resources.remove(id) else {
            return;
        };
        let inside = format!("{id}/");
        self.resources
            .retain(|other, _| !other.starts_with(&inside));
        let nics = resource
            .requested
            .pointer("/properties/networkProfile/networkInterfaces");
        for nic in nics.and_then(Value::as_array).into_iter().flatten() {
            if nic
                .pointer("/properties/deleteOption")
                .and_then(Value::as_str)
                == Some("Delete")
            {
                self.resources
                    .remove(&key(nic["id"].as_str().unwrap_or_default()));
            }
        }
    }

    fn log_write(&mut self, line: &Line, action: &str, id: &str, ready_at: DateTime<Utc>) {
        let before = self.events.len();
        if ready_at > line.at {
            self.log(line.at, &line.by, action, "Accepted", id, &line.correlation);
        }
        self.log(
            ready_at,
            &line.by,
            action,
            "Succeeded",
            id,
            &line.correlation,
        );
        for event in &mut self.events[before..] {
            event.client_request.clone_from(&line.client_request);
        }
    }

    /// Adds a row to the activity log; it can be read one to three minutes later.
    pub(crate) fn log(
        &mut self,
        at: DateTime<Utc>,
        caller: &str,
        operation: &str,
        status: &'static str,
        resource: &str,
        correlation: &str,
    ) {
        let delay = 60 + names::number(self.seed, &["ingest", correlation, status], 120);
        self.events.push(Event {
            at,
            visible_at: at + TimeDelta::seconds(delay.cast_signed()),
            caller: caller.to_owned(),
            operation: operation.to_owned(),
            status,
            resource: resource.to_owned(),
            correlation: correlation.to_owned(),
            client_request: None,
        });
    }
}

enum Due {
    Gone(String),
    Container(usize),
    Disks(usize),
    Failover(usize),
}
