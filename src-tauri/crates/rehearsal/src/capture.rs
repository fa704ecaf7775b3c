//! A scenario from a real subscription, so that people rehearse on their own topology.
//!
//! It only reads. What is written is chosen field by field (`kept`); names, ids and public addresses are invented, the
//! same one everywhere (`names`). Deliberately absent: tags, descriptions, people, keys, and anything that is not on
//! the list of what is kept.

mod backup;
mod kept;
mod names;
mod room;

use chrono::{DateTime, Utc};
use drillbook_arm::{Answer, ArmError, ReadClient, ReadRequest};
use drillbook_armsim::ScenarioError;
use drillbook_diagnostic::{Diagnostic, Severity};
use kept::KINDS;
use names::Names;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// What was captured.
#[derive(Debug, Clone)]
pub struct Captured {
    /// The scenario file.
    pub text: String,
    /// ARM documents in it.
    pub resources: usize,
    /// Protected machines in it.
    pub items: usize,
    /// Recovery points of theirs.
    pub points: usize,
    /// What could not be read, or is not captured, in a sentence each.
    pub left_out: Vec<String>,
}

/// Why nothing was captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Azure did not answer, or nobody is signed in.
    #[error(transparent)]
    Read(#[from] ArmError),
    /// Nothing to rehearse with.
    #[error("no Recovery Services vault of {subscription} restores across regions")]
    NoVault {
        /// The subscription.
        subscription: String,
    },
    /// What was read makes no scenario.
    #[error("what was read makes no scenario that the simulator takes")]
    Scenario(#[from] ScenarioError),
    /// What was read cannot be written as TOML.
    #[error("what was read cannot be written as a scenario")]
    Write(#[from] toml::ser::Error),
}

impl Diagnostic for CaptureError {
    fn code(&self) -> &'static str {
        match self {
            CaptureError::Read(error) => error.code(),
            CaptureError::NoVault { .. } => "capture.no_vault",
            CaptureError::Scenario(_) => "capture.scenario",
            CaptureError::Write(_) => "capture.write",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            CaptureError::Read(error) => error.severity(),
            CaptureError::NoVault { .. } => Severity::Refused,
            CaptureError::Scenario(_) | CaptureError::Write(_) => Severity::Internal,
        }
    }

    fn remediation(&self) -> Option<String> {
        match self {
            CaptureError::Read(error) => error.remediation(),
            CaptureError::NoVault { .. } => Some(
                "Name a connection whose subscription has a geo-redundant vault with cross-region restore.".to_owned(),
            ),
            CaptureError::Scenario(_) | CaptureError::Write(_) => Some(
                "Report this with the sentence; the file was not written.".to_owned(),
            ),
        }
    }
}

/// Reads a subscription and returns it as a scenario; times in it are relative to `now`.
///
/// # Errors
/// [`CaptureError`]; a list that may not be read is left out and named instead.
pub async fn capture(
    reader: &ReadClient,
    subscription: &str,
    now: DateTime<Utc>,
) -> Result<Captured, CaptureError> {
    let mut seen = Seen::new(reader, subscription);
    let about = seen.one(String::new(), "2022-12-01").await?;
    let tenant = about["tenantId"].as_str().unwrap_or_default().to_owned();
    let locations = seen.list("/locations", "2022-12-01").await?;
    let groups = seen.list("/resourcegroups", "2024-11-01").await?;
    let resources = seen.resources().await?;
    let Some(vault) = kept::vaults_across(&resources).next() else {
        let subscription = subscription.to_owned();
        return Err(CaptureError::NoVault { subscription });
    };
    let primary = vault["location"].as_str().unwrap_or_default().to_owned();
    let secondary = room::pair_of(&locations, &primary);
    let items = backup::items(&mut seen, &resources, now).await?;
    let own = reader.who().await?.object_id.unwrap_or_default();
    let mut names = Names::of(subscription, &tenant, &own);
    let mut scenario = Map::new();
    scenario.insert("company".into(), names.company(&primary, &secondary));
    scenario.insert("principal".into(), names.principal());
    scenario.insert("region".into(), room::regions(&locations));
    let machines = room::sizes(&resources);
    let (usages, skus) = room::room(&mut seen, [&primary, &secondary], &machines).await?;
    scenario.insert("usage".into(), usages);
    scenario.insert("sku".into(), skus);
    let prices = room::prices(&mut seen, &secondary, &machines).await?;
    scenario.insert("price".into(), prices);
    scenario.insert("permission".into(), seen.permissions().await?);
    let group = |doc: &Value| kept::keep(doc, &["name", "location", "id"]);
    let mut rest = json!({
        "group": groups.iter().map(group).collect::<Vec<_>>(),
        "resource": resources.iter().filter_map(kept::row).collect::<Vec<_>>(),
        "item": items,
    });
    names.learn(&rest);
    names.rewrite(&mut rest);
    kept::bare(&mut rest);
    if let Value::Object(rest) = rest {
        scenario.extend(rest);
    }
    seen.captured(Value::Object(scenario), now)
}

/// The subscription as far as it was read.
struct Seen<'a> {
    reader: &'a ReadClient,
    subscription: &'a str,
    left_out: Vec<String>,
}

/// Everything but what may stand in a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b';')
    .remove(b':')
    .remove(b'$')
    .remove(b'(')
    .remove(b')');

