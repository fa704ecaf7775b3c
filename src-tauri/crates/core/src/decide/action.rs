//! Rules of requests that change Azure: exactly once, only behind an approval, never blindly again.

use super::gate::{Bench, gate_of};
use super::{current, element_of, facts, of_kind};
use crate::command::{
    Decision, Effect, ExchangeFact, GateInputs, Outcome, Place, SearchRow, Target,
};
use crate::compose::{approved_element, changes, compose_action, decode_id, owed_id};
use crate::drill::{Drill, Intent, IntentOutcome, RequestState, RunState};
use crate::elements::{Element, bound_of, elements, is_unknown};
use crate::judge::{captures, holds, run};
use crate::{Answers, Event, Json, Refusal, Timestamp, scope};
use chrono::{SecondsFormat, TimeDelta};
use drillbook_runbook::model::{Debt, Find, Step, StepKind};
use drillbook_runbook::{duration, template};
use drillbook_trust::action::{Action, CanonicalRequest, differences};
use drillbook_trust::gate::Continuation;
use serde_json::{Value, json};

/// How long a search for the job of an unanswered request goes on before it may be given up
/// (trust.md §4).
const SEARCH: TimeDelta = TimeDelta::minutes(10);

/// What stands between a target and its dispatch, once it is found.
struct Aim<'a> {
    step: &'a Step,
    element: Element,
    action: Action,
    request: CanonicalRequest,
    attempt: u64,
}

/// Finds the approved action of a target and compares it with what would be sent now.
fn aim<'a>(
    drill: &'a Drill,
    target: &Target,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Aim<'a>, Refusal> {
    let step = of_kind(
        current(drill, &target.place.step)?,
        &[StepKind::Action, StepKind::Cleanup],
    )?;
    let element = element_of(drill, step, target.place.element.as_deref())?;
    // Whatever else a request would be bound to, it would count as another one and be sent once more.
    if target.bound != bound_of(step, &element) {
        return Err(Refusal::NotCovered);
    }
    let approved = approved_element(drill, step, &element, now)?;
    let covered = covered_action(drill, step, &approved, case)?;
    let action = compose_action(drill, step, &approved, covered.salt(), now)?;
    if action.digest() != covered.digest() {
        return Err(Refusal::ActionDiffers {
            fields: differences(&covered, &action),
        });
    }
    let request = action
        .request(&target.request_name)
        .cloned()
        .ok_or(Refusal::NotCovered)?;
    let attempt = drill
        .intents
        .iter()
        .filter(|intent| same(intent, target))
        .count() as u64
        + 1;
    Ok(Aim {
        step,
        element,
        action,
        request,
        attempt,
    })
}

/// Returns the action that the standing sign-off covers; one that was closed covers nothing.
fn covered_action(
    drill: &Drill,
    step: &Step,
    approved: &Element,
    case: &GateInputs,
) -> Result<Action, Refusal> {
    let request = case.request.digest().to_string();
    let key = approved.value.as_ref().map(|_| approved.key.as_str());
    let sign_off = drill
        .sign_off_by_digest(&request)
        .filter(|known| known.state == RequestState::Approved)
        .ok_or(Refusal::NotCovered)?;
    sign_off
        .covers
        .iter()
        .filter(|cover| cover.step == step.id && cover.element.as_deref() == key)
        .find_map(|cover| cover.action.clone())
        .ok_or(Refusal::NotCovered)
}

fn same(intent: &Intent, target: &Target) -> bool {
    intent.step == target.place.step
        && intent.element == target.place.element
        && intent.request_name == target.request_name
        && intent.bound == target.bound
}

/// Everything before this request in the same element must be done, and this one not be sent yet.
fn in_order(drill: &Drill, aim: &Aim<'_>, target: &Target) -> Result<(), Refusal> {
    not_aborted(drill, aim)?;
    for request in aim.step.requests.iter().filter(|request| changes(request)) {
        if request.name == target.request_name {
            break;
        }
        if aim.action.request(&request.name).is_none() {
            continue;
        }
        let earlier = Target {
            request_name: request.name.clone(),
            ..target.clone()
        };
        if !drill
            .intents
            .iter()
            .rev()
            .find(|intent| same(intent, &earlier))
            .is_some_and(is_complete)
        {
            return Err(Refusal::OutOfOrder {
                step: aim.step.id.clone(),
            });
        }
    }
    let place = || (target.place.step.clone(), target.request_name.clone());
    match drill
        .intents
        .iter()
        .rev()
        .find(|intent| same(intent, target))
        .map(|intent| &intent.outcome)
    {
        None | Some(IntentOutcome::GivenUp | IntentOutcome::Rejected { .. }) => Ok(()),
        Some(IntentOutcome::Accepted | IntentOutcome::Adopted) => {
            let (step, request_name) = place();
            Err(Refusal::OutcomeKnown { step, request_name })
        }
        Some(IntentOutcome::Open | IntentOutcome::Unanswered) => {
            let (step, request_name) = place();
            Err(Refusal::OutcomeUnknown { step, request_name })
        }
    }
}

