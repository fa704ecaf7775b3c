//! Abort from every step: what runs is waited for, then cleanup, the untouched check and the review.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::json;

fn abort() -> Command {
    Command::Abort {
        reason: "the room is on fire".to_owned(),
    }
}

#[test]
fn from_every_step_an_abort_leads_through_cleanup_and_review_to_abandoned() {
    for step in &RULES.steps {
        let mut world = up_to(&step.id);
        world.does(abort());
        let on = world.on().map(str::to_owned);
        let wanted = match (step.id.as_str(), world.drill.open_debts().count()) {
            ("job", _) => "job",
            (_, 0) => "untouched",
            _ => "approve-cleanup",
        };
        let wanted = match step.id.as_str() {
            late @ ("cleanup" | "untouched" | "review") => late,
            _ => wanted,
        };
        assert_eq!(on.as_deref(), Some(wanted), "after {}", step.id);
        let mut world = play(world, "end", "boot");
        world.does(Command::End);
        assert_eq!(
            world.drill.end.map(|(_, end)| end),
            Some(EndOfDrill::Abandoned),
            "after {}",
            step.id
        );
    }
}

#[test]
fn an_abort_takes_back_what_was_asked_and_happens_once() {
    let mut world = up_to("approve-restore");
    world.ask("approve-restore");
    world.does(abort());
    assert_eq!(
        world.drill.sign_off("approve-restore").unwrap().state,
        RequestState::Withdrawn
    );
    world.refuses(abort(), "drill.already_aborted");
    world.refuses(
        Command::Abort { reason: " ".into() },
        "drill.already_aborted",
    );
}

#[test]
fn an_aborted_drill_does_not_end_before_its_review() {
    let mut world = up_to("vault");
    world.does(abort());
    world.refuses(Command::End, "drill.steps_left");
    world.does(check("untouched", None, json!({})));
    world.refuses(Command::End, "drill.steps_left");
    world.does(fields("review", json!({})));
    world.does(Command::End);
}

/// Production that somebody else changed never equals the baseline again: the drill must end all the same.
#[test]
fn a_last_check_that_keeps_failing_is_left_out_with_a_reason_after_an_abort_only() {
    let leave_out = |reason: &str| Command::Skip {
        step: "untouched".to_owned(),
        reason: reason.to_owned(),
    };
    let failing = || check("untouched", None, json!({"left": {"value": [1]}}));
    let mut world = up_to("untouched");
    world.does(failing());
    world.refuses(leave_out("somebody else's"), "drill.cannot_skip");
    world.does(abort());
    world.refuses(leave_out(" "), "drill.reason_needed");
    world.does(leave_out("somebody else's"));
    let noted = world.drill.deviations.last().unwrap();
    assert_eq!(
        (noted.step.as_str(), noted.code.as_str()),
        ("untouched", "check.left_out")
    );
    world.does(fields("review", json!({})));
    world.does(Command::End);
    let end = world.drill.end.map(|(_, end)| end);
    assert_eq!(end, Some(EndOfDrill::Abandoned));

    let mut unread = up_to("untouched");
    unread.does(abort());
    unread.refuses(leave_out("no time"), "drill.cannot_skip");
}

/// Machine b was never sent: there is no job of it to wait for.
#[test]
fn only_a_job_that_was_started_is_waited_for() {
    let mut world = up_to("restore");
    world.send(&target("restore", Some("a"), "prepare-restore"));
    world.send(&target("restore", Some("a"), "restore"));
    world.does(abort());
    assert_eq!(world.on(), Some("job"));
    world.does(poll("a", "InProgress", 40));
    assert_eq!(world.on(), Some("job"));
    world.does(poll("a", "Failed", 40));
    assert_eq!(world.on(), Some("approve-cleanup"));
    let mut world = play(world, "untouched", "boot");
    assert_eq!(world.drill.open_debts().count(), 0);
    world.refuses(Command::End, "drill.steps_left");
}

