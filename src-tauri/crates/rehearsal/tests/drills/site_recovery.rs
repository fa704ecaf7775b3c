//! A test failover with Site Recovery, through engine, client and simulator: behind a gate, waited for until Azure waits
//! for a person, cleaned up, and found again when its answer is lost (contract e.1-e.3).

use crate::{assert_closed, beside, play};
use drillbook_armsim::Ledger;
use drillbook_core::{IntentOutcome, RunState};
use drillbook_engine::Played;
use drillbook_rehearsal::{Rehearsal, state_file};
use std::path::Path;

const RUNBOOK: &str = include_str!("../fixtures/site_recovery.toml");
const SCENARIO: &str = concat!(
    include_str!("../../../armsim/scenarios/evergreen-mutual.toml"),
    include_str!("../../../armsim/scenarios/site-recovery.toml")
);

async fn played(folder: &Path, faults: &[&str]) -> (Played, Ledger) {
    let mut options = beside(folder, RUNBOOK);
    options.scenario = Some(SCENARIO.to_owned());
    options.faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let played = play(&rehearsal, "site-recovery").await;
    drop(rehearsal);
    (played, Ledger::read(&state_file(folder)).unwrap())
}

/// What became of the requests of a name.
fn outcomes(played: &Played, request: &str) -> Vec<IntentOutcome> {
    let all = played.drill.intents.iter();
    let all = all.filter(|one| one.request_name == request);
    all.map(|one| one.outcome.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_failed_over_for_a_test_and_nothing_of_it_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (played, ledger) = played(folder.path(), &[]).await;
    assert_closed(&played);
    assert_eq!(ledger.failovers.get("vm-policy-01"), Some(&1));
    let wait = |step: &str| played.drill.run(step, "").unwrap().clone();
    let (running, stopped) = (wait("running"), wait("stopped"));
    assert_eq!(
        (running.state, stopped.state),
        (RunState::Passed, RunState::Passed)
    );
    assert_eq!(running.wait.unwrap().status, "Suspended");
    assert_eq!(stopped.wait.unwrap().status, "Succeeded");
    assert_eq!(played.drill.open_debts().count(), 0);
    assert_eq!(
        ledger.deleted, [""; 0],
        "Site Recovery deletes what it made"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_failover_whose_answer_is_lost_is_found_and_not_begun_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (played, ledger) = played(folder.path(), &["lost-response@write:1"]).await;
    assert_closed(&played);
    assert_eq!(ledger.failovers.get("vm-policy-01"), Some(&1));
    assert!(!ledger.faults.is_empty(), "the fault fired");
    assert_eq!(outcomes(&played, "failover"), [IntentOutcome::Adopted]);
    assert_eq!(outcomes(&played, "clear"), [IntentOutcome::Accepted]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleanup_whose_answer_is_lost_is_found_by_its_own_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let (played, ledger) = played(folder.path(), &["lost-response@write:2"]).await;
    assert_closed(&played);
    assert!(!ledger.faults.is_empty(), "the fault fired");
    assert_eq!(outcomes(&played, "clear"), [IntentOutcome::Adopted]);
    assert_eq!(ledger.requests.get("POST testFailoverCleanup"), Some(&1));
    // While it was cleaned up Azure still said Suspended: neither over nor failed.
    let stopped = played
        .drill
        .run("stopped", "")
        .unwrap()
        .wait
        .clone()
        .unwrap();
    assert_eq!(stopped.status, "Succeeded");
    assert!(stopped.polls > 1, "{} polls", stopped.polls);
}
