//! The generated TypeScript is what the code says, and names every command.

use drillbook_desktop::ipc::guard::GUARDED;

#[test]
fn the_committed_bindings_are_what_the_code_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bindings.ts");
    drillbook_desktop::ipc::write_bindings(&file).unwrap();
    let now = std::fs::read_to_string(file).unwrap();
    let committed = include_str!("../../ui/src/lib/ipc/bindings.ts");
    assert!(
        now == committed,
        "ui/src/lib/ipc/bindings.ts is stale: run `cargo xtask codegen`"
    );
}

#[test]
fn every_registered_command_is_guarded_and_no_other() {
    let bindings = include_str!("../../ui/src/lib/ipc/bindings.ts");
    let mut invoked: Vec<&str> = bindings
        .split("__TAURI_INVOKE(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    invoked.sort_unstable();
    let guarded: Vec<&str> = GUARDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(invoked, guarded);
}
