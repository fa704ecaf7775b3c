//! Sending an action: token in memory, conditions read, intent durable, request sent once, outcome recorded.
//!
//! Nothing is ever sent again by itself while its outcome is unknown (trust.md §4).

use crate::azure::{Evidenced, evidenced};
use crate::log::Beside;
use crate::reads::read_request;
use crate::steps::place_of;
use crate::{Engine, EngineError};
use drillbook_arm::{Bindings, Operation, Outcome as Sent, Progress};
use drillbook_core::{
    Command, Drill, Effect, Element, GateInputs, IntentOutcome, Outcome, Place, Refusal, RunState,
    SearchRow, Target, Timestamp, bound_of, elements, request_applies, scope,
};
use drillbook_runbook::{Reconcile, Request, Step, StepKind, query, template};
use drillbook_trust::action::Action;
use drillbook_trust::gate::{Clearance, Permit};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

/// How long to wait after 429 when Azure does not say.
const THROTTLED: Duration = Duration::from_secs(30);
/// How often jobs are listed while an outcome is unknown.
const SEARCH_EVERY: Duration = Duration::from_secs(60);
/// How long they are listed (trust.md §4).
const SEARCH_MINUTES: i64 = 10;
/// How often one intent is continued after 401 or 429 before a person is asked.
const CONTINUED: usize = 8;

/// What to do next about a changing request.
enum Next {
    Send,
    Continue,
    Follow(String),
    Search,
    Done,
    Ask,
}

