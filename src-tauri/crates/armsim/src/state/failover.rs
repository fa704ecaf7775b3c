//! A test failover of Site Recovery and its cleanup: how far each is at a time, what the one makes and the other
//! removes, and what items, plans and jobs say of it.
//!
//! The names of a job's tasks are the simulator's own: no recording of them was found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{World, key, kind_of};
use crate::names;
use crate::timetext::seven;

/// The service that acts for Site Recovery; its doings are others' in the log.
const SITE_RECOVERY: &str = "b8340c3b-9267-498f-b21a-15d5547fa85e";

/// A test failover, or the cleanup of one, as it was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failover {
    pub(crate) operation: String,
    pub(crate) job: String,
    /// Id of the protected item or plan that was asked.
    pub(crate) target: String,
    /// Its friendly name.
    pub(crate) friendly: String,
    /// Ids of the items that it is about.
    pub(crate) items: Vec<String>,
    /// Ids of the recovery points that a test failover took, one of each item.
    #[serde(default)]
    pub(crate) points: Vec<String>,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    /// The disks, interfaces and machines that a test failover makes, as ARM documents.
    pub(crate) makes: Vec<Value>,
    /// The job of the test failover that a cleanup clears away.
    pub(crate) clears: Option<String>,
    #[serde(skip)]
    pub(crate) landed: bool,
}

/// How far an item or a plan is with its test failover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Starting,
    /// The test machines run until somebody clears them away.
    Waiting,
    Clearing,
    Cleared,
}

impl Failover {
    pub(crate) fn stage(&self, now: DateTime<Utc>) -> Stage {
        match (&self.clears, now < self.ends_at) {
            (None, true) => Stage::Starting,
            (None, false) => Stage::Waiting,
            (Some(_), true) => Stage::Clearing,
            (Some(_), false) => Stage::Cleared,
        }
    }

    fn scenario(&self) -> &'static str {
        if self.clears.is_some() {
            "TestFailoverCleanup"
        } else {
            "TestFailover"
        }
    }

    fn vault(&self) -> &str {
        let at = self.target.find("/replication").unwrap_or_default();
        &self.target[..at]
    }

    /// Id of the job, as items and plans name it.
    pub(crate) fn job_id(&self) -> String {
        format!("{}/replicationJobs/{}", self.vault(), self.job)
    }
}

/// Returns what Azure says of a scenario that nobody began.
fn no_scenario(vault: &str) -> Value {
    json!({
        "scenarioName": "None",
        "jobId": format!("{vault}/replicationJobs/None"),
        "startTime": "1753-01-01T01:01:01Z",
    })
}

impl World {
    /// Returns the newest test failover or cleanup that an item or a plan is about.
    pub(crate) fn failover_of(&self, id: &str) -> Option<&Failover> {
        let about = |one: &&Failover| {
            key(&one.target) == key(id) || one.items.iter().any(|item| key(item) == key(id))
        };
        self.failovers.iter().rev().find(about)
    }

    /// Lets a test failover's machines appear, or a cleanup's disappear.
    pub(super) fn land_failover(&mut self, n: usize) {
        self.failovers[n].landed = true;
        let run = self.failovers[n].clone();
        let cleared = run.clears.as_ref().and_then(|job| {
            let mut known = self.failovers.iter();
            known
                .find(|one| one.job == *job)
                .map(|one| one.makes.clone())
        });
        let verb = if cleared.is_some() { "delete" } else { "write" };
        for doc in cleared.unwrap_or(run.makes) {
            let id = doc["id"].as_str().unwrap_or_default().to_owned();
            if verb == "delete" {
                self.resources.remove(&key(&id));
            } else {
                self.seed_document(doc, run.ends_at);
            }
            let correlation = names::guid(self.seed, &["site-recovery", &run.job, &id]);
            let action = format!("{}/{verb}", kind_of(&id));
            self.log(
                run.ends_at,
                SITE_RECOVERY,
                &action,
                "Succeeded",
                &id,
                &correlation,
            );
        }
    }

