use crate::testing::simulator::Rehearsal;
use crate::{Cloud, Limits, ReadClient, ReadRequest};
use drillbook_diagnostic::Diagnostic;

fn subscriptions() -> ReadRequest {
    ReadRequest::get("/subscriptions", "2022-12-01")
}

#[tokio::test]
async fn azure_identity_signs_in_at_an_https_authority_with_its_own_ca() {
    let rehearsal = Rehearsal::start(&[]).await;
    let reader = rehearsal.reader();
    let answer = reader.read(&subscriptions()).await.unwrap();
    let certificate = answer.exchanges()[0].certificate.as_deref();
    assert!(
        certificate.is_some_and(|text| text.starts_with("sha256:")),
        "{certificate:?}"
    );
    let who = reader.who().await.unwrap();
    assert_eq!(
        who.object_id.as_deref(),
        Some(rehearsal.credentials().object_id.as_str())
    );
    assert_eq!(
        who.tenant.as_deref(),
        Some(rehearsal.credentials().tenant.as_str())
    );
}

#[tokio::test]
async fn a_stranger_in_the_authoritys_place_gets_no_secret() {
    let (ours, stranger) = (Rehearsal::start(&[]).await, Rehearsal::start(&[]).await);
    let mut simulated = ours.simulated();
    simulated.ca_pem = stranger.simulated().ca_pem;
    let cloud = Cloud::simulator(simulated).unwrap();
    let reader = ReadClient::new(cloud, ours.ambient(), Limits::default()).unwrap();
    let error = reader.read(&subscriptions()).await.unwrap_err();
    assert_eq!(error.code(), "arm.sign_in_failed");
    assert!(!format!("{error:?}").contains(&ours.credentials().client_secret));
}

#[tokio::test]
async fn a_wrong_secret_is_refused_with_entras_own_words() {
    let rehearsal = Rehearsal::start(&[]).await;
    let mut simulated = rehearsal.simulated();
    simulated.client_secret = crate::Secret::new("wrong");
    let cloud = Cloud::simulator(simulated).unwrap();
    let reader = ReadClient::new(cloud, rehearsal.ambient(), Limits::default()).unwrap();
    let error = reader.read(&subscriptions()).await.unwrap_err();
    assert!(
        drillbook_diagnostic::chain(&error).contains("AADSTS7000215"),
        "{error:?}"
    );
    assert!(
        error
            .remediation()
            .unwrap()
            .starts_with("Enter the application's secret")
    );
}
