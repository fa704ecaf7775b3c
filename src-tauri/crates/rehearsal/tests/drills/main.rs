//! Drills through engine, client, simulator and journal: whole ones, and what people do at their turning points.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

mod desk;
mod gate;
mod left_behind;
mod outside;
mod primary_blind;
mod site_recovery;
mod smoke;
mod unanswered;

use drillbook_core::EndOfDrill;
use drillbook_engine::{Auto, Played};
use drillbook_rehearsal::{Options, Rehearsal};
use std::path::Path;

/// The smallest runbook that asks for a sign-off, changes something and owes it.
const SMOKE: &str = include_str!("../fixtures/smoke.toml");

/// The library's runbook under another name, so that a test can change its text.
fn library_as(id: &str) -> String {
    let text = include_str!("../../../../runbooks/vm-disks-cross-region/runbook.toml");
    let named = format!("id = \"{id}\"");
    text.replacen("id = \"vm-disks-cross-region\"", &named, 1)
}

/// A rehearsal in a folder, with one runbook beside the library's.
fn beside(folder: &Path, runbook: &str) -> Options {
    Options {
        data: Some(folder.to_owned()),
        speed: 1_000_000.0,
        seed: Some(7),
        runbooks: vec![runbook.to_owned()],
        ..Options::default()
    }
}

/// Plays a drill to its end, whatever that is; goes on with one that is open.
async fn play(rehearsal: &Rehearsal, runbook: &str) -> Played {
    let open = !rehearsal.engine().drills().unwrap().is_empty();
    let auto = Auto {
        runbook: runbook.to_owned(),
        resume: open,
        exchange: None,
    };
    rehearsal.engine().play(&auto, |_| {}).await.unwrap()
}

#[track_caller]
fn assert_closed(played: &Played) {
    let ended = (played.end, played.code.as_deref());
    assert_eq!(ended, (EndOfDrill::Closed, None), "{:?}", played.sentence);
}
