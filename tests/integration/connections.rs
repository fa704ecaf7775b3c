//! Connections from the window: kept, tried, forgotten; a secret never passes.

use crate::seat::{Seat, call, window};
use serde_json::{Value, json};

const TENANT: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
const SUBSCRIPTION: &str = "3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15";

fn connection(name: &str, credential: &str) -> Value {
    json!({"request": {
        "name": name, "cloud": "usgov", "tenant": format!(" {TENANT} "), "subscription": SUBSCRIPTION,
        "credential": credential, "clientId": null
    }})
}

#[test]
fn a_connection_is_kept_in_the_data_folder_and_forgotten_again() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    assert_eq!(call(&window, "connections", json!({})).unwrap(), json!([]));
    let kept = call(&window, "add_connection", connection("prod", "azure-cli")).unwrap();
    let row = json!({"name": "prod", "cloud": "US Government cloud", "tenant": TENANT,
        "subscription": SUBSCRIPTION, "signIn": "Azure CLI"});
    assert_eq!(kept, json!([row]));
    let again = call(&window, "add_connection", connection("prod", "azure-cli")).unwrap_err();
    assert_eq!(again["code"], "connection.exists");
    let left = call(&window, "remove_connection", json!({"name": "prod"})).unwrap();
    assert_eq!(left, json!([]));
    let unknown = call(&window, "test_connection", json!({"name": "prod"})).unwrap_err();
    assert_eq!(unknown["code"], "connection.unknown");
}

#[test]
fn the_window_makes_no_connection_that_needs_a_secret() {
    let seat = Seat::taken();
    let window = window(&seat.app, "main");
    for kind in ["client-secret", "client-certificate"] {
        let refusal = call(&window, "add_connection", connection("app", kind)).unwrap_err();
        assert_eq!(refusal["code"], "connection.secret_in_window");
    }
    let mut smuggled = connection("app", "azure-cli");
    smuggled["request"]["secret"] = json!("hunter2");
    assert!(call(&window, "add_connection", smuggled).is_err());
    assert_eq!(call(&window, "connections", json!({})).unwrap(), json!([]));
}
