//! One release of the Azure CLI, logged in to the simulator under a profile of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

use super::simulator::Serving;

/// A logged-in Azure CLI.
pub struct LoggedIn {
    program: PathBuf,
    environment: Vec<(String, String)>,
    folder: PathBuf,
    /// The subscription it is logged in to.
    pub subscription: String,
}

impl LoggedIn {
    /// Registers the simulator as a cloud and logs in, by the script beside the checkout.
    pub fn new(setup: &Path, program: &Path, folder: &Path, simulator: &Serving) -> Result<Self> {
        let output = Command::new(setup)
            .arg("login")
            .arg(program)
            .arg(folder.join("profile"))
            .arg(&simulator.url)
            .arg(&simulator.authority)
            .stdin(Stdio::null())
            .output()
            .context("cannot start the login script")?;
        if !output.status.success() {
            bail!(
                "az cannot log in to the simulator\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let environment = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.replace('\\', "")))
            .collect();
        let subscription = &simulator.ready["subscription"];
        Ok(Self {
            program: program.join("bin/az"),
            environment,
            folder: folder.to_owned(),
            subscription: subscription.as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Lets another program find this `az`, logged in.
    pub fn beside(&self, mut other: Command) -> Command {
        let own = self.program.parent().map(Path::to_owned);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = own.into_iter().chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(all) {
            other.env("PATH", path);
        }
        other.envs(self.environment.iter().map(|(name, value)| (name, value)));
        other
    }

    /// Runs one command to its end.
    pub fn run(&self, words: &[String]) -> Result<Output> {
        Command::new(&self.program)
            .args(words)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start {}", self.program.display()))
    }
}
