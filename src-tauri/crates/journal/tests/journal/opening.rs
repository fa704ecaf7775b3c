//! Folders, locks, files that are not what they should be, and logs that went back.

use crate::support::{DRILL, at, database, entry, fill, open, options, try_open, verify};
use drillbook_diagnostic::{Diagnostic, Severity};
use drillbook_journal::{Batch, DataFolder, Env, Expected, JournalError, Store};
use std::fs;
use std::path::Path;

fn refusal(folder: &Path) -> JournalError {
    match try_open(folder) {
        Ok(_) => panic!("the journal was opened"),
        Err(error) => {
            assert!(
                error.remediation().is_some_and(|text| text.ends_with('.')),
                "{error}"
            );
            error
        }
    }
}

#[cfg(unix)]
#[test]
fn makes_its_folders_for_the_owner_only_and_leaves_other_folders_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let root = tempfile::tempdir().unwrap();
    let ours = root.path().join("new/folder");
    drop(open(&ours));
    assert_eq!((mode(&ours), mode(&ours.join("rehearsal"))), (0o700, 0o700));
    let theirs = root.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(theirs.join("letter.txt"), "mine").unwrap();
    drop(DataFolder::open(&theirs).unwrap());
    let (_writer, _reader) = open(&theirs);
    assert_eq!(mode(&theirs.join("rehearsal")), 0o700);
}

#[test]
fn an_explicit_folder_goes_before_every_other() {
    let named = Path::new("somewhere/named");
    assert_eq!(DataFolder::locate(Some(named)).unwrap(), named);
    assert!(DataFolder::locate(None).is_ok());
}

#[test]
fn the_second_opener_is_told_who_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let error = refusal(folder.path());
    assert_eq!(
        (error.code(), error.severity()),
        ("journal.in_use", Severity::Refused)
    );
    assert!(
        error
            .to_string()
            .ends_with(&format!("process {}", std::process::id())),
        "{error}"
    );
    drop(first);
    open(folder.path());
}

#[test]
fn the_lock_stays_while_one_writer_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let locked = DataFolder::open(folder.path()).unwrap();
    let rehearsal = Store::open(&locked, Env::Rehearsal, &options()).unwrap();
    let live = Store::open(&locked, Env::Live, &options()).unwrap();
    assert_eq!(live.0.origin(), "drillbook/live/9f3c2a7d51e0b846");
    assert_ne!(live.0.origin(), rehearsal.0.origin());
    drop((locked, rehearsal));
    assert_eq!(refusal(folder.path()).code(), "journal.in_use");
    drop(live);
    open(folder.path());
}

#[test]
fn reads_beside_the_writer_without_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let read = || Store::open_read_only(folder.path(), Env::Rehearsal, &options());
    assert_eq!(read().unwrap_err().code(), "journal.missing");
    let (writer, _reader) = open(folder.path());
    let beside = read().unwrap();
    fill(&writer, 4);
    assert_eq!(beside.head().unwrap().size, 6);
    verify(&beside).unwrap();
    drop(writer);
    assert_eq!(read().unwrap().head().unwrap().size, 6);
}

#[test]
fn opening_appends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fill(&open(folder.path()).0, 5);
    let head = open(folder.path()).1.head().unwrap();
    assert_eq!(open(folder.path()).1.head().unwrap(), head);
    assert_eq!(head.size, 8);
}

#[test]
fn a_new_log_draws_its_own_origin() {
    let origin = |name: &Path| {
        let folder = DataFolder::open(name).unwrap();
        let (writer, _) = Store::open(&folder, Env::Rehearsal, &Default::default()).unwrap();
        writer.origin().to_owned()
    };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_ne!(origin(one.path()), origin(two.path()));
    assert_eq!(origin(one.path()), origin(one.path()), "it keeps it");
}

