//! The boundary: what the window may call, on Tauri's mock runtime with the application's real access list.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access;
mod aftermath;
mod audience;
mod bindings;
mod connections;
mod exchange;
mod foreign;
mod hardening;
#[cfg(feature = "e2e")]
mod live;
mod permissions;
mod plain;
#[path = "../e2e/prepared.rs"]
mod prepared;
mod refusals;
#[path = "../e2e/reviewer.rs"]
mod reviewer;
mod seat;
mod story;
mod symbols;
