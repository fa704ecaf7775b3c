//! Journal entries to a verifiable bundle and report, and back.
//!
//! [`write_bundle`] makes the zip of trust.md §5; [`verify`] checks one, independently of the
//! script `verify.py` that lies inside it. Deliberately absent: the journal's database, Azure, and
//! a way to mend a bundle that does not hold.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test stops where its setup fails")
)]

mod audience;
mod bundle;
mod compare;
mod error;
mod export;
mod fact;
mod material;
mod picture;
mod report;
mod reveal;
mod source;
mod verdict;
mod verify;

pub use audience::{Audience, Redaction};
pub use compare::{Comparison, Row, Side, compare};
pub use error::{AuditError, SourceError};
pub use export::{Written, write_bundle, write_bundle_file};
pub use material::{Material, Recording, material};
pub use picture::{Decoded, decode_picture};
pub use reveal::{Revealed, open_reveal, reveal};
pub use source::{Blobs, Documents, LoggedEntry, SignedCheckpoint, SignedDocument, Signer, Source};
pub use verdict::{Finding, Outcome, Signature, Verdict};
pub use verify::{Input, Options, verify};
