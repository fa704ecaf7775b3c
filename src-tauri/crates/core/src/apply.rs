//! Folding: journal entries to the state of a drill. Total: it never refuses.
//!
//! Deliberately absent: rules. An entry that makes no sense for the state is kept in the log and
//! changes nothing here.

use crate::drill::*;
use crate::event::Event;
use crate::names::Names;
use crate::{Json, Timestamp};
use drillbook_runbook::model::{Mark, Purpose, Runbook};
use drillbook_trust::digest::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An event with what the log says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its position in the log.
    pub seq: u64,
    /// Its time.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: String,
    /// The hash of its leaf.
    pub leaf: Digest,
    /// The fact.
    pub event: Event,
}

/// Replays the entries of one drill; `None` when the first is not `drill.opened`.
pub fn replay(
    id: &str,
    runbook: &Arc<Runbook>,
    entries: impl IntoIterator<Item = Recorded>,
) -> Option<Drill> {
    let mut entries = entries.into_iter();
    let mut drill = open(id, runbook, &entries.next()?)?;
    for entry in entries {
        drill = apply(drill, &entry);
    }
    Some(drill)
}

fn open(id: &str, runbook: &Arc<Runbook>, first: &Recorded) -> Option<Drill> {
    let Event::DrillOpened {
        runbook: digest,
        purpose,
        operator,
        policy,
        cloud,
        tenant,
        subscription,
        scenario,
        ..
    } = &first.event
    else {
        return None;
    };
    Some(Drill {
        id: id.to_owned(),
        runbook: Arc::clone(runbook),
        runbook_digest: digest.clone(),
        opened: first.at,
        last_seq: first.seq,
        last_at: first.at,
        purpose: if purpose == "recovery" {
            Purpose::Recovery
        } else {
            Purpose::Drill
        },
        operator: operator.clone(),
        policy: policy.clone(),
        cloud: cloud.clone(),
        tenant: tenant.clone(),
        subscription: subscription.clone(),
        scenario: scenario.clone(),
        names: Names::default(),
        runs: BTreeMap::new(),
        t0: None,
        marks: BTreeMap::new(),
        requests: Vec::new(),
        intents: Vec::new(),
        debts: Vec::new(),
        deadline: None,
        reminders: Vec::new(),
        deviations: Vec::new(),
        findings: Vec::new(),
        evidence: Vec::new(),
        correlation_ids: Vec::new(),
        aborted: None,
        end: None,
        last_refusal: None,
    })
}

