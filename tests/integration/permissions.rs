//! What the window may call, from the files that Tauri enforces, beside who may call it.

use drillbook_desktop::ipc::guard::GUARDED;
use drillbook_desktop::ipc::views::RoleView;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The roles, in the order of the columns.
const ROLES: [(RoleView, &str); 3] = [
    (RoleView::Operator, "operator"),
    (RoleView::Reviewer, "reviewer"),
    (RoleView::Auditor, "auditor"),
];

/// Returns `tests/golden/command_permissions.txt`: every command with its window, the roles it is for, and its permission.
pub fn listing() -> String {
    let granted = granted();
    let mut text = String::from(
        "# Every command with the window that may call it, the roles that may, and its permission.\n\
         # Made by `cargo xtask codegen` from src-tauri/capabilities, src-tauri/permissions and ipc/guard.rs.\n",
    );
    for (command, grants) in &granted {
        for (window, permission) in grants {
            text.push_str(&line(command, window, permission));
        }
    }
    for (command, _) in GUARDED
        .iter()
        .filter(|(command, _)| !granted.contains_key(*command))
    {
        text.push_str(&line(command, "none", "none"));
    }
    text
}

/// What belongs to Tauri itself is behind no role; a command of ours without a guard is nobody's, and says so.
fn line(command: &str, window: &str, permission: &str) -> String {
    let found = GUARDED.iter().find(|(name, _)| *name == command);
    let roles = ROLES.map(|(role, word)| match found {
        Some((_, who)) => {
            if who.admits(role) {
                word
            } else {
                "-"
            }
        }
        None if command.starts_with('(') => word,
        None => "UNGUARDED",
    });
    let [operator, reviewer, auditor] = roles;
    format!("{command:<32} {window:<8} {operator:<9} {reviewer:<9} {auditor:<9} {permission}\n")
}

/// Returns every granted command with windows and permissions.
pub fn granted() -> BTreeMap<String, Vec<(String, String)>> {
    let commands = permissions();
    let mut granted: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for capability in files("src-tauri/capabilities", "json") {
        let capability: serde_json::Value =
            serde_json::from_str(&capability).expect("a capability is JSON");
        for window in strings(&capability["windows"]) {
            for permission in strings(&capability["permissions"]) {
                let own = commands.get(&permission).cloned();
                for command in own.unwrap_or_else(|| vec![format!("({permission})")]) {
                    granted
                        .entry(command)
                        .or_default()
                        .push((window.clone(), permission.clone()));
                }
            }
        }
    }
    granted
}

/// Returns the commands of every permission of the application.
fn permissions() -> BTreeMap<String, Vec<String>> {
    let mut commands = BTreeMap::new();
    for file in files("src-tauri/permissions", "toml") {
        let file: toml::Value = toml::from_str(&file).expect("a permission file is TOML");
        for permission in file["permission"].as_array().into_iter().flatten() {
            let allow = permission["commands"]["allow"]
                .as_array()
                .into_iter()
                .flatten();
            let allow = allow
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect();
            commands.insert(
                permission["identifier"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                allow,
            );
        }
    }
    commands
}

fn strings(list: &serde_json::Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn files(folder: &str, extension: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).expect("the folder is part of the repository");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("the file can be read"))
        .collect()
}