/// After an abort an action is only cleared up, never begun: what is sent then is deletion.
fn not_aborted(drill: &Drill, aim: &Aim<'_>) -> Result<(), Refusal> {
    if drill.aborted.is_some() && aim.step.kind == StepKind::Action {
        return Err(Refusal::NotCurrent {
            step: aim.step.id.clone(),
        });
    }
    Ok(())
}

/// Returns whether an intent has come to a good end.
fn is_complete(intent: &Intent) -> bool {
    match intent.outcome {
        IntentOutcome::Adopted => true,
        IntentOutcome::Accepted => match &intent.finished {
            Some(_) => !failed_operation(intent),
            None => intent.poll_url.is_none(),
        },
        _ => false,
    }
}

/// May the secrets of this action be fetched? Nothing becomes durable by asking.
pub(super) fn prepare(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let aim = aim(drill, &target, case, now)?;
    in_order(drill, &aim, &target)?;
    let bench = Bench::of(drill, case, &target);
    let put = bench.case(drill, gate_of(drill, aim.step)?, case, &aim.action, now)?;
    let again = drill
        .intents
        .iter()
        .rev()
        .find(|intent| same(intent, &target))
        .and_then(|intent| Some((bench.intended(intent)?, rejected_status(intent)?)));
    let clearance = match again {
        Some((intended, status)) => {
            drillbook_trust::gate::prepare_again(&put, &intended, Continuation::Rejected(status))?
        }
        None => drillbook_trust::gate::prepare(&put)?,
    };
    Ok(Decision {
        events: Vec::new(),
        then: vec![Effect::Prepare { clearance, target }],
    })
}

/// Books the debt and makes the intent durable; the permit is released with the append.
pub(super) fn dispatch(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    before: Vec<(String, Value)>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let aim = aim(drill, &target, case, now)?;
    in_order(drill, &aim, &target)?;
    let bench = Bench::of(drill, case, &target);
    let put = bench.case(drill, gate_of(drill, aim.step)?, case, &aim.action, now)?;
    let permit = drillbook_trust::gate::authorize(&put)?;
    let mut events: Vec<Event> = before
        .iter()
        .map(|(name, value)| Event::ValueCaptured {
            step: aim.step.id.clone(),
            name: name.clone(),
            element: target.place.element.clone(),
            value: Json(value.clone()),
        })
        .collect();
    events.push(Event::ActionIntended {
        step: aim.step.id.clone(),
        request_name: target.request_name.clone(),
        action: aim.action.digest().to_string(),
        request: case.request.digest().to_string(),
        method: aim.request.method.clone(),
        attempt: aim.attempt,
        element: target.place.element.clone(),
        path: aim.request.path.clone(),
        bound: target.bound.clone(),
    });
    events.extend(debts(drill, &aim, &target, &before, now)?);
    Ok(Decision {
        events,
        then: vec![Effect::Dispatch { permit, target }],
    })
}

/// A debt is booked with the first request of its element that can cause it.
fn debts(
    drill: &Drill,
    aim: &Aim<'_>,
    target: &Target,
    before: &[(String, Value)],
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    for (number, owed) in aim.step.owes.iter().enumerate() {
        let due_with = match &owed.find {
            Find::Id { id } => id.strip_prefix("request:").unwrap_or_default().to_owned(),
            Find::New { .. } => first_change(aim),
        };
        let element = target.place.element.as_deref().unwrap_or_default();
        let debt = format!("{}/{number}/{}", aim.step.id, position(drill, aim, element));
        let booked = drill.debts.iter().any(|known| known.debt == debt);
        if due_with != target.request_name || booked {
            continue;
        }
        let scope = scope(drill, aim.step, aim.element.value.as_ref(), None, now);
        if let Some(when) = &owed.when
            && !holds(when, &scope, drill.measured_at(now))?
        {
            continue;
        }
        events.push(booking(
            drill, aim, target, owed, &debt, before, &scope, now,
        )?);
    }
    Ok(events)
}

