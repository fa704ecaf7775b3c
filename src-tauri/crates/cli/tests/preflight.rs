//! `drillbook preflight` through the real command, against a simulator that it did not start: exit codes,
//! the words on standard error, and that nothing was changed.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_armsim::{Fault, Options, Simulator, scaled_clock};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A simulator of its own, with its authority in a file.
struct Elsewhere {
    simulator: Simulator,
    folder: TempDir,
}

/// What names every choice of the built-in runbook that has several usable rows.
const CHOICES: [&str; 6] = [
    "--choose",
    "pick-vault=rsv-evergreen-policy",
    "--choose",
    "target=first",
    "--choose",
    "pick-staging=first",
];

impl Elsewhere {
    async fn start(fault: Option<Fault>) -> Elsewhere {
        let mut options = Options::new(scaled_clock(1));
        options.faults = fault.into_iter().map(Into::into).collect();
        let simulator = Simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), simulator.ca_pem()).unwrap();
        Elsewhere { simulator, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the command on another thread: the simulator answers on this one's runtime.
    async fn preflight(&self, words: &[&str]) -> Output {
        let mut command = command(self.simulator.https().unwrap(), &self.file("ca.pem"));
        command.args(words);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// Counts what was changed: beside that, a simulator notes its own start and each fault that fires.
    fn changes(&self) -> u64 {
        let ledger = self.simulator.control().ledger();
        assert!(ledger.restores.is_empty() && ledger.deleted.is_empty());
        ledger.changes - 1 - ledger.faults.values().sum::<u64>()
    }
}

fn command(address: &str, ca: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
    command.args(["preflight", "vm-disks-cross-region", "--simulator", address]);
    command.arg("--ca").arg(ca);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_holds_and_nothing_is_changed() {
    let elsewhere = Elsewhere::start(None).await;
    let bundle = elsewhere.file("checks.zip");
    let mut words = CHOICES.to_vec();
    words.extend(["--output", "json", "--bundle", bundle.to_str().unwrap()]);
    let output = elsewhere.preflight(&words).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(said(&output), "");
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["readiness"], "ready");
    let findings = outcome["findings"].as_array().unwrap();
    let results = |wanted: &str| {
        let all = findings.iter();
        all.filter(|one| one["result"] == wanted).count()
    };
    assert_eq!(
        results("failed") + results("not-known") + results("not-reached"),
        0
    );
    assert!(
        results("passed") > 40 && results("chosen") >= 6,
        "{findings:#?}"
    );
    assert_eq!(elsewhere.changes(), 0);
    let verified = Command::new(env!("CARGO_BIN_EXE_drillbook"))
        .arg("verify")
        .arg(&bundle)
        .output()
        .unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_does_not_hold_is_not_ready() {
    let cases = [
        (Fault::CrrDisabled, "vault", "Cross-region restore is on"),
        (
            Fault::QuotaExceeded,
            "room",
            "The region has cores left for the machines",
        ),
    ];
    for (fault, step, check) in cases {
        let elsewhere = Elsewhere::start(Some(fault)).await;
        let output = elsewhere.preflight(&CHOICES).await;
        let (stderr, stdout) = (said(&output), String::from_utf8_lossy(&output.stdout));
        assert_eq!(output.status.code(), Some(1), "{fault}: {stderr}");
        assert!(
            stderr.starts_with(&format!("check.failed: {step}")),
            "{stderr}"
        );
        assert!(stderr.contains("\nnext: "), "{stderr}");
        let failed = stdout
            .lines()
            .any(|line| line.starts_with("failed") && line.contains(check));
        assert!(failed, "{stdout}");
        assert_eq!(elsewhere.changes(), 0, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_only_a_person_can_make_leaves_it_open() {
    let elsewhere = Elsewhere::start(None).await;
    let output = elsewhere.preflight(&["--output", "tsv"]).await;
    let stderr = said(&output);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.starts_with("choice.ambiguous: pick-vault"),
        "{stderr}"
    );
    assert!(
        stderr.contains("next: Name one with --choose pick-vault=ID"),
        "{stderr}"
    );
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        stdout.starts_with("result\tstep\telement\tcheck\tvalue\n"),
        "{stdout}"
    );
    assert!(stdout.contains("not reached\tvault\t"), "{stdout}");
    assert_eq!(elsewhere.changes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_that_is_gone_leaves_it_open() {
    let elsewhere = Elsewhere::start(None).await;
    let address = elsewhere.simulator.https().unwrap().to_owned();
    let ca = elsewhere.file("ca.pem");
    let Elsewhere { simulator, folder } = elsewhere;
    simulator.shutdown().await;
    let output = tokio::task::spawn_blocking(move || command(&address, &ca).output().unwrap())
        .await
        .unwrap();
    drop(folder);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).starts_with("arm.simulator_silent: "),
        "{}",
        said(&output)
    );
}
