//! A second reader: another person, under their own Azure login, asks again what a drill had asked, and compares.
//!
//! Only the client that reads is here: what changes Azure cannot be sent. Deliberately absent: a verdict on the
//! operator; a difference is named, and people judge (ADR 0011).

mod differs;
mod error;
mod intake;

pub use error::ReadingError;
pub use intake::ReadingTaken;

use crate::EngineError;
use crate::azure::ExchangeRecord;
use chrono::{DateTime, Utc};
use differs::{Differences, Gone};
use drillbook_arm::{Ambient, Cloud, Exchange, Limits, ReadClient, ReadRequest};
use drillbook_audit::{Audience, Input, Material, Options, Recording, material};
use drillbook_core::{Drill, Refusal};
use drillbook_trust::document::{Compared, MAX_FIELDS, Reread};
use drillbook_trust::time::truncate;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Where a second reader is signed in.
#[derive(Debug)]
pub struct SecondLogin {
    /// Endpoints and credential.
    pub cloud: Cloud,
    /// Tenant id.
    pub tenant: String,
    /// Subscription id.
    pub subscription: String,
}

/// What was found.
#[derive(Debug)]
pub struct ReadAgain {
    /// Object id of the identity that read.
    pub object_id: String,
    /// When the first request was sent.
    pub began_at: DateTime<Utc>,
    /// When the last answer was there.
    pub read_at: DateTime<Utc>,
    /// Each read, as the document says it.
    pub reads: Vec<Reread>,
    /// What differs, in words for whoever reads: entry, step, and field with both values.
    pub told: Vec<(u64, String, String)>,
}

/// Checks a bundle and takes from it what is read again.
///
/// # Errors
/// [`ReadingError::Bundle`] when it does not hold, [`ReadingError::Public`] when it shows no request.
pub fn second_reading_of(bundle: &Path, options: &Options) -> Result<Material, EngineError> {
    let (verdict, taken) = material(Input::Path(bundle), options)?;
    if verdict.audience == Audience::Public.name() && verdict.holds() {
        return Err(ReadingError::Public.into());
    }
    taken.ok_or_else(|| {
        let first = verdict.findings.first();
        let why = first.map_or("it cannot be folded", |one| one.sentence.as_str());
        ReadingError::Bundle(why.to_owned()).into()
    })
}

/// Sends every read of a drill once more and compares the answers with the recorded ones.
///
/// # Errors
/// [`EngineError::OtherIdentity`] for another cloud, tenant or subscription, [`Refusal::OwnIdentity`] for the
/// identity of the drill itself, and why nobody could sign in.
pub async fn read_again(
    material: &Material,
    login: SecondLogin,
    each: impl Fn(usize, usize),
) -> Result<ReadAgain, EngineError> {
    let drill = &material.drill;
    let client = ReadClient::new(login.cloud, Ambient::real(), Limits::default())?;
    let object_id = admitted(drill, &client, &login.tenant, &login.subscription).await?;
    let gone = Gone::of(drill);
    let began_at = truncate(Utc::now());
    let mut reader = Reader {
        client: &client,
        gone: &gone,
        asked: BTreeMap::new(),
    };
    let (mut reads, mut told) = (Vec::new(), Vec::new());
    for (number, recording) in material.recorded.iter().enumerate() {
        each(number + 1, material.recorded.len());
        let Some(found) = reader.read(recording).await else {
            continue;
        };
        let (verdict, fields) = found.verdict();
        for line in &found.lines {
            told.push((recording.entry, recording.step.clone(), line.clone()));
        }
        reads.push(Reread {
            entry: recording.entry,
            evidence: recording.commitment.clone(),
            verdict,
            fields,
        });
    }
    if reads.is_empty() {
        return Err(ReadingError::Nothing.into());
    }
    Ok(ReadAgain {
        object_id,
        began_at,
        read_at: truncate(Utc::now()),
        reads,
        told,
    })
}

/// Returns the object id of a reader who is in the same place as somebody else.
async fn admitted(
    drill: &Drill,
    client: &ReadClient,
    tenant: &str,
    subscription: &str,
) -> Result<String, EngineError> {
    let who = client.who().await?;
    let signed_in = who.tenant.as_deref().unwrap_or(tenant);
    let pairs = [
        ("cloud", drill.cloud.as_str(), client.cloud().name()),
        ("tenant", drill.tenant.as_str(), signed_in),
        ("subscription", drill.subscription.as_str(), subscription),
    ];
    let differs = pairs.iter().filter(|(_, a, b)| !a.eq_ignore_ascii_case(b));
    let fields: Vec<&'static str> = differs.map(|(field, ..)| *field).collect();
    if !fields.is_empty() {
        return Err(EngineError::OtherIdentity { fields });
    }
    let own = drill.names.one("who");
    let own = own.and_then(|who| who["object_id"].as_str());
    let id = who.object_id.ok_or(ReadingError::NoIdentity)?;
    if own.is_none_or(|own| own.eq_ignore_ascii_case(&id)) {
        return Err(Refusal::OwnIdentity.into());
    }
    Ok(id)
}

