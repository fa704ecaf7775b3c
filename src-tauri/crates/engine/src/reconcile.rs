//! Clearing up what became of a request: operations followed to their end, jobs searched and adopted.
//!
//! Nothing is ever sent again by itself while its outcome is unknown (trust.md §4).

use crate::azure::{Evidenced, evidenced};
use crate::log::Beside;
use crate::reads::read_request;
use crate::{Engine, EngineError};
use drillbook_arm::{Operation, Polled, Progress};
use drillbook_core::{
    Command, Drill, Element, IntentOutcome, Place, Refusal, SearchRow, Target, has_job, scope,
};
use drillbook_runbook::test::read_time;
use drillbook_runbook::{Reconcile, Request, Step, query};
use serde_json::{Value, json};
use std::time::Duration;

/// How often jobs are listed while an outcome is unknown.
const SEARCH_EVERY: Duration = Duration::from_secs(60);
/// How long they are listed (trust.md §4).
const SEARCH_MINUTES: i64 = 10;

impl Engine {
    /// Follows an operation to its end; the journal hears of it when it is over.
    pub(crate) async fn follow(
        &self,
        drill: &str,
        target: &Target,
        url: &str,
    ) -> Result<(), EngineError> {
        let unreadable = || EngineError::Unreadable {
            what: "operation address".to_owned(),
        };
        let operation: Operation = serde_json::from_str(url).map_err(|_| unreadable())?;
        let followed = self
            .0
            .arm
            .follow(&operation, |_| std::ops::ControlFlow::Continue(()))
            .await?;
        let last = followed.last;
        let (status, error) = ended(&last);
        let known = self.drill(drill)?;
        let posted = known
            .intents
            .iter()
            .rev()
            .find(|intent| {
                intent.request_name == target.request_name && intent.step == target.place.step
            })
            .is_some_and(|intent| intent.method == "POST");
        let mut exchanges = vec![last.exchange.clone()];
        let mut response = if posted {
            last.body.clone()
        } else {
            Value::Null
        };
        if posted && last.progress == Progress::Succeeded && operation.has_its_job_elsewhere() {
            let answer = self.0.arm.result_of(&operation).await?;
            exchanges.extend_from_slice(answer.exchanges());
            response = answer.into_body();
        }
        let evidence = evidenced(&target.request_name, "poll", None, &exchanges);
        let command = Command::RecordOperation {
            target: target.clone(),
            exchange: evidence.fact,
            status,
            response,
            error,
        };
        self.transact(
            drill,
            &known.operator,
            command,
            Beside::blobs(vec![evidence.blob]),
        )?;
        Ok(())
    }

    /// Looks for the job of an unanswered request until it is found or ten minutes have passed.
    /// True when it was adopted.
    pub(crate) async fn search(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        target: &Target,
        request: &Request,
    ) -> Result<bool, EngineError> {
        loop {
            let known = self.drill(drill)?;
            let (mut rows, evidence) = self.candidates(&known, step, element, request).await?;
            let others = self.drills()?;
            let taken = |row: &SearchRow| {
                let mut others = others.iter().filter(|other| other.id != drill);
                others.any(|other| has_job(other, &row.yields))
            };
            rows.retain(|row| !taken(row));
            let command = Command::RecordSearch {
                target: target.clone(),
                exchange: evidence.fact,
                rows,
            };
            let (known, _) = self.transact(
                drill,
                &known.operator,
                command,
                Beside::blobs(vec![evidence.blob]),
            )?;
            let intent = known
                .intent(
                    &target.place.step,
                    target.place.element.as_deref(),
                    &target.request_name,
                    None,
                )
                .ok_or(Refusal::NotCovered)?;
            if intent.outcome == IntentOutcome::Adopted {
                return Ok(true);
            }
            let several = intent
                .candidates
                .as_ref()
                .and_then(|(_, rows)| rows.as_array())
                .is_some_and(|rows| rows.len() > 1);
            if several
                || self.0.clock.now() >= intent.sent + chrono::TimeDelta::minutes(SEARCH_MINUTES)
            {
                return Ok(false);
            }
            let end = intent.sent + chrono::TimeDelta::minutes(SEARCH_MINUTES);
            let left =
                (end - self.0.clock.now()).to_std().unwrap_or_default() + Duration::from_secs(1);
            self.0.clock.wait(SEARCH_EVERY.min(left)).await;
        }
    }

