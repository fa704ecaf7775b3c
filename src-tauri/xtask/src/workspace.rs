//! Where things are: the workspace's root, its target folder and the names inside both.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders of one checkout.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder; everything xtask makes is inside it.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the workspace of the running xtask: two folders above its manifest.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .context("started without cargo: use `cargo xtask`")?;
        let root = Path::new(&manifest)
            .ancestors()
            .nth(2)
            .context("the manifest is not inside src-tauri/xtask")?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The interface's folder.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The root of the tools that cargo installs for the tests.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The WebDriver front end that `setup` installs.
    pub fn tauri_driver(&self) -> PathBuf {
        self.tools().join("bin/tauri-driver")
    }
}