/// What was found of one recording.
#[derive(Debug, Default)]
struct Found {
    compared: Vec<Compared>,
    moved: Vec<String>,
    changed: Vec<String>,
    lines: Vec<String>,
}

impl Found {
    /// The strongest of what was found, with its fields.
    fn verdict(&self) -> (Compared, Vec<String>) {
        let verdict = self.compared.iter().copied().max_by_key(|one| match one {
            Compared::Same => 0,
            Compared::Moved => 1,
            Compared::Hidden => 2,
            Compared::Unreadable => 3,
            Compared::Changed => 4,
        });
        let verdict = verdict.unwrap_or(Compared::Hidden);
        let fields = match verdict {
            Compared::Changed => &self.changed,
            Compared::Moved => &self.moved,
            _ => return (verdict, Vec::new()),
        };
        let mut fields = fields.clone();
        fields.sort();
        fields.dedup();
        fields.truncate(MAX_FIELDS);
        (verdict, fields)
    }

    fn take(&mut self, differences: Differences) {
        self.compared.push(differences.verdict());
        self.moved.extend(differences.moved);
        for (field, was, is) in differences.changed {
            self.lines
                .push(format!("{field}: {was} was recorded, {is} is read"));
            self.changed.push(field);
        }
    }
}

/// An answer, reduced to what is compared.
#[derive(Debug, Clone)]
struct Answered {
    status: Option<u16>,
    body: Value,
}

struct Reader<'a> {
    client: &'a ReadClient,
    gone: &'a Gone,
    /// What was asked already: the same question is asked once.
    asked: BTreeMap<String, Answered>,
}

impl Reader<'_> {
    /// Reads one recording again; `None` when nothing of it is a read of Azure's resources.
    async fn read(&mut self, recording: &Recording) -> Option<Found> {
        let mut found = Found::default();
        let Some(bytes) = &recording.bytes else {
            found.compared.push(Compared::Hidden);
            return Some(found);
        };
        let record: ExchangeRecord = serde_json::from_slice(bytes).ok()?;
        for pages in listings(&record.exchanges) {
            let first = pages[0];
            if !is_resource(&first.path) || !drillbook_arm::is_reading(first.method, &first.path) {
                continue;
            }
            let Some(request) = ReadRequest::again(first) else {
                found.compared.push(Compared::Hidden);
                continue;
            };
            let was = joined(pages[0].status, &pages);
            let is = self.ask(first, &request).await;
            match is.status {
                Some(status) if !matches!(status, 401 | 403 | 429 | 500..) => {
                    found.take(differs::compare(&first.path, &was, &is, self.gone));
                }
                // Who was refused then is refused now.
                Some(status) if was.status == Some(status) => found.compared.push(Compared::Same),
                _ => found.compared.push(Compared::Unreadable),
            }
        }
        (!found.compared.is_empty()).then_some(found)
    }

    async fn ask(&mut self, first: &Exchange, request: &ReadRequest) -> Answered {
        let body = first.request_body.as_ref().map(Value::to_string);
        let key = format!(
            "{} {}?{} {}",
            first.method,
            first.path,
            first.query,
            body.unwrap_or_default()
        );
        if let Some(known) = self.asked.get(&key) {
            return known.clone();
        }
        let answered = match self.client.read(request).await {
            Ok(answer) => {
                let pages: Vec<&Exchange> = answer.exchanges().iter().collect();
                joined(Some(answer.status()), &pages)
            }
            Err(error) => Answered {
                status: error.exchange().and_then(|exchange| exchange.status),
                body: Value::Null,
            },
        };
        self.asked.insert(key, answered.clone());
        answered
    }
}

/// Whether a path is one of Azure's resources, and not a price list or a signed address.
fn is_resource(path: &str) -> bool {
    path.starts_with("/subscriptions/") || path.starts_with("/providers/")
}

/// Puts the pages of one listing together: a page that names another is followed by it.
fn listings(exchanges: &[Exchange]) -> Vec<Vec<&Exchange>> {
    let mut all: Vec<Vec<&Exchange>> = Vec::new();
    let mut goes_on = false;
    for exchange in exchanges {
        match all.last_mut().filter(|_| goes_on) {
            Some(pages) => pages.push(exchange),
            None => all.push(vec![exchange]),
        }
        let body = exchange.response_body.as_ref();
        goes_on = ["nextLink", "$skipToken"].iter().any(|more| {
            body.and_then(|body| body[*more].as_str())
                .is_some_and(|link| !link.is_empty())
        });
    }
    all
}

/// Returns the answer with the rows of all its pages.
fn joined(status: Option<u16>, pages: &[&Exchange]) -> Answered {
    let body_of = |page: &&Exchange| page.response_body.clone().unwrap_or(Value::Null);
    let mut body = pages.first().map(body_of).unwrap_or_default();
    for list in ["value", "data"] {
        if !body[list].is_array() {
            continue;
        }
        let rows = pages.iter().filter_map(|page| page.response_body.as_ref());
        let rows: Vec<Value> = rows
            .filter_map(|page| page[list].as_array().cloned())
            .flatten()
            .collect();
        body[list] = json!(rows);
    }
    Answered { status, body }
}
