//! Unknown outcomes: found and adopted, put to the operator, or given up after ten minutes.

use super::bench::*;
use super::play::*;
use drillbook_core::*;
use serde_json::{Value, json};

fn row(job: impl Into<Value>, started: Timestamp) -> SearchRow {
    let job = job.into();
    SearchRow {
        yields: job.clone(),
        started: Some(started),
        row: json!({"name": job}),
    }
}

fn search(target: &Target, rows: Vec<SearchRow>) -> Command {
    Command::RecordSearch {
        target: target.clone(),
        exchange: exchange("reconcile", 200),
        rows,
    }
}

fn give_up(target: &Target) -> Command {
    Command::GiveUpIntent {
        target: target.clone(),
        reason: "none of it is ours".into(),
    }
}

/// The restore of machine a was sent and nothing is known of it.
fn lost() -> (World, Target, Timestamp) {
    let mut world = up_to("restore");
    world.send(&target("restore", Some("a"), "prepare-restore"));
    let lost = target("restore", Some("a"), "restore");
    let sent = world.now;
    world.does(world.dispatch(&lost));
    (world, lost, sent)
}

#[test]
fn an_intent_without_outcome_yields_reconcile_and_never_a_dispatch() {
    let (world, lost, _) = lost();
    let then = outstanding(&world.drill, world.now);
    assert!(
        matches!(then.as_slice(), [Effect::Reconcile { target }] if target == &lost),
        "{then:?}"
    );
    let replayed = replay(DRILL, &RULES, world.entries.clone()).unwrap();
    assert_eq!(
        format!("{:?}", outstanding(&replayed, world.now)),
        format!("{then:?}")
    );
}

#[test]
fn exactly_one_match_is_adopted() {
    let (mut world, lost, sent) = lost();
    let late = sent + minutes(11);
    let early = sent - minutes(3);
    world.does(search(
        &lost,
        vec![
            row("other-1", early),
            row("job-7", sent),
            row("other-2", late),
        ],
    ));
    let intent = world.drill.intents.last().unwrap();
    assert_eq!(
        (intent.outcome.clone(), intent.response.clone()),
        (IntentOutcome::Adopted, json!("job-7"))
    );
    world.refuses(search(&lost, vec![]), "action.outcome_known");
    world.refuses(World::accepted(&lost), "action.outcome_known");
    world.refuses(world.dispatch(&lost), "action.outcome_known");
}

#[test]
fn several_matches_are_put_to_the_operator() {
    let (mut world, lost, sent) = lost();
    world.does(search(&lost, vec![row("job-7", sent), row("job-8", sent)]));
    assert_eq!(
        world.drill.intents.last().unwrap().outcome,
        IntentOutcome::Unanswered
    );
    let adopt = |key: &str| Command::Adopt {
        target: lost.clone(),
        key: key.to_owned(),
    };
    world.refuses(adopt("job-9"), "action.unknown_candidate");
    world.does(adopt("job-8"));
    assert_eq!(world.drill.intents.last().unwrap().response, json!("job-8"));
    world.refuses(adopt("job-7"), "action.outcome_known");
}

#[test]
fn what_the_operator_adopts_keeps_its_shape() {
    let (mut world, lost, sent) = lost();
    let job = |n: u64| json!({"id": n});
    world.does(search(&lost, vec![row(job(7), sent), row(job(8), sent)]));
    let key = world
        .drill
        .intents
        .last()
        .unwrap()
        .candidates
        .clone()
        .unwrap()
        .1[1]["key"]
        .clone();
    world.does(Command::Adopt {
        target: lost,
        key: key.as_str().unwrap().to_owned(),
    });
    assert_eq!(world.drill.intents.last().unwrap().response, job(8));
}

#[test]
fn one_job_is_adopted_for_one_intent_only() {
    let (mut world, lost, sent) = lost();
    let twin = target("restore", Some("b"), "restore");
    world.send(&target("restore", Some("b"), "prepare-restore"));
    world.does(world.dispatch(&twin));
    let rows = || vec![row("job-7", sent), row("job-8", sent)];
    world.does(search(&lost, rows()));
    world.does(search(&twin, rows()));
    world.does(Command::Adopt {
        target: lost,
        key: "job-7".into(),
    });
    world.refuses(
        Command::Adopt {
            target: twin.clone(),
            key: "job-7".into(),
        },
        "action.unknown_candidate",
    );
    world.does(search(&twin, rows()));
    assert_eq!(
        world.drill.intents.last().unwrap().response,
        json!("job-8"),
        "only one is left"
    );
}

#[test]
fn it_is_given_up_only_after_ten_minutes_without_a_match() {
    let (mut world, lost, sent) = lost();
    let give_up = || give_up(&lost);
    world.refuses(give_up(), "action.search_not_over");
    world.does(search(&lost, vec![]));
    world.refuses(give_up(), "action.search_not_over");
    world.now = sent + minutes(10) + minutes(1);
    world.refuses(give_up(), "action.search_not_over");
    world.does(search(&lost, vec![]));
    world.does(give_up());
    assert_eq!(
        world.drill.sign_off("approve-restore").unwrap().state,
        RequestState::Overtaken
    );
    assert_eq!(world.on(), Some("approve-restore"));
    world.refuses(world.dispatch(&lost), "drill.not_current");
    world.refuses(World::accepted(&lost), "action.outcome_known");
}

