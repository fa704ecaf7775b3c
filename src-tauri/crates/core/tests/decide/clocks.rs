//! The clock: machine, waiting and operator; RTO to the criterion; RPO of the oldest point.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::json;

fn opened(request: &str) -> Event {
    Event::RequestOpened {
        step: "approve-restore".into(),
        gate: "restore".into(),
        request: request.into(),
        not_after: "2026-11-22T00:00:00.000Z".into(),
        covers: 0,
        cost: None,
        ceiling: None,
        cli: None,
        scope: None,
    }
}

fn decided(request: &str) -> Event {
    Event::DecisionRecorded {
        request: request.into(),
        decision: "sha256:00".into(),
        verdict: "approve".into(),
        reviewer: RITA.into(),
        same_device: false,
        not_after: "2026-11-21T14:00:00.000Z".into(),
        reason: String::new(),
        conditions: Json(json!([])),
    }
}

fn closed(request: &str) -> Event {
    Event::RequestClosed {
        request: request.into(),
        how: "expired".into(),
        reason: "late".into(),
    }
}

fn passed(step: &str, element: Option<&str>) -> Event {
    Event::StepPassed {
        step: step.into(),
        element: element.map(str::to_owned),
    }
}

fn waits(element: &str) -> Event {
    Event::WaitStarted {
        step: "job".into(),
        element: Some(element.into()),
    }
}

fn t0() -> Event {
    Event::T0Declared {
        step: "declare".into(),
    }
}

/// Folds events at minutes after nine; the drill was opened at eight.
fn folded(events: &[(i64, Event)]) -> Drill {
    let mut entries = World::new(House::default()).entries;
    for (minute, event) in events {
        let seq = entries.len() as u64 + 1;
        entries.push(recorded(
            seq,
            at("09:00:00") + minutes(*minute),
            event.clone(),
        ));
    }
    replay(DRILL, &RULES, entries).unwrap()
}

