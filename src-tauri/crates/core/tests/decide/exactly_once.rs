//! Dispatch: once, in order, behind the approval that covers it, and never on a guess.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::json;

#[track_caller]
fn permits(then: &[Effect]) -> usize {
    then.iter()
        .filter(|effect| matches!(effect, Effect::Dispatch { .. }))
        .count()
}

#[test]
fn an_approved_request_is_sent_once() {
    let mut world = up_to("restore");
    let first = target("restore", Some("a"), "prepare-restore");
    let then = world.does(world.dispatch(&first));
    assert_eq!(permits(&then), 1);
    world.refuses(world.dispatch(&first), "action.outcome_unknown");
    world.refuses(world.again(&first), "action.outcome_unknown");
    world.does(World::accepted(&first));
    world.refuses(world.dispatch(&first), "action.outcome_known");
    world.refuses(world.again(&first), "action.outcome_unknown");
}

#[test]
fn a_request_that_pretends_to_be_another_is_refused() {
    let cases = [
        (
            "bound to something",
            "restore",
            Some("a"),
            "prepare-restore",
            Some("/subscriptions/s1/x"),
        ),
        (
            "without its element",
            "restore",
            None,
            "prepare-restore",
            None,
        ),
        (
            "with an empty element",
            "restore",
            Some(""),
            "prepare-restore",
            None,
        ),
        (
            "of an unknown element",
            "restore",
            Some("c"),
            "prepare-restore",
            None,
        ),
        (
            "of an unknown name",
            "restore",
            Some("a"),
            "delete-everything",
            None,
        ),
        ("of another step", "vm", Some("a"), "vm", None),
    ];
    for (what, step, element, name, bound) in cases {
        let mut world = up_to("restore");
        world.send(&target("restore", Some("a"), "prepare-restore"));
        let case = world.case("restore");
        let mut other = target(step, element, name);
        other.bound = bound.map(str::to_owned);
        let command = Command::Dispatch {
            target: other,
            case,
            before: Vec::new(),
            exchanges: Vec::new(),
        };
        assert!(world.attempt(command).is_err(), "{what}");
    }
}

#[test]
fn a_later_request_waits_for_the_earlier_one_of_its_element() {
    let mut world = up_to("restore");
    let second = target("restore", Some("a"), "restore");
    world.refuses(world.dispatch(&second), "action.out_of_order");
    let first = target("restore", Some("a"), "prepare-restore");
    world.does(world.dispatch(&first));
    world.refuses(world.dispatch(&second), "action.out_of_order");
    world.does(World::rejected(&first, "BadRequest", false));
    world.refuses(world.dispatch(&second), "action.out_of_order");
}

#[test]
fn the_approval_of_one_gate_does_not_open_another() {
    let mut world = up_to("restore");
    let prepare = world.requests[0].0.digest();
    let case = Box::new(world.case_of(prepare));
    let first = target("restore", Some("a"), "prepare-restore");
    let command = Command::Dispatch {
        target: first,
        case,
        before: Vec::new(),
        exchanges: Vec::new(),
    };
    world.refuses(command, "approval.missing");
}

#[test]
fn the_debt_is_booked_in_the_append_of_the_intent() {
    let mut world = up_to("restore");
    let before = vec![("group_before".to_owned(), json!([disk("a", "was-there")]))];
    let Command::Dispatch {
        target,
        case,
        exchanges,
        ..
    } = world.dispatch_of("restore")
    else {
        panic!("a dispatch")
    };
    world.does(Command::Dispatch {
        target,
        case,
        before,
        exchanges,
    });
    assert_eq!(
        world.kinds(),
        ["value.captured", "action.intended", "debt.booked"]
    );
    let debt = world
        .drill
        .open_debts()
        .find(|debt| debt.step == "restore")
        .unwrap();
    assert_eq!(
        debt.list.as_ref().unwrap().1,
        [disk("a", "was-there")["id"].as_str().unwrap()]
    );
    assert_eq!(
        (debt.settled_by.as_deref(), debt.cost_per_day.as_deref()),
        (Some("job"), Some("2.50"))
    );
    world.does(World::accepted(&super::bench::target(
        "restore",
        Some("a"),
        "prepare-restore",
    )));
    world.does(world.dispatch(&super::bench::target("restore", Some("a"), "restore")));
    assert_eq!(world.kinds(), ["action.intended"], "it is owed once");
}