/// Returns the drill after one more fact.
pub fn apply(mut drill: Drill, entry: &Recorded) -> Drill {
    drill.last_seq = entry.seq;
    drill.last_at = entry.at;
    if !matches!(entry.event, Event::CommandRefused { .. }) {
        drill.last_refusal = None;
    }
    match &entry.event {
        Event::InstallationCreated { .. }
        | Event::PolicyAdopted { .. }
        | Event::PersonSwitched { .. }
        | Event::ClockSteppedBack { .. }
        | Event::DrillOpened { .. } => {}
        Event::ExchangeRecorded { .. }
        | Event::EvidenceAttached { .. }
        | Event::NoteAdded { .. }
        | Event::DeviationNoted { .. }
        | Event::ReferenceAdded { .. } => evidence(&mut drill, entry),
        Event::ExpectationJudged { .. }
        | Event::ValueCaptured { .. }
        | Event::StepPassed { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::StepNotApplicable { .. }
        | Event::WarningAcknowledged { .. }
        | Event::ChoiceMade { .. }
        | Event::FieldEntered { .. }
        | Event::WaitStarted { .. }
        | Event::WaitObserved { .. } => step(&mut drill, entry),
        Event::T0Declared { .. } => {
            drill.t0.get_or_insert(entry.at);
        }
        Event::RequestOpened { .. }
        | Event::RequestCovers { .. }
        | Event::RequestClosed { .. }
        | Event::EvidenceOpened { .. }
        | Event::DecisionRecorded { .. } => sign_off(&mut drill, entry),
        Event::ActionIntended { .. }
        | Event::ActionAccepted { .. }
        | Event::ActionRejected { .. }
        | Event::ActionUnanswered { .. }
        | Event::ReconcileSearched { .. }
        | Event::ActionAdopted { .. }
        | Event::ActionGivenUp { .. }
        | Event::OperationFinished { .. } => intent(&mut drill, entry),
        Event::DebtBooked { .. }
        | Event::DebtFound { .. }
        | Event::DebtCleared { .. }
        | Event::DebtPaid { .. }
        | Event::DebtHandedOver { .. }
        | Event::DebtKept { .. }
        | Event::DeadlineSet { .. }
        | Event::ReminderGiven { .. } => debt(&mut drill, entry),
        Event::FindingAdded {
            finding,
            owner,
            due,
            text,
        } => drill.findings.push(Finding {
            finding: finding.clone(),
            owner: owner.clone(),
            due: due.clone(),
            text: text.clone(),
            seq: entry.seq,
            resolved: None,
        }),
        Event::FindingResolved { finding, how } => {
            if let Some(known) = drill
                .findings
                .iter_mut()
                .find(|known| &known.finding == finding)
            {
                known.resolved = Some((entry.seq, how.clone()));
            }
        }
        Event::CommandRefused { command, code } => {
            drill.last_refusal = Some((command.clone(), code.clone()));
        }
        Event::DrillAborted { reason, .. } => drill.aborted = Some((entry.at, reason.clone())),
        Event::DrillEnded { end, .. } => {
            let end = match end.as_str() {
                "closed" => EndOfDrill::Closed,
                "stopped" => EndOfDrill::Stopped,
                _ => EndOfDrill::Abandoned,
            };
            drill.end = Some((entry.at, end));
        }
    }
    drill
}

fn evidence(drill: &mut Drill, entry: &Recorded) {
    let (step, element, kind, title, evidence, detail) = match &entry.event {
        Event::ExchangeRecorded {
            step,
            request,
            method,
            status,
            element,
            evidence,
            path,
            correlation_id,
            ..
        } => {
            drill.correlation_ids.extend(correlation_id.clone());
            if let Event::ExchangeRecorded {
                purpose,
                element: Some(debt),
                ..
            } = &entry.event
                && purpose == "survey"
            {
                surveyed(drill, debt);
            } else {
                run_of(drill, step, element.as_deref())
                    .exchanges
                    .push(entry.seq);
            }
            let title = if request.is_empty() {
                path.clone()
            } else {
                request.clone()
            };
            let detail = format!("{method} {status}");
            (
                step,
                element.clone(),
                "exchange",
                title,
                Some(evidence.clone()),
                detail,
            )
        }
        Event::EvidenceAttached {
            step,
            element,
            title,
            evidence,
            media,
            ..
        } => {
            let kind = if media.starts_with("image/") {
                "picture"
            } else {
                "file"
            };
            (
                step,
                element.clone(),
                kind,
                title.clone(),
                Some(evidence.clone()),
                media.clone(),
            )
        }
        Event::NoteAdded { step, text } => (step, None, "note", text.clone(), None, String::new()),
        Event::ReferenceAdded {
            step,
            system,
            id,
            url,
        } => {
            let detail = url.clone().unwrap_or_default();
            (
                step,
                None,
                "reference",
                format!("{system} {id}"),
                None,
                detail,
            )
        }
        Event::DeviationNoted {
            step,
            source,
            code,
            text,
        } => {
            drill.deviations.push(Deviation {
                step: step.clone(),
                source: source.clone(),
                code: code.clone(),
                text: text.clone(),
                seq: entry.seq,
                at: entry.at,
            });
            (step, None, "deviation", text.clone(), None, code.clone())
        }
        _ => return,
    };
    drill.evidence.push(Attachment {
        seq: entry.seq,
        at: entry.at,
        step: step.clone(),
        element,
        kind: kind.to_owned(),
        title,
        evidence,
        detail,
    });
}

/// A debt's list was read at least once after its wait.
fn surveyed(drill: &mut Drill, debt: &str) {
    if let Some(known) = debt_of(drill, debt) {
        known.surveyed = true;
    }
}

fn run_of<'a>(drill: &'a mut Drill, step: &str, element: Option<&str>) -> &'a mut ElementRun {
    drill
        .runs
        .entry(step.to_owned())
        .or_default()
        .elements
        .entry(element.unwrap_or_default().to_owned())
        .or_default()
}

fn settle(drill: &mut Drill, entry: &Recorded, step: &str, element: Option<&str>, state: RunState) {
    let run = run_of(drill, step, element);
    run.state = state;
    run.at = Some(entry.at);
    run.entry = Some((entry.seq, entry.leaf));
}

