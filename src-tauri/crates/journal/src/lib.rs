//! SQLite, append-only Merkle log, evidence store, migrations.
