//! Given/when/then on `decide`: every rule of a drill, with real signed documents and a small runbook.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

mod actions;
mod after_abort;
mod aftermath;
mod bench;
mod checks;
mod choices;
mod cleanup;
mod clocks;
mod exactly_once;
mod fields;
mod gates;
mod names;
mod oracle;
mod order;
mod outside;
mod play;
mod properties;
mod sign_offs;
mod unknown;
mod witnesses;
