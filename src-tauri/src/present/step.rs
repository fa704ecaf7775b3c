//! One step of a drill, as the operator works through it.

use super::words::{self, number, time};
use super::{
    Sight, before, choices, cleanup, conditions, drill as drills, evidence, fields, moves, outside,
    request, review, sends, wait,
};
use crate::ipc::views::{
    AcknowledgedView, CommandView, DemandView, DetailView, ElementView, ExpectationStateView,
    ExpectationView, ProblemView, SeverityView, StepStateView, StepView, TermView,
};
use drillbook_core::{
    Drill, Element, ElementRun, IntentOutcome, Judged, RunState, current_step, elements, scope,
};
use drillbook_runbook::model::Cover;
use drillbook_runbook::{Class, Expectation, Mark, Request, Step, StepKind, template};

/// Returns a step; `None` when the runbook has none of that id.
pub fn view(sight: &Sight, drill: &Drill, id: &str) -> Option<StepView> {
    let index = drill.runbook.index(id)?;
    let step = &drill.runbook.steps[index];
    let state = drills::live_state(sight, drill, index);
    let expectations = expectations(sight, drill, step);
    let current = current_step(drill) == Some(index);
    Some(StepView {
        drill: drill.id.clone(),
        id: step.id.clone(),
        number: number(index + 1),
        kind: words::kind(step.kind),
        state,
        state_note: note(sight, drill, step, &expectations),
        title: step.title.clone(),
        safety: safety(sight, drill, step, state),
        why: step.why.clone(),
        expect: step.expect.clone(),
        if_not: step.if_not.clone(),
        undo: step.undo.clone(),
        text: paragraphs(step),
        reads_only: !matches!(step.kind, StepKind::Action | StepKind::Cleanup),
        current,
        progress: None,
        elements: listed_elements(drill, step, state),
        expectations,
        choices: choices::view(sight, drill, step),
        fields: fields::view(drill, step),
        request: (step.kind == StepKind::Approval)
            .then(|| request::of_step(sight, drill, step))
            .flatten(),
        sends: if changes(step) {
            sends::view(sight, drill, step)
        } else {
            Vec::new()
        },
        happens: if changes(step) {
            happens(sight, drill, step)
        } else {
            Vec::new()
        },
        allowed: conditions::allowed(sight, drill, step),
        waits: wait::view(sight, drill, step),
        unknowns: wait::unknowns(sight, drill, step),
        cleanup: if step.kind == StepKind::Cleanup {
            cleanup::items(sight, drill)
        } else {
            Vec::new()
        },
        review: (step.kind == StepKind::Review).then(|| review::view(sight, drill)),
        evidence: evidence::of_step(drill, step),
        demands: demands(drill, step),
        signed_at: signed_at(drill, step),
        commands: sends::commands(sight, drill, step),
        outside: outside::view(sight, drill, step),
        terms: terms(drill, step),
        problem: problem(sight, drill, step, state),
        actions: moves::of_step(sight, drill, index, state),
    })
}

/// Returns the number of the sign-off that covers the charter, when this step is the charter.
fn signed_at(drill: &Drill, step: &Step) -> Option<u32> {
    if step.marks != Some(Mark::Charter) {
        return None;
    }
    let covers = |gate: &Step| {
        gate.covers.iter().any(|cover| match cover {
            Cover::Always(what) | Cover::When { what, .. } => what == "charter",
        })
    };
    let index = drill.runbook.steps.iter().position(covers)?;
    Some(number(index + 1))
}

fn changes(step: &Step) -> bool {
    matches!(step.kind, StepKind::Action | StepKind::Cleanup)
}

fn paragraphs(step: &Step) -> Vec<String> {
    let text = step.text.as_deref().unwrap_or_default();
    // A line of a list stands by itself.
    let text = text.replace("\n- ", "\n\n• ");
    let paragraphs = text
        .split("\n\n")
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|part| !part.is_empty()).collect()
}

