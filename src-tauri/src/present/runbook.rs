//! The library of runbooks, and starting a drill with one.

use super::Sight;
use super::words::{self, number, time};
use crate::ipc::views::{
    ChangeView, ConnectionView, EnvironmentView, EscalationView, FaultView, LastDrillView,
    LintView, LiveConditionView, PurposeView, RunbookRequestView, RunbookStepView, RunbookSummary,
    RunbookView, StartView, TermView,
};
use drillbook_armsim::Fault;
use drillbook_core::Drill;
use drillbook_engine::{EngineError, Roster, library};
use drillbook_runbook::{
    Cover, Level, Needs, Problem, Purpose, Request, Runbook, Step, StepKind, duration, parse,
};
use std::sync::Arc;

/// Speeds that are offered for the waits of a rehearsal.
const SPEEDS: [u32; 4] = [1, 60, 600, 6000];

/// Speed unless chosen otherwise (architecture.md §8).
pub const USUAL_SPEED: u32 = 60;

/// Returns every runbook.
pub fn summaries(sight: &Sight) -> Result<Vec<RunbookSummary>, EngineError> {
    let drills = sight.engine.drills()?;
    Ok(sight
        .engine
        .runbooks()
        .iter()
        .map(|runbook| summary(runbook, &drills))
        .collect())
}

fn summary(runbook: &Runbook, drills: &[Arc<Drill>]) -> RunbookSummary {
    let problems = lint(&runbook.id);
    let count = |level: Level| {
        number(
            problems
                .iter()
                .filter(|problem| problem.severity == level)
                .count(),
        )
    };
    let last = drills.iter().find(|drill| drill.runbook.id == runbook.id);
    let errors = count(Level::Error);
    RunbookSummary {
        id: runbook.id.clone(),
        title: runbook.title.clone(),
        version: runbook.version.clone(),
        owner: runbook.owner.clone(),
        last_rehearsed: last.map(|drill| LastDrillView {
            drill: drill.id.clone(),
            at: time(drill.opened),
            version: drill.runbook.version.clone(),
            end: drill
                .end
                .map_or_else(|| "open".to_owned(), |(_, end)| end.word().to_owned()),
        }),
        review_due: None,
        errors,
        warnings: count(Level::Warning),
        commands: number(
            runbook
                .steps
                .iter()
                .flat_map(|step| &step.requests)
                .filter(|one| one.az.is_some())
                .count(),
        ),
        ready: errors == 0,
        readiness: match errors {
            0 => format!("Yes, {}", words::plural(runbook.steps.len(), "step")),
            count => format!(
                "No, {}",
                words::plural(usize::try_from(count).unwrap_or_default(), "error")
            ),
        },
    }
}

fn lint(id: &str) -> Vec<Problem> {
    let source = library::sources()
        .iter()
        .find(|(file, _)| file.starts_with(&format!("{id}/")));
    source
        .map(|(file, text)| parse(text, file).problems)
        .unwrap_or_default()
}