#[test]
fn an_unknown_outcome_is_cleared_up_first_and_nothing_else_begins() {
    let mut world = up_to("restore");
    let lost = target("restore", Some("a"), "prepare-restore");
    let sent = world.now;
    world.does(world.dispatch(&lost));
    world.does(abort());
    assert_eq!(world.on(), Some("restore"));
    let other = target("restore", Some("b"), "prepare-restore");
    world.refuses(world.dispatch(&other), "drill.not_current");
    let prepare = Command::Prepare {
        target: other,
        case: world.case("restore"),
    };
    world.refuses(prepare, "drill.not_current");
    let row = SearchRow {
        yields: json!("job-7"),
        started: Some(sent),
        row: json!({}),
    };
    let exchange = exchange("reconcile", 200);
    world.does(Command::RecordSearch {
        target: lost,
        exchange,
        rows: vec![row],
    });
    assert_eq!(world.on(), Some("job"));
    let second = target("restore", Some("a"), "restore");
    world.refuses(world.dispatch(&second), "drill.not_current");
}

#[test]
fn a_drill_that_still_owes_something_is_stopped_and_never_closed() {
    let mut world = up_to("content");
    world.does(Command::End);
    assert_eq!(
        world.drill.end.map(|(_, end)| end),
        Some(EndOfDrill::Stopped)
    );
    let mut world = up_to("cleanup");
    world.does(abort());
    world.does(Command::End);
    assert_eq!(
        world.drill.end.map(|(_, end)| end),
        Some(EndOfDrill::Stopped)
    );
}

#[test]
fn a_machine_that_azure_still_builds_is_waited_for_before_cleanup() {
    let mut world = up_to("vm");
    let vm = target("vm", Some("a"), "vm");
    world.does(world.dispatch(&vm));
    let accepted = Outcome::Accepted {
        poll_url: Some("https://azure.example/operations/1".to_owned()),
        response: json!({}),
    };
    world.does(World::outcome(&vm, accepted));
    world.does(abort());
    assert_eq!(world.on(), Some("vm"), "its operation has not ended");
    let debt = world.drill.debts.iter().find(|debt| debt.step == "vm");
    let id = debt.unwrap().artefacts[0].id.clone();
    world.refuses(gone(&id), "action.outcome_unknown");
    let other = target("vm", Some("b"), "vm");
    world.refuses(world.dispatch(&other), "drill.not_current");
    world.does(Command::RecordOperation {
        target: vm,
        exchange: exchange("poll", 200),
        status: "Succeeded".to_owned(),
        response: json!(null),
        error: None,
    });
    assert_eq!(world.on(), Some("approve-cleanup"));
}

#[test]
fn a_wait_that_could_not_be_read_is_not_over_while_azure_works() {
    let mut world = up_to("job");
    world.does(abort());
    for machine in ["a", "b"] {
        world.does(Command::RecordFailure {
            place: place("job", Some(machine)),
            exchanges: vec![exchange("poll", 403)],
            code: "AuthorizationFailed".to_owned(),
            detail: "no right to read jobs".to_owned(),
        });
        assert_eq!(world.on(), Some("job"), "{machine} may still be restored");
    }
    world.does(poll("a", "InProgress", 40));
    let run = world.drill.run("job", "a").unwrap();
    assert_eq!((run.state, &run.failure), (RunState::Open, &None));
    world.does(poll("a", "Failed", 40));
    assert_eq!(world.on(), Some("job"), "of b nothing is known yet");
    world.does(poll("b", "Failed", 10));
    assert_eq!(world.on(), Some("approve-cleanup"));
}

#[test]
fn an_action_is_not_left_out_while_its_outcome_is_unknown() {
    let mut world = up_to("vm");
    let mut runbook = (*world.drill.runbook).clone();
    let vm = runbook.steps.iter_mut().find(|step| step.id == "vm");
    vm.unwrap().skip = drillbook_runbook::model::Skip::Reason;
    world.drill.runbook = std::sync::Arc::new(runbook);
    let sent = target("vm", Some("a"), "vm");
    world.does(world.dispatch(&sent));
    let skip = || Command::Skip {
        step: "vm".to_owned(),
        reason: "too late for it".to_owned(),
    };
    world.refuses(skip(), "action.outcome_unknown");
    world.does(World::rejected(&sent, "Conflict", false));
    world.does(skip());
}
