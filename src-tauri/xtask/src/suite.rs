//! The single checks and builds that `run`, `test` and `ci` are put together from.
//!
//! Every cargo call on the workspace passes the same flags: another set of features or another profile would compile
//! Tauri a second time, which CI's two cores cannot afford (ADR 0005).

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::Run;
use crate::desktop;
use crate::setup;
use crate::workspace::Workspace;

/// The one selection of packages and features.
const WHOLE: &[&str] = &[
    "--workspace",
    "--features",
    "drillbook-desktop/e2e,xtask/codegen",
];

/// How long all tests together may take; measured on two cores with room to spare.
const TEST_MINUTES: &str = "40m";

/// Formatting, as rustfmt sees it.
pub fn formatting(workspace: &Workspace) -> Result<()> {
    Run::cargo(&workspace.root)
        .args(["fmt", "--all", "--check"])
        .go()
}

/// The linter; a warning is an error.
pub fn clippy(workspace: &Workspace) -> Result<()> {
    cargo(workspace, "clippy")
        .args(["--all-targets", "--", "-D", "warnings"])
        .go()
}

/// The interface: types, lint, tests, and the files that the app embeds.
pub fn interface(workspace: &Workspace) -> Result<()> {
    for script in ["check", "lint", "test"] {
        Run::new(&workspace.ui(), "npm")
            .args(["run", "--silent", script])
            .go()?;
    }
    interface_build(workspace)
}

/// The files that the app embeds. Tauri's macros refuse to compile while they do not exist.
pub fn interface_build(workspace: &Workspace) -> Result<()> {
    Run::new(&workspace.ui(), "npm")
        .args(["run", "--silent", "build"])
        .go()
}

/// Makes the interface where it was never made; in a fresh clone the app does not compile without it.
fn interface_there(workspace: &Workspace) -> Result<()> {
    if workspace.ui().join("dist/index.html").is_file() {
        return Ok(());
    }
    setup::ensure(workspace, setup::Need::Build)?;
    interface_build(workspace)
}

/// Every library, program and test. `tests` finds all of it made.
pub fn build(workspace: &Workspace) -> Result<()> {
    interface_there(workspace)?;
    cargo(workspace, "build").arg("--all-targets").go()
}

/// Every test of the workspace, the journeys in a real window included, on a desktop of its own.
pub fn tests(workspace: &Workspace) -> Result<()> {
    desktop::of_its_own(workspace, testing(workspace))?.go()
}

/// The same, accepting every snapshot as it now is.
pub fn blessing_tests(workspace: &Workspace) -> Result<()> {
    let accepting = testing(workspace).env("DRILLBOOK_BLESS", "1");
    desktop::of_its_own(workspace, accepting)?.go()
}

/// One program of the workspace, and where it now is.
pub fn program(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    cargo(workspace, "build").args(["--bin", name]).go()?;
    Ok(workspace.target.join("debug").join(name))
}

/// One example of the workspace, compiled.
pub fn example(workspace: &Workspace, name: &str) -> Result<()> {
    interface_there(workspace)?;
    cargo(workspace, "build").args(["--example", name]).go()
}

/// One journey in a real window, with what it keeps in `kept`.
pub fn journey(workspace: &Workspace, story: &str, kept: &Path) -> Result<()> {
    let only = ["--test", "e2e", "--", story, "--nocapture"];
    let journey = testing(workspace)
        .args(only)
        .env("DRILLBOOK_E2E_KEEP", kept);
    desktop::of_its_own(workspace, journey)?.go()
}

/// The fuzz targets alone, each for so many seconds from a seed of its own.
pub fn fuzz(workspace: &Workspace, seconds: u64) -> Result<()> {
    interface_there(workspace)?;
    cargo(workspace, "test")
        .args(["--test", "fuzz", "--", "--nocapture"])
        .env("DRILLBOOK_FUZZ_SECONDS", seconds.to_string())
        .go()
}

/// Every example of a folder through the client; the table is printed.
pub fn examples(workspace: &Workspace, folder: &Path) -> Result<()> {
    interface_there(workspace)?;
    cargo(workspace, "test")
        .args(["--lib", "examples::", "--", "--nocapture"])
        .env("DRILLBOOK_EXAMPLES", folder)
        .go()
}

/// `cargo test`, ended when it hangs: CI's own limit would end it without a word.
fn testing(workspace: &Workspace) -> Run {
    let bound = Run::new(&workspace.root, "timeout").args([
        "--foreground",
        "--kill-after=30",
        TEST_MINUTES,
    ]);
    cargo(workspace, "test")
        .arg("--no-fail-fast") // one run names everything that fails
        .env("DRILLBOOK_TAURI_DRIVER", workspace.tauri_driver())
        .under(bound)
}

fn cargo(workspace: &Workspace, command: &str) -> Run {
    Run::cargo(&workspace.root).arg(command).args(WHOLE)
}
