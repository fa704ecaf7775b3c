use super::capture;
use crate::{Options, Rehearsal};
use drillbook_arm::{Ambient, Limits, ReadClient, Welcome};
use drillbook_armsim::{Options as SimulatorOptions, Simulator, scaled_clock};
use drillbook_core::EndOfDrill;
use drillbook_engine::Auto;

async fn reader(simulator: &Simulator) -> (ReadClient, Welcome) {
    let ca = Some(simulator.ca_pem().to_owned());
    let welcome = Welcome::ask(simulator.https().unwrap(), ca).await.unwrap();
    let limits = Limits::default();
    let reader = ReadClient::new(welcome.cloud.clone(), Ambient::real(), limits).unwrap();
    (reader, welcome)
}

#[tokio::test]
async fn a_captured_subscription_is_rehearsed_and_nothing_real_is_written() {
    let simulator = Simulator::start(SimulatorOptions::new(scaled_clock(1)))
        .await
        .unwrap();
    let (reader, welcome) = reader(&simulator).await;
    let captured = capture(&reader, &welcome.subscription, welcome.now)
        .await
        .unwrap();
    let text = captured.text.to_ascii_lowercase();
    for real in [
        "evergreen",
        "claims",
        "billing",
        "maya",
        "vm-policy",
        "policy-admin",
        "policy-prod",
        "3f0a9c1e",
        "7d3c1b52",
        "b81f0c66",
    ] {
        let at = text
            .find(real)
            .map(|at| text.get(at.saturating_sub(80)..at + 20));
        assert!(at.is_none(), "{real}: {at:?}");
    }
    assert_eq!(captured.items, 4);
    assert_eq!(captured.points, 13);
    let temporary = tempfile::tempdir().unwrap();
    let rehearsal = Rehearsal::open(Options {
        data: Some(temporary.path().join("data")),
        speed: 100_000.0,
        scenario: Some(captured.text),
        ..Options::default()
    })
    .await
    .unwrap();
    let auto = Auto {
        runbook: "vm-disks-cross-region".to_owned(),
        resume: false,
        exchange: None,
    };
    let played = rehearsal.engine().play(&auto, |_| {}).await.unwrap();
    assert_eq!(
        played.end,
        EndOfDrill::Closed,
        "{:?} {:?}",
        played.code,
        played.sentence
    );
}