#[test]
fn after_giving_up_a_new_approval_sends_it_once_more() {
    let (mut world, lost, sent) = lost();
    let old = world.case("restore");
    world.now = sent + minutes(11);
    world.does(search(&lost, vec![]));
    world.does(give_up(&lost));
    world.sign("approve-restore");
    let command = Command::Dispatch {
        target: lost.clone(),
        case: old,
        before: Vec::new(),
        exchanges: Vec::new(),
    };
    world.refuses(command, "approval.missing");
    world.send(&lost);
    let debts = world
        .drill
        .debts
        .iter()
        .filter(|debt| debt.step == "restore")
        .count();
    assert_eq!(debts, 1, "it is owed once");
    assert_eq!(world.drill.intents.last().unwrap().attempt, 2);
}

#[test]
fn candidates_are_disowned_after_ten_minutes_with_a_reason_and_are_named() {
    let (mut world, lost, sent) = lost();
    let found = || vec![row("job-7", sent), row("job-8", sent)];
    world.does(search(&lost, found()));
    world.refuses(give_up(&lost), "action.search_not_over");
    world.now = sent + minutes(30);
    world.refuses(give_up(&lost), "action.search_not_over");
    world.does(search(&lost, found()));
    let mut silent = give_up(&lost);
    if let Command::GiveUpIntent { reason, .. } = &mut silent {
        *reason = " ".into();
    }
    world.refuses(silent, "drill.reason_needed");
    assert_eq!(world.drill.deviations, []);
    world.does(give_up(&lost));
    let told = &world.drill.deviations[0];
    assert_eq!(told.code, "action.none_is_ours");
    assert!(
        told.text.contains("job-7, job-8") && told.text.ends_with("none of it is ours"),
        "{}",
        told.text
    );
    assert_eq!(
        world.drill.sign_off("approve-restore").unwrap().state,
        RequestState::Overtaken
    );
    world.refuses(world.dispatch(&lost), "drill.not_current");
}

#[test]
fn what_was_disowned_is_nobodys_answer_later_in_this_drill_and_free_for_others() {
    let (mut world, lost, sent) = lost();
    let near = sent + minutes(9);
    let found = || vec![row("job-7", near), row("job-8", near)];
    world.now = sent + minutes(10);
    world.does(search(&lost, found()));
    world.does(give_up(&lost));
    assert!(!has_job(&world.drill, &json!("job-7")), "another drill may");
    world.sign("approve-restore");
    let again = world.now;
    assert!(
        again <= near + minutes(2),
        "they fit the second sending too"
    );
    world.does(world.dispatch(&lost));
    let mut rows = found();
    rows.push(row("job-9", again));
    world.does(search(&lost, rows));
    let intent = world.drill.intents.last().unwrap();
    assert_eq!(intent.response, json!("job-9"));
}

#[test]
fn the_search_counts_from_the_last_sending_and_not_from_the_first() {
    let (mut world, again, first) = lost();
    world.does(World::rejected(&again, "TooManyRequests", true));
    world.waits(minutes(9));
    let last = world.now;
    world.does(world.again(&again));
    world.waits(minutes(3));
    world.does(search(&again, Vec::new()));
    world.does(search(&again, Vec::new()));
    let give_up = || give_up(&again);
    world.refuses(give_up(), "action.search_not_over");
    assert!(world.now > first + minutes(11));
    world.does(search(&again, vec![row("job-9", last + minutes(2))]));
    let known = world.drill.intent("restore", Some("a"), "restore", None);
    assert_eq!(known.unwrap().outcome, IntentOutcome::Adopted);
}

#[test]
fn a_job_that_an_answered_request_led_to_is_known_by_its_name_and_by_its_id() {
    let (mut world, lost, _) = lost();
    world.does(World::outcome(
        &lost,
        Outcome::Accepted {
            poll_url: Some("https://azure/op".into()),
            response: json!({"id": "/subscriptions/s/vaults/v/thing"}),
        },
    ));
    let has = |world: &World, job: &str| has_job(&world.drill, &json!(job));
    assert!(!has(&world, "job-7"));
    assert!(has(&world, "/Subscriptions/s/vaults/v/THING"));
    world.does(Command::RecordOperation {
        target: lost,
        exchange: exchange("restore", 200),
        status: "Succeeded".into(),
        response: json!({"objectType": "OperationJobExtendedInfo", "jobId": "/subscriptions/s/vaults/v/backupJobs/job-7"}),
        error: None,
    });
    assert!(has(&world, "job-7"), "another drill must not take it");
    assert!(has(&world, "/subscriptions/S/vaults/v/backupJobs/job-7"));
    assert!(!has(
        &world,
        "/subscriptions/s/vaults/other/backupJobs/job-7"
    ));
    assert!(!has(&world, "job-8"));
    assert!(!has_job(&world.drill, &Value::Null));
}
