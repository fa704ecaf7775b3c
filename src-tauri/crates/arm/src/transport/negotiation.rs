//! Which version of HTTP is spoken, and over how many connections, as a server that offers both sees it.

use crate::testing::now;
use crate::{Ambient, Cloud, Limits, ReadClient, ReadRequest, Secret, Simulated};
use axum::extract::{ConnectInfo, Request};
use axum::http::Version;
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

const TOKEN: &str = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t"}"#;

/// Where each request came from, and in which version.
type Seen = Arc<Mutex<Vec<(SocketAddr, Version)>>>;

/// Starts a server with those versions on offer; returns its address and its certificate.
fn serve(offers: &[&str], seen: &Seen) -> (String, String) {
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
        .unwrap();
    tls.alpn_protocols = offers.iter().map(|one| one.as_bytes().to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let seen = Arc::clone(seen);
    let answer = move |ConnectInfo(from): ConnectInfo<SocketAddr>, request: Request| {
        seen.lock().unwrap().push((from, request.version()));
        std::future::ready(TOKEN)
    };
    let app = axum::Router::new().fallback(answer);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let config = RustlsConfig::from_config(Arc::new(tls));
    tokio::spawn(
        axum_server::from_tcp_rustls(listener, config)
            .unwrap()
            .serve(app),
    );
    (address, own.cert.pem())
}

fn reader(address: &str, ca_pem: String) -> ReadClient {
    let cloud = Cloud::simulator(Simulated {
        arm: address.to_owned(),
        authority: address.to_owned(),
        prices: None,
        storage: Vec::new(),
        ca_pem: Some(ca_pem),
        tenant: "t".to_owned(),
        client_id: "c".to_owned(),
        client_secret: Secret::new("s"),
    });
    let ambient = Ambient::new(now, |_| Box::pin(std::future::ready(())));
    ReadClient::new(cloud.unwrap(), ambient, Limits::default()).unwrap()
}

/// Reads five times, side by side after the first, and returns the versions and the number of connections.
async fn check(offers: &[&str], version: Version) -> usize {
    let seen = Seen::default();
    let (address, ca) = serve(offers, &seen);
    let reader = reader(&address, ca);
    let ask = ReadRequest::get("/subscriptions", "2022-12-01");
    reader.read(&ask).await.unwrap();
    let four = std::iter::repeat_with(|| reader.read(&ask)).take(4);
    for answer in futures::future::join_all(four).await {
        answer.unwrap();
    }
    let seen = seen.lock().unwrap();
    // The token is asked for through the same connections.
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(
        seen.iter().all(|(_, spoken)| *spoken == version),
        "{seen:?}"
    );
    let connections: BTreeSet<SocketAddr> = seen.iter().map(|(from, _)| *from).collect();
    connections.len()
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_over_one_connection() {
    assert_eq!(check(&["h2", "http/1.1"], Version::HTTP_2).await, 1);
}

#[tokio::test]
async fn http_1_is_spoken_where_nothing_else_is_offered() {
    let connections = check(&["http/1.1"], Version::HTTP_11).await;
    assert!(
        connections <= 4,
        "connections are used again: {connections}"
    );
}