fn step(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::ExpectationJudged {
            step,
            number,
            result,
            element,
            value,
            expected,
        } => {
            let judged = Judged {
                number: usize::try_from(*number).unwrap_or(usize::MAX),
                result: result.clone(),
                value: value.clone(),
                expected: expected.clone(),
                seq: entry.seq,
                acknowledged: None,
            };
            let run = run_of(drill, step, element.as_deref());
            run.judged.retain(|known| known.number != judged.number);
            run.judged.push(judged);
            run.judged.sort_by_key(|known| known.number);
        }
        Event::ValueCaptured {
            step,
            name,
            element,
            value,
        } => {
            let list = list_of(drill, step);
            let key = list.as_deref().zip(element.as_deref());
            drill.names.set(name, key, value.0.clone());
            run_of(drill, step, element.as_deref())
                .captured
                .insert(name.clone(), value.0.clone());
        }
        Event::StepPassed { step, element } => passed(drill, entry, step, element.as_deref()),
        Event::StepFailed {
            step,
            code,
            element,
            detail,
        } => {
            settle(drill, entry, step, element.as_deref(), RunState::Failed);
            run_of(drill, step, element.as_deref()).failure = Some((code.clone(), detail.clone()));
        }
        Event::StepSkipped { step, .. } => settle(drill, entry, step, None, RunState::Skipped),
        Event::StepNotApplicable { step, element, .. } => {
            settle(
                drill,
                entry,
                step,
                element.as_deref(),
                RunState::NotApplicable,
            );
        }
        Event::WarningAcknowledged {
            step,
            number,
            element,
            reason,
        } => {
            let run = run_of(drill, step, element.as_deref());
            for judged in &mut run.judged {
                if judged.number as u64 == *number {
                    judged.acknowledged = Some(reason.clone());
                }
            }
        }
        Event::ChoiceMade {
            step,
            name,
            element,
            value,
            alternatives,
            reason,
            ..
        } => {
            let list = list_of(drill, step);
            drill.names.set(
                name,
                list.as_deref().zip(element.as_deref()),
                value.0.clone(),
            );
            run_of(drill, step, element.as_deref()).choice =
                Some((value.0.clone(), alternatives.0.clone(), reason.clone()));
        }
        Event::FieldEntered { name, value, .. } => drill.names.set(name, None, value.0.clone()),
        Event::WaitStarted { step, element } => {
            run_of(drill, step, element.as_deref()).wait = Some(Observed {
                started: entry.at,
                at: entry.at,
                polls: 0,
                status: String::new(),
                percent: None,
                tasks: Value::Null,
            });
        }
        Event::WaitObserved {
            step,
            polls,
            status,
            percent,
            element,
            tasks,
            ..
        } => {
            let run = run_of(drill, step, element.as_deref());
            let started = run.wait.as_ref().map_or(entry.at, |wait| wait.started);
            run.wait = Some(Observed {
                started,
                at: entry.at,
                polls: *polls,
                status: status.clone(),
                percent: *percent,
                tasks: tasks.0.clone(),
            });
        }
        _ => {}
    }
}

/// Records that an element passed, and the step's mark once all that are known have.
fn passed(drill: &mut Drill, entry: &Recorded, step: &str, element: Option<&str>) {
    settle(drill, entry, step, element, RunState::Passed);
    run_of(drill, step, element).failure = None;
    if let Some(request) = drill
        .requests
        .iter_mut()
        .rev()
        .find(|request| request.step == step)
        && request.state == RequestState::Open
    {
        request.state = RequestState::Approved;
    }
    let Some(mark) = drill.runbook.step(step).and_then(|declared| declared.marks) else {
        return;
    };
    let declared = drill.runbook.step(step).cloned();
    let done = declared.is_some_and(|declared| crate::elements::is_done(drill, &declared));
    if done && mark != Mark::T0 {
        drill.marks.entry(mark).or_insert(entry.at);
    }
}

/// Returns the list that a step is repeated for, if it yields one value for each element.
fn list_of(drill: &Drill, step: &str) -> Option<String> {
    match &drill.runbook.step(step)?.for_each {
        Some(drillbook_runbook::model::ForEach::Name(name)) if name != "debt" => Some(name.clone()),
        _ => None,
    }
}

