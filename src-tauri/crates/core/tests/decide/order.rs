//! No step is skipped, reordered or repeated.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::json;

#[test]
fn a_whole_drill_closes_with_nothing_owed() {
    let mut world = play(World::new(House::default()), "end", "boot");
    assert_eq!(world.on(), None);
    world.does(Command::End);
    assert_eq!(
        world.drill.end.map(|(_, end)| end),
        Some(EndOfDrill::Closed)
    );
    assert_eq!(world.drill.open_debts().count(), 0);
    world.refuses(
        Command::Abort {
            reason: "too late".into(),
        },
        "drill.ended",
    );
}

/// A command that would settle each step, were the drill on it.
fn settling(step: &str) -> Command {
    match step {
        "brief" => Command::Acknowledge { step: step.into() },
        "items" => choose(step, None, "list", machines(), &["a"]),
        "vault" => check(step, None, good_vault()),
        "point" => choose(step, Some("a"), "points", points("a"), &["p-a"]),
        "job" => poll("a", "Completed", 100),
        "disks" => check(step, Some("a"), json!({"disks": {"value": [{}]}})),
        "untouched" => check(step, None, json!({})),
        _ => fields(step, json!({"scenario": "x", "depth": "disks"})),
    }
}

const SETTLED_BY_ONE_COMMAND: [&str; 11] = [
    "brief",
    "charter",
    "items",
    "vault",
    "declare",
    "point",
    "job",
    "disks",
    "content",
    "untouched",
    "review",
];

#[test]
fn no_step_is_settled_before_its_turn() {
    let mut world = World::new(House::default());
    for step in &SETTLED_BY_ONE_COMMAND[1..] {
        world.refuses(settling(step), "drill.not_current");
    }
}

#[test]
fn no_step_is_settled_twice() {
    let mut world = up_to("approve-cleanup");
    for step in &SETTLED_BY_ONE_COMMAND[..9] {
        world.refuses(settling(step), "drill.not_current");
    }
    world.refuses(
        Command::StartWait {
            place: place("job", Some("a")),
        },
        "drill.not_current",
    );
}

#[test]
fn what_does_not_fit_is_refused_with_its_code() {
    let cases: Vec<(&str, Command, &str)> = vec![
        (
            "brief",
            Command::Acknowledge {
                step: "nowhere".into(),
            },
            "drill.unknown_step",
        ),
        ("brief", fields("brief", json!({})), "drill.wrong_kind"),
        (
            "charter",
            Command::Acknowledge {
                step: "charter".into(),
            },
            "drill.wrong_kind",
        ),
        (
            "charter",
            Command::Skip {
                step: "charter".into(),
                reason: "no time".into(),
            },
            "drill.cannot_skip",
        ),
        (
            "vault",
            check("vault", Some("a"), good_vault()),
            "drill.unknown_element",
        ),
        (
            "vault",
            check("vault", Some(""), good_vault()),
            "drill.unknown_element",
        ),
        (
            "point",
            choose("point", Some("c"), "points", points("a"), &["p-a"]),
            "drill.unknown_element",
        ),
        (
            "point",
            choose("point", None, "points", points("a"), &["p-a"]),
            "drill.unknown_element",
        ),
        (
            "content",
            Command::Skip {
                step: "content".into(),
                reason: " ".into(),
            },
            "drill.reason_needed",
        ),
        ("brief", Command::End, "drill.steps_left"),
        (
            "brief",
            Command::Abort {
                reason: String::new(),
            },
            "drill.reason_needed",
        ),
    ];
    for (step, command, code) in cases {
        up_to(step).refuses(command, code);
    }
}

#[test]
fn a_repeated_step_is_done_when_each_element_is() {
    let mut world = up_to("point");
    world.does(choose("point", Some("b"), "points", points("b"), &["p-b"]));
    assert_eq!(world.on(), Some("point"), "machine a has no point yet");
    world.does(choose("point", Some("a"), "points", points("a"), &["p-a"]));
    assert_eq!(world.on(), Some("approve-restore"));
}

#[test]
fn steps_that_do_not_apply_are_recorded_with_the_value_that_says_so() {
    let mut world = play(World::new(House::default()), "content", "disks");
    let said: Vec<_> = world
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::StepNotApplicable {
                step,
                element,
                value,
            } => Some((step.as_str(), element.as_deref(), value.0.clone())),
            _ => None,
        })
        .collect();
    let wanted = [
        ("approve-start", None, json!("disks")),
        ("vm", Some("a"), json!("disks")),
        ("vm", Some("b"), json!("disks")),
    ];
    assert_eq!(said, wanted);
    world.refuses(world.dispatch_of("groups"), "drill.not_current");
}

#[test]
fn a_drill_without_anything_owed_passes_its_cleanup_by_itself() {
    let mut world = up_to("vault");
    world.does(Command::Abort {
        reason: "not today".into(),
    });
    assert_eq!(world.on(), Some("untouched"));
    let settled: Vec<_> = ["approve-cleanup", "cleanup"]
        .iter()
        .map(|step| world.drill.run(step, "").map(|run| run.state))
        .collect();
    assert_eq!(settled, [Some(RunState::NotApplicable); 2]);
}
