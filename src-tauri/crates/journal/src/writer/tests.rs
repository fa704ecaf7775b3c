//! Failures of the disk that only a connection's own limits can bring about.

use crate::{
    Batch, DataFolder, Env, Expected, NewEntry, Options, Reader, Store, Verification, Writer,
};
use chrono::DateTime;
use drillbook_diagnostic::Diagnostic;
use rusqlite::Connection;
use std::collections::BTreeMap;

fn note(size: usize) -> Batch {
    let entry = NewEntry {
        drill: "D-2026-0001".into(),
        kind: "note.added".into(),
        actor: "operator@example.com".into(),
        public: BTreeMap::from([("text".into(), "n".repeat(size).into())]),
        sealed: Vec::new(),
    };
    Batch {
        blobs: vec![vec![7; size]],
        ..Batch::new(DateTime::UNIX_EPOCH, vec![entry.clone(), entry])
    }
}

fn open(folder: &tempfile::TempDir) -> (Writer, Reader) {
    let folder = DataFolder::open(folder.path()).unwrap();
    Store::open(&folder, Env::Rehearsal, &Options::default()).unwrap()
}

fn on_connection(writer: &Writer, change: impl FnOnce(&Connection)) {
    change(&writer.inner.lock().unwrap().connection);
}

/// Appends, breaks the connection, is refused with `code`, mends it, and goes on.
fn check(code: &str, break_it: impl Fn(&Connection), mend_it: impl Fn(&Connection)) {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(&folder);
    writer.append(&Expected::Any, note(1)).unwrap();
    let head = reader.head().unwrap();
    on_connection(&writer, break_it);
    let error = writer.append(&Expected::Any, note(1 << 20)).unwrap_err();
    assert_eq!(error.code(), code);
    assert!(error.remediation().is_some());
    assert_eq!(
        reader.head().unwrap(),
        head,
        "nothing of a refused append is there"
    );
    on_connection(&writer, mend_it);
    assert_eq!(writer.append(&Expected::Any, note(2)).unwrap().seqs(), 2..4);
    let nothing = Verification {
        names: &|_| Vec::new(),
        progress: &mut |_, _| {},
    };
    assert_eq!(reader.verify_all(nothing).unwrap().blobs, 2);
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    check(
        "journal.disk_full",
        |connection| {
            let pages: i64 = connection
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .unwrap();
            connection
                .pragma_update_and_check(None, "max_page_count", pages + 20, |_| Ok(()))
                .unwrap();
        },
        |connection| {
            connection
                .pragma_update_and_check(None, "max_page_count", 1 << 20, |_| Ok(()))
                .unwrap();
        },
    );
}

#[test]
fn a_read_only_file_is_named_as_such() {
    check(
        "journal.read_only",
        |connection| connection.pragma_update(None, "query_only", true).unwrap(),
        |connection| connection.pragma_update(None, "query_only", false).unwrap(),
    );
}

#[test]
fn a_mark_that_cannot_be_written_is_caught_up_later() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(&folder);
    let mark = folder.path().join("rehearsal/journal.mark");
    let new = folder.path().join("rehearsal/journal.mark.new");
    std::fs::create_dir(&new).unwrap();
    let before = std::fs::read(&mark).unwrap();
    assert_eq!(
        writer.append(&Expected::Any, note(1)).unwrap().head,
        reader.head().unwrap()
    );
    assert_eq!(
        std::fs::read(&mark).unwrap(),
        before,
        "the old mark is still a prefix"
    );
    std::fs::remove_dir(&new).unwrap();
    drop((writer, reader));
    open(&folder);
    assert_ne!(std::fs::read(&mark).unwrap(), before);
}
