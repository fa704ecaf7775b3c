//! A lost answer, for every kind of restore: what Azure started is found by the match rule and adopted, several are put
//! to the operator, and nothing is sent twice (trust.md §4). Each against the simulator, over HTTP.

use crate::gate::{MAYA, RITA, decide, place};
use crate::{assert_closed, beside, play};
use drillbook_armsim::Ledger;
use drillbook_core::{Drill, EndOfDrill, IntentOutcome, Place, current_step};
use drillbook_diagnostic::Diagnostic;
use drillbook_engine::{Engine, Played};
use drillbook_rehearsal::{Rehearsal, state_file};
use drillbook_runbook::{Purpose, StepKind};
use serde_json::json;
use std::path::Path;

const FRAME: &str = include_str!("../fixtures/lost/frame.toml");
const DATABASE: &str = include_str!("../fixtures/lost/database.toml");
const MACHINE: &str = include_str!("../fixtures/lost/machine.toml");
const SHARE: &str = include_str!("../fixtures/lost/share.toml");
const INSTANCE: &str = include_str!("../fixtures/lost/instance.toml");
const PAIRED: &str = include_str!("../fixtures/lost/paired.toml");
const COPY: &str = include_str!("../fixtures/lost/copy.toml");

const SCENARIO: &str = concat!(
    include_str!("../../../armsim/scenarios/evergreen-mutual.toml"),
    include_str!("../fixtures/lost/more.toml")
);

/// Where the steps of a kind go in the frame.
const HERE: &str =
    "# ---------------------------------------------------------------- the steps of the kind\n";

async fn lost(folder: &Path, steps: &str, faults: &[&str]) -> Played {
    let mut options = beside(folder, &FRAME.replace(HERE, steps));
    options.faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
    options.scenario = Some(SCENARIO.to_owned());
    let rehearsal = Rehearsal::open(options).await.unwrap();
    play(&rehearsal, "lost").await
}

/// How often a request was sent, and what became of it last.
fn sent(drill: &Drill, request: &str) -> (usize, IntentOutcome) {
    let all = drill.intents.iter();
    let all: Vec<_> = all.filter(|one| one.request_name == request).collect();
    (all.len(), all.last().unwrap().outcome.clone())
}

