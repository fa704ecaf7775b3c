//! `drillbook compare` through the real command: two seeds, a fault, and a bundle that was tampered with.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn drillbook() -> Command {
    Command::new(env!("CARGO_BIN_EXE_drillbook"))
}

fn rehearsed(folder: &Path, seed: &str, fault: Option<&str>) -> PathBuf {
    let bundle = folder.join(format!("{seed}-{}.zip", fault.unwrap_or("none")));
    let mut command = drillbook();
    command.args(["rehearse", "vm-disks-cross-region", "--auto", "--json"]);
    command.args(["--speed", "1000000", "--seed", seed, "--bundle"]);
    command.arg(&bundle);
    command.args(fault.iter().flat_map(|fault| ["--fault", fault]));
    command.output().unwrap();
    assert!(bundle.exists());
    bundle
}

fn compare(a: &Path, b: &Path, output: &str) -> Output {
    let mut command = drillbook();
    command
        .arg("compare")
        .args([a, b])
        .args(["--output", output]);
    command.output().unwrap()
}

#[test]
fn drills_differ_in_what_matters_and_in_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let one = rehearsed(folder.path(), "11", None);
    let again = rehearsed(folder.path(), "12", None);
    let failed = rehearsed(folder.path(), "13", Some("job-fails"));

    let same = compare(&one, &again, "table");
    let text = String::from_utf8_lossy(&same.stdout).into_owned();
    assert_eq!(same.status.code(), Some(0), "{text}");
    assert!(
        text.contains("consistent; signers not authenticated"),
        "{text}"
    );
    assert!(text.ends_with("the same in what matters\n"), "{text}");

    let differ = compare(&one, &failed, "json");
    assert_eq!(differ.status.code(), Some(1));
    let outcome: Value = serde_json::from_slice(&differ.stdout).unwrap();
    let rows = outcome["rows"].as_array().unwrap();
    let differs = |part: &str, what: &str| {
        let mut own = rows.iter().filter(|row| row["part"] == part);
        own.any(|row| row["what"] == what && row["differs"] == true)
    };
    assert!(differs("drill", "ended"), "{rows:#?}");
    assert!(differs("step", "job"), "{rows:#?}");
    assert!(!differs("step", "charter") && !differs("drill", "opened"));

    let mut bytes = std::fs::read(&again).unwrap();
    let middle = bytes.len() / 2;
    // A single byte could be one of a header that nothing rests on.
    bytes[middle..middle + 64]
        .iter_mut()
        .for_each(|byte| *byte ^= 1);
    let broken = folder.path().join("broken.zip");
    std::fs::write(&broken, bytes).unwrap();
    for other in [broken.as_path(), Path::new("nowhere.zip")] {
        let unusable = compare(&one, other, "tsv");
        assert_eq!(unusable.status.code(), Some(2), "{}", other.display());
        let stderr = String::from_utf8_lossy(&unusable.stderr).into_owned();
        assert!(stderr.contains("\nnext: "), "{stderr}");
    }
}
