//! What the facts oblige us to do: polls, operations to follow, reminders, unknown outcomes.
//! Never a dispatch: an intent without an outcome yields [`Effect::Reconcile`].

use crate::Timestamp;
use crate::command::{Effect, Place, Target};
use crate::drill::{Drill, Intent, IntentOutcome, RunState};
use crate::elements::{current_step, elements};
use chrono::TimeDelta;
use drillbook_runbook::model::StepKind;

/// Moments before and after a deadline at which a reminder is due, with their names.
const MOMENTS: [(&str, i64); 5] = [
    ("24h-before", -24),
    ("4h-before", -4),
    ("due", 0),
    ("24h-after", 24),
    ("72h-after", 72),
];

/// Returns what is outstanding at `now`.
pub fn outstanding(drill: &Drill, now: Timestamp) -> Vec<Effect> {
    let mut effects = reminders(drill, now);
    if drill.end.is_some() {
        return effects;
    }
    for intent in &drill.intents {
        match intent.outcome {
            IntentOutcome::Open | IntentOutcome::Unanswered => {
                effects.push(Effect::Reconcile {
                    target: target(intent),
                });
            }
            IntentOutcome::Accepted if intent.finished.is_none() => {
                if let Some(poll_url) = &intent.poll_url {
                    effects.push(Effect::Follow {
                        target: target(intent),
                        poll_url: poll_url.clone(),
                    });
                }
            }
            _ => {}
        }
    }
    effects.extend(waits(drill));
    effects
}

pub(crate) fn target(intent: &Intent) -> Target {
    Target {
        place: Place {
            step: intent.step.clone(),
            element: intent.element.clone(),
        },
        request_name: intent.request_name.clone(),
        bound: intent.bound.clone(),
    }
}

fn waits(drill: &Drill) -> Vec<Effect> {
    let Some(step) = current_step(drill).map(|index| &drill.runbook.steps[index]) else {
        return Vec::new();
    };
    if step.kind != StepKind::Wait {
        return Vec::new();
    }
    let running = |key: &str| {
        drill
            .run(&step.id, key)
            .is_some_and(|run| run.wait.is_some() && run.state == RunState::Open)
    };
    let place = |key: Option<String>| Place {
        step: step.id.clone(),
        element: key,
    };
    elements(drill, step)
        .into_iter()
        .filter(|element| running(&element.key))
        .map(|element| Effect::Poll {
            place: place(element.value.is_some().then_some(element.key)),
        })
        .collect()
}

/// One reminder at a time: the latest moment that has come and was not given.
fn reminders(drill: &Drill, now: Timestamp) -> Vec<Effect> {
    let Some(deadline) = drill.deadline else {
        return Vec::new();
    };
    if drill.open_debts().next().is_none() {
        return Vec::new();
    }
    let due = MOMENTS.iter().rev().find(|(_, hours)| {
        let moment = deadline.checked_add_signed(TimeDelta::hours(*hours));
        moment.is_some_and(|moment| now >= moment)
    });
    match due {
        Some((moment, _)) if !drill.reminders.iter().any(|given| given == moment) => {
            vec![Effect::Remind {
                moment: (*moment).to_owned(),
                due: deadline,
            }]
        }
        _ => Vec::new(),
    }
}
