//! Choices: only offered and usable rows, with the alternatives and the reason beside them.

use super::play::*;
use drillbook_core::*;
use serde_json::json;

#[test]
fn a_choice_outside_the_rules_is_refused() {
    let cases: [(&str, &[&str], &str); 6] = [
        ("items", &["nobody"], "choice.unknown_row"),
        ("items", &["c"], "choice.unusable_row"),
        ("items", &[], "choice.no_row"),
        ("items", &["a", "c"], "choice.unusable_row"),
        ("point", &["p-b", "p-b"], "choice.one_row"),
        ("point", &["p-old"], "choice.unusable_row"),
    ];
    for (step, keys, code) in cases {
        let mut world = up_to(step);
        let command = match step {
            "items" => choose(step, None, "list", machines(), keys),
            _ => choose(step, Some("b"), "points", points("b"), keys),
        };
        world.refuses(command, code);
    }
}

#[test]
fn alternatives_and_the_reason_are_recorded() {
    let mut world = up_to("items");
    world.does(choose("items", None, "list", machines(), &["b"]));
    let Some(Event::ChoiceMade {
        chosen,
        offered,
        alternatives,
        reason,
        ..
    }) = world.added.first()
    else {
        panic!("{:?}", world.added);
    };
    assert_eq!((*chosen, *offered, reason.as_str()), (1, 3, "as agreed"));
    let labels: Vec<_> = alternatives
        .0
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["label"].clone())
        .collect();
    assert_eq!(labels, ["a", "b", "c"], "in the declared order");
    let stopped = &alternatives.0[2];
    assert_eq!(stopped["usable"], json!(false));
    assert!(
        stopped["reasons"][0]
            .as_str()
            .unwrap()
            .starts_with("not protected")
    );
}

#[test]
fn a_row_that_is_chosen_twice_counts_once() {
    let mut world = up_to("items");
    world.does(choose("items", None, "list", machines(), &["a", "a"]));
    let step = world.drill.runbook.step("groups").unwrap();
    assert_eq!(elements(&world.drill, step).len(), 1);
}

#[test]
fn the_age_of_a_point_is_measured_at_t0() {
    let mut world = up_to("point");
    world.waits(chrono::TimeDelta::days(3));
    world.does(choose("point", Some("b"), "points", points("b"), &["p-b"]));
    world.refuses(
        choose("point", Some("b"), "points", points("b"), &["p-old"]),
        "choice.unusable_row",
    );
}