fn sign_off(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::RequestOpened {
            step,
            gate,
            request,
            not_after,
            cost,
            ceiling,
            ..
        } => {
            drill.requests.push(SignOff {
                request: request.clone(),
                step: step.clone(),
                gate: gate.clone(),
                opened: entry.at,
                not_after: not_after.clone(),
                state: RequestState::Open,
                decided: None,
                covers: Vec::new(),
                decisions: Vec::new(),
                evidence_opened: Vec::new(),
                cost: (cost.clone(), ceiling.clone()),
                seq: entry.seq,
            });
        }
        Event::RequestCovers {
            request,
            step,
            what,
            digest,
            element,
            document,
        } => {
            let action = document
                .as_ref()
                .and_then(|Json(text)| serde_json::from_value(text.clone()).ok());
            if let Some(known) = request_of(drill, request) {
                known.covers.push(CoverState {
                    step: step.clone(),
                    element: element.clone(),
                    what: what.clone(),
                    digest: digest.clone(),
                    action,
                });
            }
        }
        Event::RequestClosed { request, how, .. } => {
            let mut step = None;
            if let Some(known) = request_of(drill, request) {
                known.state = match how.as_str() {
                    "expired" => RequestState::Expired,
                    "withdrawn" => RequestState::Withdrawn,
                    _ => RequestState::Overtaken,
                };
                known.decided = Some(entry.at);
                step = Some(known.step.clone());
            }
            if let Some(step) = step {
                settle(drill, entry, &step, None, RunState::Open);
            }
        }
        Event::EvidenceOpened {
            request,
            step,
            entry: seq,
        } => {
            if let Some(known) = request_of(drill, request) {
                known.evidence_opened.push((step.clone(), *seq));
            }
        }
        Event::DecisionRecorded {
            request,
            decision,
            verdict,
            reviewer,
            same_device,
            not_after,
            reason,
            conditions,
        } => {
            let at = entry.at;
            if let Some(known) = request_of(drill, request) {
                known.decisions.push(DecisionState {
                    decision: decision.clone(),
                    verdict: verdict.clone(),
                    reviewer: reviewer.clone(),
                    not_after: not_after.clone(),
                    reason: reason.clone(),
                    conditions: conditions.0.clone(),
                    same_device: *same_device,
                    at,
                    seq: entry.seq,
                });
                known.decided = Some(at);
                known.state = match verdict.as_str() {
                    "refuse" => RequestState::Refused,
                    _ => known.state,
                };
            }
        }
        _ => {}
    }
}

fn request_of<'a>(drill: &'a mut Drill, request: &str) -> Option<&'a mut SignOff> {
    drill
        .requests
        .iter_mut()
        .find(|known| known.request == request)
}

fn intent(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::ActionIntended {
            step,
            request_name,
            action,
            request,
            method,
            attempt,
            element,
            bound,
            ..
        } => {
            run_of(drill, step, element.as_deref());
            drill.intents.push(Intent {
                step: step.clone(),
                element: element.clone(),
                request_name: request_name.clone(),
                bound: bound.clone(),
                action: action.clone(),
                request: request.clone(),
                method: method.clone(),
                at: entry.at,
                seq: entry.seq,
                attempt: *attempt,
                outcome: IntentOutcome::Open,
                outcome_at: None,
                poll_url: None,
                response: Value::Null,
                finished: None,
                candidates: None,
            });
        }
        Event::ActionAccepted {
            step,
            request_name,
            element,
            bound,
            poll_url,
            response,
            correlation_id,
            ..
        } => {
            drill.correlation_ids.extend(correlation_id.clone());
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.outcome = IntentOutcome::Accepted;
                known.outcome_at = Some(entry.at);
                known.poll_url = poll_url.clone();
                known.response = response.0.clone();
            }
        }
        Event::ActionRejected {
            step,
            request_name,
            code,
            again,
            element,
            bound,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.outcome = IntentOutcome::Rejected {
                    code: code.clone(),
                    again: *again,
                };
                known.outcome_at = Some(entry.at);
            }
        }
        Event::ActionUnanswered {
            step,
            request_name,
            element,
            bound,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.outcome = IntentOutcome::Unanswered;
            }
        }
        Event::ReconcileSearched {
            step,
            request_name,
            element,
            rows,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, &None) {
                known.candidates = Some((entry.at, rows.0.clone()));
            }
        }
        Event::ActionAdopted {
            step,
            request_name,
            element,
            adopted,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, &None) {
                known.outcome = IntentOutcome::Adopted;
                known.outcome_at = Some(entry.at);
                known.response = adopted.0.clone();
            }
        }
        Event::ActionGivenUp {
            step,
            request_name,
            element,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, &None) {
                known.outcome = IntentOutcome::GivenUp;
                known.outcome_at = Some(entry.at);
            }
        }
        Event::OperationFinished {
            step,
            request_name,
            status,
            element,
            bound,
            response,
            error,
            ..
        } => {
            if let Some(known) = intent_of(drill, step, element, request_name, bound) {
                known.finished = Some((status.clone(), response.0.clone(), error.clone()));
                known.outcome_at = Some(entry.at);
            }
        }
        _ => {}
    }
}

