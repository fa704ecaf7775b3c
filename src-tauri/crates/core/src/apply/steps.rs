//! Folding how far steps are.

use super::{run_of, settle};
use crate::Event;
use crate::apply::Recorded;
use crate::drill::*;
use drillbook_runbook::model::Mark;
use serde_json::Value;

pub(super) fn step(drill: &mut Drill, entry: &Recorded) {
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
            // Azure answers again after it could not be asked; a failure that follows says so itself.
            if run.state == RunState::Failed {
                run.state = RunState::Open;
                run.failure = None;
            }
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
