//! A second reader, over a simulator in a process of its own: another person with another login reads again what a
//! drill had read, and signs the comparison; then somebody changes a protected setting.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const EVERGREEN: &str = include_str!("../../armsim/scenarios/evergreen-mutual.toml");
const SAM: &str = "sam@evergreen.example";
const MAYA: &str = "maya@evergreen.example";
const GUEST: (&str, &str) = (
    "66666666-7777-4888-9999-aaaaaaaaaaaa",
    "another-secret-worth-nothing",
);
const GUEST_OBJECT: &str = "77777777-8888-4999-aaaa-bbbbbbbbbbbb";

/// A simulator in a process of its own, ended with the test.
struct Elsewhere {
    child: Child,
    said: Value,
}

impl Elsewhere {
    /// Serves a scenario; on the port of the one before, connections lead there still.
    fn serve(desk: &Desk, scenario: &str, port: &str) -> Elsewhere {
        std::fs::write(desk.path("scenario.toml"), scenario).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_drillbook"))
            .args(["simulator", "serve", "--https", "--ca-out", "ca.pem"])
            .args(["--scenario", "scenario.toml", "--port", port])
            .current_dir(desk.root.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said = serde_json::from_str(&line).unwrap();
        Elsewhere { child, said }
    }

    fn word(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap()
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folders of both people.
struct Desk {
    root: TempDir,
}

impl Desk {
    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drillbook"));
        command
            .args(words.split(' '))
            .current_dir(self.root.path())
            .env("DRILLBOOK_HOME", self.path("nobody"))
            .env("DRILLBOOK_PASSPHRASE_FILE", "words");
        command
    }

    fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    fn good(&self, words: &str) -> String {
        let output = self.run(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn code(&self, words: &str) -> String {
        let output = self.run(words);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words}: {error}");
        error.split(':').next().unwrap().to_owned()
    }

    /// A connection of a person to the simulator, its secret under a passphrase.
    fn connect(&self, data: &str, at: &Elsewhere, client: &str, secret: &str) {
        let words = format!(
            "connection add here --cloud simulator --tenant {} --subscription {} --credential client-secret \
             --client-id {client} --simulator {} --ca ca.pem --passphrase-file words --data {data}",
            at.word("tenant"),
            at.word("subscription"),
            at.word("https"),
        );
        let mut command = self.command(&words);
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{secret}").unwrap();
        drop(input);
        let added = child.wait_with_output().unwrap();
        assert!(added.status.success(), "{added:?}");
    }

    /// Judges a bundle with both verifiers.
    fn both(&self, bundle: &str) -> (bool, bool) {
        let ours = self.run(&format!("verify {bundle} --allowed-signers signers"));
        let folder = tempfile::tempdir().unwrap();
        let zip = std::fs::File::open(self.path(bundle)).unwrap();
        zip::ZipArchive::new(zip)
            .unwrap()
            .extract(folder.path())
            .unwrap();
        let script = Command::new("python3")
            .arg(folder.path().join("verify.py"))
            .arg(folder.path())
            .arg("--allowed-signers")
            .arg(self.path("signers"))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&script.stdout).into_owned();
        assert_eq!(ours.status.success(), script.status.success(), "{told}");
        (ours.status.success(), script.status.success())
    }
}

fn played() -> (Desk, Elsewhere, String) {
    let desk = Desk {
        root: tempfile::tempdir().unwrap(),
    };
    std::fs::write(desk.path("words"), "six words make a fine passphrase\n").unwrap();
    let tenant = EVERGREEN.split("tenant = \"").nth(1).unwrap();
    let tenant = tenant.split('"').next().unwrap();
    let scenario = format!(
        "{EVERGREEN}\n[[guest]]\ntenant = \"{tenant}\"\nobject_id = \"{GUEST_OBJECT}\"\nclient_id = \"{}\"\nclient_secret = \"{}\"\n",
        GUEST.0, GUEST.1
    );
    let simulator = Elsewhere::serve(&desk, &scenario, "0");
    let (client, secret) = (simulator.word("client_id"), simulator.word("client_secret"));
    desk.connect("operator", &simulator, client, secret);
    desk.connect("reader", &simulator, GUEST.0, GUEST.1);
    desk.connect("thief", &simulator, client, secret);
    desk.good("rehearse vm-disks-cross-region --auto --json --connection here --data operator --bundle b.zip --speed 1000000");
    for person in [SAM, MAYA] {
        let from = desk.path("operator/rehearsal/keys").join(person);
        std::fs::copy(from, desk.path(person)).unwrap();
    }
    desk.good("policy export --allowed-signers signers --data operator");
    (desk, simulator, scenario)
}

#[test]
fn another_person_reads_again_what_a_drill_had_read_and_a_changed_setting_is_named() {
    let (desk, simulator, scenario) = played();
    let read = format!("second-read b.zip --allowed-signers signers --person {SAM} --key {SAM}");
    let by = |data: &str, out: &str| format!("{read} --connection here --data {data} --out {out}");
    refused(&desk, &simulator, &read);

    let said = desk.good(&by("reader", "one.txt"));
    assert!(said.contains(" 0 changed, 0 unreadable, "), "{said}");
    let taken = desk.good("decision import one.txt --data operator");
    assert!(
        taken.starts_with(&format!("{SAM} read again what D-")),
        "{taken}"
    );
    let again = desk.good("decision import one.txt --data operator");
    assert!(again.contains("known already"), "{again}");

    let changed = scenario.replacen(
        "softDeleteState = \"Enabled\"",
        "softDeleteState = \"Disabled\"",
        1,
    );
    assert_ne!(changed, scenario);
    let port = simulator
        .word("https")
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    drop(simulator);
    let _simulator = Elsewhere::serve(&desk, &changed, &port);
    let said = desk.good(&by("reader", "two.txt"));
    let named = "properties.securitySettings.softDeleteSettings.softDeleteState: Enabled was recorded, Disabled is read";
    assert!(said.contains(named), "{said}");
    desk.good("decision import two.txt --data operator");

    let drill = taken.split("what ").nth(1).unwrap();
    let drill = drill.split(' ').next().unwrap();
    for audience in ["internal", "public"] {
        let bundle = format!("{audience}.zip");
        desk.good(&format!(
            "export --drill {drill} --audience {audience} --data operator --bundle {bundle}"
        ));
        assert_eq!(desk.both(&bundle), (true, true), "{audience}");
    }
    let public = format!("{} --out x.txt", read.replace("b.zip", "public.zip"));
    let public = format!("{public} --connection here --data reader");
    assert_eq!(desk.code(&public), "reading.public");
    report_names_it(&desk);
}

/// Who may not, is told so before anything is asked; what was forged is not taken in.
fn refused(desk: &Desk, simulator: &Elsewhere, read: &str) {
    let simulated = format!(
        "{read} --simulator {} --ca ca.pem --out x.txt",
        simulator.word("https")
    );
    assert_eq!(desk.code(&simulated), "reading.own_identity");
    let thief = format!("{read} --connection here --data thief --out x.txt");
    assert_eq!(desk.code(&thief), "reading.own_identity");
    let with = |person: &str, key: &str| {
        format!(
            "second-read b.zip --person {person} --key {key} --connection here --data reader --out x.txt"
        )
    };
    assert_eq!(desk.code(&with(MAYA, MAYA)), "reading.own_drill");
    assert_eq!(desk.code(&with(SAM, MAYA)), "exchange.key_unknown");
    assert!(!desk.path("x.txt").exists());

    desk.good(&format!(
        "{read} --connection here --data reader --out honest.txt"
    ));
    let honest = std::fs::read_to_string(desk.path("honest.txt")).unwrap();
    let forged = forged(desk, &honest);
    for (name, text, code) in [
        ("forged.txt", &forged, "approval.signature"),
        (
            "cut.txt",
            &honest[..honest.len() / 2].to_owned(),
            "exchange.damaged",
        ),
    ] {
        std::fs::write(desk.path(name), text).unwrap();
        assert_eq!(
            desk.code(&format!("decision import {name} --data operator")),
            code
        );
    }
}

/// The comparison, signed by the operator's key under the reader's name.
fn forged(desk: &Desk, honest: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let label = "DRILLBOOK SECOND READING-----";
    let body = honest.split(&format!("BEGIN {label}")).nth(1).unwrap();
    let body: String = body
        .split("-----END")
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let letter: Value = serde_json::from_slice(&STANDARD.decode(body).unwrap()).unwrap();
    std::fs::write(desk.path("r.json"), letter["text"].as_str().unwrap()).unwrap();
    let signed = Command::new("ssh-keygen")
        .args([
            "-q",
            "-Y",
            "sign",
            "-n",
            "drill-reading@drillbook",
            "-f",
            MAYA,
            "r.json",
        ])
        .current_dir(desk.root.path())
        .output()
        .unwrap();
    assert!(signed.status.success(), "{signed:?}");
    let mut all = serde_json::Map::new();
    let signature = std::fs::read_to_string(desk.path("r.json.sig")).unwrap();
    all.insert("signatures".into(), vec![signature].into());
    all.insert("text".into(), letter["text"].clone());
    let sorted: std::collections::BTreeMap<_, _> = all.into_iter().collect();
    let bytes = serde_json::to_string(&sorted).unwrap();
    format!(
        "-----BEGIN {label}\n{}\n-----END {label}\n",
        STANDARD.encode(bytes)
    )
}

fn report_names_it(desk: &Desk) {
    let zip = std::fs::File::open(desk.path("internal.zip")).unwrap();
    let mut zip = zip::ZipArchive::new(zip).unwrap();
    let mut report = zip.by_name("report.html").unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut report, &mut text).unwrap();
    assert!(text.contains("Second readings"), "a section of its own");
    assert!(text.contains("softDeleteSettings.softDeleteState"));
}