/// Returns one runbook, read closely.
pub fn view(sight: &Sight, id: &str) -> Result<RunbookView, EngineError> {
    let known = sight
        .engine
        .runbooks()
        .iter()
        .find(|runbook| runbook.id == id);
    let runbook = known.ok_or_else(|| EngineError::UnknownRunbook {
        runbook: id.to_owned(),
    })?;
    let of_kind = |kind: StepKind| {
        number(
            runbook
                .steps
                .iter()
                .filter(|step| step.kind == kind)
                .count(),
        )
    };
    let review = runbook
        .review_every
        .as_deref()
        .and_then(|text| duration::parse(text).ok());
    let mut summary = summary(runbook, &sight.engine.drills()?);
    let from = summary
        .last_rehearsed
        .as_ref()
        .and_then(|last| last.at.parse::<drillbook_core::Timestamp>().ok());
    summary.review_due = review.zip(from).map(|(every, from)| time(from + every));
    Ok(RunbookView {
        summary,
        digest: runbook.digest(),
        purposes: runbook.purpose.iter().map(|one| purpose(*one)).collect(),
        sources: runbook.sources.clone(),
        escalation: runbook
            .escalation
            .iter()
            .map(|one| EscalationView {
                when: one.when.clone(),
                who: one.who.clone(),
                note: one.note.clone(),
            })
            .collect(),
        changes: runbook
            .changes
            .iter()
            .map(|one| ChangeView {
                version: one.version.clone(),
                what: one.what.clone(),
            })
            .collect(),
        terms: runbook
            .terms
            .iter()
            .map(|one| TermView {
                word: one.word.clone(),
                means: one.means.clone(),
            })
            .collect(),
        sign_offs: of_kind(StepKind::Approval),
        changing: of_kind(StepKind::Action) + of_kind(StepKind::Cleanup),
        steps: (0..runbook.steps.len())
            .map(|index| step(runbook, index))
            .collect(),
        problems: lint(id).iter().map(problem).collect(),
    })
}

fn problem(problem: &Problem) -> LintView {
    LintView {
        code: problem.code.clone(),
        warning: problem.severity == Level::Warning,
        line: number(problem.line),
        column: number(problem.column),
        sentence: problem.sentence.clone(),
        remedy: problem.remedy.clone(),
    }
}

fn purpose(purpose: Purpose) -> PurposeView {
    let (id, label, explanation) = match purpose {
        Purpose::Drill => ("drill", "Drill", "What was restored is deleted again."),
        Purpose::Recovery => (
            "recovery",
            "Recovery",
            "As in an outage: what was restored is handed over.",
        ),
    };
    PurposeView {
        id: id.to_owned(),
        label: label.to_owned(),
        explanation: explanation.to_owned(),
    }
}

fn step(runbook: &Runbook, index: usize) -> RunbookStepView {
    let step = &runbook.steps[index];
    let requests: Vec<RunbookRequestView> =
        step.requests.iter().map(|one| request(step, one)).collect();
    let named = |changes: bool| {
        let names: Vec<String> = requests
            .iter()
            .filter(|one| one.changes == changes)
            .map(|one| one.name.clone())
            .collect();
        words::list(&names, "and")
    };
    RunbookStepView {
        id: step.id.clone(),
        number: number(index + 1),
        kind: words::kind(step.kind),
        title: step.title.clone(),
        why: step.why.clone(),
        expect: step.expect.clone(),
        if_not: step.if_not.clone(),
        undo: step.undo.clone(),
        reads: named(false),
        changes: match step.kind {
            StepKind::Cleanup => "deletes what is owed".to_owned(),
            StepKind::Approval => opens_words(runbook, step),
            _ => named(true),
        },
        owes: step.owes.iter().map(|debt| debt.what.clone()).collect(),
        opens: opens(runbook, step),
        requests,
    }
}

fn opens(runbook: &Runbook, gate: &Step) -> Vec<String> {
    let covered = gate.covers.iter().filter_map(|cover| match cover {
        Cover::Always(what) | Cover::When { what, .. } => what.strip_prefix("action:"),
    });
    covered
        .filter_map(|id| runbook.step(id))
        .map(|step| step.title.clone())
        .collect()
}

fn opens_words(runbook: &Runbook, gate: &Step) -> String {
    let numbers: Vec<String> = runbook
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| opens(runbook, gate).contains(&step.title))
        .map(|(index, _)| (index + 1).to_string())
        .collect();
    if numbers.is_empty() {
        String::new()
    } else {
        format!("opens {}", words::list(&numbers, "and"))
    }
}

