//! Sending the reading requests of a step: independent ones side by side, the others after what they need.

use crate::azure::{Evidenced, evidenced, nobody_answered};
use crate::{Engine, EngineError, activity_log};
use drillbook_arm::{ArmError, Exchange, ReadRequest};
use drillbook_core::{ActivityLog, Answers, Drill, Element, Timestamp, compose_request, scope};
use drillbook_runbook::{Needs, Request, Service, Step, template};
use drillbook_trust::action::CanonicalRequest;
use futures::future::join_all;
use serde_json::{Value, json};

/// The largest picture that is fetched.
const PICTURE_BYTES: usize = 16 * 1024 * 1024;

/// What came of reading a step: answers to judge, and evidence; or the error that Azure gave.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) answers: Answers,
    pub(crate) evidence: Vec<Evidenced>,
    /// Azure's answer was an error: code and sentence.
    pub(crate) failed: Option<(String, String)>,
    /// Pictures behind signed addresses: request and bytes.
    pub(crate) pictures: Vec<(String, Vec<u8>)>,
}

/// A declared request that is ready to be sent, once or for each element of its list.
struct Ready<'a> {
    request: &'a Request,
    sends: Vec<(Value, CanonicalRequest, Option<String>)>,
    repeated: bool,
}

impl Engine {
    /// Reads everything that a step declares for one element.
    ///
    /// # Errors
    /// [`EngineError::Arm`] when nobody answered before T0, or nothing could be sent.
    pub(crate) async fn read_step(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        purpose: &str,
    ) -> Result<Reading, EngineError> {
        let mut reading = Reading::default();
        let mut left: Vec<&Request> = step.requests.iter().collect();
        while !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|request| request.name.as_str()).collect();
            let (now, later): (Vec<&Request>, Vec<&Request>) = left
                .iter()
                .copied()
                .partition(|request| !needs_any(request, &names));
            if now.is_empty() {
                break;
            }
            left = later;
            self.wave(drill, step, element, purpose, &now, &mut reading)
                .await?;
            if reading.failed.is_some() {
                break;
            }
        }
        Ok(reading)
    }

    async fn wave(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        purpose: &str,
        requests: &[&Request],
        reading: &mut Reading,
    ) -> Result<(), EngineError> {
        let now = self.0.clock.now();
        let seen = scope(
            drill,
            step,
            element.value.as_ref(),
            Some(&reading.answers),
            now,
        );
        let mut ready = Vec::new();
        for request in requests {
            if depends_on_unanswered(request, &reading.answers) {
                reading.answers.unanswered.insert(request.name.clone());
                continue;
            }
            if !drillbook_core::request_applies(drill, request, &seen, now)? {
                continue;
            }
            if let Some(download) = &request.download {
                self.download(request, download, &seen, purpose, reading)
                    .await?;
            } else {
                ready.push(self.prepare_read(drill, request, &seen)?);
            }
        }
        let declared = drill.t0.is_some();
        let sends = ready
            .into_iter()
            .map(|ready| self.send_reads(ready, declared));
        let sent = join_all(sends).await;
        for (request, repeated, results) in sent {
            absorb(drill, step, request, repeated, results, purpose, reading)?;
        }
        Ok(())
    }

    /// Fetches a picture behind a signed address, without a token. Nothing there is no failure.
    async fn download(
        &self,
        request: &Request,
        download: &drillbook_runbook::Download,
        seen: &Value,
        purpose: &str,
        reading: &mut Reading,
    ) -> Result<(), EngineError> {
        let from = &seen["responses"][&download.from];
        let address = drillbook_core::evaluate(&download.query, from)?;
        let Some(address) = address.as_str() else {
            return Ok(());
        };
        let fetched = self.0.arm.download(address, PICTURE_BYTES).await?;
        reading
            .evidence
            .push(evidenced(&request.name, purpose, None, &[fetched.exchange]));
        let body = json!({"bytes": fetched.bytes.len()});
        reading.answers.responses.insert(request.name.clone(), body);
        reading.pictures.push((request.name.clone(), fetched.bytes));
        Ok(())
    }

    fn prepare_read<'a>(
        &self,
        drill: &Drill,
        request: &'a Request,
        seen: &Value,
    ) -> Result<Ready<'a>, EngineError> {
        let fill = |seen: &Value, item: Value| -> Result<_, EngineError> {
            let az = request
                .az
                .as_deref()
                .and_then(|line| template::az(line, seen).ok());
            Ok((item, compose_request(drill, request, seen)?, az))
        };
        let Some(list) = &request.for_each else {
            return Ok(Ready {
                request,
                sends: vec![fill(seen, Value::Null)?],
                repeated: false,
            });
        };
        let rows = drillbook_core::evaluate(list, seen)?;
        let mut sends = Vec::new();
        for row in rows.as_array().map(Vec::as_slice).unwrap_or_default() {
            let mut inner = seen.clone();
            inner["parent"] = inner["item"].take();
            inner["item"] = row.clone();
            sends.push(fill(&inner, row.clone())?);
        }
        Ok(Ready {
            request,
            sends,
            repeated: true,
        })
    }

    /// After the disaster is declared nothing waits for the primary region.
    async fn send_reads<'a>(
        &self,
        ready: Ready<'a>,
        declared: bool,
    ) -> (&'a Request, bool, Vec<Sent>) {
        let sends = ready
            .sends
            .into_iter()
            .map(|(item, canonical, az)| async move {
                Sent {
                    item,
                    az,
                    log: activity_log::since(&canonical),
                    result: self.send_read(ready.request, &canonical, declared).await,
                }
            });
        (ready.request, ready.repeated, join_all(sends).await)
    }

    async fn send_read(
        &self,
        request: &Request,
        canonical: &CanonicalRequest,
        declared: bool,
    ) -> Result<Got, ArmError> {
        if request.service == Some(Service::Prices) {
            let currency = canonical
                .query
                .get("currencyCode")
                .map_or("USD", String::as_str);
            let filter = canonical
                .query
                .get("$filter")
                .map(String::as_str)
                .unwrap_or_default();
            let rows = self.0.arm.prices(filter, currency).await?;
            return Ok(Got {
                status: 200,
                body: json!({"Items": rows.items}),
                exchanges: rows.exchanges,
            });
        }
        let mut read = read_request(request, canonical);
        if declared && request.needs == Needs::Primary {
            read = read.hurried();
        }
        let answer = self.0.arm.read(&read).await?;
        let exchanges = answer.exchanges().to_vec();
        Ok(Got {
            status: answer.status(),
            body: answer.into_body(),
            exchanges,
        })
    }
}

