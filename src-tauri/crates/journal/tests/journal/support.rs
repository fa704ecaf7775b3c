//! A folder, entries with fixed salts and times, and a hand that edits the file behind our back.

use chrono::{DateTime, TimeDelta, Utc};
use drillbook_journal::{
    Batch, DataFolder, Env, Expected, JournalError, NewDocument, NewEntry, Options, Reader, Store,
    StoredEntry, Verification, Verified, Writer,
};
use drillbook_trust::digest::Digest;
use drillbook_trust::disclosure::{Disclosure, Value};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub const DRILL: &str = "D-2026-0007";
pub const OPERATOR: &str = "operator@example.com";

pub fn options() -> Options {
    Options {
        busy_timeout: Duration::ZERO,
        new_log: Some([0x9f, 0x3c, 0x2a, 0x7d, 0x51, 0xe0, 0xb8, 0x46]),
        ended_kind: Some("drill.ended".into()),
        key: None,
    }
}

pub fn try_open(folder: &Path) -> Result<(Writer, Reader), JournalError> {
    Store::open(&DataFolder::open(folder)?, Env::Rehearsal, &options())
}

pub fn open(folder: &Path) -> (Writer, Reader) {
    try_open(folder).unwrap()
}

pub fn database(folder: &Path) -> PathBuf {
    folder.join("rehearsal/journal.db")
}

/// A minute of the test's day.
pub fn at(minute: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
}

pub fn sealed(salt: u8, name: &str, value: impl Into<Value>) -> Disclosure {
    Disclosure {
        salt: [salt; 16],
        name: name.into(),
        value: value.into(),
    }
}

pub fn entry(drill: &str, kind: &str, number: i64) -> NewEntry {
    NewEntry {
        drill: drill.into(),
        kind: kind.into(),
        actor: OPERATOR.into(),
        public: [
            ("number".to_owned(), Value::Int(number)),
            ("step".into(), "restore".into()),
        ]
        .into(),
        sealed: vec![
            sealed(
                1,
                "path",
                format!("/subscriptions/s/vaults/Evergreen-{number}"),
            ),
            sealed(2, "flag", number % 2 == 0),
        ],
    }
}

/// Evidence that no two numbers share.
pub fn picture(number: i64) -> Vec<u8> {
    format!("picture {number} ").into_bytes().repeat(20_000)
}

/// Entries for two drills and the installation, with evidence, documents and checkpoints.
pub fn fill(writer: &Writer, appends: i64) {
    for number in 0..appends {
        let drill = ["", DRILL, "D-2026-0008"][number as usize % 3];
        let mut batch = Batch::new(at(number), vec![entry(drill, "note.added", number)]);
        if number % 2 == 0 {
            let mut attached = entry(drill, "evidence.attached", number);
            let digest = Digest::of(&picture(number)).to_string();
            attached.sealed.push(sealed(3, "evidence", digest));
            batch.entries.push(attached);
            batch.blobs.push(picture(number));
            batch.documents.push(NewDocument {
                bytes: format!("{{\"number\":{number}}}").into_bytes(),
                signatures: vec![format!("first of {number}"), format!("second of {number}")],
            });
        }
        writer.append(&Expected::Any, batch).unwrap();
        if number % 4 == 3 {
            writer
                .checkpoint(|text| Ok::<_, std::io::Error>(format!("signed {text}")))
                .unwrap();
        }
    }
}

/// The digests that an entry's field `evidence` names.
pub fn names(entry: &StoredEntry) -> Vec<Digest> {
    let digest = entry
        .value("evidence")
        .and_then(Value::as_text)
        .map(|text| text.parse().unwrap());
    digest.into_iter().collect()
}

pub fn verify(reader: &Reader) -> Result<Verified, JournalError> {
    reader.verify_all(Verification {
        names: &names,
        progress: &mut |_, _| {},
    })
}

/// Edits the closed file with every trigger out of the way, then puts the triggers back.
pub fn edit(folder: &Path, sql: &str) {
    let file = rusqlite::Connection::open(database(folder)).unwrap();
    let triggers: Vec<(String, String)> = file
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    file.pragma_update(None, "foreign_keys", false).unwrap();
    for (name, _) in &triggers {
        file.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    file.execute_batch(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    for (_, definition) in &triggers {
        file.execute_batch(definition).unwrap();
    }
}
