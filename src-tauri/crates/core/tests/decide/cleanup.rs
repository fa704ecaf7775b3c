//! What is owed: found, approved for deletion, read back as gone, handed over, reminded of.

use super::bench::*;
use super::play::*;
use chrono::TimeDelta;
use drillbook_core::*;
use serde_json::json;

fn id_of(machine: &str, name: &str) -> String {
    disk(machine, name)["id"].as_str().unwrap().to_owned()
}

#[test]
fn only_a_404_proves_that_something_is_gone() {
    for status in [0, 200, 403, 503] {
        let mut world = up_to("cleanup");
        let exchange = exchange("read-back", status);
        let id = id_of("a", "os");
        world.refuses(
            Command::RecordGone {
                id,
                exchange,
                recoverable_until: None,
            },
            "cleanup.debt_open",
        );
    }
    up_to("cleanup").refuses(
        gone("/subscriptions/s1/resourceGroups/other"),
        "cleanup.unknown_debt",
    );
}

#[test]
fn what_may_yet_be_made_is_not_proven_gone() {
    let mut world = up_to("groups");
    world.does(world.dispatch_of("groups"));
    world.refuses(gone(&format!("{GROUP}a")), "action.outcome_unknown");
    assert_eq!(world.drill.open_debts().count(), 1);
}

#[test]
fn a_list_pays_nothing_before_its_wait_is_over() {
    let mut world = up_to("job");
    world.does(survey(&world, "restore", "a", &[]));
    assert!(!world.kinds().contains(&"debt.paid"));
    assert_eq!(world.drill.open_debts().count(), 4, "two groups, two lists");
}

#[test]
fn a_list_is_paid_when_everything_in_it_is_gone_and_it_was_read_again() {
    let mut world = up_to("cleanup");
    let delete = |world: &mut World, id: &str| {
        let key = id.to_ascii_lowercase();
        world.send(&target("cleanup", Some(&key), "delete"));
    };
    delete(&mut world, &id_of("a", "os"));
    world.does(survey(&world, "restore", "a", &[disk("a", "os")]));
    assert!(!world.kinds().contains(&"debt.paid"), "still listed");
    world.does(gone(&id_of("a", "os")));
    assert!(!world.kinds().contains(&"debt.paid"), "not yet read again");
    world.does(survey(&world, "restore", "a", &[]));
    assert!(world.kinds().contains(&"debt.paid"));
}

#[test]
fn an_unexpected_leftover_becomes_debt_and_reopens_the_cleanup_gate() {
    let mut world = up_to("cleanup");
    world.does(survey(
        &world,
        "restore",
        "a",
        &[disk("a", "os"), disk("a", "stranger")],
    ));
    let last = world.drill.deviations.last().unwrap();
    assert_eq!(last.code, "cleanup.unexpected");
    assert_eq!(world.on(), Some("approve-cleanup"));
    let key = id_of("a", "stranger").to_ascii_lowercase();
    world.refuses(
        world.dispatch(&target("cleanup", Some(&key), "delete")),
        "drill.not_current",
    );
    world.sign("approve-cleanup");
    assert_eq!(world.on(), Some("cleanup"));
    cleanup(&mut world);
    assert_eq!(world.on(), Some("untouched"));
}

#[test]
fn what_turns_up_after_its_debt_was_paid_is_owed_again() {
    let mut world = up_to("untouched");
    world.does(survey(&world, "restore", "a", &[disk("a", "late")]));
    assert_eq!(world.drill.open_debts().count(), 1);
    assert_eq!(world.on(), Some("approve-cleanup"));
}

#[test]
fn what_another_debt_owns_is_not_owed_twice() {
    let mut world = up_to("approve-cleanup");
    let group = json!({"id": format!("{GROUP}A"), "type": "Microsoft.Resources/resourceGroups"});
    world.does(survey(&world, "restore", "a", &[disk("a", "os"), group]));
    assert!(!world.kinds().contains(&"debt.found"));
}

#[test]
fn a_locked_leftover_is_kept_said_once_and_may_be_tried_again() {
    let mut world = up_to("cleanup");
    let key = id_of("a", "os").to_ascii_lowercase();
    let delete = target("cleanup", Some(&key), "delete");
    world.does(world.dispatch(&delete));
    world.does(World::rejected(&delete, "ScopeLocked", false));
    let kept = || Command::RecordKept {
        id: id_of("a", "os"),
        code: "ScopeLocked".into(),
        message: "no".into(),
    };
    world.does(kept());
    let Some(Event::DebtKept { artefact, .. }) = world.added.first().cloned() else {
        panic!("kept")
    };
    let found = world.entries.iter().find_map(|entry| match &entry.event {
        Event::DebtFound { artefact, id, .. } if *id == id_of("a", "os") => Some(artefact.clone()),
        _ => None,
    });
    assert_eq!(Some(artefact), found, "named as it was when it was found");
    world.does(kept());
    assert!(world.added.is_empty());
    let then = world.does(world.again(&delete));
    assert!(matches!(then.as_slice(), [Effect::Dispatch { .. }]));
}

