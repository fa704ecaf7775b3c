//! Journeys through the real window: WebDriver clicks what a person would click.
//!
//! They need a display, a window manager and tauri-driver; `cargo xtask test` brings all three.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod bell;
mod bundle;
mod capture;
mod debt;
mod detours;
mod driver;
mod elsewhere;
mod fence;
mod keyboard;
mod live;
mod markup;
mod opening;
mod page;
mod ports;
mod prepared;
mod reopening;
mod reviewer;
mod story;
mod whole_drill;
