//! Sign-off between two data folders that share nothing but an exchange folder: with the app's command
//! on both sides, and with nothing but `ssh-keygen` on the reviewer's.
//!
//! `cargo test -p drillbook-cli --test exchange -- --nocapture` prints each command with its output.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]
#![allow(
    clippy::print_stdout,
    reason = "the steps are what the test is read for"
)]

mod aftermath;
mod machines;

use machines::{Machines, RITA, holds, outcome, says};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn two_machines_sign_off_a_whole_drill_with_the_command_on_both_sides() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    let mut played = machines.first();
    let mut signed = 0;
    while played.stdout.is_empty() {
        says(&played, "exchange.no_decision");
        holds(&machines.drillbook("requests --data operator --output tsv"));
        machines.newest_request();
        holds(&machines.drillbook("request show reviewer/request.txt --data reviewer"));
        holds(&machines.drillbook(
            "request sign reviewer/request.txt --key reviewer/key --approve --condition now=2099-01-01T00:00:00Z --data reviewer",
        ));
        // The answer goes back as an attachment.
        let answer = machines.path(&format!("reviewer/request.{RITA}.decision.txt"));
        std::fs::copy(
            answer,
            machines.path(&format!("exchange/answer-{signed}.txt")),
        )
        .unwrap();
        signed += 1;
        assert!(signed < 12);
        played = machines.rehearse("--resume");
    }
    assert_eq!(outcome(&played)["end"], "closed");
    assert!(signed >= 4, "{signed} gates");
    holds(&machines.drillbook("policy show --data operator"));
    holds(&machines.drillbook("policy export --allowed-signers signers --data operator"));
    holds(&machines.drillbook("verify bundle.zip --allowed-signers signers"));
}

#[test]
fn two_machines_sign_off_with_nothing_but_ssh_keygen_at_the_reviewers() {
    let machines = Machines::new(&["-t", "ecdsa", "-b", "256", "-N", ""]);
    let mut played = machines.first();
    let mut signed = 0;
    while played.stdout.is_empty() {
        machines.newest_request();
        let document = machines.prepared("APPROVAL");
        assert!(document.contains("\"verdict\":\"approve\""), "{document}");
        machines.sign_plainly("reviewer/key", "drill-approval@drillbook");
        // Only the signature goes back, pasted into a mail and quoted.
        let signature =
            std::fs::read_to_string(machines.path("reviewer/decision.json.sig")).unwrap();
        let mail = format!("Approved. Rita\r\n> {}", signature.replace('\n', "\r\n> "));
        std::fs::write(machines.path("answer.txt"), mail).unwrap();
        holds(&machines.drillbook("decision import answer.txt --data operator"));
        let before = machines.entries();
        holds(&machines.drillbook("decision import answer.txt --data operator"));
        assert_eq!(machines.entries(), before, "taken in twice, recorded once");
        signed += 1;
        assert!(signed < 12);
        played = machines.rehearse("--resume");
    }
    assert_eq!(outcome(&played)["end"], "closed");
    assert!(signed >= 4, "{signed} gates");
    holds(&machines.drillbook("policy export --allowed-signers signers --data operator"));
    holds(&machines.drillbook("verify bundle.zip --allowed-signers signers"));
}

#[test]
fn a_refusal_with_its_reason_breaks_the_drill_off() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    machines.first();
    machines.newest_request();
    let unsaid =
        machines.drillbook("request sign reviewer/request.txt --key reviewer/key --refuse");
    assert_eq!(unsaid.status.code(), Some(2), "a reason is demanded");
    holds(&machines.drillbook(
        "request sign reviewer/request.txt --key reviewer/key --refuse --reason holiday",
    ));
    let answer = machines.path(&format!("reviewer/request.{RITA}.decision.txt"));
    std::fs::copy(answer, machines.path("exchange/no.txt")).unwrap();
    let played = machines.rehearse("--resume");
    assert_eq!(outcome(&played)["end"], "abandoned");
    assert_eq!(outcome(&played)["code"], "approval.refused");
    assert!(
        outcome(&played)["sentence"]
            .as_str()
            .unwrap()
            .contains("holiday")
    );
}

