//! Names that steps yield for each element, and what queries see of them.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::json;

#[test]
fn what_an_element_yielded_is_its_own_and_part_of_the_whole_list() {
    let world = up_to("approve-restore");
    let step = world.drill.runbook.step("restore").unwrap();
    for element in elements(&world.drill, step) {
        let seen = scope(&world.drill, step, element.value.as_ref(), None, world.now);
        assert_eq!(
            seen["item"]["point"]["name"],
            json!(format!("p-{}", element.key))
        );
    }
    let seen = scope(&world.drill, step, None, None, world.now);
    let owners: Vec<_> = seen["names"]["point"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].clone(), row["of"]["name"].clone()))
        .collect();
    assert_eq!(
        owners,
        [(json!("p-a"), json!("a")), (json!("p-b"), json!("b"))]
    );
}

#[test]
fn a_composed_action_holds_the_elements_own_values() {
    let mut world = up_to("approve-restore");
    world.ask("approve-restore");
    for machine in ["a", "b"] {
        let action = world.action("restore", Some(machine)).unwrap();
        let request = action.request("restore").unwrap();
        assert!(
            request.path.contains(&format!("/rg-{machine}/")),
            "{}",
            request.path
        );
        assert_eq!(request.body, Some(json!({"point": format!("p-{machine}")})));
    }
}

#[test]
fn names_of_the_runbook_cannot_hide_what_is_always_there() {
    let mut world = up_to("items");
    world.moves("items", None, "subscription", json!("another"));
    world.moves("items", None, "drill", json!({"id": "x"}));
    let step = world.drill.runbook.step("items").unwrap();
    let seen = scope(&world.drill, step, None, None, world.now);
    assert_eq!(
        (seen["subscription"].clone(), seen["drill"]["id"].clone()),
        (json!("s1"), json!(DRILL))
    );
}
