//! Secrets at rest: the operating system's keyring, a file under a passphrase, recovery files, an application's certificate.
//!
//! A [`Keeper`] says where the key of one folder is kept and fetches it from there (trust.md §7).
//! Deliberately absent: what a key opens, and any way to put one beside the data in the clear.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test stops where its setup fails")
)]

mod certificate;
mod error;
mod keeper;
mod key;
mod recovery;
mod ring;
mod seeds;
mod text;

pub use certificate::{CertificateFile, certificate};
pub use error::KeyError;
pub use keeper::{Keep, Keeper};
pub use key::Key;
pub use recovery::{Opener, recover, to_passphrase, to_recipient};
pub use ring::{forget, load, load_text, store, store_text};
pub use seeds::Seeds;
pub use text::{open_text, seal_text};