#[test]
fn overdue_debt_can_be_paid_under_the_old_approval() {
    let mut world = up_to("cleanup");
    world.waits(TimeDelta::hours(47));
    cleanup(&mut world);
    assert_eq!(world.drill.open_debts().count(), 0);
}

#[test]
fn only_a_recovery_hands_over_and_only_at_its_cleanup() {
    let hand_over = |to: &str| Command::HandOver { to: to.to_owned() };
    up_to("approve-cleanup").refuses(
        hand_over("the service's owner"),
        "drill.purpose_not_allowed",
    );
    let recovery = House {
        recovery: true,
        ..House::default()
    };
    let mut world = play(World::new(recovery), "content", "boot");
    world.refuses(hand_over("the service's owner"), "drill.steps_left");
    let mut world = play(world, "approve-cleanup", "boot");
    world.refuses(hand_over(" "), "drill.reason_needed");
    world.does(hand_over("the service's owner"));
    assert_eq!(world.drill.open_debts().count(), 0);
    assert!(world.drill.debts.iter().all(|debt| debt.handed_over));
    assert_eq!(world.on(), Some("untouched"), "nothing is deleted");
}

fn due(world: &World) -> Option<(String, Timestamp)> {
    outstanding(&world.drill, world.now)
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Remind { moment, due } => Some((moment, due)),
            _ => None,
        })
}

#[test]
fn reminders_are_given_once_each_and_the_latest_is_caught_up() {
    let mut world = up_to("content");
    let deadline = world.drill.deadline.unwrap();
    assert_eq!(due(&world), None);
    let moments = [
        (-24, "24h-before"),
        (-4, "4h-before"),
        (0, "due"),
        (100, "72h-after"),
    ];
    for (hours, moment) in moments {
        world.now = deadline + TimeDelta::hours(hours);
        let (name, when) = due(&world).unwrap();
        assert_eq!((name.as_str(), when), (moment, deadline));
        let give = || Command::GiveReminder {
            moment: moment.to_owned(),
            due: deadline,
        };
        world.does(give());
        assert_eq!(due(&world), None, "{moment} was given");
        world.does(give());
        assert!(world.added.is_empty());
    }
}

#[test]
fn a_deadline_that_moved_is_reminded_of_anew() {
    let mut world = up_to("content");
    let old = world.drill.deadline.unwrap();
    world.now = old - TimeDelta::hours(1);
    world.does(Command::GiveReminder {
        moment: "4h-before".into(),
        due: old,
    });
    let set = |deadline: Timestamp| Command::SetDeadline {
        deadline,
        reason: "holidays".into(),
    };
    let now = world.now;
    world.refuses(set(now), "cleanup.deadline_past");
    world.does(set(old + TimeDelta::days(2)));
    assert_eq!(due(&world), None);
    world.now = old + TimeDelta::days(2) - TimeDelta::hours(2);
    assert_eq!(due(&world).unwrap().0, "4h-before");
}

#[test]
fn a_deadline_at_the_end_of_time_breaks_nothing() {
    let mut world = up_to("content");
    let deadline = Timestamp::MAX_UTC;
    let _ = world.attempt(Command::SetDeadline {
        deadline,
        reason: "never".into(),
    });
    let _ = outstanding(&world.drill, world.now);
}

#[test]
fn a_stopped_drill_is_still_reminded_of_what_it_owes() {
    let mut world = up_to("content");
    world.does(Command::End);
    world.now = world.drill.deadline.unwrap();
    let (moment, when) = due(&world).unwrap();
    world.does(Command::GiveReminder { moment, due: when });
    assert_eq!(due(&world), None);
}

#[test]
fn a_deletion_that_was_accepted_in_vain_may_be_sent_again_after_its_read_back() {
    let mut world = up_to("cleanup");
    let all = elements(&world.drill, world.drill.runbook.step("cleanup").unwrap());
    let id = all[0].value.as_ref().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let delete = target("cleanup", Some(&all[0].key), "delete");
    world.send(&delete);
    world.refuses(world.again(&delete), "action.outcome_unknown");
    let still_there = || Command::RecordKept {
        id: id.clone(),
        code: STILL_THERE.to_owned(),
        message: "Azure still answers with it".to_owned(),
    };
    world.does(still_there());
    for _ in 0..2 {
        let then = world.does(world.again(&delete));
        assert!(
            matches!(then.as_slice(), [Effect::Dispatch { .. }]),
            "{then:?}"
        );
        world.does(World::accepted(&delete));
        world.refuses(world.again(&delete), "action.outcome_unknown");
        world.does(still_there());
        assert_eq!(world.kinds(), ["debt.kept"], "it is read back anew");
    }
    world.does(gone(&id));
    assert_eq!(
        world
            .drill
            .intents
            .iter()
            .filter(|one| one.step == "cleanup")
            .count(),
        1
    );
}

#[test]
fn a_deadline_is_set_with_a_reason() {
    let mut world = up_to("cleanup");
    let deadline = world.now + minutes(600);
    let set = |reason: &str| Command::SetDeadline {
        deadline,
        reason: reason.to_owned(),
    };
    world.refuses(set(" "), "drill.reason_needed");
    world.does(set("the owner is away until Monday"));
    assert_eq!(world.drill.deadline, Some(deadline));
}
