//! Edits behind our back, with the triggers dropped and put back.

use crate::support::{DRILL, database, edit, fill, open, try_open, verify};
use drillbook_diagnostic::Diagnostic;
use drillbook_journal::{Break, JournalError};
use drillbook_trust::checkpoint::Checkpoint;
use drillbook_trust::merkle::{CompactRange, leaf_hash};
use proptest::prelude::*;
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Copies a journal that was filled once.
fn filled() -> tempfile::TempDir {
    static FILES: OnceLock<[(&str, Vec<u8>); 2]> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        fill(&open(folder.path()).0, 12);
        ["journal.db", "journal.mark"].map(|name| {
            (
                name,
                fs::read(folder.path().join("rehearsal").join(name)).unwrap(),
            )
        })
    });
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rehearsal")).unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join("rehearsal").join(name), bytes).unwrap();
    }
    folder
}

/// Returns what is found on opening, or else by the full verification.
fn found(folder: &Path) -> Option<JournalError> {
    match try_open(folder) {
        Err(error) => Some(error),
        Ok((_writer, reader)) => verify(&reader).err(),
    }
}

#[test]
fn the_triggers_stop_mistakes() {
    let folder = filled();
    let file = Connection::open(database(folder.path())).unwrap();
    for mistake in [
        "UPDATE entry SET drill = 'x' WHERE seq = 3",
        "DELETE FROM entry WHERE seq = 17",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 3",
        "INSERT INTO entry SELECT seq + 100, leaf, drill, kind, actor, at, bytes FROM entry LIMIT 1",
        "UPDATE disclosure SET encoded = 'x'",
        "DELETE FROM disclosure",
        "INSERT OR REPLACE INTO disclosure VALUES (3, 0, 'x')",
        "UPDATE log SET origin = 'drillbook/rehearsal/0000000000000000'",
        "INSERT OR REPLACE INTO log SELECT * FROM log",
        "UPDATE head SET size = size - 1",
        "DELETE FROM head",
        "UPDATE blob SET bytes = x'00', size = 1",
        "INSERT OR REPLACE INTO blob SELECT 1, digest, 1, x'00' FROM blob LIMIT 1",
        "DELETE FROM document",
        "INSERT OR REPLACE INTO document SELECT digest, since, x'00' FROM document",
        "UPDATE signature SET armored = 'x'",
        "INSERT OR REPLACE INTO signature SELECT document, 0, 1, 'x' FROM signature",
        "DELETE FROM checkpoint",
        "INSERT OR REPLACE INTO checkpoint SELECT size, 'x', 'y' FROM checkpoint",
    ] {
        let error = file.execute(mistake, []).unwrap_err().to_string();
        assert!(
            error.starts_with("journal: ") || error.contains("FOREIGN KEY"),
            "{mistake}: {error}"
        );
    }
    drop(file);
    assert!(found(folder.path()).is_none());
}

#[test]
fn every_edited_row_is_found() {
    for (tamper, wanted) in [
        (
            "UPDATE entry SET bytes = CAST(replace(bytes, 'restore', 'RESTORE') AS BLOB) WHERE seq = {}",
            "leaf hash",
        ),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE seq = {}", ""),
        (
            "UPDATE entry SET drill = 'D-9' WHERE seq = {}",
            "other words",
        ),
        (
            "UPDATE entry SET kind = 'step.passed' WHERE seq = {}",
            "other words",
        ),
        (
            "UPDATE entry SET actor = 'rita@example.com' WHERE seq = {}",
            "other words",
        ),
        (
            "UPDATE entry SET at = '2024-10-04T00:30:00.000Z' WHERE seq = {}",
            "other words",
        ),
        ("DELETE FROM entry WHERE seq = {}", "missing"),
        (
            "DELETE FROM disclosure WHERE seq = {} AND place = 0",
            "sealed values",
        ),
        ("DELETE FROM disclosure WHERE seq = {}", "sealed values"),
        (
            "UPDATE disclosure SET encoded = encoded || 'AA' WHERE seq = {} AND place = 1",
            "sealed values",
        ),
        (
            "INSERT INTO disclosure SELECT {}, 9, encoded FROM disclosure LIMIT 1",
            "sealed values",
        ),
        (
            "INSERT INTO disclosure SELECT 100 + {}, 0, encoded FROM disclosure LIMIT 1",
            "sealed values",
        ),
    ] {
        for seq in [0, 9, 17] {
            let folder = filled();
            edit(folder.path(), &tamper.replace("{}", &seq.to_string()));
            let error = found(folder.path()).unwrap_or_else(|| panic!("{tamper} of {seq}"));
            assert_eq!(error.code(), "journal.broken", "{tamper}");
            assert!(
                error.to_string().contains(wanted),
                "{tamper} of {seq}: {error}"
            );
        }
    }
}

