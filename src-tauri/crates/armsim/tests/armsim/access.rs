//! Who is let in, and how everybody else is refused.

use drillbook_armsim::{Options, Simulator};
use reqwest::Method;
use serde_json::json;

use crate::client::{Bench, TestClock};

#[tokio::test]
async fn a_request_without_a_good_token_is_refused_in_arms_words() {
    let mut bench = Bench::new(&[]).await;
    let address = format!("{}?api-version=2022-12-01", bench.sub);
    let good = std::mem::take(&mut bench.token);
    let bare = bench
        .http
        .get(format!("{}{address}", bench.base))
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status().as_u16(), 401);
    assert!(
        bare.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("authorization_uri")
    );
    bench.token = "not-a-token".to_owned();
    assert_eq!(
        bench.send(Method::GET, &address, None).await.code(),
        "InvalidAuthenticationToken"
    );
    bench.token = format!("{}x", good);
    assert_eq!(
        bench.send(Method::GET, &address, None).await.code(),
        "InvalidAuthenticationToken"
    );
    bench.token = good;
    assert_eq!(bench.send(Method::GET, &address, None).await.status, 200);
}

#[tokio::test]
async fn wrong_versions_subscriptions_and_secrets_are_refused() {
    let bench = Bench::new(&[]).await;
    let code = async |address: String| {
        bench
            .send(Method::GET, &address, None)
            .await
            .code()
            .to_owned()
    };
    assert_eq!(code(bench.sub.clone()).await, "MissingApiVersionParameter");
    assert_eq!(
        code(format!("{}?api-version=2031-01-01", bench.sub)).await,
        "InvalidApiVersionParameter"
    );
    let disks = format!("{}/providers/Microsoft.Compute/disks", bench.sub);
    assert_eq!(
        code(format!("{disks}?api-version=2024-07-01")).await,
        "NoRegisteredProviderFound"
    );
    let other = "/subscriptions/00000000-0000-0000-0000-000000000000?api-version=2022-12-01";
    assert_eq!(code(other.to_owned()).await, "SubscriptionNotFound");

    let who = bench.simulator.credentials().clone();
    let sign_in = async |tenant: &str, secret: &str| {
        let form = format!(
            "client_id={}&client_secret={secret}&grant_type=client_credentials&scope={}/.default",
            who.client_id, bench.base
        );
        let url = format!("{}/{tenant}/oauth2/v2.0/token", bench.base);
        let request = bench
            .http
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form).send().await.unwrap();
        let body: serde_json::Value = response.json().await.unwrap();
        body["error_codes"][0].clone()
    };
    assert_eq!(sign_in(&who.tenant, "wrong").await, json!(7_000_215));
    assert_eq!(
        sign_in("11111111-1111-1111-1111-111111111111", &who.client_secret).await,
        json!(90_002)
    );
}

#[tokio::test]
async fn https_is_signed_by_the_authority_that_was_handed_out() {
    let options = Options {
        http: false,
        ..Options::new(TestClock::new().function())
    };
    let simulator = Simulator::start(options).await.unwrap();
    let authority = reqwest::Certificate::from_pem(simulator.ca_pem().as_bytes()).unwrap();
    let trusting = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .build()
        .unwrap();
    let url = format!(
        "{}/metadata/endpoints?api-version=2022-09-01",
        simulator.https().unwrap()
    );
    let body: serde_json::Value = trusting
        .get(&url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["resourceManager"].as_str(), simulator.https());
    let strict = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(strict.get(&url).send().await.is_err());
    simulator.shutdown().await;
}

#[tokio::test]
async fn what_the_roles_do_not_allow_is_named_with_action_and_scope() {
    let bench = Bench::new(&[]).await;
    let vault = format!("{}?api-version=2024-04-01", bench.vault());
    let got = bench.send(Method::DELETE, &vault, None).await;
    assert_eq!((got.status, got.code()), (403, "AuthorizationFailed"));
    let message = got.body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("perform action 'Microsoft.RecoveryServices/vaults/delete' over scope"),
        "{message}"
    );
}

#[tokio::test]
async fn a_hand_built_operation_address_is_refused() {
    let bench = Bench::new(&[]).await;
    let id = format!("{}/resourceGroups/rg-drill-0004", bench.sub);
    let gone = bench
        .send(
            Method::DELETE,
            &format!("{id}?api-version=2024-07-01"),
            None,
        )
        .await;
    let verbatim = gone.header("location").unwrap();
    assert_eq!(bench.send(Method::GET, verbatim, None).await.status, 202);
    let cut = format!("{}&t=1", verbatim.split('&').next().unwrap());
    assert_eq!(
        bench.send(Method::GET, &cut, None).await.code(),
        "SimOperationAddressNotVerbatim"
    );
}
