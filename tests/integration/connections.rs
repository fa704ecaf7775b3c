//! Connections from the window: kept, tried, unlocked, forgotten; no private key and no client secret passes.

use crate::seat::{Seat, call, window};
use drillbook_desktop::desk::{Ask, Desk};
use drillbook_engine::Connections;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use tauri::Manager;

const TENANT: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
const SUBSCRIPTION: &str = "3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15";

fn connection(name: &str, credential: &str) -> Value {
    json!({"request": {
        "name": name, "cloud": "usgov", "tenant": format!(" {TENANT} "), "subscription": SUBSCRIPTION,
        "credential": credential, "clientId": null, "certificatePassphrase": null, "passphrase": null
    }})
}

#[test]
fn a_connection_is_kept_in_the_data_folder_and_forgotten_again() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    assert_eq!(call(&window, "connections", json!({})).unwrap(), json!([]));
    let kept = call(&window, "add_connection", connection("prod", "azure-cli")).unwrap();
    let row = json!({"name": "prod", "cloud": "US Government cloud", "tenant": TENANT,
        "subscription": SUBSCRIPTION, "signIn": "Azure CLI", "locked": false});
    assert_eq!(kept, json!([row]));
    let again = call(&window, "add_connection", connection("prod", "azure-cli")).unwrap_err();
    assert_eq!(again["code"], "connection.exists");
    let left = call(&window, "remove_connection", json!({"name": "prod"})).unwrap();
    assert_eq!(left, json!([]));
    let unknown = call(&window, "test_connection", json!({"name": "prod"})).unwrap_err();
    assert_eq!(unknown["code"], "connection.unknown");
}

/// Made for tests; worth nothing anywhere.
const APPLICATION: &str =
    include_str!("../../src-tauri/crates/arm/src/certificate/application.pem");
const OF_THE_FILE: &str = "the words of the file";
const KEPT_UNDER: &str = "six words make a fine passphrase";

/// Writes a certificate whose private key is under a passphrase.
fn locked_certificate(folder: &Path) -> PathBuf {
    let (plain, key) = (folder.join("plain.pem"), folder.join("key.pem"));
    std::fs::write(&plain, APPLICATION).unwrap();
    let made = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-v2", "aes256", "-passout"])
        .arg(format!("pass:{OF_THE_FILE}"))
        .arg("-in")
        .arg(&plain)
        .arg("-out")
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let own = &APPLICATION[APPLICATION.find("-----BEGIN CERTIFICATE").unwrap()..];
    let file = folder.join("application.pem");
    std::fs::write(&file, std::fs::read_to_string(key).unwrap() + own).unwrap();
    file
}

/// Lets the dialogs of the desktop answer what stands in the place.
fn dialogs(seat: &Seat) -> Arc<Mutex<Option<PathBuf>>> {
    let place: Arc<Mutex<Option<PathBuf>>> = Arc::default();
    let answer = Arc::clone(&place);
    let ask = move |_: Ask<'_>| answer.lock().unwrap().clone();
    seat.app.state::<Desk>().ask_place_with(Box::new(ask));
    place
}

#[test]
fn a_certificate_is_chosen_in_a_dialog_kept_under_a_passphrase_and_asked_for_once_in_a_run() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = folder.path().to_owned();
    let seat = Seat::at(folder);
    let (main, place) = (window(&seat.app, "main"), dialogs(&seat));
    let ask = |command: &str, arguments: Value| call(&main, command, arguments);
    let code = |answer: Result<Value, Value>| answer.unwrap_err()["code"].clone();
    let mut wanted = connection("app", "client-certificate");
    assert_eq!(
        code(ask("add_connection", wanted.clone())),
        "connection.no_client"
    );
    wanted["request"]["clientId"] = json!(SUBSCRIPTION);
    assert_eq!(
        code(ask("add_connection", wanted.clone())),
        "connection.no_certificate"
    );
    let nonsense = elsewhere.path().join("notes.txt");
    std::fs::write(&nonsense, "no certificate").unwrap();
    *place.lock().unwrap() = Some(nonsense);
    assert_eq!(
        code(ask("choose_certificate", json!({}))),
        "key.certificate"
    );

    *place.lock().unwrap() = Some(locked_certificate(elsewhere.path()));
    let chosen = ask("choose_certificate", json!({})).unwrap();
    assert_eq!(
        (&chosen["file"], &chosen["locked"]),
        (&json!("application.pem"), &json!(true))
    );
    assert!(!chosen.to_string().contains("PRIVATE"), "{chosen}");
    wanted["request"]["passphrase"] = json!(KEPT_UNDER);
    assert_eq!(
        code(ask("add_connection", wanted.clone())),
        "key.certificate_locked"
    );
    wanted["request"]["certificatePassphrase"] = json!("other words");
    assert_eq!(
        code(ask("add_connection", wanted.clone())),
        "key.certificate_passphrase"
    );
    wanted["request"]["certificatePassphrase"] = json!(OF_THE_FILE);
    let mut weak = wanted.clone();
    weak["request"]["passphrase"] = json!("short");
    assert_eq!(code(ask("add_connection", weak)), "key.weak_passphrase");
    let kept = ask("add_connection", wanted.clone()).unwrap();
    assert_eq!(kept[0]["signIn"], "client certificate, under a passphrase");
    assert_eq!(
        kept[0]["locked"], false,
        "who just typed it is not asked again"
    );
    let file = std::fs::read_to_string(data.join("connections/app.json")).unwrap();
    assert!(!file.contains("PRIVATE KEY"), "{file}");
    let opened = Connections::of(&data).get("app").unwrap();
    assert!(opened.open(KEPT_UNDER).unwrap().cloud().unwrap().live());
    wanted["request"]["name"] = json!("app-2");
    assert_eq!(
        code(ask("add_connection", wanted)),
        "connection.no_certificate",
        "a certificate is used for one connection"
    );
}

#[test]
fn the_window_takes_no_client_secret() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    let refusal = call(
        &window,
        "add_connection",
        connection("app", "client-secret"),
    )
    .unwrap_err();
    assert_eq!(refusal["code"], "connection.secret_in_window");
    let mut smuggled = connection("app", "azure-cli");
    smuggled["request"]["secret"] = json!("hunter2");
    assert!(call(&window, "add_connection", smuggled).is_err());
    assert_eq!(call(&window, "connections", json!({})).unwrap(), json!([]));
}