fn first_change(aim: &Aim<'_>) -> String {
    let mut changing = aim.step.requests.iter().filter(|request| changes(request));
    let first = changing.find(|request| aim.action.request(&request.name).is_some());
    first
        .map(|request| request.name.clone())
        .unwrap_or_default()
}

fn position(drill: &Drill, aim: &Aim<'_>, element: &str) -> usize {
    elements(drill, aim.step)
        .iter()
        .position(|one| one.key == element)
        .unwrap_or(0)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one fact")]
fn booking(
    drill: &Drill,
    aim: &Aim<'_>,
    target: &Target,
    owed: &Debt,
    debt: &str,
    before: &[(String, Value)],
    scope: &Value,
    now: Timestamp,
) -> Result<Event, Refusal> {
    let problem = |error: template::TemplateError| Refusal::Query {
        problem: error.to_string(),
    };
    let (list, known) = match &owed.find {
        Find::New { list, new_since } => {
            let list = template::path(list, scope)
                .map(|path| decode_id(&path))
                .map_err(problem)?;
            let rows = before
                .iter()
                .find(|(name, _)| name == new_since)
                .map(|(_, rows)| rows.clone());
            let rows = rows.or_else(|| scope.pointer(&format!("/item/{new_since}")).cloned());
            let rows = rows
                .or_else(|| scope.get(new_since).cloned())
                .unwrap_or(json!([]));
            (Some(list), Some(Json(ids(&rows))))
        }
        Find::Id { .. } => (None, None),
    };
    let cost_per_day = match &owed.cost_per_day {
        Some(text) => run(text, scope)?.as_f64().map(|cost| format!("{cost:.2}")),
        None => None,
    };
    Ok(Event::DebtBooked {
        debt: debt.to_owned(),
        step: aim.step.id.clone(),
        owner: drill.operator.clone(),
        deadline: deadline(drill, now),
        settled_by: owed.settled_by.clone(),
        element: target.place.element.clone(),
        what: template::text(&owed.what, scope).map_err(problem)?,
        list,
        before: known,
        id: owed_id(&owed.find, &aim.action),
        within: template::path(&owed.delete.within, scope)
            .map(|path| decode_id(&path))
            .map_err(problem)?,
        after: Json(json!(owed.delete.after)),
        only_if: owed.delete.only_if.clone(),
        cost_per_day,
    })
}

fn ids(rows: &Value) -> Value {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .filter_map(|row| row.get("id").cloned())
        .collect()
}

fn deadline(drill: &Drill, now: Timestamp) -> String {
    let own = || {
        let text = drill.objective("cleanup")?;
        Some(drill.opened + duration::parse(&text).ok()?)
    };
    let at = drill
        .deadline
        .or_else(own)
        .unwrap_or(now + TimeDelta::hours(48));
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Gives the permit for an intent that is open already, with no new approval (trust.md §4).
pub(super) fn continue_intent(
    drill: &Drill,
    target: Target,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let aim = aim(drill, &target, case, now)?;
    let intent = drill
        .intents
        .iter()
        .rev()
        .find(|intent| same(intent, &target))
        .ok_or(Refusal::NotCovered)?;
    let repeatable = match aim.request.method.as_str() {
        "PUT" | "DELETE" => true,
        "PATCH" => aim
            .step
            .requests
            .iter()
            .any(|one| one.name == target.request_name && one.read_back.is_some()),
        _ => false,
    };
    let allowed = match &intent.outcome {
        IntentOutcome::Rejected { again, .. } => *again || repeatable,
        IntentOutcome::Open | IntentOutcome::Unanswered => repeatable,
        IntentOutcome::Accepted => repeatable && failed_operation(intent),
        IntentOutcome::Adopted | IntentOutcome::GivenUp => false,
    };
    if !is_unknown(intent) {
        not_aborted(drill, &aim)?;
    }
    if !allowed {
        let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
        return Err(Refusal::OutcomeUnknown { step, request_name });
    }
    let bench = Bench::of(drill, case, &target);
    let put = bench.case(drill, gate_of(drill, aim.step)?, case, &aim.action, now)?;
    let intended = bench.intended(intent).ok_or(Refusal::NotCovered)?;
    let why = rejected_status(intent).map_or(Continuation::ReadBack, Continuation::Rejected);
    let permit = drillbook_trust::gate::continue_intent(&put, &intended, why)?;
    let events = if repeatable {
        Vec::new()
    } else {
        vec![sent_again(&target)]
    };
    Ok(Decision {
        events,
        then: vec![Effect::Dispatch { permit, target }],
    })
}

/// A request that is not idempotent is of unknown outcome from the moment it is sent again: after a
/// crash the old rejection would let it be sent a third time.
fn sent_again(target: &Target) -> Event {
    Event::ActionUnanswered {
        step: target.place.step.clone(),
        request_name: target.request_name.clone(),
        reason: "sent again after it was rejected; not answered yet".to_owned(),
        element: target.place.element.clone(),
        bound: target.bound.clone(),
    }
}

/// Returns the HTTP status of a rejection after which the same intent may be sent again.
fn rejected_status(intent: &Intent) -> Option<u16> {
    match &intent.outcome {
        IntentOutcome::Rejected { again: true, code } if code.contains("Token") => Some(401),
        IntentOutcome::Rejected { again: true, .. } => Some(429),
        _ => None,
    }
}

fn failed_operation(intent: &Intent) -> bool {
    intent
        .finished
        .as_ref()
        .is_some_and(|(status, ..)| !status.eq_ignore_ascii_case("succeeded"))
}

/// Returns the intent that still waits for an answer, or may have been sent again.
fn awaited<'a>(drill: &'a Drill, target: &Target) -> Result<&'a Intent, Refusal> {
    let intent = newest(drill, target)?;
    match &intent.outcome {
        IntentOutcome::Open | IntentOutcome::Unanswered | IntentOutcome::Rejected { .. } => {
            Ok(intent)
        }
        IntentOutcome::Accepted if failed_operation(intent) => Ok(intent),
        IntentOutcome::Accepted | IntentOutcome::Adopted | IntentOutcome::GivenUp => {
            Err(known_already(target))
        }
    }
}

