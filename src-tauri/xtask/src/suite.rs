//! The single checks and builds that `run`, `test` and `ci` are put together from.
//!
//! Every cargo call on the workspace passes the same flags: another set of features or another profile would compile
//! Tauri a second time, which CI's two cores cannot afford (ADR 0005).

use anyhow::Result;

use crate::command::Run;
use crate::desktop;
use crate::workspace::Workspace;

/// The one selection of packages, features and targets.
pub const WHOLE: &[&str] = &["--workspace", "--all-targets"];

/// Formatting, as rustfmt sees it.
pub fn formatting(workspace: &Workspace) -> Result<()> {
    Run::cargo(&workspace.root)
        .args(["fmt", "--all", "--check"])
        .go()
}

/// The linter; a warning is an error.
pub fn clippy(workspace: &Workspace) -> Result<()> {
    Run::cargo(&workspace.root)
        .arg("clippy")
        .args(WHOLE)
        .args(["--", "-D", "warnings"])
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

/// Every library, program and test. `tests` finds all of it made.
pub fn build(workspace: &Workspace) -> Result<()> {
    Run::cargo(&workspace.root).arg("build").args(WHOLE).go()
}

/// Every test of the workspace, the journeys in a real window included, on a desktop of its own.
/// Examples in documentation come in a call of their own, because cargo runs them only without `--all-targets`.
pub fn tests(workspace: &Workspace) -> Result<()> {
    let all = Run::cargo(&workspace.root)
        .arg("test")
        .args(WHOLE)
        .env("DRILLBOOK_TAURI_DRIVER", workspace.tauri_driver());
    desktop::of_its_own(workspace, all)?.go()
}
