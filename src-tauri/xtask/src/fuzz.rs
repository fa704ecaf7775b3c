//! `cargo xtask fuzz [SECONDS]`: hostile files for everything that is read from strangers, for longer than the suite does.

use anyhow::{Context, Result};

use crate::suite;
use crate::workspace::Workspace;

/// How long each target is fed when nothing is said.
const SECONDS: u64 = 60;

/// Feeds each target for so many seconds, from a new seed.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let seconds = match arguments.first() {
        Some(text) => text
            .parse()
            .with_context(|| format!("{text} is no number of seconds"))?,
        None => SECONDS,
    };
    suite::fuzz(workspace, seconds)
}
