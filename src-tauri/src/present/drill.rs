//! A drill in a list, and around its steps.

use super::words::{self, number, time};
use super::{Sight, clock, moves};
use crate::ipc::views::{
    DeviationView, DrillRowView, DrillStateView, DrillView, EnvironmentView, RailItemView,
    StepStateView,
};
use drillbook_core::{
    Drill, ElementRun, EndOfDrill, RequestState, current_step, elements, step_state,
};
use drillbook_runbook::{ForEach, Purpose, Step, StepKind};

/// Returns a drill as lists show it.
pub fn row(sight: &Sight, drill: &Drill) -> DrillRowView {
    let steps = &drill.runbook.steps;
    let current = current_step(drill);
    DrillRowView {
        id: drill.id.clone(),
        title: drill.runbook.title.clone(),
        environment: if sight.engine.is_live() {
            EnvironmentView::Live
        } else {
            EnvironmentView::Rehearsal
        },
        purpose: purpose(drill.purpose).to_owned(),
        items: items(drill),
        operator: sight.name(&drill.operator).to_owned(),
        opened: time(drill.opened),
        state: state(drill),
        step: number(current.map_or(steps.len(), |index| index + 1)),
        steps: number(steps.len()),
        step_title: current.map_or_else(String::new, |index| steps[index].title.clone()),
        deviations: number(drill.deviations.len()),
        owed: number(owed(drill)),
    }
}

/// Returns a drill around its steps.
pub fn view(sight: &Sight, drill: &Drill) -> DrillView {
    let current = current_step(drill);
    let last = drill.runbook.steps.len().saturating_sub(1);
    DrillView {
        row: row(sight, drill),
        runbook: drill.runbook.id.clone(),
        runbook_version: drill.runbook.version.clone(),
        runbook_digest: drill.runbook_digest.clone(),
        rail: (0..drill.runbook.steps.len())
            .map(|index| rail(sight, drill, index, current))
            .collect(),
        current: drill.runbook.steps[current.unwrap_or(last)].id.clone(),
        clock: clock::view(sight, drill),
        deviations: drill
            .deviations
            .iter()
            .map(|one| deviation(sight, drill, one))
            .collect(),
        warnings: number(open_warnings(drill)),
        deadline: drill.deadline.map(time),
        cost_per_day: cost_per_day(drill),
        abort: moves::abort(sight, drill),
        end: drill.end.map(|(_, end)| ending(drill, end)),
        last_entry: number(drill.last_seq),
    }
}

/// Returns the word of a purpose.
pub fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Drill => "drill",
        Purpose::Recovery => "recovery",
    }
}

/// Returns how a drill is.
pub fn state(drill: &Drill) -> DrillStateView {
    match drill.end {
        Some((_, EndOfDrill::Closed)) => DrillStateView::Closed,
        Some((_, EndOfDrill::Abandoned)) => DrillStateView::Abandoned,
        Some((_, EndOfDrill::Stopped)) => DrillStateView::Stopped,
        None if drill.aborted.is_some() => DrillStateView::Aborting,
        None => DrillStateView::Running,
    }
}

/// Returns the names of what is restored: the elements of the first repeated step.
pub fn items(drill: &Drill) -> Vec<String> {
    let repeated = drill.runbook.steps.iter().find(|step| {
        matches!(&step.for_each, Some(ForEach::Name(name)) if name != "debt" && drill.names.has(name))
    });
    repeated
        .map(|step| {
            elements(drill, step)
                .into_iter()
                .map(|one| one.label)
                .collect()
        })
        .unwrap_or_default()
}

/// Counts what is owed: found artefacts, and debts of which nothing was found yet.
pub fn owed(drill: &Drill) -> usize {
    drill
        .open_debts()
        .map(|debt| {
            let there = debt
                .artefacts
                .iter()
                .filter(|one| one.cleared.is_none())
                .count();
            if debt.artefacts.is_empty() { 1 } else { there }
        })
        .sum()
}

/// Adds up what is owed per day, when any of it has a price.
pub fn cost_per_day(drill: &Drill) -> Option<String> {
    let prices: Vec<f64> = drill
        .open_debts()
        .filter_map(|debt| debt.cost_per_day.as_deref()?.parse().ok())
        .collect();
    (!prices.is_empty()).then(|| format!("${:.2}", prices.iter().sum::<f64>()))
}

