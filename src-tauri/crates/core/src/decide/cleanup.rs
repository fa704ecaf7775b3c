//! Rules of what is owed: found, gone, paid, handed over.

use super::facts;
use crate::command::{Decision, ExchangeFact};
use crate::drill::{DebtState, Drill};
use crate::elements::{artefact, wait_is_over};
use crate::{Event, Json, Refusal, Timestamp, current_step};
use chrono::SecondsFormat;
use drillbook_runbook::model::{Purpose, StepKind};
use drillbook_runbook::reference::{canonical_id, of_id, same_id};
use serde_json::{Value, json};

/// The code under which a deletion that was accepted is kept when its read-back still finds the resource.
pub const STILL_THERE: &str = "cleanup.still_there";

/// The status of an answer that proves absence.
const ABSENT: u64 = 404;

/// Compares a debt's list with what was in it before; what is new belongs to the debt. Nothing new,
/// everything gone and its wait over: the debt is paid.
pub(super) fn survey(
    drill: &Drill,
    debt: &str,
    rows: &[Value],
    exchange: ExchangeFact,
) -> Result<Decision, Refusal> {
    let known = debt_of(drill, debt)?;
    let Some((_, before)) = &known.list else {
        return Err(Refusal::UnknownDebt {
            debt: debt.to_owned(),
        });
    };
    let evidence = exchange.evidence.clone();
    let step = current_step(drill).map_or(known.step.clone(), |index| {
        drill.runbook.steps[index].id.clone()
    });
    let id_of = |row: &Value| row.get("id").and_then(Value::as_str).map(str::to_owned);
    let new: Vec<(String, &Value)> = rows
        .iter()
        .filter_map(|row| id_of(row).map(|id| (id, row)))
        .filter(|(id, _)| !before.iter().any(|old| same_id(old, id)))
        .filter(|(id, _)| !owned_elsewhere(drill, known, id))
        .collect();
    let mut events = Vec::new();
    let mut count = known.artefacts.len();
    for (id, row) in &new {
        if known
            .artefacts
            .iter()
            .any(|one| same_id(&one.id, id) && one.cleared.is_none())
        {
            continue;
        }
        count += 1;
        events.push(found(known, id, row, count));
    }
    let unexpected = known.surveyed.is_some() && !events.is_empty();
    if unexpected {
        events.push(Event::DeviationNoted {
            step: step.clone(),
            source: "engine".to_owned(),
            code: "cleanup.unexpected".to_owned(),
            text: format!("{} more than expected in {}", events.len(), known.within),
        });
    }
    if events.is_empty() && can_be_paid(drill, known) {
        events.push(Event::DebtPaid {
            debt: debt.to_owned(),
            evidence: Some(evidence),
        });
    }
    // The exchange comes last: it marks the list as read, and what was found before as expected.
    events.push(exchange.into_event(&step, Some(debt)));
    Ok(facts(events))
}

fn found(debt: &DebtState, id: &str, row: &Value, count: usize) -> Event {
    let type_name = row.get("type").and_then(Value::as_str).map(str::to_owned);
    Event::DebtFound {
        debt: debt.debt.clone(),
        artefact: format!("{}.{count}", debt.debt),
        expected: debt.surveyed.is_none(),
        id: id.to_owned(),
        type_name: type_name
            .or_else(|| of_id(id).and_then(|known| known.kind))
            .unwrap_or_default(),
        row: Json(small(row)),
    }
}

/// A row as the journal keeps it: at most 64 KiB (trust.md §2).
fn small(row: &Value) -> Value {
    if row.to_string().len() <= 65_536 {
        row.clone()
    } else {
        json!({"id": row["id"], "type": row["type"]})
    }
}

/// Another debt of this drill owns that resource.
fn owned_elsewhere(drill: &Drill, own: &DebtState, id: &str) -> bool {
    artefact(drill, id).is_some_and(|(debt, _)| debt.debt != own.debt)
}

fn can_be_paid(drill: &Drill, debt: &DebtState) -> bool {
    in_cleanup(drill)
        && wait_is_over(drill, debt)
        && debt.paid.is_none()
        && debt.artefacts.iter().all(|one| one.cleared.is_some())
}

/// Returns whether the drill has come to its cleanup step.
fn in_cleanup(drill: &Drill) -> bool {
    current_step(drill).is_some_and(|index| drill.runbook.steps[index].kind == StepKind::Cleanup)
}

