//! The scenario file: a company's subscription before the drill, as data.
//!
//! TOML. `faults` and `surprises` at the top script what goes wrong. `{sub}`, `{tenant}`, `{oid}`, `{primary}` and `{secondary}` in a text are filled from `[company]` and
//! `[principal]`; a text that is wholly `@` and an ISO 8601 duration (`@-PT5H`, `@P3D`) becomes the time that far
//! from the simulator's start. `[[resource]]` is an ARM document: `group`, `type`, `name` (a child is written
//! `parent/child` as in ARM templates) give its id; every other key stands in the document as it is.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::fault::{Fault, Scripted, UnknownFault};
use crate::names;
use crate::timetext::{read_iso, seven};

/// The built-in scenario, Evergreen Mutual.
pub const EVERGREEN: &str = include_str!("../scenarios/evergreen-mutual.toml");

/// A scenario file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Faults by name, such as `throttle@read:3`.
    #[serde(default)]
    faults: Vec<String>,
    /// How many faults are drawn that nobody is told of.
    #[serde(default)]
    surprises: u64,
    pub(crate) company: Company,
    pub(crate) principal: Principal,
    #[serde(default, rename = "guest")]
    pub(crate) guests: Vec<Guest>,
    #[serde(default, rename = "region")]
    pub(crate) regions: Vec<Value>,
    #[serde(default, rename = "group")]
    pub(crate) groups: Vec<Value>,
    #[serde(default, rename = "resource")]
    pub(crate) resources: Vec<Value>,
    #[serde(default, rename = "item")]
    pub(crate) items: Vec<Item>,
    #[serde(default, rename = "workload")]
    pub(crate) workloads: Vec<Workload>,
    #[serde(default, rename = "server")]
    pub(crate) servers: Vec<Server>,
    #[serde(default, rename = "permission")]
    pub(crate) permissions: Vec<Permission>,
    #[serde(default, rename = "role")]
    pub(crate) roles: Vec<Value>,
    #[serde(default, rename = "policy")]
    pub(crate) policies: Vec<Policy>,
    #[serde(default, rename = "usage")]
    pub(crate) usages: Vec<Usage>,
    #[serde(default, rename = "sku")]
    pub(crate) skus: Vec<Value>,
    #[serde(default, rename = "price")]
    pub(crate) prices: Vec<Value>,
    #[serde(default, rename = "activity")]
    pub(crate) activities: Vec<Activity>,
    #[serde(default, rename = "crr_job")]
    pub(crate) crr_jobs: Vec<Value>,
}

/// Whose subscription it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) tenant: String,
    pub(crate) domain: String,
    pub(crate) subscription: String,
    pub(crate) subscription_name: String,
    pub(crate) primary: String,
    pub(crate) secondary: String,
}

/// Who the client signs in as.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Principal {
    pub(crate) object_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Certificate that the application has beside its secret, as PEM.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
}

/// An application of another directory that may sign in and do what the client may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guest {
    pub(crate) tenant: String,
    pub(crate) object_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Certificate that it has beside its secret, as PEM.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
    /// What it may do beyond the client, anywhere in the subscription.
    #[serde(default)]
    pub(crate) actions: Vec<String>,
}

/// A protected VM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub(crate) vault: String,
    pub(crate) vm: String,
    pub(crate) vm_group: String,
    pub(crate) policy: String,
    #[serde(default = "protected")]
    pub(crate) state: String,
    /// The passive stamp knows it.
    pub(crate) secondary: bool,
    pub(crate) zones: Option<Vec<String>>,
    #[serde(rename = "point", default)]
    pub(crate) points: Vec<Point>,
}

/// A recovery point.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Point {
    pub(crate) age: String,
    pub(crate) consistency: String,
    /// `type` to `status`.
    pub(crate) tiers: Vec<(String, String)>,
    pub(crate) secondary: bool,
}

/// What is protected inside a machine or an account: a database or a share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    pub(crate) vault: String,
    pub(crate) kind: WorkloadKind,
    /// Native name of the container.
    pub(crate) container: String,
    /// Native name of the item.
    pub(crate) name: String,
    pub(crate) friendly: String,
    /// Id of the machine or account.
    pub(crate) source: String,
    pub(crate) policy: String,
    pub(crate) gigabytes: u64,
    #[serde(rename = "point", default)]
    pub(crate) points: Vec<WorkloadPoint>,
    /// The unbroken chain of log backups: how long ago it begins and ends.
    pub(crate) log: Option<(String, String)>,
}

