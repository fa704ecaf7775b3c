//! The smallest runbook, played through engine, client, simulator and journal.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_core::EndOfDrill;
use drillbook_engine::Auto;
use drillbook_rehearsal::{Options, Rehearsal, state_file};

fn options(data: &std::path::Path) -> Options {
    Options {
        data: Some(data.to_owned()),
        speed: 100_000.0,
        seed: Some(7),
        runbooks: vec![include_str!("fixtures/smoke.toml").to_owned()],
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_drill_closes_and_its_group_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = Rehearsal::open(options(folder.path())).await.unwrap();
    let auto = Auto {
        runbook: "smoke".to_owned(),
        resume: false,
        exchange: None,
    };
    let played = rehearsal.engine().play(&auto, |_| {}).await.unwrap();
    assert_eq!(
        (played.end, played.code, played.sentence),
        (EndOfDrill::Closed, None, None)
    );
    let ledger = drillbook_armsim::Ledger::read(&state_file(folder.path())).unwrap();
    assert_eq!(ledger.deleted.len(), 1, "{ledger:?}");
}