fn intent_of<'a>(
    drill: &'a mut Drill,
    step: &str,
    element: &Option<String>,
    request_name: &str,
    bound: &Option<String>,
) -> Option<&'a mut Intent> {
    drill.intents.iter_mut().rev().find(|known| {
        known.step == step
            && &known.element == element
            && known.request_name == request_name
            && &known.bound == bound
    })
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

fn debt(drill: &mut Drill, entry: &Recorded) {
    match &entry.event {
        Event::DebtBooked { .. } => booked(drill, entry),
        Event::DebtFound {
            debt,
            expected,
            id,
            type_name,
            row,
            ..
        } => {
            if let Some(known) = debt_of(drill, debt) {
                known.artefacts.push(Artefact {
                    id: id.clone(),
                    type_name: type_name.clone(),
                    row: row.0.clone(),
                    expected: *expected,
                    found: entry.seq,
                    cleared: None,
                    kept: None,
                });
            }
        }
        Event::DebtCleared {
            debt,
            id,
            recoverable_until,
            ..
        } => {
            let gone = (entry.seq, entry.at, recoverable_until.clone());
            for artefact in artefacts_of(drill, debt, id) {
                artefact.cleared = Some(gone.clone());
                artefact.kept = None;
            }
        }
        Event::DebtKept {
            debt,
            id,
            code,
            message,
            ..
        } => {
            for artefact in artefacts_of(drill, debt, id) {
                artefact.kept = Some((code.clone(), message.clone()));
            }
        }
        Event::DebtPaid { debt, .. } => {
            if let Some(known) = debt_of(drill, debt) {
                known.paid = Some((entry.seq, entry.at));
                known.surveyed = true;
            }
        }
        Event::DebtHandedOver { debt, .. } => {
            if let Some(known) = debt_of(drill, debt) {
                known.paid = Some((entry.seq, entry.at));
                known.handed_over = true;
            }
        }
        Event::DeadlineSet { deadline, .. } => {
            drill.deadline = deadline.parse::<Timestamp>().ok().or(drill.deadline);
        }
        Event::ReminderGiven { moment, .. } => drill.reminders.push(moment.clone()),
        _ => {}
    }
}

fn booked(drill: &mut Drill, entry: &Recorded) {
    let Event::DebtBooked {
        debt,
        step,
        owner,
        deadline,
        settled_by,
        element,
        what,
        list,
        before,
        id,
        within,
        after,
        only_if,
        cost_per_day,
    } = &entry.event
    else {
        return;
    };
    if drill.deadline.is_none() {
        drill.deadline = deadline.parse::<Timestamp>().ok();
    }
    if drill.debts.iter().any(|known| &known.debt == debt) {
        return;
    }
    let before = before
        .as_ref()
        .map(|Json(ids)| strings(ids))
        .unwrap_or_default();
    let artefacts = id.iter().map(|id| Artefact {
        id: id.clone(),
        type_name: drillbook_runbook::reference::of_id(id)
            .and_then(|found| found.kind)
            .unwrap_or_default(),
        row: Value::Null,
        expected: true,
        found: entry.seq,
        cleared: None,
        kept: None,
    });
    drill.debts.push(DebtState {
        debt: debt.clone(),
        step: step.clone(),
        element: element.clone(),
        what: what.clone(),
        owner: owner.clone(),
        list: list.clone().map(|list| (list, before)),
        within: within.clone(),
        after: strings(&after.0),
        only_if: only_if.clone(),
        settled_by: settled_by.clone(),
        cost_per_day: cost_per_day.clone(),
        artefacts: artefacts.collect(),
        booked: (entry.seq, entry.at),
        surveyed: list.is_none(),
        paid: None,
        handed_over: false,
    });
}

fn debt_of<'a>(drill: &'a mut Drill, debt: &str) -> Option<&'a mut DebtState> {
    drill.debts.iter_mut().find(|known| known.debt == debt)
}

fn artefacts_of<'a>(drill: &'a mut Drill, debt: &str, id: &str) -> Vec<&'a mut Artefact> {
    let Some(known) = debt_of(drill, debt) else {
        return Vec::new();
    };
    let same = |artefact: &&mut Artefact| drillbook_runbook::reference::same_id(&artefact.id, id);
    known.artefacts.iter_mut().filter(same).collect()
}
