//! A small client for the tests: signs in, sends, turns pages, and owns the clock.

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use drillbook_armsim::{Fault, NowFn, Options, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

/// A clock that the test moves.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    pub fn new() -> TestClock {
        TestClock(Arc::new(Mutex::new(
            Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap(),
        )))
    }

    pub fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub fn pass(&self, minutes: i64) {
        self.pass_seconds(minutes * 60);
    }

    pub fn pass_seconds(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    pub fn function(&self) -> NowFn {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// An answer as the tests look at it.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Got {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A simulator with its client.
pub struct Bench {
    pub simulator: Simulator,
    pub clock: TestClock,
    pub http: reqwest::Client,
    pub base: String,
    pub sub: String,
    pub token: String,
}

impl Bench {
    pub async fn new(faults: &[Fault]) -> Bench {
        Bench::with(faults, None, TestClock::new()).await
    }

    pub async fn with(faults: &[Fault], file: Option<&Path>, clock: TestClock) -> Bench {
        let options = Options {
            faults: faults.iter().copied().map(Into::into).collect(),
            state_file: file.map(Path::to_path_buf),
            ..Options::new(clock.function())
        };
        Bench::of(options, clock).await
    }

    /// The same on another scenario.
    pub async fn on(scenario: String, clock: TestClock) -> Bench {
        let options = Options {
            scenario: Some(scenario),
            ..Options::new(clock.function())
        };
        Bench::of(options, clock).await
    }

    async fn of(options: Options, clock: TestClock) -> Bench {
        let options = Options {
            https: false,
            ..options
        };
        let simulator = Simulator::start(options).await.unwrap();
        let base = simulator.http().unwrap().to_owned();
        let sub = format!("/subscriptions/{}", simulator.credentials().subscription);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let token = sign_in(&http, &base, &simulator).await;
        Bench {
            simulator,
            clock,
            http,
            base,
            sub,
            token,
        }
    }

    pub async fn renew(&mut self) {
        self.token = sign_in(&self.http, &self.base, &self.simulator).await;
    }

    pub async fn try_send(
        &self,
        method: Method,
        address: &str,
        body: Option<&Value>,
    ) -> Result<Got, reqwest::Error> {
        let url = if address.starts_with("http") {
            address.to_owned()
        } else {
            format!("{}{address}", self.base)
        };
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Got {
            status,
            headers,
            body,
        })
    }

    pub async fn send(&self, method: Method, address: &str, body: Option<&Value>) -> Got {
        self.try_send(method, address, body).await.unwrap()
    }

    pub async fn get(&self, address: &str) -> Value {
        let got = self.send(Method::GET, address, None).await;
        assert_eq!(got.status, 200, "GET {address}: {}", got.body);
        got.body
    }

    /// Reads a list to its end; every page has at most two rows and links to the same host.
    pub async fn rows(&self, address: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut next = Some(address.to_owned());
        while let Some(address) = next {
            let page = self.get(&address).await;
            let value = page["value"].as_array().unwrap().clone();
            let whole = address.contains("/locations?");
            assert!(whole || value.len() <= 2, "a page has two rows");
            rows.extend(value);
            next = page["nextLink"].as_str().map(str::to_owned);
            assert!(
                next.as_ref()
                    .is_none_or(|link| link.starts_with(&self.base))
            );
        }
        rows
    }

    pub async fn put(&self, address: &str, body: Value) -> Got {
        self.send(Method::PUT, address, Some(&body)).await
    }

    pub async fn post(&self, address: &str, body: Value) -> Got {
        self.send(Method::POST, address, Some(&body)).await
    }

    pub fn vault(&self) -> String {
        format!(
            "{}/resourceGroups/rg-backup-eastus/providers/Microsoft.RecoveryServices/vaults/rsv-evergreen-policy",
            self.sub
        )
    }

    pub fn region(&self, kind: &str) -> String {
        format!(
            "{}/providers/Microsoft.RecoveryServices/locations/westus/{kind}?api-version=2021-11-15",
            self.sub
        )
    }

    /// Makes a target group and returns its id.
    pub async fn group(&self, name: &str) -> String {
        let id = format!("{}/resourceGroups/{name}", self.sub);
        let body = json!({"location": "westus", "tags": {"drillbook-drill": "D-1"}});
        let got = self
            .put(&format!("{id}?api-version=2024-07-01"), body)
            .await;
        assert_eq!(got.status, 201);
        id
    }

    /// The secondary's item of a machine.
    pub async fn item(&self, vm: &str) -> Value {
        let list = format!(
            "{}/backupProtectedItems/?api-version=2021-11-15",
            self.vault()
        );
        let rows = self.rows(&list).await;
        rows.into_iter()
            .find(|row| row["properties"]["friendlyName"] == json!(vm))
            .unwrap()
    }

    /// The newest point of the secondary.
    pub async fn point(&self, item: &Value) -> Value {
        let id = item["id"].as_str().unwrap().replace(';', "%3B");
        self.rows(&format!("{id}/recoveryPoints/?api-version=2021-11-15"))
            .await
            .remove(0)
    }

    /// Walks the dance and returns the body of the restore request.
    pub async fn restore_body(&self, vm: &str, group: &str, set: Option<&str>) -> Value {
        let item = self.item(vm).await;
        let point = self.point(&item).await;
        let aad = self.get(&self.region("backupAadProperties")).await;
        let id = item["id"].as_str().unwrap().replace(';', "%3B");
        let name = point["name"].as_str().unwrap();
        let address = format!("{id}/recoveryPoints/{name}/accessToken?api-version=2021-11-15");
        let token = self
            .post(&address, json!({"properties": aad["properties"]}))
            .await;
        assert_eq!(token.status, 200, "{}", token.body);
        let mut details = token.body["properties"].clone();
        details["objectType"] = json!("CrrAccessToken");
        let mut request = json!({
            "objectType": "IaasVMRestoreRequest",
            "recoveryPointId": name,
            "recoveryType": "RestoreDisks",
            "sourceResourceId": item["properties"]["sourceResourceId"],
            "targetResourceGroupId": group,
            "storageAccountId": format!(
                "{}/resourceGroups/rg-dr-westus/providers/Microsoft.Storage/storageAccounts/ststagewus01", self.sub
            ),
            "region": "westus",
            "createNewCloudService": false,
            "originalStorageAccountOption": false,
            "encryptionDetails": {"encryptionEnabled": false},
        });
        if let Some(set) = set {
            request["diskEncryptionSetId"] = json!(set);
        }
        json!({"crossRegionRestoreAccessDetails": details, "restoreRequest": request})
    }

    pub async fn restore(&self, vm: &str, group: &str) -> Got {
        let body = self.restore_body(vm, group, None).await;
        self.post(&self.region("backupCrossRegionRestore"), body)
            .await
    }

    /// The job as it is now.
    pub async fn job(&self, name: &str) -> Got {
        let body = json!({"resourceId": self.vault(), "jobName": name});
        self.post(&self.region("backupCrrJob"), body).await
    }

    pub async fn jobs(&self) -> Vec<Value> {
        let body = json!({"resourceId": self.vault()});
        let first = self.post(&self.region("backupCrrJobs"), body).await;
        assert_eq!(first.status, 200);
        let mut rows = first.body["value"].as_array().unwrap().clone();
        if let Some(next) = first.body["nextLink"].as_str() {
            rows.extend(self.rows(next).await);
        }
        rows
    }

    pub async fn disks(&self, group: &str) -> Vec<Value> {
        self.rows(&format!(
            "{group}/providers/Microsoft.Compute/disks?api-version=2024-03-02"
        ))
        .await
    }
}

async fn sign_in(http: &reqwest::Client, base: &str, simulator: &Simulator) -> String {
    let who = simulator.credentials();
    let form = format!(
        "client_id={}&client_secret={}&grant_type=client_credentials&scope={base}/.default",
        who.client_id, who.client_secret
    );
    let response = http
        .post(format!("{base}/{}/oauth2/v2.0/token", who.tenant))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let body: Value = response.json().await.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}
