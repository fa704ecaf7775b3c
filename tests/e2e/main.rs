//! Journeys through the real window: WebDriver clicks what a person would click.
//!
//! They need a display, a window manager and tauri-driver; `cargo xtask test` brings all three.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod capture;
mod driver;
mod opening;
mod page;
mod reopening;
mod story;
mod whole_drill;