#[test]
fn secrets_are_cleared_only_where_a_dispatch_would_be() {
    let mut world = up_to("restore");
    let prepare = |world: &World, name: &str| Command::Prepare {
        target: target("restore", Some("a"), name),
        case: world.case("restore"),
    };
    world.refuses(prepare(&world.clone(), "restore"), "action.out_of_order");
    let then = world.does(prepare(&world.clone(), "prepare-restore"));
    assert!(matches!(then.as_slice(), [Effect::Prepare { .. }]));
    assert!(world.added.is_empty(), "nothing becomes durable by asking");
    world.send(&target("restore", Some("a"), "prepare-restore"));
    world.refuses(
        prepare(&world.clone(), "prepare-restore"),
        "action.outcome_known",
    );
}

#[test]
fn after_429_the_same_intent_is_sent_again_while_the_approval_lives() {
    let mut world = up_to("restore");
    let first = target("restore", Some("a"), "prepare-restore");
    world.does(world.dispatch(&first));
    world.does(World::rejected(&first, "TooManyRequests", true));
    world.refuses(world.dispatch(&first), "approval.used");
    let mut late = world.clone();
    late.waits(chrono::TimeDelta::hours(5));
    late.refuses(late.again(&first), "approval.expired");
    assert_eq!(permits(&world.does(world.again(&first))), 1);
    world.does(World::accepted(&first));
    assert_eq!(
        world
            .drill
            .intents
            .iter()
            .filter(|one| one.step == "restore")
            .count(),
        1
    );
}

/// A crash between the second sending and its answer must not look like the first rejection.
#[test]
fn a_post_sent_again_after_429_is_of_unknown_outcome_until_it_is_answered() {
    let mut world = up_to("restore");
    let first = target("restore", Some("a"), "prepare-restore");
    world.does(world.dispatch(&first));
    world.does(World::rejected(&first, "TooManyRequests", true));
    world.does(world.again(&first));
    world.refuses(world.again(&first), "action.outcome_unknown");
    let then = outstanding(&world.drill, world.now);
    assert!(
        then.iter()
            .any(|effect| matches!(effect, Effect::Reconcile { .. })),
        "{then:?}"
    );
}

#[test]
fn a_rejection_for_good_is_not_sent_again() {
    let mut world = up_to("restore");
    let first = target("restore", Some("a"), "prepare-restore");
    world.does(world.dispatch(&first));
    world.does(World::rejected(&first, "BadRequest", false));
    assert_eq!(
        world.drill.run("restore", "a").unwrap().state,
        RunState::Failed
    );
    world.refuses(world.dispatch(&first), "approval.used");
    world.refuses(world.again(&first), "action.outcome_unknown");
}

#[test]
fn a_put_may_be_repeated_after_its_read_back() {
    let mut world = up_to("groups");
    let first = target("groups", Some("a"), "group");
    world.does(world.dispatch(&first));
    assert_eq!(permits(&world.does(world.again(&first))), 1);
    world.does(World::outcome(
        &first,
        Outcome::Unanswered {
            reason: "cut".into(),
        },
    ));
    assert_eq!(permits(&world.does(world.again(&first))), 1);
    world.does(World::accepted(&first));
    assert_eq!(
        world.drill.debts.len(),
        1,
        "one debt however often it was sent"
    );
}

#[test]
fn an_answer_is_recorded_once() {
    let answers = [
        Outcome::Accepted {
            poll_url: None,
            response: json!({}),
        },
        Outcome::Rejected {
            code: "TooManyRequests".into(),
            message: "no".into(),
            again: true,
        },
        Outcome::Unanswered {
            reason: "cut".into(),
        },
    ];
    let mut world = up_to("restore");
    let first = target("restore", Some("a"), "prepare-restore");
    world.refuses(World::accepted(&first), "approval.missing");
    world.send(&first);
    for answer in answers {
        world.refuses(World::outcome(&first, answer), "action.outcome_known");
    }
}

#[test]
fn an_action_keeps_no_lists_but_those_its_step_declares() {
    let mut world = up_to("restore");
    let Command::Dispatch {
        target,
        case,
        exchanges,
        ..
    } = world.dispatch_of("restore")
    else {
        panic!("a dispatch")
    };
    let before = vec![("items".to_owned(), json!([{"name": "production"}]))];
    let command = Command::Dispatch {
        target,
        case,
        before,
        exchanges,
    };
    world.refuses(command, "field.invalid");
    assert!(world.drill.debts.iter().all(|debt| debt.step != "restore"));
}
