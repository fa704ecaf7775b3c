//! The simulator from outside, over HTTP on loopback.
#![allow(clippy::unwrap_used, missing_docs)] // a failed unwrap is a failed test

mod access;
mod client;
mod faults;
mod machine;
mod reads;
mod resume;
mod shapes;
mod story;
