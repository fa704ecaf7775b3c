//! A restore, from the secondary region or in the vault's own: what was asked for, how far its job is at a time, and what it leaves behind.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{World, key, kind_of};
use crate::names;
use crate::timetext::{iso, plain, seven};

/// The service that acts for Azure Backup; its doings are others' in the log.
pub(crate) const BACKUP_SERVICE: &str = "262044b1-e2ce-469f-a196-69ab7ada62d3";

/// How a job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ending {
    Completed,
    Failed,
    /// Shows no progress until it fails.
    Stuck,
}

/// What is restored, and where to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    /// The disks of a machine.
    #[default]
    Disks,
    /// A machine of its own.
    Machine,
    /// A database on another server.
    Database,
    /// A share in another account.
    Share,
    /// A backup instance of Data Protection.
    Instance,
}

/// From which copy a restore is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// The secondary region's, by a cross-region restore.
    #[default]
    Secondary,
    /// The vault's, in its own region.
    Vault,
    /// The snapshot beside the machine: the service takes it by itself, in minutes.
    Snapshot,
}

/// An accepted restore and its job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Restore {
    pub(crate) operation: String,
    pub(crate) job: String,
    /// Friendly name of the item.
    pub(crate) item: String,
    pub(crate) vault_id: String,
    pub(crate) point: String,
    pub(crate) point_time: DateTime<Utc>,
    pub(crate) region: String,
    pub(crate) target_group: String,
    pub(crate) staging: String,
    pub(crate) started: DateTime<Utc>,
    /// The operation's status says `Succeeded` from here: the job exists.
    pub(crate) accepted_at: DateTime<Utc>,
    pub(crate) container_at: DateTime<Utc>,
    pub(crate) disks_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) ending: Ending,
    pub(crate) gigabytes: u64,
    pub(crate) container: String,
    pub(crate) blobs: Vec<String>,
    /// The disks that appear, as ARM documents.
    pub(crate) disks: Vec<Value>,
    #[serde(default)]
    pub(crate) way: Way,
    #[serde(default)]
    pub(crate) source: Source,
    /// What appears beside the disks.
    #[serde(default)]
    pub(crate) beside: Vec<Value>,
    /// What the job says of its target; the others say it by their own members.
    #[serde(default)]
    pub(crate) target: String,
    #[serde(skip)]
    pub(crate) container_landed: bool,
    #[serde(skip)]
    pub(crate) disks_landed: bool,
}

impl Restore {
    /// When the job came into being.
    pub(crate) fn created_at(&self) -> DateTime<Utc> {
        self.started + TimeDelta::milliseconds(1_734)
    }

