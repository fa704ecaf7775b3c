use crate::cloud::Cloud;
use crate::limits::Limits;
use crate::read::ReadClient;
use crate::request::ReadRequest;
use crate::testing::{Server, json, simulated};
use axum::routing::post;
use axum::{Json, Router};
use axum_server::tls_rustls::RustlsConfig;
use drillbook_diagnostic::Diagnostic;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};

/// Makes an authority's certificate for loopback; returns the CA, the certificate and its key, PEM.
fn certificates() -> (String, String, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    (ca_pem, leaf.pem(), key.serialize_pem())
}

/// Starts an https authority and returns its origin and its CA.
async fn authority() -> (String, String) {
    // Two providers are linked into this test; a server must be told which one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (ca, leaf, key) = certificates();
    let app = Router::new().route(
        "/tenant/oauth2/v2.0/token",
        post(|body: String| async move {
            assert!(body.contains("client_secret=invented"), "{body}");
            assert!(body.contains("grant_type=client_credentials"), "{body}");
            Json(json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "over-tls"}))
        }),
    );
    let config = RustlsConfig::from_pem(leaf.into_bytes(), key.into_bytes())
        .await
        .unwrap();
    let handle = axum_server::Handle::new();
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = axum_server::bind_rustls(here, config).handle(handle.clone());
    tokio::spawn(server.serve(app.into_make_service()));
    let address = handle.listening().await.unwrap();
    (format!("https://{address}"), ca)
}

#[tokio::test]
async fn azure_identity_signs_in_at_an_https_authority_with_its_own_ca() {
    let server = Server::start(|_, _| json(200, json!({}))).await;
    let (origin, ca) = authority().await;
    let cloud = Cloud::simulator(simulated(&server.origin(), &origin, Some(ca))).unwrap();
    let reader = ReadClient::new(cloud, server.ambient(), Limits::default()).unwrap();
    reader
        .read(&ReadRequest::get("/subscriptions", "2022-12-01"))
        .await
        .unwrap();
    assert_eq!(server.seen()[0].headers["authorization"], "Bearer over-tls");
}

#[tokio::test]
async fn a_stranger_in_the_authoritys_place_gets_no_secret() {
    let server = Server::start(|_, _| json(200, json!({}))).await;
    let (origin, _) = authority().await;
    let (another_ca, ..) = certificates();
    let cloud = Cloud::simulator(simulated(&server.origin(), &origin, Some(another_ca))).unwrap();
    let reader = ReadClient::new(cloud, server.ambient(), Limits::default()).unwrap();
    let error = reader
        .read(&ReadRequest::get("/subscriptions", "2022-12-01"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "arm.sign_in_failed");
    assert!(!format!("{error:?}").contains("invented"));
    assert!(server.seen().is_empty());
}
