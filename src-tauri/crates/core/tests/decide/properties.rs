//! Properties over arbitrary command sequences: no dispatch without a live approval by another person and
//! never twice; replay equals the live state; nothing panics; events survive their stored form (bench).

use super::bench::*;
use super::oracle::{judge_dispatch, on_their_way};
use super::play::*;
use chrono::TimeDelta;
use drillbook_core::*;
use drillbook_trust::document::Verdict;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// The drill as it stands at the beginning of each step.
static BEGINNINGS: LazyLock<Vec<World>> =
    LazyLock::new(|| RULES.steps.iter().map(|step| up_to(&step.id)).collect());

/// One move: what is done, and three small numbers that say to what.
type Move = (u8, u8, u8, u8);

const PEOPLE: [&str; 4] = [RITA, SAM, OMAR, ALMA];
const ELEMENTS: [Option<&str>; 5] = [Some("a"), Some("b"), None, Some(""), Some("c")];
const REQUESTS: [(&str, &str); 6] = [
    ("restore", "prepare-restore"),
    ("restore", "restore"),
    ("groups", "group"),
    ("vm", "vm"),
    ("seal", "shut"),
    ("cleanup", "delete"),
];

fn pick<T: Copy>(all: &[T], number: u8) -> T {
    all[usize::from(number) % all.len()]
}

/// A target, mostly one of the step the drill is on; sometimes bound to something.
fn aimed(world: &World, a: u8, b: u8) -> Target {
    let on = world.on().unwrap_or_default();
    let own: Vec<_> = REQUESTS.iter().copied().filter(|one| one.0 == on).collect();
    let (step, name) = match own.as_slice() {
        [] => pick(&REQUESTS, a),
        _ if a > 220 => pick(&REQUESTS, a),
        own => pick(own, a),
    };
    let declared = world.drill.runbook.step(step).unwrap();
    let known = elements(&world.drill, declared);
    let mut aimed = target(step, pick(&ELEMENTS, b), name);
    if b < 200 && !known.is_empty() {
        let element = &known[usize::from(b) % known.len()];
        aimed.place.element = Some(element.key.clone());
        aimed.bound = bound_of(declared, element);
    }
    if b > 240 {
        aimed.bound = Some("/subscriptions/s1/x".to_owned());
    }
    aimed
}

/// Mostly the newest request of the gate that signs the step, sometimes any.
fn any_case(world: &World, step: &str, number: u8) -> Option<Box<GateInputs>> {
    let gate = RULES.step(step)?.signed_by.as_deref()?;
    let mut own = world
        .requests
        .iter()
        .rev()
        .filter(|one| one.0.value().step == gate);
    let own = own.nth(usize::from(number > 160));
    let any = world
        .requests
        .get(usize::from(number) % world.requests.len().max(1));
    let found = if number < 200 { own } else { any }?;
    Some(Box::new(world.case_of(found.0.digest())))
}

fn outcome(number: u8) -> Outcome {
    match number % 5 {
        0 => Outcome::Unanswered {
            reason: "cut".into(),
        },
        1 => Outcome::Rejected {
            code: "TooManyRequests".into(),
            message: "later".into(),
            again: true,
        },
        2 => Outcome::Rejected {
            code: "BadRequest".into(),
            message: "no".into(),
            again: false,
        },
        3 => Outcome::Accepted {
            poll_url: Some("https://arm/op".into()),
            response: json!({}),
        },
        _ => Outcome::Accepted {
            poll_url: None,
            response: json!({}),
        },
    }
}

fn about_requests(world: &World, (kind, a, b, c): Move) -> Option<Command> {
    let target = aimed(world, a, b);
    let step = target.place.step.clone();
    let exchange = exchange("any", if c < 200 { 404 } else { 200 });
    Some(match kind {
        0 => Command::Dispatch {
            target,
            case: any_case(world, &step, c)?,
            before: Vec::new(),
            exchanges: Vec::new(),
        },
        1 => Command::ContinueIntent {
            target,
            case: any_case(world, &step, c)?,
        },
        2 if a > 128 => Command::TakeOutside {
            target,
            case: any_case(world, &step, c)?,
            before: Vec::new(),
            exchanges: Vec::new(),
            az: "az do it".to_owned(),
        },
        3 if a > 200 => Command::ReportOutside {
            target,
            az: "az do it".to_owned(),
            pasted: (b > 128).then(|| "sha256:00".to_owned()),
        },
        4 if a > 200 => Command::RecordOutside {
            target,
            exchange,
            response: json!({}),
        },
        2 => Command::Prepare {
            target,
            case: any_case(world, &step, c)?,
        },
        3 => World::outcome(&target, outcome(c)),
        4 => {
            let status = pick(&["Succeeded", "Failed", "Canceled"], c).to_owned();
            Command::RecordOperation {
                target,
                exchange,
                status,
                response: json!({}),
                error: None,
            }
        }
        5 => {
            let row = |job: u8| SearchRow {
                yields: json!(format!("job-{job}")),
                started: Some(world.now),
                row: json!({}),
            };
            Command::RecordSearch {
                target,
                exchange,
                rows: (0..c % 3).map(row).collect(),
            }
        }
        6 => Command::Adopt {
            target,
            key: format!("job-{}", c % 3),
        },
        _ => Command::GiveUpIntent {
            target,
            reason: "none of it is ours".to_owned(),
        },
    })
}