    /// Says on a protected item how far its test failover is.
    pub(crate) fn show_item(&self, doc: &mut Value, now: DateTime<Utc>) {
        let id = doc["id"].as_str().unwrap_or_default().to_owned();
        let vault = &id[..id.find("/replication").unwrap_or_default()];
        let run = self.failover_of(&id);
        let own = &mut doc["properties"];
        let (state, words, tells) = match run.map(|run| run.stage(now)) {
            None | Some(Stage::Cleared) => ("None", "None", "Protected"),
            Some(Stage::Starting) => (
                "InProgress",
                "Test failover in progress",
                "Test failover in progress",
            ),
            Some(Stage::Waiting) => (
                "WaitingForCompletion",
                "Waiting for user input",
                "Cleanup test failover pending",
            ),
            Some(Stage::Clearing) => (
                "MarkedForDeletion",
                "Cleaning up test environment",
                "Protected",
            ),
        };
        own["testFailoverState"] = json!(state);
        own["testFailoverStateDescription"] = json!(words);
        if own["protectionState"] == "Protected" {
            own["protectionStateDescription"] = json!(tells);
        }
        own["currentScenario"] = no_scenario(vault);
        let Some(run) = run else {
            return;
        };
        self.show_scenario(run, own, now);
        let tested = self.failovers.iter().rev().find(|one| {
            one.clears.is_none()
                && one.ends_at <= now
                && one.items.iter().any(|item| key(item) == key(&id))
        });
        if let Some(tested) = tested {
            own["lastSuccessfulTestFailoverTime"] = json!(seven(tested.ends_at));
            let below = format!("{}/", key(&id));
            let point = tested
                .points
                .iter()
                .find(|point| key(point).starts_with(&below));
            own["failoverRecoveryPointId"] = json!(point);
        }
        if run.stage(now) == Stage::Waiting {
            let disks = own.pointer_mut("/providerSpecificDetails/protectedManagedDisks");
            for disk in disks.and_then(Value::as_array_mut).into_iter().flatten() {
                let name = disk["diskName"].as_str().unwrap_or_default();
                disk["tfoDiskName"] = json!(format!("{name}-ASRtest"));
            }
        }
    }

    /// Says on a plan how far its test failover is.
    pub(crate) fn show_plan(&self, doc: &mut Value, now: DateTime<Utc>) {
        let id = doc["id"].as_str().unwrap_or_default().to_owned();
        let vault = &id[..id.find("/replication").unwrap_or_default()];
        let own = &mut doc["properties"];
        own["currentScenario"] = no_scenario(vault);
        own["currentScenarioStatus"] = json!("NotStarted");
        own["currentScenarioStatusDescription"] = json!("");
        let run = self
            .failovers
            .iter()
            .rev()
            .find(|run| key(&run.target) == key(&id));
        let Some(run) = run else {
            return;
        };
        let (status, words) = match run.stage(now) {
            Stage::Starting | Stage::Clearing => ("InProgress", "InProgress"),
            Stage::Waiting => ("Suspended", "WaitingForStopTestFailover"),
            Stage::Cleared => ("Succeeded", "Completed"),
        };
        own["currentScenarioStatus"] = json!(status);
        own["currentScenarioStatusDescription"] = json!(words);
        self.show_scenario(run, own, now);
    }

    fn show_scenario(&self, run: &Failover, own: &mut Value, now: DateTime<Utc>) {
        let stage = run.stage(now);
        if stage == Stage::Cleared {
            return;
        }
        own["currentScenario"] = json!({
            "scenarioName": run.scenario(), "jobId": run.job_id(), "startTime": seven(run.started),
        });
        own["allowedOperations"] = match stage {
            Stage::Waiting => json!(["TestFailoverCleanup"]),
            Stage::Starting | Stage::Clearing | Stage::Cleared => json!([]),
        };
    }

