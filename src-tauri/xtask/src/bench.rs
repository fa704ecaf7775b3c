//! `cargo xtask bench …`: measurements on the optimised build, as ratios in one run. Never part of the suite.

mod journal;
mod preflight;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// One measurement, by name.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((name, rest)) if name == "journal" => journal::run(workspace, rest),
        Some((name, rest)) if name == "preflight" => preflight::run(workspace, rest),
        _ => bail!("name a measurement: journal, preflight"),
    }
}
