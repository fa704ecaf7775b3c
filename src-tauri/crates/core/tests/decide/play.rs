//! The drill as it goes when everything is right, up to any step.

use super::bench::*;
use drillbook_core::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn good_vault() -> Value {
    json!({"vault": {"redundancy": "GRS", "alerts": true, "pair": "westus"}, "vaults": {"value": [{}]}})
}

pub fn check(step: &str, element: Option<&str>, responses: Value) -> Command {
    Command::RecordCheck {
        place: place(step, element),
        answers: answers(responses),
        exchanges: vec![exchange("check", 200)],
        last_try: true,
    }
}

pub fn choose(
    step: &str,
    element: Option<&str>,
    list: &str,
    rows: Value,
    keys: &[&str],
) -> Command {
    Command::Choose {
        place: place(step, element),
        answers: answers(json!({ list: { "value": rows } })),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        reason: "as agreed".to_owned(),
        exchanges: Vec::new(),
    }
}

pub fn fields(step: &str, values: Value) -> Command {
    let Value::Object(values) = values else {
        panic!("fields are an object")
    };
    let values: BTreeMap<String, Value> = values.into_iter().collect();
    Command::EnterFields {
        step: step.to_owned(),
        values,
    }
}

pub fn machines() -> Value {
    json!([
        {"name": "b", "state": "Protected"},
        {"name": "a", "state": "Protected"},
        {"name": "c", "state": "Stopped"},
    ])
}

/// Points of 07:00 and, for machine b, of the evening before.
pub fn points(machine: &str) -> Value {
    match machine {
        "a" => json!([{"name": "p-a", "time": "2026-11-21T07:00:00Z"}]),
        _ => json!([
            {"name": "p-old", "time": "2026-11-18T20:00:00Z"},
            {"name": "p-b", "time": "2026-11-20T20:00:00Z"},
        ]),
    }
}

pub fn poll(machine: &str, status: &str, percent: u64) -> Command {
    Command::RecordPoll {
        place: place("job", Some(machine)),
        answers: answers(json!({"job": {"status": status, "percent": percent}})),
        exchange: exchange("poll", 200),
        polls: 1,
    }
}

pub fn disk(machine: &str, name: &str) -> Value {
    let id = format!("{GROUP}{machine}/providers/Microsoft.Compute/disks/{name}");
    json!({"id": id, "name": name, "type": "Microsoft.Compute/disks"})
}

pub fn survey(world: &World, step: &str, machine: &str, rows: &[Value]) -> Command {
    let mut debts = world.drill.debts.iter();
    let debt = debts.find(|one| one.step == step && one.element.as_deref() == Some(machine));
    Command::RecordSurvey {
        debt: debt.unwrap().debt.clone(),
        rows: rows.to_vec(),
        exchange: exchange("survey", 200),
    }
}

pub fn gone(id: &str) -> Command {
    Command::RecordGone {
        id: id.to_owned(),
        exchange: exchange("read-back", 404),
        recoverable_until: None,
    }
}

/// Plays until the drill stands on `step`.
pub fn up_to(step: &str) -> World {
    play(World::new(House::default()), step, "boot")
}

pub fn play(mut world: World, until: &str, depth: &str) -> World {
    for _ in 0..60 {
        match world.on().map(str::to_owned) {
            Some(step) if step == until => return world,
            Some(step) => one(&mut world, &step, depth),
            None => return world,
        }
    }
    panic!("the drill never came to {until}, it is on {:?}", world.on());
}

fn one(world: &mut World, step: &str, depth: &str) {
    match step {
        "brief" => drop(world.does(Command::Acknowledge {
            step: step.to_owned(),
        })),
        "charter" => drop(world.does(fields(
            step,
            json!({"scenario": "Region lost", "depth": depth}),
        ))),
        "items" => drop(world.does(choose(step, None, "list", machines(), &["a", "b"]))),
        "vault" => drop(world.does(check(step, None, good_vault()))),
        "groups" => each(world, step, &["group"]),
        "declare" | "review" => drop(world.does(fields(step, json!({})))),
        "point" => point(world),
        "restore" => each(world, step, &["prepare-restore", "restore"]),
        "job" => job(world),
        "disks" => disks(world),
        "seal" => seal(world),
        "vm" => each(world, step, &["vm"]),
        "content" => drop(world.does(Command::Skip {
            step: step.to_owned(),
            reason: "nobody is here".to_owned(),
        })),
        "cleanup" => cleanup(world),
        "untouched" => drop(world.does(check(step, None, json!({"left": {"value": []}})))),
        _ => drop(world.sign(step)),
    }
}

fn each(world: &mut World, step: &str, requests: &[&str]) {
    for machine in ["a", "b"] {
        for request in requests {
            world.send(&target(step, Some(machine), request));
        }
    }
}

fn point(world: &mut World) {
    for machine in ["a", "b"] {
        let key = format!("p-{machine}");
        world.does(choose(
            "point",
            Some(machine),
            "points",
            points(machine),
            &[key.as_str()],
        ));
    }
}

fn job(world: &mut World) {
    for machine in ["a", "b"] {
        world.does(Command::StartWait {
            place: place("job", Some(machine)),
        });
        world.waits(minutes(10));
        world.does(survey(world, "restore", machine, &[disk(machine, "os")]));
        world.does(poll(machine, "Completed", 100));
    }
}

fn disks(world: &mut World) {
    for machine in ["a", "b"] {
        let found =
            json!({"disks": {"value": [disk(machine, "os")]}, "source": {"state": "running"}});
        world.does(check("disks", Some(machine), found));
    }
}

fn seal(world: &mut World) {
    for element in elements(&world.drill, world.drill.runbook.step("seal").unwrap()) {
        let step = world.drill.runbook.step("seal").unwrap().clone();
        let mut shut = target("seal", Some(&element.key), "shut");
        shut.bound = bound_of(&step, &element);
        world.send(&shut);
    }
}

pub fn cleanup(world: &mut World) {
    for element in elements(&world.drill, world.drill.runbook.step("cleanup").unwrap()) {
        let id = element.value.as_ref().unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        world.send(&target("cleanup", Some(&element.key), "delete"));
        world.does(gone(&id));
    }
    for machine in ["a", "b"] {
        if world
            .drill
            .debts
            .iter()
            .any(|one| one.step == "restore" && one.element.as_deref() == Some(machine))
        {
            world.does(survey(world, "restore", machine, &[]));
        }
    }
}
