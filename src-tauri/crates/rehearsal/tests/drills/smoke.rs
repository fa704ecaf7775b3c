//! The smallest runbook, played through engine, client, simulator and journal.

use crate::{SMOKE, assert_closed, beside, play};
use drillbook_rehearsal::{Rehearsal, state_file};

#[tokio::test(flavor = "multi_thread")]
async fn a_small_drill_closes_and_its_group_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = Rehearsal::open(beside(folder.path(), SMOKE)).await.unwrap();
    let played = play(&rehearsal, "smoke").await;
    assert_closed(&played);
    let ledger = drillbook_armsim::Ledger::read(&state_file(folder.path())).unwrap();
    assert_eq!(ledger.deleted.len(), 1, "{ledger:?}");
}