#[test]
fn what_is_wrong_with_a_decision_is_named_and_nothing_is_approved() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    machines.first();
    let request = machines.newest_request();
    let import = |name: &str, text: &str| {
        std::fs::write(machines.path(name), text).unwrap();
        machines.drillbook(&format!("decision import {name} --data operator"))
    };
    machines.prepared("APPROVAL");
    machines.sign_plainly("reviewer/key", "file");
    says(
        &machines.drillbook("decision import reviewer/decision.json --data operator"),
        "approval.namespace",
    );
    machines.sign_plainly(
        "operator/rehearsal/keys/maya@evergreen.example",
        "drill-approval@drillbook",
    );
    says(
        &machines.drillbook("decision import reviewer/decision.json --data operator"),
        "approval.signature",
    );
    says(
        &machines.drillbook("decision import reviewer/decision.json.sig --data operator"),
        "approval.signature",
    );
    let own = "request sign reviewer/request.txt --approve --key operator/rehearsal/keys/maya@evergreen.example";
    says(&machines.drillbook(own), "approval.own_request");
    let sam = "request sign reviewer/request.txt --approve --key operator/rehearsal/keys/sam@evergreen.example";
    says(&machines.drillbook(sam), "approval.role");
    says(&import("words.txt", "approved"), "exchange.nothing_found");
    says(&import("request.txt", &request), "exchange.nothing_found");
    holds(&machines.drillbook("request sign reviewer/request.txt --key reviewer/key --approve"));
    let answer =
        std::fs::read_to_string(machines.path(&format!("reviewer/request.{RITA}.decision.txt")))
            .unwrap();
    says(
        &import("cut.txt", &answer[..answer.len() / 2]),
        "exchange.damaged",
    );
    // The same person's approval of another machine's request.
    let other = Machines::new(&["-t", "ed25519", "-N", ""]);
    for name in ["key", "key.pub"] {
        let file = format!("reviewer/{name}");
        std::fs::copy(machines.path(&file), other.path(&file)).unwrap();
    }
    let seeded = other.drillbook(&format!(
        "rehearse vm-disks-cross-region --auto --json --seed 4 --speed 1000000 --bundle b.zip --data operator \
         --exchange exchange --wait 0s --reviewer {RITA}=reviewer/key.pub"
    ));
    says(&seeded, "exchange.no_decision");
    std::fs::write(other.path("answer.txt"), &answer).unwrap();
    let crossed = other.drillbook("decision import answer.txt --data operator");
    says(&crossed, "exchange.other_log");
    let open = machines.drillbook("requests --data operator --output json");
    let open: serde_json::Value = serde_json::from_slice(&open.stdout).unwrap();
    assert_eq!(open.as_array().unwrap().len(), 1, "still open");
    holds(&import("answer.txt", &answer));
    says(
        &machines.drillbook("decision import words.txt --data operator"),
        "exchange.nothing_found",
    );
}

#[test]
fn nothing_in_the_exchange_folder_is_trusted() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    machines.first();
    let request = machines.newest_request();
    machines.prepared("APPROVAL");
    machines.sign_plainly(
        "operator/rehearsal/keys/sam@evergreen.example",
        "drill-approval@drillbook",
    );
    let signature = std::fs::read_to_string(machines.path("reviewer/decision.json.sig")).unwrap();
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(machines.path("exchange").join(name), bytes).unwrap();
    };
    put("copy.txt", request.as_bytes());
    put("forged.sig", signature.as_bytes());
    put("noise.bin", &[0xff; 4096]);
    put("large.txt", &vec![b'-'; 2 * 1024 * 1024]);
    std::fs::create_dir(machines.path("exchange/folder.txt")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", machines.path("exchange/endless.txt")).unwrap();
    std::os::unix::fs::symlink(machines.path("nowhere"), machines.path("exchange/gone.txt"))
        .unwrap();
    let waited = machines.rehearse("--resume");
    says(&waited, "exchange.no_decision");
    let stderr = String::from_utf8_lossy(&waited.stderr);
    assert!(
        stderr.contains("approval.signature: exchange/forged.sig"),
        "{stderr}"
    );
    assert_eq!(
        stderr.matches("approval.").count(),
        1,
        "told once\n{stderr}"
    );
}

#[test]
fn a_changed_request_file_is_not_shown() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    machines.first();
    let request = machines.newest_request();
    let begin = request.find("-----BEGIN DRILLBOOK REQUEST").unwrap();
    let changed = format!("{}A{}", &request[..begin + 400], &request[begin + 401..]);
    let changed = if changed == request {
        request.replacen('C', "D", 1)
    } else {
        changed
    };
    std::fs::write(machines.path("changed.txt"), changed).unwrap();
    for args in [
        "request show changed.txt",
        "request sign changed.txt --key reviewer/key --approve",
    ] {
        let output = machines.drillbook(args);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty(), "nothing is rendered");
    }
}

