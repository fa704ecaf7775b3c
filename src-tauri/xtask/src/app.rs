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
        without_foreign_symbols(workspace, &release.join(name))?;
        println!("dist: {name} knows no {DEBUG_ONLY} and exports no SQLite and no OpenSSL");
    }
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

/// An exported SQLite would be taken by WebKit for its own, an exported OpenSSL by whatever else it loads (trust.md §7).
fn without_foreign_symbols(workspace: &Workspace, program: &Path) -> Result<()> {
    let symbols = Run::new(&workspace.root, "nm")
        .args(["-D", "--defined-only"])
        .arg(program)
        .read()?;
    let exported: Vec<&str> = symbols.lines().filter(|line| is_foreign(line)).collect();
    if let Some(first) = exported.first() {
        bail!(
            "{} exports {} symbols of SQLite or OpenSSL, such as {first}",
            program.display(),
            exported.len()
        );
    }
    Ok(())
}

/// Tells whether a line of `nm` names a symbol of a library that the programs bring along.
fn is_foreign(line: &str) -> bool {
    let name = line.split_whitespace().last().unwrap_or_default();
    ["sqlite3", "SSL_", "EVP_", "CRYPTO_", "OPENSSL_", "ossl_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
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
    use super::{contains, is_foreign};

    #[test]
    fn knows_the_symbols_of_the_libraries_inside() {
        assert!(is_foreign("0000000000a1b2c3 T sqlite3_open_v2"));
        assert!(is_foreign("0000000000a1b2c3 T EVP_CIPHER_CTX_new"));
        assert!(!is_foreign("0000000000a1b2c3 T main"));
        assert!(!is_foreign(""));
    }

    #[test]
    fn finds_a_word_anywhere_in_a_program() {
        assert!(contains(b"\0\0KILL", b"KILL"));
        assert!(!contains(b"\0KIL\0L", b"KILL"));
    }
}
