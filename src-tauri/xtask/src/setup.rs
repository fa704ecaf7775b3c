//! What a fresh Debian or Ubuntu machine lacks, said before it is installed. Quick when nothing is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{Run, exists};
use crate::workspace::Workspace;

/// Debian packages that the app needs to compile.
const TO_BUILD: &[&str] = &[
    "build-essential",
    "file",
    "libayatana-appindicator3-dev",
    "libclang-dev",
    "libdbus-1-dev",
    "libegl-dev",
    "libgbm-dev",
    "libpipewire-0.3-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwayland-dev",
    "libwebkit2gtk-4.1-dev",
    "libxcb-randr0-dev",
    "libxcb1-dev",
    "libxdo-dev",
    "libxrandr-dev",
    "patchelf",
    "perl",
    "pkg-config",
];

/// Debian packages that the tests need beside those: a display, a bus, a keyring, the other verifiers.
const TO_TEST: &[&str] = &[
    "dbus-x11",
    "fonts-dejavu-core",
    "gnome-keyring",
    "imagemagick",
    "libsecret-tools",
    "openbox",
    "openssh-client",
    "python3",
    "webkit2gtk-driver",
    "xauth",
    "xdotool",
    "xvfb",
];

/// The oldest major version of Node.js that vite runs on.
const NODE: u32 = 20;

/// The WebDriver front end of Tauri; an exact version, so that every machine tests with the same one.
const TAURI_DRIVER: &str = "2.1.0";

/// Tauri's own tool, in the version of the crate `tauri`.
const TAURI_CLI: &str = "2.12.5";

/// How much is needed: opening the window needs no test tools.
#[derive(Clone, Copy, PartialEq)]
pub enum Need {
    Build,
    Test,
}

/// `cargo xtask setup`: everything, tests included.
pub fn run(workspace: &Workspace, _: &[String]) -> Result<()> {
    ensure(workspace, Need::Test)?;
    println!("setup: nothing is missing");
    Ok(())
}

/// Installs what is missing for `need`; safe to repeat.
pub fn ensure(workspace: &Workspace, need: Need) -> Result<()> {
    system_packages(need)?;
    npm_packages(workspace)?;
    if need == Need::Test {
        tauri_driver(workspace)?;
    }
    Ok(())
}

fn system_packages(need: Need) -> Result<()> {
    let wanted: Vec<&str> = match need {
        Need::Build => TO_BUILD.to_vec(),
        Need::Test => TO_BUILD.iter().chain(TO_TEST).copied().collect(),
    };
    if !exists("dpkg-query") {
        println!(
            "setup: not a Debian or Ubuntu machine; this must be there: {}",
            wanted.join(" ")
        );
        return Ok(());
    }
    let missing = not_installed(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    println!(
        "setup: {} system packages are missing: {}",
        missing.len(),
        missing.join(" ")
    );
    let root = Path::new("/");
    let apt = |words: &[&str]| -> Result<()> {
        let run = if is_root()? {
            Run::new(root, "apt-get")
        } else {
            Run::new(root, "sudo").args(["apt-get"])
        };
        run.args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .go()
    };
    if !is_root()? && !exists("sudo") {
        bail!(
            "install them as root, then start again:\n  apt-get install {}",
            missing.join(" ")
        );
    }
    apt(&["update", "-q"])?;
    let install = ["install", "-y", "-q", "--no-install-recommends"];
    apt(&[&install[..], &missing[..]].concat())
}

/// Asks dpkg which of `wanted` are not installed.
fn not_installed<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    let format = "-f=${Package} ${db:Status-Status}\n";
    // dpkg-query fails when it has never heard of a package, and still prints the others.
    let output = std::process::Command::new("dpkg-query")
        .args(["-W", format])
        .args(wanted)
        .output()
        .context("cannot start dpkg-query")?;
    Ok(missing_from(
        &String::from_utf8_lossy(&output.stdout),
        wanted,
    ))
}

fn missing_from<'a>(answer: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let installed: BTreeSet<&str> = answer
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|name| !installed.contains(name))
        .collect()
}

fn is_root() -> Result<bool> {
    Ok(Run::new(Path::new("/"), "id").args(["-u"]).read()?.trim() == "0")
}

fn npm_packages(workspace: &Workspace) -> Result<()> {
    let ui = workspace.ui();
    node()?;
    if !is_newer(
        &ui.join("package-lock.json"),
        &ui.join("node_modules/.package-lock.json"),
    )? {
        return Ok(());
    }
    println!("setup: the interface's npm packages are missing or out of date");
    Run::new(&ui, "npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .go()
}

/// Node.js is the reader's to install: distributions carry versions that are too old.
fn node() -> Result<()> {
    if !exists("node") || !exists("npm") {
        bail!("Node.js is missing: install version {NODE} or newer with npm, then start again");
    }
    let version = Run::new(Path::new("/"), "node").arg("--version").read()?;
    match major(&version) {
        Some(major) if major >= NODE => Ok(()),
        _ => bail!(
            "Node.js {} is too old: version {NODE} or newer is needed",
            version.trim()
        ),
    }
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// Tells whether `source` was written after `made`, or `made` does not exist.
fn is_newer(source: &Path, made: &Path) -> Result<bool> {
    let Ok(made) = fs::metadata(made) else {
        return Ok(true);
    };
    let source =
        fs::metadata(source).with_context(|| format!("cannot read {}", source.display()))?;
    Ok(source.modified()? > made.modified()?)
}

fn tauri_driver(workspace: &Workspace) -> Result<()> {
    let tools = workspace.tools();
    let installed = tools.join("tauri-driver.version");
    let version = fs::read_to_string(&installed).unwrap_or_default();
    if version == TAURI_DRIVER && workspace.tauri_driver().is_file() {
        return Ok(());
    }
    println!("setup: tauri-driver {TAURI_DRIVER} is missing");
    let build = tools.join("build");
    Run::cargo(&workspace.root)
        .args(["install", "tauri-driver", "--version", TAURI_DRIVER])
        .args(["--locked", "--force", "--debug", "--no-track", "--root"])
        .arg(&tools)
        .env("CARGO_TARGET_DIR", &build)
        .go()?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    fs::write(installed, TAURI_DRIVER).context("cannot note the version of tauri-driver")
}

/// Tauri's own tool, for `dev` and `dist` only; installed from npm, because compiling it takes a quarter of an hour.
pub fn tauri_cli(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.tools();
    let program = tools.join("node_modules/.bin/tauri");
    let package = tools.join("node_modules/@tauri-apps/cli/package.json");
    let installed = fs::read_to_string(package).unwrap_or_default();
    if !installed.contains(&format!("\"version\": \"{TAURI_CLI}\"")) {
        println!("setup: tauri-cli {TAURI_CLI} is missing");
        Run::new(&workspace.root, "npm")
            .args([
                "install",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ])
            .arg(&tools)
            .arg(format!("@tauri-apps/cli@{TAURI_CLI}"))
            .go()?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::{major, missing_from};

    #[test]
    fn reads_nodes_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("node"), None);
    }

    #[test]
    fn a_package_that_is_only_half_there_is_missing() {
        let answer = "xvfb installed\nopenbox config-files\n";
        assert_eq!(
            missing_from(answer, &["xvfb", "openbox", "xauth"]),
            ["openbox", "xauth"]
        );
    }
}