    /// Asks Azure what could have come of a request, and reads the rows as the runbook says.
    async fn candidates(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        request: &Request,
    ) -> Result<(Vec<SearchRow>, Evidenced), EngineError> {
        let now = self.0.clock.now();
        let seen = scope(drill, step, element.value.as_ref(), None, now);
        let Some((reconcile, mut asked)) = question(request) else {
            return Err(Refusal::NotCovered.into());
        };
        let canonical = drillbook_core::compose_request(drill, &asked, &seen)?;
        // Nothing at the address that the request itself had is an answer: it was not made.
        let own = drillbook_core::compose_request(drill, request, &seen)?;
        if asked.get.is_some() && own.path == canonical.path {
            asked.accept = vec![200, 404];
        }
        let answer = self.0.arm.read(&read_request(&asked, &canonical)).await?;
        let evidence = evidenced("reconcile", "reconcile", None, answer.exchanges());
        if answer.status() == 404 {
            return Ok((Vec::new(), evidence));
        }
        let read = |text: &str, row: &Value| {
            query::on_row(text, row, &seen).map_err(|error| Refusal::Query {
                problem: error.to_string(),
            })
        };
        let rows = read(&reconcile.rows, answer.body())?;
        let one = |row: &Value| -> Result<SearchRow, EngineError> {
            let started = read(&reconcile.started, row)?;
            Ok(SearchRow {
                yields: read(&reconcile.yields, row)?,
                // Azure writes times with and without an offset (contract 0.5).
                started: started.as_str().and_then(read_time),
                row: row.clone(),
            })
        };
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok((rows.iter().map(one).collect::<Result<_, _>>()?, evidence))
    }

    /// Takes one of several candidates as ours: the operator's choice.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is none of those that were found.
    pub fn adopt(
        &self,
        drill: &str,
        place: Place,
        request_name: &str,
        key: &str,
    ) -> Result<(), EngineError> {
        let target = Target {
            place,
            request_name: request_name.to_owned(),
            bound: None,
        };
        self.command(
            drill,
            Command::Adopt {
                target,
                key: key.to_owned(),
            },
        )?;
        Ok(())
    }

    /// Gives an unanswered request up, so that a new one can be asked for: nothing was found, or nothing that is ours.
    ///
    /// # Errors
    /// [`EngineError::Refused`] without a reason, and unless Azure was asked ten minutes after it was sent or later.
    pub fn give_up(
        &self,
        drill: &str,
        place: Place,
        request_name: &str,
        reason: String,
    ) -> Result<(), EngineError> {
        let target = Target {
            place,
            request_name: request_name.to_owned(),
            bound: None,
        };
        self.command(drill, Command::GiveUpIntent { target, reason })?;
        Ok(())
    }
}

/// Returns how an operation stands, and what went wrong with it.
fn ended(last: &Polled) -> (String, Option<String>) {
    match &last.progress {
        Progress::Succeeded => ("Succeeded".to_owned(), None),
        Progress::Failed(error) => (
            "Failed".to_owned(),
            Some(format!("{}: {}", error.code, error.message)),
        ),
        Progress::Canceled => (
            "Canceled".to_owned(),
            Some("the operation was canceled".to_owned()),
        ),
        Progress::Running => (last.status.clone(), None),
    }
}

/// Returns how an unknown outcome of a request is cleared up, as a request that reads.
fn question(request: &Request) -> Option<(&Reconcile, Request)> {
    let reconcile = request.reconcile.as_ref()?;
    let text = json!({"name": request.name, "needs": request.needs});
    let empty: Request = serde_json::from_value(text).expect("a request needs a name and a place");
    let asked = Request {
        post: reconcile.post.clone(),
        get: reconcile.get.clone(),
        api_version: Some(reconcile.api_version.clone()),
        filter: reconcile.filter.clone(),
        body: reconcile.body.clone(),
        ..empty
    };
    Some((reconcile, asked))
}