fn newest<'a>(drill: &'a Drill, target: &Target) -> Result<&'a Intent, Refusal> {
    let mut intents = drill.intents.iter().rev();
    intents
        .find(|intent| same(intent, target))
        .ok_or(Refusal::NotCovered)
}

fn known_already(target: &Target) -> Refusal {
    let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
    Refusal::OutcomeKnown { step, request_name }
}

/// Records what came of sending.
pub(super) fn outcome(
    drill: &Drill,
    target: &Target,
    exchange: Option<ExchangeFact>,
    outcome: Outcome,
) -> Result<Decision, Refusal> {
    let intent = awaited(drill, target)?;
    let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
    let (element, bound) = (target.place.element.clone(), target.bound.clone());
    let evidence = exchange.as_ref().map(|exchange| exchange.evidence.clone());
    let status = exchange.as_ref().map_or(0, |exchange| exchange.status);
    let correlation_id = exchange
        .as_ref()
        .and_then(|exchange| exchange.correlation_id.clone());
    let mut events: Vec<Event> = exchange
        .into_iter()
        .map(|exchange| exchange.into_event(&step, element.as_deref()))
        .collect();
    let repeated_delete = intent.method == "DELETE";
    match outcome {
        Outcome::Accepted { poll_url, response } => events.push(Event::ActionAccepted {
            step,
            request_name,
            status,
            element,
            bound,
            poll_url,
            evidence: evidence.unwrap_or_default(),
            response: Json(kept(response)),
            correlation_id,
        }),
        Outcome::Rejected {
            code,
            message,
            again,
        } => {
            events.push(Event::ActionRejected {
                step: step.clone(),
                request_name,
                status,
                code: code.clone(),
                again,
                element: element.clone(),
                bound,
                message: message.clone(),
                evidence,
            });
            if !again && !repeated_delete {
                events.push(Event::StepFailed {
                    step,
                    code: "action.rejected".to_owned(),
                    element,
                    detail: format!("{code}: {message}"),
                });
            }
        }
        Outcome::Unanswered { reason } => {
            events.push(Event::ActionUnanswered {
                step,
                request_name,
                reason,
                element,
                bound,
            });
        }
    }
    Ok(facts(events))
}

