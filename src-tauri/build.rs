//! Declares the boundary to Tauri (capabilities and permissions) and keeps the executable's symbols to itself.

use std::path::Path;

/// The page that is embedded; the interface's build writes it.
const PAGE: &str = "ui/dist/index.html";

fn main() {
    for watched in [
        "ui/dist",
        "src-tauri/capabilities",
        "src-tauri/permissions",
        "icons",
    ] {
        println!("cargo::rerun-if-changed={watched}");
    }
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some() && !Path::new(PAGE).is_file() {
        println!(
            "cargo::error={PAGE} is missing, because the interface is not built. \
             Run `cargo xtask run`, which builds it first, or `npm --prefix ui ci && npm --prefix ui run build`."
        );
        return;
    }
    hide_symbols();
    let manifest =
        tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/*.json")
        .app_manifest(manifest);
    if let Err(problem) = tauri_build::try_build(attributes) {
        println!("cargo::error={}", format!("{problem:#}").replace('\n', " "));
    }
}

/// Keeps the SQLite that is linked into the app out of its dynamic symbols.
///
/// WebKit brings a SQLite of its own, and the dynamic linker would bind its calls to ours (trust.md §7).
fn hide_symbols() {
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--exclude-libs,ALL");
    }
}