struct Sent {
    item: Value,
    az: Option<String>,
    /// Since when the request reads Azure's log of changes, if it reads the whole of it.
    log: Option<Timestamp>,
    result: Result<Got, ArmError>,
}

/// An answer in memory; only its exchanges are stored, without secrets.
struct Got {
    status: u16,
    body: Value,
    exchanges: Vec<Exchange>,
}

/// Translates a composed request that reads.
pub(crate) fn read_request(request: &Request, canonical: &CanonicalRequest) -> ReadRequest {
    let (path, version) = (canonical.path.clone(), canonical.api_version.clone());
    let mut read = match canonical.method.as_str() {
        "POST" => ReadRequest::post(path, version, canonical.body.clone().unwrap_or(Value::Null)),
        "HEAD" => ReadRequest::head(path, version),
        _ => ReadRequest::get(path, version),
    };
    for (name, value) in &canonical.query {
        read = read.query(name.clone(), value.clone());
    }
    if request.accept.is_empty() {
        read
    } else {
        read.accept(&request.accept)
    }
}

/// Takes the results of one declared request into the reading.
fn absorb(
    drill: &Drill,
    step: &Step,
    request: &Request,
    repeated: bool,
    results: Vec<Sent>,
    purpose: &str,
    reading: &mut Reading,
) -> Result<(), EngineError> {
    let mut bodies = Vec::new();
    let mut exchanges = Vec::new();
    let mut az = None;
    for sent in results {
        az = az.or(sent.az);
        match sent.result {
            Ok(answer) => {
                exchanges.extend(answer.exchanges);
                if let Some(from) = sent.log {
                    let rows = activity_log::rows(&answer.body);
                    reading.answers.log = Some(ActivityLog { from, rows });
                }
                bodies
                    .push(json!({"item": sent.item, "status": answer.status, "body": answer.body}));
            }
            Err(error) => {
                exchanges.extend(error.exchange().cloned());
                if nobody_answered(&error) && drill.t0.is_some() && request.needs == Needs::Primary
                {
                    reading.answers.unanswered.insert(request.name.clone());
                    continue;
                }
                if nobody_answered(&error) || error.exchange().is_none() {
                    tracing::warn!(step = step.id, request = request.name, "nobody answered");
                    return Err(error.into());
                }
                reading.failed.get_or_insert_with(|| said(&error));
            }
        }
    }
    reading
        .evidence
        .push(evidenced(&request.name, purpose, az, &exchanges));
    if reading.answers.unanswered.contains(&request.name) {
        return Ok(());
    }
    let (name, list) = (request.name.clone(), Value::Array(bodies));
    if repeated {
        reading.answers.responses.insert(name, list);
    } else if let Some(only) = list.get(0) {
        reading
            .answers
            .responses
            .insert(name.clone(), only["body"].clone());
        reading.answers.status.insert(name, only["status"].clone());
    }
    Ok(())
}

/// Returns Azure's code and sentence, or ours.
fn said(error: &ArmError) -> (String, String) {
    use drillbook_diagnostic::Diagnostic;
    match error.azure() {
        Some(azure) => (azure.code.clone(), azure.message.clone()),
        None => (error.code().to_owned(), error.to_string()),
    }
}

/// Returns whether a request's text names answers of one of these requests.
fn needs_any(request: &Request, names: &[&str]) -> bool {
    let text = text_of(request);
    let from = request
        .download
        .as_ref()
        .map(|download| download.from.as_str());
    let others = names.iter().filter(|name| **name != request.name);
    others
        .into_iter()
        .any(|name| from == Some(*name) || mentions(&text, name))
}

fn depends_on_unanswered(request: &Request, answers: &Answers) -> bool {
    let text = text_of(request);
    answers.unanswered.iter().any(|name| mentions(&text, name))
}

fn text_of(request: &Request) -> String {
    serde_json::to_string(request).unwrap_or_default()
}

/// Looks for `responses.<name>` or `status.<name>` as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    ["responses.", "status."].iter().any(|prefix| {
        let wanted = format!("{prefix}{name}");
        text.match_indices(&wanted).any(|(at, _)| {
            let next = text[at + wanted.len()..].chars().next();
            next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
        })
    })
}
