//! Backup and restore: whole files, a new origin, and nothing that is lost or passes unnoticed.

use crate::sealing::{open, sealed_with};
use crate::support::{at, entry, fill, names, options};
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::{
    DataFolder, Env, JournalError, NewEntry, Options, Predecessor, Restore, Store, Verification,
};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const NEW: [u8; 8] = [1; 8];

fn continued(predecessor: &Predecessor, origin: &str) -> NewEntry {
    let mut entry = entry("", "log.continued", 1);
    entry.actor = format!("installation@{origin}");
    let origin = predecessor.origin.clone();
    entry.public.insert("predecessor".into(), origin.into());
    entry
}

fn restore(backup: &Path, folder: &Path, options: &Options) -> Result<Predecessor, JournalError> {
    let options = Options {
        new_log: Some(NEW),
        ..options.clone()
    };
    let restore = Restore {
        backup,
        at: at(1000),
        verification: Verification {
            names: &names,
            progress: &mut |_, _| {},
        },
        first: &continued,
    };
    Store::restore(&DataFolder::open(folder)?, Env::Live, &options, restore)
}

#[test]
fn a_restored_log_goes_on_under_a_new_origin_that_names_its_predecessor() {
    let (folder, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("backup.db");
    let (writer, reader) = open(folder.path(), &sealed_with(7)).unwrap();
    fill(&writer, 300);
    let head = reader.backup(&file).unwrap();
    fill(&writer, 3);

    let predecessor = restore(&file, new.path(), &sealed_with(7)).unwrap();
    assert_eq!(
        (predecessor.head, &*predecessor.origin),
        (head, reader.origin())
    );
    let (writer, restored) = open(new.path(), &sealed_with(7)).unwrap();
    assert_eq!(restored.origin(), "drillbook/live/0101010101010101");
    assert!(restored.starts_with(&head).unwrap());
    assert_eq!(restored.checkpoints().unwrap(), []);
    let first = restored.entry(head.size).unwrap().unwrap();
    assert_eq!(first.entry.kind, "log.continued");
    assert_eq!(
        first.value("predecessor").unwrap().as_text(),
        Some(reader.origin())
    );
    fill(&writer, 3);
    let verified = crate::support::verify(&restored).unwrap();
    // The entry that names the predecessor, five more, and a word on the clock for each of three drills.
    assert_eq!(verified.head.size, head.size + 1 + 5 + 3);
    for seq in [0, head.size - 1] {
        let old = |of: &drillbook_journal::Reader| of.entry(seq).unwrap().unwrap();
        assert_eq!(old(&restored), old(&reader));
    }
}

#[test]
fn a_restored_log_can_be_backed_up_and_restored_again() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let file = |number: usize| folders[number].path().join("backup.db");
    let (writer, reader) = open(folders[0].path(), &sealed_with(7)).unwrap();
    fill(&writer, 5);
    reader.backup(&file(0)).unwrap();
    restore(&file(0), folders[1].path(), &sealed_with(7)).unwrap();
    let (_, second) = open(folders[1].path(), &sealed_with(7)).unwrap();
    second.backup(&file(1)).unwrap();
    restore(&file(1), folders[2].path(), &sealed_with(7)).unwrap();
    let (_, third) = open(folders[2].path(), &sealed_with(7)).unwrap();
    assert_eq!(crate::support::verify(&third).unwrap().head.size, 8 + 2);
}