/// Returns a deviation, and what closed it.
pub fn deviation(sight: &Sight, drill: &Drill, one: &drillbook_core::Deviation) -> DeviationView {
    let title = drill.runbook.step(&one.step).map(|step| step.title.clone());
    DeviationView {
        entry: number(one.seq),
        at: time(one.at),
        step: title.unwrap_or_else(|| one.step.clone()),
        code: one.code.clone(),
        text: one.text.clone(),
        closed_by: closed_by(sight, drill, one),
    }
}

/// What happened since: read again and met, deleted and read back as gone, or noted by a person.
fn closed_by(sight: &Sight, drill: &Drill, one: &drillbook_core::Deviation) -> Option<String> {
    if one.source != "engine" {
        return Some(format!("noted by {}", sight.name(&one.source)));
    }
    if one.code == "check.not_checked" {
        let run = drill.runs.get(&one.step)?;
        let open = |run: &ElementRun| run.judged.iter().any(|one| one.result == "not-checked");
        let read = run.elements.values().filter_map(|run| run.at).max()?;
        let again = read > one.at && !run.elements.values().any(open);
        return again.then(|| format!("read again at {}", time(read)));
    }
    let mut odd = drill
        .debts
        .iter()
        .flat_map(|debt| &debt.artefacts)
        .filter(|artefact| !artefact.expected && artefact.found <= one.seq)
        .peekable();
    odd.peek()?;
    let gone: Option<Vec<_>> = odd
        .map(|artefact| artefact.cleared.as_ref().map(|(_, at, _)| *at))
        .collect();
    let last = gone?.into_iter().max()?;
    Some(format!("deleted, 404 at {}", time(last)))
}

fn open_warnings(drill: &Drill) -> usize {
    let judged = drill
        .runs
        .values()
        .flat_map(|run| run.elements.values())
        .flat_map(|one| &one.judged);
    judged
        .filter(|one| one.result == "warned" && one.acknowledged.is_none())
        .count()
}

fn ending(drill: &Drill, end: EndOfDrill) -> String {
    match end {
        EndOfDrill::Closed => "Closed: every step is done and nothing is owed.".to_owned(),
        EndOfDrill::Abandoned => "Abandoned: broken off, and nothing is owed.".to_owned(),
        EndOfDrill::Stopped => {
            format!(
                "Stopped with debt: {} still owed.",
                words::plural(owed(drill), "thing")
            )
        }
    }
}

/// Tells whether a step has a warning that nobody acknowledged.
pub fn is_warned(drill: &Drill, step: &Step) -> bool {
    let runs = drill.runs.get(&step.id).into_iter();
    let mut judged = runs
        .flat_map(|run| run.elements.values())
        .flat_map(|one| &one.judged);
    judged.any(|one| one.result == "warned" && one.acknowledged.is_none())
}

/// Returns the state of a step with the work that goes on in this process.
pub fn live_state(sight: &Sight, drill: &Drill, index: usize) -> StepStateView {
    let recorded = StepStateView::from(step_state(drill, index));
    let running = sight.is_working(&drill.id, &drill.runbook.steps[index].id);
    match recorded {
        StepStateView::Ready | StepStateView::Failed | StepStateView::NeedsAttention if running => {
            StepStateView::Running
        }
        StepStateView::Passed if is_warned(drill, &drill.runbook.steps[index]) => {
            StepStateView::NeedsAttention
        }
        other => other,
    }
}

fn rail(sight: &Sight, drill: &Drill, index: usize, current: Option<usize>) -> RailItemView {
    let step = &drill.runbook.steps[index];
    let state = live_state(sight, drill, index);
    let runs = drill.runs.get(&step.id);
    let reached = runs.and_then(|run| run.elements.values().filter_map(|one| one.at).max());
    let sign_off = drill.sign_off(&step.id);
    let at = reached.or_else(|| sign_off.map(|one| one.decided.unwrap_or(one.opened)));
    let note = match (step.kind, sign_off) {
        (StepKind::Approval, Some(one)) if one.state == RequestState::Open => Some(words::list(
            &super::request::signer_names(sight, drill, &one.gate),
            "or",
        )),
        _ => None,
    };
    let shown = !matches!(
        state,
        StepStateView::NotStarted | StepStateView::Ready | StepStateView::Blocked
    );
    RailItemView {
        id: step.id.clone(),
        number: number(index + 1),
        title: step.title.clone(),
        kind: words::kind(step.kind),
        state,
        at: at.filter(|_| shown).map(time),
        note,
        current: current == Some(index),
        open: true,
    }
}
