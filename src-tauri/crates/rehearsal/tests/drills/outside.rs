//! "I run it myself", through engine, simulator and journal: somebody else's hand sends it, Drillbook reads what came
//! of it, and the drill goes on to its end with a bundle that holds.

use crate::gate::{MAYA, asked, decide, place, reads};
use crate::{SMOKE, assert_closed, beside, play};
use drillbook_audit::{Input, Options as VerifyOptions, verify};
use drillbook_core::Drill;
use drillbook_diagnostic::Diagnostic;
use drillbook_engine::Engine;
use drillbook_rehearsal::Rehearsal;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const LINE: &str = "az group create --name rg-";

/// Plays the drill until its group may be made; before that there is no line.
async fn signed(engine: &Engine) -> Arc<Drill> {
    let drill = asked(engine).await;
    let early = engine
        .take_outside(&drill.id, place("groups"), "group")
        .await;
    assert_eq!(early.unwrap_err().code(), "approval.missing");
    let request = reads(engine, &drill);
    decide(engine, &request, engine.head().unwrap()).unwrap();
    engine.switch_person(MAYA).unwrap();
    engine.drill(&drill.id).unwrap()
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
    let rehearsal = Rehearsal::open(beside(folder.path(), SMOKE)).await.unwrap();
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

    let played = play(&rehearsal, "smoke").await;
    assert_closed(&played);
    let ledger = rehearsal.simulator().control().ledger();
    assert_eq!(ledger.deleted.len(), 1, "what was made outside is deleted");
    let made = ledger.requests.get("PUT resourceGroups").copied();
    assert_eq!(made, Some(1), "made once: {:?}", ledger.requests);

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
