//! SQLite, append-only Merkle log, evidence store, migrations.
//!
//! One [`Store`] per data folder and environment: a [`Writer`] that appends and a [`Reader`] that
//! pages, searches and streams. Its specification is trust.md §1, §2 and §7.
//! Deliberately absent: what a kind of entry means, keys, signatures and their judgement, clocks
//! (times are arguments), and the sealed live journal.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test stops where its setup fails")
)]

mod batch;
mod beside;
mod error;
mod folder;
mod kill;
mod mark;
mod reader;
mod schema;
mod search;
mod store;
mod stream;
mod verify;
mod writer;

pub use batch::{Appended, Batch, Expected, NewDocument, NewEntry, StoredEntry};
pub use beside::{StoredCheckpoint, StoredDocument};
pub use error::{Break, JournalError};
pub use folder::{DataFolder, Env};
pub use kill::KILL_HOOK_PRESENT;
pub use reader::{DrillSummary, Reader};
pub use search::{Filter, Found, Order, Page};
pub use store::{Options, Store};
pub use stream::{Entries, Leaves};
pub use verify::{Verification, Verified};
pub use writer::Writer;

pub use drillbook_trust::merkle::Head;