/// Answers above 64 KiB are kept as evidence only.
fn kept(response: Value) -> Value {
    if response.to_string().len() <= 65_536 {
        response
    } else {
        Value::Null
    }
}

/// Records the end of an operation; anything but success fails the step.
pub(super) fn operation(
    drill: &Drill,
    target: &Target,
    exchange: ExchangeFact,
    status: String,
    response: Value,
    error: Option<String>,
) -> Result<Decision, Refusal> {
    let intent = newest(drill, target)?;
    match (&intent.outcome, &intent.finished) {
        (IntentOutcome::Accepted, None) => {}
        (IntentOutcome::Open | IntentOutcome::Unanswered, _) => {
            let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
            return Err(Refusal::OutcomeUnknown { step, request_name });
        }
        _ => return Err(known_already(target)),
    }
    let cleanup = drill
        .runbook
        .step(&intent.step)
        .is_some_and(|step| step.kind == StepKind::Cleanup);
    let (step, element) = (target.place.step.clone(), target.place.element.clone());
    let evidence = exchange.evidence.clone();
    let mut events = vec![exchange.into_event(&step, element.as_deref())];
    let succeeded = status.eq_ignore_ascii_case("succeeded");
    let detail = error.clone().unwrap_or_else(|| status.clone());
    events.push(Event::OperationFinished {
        step: step.clone(),
        request_name: target.request_name.clone(),
        status,
        element: element.clone(),
        bound: target.bound.clone(),
        response: Json(kept(response)),
        evidence,
        error,
    });
    if !succeeded && !cleanup {
        events.push(Event::StepFailed {
            step,
            code: "action.operation_failed".to_owned(),
            element,
            detail,
        });
    }
    Ok(facts(events))
}

fn unknown<'a>(drill: &'a Drill, target: &Target) -> Result<&'a Intent, Refusal> {
    let intent = newest(drill, target)?;
    if is_unknown(intent) {
        Ok(intent)
    } else {
        Err(known_already(target))
    }
}

/// Compares jobs that Azure lists with an intent: exactly one match is adopted, several are put to
/// the operator (trust.md §4).
pub(super) fn search(
    drill: &Drill,
    target: &Target,
    exchange: ExchangeFact,
    rows: &[SearchRow],
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let intent = unknown(drill, target)?;
    let matches: Vec<&SearchRow> = rows
        .iter()
        .filter(|row| could_be(drill, intent, row))
        .collect();
    let element = target.place.element.clone();
    let (step, request_name) = (target.place.step.clone(), target.request_name.clone());
    let list: Value = matches
        .iter()
        .map(|row| json!({"key": text(&row.yields), "yields": row.yields, "started": row.started.map(|at| at.to_rfc3339()), "row": row.row}))
        .collect();
    let nothing_new = intent
        .candidates
        .as_ref()
        .is_some_and(|(_, known)| known == &list);
    let over = now >= intent.at + SEARCH;
    if nothing_new && !over && matches.len() != 1 {
        return Ok(facts(Vec::new()));
    }
    let already_said = nothing_new
        && intent
            .candidates
            .as_ref()
            .is_some_and(|(at, _)| *at >= intent.at + SEARCH);
    if already_said && matches.len() != 1 {
        return Ok(facts(Vec::new()));
    }
    let mut events = Vec::new();
    if intent.outcome == IntentOutcome::Open {
        events.push(Event::ActionUnanswered {
            step: step.clone(),
            request_name: request_name.clone(),
            reason: "no outcome was recorded".to_owned(),
            element: element.clone(),
            bound: target.bound.clone(),
        });
    }
    let evidence = exchange.evidence.clone();
    events.push(exchange.into_event(&step, element.as_deref()));
    events.push(Event::ReconcileSearched {
        step: step.clone(),
        request_name: request_name.clone(),
        candidates: matches.len() as u64,
        element: element.clone(),
        rows: Json(list),
        evidence,
    });
    if let [only] = matches.as_slice() {
        let adopted = Json(only.yields.clone());
        events.push(Event::ActionAdopted {
            step,
            request_name,
            by: "match".to_owned(),
            element,
            adopted,
        });
    }
    Ok(facts(events))
}

/// Start time within [intent − 2 min, intent + 10 min], and not already adopted.
fn could_be(drill: &Drill, intent: &Intent, row: &SearchRow) -> bool {
    let in_time = row
        .started
        .is_some_and(|at| at >= intent.at - TimeDelta::minutes(2) && at <= intent.at + SEARCH);
    in_time && !is_taken(drill, &row.yields)
}

