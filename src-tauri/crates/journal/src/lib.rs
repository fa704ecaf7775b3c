//! SQLite, append-only Merkle log, evidence store, migrations.
//!
//! One [`Store`] per data folder and environment: a [`Writer`] that appends and a [`Reader`] that
//! pages, searches and streams. Its specification is trust.md §1, §2 and §7.
//! Deliberately absent: what a kind of entry means, where keys are kept, signatures and their
//! judgement, and clocks (times are arguments).
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test stops where its setup fails")
)]

mod backup;
mod batch;
mod beside;
mod error;
mod folder;
mod kill;
mod mark;
mod origins;
mod reader;
mod schema;
mod seal;
mod search;
mod store;
mod stream;
mod verify;
mod writer;

pub use backup::{Predecessor, Restore};
pub use batch::{Appended, Batch, Expected, NewDocument, NewEntry, StoredEntry};
pub use beside::{StoredCheckpoint, StoredDocument};
pub use error::{Break, JournalError};
pub use folder::{DataFolder, Env, create_file, replace_file};
pub use kill::KILL_HOOK_PRESENT;
pub use reader::{DrillSummary, Reader};
pub use seal::SealKey;
pub use search::{Filter, Found, Order, Page};
pub use store::{FILE, Options, Store};
pub use stream::{Entries, Leaves};
pub use verify::{Verification, Verified};
pub use writer::Writer;

pub use drillbook_trust::merkle::Head;