    /// Returns a job's document. A test failover's job waits from the moment its machines run until they are gone.
    pub(crate) fn failover_job(&self, run: &Failover, now: DateTime<Utc>) -> Value {
        let mut clearing = self.failovers.iter();
        let over = if run.clears.is_some() {
            Some(run.ends_at)
        } else {
            clearing
                .find(|one| one.clears.as_ref() == Some(&run.job))
                .map(|one| one.ends_at)
        };
        let over = over.filter(|at| *at <= now);
        let (state, words) = match (run.stage(now), over) {
            (_, Some(_)) => ("Succeeded", "Completed"),
            (Stage::Waiting, None) => ("Suspended", "WaitingForStopTestFailover"),
            _ => ("InProgress", "InProgress"),
        };
        let plan = key(&run.target).contains("/replicationrecoveryplans/");
        let friendly = if run.clears.is_some() {
            "Test failover cleanup"
        } else {
            "Test failover"
        };
        let mut properties = json!({
            "activityId": format!("{} ActivityId: {}", run.job, run.operation),
            "scenarioName": run.scenario(),
            "friendlyName": friendly,
            "state": state,
            "stateDescription": words,
            "tasks": tasks(self.seed, run, now, state),
            "errors": [],
            "startTime": seven(run.started),
            "allowedActions": [],
            "targetObjectId": run.target.rsplit('/').next(),
            "targetObjectName": run.friendly,
            "targetInstanceType": if plan { "RecoveryPlan" } else { "ProtectionEntity" },
            "customDetails": {"instanceType": "AsrJobDetails", "affectedObjectDetails": {}},
        });
        if let Some(at) = over {
            properties["endTime"] = json!(seven(at));
        }
        json!({"id": run.job_id(), "name": run.job, "properties": properties})
    }
}

fn tasks(seed: u64, run: &Failover, now: DateTime<Utc>, job: &str) -> Value {
    let steps: &[(&str, &str)] = if run.clears.is_some() {
        &[
            ("CleanupTestEnvironmentTask", "Delete test virtual machines"),
            ("CommitTestFailoverCleanupTask", "Complete the cleanup"),
        ]
    } else {
        &[
            (
                "PrerequisitesCheckTask",
                "Prerequisites check for test failover",
            ),
            (
                "CreateTestVirtualMachineTask",
                "Create test virtual machine",
            ),
            ("StartTestVirtualMachineTask", "Start the virtual machine"),
            (
                "WaitForStopTestFailoverTask",
                "Wait for the test failover to be cleaned up",
            ),
        ]
    };
    // The last task of a test failover is the waiting itself.
    let working = if run.clears.is_some() {
        steps.len()
    } else {
        steps.len() - 1
    };
    let span = (run.ends_at - run.started) / i32::try_from(working).unwrap_or(1).max(1);
    let at = |n: usize| run.started + span * i32::try_from(n).unwrap_or_default();
    let rows = steps.iter().enumerate().filter(|(n, _)| at(*n) <= now);
    let rows = rows.map(|(n, (name, friendly))| {
        let ends = (n < working).then(|| at(n + 1)).filter(|end| *end <= now);
        let state = match (ends, n < working) {
            (Some(_), _) => "Succeeded",
            (None, true) => "InProgress",
            (None, false) => job,
        };
        let mut task = json!({
            "taskId": names::guid(seed, &["task", &run.job, name]),
            "name": name,
            "startTime": seven(at(n)),
            "allowedActions": [],
            "friendlyName": friendly,
            "state": state,
            "stateDescription": if state == "Succeeded" { "Completed" } else { state },
            "taskType": "TaskDetails",
            "customDetails": {"instanceType": "VirtualMachineTaskDetails"},
            "errors": [],
        });
        if let Some(ends) = ends {
            task["endTime"] = json!(seven(ends));
        }
        task
    });
    rows.collect()
}
