//! Operations that accepted requests began, and what completes an action.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::json;

fn began(target: &Target) -> Command {
    World::outcome(
        target,
        Outcome::Accepted {
            poll_url: Some("https://arm/op/1".into()),
            response: json!({}),
        },
    )
}

fn ended(target: &Target, status: &str) -> Command {
    Command::RecordOperation {
        target: target.clone(),
        exchange: exchange("poll", 200),
        status: status.to_owned(),
        response: json!({"state": status}),
        error: (status != "Succeeded").then(|| "SkuNotAvailable".to_owned()),
    }
}

/// Machine a is being built, machine b stands.
fn building() -> (World, Target) {
    let mut world = up_to("vm");
    world.send(&target("vm", Some("b"), "vm"));
    let first = target("vm", Some("a"), "vm");
    world.does(world.dispatch(&first));
    world.does(began(&first));
    (world, first)
}

#[test]
fn an_action_is_done_when_its_operation_is() {
    let (mut world, first) = building();
    assert_eq!(world.on(), Some("vm"));
    let then = outstanding(&world.drill, world.now);
    assert!(
        then.iter()
            .any(|effect| matches!(effect, Effect::Follow { .. })),
        "{then:?}"
    );
    world.does(ended(&first, "Succeeded"));
    assert_eq!(world.on(), Some("content"));
}

#[test]
fn an_operation_that_failed_fails_the_step() {
    for status in ["Failed", "Canceled"] {
        let (mut world, first) = building();
        world.does(ended(&first, status));
        assert_eq!(
            world.drill.run("vm", "a").unwrap().state,
            RunState::Failed,
            "{status}"
        );
        assert_eq!(world.on(), Some("vm"));
    }
}

#[test]
fn a_put_whose_operation_failed_is_begun_again_and_followed_to_its_own_end() {
    let (mut world, first) = building();
    world.does(ended(&first, "Failed"));
    world.does(world.again(&first));
    world.does(began(&first));
    let then = outstanding(&world.drill, world.now);
    assert!(
        then.iter()
            .any(|effect| matches!(effect, Effect::Follow { .. })),
        "{then:?}"
    );
    assert_eq!(world.drill.run("vm", "a").unwrap().state, RunState::Failed);
    world.does(ended(&first, "Succeeded"));
    assert_eq!(world.on(), Some("content"));
}

#[test]
fn the_end_of_an_operation_is_recorded_once_and_only_where_one_began() {
    let (mut world, first) = building();
    world.does(ended(&first, "Succeeded"));
    world.refuses(ended(&first, "Failed"), "action.outcome_known");
    let mut world = up_to("vm");
    world.refuses(ended(&first, "Succeeded"), "approval.missing");
    world.does(world.dispatch(&first));
    world.refuses(ended(&first, "Succeeded"), "action.outcome_unknown");
}

#[test]
fn a_late_bound_request_is_sent_once_for_each_thing_that_was_found() {
    let mut world = up_to("seal");
    let step = world.drill.runbook.step("seal").unwrap().clone();
    let all = elements(&world.drill, &step);
    let shut = |number: usize, bound: usize| {
        let mut shut = target("seal", Some(&all[number].key), "shut");
        shut.bound = bound_of(&step, &all[bound]);
        shut
    };
    world.refuses(world.dispatch(&shut(0, 1)), "approval.missing");
    world.send(&shut(0, 0));
    world.refuses(world.dispatch(&shut(0, 0)), "action.outcome_known");
    world.send(&shut(1, 1));
    assert_eq!(world.on(), Some("approve-start"));
}

/// Durations and amounts grow with every poll; the journal keeps status, tasks' states and each tenth of the way.
#[test]
fn a_poll_is_recorded_when_its_status_a_task_or_the_tenth_changed() {
    let mut world = up_to("job");
    let asked = |percent: u64, duration: &str, task: &str| {
        let tasks = json!([{"taskId": "Transfer", "duration": duration, "status": task}]);
        Command::RecordPoll {
            place: place("job", Some("a")),
            answers: answers(json!({"job": {
                "status": "InProgress", "percent": percent, "tasks": tasks}})),
            exchange: exchange("poll", 200),
            polls: 1,
        }
    };
    for (percent, duration, task, recorded) in [
        (11, "PT1M", "InProgress", true),
        (11, "PT2M", "InProgress", false),
        (19, "PT3M", "InProgress", false),
        (20, "PT4M", "InProgress", true),
        (20, "PT5M", "Completed", true),
        (20, "PT6M", "Completed", false),
    ] {
        world.does(asked(percent, duration, task));
        assert_eq!(!world.added.is_empty(), recorded, "{percent} {duration}");
    }
}

#[test]
fn a_wait_passes_only_on_the_declared_word() {
    let mut world = up_to("job");
    let start = Command::StartWait {
        place: place("job", Some("a")),
    };
    world.does(start);
    world.does(Command::StartWait {
        place: place("job", Some("a")),
    });
    assert!(world.added.is_empty(), "it has begun already");
    world.does(poll("a", "InProgress", 10));
    world.does(poll("a", "InProgress", 10));
    assert!(world.added.is_empty(), "nothing changed");
    world.does(poll("a", "InProgress", 20));
    assert_eq!(world.kinds(), ["wait.observed", "exchange.recorded"]);
    for (word, state) in [
        ("CompletedWithWarnings", RunState::Failed),
        ("", RunState::Failed),
        ("Completed", RunState::Passed),
    ] {
        let mut world = world.clone();
        world.does(poll("a", word, 100));
        assert_eq!(world.drill.run("job", "a").unwrap().state, state, "{word}");
        assert_eq!(world.on(), Some("job"), "machine b is not over");
    }
}

#[test]
fn a_wait_that_passed_stays_passed() {
    let mut world = up_to("job");
    world.does(poll("a", "Completed", 100));
    world.does(poll("a", "Failed", 100));
    assert_eq!(world.drill.run("job", "a").unwrap().state, RunState::Passed);
}
