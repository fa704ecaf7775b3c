//! Checks: judged, warned of, not checked, asked again.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::{Value, json};

fn vault(redundancy: &str, alerts: bool, pair: &str) -> Value {
    json!({"vault": {"redundancy": redundancy, "alerts": alerts, "pair": pair}, "vaults": {"value": [{}]}})
}

#[test]
fn a_failed_check_keeps_the_drill_where_it_is() {
    let mut world = up_to("vault");
    world.does(check("vault", None, vault("LRS", true, "westus")));
    assert_eq!(world.on(), Some("vault"));
    assert_eq!(
        world.drill.run("vault", "").unwrap().state,
        RunState::Failed
    );
    assert!(
        !world.drill.names.has("pair"),
        "nothing is captured from a failed reading"
    );
    world.does(check("vault", None, good_vault()));
    assert_eq!(world.on(), Some("approve-prepare"));
}

#[test]
fn a_failed_check_that_is_tried_again_leaves_no_trace_before_the_last_try() {
    let mut world = up_to("vault");
    let Command::RecordCheck {
        place,
        answers,
        exchanges,
        ..
    } = check("vault", None, vault("LRS", true, "w"))
    else {
        panic!("a check")
    };
    world.does(Command::RecordCheck {
        place,
        answers,
        exchanges,
        last_try: false,
    });
    assert!(world.added.is_empty());
}

#[test]
fn a_warning_is_acknowledged_by_name_before_the_next_gate() {
    let mut world = up_to("vault");
    world.does(check("vault", None, vault("GRS", false, "westus")));
    let draft = world.draft("approve-prepare").unwrap();
    assert_eq!(
        world.open(draft).unwrap_err().to_string(),
        "the warning “Alerts are on” of step vault is not acknowledged"
    );
    let warning = |number: usize, reason: &str| Command::AcknowledgeWarning {
        place: place("vault", None),
        number,
        reason: reason.into(),
    };
    world.refuses(warning(1, ""), "drill.reason_needed");
    world.refuses(warning(0, "passed anyway"), "drill.no_such_warning");
    world.refuses(warning(9, "is there one?"), "drill.no_such_warning");
    world.does(warning(1, "alerts come next week"));
    world.ask("approve-prepare");
}

#[test]
fn a_check_older_than_it_may_be_stops_the_gate_until_it_was_asked_again() {
    let mut world = up_to("approve-restore");
    world.waits(minutes(31));
    let gate = world.drill.runbook.step("approve-restore").unwrap().clone();
    assert_eq!(stale_checks(&world.drill, &gate, world.now), ["vault"]);
    let draft = world.draft("approve-restore").unwrap();
    assert!(matches!(world.open(draft), Err(Refusal::StaleCheck { .. })));
    world.does(check("vault", None, good_vault()));
    world.sign("approve-restore");
    assert_eq!(world.on(), Some("restore"));
}

#[test]
fn a_value_that_changed_since_stops_the_gate() {
    let mut world = up_to("approve-restore");
    world.does(check("vault", None, vault("GRS", true, "eastus")));
    assert_eq!(world.on(), Some("vault"), "the check is no longer passed");
    let code = world
        .drill
        .run("vault", "")
        .unwrap()
        .failure
        .clone()
        .unwrap();
    assert_eq!(code, ("check.value_changed".to_owned(), "pair".to_owned()));
    world.does(check("vault", None, vault("GRS", true, "eastus")));
    assert_eq!(world.on(), Some("approve-restore"));
}

#[test]
fn a_value_that_changes_under_an_open_request_overtakes_it() {
    let changes = [vault("GRS", true, "eastus"), vault("LRS", true, "westus")];
    for change in changes {
        let mut world = up_to("approve-restore");
        let request = world.ask("approve-restore");
        world.open_first("approve-restore", request);
        world.does(check("vault", None, change));
        let opinion = world.opinion(RITA);
        assert!(matches!(
            world.decides(&opinion, RITA),
            Err(Refusal::RequestNotOpen)
        ));
        assert_eq!(
            world.drill.sign_off("approve-restore").unwrap().state,
            RequestState::Overtaken
        );
    }
}

