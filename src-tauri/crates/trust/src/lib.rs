//! Canonical bytes, Merkle tree, SSHSIG, documents, `authorize()` and `Permit`; pure.
//!
//! Deliberately absent: IO, clocks, randomness and Azure. Times, nonces and salts are arguments,
//! so every function here gives the same answer to a court as it gave to the engine.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test stops where its setup fails")
)]

pub mod action;
pub mod canonical;
pub mod checkpoint;
pub mod digest;
pub mod disclosure;
pub mod document;
pub mod entry;
pub mod exchange;
pub mod gate;
pub mod merkle;
pub mod picture;
pub mod sshsig;
pub mod time;
pub mod timestamp;

#[cfg(test)]
mod cast;
