//! What the window is built without: plugins that reach files, programs or the network, developer tools, a loose policy.

use serde_json::Value;
use std::path::Path;

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn configuration() -> Value {
    serde_json::from_str(&file("tauri.conf.json")).unwrap()
}

#[test]
fn the_policy_of_the_page_lets_nothing_in_from_outside() {
    let policy = configuration()["app"]["security"]["csp"].clone();
    let policy = policy.as_object().unwrap();
    assert_eq!(policy["default-src"], "'none'");
    assert_eq!(policy["script-src"], "'self'");
    assert_eq!(policy["connect-src"], "ipc: http://ipc.localhost");
    for (directive, sources) in policy {
        let sources = sources.as_str().unwrap();
        let styled = directive == "style-src-attr"; // the width of a bar is an attribute
        assert!(
            styled || !sources.contains("unsafe"),
            "{directive}: {sources}"
        );
        let outside = ["*", "https:", "http:", "ws:", "wss:", "//"]
            .into_iter()
            .any(|one| sources.split(' ').any(|source| source == one));
        assert!(!outside, "{directive}: {sources}");
    }
}

#[test]
fn prototypes_are_frozen_and_tauri_is_not_a_global() {
    let app = configuration()["app"].clone();
    assert_eq!(app["security"]["freezePrototype"], true);
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(app["security"]["assetProtocol"]["enable"], false);
    assert_eq!(
        app["security"]["dangerousDisableAssetCspModification"],
        Value::Null
    );
    assert_eq!(app["windows"][0]["devtools"], Value::Null);
}

#[test]
fn no_plugin_that_reaches_files_programs_or_the_network_is_part_of_the_app() {
    let manifest: toml::Value = toml::from_str(&file("Cargo.toml")).unwrap();
    let named = manifest["dependencies"].as_table().unwrap().keys();
    let plugins: Vec<&str> = named
        .filter_map(|name| name.strip_prefix("tauri-plugin-"))
        .collect();
    assert_eq!(
        plugins,
        ["dialog", "notification", "single-instance", "window-state"]
    );
    for (name, dependency) in manifest["workspace"]["dependencies"].as_table().unwrap() {
        let features = dependency.get("features").and_then(|list| list.as_array());
        let opened = features
            .into_iter()
            .flatten()
            .any(|feature| feature.as_str() == Some("devtools"));
        assert!(!opened, "{name} brings developer tools into a release");
    }
}

#[test]
fn the_window_may_call_nothing_of_a_plugin_and_of_tauri_only_listening() {
    let core: Vec<String> = crate::permissions::granted()
        .into_keys()
        .filter(|command| command.starts_with('('))
        .collect();
    assert_eq!(
        core,
        ["(core:event:allow-listen)", "(core:event:allow-unlisten)"]
    );
}