impl Engine {
    /// Sends what is left of the current action, element by element.
    pub(crate) async fn run_action(&self, drill: &str, step: &Step) -> Result<(), EngineError> {
        let all = elements(&*self.drill(drill)?, step);
        for (done, element) in all.iter().enumerate() {
            self.progress(drill, &step.id, done, all.len(), &element.label);
            if !self.run_element(drill, step, element).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends one element's requests in order; false when a person has to decide.
    async fn run_element(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
    ) -> Result<bool, EngineError> {
        for request in step
            .requests
            .iter()
            .filter(|request| request.get.is_none() && !request.secret)
        {
            let known = self.drill(drill)?;
            if known
                .run(&step.id, &element.key)
                .is_some_and(|run| run.state == RunState::Passed)
            {
                return Ok(true);
            }
            let seen = scope(
                &known,
                step,
                element.value.as_ref(),
                None,
                self.0.clock.now(),
            );
            if !request_applies(&known, request, &seen, self.0.clock.now())? {
                continue;
            }
            let target = Target {
                place: place_of(step, element),
                request_name: request.name.clone(),
                bound: bound_of(step, element),
            };
            if !self
                .pursue(drill, step, element, Some(request), &target)
                .await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Brings one changing request to its end; false when a person has to decide, or Azure refused.
    pub(crate) async fn pursue(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        request: Option<&Request>,
        target: &Target,
    ) -> Result<bool, EngineError> {
        let mut continued = 0;
        loop {
            let known = self.drill(drill)?;
            match next(&known, step, request, target) {
                Next::Done => return Ok(true),
                Next::Ask => return Ok(false),
                Next::Send => self.dispatch(drill, step, element, target, false).await?,
                Next::Continue => {
                    continued += 1;
                    if continued > CONTINUED {
                        return Ok(false);
                    }
                    self.dispatch(drill, step, element, target, true).await?;
                }
                Next::Follow(url) => self.follow(drill, target, &url).await?,
                Next::Search => {
                    let reconcile = request.and_then(|request| request.reconcile.as_ref());
                    let Some(reconcile) = reconcile else {
                        return Ok(false);
                    };
                    if !self.search(drill, step, element, target, reconcile).await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    async fn dispatch(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        target: &Target,
        again: bool,
    ) -> Result<(), EngineError> {
        let known = self.drill(drill)?;
        let action = approved_action(&known, step, element)?;
        let mut bindings = Bindings::of(&action);
        let before = if again {
            Vec::new()
        } else {
            self.lists_before(&known, step, element).await?
        };
        let (lists, evidence): (Vec<_>, Vec<_>) = before.into_iter().unzip();
        self.record_lists(drill, step, element, evidence)?;
        self.read_inside(drill, step, &action, target, &mut bindings)
            .await?;
        let case = Box::new(self.case(&*self.drill(drill)?, step, element)?);
        let command = if again {
            Command::ContinueIntent {
                target: target.clone(),
                case,
            }
        } else {
            Command::Dispatch {
                target: target.clone(),
                case,
                before: lists,
            }
        };
        let (known, then) = self.transact(drill, &known.operator, command, Beside::default())?;
        for effect in then {
            if let Effect::Dispatch { permit, target } = effect {
                let sending = Sending {
                    action: &action,
                    target: &target,
                    bindings: &mut bindings,
                };
                self.send(&known, step, sending, permit).await?;
            }
        }
        Ok(())
    }

    /// Reads the lists that a debt is diffed against, before the element's first request.
    async fn lists_before(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
    ) -> Result<Vec<((String, Value), Evidenced)>, EngineError> {
        let mut all = Vec::new();
        let place = place_of(step, element);
        let begun = drill.intents.iter().any(|intent| {
            intent.step == place.step
                && intent.element == place.element
                && intent.outcome != IntentOutcome::GivenUp
        });
        if begun {
            return Ok(all);
        }
        let seen = scope(
            drill,
            step,
            element.value.as_ref(),
            None,
            self.0.clock.now(),
        );
        for list in &step.evidence_before {
            let path = template::path(&list.list, &seen).map_err(|error| Refusal::Query {
                problem: error.to_string(),
            })?;
            let (rows, evidence) = self
                .list(&drillbook_core::decode_id(&path), "before")
                .await?;
            let kept = rows
                .iter()
                .map(|row| json!({"id": row["id"], "type": row["type"], "name": row["name"]}));
            all.push(((list.name.clone(), kept.collect()), evidence));
        }
        Ok(all)
    }

    fn record_lists(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        evidence: Vec<Evidenced>,
    ) -> Result<(), EngineError> {
        if evidence.is_empty() {
            return Ok(());
        }
        let operator = self.drill(drill)?.operator.clone();
        let (exchanges, blobs) = crate::azure::split(evidence);
        let command = Command::RecordReads {
            place: place_of(step, element),
            exchanges,
            kept: Vec::new(),
        };
        self.transact(drill, &operator, command, Beside::blobs(blobs))?;
        Ok(())
    }

    /// Reads what is born inside the action before its changing request: properties, then tokens, which
    /// stay in memory.
    async fn read_inside(
        &self,
        drill: &str,
        step: &Step,
        action: &Action,
        target: &Target,
        bindings: &mut Bindings,
    ) -> Result<(), EngineError> {
        let inside: Vec<&Request> = step
            .requests
            .iter()
            .take_while(|request| request.name != target.request_name)
            .filter(|request| request.get.is_some() || request.secret)
            .filter(|request| action.request(&request.name).is_some())
            .collect();
        if inside.is_empty() {
            return Ok(());
        }
        let clearance = self.clearance(drill, step, target)?;
        let mut evidence = Vec::new();
        for request in inside {
            let answer = self
                .0
                .changes
                .read_inside(&clearance, action, &request.name, bindings, &resolve)
                .await?;
            evidence.push(evidenced(&request.name, "action", None, answer.exchanges()));
        }
        let (exchanges, blobs) = crate::azure::split(evidence);
        let operator = self.drill(drill)?.operator.clone();
        let command = Command::RecordReads {
            place: target.place.clone(),
            exchanges,
            kept: Vec::new(),
        };
        self.transact(drill, &operator, command, Beside::blobs(blobs))?;
        Ok(())
    }

    fn clearance(
        &self,
        drill: &str,
        step: &Step,
        target: &Target,
    ) -> Result<Clearance, EngineError> {
        let known = self.drill(drill)?;
        let all = elements(&known, step);
        let key = target.place.element.clone().unwrap_or_default();
        let element = all.into_iter().find(|one| one.key == key);
        let element = element.ok_or_else(|| Refusal::UnknownElement {
            step: step.id.clone(),
            element: key,
        })?;
        let case = Box::new(self.case(&known, step, &element)?);
        let command = Command::Prepare {
            target: target.clone(),
            case,
        };
        let (_, then) = self.transact(drill, &known.operator, command, Beside::default())?;
        then.into_iter()
            .find_map(|effect| match effect {
                Effect::Prepare { clearance, .. } => Some(clearance),
                _ => None,
            })
            .ok_or_else(|| Refusal::NotCovered.into())
    }

    /// Collects what `authorize` needs: the signed documents, and facts read now.
    pub(crate) fn case(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
    ) -> Result<GateInputs, EngineError> {
        let gate = step.signed_by.clone().unwrap_or_default();
        let key = covering_key(drill, step, element)?;
        let request = drill
            .requests
            .iter()
            .rev()
            .filter(|request| {
                request.step == gate && request.state == drillbook_core::RequestState::Approved
            })
            .find(|request| {
                request
                    .covers
                    .iter()
                    .any(|cover| cover.step == step.id && cover.element == key)
            })
            .ok_or(Refusal::NotCovered)?;
        let mut case = self.inputs(request)?;
        if let Some(gate) = drill.runbook.step(&gate) {
            case.facts = drillbook_core::facts(drill, gate, self.0.clock.now())?;
        }
        Ok(case)
    }

    async fn send(
        &self,
        drill: &Drill,
        step: &Step,
        sending: Sending<'_>,
        permit: Permit,
    ) -> Result<(), EngineError> {
        let Sending {
            action,
            target,
            bindings,
        } = sending;
        let seen = scope(drill, step, None, None, self.0.clock.now());
        let check = |_: &str, token: &Value| approved_token(action, token);
        let (changes, name) = (&self.0.changes, target.request_name.as_str());
        let sent = match &target.bound {
            Some(found) => {
                let found = drillbook_core::encode_id(found);
                changes
                    .send_found(permit, action, name, &found, bindings, &resolve, &check)
                    .await
            }
            None => {
                changes
                    .send(permit, action, name, bindings, &resolve, &check)
                    .await
            }
        };
        let az = step
            .requests
            .iter()
            .find(|request| request.name == target.request_name)
            .and_then(|request| request.az.as_deref())
            .and_then(|line| self.az_of(drill, step, target, line, &seen));
        let (outcome, exchange, wait) = match sent {
            Ok(sent) => translated(sent, target, az),
            // Nothing was sent: the intent is taken back as a rejection that may be sent again.
            Err(error) => {
                let outcome = Outcome::Rejected {
                    code: "client.not_sent".to_owned(),
                    message: error.to_string(),
                    again: true,
                };
                (outcome, None, None)
            }
        };
        let blob = exchange
            .as_ref()
            .map(|one| one.blob.clone())
            .into_iter()
            .collect();
        let command = Command::RecordOutcome {
            target: target.clone(),
            exchange: exchange.map(|one| one.fact),
            outcome,
        };
        self.transact(&drill.id, &drill.operator, command, Beside::blobs(blob))?;
        if let Some(wait) = wait {
            self.0.clock.wait(wait).await;
        }
        Ok(())
    }

    fn az_of(
        &self,
        drill: &Drill,
        step: &Step,
        target: &Target,
        line: &str,
        otherwise: &Value,
    ) -> Option<String> {
        let key = target.place.element.clone().unwrap_or_default();
        let element = elements(drill, step).into_iter().find(|one| one.key == key);
        let seen =
            element.map(|one| scope(drill, step, one.value.as_ref(), None, self.0.clock.now()));
        template::az(line, seen.as_ref().unwrap_or(otherwise)).ok()
    }

    /// Follows an operation to its end; the journal hears of it when it is over.
    async fn follow(&self, drill: &str, target: &Target, url: &str) -> Result<(), EngineError> {
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
        let (status, error) = match &last.progress {
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
        };
        let known = self.drill(drill)?;
        let posted = known
            .intents
            .iter()
            .rev()
            .find(|intent| {
                intent.request_name == target.request_name && intent.step == target.place.step
            })
            .is_some_and(|intent| intent.method == "POST");
        let response = if posted {
            last.body.clone()
        } else {
            Value::Null
        };
        let evidence = evidenced(
            &target.request_name,
            "poll",
            None,
            std::slice::from_ref(&last.exchange),
        );
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
    async fn search(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        target: &Target,
        reconcile: &Reconcile,
    ) -> Result<bool, EngineError> {
        loop {
            let known = self.drill(drill)?;
            let (rows, evidence) = self
                .candidates(&known, step, element, target, reconcile)
                .await?;
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
                || self.0.clock.now() >= intent.at + chrono::TimeDelta::minutes(SEARCH_MINUTES)
            {
                return Ok(false);
            }
            let end = intent.at + chrono::TimeDelta::minutes(SEARCH_MINUTES);
            let left =
                (end - self.0.clock.now()).to_std().unwrap_or_default() + Duration::from_secs(1);
            self.0.clock.wait(SEARCH_EVERY.min(left)).await;
        }
    }

    async fn candidates(
        &self,
        drill: &Drill,
        step: &Step,
        element: &Element,
        target: &Target,
        reconcile: &Reconcile,
    ) -> Result<(Vec<SearchRow>, Evidenced), EngineError> {
        let seen = scope(
            drill,
            step,
            element.value.as_ref(),
            None,
            self.0.clock.now(),
        );
        let declared = Request {
            name: target.request_name.clone(),
            post: Some(reconcile.post.clone()),
            api_version: Some(reconcile.api_version.clone()),
            body: reconcile.body.clone(),
            ..empty_request()
        };
        let canonical = drillbook_core::compose_request(drill, &declared, &seen)?;
        let answer = self
            .0
            .arm
            .read(&read_request(&declared, &canonical))
            .await?;
        let evidence = evidenced("reconcile", "reconcile", None, answer.exchanges());
        let rows = query::on_row(&reconcile.rows, answer.body(), &seen).map_err(|error| {
            Refusal::Query {
                problem: error.to_string(),
            }
        })?;
        let one = |row: &Value| -> Result<SearchRow, EngineError> {
            let read = |text: &str| {
                query::on_row(text, row, &seen).map_err(|error| Refusal::Query {
                    problem: error.to_string(),
                })
            };
            let started = read(&reconcile.started)?;
            let started = started
                .as_str()
                .and_then(|text| text.parse::<Timestamp>().ok());
            Ok(SearchRow {
                yields: read(&reconcile.yields)?,
                started,
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

    /// Gives an unanswered request up, so that a new one can be asked for.
    ///
    /// # Errors
    /// [`EngineError::Refused`] before ten minutes have passed without a match.
    pub fn give_up(
        &self,
        drill: &str,
        place: Place,
        request_name: &str,
    ) -> Result<(), EngineError> {
        let target = Target {
            place,
            request_name: request_name.to_owned(),
            bound: None,
        };
        self.command(drill, Command::GiveUpIntent { target })?;
        Ok(())
    }
}

/// What is sent, with what was born inside the action.
struct Sending<'a> {
    action: &'a Action,
    target: &'a Target,
    bindings: &'a mut Bindings,
}

fn next(drill: &Drill, step: &Step, request: Option<&Request>, target: &Target) -> Next {
    let intent = drill.intents.iter().rev().find(|intent| {
        intent.step == target.place.step
            && intent.element == target.place.element
            && intent.request_name == target.request_name
            && intent.bound == target.bound
    });
    let Some(intent) = intent else {
        return Next::Send;
    };
    let repeatable = match intent.method.as_str() {
        "PUT" | "DELETE" => true,
        "PATCH" => request.is_some_and(|request| request.read_back.is_some()),
        _ => false,
    };
    let cleanup = step.kind == StepKind::Cleanup;
    match (&intent.outcome, &intent.poll_url, &intent.finished) {
        (IntentOutcome::Adopted, ..) => Next::Done,
        (IntentOutcome::Accepted, Some(url), None) => Next::Follow(url.clone()),
        (IntentOutcome::Accepted, _, Some((status, ..)))
            if !status.eq_ignore_ascii_case("succeeded") =>
        {
            if cleanup {
                Next::Done
            } else {
                Next::Ask
            }
        }
        (IntentOutcome::Accepted, ..) => Next::Done,
        (IntentOutcome::Rejected { again: true, .. }, ..) => Next::Continue,
        (IntentOutcome::Rejected { .. }, ..) => Next::Ask,
        (IntentOutcome::Open | IntentOutcome::Unanswered, ..) if repeatable => Next::Continue,
        (IntentOutcome::Open | IntentOutcome::Unanswered, ..) => Next::Search,
        (IntentOutcome::GivenUp, ..) => Next::Send,
    }
}

/// Returns the key under which an element's action was approved.
fn covering_key(
    drill: &Drill,
    step: &Step,
    element: &Element,
) -> Result<Option<String>, EngineError> {
    let approved = drillbook_core::approved_element(drill, step, element, drill.last_at)?;
    Ok(approved.value.as_ref().map(|_| approved.key.clone()))
}

/// Returns the action as it was approved.
fn approved_action(drill: &Drill, step: &Step, element: &Element) -> Result<Action, EngineError> {
    let key = covering_key(drill, step, element)?;
    let gate = step.signed_by.clone().unwrap_or_default();
    drill
        .requests
        .iter()
        .rev()
        .filter(|request| {
            request.step == gate && request.state == drillbook_core::RequestState::Approved
        })
        .flat_map(|request| &request.covers)
        .find(|cover| cover.step == step.id && cover.element == key)
        .and_then(|cover| cover.action.clone())
        .ok_or_else(|| Refusal::NotCovered.into())
}

/// JMESPath for values born inside an action.
fn resolve(text: &str, value: &Value) -> Result<Value, Box<dyn Error + Send + Sync>> {
    query::run(text, value).map_err(Into::into)
}

/// The token must be for the vault and container that the approved path names.
fn approved_token(action: &Action, token: &Value) -> Result<(), String> {
    let Some(request) = action
        .requests()
        .iter()
        .find(|one| one.path.to_ascii_lowercase().ends_with("/accesstoken"))
    else {
        return Ok(());
    };
    let path = drillbook_core::decode_id(&request.path).to_ascii_lowercase();
    let differs = |member: &str, segment: &str| {
        let value = token
            .pointer(&format!("/properties/{member}"))
            .and_then(Value::as_str);
        let own = drillbook_runbook::reference::segment(&path, segment);
        match (value, own) {
            (Some(value), Some(own)) => !own
                .to_ascii_lowercase()
                .contains(&value.to_ascii_lowercase()),
            _ => false,
        }
    };
    for (member, segment) in [
        ("resourceName", "vaults"),
        ("containerName", "protectionContainers"),
    ] {
        if differs(member, segment) {
            return Err(member.to_owned());
        }
    }
    Ok(())
}

fn translated(
    sent: Sent,
    target: &Target,
    az: Option<String>,
) -> (Outcome, Option<Evidenced>, Option<Duration>) {
    let evidence = |exchange: &drillbook_arm::Exchange| {
        evidenced(
            &target.request_name,
            "action",
            az.clone(),
            std::slice::from_ref(exchange),
        )
    };
    match sent {
        Sent::Accepted {
            exchange,
            operation,
            body,
            ..
        } => {
            let poll_url = operation.and_then(|operation| serde_json::to_string(&operation).ok());
            (
                Outcome::Accepted {
                    poll_url,
                    response: body,
                },
                Some(evidence(&exchange)),
                None,
            )
        }
        Sent::Rejected {
            exchange,
            error,
            retry_ok,
        } => {
            let after = exchange
                .headers
                .get("retry-after")
                .and_then(|text| text.parse::<u64>().ok());
            let wait = retry_ok.then(|| after.map_or(THROTTLED, Duration::from_secs));
            let outcome = Outcome::Rejected {
                code: error.code.clone(),
                message: error.message.clone(),
                again: retry_ok,
            };
            (outcome, Some(evidence(&exchange)), wait)
        }
        Sent::Unknown { reason, exchange } => {
            let reason = serde_json::to_value(reason)
                .ok()
                .and_then(|text| text.as_str().map(str::to_owned));
            let outcome = Outcome::Unanswered {
                reason: reason.unwrap_or_default(),
            };
            (outcome, exchange.map(|exchange| evidence(&exchange)), None)
        }
    }
}

fn empty_request() -> Request {
    let text = json!({"name": "", "needs": "secondary"});
    serde_json::from_value(text).expect("a request needs only a name and what it needs")
}
