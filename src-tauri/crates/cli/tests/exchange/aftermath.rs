//! Taking a decision back, breaking glass and its review, between the same two machines.

use crate::machines::{Machines, RITA, holds, outcome, says};
use std::path::PathBuf;

const MAYA: &str = "maya@evergreen.example";
const SAM: &str = "sam@evergreen.example";

impl Machines {
    /// Approves the newest request as Rita, and takes her decision in without playing on.
    fn rita_approves(&self) {
        self.newest_request();
        holds(&self.drillbook("request sign reviewer/request.txt --key reviewer/key --approve"));
        let answer =
            format!("decision import reviewer/request.{RITA}.decision.txt --data operator");
        holds(&self.drillbook(&answer));
    }

    /// Plays to the end, with Rita's approval at every gate.
    fn to_the_end(&self) -> std::process::Output {
        for _ in 0..12 {
            let played = self.rehearse("--resume");
            let stderr = String::from_utf8_lossy(&played.stderr);
            if !stderr.contains("exchange.no_decision: ") {
                return played;
            }
            self.rita_approves();
        }
        panic!("too many gates");
    }

    /// Lets the policy name somebody who may break glass.
    fn names_for_emergencies(&self, person: &str) {
        holds(&self.drillbook("policy propose next.json --data operator"));
        let page = std::fs::read_to_string(self.path("next.json")).unwrap();
        let named = page.replace("\"who\": []", &format!("\"who\": [\"{person}\"]"));
        assert_ne!(page, named);
        std::fs::write(self.path("next.json"), named).unwrap();
        holds(&self.drillbook("policy sign next.json --key reviewer/key"));
        let sam = format!("policy sign next.json --key operator/rehearsal/keys/{SAM}");
        holds(&self.drillbook(&sam));
        holds(&self.drillbook("policy adopt next.json --data operator"));
    }

    /// Returns the one file in a folder that ends so.
    fn file(&self, folder: &str, ending: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut found = paths.filter(|path| path.to_string_lossy().ends_with(ending));
        found.next().unwrap()
    }

    /// The auditor's two verifiers.
    fn both_verifiers_hold(&self) {
        holds(&self.drillbook("policy export --allowed-signers signers --data operator"));
        holds(&self.drillbook("verify bundle.zip --allowed-signers signers"));
        holds(&self.run("unzip", "unzip", "-q -d bundle bundle.zip"));
        holds(&self.run(
            "python3",
            "python3",
            "bundle/verify.py bundle --allowed-signers signers",
        ));
    }

    fn report(&self) -> String {
        std::fs::read_to_string(self.path("bundle/report.html")).unwrap()
    }
}

