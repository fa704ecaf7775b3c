//! The small drill up to its first sign-off, and through it.

use drillbook_core::{Drill, Place};
use drillbook_engine::{Engine, EngineError, Shown, Verdict};
use drillbook_runbook::Purpose;
use drillbook_trust::merkle::Head;
use serde_json::json;
use std::sync::Arc;

pub const MAYA: &str = "maya@evergreen.example";
pub const RITA: &str = "rita@evergreen.example";
pub const GATE: &str = "approve-prepare";

pub fn place(step: &str) -> Place {
    Place {
        step: step.to_owned(),
        element: None,
    }
}

/// Plays the drill up to its first gate.
pub async fn reached(engine: &Engine) -> Arc<Drill> {
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
    chosen.await.unwrap()
}

/// Plays the drill up to its first gate and asks for the sign-off.
pub async fn asked(engine: &Engine) -> Arc<Drill> {
    let drill = reached(engine).await;
    engine.ask_sign_off(&drill.id, GATE).await.unwrap()
}

/// Takes the reviewer's seat and opens what must be opened; returns the request's digest.
pub fn reads(engine: &Engine, drill: &Drill) -> String {
    engine.switch_person(RITA).unwrap();
    let request = drill.sign_off(GATE).unwrap().request.clone();
    let mut evidence = drill.evidence.iter().rev();
    let newest = evidence.find(|one| one.step == "pick-vault").unwrap();
    engine.open_evidence(&request, newest.seq).unwrap();
    request
}

pub fn decide(engine: &Engine, request: &str, head: Head) -> Result<Arc<Drill>, EngineError> {
    let shown = Shown::of(request, head.size, &head.root.hex())?;
    engine.decide_request(&shown, Verdict::Approve, "read".to_owned(), &[])
}
