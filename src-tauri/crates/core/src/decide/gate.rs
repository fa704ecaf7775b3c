//! Rules of sign-offs: what may be asked, and who may decide.

use super::case::sign_off_case;
use super::{current, facts, of_kind, step_of};
use crate::command::{Decision, GateInputs, RequestDraft};
use crate::compose::statement::committed;
use crate::compose::{NO_SALT, Statement, covers, draft_request};
use crate::drill::{Drill, RequestState, RunState, SignOff};
use crate::{Event, Json, Refusal, Timestamp};
use drillbook_runbook::duration;
use drillbook_runbook::model::{Step, StepKind};
use drillbook_trust::document::{Decision as DecisionDocument, Policy, Signed};
use drillbook_trust::gate::{CLEANUP_GATE, signed_by, standing};
use serde_json::json;

/// Records a signed request for sign-off, if it is the one this drill would ask for.
pub(super) fn open(
    drill: &Drill,
    draft: RequestDraft,
    policy: &Signed<Policy>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let document = draft.document.value();
    let step = of_kind(current(drill, &document.step)?, &[StepKind::Approval])?;
    if drill
        .requests
        .iter()
        .any(|known| known.step == step.id && known.state == RequestState::Open)
    {
        return Err(Refusal::RequestOpen);
    }
    warnings_acknowledged(drill, step)?;
    checks_fresh(drill, step, now)?;
    same_document(drill, step, &draft, policy)?;
    signed_by(policy.value(), &draft.document, &document.operator)?;
    let statement = same_covers(drill, step, &draft, now)?;
    committed(statement.clone(), document, &draft.sealed)?;
    let request = draft.document.digest().to_string();
    let mut events = vec![Event::RequestOpened {
        step: step.id.clone(),
        gate: document.gate.clone(),
        request: request.clone(),
        not_after: time(document.not_after),
        covers: draft.covers.len() as u64,
        cost: draft.cost.0.clone(),
        ceiling: draft.cost.1.clone(),
        cli: Some(statement.cli),
        scope: Some(statement.scope),
    }];
    for cover in draft.covers {
        let document = match &cover.action {
            Some(action) => Some(Json(serde_json::to_value(action).map_err(|error| {
                Refusal::Query {
                    problem: error.to_string(),
                }
            })?)),
            None => None,
        };
        events.push(Event::RequestCovers {
            request: request.clone(),
            step: cover.step,
            what: cover.what,
            digest: cover.digest,
            element: cover.element,
            document,
        });
    }
    Ok(facts(events))
}

/// Every warning of a step before this gate must be acknowledged by name.
fn warnings_acknowledged(drill: &Drill, gate: &Step) -> Result<(), Refusal> {
    let end = drill.runbook.index(&gate.id).unwrap_or(0);
    for step in &drill.runbook.steps[..end] {
        let Some(run) = drill.runs.get(&step.id) else {
            continue;
        };
        for judged in run.elements.values().flat_map(|element| &element.judged) {
            if judged.result == "warned" && judged.acknowledged.is_none() {
                let that = step
                    .expectations
                    .get(judged.number)
                    .map(|one| one.that.clone());
                return Err(Refusal::WarningOpen {
                    step: step.id.clone(),
                    that: that.unwrap_or_default(),
                });
            }
        }
    }
    Ok(())
}

/// Checks that the gate names must be younger than their `max_age`. A cleanup gate asks nothing.
fn checks_fresh(drill: &Drill, gate: &Step, now: Timestamp) -> Result<(), Refusal> {
    match stale_checks(drill, gate, now).into_iter().next() {
        Some(step) => Err(Refusal::StaleCheck { step }),
        None => Ok(()),
    }
}

/// Names the checks that a gate must ask again before its request can be opened.
pub fn stale_checks(drill: &Drill, gate: &Step, now: Timestamp) -> Vec<String> {
    let stale = |name: &&String| {
        let Some(step) = drill.runbook.step(name) else {
            return false;
        };
        let Some(max_age) = step
            .max_age
            .as_deref()
            .and_then(|text| duration::parse(text).ok())
        else {
            return false;
        };
        let Some(run) = drill.runs.get(*name) else {
            return false;
        };
        run.elements.values().any(|element| {
            element.state == RunState::Passed && element.at.is_some_and(|at| at + max_age < now)
        })
    };
    gate.asks_again.iter().filter(stale).cloned().collect()
}

