//! "I run it myself", through engine, simulator and journal: somebody else's hand sends it, Drillbook reads what came
//! of it, and the drill goes on to its end with a bundle that holds.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails as it should")]

use drillbook_audit::{Input, Options as VerifyOptions, verify};
use drillbook_core::{Drill, EndOfDrill, Place};
use drillbook_diagnostic::Diagnostic;
use drillbook_engine::{Auto, Engine, Shown, Verdict};
use drillbook_rehearsal::{Options, Rehearsal};
use drillbook_runbook::Purpose;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const MAYA: &str = "maya@evergreen.example";
const RITA: &str = "rita@evergreen.example";
const LINE: &str = "az group create --name rg-";

fn place(step: &str) -> Place {
    Place {
        step: step.to_owned(),
        element: None,
    }
}

/// Plays the drill until its group may be made.
async fn signed(engine: &Engine) -> Arc<Drill> {
    engine.switch_person(MAYA).unwrap();
    let drill = engine.open_drill("smoke", Purpose::Drill).await.unwrap();
    let id = drill.id.as_str();
    engine.acknowledge(id, "brief").unwrap();
    let charter = [("scenario".to_owned(), json!("Region lost"))].into();
    engine.enter_fields(id, "charter", charter).unwrap();
    engine.enter_fields(id, "declare", [].into()).unwrap();
    engine.run_step(id, "pick-vault").await.unwrap();
    let key = engine.offers(id, "pick-vault").unwrap()[0].1[0].key.clone();
    let reason = "the only one".to_owned();
    let chosen = engine.choose(id, place("pick-vault"), vec![key], reason);
    chosen.await.unwrap();
    let early = engine.take_outside(id, place("groups"), "group").await;
    assert!(early.is_err(), "no line before its gate");
    let asked = engine.ask_sign_off(id, "approve-prepare").await.unwrap();
    engine.switch_person(RITA).unwrap();
    let request = asked.sign_off("approve-prepare").unwrap().request.clone();
    let mut evidence = asked.evidence.iter().rev();
    let newest = evidence.find(|one| one.step == "pick-vault").unwrap();
    engine.open_evidence(&request, newest.seq).unwrap();
    let head = engine.head().unwrap();
    let shown = Shown::of(&request, head.size, &head.root.hex()).unwrap();
    engine
        .decide_request(&shown, Verdict::Approve, "read".to_owned(), &[])
        .unwrap();
    engine.switch_person(MAYA).unwrap();
    engine.drill(id).unwrap()
}

/// Sends a request past Drillbook, as the operator's terminal does.
async fn by_hand(rehearsal: &Rehearsal, path: &str, body: &Value) -> u16 {
    let simulator = rehearsal.simulator();
    let (base, who) = (simulator.https().unwrap(), simulator.credentials());
    let authority = reqwest::Certificate::from_pem(simulator.ca_pem().as_bytes()).unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .add_root_certificate(authority)
        .build()
        .unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={base}/.default",
        who.client_id, who.client_secret
    );
    let token = http
        .post(format!("{base}/{}/oauth2/v2.0/token", who.tenant))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send();
    let token = token.await.unwrap().text().await.unwrap();
    let token: Value = serde_json::from_str(&token).unwrap();
    let sent = http
        .request(Method::PUT, format!("{base}{path}?api-version=2024-07-01"))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .header("content-type", "application/json")
        .body(body.to_string())
        .send();
    sent.await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_the_operator_ran_outside_is_read_recorded_and_its_debt_is_paid() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        speed: 100_000.0,
        seed: Some(7),
        runbooks: vec![include_str!("fixtures/smoke.toml").to_owned()],
        ..Options::default()
    };
    let rehearsal = Rehearsal::open(options).await.unwrap();
    let engine = rehearsal.engine();
    let drill = signed(engine).await;
    let id = drill.id.as_str();
    let step = drill.runbook.step("groups").unwrap();
    let offered = engine.outside(&drill, step);
    assert_eq!(offered[0].line, None, "not whole before it is taken");

    let line = engine.take_outside(id, place("groups"), "group").await;
    assert!(line.unwrap().starts_with(LINE));
    let taken = engine.drill(id).unwrap();
    assert_eq!(taken.open_debts().count(), 1, "owed from here on");
    let offered = engine.outside(&taken, step);
    assert!(offered[0].line.as_ref().unwrap().starts_with(LINE));
    let too_early = engine
        .report_outside(id, place("groups"), "group", "")
        .await
        .unwrap_err();
    assert_eq!(too_early.code(), "outside.not_seen");

    let path = taken.intents[0].path.clone();
    let body = json!({"location": "westus", "tags": {"drillbook-drill": id}});
    assert_eq!(by_hand(&rehearsal, &path, &body).await, 201);
    let printed =
        "Made. Authorization: Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl";
    let done = engine.report_outside(id, place("groups"), "group", printed);
    let done = done.await.unwrap();
    assert!(drillbook_core::is_done(&done, step), "the step passed");
    let pasted = done.evidence.iter().rev().find(|one| one.kind == "file");
    let kept = engine.evidence(id, pasted.unwrap().seq).unwrap();
    let kept = String::from_utf8(kept.bytes.unwrap()).unwrap();
    assert!(
        kept.starts_with("Made.") && !kept.contains("eyJhIjoxfQ"),
        "{kept}"
    );

    let auto = Auto {
        runbook: "smoke".to_owned(),
        resume: true,
        exchange: None,
    };
    let played = engine.play(&auto, |_| {}).await.unwrap();
    assert_eq!((played.end, played.code), (EndOfDrill::Closed, None));
    let ledger = rehearsal.simulator().control().ledger();
    assert_eq!(ledger.deleted.len(), 1, "what was made outside is deleted");
    let made = ledger.requests.get("PUT resourcegroups").copied();
    assert_eq!(made.unwrap_or(1), 1, "made once: {:?}", ledger.requests);

    let bundle = folder.path().join("bundle.zip");
    engine.export(id, &bundle).unwrap();
    let verdict = verify(Input::Path(&bundle), &VerifyOptions::default()).unwrap();
    assert!(verdict.holds(), "{verdict:?}");
    let unpacked = folder.path().join("unpacked");
    assert!(python(&[
        "-m",
        "zipfile",
        "-e",
        text(&bundle),
        text(&unpacked)
    ]));
    let script = unpacked.join("verify.py");
    assert!(python(&[text(&script), text(&unpacked)]), "verify.py holds");
    let report = std::fs::read_to_string(unpacked.join("report.html")).unwrap();
    assert!(report.contains("run outside by the operator: <code>az group create"));
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

fn python(arguments: &[&str]) -> bool {
    let mut command = std::process::Command::new("python3");
    command.args(arguments).output().unwrap().status.success()
}