impl<'a> Seen<'a> {
    fn new(reader: &'a ReadClient, subscription: &'a str) -> Seen<'a> {
        let left_out = vec![
            "databases, file shares and what Data Protection keeps".to_owned(),
            "policies: everything is allowed that the permissions allow".to_owned(),
            "tags, descriptions and whoever works there".to_owned(),
        ];
        Seen {
            reader,
            subscription,
            left_out,
        }
    }

    fn get(&self, path: &str, version: &str) -> ReadRequest {
        let whole = format!("/subscriptions/{}{path}", self.subscription);
        ReadRequest::get(encoded(&whole), version)
    }

    async fn one(&self, path: String, version: &str) -> Result<Value, ArmError> {
        let answer = self.reader.read(&self.get(&path, version)).await?;
        Ok(answer.into_body())
    }

    async fn list(&self, path: &str, version: &str) -> Result<Vec<Value>, ArmError> {
        Ok(rows(self.reader.read(&self.get(path, version)).await?))
    }

    /// Reads side by side; what is refused is left out and named, in the order asked.
    async fn all(
        &mut self,
        requests: &[(String, ReadRequest)],
    ) -> Result<Vec<Vec<Value>>, ArmError> {
        let asked: Vec<ReadRequest> = requests.iter().map(|(_, one)| one.clone()).collect();
        let mut answers: Vec<Option<Result<Answer, ArmError>>> = Vec::new();
        answers.resize_with(asked.len(), || None);
        self.reader
            .read_all(&asked, |index, answer| {
                if let Some(place) = answers.get_mut(index) {
                    *place = Some(answer);
                }
            })
            .await;
        let mut found = Vec::new();
        for ((what, _), answer) in requests.iter().zip(answers.into_iter().flatten()) {
            match answer {
                Ok(answer) => found.push(rows(answer)),
                Err(ArmError::Answered { error, .. }) if error.status < 500 => {
                    // What does not exist is not missing.
                    if error.status != 404 {
                        self.left_out.push(format!("{what}: {}", error.status));
                    }
                    found.push(Vec::new());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Everything of the kinds that are kept, and what hangs below a vault or a zone.
    async fn resources(&mut self) -> Result<Vec<Value>, ArmError> {
        let asked = |kind: &kept::Kind| {
            let path = format!("/providers/{}", kind.name);
            (kind.name.to_owned(), self.get(&path, kind.version))
        };
        let requests: Vec<_> = KINDS
            .iter()
            .filter(|kind| kind.is_listed())
            .map(asked)
            .collect();
        let mut all: Vec<Value> = self.all(&requests).await?.into_iter().flatten().collect();
        let mut below = Vec::new();
        for doc in &all {
            let kind = kept::kind_of(doc);
            let id = doc["id"].as_str().unwrap_or_default();
            for child in KINDS.iter().filter(|child| child.below == kind) {
                let path = format!("{id}/{}", child.tail());
                below.push((
                    child.name.to_owned(),
                    ReadRequest::get(encoded(&path), child.version),
                ));
            }
        }
        all.extend(self.all(&below).await?.into_iter().flatten());
        let mut all: Vec<Value> = all.into_iter().flat_map(kept::split).collect();
        all.sort_by_cached_key(|doc| doc["id"].as_str().unwrap_or_default().to_ascii_lowercase());
        Ok(all)
    }

    /// What whoever captures may do in the subscription, as the one who rehearses will be allowed to.
    async fn permissions(&mut self) -> Result<Value, ArmError> {
        let request = self.get(
            "/providers/Microsoft.Authorization/permissions",
            "2022-04-01",
        );
        let read = self.all(&[("permissions".to_owned(), request)]).await?;
        let row = |one: &Value| {
            let list = |name: &str| one.get(name).cloned().unwrap_or(json!([]));
            json!({
                "scope": "/subscriptions/{sub}", "actions": list("actions"), "not_actions": list("notActions"),
                "data_actions": list("dataActions"),
            })
        };
        Ok(read.iter().flatten().map(row).collect())
    }

    fn captured(self, scenario: Value, now: DateTime<Utc>) -> Result<Captured, CaptureError> {
        let count = |name: &str| scenario[name].as_array().map_or(0, Vec::len);
        let points = scenario["item"].as_array().into_iter().flatten();
        let points = points
            .map(|item| item["point"].as_array().map_or(0, Vec::len))
            .sum();
        let mut text = String::from(
            "# Captured from a subscription, read only. Every name, id and public address is invented, the same one\n\
             # everywhere; regions, sizes, private address ranges and ages of recovery points are as they were read.\n\
             # Left out:\n",
        );
        for one in &self.left_out {
            text.push_str(&format!("# - {}\n", one.replace('\n', " ")));
        }
        text.push('\n');
        text.push_str(&toml::to_string(&scenario)?);
        drillbook_armsim::check_scenario(&text, now)?;
        Ok(Captured {
            resources: count("resource"),
            items: count("item"),
            points,
            text,
            left_out: self.left_out,
        })
    }
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, SEGMENT).to_string()
}

/// The rows of a list, or the one document.
fn rows(answer: Answer) -> Vec<Value> {
    match answer.into_body() {
        Value::Object(mut body) => match body.remove("value") {
            Some(Value::Array(rows)) => rows,
            _ => vec![Value::Object(body)],
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
