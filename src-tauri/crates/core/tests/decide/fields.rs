//! What people type is checked before it becomes a fact.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::{Value, json};

#[test]
fn a_field_of_the_wrong_shape_is_refused() {
    let long = "x".repeat(70_000);
    let cases: Vec<(&str, Value)> = vec![
        ("scenario", json!(null)),
        ("scenario", json!("   ")),
        ("scenario", json!(7)),
        ("scenario", json!({"text": "x"})),
        ("scenario", json!(long)),
        ("depth", json!("moon")),
        ("depth", json!(["disks"])),
        ("rto_stops", json!("never")),
        ("cost_ceiling", json!("twelve")),
        ("cost_ceiling", json!("-5 USD")),
        ("cost_ceiling", json!("inf USD")),
        ("cost_ceiling", json!("nan")),
        ("cost_ceiling", json!("1e9 USD")),
        ("cost_ceiling", json!("5 dollars")),
        ("cost_ceiling", json!("5 USD more")),
        ("cleanup", json!("two days")),
        ("cleanup", json!("P1Y")),
        ("cleanup", json!(48)),
        ("window", json!("tomorrow")),
        ("window", json!("2026-02-30T00:00:00Z")),
        ("people", json!(2.5)),
        ("people", json!("2")),
        ("told", json!("yes")),
        ("regions", json!("westus")),
        ("lead", json!(["omar"])),
        ("nobody-asked", json!("x")),
    ];
    let mut world = up_to("charter");
    for (name, value) in cases {
        let mut all = json!({"scenario": "x", "depth": "disks"});
        all[name] = value;
        world.refuses(fields("charter", all), "field.invalid");
    }
}

#[test]
fn good_fields_become_names() {
    let mut world = up_to("charter");
    let all = json!({
        "scenario": "Region lost", "depth": "boot", "cost_ceiling": "25.50 USD", "cleanup": "PT12H",
        "window": "2026-11-21T09:00:00Z", "people": 3, "told": true, "regions": ["westus"], "lead": "Omar",
    });
    world.does(fields("charter", all.clone()));
    for (name, value) in all.as_object().unwrap() {
        assert_eq!(world.drill.names.one(name), Some(value), "{name}");
    }
    assert_eq!(world.drill.objective("cleanup").as_deref(), Some("PT12H"));
    assert_eq!(
        world.drill.objective("rto").as_deref(),
        Some("PT2H"),
        "the runbook's own"
    );
}

#[test]
fn a_step_that_wants_a_picture_waits_for_one() {
    let mut world = up_to("content");
    world.refuses(fields("content", json!({})), "evidence.picture_needed");
    let picture = |media: &str| Command::Attach {
        event: Box::new(Event::EvidenceAttached {
            step: "content".into(),
            media: media.into(),
            width: 8,
            height: 8,
            tile_root: None,
            element: None,
            title: "screen".into(),
            evidence: "sha256:00".into(),
            master: None,
            origin: "window".into(),
        }),
    };
    world.does(picture("text/plain"));
    world.refuses(fields("content", json!({})), "evidence.picture_needed");
    world.does(picture("image/png"));
    world.does(fields("content", json!({})));
    assert!(
        world
            .drill
            .marks
            .contains_key(&drillbook_runbook::Mark::ServiceValidated)
    );
}

#[test]
fn only_notes_and_evidence_may_be_attached() {
    let mut world = up_to("brief");
    let attach = |event: Event| Command::Attach {
        event: Box::new(event),
    };
    let passed = Event::StepPassed {
        step: "vault".into(),
        element: None,
    };
    world.refuses(attach(passed), "drill.unknown_step");
    let note = |step: &str, text: &str| {
        attach(Event::NoteAdded {
            step: step.into(),
            text: text.into(),
        })
    };
    world.refuses(note("brief", " "), "drill.reason_needed");
    world.refuses(note("nowhere", "x"), "drill.unknown_step");
    world.does(note("brief", "the room is cold"));
}

#[test]
fn a_finding_has_an_owner_and_a_date_and_is_resolved_once() {
    let mut world = up_to("brief");
    let finding = |owner: &str, due: &str, text: &str| Command::AddFinding {
        owner: owner.into(),
        due: due.into(),
        text: text.into(),
    };
    world.refuses(finding("", "2026-12-31", "x"), "field.invalid");
    world.refuses(finding("rita", "soon", "x"), "field.invalid");
    world.refuses(finding("rita", "2026-12-31", ""), "drill.reason_needed");
    world.does(finding("rita", "2026-12-31", "the copy is late"));
    let resolve = |how: &str| Command::ResolveFinding {
        finding: "F-1".into(),
        how: how.into(),
    };
    world.refuses(resolve(""), "drill.reason_needed");
    world.does(resolve("schedule moved"));
    world.refuses(resolve("again"), "review.unknown_finding");
}

/// Lets a step demand evidence.
fn demands(world: &mut World, step: &str, evidence: &str) {
    let mut runbook = (*world.drill.runbook).clone();
    let declared = runbook.steps.iter_mut().find(|one| one.id == step);
    declared.unwrap().evidence_after = vec![evidence.to_owned()];
    world.drill.runbook = std::sync::Arc::new(runbook);
}

fn picture(step: &str) -> Command {
    Command::Attach {
        event: Box::new(Event::EvidenceAttached {
            step: step.into(),
            media: "image/png".into(),
            width: 8,
            height: 8,
            tile_root: None,
            element: None,
            title: "screen".into(),
            evidence: "sha256:00".into(),
            master: None,
            origin: "window".into(),
        }),
    }
}

#[test]
fn a_check_a_wait_and_an_action_wait_for_their_picture_as_well() {
    let mut world = up_to("vault");
    demands(&mut world, "vault", "picture");
    let vault = || check("vault", None, good_vault());
    world.refuses(vault(), "evidence.picture_needed");
    world.does(picture("vault"));
    world.does(vault());
    assert_eq!(world.on(), Some("approve-prepare"));

    let mut world = up_to("groups");
    demands(&mut world, "groups", "picture");
    for machine in ["a", "b"] {
        world.send(&target("groups", Some(machine), "group"));
    }
    assert_eq!(world.on(), Some("groups"), "sent, but not seen");
    world.does(picture("groups"));
    assert_eq!(world.on(), Some("declare"));

    let mut world = up_to("job");
    demands(&mut world, "job", "picture");
    world.does(poll("a", "InProgress", 40));
    world.refuses(poll("a", "Completed", 100), "evidence.picture_needed");
    world.does(picture("job"));
    world.does(poll("a", "Completed", 100));
    assert_eq!(world.drill.run("job", "a").unwrap().state, RunState::Passed);
}

#[test]
fn an_answer_that_a_step_demands_is_one_that_is_recorded() {
    let mut world = up_to("vault");
    demands(&mut world, "vault", "response:vault");
    let mut vault = check("vault", None, good_vault());
    world.refuses(
        check("vault", None, good_vault()),
        "evidence.response_needed",
    );
    if let Command::RecordCheck { exchanges, .. } = &mut vault {
        exchanges.push(exchange("vault", 200));
    }
    world.does(vault);
}