fn same_document(
    drill: &Drill,
    step: &Step,
    draft: &RequestDraft,
    policy: &Signed<Policy>,
) -> Result<(), Refusal> {
    let document = draft.document.value();
    let differs = |field: &str| {
        Err(Refusal::RequestDiffers {
            field: field.to_owned(),
        })
    };
    if document.drill != drill.id {
        return differs("drill");
    }
    if Some(document.gate.as_str()) != step.gate.as_deref() {
        return differs("gate");
    }
    if document.operator != drill.operator {
        return differs("operator");
    }
    if document.runbook.digest.to_string() != drill.runbook_digest {
        return differs("runbook");
    }
    if document.policy != policy.digest() {
        return differs("policy");
    }
    let listed = document.covers.iter().map(|cover| cover.digest.to_string());
    if !listed.eq(draft.covers.iter().map(|cover| cover.digest.clone())) {
        return differs("covers");
    }
    Ok(())
}

/// What the request covers must be what the step covers now, each action with its own salt. Returns what
/// such a request says in words.
fn same_covers(
    drill: &Drill,
    step: &Step,
    draft: &RequestDraft,
    now: Timestamp,
) -> Result<Statement, Refusal> {
    let mut salts = draft
        .covers
        .iter()
        .filter_map(|cover| cover.action.as_ref().map(|action| action.salt().to_owned()));
    let mut salt = || salts.next().unwrap_or_else(|| NO_SALT.to_owned());
    let priced = draft_request(drill, step, &mut || NO_SALT.to_owned(), now)?;
    if priced.cost != draft.cost {
        return Err(Refusal::RequestDiffers {
            field: "cost".to_owned(),
        });
    }
    let own = covers(drill, step, &mut salt, now)?;
    if own == draft.covers {
        Ok(priced.statement)
    } else {
        Err(Refusal::RequestDiffers {
            field: "covers".to_owned(),
        })
    }
}

pub(super) fn close(
    drill: &Drill,
    request: &str,
    reason: String,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let known = drill
        .sign_off_by_digest(request)
        .ok_or(Refusal::RequestNotOpen)?;
    let expired = known
        .not_after
        .parse::<Timestamp>()
        .is_ok_and(|at| at < now);
    let approval_over = known
        .decisions
        .iter()
        .all(|one| one.not_after.parse::<Timestamp>().is_ok_and(|at| at < now));
    let how = match known.state {
        RequestState::Open if expired => "expired",
        RequestState::Open => "withdrawn",
        RequestState::Approved if approval_over => "expired",
        RequestState::Approved | RequestState::Refused => "overtaken",
        RequestState::Expired | RequestState::Withdrawn | RequestState::Overtaken => {
            return Err(Refusal::RequestNotOpen);
        }
    };
    if is_over(drill, known, now) {
        return Err(Refusal::RequestNotOpen);
    }
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let request = request.to_owned();
    Ok(facts(vec![Event::RequestClosed {
        request,
        how: how.to_owned(),
        reason,
    }]))
}

/// Returns whether a request can no longer be taken back: a newer one took its place, or everything
/// that its approval covers was sent.
pub(super) fn is_over(drill: &Drill, known: &SignOff, now: Timestamp) -> bool {
    let newest = drill
        .sign_off(&known.step)
        .is_some_and(|newest| newest.request == known.request);
    let used_up = || {
        let gate = drill.runbook.step(&known.step);
        let left = gate.map(|gate| covers(drill, gate, &mut || NO_SALT.to_owned(), now));
        let sends = |all: &Vec<crate::Covered>| all.iter().any(|one| one.action.is_some());
        left.and_then(Result::ok).is_some_and(|all| !sends(&all))
    };
    !newest || (known.state == RequestState::Approved && used_up())
}

pub(super) fn open_evidence(drill: &Drill, request: &str, entry: u64) -> Result<Decision, Refusal> {
    let known = open_request(drill, request)?;
    let step = drill
        .evidence
        .iter()
        .find(|one| one.seq == entry)
        .map(|one| one.step.clone())
        .ok_or(Refusal::RequestNotOpen)?;
    if known
        .evidence_opened
        .iter()
        .any(|(_, opened)| *opened == entry)
    {
        return Ok(facts(Vec::new()));
    }
    Ok(facts(vec![Event::EvidenceOpened {
        request: request.to_owned(),
        step,
        entry,
    }]))
}

pub(super) fn open_request<'a>(drill: &'a Drill, request: &str) -> Result<&'a SignOff, Refusal> {
    let known = drill
        .sign_off_by_digest(request)
        .ok_or(Refusal::RequestNotOpen)?;
    if known.state == RequestState::Open {
        Ok(known)
    } else {
        Err(Refusal::RequestNotOpen)
    }
}

