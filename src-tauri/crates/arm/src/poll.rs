//! Following a long-running operation to its end (contract 0.5).
//!
//! Deliberately absent: a deadline (a restore may run for a day; the caller's closure or dropping
//! the future ends it) and the meaning of a result: "Succeeded" of a restore's operation means that
//! a job exists, and what the job did is read elsewhere.

use crate::azure_error::{AzureError, Shape};
use crate::error::ArmError;
use crate::exchange::Exchange;
use crate::http::{Received, Sending, azure_error, header};
use crate::operation::{Operation, Style};
use crate::read::{Answer, ReadClient, json};
use crate::request::Method;
use crate::retry::retry_after;
use serde_json::Value;
use std::ops::ControlFlow;
use std::time::Duration;

/// Wait between polls when the service asks for none (contract 0.5 (8)).
const DEFAULT_WAIT: Duration = Duration::from_secs(15);
/// Shortest wait: a `Retry-After: 0` is no invitation to hammer.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Not over: everything that is not one of the others, in whatever spelling.
    Running,
    /// Over, as wished.
    Succeeded,
    /// Over, not as wished; Azure's own words.
    Failed(Box<AzureError>),
    /// Over, because somebody canceled it.
    Canceled,
}

/// One poll.
#[derive(Debug, Clone)]
pub struct Polled {
    /// Where the operation stands.
    pub progress: Progress,
    /// The status as Azure spelled it; `202`, `200` … for the `Location` style.
    pub status: String,
    /// Percentage, if given.
    pub percent: Option<f64>,
    /// `startTime`, unless it is the year 1.
    pub started: Option<String>,
    /// `endTime`, unless it is the year 1.
    pub ended: Option<String>,
    /// Which poll of this run it was; the first is 1.
    pub count: u64,
    /// How long to wait before the next one.
    pub wait: Duration,
    /// The body, such as `properties.jobId`.
    pub body: Value,
    /// The record.
    pub exchange: Exchange,
}

impl Polled {
    /// Whether status, percentage or error differ, which is what the journal wants to know.
    pub fn differs_from(&self, earlier: &Self) -> bool {
        !self.status.eq_ignore_ascii_case(&earlier.status)
            || self.percent != earlier.percent
            || self.progress != earlier.progress
    }
}

/// How following ended.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The last poll.
    pub last: Polled,
    /// Whether the caller's closure stopped it before the operation was over.
    pub stopped: bool,
}

impl ReadClient {
    /// Polls once.
    ///
    /// # Errors
    /// As [`ReadClient::read`]. An operation that failed is no error: it is [`Progress::Failed`].
    pub async fn poll(&self, operation: &Operation) -> Result<Polled, ArmError> {
        let sending = Sending {
            method: Method::Get,
            url: operation.url.check(&self.http.cloud)?,
            shown: None,
            bytes: None,
            signed_in: true,
            withhold: false,
            hurried: false,
        };
        let accepts = |status: u16| {
            (200..300).contains(&status)
                || status == 404 && operation.gone_is_done
                || operation.style == Style::Location && matches!(status, 400 | 403 | 409 | 412)
        };
        let received = self.http.persist(&sending, &accepts).await?;
        let wait = header(&received.headers, "retry-after")
            .and_then(|text| retry_after(text, self.http.ambient.now()))
            .unwrap_or(DEFAULT_WAIT)
            .max(SHORTEST_WAIT);
        interpret(operation, received, wait)
    }

    /// Polls until the operation is over or `each` breaks, waiting as the service asks through the
    /// given waiter. Each poll is handed to `each`, the last one included.
    ///
    /// # Errors
    /// As [`ReadClient::poll`]; the operation itself goes on and can be followed again.
    pub async fn follow(
        &self,
        operation: &Operation,
        mut each: impl FnMut(&Polled) -> ControlFlow<()>,
    ) -> Result<Followed, ArmError> {
        if let Some(first) = operation.first_wait {
            self.http.ambient.wait(first.max(SHORTEST_WAIT)).await;
        }
        let mut count = 0;
        loop {
            let mut last = self.poll(operation).await?;
            count += 1;
            last.count = count;
            let stopped = each(&last).is_break();
            let over = last.progress != Progress::Running;
            if over || stopped {
                return Ok(Followed {
                    last,
                    stopped: stopped && !over,
                });
            }
            self.http.ambient.wait(last.wait).await;
        }
    }

