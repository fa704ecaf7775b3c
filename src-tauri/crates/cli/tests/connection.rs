//! `drillbook connection` through the real command: kept, listed, forgotten; no secret without a keyring.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drillbook_armsim::{Options, Simulator, scaled_clock};
use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const TENANT: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
const SUBSCRIPTION: &str = "3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15";
const EVERGREEN: &str = include_str!("../../armsim/scenarios/evergreen-mutual.toml");
const APPLICATION: &str = include_str!("../../arm/src/certificate/application.pem");
const SECRET: &str = "a secret of an application";

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
    adding(data, name, credential).output().unwrap()
}

fn adding(data: &Path, name: &str, credential: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
    command.args([
        "connection",
        "add",
        name,
        "--cloud",
        "usgov",
        "--tenant",
        TENANT,
    ]);
    command.args(["--subscription", SUBSCRIPTION, "--credential", credential]);
    command.args(["--client-id", "c", "--data"]).arg(data);
    command
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

/// Runs the command with a line of standard input and without any keyring.
fn without_a_keyring(data: &Path, credential: &str) -> Output {
    let mut command = adding(data, "app", credential);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    given(command, SECRET)
}

/// Runs a command with a line of standard input.
fn given(mut command: Command, line: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // Whoever is refused reads nothing, and may be gone.
    let _ = input.write_all(format!("{line}\n").as_bytes());
    drop(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_secret_is_not_kept_without_a_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for credential in ["client-secret", "client-certificate"] {
        let code = "connection.no_keyring: ";
        let refused = without_a_keyring(&data, credential);
        assert_eq!(refused.status.code(), Some(1));
        let said = said(&refused);
        assert!(said.starts_with(code), "{said}");
        assert!(said.contains("azure-cli"), "{said}");
        let listed = drillbook(&data, &["connection", "list", "--output", "json"]);
        assert_eq!(listed.stdout.trim_ascii(), b"[]", "{listed:?}");
    }
    let empty = given(adding(&data, "app", "client-secret"), "");
    assert!(
        said(&empty).starts_with("connection.secret: "),
        "{}",
        said(&empty)
    );
}

/// A simulator of its own, with its authority in a file.
struct Elsewhere {
    simulator: Simulator,
    folder: TempDir,
    data: PathBuf,
}

impl Elsewhere {
    async fn start() -> Elsewhere {
        // The application of the scenario has the tests' certificate.
        let (_, certificate) = APPLICATION.split_once("-----BEGIN CERT").unwrap();
        let scenario = EVERGREEN.replacen(
            "client_secret = ",
            &format!("certificate = \"\"\"-----BEGIN CERT{certificate}\"\"\"\nclient_secret = "),
            1,
        );
        let mut options = Options::new(scaled_clock(1));
        options.scenario = Some(scenario);
        let simulator = Simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), simulator.ca_pem()).unwrap();
        let data = folder.path().join("data");
        Elsewhere {
            simulator,
            folder,
            data,
        }
    }

    fn add(&self, credential: &str) -> Command {
        let who = self.simulator.credentials();
        let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
        command.args(["connection", "add", "here", "--cloud", "simulator"]);
        command.args(["--tenant", &who.tenant, "--subscription", &who.subscription]);
        command.args(["--credential", credential, "--client-id", &who.client_id]);
        command.args(["--simulator", self.simulator.https().unwrap(), "--ca"]);
        command.arg(self.folder.path().join("ca.pem"));
        command.arg("--data").arg(&self.data);
        command
    }

    fn test(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
        command
            .args(["connection", "test", "here", "--data"])
            .arg(&self.data);
        command
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_az_got_for_azure_never_reaches_a_simulator() {
    let elsewhere = Elsewhere::start().await;
    let added = given(elsewhere.add("azure-cli"), "");
    assert!(added.status.success(), "{}", said(&added));
    let az = elsewhere.folder.path().join("az");
    let claims = r#"{"aud":"https://management.azure.com","tid":"t"}"#;
    let token = format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims));
    let script = format!(
        "#!/bin/sh\necho '{{\"accessToken\":\"{token}\",\"expires_on\":4102444800,\"tokenType\":\"Bearer\"}}'\n"
    );
    std::fs::write(&az, script).unwrap();
    std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut test = elsewhere.test();
    test.env(
        "PATH",
        format!("{}:{path}", elsewhere.folder.path().display()),
    );
    let refused = given(test, "");
    let said = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.starts_with("arm.simulator_credential: "), "{said}");
    assert!(!said.contains(&token), "{said}");
}

/// Says when there is no Secret Service to test with.
fn keyring_is_promised() -> bool {
    let promised = std::env::var_os("DRILLBOOK_KEYRING").is_some();
    if !promised {
        eprintln!("NOT TESTED: no Secret Service was promised. `cargo xtask test` unlocks one.");
    }
    promised
}