fn terms(drill: &Drill, step: &Step) -> Vec<TermView> {
    let here = drill
        .runbook
        .terms
        .iter()
        .filter(|term| term.steps.contains(&step.id));
    here.map(|term| TermView {
        word: term.word.clone(),
        means: term.means.clone(),
    })
    .collect()
}

fn note(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    expectations: &[ExpectationView],
) -> Option<String> {
    let judged = expectations
        .iter()
        .filter(|one| one.state != ExpectationStateView::Pending)
        .count();
    let met = expectations
        .iter()
        .filter(|one| one.state == ExpectationStateView::Met)
        .count();
    if judged > 0 {
        return Some(format!("{met} of {judged} met"));
    }
    let sign_off = drill.sign_off(&step.id)?;
    let waited =
        words::span(u64::try_from((sight.now - sign_off.opened).num_seconds()).unwrap_or_default());
    (sign_off.state == drillbook_core::RequestState::Open).then(|| format!("waiting for {waited}"))
}

/// The second line: is it safe? Its first sentence is set bold.
fn safety(sight: &Sight, drill: &Drill, step: &Step, state: StepStateView) -> String {
    let waiting = || {
        let gate = step.gate.as_deref().unwrap_or_default();
        let names = words::list(&request::signer_names(sight, drill, gate), "or");
        format!(
            "There is nothing to do. {names} can sign; whoever asked cannot. Nothing is sent before."
        )
    };
    match step.kind {
        StepKind::Read => "There is nothing to change here. Read it, then go on.".to_owned(),
        StepKind::Check | StepKind::Validate => "This step only reads. Nothing in Azure changes.".to_owned(),
        StepKind::Choose => {
            "This step only reads. Your choice is written down; nothing in Azure changes.".to_owned()
        }
        StepKind::Manual => "This step only writes to the journal. Nothing in Azure changes.".to_owned(),
        StepKind::Approval if state == StepStateView::WaitingForSignOff => waiting(),
        StepKind::Approval => "Asking sends nothing. A second person reads exactly what would be sent.".to_owned(),
        StepKind::Action => {
            let undo = step.undo.as_deref().unwrap_or("What it makes is owed until it is deleted.");
            format!("This step changes Azure. {undo}")
        }
        StepKind::Wait => {
            "There is nothing to do. Azure works; you may close the lid, Drillbook picks it up again.".to_owned()
        }
        StepKind::Cleanup => {
            "This step deletes, each thing by its exact id. It cannot be undone.".to_owned()
        }
        StepKind::Review => "This step only writes to the journal. Then the drill can be closed.".to_owned(),
    }
}

fn listed_elements(drill: &Drill, step: &Step, state: StepStateView) -> Vec<ElementView> {
    let repeated = elements(drill, step)
        .into_iter()
        .filter(|one| one.value.is_some());
    repeated
        .map(|one| {
            let run = drill.run(&step.id, &one.key);
            ElementView {
                state: element_state(drill, step, &one, run, state),
                note: run
                    .and_then(|run| run.failure.as_ref())
                    .map(|(_, detail)| detail.clone()),
                key: one.key,
                label: one.label,
            }
        })
        .collect()
}

fn element_state(
    drill: &Drill,
    step: &Step,
    element: &Element,
    run: Option<&ElementRun>,
    whole: StepStateView,
) -> StepStateView {
    match run.map(|run| run.state) {
        Some(RunState::Passed) => return StepStateView::Passed,
        Some(RunState::Failed) => return StepStateView::Failed,
        Some(RunState::Skipped) => return StepStateView::Skipped,
        Some(RunState::NotApplicable) => return StepStateView::NotApplicable,
        Some(RunState::Open) | None => {}
    }
    let lost = drill.intents.iter().any(|intent| {
        intent.step == step.id
            && intent.element.as_deref() == Some(element.key.as_str())
            && intent.outcome == IntentOutcome::Unanswered
    });
    match whole {
        _ if lost => StepStateView::OutcomeUnknown,
        StepStateView::OutcomeUnknown | StepStateView::Failed | StepStateView::NeedsAttention => {
            StepStateView::Ready
        }
        other => other,
    }
}