#[test]
fn a_backup_is_sealed_with_the_journals_key_and_never_replaces_a_file() {
    let (folder, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("backup.db");
    let (writer, reader) = open(folder.path(), &sealed_with(7)).unwrap();
    fill(&writer, 6);
    reader.backup(&file).unwrap();
    assert_eq!(reader.backup(&file).unwrap_err().code(), "journal.backup");
    let bytes = std::fs::read(&file).unwrap();
    for needle in [&b"SQLite format 3"[..], b"note.added", b"D-2026-0007"] {
        assert!(!bytes.windows(needle.len()).any(|part| part == needle));
    }
    let code = |options: &Options| restore(&file, new.path(), options).unwrap_err().code();
    assert_eq!(code(&sealed_with(8)), "journal.wrong_key");
    assert_eq!(code(&options()), "journal.sealed");
    restore(&file, new.path(), &sealed_with(7)).unwrap();
    assert_eq!(code(&sealed_with(7)), "journal.occupied");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(
        names.len(),
        3,
        "the lock, the folder and the backup: {names:?}"
    );
}

#[test]
fn a_backup_that_does_not_hold_is_not_restored() {
    let (folder, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("backup.db");
    let (writer, reader) = open(folder.path(), &options()).unwrap();
    fill(&writer, 6);
    reader.backup(&file).unwrap();
    let edit = rusqlite::Connection::open(&file).unwrap();
    edit.execute_batch(
        "CREATE TEMP TABLE words AS SELECT sql FROM sqlite_schema WHERE name = 'entry_no_update';
         DROP TRIGGER entry_no_update; UPDATE entry SET bytes = X'00' WHERE seq = 2;",
    )
    .unwrap();
    let words: String = edit
        .query_row("SELECT sql FROM words", [], |row| row.get(0))
        .unwrap();
    edit.execute_batch(&words).unwrap();
    drop(edit);
    let refused = restore(&file, new.path(), &options()).unwrap_err();
    assert_eq!(refused.code(), "journal.broken");
    assert!(!new.path().join("live/journal.db").exists());
}

#[test]
fn an_altered_predecessor_is_found() {
    let (folder, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("backup.db");
    let (writer, reader) = open(folder.path(), &options()).unwrap();
    fill(&writer, 6);
    reader.backup(&file).unwrap();
    restore(&file, new.path(), &options()).unwrap();
    let edit = |sql: &str| {
        let connection = rusqlite::Connection::open(new.path().join("live/journal.db")).unwrap();
        let words: String = connection
            .query_row(
                "SELECT sql FROM sqlite_schema WHERE name = 'predecessor_no_update'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        let all = format!("DROP TRIGGER predecessor_no_update; {sql}; {words}");
        connection.execute_batch(&all).unwrap();
    };
    for (change, back) in [
        ("size = size - 1", "size = size + 1"),
        (
            "origin = 'drillbook/live/0000000000000000'",
            "origin = origin",
        ),
    ] {
        edit(&format!("UPDATE predecessor SET {change}"));
        let found = open(new.path(), &options());
        let found = found.and_then(|(_, reader)| crate::support::verify(&reader));
        assert_eq!(found.unwrap_err().code(), "journal.broken", "{change}");
        edit(&format!("UPDATE predecessor SET {back}"));
    }
}

/// Backs up until it is killed; a process of its own, see the test below.
#[test]
fn backs_up_again_and_again_for_the_kill_test() {
    let Some(folder) = std::env::var_os("DRILLBOOK_TEST_BACKUPS") else {
        return;
    };
    let (writer, reader) = open(Path::new(&folder), &sealed_with(7)).unwrap();
    fill(&writer, 40);
    for number in 0.. {
        let file = Path::new(&folder).join(format!("out/{number}.db"));
        reader.backup(&file).unwrap();
    }
}

#[test]
fn a_kill_during_a_backup_leaves_no_half_file_under_the_final_name() {
    for delay in [0u64, 2, 5] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        std::fs::create_dir(&out).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "backing_up::backs_up_again_and_again_for_the_kill_test",
            ])
            .env("DRILLBOOK_TEST_BACKUPS", folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let finished = |out: &Path| {
            let all = std::fs::read_dir(out).unwrap();
            let names = all.map(|one| one.unwrap().file_name().into_string().unwrap());
            names.filter(|name| name.ends_with(".db")).count() as u64
        };
        let started = Instant::now();
        while finished(&out) < 2 + delay && started.elapsed() < Duration::from_secs(60) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let count = finished(&out);
        assert!(count >= 2, "the child was killed before it had written two");
        for number in count - 2..count {
            let new = tempfile::tempdir().unwrap();
            let file = out.join(format!("{number}.db"));
            restore(&file, new.path(), &sealed_with(7)).unwrap();
        }
    }
}
