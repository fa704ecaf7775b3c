//! What appears after the disks were listed is found before the cleanup is asked for, however soon that is.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_core::{CoverState, EndOfDrill};
use drillbook_engine::Auto;
use drillbook_rehearsal::{Options, Rehearsal};

/// The library's runbook under another name; its charter says that nothing is started, so that the list of
/// the disks step is minutes old when the cleanup is asked for.
fn disks_only() -> String {
    let text = include_str!("../../../runbooks/vm-disks-cross-region/runbook.toml");
    let named = text.replacen("id = \"vm-disks-cross-region\"", "id = \"disks-only\"", 1);
    named.replacen("rehearsal = \"boot\"", "rehearsal = \"disks\"", 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_behind_at_depth_disks_is_covered_by_the_cleanup_request() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        speed: 1_000_000.0,
        seed: Some(11),
        faults: vec!["left-behind".to_owned()],
        runbooks: vec![disks_only()],
        ..Options::default()
    };
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let auto = Auto {
        runbook: "disks-only".to_owned(),
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
    let unexpected = played.drill.debts.iter().flat_map(|debt| &debt.artefacts);
    let unexpected: Vec<&str> = unexpected
        .filter(|one| !one.expected)
        .map(|one| one.id.as_str())
        .collect();
    assert!(!unexpected.is_empty(), "the fault fired");
    let first = played
        .drill
        .requests
        .iter()
        .find(|one| one.gate == "cleanup")
        .unwrap();
    let covers = |id: &&str| {
        let same = |one: &CoverState| one.element.as_deref() == Some(&id.to_ascii_lowercase());
        first.covers.iter().any(same)
    };
    assert!(unexpected.iter().all(covers), "{unexpected:?}");
}