fn about_steps(world: &World, (kind, a, b, c): Move) -> Option<Command> {
    let step = &RULES.steps[usize::from(a) % RULES.steps.len()].id;
    let step = world.on().filter(|_| c < 200).unwrap_or(step).to_owned();
    let element = pick(&ELEMENTS, b);
    Some(match kind {
        8 => Command::Acknowledge { step },
        9 => fields(
            &step,
            json!({"scenario": "x", "depth": pick(&["disks", "boot"], c)}),
        ),
        10 => Command::Skip {
            step,
            reason: "no time".into(),
        },
        11 => check(
            &step,
            element,
            json!({"vault": {"redundancy": pick(&["GRS", "LRS"], c), "pair": c % 2},
            "vaults": {"value": [{}]}, "disks": {"value": [{}]}, "source": {"state": "running"}}),
        ),
        12 => choose(&step, element, "points", points("b"), &["p-b"]),
        13 => choose(
            &step,
            element,
            "list",
            machines(),
            &[pick(&["a", "b", "c"], c)],
        ),
        14 => poll(
            pick(&["a", "b"], b),
            pick(&["InProgress", "Completed", "Failed"], c),
            u64::from(c),
        ),
        15 => Command::StartWait {
            place: place(&step, element),
        },
        16 => Command::RecordFailure {
            place: place(&step, element),
            exchanges: Vec::new(),
            code: "x".into(),
            detail: "y".into(),
        },
        _ => Command::AcknowledgeWarning {
            place: place(&step, element),
            number: usize::from(c % 3),
            reason: "ok".into(),
        },
    })
}

fn about_debts(world: &World, (kind, a, b, c): Move) -> Option<Command> {
    let machine = pick(&["a", "b"], a);
    let debts: Vec<_> = world.drill.debts.iter().collect();
    Some(match kind {
        18 => {
            let debt = debts.get(usize::from(a) % debts.len().max(1))?.debt.clone();
            let rows = (0..b % 3)
                .map(|n| disk(machine, pick(&["os", "data", "late"], n)))
                .collect();
            Command::RecordSurvey {
                debt,
                rows,
                exchange: exchange("survey", 200),
            }
        }
        19 => gone(disk(machine, pick(&["os", "data", "late"], b))["id"].as_str()?),
        20 => gone(&format!("{GROUP}{machine}")),
        21 => Command::RecordKept {
            id: format!("{GROUP}{machine}"),
            code: "ScopeLocked".into(),
            message: "no".into(),
        },
        22 => Command::HandOver { to: "owner".into() },
        23 => Command::SetDeadline {
            deadline: world.now + TimeDelta::hours(i64::from(c)),
            reason: "r".into(),
        },
        24 => Command::GiveReminder {
            moment: "due".into(),
            due: world.now,
        },
        25 if c > 128 => Command::Abort {
            reason: "enough".into(),
        },
        26 if c > 220 => Command::End,
        _ => Command::AddFinding {
            owner: "o".into(),
            due: "2026-12-31".into(),
            text: "t".into(),
        },
    })
}

/// Does one move; commands that the rules refuse change nothing.
fn go(world: &mut World, (kind, a, b, c): Move) -> Vec<Effect> {
    // Requests and sign-offs come up more often than the rest.
    let kind = match kind {
        0..=127 => kind % 8,
        128..=151 => 29,
        152..=159 => 32,
        _ => kind % 32,
    };
    let command = match kind {
        0..=7 => about_requests(world, (kind, a, b, c)),
        8..=17 => about_steps(world, (kind, a, b, c)),
        18..=26 => about_debts(world, (kind, a, b, c)),
        27 => world.requests.last().map(|one| Command::CloseRequest {
            request: one.0.digest().to_string(),
            reason: "r".into(),
        }),
        28 => {
            world.waits(minutes(i64::from(a) * i64::from(b % 4)));
            None
        }
        32 => {
            aftermath(world, a, b, c);
            None
        }
        _ => {
            sign_somehow(world, a, b, c);
            None
        }
    };
    command
        .and_then(|command| world.attempt(command).ok())
        .unwrap_or_default()
}