#[test]
fn a_rehearsal_is_never_opened_as_live() {
    let folder = tempfile::tempdir().unwrap();
    fill(&open(folder.path()).0, 2);
    fs::rename(folder.path().join("rehearsal"), folder.path().join("live")).unwrap();
    let locked = DataFolder::open(folder.path()).unwrap();
    let error = Store::open(&locked, Env::Live, &options()).unwrap_err();
    assert_eq!(error.code(), "journal.wrong_log");
}

#[test]
fn a_damaged_file_is_named_as_such() {
    for damage in [
        b"not a database at all, but long enough".to_vec(),
        vec![0xff; 8192],
    ] {
        let folder = tempfile::tempdir().unwrap();
        fill(&open(folder.path()).0, 2);
        fs::write(database(folder.path()), damage).unwrap();
        assert_eq!(refusal(folder.path()).code(), "journal.corrupt");
    }
    let folder = tempfile::tempdir().unwrap();
    fill(&open(folder.path()).0, 30);
    let file = database(folder.path());
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let code = refusal(folder.path()).code();
    assert!(
        ["journal.corrupt", "journal.broken"].contains(&code),
        "{code}"
    );
}

#[test]
fn an_older_copy_put_in_place_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path());
    fill(&open(folder.path()).0, 3);
    let older = fs::read(&file).unwrap();
    let head = open(folder.path()).1.head().unwrap();
    fill(&open(folder.path()).0, 1);
    fs::write(&file, older).unwrap();
    let error = refusal(folder.path());
    assert!(
        matches!(error, JournalError::RolledBack { size, mark } if size == head.size && mark > size)
    );
    assert_eq!(error.code(), "journal.rolled_back");
}

#[test]
fn a_deleted_file_is_a_rollback_and_a_deleted_mark_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, mark) = (
        database(folder.path()),
        folder.path().join("rehearsal/journal.mark"),
    );
    fill(&open(folder.path()).0, 3);
    let (database, text) = (fs::read(&file).unwrap(), fs::read(&mark).unwrap());
    fs::remove_file(&file).unwrap();
    assert_eq!(refusal(folder.path()).code(), "journal.rolled_back");
    assert!(!file.exists(), "nothing is put in its place");
    fs::write(&file, "").unwrap();
    assert_eq!(refusal(folder.path()).code(), "journal.rolled_back");
    assert_eq!(fs::metadata(&file).unwrap().len(), 0);
    fs::write(&file, database).unwrap();
    for wrong in [None, Some(&b"drillbook"[..]), Some(&[b'9'; 5000])] {
        match wrong {
            None => fs::remove_file(&mark).unwrap(),
            Some(bytes) => fs::write(&mark, bytes).unwrap(),
        }
        assert_eq!(refusal(folder.path()).code(), "journal.mark_missing");
    }
    fs::write(&mark, text).unwrap();
    open(folder.path());
}

#[test]
fn another_history_of_the_same_length_does_not_pass() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(&open(one.path()).0, 3);
    let batch = Batch::new(
        at(0),
        (0..9).map(|n| entry(DRILL, "other.kind", n)).collect(),
    );
    open(two.path()).0.append(&Expected::Any, batch).unwrap();
    fs::copy(database(two.path()), database(one.path())).unwrap();
    let error = refusal(one.path());
    assert_eq!(error.code(), "journal.broken");
    assert_eq!(
        error.to_string(),
        "the journal is broken: the log does not start with the 5 entries it once had"
    );
}

#[test]
fn a_file_that_another_program_holds_is_said_to_be_locked() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path());
    fill(&writer, 1);
    let other = rusqlite::Connection::open(database(folder.path())).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let note = || Batch::new(at(1), vec![entry(DRILL, "note.added", 1)]);
    let error = writer.append(&Expected::Any, note()).unwrap_err();
    assert_eq!(
        (error.code(), error.severity()),
        ("journal.locked", Severity::Unavailable)
    );
    assert_eq!(reader.head().unwrap().size, 2, "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(writer.append(&Expected::Any, note()).unwrap().seqs(), 2..3);
}
