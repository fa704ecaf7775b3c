//! "I run it myself": behind the same gate, sent by nobody here, and judged by what Azure shows.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::{Value, json};

const LINE: &str = "az group create --name rg-a --location westus";

fn take(world: &World, target: &Target) -> Command {
    let Command::Dispatch { case, before, .. } = world.dispatch(target) else {
        panic!("a dispatch")
    };
    Command::TakeOutside {
        target: target.clone(),
        case,
        before,
        exchanges: Vec::new(),
        az: LINE.to_owned(),
    }
}

fn report(target: &Target, pasted: Option<&str>) -> Command {
    Command::ReportOutside {
        target: target.clone(),
        az: LINE.to_owned(),
        pasted: pasted.map(str::to_owned),
    }
}

fn shown(target: &Target, status: u64, response: Value) -> Command {
    Command::RecordOutside {
        target: target.clone(),
        exchange: exchange("read-back", status),
        response,
    }
}

fn outcome(world: &World, target: &Target) -> IntentOutcome {
    let place = &target.place;
    let intent = world.drill.intent(
        &place.step,
        place.element.as_deref(),
        &target.request_name,
        target.bound.as_deref(),
    );
    intent.unwrap().outcome.clone()
}

#[test]
fn a_line_is_given_away_behind_its_gate_only_and_nothing_is_sent() {
    let mut world = up_to("groups");
    let group = target("groups", Some("a"), "group");
    let mut elsewhere = take(&world, &group);
    if let Command::TakeOutside { target, .. } = &mut elsewhere {
        *target = super::bench::target("restore", Some("a"), "restore");
    }
    world.refuses(elsewhere, "drill.not_current");
    let mut late = world.clone();
    late.waits(minutes(60 * 5));
    let expired = take(&late, &group);
    late.refuses(expired, "approval.expired");
    let then = world.does(take(&world, &group));
    assert!(then.is_empty(), "the permit goes with the line: {then:?}");
    let kinds = world.kinds();
    assert!(
        kinds.contains(&"action.intended") && kinds.contains(&"debt.booked"),
        "{kinds:?}"
    );
    assert_eq!(kinds.last(), Some(&"action.taken_outside"));
    world.refuses(take(&world, &group), "action.outcome_unknown");
    let sending = world.dispatch(&group);
    world.refuses(sending, "action.outcome_unknown");
}

#[test]
fn what_azure_shows_is_the_outcome_and_completes_the_step() {
    let mut world = up_to("groups");
    for machine in ["a", "b"] {
        let group = target("groups", Some(machine), "group");
        world.refuses(report(&group, None), "outside.not_taken");
        world.does(take(&world, &group));
        world.refuses(shown(&group, 404, Value::Null), "outside.not_seen");
        world.does(report(&group, Some("sha256:00")));
        assert_eq!(world.kinds(), ["evidence.attached", "step.ran_outside"]);
        world.refuses(shown(&group, 404, Value::Null), "outside.not_seen");
        let creating = json!({"properties": {"provisioningState": "Creating"}});
        world.refuses(shown(&group, 200, creating), "outside.not_seen");
        let elsewhere = json!({"location": "eastus"});
        world.refuses(shown(&group, 200, elsewhere), "outside.not_seen");
        let made = json!({"location": "West US", "properties": {"provisioningState": "Succeeded"}});
        world.does(shown(&group, 200, made.clone()));
        assert_eq!(outcome(&world, &group), IntentOutcome::Accepted);
        if machine == "a" {
            world.refuses(shown(&group, 200, made), "action.outcome_known");
        }
    }
    assert_ne!(world.on(), Some("groups"), "the step is done");
}

#[test]
fn a_job_that_was_begun_outside_is_searched_for_from_where_the_line_was_taken() {
    let mut world = up_to("restore");
    world.send(&target("restore", Some("a"), "prepare-restore"));
    let restore = target("restore", Some("a"), "restore");
    world.does(take(&world, &restore));
    world.waits(minutes(25));
    let began = world.now - minutes(20);
    world.does(report(&restore, None));
    assert_eq!(outcome(&world, &restore), IntentOutcome::Unanswered);
    world.refuses(shown(&restore, 200, json!({})), "outside.not_seen");
    let row = SearchRow {
        yields: json!("job-1"),
        started: Some(began),
        row: json!({}),
    };
    world.does(Command::RecordSearch {
        target: restore.clone(),
        exchange: exchange("reconcile", 200),
        rows: vec![row],
    });
    assert_eq!(outcome(&world, &restore), IntentOutcome::Adopted);
}

#[test]
fn a_deletion_that_was_run_outside_is_proven_by_absence() {
    let mut world = up_to("cleanup");
    let cleanup = world.drill.runbook.step("cleanup").unwrap().clone();
    let first = elements(&world.drill, &cleanup).remove(0);
    let delete = target("cleanup", Some(&first.key), "delete");
    world.does(take(&world, &delete));
    world.does(report(&delete, None));
    world.refuses(shown(&delete, 200, json!({})), "outside.not_seen");
    world.does(shown(&delete, 404, Value::Null));
    assert_eq!(outcome(&world, &delete), IntentOutcome::Accepted);
}

#[test]
fn what_is_read_outside_is_written_down_and_read_again_here() {
    let mut world = up_to("vault");
    let vault = target("vault", None, "vault");
    world.does(report(&vault, Some("sha256:00")));
    assert_eq!(world.kinds(), ["evidence.attached", "step.ran_outside"]);
    assert_eq!(world.on(), Some("vault"), "what was pasted proves nothing");
    world.refuses(
        report(&target("vault", None, "nothing"), None),
        "outside.no_line",
    );
    let mut brief = up_to("brief");
    brief.refuses(
        report(&target("brief", None, "x"), None),
        "drill.wrong_kind",
    );
    brief.refuses(report(&vault, None), "drill.not_current");
}