/// Returns the statements of a step: failed first, then warnings, not checked, and met.
fn expectations(sight: &Sight, drill: &Drill, step: &Step) -> Vec<ExpectationView> {
    let earlier = before::readings(sight, drill, step);
    let mut all = Vec::new();
    for element in elements(drill, step) {
        let run = drill.run(&step.id, &element.key);
        for (number, expectation) in step.expectations.iter().enumerate() {
            let judged = run.and_then(|run| run.judged.iter().find(|one| one.number == number));
            let read = run.is_some_and(|run| !run.judged.is_empty());
            // A statement whose condition did not hold is left out once the others are judged.
            if judged.is_some() || !read {
                let mut view = expected(
                    sight,
                    drill,
                    step,
                    &element,
                    run,
                    (number, expectation, judged),
                );
                view.before = earlier.of(&element, number);
                all.push(view);
            }
        }
    }
    all.sort_by_key(|one| rank(one.state));
    all
}

fn rank(state: ExpectationStateView) -> u8 {
    match state {
        ExpectationStateView::Failed => 0,
        ExpectationStateView::Warned => 1,
        ExpectationStateView::NotChecked => 2,
        ExpectationStateView::Pending => 3,
        ExpectationStateView::Met => 4,
        ExpectationStateView::NotApplicable => 5,
    }
}

fn expected(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    element: &Element,
    run: Option<&ElementRun>,
    (position, expectation, judged): (usize, &Expectation, Option<&Judged>),
) -> ExpectationView {
    let repeated = element.value.is_some();
    let reason = judged.and_then(|one| one.acknowledged.clone());
    ExpectationView {
        number: number(position),
        element: repeated.then(|| element.key.clone()),
        element_label: repeated.then(|| element.label.clone()),
        that: expectation.that.clone(),
        state: judged.map_or(ExpectationStateView::Pending, |one| judgement(&one.result)),
        value: judged.map(|one| one.value.clone()),
        expected: judged.map(|one| one.expected.clone()).unwrap_or_default(),
        before: None,
        class: expectation.class.map(class),
        look_next: expectation.look_next.clone(),
        acknowledged: reason.map(|reason| AcknowledgedView {
            person: sight.name(&drill.operator).to_owned(),
            reason,
            at: time(run.and_then(|run| run.at).unwrap_or(drill.last_at)),
        }),
        command: reads(sight, drill, step, element, expectation),
        entry: judged.and_then(|_| answered(drill, step, element, expectation)),
    }
}

/// Returns the request whose answer a statement reads first.
fn read_by<'a>(step: &'a Step, of: &Expectation) -> Option<&'a Request> {
    let at = |request: &Request| of.query.find(&format!("responses.{}", request.name));
    step.requests
        .iter()
        .filter(|request| at(request).is_some())
        .min_by_key(|request| at(request))
}

/// Returns the entry of the answer that a statement was judged by.
fn answered(drill: &Drill, step: &Step, element: &Element, of: &Expectation) -> Option<u32> {
    let name = &read_by(step, of)?.name;
    let key = element.value.as_ref().map(|_| element.key.as_str());
    let newest = drill.evidence.iter().rev().find(|one| {
        one.step == step.id
            && one.element.as_deref() == key
            && one.title == *name
            && one.kind == "exchange"
    });
    newest.map(|one| number(one.seq))
}

/// Returns the command of the request that a statement reads.
fn reads(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    element: &Element,
    of: &Expectation,
) -> Option<CommandView> {
    let request = read_by(step, of)?;
    let line = sends::az(sight, drill, step, Some(element), request)?;
    Some(CommandView {
        title: words::said(&request.name),
        line,
    })
}

