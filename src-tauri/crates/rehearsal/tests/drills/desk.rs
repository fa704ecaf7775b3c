//! The reviewer's desk, through engine, simulator and journal: what was on screen is what is decided on.

use crate::gate::{GATE, MAYA, RITA, asked, decide, reads};
use crate::{SMOKE, beside};
use drillbook_core::{Drill, RequestState};
use drillbook_diagnostic::Diagnostic;
use drillbook_engine::{EngineError, Shown};
use drillbook_rehearsal::Rehearsal;
use drillbook_trust::document::{Decision, Signed, parse_signed};
use drillbook_trust::merkle::Head;
use std::sync::Arc;

async fn open(data: &std::path::Path) -> Rehearsal {
    Rehearsal::open(beside(data, SMOKE)).await.unwrap()
}

#[track_caller]
fn refused(decided: Result<Arc<Drill>, EngineError>, code: &str) {
    assert_eq!(decided.unwrap_err().code(), code);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_witnesses_the_head_that_was_on_screen_and_no_newer_one() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = open(folder.path()).await;
    let engine = rehearsal.engine();
    let drill = asked(engine).await;
    let request = reads(engine, &drill);
    let on_screen = engine.head().unwrap();
    engine.switch_person(MAYA).unwrap();
    let noted = engine.note(&drill.id, GATE, "Seen by nobody yet.".to_owned(), false);
    noted.unwrap();
    engine.switch_person(RITA).unwrap();
    assert_ne!(engine.head().unwrap(), on_screen, "the log went on");
    let decided = decide(engine, &request, on_screen).unwrap();
    let sign_off = decided.sign_off(GATE).unwrap();
    assert_eq!(sign_off.state, RequestState::Approved);
    let digest = sign_off.decisions[0].decision.parse().unwrap();
    let stored = engine.journal().document(&digest).unwrap().unwrap();
    let signed: Signed<Decision> = parse_signed(&stored.bytes, Vec::new()).unwrap();
    assert_eq!(signed.value().journal_seen, on_screen);
    assert_eq!(signed.value().request.to_string(), request);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_this_log_does_not_begin_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = open(folder.path()).await;
    let engine = rehearsal.engine();
    let drill = asked(engine).await;
    let request = reads(engine, &drill);
    let head = engine.head().unwrap();
    let other = Head {
        root: drillbook_trust::digest::Digest::of(b"another log"),
        ..head
    };
    refused(decide(engine, &request, other), "approval.head_not_prefix");
    let ahead = Head {
        size: head.size + 9,
        ..head
    };
    refused(decide(engine, &request, ahead), "approval.head_not_prefix");
    let unread = Shown::of(&request, head.size, "00").unwrap_err();
    assert_eq!(unread.code(), "approval.head_not_prefix");
    let still = engine.drill(&drill.id).unwrap();
    assert_eq!(still.sign_off(GATE).unwrap().state, RequestState::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_no_longer_on_offer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = open(folder.path()).await;
    let engine = rehearsal.engine();
    let drill = asked(engine).await;
    let old = drill.sign_off(GATE).unwrap().request.clone();
    engine.close_request(&old, "asked anew".to_owned()).unwrap();
    let again = engine.ask_sign_off(&drill.id, GATE).await.unwrap();
    let new = reads(engine, &again);
    assert_ne!(old, new);
    let head = engine.head().unwrap();
    refused(decide(engine, &old, head), "approval.request_not_open");
    let unknown = drillbook_trust::digest::Digest::of(b"never asked").to_string();
    refused(decide(engine, &unknown, head), "engine.unknown_request");
    decide(engine, &new, head).unwrap();
}

#[tokio::test]
async fn evidence_is_shown_for_its_own_drill_and_as_the_picture_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let rehearsal = open(folder.path()).await;
    let engine = rehearsal.engine();
    let drill = asked(engine).await;
    let read = drill.evidence.last().unwrap().seq;
    assert!(engine.evidence(&drill.id, read).is_ok());
    let refused = |told: EngineError| told.code();
    let other = engine.evidence("D-2026-9999", read).unwrap_err();
    assert_eq!(refused(other), "engine.unknown_evidence");
    let no_picture = engine.picture(&drill.id, read).unwrap_err();
    assert_eq!(refused(no_picture), "engine.unknown_evidence");
}
