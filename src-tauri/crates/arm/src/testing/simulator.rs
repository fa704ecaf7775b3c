//! The simulator as a cloud, on a clock that waits move.

use crate::{Ambient, Cloud, Limits, ReadClient, Secret, Simulated};
use chrono::{DateTime, TimeDelta, Utc};
use drillbook_armsim::{Control, Credentials, Fault, Options, Simulator};
use std::sync::{Arc, Mutex};

/// A running simulator and the clock that it shares with its clients.
pub(crate) struct Rehearsal {
    simulator: Simulator,
    time: Arc<Mutex<DateTime<Utc>>>,
}

impl Rehearsal {
    pub(crate) async fn start(faults: &[Fault]) -> Self {
        let time = Arc::new(Mutex::new(super::now()));
        let shown = Arc::clone(&time);
        let mut options = Options::new(Arc::new(move || *shown.lock().unwrap()));
        options.faults = faults.iter().copied().map(Into::into).collect();
        Self {
            simulator: Simulator::start(options).await.unwrap(),
            time,
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        self.simulator.credentials()
    }

    pub(crate) fn control(&self) -> Control {
        self.simulator.control()
    }

    pub(crate) fn simulated(&self) -> Simulated {
        let credentials = self.credentials();
        let address = self.simulator.https().unwrap().to_owned();
        Simulated {
            arm: address.clone(),
            authority: address.clone(),
            prices: Some(address),
            storage: Vec::new(),
            ca_pem: Some(self.simulator.ca_pem().to_owned()),
            tenant: credentials.tenant.clone(),
            client_id: credentials.client_id.clone(),
            client_secret: Secret::new(credentials.client_secret.clone()),
        }
    }

    pub(crate) fn ambient(&self) -> Ambient {
        let (shown, moved) = (Arc::clone(&self.time), Arc::clone(&self.time));
        Ambient::new(
            move || *shown.lock().unwrap(),
            move |wait| {
                *moved.lock().unwrap() += TimeDelta::from_std(wait).unwrap();
                Box::pin(std::future::ready(()))
            },
        )
    }

    pub(crate) fn reader(&self) -> ReadClient {
        let cloud = Cloud::simulator(self.simulated()).unwrap();
        ReadClient::new(cloud, self.ambient(), Limits::default()).unwrap()
    }

    /// `/subscriptions/{sub}` and what follows.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/subscriptions/{}{rest}", self.credentials().subscription)
    }
}
