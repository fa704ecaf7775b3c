//! `cargo xtask run`: the app in a window; on a machine without a display, one whole drill played and kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Run;
use crate::workspace::Workspace;
use crate::{desktop, setup, suite};

/// The story that is played when there is no display to open a window on.
const STORY: &str = "whole_drill";

/// Builds the app and opens it, or plays it.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    if desktop::is_there() {
        open(workspace, arguments)
    } else {
        play(workspace)
    }
}

fn open(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    setup::ensure(workspace, setup::Need::Build)?;
    suite::interface_build(workspace)?;
    let app = suite::program(workspace, "drillbook-desktop")?;
    Run::new(&workspace.root, app).args(arguments).go()
}

/// Plays the story in a real window under Xvfb, then lets both verifiers judge the bundle it left.
fn play(workspace: &Workspace) -> Result<()> {
    println!("run: there is no display, so the story `{STORY}` is played in a window under Xvfb");
    setup::ensure(workspace, setup::Need::Test)?;
    suite::interface_build(workspace)?;
    let kept = workspace.target.join("drillbook-run");
    if kept.exists() {
        fs::remove_dir_all(&kept).with_context(|| format!("cannot empty {}", kept.display()))?;
    }
    fs::create_dir_all(&kept).with_context(|| format!("cannot create {}", kept.display()))?;
    suite::journey(workspace, STORY, &kept)?;

    let bundle = the_one_bundle(&kept)?;
    let pictures = with_extension(&kept, "png")?.len();
    println!(
        "\nrun: the drill was played; {pictures} pictures and its bundle are in {}",
        kept.display()
    );
    verify(workspace, &bundle)
}

/// The two verifiers share no code: ours in Rust, and the script that travels inside the bundle.
fn verify(workspace: &Workspace, bundle: &Path) -> Result<()> {
    let drillbook = suite::program(workspace, "drillbook")?;
    Run::new(&workspace.root, drillbook)
        .arg("verify")
        .arg(bundle)
        .go()?;
    let folder = bundle.with_extension("");
    Run::new(&workspace.root, "python3")
        .args(["-m", "zipfile", "-e"])
        .args([bundle, &folder])
        .go()?;
    Run::new(&folder, "python3").args(["verify.py", "."]).go()?;
    println!(
        "\nrun: both verifiers say that the bundle holds: {}",
        bundle.display()
    );
    Ok(())
}

fn the_one_bundle(kept: &Path) -> Result<PathBuf> {
    let mut bundles = with_extension(kept, "zip")?;
    match (bundles.pop(), bundles.len()) {
        (Some(bundle), 0) => Ok(bundle),
        (None, _) => bail!(
            "the story `{STORY}` left no bundle in {}: it was not played to its end",
            kept.display()
        ),
        (Some(_), more) => bail!(
            "the story `{STORY}` left {} bundles in {}",
            more + 1,
            kept.display()
        ),
    }
}

fn with_extension(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|name| name == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