#[test]
fn a_check_that_no_gate_names_is_not_asked_again() {
    let mut world = up_to("approve-start");
    world.refuses(check("vault", None, good_vault()), "drill.not_current");
    let failure = Command::RecordFailure {
        place: place("vault", None),
        exchanges: Vec::new(),
        code: "arm.unavailable".into(),
        detail: "503".into(),
    };
    world.refuses(failure, "drill.not_current");
}

/// A check whose last try left one request without an answer.
fn unanswered(step: &str, element: Option<&str>, given: Value, request: &str) -> Command {
    let mut answers = answers(given);
    answers.unanswered.insert(request.to_owned());
    Command::RecordCheck {
        place: place(step, element),
        answers,
        exchanges: Vec::new(),
        last_try: true,
    }
}

/// A reading of machine a's disks to which the primary region gave no answer.
fn dark(disks: Value) -> Command {
    unanswered("disks", Some("a"), json!({ "disks": disks }), "source")
}

#[test]
fn a_dark_primary_after_t0_is_not_checked_and_a_deviation() {
    let mut world = up_to("disks");
    world.does(dark(json!({"value": [{}]})));
    let run = world.drill.run("disks", "a").unwrap();
    assert_eq!(run.state, RunState::Passed);
    assert_eq!(run.judged[1].result, "not-checked");
    assert_eq!(
        run.judged[1].value,
        "the primary region did not answer after T0"
    );
    let codes: Vec<_> = world
        .drill
        .deviations
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    assert_eq!(codes, ["check.not_checked"]);
}

#[test]
fn what_was_not_asked_of_the_primary_after_t0_is_not_checked_either() {
    let mut world = up_to("disks");
    let given = json!({"disks": {"value": [{}]}});
    world.does(check("disks", Some("a"), given));
    let run = world.drill.run("disks", "a").unwrap();
    assert_eq!(run.state, RunState::Passed);
    assert_eq!(
        (run.judged[1].result.as_str(), run.judged[1].value.as_str()),
        ("not-checked", "the primary region was not asked after T0")
    );
}

#[test]
fn what_is_not_checked_is_told_with_the_age_of_its_baseline() {
    let mut world = up_to("approve-restore");
    world.waits(minutes(12));
    world.does(unanswered(
        "vault",
        None,
        json!({"vaults": {"value": [{}]}}),
        "vault",
    ));
    let run = world.drill.run("vault", "").unwrap();
    let told = &run.judged[3].value;
    assert!(
        told.starts_with(
            "the primary region did not answer after T0; the baseline of step vault is 12 min old"
        ),
        "{told}"
    );
}

#[test]
fn a_dark_primary_does_not_hide_what_the_secondary_says() {
    let mut world = up_to("disks");
    world.does(dark(json!({"value": []})));
    assert_eq!(
        world.drill.run("disks", "a").unwrap().state,
        RunState::Failed
    );
}

#[test]
fn a_dark_primary_before_t0_is_a_failure() {
    let mut world = up_to("vault");
    world.does(unanswered(
        "vault",
        None,
        json!({"vaults": {"value": [{}]}}),
        "vault",
    ));
    assert_eq!(
        world.drill.run("vault", "").unwrap().state,
        RunState::Failed
    );
}

/// `vaults` begins with the name of `vault`, which the dark primary did not answer.
#[test]
fn an_unanswered_request_does_not_excuse_another_whose_name_begins_alike() {
    let mut world = up_to("approve-restore");
    world.does(unanswered(
        "vault",
        None,
        json!({"vaults": {"value": []}}),
        "vault",
    ));
    let run = world.drill.run("vault", "").unwrap();
    assert_eq!(run.judged[2].result, "failed", "no vault is left");
    assert_eq!(run.state, RunState::Failed);
}