fn request(step: &Step, one: &Request) -> RunbookRequestView {
    let declared = [
        ("GET", &one.get),
        ("POST", &one.post),
        ("PUT", &one.put),
        ("PATCH", &one.patch),
        ("DELETE", &one.delete),
    ];
    let (method, path) = declared
        .iter()
        .find_map(|(method, path)| path.as_ref().map(|path| (*method, path.clone())))
        .unwrap_or(("GET", String::new()));
    RunbookRequestView {
        name: one.name.clone(),
        method: method.to_owned(),
        path,
        az: one.az.clone(),
        needs: match one.needs {
            Needs::Primary => "primary",
            Needs::Secondary => "secondary",
            Needs::Global => "global",
        }
        .to_owned(),
        changes: step.kind == StepKind::Action && method != "GET" && !one.secret,
        secret: one.secret,
    }
}

/// Returns what there is to choose from when a drill is started.
pub fn start(
    sight: &Sight,
    next_id: String,
    connections: Vec<ConnectionView>,
    roster: Option<&Roster>,
) -> Result<StartView, EngineError> {
    let runbooks = summaries(sight)?;
    let ready = runbooks.iter().filter(|one| one.ready).count();
    let is = if ready == 1 { "is" } else { "are" };
    let to = if sight.engine.is_live() {
        "drill"
    } else {
        "rehearse"
    };
    Ok(StartView {
        title: match (ready, runbooks.len()) {
            (1, 1) => format!("One runbook is ready to {to}"),
            (ready, all) => format!(
                "{} of {all} runbooks {is} ready to {to}",
                words::counted(ready)
            ),
        },
        next_id,
        environment: if sight.engine.is_live() {
            EnvironmentView::Live
        } else {
            EnvironmentView::Rehearsal
        },
        connection: sight.connection.clone().map(|(name, _)| name),
        live: live(sight, !connections.is_empty(), roster),
        connections,
        runbooks,
        rehearsal: if sight.engine.is_live() {
            "In a journal of its own, with people that are invented. Switch at the top of the window.".to_owned()
        } else {
            format!(
                "{}, invented, in a simulator on this computer. You also play the reviewers; every decision says so.",
                sight.company
            )
        },
        purposes: [Purpose::Drill, Purpose::Recovery]
            .into_iter()
            .map(purpose)
            .collect(),
        faults: Fault::ALL.iter().map(|fault| fault_view(*fault)).collect(),
        speeds: SPEEDS.to_vec(),
        speed: USUAL_SPEED,
    })
}

/// What a live drill needs, and whether it is there.
fn live(sight: &Sight, connected: bool, roster: Option<&Roster>) -> Vec<LiveConditionView> {
    let condition = |met: bool, code: &str, there: &str, missing: &str| LiveConditionView {
        met,
        code: code.to_owned(),
        sentence: if met { there } else { missing }.to_owned(),
    };
    if !sight.engine.is_live() {
        let missing = "The live journal is not open: switch at the top of the window";
        return vec![condition(false, "live.not_open", "", missing)];
    }
    let elsewhere = roster.is_some_and(|roster| {
        let policy = roster.policy.value();
        let decides = |id: &String| {
            policy
                .gates
                .values()
                .any(|rule| policy.has_role(id, &rule.roles))
        };
        let mut people = policy.people.keys();
        people.any(|id| decides(id) && !sight.engine.is_here(id))
    });
    vec![
        condition(
            sight.engine.journal().is_sealed(),
            "live.journal_not_sealed",
            "The journal is encrypted on this computer",
            "The journal lies in the clear",
        ),
        condition(
            roster.is_some(),
            "live.no_policy",
            "A policy is in force",
            "No policy is in force: write the first one under Policy",
        ),
        condition(
            elsewhere,
            "live.no_reviewer",
            "A reviewer has a key on another computer",
            "No reviewer has a key on another computer",
        ),
        condition(
            connected,
            "live.no_connection",
            "A connection leads to Azure",
            "No connection leads to Azure: add one under Settings",
        ),
    ]
}

fn fault_view(fault: Fault) -> FaultView {
    FaultView {
        name: fault.name().to_owned(),
        sentence: fault.sentence().to_owned(),
    }
}