/// Asserts that a lost answer of `request` was found and adopted, and that the drill closed.
async fn adopted(steps: &str, fault: &str, request: &str) -> Ledger {
    let folder = tempfile::tempdir().unwrap();
    let played = lost(folder.path(), steps, &[fault]).await;
    assert_closed(&played);
    assert_eq!(sent(&played.drill, request), (1, IntentOutcome::Adopted));
    let ledger = Ledger::read(&state_file(folder.path())).unwrap();
    assert!(!ledger.faults.is_empty(), "the fault fired");
    ledger
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_azure_restores_is_adopted() {
    let ledger = adopted(DATABASE, "lost-response", "restore").await;
    assert_eq!(ledger.restores.get("policydb"), Some(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_restored_in_its_own_region_is_adopted() {
    let ledger = adopted(MACHINE, "lost-response@write:1", "restore").await;
    assert_eq!(ledger.restores.get("vm-policy-01"), Some(&1));
}

/// The newest point is still a snapshot: its disks are there in minutes.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_restored_in_its_own_region_is_followed_to_its_end() {
    for (faults, end) in [
        (&[][..], EndOfDrill::Closed),
        (&["job-fails"][..], EndOfDrill::Abandoned),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let played = lost(folder.path(), MACHINE, faults).await;
        assert_eq!(played.end, end, "{:?} {:?}", played.code, played.sentence);
        let ledger = Ledger::read(&state_file(folder.path())).unwrap();
        assert_eq!(ledger.restores.get("vm-policy-01"), Some(&1));
        let runs = played.drill.runs["wait"].elements.values();
        let polls: Vec<u64> = runs
            .flat_map(|run| &run.wait)
            .map(|wait| wait.polls)
            .collect();
        assert!(matches!(polls[..], [2..10]), "asked each minute: {polls:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_azure_restores_is_adopted() {
    let ledger = adopted(SHARE, "lost-response", "restore").await;
    assert_eq!(ledger.restores.get("claims-archive"), Some(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_point_that_was_made_is_adopted_and_not_put_twice() {
    adopted(COPY, "lost-response@write:4", "point").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_azure_began_is_adopted_and_waited_for_until_it_is_whole() {
    adopted(COPY, "lost-response@write:5", "copied").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_of_data_protection_is_adopted_in_its_own_region() {
    let ledger = adopted(INSTANCE, "lost-response@write:1", "restore").await;
    assert_eq!(ledger.restores.get("pg-claims/claims"), Some(&1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_of_data_protection_is_adopted_in_the_paired_region() {
    let ledger = adopted(PAIRED, "lost-response@write:1", "restore").await;
    assert_eq!(ledger.restores.get("pg-claims/claims"), Some(&1));
}

/// The operation says Succeeded, and only its `Location` says which job: an id here, a name there.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_of_data_protection_finds_its_job_in_two_steps_and_a_failed_one_is_no_success() {
    for (steps, faults, end) in [
        (INSTANCE, &[][..], EndOfDrill::Closed),
        (PAIRED, &[][..], EndOfDrill::Closed),
        (PAIRED, &["job-fails"][..], EndOfDrill::Abandoned),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let played = lost(folder.path(), steps, faults).await;
        assert_eq!(played.end, end, "{:?} {:?}", played.code, played.sentence);
        assert_eq!(sent(&played.drill, "restore"), (1, IntentOutcome::Accepted));
        let code = (end == EndOfDrill::Abandoned).then_some("wait.failed");
        assert_eq!(played.code.as_deref(), code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_jobs_that_fit_are_put_to_the_operator_and_nothing_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let played = lost(folder.path(), DATABASE, &["twin-job"]).await;
    assert_eq!(played.code.as_deref(), Some("action.outcome_unknown"));
    assert_eq!(
        sent(&played.drill, "restore"),
        (1, IntentOutcome::Unanswered)
    );
    let intent = played.drill.intents.last().unwrap();
    let (_, rows) = intent.candidates.as_ref().unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows:#}");
}

/// Plays on by hand until a step is the next one.
async fn walk(engine: &Engine, id: &str, until: &str) {
    loop {
        engine.switch_person(MAYA).unwrap();
        let drill = engine.drill(id).unwrap();
        let step = drill.runbook.steps[current_step(&drill).unwrap()].clone();
        match step.kind {
            _ if step.id == until => return,
            StepKind::Manual => {
                let fields = step.fields.iter().map(|field| &field.name);
                let fields = fields.map(|name| (name.clone(), json!("Rehearsed")));
                engine.enter_fields(id, &step.id, fields.collect()).unwrap();
            }
            StepKind::Choose => {
                engine.run_step(id, &step.id).await.unwrap();
                let key = engine.offers(id, &step.id).unwrap()[0].1[0].key.clone();
                let chosen = engine.choose(id, place(&step.id), vec![key], "fits".to_owned());
                chosen.await.unwrap();
            }
            StepKind::Approval => signed(engine, id, &step.id).await,
            _ => panic!("nobody plays {}", step.id),
        }
    }
}

/// Asks for the restore's sign-off, reads what must be read and approves.
async fn signed(engine: &Engine, id: &str, gate: &str) {
    let drill = engine.ask_sign_off(id, gate).await.unwrap();
    engine.switch_person(RITA).unwrap();
    let request = drill.sign_off(gate).unwrap().request.clone();
    let mut evidence = drill.evidence.iter().rev();
    let newest = evidence.find(|one| one.step == "points").unwrap();
    engine.open_evidence(&request, newest.seq).unwrap();
    decide(engine, &request, engine.head().unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_the_jobs_that_fit_is_ours_so_it_is_asked_for_anew_after_ten_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = beside(folder.path(), &FRAME.replace(HERE, DATABASE));
    options.faults = vec!["twin-job".to_owned()];
    options.scenario = Some(SCENARIO.to_owned());
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let engine = rehearsal.engine();
    engine.switch_person(MAYA).unwrap();
    let drill = engine.open_drill("lost", Purpose::Drill).await.unwrap();
    let id = drill.id.as_str();
    walk(engine, id, "restore").await;
    let found = engine.run_step(id, "restore").await.unwrap();
    let lost = found.intents.last().unwrap();
    let at = Place {
        step: lost.step.clone(),
        element: lost.element.clone(),
    };
    let give_up = || engine.give_up(id, at.clone(), "restore", "both are the DBA's".to_owned());
    assert_eq!(give_up().unwrap_err().code(), "action.search_not_over");
    engine
        .clock()
        .wait(std::time::Duration::from_secs(600))
        .await;
    let unseen = give_up().unwrap_err();
    assert_eq!(
        unseen.code(),
        "action.search_not_over",
        "a late job may be there"
    );
    engine.run_step(id, "restore").await.unwrap();
    give_up().unwrap();

    let drill = engine.drill(id).unwrap();
    let told = &drill.deviations.last().unwrap().text;
    let (_, rows) = drill.intents.last().unwrap().candidates.as_ref().unwrap();
    for row in rows.as_array().unwrap() {
        assert!(told.contains(row["key"].as_str().unwrap()), "{told}");
    }
    assert!(told.ends_with("both are the DBA's"), "{told}");
    let played = play(&rehearsal, "lost").await;
    assert_closed(&played);
    let all = played.drill.intents.iter();
    let all: Vec<_> = all.filter(|one| one.request_name == "restore").collect();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].outcome, IntentOutcome::GivenUp);
    assert_eq!(all[1].outcome, IntentOutcome::Accepted);
    assert_ne!(all[0].request, all[1].request, "under its own approval");
}

/// Asserts that what was never accepted is sent once more, under a new request, and not before ten minutes.
async fn sent_anew(steps: &str, fault: &str, request: &str) {
    let folder = tempfile::tempdir().unwrap();
    let played = lost(folder.path(), steps, &[fault]).await;
    assert_closed(&played);
    let all = played.drill.intents.iter();
    let all: Vec<_> = all.filter(|one| one.request_name == request).collect();
    let outcomes: Vec<&IntentOutcome> = all.iter().map(|one| &one.outcome).collect();
    assert_eq!(
        outcomes,
        [&IntentOutcome::GivenUp, &IntentOutcome::Accepted]
    );
    assert_ne!(all[0].request, all[1].request, "a new request");
    assert!(all[1].at - all[0].sent >= chrono::TimeDelta::minutes(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_nobody_restores_is_asked_for_anew_after_ten_minutes() {
    sent_anew(DATABASE, "server-error@restore:1", "restore").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_never_begun_is_asked_for_anew_after_ten_minutes() {
    sent_anew(COPY, "server-error@write:5", "copied").await;
}