#[test]
fn a_decision_is_taken_back_across_machines_and_what_was_sent_stays_sent() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    says(&machines.first(), "exchange.no_decision");
    machines.rita_approves();
    holds(&machines.drillbook("decision list --data operator --output tsv"));
    let file = machines.file("operator/rehearsal/requests", ".decision.txt");
    std::fs::copy(file, machines.path("reviewer/mine.decision.txt")).unwrap();
    // Somebody else's key, with the reviewer's name on it or not.
    let revoke = "decision revoke reviewer/mine.decision.txt --reason mistake";
    let maya = format!("{revoke} --key operator/rehearsal/keys/{MAYA}");
    says(&machines.drillbook(&maya), "exchange.key_unknown");
    holds(&machines.drillbook(&format!("{maya} --person {RITA}")));
    let import = |who: &str| {
        let file = format!("reviewer/mine.{who}.revocation.txt");
        machines.drillbook(&format!("decision import {file} --data operator"))
    };
    says(&import(RITA), "approval.signature");
    holds(&machines.drillbook(&format!("{maya} --person {MAYA}")));
    says(&import(MAYA), "approval.role");
    holds(&machines.drillbook(&format!("{revoke} --key reviewer/key")));
    holds(&import(RITA));
    let entries = machines.entries();
    holds(&import(RITA));
    assert_eq!(machines.entries(), entries, "taken back once");
    // The gate opens again for a new request, and the drill goes on with a new approval.
    says(&machines.rehearse("--resume"), "exchange.no_decision");
    machines.rita_approves();
    says(&machines.rehearse("--resume"), "exchange.no_decision");
    // The approval of the gate that is behind has been used: an owner takes it back all the same.
    let listed = machines.drillbook("decision list --data operator --output json");
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let used = listed[0]["file"].as_str().unwrap();
    std::fs::copy(
        machines.path(used),
        machines.path("reviewer/used.decision.txt"),
    )
    .unwrap();
    holds(&machines.drillbook(&format!(
        "decision revoke reviewer/used.decision.txt --reason late --person {SAM} --key operator/rehearsal/keys/{SAM}"
    )));
    let late = format!("decision import reviewer/used.{SAM}.revocation.txt --data operator");
    let taken = machines.drillbook(&late);
    holds(&taken);
    let stdout = String::from_utf8_lossy(&taken.stdout);
    assert!(
        stdout.contains("request approved"),
        "nothing is undone\n{stdout}"
    );
    assert_eq!(outcome(&machines.to_the_end())["end"], "closed");
    machines.both_verifiers_hold();
    let report = machines.report();
    assert_eq!(report.matches("taken back by").count(), 2, "{report}");
}

#[test]
fn glass_is_broken_across_machines_and_the_drill_closes_once_somebody_else_reviewed_it() {
    let machines = Machines::new(&["-t", "ed25519", "-N", ""]);
    says(&machines.first(), "exchange.no_decision");
    machines.newest_request();
    let maya = format!("operator/rehearsal/keys/{MAYA}");
    let breaks = |key: &str| {
        machines.drillbook(&format!(
            "glass break reviewer/request.txt --reason fire --key {key}"
        ))
    };
    says(&breaks(&maya), "approval.break_glass");
    machines.names_for_emergencies(MAYA);
    says(&machines.rehearse("--resume"), "exchange.no_decision");
    machines.newest_request();
    says(&breaks("reviewer/key"), "approval.break_glass");
    holds(&breaks(&maya));
    let signed = machines.path(&format!("reviewer/request.{MAYA}.glass.txt"));
    std::fs::copy(signed, machines.path("exchange/emergency.txt")).unwrap();
    says(&machines.rehearse("--resume"), "exchange.no_decision");
    let again = format!("decision import reviewer/request.{MAYA}.glass.txt --data operator");
    let entries = machines.entries();
    holds(&machines.drillbook(&again));
    assert_eq!(machines.entries(), entries, "broken once");
    says(&machines.to_the_end(), "approval.review_owed");
    says(&machines.rehearse("--resume"), "approval.review_owed");
    holds(&machines.drillbook("glass list --data operator --output tsv"));
    let owed = machines.file("exchange", ".glass.txt");
    std::fs::copy(owed, machines.path("reviewer/owed.glass.txt")).unwrap();
    let review = |key: &str| {
        machines.drillbook(&format!(
            "glass review reviewer/owed.glass.txt --unjustified --reason drill --key {key}"
        ))
    };
    says(&review(&maya), "approval.own_request");
    let sam = format!("operator/rehearsal/keys/{SAM}");
    says(&review(&sam), "approval.role");
    holds(&review("reviewer/key"));
    let answer = machines.path(&format!("reviewer/owed.{RITA}.review.txt"));
    std::fs::copy(answer, machines.path("exchange/looked.txt")).unwrap();
    assert_eq!(outcome(&machines.rehearse("--resume"))["end"], "closed");
    machines.both_verifiers_hold();
    let report = machines.report();
    assert!(
        report.contains("went on without a quorum: fire"),
        "{report}"
    );
    assert!(report.contains("not justified"), "{report}");
}
