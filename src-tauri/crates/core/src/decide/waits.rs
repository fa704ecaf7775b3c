//! Rules of waiting: a poll is recorded when it says something new, and passes or fails with the last. Azure's own
//! word stands above the runbook's queries.

use super::evidence::{self, demanded};
use super::steps::failed;
use super::{current, element_of, facts, of_kind};
use crate::command::{Answers, Decision, ExchangeFact, Place};
use crate::drill::{Drill, RunState};
use crate::judge::{judge, run};
use crate::{Event, Json, Refusal, Timestamp, scope, witness};
use drillbook_runbook::ends::{Contradiction, contradiction, waits_for_a_person};
use drillbook_runbook::model::{Step, StepKind};
use serde_json::{Value, json};

pub(super) fn start_wait(drill: &Drill, place: &Place) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, &place.step)?, &[StepKind::Wait])?;
    element_of(drill, step, place.element.as_deref())?;
    let begun = drill
        .run(&step.id, place.element.as_deref().unwrap_or_default())
        .is_some_and(|run| run.wait.is_some());
    if begun {
        return Ok(facts(Vec::new()));
    }
    Ok(facts(vec![Event::WaitStarted {
        step: step.id.clone(),
        element: place.element.clone(),
    }]))
}

/// Records a poll only when something changed, or when it was the last.
pub(super) fn poll(
    drill: &Drill,
    place: &Place,
    answers: &Answers,
    exchange: ExchangeFact,
    polls: u64,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let step = of_kind(current(drill, &place.step)?, &[StepKind::Wait])?;
    let key = place.element.as_deref();
    let element = element_of(drill, step, key)?;
    let over = drill.run(&step.id, &element.key);
    if over.is_some_and(|run| run.state == RunState::Passed) {
        return Ok(facts(Vec::new()));
    }
    // It was asked in vain before: that it answers again is news.
    let again = over.is_some_and(|run| run.state == RunState::Failed);
    let Some(finality) = &step.finality else {
        return Err(Refusal::WrongKind {
            step: step.id.clone(),
        });
    };
    let scope = scope(drill, step, element.value.as_ref(), Some(answers), now);
    let wished = run(&finality.passes, &scope)? == json!(true);
    let running = run(&finality.running, &scope)? == json!(true);
    let (passes, running, against) = standing(wished, running, answers, &finality.passes);
    let mut seen = observed(step, &scope)?;
    if seen.0.is_empty() {
        seen.0 = against.unwrap_or_default();
    }
    let last = drill
        .run(&step.id, &element.key)
        .and_then(|run| run.wait.clone());
    let changed = last.is_none_or(|last| {
        let before = stage(&last.status, last.percent, &last.tasks);
        before != stage(&seen.0, seen.1, &seen.2)
    });
    if running && !passes && !changed && !again {
        return Ok(facts(Vec::new()));
    }
    if passes {
        let read = std::slice::from_ref(&exchange);
        evidence::recorded(step, &answers.responses, read)?;
        demanded(drill, step, key)?;
    }
    let mut events = vec![Event::WaitObserved {
        step: step.id.clone(),
        polls,
        status: seen.0.clone(),
        percent: seen.1,
        element: place.element.clone(),
        tasks: Json(seen.2),
        evidence: exchange.evidence.clone(),
    }];
    events.push(exchange.into_event(&step.id, key));
    if passes {
        events.extend(finished(drill, step, place, &element, answers, now)?);
    } else if !running {
        events.push(failed(
            &step.id,
            key,
            "wait.failed",
            format!("Azure says {}", seen.0),
        ));
    }
    Ok(facts(events))
}

/// Returns whether a wait passed, whether it goes on, and Azure's word against a success: no query of a runbook makes
/// one of what Azure calls something else. What waits for a person is neither over nor failed, unless the query names
/// it as the end.
fn standing(
    wished: bool,
    running: bool,
    answers: &Answers,
    passes: &str,
) -> (bool, bool, Option<String>) {
    let against = answers.responses.values().filter_map(contradiction);
    let mut against: Vec<Contradiction> = against.collect();
    // What is over stands before what goes on.
    against.sort_by_key(|one| matches!(one, Contradiction::NotOver(_)));
    match against.into_iter().next() {
        Some(Contradiction::NotAsWished(word)) => (false, false, Some(word)),
        Some(Contradiction::NotOver(word)) if waits_for_a_person(&word) => {
            let named = wished && passes.contains(&format!("'{word}'"));
            (named, !named, Some(word))
        }
        Some(Contradiction::NotOver(word)) if wished => (false, true, Some(word)),
        Some(Contradiction::NotOver(word)) => (false, running, Some(word)),
        None => (wished, running, None),
    }
}

