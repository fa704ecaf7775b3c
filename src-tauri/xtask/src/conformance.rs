//! `cargo xtask conformance`: the real Azure CLI, unmodified, against our simulator; the simulator's answers beside
//! recorded ones; what it leaves behind beside what Drillbook leaves; the CLI as the source of Drillbook's tokens;
//! what the CLI's parser says of the `az` lines of the library; and every example of Azure through our own client.
//!
//! The only command that needs `../shared`: it holds the installer and the recorded examples of Azure's answers.

mod az;
mod claim;
mod identity;
mod script;
mod shapes;
mod simulator;
mod state;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::Run;
use crate::suite;
use crate::workspace::Workspace;
use script::Script;

/// The runbooks whose lines are judged.
const RUNBOOKS: &[&str] = &["vm-disks-cross-region"];

/// The releases of the Azure CLI that must work; the parser of the first judges the library's lines.
const AZURE_CLI: &[&str] = &["2.91.0", "2.90.0"];

/// `cargo xtask conformance [RELEASE…]`: fails when a command of any release ends otherwise than written down.
/// `DRILLBOOK_BIN` names a program that is built already.
pub fn run(workspace: &Workspace, releases: &[String]) -> Result<()> {
    let shared = Shared::beside(workspace)?;
    let folder = workspace.root.join("src-tauri/xtask/conformance");
    let script = Script::read(&folder)?.with_shapes(&folder, &shared.examples)?;
    let releases: Vec<&str> = if releases.is_empty() {
        AZURE_CLI.to_vec()
    } else {
        releases.iter().map(String::as_str).collect()
    };
    let drillbook = match std::env::var_os("DRILLBOOK_BIN") {
        Some(built) => PathBuf::from(built),
        None => suite::program(workspace, "drillbook")?,
    };
    suite::examples(workspace, &shared.examples)?;
    let ours = state::of_drillbook(&drillbook, &workspace.target.join("conformance/drillbook"))?;
    let mut wrong = Vec::new();
    for release in &releases {
        let az = install(workspace, &shared, release)?;
        if *release == AZURE_CLI[0] && releases.len() > 1 {
            judge_the_library(workspace, &shared, &drillbook, &az)?;
        }
        let began = Instant::now();
        let rows = play(workspace, &shared, &script, (&drillbook, &ours), release)?;
        wrong.extend(table::sum(release, &rows, began.elapsed()));
    }
    if !wrong.is_empty() {
        bail!(
            "{} commands ended otherwise than written down:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
    Ok(())
}

/// The folder beside the checkout that holds what this command needs and the repository does not.
struct Shared {
    setup: PathBuf,
    parse_check: PathBuf,
    examples: PathBuf,
}

impl Shared {
    fn beside(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.root.join("../shared");
        let shared = Self {
            setup: folder.join("tools/az-setup.sh"),
            parse_check: folder.join("tools/az_parse_check.py"),
            examples: folder.join("azure/examples"),
        };
        for file in [&shared.setup, &shared.parse_check, &shared.examples] {
            if !file.exists() {
                bail!(
                    "the tools of this check are not beside this checkout: {} does not exist",
                    file.display()
                );
            }
        }
        Ok(shared)
    }
}

/// Installs one release into the target folder; does nothing when it is there.
fn install(workspace: &Workspace, shared: &Shared, release: &str) -> Result<PathBuf> {
    let az = workspace.target.join(format!("az-{release}"));
    Run::new(&workspace.root, &shared.setup)
        .args(["install".as_ref(), az.as_os_str(), release.as_ref()])
        .go()?;
    Ok(az)
}

/// Starts a fresh simulator, logs the release in to it and plays every command; compares what it leaves with what
/// Drillbook left, and lets Drillbook take its tokens from it.
fn play(
    workspace: &Workspace,
    shared: &Shared,
    script: &Script,
    (drillbook, ours): (&Path, &[serde_json::Value]),
    release: &str,
) -> Result<Vec<claim::Row>> {
    let folder = workspace.target.join("conformance").join(release);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let simulator = simulator::Serving::start(drillbook, &folder, script.speed)?;
    let program = workspace.target.join(format!("az-{release}"));
    let az = az::LoggedIn::new(&shared.setup, &program, &folder, &simulator)?;
    println!("\naz {release}\nexit      s          what");
    let mut rows = script.play(release, &az, &folder)?;
    let left = simulator.stop()?;
    let mut last = vec![claim::restores(script, release, &left)];
    last.extend(state::compare(&left, ours));
    last.iter().for_each(table::say);
    rows.extend(last);
    rows.extend(identity::play(&shared.setup, &program, drillbook, &folder)?);
    Ok(rows)
}

/// Fails on the first runbook with a line the CLI's parser rejects.
fn judge_the_library(
    workspace: &Workspace,
    shared: &Shared,
    drillbook: &Path,
    az: &Path,
) -> Result<()> {
    for id in RUNBOOKS {
        let lines = Run::new(&workspace.root, drillbook)
            .args(["runbook", "commands", id])
            .read()?;
        let count = lines.lines().filter(|line| line.starts_with("az ")).count();
        if count == 0 {
            bail!("{id} gave no `az` line to judge");
        }
        let file = workspace.target.join(format!("{id}.az"));
        fs::write(&file, lines).with_context(|| format!("cannot write {}", file.display()))?;
        Run::new(&workspace.root, az.join("bin/python"))
            .args([&shared.parse_check, &file])
            .go()?;
        println!("conformance: {id}: the parser of az accepts all {count} lines");
    }
    Ok(())
}
