//! A primary-blind drill in the dark: after T0 nothing is asked of the primary region, nothing waits for it, and what
//! would have been compared is not checked, with the age of its baseline.

use crate::{assert_closed, beside, library_as, play};
use drillbook_core::Drill;
use drillbook_rehearsal::Rehearsal;

/// The library's runbook with a charter that takes the primary region for lost.
fn blind() -> String {
    let named = library_as("blind");
    let (before, field) = named.split_once("name = \"primary_blind\"").unwrap();
    let field = field.replacen("rehearsal = false", "rehearsal = true", 1);
    format!("{before}name = \"primary_blind\"{field}")
}

/// Plays a drill in the dark; returns how many requests the dark region did not answer.
async fn dark(runbook: &str) -> (Drill, Option<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = beside(folder.path(), &blind());
    options.faults = vec!["primary-dark".to_owned()];
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let played = play(&rehearsal, runbook).await;
    assert_closed(&played);
    let ledger = rehearsal.simulator().control().ledger();
    let struck = ledger.faults.get("primary-dark").copied();
    (Drill::clone(&played.drill), struck)
}

fn not_checked(drill: &Drill) -> Vec<String> {
    let judged = &drill.run("untouched", "").unwrap().judged;
    let left = judged.iter().filter(|one| one.result == "not-checked");
    left.map(|one| one.value.clone()).collect()
}

fn check(drill: &Drill, why: &str) {
    let told = not_checked(drill);
    assert_eq!(told.len(), 3, "{told:?}");
    for one in &told {
        let begins = format!("the primary region {why} after T0; the baseline of step ");
        assert!(
            one.starts_with(&begins) && one.ends_with(" min old"),
            "{one}"
        );
    }
    assert_eq!(drill.deviations.len(), 3, "{:?}", drill.deviations);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_blind_drill_asks_nothing_of_a_region_that_is_gone() {
    let (drill, struck) = dark("blind").await;
    assert_eq!(struck, None, "nothing was asked of the primary region");
    check(&drill, "was not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_goes_dark_is_asked_once_and_not_waited_for() {
    let (drill, struck) = dark("vm-disks-cross-region").await;
    // One list, two machines, two schedules, each once whenever the step is read: before Azure's log shows what was
    // deleted, and after.
    assert_eq!(struck, Some(10));
    check(&drill, "did not answer");
}
