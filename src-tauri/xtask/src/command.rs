//! Child processes: said before they start, in cargo's own clean environment, and fatal when they fail.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A child process in the making.
pub struct Run {
    command: Command,
    words: Vec<OsString>,
}

impl Run {
    /// A program in a folder. The variables `cargo run` adds for xtask itself are taken away: build scripts watch
    /// some of them, and would rebuild half the workspace whenever xtask and plain cargo take turns.
    pub fn new(folder: &Path, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(&program);
        command.current_dir(folder);
        for (name, _) in std::env::vars_os() {
            if is_cargos_own(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        Self {
            command,
            words: vec![program.as_ref().to_owned()],
        }
    }

    /// The cargo that runs xtask.
    pub fn cargo(folder: &Path) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut run = Self::new(folder, cargo);
        run.words = vec!["cargo".into()];
        run
    }

    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        for argument in arguments {
            self.command.arg(&argument);
            self.words.push(argument.as_ref().to_owned());
        }
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it with this terminal's input and output; a non-zero exit is an error.
    pub fn go(mut self) -> Result<()> {
        println!("$ {}", self.line());
        let status = self
            .command
            .status()
            .with_context(|| format!("cannot start {}", self.line()))?;
        if !status.success() {
            bail!("{} ended with {status}", self.line());
        }
        Ok(())
    }

    /// Runs it silently and returns its standard output; a non-zero exit is an error with its standard error.
    pub fn read(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot start {}", self.line()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{} ended with {}\n{}",
                self.line(),
                output.status,
                said.trim_end()
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Gives the words and the environment to another program, which is to start this one.
    pub fn under(self, wrapper: Run) -> Run {
        let mut outer = wrapper;
        outer.command.arg(self.command.get_program());
        outer.command.args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                outer.command.env(name, value);
            }
        }
        if let Some(folder) = self.command.get_current_dir() {
            outer.command.current_dir(folder);
        }
        outer.words = self.words;
        outer
    }

    fn line(&self) -> String {
        let words: Vec<_> = self
            .words
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        words.join(" ")
    }
}

/// Tells whether a variable was set by `cargo run` for xtask and means nothing to its children.
fn is_cargos_own(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || matches!(
            name,
            "CARGO_CRATE_NAME" | "CARGO_BIN_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
        )
}

/// Tells whether a program is on the search path.
pub fn exists(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::is_cargos_own;

    #[test]
    fn takes_away_what_cargo_set_for_xtask_and_nothing_else() {
        assert!(is_cargos_own("CARGO_PKG_NAME"));
        assert!(is_cargos_own("CARGO_MANIFEST_DIR"));
        assert!(!is_cargos_own("CARGO_TARGET_DIR"));
        assert!(!is_cargos_own("CARGO_INCREMENTAL"));
        assert!(!is_cargos_own("CARGO_HOME"));
    }
}
