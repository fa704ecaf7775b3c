//! `drillbook connection` through the real command: kept, listed, forgotten; no secret without a keyring.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const TENANT: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
const SUBSCRIPTION: &str = "3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15";

fn drillbook(data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
    command
        .args(words)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}

fn add(data: &Path, name: &str, credential: &str) -> Output {
    let words = [
        "connection",
        "add",
        name,
        "--cloud",
        "usgov",
        "--tenant",
        TENANT,
        "--subscription",
        SUBSCRIPTION,
        "--credential",
        credential,
        "--client-id",
        "c",
    ];
    drillbook(data, &words)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn connections_are_kept_listed_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (name, credential) in [("prod", "azure-cli"), ("ops", "managed-identity")] {
        let added = add(&data, name, credential);
        assert!(added.status.success(), "{}", said(&added));
    }
    let again = add(&data, "prod", "azure-cli");
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said(&again).starts_with("connection.exists: "),
        "{}",
        said(&again)
    );
    let listed = drillbook(&data, &["connection", "list", "--output", "json"]);
    let rows: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(rows[0]["name"], "ops");
    assert_eq!(rows[1]["credential"], "azure-cli");
    assert_eq!(rows[1]["cloud"], "usgov");
    assert!(
        drillbook(&data, &["connection", "remove", "prod"])
            .status
            .success()
    );
    let gone = drillbook(
        &data,
        &["preflight", "vm-disks-cross-region", "--connection", "prod"],
    );
    assert_eq!(gone.status.code(), Some(2));
    assert!(
        said(&gone).starts_with("connection.unknown: "),
        "{}",
        said(&gone)
    );
}

#[test]
fn a_secret_is_not_kept_without_a_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for credential in ["client-secret", "client-certificate"] {
        let refused = add(&data, "app", credential);
        assert_eq!(refused.status.code(), Some(1));
        let said = said(&refused);
        assert!(said.starts_with("connection.no_keyring: "), "{said}");
        assert!(said.contains("\nnext: Use azure-cli"), "{said}");
    }
    assert!(!data.exists());
}
