//! A primary-blind drill in the dark: after T0 nothing is asked of the primary region, nothing waits for it, and what
//! would have been compared is not checked, with the age of its baseline.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_core::{Drill, EndOfDrill};
use drillbook_engine::Auto;
use drillbook_rehearsal::{Options, Rehearsal};

/// The library's runbook under another name; its charter takes the primary region for lost.
fn blind() -> String {
    let text = include_str!("../../../runbooks/vm-disks-cross-region/runbook.toml");
    let named = text.replacen("id = \"vm-disks-cross-region\"", "id = \"blind\"", 1);
    let (before, field) = named.split_once("name = \"primary_blind\"").unwrap();
    let field = field.replacen("rehearsal = false", "rehearsal = true", 1);
    format!("{before}name = \"primary_blind\"{field}")
}

async fn play(runbook: &str) -> (Drill, Option<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        speed: 1_000_000.0,
        seed: Some(11),
        faults: vec!["primary-dark".to_owned()],
        runbooks: vec![blind()],
        ..Options::default()
    };
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let auto = Auto {
        runbook: runbook.to_owned(),
        resume: false,
        exchange: None,
    };
    let played = rehearsal.engine().play(&auto, |_| {}).await.unwrap();
    assert_eq!(
        (played.end, played.code),
        (EndOfDrill::Closed, None),
        "{:?}",
        played.sentence
    );
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
    let (drill, struck) = play("blind").await;
    assert_eq!(struck, None, "nothing was asked of the primary region");
    check(&drill, "was not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_goes_dark_is_asked_once_and_not_waited_for() {
    let (drill, struck) = play("vm-disks-cross-region").await;
    // One list, two machines, two schedules, each once whenever the step is read: before Azure's log shows what was
    // deleted, and after.
    assert_eq!(struck, Some(10));
    check(&drill, "did not answer");
}
