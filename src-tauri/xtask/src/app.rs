//! The app as Tauri's own tool builds it: `dev` with a live interface, `dist` as packages for other machines.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Run;
use crate::setup;
use crate::workspace::Workspace;

/// What only a debug build may contain: the kill test's trigger.
const DEBUG_ONLY: &str = "DRILLBOOK_KILL_AT";

/// `cargo xtask dev`: the window on vite's server; both sides reload when a file changes.
pub fn dev(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    setup::ensure(workspace, setup::Need::Build)?;
    let tauri = setup::tauri_cli(workspace)?;
    Run::new(&workspace.root, tauri)
        .arg("dev")
        .args(arguments)
        .go()
}

/// `cargo xtask dist`: the .deb and the command, optimised, and checked for what must not be in them.
pub fn dist(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    setup::ensure(workspace, setup::Need::Build)?;
    let tauri = setup::tauri_cli(workspace)?;
    Run::new(&workspace.root, tauri)
        .args(["build", "--ci"])
        .args(arguments)
        .go()?;
    Run::cargo(&workspace.root)
        .args(["build", "--release", "-p", "drillbook-cli"])
        .go()?;

    let release = workspace.target.join("release");
    for name in ["drillbook-desktop", "drillbook"] {
        without_debug_code(&release.join(name))?;
    }
    without_sqlite_symbols(workspace, &release.join("drillbook-desktop"))?;
    println!("dist: {}", release.join("drillbook").display());
    for package in packages(&release.join("bundle/deb"))? {
        println!("dist: {}", package.display());
    }
    Ok(())
}

fn without_debug_code(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    if contains(&bytes, DEBUG_ONLY.as_bytes()) {
        bail!("{} still knows {DEBUG_ONLY}", program.display());
    }
    Ok(())
}

/// An exported SQLite would be taken by WebKit for its own (trust.md §7).
fn without_sqlite_symbols(workspace: &Workspace, program: &Path) -> Result<()> {
    let symbols = Run::new(&workspace.root, "nm")
        .args(["-D", "--defined-only"])
        .arg(program)
        .read()?;
    let exported = symbols
        .lines()
        .filter(|line| line.contains(" sqlite3_"))
        .count();
    if exported > 0 {
        bail!("{} exports {exported} symbols of SQLite", program.display());
    }
    Ok(())
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn packages(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|name| name == "deb") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn finds_a_word_anywhere_in_a_program() {
        assert!(contains(b"\0\0KILL", b"KILL"));
        assert!(!contains(b"\0KIL\0L", b"KILL"));
    }
}