/// What is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum WorkloadKind {
    /// A database of SQL Server in a VM.
    #[serde(rename = "SQLDataBase")]
    Database,
    /// A share of Azure Files.
    #[serde(rename = "AzureFileShare")]
    Share,
}

/// A recovery point of a workload, in the vault's tier.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkloadPoint {
    pub(crate) age: String,
    /// `Full`, `Differential`, or `FileSystemConsistent` of a share.
    pub(crate) consistency: String,
    pub(crate) secondary: bool,
}

/// A SQL server in a machine, registered with a vault as a place to restore to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) vault: String,
    pub(crate) container: String,
    /// Name of the machine.
    pub(crate) host: String,
    /// Id of the machine.
    pub(crate) source: String,
    pub(crate) instance: String,
    pub(crate) data: String,
    pub(crate) log: String,
}

/// What the client may do at a scope.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Permission {
    pub(crate) scope: String,
    pub(crate) actions: Vec<String>,
    #[serde(default)]
    pub(crate) not_actions: Vec<String>,
    #[serde(default)]
    pub(crate) data_actions: Vec<String>,
}

/// A policy assignment with its definition.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) display: String,
    pub(crate) scope: String,
    pub(crate) effect: String,
    pub(crate) rule: Value,
    #[serde(default)]
    pub(crate) parameters: Value,
    /// Present only while this fault is on.
    pub(crate) fault: Option<String>,
}

/// A row of the quota list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Usage {
    pub(crate) location: String,
    pub(crate) name: String,
    pub(crate) display: String,
    pub(crate) current: u64,
    pub(crate) limit: u64,
}

/// What somebody else does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activity {
    /// Relative to the start, such as `PT20M`.
    pub(crate) at: String,
    pub(crate) caller: String,
    pub(crate) operation: String,
    pub(crate) resource: String,
}

