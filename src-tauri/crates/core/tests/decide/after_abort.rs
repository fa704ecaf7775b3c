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