    /// Reads the result of an operation that succeeded, from the `Location` of its start; null when
    /// it has none.
    ///
    /// # Errors
    /// As [`ReadClient::read`].
    pub async fn result_of(&self, operation: &Operation) -> Result<Answer, ArmError> {
        let Some(location) = &operation.result else {
            return Ok(Answer::new(204, Value::Null, Vec::new()));
        };
        let sending = Sending {
            method: Method::Get,
            url: location.check(&self.http.cloud)?,
            shown: None,
            bytes: None,
            signed_in: true,
            withhold: false,
            hurried: false,
        };
        let received = self
            .http
            .persist(&sending, &|s| (200..300).contains(&s))
            .await?;
        let (status, body, exchange) = json(received)?;
        Ok(Answer::new(status, body, vec![exchange]))
    }
}

fn interpret(
    operation: &Operation,
    received: Received,
    wait: Duration,
) -> Result<Polled, ArmError> {
    let failure = azure_error(&received);
    let http_status = received.status;
    let (_, body, exchange) = json(received)?;
    let (progress, status) = match operation.style {
        _ if http_status == 404 => (Progress::Succeeded, "404".to_owned()),
        Style::AsyncOperation => of_body(&body, http_status, &failure),
        Style::Location => (
            of_location(http_status, &body, failure),
            http_status.to_string(),
        ),
    };
    Ok(Polled {
        progress,
        status,
        percent: body.get("percentComplete").and_then(Value::as_f64),
        started: time(&body, "startTime"),
        ended: time(&body, "endTime"),
        count: 1,
        wait,
        body,
        exchange,
    })
}

fn of_body(body: &Value, http_status: u16, ids: &AzureError) -> (Progress, String) {
    let state = body
        .get("status")
        .or_else(|| body.get("properties")?.get("provisioningState"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let progress = match Word::of(state) {
        Some(Word::Canceled) => Progress::Canceled,
        Some(Word::Failed) => {
            let mut error = AzureError::of_value(0, body)
                .unwrap_or_else(|| AzureError::blank(0, Shape::Enveloped));
            error.request_id.clone_from(&ids.request_id);
            error.correlation_id.clone_from(&ids.correlation_id);
            Progress::Failed(Box::new(error))
        }
        Some(Word::Running) => Progress::Running,
        None if state.eq_ignore_ascii_case("succeeded") => Progress::Succeeded,
        // A status resource that is itself answered without a word is over (contract 0.5 (4)).
        None if body.is_null() && http_status == 204 => Progress::Succeeded,
        None => Progress::Running,
    };
    (progress, state.to_owned())
}

/// A 200 says that it is over; a word in the body, or in the job or resource that it is, says how.
fn of_location(http_status: u16, body: &Value, failure: AzureError) -> Progress {
    let properties = body.get("properties");
    let words = [
        body.get("status"),
        properties.and_then(|inside| inside.get("status")),
        // Site Recovery's `Location` leads to the job itself (contract e.2).
        properties.and_then(|inside| inside.get("state")),
        properties.and_then(|inside| inside.get("provisioningState")),
    ];
    let mut words = words.into_iter().flatten().filter_map(Value::as_str);
    // Of a resource the same words may be what was wished for.
    let job = body["type"].as_str().unwrap_or_default();
    let job = job.to_ascii_lowercase().ends_with("jobs");
    let word = words.find_map(Word::of);
    let word = word.filter(|word| job || http_status == 202 || !matches!(word, Word::Running));
    match (http_status, word) {
        (_, Some(Word::Canceled)) => Progress::Canceled,
        (_, Some(Word::Failed)) => Progress::Failed(Box::new(failure)),
        (200..=202, Some(Word::Running)) | (202, None) => Progress::Running,
        (200 | 201 | 204, None) => Progress::Succeeded,
        _ => Progress::Failed(Box::new(failure)),
    }
}

/// How Azure says that something is not over, or over and not as wished.
#[derive(Debug, Clone, Copy)]
enum Word {
    Failed,
    Canceled,
    Running,
}

impl Word {
    /// Reads the words of operations and of the jobs of Backup, Data Protection and Site Recovery, in any spelling.
    fn of(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            // With warnings is not as wished: what is missing stands in the tasks.
            "failed"
            | "completedwithwarnings"
            | "completedwithinformation"
            | "completedwitherrors"
            | "partiallysucceeded"
            | "partiallycompleted"
            | "timedout"
            | "aborted" => Some(Self::Failed),
            "canceled" | "cancelled" => Some(Self::Canceled),
            "inprogress" | "notstarted" | "started" | "running" | "suspended" | "cancelling" => {
                Some(Self::Running)
            }
            _ => None,
        }
    }
}

/// A time of the body; the year 1 stands for none (contract 0.5 (3)).
fn time(body: &Value, name: &str) -> Option<String> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|t| !t.starts_with("0001-"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests;
