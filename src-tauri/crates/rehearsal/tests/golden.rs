//! The journal of this format's first version: every later version opens, verifies, replays and exports it.
//!
//! `golden/README.md` says how it is written anew.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_audit::{Input, Options as VerifyOptions, verify};
use drillbook_core::EndOfDrill;
use drillbook_diagnostic::Diagnostic;
use drillbook_engine::Auto;
use drillbook_rehearsal::{Options, Rehearsal};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/journal-1.zip");

/// Where SQLite keeps `user_version` in a file's first page, most significant byte first.
const USER_VERSION: std::ops::Range<usize> = 60..64;

fn options(data: &Path) -> Options {
    Options {
        data: Some(data.to_owned()),
        speed: 1_000_000.0,
        seed: Some(7),
        runbooks: vec![include_str!("fixtures/smoke.toml").to_owned()],
        ..Options::default()
    }
}

/// Plays the small drill and packs what it leaves in its data folder.
async fn write() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = Rehearsal::open(options(folder.path())).await.unwrap();
    let auto = Auto {
        runbook: "smoke".to_owned(),
        resume: false,
        exchange: None,
    };
    rehearsal.engine().play(&auto, |_| {}).await.unwrap();
    drop(rehearsal);
    // Closing the last connection brings the write-ahead log home; a reader may still be closing.
    let home = folder.path().join("rehearsal");
    let options = drillbook_journal::Options::default();
    let opened = drillbook_journal::DataFolder::open(folder.path()).unwrap();
    drop(drillbook_journal::Store::open(
        &opened,
        drillbook_journal::Env::Rehearsal,
        &options,
    ));
    let wal = std::fs::metadata(home.join("journal.db-wal"));
    assert!(wal.map_or(true, |file| file.len() == 0), "not closed");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let keys = std::fs::read_dir(home.join("keys")).unwrap();
    let keys = keys.map(|key| format!("keys/{}", key.unwrap().file_name().display()));
    let mut names: Vec<String> = keys.collect();
    names.extend(["journal.db", "journal.mark", "simulator.jsonl"].map(str::to_owned));
    names.sort();
    for name in names {
        zip.start_file(name.as_str(), SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&std::fs::read(home.join(&name)).unwrap())
            .unwrap();
    }
    std::fs::write(GOLDEN, zip.finish().unwrap().into_inner()).unwrap();
}

/// Unpacks the golden data folder.
fn unpack(data: &Path) {
    let bytes = std::fs::read(GOLDEN).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    for number in 0..zip.len() {
        let mut file = zip.by_index(number).unwrap();
        let path = data.join("rehearsal").join(file.enclosed_name().unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_golden_journal_is_opened_verified_replayed_and_exported() {
    if std::env::var_os("DRILLBOOK_WRITE_GOLDEN").is_some() {
        write().await;
    }
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path());
    let mark = std::fs::read_to_string(folder.path().join("rehearsal/journal.mark")).unwrap();
    let size: u64 = mark.lines().nth(1).unwrap().parse().unwrap();
    let rehearsal = Rehearsal::open(options(folder.path())).await.unwrap();
    let engine = rehearsal.engine();
    assert_eq!(engine.verify_journal().unwrap(), size);
    let drills = engine.drills().unwrap();
    assert_eq!(drills.len(), 1);
    let end = drills[0].end.map(|(_, end)| end);
    assert_eq!(
        (end, drills[0].open_debts().count()),
        (Some(EndOfDrill::Closed), 0)
    );

    let bundle = folder.path().join("bundle.zip");
    engine.export(&drills[0].id, &bundle).unwrap();
    let verdict = verify(Input::Path(&bundle), &VerifyOptions::default()).unwrap();
    assert!(verdict.holds(), "{verdict:?}");
    assert_eq!(
        engine.verify_journal().unwrap(),
        size,
        "reading appended nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path());
    let path = folder.path().join("rehearsal/journal.db");
    let mut newer = std::fs::read(&path).unwrap();
    newer[USER_VERSION].copy_from_slice(&1000_u32.to_be_bytes());
    std::fs::write(&path, &newer).unwrap();
    let refused = Rehearsal::open(options(folder.path())).await.unwrap_err();
    assert_eq!(refused.code(), "journal.newer_version");
    assert_eq!(std::fs::read(&path).unwrap(), newer);
}
