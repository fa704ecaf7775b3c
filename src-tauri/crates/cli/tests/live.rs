//! The sign-off commands over a live journal, which is sealed: under a passphrase, and with its key in a keyring.
//!
//! A simulator stands in for Azure, which only tests may ask for.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_arm::{Cloud, Secret, Simulated};
use drillbook_armsim::{Options as SimulatorOptions, Simulator, scaled_clock};
use drillbook_engine::{
    Auto, Clock, Engine, EngineError, Environment, Exchange, NewKey, Options, Proposal,
    ProposedGate, ProposedPerson, Seal, data_folder,
};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;
use zeroize::Zeroizing;

const WORDS: &str = "six words make a fine passphrase";
const OLGA: &str = "olga@evergreen.example";
const RITA: &str = "rita@evergreen.example";

/// An operator's computer with a live journal, and what opens it.
struct Computer {
    root: TempDir,
    seal: Seal,
}

impl Computer {
    fn new(seal: Seal) -> Computer {
        let computer = Computer {
            root: tempfile::tempdir().unwrap(),
            seal,
        };
        std::fs::write(computer.path("words"), format!("{WORDS}\n")).unwrap();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(computer.path("key"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        computer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn run(&self, words: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_drillbook"))
            .args(words.split(' '))
            .current_dir(self.root.path())
            .env("DRILLBOOK_HOME", self.path("nobody"))
            .output()
            .unwrap()
    }

    /// Runs a command over the live journal.
    fn live(&self, words: &str) -> Output {
        let opens = match self.seal {
            Seal::Passphrase(_) => " --passphrase-file words",
            _ => "",
        };
        self.run(&format!("{words} --live --data data{opens}"))
    }

    fn good(&self, words: &str) -> String {
        said(words, &self.live(words))
    }

    fn rows(&self, words: &str) -> Vec<Value> {
        serde_json::from_str(&self.good(&format!("{words} --output json"))).unwrap()
    }

    /// The window's part: first policy, then a drill up to its first gate.
    async fn asks(&self) {
        let simulator = Simulator::start(SimulatorOptions::new(scaled_clock(1)));
        let simulator = simulator.await.unwrap();
        let open = || {
            let folder = data_folder(Some(&self.path("data"))).unwrap();
            let known = simulator.credentials();
            let options = Options {
                data: folder.path().to_owned(),
                cloud: cloud(&simulator),
                clock: Clock::real(),
                seed: None,
                environment: Environment {
                    tenant: known.tenant.clone(),
                    subscription: known.subscription.clone(),
                    ..Environment::default()
                },
                runbooks: Vec::new(),
                reviewers: Vec::new(),
                seal: self.seal.clone(),
            };
            (Engine::open_own(&folder, options, true).unwrap(), folder)
        };
        let (engine, folder) = open();
        engine.propose(&self.first_policy()).unwrap();
        engine.sign_draft().unwrap();
        engine.adopt_draft().unwrap();
        drop((engine, folder));
        let (engine, _folder) = open();
        let auto = Auto {
            runbook: "vm-disks-cross-region".to_owned(),
            resume: false,
            exchange: Some(Exchange {
                folder: self.path("exchange"),
                wait: Duration::ZERO,
                declined: |_, _| {},
            }),
        };
        let played = engine.play(&auto, |_| {}).await;
        assert!(
            matches!(played, Err(EngineError::NoDecision { .. })),
            "{played:?}"
        );
    }

    fn first_policy(&self) -> Proposal {
        let line = std::fs::read_to_string(self.path("key.pub")).unwrap();
        let person = |id: &str, role: &str, new_key| ProposedPerson {
            id: id.to_owned(),
            roles: vec![role.to_owned()],
            owner: true,
            keys: Vec::new(),
            new_key: Some(new_key),
        };
        let gate = |name: &str| ProposedGate {
            name: name.to_owned(),
            quorum: 1,
            roles: vec!["security-reviewer".to_owned()],
            approval_valid_s: 14_400,
        };
        Proposal {
            people: vec![
                person(OLGA, "operator", NewKey::Made),
                person(RITA, "security-reviewer", NewKey::Public(line)),
            ],
            threshold: 1,
            gates: ["prepare", "restore", "start", "cleanup"].map(gate).into(),
            break_glass: Vec::new(),
            retention: "P6Y".to_owned(),
            review_every: "P90D".to_owned(),
        }
    }
}

fn cloud(simulator: &Simulator) -> Cloud {
    let (address, known) = (simulator.https().unwrap(), simulator.credentials());
    Cloud::simulator(Simulated {
        arm: address.to_owned(),
        authority: address.to_owned(),
        prices: Some(address.to_owned()),
        storage: Vec::new(),
        ca_pem: Some(simulator.ca_pem().to_owned()),
        tenant: known.tenant.clone(),
        client_id: known.client_id.clone(),
        client_secret: Secret::new(known.client_secret.clone()),
    })
    .unwrap()
}

/// Returns what a command printed that must succeed.
fn said(words: &str, output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns the code of a command that must fail with one.
fn code(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    error.split(':').next().unwrap().to_owned()
}

async fn signed_off(computer: Computer) {
    computer.asks().await;
    assert_eq!(
        computer
            .run("requests --data data --output tsv")
            .stdout
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        1,
        "the rehearsals' journal has no request"
    );
    let quiet = computer.rows("requests");
    assert_eq!(quiet[0]["file"], "", "nothing lies beside a sealed journal");
    let rows = computer.rows("requests --out out");
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["can_sign"], RITA);
    let file = rows[0]["file"].as_str().unwrap();
    let shown = said("show", &computer.run(&format!("request show {file}")));
    assert!(shown.starts_with("LIVE: request for sign-off"), "{shown}");

    // On the operator's own account it is no second person.
    let sign = format!("request sign {file} --key key --approve");
    let own = computer.run(&format!("{sign} --data data"));
    assert_eq!(code(&own), "approval.same_device");
    said("sign", &computer.run(&sign));
    let stem = file.strip_suffix(".request.txt").unwrap();
    let import = format!("decision import {stem}.{RITA}.decision.txt");
    assert!(computer.good(&import).contains("\nrequest approved"));
    assert!(computer.good(&import).contains("known already"));
    assert_eq!(computer.rows("requests").len(), 0, "decided");

    let standing = computer.rows("decision list --out out");
    let file = standing[0]["file"].as_str().unwrap();
    let words = format!("decision revoke {file} --key key --reason sick");
    said("revoke", &computer.run(&words));
    let stem = file.strip_suffix(".decision.txt").unwrap();
    computer.good(&format!("decision import {stem}.{RITA}.revocation.txt"));
    assert_eq!(computer.rows("decision list").len(), 0, "taken back");
    assert_eq!(computer.rows("glass list").len(), 0);

    computer.good("policy propose next.json");
    said("sign", &computer.run("policy sign next.json --key key"));
    computer.good("policy adopt next.json");
    let page = computer.good("policy show");
    assert!(page.starts_with("Policy version 2 of drillbook/live/"));
    computer.good("policy export --allowed-signers signers");
    computer.good("export --drill D-2026-0001 --bundle bundle.zip");
    let verified = computer.run("verify bundle.zip --allowed-signers signers");
    said("verify", &verified);
    assert!(!computer.path("data/live/requests").exists());
    assert!(!computer.path("data/rehearsal").exists(), "live only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_request_under_a_passphrase_is_listed_decided_and_taken_back() {
    let words = Zeroizing::new(WORDS.to_owned());
    let computer = Computer::new(Seal::Passphrase(words));
    let missing = computer.run("decision import key --live --data data --passphrase-file words");
    assert_eq!(code(&missing), "journal.missing");
    signed_off(computer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_request_is_listed_decided_and_taken_back_with_the_keyring() {
    if std::env::var_os("DRILLBOOK_KEYRING").is_none() {
        eprintln!("NOT TESTED: no Secret Service was promised. `cargo xtask test` unlocks one.");
        return;
    }
    signed_off(Computer::new(Seal::Keyring)).await;
}