fn judgement(word: &str) -> ExpectationStateView {
    match word {
        "passed" => ExpectationStateView::Met,
        "failed" => ExpectationStateView::Failed,
        "warned" => ExpectationStateView::Warned,
        "not-checked" => ExpectationStateView::NotChecked,
        _ => ExpectationStateView::Pending,
    }
}

fn class(class: Class) -> String {
    match class {
        Class::MissingConfiguration => "missing configuration",
        Class::AccessDenial => "access denied",
        Class::ProviderSupport => "not supported by the provider",
        Class::DependencyDrift => "dependency drift",
        Class::Capacity => "capacity",
    }
    .to_owned()
}

/// Returns what a step found, in a sentence.
pub fn found(drill: &Drill, step: &Step) -> String {
    let runs = drill.runs.get(&step.id);
    let judged: Vec<&Judged> = runs
        .into_iter()
        .flat_map(|run| run.elements.values())
        .flat_map(|one| &one.judged)
        .collect();
    let said = |word: &str| {
        judged
            .iter()
            .filter(|one| one.result == word)
            .filter_map(|one| step.expectations.get(one.number))
            .next()
    };
    if let Some(failed) = said("failed") {
        return format!("Not met: {}.", failed.that);
    }
    if let Some(warned) = said("warned") {
        return format!("Needs attention: {}.", warned.that);
    }
    match judged.len() {
        0 => step.expect.clone(),
        count => format!("{} met.", words::plural(count, "expectation")),
    }
}

/// Returns what an action does, in rows.
fn happens(sight: &Sight, drill: &Drill, step: &Step) -> Vec<DetailView> {
    let row = |name: &str, value: String, mono: bool| DetailView {
        name: name.to_owned(),
        value,
        mono,
    };
    let mut rows = Vec::new();
    let concerned: Vec<String> = elements(drill, step)
        .into_iter()
        .map(|one| one.label)
        .filter(|label| !label.is_empty())
        .collect();
    if !concerned.is_empty() {
        rows.push(row("For", words::list(&concerned, "and"), false));
    }
    for element in elements(drill, step) {
        let seen = scope(drill, step, element.value.as_ref(), None, sight.now);
        for debt in &step.owes {
            let what = template::text(&debt.what, &seen).unwrap_or_else(|_| debt.what.clone());
            if rows.iter().all(|known| known.value != what) {
                rows.push(row("Leaves behind", what, false));
            }
        }
    }
    if let Some(deadline) = drill.deadline {
        rows.push(row("To be gone by", time(deadline), false));
    }
    rows
}

fn demands(drill: &Drill, step: &Step) -> Vec<DemandView> {
    let demanded = step.evidence_after.iter().map(|wanted| {
        let picture = wanted == "picture";
        let met = drill
            .evidence
            .iter()
            .any(|one| one.step == step.id && (one.kind == "picture") == picture);
        let what = if picture {
            "a picture".to_owned()
        } else {
            let name = wanted.replace("response:", "");
            format!("the answer of {}", words::said(&name).to_lowercase())
        };
        DemandView { what, picture, met }
    });
    demanded.collect()
}

/// Returns what stands in the way: what went wrong just now, else what was recorded.
fn problem(sight: &Sight, drill: &Drill, step: &Step, state: StepStateView) -> Option<ProblemView> {
    if state == StepStateView::Running {
        return None;
    }
    if let Some(trouble) = sight.trouble(&drill.id, &step.id) {
        return Some(trouble);
    }
    let run = drill
        .runs
        .get(&step.id)?
        .elements
        .values()
        .find(|one| one.state == RunState::Failed)?;
    let (code, detail) = run.failure.clone()?;
    Some(ProblemView {
        code,
        severity: SeverityView::Refused,
        sentence: words::sentence_case(&detail),
        next: Some(step.if_not.clone()),
        details: Vec::new(),
    })
}
