//! The simulator from outside, over HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod access;
mod client;
mod faults;
mod machine;
mod own_region;
mod quirks;
mod reads;
mod resume;
mod shapes;
mod site_recovery;
mod story;
