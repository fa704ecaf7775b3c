//! What an engine needs beside a connection's cloud: a clock, and how the place is called.

use super::{Connection, ConnectionError};
use crate::{Clock, Environment};
use drillbook_arm::Welcome;
use std::sync::Arc;

impl Connection {
    /// Returns the clock and the environment. A simulator has a clock of its own, which follows the waits taken here,
    /// `speed` times shorter.
    ///
    /// # Errors
    /// [`ConnectionError::Arm`] when a simulator does not answer, [`ConnectionError::Authority`].
    pub async fn surroundings(&self, speed: f64) -> Result<(Clock, Environment), ConnectionError> {
        let environment = Environment {
            tenant: self.tenant.clone(),
            subscription: self.subscription.clone(),
            ..Environment::default()
        };
        let Some(at) = &self.simulator else {
            return Ok((Clock::real(), environment));
        };
        let welcome = Welcome::ask(&at.address, at.ca_pem()?).await?;
        let environment = Environment {
            tenant_name: welcome.company.clone(),
            subscription_name: welcome.subscription_name.clone(),
            scenario: Some(welcome.company.clone()),
            ..environment
        };
        let (now, welcome) = (welcome.now, Arc::new(welcome));
        let clock = Clock::followed(now, speed, move |by| {
            let welcome = Arc::clone(&welcome);
            Box::pin(async move {
                // The next request says by itself that nobody answers.
                if let Err(error) = welcome.advance(by).await {
                    tracing::warn!(%error, "the simulator's time did not pass");
                }
            })
        });
        Ok((clock, environment))
    }
}
