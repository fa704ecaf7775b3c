//! Folding: journal entries to the state of a drill. Total: it never refuses.
//!
//! Deliberately absent: rules. An entry that makes no sense for the state is kept in the log and
//! changes nothing here.

mod debts;
mod evidence;
mod intents;
mod sign_offs;
mod steps;

use crate::Timestamp;
use crate::drill::*;
use crate::event::Event;
use crate::names::Names;
use drillbook_runbook::model::{Purpose, Runbook};
use drillbook_trust::digest::Digest;
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
        glass: Vec::new(),
        intents: Vec::new(),
        debts: Vec::new(),
        deadline: None,
        reminders: Vec::new(),
        deviations: Vec::new(),
        findings: Vec::new(),
        readings: Vec::new(),
        evidence: Vec::new(),
        traces: Vec::new(),
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
        | Event::LogContinued { .. }
        | Event::PolicyAdopted { .. }
        | Event::PersonSwitched { .. }
        | Event::CheckpointTimestamped { .. }
        | Event::ClockSteppedBack { .. }
        | Event::DrillOpened { .. } => {}
        Event::ExchangeRecorded { .. }
        | Event::EvidenceAttached { .. }
        | Event::NoteAdded { .. }
        | Event::DeviationNoted { .. }
        | Event::ReferenceAdded { .. } => evidence::evidence(&mut drill, entry),
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
        | Event::WaitObserved { .. } => steps::step(&mut drill, entry),
        Event::T0Declared { .. } => {
            drill.t0.get_or_insert(entry.at);
        }
        Event::RequestOpened { .. }
        | Event::RequestCovers { .. }
        | Event::RequestClosed { .. }
        | Event::EvidenceOpened { .. }
        | Event::DecisionRecorded { .. }
        | Event::DecisionRevoked { .. } => sign_offs::sign_off(&mut drill, entry),
        Event::GlassBroken { .. } | Event::GlassReviewed { .. } => {
            sign_offs::glass(&mut drill, entry);
        }
        Event::ReadingRecorded { .. } => sign_offs::reading(&mut drill, entry),
        Event::ActionIntended { .. }
        | Event::ActionAccepted { .. }
        | Event::ActionRejected { .. }
        | Event::ActionUnanswered { .. }
        | Event::ActionTakenOutside { .. }
        | Event::StepRanOutside { .. }
        | Event::ReconcileSearched { .. }
        | Event::ActionAdopted { .. }
        | Event::ActionGivenUp { .. }
        | Event::OperationFinished { .. } => intents::intent(&mut drill, entry),
        Event::DebtBooked { .. }
        | Event::DebtFound { .. }
        | Event::DebtCleared { .. }
        | Event::DebtPaid { .. }
        | Event::DebtHandedOver { .. }
        | Event::DebtKept { .. }
        | Event::DeadlineSet { .. }
        | Event::ReminderGiven { .. } => debts::debt(&mut drill, entry),
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

fn debt_of<'a>(drill: &'a mut Drill, debt: &str) -> Option<&'a mut DebtState> {
    drill.debts.iter_mut().find(|known| known.debt == debt)
}
