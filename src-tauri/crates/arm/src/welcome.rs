//! Asking a simulator that runs elsewhere on this computer what is signed in to it, and letting its time pass.
//!
//! Deliberately absent: any other host. The address is checked before anything is sent.

use crate::cloud::{Cloud, Simulated};
use crate::error::ArmError;
use crate::limits::Limits;
use crate::secret::Secret;
use crate::transport::{Purpose, client};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

/// A running simulator, ready to be read.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// Its endpoints with its own invented credential.
    pub cloud: Cloud,
    /// Tenant id.
    pub tenant: String,
    /// Subscription id.
    pub subscription: String,
    /// The subscription's display name.
    pub subscription_name: String,
    /// The company of its scenario.
    pub company: String,
    /// Its own time.
    pub now: DateTime<Utc>,
    address: String,
}

#[derive(Deserialize)]
struct Said {
    tenant: String,
    subscription: String,
    subscription_name: String,
    company: String,
    client_id: String,
    client_secret: String,
    now: DateTime<Utc>,
}

impl Welcome {
    /// Asks the simulator at `address`, such as `https://127.0.0.1:41234`.
    ///
    /// # Errors
    /// [`ArmError::NotLoopback`], [`ArmError::NoSimulator`] when nobody answers,
    /// [`ArmError::NotASimulator`] when somebody else does.
    pub async fn ask(address: &str, ca_pem: Option<String>) -> Result<Welcome, ArmError> {
        let address = address.trim_end_matches('/').to_owned();
        let with = |tenant: String, client_id: String, client_secret: String| {
            Cloud::simulator(Simulated {
                arm: address.clone(),
                authority: address.clone(),
                prices: Some(address.clone()),
                storage: Vec::new(),
                ca_pem: ca_pem.clone(),
                tenant,
                client_id,
                client_secret: Secret::new(client_secret),
            })
        };
        let nobody = with(String::new(), String::new(), String::new())?;
        let said = ask(&nobody, &address).await?;
        Ok(Welcome {
            cloud: with(said.tenant.clone(), said.client_id, said.client_secret)?,
            tenant: said.tenant,
            subscription: said.subscription,
            subscription_name: said.subscription_name,
            company: said.company,
            now: said.now,
            address,
        })
    }

    /// Lets time pass at the simulator: a rehearsal takes no hours to wait for hours.
    ///
    /// # Errors
    /// [`ArmError::NoSimulator`] when nobody answers, [`ArmError::NotASimulator`] when it does not do so.
    pub async fn advance(&self, by: TimeDelta) -> Result<(), ArmError> {
        let answer = client(&self.cloud, &Limits::default(), Purpose::Reads)?
            .post(format!("{}/simulator/advance", self.address))
            .json(&json!({"milliseconds": by.num_milliseconds().saturating_add(1)}))
            .send()
            .await
            .map_err(|source| silent(&self.address, source))?;
        if answer.status().is_success() {
            return Ok(());
        }
        let address = self.address.clone();
        Err(ArmError::NotASimulator { address })
    }
}

fn silent(address: &str, source: reqwest::Error) -> ArmError {
    ArmError::NoSimulator {
        address: address.to_owned(),
        source: source.without_url(),
    }
}

async fn ask(cloud: &Cloud, address: &str) -> Result<Said, ArmError> {
    let silent = |source: reqwest::Error| silent(address, source);
    let answer = client(cloud, &Limits::default(), Purpose::Reads)?
        .get(format!("{address}/simulator/welcome"))
        .send()
        .await
        .map_err(silent)?;
    let other = || ArmError::NotASimulator {
        address: address.to_owned(),
    };
    if !answer.status().is_success() {
        return Err(other());
    }
    let bytes = answer.bytes().await.map_err(silent)?;
    serde_json::from_slice(&bytes).map_err(|_| other())
}

#[cfg(test)]
mod tests {
    use super::Welcome;
    use crate::error::ArmError;
    use crate::{Ambient, Limits, ReadClient};
    use chrono::TimeDelta;
    use drillbook_armsim::{Options, Simulator, scaled_clock};

    #[tokio::test]
    async fn signs_in_to_a_simulator_that_says_how() {
        let simulator = Simulator::start(Options::new(scaled_clock(1)))
            .await
            .unwrap();
        let ca = Some(simulator.ca_pem().to_owned());
        let address = simulator.https().unwrap();
        let welcome = Welcome::ask(&format!("{address}/"), ca).await.unwrap();
        assert_eq!(welcome.tenant, simulator.credentials().tenant);
        let client = ReadClient::new(welcome.cloud, Ambient::real(), Limits::default()).unwrap();
        assert_eq!(client.who().await.unwrap().tenant, Some(welcome.tenant));
    }

    #[tokio::test]
    async fn lets_the_time_of_a_simulator_pass() {
        let simulator = Simulator::start(Options::new(scaled_clock(1)))
            .await
            .unwrap();
        let ca = Some(simulator.ca_pem().to_owned());
        let welcome = Welcome::ask(simulator.https().unwrap(), ca).await.unwrap();
        welcome.advance(TimeDelta::hours(3)).await.unwrap();
        let passed = simulator.control().now() - welcome.now;
        assert!(passed >= TimeDelta::hours(3), "{passed}");
        assert!(welcome.advance(TimeDelta::hours(-3)).await.is_err());
    }

    #[tokio::test]
    async fn says_when_nobody_answers_and_asks_nobody_elsewhere() {
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = format!("http://{}", other.local_addr().unwrap());
        drop(other);
        let error = Welcome::ask(&silent, None).await.unwrap_err();
        assert!(matches!(error, ArmError::NoSimulator { .. }), "{error:?}");
        let error = Welcome::ask("https://management.azure.com", None)
            .await
            .unwrap_err();
        assert!(matches!(error, ArmError::NotLoopback { .. }), "{error:?}");
    }
}
