//! The file's format: connections, migrations and the check that nobody changed the definitions.
//!
//! Migrations go forward only, one transaction each that also sets `user_version`.

use crate::error::{Break, JournalError};
use crate::seal::{self, Place};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// Marks the file as ours: `DRLB`.
const APPLICATION_ID: i64 = 0x4452_4C42;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_journal.sql"),
    include_str!("../migrations/0002_predecessor.sql"),
];

/// The newest format this build knows.
pub(crate) const VERSION: u32 = MIGRATIONS.len() as u32;

/// Opens the file for writing, makes it if need be and brings it to this build's format.
pub(crate) fn open_writer(place: &Place) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&place.path, flags)?;
    connection.busy_timeout(place.busy)?;
    seal::unlock(&connection, place)?;
    // A newer or foreign file is refused before anything is written to it.
    let found = version(&connection)?;
    if found > 0 || !is_blank(&connection)? {
        check_kind(&connection)?;
    }
    configure(&connection)?;
    migrate(&mut connection, found, VERSION)?;
    Ok(connection)
}

/// Opens the file for reading only.
pub(crate) fn open_reader(place: &Place) -> Result<Connection, JournalError> {
    let missing = || JournalError::Missing {
        path: place.path.clone(),
    };
    if !place.path.exists() {
        return Err(missing());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&place.path, flags)?;
    connection.busy_timeout(place.busy)?;
    seal::unlock(&connection, place)?;
    if version(&connection)? == 0 && is_blank(&connection)? {
        return Err(missing());
    }
    check_kind(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Refuses a file whose tables, indexes or triggers are not exactly those of the migrations up to the
/// format that it says it has.
pub(crate) fn check_definitions(connection: &Connection) -> Result<(), JournalError> {
    let mut fresh = Connection::open_in_memory()?;
    migrate(&mut fresh, 0, version(connection)?)?;
    let (expected, found) = (definitions(&fresh)?, definitions(connection)?);
    let changed = expected
        .iter()
        .find(|row| !found.contains(row))
        .or_else(|| found.iter().find(|row| !expected.contains(row)));
    match changed {
        Some((name, _)) => Err(Break::Schema(name.clone()).into()),
        None => Ok(()),
    }
}

fn version(connection: &Connection) -> Result<u32, JournalError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Err(JournalError::Newer {
            found,
            supported: VERSION,
        });
    }
    Ok(found)
}

fn is_blank(connection: &Connection) -> Result<bool, JournalError> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn check_kind(connection: &Connection) -> Result<(), JournalError> {
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
    let text = Some("a database of another program".into());
    Err(JournalError::Corrupt(rusqlite::Error::SqliteFailure(
        code, text,
    )))
}

fn configure(connection: &Connection) -> Result<(), JournalError> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "recursive_triggers", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn migrate(connection: &mut Connection, from: u32, to: u32) -> Result<(), JournalError> {
    let steps = (1u32..).zip(MIGRATIONS).take(to as usize);
    for (number, sql) in steps.skip(from as usize) {
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change.execute_batch(sql)?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", number)?;
        change.commit()?;
    }
    Ok(())
}

fn definitions(connection: &Connection) -> Result<Vec<(String, Option<String>)>, JournalError> {
    let sql = "SELECT type || ' ' || name, sql FROM sqlite_schema ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::{VERSION, check_definitions, migrate, open_reader, open_writer, version};
    use crate::folder::Env;
    use crate::seal::Place;
    use drillbook_diagnostic::Diagnostic;
    use rusqlite::Connection;
    use std::path::Path;
    use std::time::Duration;

    fn place(path: &Path) -> Place {
        Place {
            path: path.to_owned(),
            env: Env::Rehearsal,
            busy: Duration::ZERO,
            key: None,
        }
    }

    fn refusal(prepare: &str) -> (&'static str, Vec<u8>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch(prepare)
            .unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = open_writer(&place(&path)).unwrap_err();
        (error.code(), before, std::fs::read(&path).unwrap())
    }

    #[test]
    fn refuses_a_newer_file_without_touching_it() {
        let (code, before, after) = refusal(&format!(
            "PRAGMA user_version = {}; CREATE TABLE future (x);",
            VERSION + 1
        ));
        assert_eq!((code, before == after), ("journal.newer_version", true));
    }

    #[test]
    fn refuses_another_programs_database_without_touching_it() {
        let (code, before, after) = refusal("CREATE TABLE music (song TEXT);");
        assert_eq!((code, before == after), ("journal.corrupt", true));
    }

    #[test]
    fn an_older_file_is_read_as_it_is_and_brought_up_to_date_by_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder.path().join("journal.db"));
        let mut old = Connection::open(&place.path).unwrap();
        migrate(&mut old, 0, 1).unwrap();
        drop(old);
        check_definitions(&open_reader(&place).unwrap()).unwrap();
        let connection = open_writer(&place).unwrap();
        check_definitions(&connection).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
    }

    #[test]
    fn notices_a_dropped_trigger_and_an_added_one() {
        let folder = tempfile::tempdir().unwrap();
        let open = || open_writer(&place(&folder.path().join("journal.db"))).unwrap();
        check_definitions(&open()).unwrap();
        for change in [
            "CREATE TRIGGER added AFTER INSERT ON entry BEGIN DELETE FROM entry_text; END",
            "DROP TRIGGER added; DROP TRIGGER entry_no_update",
        ] {
            let connection = open();
            connection.execute_batch(change).unwrap();
            assert_eq!(
                check_definitions(&connection).unwrap_err().code(),
                "journal.broken"
            );
        }
    }
}