/// A scenario file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, or not this format.
    #[error("cannot read the scenario")]
    Format(#[from] toml::de::Error),
    /// A fault in it.
    #[error("cannot script a fault of the scenario")]
    Fault(#[from] UnknownFault),
    /// A time in it is not a duration.
    #[error("{0:?} is not an ISO 8601 duration")]
    Duration(String),
}

fn protected() -> String {
    "Protected".to_owned()
}

impl Scenario {
    /// Reads a scenario and fills names and times relative to `start`.
    pub(crate) fn parse(text: &str, start: DateTime<Utc>) -> Result<Scenario, ScenarioError> {
        let mut scenario: Scenario = toml::from_str(text)?;
        let fill = Fill::of(&scenario, start);
        for list in [
            &mut scenario.regions,
            &mut scenario.groups,
            &mut scenario.resources,
            &mut scenario.roles,
            &mut scenario.skus,
            &mut scenario.prices,
            &mut scenario.crr_jobs,
        ] {
            for value in list {
                fill.value(value)?;
            }
        }
        for permission in &mut scenario.permissions {
            permission.scope = fill.text(&permission.scope);
        }
        for policy in &mut scenario.policies {
            policy.scope = fill.text(&policy.scope);
            fill.value(&mut policy.rule)?;
        }
        for workload in &mut scenario.workloads {
            workload.source = fill.text(&workload.source);
            let chain = workload.log.iter().flat_map(|(from, until)| [from, until]);
            let ages = workload.points.iter().map(|point| &point.age);
            ages.chain(chain).try_for_each(|text| check(text))?;
        }
        for server in &mut scenario.servers {
            server.source = fill.text(&server.source);
        }
        for usage in &mut scenario.usages {
            usage.location = fill.text(&usage.location);
        }
        for activity in &mut scenario.activities {
            activity.resource = fill.text(&activity.resource);
            activity.caller = fill.text(&activity.caller);
            check(&activity.at)?;
        }
        for point in scenario.items.iter().flat_map(|item| &item.points) {
            check(&point.age)?;
        }
        Ok(scenario)
    }

    /// Returns the ARM documents of groups and resources.
    pub(crate) fn documents(&self) -> Vec<Value> {
        let sub = &self.company.subscription;
        let groups = self.groups.iter().map(|group| {
            let mut doc = group.clone();
            let name = group["name"].as_str().unwrap_or_default();
            doc["id"] = json!(format!("/subscriptions/{sub}/resourceGroups/{name}"));
            doc["type"] = json!("Microsoft.Resources/resourceGroups");
            doc["properties"] = json!({"provisioningState": "Succeeded"});
            doc
        });
        groups
            .chain(self.resources.iter().map(|row| document(sub, row)))
            .collect()
    }

    /// Returns the faults of the scenario, the surprises among them drawn by the seed.
    pub(crate) fn script(&self, seed: u64) -> Result<Vec<Scripted>, UnknownFault> {
        let named = self.faults.iter().map(|name| name.parse::<Scripted>());
        let mut script = named.collect::<Result<Vec<_>, _>>()?;
        let all = Fault::ALL;
        for turn in 0..self.surprises {
            let drawn = names::number(seed, &["surprise", &turn.to_string()], all.len() as u64);
            script.extend(
                all.iter()
                    .skip(usize::try_from(drawn).unwrap_or(0))
                    .take(1)
                    .copied()
                    .map(Scripted::from),
            );
        }
        Ok(script)
    }

    /// Returns everybody who may sign in, the client first.
    pub(crate) fn applications(&self) -> Vec<Guest> {
        let own = Guest {
            tenant: self.company.tenant.clone(),
            object_id: self.principal.object_id.clone(),
            client_id: self.principal.client_id.clone(),
            client_secret: self.principal.client_secret.clone(),
            certificate: self.principal.certificate.clone(),
            actions: Vec::new(),
        };
        std::iter::once(own)
            .chain(self.guests.iter().cloned())
            .collect()
    }

    /// Returns the id of the subscription, `/subscriptions/…`.
    pub(crate) fn subscription_id(&self) -> String {
        format!("/subscriptions/{}", self.company.subscription)
    }
}

/// Tells whether the simulator takes a scenario.
///
/// # Errors
/// [`ScenarioError`] says what it does not take.
pub fn check_scenario(text: &str, start: DateTime<Utc>) -> Result<(), ScenarioError> {
    Scenario::parse(text, start)?.script(0)?;
    Ok(())
}

fn check(text: &str) -> Result<(), ScenarioError> {
    read_iso(text)
        .map(|_| ())
        .ok_or_else(|| ScenarioError::Duration(text.to_owned()))
}

fn document(sub: &str, row: &Value) -> Value {
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    let (kind, name) = (text("type"), text("name"));
    let mut kinds = kind.split('/');
    let mut id = match row.get("scope").and_then(Value::as_str) {
        Some(scope) => scope.to_owned(),
        None => format!("/subscriptions/{sub}/resourceGroups/{}", text("group")),
    };
    id.push_str(&format!("/providers/{}", kinds.next().unwrap_or_default()));
    for (kind, name) in kinds.zip(name.split('/')) {
        id.push_str(&format!("/{kind}/{name}"));
    }
    let mut doc: Map<String, Value> = row.as_object().cloned().unwrap_or_default();
    doc.remove("group");
    doc.remove("scope");
    doc.insert("id".to_owned(), json!(id));
    doc.insert("name".to_owned(), json!(name.rsplit('/').next()));
    Value::Object(doc)
}

struct Fill {
    pairs: Vec<(&'static str, String)>,
    start: DateTime<Utc>,
}

impl Fill {
    fn of(scenario: &Scenario, start: DateTime<Utc>) -> Fill {
        let company = &scenario.company;
        let pairs = vec![
            ("{sub}", company.subscription.clone()),
            ("{tenant}", company.tenant.clone()),
            ("{oid}", scenario.principal.object_id.clone()),
            ("{primary}", company.primary.clone()),
            ("{secondary}", company.secondary.clone()),
        ];
        Fill { pairs, start }
    }

    fn text(&self, text: &str) -> String {
        self.pairs
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }

    fn value(&self, value: &mut Value) -> Result<(), ScenarioError> {
        match value {
            Value::String(text) => {
                *text = match text.strip_prefix('@') {
                    Some(span) => {
                        let delta =
                            read_iso(span).ok_or_else(|| ScenarioError::Duration(text.clone()))?;
                        seven(self.start + delta)
                    }
                    None => self.text(text),
                };
                Ok(())
            }
            Value::Array(rows) => rows.iter_mut().try_for_each(|row| self.value(row)),
            Value::Object(map) => map.values_mut().try_for_each(|member| self.value(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }
}
