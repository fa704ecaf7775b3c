//! A sealed journal at rest: nothing in the clear, and a clear word for whoever lacks the key.

use crate::support::{fill, options, picture};
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::{DataFolder, Env, JournalError, Options, Reader, SealKey, Store, Writer};
use std::path::Path;

pub fn sealed_with(byte: u8) -> Options {
    Options {
        key: Some(SealKey::new([byte; 32])),
        ..options()
    }
}

pub fn open(folder: &Path, options: &Options) -> Result<(Writer, Reader), JournalError> {
    Store::open(&DataFolder::open(folder)?, Env::Live, options)
}

fn code(folder: &Path, options: &Options) -> &'static str {
    open(folder, options).unwrap_err().code()
}

#[test]
fn nothing_of_a_sealed_journal_lies_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, reader) = open(folder.path(), &sealed_with(7)).unwrap();
    fill(&writer, 12);
    assert!(reader.is_sealed());
    assert_eq!(reader.entries(0..100).unwrap().count(), 18);
    // The write-ahead log stays in place as long as the journal is open.
    let needles: [&[u8]; 5] = [
        b"SQLite format 3",
        b"CREATE TABLE",
        b"note.added",
        b"D-2026-0007",
        &picture(2)[..64],
    ];
    let mut seen = 0;
    for file in std::fs::read_dir(folder.path().join("live")).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        seen += usize::from(bytes.len() > 100_000);
        for needle in needles {
            let found = bytes.windows(needle.len()).any(|part| part == needle);
            assert!(!found, "{} holds {needle:?}", path.display());
        }
    }
    assert!(seen > 0, "the files are too small to hold what was written");
}

#[test]
fn a_wrong_key_no_key_and_a_missing_seal_each_have_their_word() {
    let folder = tempfile::tempdir().unwrap();
    fill(&open(folder.path(), &sealed_with(7)).unwrap().0, 3);
    assert_eq!(code(folder.path(), &sealed_with(8)), "journal.wrong_key");
    assert_eq!(code(folder.path(), &options()), "journal.sealed");
    assert!(open(folder.path(), &sealed_with(7)).is_ok());

    let plain = tempfile::tempdir().unwrap();
    fill(&open(plain.path(), &options()).unwrap().0, 3);
    let before = std::fs::read(plain.path().join("live/journal.db")).unwrap();
    assert_eq!(code(plain.path(), &sealed_with(7)), "journal.not_sealed");
    let after = std::fs::read(plain.path().join("live/journal.db")).unwrap();
    assert_eq!(before, after);
}

#[test]
fn a_sealed_file_that_was_damaged_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fill(&open(folder.path(), &sealed_with(7)).unwrap().0, 9);
    let path = folder.path().join("live/journal.db");
    let whole = std::fs::read(&path).unwrap();
    for at in [40, 4096 + 40, whole.len() - 40] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let found = open(folder.path(), &sealed_with(7)).and_then(|(_, reader)| {
            reader.verify_all(drillbook_journal::Verification {
                names: &|_| Vec::new(),
                progress: &mut |_, _| {},
            })
        });
        assert!(found.is_err(), "byte {at}");
    }
}

#[test]
fn a_sealed_journal_is_read_beside_its_writer() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = open(folder.path(), &sealed_with(7)).unwrap();
    fill(&writer, 3);
    let read = |options: &Options| Store::open_read_only(folder.path(), Env::Live, options);
    assert_eq!(read(&sealed_with(7)).unwrap().head().unwrap().size, 5);
    assert_eq!(
        read(&sealed_with(8)).unwrap_err().code(),
        "journal.wrong_key"
    );
    assert_eq!(read(&options()).unwrap_err().code(), "journal.sealed");
}
