//! Sending an action: token in memory, conditions read, intent durable, request sent once, outcome recorded.
//!
//! Nothing is ever sent again by itself while its outcome is unknown (trust.md §4).

mod next;
mod token;

pub(crate) use self::next::approved_action;
use self::next::{Next, covering_key, newest, next};
use crate::azure::{Evidenced, evidenced};
use crate::log::Beside;
use crate::steps::place_of;
use crate::{Engine, EngineError};
use drillbook_arm::{Bindings, Outcome as Sent};
use drillbook_core::{
    Command, Drill, Effect, Element, GateInputs, IntentOutcome, Outcome, Refusal, RunState, Target,
    Timestamp, bound_of, elements, is_pending, request_applies, scope,
};
use drillbook_runbook::{Request, Step, StepKind, query, template, versions};
use drillbook_trust::action::{Action, CanonicalRequest};
use drillbook_trust::gate::{Clearance, Permit};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

/// How long to wait after 429 when Azure does not say.
const THROTTLED: Duration = Duration::from_secs(30);
/// How often one intent is continued after 401 or 429 before a person is asked.
const CONTINUED: usize = 8;

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
            // After an abort nothing is begun; what Azure still works on is brought to its end.
            if known.aborted.is_some() && !newest(&known, &target).is_some_and(is_pending) {
                continue;
            }
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
                    let declared = request.filter(|request| request.reconcile.is_some());
                    let Some(request) = declared else {
                        return Ok(false);
                    };
                    if !self.search(drill, step, element, target, request).await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    pub(crate) async fn dispatch(
        &self,
        drill: &str,
        step: &Step,
        element: &Element,
        target: &Target,
        again: bool,
    ) -> Result<(), EngineError> {
        self.require_seal()?;
        let known = self.drill(drill)?;
        let action = approved_action(&known, step, element)?;
        let mut bindings = Bindings::of(&action);
        let before = if again {
            Vec::new()
        } else {
            self.lists_before(&known, step, element).await?
        };
        let (lists, mut evidence): (Vec<_>, Vec<_>) = before.into_iter().unzip();
        evidence.extend(
            self.read_inside(drill, step, &action, target, &mut bindings)
                .await?,
        );
        let (mut inside, mut blobs) = crate::azure::split(evidence);
        let case = Box::new(self.case(&*self.drill(drill)?, step, element)?);
        let command = if again {
            Command::ContinueIntent {
                target: target.clone(),
                case,
            }
        } else {
            // One append for what was read and what is intended: see `read_before` in the domain.
            let exchanges = std::mem::take(&mut inside);
            Command::Dispatch {
                target: target.clone(),
                case,
                before: lists,
                exchanges,
            }
        };
        let beside = if again {
            Beside::default()
        } else {
            Beside::blobs(std::mem::take(&mut blobs))
        };
        let (known, then) = self.transact(drill, &known.operator, command, beside)?;
        let read = Read { inside, blobs };
        for effect in then {
            if let Effect::Dispatch { permit, target } = effect {
                let sending = Sending {
                    action: &action,
                    target: &target,
                    bindings: &mut bindings,
                };
                return self.send(&known, step, sending, permit, read).await;
            }
        }
        Ok(())
    }

    /// Reads the lists that a debt is diffed against, before the element's first request.
    pub(crate) async fn lists_before(
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

    /// Reads what is born inside the action before its changing request: properties, then tokens, which
    /// stay in memory.
    async fn read_inside(
        &self,
        drill: &str,
        step: &Step,
        action: &Action,
        target: &Target,
        bindings: &mut Bindings,
    ) -> Result<Vec<Evidenced>, EngineError> {
        let inside: Vec<&Request> = step
            .requests
            .iter()
            .take_while(|request| request.name != target.request_name)
            .filter(|request| request.get.is_some() || request.secret)
            .filter(|request| action.request(&request.name).is_some())
            .collect();
        if inside.is_empty() {
            return Ok(Vec::new());
        }
        let clearance = self.clearance(drill, step, target)?;
        let mut evidence = Vec::new();
        for request in inside {
            let answer = self
                .changes()?
                .read_inside(&clearance, action, &request.name, bindings, &resolve)
                .await?;
            evidence.push(evidenced(&request.name, "action", None, answer.exchanges()));
        }
        Ok(evidence)
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
        read: Read,
    ) -> Result<(), EngineError> {
        let Sending {
            action,
            target,
            bindings,
        } = sending;
        let seen = scope(drill, step, None, None, self.0.clock.now());
        let chosen = point_time(drill, step, target);
        let check = |_: &str, answer: &Value| token::approved(action, chosen, answer);
        let (changes, name) = (self.changes()?, target.request_name.as_str());
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
        let az = match step.kind {
            StepKind::Cleanup => action.request(name).and_then(deletion),
            _ => step
                .requests
                .iter()
                .find(|request| request.name == target.request_name)
                .and_then(|request| request.az.as_deref())
                .and_then(|line| self.az_of(drill, step, target, line, &seen)),
        };
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
        let mut blobs = read.blobs;
        blobs.extend(exchange.as_ref().map(|one| one.blob.clone()));
        let command = Command::RecordOutcome {
            target: target.clone(),
            inside: read.inside,
            exchange: exchange.map(|one| one.fact),
            outcome,
        };
        self.transact(&drill.id, &drill.operator, command, Beside::blobs(blobs))?;
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
}

/// What was read for a request that is sent again, and is recorded with its outcome.
struct Read {
    inside: Vec<drillbook_core::ExchangeFact>,
    blobs: Vec<Vec<u8>>,
}

/// What is sent, with what was born inside the action.
struct Sending<'a> {
    action: &'a Action,
    target: &'a Target,
    bindings: &'a mut Bindings,
}

/// Returns the `az` line of a deletion.
pub(crate) fn deletion(request: &CanonicalRequest) -> Option<String> {
    let generic = versions::delete(&drillbook_core::decode_id(&request.path));
    generic.map(|generic| generic.az)
}

/// Returns the time of the recovery point that an element restores, if it is one.
fn point_time(drill: &Drill, step: &Step, target: &Target) -> Option<Timestamp> {
    let key = target.place.element.as_deref()?;
    let element = elements(drill, step).into_iter().find(|one| one.key == key);
    let point = element?.value?;
    // Databases say it under another name (contract b.12).
    let names = ["recoveryPointTime", "recoveryPointTimeInUTC"];
    let mut times = names
        .iter()
        .filter_map(|name| point["properties"][name].as_str());
    drillbook_runbook::test::read_time(times.next()?)
}

/// JMESPath for values born inside an action.
fn resolve(text: &str, value: &Value) -> Result<Value, Box<dyn Error + Send + Sync>> {
    query::run(text, value).map_err(Into::into)
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
