//! What appears after the disks were listed is found before the cleanup is asked for, however soon that is.

use crate::{assert_closed, beside, library_as, play};
use drillbook_core::CoverState;
use drillbook_rehearsal::Rehearsal;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_behind_at_depth_disks_is_covered_by_the_cleanup_request() {
    let folder = tempfile::tempdir().unwrap();
    // The charter says that nothing is started, so that the list of the disks step is minutes old when the cleanup is
    // asked for.
    let runbook =
        library_as("disks-only").replacen("rehearsal = \"boot\"", "rehearsal = \"disks\"", 1);
    let mut options = beside(folder.path(), &runbook);
    options.faults = vec!["left-behind".to_owned()];
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let played = play(&rehearsal, "disks-only").await;
    assert_closed(&played);
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
