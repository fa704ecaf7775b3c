//! Scores: objectives against results, deviations, findings.

use super::words::{self, number, time};
use super::{Sight, cleanup, drill as drills};
use crate::ipc::views::{ObjectiveView, ReviewView};
use drillbook_core::{Drill, clock};
use drillbook_runbook::{Mark, duration};

/// Returns the review of a drill as it stands.
pub fn view(sight: &Sight, drill: &Drill) -> ReviewView {
    let owed = drills::owed(drill);
    ReviewView {
        objectives: objectives(sight, drill),
        deviations: drill
            .deviations
            .iter()
            .map(|one| drills::deviation(sight, drill, one))
            .collect(),
        findings: drill
            .findings
            .iter()
            .map(|one| cleanup::finding(sight, drill, one))
            .collect(),
        owed: number(owed),
        outcome: match (owed, drill.aborted.is_some()) {
            _ if drill.end.is_some() => String::new(),
            (0, false) => "The drill will be closed: nothing is owed.".to_owned(),
            (0, true) => {
                "The drill will be abandoned: it was broken off, and nothing is owed.".to_owned()
            }
            _ => format!(
                "The drill cannot be closed: {} still owed.",
                words::plural(owed, "thing")
            ),
        },
    }
}

/// Returns the three objectives and what was measured.
pub fn objectives(sight: &Sight, drill: &Drill) -> Vec<ObjectiveView> {
    let reading = clock(drill, sight.now.max(drill.last_at));
    let split = format!(
        "from T0 to the charter’s criterion: machine {}, waiting {}, operator {}; preparation {} before T0",
        words::span(reading.machine_seconds),
        words::span(reading.waiting_seconds),
        words::span(reading.operator_seconds),
        words::span(reading.preparation_seconds),
    );
    let bound = |name: &str| {
        let text = drill.objective(name)?;
        u64::try_from(duration::parse(&text).ok()?.num_seconds()).ok()
    };
    // The entry that stopped the clock, or the one that started it.
    let stops = |mark: Mark| {
        reading.stopped.is_some() && drill.marks.get(&mark).copied() == reading.stopped
    };
    let entry = |wanted: &dyn Fn(Mark) -> bool| {
        let step = drill
            .runbook
            .steps
            .iter()
            .find(|step| step.marks.is_some_and(wanted))?;
        let runs = &drill.runs.get(&step.id)?.elements;
        let (seq, _) = runs.values().filter_map(|one| one.entry).max()?;
        Some(number(seq))
    };
    let row =
        |id: &str, label: &str, bound: Option<u64>, result: Option<u64>, note: Option<String>| {
            ObjectiveView {
                id: id.to_owned(),
                label: label.to_owned(),
                bound: bound.map(number),
                result: result.map(number),
                met: bound.zip(result).map(|(bound, result)| result <= bound),
                note,
                entry: if id == "rto" {
                    entry(&stops)
                } else {
                    entry(&|mark| mark == Mark::T0)
                },
            }
        };
    let unmeasured = |what: &str| Some(format!("not measured: {what}"));
    vec![
        row(
            "rto",
            "RTO",
            reading.objective_seconds,
            reading.rto_seconds,
            if reading.rto_seconds.is_some() {
                Some(split)
            } else {
                unmeasured("the criterion was not met")
            },
        ),
        row(
            "rpo",
            "RPO",
            bound("rpo"),
            reading.rpo_seconds,
            match reading.rpo_seconds {
                None => unmeasured("no point was chosen"),
                Some(_) => Some("age of the oldest point at T0".to_owned()),
            },
        ),
        row(
            "cleanup",
            "Cleanup",
            bound("cleanup"),
            cleaned(drill),
            drill.deadline.map(|at| format!("due {}", time(at))),
        ),
    ]
}

/// Seconds from the first booking until the last debt was paid.
fn cleaned(drill: &Drill) -> Option<u64> {
    let first = drill.debts.iter().map(|debt| debt.booked.1).min()?;
    let paid: Option<Vec<_>> = drill
        .debts
        .iter()
        .map(|debt| debt.paid.map(|(_, at)| at))
        .collect();
    u64::try_from((paid?.into_iter().max()? - first).num_seconds()).ok()
}
