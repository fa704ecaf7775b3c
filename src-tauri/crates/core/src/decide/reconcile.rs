//! Clearing up an unknown outcome: Azure's jobs are compared with the intent, never sent again blindly.

use super::facts;
use super::outcome::{known_already, newest};
use crate::command::{Decision, ExchangeFact, SearchRow, Target};
use crate::drill::{Drill, Intent, IntentOutcome};
use crate::elements::is_unknown;
use crate::{Event, Json, Refusal, Timestamp};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// How long a search for the job of an unanswered request goes on before it may be given up
/// (trust.md §4).
const SEARCH: TimeDelta = TimeDelta::minutes(10);

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
    let over = now >= intent.sent + SEARCH;
    if nothing_new && !over && matches.len() != 1 {
        return Ok(facts(Vec::new()));
    }
    let already_said = nothing_new
        && intent
            .candidates
            .as_ref()
            .is_some_and(|(at, _)| *at >= intent.sent + SEARCH);
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

/// Start time within [last sending − 2 min, last sending + 10 min], and not already adopted. Of a line that was run
/// outside it begins where the line was taken.
fn could_be(drill: &Drill, intent: &Intent, row: &SearchRow) -> bool {
    // Who ran the line outside may have said so long after.
    let since = if intent.outside {
        intent.at
    } else {
        intent.sent
    };
    let in_time = row
        .started
        .is_some_and(|at| at >= since - TimeDelta::minutes(2) && at <= intent.sent + SEARCH);
    in_time && !is_taken(drill, &row.yields)
}

/// Whether a job is another request's, or was stated not to be ours.
fn is_taken(drill: &Drill, job: &Value) -> bool {
    let given_up = |known: &&Intent| known.outcome == IntentOutcome::GivenUp;
    let mut disowned = drill.intents.iter().filter(given_up).filter_map(|known| {
        let (_, rows) = known.candidates.as_ref()?;
        rows.as_array()
    });
    has_job(drill, job) || disowned.any(|rows| rows.iter().any(|row| row["yields"] == *job))
}

/// Returns whether a job, or whatever else was made, is known to belong to one of a drill's intents: it was adopted, or
/// it is what the operation of a request that was answered led to.
pub fn has_job(drill: &Drill, job: &Value) -> bool {
    let ours = |known: &Intent| {
        let body = known.finished.as_ref().map(|(_, body, _)| body);
        known.response == *job
            || named_in(&known.response, job)
            || body.is_some_and(|body| named_in(body, job))
    };
    !job.is_null() && drill.intents.iter().any(ours)
}

/// Returns whether an answer names a job, by its bare name or by its id (contract c.4), or is the resource itself.
fn named_in(answer: &Value, job: &Value) -> bool {
    let members = ["/properties/jobId", "/jobId", "/id"];
    let mut known = members.iter().filter_map(|at| answer.pointer(at)?.as_str());
    let Some(job) = job.as_str() else {
        return false;
    };
    let last = |text: &str| {
        text.rsplit('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    known.any(|known| {
        let both = known.contains('/') && job.contains('/');
        known.eq_ignore_ascii_case(job) || (!both && last(known) == last(job))
    })
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

/// Ten minutes after it was sent the operator may state that none of what was found is ours, and choose a new request
/// and approval. What Azure lists late is not missed: the last look was after those ten minutes.
pub(super) fn give_up(
    drill: &Drill,
    target: &Target,
    reason: String,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let intent = unknown(drill, target)?;
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    if !may_give_up(intent, now) {
        return Err(Refusal::SearchNotOver);
    }
    let step = target.place.step.clone();
    let mut events = vec![Event::ActionGivenUp {
        step: step.clone(),
        request_name: target.request_name.clone(),
        element: target.place.element.clone(),
        reason: reason.clone(),
    }];
    events.extend(disowned(intent, &reason).map(|text| Event::DeviationNoted {
        step,
        source: "operator".to_owned(),
        code: DISOWNED.to_owned(),
        text,
    }));
    events.push(Event::RequestClosed {
        request: intent.request.clone(),
        how: "overtaken".to_owned(),
        reason,
    });
    Ok(facts(events))
}

/// The operator took none of what could have come of a request for ours.
const DISOWNED: &str = "action.none_is_ours";

/// Returns whether an unanswered request may be given up: the last look at Azure's jobs was ten minutes after it was
/// sent, or later.
pub fn may_give_up(intent: &Intent, now: Timestamp) -> bool {
    let over = intent.sent + SEARCH;
    let looked = intent
        .candidates
        .as_ref()
        .is_some_and(|(at, _)| *at >= over);
    is_unknown(intent) && looked && now >= over
}

/// Says which candidates the operator took for somebody else's, and why.
fn disowned(intent: &Intent, reason: &str) -> Option<String> {
    let (_, rows) = intent.candidates.as_ref()?;
    let keys: Vec<String> = rows
        .as_array()?
        .iter()
        .map(|row| text(&row["key"]))
        .collect();
    let (method, path) = (&intent.method, &intent.path);
    (!keys.is_empty()).then(|| {
        format!(
            "The operator states that none of what could have come of {method} {path} is ours: {}. Reason: {reason}",
            keys.join(", ")
        )
    })
}
