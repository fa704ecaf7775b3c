//! The real Azure CLI's opinion of every `az` line the library plays. The CLI is installed into the target folder.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::command::Run;
use crate::suite;
use crate::workspace::Workspace;

/// The runbooks whose lines are judged.
const RUNBOOKS: &[&str] = &["vm-disks-cross-region"];

/// The Azure CLI whose parser is asked.
const AZURE_CLI: &str = "2.91.0";

/// `cargo xtask conformance`: fails on the first runbook with a line the CLI's parser rejects.
pub fn run(workspace: &Workspace, _: &[String]) -> Result<()> {
    let tools = workspace.root.join("../shared/tools");
    let (check, install) = (tools.join("az_parse_check.py"), tools.join("az-setup.sh"));
    if !check.is_file() || !install.is_file() {
        bail!(
            "the checking tools are not beside this checkout: {} does not exist",
            tools.display()
        );
    }
    let az = workspace.target.join(format!("az-{AZURE_CLI}"));
    Run::new(&workspace.root, &install)
        .args(["install".as_ref(), az.as_os_str(), AZURE_CLI.as_ref()])
        .go()?;
    let drillbook = suite::program(workspace, "drillbook")?;
    for id in RUNBOOKS {
        let lines = Run::new(&workspace.root, &drillbook)
            .args(["runbook", "commands", id])
            .read()?;
        let count = lines.lines().filter(|line| line.starts_with("az ")).count();
        if count == 0 {
            bail!("{id} gave no `az` line to judge");
        }
        let file = workspace.target.join(format!("{id}.az"));
        fs::write(&file, lines).with_context(|| format!("cannot write {}", file.display()))?;
        Run::new(&workspace.root, az.join("bin/python"))
            .args([&check, &file])
            .go()?;
        println!("conformance: {id}: the parser of az {AZURE_CLI} accepts all {count} lines");
    }
    Ok(())
}