/// Returns what makes a poll worth an entry: the status, the state of each task, each tenth of the way. Durations
/// and amounts grow with every poll, and would fill the journal.
fn stage<'a>(
    status: &'a str,
    percent: Option<u64>,
    tasks: &'a Value,
) -> (&'a str, Option<u64>, Vec<[&'a Value; 2]>) {
    let tasks = tasks.as_array().into_iter().flatten();
    let first = |task: &'a Value, names: [&str; 3]| {
        let mut found = names.iter().filter_map(|name| task.get(*name));
        found.next().unwrap_or(&Value::Null)
    };
    // Backup, Data Protection and Site Recovery each have their own names.
    let tasks = tasks.map(|task| {
        [
            first(task, ["taskId", "taskName", "name"]),
            first(task, ["status", "taskStatus", "state"]),
        ]
    });
    (status, percent.map(|percent| percent / 10), tasks.collect())
}

fn finished(
    drill: &Drill,
    step: &Step,
    place: &Place,
    element: &crate::Element,
    answers: &Answers,
    now: Timestamp,
) -> Result<Vec<Event>, Refusal> {
    let key = place.element.as_deref();
    let judgement = judge(drill, step, key, element.value.as_ref(), answers, now)?;
    let mut events = witness::of_statements(step, &judgement.events);
    events.extend(judgement.events);
    events.push(if judgement.failed.is_empty() {
        Event::StepPassed {
            step: step.id.clone(),
            element: place.element.clone(),
        }
    } else {
        failed(&step.id, key, "check.failed", judgement.failed.join("; "))
    });
    Ok(events)
}

/// Reads Azure's status word, percentage and task list.
fn observed(step: &Step, scope: &Value) -> Result<(String, Option<u64>, Value), Refusal> {
    let Some(progress) = &step.progress else {
        return Ok((String::new(), None, Value::Null));
    };
    let value = |text: &Option<String>| match text {
        Some(text) => run(text, scope),
        None => Ok(Value::Null),
    };
    let status = match value(&progress.status)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=100"
    )]
    let percent = value(&progress.percent)?
        .as_f64()
        .map(|number| number.clamp(0.0, 100.0) as u64);
    Ok((status, percent, value(&progress.tasks)?))
}

#[cfg(test)]
mod tests {
    use super::standing;
    use crate::Answers;
    use serde_json::{Value, json};

    fn check(body: Value, wished: bool, expected: (bool, bool)) {
        let mut answers = Answers::default();
        answers.responses.insert("job".to_owned(), body.clone());
        let (passes, running, _) = standing(wished, !wished, &answers, "status != 'InProgress'");
        assert_eq!((passes, running), expected, "{body}");
    }

    fn job(status: &str) -> Value {
        json!({"type": "Microsoft.DataProtection/Backupvaults/backupJobs", "properties": {"status": status}})
    }

    #[test]
    fn a_careless_query_makes_no_success_of_what_azure_calls_something_else() {
        check(job("Completed"), true, (true, false));
        check(job("CompletedWithWarnings"), true, (false, false));
        check(job("Cancelled"), true, (false, false));
        check(job("InProgress"), true, (false, true));
    }

    #[test]
    fn what_waits_for_a_person_is_over_only_where_the_query_names_it() {
        let mut answers = Answers::default();
        let body = json!({"id": "/v/replicationJobs/j", "properties": {"state": "Suspended"}});
        answers.responses.insert("job".to_owned(), body);
        for (wished, passes, expected) in [
            (true, "job.state == 'Suspended'", (true, false)),
            (true, "job.state != 'InProgress'", (false, true)),
            (false, "job.state == 'Succeeded'", (false, true)),
        ] {
            let (over, running, word) = standing(wished, false, &answers, passes);
            assert_eq!((over, running), expected, "{passes}");
            assert_eq!(word.as_deref(), Some("Suspended"));
        }
    }

    #[test]
    fn what_is_over_is_not_waited_for_for_ever() {
        check(job("Failed"), false, (false, false));
        check(job("InProgress"), false, (false, true));
    }
}