/// Records a signed decision; with enough approvals the step passes.
pub(super) fn decision(
    drill: &Drill,
    decision: &Signed<DecisionDocument>,
    case: &GateInputs,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let request = decision.value().request.to_string();
    let known = open_request(drill, &request)?;
    let step = step_of(drill, &known.step)?;
    let approves = decision.value().verdict == drillbook_trust::document::Verdict::Approve;
    if !approves && decision.value().reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let elsewhere = opened_elsewhere(drill, known, &case.opened);
    if approves {
        evidence_opened(drill, step, known, &elsewhere)?;
        still_covers(drill, step, known, now)?;
    }
    let device = &decision.value().device;
    let same_device = *device == case.device || *device == case.request.value().device;
    counts(drill, step, decision, case, now)?;
    let conditions = serde_json::to_value(&decision.value().conditions).unwrap_or(json!([]));
    let opened = elsewhere
        .into_iter()
        .map(|(step, entry)| Event::EvidenceOpened {
            request: request.clone(),
            step,
            entry,
        });
    let mut events: Vec<Event> = opened.collect();
    events.push(Event::DecisionRecorded {
        request: request.clone(),
        decision: decision.digest().to_string(),
        verdict: if approves { "approve" } else { "refuse" }.to_owned(),
        reviewer: decision.value().reviewer.clone(),
        same_device,
        not_after: time(decision.value().not_after),
        reason: decision.value().reason.clone(),
        conditions: Json(conditions),
    });
    if approves && enough(drill, step, decision, case, now)? {
        events.push(Event::StepPassed {
            step: step.id.clone(),
            element: None,
        });
    }
    Ok(facts(events))
}

/// Returns step and entry of the evidence that was opened on another machine and not yet recorded.
fn opened_elsewhere(drill: &Drill, known: &SignOff, opened: &[u64]) -> Vec<(String, u64)> {
    let recorded = |seq: u64| known.evidence_opened.iter().any(|(_, one)| *one == seq);
    let named = drill
        .evidence
        .iter()
        .filter(|one| opened.contains(&one.seq));
    named
        .filter(|one| !recorded(one.seq))
        .map(|one| (one.step.clone(), one.seq))
        .collect()
}

/// Of every step that the gate names, a piece of evidence must have been opened, if there is one.
fn evidence_opened(
    drill: &Drill,
    step: &Step,
    known: &SignOff,
    elsewhere: &[(String, u64)],
) -> Result<(), Refusal> {
    for name in &step.open_first {
        let has_evidence = drill
            .evidence
            .iter()
            .any(|one| &one.step == name && one.evidence.is_some());
        let mut opened = known.evidence_opened.iter().chain(elsewhere);
        if has_evidence && !opened.any(|(opened, _)| opened == name) {
            return Err(Refusal::EvidenceNotOpened { step: name.clone() });
        }
    }
    Ok(())
}

/// What is approved must be what would be sent now. A cleanup gate asks nothing again: a debt that was
/// paid meanwhile must not keep the others from being paid.
pub(super) fn still_covers(
    drill: &Drill,
    step: &Step,
    known: &SignOff,
    now: Timestamp,
) -> Result<(), Refusal> {
    if known.gate == CLEANUP_GATE {
        return Ok(());
    }
    let actions = known.covers.iter().filter_map(|one| one.action.as_ref());
    let mut salts = actions.map(|action| action.salt().to_owned());
    let mut salt = || salts.next().unwrap_or_else(|| NO_SALT.to_owned());
    let own = covers(drill, step, &mut salt, now)?;
    let asked = known.covers.iter().map(|one| &one.digest);
    if own.iter().map(|one| &one.digest).eq(asked) {
        Ok(())
    } else {
        Err(Refusal::RequestDiffers {
            field: "covers".to_owned(),
        })
    }
}

/// A decision that the gate would not count is refused with the gate's own reason.
fn counts(
    drill: &Drill,
    step: &Step,
    decision: &Signed<DecisionDocument>,
    case: &GateInputs,
    now: Timestamp,
) -> Result<(), Refusal> {
    let standing = standing(&sign_off_case(drill, step, case, now)?)?;
    let put = |one: &Signed<DecisionDocument>| one.digest() == decision.digest();
    if !case.decisions.iter().any(put) {
        return Err(Refusal::NotCovered);
    }
    match standing
        .not_counted
        .into_iter()
        .find(|one| one.decision == decision.digest())
    {
        Some(one) => Err(one.why.into()),
        None => Ok(()),
    }
}

/// Returns whether the sign-off is given with this decision among the others.
fn enough(
    drill: &Drill,
    step: &Step,
    decision: &Signed<DecisionDocument>,
    case: &GateInputs,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let standing = standing(&sign_off_case(drill, step, case, now)?)?;
    let counted = standing
        .approvals
        .iter()
        .any(|one| one.decision == decision.digest());
    Ok(counted && standing.granted().is_ok())
}

/// Returns whether a sign-off stands with what is known now.
pub(super) fn still_granted(
    drill: &Drill,
    known: &SignOff,
    case: &GateInputs,
    now: Timestamp,
) -> bool {
    let step = step_of(drill, &known.step);
    let standing = step
        .and_then(|step| sign_off_case(drill, step, case, now))
        .and_then(|sign_off| Ok(standing(&sign_off)?));
    standing.is_ok_and(|standing| standing.granted().is_ok())
}

fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
