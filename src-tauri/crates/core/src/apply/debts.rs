//! Folding what is owed.

use super::debt_of;
use crate::apply::Recorded;
use crate::drill::*;
use crate::{Event, Json, Timestamp};
use serde_json::Value;

pub(super) fn debt(drill: &mut Drill, entry: &Recorded) {
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
                // What turns up after a debt was paid is owed again.
                if !known.handed_over {
                    known.paid = None;
                }
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
            drill.reminders.clear();
        }
        Event::ReminderGiven { moment, .. } => drill.reminders.push(moment.clone()),
        _ => {}
    }
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
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
        surveyed: None,
        paid: None,
        handed_over: false,
    });
}

fn artefacts_of<'a>(drill: &'a mut Drill, debt: &str, id: &str) -> Vec<&'a mut Artefact> {
    let Some(known) = debt_of(drill, debt) else {
        return Vec::new();
    };
    let same = |artefact: &&mut Artefact| drillbook_runbook::reference::same_id(&artefact.id, id);
    known.artefacts.iter_mut().filter(same).collect()
}
