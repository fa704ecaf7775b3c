//! A bundle, judged by the two verifiers that share no code: ours in Rust, and the script inside.

use drillbook_audit::{Input, Options, verify};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Fails unless both verifiers say that the bundle holds.
pub fn holds(bundle: &Path) {
    let verdict = verify(Input::Path(bundle), &Options::default()).unwrap();
    assert!(verdict.holds(), "{:?}", verdict.findings);
    let folder = unpacked(bundle);
    let judged = Command::new("python3")
        .args(["verify.py", "."])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(
        judged.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&judged.stderr)
    );
}

/// Returns the report inside.
pub fn report(bundle: &Path) -> String {
    std::fs::read_to_string(unpacked(bundle).path().join("report.html")).unwrap()
}

fn unpacked(bundle: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .args([bundle, folder.path()])
        .status();
    assert!(unpacked.unwrap().success());
    folder
}
