//! Jobs that are followed, and outcomes that are unknown.

use super::words::{self, number, plain, time};
use super::{Sight, candidates, clock, sends};
use crate::ipc::views::{DetailView, PointView, TaskView, UnknownView, WaitView};
use chrono::TimeDelta;
use drillbook_core::{Drill, Element, Event, Intent, IntentOutcome, Observed, RunState, elements};
use drillbook_runbook::ends::waits_for_a_person;
use drillbook_runbook::test::words::length;
use drillbook_runbook::{Step, StepKind, duration};
use serde_json::Value;

/// Returns what is waited for, one for each element.
pub fn view(sight: &Sight, drill: &Drill, step: &Step) -> Vec<WaitView> {
    if step.kind != StepKind::Wait {
        return Vec::new();
    }
    let points = history(sight, drill, step);
    elements(drill, step)
        .iter()
        .map(|element| one(sight, drill, step, element, &points))
        .collect()
}

fn one(
    sight: &Sight,
    drill: &Drill,
    step: &Step,
    element: &Element,
    points: &[(String, PointView)],
) -> WaitView {
    let run = drill.run(&step.id, &element.key);
    let seen = run.and_then(|run| run.wait.as_ref());
    let over = run.is_some_and(|run| run.state != RunState::Open);
    let until = run
        .and_then(|run| run.at)
        .filter(|_| over)
        .unwrap_or(sight.now);
    let every = step
        .every
        .as_deref()
        .and_then(|text| duration::parse(text).ok())
        .map_or(60, |time| time.num_seconds());
    let lengths = lengths(sight, drill, step);
    let repeated = element.value.is_some();
    WaitView {
        element: repeated.then(|| element.key.clone()),
        element_label: repeated.then(|| element.label.clone()),
        percent: seen.and_then(|seen| seen.percent).map(number),
        status: seen
            .map(|seen| said(&seen.status, over))
            .filter(|status| !status.is_empty()),
        tasks: seen.map(tasks).unwrap_or_default(),
        since: seen.map(|seen| time(seen.started)),
        elapsed: number(seen.map_or(0, |seen| (until - seen.started).num_seconds().max(0))),
        as_of: time(sight.now),
        rate: if over { 1 } else { clock::rate(sight, drill) },
        estimate: (!lengths.is_empty())
            .then(|| number(lengths.iter().sum::<i64>() / lengths.len() as i64)),
        estimate_from: number(lengths.len()),
        asked: seen.map(|seen| time(seen.at)),
        next_poll: seen
            .filter(|_| !over)
            .map(|seen| time(next(seen, every, sight))),
        every: number(every),
        polls: number(seen.map_or(0, |seen| seen.polls)),
        cancellable: false,
        finished: over,
        passed: run
            .filter(|_| over)
            .map(|run| run.state == RunState::Passed),
        history: points
            .iter()
            .filter(|(key, _)| *key == element.key)
            .map(|(_, point)| point.clone())
            .collect(),
    }
}

/// Azure's word, and what it means where it waits for a person.
fn said(status: &str, over: bool) -> String {
    if !over && waits_for_a_person(status) {
        return format!("{status}: Azure waits for you");
    }
    status.to_owned()
}

/// Polls that saw nothing new are not journaled: the next one is on the grid that the first began.
fn next(seen: &Observed, every: i64, sight: &Sight) -> drillbook_core::Timestamp {
    let passed = (sight.now - seen.started).num_seconds().max(0);
    seen.started + TimeDelta::seconds((passed / every.max(1) + 1) * every.max(1))
}

fn tasks(seen: &Observed) -> Vec<TaskView> {
    let field = |task: &Value, names: &[&str]| {
        names
            .iter()
            .map(|name| plain(&task[*name]))
            .find(|text| !text.is_empty())
    };
    let listed = seen.tasks.as_array().into_iter().flatten();
    listed
        .map(|task| TaskView {
            name: field(
                task,
                &["taskName", "friendlyName", "taskId", "name", "label"],
            )
            .unwrap_or_else(|| plain(task)),
            status: field(task, &["status", "taskStatus", "state"]).unwrap_or_default(),
            detail: detail(task),
            since: field(task, &["startTime", "since"]).and_then(|text| words::as_time(&text)),
            until: field(task, &["endTime"]).and_then(|text| words::as_time(&text)),
        })
        .collect()
}

