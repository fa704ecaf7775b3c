//! Starts the desktop application.

fn main() {}
