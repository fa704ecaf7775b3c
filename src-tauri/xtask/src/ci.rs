//! The two long runs: `test`, and `ci`, which is what CI runs.

use anyhow::{Result, bail};

use crate::stages::Stages;
use crate::workspace::Workspace;
use crate::{codegen, setup, suite, tidy};

/// `cargo xtask test`: the whole suite on a machine that needs nothing more than Rust and Node.
pub fn test(workspace: &Workspace, _: &[String]) -> Result<()> {
    closing_with_a_table(|stages| {
        stages.stage("setup", || setup::ensure(workspace, setup::Need::Test))?;
        stages.stage("interface", || suite::interface(workspace))?;
        stages.stage("build", || suite::build(workspace))?;
        stages.stage("tests", || suite::tests(workspace))
    })
}

/// `cargo xtask ci`: the cheap checks first, then everything that `test` does.
pub fn ci(workspace: &Workspace, _: &[String]) -> Result<()> {
    closing_with_a_table(|stages| {
        stages.stage("fmt", || suite::formatting(workspace))?;
        stages.stage("tidy", || tidy::run(workspace, &[]))?;
        stages.stage("setup", || setup::ensure(workspace, setup::Need::Test))?;
        stages.stage("interface", || suite::interface(workspace))?;
        stages.stage("clippy", || suite::clippy(workspace))?;
        stages.stage("build", || suite::build(workspace))?;
        stages.stage("tests", || suite::tests(workspace))?;
        stages.stage("codegen", || codegen::check_all(workspace))
    })
}

fn closing_with_a_table(run: impl FnOnce(&mut Stages) -> Result<()>) -> Result<()> {
    let mut stages = Stages::default();
    let outcome = run(&mut stages);
    println!("\n{}", stages.table());
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => bail!("{error:#}"),
    }
}
