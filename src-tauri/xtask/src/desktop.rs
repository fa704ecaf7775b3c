//! A desktop of its own for a command: display, window manager, session bus and unlocked keyring, none of them the user's.

use std::fs;

use anyhow::{Context, Result};

use crate::command::Run;
use crate::workspace::Workspace;

/// Starts the window manager and the keyring, then the command; ends with the command's exit code.
const SESSION: &str = include_str!("desktop.sh");

/// Tells whether a person's display is there.
pub fn is_there() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
}

/// Wraps `inner` so that it runs on a desktop of its own under Xvfb, whatever display is there.
pub fn of_its_own(workspace: &Workspace, inner: Run) -> Result<Run> {
    let home = workspace.target.join("desktop");
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot empty {}", home.display()))?;
    }
    // The keyring's file and the window manager's cache go here: no test touches the user's folders.
    let folder = |name: &str| -> Result<std::path::PathBuf> {
        let path = home.join(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(path)
    };
    let script = home.join("session.sh");
    let (data, config, cache) = (folder("data")?, folder("config")?, folder("cache")?);
    fs::write(&script, SESSION).with_context(|| format!("cannot write {}", script.display()))?;
    let wrapper = Run::new(&workspace.root, "dbus-run-session")
        .args(["--", "xvfb-run", "-a", "-s", "-screen 0 1440x900x24", "sh"])
        .args([&script])
        .env("XDG_DATA_HOME", data)
        .env("XDG_CONFIG_HOME", config)
        .env("XDG_CACHE_HOME", cache);
    Ok(inner.under(wrapper))
}