/// Returns what a task says beside its state: how far it is, and how long it took.
fn detail(task: &Value) -> Option<String> {
    let said = [
        "detail",
        "progress",
        "message",
        "taskExecutionDetails",
        "taskProgress",
        "stateDescription",
    ];
    let mut said = said.iter().map(|name| plain(&task[*name]));
    let said = said.find(|text| !text.is_empty());
    let took = task["duration"].as_str().filter(|text| *text != "PT0S");
    let took = took.map(|text| format!("for {}", length(text)));
    let parts = [said, took];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Seconds that the same wait took in earlier drills of this runbook.
fn lengths(sight: &Sight, drill: &Drill, step: &Step) -> Vec<i64> {
    let mut all = Vec::new();
    for (earlier, _) in sight.earlier(drill) {
        let runs = earlier.runs.get(&step.id);
        for run in runs.into_iter().flat_map(|runs| runs.elements.values()) {
            if let (Some(seen), Some(at), RunState::Passed) = (&run.wait, run.at, run.state) {
                all.push((at - seen.started).num_seconds());
            }
        }
    }
    all
}

fn history(sight: &Sight, drill: &Drill, step: &Step) -> Vec<(String, PointView)> {
    let events = super::journal::events(sight, &drill.id, "wait.observed", &step.id);
    events
        .into_iter()
        .filter_map(|recorded| match recorded.event {
            Event::WaitObserved {
                step: at,
                percent: Some(percent),
                element,
                ..
            } if at == step.id => Some((
                element.unwrap_or_default(),
                PointView {
                    at: time(recorded.at),
                    percent: number(percent),
                },
            )),
            _ => None,
        })
        .collect()
}

/// Returns the requests of a step whose outcome is unknown.
pub fn unknowns(sight: &Sight, drill: &Drill, step: &Step) -> Vec<UnknownView> {
    let running = sight.is_working(&drill.id, &step.id);
    let lost = |intent: &&Intent| {
        intent.step == step.id
            && (intent.outcome == IntentOutcome::Unanswered
                || (intent.outcome == IntentOutcome::Open && !running))
    };
    drill
        .intents
        .iter()
        .filter(lost)
        .map(|intent| unknown(sight, drill, step, intent))
        .collect()
}

/// How long nothing must have been found before a request may be treated as not sent.
const SEARCH: TimeDelta = TimeDelta::minutes(10);

fn unknown(sight: &Sight, drill: &Drill, step: &Step, intent: &Intent) -> UnknownView {
    let label = sends::element_label(drill, step, intent.element.as_deref());
    let found = intent.candidates.as_ref();
    let candidates = candidates::view(found.and_then(|(_, rows)| rows.as_array()));
    let from = intent.sent + SEARCH;
    let fact = |name: &str, value: String, mono: bool| DetailView {
        name: name.to_owned(),
        value,
        mono,
    };
    UnknownView {
        element: intent.element.clone(),
        element_label: label.clone(),
        sent: sends::of_intent(sight, drill, step, intent),
        intended_at: time(intent.at),
        why: match intent.outcome {
            IntentOutcome::Open => "Drillbook was stopped before the outcome was written down.".to_owned(),
            _ => "The connection broke, or Azure answered with an error that does not say whether it acted.".to_owned(),
        },
        facts: vec![
            fact("Step", step.title.clone(), false),
            fact("Concerns", label.unwrap_or_else(|| drill.runbook.title.clone()), false),
            fact("Sign-off", format!("{}; it is used and cannot be used twice", words::short_id(&intent.request)), true),
        ],
        looks: number(usize::from(found.is_some())),
        looked_at: found.map(|(at, _)| time(*at)),
        next_look: None,
        may_give_up: drillbook_core::may_give_up(intent, sight.now),
        give_up_from: Some(time(from)),
        candidates,
    }
}