/// Returns whether a job is known to belong to one of this drill's intents.
fn is_taken(drill: &Drill, job: &Value) -> bool {
    let answered = |known: &Intent| known.response == *job && !job.is_null();
    let followed = |known: &Intent| {
        let body = known.finished.as_ref().map(|(_, body, _)| body);
        body.and_then(|body| body.pointer("/properties/jobId")) == Some(job)
    };
    drill
        .intents
        .iter()
        .any(|known| answered(known) || followed(known))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn adopt(drill: &Drill, target: &Target, key: &str) -> Result<Decision, Refusal> {
    let intent = unknown(drill, target)?;
    let rows = intent
        .candidates
        .as_ref()
        .map(|(_, rows)| rows.clone())
        .unwrap_or_default();
    let row = rows
        .as_array()
        .and_then(|rows| rows.iter().find(|row| row["key"] == key));
    // Entries of older versions have the key alone.
    let job = row.map(|row| row.get("yields").cloned().unwrap_or_else(|| json!(key)));
    let job = job
        .filter(|job| !is_taken(drill, job))
        .ok_or_else(|| Refusal::UnknownCandidate {
            key: key.to_owned(),
        })?;
    Ok(facts(vec![Event::ActionAdopted {
        step: target.place.step.clone(),
        request_name: target.request_name.clone(),
        by: "operator".to_owned(),
        element: target.place.element.clone(),
        adopted: Json(job),
    }]))
}

/// After ten minutes without a match the operator may choose a new request and approval.
pub(super) fn give_up(drill: &Drill, target: &Target, now: Timestamp) -> Result<Decision, Refusal> {
    let intent = unknown(drill, target)?;
    let searched = intent.candidates.as_ref().is_some_and(|(at, rows)| {
        *at >= intent.at + SEARCH && rows.as_array().is_some_and(Vec::is_empty)
    });
    if now < intent.at + SEARCH || !searched {
        return Err(Refusal::SearchNotOver);
    }
    let reason = "nothing was found in ten minutes".to_owned();
    Ok(facts(vec![
        Event::ActionGivenUp {
            step: target.place.step.clone(),
            request_name: target.request_name.clone(),
            element: target.place.element.clone(),
            reason: reason.clone(),
        },
        Event::RequestClosed {
            request: intent.request.clone(),
            how: "overtaken".to_owned(),
            reason,
        },
    ]))
}

/// Captures and passes the elements of the current action whose requests are all done.
pub(super) fn completed(drill: &Drill, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let Some(step) = crate::current_step(drill).map(|index| &drill.runbook.steps[index]) else {
        return Ok(Vec::new());
    };
    if step.kind != StepKind::Action {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    for element in elements(drill, step) {
        let open = |state| matches!(state, RunState::Open | RunState::Failed);
        if !drill
            .run(&step.id, &element.key)
            .is_none_or(|run| open(run.state))
            || !all_sent(drill, step, &element, now)?
        {
            continue;
        }
        let key = element.value.as_ref().map(|_| element.key.as_str());
        let answers = Answers::default();
        let scope = scope(drill, step, element.value.as_ref(), Some(&answers), now);
        events.extend(captures(step, key, &answers, &scope)?);
        events.push(Event::StepPassed {
            step: step.id.clone(),
            element: key.map(str::to_owned),
        });
    }
    Ok(events)
}

/// Returns whether every changing request of an element is complete; at least one must have been sent.
fn all_sent(
    drill: &Drill,
    step: &Step,
    element: &Element,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let place = Place {
        step: step.id.clone(),
        element: element.value.as_ref().map(|_| element.key.clone()),
    };
    let bound = crate::elements::bound_of(step, element);
    let scope = scope(drill, step, element.value.as_ref(), None, now);
    let mut any = false;
    for request in step.requests.iter().filter(|request| changes(request)) {
        let target = Target {
            place: place.clone(),
            request_name: request.name.clone(),
            bound: bound.clone(),
        };
        match drill
            .intents
            .iter()
            .rev()
            .find(|intent| same(intent, &target))
        {
            Some(intent) if is_complete(intent) => any = true,
            Some(_) => return Ok(false),
            None if crate::compose::request_applies(drill, request, &scope, now)? => {
                return Ok(false);
            }
            None => {}
        }
    }
    Ok(any)
}