/// A simulator with a connection to it whose secret is in the keyring, where there is one.
async fn added_with_its_secret() -> Option<(Elsewhere, String)> {
    if !keyring_is_promised() {
        return None;
    }
    let elsewhere = Elsewhere::start().await;
    let secret = elsewhere.simulator.credentials().client_secret.clone();
    let added = given(elsewhere.add("client-secret"), &secret);
    assert!(added.status.success(), "{}", said(&added));
    Some((elsewhere, secret))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_from_standard_input_to_the_keyring_and_nowhere_else() {
    let Some((elsewhere, secret)) = added_with_its_secret().await else {
        return;
    };
    let kept = std::fs::read_to_string(elsewhere.data.join("connections/here.json")).unwrap();
    assert!(!kept.contains(&secret), "{kept}");
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let entry = kept["entry"].as_str().unwrap();
    let found = drillbook_keys::load_text(entry).unwrap().unwrap();
    assert_eq!(found.as_str(), secret);
    let tested = given(elsewhere.test(), "");
    assert!(tested.status.success(), "{}", said(&tested));
    assert!(!said(&tested).contains(&secret));
    let removed = drillbook(&elsewhere.data, &["connection", "remove", "here"]);
    assert!(removed.status.success(), "{}", said(&removed));
    assert!(drillbook_keys::load_text(entry).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_rehearsal_is_played_through_a_connection_in_a_simulator_that_follows_its_time() {
    let Some((elsewhere, _)) = added_with_its_secret().await else {
        return;
    };
    let began = elsewhere.simulator.control().now();
    let bundle = elsewhere.folder.path().join("bundle.zip");
    let mut words = vec!["rehearse", "vm-disks-cross-region", "--auto", "--json"];
    words.extend(["--connection", "here", "--bundle", bundle.to_str().unwrap()]);
    let played = drillbook(&elsewhere.data, &words);
    assert!(played.status.success(), "{}", said(&played));
    let outcome: Value = serde_json::from_slice(&played.stdout).unwrap();
    assert_eq!(outcome["end"], "closed", "{outcome}");
    assert_eq!(outcome["deviations"], 0, "{outcome}");
    assert!(bundle.is_file());
    let passed = elsewhere.simulator.control().now() - began;
    assert!(passed > chrono::TimeDelta::minutes(30), "{passed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_signs_in_and_its_key_is_in_the_keyring_only() {
    if !keyring_is_promised() {
        return;
    }
    let elsewhere = Elsewhere::start().await;
    let file = elsewhere.folder.path().join("application.pem");
    let add = || {
        let mut command = elsewhere.add("client-certificate");
        command.arg("--certificate").arg(&file);
        given(command, "")
    };
    std::fs::write(&file, "no certificate").unwrap();
    let refused = said(&add());
    assert!(refused.starts_with("arm.certificate: "), "{refused}");
    assert!(!elsewhere.data.join("connections/here.json").exists());

    std::fs::write(&file, APPLICATION).unwrap();
    let added = add();
    assert!(added.status.success(), "{}", said(&added));
    std::fs::remove_file(&file).unwrap();
    let kept = std::fs::read_to_string(elsewhere.data.join("connections/here.json")).unwrap();
    assert!(!kept.contains("PRIVATE KEY"), "{kept}");
    let tested = given(elsewhere.test(), "");
    assert!(tested.status.success(), "{}", said(&tested));
    let entry: Value = serde_json::from_str(&kept).unwrap();
    let entry = entry["entry"].as_str().unwrap().to_owned();
    let removed = drillbook(&elsewhere.data, &["connection", "remove", "here"]);
    assert!(removed.status.success(), "{}", said(&removed));
    assert!(drillbook_keys::load_text(&entry).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_a_passphrase_keeps_the_certificate_and_opens_it() {
    let elsewhere = Elsewhere::start().await;
    let file = |name: &str, text: &str| {
        let path = elsewhere.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (words, other) = (
        file("words", "six words make a fine passphrase\n"),
        file("other", "another six words of somebody\n"),
    );
    let no_keyring = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let mut add = elsewhere.add("client-certificate");
    add.arg("--certificate").arg(file("app.pem", APPLICATION));
    add.arg("--passphrase-file").arg(&words);
    add.env(no_keyring.0, no_keyring.1);
    let added = given(add, "");
    assert!(added.status.success(), "{}", said(&added));
    let kept = std::fs::read_to_string(elsewhere.data.join("connections/here.json")).unwrap();
    assert!(!kept.contains("PRIVATE KEY"), "{kept}");
    let test = |words: Option<&PathBuf>| {
        let mut command = elsewhere.test();
        command.env(no_keyring.0, no_keyring.1);
        match words {
            Some(words) => command.env("DRILLBOOK_PASSPHRASE_FILE", words),
            None => command.env_remove("DRILLBOOK_PASSPHRASE_FILE"),
        };
        given(command, "")
    };
    for (words, code) in [
        (None, "key.passphrase_needed: "),
        (Some(&other), "key.wrong_passphrase: "),
    ] {
        let refused = said(&test(words));
        assert!(refused.starts_with(code), "{refused}");
    }
    let tested = test(Some(&words));
    assert!(tested.status.success(), "{}", said(&tested));
}