/// Returns whether the drill stands at the gate that would sign the deletion.
fn at_its_gate(drill: &Drill) -> bool {
    let steps = &drill.runbook.steps;
    let signs = |gate: &str| {
        let mut cleanups = steps.iter().filter(|step| step.kind == StepKind::Cleanup);
        cleanups.any(|step| step.signed_by.as_deref() == Some(gate))
    };
    current_step(drill).is_some_and(|index| signs(&steps[index].id))
}

fn debt_of<'a>(drill: &'a Drill, debt: &str) -> Result<&'a DebtState, Refusal> {
    drill
        .debts
        .iter()
        .find(|known| known.debt == debt)
        .ok_or_else(|| Refusal::UnknownDebt {
            debt: debt.to_owned(),
        })
}

/// Records that a resource was read back as absent, and what that pays.
pub(super) fn gone(
    drill: &Drill,
    id: &str,
    exchange: ExchangeFact,
    recoverable_until: Option<String>,
) -> Result<Decision, Refusal> {
    if exchange.status != ABSENT {
        return Err(Refusal::DebtOpen);
    }
    let evidence = exchange.evidence.clone();
    let step =
        current_step(drill).map_or(String::new(), |index| drill.runbook.steps[index].id.clone());
    let mut events = vec![exchange.into_event(&step, None)];
    let mut known = false;
    for debt in &drill.debts {
        let Some(position) = debt.artefacts.iter().position(|one| same_id(&one.id, id)) else {
            continue;
        };
        known = true;
        settled(drill, debt)?;
        events.push(Event::DebtCleared {
            debt: debt.debt.clone(),
            artefact: format!("{}.{}", debt.debt, position + 1),
            id: id.to_owned(),
            evidence: evidence.clone(),
            recoverable_until: recoverable_until.clone(),
        });
        let others = debt
            .artefacts
            .iter()
            .all(|one| one.cleared.is_some() || same_id(&one.id, id));
        if others && debt.list.is_none() && debt.paid.is_none() {
            events.push(Event::DebtPaid {
                debt: debt.debt.clone(),
                evidence: Some(evidence.clone()),
            });
        }
    }
    if known {
        Ok(facts(events))
    } else {
        Err(Refusal::UnknownDebt {
            debt: canonical_id(id),
        })
    }
}

/// What its own request names cannot be proven gone while that request may yet make it; what a list
/// turned up is listed once more anyway.
fn settled(drill: &Drill, debt: &DebtState) -> Result<(), Refusal> {
    if debt.list.is_some() || wait_is_over(drill, debt) {
        return Ok(());
    }
    Err(Refusal::OutcomeUnknown {
        step: debt.step.clone(),
        request_name: debt.what.clone(),
    })
}

pub(super) fn kept(
    drill: &Drill,
    id: &str,
    code: String,
    message: String,
) -> Result<Decision, Refusal> {
    let (debt, one) = artefact(drill, id).ok_or_else(|| Refusal::UnknownDebt {
        debt: canonical_id(id),
    })?;
    if one.kept.as_ref().is_some_and(|(known, _)| known == &code) {
        return Ok(facts(Vec::new()));
    }
    let all = debt.artefacts.iter();
    let number = all.take_while(|one| !same_id(&one.id, id)).count() + 1;
    Ok(facts(vec![Event::DebtKept {
        debt: debt.debt.clone(),
        artefact: format!("{}.{number}", debt.debt),
        code,
        id: id.to_owned(),
        message,
    }]))
}

/// In a real recovery what was restored is handed over instead of deleted.
pub(super) fn hand_over(drill: &Drill, to: &str) -> Result<Decision, Refusal> {
    if drill.purpose != Purpose::Recovery {
        return Err(Refusal::PurposeNotAllowed);
    }
    if to.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    if !in_cleanup(drill) && !at_its_gate(drill) {
        return Err(Refusal::StepsLeft);
    }
    let handed = |debt: &DebtState| Event::DebtHandedOver {
        debt: debt.debt.clone(),
        to: to.to_owned(),
    };
    Ok(facts(drill.open_debts().map(handed).collect()))
}

pub(super) fn deadline(
    deadline: Timestamp,
    reason: String,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if deadline <= now {
        return Err(Refusal::DeadlinePast);
    }
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let deadline = deadline.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok(facts(vec![Event::DeadlineSet { deadline, reason }]))
}

pub(super) fn reminder(drill: &Drill, moment: String, due: Timestamp) -> Result<Decision, Refusal> {
    if drill.reminders.contains(&moment) {
        return Ok(facts(Vec::new()));
    }
    let due = due.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok(facts(vec![Event::ReminderGiven { moment, due }]))
}