#[test]
fn time_since_t0_is_split_into_machine_waiting_and_operator() {
    // Minutes of machine, waiting and operator at 10:00.
    type Case = (&'static str, Vec<(i64, Event)>, (u64, u64, u64));
    let cases: Vec<Case> = vec![
        ("nothing happened", vec![(0, t0())], (0, 0, 60)),
        (
            "asked and decided",
            vec![
                (0, t0()),
                (10, opened("r")),
                (30, decided("r")),
                (30, passed("approve-restore", None)),
            ],
            (0, 20, 40),
        ),
        (
            "asked and not decided",
            vec![(0, t0()), (10, opened("r"))],
            (0, 50, 10),
        ),
        (
            "asked, never decided, closed",
            vec![(0, t0()), (10, opened("r")), (40, closed("r"))],
            (0, 30, 30),
        ),
        (
            "closed long after it was approved",
            vec![
                (0, t0()),
                (10, opened("r")),
                (20, decided("r")),
                (20, passed("approve-restore", None)),
                (50, closed("r")),
            ],
            (0, 10, 50),
        ),
        (
            "a wait",
            vec![(0, t0()), (5, waits("a")), (25, passed("job", Some("a")))],
            (20, 0, 40),
        ),
        (
            "two waits overlap",
            vec![
                (0, t0()),
                (0, waits("a")),
                (10, waits("b")),
                (20, passed("job", Some("a"))),
                (40, passed("job", Some("b"))),
            ],
            (40, 0, 20),
        ),
        (
            "machine and waiting overlap",
            vec![
                (0, t0()),
                (0, opened("r")),
                (20, waits("a")),
                (40, decided("r")),
                (40, passed("approve-restore", None)),
                (50, passed("job", Some("a"))),
            ],
            (30, 20, 10),
        ),
        (
            "what came before T0 does not count",
            vec![
                (-30, waits("a")),
                (-20, opened("r")),
                (0, t0()),
                (10, passed("job", Some("a"))),
                (30, decided("r")),
                (30, passed("approve-restore", None)),
            ],
            (10, 20, 30),
        ),
    ];
    for (what, events, (machine, waiting, operator)) in cases {
        let reading = clock(&folded(&events), at("10:00:00"));
        let parts = (
            reading.machine_seconds / 60,
            reading.waiting_seconds / 60,
            reading.operator_seconds / 60,
        );
        assert_eq!(parts, (machine, waiting, operator), "{what}");
        let sum = reading.machine_seconds + reading.waiting_seconds + reading.operator_seconds;
        assert_eq!(sum, reading.elapsed_seconds, "{what}");
        assert_eq!(reading.preparation_seconds, 3600, "{what}");
    }
}

#[test]
fn rto_stops_at_the_charters_criterion() {
    for (stops, step) in [
        ("disks-restored", "approve-start"),
        ("service-validated", "approve-cleanup"),
    ] {
        let mut world = up_to("charter");
        world.does(fields(
            "charter",
            json!({"scenario": "x", "depth": "boot", "rto_stops": stops}),
        ));
        let before = clock(&world.drill, world.now);
        assert_eq!(
            (before.t0, before.elapsed_seconds, before.rto_seconds),
            (None, 0, None)
        );
        let mut world = play(world, "disks", "boot");
        assert_eq!(clock(&world.drill, world.now).rto_seconds, None);
        if step == "approve-cleanup" {
            world = play(world, "content", "boot");
            assert_eq!(clock(&world.drill, world.now).rto_seconds, None);
            world.waits(minutes(7));
            let picture = Event::EvidenceAttached {
                step: "content".into(),
                media: "image/png".into(),
                width: 1,
                height: 1,
                tile_root: None,
                element: None,
                title: "t".into(),
                evidence: "sha256:0".into(),
                master: None,
                origin: "o".into(),
            };
            world.does(Command::Attach {
                event: Box::new(picture),
            });
            world.does(fields("content", json!({})));
        } else {
            world = play(world, step, "boot");
        }
        let passed = *world.drill.marks.last_key_value().unwrap().1;
        world.waits(minutes(60));
        let reading = clock(&world.drill, world.now);
        assert_eq!(reading.stopped, Some(passed));
        assert_eq!(
            reading.rto_seconds,
            Some(
                (passed - world.drill.t0.unwrap())
                    .num_seconds()
                    .unsigned_abs()
            )
        );
        assert_eq!(
            reading.elapsed_seconds,
            reading.rto_seconds.unwrap(),
            "the clock stands"
        );
    }
}

#[test]
fn rpo_is_measured_to_the_oldest_point() {
    let world = up_to("approve-restore");
    let oldest: Timestamp = "2026-11-20T20:00:00Z".parse().unwrap();
    let wanted = (world.drill.t0.unwrap() - oldest)
        .num_seconds()
        .unsigned_abs();
    assert_eq!(clock(&world.drill, world.now).rpo_seconds, Some(wanted));
    assert_eq!(clock(&up_to("declare").drill, world.now).rpo_seconds, None);
}

#[test]
fn t0_is_stamped_once_from_its_own_entry() {
    let mut world = up_to("declare");
    let when = world.now;
    world.does(fields("declare", json!({})));
    world.waits(minutes(5));
    assert_eq!(world.drill.t0, Some(when));
    world.refuses(fields("declare", json!({})), "drill.not_current");
}

#[test]
fn fractions_of_seconds_are_added_up_before_they_are_cut_off() {
    let mut entries = World::new(House::default()).entries;
    let mut fold = |tenths: i64, event: Event| {
        let at = at("09:00:00") + chrono::TimeDelta::milliseconds(tenths * 100);
        entries.push(recorded(entries.len() as u64 + 1, at, event));
    };
    fold(0, t0());
    for turn in 0..10 {
        fold(turn * 19, opened(&format!("r{turn}")));
        fold(turn * 19 + 9, closed(&format!("r{turn}")));
    }
    let drill = replay(DRILL, &RULES, entries).unwrap();
    let reading = clock(&drill, at("09:00:19"));
    assert_eq!(
        (
            reading.machine_seconds,
            reading.waiting_seconds,
            reading.operator_seconds
        ),
        (0, 9, 10)
    );
    assert_eq!(reading.elapsed_seconds, 19);
}