    /// The job's status at `now`.
    pub(crate) fn status(&self, now: DateTime<Utc>) -> &'static str {
        match self.ending {
            _ if now < self.ends_at => "InProgress",
            Ending::Completed => "Completed",
            Ending::Failed | Ending::Stuck => "Failed",
        }
    }

    /// Percent transferred at `now`.
    fn percent(&self, now: DateTime<Utc>) -> f64 {
        let whole = (self.ends_at - self.started).num_milliseconds().max(1);
        let gone = (now - self.started).num_milliseconds().clamp(0, whole);
        let part = f64::from(u32::try_from(gone * 10_000 / whole).unwrap_or(10_000)) / 100.0;
        match self.ending {
            Ending::Completed => part,
            Ending::Failed => (part * 0.62 * 100.0).round() / 100.0,
            Ending::Stuck => part.min(7.0).floor(),
        }
    }

    /// The job as `backupCrrJob` answers it; the list leaves `extendedInfo` out.
    pub(crate) fn document(&self, now: DateTime<Utc>, sub: &str, detail: bool) -> Value {
        let status = self.status(now);
        let running = status == "InProgress";
        let until = if running { now } else { self.ends_at };
        let mut properties = json!({
            "duration": iso(until - self.created_at()),
            // The service says so; there is no way to do it.
            "actionsInfo": ["Cancellable"],
            "entityFriendlyName": self.item,
            "operation": if self.source == Source::Secondary { "CrossRegionRestore" } else { "Restore" },
            "status": status,
            "startTime": seven(self.created_at()),
            "activityId": format!("{}-{}-Ps", self.job, plain(self.started)),
        });
        let own = match self.way {
            Way::Disks | Way::Machine => json!({
                "jobType": "AzureIaaSVMJob", "backupManagementType": "AzureIaasVM",
                "virtualMachineVersion": "Compute", "isUserTriggered": true,
            }),
            Way::Database => json!({
                "jobType": "AzureWorkloadJob", "backupManagementType": "AzureWorkload", "workloadType": "SQLDataBase",
            }),
            // Its own document is made where its jobs are listed.
            Way::Instance => json!({}),
            Way::Share => json!({
                "jobType": "AzureStorageJob", "backupManagementType": "AzureStorage",
                "storageAccountName": self.target.split('/').next(), "storageAccountVersion": "Storage",
                "isUserTriggered": true,
            }),
        };
        for (name, value) in own.as_object().into_iter().flatten() {
            properties[name.as_str()] = value.clone();
        }
        properties["endTime"] = if running {
            json!("0001-01-01T00:00:00")
        } else {
            json!(seven(self.ends_at))
        };
        if status == "Failed" {
            properties["errorDetails"] = self.error();
        }
        if detail {
            properties["extendedInfo"] = match self.way {
                Way::Disks | Way::Machine => self.detail(now),
                Way::Database | Way::Share | Way::Instance => self.plain_detail(now),
            };
        }
        let id = if self.source == Source::Secondary {
            format!(
                "/subscriptions/{sub}/providers/microsoft.recoveryservices/locations/{}/backupJobs/{}",
                self.region, self.job
            )
        } else {
            format!("{}/backupJobs/{}", self.vault_id, self.job)
        };
        json!({
            "id": id,
            "name": self.job,
            "type": "Microsoft.RecoveryServices/vaults/backupJobs",
            "properties": properties,
        })
    }

    fn error(&self) -> Value {
        let (code, title, text, advice) = match self.ending {
            Ending::Stuck => (
                400_144,
                "Operation timed out",
                "The restore made no progress for 26 hours and was ended by the service.",
                "Retry the operation. If the issue persists, contact Microsoft Support.",
            ),
            Ending::Completed | Ending::Failed => (
                400_067,
                "UserErrorRequestDisallowedByPolicy",
                "The creation of a disk was interrupted; only some of the disks were created.",
                "Delete what was created in the target resource group and retry the operation.",
            ),
        };
        json!([{"errorCode": code, "errorTitle": title, "errorString": text, "recommendations": [advice]}])
    }

    fn detail(&self, now: DateTime<Utc>) -> Value {
        let percent = self.percent(now);
        let status = self.status(now);
        let done = status == "Completed";
        // The data is there when the disks begin to be made, at 90 per cent of the whole.
        let transferred = done || percent >= 90.0;
        let moved = if transferred {
            self.gigabytes
        } else {
            gigabytes(self.gigabytes, percent / 0.9)
        };
        let transfer = json!({
            "taskId": "Transfer data from vault",
            "duration": iso(now.min(self.ends_at) - self.created_at()),
            "status": if transferred { "Completed" } else if status == "Failed" { "Failed" } else { "InProgress" },
            "taskExecutionDetails": format!("{moved} GBs / {} GBs Transferred", self.gigabytes),
        });
        // A snapshot is there already.
        let mut tasks = if self.source == Source::Snapshot {
            Vec::new()
        } else {
            vec![transfer]
        };
        tasks.push(json!({
            "taskId": if self.way == Way::Machine {
                "Create the restored virtual machine"
            } else {
                "Create the restored disks"
            },
            "duration": "PT0S",
            "status": if done { "Completed" } else if percent >= 90.0 && status == "InProgress" { "InProgress" } else { "NotStarted" },
        }));
        let left = if status == "InProgress" {
            self.ends_at - now
        } else {
            TimeDelta::zero()
        };
        let left = if self.ending == Ending::Stuck {
            TimeDelta::hours(2)
        } else {
            left
        };
        json!({
            "tasksList": tasks,
            "propertyBag": self.property_bag(done),
            "internalPropertyBag": {"restoreLocationType": "AlternateLocation"},
            "progressPercentage": if done { 100.0 } else { percent },
            "estimatedRemainingDuration": if status == "InProgress" { iso(left) } else { "PT0S".to_owned() },
            "dynamicErrorMessage": "",
        })
    }

    /// Of a database or a share the service says less.
    fn plain_detail(&self, now: DateTime<Utc>) -> Value {
        let status = self.status(now);
        let (job, place) = match self.way {
            Way::Share => (
                "Restore to an alternate file share",
                "Target File Share Name",
            ),
            _ => ("Restore to an alternate server", "Target Server"),
        };
        json!({
            "tasksList": [{"taskId": "Restore", "status": status}],
            "propertyBag": {"Job Type": job, place: self.target},
            "dynamicErrorMessage": "",
        })
    }

    fn property_bag(&self, done: bool) -> Value {
        let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        let account = last(&self.staging);
        let mut bag = json!({
            "Job Type": if self.way == Way::Machine {
                "Recover virtual machine"
            } else {
                "Recover disks"
            },
            "Target Storage Account Name": account,
            "Recovery point time ": self.point_time.format("%-m/%-d/%Y %-I:%M:%S %p").to_string(),
            "Target resource group": last(&self.target_group),
        });
        if done {
            let uri = |blob: &str| {
                format!(
                    "https://{account}.blob.core.windows.net/{}/{blob}",
                    self.container
                )
            };
            bag["Config Blob Name"] = json!(self.blobs[0]);
            bag["Config Blob Container Name"] = json!(self.container);
            bag["Config Blob Uri"] = json!(uri(&self.blobs[0]));
            bag["Template Blob Uri"] = json!(uri(&self.blobs[1]));
        }
        bag
    }
}