#[test]
fn a_key_in_an_agent_and_a_key_with_a_passphrase_sign() {
    let machines = Machines::new(&["-t", "ed25519", "-N", "a passphrase"]);
    machines.first();
    machines.newest_request();
    let agent = Agent::start(machines.root.path());
    agent.add(&machines.path("reviewer/key"), "a passphrase");
    let sign = |key: &str| {
        Command::new(env!("CARGO_BIN_EXE_drillbook"))
            .args([
                "request",
                "sign",
                "reviewer/request.txt",
                "--approve",
                "--key",
                key,
            ])
            .current_dir(machines.root.path())
            .env("SSH_AUTH_SOCK", &agent.socket)
            .output()
            .unwrap()
    };
    for (key, presence) in [("reviewer/key.pub", "agent"), ("reviewer/key", "file")] {
        let signed = sign(key);
        holds(&signed);
        std::fs::write(machines.path("answer.txt"), &signed.stdout).unwrap();
        let taken = machines.drillbook("decision import answer.txt --data operator");
        println!("{presence}");
        if presence == "agent" {
            holds(&taken);
        } else {
            says(&taken, "approval.request_not_open");
        }
    }
}

#[test]
fn the_next_policy_is_signed_by_the_owners_of_this_one_and_what_was_asked_is_asked_again() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    machines.first();
    let asked = machines.newest_request();
    holds(&machines.drillbook("policy propose next.json --data operator"));
    let page = std::fs::read_to_string(machines.path("next.json")).unwrap();
    let shorter = page.replace("\"approval_valid_s\": 14400", "\"approval_valid_s\": 3600");
    assert_ne!(page, shorter);
    std::fs::write(machines.path("next.json"), shorter).unwrap();
    holds(&machines.drillbook("policy sign next.json --key reviewer/key"));
    let adopt = "policy adopt next.json --data operator";
    says(&machines.drillbook(adopt), "exchange.policy_chain");
    let sam = "policy sign next.json --key operator/rehearsal/keys/sam@evergreen.example";
    holds(&machines.drillbook(sam));
    holds(&machines.drillbook(adopt));
    let entries = machines.entries();
    holds(&machines.drillbook(adopt));
    assert_eq!(machines.entries(), entries, "adopted once");
    let shown = machines.drillbook("policy show --data operator");
    assert!(String::from_utf8_lossy(&shown.stdout).starts_with("Policy version 2 of "));
    holds(&machines.drillbook("request sign reviewer/request.txt --key reviewer/key --approve"));
    let late = format!("decision import reviewer/request.{RITA}.decision.txt --data operator");
    says(&machines.drillbook(&late), "approval.policy_differs");
    says(&machines.rehearse("--resume"), "exchange.no_decision");
    assert_ne!(
        machines.newest_request(),
        asked,
        "asked again under the new policy"
    );
    let show = machines.drillbook("request show reviewer/request.txt");
    let shown = String::from_utf8_lossy(&show.stdout).into_owned();
    assert!(
        shown.contains("Policy version 2") && shown.contains("lives for 60 minutes"),
        "{shown}"
    );
    holds(&machines.drillbook("request sign reviewer/request.txt --key reviewer/key --approve"));
    holds(&machines.drillbook(&late));
}

/// An agent of this test's own, ended with it.
struct Agent {
    child: std::process::Child,
    socket: PathBuf,
}

impl Agent {
    fn start(folder: &Path) -> Agent {
        use std::io::{BufRead, BufReader};
        let socket = folder.join("agent");
        let mut child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // It prints its socket once it listens.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains("SSH_AUTH_SOCK"), "{line}");
        Agent { child, socket }
    }

    fn add(&self, key: &Path, passphrase: &str) {
        use std::os::unix::fs::PermissionsExt;
        let ask = self.socket.with_file_name("ask");
        std::fs::write(&ask, format!("#!/bin/sh\necho '{passphrase}'\n")).unwrap();
        std::fs::set_permissions(&ask, std::fs::Permissions::from_mode(0o700)).unwrap();
        let added = Command::new("ssh-add")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket)
            .env("SSH_ASKPASS", &ask)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .output()
            .unwrap();
        assert!(added.status.success(), "{added:?}");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