/// Takes a decision back, goes on without a quorum, or reviews that; by anybody, in any order.
fn aftermath(world: &mut World, a: u8, b: u8, c: u8) {
    let gates = [
        "approve-prepare",
        "approve-restore",
        "approve-start",
        "approve-cleanup",
    ];
    let person = pick(&PEOPLE, b);
    let signer = if c > 200 { pick(&PEOPLE, c) } else { person };
    let _ = match a % 3 {
        0 => world.revokes(pick(&gates, c), person, signer),
        1 => world.breaks_glass(person, signer),
        _ => world.reviews(person, Verdict::Approve),
    };
}

fn sign_somehow(world: &mut World, a: u8, b: u8, c: u8) {
    let Some(step) = world.on().map(str::to_owned) else {
        return;
    };
    if world.drill.runbook.step(&step).unwrap().gate.is_none() {
        return;
    }
    if let Ok(draft) = world.draft(&step)
        && let Ok(request) = world.open(draft)
    {
        world.open_first(&step, request);
    }
    if a > 40 && !world.requests.is_empty() {
        let mut opinion = world.opinion(pick(&PEOPLE, b / 64));
        if c > 230 {
            opinion.verdict = Verdict::Refuse;
        }
        let signer = if c > 200 {
            pick(&PEOPLE, c)
        } else {
            pick(&PEOPLE, b / 64)
        };
        let _ = world.decides(&opinion, signer);
    }
}

/// Returns the request whose line was given away.
fn taken_outside(added: &[Event]) -> Option<Target> {
    added.iter().find_map(|event| match event {
        Event::ActionTakenOutside {
            step,
            request_name,
            element,
            bound,
            ..
        } => Some(Target {
            place: place(step, element.as_deref()),
            request_name: request_name.clone(),
            bound: bound.clone(),
        }),
        _ => None,
    })
}

fn read_everything(world: &World) {
    for effect in outstanding(&world.drill, world.now) {
        assert!(
            !matches!(effect, Effect::Dispatch { .. } | Effect::Prepare { .. }),
            "{effect:?}"
        );
    }
    let reading = clock(&world.drill, world.now);
    let sum = reading.machine_seconds + reading.waiting_seconds + reading.operator_seconds;
    assert!(
        reading.t0.is_none() || sum == reading.elapsed_seconds,
        "{reading:?}"
    );
    for index in 0..RULES.steps.len() {
        let _ = step_state(&world.drill, index);
    }
    if let Some((_, EndOfDrill::Closed | EndOfDrill::Abandoned)) = world.drill.end {
        assert_eq!(world.drill.open_debts().count(), 0, "nothing is owed");
        let owed = world
            .drill
            .glass
            .iter()
            .filter(|one| one.reviewed.is_none());
        assert_eq!(owed.count(), 0, "every break-glass was reviewed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_breaks_the_rules(
        begin in 0..RULES.steps.len(),
        moves in prop::collection::vec(any::<Move>(), 1..40),
    ) {
        let mut world = BEGINNINGS[begin].clone();
        let mut sent: Vec<Target> = Vec::new();
        let from = world.entries.len();
        for one in moves {
            let (before, now) = (world.entries.len(), world.now);
            let effects = go(&mut world, one);
            if let Some(taken) = taken_outside(&world.added[..]).filter(|_| world.entries.len() > before) {
                prop_assert!(effects.is_empty(), "what a person sends is not sent here");
                sent.push(taken.clone());
                if taken.place.step == "restore" {
                    prop_assert_eq!(on_their_way(&sent, &world.entries[from..], &taken), 1);
                }
            }
            for effect in effects {
                judge_dispatch(&world.entries[..before], &world.added, now, &effect);
                if let Effect::Dispatch { target, .. } = effect {
                    sent.push(target.clone());
                    if target.place.step == "restore" {
                        prop_assert_eq!(on_their_way(&sent, &world.entries[from..], &target), 1);
                    }
                }
            }
            read_everything(&world);
        }
        let again = replay(DRILL, &RULES, world.entries.clone()).unwrap();
        prop_assert!(again == world.drill, "replay differs");
    }
}