#[test]
fn every_edit_beside_the_entries_is_found() {
    for (tamper, wanted) in [
        (
            "UPDATE entry SET seq = seq + 1 WHERE seq = 17",
            "entry 17 is missing",
        ),
        ("UPDATE head SET size = 17", "the tree at size"),
        (
            "UPDATE head SET state = replace(state, 'a', 'b')",
            "the tree at size 18",
        ),
        ("UPDATE head SET state = '{}'", "the tree at size 18"),
        (
            "INSERT INTO milestone SELECT 256, state FROM head",
            "the tree at size 18",
        ),
        (
            "UPDATE blob SET bytes = x'00', size = 1 WHERE id = 2",
            "does not have its digest",
        ),
        ("DELETE FROM blob WHERE id = 3", "which is missing"),
        (
            "UPDATE document SET bytes = x'7b7d'",
            "does not have its digest",
        ),
        ("DELETE FROM document", "the document"),
        (
            "UPDATE checkpoint SET text = replace(text, '/9', '/8')",
            "checkpoint at size",
        ),
        (
            "UPDATE checkpoint SET size = size + 1 WHERE size = 18",
            "checkpoint at size",
        ),
        ("DROP INDEX entry_leaf", "the definition of"),
        ("CREATE TABLE notes (x)", "the definition of"),
    ] {
        let folder = filled();
        edit(folder.path(), tamper);
        let error = found(folder.path()).unwrap_or_else(|| panic!("{tamper}"));
        let text = error.to_string();
        assert!(text.contains(wanted), "{tamper}: {text}");
    }
}

/// Changes an entry and makes leaf, head and search agree with it again.
fn rewrite_history(folder: &Path) -> CompactRange {
    let file = Connection::open(database(folder)).unwrap();
    let rows: Vec<Vec<u8>> = file
        .prepare("SELECT bytes FROM entry ORDER BY seq")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut sql = String::new();
    let mut range = CompactRange::new();
    for (seq, bytes) in rows.into_iter().enumerate() {
        let text = String::from_utf8(bytes)
            .unwrap()
            .replace("\"number\":3,", "\"number\":8,");
        let leaf = leaf_hash(text.as_bytes());
        range.append(leaf);
        let (bytes, leaf) = (hex(text.as_bytes()), leaf.hex());
        sql += &format!("UPDATE entry SET bytes = x'{bytes}', leaf = x'{leaf}' WHERE seq = {seq};");
    }
    let state = serde_json::to_string(&range.to_state()).unwrap();
    sql += &format!("UPDATE head SET state = '{state}';");
    drop(file);
    edit(folder, &sql);
    range
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_history_rewritten_consistently_falls_to_the_mark_and_to_checkpoints() {
    let folder = filled();
    let range = rewrite_history(folder.path());
    let error = found(folder.path()).unwrap();
    assert!(
        matches!(error, JournalError::Broken(Break::Mark(18))),
        "{error}"
    );
    let forged = Checkpoint {
        origin: "drillbook/rehearsal/9f3c2a7d51e0b846".into(),
        size: range.size(),
        root: range.root(),
    };
    fs::write(
        folder.path().join("rehearsal/journal.mark"),
        forged.to_text(),
    )
    .unwrap();
    let (_writer, reader) = open(folder.path());
    assert!(
        reader.drill(DRILL, 0).unwrap().all(|entry| entry.is_ok()),
        "it is consistent"
    );
    let error = verify(&reader).unwrap_err();
    assert!(
        matches!(error, JournalError::Broken(Break::Checkpoint(6))),
        "{error}"
    );
}

#[test]
fn an_ended_drill_is_checked_by_the_full_verification_only() {
    use crate::support::{at, entry};
    use drillbook_journal::{Batch, Expected};
    let folder = filled();
    let end = Batch::new(at(50), vec![entry(DRILL, "drill.ended", 0)]);
    open(folder.path()).0.append(&Expected::Any, end).unwrap();
    edit(folder.path(), "DELETE FROM disclosure WHERE seq = 2");
    let (_writer, reader) = open(folder.path());
    assert!(matches!(
        verify(&reader),
        Err(JournalError::Broken(Break::Sealed(2)))
    ));
    assert!(reader.entry(2).is_err(), "and by whoever reads it");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn any_flipped_byte_is_found(
        table in prop::sample::select(vec![
            ("entry", "bytes", "seq"), ("entry", "leaf", "seq"), ("blob", "bytes", "id"),
            ("blob", "digest", "id"), ("document", "bytes", "since"), ("document", "digest", "since"),
        ]),
        row: prop::sample::Index, at: prop::sample::Index, bit in 0u8..8,
    ) {
        let folder = filled();
        let (name, column, key) = table;
        let file = Connection::open(database(folder.path())).unwrap();
        let rows: Vec<(i64, Vec<u8>)> = file
            .prepare(&format!("SELECT {key}, {column} FROM {name}")).unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
            .collect::<Result<_, _>>().unwrap();
        drop(file);
        let (id, mut bytes) = row.get(&rows).clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        edit(folder.path(), &format!("UPDATE {name} SET {column} = x'{}' WHERE {key} = {id}", hex(&bytes)));
        prop_assert!(found(folder.path()).is_some(), "{name}.{column} of {id} at {at}");
    }
}
