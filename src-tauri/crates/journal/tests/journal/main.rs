//! The journal as its users see it: files in a temporary folder, and processes that are killed.
#![allow(clippy::unwrap_used, reason = "a test stops where its setup fails")]

mod append;
mod backing_up;
mod children;
mod opening;
mod sealing;
mod searching;
mod support;
mod tampering;
