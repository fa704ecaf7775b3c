//! Bundles that hold, and every way of tampering with them, before both verifiers.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where its setup fails, and one prints its table"
)]

mod aftermath;
mod agreement;
mod attacks;
mod golden;
mod happy;
mod hostile;
mod redaction;
mod signing;
mod story;
mod table;
mod tools;
mod world;
