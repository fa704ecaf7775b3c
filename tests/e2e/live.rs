//! A live drill in a real window: the sealed journal is begun, its policy signed, and every gate opened by a reviewer
//! elsewhere, with `ssh-keygen`. A simulator stands in for Azure, which no build without tests allows.

use crate::driver::Window;
use crate::page::{Page, Seen, kept};
use crate::reviewer::{NAMESPACE, RITA, Reviewer};
use crate::story;
use drillbook_armsim::{Options, Simulator, scaled_clock};
use drillbook_engine::{CloudName, Connection, Connections, Credential, SimulatorAt};
use std::path::Path;
use thirtyfour::prelude::*;

/// How many times as fast the waits of this drill are.
const SPEED: u32 = 6_000;

/// Who plays, and owns the policy.
const OLGA: &str = "olga@evergreen.example";

/// Reads the request as the person would copy it.
const TEXT: &str = r#"return document.querySelector("[data-testid=request-text]").value;"#;

#[tokio::test]
async fn a_live_drill_restores_once_and_every_gate_is_signed_elsewhere() -> WebDriverResult<()> {
    let (home, reviewer) = (tempfile::tempdir().unwrap(), Reviewer::new());
    let simulator = Simulator::start(Options::new(scaled_clock(1)))
        .await
        .unwrap();
    connected(home.path(), &simulator);
    let mut page = Page::of(Window::standing_in(home.path(), SPEED).await, kept());
    begin(&page).await?;
    set_up(&page, &reviewer).await?;
    start(&mut page).await?;
    let mut signed = 0;
    loop {
        story::play(&mut page, |seen| seen.offer("take-in").is_some()).await?;
        let seen = page.look().await?;
        if seen.ended {
            break;
        }
        sign_elsewhere(&page, &seen, &reviewer).await?;
        signed += 1;
    }
    page.says("Closed").await?;
    assert_eq!(signed, 4, "start, prepare, restore and cleanup");
    let ledger = simulator.control().ledger();
    assert_eq!(ledger.restores.len(), 2, "{:?}", ledger.restores);
    assert!(ledger.restores.values().all(|count| *count == 1));
    page.window.close().await;
    Connections::of(home.path()).remove("sim").unwrap();
    Ok(())
}

/// A connection that leads to the simulator as an application whose secret is in the keyring.
fn connected(home: &Path, simulator: &Simulator) {
    let ca = home.join("ca.pem");
    std::fs::write(&ca, simulator.ca_pem()).unwrap();
    let known = simulator.credentials();
    let client_id = known.client_id.clone();
    let connection = Connection::new(
        "sim",
        CloudName::Simulator,
        &known.tenant,
        &known.subscription,
        Credential::ClientSecret { client_id },
    );
    let address = simulator.https().unwrap().to_owned();
    let connection = connection.unwrap().to_simulator(SimulatorAt {
        address,
        ca: Some(ca),
    });
    Connections::of(home)
        .add(&connection, Some(&known.client_secret))
        .unwrap();
}

/// Begins the live journal; its key goes to the keyring.
async fn begin(page: &Page) -> WebDriverResult<()> {
    page.go("switch-world").await?;
    page.go("open-live").await?;
    page.until("the live journal", |seen| seen.offer("open-live").is_none())
        .await?;
    page.says("The live journal is open.").await
}

/// Writes the first policy: an operator who owns it, and a reviewer with a key of her own.
async fn set_up(page: &Page, reviewer: &Reviewer) -> WebDriverResult<()> {
    page.walk("#/policy").await?;
    page.go("first-policy").await?;
    let filled = |id: &'static str| move |seen: &Seen| seen.offer(id).is_some();
    page.until("the form", filled("person-id-0")).await?;
    page.fill("[data-testid=person-id-0]", OLGA).await?;
    page.fill("[data-testid=person-id-1]", RITA).await?;
    page.go("give-key-1").await?;
    page.until("the dialog", filled("field-public-key")).await?;
    page.fill("[data-testid=field-public-key]", reviewer.public().trim())
        .await?;
    page.go("read-key").await?;
    page.go("use-key").await?;
    page.go("propose").await?;
    page.go("sign-policy").await?;
    page.go("adopt-policy").await?;
    page.says("Policy version 1 is in force").await
}

async fn start(page: &mut Page) -> WebDriverResult<()> {
    page.walk("#/start").await?;
    page.go("over-sim").await?;
    page.picture("start live").await?;
    page.go("start-drill").await?;
    page.until("the first step", |seen| {
        seen.offer("primary-action").is_some()
    })
    .await?;
    page.says("a simulator, standing in for Azure").await
}

/// Copies the request out, has it signed, and pastes the signature.
async fn sign_elsewhere(page: &Page, at: &Seen, reviewer: &Reviewer) -> WebDriverResult<()> {
    page.go("send-elsewhere").await?;
    page.until("the request", |seen| seen.offer("request-text").is_some())
        .await?;
    let text = page.window.page.execute(TEXT, Vec::new()).await?;
    let text: String = text.convert()?;
    assert!(text.starts_with("LIVE: request for sign-off"), "{text:.80}");
    page.go("send-close").await?;
    page.go("take-in").await?;
    page.until("the dialog", |seen| seen.offer("field-decision").is_some())
        .await?;
    page.fill(
        "[data-testid=field-decision]",
        &reviewer.signs(&text, NAMESPACE),
    )
    .await?;
    page.go("import-decision").await?;
    page.says(&format!("{RITA} approves")).await?;
    page.go("take-close").await?;
    let gate = at.step.clone();
    page.until("the gate is open", |seen| {
        seen.step != gate && seen.offer("take-in").is_none()
    })
    .await?;
    Ok(())
}
