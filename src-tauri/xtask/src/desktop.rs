//! A desktop of its own for a command: display, window manager, session bus and unlocked keyring, none of them the user's.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Run;
use crate::workspace::Workspace;

/// Starts the bus, the window manager and the keyring, then the command; ends with the command's exit code.
const SESSION: &str = include_str!("desktop.sh");

/// Tells whether a person's display is there.
pub fn is_there() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    named("DISPLAY") || named("WAYLAND_DISPLAY")
}

/// Wraps `inner` so that it runs on a desktop of its own under Xvfb, whatever display is there.
/// The display comes before the bus, so that the services which the bus starts find it too.
pub fn of_its_own(workspace: &Workspace, inner: Run) -> Result<Run> {
    let home = workspace.target.join("desktop");
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot empty {}", home.display()))?;
    }
    let script = home.join("session.sh");
    let mut wrapper = Run::new(&workspace.root, "xvfb-run")
        .args(["-a", "-s", "-screen 0 1440x900x24", "sh"])
        .arg(&script)
        .env("XDG_RUNTIME_DIR", runtime_folder()?);
    // The keyring's file and the caches go here: no test touches the user's folders.
    for (variable, name) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
    ] {
        wrapper = wrapper.env(variable, private(&home.join(name))?);
    }
    fs::write(&script, SESSION).with_context(|| format!("cannot write {}", script.display()))?;
    Ok(inner.under(wrapper))
}

/// Holds sockets, whose paths may have 107 bytes at most, so it is not inside the target folder.
fn runtime_folder() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("drillbook-{}", std::process::id()));
    if path.exists() {
        fs::remove_dir_all(&path).with_context(|| format!("cannot empty {}", path.display()))?;
    }
    private(&path)
}

/// Creates a folder that only its owner can enter.
fn private(path: &Path) -> Result<PathBuf> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::SESSION;

    #[test]
    fn the_session_is_a_script_that_a_posix_shell_can_read() {
        let checked = Command::new("sh").args(["-n", "-c", SESSION]).status();
        assert!(checked.is_ok_and(|status| status.success()));
    }
}