fn gigabytes(whole: u64, percent: f64) -> u64 {
    let hundredths = (percent * 100.0).clamp(0.0, 10_000.0);
    // The value is between 0 and 10 000, so that the cast keeps it.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped above"
    )]
    let hundredths = hundredths as u64;
    whole * hundredths / 10_000
}

impl World {
    /// Makes the staging container and its blobs appear.
    pub(super) fn land_container(&mut self, n: usize) {
        self.restores[n].container_landed = true;
        let restore = self.restores[n].clone();
        if restore.container.is_empty() || self.get(&restore.staging).is_none() {
            return;
        }
        let id = format!(
            "{}/blobServices/default/containers/{}",
            restore.staging, restore.container
        );
        let doc = container(&id, restore.container_at, &restore.blobs);
        self.seed_document(doc, restore.container_at);
        let correlation = names::guid(self.seed, &["backup", &restore.job, "container"]);
        let action = "Microsoft.Storage/storageAccounts/blobServices/containers/write";
        self.log(
            restore.container_at,
            BACKUP_SERVICE,
            action,
            "Succeeded",
            &id,
            &correlation,
        );
    }

    /// Makes the restored disks appear.
    pub(super) fn land_disks(&mut self, n: usize) {
        self.restores[n].disks_landed = true;
        let restore = self.restores[n].clone();
        if !self.resources.contains_key(&key(&restore.target_group)) {
            return;
        }
        for doc in restore.disks.into_iter().chain(restore.beside) {
            let id = doc["id"].as_str().unwrap_or_default().to_owned();
            self.seed_document(doc, restore.disks_at);
            let correlation = names::guid(self.seed, &["backup", &restore.job, &id]);
            let action = format!("{}/write", kind_of(&id));
            self.log(
                restore.disks_at,
                BACKUP_SERVICE,
                &action,
                "Succeeded",
                &id,
                &correlation,
            );
        }
    }
}

/// Returns a container's document; the blobs are kept in a member that is never shown.
pub(crate) fn container(id: &str, at: DateTime<Utc>, blobs: &[String]) -> Value {
    json!({
        "id": id,
        "name": id.rsplit('/').next(),
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "etag": format!("\"0x8D{:X}\"", at.timestamp_micros()),
        "properties": {
            "deleted": false,
            "remainingRetentionDays": 0,
            "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": false,
            "publicAccess": "None",
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "lastModifiedTime": seven(at),
            "hasImmutabilityPolicy": false,
            "hasLegalHold": false,
        },
        "_blobs": blobs,
    })
}
